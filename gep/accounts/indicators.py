"""What is read off an account: density, per person, structure, realised value, growth, and the county's GEP/GDP.

None of these is made from a partial account: where a counted line is missing, or a service of the profile is neither
accounted nor declared not applicable, GEP, densities, shares and ratios are not given and say what is lacking. GEP and
GDP are never added (products and tourism stand in both); townships have no official GDP: GEP/GDP is the county's only.
Source: accounts.md §6.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep import units
from gep.accounts.decompose import DIVIDED, decompose
from gep.accounts.deduction import ITEM as OUTSIDE
from gep.accounts.ledger import cents
from gep.errors import GepError, fault
from gep.profiles import counted, entry, role
from gep.services import registry

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("period", "zone", "zone_name", "indicator", "zh", "en", "value", "unit", "note", "status")
COUNTY = ""  # the zone of county rows
REALISED = ("provisioning", "cultural")
_KM2 = units.factor("m²", "km²")
_ACCOUNTS = {"provisioning": ("物质供给", "provisioning"), "regulating": ("调节服务", "regulating"),
             "cultural": ("文化服务", "cultural")}  # fmt: skip
_Statistics = Mapping[tuple[str, str], float]  # (zone, column) → number
_GDP = ("gdp", "地区生产总值", "国内生产总值", "生产总值")
_POPULATION = ("population", "人口", "常住人口", "户籍人口", "总人口")
_KEYS = {
    "enterprise_value_added": (
        "gep_per_enterprise_value_added",
        "GEP/规上企业增加值",
        "GEP per enterprise value added",
    ),
    "fiscal_revenue": ("gep_per_fiscal_revenue", "GEP/财政收入", "GEP per fiscal revenue"),
}


@dataclass(frozen=True)
class Completeness:
    """Whether an account is whole: ids of services that the profile counts and nobody accounted, and missing lines.

    `missing_lines`: (period, zone, type, service, item) of counted lines without a value.
    """

    complete: bool
    lacking_services: tuple[str, ...] = ()
    missing_lines: tuple[tuple[int, str, str, str, str], ...] = ()
    profile: str = ""

    @property
    def note(self) -> str:
        """部分核算 / partial account, and what it lacks; "" for a whole one."""
        if self.complete:
            return ""
        pairs = [entry(self.profile, id) or registry().get(id) for id in self.lacking_services]
        zh = [p.zh if p else id for p, id in zip(pairs, self.lacking_services, strict=True)]
        en = [p.en if p else id for p, id in zip(pairs, self.lacking_services, strict=True)]
        n = len(self.missing_lines)
        said_zh = [f"缺服务 {'、'.join(zh)}"] * bool(zh) + [f"缺值 {n} 行"] * bool(n)
        said_en = [f"lacks {', '.join(en)}"] * bool(en) + [f"{n} lines missing"] * bool(n)
        return f"部分核算：{'；'.join(said_zh)} / partial account: {'; '.join(said_en)}"

    def to_dict(self) -> dict[str, Any]:
        """For run.json: complete, lacking_services, missing_lines (their number)."""
        return {
            "complete": self.complete,
            "lacking_services": list(self.lacking_services),
            "missing_lines": len(self.missing_lines),
        }


def completeness(study: Any, ledger: pd.DataFrame, period: int | None = None) -> Completeness:
    """Hold a ledger against what its profile counts; `period` looks at one period only.

    Lacking: a service that counts (by profile and study), has no counted line, and is not in `not_applicable`. A study
    may say that it shows a counted service as a memo (`role: memo`): a departure, told elsewhere, not a lack. Missing:
    every counted line without a value, but for items that the county has none of (`without`). Nothing is never whole.
    """
    rows = ledger if period is None else ledger[ledger["period"] == period]
    rows = rows[rows["in_gep"].astype(bool)]
    wanted = [*counted(study.profile), *(id for id in study.services if entry(study.profile, id) is None)]
    there = [set(part.loc[part["item"] != OUTSIDE, "service"]) for _, part in rows.groupby("period")]
    lacking = tuple(
        id
        for id in dict.fromkeys(wanted)
        if role(study, id) == "in" and id not in study.not_applicable and not (there and all(id in t for t in there))
    )
    none = {(id, item) for id, choice in study.services.items() for item in choice.without}
    keys = rows.loc[rows["value"].isna(), ["period", "zone", "type", "service", "item"]].fillna("")
    lines = tuple(
        (int(p), str(z), str(t), str(s), str(i))
        for p, z, t, s, i in keys.itertuples(index=False, name=None)
        if (s, i) not in none
    )
    return Completeness(bool(there) and not lacking and not lines, lacking, lines, study.profile)


def indicators(
    ledger: pd.DataFrame,
    areas: Mapping[str, float],
    *,
    complete: Completeness | Mapping[int, Completeness],
    zone_statistics: Mapping[int, pd.DataFrame] | None = None,
    county: Mapping[int, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """All indicators of a ledger, one row a period × zone × indicator (zone "" is the county): see COLUMNS.

    areas: zone → polygon m². zone_statistics, county: the tables of that name by period (zone ids matched; money in
    yuan; county rows item, quantity, unit). status: ok · partial (partial account: value NaN) · missing (an input is
    lacking: value NaN). Notes are Chinese / English. Raises GepError GEP-N001 (area), GEP-N002, GEP-N003 (county).
    """
    import pandas as pd

    rows = ledger[ledger["in_gep"].astype(bool)]
    zones = dict(rows[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None))
    gaps = [z for z in zones if not areas.get(z, 0) > 0]
    if gaps:
        raise GepError(fault("GEP-N001", zones="、".join(gaps[:5])))
    out: list[tuple[Any, ...]] = []
    known = sorted(int(p) for p in rows["period"].unique())
    states = {p: complete if isinstance(complete, Completeness) else complete[p] for p in known}
    for period in known:
        at = _Place(rows[rows["period"] == period], areas, zones)
        stats = _statistics((zone_statistics or {}).get(period))
        figures = (county or {}).get(period)
        for zone in (COUNTY, *zones):
            found = [*at.of_account(zone), *_ratios(at, zone, stats, figures)]
            out += [_row(period, zone, zones, one, states[period]) for one in found]
    for first, second in itertools.pairwise(known):
        state = states[second] if states[first].complete else states[first]
        for zone, found in _growth(rows, first, second, zones):
            out.append(_row(second, zone, zones, found, state))
    return pd.DataFrame(out, columns=list(COLUMNS))


@dataclass(frozen=True)
class _One:
    """An indicator before it is known whether the account is whole: value None where an input is lacking (`note`)."""

    id: str
    zh: str
    en: str
    value: float | None
    unit: str
    note: str = ""


def _row(period: int, zone: str, zones: Mapping[str, str], one: _One, state: Completeness) -> tuple[Any, ...]:
    name = zones.get(zone, "全县 / county") if zone else "全县 / county"
    head = (period, zone, name, one.id, one.zh, one.en)
    if not state.complete:
        return (*head, float("nan"), one.unit, state.note, "partial")
    if one.value is None:
        return (*head, float("nan"), one.unit, one.note, "missing")
    return (*head, one.value, one.unit, one.note, "ok")


class _Place:
    """Money of one period, in whole cents: by zone and for the county, in all, by account and by service."""

    def __init__(self, rows: pd.DataFrame, areas: Mapping[str, float], zones: Mapping[str, str]):
        self.areas, self.zones = areas, zones
        profile = str(rows["profile"].iloc[0] or "")
        self.words = {id: _service(id, profile) for id in rows["service"].unique()}
        work = rows.assign(_cents=cents(rows["value"]))
        self.sums: dict[tuple[str, str], dict[str, int]] = {}
        for column in ("account", "service"):
            for id, value in work.groupby(column, sort=False)["_cents"].sum().items():
                self.sums.setdefault((COUNTY, column), {})[str(id)] = int(value)
            for (zone, id), value in work.groupby(["zone", column], sort=False)["_cents"].sum().items():
                self.sums.setdefault((zone, column), {})[str(id)] = int(value)

    def gep(self, zone: str) -> float:
        """GEP, yuan."""
        return sum(self.sums.get((zone, "account"), {}).values()) / 100

    def of_account(self, zone: str) -> list[_One]:
        """GEP, density, realised value and structure."""
        gep, accounts = self.gep(zone), self.sums.get((zone, "account"), {})
        km2 = (sum(self.areas[z] for z in self.zones) if zone == COUNTY else self.areas[zone]) * _KM2
        realised = sum(accounts.get(id, 0) for id in REALISED) / 100
        zero = "" if gep else "GEP 为 0 / GEP is 0"
        share = realised / gep if gep else None
        out = [
            _One("gep", "生态产品总值", "GEP", gep, "yuan"),
            _One("gep_density", "单位面积GEP", "GEP per km²", gep / km2, "yuan/km²"),
            _One("realised", "已转化价值（物质 + 文化）", "Realised value (provisioning + cultural)", realised, "yuan"),
            _One("realised_share", "转化率", "Realised share", share, "1", zero),
        ]
        for column, words in (("account", _ACCOUNTS), ("service", self.words)):
            for id, value in self.sums.get((zone, column), {}).items():
                zh, en = words[id]
                share = value / 100 / gep if gep else None
                out.append(_One(f"share.{column}.{id}", f"构成：{zh}", f"Share: {en}", share, "1", zero))
        return out


def _service(id: str, profile: str) -> tuple[str, str]:
    said = entry(profile, id) or registry().get(id)
    return (said.zh, said.en) if said else (id, id)


def _ratios(at: _Place, zone: str, stats: _Statistics, figures: pd.DataFrame | None) -> list[_One]:
    """Per person; for a zone per enterprise value added and fiscal revenue, for the county per GDP."""
    gep = at.gep(zone)
    people, lack = _people(at.zones, zone, stats, figures)
    out = [_per("gep_per_person", "人均GEP", "GEP per person", gep, people, "yuan/person", lack)]
    if zone != COUNTY:
        for column, (id, zh, en) in _KEYS.items():
            out.append(_per(id, zh, en, gep, stats.get((zone, column)), "1", _lack(column)))
        return out
    gdp = _figure(figures, _GDP, "yuan")
    note = "GDP 为当年价；GEP 与 GDP 不相加 / GDP in money of its year; GEP and GDP are never added"
    one = _per(
        "ggi", "GEP/GDP（GGI）", "GEP/GDP (GGI)", gep, gdp, "1", "缺表 county 的 gdp / the table county lacks gdp"
    )
    return [*out, _One(one.id, one.zh, one.en, one.value, one.unit, one.note or note)]


def _per(id: str, zh: str, en: str, gep: float, by: float | None, unit: str, lack: str) -> _One:
    if by is None:
        return _One(id, zh, en, None, unit, lack)
    if not by > 0:
        return _One(id, zh, en, None, unit, f"除数为 {by:g} / the divisor is {by:g}")
    return _One(id, zh, en, gep / by, unit)


def _statistics(stats: pd.DataFrame | None) -> _Statistics:
    """The numbers of zone_statistics by (zone, column); a zone that stands there twice has none."""
    if stats is None:
        return {}
    table = stats.assign(zone=stats["zone"].astype(str)).drop_duplicates("zone", keep=False).set_index("zone")
    columns = [c for c in ("population", *_KEYS) if c in table]
    return {(str(z), c): float(v) for c in columns for z, v in table[c].dropna().items()}


def _lack(column: str) -> str:
    return f"缺表 zone_statistics 的 {column} / the table zone_statistics lacks {column}"


def _people(
    zones: Iterable[str], zone: str, stats: _Statistics, figures: pd.DataFrame | None
) -> tuple[float | None, str]:
    """Population of a zone or the county: the county's own figure, else Σ zones where all of them have one."""
    if zone != COUNTY:
        return stats.get((zone, "population")), _lack("population")
    said = _figure(figures, _POPULATION, "person")
    if said is not None:
        return said, ""
    each = [stats.get((z, "population")) for z in zones]
    known = [v for v in each if v is not None]
    lack = "缺人口（表 county，或各乡镇的 zone_statistics） / no population (county, or zone_statistics of all zones)"
    return (sum(known) if len(known) == len(each) else None), lack


def _figure(figures: pd.DataFrame | None, names: tuple[str, ...], want: str) -> float | None:
    """The one figure of that name in the county table, in the unit wanted; None where there is none."""
    if figures is None or not len(figures):
        return None
    rows = figures[figures["item"].map(lambda said: str(said).strip().casefold() in names)]
    rows = rows[rows["quantity"].notna()]
    if not len(rows):
        return None
    at = {"file": figures.attrs.get("file", ""), "table": "county", "item": rows["item"].iloc[0]}
    if len(rows) > 1:
        raise GepError(fault("GEP-N003", **at, n=len(rows)))
    unit = str(rows["unit"].iloc[0] if "unit" in rows and rows["unit"].notna().iloc[0] else "")
    for tried in (want, f"{want}/a"):
        try:
            return float(rows["quantity"].iloc[0]) * units.factor(unit, tried)
        except ValueError:
            continue
    raise GepError(fault("GEP-N002", **at, unit=unit, want=want))


def _growth(rows: pd.DataFrame, first: int, second: int, zones: Mapping[str, str]) -> list[tuple[str, _One]]:
    """Growth at constant prices and the implicit index between two periods, over the lines that divide."""
    change = decompose(rows[rows["period"] == first], rows[rows["period"] == second])
    inside = change.lines["kind"].isin(DIVIDED)
    lines, out_of = change.lines[inside], change.lines[~inside]
    sums = {str(z): tuple(map(int, v)) for z, *v in
            lines.groupby("zone")[["v0", "constant", "v1"]].sum().itertuples(name=None)}  # fmt: skip
    sums[COUNTY] = tuple(sum(v[n] for v in sums.values()) for n in range(3))
    lost = out_of[["zone", "service_name"]].drop_duplicates()
    left = {str(z): list(names) for z, names in lost.groupby("zone", sort=False)["service_name"]}
    left[COUNTY] = list(dict.fromkeys(lost["service_name"]))
    said = f"对 {first} 年，按其核算所用价格 / against {first}, at the prices of its account"
    none = f"没有可比的行 / no line to compare, {first}"
    out = []
    for zone in (COUNTY, *zones):
        v0, constant, v1 = sums.get(zone, (0, 0, 0))
        note = said
        if left.get(zone):
            note += f"；不含不能拆分的行 / without lines that do not divide: {'、'.join(left[zone])}"
        for id, zh, en, over, by in (
            ("growth_constant_price", "不变价增长率", "Growth at constant prices", constant - v0, v0),
            ("implicit_price_index", "隐含价格指数", "Implicit price index", v1, constant),
        ):
            out.append((zone, _One(id, zh, en, over / by if by > 0 else None, "1", note if by > 0 else none)))
    return out
