"""What the command line prints: faults, progress, summaries; in the user's language, on any console."""

from __future__ import annotations

import linecache
import locale
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from gep.errors import Fault, Lang, fault

OK, SOME_FAILED, INPUT_WRONG, INTERRUPTED = 0, 1, 2, 130
_TICK = {"error": "×", "warning": "!", "info": "·"}


def language(asked: str | None) -> Lang:
    """--lang, else GEP_LANG, else the locale: Chinese where it is a Chinese one, English elsewhere."""
    chosen = asked or os.environ.get("GEP_LANG") or ""
    if not chosen:
        said = next((os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), "")
        chosen = said or (locale.getlocale()[0] or "")
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"


def say(text: str = "", *, err: bool = False) -> None:
    """One line on the console."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


def faults(found: Iterable[Fault], lang: Lang, *, err: bool = False) -> tuple[int, int]:
    """Print faults, errors first, each with the line of the study file it stands in. Returns (errors, rest)."""
    rank = {"error": 0, "warning": 1, "info": 2}
    items = sorted(dict.fromkeys(found), key=lambda f: rank[f.severity])
    for item in items:
        head, _, fix = item.text(lang).partition("\n")
        say(f"{_TICK[item.severity]} {head}", err=err)
        line = item.place.split(":")[0]
        if line.isdigit() and item.file.endswith((".yaml", ".yml")):
            text = linecache.getline(item.file, int(line)).rstrip()
            if text:
                say(f"  {line:>5} │ {text}", err=err)
        if fix:
            say(fix, err=err)
    errors = sum(f.severity == "error" for f in items)
    return errors, len(items) - errors


def named(item: object, lang: Lang) -> str:
    """What a declaration is called."""
    return str(getattr(item, lang))


def unknown(word: str, known: Sequence[str], lang: Lang) -> NoReturn:
    """Say that there is no such word, and which are like it; ends the program as for a wrong input."""
    import typer

    from gep.coefficient_tables import near

    like = near(word, known)
    say(f"没有 {word}；相近：{like}" if lang == "zh" else f"there is no {word}; near: {like}", err=True)
    raise typer.Exit(INPUT_WRONG)


def defect(error: Exception, lang: Lang) -> int:
    """Print an error that nobody foresaw as GEP-E020 and give its exit code; GEP_DEBUG lets it through."""
    if os.environ.get("GEP_DEBUG"):
        raise error
    faults([fault("GEP-E020", error=f"{type(error).__name__}: {error}")], lang, err=True)
    return SOME_FAILED


def counted(errors: int, rest: int, lang: Lang, checked: str = "") -> str:
    """The closing line under a list of faults."""
    if lang == "zh":
        return f"{'×' if errors else '√'} {checked}{errors} 处错误，{rest} 项提示" + (
            "  · gep explain 代码 看详细说明" if errors + rest else ""
        )
    return f"{'×' if errors else '√'} {checked}{errors} errors, {rest} notices" + (
        "  · gep explain CODE tells more" if errors + rest else ""
    )


class Bar:
    """Progress of the pass on stderr: share, pixels a second, time left. Silent where stderr is no terminal."""

    def __init__(self, label: str, lang: Lang):
        self.label, self.lang, self.begin, self.last = label, lang, time.monotonic(), 0.0
        self.live = sys.stderr.isatty()

    def __call__(self, period: int, done: int, total: int) -> None:
        """Take the state of the pass: pixels done of all pixels of one period."""
        now = time.monotonic()
        if done == 0 or now - self.begin < 0:
            self.begin = now
        if not self.live or (now - self.last < 0.1 and done < total):
            return
        self.last = now
        spent = max(now - self.begin, 1e-6)
        rate, left = done / spent, (total - done) * spent / max(done, 1)
        filled = int(28 * done / max(total, 1))
        bar = "━" * filled + "─" * (28 - filled)
        unit = "百万像元/秒" if self.lang == "zh" else "Mpx/s"
        sys.stderr.write(
            f"\r{self.label} {period} {bar} {done / max(total, 1):4.0%}  {rate / 1e6:.1f} {unit}  "
            f"{int(left) // 60}:{int(left) % 60:02d} "
        )
        if done >= total:
            sys.stderr.write("\n")
            self.begin = now
        sys.stderr.flush()


def money(yuan: float, lang: Lang) -> str:
    """A sum for the summary: 万元 or 亿元 in Chinese, million yuan in English."""
    if lang == "zh":
        return f"{yuan / 1e8:,.4f} 亿元" if abs(yuan) >= 1e8 else f"{yuan / 1e4:,.2f} 万元"
    return f"{yuan / 1e6:,.3f} million yuan"


def _service(result: Any, id: str, given: str, lang: Lang) -> str:
    """A service as the ledger, the profile or its declaration calls it in the reader's language."""
    from gep.profiles import entry
    from gep.report.labels import declared_name

    said = entry(str(result.meta.get("profile", "")), id)
    return given if lang == "zh" else said.en if said else declared_name(id, "", given, lang)


def _settled(made: Any, zh: bool, lang: Lang) -> str:
    """One line on what was settled; each settlement stands in compensation.xlsx and in `gep settle`."""
    rows = made.ledger
    count, lack = rows["settlement"].nunique(), int((rows["status"] == "missing").sum())
    total = money(float(rows["amount"].sum()), lang)
    if zh:
        return f"  补偿结算 {count} 项，{len(rows)} 笔，应付合计 {total}" + (f"（缺 {lack} 笔）" if lack else "")
    said = f"  compensation: {count} settlements, {len(rows):,} dues, {total} owed"
    return said + (f" ({lack} dues missing)" if lack else "")


def _assessed(made: Any, zh: bool) -> str:
    """One line on what was assessed; each indicator and score stands in assessment.xlsx and in `gep assess`."""
    rows, scores = made.observations, made.scores
    count, lack = rows["indicator"].nunique(), int((rows["status"] == "missing").sum())
    judged = scores["evaluation"].nunique()
    if zh:
        return f"  指标 {count} 个，{len(rows)} 个数（缺 {lack}）" + (f"，评价 {judged} 项" if judged else "")
    said = f"  assessment: {count} indicators, {len(rows):,} figures ({lack:,} missing)"
    return said + (f", {judged} evaluations" if judged else "")


def summary(result: Any, to: Path, names: Iterable[str], seconds: float, lang: Lang) -> None:
    """The closing screen of a run: GEP by period and service, confidence, checks, files."""
    from gep.report.facts import complete, lacking
    from gep.report.labels import label

    table = result.ledger.table
    zh = lang == "zh"
    total = "GEP" if complete(result.meta) else label("gep_partial", lang)
    if not complete(result.meta):
        say(f"  {lacking(result.meta, lang)}")
    for period in sorted(set(table["period"])):
        rows = table[(table["period"] == period) & table["in_gep"]]
        missing = int((rows["status"] == "missing").sum())
        note = (f"（不完整：{missing} 行缺数）" if zh else f" (partial: {missing} lines missing)") if missing else ""
        say(f"  {total} {period}  {money(float(rows['value'].sum()), lang)}{note}")
        for (id, given), part in rows.groupby(["service", "service_name"], sort=False):
            service = _service(result, id, given, lang)
            lack = int((part["status"] == "missing").sum())
            priced = part["value"].notna().any()
            words = money(float(part["value"].sum()), lang) if priced else ("缺" if zh else "missing")
            say(
                f"    {service}  {words}"
                + ((f"  （缺 {lack} 行）" if zh else f"  ({lack} lines missing)") if lack else "")
            )
        memo = table[(table["period"] == period) & ~table["in_gep"] & table["value"].notna()]
        for (id, given), part in memo.groupby(["service", "service_name"], sort=False):
            name = _service(result, id, given, lang)
            say(f"    [{'备查' if zh else 'memo'}] {name}  {money(float(part['value'].sum()), lang)}")
    shares = result.meta["confidence_shares"].get("total", {})
    said = "  ".join(f"{label(name, lang)} {share:.1%}" for name, share in shares.items())
    say(("  数据可信度（按价值） " if zh else "  resting on (by value) ") + said)
    if result.settlements is not None:
        say(_settled(result.settlements, zh, lang))
    if result.assessed is not None:
        say(_assessed(result.assessed, zh))
    passed = sum(c["passed"] for c in result.checks)
    say(
        f"{'√' if result.passed else '×'} "
        + (f"恒等式 {passed}/{len(result.checks)} 成立" if zh else f"{passed}/{len(result.checks)} identities hold")
    )
    say(f"√ {to}/  " + " ".join(names) + f"  {seconds:.1f} s")
