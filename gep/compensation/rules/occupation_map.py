"""What was built over between two dates: area on the map, registered, the difference, what the charge would be, and
the GEP that went with it. Remote sensing makes nobody owe: this rule has tables only, no dues.

ΔGEP_occ = Σ area_ij·(v_i − v_j) and its present value stand BESIDE the statutory charge and are never added to it:
the charge is law, the lost flow an estimate, and they overlap (a convention of this toolkit).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.present_value import annuity_factor, stated
from gep.compensation.nouns import Accounts, Case, Outcome, Words, dec
from gep.compensation.occupation.charges import rate_on
from gep.compensation.occupation.projects import LANDS, PROJECTS, Project, read_projects
from gep.compensation.rule import Rule, Table, Term
from gep.compensation.rules.occupation import applicable, occupation_tax
from gep.errors import Fault, GepError
from gep.rates import LACKING

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions

BUILT = "6"  # level I of coefficients/ecosystem_types.csv
GROUPS = {
    "cropland": ("耕地", "cropland"), "orchard": ("园地", "orchard"), "forest": ("林地", "forest and shrub"),
    "grassland": ("草地", "grassland"), "wetland": ("湿地和水面", "wetland and water"),
    "other": ("其他", "other"),
}  # fmt: skip
# code prefix of an ecosystem type: (group, class of 耕地占用税法, class of the forest fee); the longest prefix answers;
# "?": ponds and ditches are taxed as 养殖水面 and 农田水利用地 or are wetland, which no map tells apart
_MAPPED = {
    "1": ("forest", "forest", "arbor"), "14": ("forest", "forest", "sparse"), "2": ("forest", "forest", "shrub"),
    "3": ("grassland", "grassland", ""), "4": ("wetland", "", ""), "42p": ("wetland", "?", ""),
    "43c": ("wetland", "?", ""), "51": ("cropland", "cropland", ""),
    "52": ("orchard", "orchard", ""), "7": ("other", "", ""), "8": ("other", "", ""),
}  # fmt: skip


def lost_gep(areas_m2: Mapping[tuple[str, str], float], v: Mapping[str, float]) -> float:
    """ΔGEP_occ = Σ area_ij·(v_i − v_j), yuan/a, of ground that went from type i to built-up type j.

    areas m² by (i, j); v yuan/(m²·a) by type. A type whose v is not known (absent or NaN) makes the sum NaN.
    """
    return math.fsum(m2 * (v.get(i, math.nan) - v.get(j, math.nan)) for (i, j), m2 in areas_m2.items())


def believed(change: Transitions) -> np.ndarray:
    """int64[zones, from, to], m²: change that is believed (decision 012): plain, and of edges what is one-sided."""
    edge = change.areas["edge"]
    kept: np.ndarray = change.areas["plain"] + edge - np.minimum(edge, edge.transpose(0, 2, 1))
    return kept


def mapped(code: str) -> tuple[str, str, str]:
    """(group, tax class, forest class) of an ecosystem type; ("", "", "") of built-up land."""
    hits = [p for p in _MAPPED if code.startswith(p)]
    return _MAPPED[max(hits, key=len)] if hits else ("", "", "")


def interval_of(accounts: Accounts | None, year: int) -> Transitions | None:
    """The interval that closes in a year; None where there is none."""
    chain = accounts.transitions if accounts is not None else ()
    return next((t for t in chain if t.close == year), None)


@dataclass(frozen=True)
class _Rate:
    """What a m² would be charged, or why that is not known."""

    value: Decimal | None
    why: tuple[str, str] = ("", "")


@dataclass
class _Worth:
    """yuan/(m²·a) by zone and type, and the factor of the present value; or why they are not known."""

    v: Mapping[str, Mapping[str, float]]
    factor: float
    why: tuple[str, str]
    said: tuple[str, str]
    untyped: tuple[str, ...] = ()  # services whose value has no ecosystem type: not in v


def settle(case: Case) -> Outcome:
    """The table `occupation_compensation`, township × land before it was built over; no dues."""
    register = read_projects(case)
    if register.faults or case.accounts is None:
        return Outcome(faults=tuple(register.faults))
    change = interval_of(case.accounts, case.period)
    if change is None:
        zh, en = f"没有以 {case.period} 年为末的土地覆盖区间", f"no interval of land cover closes in {case.period}"
        return Outcome(missing=(Words(f"{case.rule.zh}：{zh}", f"{case.rule.en}: {en}"),))
    faults: list[Fault] = []
    charges = _charges(case, change, faults)
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    worth = _worth(case, change)
    registered = _registered(register.projects, change) if "projects" in case.tables else None
    rows = [row for z, zone in enumerate(change.zones)
            for row in _rows(case, change, z, zone, charges, worth, registered)]  # fmt: skip
    table = _frame(rows)
    return Outcome(tables={case.rule.id: table}, missing=_missing(case, charges, worth, registered, table))


def _charges(case: Case, change: Transitions, faults: list[Fault]) -> dict[str, _Rate]:
    """yuan/m² by type at the county's rates on the last day of the interval: no uplift, no multiplier, no exemption."""
    day = _last_day(change.close)
    out: dict[str, _Rate] = {}
    for code in change.types:
        group, tax, forest = mapped(code)
        if not group:
            continue
        if tax == "?":
            out[code] = _Rate(None, ("坑塘、沟渠在图上分不出应税地类", "ponds and ditches: no map tells their class"))
            continue
        try:
            rate = occupation_tax(Decimal(1), applicable(case, tax, day).t) if tax else Decimal(0)
            if forest:
                rate += rate_on(case, "forest_fee", "yuan/m²", day, key=forest).number
            if group == "wetland":
                rate += rate_on(case, "wetland_fee", "yuan/m²", day).number
            out[code] = _Rate(rate)
        except GepError as error:
            faults += (f for f in error.faults if f.code not in LACKING)
            out[code] = _Rate(None, (error.faults[0].zh, error.faults[0].en))
    return out


def _last_day(year: int) -> dt.date:
    return dt.date(year + 1, 1, 1) - dt.timedelta(days=1)


def _worth(case: Case, change: Transitions) -> _Worth:
    accounts, year = case.accounts, change.close
    assert accounts is not None
    factor, said = _factor(case, change)
    ledger = accounts.ledger
    none: Mapping[str, Mapping[str, float]] = {}
    if ledger is None or year not in set(ledger["period"]):
        return _Worth(none, factor, (f"{year} 年没有 GEP 核算", f"no account of GEP in {year}"), said)
    if not accounts.complete.get(year, False):
        return _Worth(none, factor, (f"{year} 年是部分核算", f"the account of {year} is partial"), said)
    lines = ledger[(ledger["period"] == year) & ledger["in_gep"].astype(bool)]
    typed = lines["type"].fillna("").astype(str) != ""
    apart = lines.loc[~typed, "service_name"] if "service_name" in lines else lines.loc[~typed, "type"]
    lines = lines[typed]
    # a line without a value leaves its type unknown: never 0
    sums = lines.groupby(["zone", "type"])["value"].agg(lambda s: s.sum(skipna=False))
    values = {(str(at[0]), str(at[1])): float(x) for at, x in sums.items()}  # type: ignore[index]
    extent = change.extent_close
    v = {
        zone: {
            code: values.get((zone, code), 0.0) / float(extent[z, i])  # of a whole account, no line: no such service
            for i, code in enumerate(change.types)
            if extent[z, i] > 0
        }
        for z, zone in enumerate(change.zones)
    }
    return _Worth(v, factor, ("", ""), said, tuple(dict.fromkeys(map(str, apart))))


def _factor(case: Case, change: Transitions) -> tuple[float, tuple[str, str]]:
    """The annuity factor by the settlement's own terms, else the study's asset_value; NaN and why where neither is."""
    day = _last_day(change.close)
    try:
        rate = rate_on(case, "discount_rate", "1", day).number
        years = rate_on(case, "horizon", "a", day).number
        return annuity_factor(float(rate), int(years)), stated(float(rate), int(years))
    except GepError as error:
        said = case.accounts.asset_value if case.accounts is not None else None
        if said is None:
            zh = "现值未算：写 asset_value，或本结算的 terms discount_rate、horizon"
            en = f"no present value: say asset_value, or terms discount_rate and horizon ({error.faults[0].code})"
            return math.nan, (zh, en)
        due = said.timing == "due"
        return annuity_factor(said.rate, said.horizon, due), stated(said.rate, said.horizon, due)


def _registered(projects: list[Project], change: Transitions) -> dict[tuple[str, str], float]:
    """m² by (zone, group) of lasting occupation between the two dates."""
    out: dict[tuple[str, str], float] = {}
    for p in projects:
        if change.open < p.date.year <= change.close and not p.flags["temporary"]:
            at = p.zone, LANDS[p.land].group
            out[at] = out.get(at, 0.0) + float(p.area)
    return out


def _rows(
    case: Case, change: Transitions, z: int, zone: str, charges: Mapping[str, _Rate], worth: _Worth,
    registered: Mapping[tuple[str, str], float] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    moved, all_ = believed(change)[z], change.all[z]
    built = [j for j, code in enumerate(change.types) if code.startswith(BUILT)]
    rows = []
    for group, (zh, en) in GROUPS.items():
        of = [i for i, code in enumerate(change.types) if mapped(code)[0] == group]
        cells = {(change.types[i], change.types[j]): float(moved[i, j]) for i in of for j in built if moved[i, j]}
        area, everything = math.fsum(cells.values()), float(sum(all_[i, j] for i in of for j in built))
        known = None if registered is None else registered.get((zone, group), 0.0)
        if not everything and not known:
            continue
        charge = _charge(cells, charges)
        gep = math.nan if worth.why[0] else lost_gep(cells, worth.v.get(zone, {}))
        rows.append({
            "open": change.open, "close": change.close, "zone": zone, "zone_name": case.parties.name(zone),
            "land_class": group, "land_zh": zh, "land_en": en, "area_map_m2": area,
            "area_doubtful_m2": everything - area, "area_registered_m2": math.nan if known is None else known,
            "area_unregistered_m2": math.nan if known is None else area - known, "charge_shadow_yuan": charge,
            "gep_lost_yuan_a": gep, "gep_lost_pv_yuan": gep * worth.factor,
        })  # fmt: skip
    return rows


def _charge(cells: Mapping[tuple[str, str], float], charges: Mapping[str, _Rate]) -> float:
    total = Decimal(0)
    for (code, _), m2 in cells.items():
        rate = charges[code].value
        if rate is None:
            return math.nan
        total += dec(m2) * rate
    return float(total)


COLUMNS = ("open", "close", "zone", "zone_name", "land_class", "land_zh", "land_en", "area_map_m2", "area_doubtful_m2",
           "area_registered_m2", "area_unregistered_m2", "charge_shadow_yuan", "gep_lost_yuan_a",
           "gep_lost_pv_yuan")  # fmt: skip


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({c: "float64" for c in COLUMNS if c.endswith(("_m2", "_yuan", "_yuan_a"))})


def _missing(
    case: Case, charges: Mapping[str, _Rate], worth: _Worth, registered: object, table: pd.DataFrame
) -> tuple[Words, ...]:
    """What the table could not say, once each."""
    lacking = [r.why for r in charges.values() if r.value is None] if table["charge_shadow_yuan"].isna().any() else []
    said = [("影子税费：" + zh, "shadow charge: " + en) for zh, en in lacking]
    if registered is None:
        said.append(("没有占用项目台账，不知登记面积", "no register of projects: area registered is not known"))
    if worth.why[0]:
        said.append(("损失的 GEP：" + worth.why[0], "lost GEP: " + worth.why[1]))
    elif table["gep_lost_yuan_a"].isna().any():
        zh, en = "有的类型期末无面积或某项服务缺值", "a type has no area left, or a service no value"
        said.append(("损失的 GEP：" + zh, "lost GEP: " + en))
    if worth.untyped:
        names = "、".join(worth.untyped)
        said.append((f"损失的 GEP 不含不分类型的服务：{names}", f"lost GEP leaves out what has no type: {names}"))
    if math.isnan(worth.factor):
        said.append(worth.said)
    return tuple(Words(f"{case.rule.zh}：{zh}", f"{case.rule.en}: {en}") for zh, en in dict.fromkeys(said))


RULES = (
    Rule(
        "occupation_compensation", "建设占用补偿测算", "Occupation of ecological space", "occupation",
        "ΔGEP = Σ area_ij·(v_i − v_j)；PV = ΔGEP·(1−(1+r)^−n)/r；与法定税费并列，不相加", settle, ("dated",),
        "FarmlandTaxLaw2018", "art. 3, 4",
        tables=(Table(PROJECTS.role, PROJECTS.zh, PROJECTS.en, PROJECTS.expected, required=False),),
        terms=(
            Term("farmland_tax", "yuan/m²", "本县适用税额 t", "the county's rate t", "占用地类 / class of land"),
            Term("arable_per_capita", "mu/person", "人均耕地", "farmland per person"),
            Term("forest_fee", "yuan/m²", "森林植被恢复费基准", "base of the forest fee", "林地类型 / kind of forest"),
            Term("wetland_fee", "yuan/m²", "湿地恢复费标准", "rate of the wetland fee"),
            Term("discount_rate", "1", "折现率，本县给出，缺省用 asset_value", "discount rate, else asset_value's"),
            Term("horizon", "a", "年限，本县给出，缺省用 asset_value", "years, else asset_value's"),
        ),
        needs=("transitions", "ledger"),
        note_zh="只用可信的变化；影子税费不含加按、倍数和减免，遥感不使任何人欠缴；不分类型的服务不在 v 内",
        note_en="believed change only; the shadow charge knows no uplift, multiplier or exemption, and remote sensing "
                "makes nobody owe; services that have no ecosystem type are not in v",
    ),
)  # fmt: skip
