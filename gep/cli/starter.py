"""`gep init`: a commented study.yaml, its schema for editors, an Excel entry template, a county coefficient file."""

from __future__ import annotations

from pathlib import Path

from gep.cli import show
from gep.coefficients import COLUMNS
from gep.errors import GepError, fault

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

zones: {{path: townships.gpkg, id: code, name: name}}   # 乡镇边界：gpkg / shp（GBK 自动识别）/ geojson / gdb
grid: {{from: landcover, area: projected}}

landcover:
  path: "landcover_{{year}}.tif"    # {{year}} 换成年份 / the year goes here
  legend: clcd                    # clcd globeland30 worldcover gbt21010 sandiao corine ydyh2023，或自己的 CSV
# 没有栅格：去掉 grid 和 landcover，写面积表，zones 也可以是表格 / without rasters: areas instead of grid and landcover
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

tables:                           # 统计表；哪项服务读哪张，见 docs/methods / which service reads which: docs/methods
  provisioning:
    path: "{workbook}"
    sheet: 物质产品
    columns: {{zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价, value: 产值}}
  # lakes: {{path: lakes.csv}}                    # 湖泊：乡镇、名称、面积 / zone, name, area
  # rain: {{path: rain.csv, columns: {{zone: 乡镇, P: 降水量}}}}   # 上面 means 的表 / the table of means above
  # amounts: {{path: quantities.xlsx}}            # 给出的实物量，见下 given / given quantities, see below
  # outside: {{path: "outside_{{year}}.csv"}}       # 区域外产品，从总值中扣除 / products from outside, deducted
  # county: {{path: county.csv}}                  # 县情：GDP、人口 / figures of the county
  # zone_statistics: {{path: townships.csv}}      # 人口、规上企业增加值、财政收入 / population, value added, revenue
  # water_bulletin: {{path: water_bulletin.csv}}  # 与水资源公报核对 / set beside the account
  # sections: {{path: 断面名录.csv}}                # 补偿的表，按常用列名自动认 / of compensation: usual heads
  # readings: {{path: "断面监测_{{year}}.csv", wide: value}}

coefficients:
  local: [county_coefficients.csv]  # 县里自己的系数，写在这里的行优先 / the county's own rows come first

prices:
  water_storage: {{basis: annualised}}

services:                         # gep services 列出全部服务和方法 / lists all services and methods
  water_conservation: {{method: water_balance}}
  soil_retention: {{method: rusle}}
  local_climate: {{method: transpiration_heat}}
  provisioning: {{method: gross_output}}
  # soil_retention: {{method: rusle, given: amounts}}              # 实物量取自表 / quantities from a table
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
_WORKBOOK = "填报模板.xlsx"
_CATEGORIES = ("农业", "林业", "牧业", "渔业")  # energy and water are services with tables of their own
_UNITS = ("t", "头", "m³", "株")


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
