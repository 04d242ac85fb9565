"""What to do next, by rule from the run: which rows to verify first, which inputs to complete, what to measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gep.paper import effects
from gep.paper.facts import MONEY, Facts
from gep.paper.formulas import name_of
from gep.paper.nouns import Made, Rows, figure
from gep.paper.standing import Finding
from gep.report import labels

if TYPE_CHECKING:
    import pandas as pd

KINDS = {
    "coefficient": ("系数", "coefficient"),
    "price": ("价格", "price"),
    "formula": ("方法", "method"),
    "field": ("派生图层", "derived layer"),
}
LISTED = 5  # rows to verify that a report names
_OPEN = ("unverified", "judgement")


@dataclass(frozen=True)
class Resting:
    """A lineage row that nobody has checked and the sum of |value| of the counted lines resting on it, in cents."""

    kind: str
    id: str
    name: str
    source: str
    confidence: str
    cents: int
    lines: tuple[str, ...]  # lineage keys


def resting(lineage: pd.DataFrame, values: pd.DataFrame, kinds: Iterable[str] = tuple(KINDS)) -> list[Resting]:
    """Unverified and judged rows by the value that rests on them, the largest first.

    values: columns lineage, cents (counted lines with a value). A line counts once for a row however often the row
    stands behind it.
    """
    rows = lineage[lineage["kind"].isin(list(kinds)) & lineage["confidence"].isin(_OPEN)]
    sizes = values.assign(cents=values["cents"].abs()).groupby("lineage")["cents"].sum()
    held = rows.assign(cents=rows["lineage"].map(sizes)).dropna(subset=["cents"])
    held = held.drop_duplicates(["kind", "id", "lineage"])
    out = [
        Resting(
            str(kind),
            str(id),
            str(part["name"].iloc[0]),
            str(part["source"].iloc[0]),
            str(part["confidence"].iloc[0]),
            int(part["cents"].sum()),
            tuple(sorted(part["lineage"])),
        )
        for (kind, id), part in held.groupby(["kind", "id"], sort=True)
    ]
    return sorted((one for one in out if one.cents), key=lambda one: -one.cents)


def advice(facts: Facts, zone: str = "") -> tuple[Finding, ...]:
    """Suggestions for a township, or for the county: what most value hangs on first."""
    found = [*_verify(facts, zone), *_cover(facts, zone), *_measure(facts, zone)]
    return tuple(sorted(found, key=lambda one: -one.size))


def _lines(facts: Facts, zone: str) -> pd.DataFrame:
    def make() -> dict[str, pd.DataFrame]:
        rows = facts.work[facts.work["in_gep"] & (facts.work["valued"] > 0)]
        rows = rows[rows["period"] == facts.periods[-1]][["zone", "lineage", "cents"]]
        return {"": rows, **{str(z): part for z, part in rows.groupby("zone", sort=False)}}

    lines = facts.once("lines resting", make)
    return lines.get(zone, lines[""].iloc[:0])


def _verify(facts: Facts, zone: str) -> list[Finding]:
    """The open rows that most value rests on, each with that value."""

    def make() -> pd.DataFrame:
        rows = facts.run.ledger.lineage
        return rows[rows["confidence"].isin(_OPEN) & rows["kind"].isin(list(KINDS))]

    last = facts.periods[-1]
    out = []
    for one in resting(facts.once("open rows", make), _lines(facts, zone))[:LISTED]:
        where = (("period", last), ("in_gep", True), *((("zone", zone),) if zone else ()), ("lineage", one.lines))
        value = figure(
            one.cents / 100, Rows("ledger", "value", where, "sizes"), stored="yuan", unit=MONEY[facts.lang][0]
        )
        name = (name_of(one.name, facts.lang) or one.name) if one.name != one.id else ""
        grade, what = facts.label(one.confidence), facts.say(*KINDS[one.kind])
        if facts.lang != "zh" and any(
            ord(c) > 0x2E80 for c in name
        ):  # no English name: a declared one, or the id alone
            parts = one.id.split(".")
            name = labels.declared_name(parts[0], parts[-1], "", facts.lang) if one.kind == "formula" else ""
        called = name if what in name.lower().split() else f"{what} {name}".strip()  # no price price of electricity
        source = one.source or facts.say("未写明", "not given")
        out.append(
            Finding(
                "verify",
                one.cents / 100,
                (
                    facts.say(
                        f"核对{what}{name and f'“{name}”'}（{one.id}，来源 {source}，{grade}）：{last} 年有 ",
                        f"Check the {called} ({one.id}; source {source}; {grade}): in {last} ",
                    ),
                    value,
                    facts.say(f" {facts.money}以它为依据。", f" {facts.money} rest on it."),
                ),
            )
        )
    return out


def _cover(facts: Facts, zone: str) -> list[Finding]:
    """Services whose inputs do not cover all ground: the lowest coverage and the value of the lines concerned."""

    def make() -> pd.DataFrame:
        rows = facts.work[facts.work["in_gep"] & (facts.work["period"] == facts.periods[-1])]
        return rows[rows["coverage"] < 1]

    rows = facts.once("uncovered", make)
    rows = rows[rows["zone"] == zone] if zone else rows
    last = facts.periods[-1]
    out = []
    for service, part in rows.groupby("service", sort=False):
        where: tuple[tuple[str, object], ...] = (
            ("period", last),
            ("in_gep", True),
            *((("zone", zone),) if zone else ()),
            ("service", service),
        )
        low = figure(float(part["coverage"].min()), Rows("ledger", "coverage", where, "min"), unit="%", decimals=1)
        if low.text == "100.0":
            continue
        out.append(
            Finding(
                "coverage",
                float(part["cents"].abs().sum()) / 100,
                (
                    facts.say(
                        f"补全{facts.service_name(str(service))}的输入图层：覆盖率最低只有 ",
                        f"Complete the layers of {facts.service_name(str(service))}: the lowest coverage is ",
                    ),
                    low,
                    facts.say(
                        "%，没有数据的地方既未按 0 也未按平均值补。",
                        "%; where there is no data neither 0 nor a mean was put.",
                    ),
                ),
            )
        )
    return out


def _measure(facts: Facts, zone: str) -> list[Finding]:
    """The service whose change of money is largest and cannot be divided into quantity and price."""
    known = effects.amounts(facts)
    moved = {s: row["undivided"] for s in facts.services if (row := known.get((zone, s))) and row["undivided"]}
    if not moved:
        return []
    service = max(moved, key=lambda s: abs(moved[s]))
    whole = Made("sum", tuple(Made("size", (effects.trace(facts, "undivided", zone, s),)) for s in moved))
    size = sum(abs(v) for v in moved.values())
    share = figure(
        abs(moved[service]) / size,
        Made("ratio", (Made("size", (effects.trace(facts, "undivided", zone, service),)), whole)),
        unit="%",
        decimals=1,
    )
    return [
        Finding(
            "measure",
            abs(moved[service]) / 100,
            (
                facts.say(
                    f"给{facts.service_name(service)}的数量配上单价：它以金额上报，两期金额变化 ",
                    f"Put a unit price beside the quantities of {facts.service_name(service)}: its change of money, ",
                )
                if effects.measured(facts, service)
                else facts.say(
                    f"统计{facts.service_name(service)}的数量和单价：两期金额变化 ",
                    f"Record quantity and price of {facts.service_name(service)}: its change of money, ",
                ),
                effects.effect(facts, "undivided", zone, service),
                facts.say(
                    f" {facts.money}没有分成量和价，占此类变化的 ",
                    f" {facts.money}, is not divided into the two and is ",
                ),
                share,
                facts.say("%。", "% of all such change."),
            ),
        )
    ]
