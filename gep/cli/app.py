"""The commands of `gep`. Each one parses its words, calls one function of the package, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gep.cli.base import Lang, To, app, guarded


@app.command()
@guarded
def demo(
    to: To = Path("out/sample"),
    lang: Lang = None,
    workers: Annotated[int | None, typer.Option(help="threads 线程数")] = None,
) -> None:
    """The whole job on the sample county (synthetic). 用合成示例县跑完整流程。"""
    from gep.cli.commands import run_many
    from gep.cli.report import run as report_on
    from gep.cli.samples import sample_folder
    from gep.reports import Wanted

    run_many([sample_folder() / "study.yaml"], to, lang=lang, workers=workers, single=True)
    report_on(to, None, (), False, Wanted(), None)


@app.command()
@guarded
def init(
    folder: Annotated[Path, typer.Argument(help="new folder 新目录")],
    zones: Annotated[Path | None, typer.Option(help="map or table of townships for drop-downs 乡镇边界或名单")] = None,
    lang: Lang = None,
) -> None:
    """Write a commented study.yaml, its schema for editors and an Excel entry template. 生成研究文件与填报模板。"""
    from gep.cli.starter import start

    start(folder, lang, zones)


@app.command()
@guarded
def check(
    study: Annotated[Path, typer.Argument(help="study.yaml")],
    lang: Lang = None,
    json: Annotated[bool, typer.Option("--json", help="faults as JSON")] = False,
) -> None:
    """All faults of a study at once: file, place, cause, remedy. 一次列出全部输入问题。"""
    from gep.cli.commands import check_study

    check_study(study, lang, as_json=json)


@app.command()
@guarded
def run(
    studies: Annotated[list[Path], typer.Argument(help="study.yaml, one or many 一个或多个研究文件")],
    to: To = Path("out"),
    workers: Annotated[int | None, typer.Option(help="threads of the pass 线程数")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask cluster 集群地址")] = None,
    only: Annotated[str | None, typer.Option(help="services, separated by commas 只算这些服务")] = None,
    resume: Annotated[bool, typer.Option(help="take up an interrupted run 续算")] = False,
    dry_run: Annotated[bool, typer.Option(help="show what would be done 只显示计划")] = False,
    lang: Lang = None,
) -> None:
    """Compute the accounts of one study or many; one failure stops nothing else. 核算。"""
    from gep.cli.commands import run_many

    names = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    run_many(
        studies,
        to,
        lang=lang,
        workers=workers,
        scheduler=scheduler,
        only=names,
        resume=resume,
        dry_run=dry_run,
        single=len(studies) == 1,
    )


@app.command()
@guarded
def revalue(
    folder: Annotated[Path, typer.Argument(help="folder of a run 结果目录")],
    prices: Annotated[int | None, typer.Option(help="price year 价格年份")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="new folder; default FOLDER-YEAR 新目录")] = None,
    study: Annotated[Path | None, typer.Option(help="study.yaml, where it has moved 研究文件")] = None,
    lang: Lang = None,
) -> None:
    """The same quantities at other prices or coefficients; opens no raster. 换价重估，不再读栅格。"""
    from gep.cli.commands import revalue_run

    revalue_run(folder, prices, to, study, lang)


@app.command()
@guarded
def explain(
    what: Annotated[str, typer.Argument(help="folder of a run, or a fault code 结果目录或错误代码")],
    zone: Annotated[str | None, typer.Option(help="township name or code 乡镇")] = None,
    service: Annotated[str | None, typer.Option(help="service id or name 服务")] = None,
    period: Annotated[int | None, typer.Option(help="year 年份")] = None,
    item: Annotated[str | None, typer.Option(help="item id 指标")] = None,
    type: Annotated[str | None, typer.Option("--type", help="ecosystem type code 生态系统类型")] = None,
    settlement: Annotated[str | None, typer.Option(help="id of a settlement 结算")] = None,
    subject: Annotated[str | None, typer.Option(help="section, parcel, park … of a due 断面等")] = None,
    span: Annotated[str | None, typer.Option(help="2023, 2023Q3 or 2023-05 时段")] = None,
    indicator: Annotated[str | None, typer.Option(help="code or name of an indicator 指标")] = None,
    score: Annotated[str | None, typer.Option(help="id of an evaluation 评价")] = None,
    lang: Lang = None,
) -> None:
    """How a number, due or score came about, or what a fault code means. 解释数、结算、得分或错误代码。"""
    from gep.cli.assess import explain as explain_assessed
    from gep.cli.commands import explain_what
    from gep.cli.settle import explain_dues

    if indicator is not None or score is not None:
        explain_assessed(Path(what), indicator, score, zone, period, lang)
    elif settlement is not None:
        explain_dues(Path(what), settlement, subject, span, lang)
    else:
        explain_what(what, zone, service, period, item, type, lang)


@app.command()
@guarded
def verify(
    folder: Annotated[Path, typer.Argument(help="folder of a run 结果目录")],
    lang: Lang = None,
    study: Annotated[Path | None, typer.Option(help="study.yaml, where it has moved 研究文件")] = None,
) -> None:
    """Run again and compare digests with the stored results. 重算并比对。"""
    from gep.cli.commands import verify_run

    verify_run(folder, study, lang)


@app.command()
@guarded
def compare(
    what: Annotated[
        list[Path], typer.Argument(help="one or two run folders; with --conventions a study 结果目录或研究")
    ],
    first: Annotated[int | None, typer.Option("--from", help="base period 基期")] = None,
    second: Annotated[int | None, typer.Option("--until", help="other period 比较期")] = None,
    conventions: Annotated[
        bool, typer.Option("--conventions", help="one study under each convention 口径阶梯")
    ] = False,
    by: Annotated[str, typer.Option(help="zone or service 按乡镇或服务")] = "zone",
    deflator: Annotated[float | None, typer.Option(help="price ratio for money-only lines 仅金额行的价格比")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="folder for the results 结果目录")] = None,
    lang: Lang = None,
) -> None:
    """Quantity, price and area effects between two accounts; or one county by each convention. 比较。"""
    from gep.cli.compare import compare_accounts, compare_conventions

    if conventions:
        compare_conventions(what, second or first, to, lang)
    else:
        compare_accounts(what, first, second, to, by, deflator, lang)


@app.command()
@guarded
def services(lang: Lang = None) -> None:
    """List services, methods, inputs and units. 列出服务、方法、输入与单位。"""
    from gep.cli.lists import list_services

    list_services(lang)


@app.command()
@guarded
def coefficients(
    symbol: Annotated[str | None, typer.Argument(help="show the rows of a symbol 显示某系数的行")] = None,
    check: Annotated[bool, typer.Option("--check", help="validate the tables 校验系数表")] = False,
    local: Annotated[list[Path] | None, typer.Option(help="county file to lay on top 县级系数文件")] = None,
    lang: Lang = None,
) -> None:
    """Show or validate the coefficient tables. 查看或校验系数表。"""
    from gep.cli.lists import list_coefficients

    list_coefficients(symbol, check, local or [], lang)


@app.command()
@guarded
def forms(
    show: Annotated[str | None, typer.Option("--show", help="rows and columns of a form 显示某表式")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="FOLDER or FILE.xlsx: blank forms 空表")] = None,
    study: Annotated[Path | None, typer.Option(help="study.yaml: townships, own forms 乡镇与本县表式")] = None,
    year: Annotated[int | None, typer.Option(help="closing year 期末年份")] = None,
    opening: Annotated[Path | None, typer.Option(help="last year's results or workbook 上年结果或表")] = None,
    only: Annotated[str | None, typer.Option(help="ids, separated by commas 只要这些表")] = None,
    lang: Lang = None,
) -> None:
    """List the tables of stocks, show one, or write blank ones to fill in. 资产负债表表式与空表。"""
    from gep.cli.forms import run

    run(show, to, study, year, opening, only, lang)


@app.command()
@guarded
def settle(
    study: Annotated[Path, typer.Argument(help="study.yaml")],
    run: Annotated[Path | None, typer.Option("--run", help="folder of a finished run 已完成的结果目录")] = None,
    to: To = Path("out/settle"),
    span: Annotated[str, typer.Option(help="only 2023, 2023Q3 or 2023-05 只结算该时段")] = "",
    lang: Lang = None,
) -> None:
    """Who owes whom: compensation from monitoring tables; opens no raster. 生态保护补偿结算，不读栅格。"""
    from gep.cli.settle import run as run_

    run_(study, run, to, span, lang)


@app.command()
@guarded
def simulate(
    agreement: Annotated[Path, typer.Argument(help="agreement YAML 协议")],
    study: Annotated[Path, typer.Option(help="study.yaml: parties and monitoring 各方与监测")],
    vary: Annotated[list[str] | None, typer.Option(help="k0=0.85,0.9 payout:COD=3 readings:TN=1.1 可重复")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="folder for the results 结果目录")] = None,
    lang: Lang = None,
) -> None:
    """Replay past years' monitoring under an agreement before it is signed. 签约前用往年监测试算协议。"""
    from gep.cli.simulate import simulate_agreement

    simulate_agreement(agreement, study, vary or [], to, lang)


@app.command()
@guarded
def rates(
    symbol: Annotated[str | None, typer.Argument(help="symbol, key or document 符号、对象或文件")] = None,
    scheme: Annotated[str | None, typer.Option(help="rows of one ordinance or agreement 方案")] = None,
    lang: Lang = None,
) -> None:
    """The rate library: ordinances' rates, weights, limits, with document and dates. 费率库。"""
    from gep.cli.rates import list_rates

    list_rates(symbol, scheme, lang)


@app.command()
@guarded
def rules(
    rule: Annotated[str | None, typer.Argument(help="id: tables, terms, options of one 规则")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="FILE.xlsx: its blank tables 该规则的空表")] = None,
    lang: Lang = None,
) -> None:
    """The rules of compensation: formula, tables, rates, options, invariants. 补偿规则。"""
    from gep.cli.rates import list_rules

    list_rules(rule, to, lang)


@app.command()
@guarded
def transfer(
    areas: Annotated[Path, typer.Argument(help="CSV or xlsx: class, area, and zone, year 地类面积表")],
    factors: Annotated[str, typer.Option(help="xie2015|2008|2003 costanza1997|2014 degroot2012 or a file 系数表")],
    unit_value: Annotated[str | None, typer.Option(help="number, published, one_seventh, net_profit 当量价值")] = None,
    classes: Annotated[str | None, typer.Option(help="legend (clcd, hj1166 …) or CSV code,class 地类对照")] = None,
    unit: Annotated[str | None, typer.Option(help="unit of the areas 面积单位")] = None,
    columns: Annotated[str | None, typer.Option(help="area=HEAD,class=HEAD,year=HEAD,zone=HEAD 列名")] = None,
    sheet: Annotated[str | None, typer.Option(help="sheet of the areas 工作表")] = None,
    header: Annotated[str, typer.Option(help="row of the head: 2; 2,3 for two rows 表头行")] = "1",
    factor_columns: Annotated[str | None, typer.Option(help="class=HEAD,service=HEAD,value=HEAD 系数表列名")] = None,
    factor_sheet: Annotated[str | None, typer.Option(help="sheet of an own factor table 系数表工作表")] = None,
    factor_header: Annotated[str, typer.Option(help="row of its head 系数表表头行")] = "1",
    factor_unit: Annotated[str | None, typer.Option(help="unit of an own factor table 系数单位")] = None,
    crops: Annotated[Path | None, typer.Option(help="item, area, yield, grain_price, net_profit 粮食作物表")] = None,
    adjust: Annotated[str | None, typer.Option(help="npp=1.1,precipitation=0.9,soil_retention=1 局地调整")] = None,
    province: Annotated[str | None, typer.Option(help="farmland or all: province factor 省级因子")] = None,
    region: Annotated[str, typer.Option(help="administrative code 行政区划代码")] = "",
    year: Annotated[int | None, typer.Option(help="money of this year 价格年份")] = None,
    index: Annotated[str | None, typer.Option(help="price index, such as cpi 价格指数")] = None,
    exchange: Annotated[float | None, typer.Option(help="yuan for one US$ or Int.$ 汇率")] = None,
    exchange_year: Annotated[int | None, typer.Option(help="year of the rate 汇率年份")] = None,
    mix: Annotated[str | None, typer.Option(help="why another table's unit value is used 混用理由")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="folder for the results 结果目录")] = None,
    lang: Lang = None,
) -> None:
    """Value areas by land class with published unit values. 单位面积价值（当量因子）法。"""
    from gep.cli.transfer import Layout, numbers, transfer_areas

    rate = None if exchange is None and exchange_year is None else {"rate": exchange, "year": exchange_year}
    said = {"factors": factors, "factor_unit": factor_unit, "unit_value": unit_value, "mix": mix, "year": year,
            "index": index, "exchange": rate, "adjust": numbers(adjust), "province": province}  # fmt: skip
    layout = Layout.of("transfer_areas", columns, sheet, header)
    own = Layout.of("transfer_factors", factor_columns, factor_sheet, factor_header)
    transfer_areas(areas, said, unit=unit, layout=layout, own=own, classes=classes, crops=crops, region=region, to=to,
                   lang=lang)  # fmt: skip


@app.command()
@guarded
def doctor(lang: Lang = None) -> None:
    """What this installation is and whether it works. 检查安装。"""
    from gep.cli.lists import examine

    examine(lang)


from gep.cli import assessing as assessing  # noqa: E402  its commands stand below these in --help
from gep.cli import reporting as reporting  # noqa: E402
