"""`gep assess` and the explanation of indicators and scores; no raster is opened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from gep.cli import show
from gep.errors import Lang


def run(study: Path, folder: Path | None, to: Path, lang: str | None) -> None:
    """Assess a study and write the results. `folder`: a finished run, whose accounts the indicators are read from.

    Exit code 1 where an identity does not hold. Raises GepError with every fault of every table.
    """
    from gep import hand_over
    from gep.assess import assess_study
    from gep.study import load

    tongue, begin = show.language(lang), time.monotonic()
    spec = load(study, files=False)
    made, meta = assess_study(spec, folder)
    files = hand_over.write_assessment(made, to, spec, meta)
    errors, rest = show.faults(made.faults, tongue)
    show.say(show.counted(errors, rest, tongue))
    summary(made, tongue)
    names = list(dict.fromkeys(f.relative_to(to).parts[0] for f in files))
    show.say(f"√ {to}/  " + " ".join(names) + f"  {time.monotonic() - begin:.1f} s")
    if not all(check["passed"] for check in made.checks):
        raise typer.Exit(show.SOME_FAILED)


def summary(made: Any, lang: Lang) -> None:
    """How many indicators have values, what each evaluation came to, what is missing, whether the identities hold."""
    zh = lang == "zh"
    rows = made.observations
    lack = int((rows["status"] == "missing").sum())
    count = rows["indicator"].nunique()
    show.say(f"  指标 {count} 个，{len(rows)} 个数，缺 {lack}" if zh else
             f"  {count} indicators, {len(rows)} figures, {lack} missing")  # fmt: skip
    totals = made.scores[(made.scores["kind"] == "total") & (made.scores["zone"] != "")]
    for (id, year), part in totals.groupby(["evaluation", "year"], sort=False):
        known = part[part["score"].notna() & part["rank"].notna()].sort_values(["rank", "zone"], kind="stable")
        shape = ".3f" if known["score"].between(0, 1).all() else ".2f"  # a closeness or degree lies within 0 … 1
        best = "、".join(f"{n} {s:{shape}}" for n, s in zip(known["zone_name"][:3], known["score"][:3], strict=True))
        words = f"{len(known)}/{len(part)} 个有名次" if zh else f"{len(known)} of {len(part)} ranked"
        show.say(f"  {made.names.get(id, id)} {year}  {words}  {best}".rstrip())
    for row in made.missing:
        show.say(f"  {'缺' if zh else 'missing'}  {row['year']}  {row[f'what_{lang}']}")
    passed = sum(check["passed"] for check in made.checks)
    mark = "√" if passed == len(made.checks) else "×"
    said = f"恒等式 {passed}/{len(made.checks)} 成立" if zh else f"{passed}/{len(made.checks)} identities hold"
    show.say(f"{mark} {said}")


def explain(
    folder: Path, indicator: str | None, score: str | None, zone: str | None, year: int | None, lang: str | None
) -> None:
    """Print how an indicator or a score came about. Raises GepError GEP-J033 for a folder without an assessment,
    GEP-J034 for a word that nothing is called."""
    from gep.assessment.explain import explain_indicator, explain_score, stored

    what, tongue = stored(folder), show.language(lang)
    if score is not None:
        show.say(explain_score(what, score, zone, year, tongue))
    else:
        show.say(explain_indicator(what, str(indicator), zone, year, tongue))


def annual(folder: Path, to: Path, year: int | None, lang: str | None) -> None:
    """Write the annual reports of a run that assessed. Raises GepError GEP-J033, GEP-J034, and where writing fails."""
    from gep.annual.files import frames_in, write

    begin = time.monotonic()
    frames = frames_in(folder)
    tongue = str(frames.meta.get("lang", "zh")) if lang is None else show.language(lang)
    files = write(frames, to, year, tongue)
    show.say(f"√ {to}/  {len(files)} {'个文件' if tongue == 'zh' else 'files'}  {time.monotonic() - begin:.1f} s")
