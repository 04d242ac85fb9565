"""`gep release`: the public package of a run; `gep release --due`: the day information must be public by."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from gep.cli import show
from gep.errors import GepError, fault


def run(
    folder: Path, to: Path, previous: Path | None, formed: str | None, reasons: Path | None, study: Path | None,
    lang: str | None,
) -> None:  # fmt: skip
    """Write a release and say what is in it, by when it must be public, and what moved. Raises GepError."""
    from gep.release.build import release
    from gep.study import load

    tongue, begin = show.language(lang), time.monotonic()
    spec = load(study, files=False) if study is not None else None
    made = release(folder, to, study=spec, previous=previous, formed=day(formed), reasons=reasons)
    errors, rest = show.faults(made.faults, tongue)
    show.say(show.counted(errors, rest, tongue))
    content, facts, zh = made.content, made.content.facts, tongue == "zh"
    held = sum(f.status == "suppressed" for f in content.figures)
    rows, cells, moved = len(content.rows), len(content.figures), len(content.revisions)
    if zh:
        show.say(f"  {facts.label}：{rows} 项公开指标，{cells} 个数，其中 {held} 个不发布；修订 {moved} 处")
        show.say(f"  形成于 {facts.formed}，最迟 {facts.due} 公开（{facts.days} 个工作日）")
    else:
        show.say(f"  {facts.label}: {rows} public indicators, {cells} figures, {held} held back; {moved} revised")
        show.say(f"  formed on {facts.formed}, to be public by {facts.due} ({facts.days} working days)")
    show.say(f"√ {to}/  release.zip  sha256 {made.digest[:16]}  {time.monotonic() - begin:.1f} s")


def due(formed: str, study: Path | None, lang: str | None) -> None:
    """Print the day by which information formed on a day must be public. Raises GepError."""
    from gep.release.build import due as due_of
    from gep.study import load

    when = day(formed)
    assert when is not None
    last, days, law = due_of(when, load(study, files=False) if study is not None else None)
    zh = show.language(lang) == "zh"
    show.say(f"{when} → {last}  " + (f"（{days} 个工作日，{law}）" if zh else f"({days} working days, {law})"))


def day(text: str | None) -> dt.date | None:
    """A date as written on the command line. Raises GepError GEP-K012."""
    from gep.coefficient_tables import date

    try:
        return date(text or "")
    except ValueError:
        raise GepError(fault("GEP-K012", place="--formed", cell=text, id="-", column="--formed")) from None
