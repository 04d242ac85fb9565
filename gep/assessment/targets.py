"""Targets of an assessment, as a county's table tells them: read, checked, every fault at once.

`targets`: township (blank: all of them), indicator by code or name, target, base, unit, document; a township's own row
comes before that for all.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gep.assessment.attainment import Aim
from gep.assessment.cards import DISTANCE, Item
from gep.assessment.catalogue import Indicator
from gep.assessment.nouns import Trial
from gep.compensation.rule import Table
from gep.errors import Fault, GepError, fault
from gep.intake.columns import convertible
from gep.intake.expect import YEAR, Expect, Expected
from gep.intake.values import key
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

SCALE = "scale_ratio"
ALL = ""  # the township of a target for all of them
_ZONE = Expect("text", aliases=("乡镇", "镇街", "乡镇名称", "地区", "单位名称"))
_DOCUMENT = Expect("text", aliases=("依据", "文件", "依据文件", "文号"))
# `name` says that a township without a row is no gap: a list of named things
TARGETS = Table("targets", "目标值", "targets", Expected({
    "zone": _ZONE,
    "name": Expect("text", required=True, aliases=("指标", "指标代码", "指标名称", "考核指标", "indicator")),
    "target": Expect(unit=None, required=True, negative=True, aliases=("目标值", "目标", "年度目标")),
    "base": Expect(unit=None, negative=True, aliases=("基数", "基期值", "基准值")),
    "unit": Expect("text", aliases=("单位", "计量单位")),
    "document": _DOCUMENT,
    "year": YEAR,
}, unique=False, totals=False))  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A target and its base in the unit of the indicator; where it stands."""

    value: float
    base: float | None
    file: str
    row: object
    document: str


@dataclass(frozen=True)
class Targets:
    """The targets of a year by (indicator, township); ALL for those of every township."""

    all: Mapping[tuple[str, str], Target]

    def get(self, indicator: str, zone: str) -> Target | None:
        """The township's own, else the one for all."""
        return self.all.get((indicator, zone)) or self.all.get((indicator, ALL))


def read_targets(
    table: pd.DataFrame | None, items: Sequence[Item], indicators: Mapping[str, Indicator]
) -> tuple[Targets, list[Fault]]:
    """The targets of a table, and all its faults: an unknown indicator (J261), two for one cell (J262), another unit
    (J263), a ratio to what is not above zero (J264), a target beside an interval (J266)."""
    if table is None:
        return Targets({}), []
    names = {key(word): one for one in indicators.values() for word in (one.zh, one.code)}
    of, file = {item.indicator: item for item in items}, str(table.attrs.get("file", TARGETS.role))
    heads = table.attrs.get("units", {})
    out: dict[tuple[str, str], Target] = {}
    faults: list[Fault] = []
    for row, cells in zip(table.index, table.to_dict("records"), strict=True):
        at = {"file": file, "place": f"row {row}"}
        one = names.get(key(str(cells.get("name") or "")))
        if one is None:
            zh, en = did_you_mean(cells.get("name"), [*indicators, *(i.zh for i in indicators.values())])
            faults.append(fault("GEP-J261", **at, word=cells.get("name") or "—", near_zh=zh, near_en=en))
            continue
        target, base, wrong = _in_unit(cells, heads, one)
        if wrong:
            faults.append(fault("GEP-J263", **at, zh=one.zh, en=one.en, have=wrong, want=one.unit))
            continue
        if target is None:
            continue  # no target was set: told with all that lack one
        if one.direction == "interval":
            faults.append(fault("GEP-J266", **at, zh=one.zh, en=one.en, low=one.low, high=one.high))
            continue
        item = of.get(one.code)
        if item is not None and item.attainment != DISTANCE and target <= 0:
            faults.append(fault("GEP-J264", **at, zh=one.zh, en=one.en, target=f"{target:g}", unit=one.unit))
            continue
        zone = cells["zone"] if isinstance(cells.get("zone"), str) else ALL
        if (one.code, zone) in out:
            faults.append(fault("GEP-J262", **at, zh=one.zh, en=one.en, other=out[one.code, zone].row))
            continue
        document = cells.get("document")
        out[one.code, zone] = Target(target, base, file, row, document if isinstance(document, str) else "")
    return Targets(out), faults


def scale_faults(
    targets: Targets, indicators: Mapping[str, Indicator], figures: Mapping[tuple[str, str], float], times: float
) -> list[Fault]:
    """Targets in per cent that look like ratios, or stand beside figures that do (J268), bases likewise (J269).

    `figures`: what is observed, by (indicator, township). A target of at most 1 % is asked about where everything that
    it is for is more than `times` that; one above where all that is observed is at most 1 % and as far below it.
    """
    out = []
    for (code, zone), one in targets.all.items():
        if indicators[code].unit != "%" or not one.value > 0:
            continue
        said = {"zh": indicators[code].zh, "en": indicators[code].en, "target": f"{one.value:g}"}
        at = {"file": one.file, "place": f"row {one.row}"}
        seen = {z: v for (c, z), v in figures.items() if c == code and v > 0}
        mine = [v for z, v in seen.items() if (zone in (ALL, z)) and targets.get(code, z) is one]
        low = one.value <= 1 and mine and min(mine) > times * one.value
        high = mine and max(seen.values()) <= 1 and max(mine) * times < one.value
        if low or high:
            out.append(fault("GEP-J268", **at, value=f"{statistics.median(mine):.4g}", **said))
        elif one.base is not None and 0 < one.base <= 1 and one.value > times * one.base:
            out.append(fault("GEP-J269", **at, base=f"{one.base:g}", **said))
    return out


def scale_faults_of(trial: Trial, targets: Targets) -> list[Fault]:
    """`scale_faults` of the observations of a trial; nothing before there are any."""
    figures = {(code, zone): one.value for (code, zone, year), one in trial.observed.all.items()
               if year == trial.year and zone and one.value is not None}  # fmt: skip
    try:
        times = float(trial.given.terms.find(SCALE, "1", str(trial.year)).number)
    except GepError as error:
        return list(error.faults)
    return scale_faults(targets, trial.indicators, figures, times)


def _in_unit(
    cells: Mapping[str, object], heads: Mapping[str, str], one: Indicator
) -> tuple[float | None, float | None, str]:  # fmt: skip
    """(target, base, "") in the unit of the indicator; a unit that does not convert in the third place."""
    out: list[float | None] = []
    for column in ("target", "base"):
        value = cells.get(column)
        own = cells.get("unit")
        have = own if isinstance(own, str) and own else heads.get(column) or one.unit
        gain = convertible(str(have), one.unit)
        if gain is None:
            return None, None, str(have)
        out.append(float(value) * gain if isinstance(value, float) and value == value else None)
    return out[0], out[1], ""


def lack_fault(
    targets: Targets, items: Iterable[Item], indicators: Mapping[str, Indicator], zones: Mapping[str, str], at: str,
    year: int,
) -> list[Fault]:  # fmt: skip
    """One warning (GEP-J265) of all cells without a target; nothing where every township has all."""
    lacking = [
        (indicators[item.indicator], [zones[z] for z in zones if targets.get(item.indicator, z) is None])
        for item in items
        if indicators[item.indicator].direction != "interval"
    ]
    told = [(one, names) for one, names in lacking if names]
    if not told:
        return []
    zh = "；".join(f"{one.zh}（{'、'.join(names) if len(names) < len(zones) else '全部乡镇'}）" for one, names in told)
    en = "; ".join(f"{one.en} ({', '.join(names) if len(names) < len(zones) else 'all'})" for one, names in told)
    cells = sum(len(names) for _, names in told)
    return [fault("GEP-J265", file=at, n=cells, cells_zh=zh, cells_en=en, year=year)]


def aim_of(one: Indicator, target: Target | None) -> Aim | None:
    """What is wanted: the catalogue's interval, or the target; None without one."""
    if one.direction == "interval":
        assert one.low is not None
        assert one.high is not None
        return Aim(one.low, one.high)
    return None if target is None else Aim.of(one.sign, target.value)
