"""`gep init`: a commented study.yaml, its schema for editors, an Excel entry template, a county coefficient file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gep.cli import show
from gep.coefficients import COLUMNS
from gep.errors import GepError, Lang, fault, refuse

_STUDY = """# yaml-language-server: $schema=study.schema.json
# 核算任务书。逐项填写；运行 gep check study.yaml 一次列出全部问题。行首 # 的键用得着再打开。
# The study. Fill in line by line; `gep check study.yaml` lists everything that is wrong. Keys after # are optional.
gep: 1
name: {name}
region: "341602"                  # 行政区划代码 / administrative code
periods: [2023]                   # 核算年份，可写多个 / one or more years
profile: gbt46869_2025            # gbt46869_2025 | ndrc_2022 | mee_2020 | custom
lang: {lang}
price_year: 2023                  # 各年都按此年价格；current = 当年价 / prices of this year; current: each year's own

zones: {zones}   # 乡镇边界：gpkg / shp（GBK 自动识别）/ geojson / gdb，也可用填报模板的乡镇表
grid: {{from: landcover, area: projected}}

landcover:
  path: "landcover_{{year}}.tif"    # {{year}} 换成年份 / the year goes here
  legend: clcd                    # clcd globeland30 worldcover gbt21010 sandiao corine ydyh2023，或自己的 CSV
# 没有栅格：去掉 grid 和 landcover，写面积表，zones 也可以是表格 / without rasters: areas instead of grid and landcover
# zones: {{path: "{workbook}", layer: 乡镇, id: 代码, name: 乡镇}}
# areas: {{path: "areas_{{year}}.csv", legend: sandiao, columns: {{zone: 乡镇, code: 地类, area: 面积}}}}

layers:
  precipitation: {{path: "precipitation_{{year}}.tif", unit: mm/a}}
  # precipitation: {{means: {{table: rain, value: P}}, unit: mm/a}}   # 没有栅格时取表中的平均值 / zone means of a table
  reference_evapotranspiration: {{path: "et0_{{year}}.tif", unit: mm/a}}
  dem: {{path: dem.tif, unit: m}}
  slope_length: {{value: 100, unit: m}}   # 坡长没有默认值 / slope length has no default
  sand: {{path: sand.tif, unit: "%"}}
  silt: {{path: silt.tif, unit: "%"}}
  clay: {{path: clay.tif, unit: "%"}}
  organic_carbon: {{path: organic_carbon.tif, unit: "%"}}
  erosivity: {{path: "erosivity_{{year}}.tif", unit: MJ·mm/(hm²·h·a)}}
  cooling_days: {{value: 60, unit: d/a}}  # 换成本县日均气温高于 26 ℃ 的天数 / your own count of days above 26 °C

fields:                           # 哪个图层用哪种方法推算；gep services 列出全部方法
  evapotranspiration: zhang
  cover_factor: class_table

tables:                           # 统计表；填了哪张就去掉行首的 # / open the line of each sheet that was filled in
{tables}
  # rain: {{path: rain.csv, columns: {{zone: 乡镇, P: 降水量}}}}   # 上面 means 的表 / the table of means above

coefficients:
  local: [county_coefficients.csv]  # 县里自己的系数，写在这里的行优先 / the county's own rows come first

prices:
  water_storage: {{basis: annualised}}

services:                         # gep services 列出全部服务和方法 / lists all services and methods
  water_conservation: {{method: water_balance}}
  soil_retention: {{method: rusle}}
  local_climate: {{method: transpiration_heat}}
  provisioning: {{method: gross_output}}
  # soil_retention: {{method: rusle, given: quantities}}              # 实物量取自表 / quantities from a table
  # flood_mitigation: {{method: storage, without: [lakes]}}        # 本县没有的项目 / items the county has none of
  # oxygen_release: {{method: from_co2, role: memo}}               # in | memo：偏离口径 / other than the profile

# 口径要计的其他服务：补上，或写明不适用；不写就是缺，账户成为部分核算（不印 GEP 总值）。
# Other services that the profile counts: add them, or say that they do not apply; else the account is partial.
# not_applicable: {{coastal_protection: 内陆县}}
# accept: {{same_visitors: 公园只计本县居民，景区游客另计}}   # 重复计算：怎样区分 / how two items are told apart
# confirmed: {{scope: 张三 2026-03-01 对照原文第 1 页}}   # 谁何时对照了原文 / who read the clause, when
# climate: {{years: [2019, 2020, 2021, 2022, 2023]}}   # 另列多年平均气候下的结果 / beside it, the mean climate
# transfer: {{factors: xie2015, year: 2023, index: cpi}}   # 并列单位面积价值，不相加 / unit values beside it
# compensation:                   # 补偿结算：gep settle study.yaml，规则见 gep rules / who owes whom; rules: gep rules
#   treasury: {name}财政
#   settle:
#     sections: {{rule: section_payout, scheme: guzhen_2021, tables: {{sections: sections, readings: readings}}}}
"""
_ZONES = "{path: townships.gpkg, id: code, name: name}"
_WORKBOOK = "填报模板.xlsx"
_YEAR = 2023  # the period that the template of study.yaml has
# what counties call the columns of code and name in the attributes of a map, the likeliest first
_CODES = ("code", "乡镇代码", "代码", "xzqdm", "zone", "id", "zldwdm", "gb", "adcode")
_NAMES = ("name", "乡镇", "乡镇名称", "名称", "xzqmc", "zone_name", "zldwmc")


def start(folder: Path, lang: str | None, zones: Path | None = None) -> None:
    """Write the four files into a new or empty place. `zones`: a map or table of the townships, for the drop-downs.

    Raises GepError GEP-E016 rather than overwrite, GEP-O230 where the columns of `zones` are not recognised.
    """
    from gep.filling import book as entry_book
    from gep.report.atomic import atomic_path, make_folder
    from gep.study import write_schema

    tongue = show.language(lang)
    said, known = townships(zones, folder) if zones is not None else (_ZONES, {})
    make_folder(folder)
    names = ("study.yaml", "study.schema.json", _WORKBOOK, "county_coefficients.csv")
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise GepError([fault("GEP-E016", file=folder / name, name=name) for name in there])
    text = _STUDY.format(
        name=folder.resolve().name, lang=tongue, workbook=_WORKBOOK, zones=said, tables=_tables(tongue)
    )
    with atomic_path(folder / "study.yaml") as path:
        path.write_text(text, "utf-8")
    with atomic_path(folder / "study.schema.json") as path:
        write_schema(path)
    with atomic_path(folder / _WORKBOOK) as path:
        entry_book.write(path, known, [_YEAR], tongue)
    with atomic_path(folder / "county_coefficients.csv") as path:
        path.write_text(",".join(COLUMNS) + "\r\n", "utf-8-sig")
    for name in names:
        show.say(f"√ {folder / name}")
    show.say(f"gep check {folder / 'study.yaml'}")


def _tables(lang: Lang) -> str:
    """The lines of study.yaml that read the entry workbook: products at once, the others when they are filled in."""
    from gep.filling import book as entry_book
    from gep.filling import tables as entry_tables

    lines = []
    for table in entry_tables.tables():
        line = entry_book.table_line(table.kind, entry_book.sheet_name(table, lang), _WORKBOOK)
        mark = "" if table.kind == "provisioning" else "# "
        if table.kind != "areas":  # its place is not under `tables`
            lines.append(f"  {mark}{line}")
    return "\n".join(lines)


def townships(path: Path, folder: Path) -> tuple[str, dict[str, str]]:
    """What study.yaml says of the townships in a map or table, and code → name, the columns found by their usual names.

    Raises GepError GEP-O230 where they are not found, and what the reading of the file finds.
    """
    from gep.intake.areas import is_table, read_zone_table
    from gep.intake.vectors import read_vector
    from gep.intake.zones import ZoneSpec, inspect_zones

    if is_table(path):
        from gep.intake import cells

        heads = cells.read(path, name=path.name, header=1, sheet=None, encoding="auto", delimiter=None).head
        crs = ""
    else:
        table, _, faults = read_vector(path, layer=None, crs=None, encoding="auto")
        if table is None:
            raise GepError(faults)
        heads, crs = [str(c) for c in table.columns if c != table.geometry.name], table.crs.to_wkt()
    plain = {head.casefold(): head for head in reversed(heads)}
    found = [next((plain[w] for w in words if w in plain), "") for words in (_CODES, _NAMES)]
    if not all(found):
        raise GepError(fault("GEP-O230", file=path, columns=", ".join(heads)))
    spec = ZoneSpec(path, found[0], found[1])
    zones, faults = read_zone_table(spec) if is_table(path) else inspect_zones(spec, crs)
    refuse(faults)
    assert zones is not None
    here = folder.resolve()
    shown = os.path.relpath(path.resolve(), here) if path.resolve().drive == here.drive else str(path.resolve())
    said = json.dumps(Path(shown).as_posix(), ensure_ascii=False)
    id, name = (json.dumps(column, ensure_ascii=False) for column in found)
    line = f"{{path: {said}, id: {id}, name: {name}}}"
    return line, dict(zip(zones.ids, zones.names, strict=True))
