"""`gep init`: a commented study.yaml, its schema for editors, an Excel entry template, a county coefficient file."""

from __future__ import annotations

from pathlib import Path

from gep.cli import show
from gep.coefficients import COLUMNS
from gep.errors import GepError, fault

_STUDY = """# yaml-language-server: $schema=study.schema.json
# 核算任务书。逐项填写；运行 gep check study.yaml 一次列出全部问题。
# The study. Fill in line by line; `gep check study.yaml` lists everything that is wrong at once.
gep: 1
name: {name}
region: "341602"                  # 行政区划代码 / administrative code
periods: [2023]                   # 核算年份，可写多个 / one or more years
profile: gbt46869_2025            # gbt46869_2025 | ndrc_2022 | mee_2020 | custom
lang: {lang}
price_year: 2023

zones: {{path: townships.gpkg, id: code, name: name}}   # 乡镇边界：gpkg / shp（GBK 自动识别）/ geojson / gdb
grid: {{from: landcover, area: projected}}

landcover:
  path: "landcover_{{year}}.tif"    # {{year}} 换成年份 / the year goes here
  legend: clcd                    # clcd globeland30 worldcover gbt21010 sandiao corine ydyh2023，或自己的 CSV

layers:
  precipitation: {{path: "precipitation_{{year}}.tif", unit: mm/a}}
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

tables:
  provisioning:
    path: "{workbook}"
    sheet: 物质产品
    columns: {{zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价, value: 产值}}

coefficients:
  local: [county_coefficients.csv]  # 县里自己的系数，写在这里的行优先 / the county's own rows come first

prices:
  water_storage: {{basis: annualised}}

services:
  water_conservation: {{method: water_balance}}
  soil_retention: {{method: rusle}}
  local_climate: {{method: transpiration_heat}}
  provisioning: {{method: gross_output}}
"""
_WORKBOOK = "填报模板.xlsx"
_CATEGORIES = ("农业", "林业", "牧业", "渔业", "生态能源", "水资源")
_UNITS = ("t", "头", "m³", "kWh", "株")


def start(folder: Path, lang: str | None) -> None:
    """Write the four files into a new or empty place. Raises GepError GEP-E016 rather than overwrite."""
    from gep.report.atomic import atomic_path, make_folder
    from gep.study import write_schema

    tongue = show.language(lang)
    make_folder(folder)
    names = ("study.yaml", "study.schema.json", _WORKBOOK, "county_coefficients.csv")
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise GepError([fault("GEP-E016", file=folder / name, name=name) for name in there])
    text = _STUDY.format(name=folder.resolve().name, lang=tongue, workbook=_WORKBOOK)
    with atomic_path(folder / "study.yaml") as path:
        path.write_text(text, "utf-8")
    with atomic_path(folder / "study.schema.json") as path:
        write_schema(path)
    with atomic_path(folder / _WORKBOOK) as path:
        _template(path)
    with atomic_path(folder / "county_coefficients.csv") as path:
        path.write_text(",".join(COLUMNS) + "\r\n", "utf-8-sig")
    for name in names:
        show.say(f"√ {folder / name}")
    show.say(f"gep check {folder / 'study.yaml'}")


def _template(path: Path) -> None:
    """An entry workbook: one table with drop-downs for category and unit, numbers only where numbers belong."""
    import xlsxwriter

    heads = ("乡镇", "类别", "产品", "产量", "单位", "单价", "产值", "备注")
    rows = 1000
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("物质产品")
        bold = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})
        sheet.write_row(0, 0, heads, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, 14)
        sheet.data_validation(1, 1, rows, 1, {"validate": "list", "source": list(_CATEGORIES)})
        sheet.data_validation(1, 4, rows, 4, {"validate": "list", "source": list(_UNITS), "error_type": "warning"})
        for column in (3, 5, 6):
            sheet.data_validation(
                1,
                column,
                rows,
                column,
                {
                    "validate": "decimal",
                    "criteria": ">=",
                    "value": 0,
                    "error_title": "应为数字",
                    "error_message": "缺数留空，不要填 0 或文字",
                },
            )
        sheet.write_comment(0, 6, "单位：元。有产量和单价时可不填产值；只有产值时可不填产量。")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
