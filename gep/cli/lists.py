"""The commands that list: services, coefficients, and the state of the installation."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from gep.cli import show
from gep.declare import Area, Coefficient, Column, Layer
from gep.errors import Lang


def list_services(lang: str | None) -> None:
    """Every service with its methods, yields, units, inputs and sources; then the derived layers."""
    from gep import fields, services
    from gep.coefficient_tables import profiles
    from gep.profiles import entry

    tongue = show.language(lang)
    for service in services.registry().values():
        show.say(
            f"{service.id}  {_name(service, tongue)}  [{service.account}]  "
            + " ".join(f"{p}={found.role}" for p in profiles() if (found := entry(p, service.id)))
        )
        for method in service.methods:
            show.say(f"  {method.id}  {_name(method, tongue)}  ({method.level})  {method.source} {method.clause}")
            for item in method.yields:
                price = f"  × {item.price} [{item.price_unit}]" if item.price else ""
                show.say(f"    {item.id}  {_name(item, tongue)}  [{item.unit}]{price}")
                show.say("      " + "; ".join(_input(i) for i in item.inputs))
    show.say()
    show.say("派生图层 fields" if tongue == "zh" else "derived layers (fields)")
    for field in fields.registry().values():
        methods = ", ".join(m.id + ("*" if m.id == field.default else "") for m in field.methods)
        show.say(f"  {field.id}  {_name(field, tongue)}  [{field.unit}]  {methods}")


def _name(item: Any, lang: Lang) -> str:
    return str(item.zh if lang == "zh" else item.en)


def _input(item: Any) -> str:
    kind = {Layer: "layer", Coefficient: "coefficient", Area: "area", Column: "column"}.get(type(item), "of")
    by = " by type" if isinstance(item, Coefficient) and item.by_type else ""
    return f"{item.name} [{item.unit}] ({kind}{by})"


def list_coefficients(symbol: str | None, check: bool, local: Sequence[Path], lang: str | None) -> None:
    """Validate the tables, show one symbol's rows, or count the rows of every symbol."""
    from gep import coefficients as module
    from gep.cli import tables as assessment
    from gep.transfer import tables as transfer

    tongue = show.language(lang)
    if check:
        found = [*module.validate(module.folder()), *transfer.validate(), *assessment.faults()]
        errors, rest = show.faults(found, tongue)
        rows = len(module.Coefficients.load(tuple(local)).table())
        show.say(show.counted(errors, rest, tongue, f"{rows} 行：" if tongue == "zh" else f"{rows} rows: "))
        raise typer.Exit(show.INPUT_WRONG if errors else show.OK)
    table = module.Coefficients.load(tuple(local)).table()
    if symbol is None:
        for name, part in table.groupby("symbol", sort=True):
            show.say(f"{name}  {len(part)}  {'、'.join(sorted(set(part['set']) - {''}))}")
        return
    part = table[table["symbol"] == symbol]
    if not len(part):
        import difflib

        near = difflib.get_close_matches(symbol, sorted(set(table["symbol"])), n=3)
        show.say(
            (f"没有系数 {symbol}；相近：" if tongue == "zh" else f"no coefficient {symbol}; near: ") + ", ".join(near),
            err=True,
        )
        raise typer.Exit(show.INPUT_WRONG)
    for row in part.to_dict("records"):
        value = row["value"] if str(row["value"]).strip() else ("缺" if tongue == "zh" else "blank")
        show.say(
            f"{row['id']}  {value} {row['unit']}  type={row['type'] or '*'} region={row['region'] or '*'}  "
            f"[{row['confidence']}]  {row['source']} {row['locator']}  {row['note']}"
        )


def examine(lang: str | None) -> None:
    """Versions, processors, console encoding, coefficient tables, sample county, and a tiny pass that must be right."""
    import os
    import sys

    from gep import __version__, coefficients
    from gep.cli.samples import sample_folder
    from gep.provenance import commit, libraries

    tongue = show.language(lang)
    zh = tongue == "zh"
    show.say(
        f"gep {__version__} {commit()[:12]}  Python {platform.python_version()}  {platform.system()} "
        f"{platform.machine()}  {os.cpu_count()} CPU"
    )
    show.say("  ".join(f"{k} {v}" for k, v in libraries().items() if k != "python"))
    show.say(("控制台编码 " if zh else "console encoding ") + str(sys.stdout.encoding))
    loaded = coefficients.Coefficients.load()
    found = coefficients.validate(coefficients.folder())
    bad = [f for f in found if f.severity == "error"]
    show.say(
        f"{'×' if bad else '√'} "
        + (
            f"系数表 {loaded.version}，{len(loaded.table())} 行"
            if zh
            else f"coefficients {loaded.version}, {len(loaded.table())} rows"
        )
    )
    show.say("√ " + ("示例县 " if zh else "sample county ") + sample_folder().name)
    right = _tiny_pass()
    show.say(
        f"{'√' if right else '×'} "
        + ("试算：多边形分摊与求和正确" if zh else "trial: polygon shares and sums are right")
    )
    raise typer.Exit(show.OK if right and not bad else show.SOME_FAILED)


def _tiny_pass() -> bool:
    """A triangle over four pixels: its area by the pass against half base times height."""
    import numpy as np
    from shapely.geometry import Polygon

    from gep.intake.grid import Grid
    from gep.intake.memory import ArrayTypes
    from gep.zonal.accumulate import run_pass
    from gep.zonal.plan import PassPlan
    from gep.zonal.shares import polygon_shares

    grid = Grid("EPSG:4527", (1.0, 0.0, 39_500_000.0, 0.0, -1.0, 2.0), 2, 2)
    triangle = Polygon([(39_500_000.0, 0.0), (39_500_002.0, 0.0), (39_500_000.0, 2.0)])
    plan = PassPlan(grid, ArrayTypes(np.zeros((2, 2), np.uint8), ("11",)), {}, (), (), polygon_shares([triangle], grid))
    return bool(run_pass(plan, threads=1).area("extent").sum() == 2 * 2 / 2)
