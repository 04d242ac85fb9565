"""`gep report` and `gep check-report`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gep.cli import show

if TYPE_CHECKING:
    from gep.reports import Wanted

_MOST = 40  # findings printed


def run(folder: Path, to: Path | None, names: tuple[str, ...], every: bool, wanted: Wanted, lang: str | None) -> None:
    """Write the papers of a run and say where they are. Raises GepError."""
    from gep.paper.facts import Facts
    from gep.reports import report, zones_named

    tongue, begin = show.language(None), time.monotonic()
    zones = tuple(Facts.of(folder).zones_by_id) if every else zones_named(folder, names)
    files = report(folder, to, lang, replace(wanted, zones=zones))
    target = to or folder / "report"
    shown = sorted(
        {p.relative_to(target).parts[0] + ("/" if len(p.relative_to(target).parts) > 1 else "") for p in files}
    )
    zh = tongue == "zh"
    show.say(f"√ {target}/  {' '.join(shown)}  {time.monotonic() - begin:.1f} s")
    if zones:
        show.say(f"  {len(zones)} 份乡镇报告" if zh else f"  {len(zones)} township reports")


def check(folder: Path, files: tuple[Path, ...], lang: str | None) -> None:
    """Check papers against their run; exit code 1 where a number does not hold. Raises GepError."""
    from gep.tracing.check import check_files

    tongue, begin = show.language(lang), time.monotonic()
    zh, bad = tongue == "zh", 0
    for one in check_files(folder, files):
        bad += len(one.findings)
        traced = f"{one.numbers:,} 个数" if zh else f"{one.numbers:,} numbers"
        sums = f"{one.sums:,} 个合计" if zh else f"{one.sums:,} printed totals"
        show.say(f"{'×' if one.findings else '√'} {one.path}  {traced}, {sums}" + (
            "" if not one.findings else f"  {len(one.findings)} 处不符" if zh else f"  {len(one.findings)} do not hold"
        ))  # fmt: skip
        for found in one.findings[:_MOST]:
            show.say(f"    {found.place}: {found.text(tongue)}")
        if len(one.findings) > _MOST:
            show.say(f"    … +{len(one.findings) - _MOST}")
    show.say(f"{'×' if bad else '√'} {time.monotonic() - begin:.1f} s")
    if bad:
        raise typer.Exit(show.SOME_FAILED)


def project(
    study: Path, area: Path, before: int, after: int, to: Path, id: str, name: str, title: str, lang: str | None
) -> None:
    """Derive the study of a project, run it, write its report. Raises GepError."""
    from gep.cli.commands import run_many
    from gep.project import derive
    from gep.reports import Wanted
    from gep.services import registry

    made, zh = derive(study, area, before, after, id=id, name=name, title=title), show.language(lang) == "zh"
    if made.left:
        names = ("、" if zh else ", ").join(show.named(registry()[s], "zh" if zh else "en") for s in made.left)
        show.say(f"· 读统计表的服务不能分到地块，未计：{names}" if zh
                 else f"· services that read statistics cannot be told of a polygon, left out: {names}")  # fmt: skip
    show.say(f"√ {made.path}")
    run_many([made.path], to, lang=lang, single=True)
    run(to, None, (), False, Wanted(), None)
