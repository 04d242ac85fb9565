"""Performance of compensation money (补偿资金绩效): rates, unit costs, scores of items; the public tables of money.

    arrival 到位率 = received / appropriated        execution 执行率 = spent / (carried over + received)
    timely 及时率 = received by the due day / appropriated    compliance 用途合规率 = spent on uses of art. 13 / spent
    leverage = social / fiscal        unit cost = investment of the year / output of the year
    item, more is better: min(1, actual/target)·points · less is better: min(1, target/actual)·points

A ratio over nothing is None: a township that was given no money has no rate, neither 0 nor 1.
Source: 财预〔2020〕10号 (not consulted), 生态保护补偿条例 2024 art. 13 and 25; assessment.md §7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep.assessment.attainment import Aim, ratio
from gep.assessment.catalogue import Indicator
from gep.assessment.nouns import Observed
from gep.assessment.register import registry
from gep.intake.values import key

if TYPE_CHECKING:
    import pandas as pd

FUNDS, PROJECTS = "fund_flow", "eco_project_register"


def rate(part: float, whole: float) -> float | None:
    """part / whole; None where there is no whole (0/0). Raises ValueError for a negative one."""
    if part < 0 or whole < 0:
        raise ValueError("money is not negative")
    return part / whole if whole > 0 else None


def attained(actual: float, target: float, sign: int) -> float:
    """How much of a target is reached, 0…1. sign +1: actual/target; −1: target/actual, 1 where nothing is left of what
    should be little. Raises ValueError for a negative number, or a target of 0 that more should exceed."""
    if actual < 0 or target < 0 or (target == 0 and sign > 0):
        raise ValueError(f"{actual} of {target} is no proportion")
    if target == 0:
        return 0.0 if actual > 0 else 1.0
    return max(0.0, min(1.0, ratio(actual, Aim.of(sign, target))))


def points_of(share: float, points: float, over: float = 0.0, limit: float | None = None, cut: float = 0.0) -> float:
    """share·points; where the target is exceeded by more than `limit` (over = actual/target − 1), (1 − cut) of them."""
    kept = 1 - cut if limit is not None and over > limit else 1.0
    return share * points * kept


# --- tables

RATES = ("arrival_rate", "execution_rate", "timely_rate", "compliance_rate", "leverage", "farmers_share")
MONEY = ("appropriated", "received", "available", "spent")
TURNS = {1: "变好 / better", 0: "不变 / same", -1: "变差 / worse"}
WORK = ("planned_investment", "actual_investment", "restored", "cod_cut", "restoration_cost", "cod_cost")


def of_zone(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    """The rows of a township ("": the county's own)."""
    mine = rows[(rows["zone"].astype(str) == zone).to_numpy()]
    mine.attrs = rows.attrs
    return mine


def figures(register: str, ids: Iterable[str], rows: pd.DataFrame | None) -> dict[str, float | None]:
    """Figures of a register over rows (sums over none: 0, a register is whole); None where there is no register, a
    cell is blank or there is nothing to divide."""
    if rows is None:
        return dict.fromkeys(ids)
    declared = registry()[register]
    return {id: declared.figure(id).compute(rows)[0] for id in ids}  # type: ignore[union-attr]


def by_township(
    funds: pd.DataFrame | None, projects: pd.DataFrame | None, zones: Mapping[str, str]
) -> pd.DataFrame:  # fmt: skip
    """One row a township: money (yuan), rates, outputs (hm², t) and unit costs (yuan a unit). Blank: not known."""
    import pandas as pd

    out = []
    for zone, name in zones.items():
        money, work = (None if r is None else of_zone(r, zone) for r in (funds, projects))
        out.append({"zone": zone, "zone_name": name, **figures(FUNDS, (*MONEY, *RATES), money),
                    **figures(PROJECTS, WORK, work)})  # fmt: skip
    return _numbers(pd.DataFrame(out))


def by_project(
    funds: pd.DataFrame | None, projects: pd.DataFrame | None, zones: Mapping[str, str]
) -> pd.DataFrame:  # fmt: skip
    """One row a project and township of the project register, with the money that names it."""
    import pandas as pd

    out = []
    for n in range(len(projects) if projects is not None else 0):
        assert projects is not None
        one = projects.iloc[[n]]
        id, zone = str(one["project"].iloc[0]), str(one["zone"].iloc[0])
        money = None
        if funds is not None and "project" in funds:
            mine = of_zone(funds, zone)
            money = mine[mine["project"].map(key) == key(id)]
        name = one["name"].iloc[0] if "name" in one else ""
        out.append({"project": id, "project_name": name, "zone": zone, "zone_name": zones.get(zone, ""),
                    "project_status": one["status"].iloc[0], **figures(FUNDS, (*MONEY, *RATES), money),
                    **figures(PROJECTS, WORK, one)})  # fmt: skip
    return _numbers(pd.DataFrame(out))


def effects(
    observed: Observed, indicators: Mapping[str, Indicator], codes: Sequence[str], zones: Mapping[str, str], year: int,
    before: int | None,
) -> pd.DataFrame:  # fmt: skip
    """What changed: named indicators of the year and of the assessed year before, and the change (blank: unknown)."""
    import pandas as pd

    out = []
    for code in codes if before is not None else ():
        one = indicators[code]
        for zone, name in zones.items():
            then, now = (observed.get(code, zone, y) for y in (before or year, year))
            a, b = (None if o is None else o.value for o in (then, now))
            change = None if a is None or b is None else b - a
            turn = "" if change is None or not one.sign else TURNS[(change * one.sign > 0) - (change * one.sign < 0)]
            out.append({"zone": zone, "zone_name": name, "indicator": code, "zh": one.zh, "en": one.en,
                        "unit": one.unit, "before_year": before, "before": a, "now": b, "change": change,
                        "turn": turn})  # fmt: skip
    return _numbers(pd.DataFrame(out))


_TEXTS = ("zone", "zone_name", "project", "project_name", "project_status", "indicator", "zh", "en", "unit",
          "before_year", "turn")  # fmt: skip


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Money, rates and outputs as numbers, NaN where unknown."""
    kinds: dict[Any, str] = {c: "float64" for c in table if c not in _TEXTS}
    return table.astype(kinds)
