"""`gep compare`: two runs, two periods of a run, or one study under each convention; on the console and in files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gep.cli import show
from gep.errors import GepError, Lang, fault

_COLUMNS = ("v0", "v1", "change", "quantity", "area", "price", "undivided", "definition", "not_compared")


def compare_accounts(
    folders: Sequence[Path],
    first: int | None,
    second: int | None,
    to: Path | None,
    by: str,
    deflator: float | None,
    lang: str | None,
) -> None:
    """`gep compare A B` and `gep compare RUN --from --until`: notes, a table by zone or service, files in `to`."""
    from gep import compare

    tongue = show.language(lang)
    if len(folders) > 2 or by not in ("zone", "service"):
        raise GepError(fault("GEP-M004"))
    if len(folders) == 1:
        found = compare.of_periods(folders[0], first, second, deflator)
        name = f"{folders[0].name}-{found.base.period}-{found.other.period}"
    else:
        found = compare.of_runs(folders[0], folders[1], first, second, deflator)
        name = f"{folders[0].name}-{folders[1].name}"
    to = to or folders[0].with_name(f"compare-{name}")
    zh = tongue == "zh"
    show.say(f"{found.base.name} {found.base.period} → {found.other.name} {found.other.period}")
    show.faults(found.notes, tongue)
    table = found.table(by, tongue)
    used = [c for c in _COLUMNS if c in ("v0", "v1", "change") or table[c].any()]
    at = 0 if zh else 1
    heads = [("乡镇" if zh else "Township") if by == "zone" else ("服务" if zh else "Service")]
    heads += [compare.EFFECTS[c][at] for c in used]
    unit, scale = ("万元", 1e4) if zh else ("million yuan", 1e6)
    show.say(f"  {unit}")
    rows = ([str(r[f"{by}_name"])] + [f"{r[c] / scale:,.2f}" for c in used] for r in table.to_dict("records"))
    _print(heads, rows)
    change = found.growth
    if change.lines and change.growth == change.growth:
        out = "、".join(change.left_out)
        said = (
            f"  可比行按不变价 {change.growth:+.2%}，隐含价格指数 {change.index:.4f}（{change.lines} 行）"
            if zh
            else f"  compared lines at constant prices {change.growth:+.2%}, implicit price index {change.index:.4f}"
            f" ({change.lines} lines)"
        )
        show.say(said + ((f"；不含部分行：{out}" if zh else f"; some lines left out of: {out}") if out else ""))
    _close(compare.write(found, to, tongue), to, found.checks, tongue)


def compare_conventions(studies: Sequence[Path], period: int | None, to: Path | None, lang: str | None) -> None:
    """`gep compare --conventions STUDY`: the same county on each rung of the ladder."""
    from gep import conventions
    from gep.compare import partial
    from gep.study import load

    tongue = show.language(lang)
    zh = tongue == "zh"
    if len(studies) > 1:
        raise GepError(fault("GEP-M004"))
    found = conventions.ladder(load(studies[0]), period, lang=tongue)
    to = to or Path("out") / "conventions"
    scale = 1e4 if zh else 1e6
    if not found.complete.complete:
        show.faults([partial({"completeness": found.complete.to_dict()}, str(found.period))], tongue)
    heads = ["口径", "合计（万元）", "变化（万元）"] if zh else ["Convention", "Total (million yuan)", "Effect"]
    _print(heads, ([step.zh if zh else step.en, *_amounts(step, scale, zh)] for step in found.steps))
    for step in found.steps:
        if step.lacking:
            show.say(f"! {step.zh if zh else step.en}  {'缺' if zh else 'missing'}: {step.lacking}")
    _close(conventions.write(found, to, tongue), to, found.checks, tongue)


def _amounts(step: Any, scale: float, zh: bool) -> tuple[str, str]:
    if step.lacking:
        return ("缺" if zh else "missing"), ""
    effect = "" if step.effect is None else f"{step.effect / scale:+,.2f}"
    return f"{step.total / scale:,.2f}", effect


def _close(files: Iterable[Path], to: Path, checks: Sequence[dict[str, Any]], lang: Lang) -> None:
    passed = sum(c["passed"] for c in checks)
    whole = bool(checks) and passed == len(checks)
    said = f"恒等式 {passed}/{len(checks)} 成立" if lang == "zh" else f"{passed}/{len(checks)} identities hold"
    show.say(f"{'√' if whole else '×'} {said}")
    show.say(f"√ {to}/  " + " ".join(f.name for f in files))
    if not whole:
        import typer

        raise typer.Exit(show.SOME_FAILED)


def _print(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns in line; a Chinese character is two cells wide."""
    table = [list(heads), *map(list, rows)]
    widths = [max(_width(row[n]) for row in table) for n in range(len(heads))]
    for row in table:
        cells = [row[0] + " " * (widths[0] - _width(row[0]))]
        cells += [" " * (w - _width(text)) + text for text, w in zip(row[1:], widths[1:], strict=True)]
        show.say("  " + "  ".join(cells).rstrip())


def _width(text: str) -> int:
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
