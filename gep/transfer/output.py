"""A transfer as files (CSV with BOM, JSON) and as lines for the console."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from gep.errors import Lang
from gep.report.atomic import atomic_path
from gep.transfer.account import Transferred

TABLES = ("table", "by_class", "by_service", "by_zone", "sensitivity", "unvalued")


def results(result: Transferred) -> dict[str, pd.DataFrame]:
    """The tables of a result by the names that their files bear: transfer, transfer_by_class …"""
    return {"transfer" if name == "table" else f"transfer_{name}": getattr(result, name) for name in TABLES}


def facts(result: Transferred) -> dict[str, Any]:
    """What it rests on and how it was checked, for JSON."""
    return {**result.meta, "checks": list(result.checks), "faults": [f.to_dict() for f in result.faults]}


def written(result: Transferred, to: Path, more: dict[str, Any] | None = None) -> list[Path]:
    """Write transfer.csv, transfer_by_class.csv … (UTF-8 with BOM) and transfer.json into a folder; the paths."""
    paths = []
    for name, table in results(result).items():
        path = to / f"{name}.csv"
        with atomic_path(path) as part:
            table.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\n")
        paths.append(path)
    with atomic_path(to / "transfer.json") as part:
        said = json.dumps({**facts(result), **(more or {})}, ensure_ascii=False, indent=1, default=str)
        part.write_text(said + "\n", "utf-8")
    return [*paths, to / "transfer.json"]


def lines(result: Transferred, lang: Lang) -> Iterator[str]:
    """What the console shows: what was multiplied, values by class (with CS) and by service, gaps, identities."""
    zh, meta = lang == "zh", result.meta
    money = {"yuan": "元" if zh else "yuan"}.get(meta["currency"], meta["currency"])
    when = f"{meta['money_year']} 年" if zh else f"of {meta['money_year']}"
    yield f"{meta['factors_zh'] if zh else meta['factors_en']}  ·  {meta['worth_zh'] if zh else meta['worth_en']}"
    yield ("货币 " if zh else "money ") + money + (f" {when}" if meta["money_year"] else "")
    for words in meta["scales"]:
        yield ("调整 " if zh else "adjusted ") + words
    for year, part in result.by_class.groupby("year", dropna=False):
        yield ""
        yield ("价值" if zh else "value") + ("" if pd.isna(year) else f" {year}")
        cs = result.sensitivity[_same(result.sensitivity, year)].set_index("class")["cs"]
        for row in part.to_dict("records"):
            factor = cs.get(row["class"], math.nan)
            yield _line(row["class_zh" if zh else "class_en"], row, zh) + (
                "" if math.isnan(factor) else f"  CS {factor:.4f}"
            )
        yield "  " + "─" * 40
        for row in result.by_service[_same(result.by_service, year)].to_dict("records"):
            yield _line(row["service_zh" if zh else "service_en"], row, zh)
        whole = math.fsum(part["value"].dropna())
        yield f"  {_pad('合计' if zh else 'total')}{whole:>24,.2f}"
    blanks = {c: s for c, s in meta["not_valued"].items() if s}
    if blanks:
        count = sum(map(len, blanks.values()))
        head = f"原表未估价的单元 {count} 个（空白，不是零）：" if zh else f"{count} cells blank, not zero: "
        yield ""
        yield head + "; ".join(f"{c} {len(s)}" for c, s in blanks.items())
    shares = "  ".join(f"{g} {n:.1%}" for g, n in meta["confidence_shares"].items() if n)
    yield ("系数与当量价值的等级（按价值） " if zh else "factors and unit value rest on (by value) ") + shares
    if any(c["confidence"] == "judgement" for c in meta["classes"].values()):
        yield "地类对照是约定（judgement）" if zh else "the map of land classes is a convention (judgement)"
    passed = sum(c["passed"] for c in result.checks)
    tick = "√" if passed == len(result.checks) else "×"
    yield f"{tick} " + (
        f"Σ类 = Σ服务 = Σ地区：{passed}/{len(result.checks)}"
        if zh
        else f"Σ classes = Σ services = Σ zones: {passed}/{len(result.checks)}"
    )
    yield "与 GEP 账户并列，不相加。" if zh else "Beside the GEP account; never added to it."


def _same(table: pd.DataFrame, year: Any) -> pd.Series:
    return table["year"].isna() if pd.isna(year) else table["year"].eq(year).fillna(False).astype(bool)


def _pad(name: str, width: int = 28) -> str:
    wide = sum(2 if ord(c) > 0x2E7F else 1 for c in name)
    return name + " " * max(width - wide, 1)


def _line(name: str, row: dict[str, Any], zh: bool) -> str:
    if math.isnan(row["value"]):
        return f"  {_pad(name)}{'未估价' if zh else 'not valued':>24}"
    return f"  {_pad(name)}{row['value']:>24,.2f}"
