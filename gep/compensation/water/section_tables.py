"""The public monthly tables of section quality, in the form that counties publish: section, township, class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep import units
from gep.compensation.nouns import Due, Parties, Words
from gep.compensation.rows import number
from gep.compensation.water.assessed import Month, class_name
from gep.compensation.water.classes import CLASSES
from gep.money import largest_remainder

if TYPE_CHECKING:
    import pandas as pd

_PERCENT = units.factor("1", "%")
_CLASSES = tuple(f"class_{n}" for n in range(1, len(CLASSES) + 1))
_SHARES = tuple(f"share_{n}" for n in range(1, len(CLASSES) + 1))


def class_shares(counts: Sequence[int], step: float = 1 / 10) -> list[float]:
    """Shares of the classes in %, printed to `step`, adding up to 100.0 (largest remainder); all 0 without sections."""
    total = sum(counts)
    if not total:
        return [0.0] * len(counts)
    return largest_remainder([_PERCENT * n / total for n in counts], _PERCENT, step)


@dataclass(frozen=True)
class Row:
    """One section in one month as it is printed; `signed` yuan, None: not settled."""

    month: Month
    status: str
    payout: Decimal | None
    bonus: Decimal | None
    signed: Decimal | None
    note: Words
    extra: Mapping[str, Any] = field(default_factory=dict)


def tables(rows: Sequence[Row], dues: Iterable[Due], parties: Parties, factors: Sequence[str]) -> dict[str, Any]:
    """section_month, township_month and class_month of what was settled; amounts in yuan."""
    return {
        "section_month": section_month(rows, parties, factors),
        "township_month": township_month(rows, dues, parties),
        "class_month": class_month(rows),
    }


def section_month(rows: Sequence[Row], parties: Parties, factors: Sequence[str]) -> pd.DataFrame:
    """A row a section and month: class, target, the worst determinand, exceedance by determinand, what is owed, why."""
    import pandas as pd

    ids = {f: "e_" + f.lower().replace("-", "_").replace(" ", "_") for f in factors}
    names = {p: parties.name(p) for p in parties.all}
    out = []
    for row in rows:
        m, s = row.month, row.month.section
        known = m.klass > 0
        exceeded = {
            column: (float(m.multiples.get(f, 0)) if f in m.limits and f in m.values else None) if known else None
            for f, column in ids.items()
        }
        out.append({
            "span": m.span, "section": s.id, "section_name": s.name, "river": s.river, "level": s.level,
            "upstream": "、".join(names[p] for p, _ in s.up), "downstream": "、".join(names[p] for p, _ in s.down),
            "class_target": class_name(s.target), "class_found": class_name(m.klass), "worst": m.worst if known else "",
            **exceeded, "payout": number(row.payout), "bonus": number(row.bonus), "amount": number(row.signed),
            **row.extra, "status": row.status, "note": row.note,
        })  # fmt: skip
    return pd.DataFrame(out)


def township_month(rows: Sequence[Row], dues: Iterable[Due], parties: Parties) -> pd.DataFrame:
    """A row a township (or other party) and month: its sections by class with shares in %, receipts, payments, net.

    A section counts for every township that answers for it (upstream). `unassessed`: suspended, dry or not sampled;
    `unsettled`: dues without amount, which net leaves out. A township up- and downstream stands here once.
    """
    import pandas as pd

    counts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        for party, _ in row.month.section.up:
            made = counts.setdefault((row.month.span, party), [0] * (len(CLASSES) + 1))
            made[row.month.klass - 1 if row.month.klass else len(CLASSES)] += 1
    sums: dict[tuple[str, str], list[Decimal]] = {}
    open_: dict[tuple[str, str], int] = {}
    for due in dues:
        for party, side in ((due.payee, 0), (due.payer, 1)):
            if due.amount is None:
                open_[due.span, party] = open_.get((due.span, party), 0) + 1
            else:
                sums.setdefault((due.span, party), [Decimal(0), Decimal(0)])[side] += due.amount
    order = {party: n for n, party in enumerate(parties.all)}
    keys = sorted({*counts, *sums, *open_}, key=lambda k: (k[0], order.get(k[1], len(order))))
    out = []
    for span, party in keys:
        *classed, unassessed = counts.get((span, party), [0] * (len(CLASSES) + 1))
        receives, pays = sums.get((span, party), [Decimal(0), Decimal(0)])
        shares = class_shares(classed) if any(classed) else [None] * len(CLASSES)
        out.append({
            "span": span, "zone": party, "zone_name": parties.name(party), "section_count": sum(classed) + unassessed,
            **dict(zip(_CLASSES, classed, strict=True)), **dict(zip(_SHARES, shares, strict=True)),
            "unassessed": unassessed, "receives": float(receives), "pays": float(pays), "net": float(receives - pays),
            "unsettled": open_.get((span, party), 0),
        })  # fmt: skip
    table = pd.DataFrame(out)
    return table.astype(dict.fromkeys(_SHARES, "float64")) if len(table) else table


def class_month(rows: Sequence[Row]) -> pd.DataFrame:
    """A row a month and class: how many sections, and their share in % of those assessed; every section once."""
    import pandas as pd

    by: dict[str, list[int]] = {}
    for row in rows:
        made = by.setdefault(row.month.span, [0] * len(CLASSES))
        if row.month.klass:
            made[row.month.klass - 1] += 1
    return pd.DataFrame([
        {"span": span, "class_found": name, "section_count": n, "share_percent": share}
        for span, counts in by.items()
        for name, n, share in zip(CLASSES, counts, class_shares(counts), strict=True)
    ])  # fmt: skip
