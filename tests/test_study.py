"""study.yaml: every fault at once, each with line, column, character and remedy."""

from __future__ import annotations

import json
import pickle

import pytest

from gep import study as study_
from gep.errors import GepError
from gep.study import Study, load, write_schema

GOOD = """\
gep: 1
name: 示例县
region: "341699"
periods: [2020, 2023]
profile: gbt46869_2025
price_year: 2023
zones: {path: 乡镇 边界.gpkg, id: code, name: name}
landcover:
  path: landcover_{year}.tif
  legend: clcd
layers:
  precipitation: {path: precip_{year}.tif, unit: mm/a}
  slope_length: {value: 100, unit: m}
"""
FILES = ("乡镇 边界.gpkg", "landcover_2020.tif", "landcover_2023.tif", "precip_2020.tif", "precip_2023.tif")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "我的 研究（试点）"
    folder.mkdir()
    for name in FILES:
        (folder / name).touch()
    return folder


def write(folder, text, encoding="utf-8"):
    path = folder / "study.yaml"
    path.write_bytes(text.encode(encoding))
    return path


def faults(folder, text, encoding="utf-8"):
    with pytest.raises(GepError) as caught:
        load(write(folder, text, encoding))
    return caught.value.faults


def only(found, code):
    hits = [f for f in found if f.code == code]
    assert len(hits) == 1, [f.text() for f in found]
    return hits[0]


def test_good_study(folder):
    study = load(write(folder, GOOD))
    assert study.name == "示例县"
    assert study.warnings == ()
    assert study.folder == folder
    assert study.text == GOOD
    assert study.resolve(study.landcover.path, 2023) == folder / "landcover_2023.tif"
    assert study.resolve({2020: "a/b.tif"}, 2020) == folder / "a" / "b.tif"
    assert study.resolve(r"子 目录\b_{year}.tif", 2020) == folder / "子 目录" / "b_2020.tif"
    with pytest.raises(KeyError):
        study.resolve({2020: "a.tif"}, 2023)
    with pytest.raises(ValueError, match="name the period"):
        study.resolve("a_{year}.tif")
    assert study.layers["slope_length"].kind == "constant"
    assert study.layers["precipitation"].kind == "raster"
    assert study.grid.from_ == "landcover"
    assert study.source_line(2) == "name: 示例县"
    assert study.source_line(99) == ""
    assert study.place("layers", "slope_length", "unit") == "13:36 layers.slope_length.unit"
    assert study.place("layers", "slope_length", key=True) == "13:3 layers.slope_length"
    with pytest.raises(ValueError, match="frozen"):
        study.name = "x"
    assert pickle.loads(pickle.dumps(study)).place("region") == study.place("region")


def test_digest_is_of_meaning_not_layout(folder):
    one = load(write(folder, GOOD)).digest()
    assert load(write(folder, "# comment\n" + GOOD.replace("[2020, 2023]", "[2020,   2023]"))).digest() == one
    assert load(write(folder, GOOD.replace("value: 100", "value: 101"))).digest() != one


def test_services_fields_prices(folder):
    text = GOOD + (
        "fields: {evapotranspiration: zhang}\nservices:\n"
        "  water_conservation: {method: water_balance, without: [lakes]}\n"
        "  soil_retention: rusle\n  carbon:\nprices: {water_storage: {basis: annualised}}\n"
    )
    study = load(write(folder, text))
    assert study.fields["evapotranspiration"] == "zhang"
    assert study.services["water_conservation"].without == ["lakes"]
    assert study.services["soil_retention"].method == "rusle"
    assert study.services["carbon"].method is None
    assert study.prices["water_storage"].basis == "annualised"


def test_bom_gbk_utf16(folder):
    assert load(write(folder, "\ufeff" + GOOD)).warnings == ()
    study = load(write(folder, GOOD, "gbk"))
    assert study.name == "示例县"
    warning = only(study.warnings, "GEP-C002")
    assert warning.zh == "文件不是 UTF-8，按 GB18030 读取"
    assert warning.en == "The file is not UTF-8; it was read as GB18030"
    assert load(write(folder, GOOD, "utf-16")).name == "示例县"
    path = folder / "study.yaml"
    path.write_bytes(b"gep: 1\nname: \xff\xff\n")
    with pytest.raises(GepError) as caught:
        load(path)
    assert caught.value.faults[0].code == "GEP-C009"
    assert caught.value.faults[0].place == "2:1"


def test_absent_and_empty(folder):
    with pytest.raises(GepError) as caught:
        load(folder / "nothing.yaml")
    assert caught.value.faults[0].code == "GEP-C001"
    assert only(faults(folder, "# nothing\n"), "GEP-C008").zh.startswith("文件是空的")


def test_all_faults_at_once(folder):
    text = (
        GOOD.replace("name: 示例县", "name：示例县").replace('"341699"', "34169").replace("price_year", "price_yaer")
        .replace("[2020, 2023]", "[2020, 2023，2023]").replace("gbt46869_2025", "gbt46869")
        .replace("value: 100,", "value: 百,").replace("precip_{year}", "percip_{year}")
    )  # fmt: skip
    found = faults(folder, text)
    codes = [f.code for f in found]
    assert sorted(codes) == sorted(
        [
            "GEP-C010",
            "GEP-C005",
            "GEP-C023",
            "GEP-C005",
            "GEP-C024",
            "GEP-C021",
            "GEP-C011",
            "GEP-C030",
            "GEP-C030",
            "GEP-C020",
        ]
    )
    lines = [int(f.place.split(":")[0]) for f in found]
    assert lines == sorted(lines)
    wide = found[1]
    assert wide.place == "2:5"
    assert "全角字符 “：” U+FF1A FULLWIDTH COLON，应为半角 :" in wide.zh
    assert "Full-width character “：” U+FF1A FULLWIDTH COLON where : is meant" in wide.en
    assert "name：示例县" in wide.zh
    unknown = only(found, "GEP-C011")
    assert unknown.place == "6:1 price_yaer"
    assert "是否指 “price_year”?" in unknown.fix_zh
    assert "Did you mean “price_year”?" in unknown.fix_en
    missing = only(found, "GEP-C010")
    assert missing.place == "1:1 price_year"
    assert missing.zh == "缺少必填项 “price_year”"
    assert only(found, "GEP-C021").fix_zh.startswith("是否指 “gbt46869_2025”? 可选：gbt46869_2025, ndrc_2022")
    region = only(found, "GEP-C023")
    assert region.place == "3:9 region"
    assert region.zh == "“34169” 不是行政区划代码，应为 2、4、6、9 或 12 位数字"
    assert only(found, "GEP-C024").en == "The period 2023 stands twice"
    number = only(found, "GEP-C020")
    assert number.place == "13:25 layers.slope_length.value"
    assert number.zh == "应为数字，实为 “百”"
    absent = [f for f in found if f.code == "GEP-C030"]
    assert absent[0].place == "12:25 layers.precipitation.path"
    assert "percip_2020.tif" in absent[0].zh
    assert "是否指 “precip_2020.tif”?" in absent[0].fix_zh
    assert "Did you mean “precip_2020.tif”?" in absent[0].fix_en


@pytest.mark.parametrize("code", ["34", "3416", "341699", "341699001", "341699001000", '"341699"'])
def test_region_codes(folder, code):
    assert load(write(folder, GOOD.replace('"341699"', code))).region == code.strip('"')


def test_full_width_in_many_places(folder):
    found = faults(folder, GOOD.replace("name: 示例县", "name: “示例县”"))
    assert found[0].code == "GEP-C005"
    assert found[0].place == "2:7"
    assert "LEFT DOUBLE QUOTATION MARK" in found[0].zh
    found = faults(folder, GOOD.replace("name: 示例县", "name:\u3000示例县"))
    assert [(f.code, f.place) for f in found] == [("GEP-C005", "2:6")]
    assert "U+3000 IDEOGRAPHIC SPACE" in found[0].en
    found = faults(folder, GOOD.replace("  path: land", "\u3000path: land"))
    assert [(f.code, f.place) for f in found] == [("GEP-C005", "9:1")]
    found = faults(folder, GOOD.replace("{value: 100, unit: m}", "{value: 100，unit：m}"))
    assert [f.place for f in found] == ["13:28", "13:33"]
    found = faults(folder, GOOD.replace("region:", "ｒｅｇｉｏｎ:"))
    assert [(f.code, f.place) for f in found] == [("GEP-C005", "3:1")]
    # quoted text, comments and block text may hold any character
    text = GOOD.replace("name: 示例县", 'name: "示例：县，甲" # 名称：甲') + "note: |\n  甲：乙\n  a：b\n"
    assert load(write(folder, text)).name == "示例：县，甲"


def test_tab_glued_colon_duplicate(folder):
    found = faults(folder, GOOD.replace("  path: land", "\tpath: land"))
    assert [(f.code, f.place) for f in found] == [("GEP-C004", "9:1")]
    assert "制表符" in found[0].zh
    assert "→path" in found[0].en
    found = faults(folder, GOOD.replace("name: 示例县", "name:示例县"))
    assert [(f.code, f.place) for f in found] == [("GEP-C007", "2:5")]
    assert found[0].zh == "冒号后缺空格：name:示例县"
    found = faults(folder, GOOD + "name: 另一县\n")
    assert [(f.code, f.place) for f in found] == [("GEP-C006", "14:1 name")]
    assert found[0].en == "The key “name” stands twice, first on line 2"


def test_syntax(folder):
    fault = only(faults(folder, GOOD.replace("[2020, 2023]", "[2020, 2023")), "GEP-C003")
    assert fault.place.startswith("5:")
    assert "列表缺少英文逗号或右方括号" in fault.zh
    assert "profile: gbt46869_2025" in fault.en
    fault = only(faults(folder, GOOD.replace("[2020, 2023]", '["2020"，"2023"]')), "GEP-C003")
    assert fault.place.startswith("4:")
    assert "U+FF0C FULLWIDTH COMMA，可能就是原因" in fault.zh


def test_wrong_home_and_grid(folder):
    found = faults(folder, GOOD + "resolution: 30\ngrid: {crs: EPSG:4527}\n")
    assert only(found, "GEP-C011").fix_zh.startswith("该键属于 “grid.resolution”。")
    assert "resolution" in only(found, "GEP-C038").en
    grid = load(write(folder, GOOD + 'grid: {crs: "EPSG:4527", resolution: 30, area: geodesic}\n')).grid
    assert grid.explicit
    assert grid.from_ is None


def test_layer_variants(folder):
    text = GOOD + "  a: {path: precip_2020.tif, value: 1, unit: m}\n  b: {unit: m}\n  c: {value: 1, unit: 毫米粒}\n"
    text += "  d: {value: 1, unit: m, band: 1, bands: 12}\n  e: {value: 1, unit: m, plausible: [5, 1]}\n"
    text += "  f: {stations: {table: wether, value: et0}, unit: mm/a}\n  g: {path: 3, unit: 1}\n"
    text += "fields: {slope_length: constant}\ntables: {weather: {path: precip_2020.tif, heder: 2}}\n"
    found = faults(folder, text)
    assert [f.place.split(" ")[1] for f in found if f.code == "GEP-C032"] == ["layers.a", "layers.b"]
    assert only(found, "GEP-C039").place == "16:23 layers.c.unit"
    assert only(found, "GEP-C037").place.endswith("layers.d")
    assert {f.place.split(" ")[1]: f.zh for f in found if f.code == "GEP-C020"} == {
        "layers.e.plausible": "应为[下限, 上限], 下限小于上限，实为 “[5, 1]”",
        "layers.g.path": "应为文件路径, 或 {年份: 路径} 的映射，实为 “3”",
    }
    assert "是否指 “weather”?" in only(found, "GEP-C033").fix_zh
    assert "（第 13 行）" in only(found, "GEP-C034").zh
    unknown = only(found, "GEP-C011")
    assert unknown.place.endswith("tables.weather.heder")
    assert "“header”" in unknown.fix_en


def test_paths(folder):
    (folder / "图层").mkdir()
    (folder / "图层" / "a.tif").touch()
    (folder / "数据.gdb").mkdir()
    text = GOOD.replace("乡镇 边界.gpkg", "数据.gdb").replace("landcover_{year}.tif", "landcover_2020.tif")
    text = text.replace("precip_{year}.tif", "图层")
    text += '  a: {path: "data\\town.tif", unit: m}\n  b: {path: x_{年}.tif, unit: m}\n'
    text += "  c: {path: {2020: 图层/a.tif}, unit: m}\n"
    text += "  d: {path: 图曾/a.tif, unit: m}\n"
    text = text.replace("x_{年}.tif", "'x_{年}.tif'")
    found = faults(folder, text)
    warning = only(found, "GEP-C026")
    assert warning.severity == "warning"
    assert "“landcover_2020.tif” 不含 {year}" in warning.zh
    assert only(found, "GEP-C031").fix_zh == "写明其中的文件，例如：a.tif"
    assert [f.place.split(" ")[1] for f in found if f.code == "GEP-C035"] == ["layers.a.path", "layers.b.path"]
    lacking = only(found, "GEP-C025")
    assert lacking.zh == "按年份给出的路径缺 2023 年（已有 2020）"
    assert "文件夹 “图曾” 也不存在。是否指 “图层”?" in only(found, "GEP-C030").fix_zh
    study = load(write(folder, GOOD.replace("precip_{year}", "none_{year}")), files=False)
    assert study.layers["precipitation"].path == "none_{year}.tif"


def test_future_format_and_anchors(folder):
    fault = only(faults(folder, GOOD.replace("gep: 1", "gep: 2")), "GEP-C036")
    assert fault.fix_en == "Write “gep: 1”, or upgrade the toolkit"
    text = GOOD.replace("{value: 100, unit: m}", "&m {value: 100, unit: m}") + "  dem: {<<: *m, value: 7}\n"
    assert load(write(folder, text)).layers["dem"].value == 7
    assert load(write(folder, text)).layers["dem"].unit == "m"


def test_schema(tmp_path):
    schema = json.loads(write_schema(tmp_path / "study.schema.json").read_text("utf-8"))
    assert set(schema["required"]) == {
        "gep",
        "name",
        "region",
        "periods",
        "profile",
        "price_year",
        "zones",
    }
    assert schema["additionalProperties"] is False
    assert "from" in schema["$defs"]["GridSpec"]["properties"]
    assert Study.json_schema()["title"] == "gep study.yaml"


def test_every_code_has_both_languages():
    from gep.errors import catalogue

    for code, entry in catalogue().items():
        if code[4] in "CT":
            assert all(
                entry[k].strip() for k in ("severity", "zh", "en", "fix_zh", "fix_en", "about_zh", "about_en")
            ), code
    assert study_.GepError is GepError
