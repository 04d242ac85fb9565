"""The commands of the papers: report, check-report."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from gep.cli.base import Lang, app, guarded

_Folder = Annotated[Path, typer.Argument(help="folder of a run 结果目录")]


class Tongue(enum.StrEnum):
    """The languages of papers."""

    zh = "zh"
    en = "en"


class Look(enum.StrEnum):
    """The themes of Word reports."""

    official = "official"
    plain = "plain"


@app.command()
@guarded
def report(
    folder: _Folder,
    to: Annotated[Path | None, typer.Option("--to", help="default: FOLDER/report 默认在结果目录内")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="a township, name or code; may be repeated 乡镇")] = None,
    all_: Annotated[bool, typer.Option("--all", help="a report for every township 每个乡镇一份")] = False,
    maps: Annotated[bool, typer.Option(help="the map set at 300 dpi 图集")] = True,
    pdf: Annotated[bool, typer.Option("--pdf", help="PDF beside Word (pip install gep[pdf])")] = False,
    template: Annotated[Path | None, typer.Option(help="your own .docx template 自己的模板")] = None,
    signed: Annotated[Path | None, typer.Option(help="earlier workpapers.xlsx, signatures kept 沿用签字")] = None,
    theme: Annotated[Look, typer.Option(help="official: 公文; plain 版式")] = Look.official,
    lang: Annotated[Tongue | None, typer.Option("--lang", help="default: the study's 默认随研究")] = None,
) -> None:
    """Word report, offline page, maps and working papers of a run. 核算报告、发布网页、图集与工作底稿。"""
    from gep.cli.report import run as run_
    from gep.reports import Wanted

    wanted = Wanted(maps=maps, pdf=pdf, template=template, theme=theme.value, signed=signed)
    run_(folder, to, tuple(zone or ()), all_, wanted, lang.value if lang else None)


@app.command("check-report")
@guarded
def check_report(
    folder: _Folder,
    files: Annotated[list[Path] | None, typer.Argument(help="default: all of its docx, xlsx, html 默认全部")] = None,
    lang: Lang = None,
) -> None:
    """Trace every number of Word, workbook and page to the ledger. 报告中每个数回查到账。"""
    from gep.cli.report import check as check_

    check_(folder, tuple(files or ()), lang)


@app.command()
@guarded
def layers(
    study: Annotated[Path, typer.Argument(help="study.yaml")],
    service: Annotated[list[str], typer.Option(help="a service measured from layers; may be repeated 服务")],
    to: Annotated[Path, typer.Option("--to", help="folder for the layers 目录")] = Path("out/layers"),
    period: Annotated[list[int] | None, typer.Option(help="default: all of the study 年份")] = None,
    lang: Lang = None,
) -> None:
    """A service's quantity per hectare in every pixel, as Cloud Optimized GeoTIFF. 服务逐像元图层。"""
    from gep.cli.layers import run as run_

    run_(study, service, to, period, lang)


@app.command()
@guarded
def project(
    study: Annotated[Path, typer.Argument(help="study.yaml")],
    area: Annotated[Path, typer.Option(help="polygons: gpkg, shp, geojson 地块面文件")],
    before: Annotated[int, typer.Option(help="a period of the study 前")],
    after: Annotated[int, typer.Option(help="another one 后")],
    to: Annotated[Path, typer.Option("--to", help="folder for the results 结果目录")] = Path("out/project"),
    id: Annotated[str, typer.Option(help="field of the polygons' codes 编号字段")] = "id",
    name: Annotated[str, typer.Option(help="field of their names 名称字段")] = "name",
    title: Annotated[str, typer.Option(help="what the project is called 项目名称")] = "",
    lang: Lang = None,
) -> None:
    """What a drawn polygon supplies, before and after: run and report. 特定地域单元：项目前后对比。"""
    from gep.cli.report import project as project_

    project_(study, area, before, after, to, id, name, title, lang)
