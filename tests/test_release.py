"""A release is read back, every file of it: nothing internal is in it, and the same inputs give the same bytes."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import hashlib
import html
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from release_sample import CHECKS, RELEASE, ROWS, SECRET, SECRET_EN, SECRET_ZH, VALUES, make

from gep.errors import GepError
from gep.page.frame import without_own_code
from gep.release import behind, guard, page
from gep.release.build import due, release

TOLD = (SECRET, SECRET_ZH, SECRET_EN, "inner_card", "机密考评", "7654321", "8765432", "不得外传")


class Words(HTMLParser):
    """All that a browser could show or run: texts, attributes, comments."""

    def __init__(self):
        super().__init__()
        self.said, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.said += [v or "" for _, v in attrs]

    def handle_data(self, data):
        self.said.append(data)

    def handle_comment(self, data):
        self.said.append(data)


def everything(folder: Path) -> dict[str, str]:
    """Every file of a package as text, its own way of reading: {place: text}."""
    out = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        out |= parts(name, path.read_bytes())
    return out


def parts(name: str, data: bytes) -> dict[str, str]:
    out = {f"{name} (name)": name}
    if name.endswith((".zip", ".xlsx")):
        archive = zipfile.ZipFile(io.BytesIO(data))
        for member in archive.namelist():
            out |= {f"{name}/{k}": v for k, v in parts(member, archive.read(member)).items()}
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [str(c.value) + str(c.comment) for s in book for row in s.iter_rows() for c in row]
        out[f"{name} (cells)"] = " ".join([*book.sheetnames, *cells, str(vars(book.properties))])
    elif name.endswith((".json", ".geojson")):
        out[f"{name} (json)"] = str(json.loads(data))
    elif name.endswith(".html"):
        data = re.sub(b"<script>.*?</script>", b"", data, flags=re.S)  # ECharts and ours; the data stay
        words = Words()
        words.feed(data.decode())
        out[f"{name} (html)"] = " ".join(words.said)
    out[f"{name} (bytes)"] = data.decode("utf-8", "replace")
    return out


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    return release(make(folder), folder / "r1")


def refused(folder, **more):
    to = folder / "r1"
    with pytest.raises(GepError) as error:
        release(make(folder, **more), to)
    assert not to.exists() or not any(to.iterdir())  # nothing is left behind
    return [(f.code, f.place) for f in error.value.faults if f.severity == "error"]


def table(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_nothing_internal_is_in_any_file(package):
    read = everything(package.folder)
    assert len(read) > 80
    for kind in ("docProps/core.xml", "sharedStrings.xml", "index.html (html)", "release.zip/data.json (json)",
                 "townships.geojson (json)", "release.xlsx (cells)"):  # fmt: skip
        assert any(kind in place for place in read), kind
    for word in TOLD:
        assert [place for place, text in read.items() if word.casefold() in text.casefold()] == []
    # the reader does see what is there
    assert "生态产品总值" in read["release.xlsx (cells)"]
    assert "1100.00" in read["index.html (html)"]
    assert "云溪县" in read["release.xlsx/docProps/core.xml (bytes)"]


def leak_zip(folder, word):
    with zipfile.ZipFile(folder / "release.zip", "a") as archive:
        archive.writestr(f"tables/{word}.csv", "1")


def leak_inside_zip(folder, word):
    with zipfile.ZipFile(folder / "release.zip", "a") as archive:
        archive.writestr("more.json", json.dumps({"a": [{"note": f"见 {word} 表"}]}))  # escaped: \\u5185…


def leak_book(folder, word, where):
    book = openpyxl.load_workbook(folder / "release.xlsx")
    if where == "sheet":
        book.create_sheet(word[:31])
    elif where == "hidden":
        book.create_sheet("x").sheet_state = "hidden"
        book["x"]["Z99"] = word
    elif where == "comment":
        book.worksheets[0]["A1"].comment = openpyxl.comments.Comment(word, "x")
    else:
        setattr(book.properties, where, word)
    book.save(folder / "release.xlsx")


def leak_text(folder, word, name, wrap="{}"):
    path = folder / name
    path.write_bytes(path.read_bytes() + wrap.format(word).encode())


def entities(word):
    return "".join(f"&#{ord(c)};" for c in word)


LEAKS = {
    "zip member": leak_zip,
    "json in the zip": leak_inside_zip,
    **{f"workbook {w}": (lambda f, x, w=w: leak_book(f, x, w))
       for w in ("sheet", "hidden", "comment", "title", "description", "creator", "keywords")},
    "html comment": lambda f, w: leak_text(f, w, "index.html", "<!-- {} -->"),
    "html tooltip": lambda f, w: leak_text(f, w, "index.html", '<td title="{}">'),
    "html entities": lambda f, w: leak_text(f, entities(w), "index.html"),
    "csv": lambda f, w: leak_text(f, w, "indicators.csv", "{},T1,3\n"),
    "sources": lambda f, w: leak_text(f, w, "sources.csv", "{}_2023.csv,,,\n"),
    "markdown": lambda f, w: leak_text(f, w, "method.md", "公式：{} / 2"),
    "file name": lambda f, w: (f / "tables" / f"{w}.csv").write_text("1"),
    "folder name": lambda f, w: ((f / w).mkdir(), (f / w / "a.txt").write_text("1")),
    "geojson": lambda f, w: leak_text(f, w, "townships.geojson", '"{}"'),
}  # fmt: skip


@pytest.mark.parametrize("word", [SECRET, SECRET_ZH, SECRET_EN, "inner_card", "机密考评"])
@pytest.mark.parametrize("leak", LEAKS)
def test_the_gate_finds_a_leak_in_each_of_them(tmp_path, package, leak, word):
    import shutil

    from gep.release import gather

    folder = tmp_path / "r"
    shutil.copytree(package.folder, folder)
    made = gather.read(package.folder.parent / "run", None)
    tell = guard.telltales(made.catalogue.values(), made.evaluations)
    assert guard.package_faults(folder, tell) == []
    LEAKS[leak](folder, word)
    assert {f.code for f in guard.package_faults(folder, tell)} == {"GEP-J411"}


def test_a_leak_of_our_own_making_stops_the_release(tmp_path, monkeypatch):
    plain = page.page
    monkeypatch.setattr(page, "page", lambda *given: plain(*given) + f"<!-- {SECRET_EN} -->")
    assert refused(tmp_path) == [("GEP-J411", "text"), ("GEP-J411", "index.html text")]


def test_an_internal_name_inside_a_public_one_is_no_leak(package):
    # 森林覆盖 / Forest is internal, 森林覆盖率 / Forest cover is public
    made = guard.telltales(package.content.rows, {})
    tell = guard.Telltales(("森林覆盖", "Forest", "forest"), made.open)
    assert tell.found("2023 年森林覆盖率 81.0；Forest cover; forest_cover") == []
    assert tell.found("2023 年森林覆盖 81.0") == ["森林覆盖"]
    assert tell.found("森林覆盖率和森林覆盖") == ["森林覆盖"]
    assert tell.found("a,Forest,3") == ["Forest", "forest"]
    assert tell.found("the forest burned") == []  # an ordinary word counts as a whole cell only
    longer = guard.Telltales(("生态产品总值人均内部数",), made.open)
    assert longer.found("生态产品总值人均内部数") == ["生态产品总值人均内部数"]  # a public name inside it is no excuse


@pytest.mark.parametrize("column", ["formula", "definition_en", "definition_zh", "locator"])
def test_a_public_text_that_names_something_internal_is_told_by_row(tmp_path, column):
    word = SECRET if column == "formula" else SECRET_EN if column == "definition_en" else SECRET_ZH
    rows = [r | {column: f"a / {word}"} if r["code"] == "gep_total" else r for r in ROWS]
    assert refused(tmp_path, rows=rows) == [("GEP-J410", f"gep_total, column {column}")]


def test_no_publication_level_no_release(tmp_path):
    rows = [r | {"publication": ""} if r["code"] == "gep_total" else r for r in ROWS]
    assert refused(tmp_path, rows=rows) == [("GEP-J003", "row 2, column publication")]
    (tmp_path / "b").mkdir()
    run = make(tmp_path / "b")
    text = (run / "assessment" / "catalogue.csv").read_text("utf-8-sig").splitlines(keepends=True)
    (run / "assessment" / "catalogue.csv").write_text("".join(text[:-1]), "utf-8-sig")  # a row is gone
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r2")
    assert [f.code for f in error.value.faults] == ["GEP-J401"]


def test_all_internal_is_no_release(tmp_path):
    assert refused(tmp_path, rows=[r | {"publication": "internal"} for r in ROWS]) == [("GEP-J403", "")]


def test_no_approval_of_the_map_no_geometry(tmp_path):
    said = {k: v for k, v in RELEASE.items() if k != "map_approval"}
    made = release(make(tmp_path, release=said), tmp_path / "r1")
    assert [f.code for f in made.faults] == ["GEP-J409"]
    read = everything(made.folder)
    assert not any("geojson" in text or "coordinates" in text or "116.9" in text for text in read.values())


def test_boundaries_share_their_borders(package):
    import shapely

    said = json.loads((package.folder / "townships.geojson").read_text("utf-8"))
    assert said["map_approval"] == "皖S(2025)9号"
    shapes = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in said["features"]}
    assert all(f["properties"].keys() == {"zone", "zone_name"} for f in said["features"])
    assert all(shape.is_valid for shape in shapes.values())
    assert shapely.coverage_is_valid(list(shapes.values()))  # no gap, no overlap between neighbours
    points = sum(shapely.get_num_coordinates(s) for s in shapes.values())
    assert points < 4 * 103 / 2  # of some 104 each
    for x, y in shapely.get_coordinates(list(shapes.values())):
        assert (round(x, 4), round(y, 4)) == (x, y)


def test_same_inputs_same_bytes(tmp_path, package):
    (tmp_path / "else").mkdir()
    again = release(make(tmp_path / "else"), tmp_path / "there")
    assert again.digest == package.digest
    for name in again.files:
        assert (again.folder / name).read_bytes() == (package.folder / name).read_bytes(), name


def test_the_manifest_holds_every_file(package):
    said = json.loads((package.folder / "manifest.json").read_text("utf-8"))
    there = {p.relative_to(package.folder).as_posix() for p in package.folder.rglob("*") if p.is_file()}
    assert set(said["files"]) == there - {"manifest.json", "release.zip"}
    for name, digest in said["files"].items():
        assert hashlib.sha256((package.folder / name).read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(package.folder / "release.zip") as archive:
        assert archive.namelist() == sorted(there - {"release.zip"})
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in archive.namelist():
            assert archive.read(name) == (package.folder / name).read_bytes()
    assert (said["release"], said["previous"], said["formed"], said["due"]) == ("r1", None, "2025-03-03", "2025-03-31")


def test_data_keeps_its_schema(package):
    jsonschema = pytest.importorskip("jsonschema")
    data = json.loads((package.folder / "data.json").read_text("utf-8"))
    schema = json.loads((package.folder / "schema.json").read_text("utf-8"))
    assert schema["$schema"].endswith("2020-12/schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
    data["figures"][0]["text"] = ""  # blank is not a way to hide a number
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


def test_the_formats_say_the_same(package):
    long = table(package.folder / "indicators.csv")
    data = json.loads((package.folder / "data.json").read_text("utf-8"))
    assert [(r["indicator"], r["zone"], int(r["year"]), r["value"]) for r in long] == [
        (f["indicator"], f["zone"], f["year"], f["text"]) for f in data["figures"]]  # fmt: skip
    known = {(r["indicator"], r["zone"], r["year"]): r["value"] for r in long}
    for form in ("gep_1", "reg_1", "eco_1"):
        about = json.loads((package.folder / "tables" / f"{form}.json").read_text("utf-8"))
        assert (about["制定机关"], about["批准文号"], about["有效期至"]) == ("云溪县统计局", "云统制〔2024〕1号",
                                                                         "2026-12-31")  # fmt: skip
        for row in table(package.folder / "tables" / f"{form}.csv"):
            for column in about["columns"]:
                assert row[column["head"]] == known[column["code"], row["行政区划代码"], row["年份"]]
    assert {v for v in known.values() if v in ("", "0.0*")} == set()
    # the workbook: numbers are numbers, a hidden one is a star
    book = openpyxl.load_workbook(package.folder / "release.xlsx")
    numbers = [c.value for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, float | int)]
    assert 1100 in numbers
    assert {"*", ".."} <= {c.value for sheet in book for row in sheet.iter_rows() for c in row}
    words = " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    heads = ("表号：", "制定机关：云溪县统计局", "批准文号：云统制〔2024〕1号", "有效期至：2026-12-31")
    for said in (*heads, "填报单位：云溪县", "单位负责人："):
        assert said in words


def test_only_totals_of_public_evaluations(package):
    rows = table(package.folder / "scores.csv")
    assert len(rows) == 8  # four townships, two years; no item
    assert {r["evaluation"] for r in rows} == {"score_card"}
    assert [(r["score"], r["grade"], r["rank"]) for r in rows[:2]] == [("90.3", "优", "1"), ("89.3", "优", "2")]


def test_sources_and_checks_of_public_numbers_only(package):
    rows = table(package.folder / "sources.csv")
    assert [r["file"] for r in rows] == ["统计年报_2022.csv", "统计年报_2023.csv"]  # no folder, no internal file
    assert "gep_total" in rows[0]["indicators"].split()
    checks = json.loads((package.folder / "checks.json").read_text("utf-8"))
    assert [c["id"] for c in checks] == [
        "release.suppression", "release.suppression", "indicator.gep_total", "area_uncovered"]  # fmt: skip
    assert "left" not in checks[2]  # what is compared may be a hidden number


def test_a_failed_check_is_not_released(tmp_path):
    assert refused(tmp_path, checks=[CHECKS[0] | {"passed": False}]) == [("GEP-J415", "indicator.gep_total")]


def test_the_page_runs_its_own_scripts_only_and_is_escaped(tmp_path):
    rows = [r | {"zh": "总值<script>alert(1)</script>&\"'"} if r["code"] == "gep_total" else r for r in ROWS]
    made = release(make(tmp_path, rows=rows, release=RELEASE | {"contact": '"><img src=x onerror=alert(1)>'}),
                   tmp_path / "r1")  # fmt: skip
    text = (made.folder / "index.html").read_text("utf-8")
    words = Words()
    words.feed(text)
    assert not words.tags & {"img", "iframe", "object", "form", "base"}
    assert re.findall("<link[^>]*>", text) == ['<link rel="icon" href="data:,">']
    assert text.count("<script") == text.count("</script>") == 3  # the data, ECharts, our own
    assert "alert(1)" not in "".join(re.findall("<script>.*?</script>", text, re.S))
    rest = without_own_code(text)
    assert len(rest) < len(text) - 1_000_000
    assert "http://" not in rest
    assert "https://" not in rest
    policy = html.unescape(re.search('Security-Policy" content="([^"]*)"', text)[1])
    said = dict(part.split(" ", 1) for part in policy.split("; "))
    assert said["default-src"] == "'none'"
    for name, parts in (("style-src", re.findall("<style>(.*?)</style>", text, re.S)),
                        ("script-src", re.findall("<script>(.*?)</script>", text, re.S))):  # fmt: skip
        digests = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts]
        assert said[name] == " ".join(f"'sha256-{digest}'" for digest in digests), name


def test_words_of_our_own_scripts_are_no_leak_but_the_data_is_searched(tmp_path, package):
    import shutil

    folder = tmp_path / "r"
    shutil.copytree(package.folder, folder)
    for path in [p for p in folder.rglob("*") if p.is_file() and p.name != "index.html"]:
        path.unlink()
    text = (folder / "index.html").read_text("utf-8")
    tell = guard.Telltales(("area", "label"), ())  # words of ECharts, and ordinary codes of a county
    assert guard.package_faults(folder, tell) == []
    (folder / "index.html").write_text(text.replace("</main>", "<p>area</p></main>"), "utf-8")
    assert [f.code for f in guard.package_faults(folder, tell)] == ["GEP-J411"]
    # escaped as the data are, a name is still found
    held = text.replace("青石镇", "\\u5185\\u90e8 x")
    assert held != text
    (folder / "index.html").write_text(held, "utf-8")
    assert {f.code for f in guard.package_faults(folder, guard.Telltales(("内部",), ()))} == {"GEP-J411"}
    # a changed script is not ours: it is searched
    (folder / "index.html").write_text(text.replace("function bars()", "function area()"), "utf-8")
    assert guard.package_faults(folder, guard.Telltales(("nodegap",), ())) == []
    said = text.replace('"use strict";', '"use strict"; ["area"];')
    (folder / "index.html").write_text(said, "utf-8")
    assert guard.package_faults(folder, tell) != []


def test_no_date_and_expired_forms(tmp_path):
    for name, said, code in (
        ("a", {k: v for k, v in RELEASE.items() if k != "formed"}, "GEP-J406"),
        ("b", RELEASE | {"valid_until": "2025-03-02"}, "GEP-J407"),
        ("c", RELEASE | {"formed": "2027-03-01", "valid_until": "2028-01-01"}, "GEP-J405"),
    ):
        (tmp_path / name).mkdir()
        assert [c for c, _ in refused(tmp_path / name, release=said)] == [code]


def test_the_day_of_the_command_goes_before_that_of_the_study(tmp_path):
    made = release(make(tmp_path), tmp_path / "r1", formed=dt.date(2025, 3, 17))
    assert made.content.facts.due == dt.date(2025, 4, 15)  # test_release_calendar
    assert due(dt.date(2025, 3, 3)) == (dt.date(2025, 3, 31), 20, "中华人民共和国政府信息公开条例 第26条")


def test_what_a_form_lacks_is_said_not_made_up(tmp_path):
    made = release(make(tmp_path, release={"formed": "2025-03-03"}), tmp_path / "r1")
    assert [f.code for f in made.faults] == ["GEP-J408"] * 3 + ["GEP-J409"]
    assert "批准文号：未填" in everything(made.folder)["release.xlsx (cells)"]


def test_in_english(tmp_path):
    made = release(make(tmp_path, lang="en"), tmp_path / "r1")
    assert "Gross ecosystem product (yuan)" in (made.folder / "tables" / "gep_1.csv").read_text("utf-8-sig")
    assert "made by：云溪县统计局" in everything(made.folder)["release.xlsx (cells)"]


def test_a_folder_of_assess_is_released_too(tmp_path):
    run = make(tmp_path, squares=False)
    checks = json.loads((run / "checks.json").read_text("utf-8"))
    meta = json.loads((run / "run.json").read_text("utf-8")) | {"checks": checks}
    (run / "assess.json").write_text(json.dumps(meta), "utf-8")
    for name in ("run.json", "checks.json"):
        (run / name).unlink()
    made = release(run, tmp_path / "r1")
    assert len(json.loads((made.folder / "checks.json").read_text("utf-8"))) == 4
    assert not (made.folder / "townships.geojson").exists()


def test_a_broken_folder(tmp_path):
    run = make(tmp_path)
    (run / "assessment" / "lineage.parquet").unlink()
    (run / "run.json").unlink()
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r1")
    assert [f.code for f in error.value.faults] == ["GEP-E012", "GEP-E012"]


EFFECTS = """evaluation,year,zone,zone_name,indicator,zh,before,now,holder,turn
score_card,2022,T1,青石镇,helped_income,x,400,500.5,张三养殖场,变好
score_card,2022,T3,白塔镇,helped_income,x,0,0,李四合作社,变好
score_card,2022,T4,高坪乡,helped_income,x,8000,9000,王五农场,变好
score_card,2022,T4,高坪乡,gep_total,x,430,440,,变好
score_card,2022,T3,白塔镇,gep_total,x,320,330,,变好
score_card,2022,T3,白塔镇,top_secret_indicator,x,98989,97979,,变好
inner_card,2022,T4,高坪乡,gep_total,x,55555,66666,,变好
score_card,2023,,,gep_total,x,1100,1111,,变好
"""


def with_table(folder, text=EFFECTS, name="effects", **more):
    run = make(folder, release=RELEASE | {"tables": {name: "public", "funds": "internal"}}, **more)
    (run / "assessment" / f"{name}.csv").write_text(text, "utf-8-sig")
    (run / "assessment" / "funds.csv").write_text("单位,金额\n甲,1\n", "utf-8-sig")
    return run


def test_other_tables_are_masked_like_the_figures(tmp_path):
    made = release(with_table(tmp_path), tmp_path / "r1")
    assert "tables/funds.csv" not in made.files
    rows = table(made.folder / "tables" / "effects.csv")
    # of T1 the income of two households is held back; T3 has an internal row: nothing of its year is shown, as the
    # internal one might be the rest of a sum; holder and turn are free text; inner_card is internal
    assert [tuple(r.values()) for r in rows] == [
        ("score_card", "2022", "T1", "青石镇", "helped_income", "受益户收入", "*", "*"),
        ("score_card", "2022", "T3", "白塔镇", "helped_income", "受益户收入", "*", "*"),
        ("score_card", "2022", "T4", "高坪乡", "helped_income", "受益户收入", "8000", "9000"),
        ("score_card", "2022", "T4", "高坪乡", "gep_total", "生态产品总值", "430", "440"),
        ("score_card", "2022", "T3", "白塔镇", "gep_total", "生态产品总值", "*", "*"),
        ("score_card", "2023", "county", "全县", "gep_total", "生态产品总值", "1100", "1111"),
    ]
    read = everything(made.folder)
    for word in ("张三", "李四", "500.5", "98989", "97979", "66666"):
        assert not [place for place, text in read.items() if word in text]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("section_classes", "断面,类别\n桥头,II\n"),  # no indicator, no township, no year
        ("money", "indicator,zone,value\ngep_total,T1,3\n"),  # no year
        ("money", "indicator,zone,year,value\ngep_total,T9,2022,3\n"),  # a township that is none
        ("money", "indicator,zone,year,value\ngep_total,T1,两年,3\n"),
        # two rows of one figure: a list of what stands behind it
        ("money", "indicator,zone,year,holder,value\ngep_total,T1,2022,a,3\ngep_total,T1,2022,b,4\n"),
        ("observations", "indicator,zone,year,value,n\nhelped_income,T1,2022,500,2\n"),
        ("scores", "item,zone,year,evaluation,score\ngep_total,T1,2022,score_card,2\n"),
        ("lineage", "indicator,zone,year,value\ngep_total,T1,2022,3\n"),
    ],
)
def test_tables_that_cannot_be_masked_are_refused(tmp_path, name, text):
    run = with_table(tmp_path, text, name)
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r1")
    assert [(f.code, f.place) for f in error.value.faults] == [("GEP-J417", f"assessment.release.tables.{name}")]
    (run / "assessment" / f"{name}.csv").unlink()
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r1")
    assert [f.code for f in error.value.faults] == ["GEP-J416"]


def test_numbers_of_other_tables_are_revised_with_a_reason(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = release(with_table(tmp_path / "one"), tmp_path / "r1")
    run = with_table(tmp_path / "two", EFFECTS.replace("9000", "9001").replace("500.5", "600"))
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r2", previous=first.folder)
    told = [(f.code, f.place) for f in error.value.faults if f.severity == "error"]
    assert told == [("GEP-J422", "helped_income effects.score_card.now T4 2022")]  # not the masked one
    (tmp_path / "why.csv").write_text("item,zone,year,kind,reason\nhelped_income,,,annual,核实\n", "utf-8-sig")
    made = release(run, tmp_path / "r2", previous=first.folder, reasons=tmp_path / "why.csv")
    moved = [(r["item"], r["what"], r["old"], r["new"]) for r in table(made.folder / "revisions.csv")]
    assert moved == [("helped_income", "effects.score_card.now", "9000", "9001")]


def test_an_indicator_is_public_only_where_the_study_says_so_now(tmp_path):
    run = make(tmp_path)
    mine = tmp_path / "catalogue.csv"
    text = mine.read_text("utf-8-sig").splitlines(keepends=True)
    shut = [line.replace(",public,", ",internal,") if line.startswith("forest_cover,") else line for line in text]
    gone = [line for line in shut if not line.startswith("helped_mean,")]
    mine.write_text("".join(gone), "utf-8-sig")
    made = release(run, tmp_path / "r1")
    assert {f.indicator for f in made.content.figures} == {"gep_total", "gep_provision", "gep_regulation",
                                                           "helped_households", "helped_income"}  # fmt: skip
    assert "森林覆盖率" not in (made.folder / "release.xlsx").read_bytes().decode("latin-1")
    # and what was internal in the run stays so, whatever the study says now
    run_rows = run / "assessment" / "catalogue.csv"
    run_rows.write_text("".join(shut), "utf-8-sig")
    mine.write_text("".join(text), "utf-8-sig")
    made = release(run, tmp_path / "r2")
    assert "forest_cover" not in {f.indicator for f in made.content.figures}


def test_no_text_of_a_csv_is_a_formula(tmp_path):
    changed = {"gep_total": {"zh": "=1+1"}, "helped_income": {"zh": "\t=2+2"}, "gep_regulation": {"zh": "＝3+3"}}
    rows = [r | changed.get(r["code"], {}) for r in ROWS]
    made = release(make(tmp_path, rows=rows), tmp_path / "r1")
    for path in sorted(made.folder.rglob("*.csv")):
        for cells in csv.reader(io.StringIO(path.read_text("utf-8-sig"))):
            for cell in cells:
                if cell.strip()[:1] in ("=", "+", "@", "-", "＝"):
                    float(cell)  # a number may have a sign
                assert cell[:1] not in ("\t", "\r")
    assert "'=1+1 (yuan)" in (made.folder / "tables" / "gep_1.csv").read_text("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize("text", [" ", "无", "待批", "已送审", "2024", "S(24)1号"])
def test_what_is_no_approval_of_a_map(tmp_path, text):
    made = release(make(tmp_path, release=RELEASE | {"map_approval": text}), tmp_path / "r1")
    assert [(f.code, f.severity) for f in made.faults] == [
        ("GEP-J409", "info") if not text.strip() else ("GEP-J419", "warning")]  # fmt: skip
    assert "townships.geojson" not in made.files
    assert "coordinates" not in (made.folder / "data.json").read_text("utf-8")


@pytest.mark.parametrize("text", ["皖S(2024)12号", "GS（2024）0001号", "GS京(2022)1061号", "示例S(2024)001号",
                                  "鲁SG（2021）026号", "浙审字〔2021〕第9号", " 川S【2021】00059号 "])  # fmt: skip
def test_approvals_of_maps(text):
    from gep.release.gather import map_approval
    from gep.study_assessment import Release

    assert map_approval(Release(map_approval=text)) == text.strip()


def test_a_public_score_of_one_internal_indicator_is_refused(tmp_path):
    import pandas as pd

    run = make(tmp_path)
    path = run / "assessment" / "scores.parquet"
    kept = pd.read_parquet(path)
    kept[kept["item"] != "gep_total"].to_parquet(path, index=False)
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r1")
    told = [(f.code, f.place) for f in error.value.faults if f.severity == "error"]
    assert told == [("GEP-J418", "assessment.evaluate.score_card.publication")]
    # a total without items says by its lines what it is made of
    kept[kept["kind"] == "total"].to_parquet(path, index=False)
    lines = pd.read_parquet(run / "assessment" / "lineage.parquet")
    more = lines.head(1).assign(lineage="score/score_card/T1/total./2022", kind="indicator", id=f"{SECRET}/T1/2022")
    pd.concat([lines, more]).to_parquet(run / "assessment" / "lineage.parquet", index=False)
    with pytest.raises(GepError) as error:
        release(run, tmp_path / "r1")
    assert {f.code for f in error.value.faults if f.severity == "error"} == {"GEP-J418"}


@pytest.mark.parametrize("word", ["TOP SECRET  INDICATOR", "ｔｏｐ＿ｓｅｃｒｅｔ_indicator", "内部 绝密 指标",
                                  "内部\u200b绝密指标", "内部\u3000绝密指标", "Classified  hush\u00a0figure",
                                  "机密\u2060考评"])  # fmt: skip
def test_disguised_names_are_found(package, word):
    from gep.release import gather

    made = gather.read(package.folder.parent / "run", None)
    tell = guard.telltales(made.catalogue.values(), made.evaluations)
    assert tell.found(f"<td>不含{word}。</td>" if not word[0].isascii() else f"not {word}, said") != []
    assert tell.found("内部\n绝密指标") == []  # two lines are two texts


def test_a_value_that_moves_moves_the_digest(tmp_path, package):
    moved = VALUES | {"forest_cover": {2022: (50.0, 60.0, 70.0, 80.0), 2023: (51.0, 61.0, 71.0, 81.1)}}
    assert release(make(tmp_path, values=moved), tmp_path / "r1").digest != package.digest


def test_the_command_says_what_it_did(tmp_path, capsys):
    from gep.cli import release as command

    run = make(tmp_path)
    command.run(run, tmp_path / "r1", None, "2025-03-17", None, tmp_path / "study.yaml", "zh")
    told = capsys.readouterr().out
    # 7 indicators × 5 zones × 2 years; T1 and T2 of three indicators of 2022 are held back
    assert "r1：7 项公开指标，70 个数，其中 6 个不发布；修订 0 处" in told
    assert "最迟 2025-04-15 公开（20 个工作日）" in told
    command.due("2025-03-03", None, "en")
    assert "2025-03-03 → 2025-03-31" in capsys.readouterr().out
    for text in ("3月3日", "2025-02-30"):
        with pytest.raises(GepError) as error:
            command.run(run, tmp_path / "r2", None, text, None, None, "zh")
        assert [f.code for f in error.value.faults] == ["GEP-K012"]


def test_checks_of_an_internal_evaluation_with_an_ordinary_name():
    rows = [{"id": f"score.{id}.sum", "zh": "合计", "en": "sum", "period": 2023, "passed": True} for id in "ab"]
    known = {"a": ("a", True), "b": ("b", False)}
    shown = behind.checks(rows, {}, known, guard.telltales([], known))
    assert [c["id"] for c in shown] == ["score.a.sum"]
