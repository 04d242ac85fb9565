"""The commands of assessment and release. Each parses its words and calls one function."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gep.cli.base import Lang, To, app, guarded


@app.command()
@guarded
def assess(
    study: Annotated[Path, typer.Argument(help="study.yaml")],
    run: Annotated[Path | None, typer.Option("--run", help="folder of a finished run 已完成的结果目录")] = None,
    to: To = Path("out/assess"),
    lang: Lang = None,
) -> None:
    """Indicators, registers and scores from tables and a finished run; opens no raster. 指标、台账与评价，不读栅格。"""
    from gep.cli.assess import run as run_

    run_(study, run, to, lang)


@app.command()
@guarded
def annual(
    folder: Annotated[Path, typer.Argument(help="folder of a run that assessed 结果目录")],
    to: To = Path("out/annual"),
    year: Annotated[int | None, typer.Option(help="default: the last one assessed 年份")] = None,
    lang: Lang = None,
) -> None:
    """The annual report to the joint conference: Word, xlsx, JSON, by township. 联席会议年度报告。"""
    from gep.cli.assess import annual as annual_

    annual_(folder, to, year, lang)


@app.command()
@guarded
def release(
    folder: Annotated[Path, typer.Argument(help="folder of a run that assessed 结果目录")],
    to: To = Path("out/release"),
    previous: Annotated[Path | None, typer.Option(help="folder of the release before 上一次发布的目录")] = None,
    formed: Annotated[str | None, typer.Option(help="day the information was formed 信息形成日期 2024-03-01")] = None,
    reasons: Annotated[Path | None, typer.Option(help="CSV: indicator, zone, year, reason 修订原因")] = None,
    study: Annotated[Path | None, typer.Option(help="study.yaml, where it has moved 研究文件")] = None,
    lang: Lang = None,
) -> None:
    """The public package: nothing internal, small cells hidden, every revision listed. 信息发布包。"""
    from gep.cli.release import run

    run(folder, to, previous, formed, reasons, study, lang)


@app.command()
@guarded
def calendar(
    formed: Annotated[str, typer.Argument(help="day the information was formed 信息形成日期 2024-03-01")],
    study: Annotated[Path | None, typer.Option(help="study.yaml with holiday files of its own 研究文件")] = None,
    lang: Lang = None,
) -> None:
    """The last day on which information must be public: 20 working days. 公开期限（工作日）。"""
    from gep.cli.release import due

    due(formed, study, lang)


@app.command()
@guarded
def indicators(
    code: Annotated[str | None, typer.Argument(help="one indicator with all that is said of it 指标代码")] = None,
    block: Annotated[str | None, typer.Option(help="gep, ecology, environment, … 分类")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="folder: blank statistical forms 空白统计表式")] = None,
    study: Annotated[Path | None, typer.Option(help="study.yaml: its townships and catalogue 研究文件")] = None,
    filled: Annotated[Path | None, typer.Option(help="a filled form; with --to FILE.csv its figures 填好的表")] = None,
    lang: Lang = None,
) -> None:
    """The catalogue of indicators; blank and filled statistical forms. 指标目录与统计表式。"""
    from gep.cli import indicators as listing
    from gep.study import load

    if filled is not None:
        listing.read_filled(filled, to or Path("figures.csv"), lang)
    elif to is not None:
        listing.blank_forms(to, load(study, files=False) if study is not None else None, lang)
    else:
        listing.list_indicators(code, block, lang)


@app.command()
@guarded
def registers(
    register: Annotated[str | None, typer.Argument(help="id: columns and figures of one 台账")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="FILE.xlsx: blank tables 空表")] = None,
    lang: Lang = None,
) -> None:
    """The registers: what they hold, what is checked, their figures. 台账。"""
    from gep.cli.indicators import list_registers

    list_registers(register, to, lang)


@app.command()
@guarded
def evaluations(
    evaluation: Annotated[str | None, typer.Argument(help="id: tables, rates, options of one 评价方法")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="FILE.xlsx: its blank tables 空表")] = None,
    lang: Lang = None,
) -> None:
    """The ways to judge townships: score card, composite, funds, … 评价方法。"""
    from gep.cli.indicators import list_evaluations

    list_evaluations(evaluation, to, lang)


@app.command()
@guarded
def measures(lang: Lang = None) -> None:
    """How indicators are found: measures and the tables they read. 指标算法。"""
    from gep.cli.indicators import list_measures

    list_measures(lang)
