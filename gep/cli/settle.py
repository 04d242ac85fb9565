"""`gep settle`: who owes whom, from monitoring tables; no raster is opened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from gep.cli import show
from gep.errors import Lang


def run(study: Path, folder: Path | None, to: Path, span: str, lang: str | None) -> None:
    """Settle a study and write the results. `folder`: a finished run, for rules that need its accounts.

    Exit code 1 where an identity does not hold. Raises GepError with every fault of every table.
    """
    from gep import hand_over
    from gep.settle import settle_study
    from gep.study import load

    tongue, begin = show.language(lang), time.monotonic()
    spec = load(study, files=False)
    made, meta = settle_study(spec, folder, span)
    files = hand_over.write_settlements(made, to, spec, meta)
    errors, rest = show.faults(made.faults, tongue)
    show.say(show.counted(errors, rest, tongue))
    summary(made, tongue)
    names = list(dict.fromkeys(f.relative_to(to).parts[0] for f in files))
    show.say(f"√ {to}/  " + " ".join(names) + f"  {time.monotonic() - begin:.1f} s")
    if not all(check["passed"] for check in made.checks):
        raise typer.Exit(show.SOME_FAILED)


def explain_dues(folder: Path, settlement: str, subject: str | None, span: str | None, lang: str | None) -> None:
    """Print how dues came about: readings, limits, steps, rate with document and date, both sides of the entry.

    Raises GepError GEP-E012 for a folder without settlements, and what `explain_due` finds wrong with the words.
    """
    import pandas as pd

    from gep.compensation.explain import explain_due
    from gep.errors import GepError, fault

    tables = [folder / "compensation" / f"{name}.parquet" for name in ("settlements", "lineage")]
    for path in tables:
        if not path.is_file():
            raise GepError(fault("GEP-E012", file=folder, name=path.relative_to(folder).as_posix()))
    ledger, lineage = (pd.read_parquet(path) for path in tables)
    tongue = show.language(lang)
    show.say(explain_due(ledger, lineage, settlement=settlement, subject=subject, span=span, lang=tongue))


def summary(made: Any, lang: Lang) -> None:
    """What each settlement came to, what is missing, and whether the identities hold."""
    zh = lang == "zh"
    rows = made.ledger
    for (period, id), part in rows.groupby(["period", "settlement"], sort=False):
        lack = int((part["status"] == "missing").sum())
        words = f"{len(part)} 笔" if zh else f"{len(part)} dues"
        more = (f"，缺 {lack} 笔" if zh else f", {lack} missing") if lack else ""
        show.say(f"  {id} {period}  {show.money(float(part['amount'].sum()), lang)}  ({words}{more})")
    for row in made.missing:
        show.say(f"  {'缺' if zh else 'missing'}  {row['settlement']} {row['period']}  {row[f'what_{lang}']}")
    passed = sum(check["passed"] for check in made.checks)
    mark = "√" if passed == len(made.checks) else "×"
    said = f"恒等式 {passed}/{len(made.checks)} 成立" if zh else f"{passed}/{len(made.checks)} identities hold"
    show.say(f"{mark} {said}")
