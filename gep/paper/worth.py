"""Values as reports print them under their totals: by account and service, by area, by grade; ranks and gaps."""

from __future__ import annotations

from collections.abc import Sequence

from gep.columns import GRADES
from gep.paper import splitting
from gep.paper.facts import MONEY, Facts, per
from gep.paper.nouns import Figure, Made, Piece, Rows, figure
from gep.report.tables import ACCOUNTS


def valued(facts: Facts, period: int, **where: str) -> Piece:
    """facts.value, or "–" where the account has no such line at all."""
    one = facts.value(period, **where)
    return splitting.NONE if one.value is None and not has_line(facts, period, **where) else one


def has_line(facts: Facts, period: int, **where: str) -> bool:
    """Whether a counted line stands there, valued or missing: by period with zone, service, account."""

    def make() -> set[tuple[object, ...]]:
        rows = facts.work[facts.work["in_gep"]][["period", "zone", "service", "account"]].drop_duplicates()
        out: set[tuple[object, ...]] = set()
        for year, zone, service, account in rows.itertuples(index=False, name=None):
            for z in (zone, ""):
                out |= {(year, z, service, account), (year, z, service, ""), (year, z, "", account), (year, z, "", "")}
        return out

    key = (period, where.get("zone", ""), where.get("service", ""), where.get("account", ""))
    return key in facts.once("lines there", make)


def lost(facts: Facts) -> set[tuple[int, str, str]]:
    """(period, zone or "", service) with a counted line that the ledger says is missing."""

    def make() -> set[tuple[int, str, str]]:
        rows = facts.work[facts.work["in_gep"] & (facts.work["absent"] > 0)]
        found = rows[["period", "zone", "service"]].drop_duplicates().itertuples(index=False, name=None)
        return {(int(p), at, str(s)) for p, z, s in found for at in (str(z), "")}

    return facts.once("lost", make)


def nil(one: Piece) -> bool:
    """Whether a figure is printed as nothing but noughts."""
    return isinstance(one, Figure) and one.value is not None and not one.text.strip("+-0.,")


def fair(numbers: Sequence[Figure], whole: Figure) -> bool:
    """Whether parts have shares of the whole: it is above 0 and no part below."""
    return bool(whole.value and whole.value > 0) and all((one.value or 0.0) >= 0 for one in numbers)


def rated(rate: Figure, moved: Piece, base: Figure) -> Piece:
    """A rate of change as printed beside the change; "–" where it would tell of less than nothing, or of a change that
    is printed as 0."""
    if base.value is not None and base.value <= 0:
        return splitting.NONE
    return splitting.NONE if nil(moved) and not nil(rate) else rate


def gaps(facts: Facts, zone: str, periods: Sequence[int]) -> str:
    """A sentence on services without a whole value in the place; "" where all are whole."""
    out = []
    for period in periods:
        for service in facts.services:
            where = {"zone": zone, "service": service}
            if has_line(facts, period, **where) and (status := facts.status(period, **where)) != "ok":
                out.append(
                    f"{period} {facts.service_name(service)}{facts.say('（', ' (')}{facts.label(status)}"
                    f"{facts.say('）', ')')}"
                )
    if not out:
        return ""
    listed = facts.say("、", ", ").join(out)
    return facts.say(
        f"缺数或不全：{listed}，合计不含所缺部分。", f"Missing or not whole: {listed}; totals are without it."
    )


def gaps_by_zone(facts: Facts, period: int) -> str:
    """Which townships have a total without some missing part; "" where none has."""
    some = [facts.zone_name(z) for z in facts.zones_by_id if facts.status(period, zone=z) != "ok"]
    if not some:
        return ""
    listed = facts.say("、", ", ").join(some)
    return facts.say(
        f"缺数、合计不含所缺部分的乡镇：{listed}。", f"Townships whose total lacks a missing part: {listed}."
    )


def rank(figures: Sequence[Figure]) -> Figure:
    """The place of the first among all, the largest being 1."""
    own = figures[0].value
    number = None if own is None else 1.0 + sum(one.value is not None and one.value > own for one in figures[1:])
    return figure(number, Made("rank", tuple(one.trace for one in figures)), decimals=0)


def groups(facts: Facts, zone: str) -> list[tuple[str, list[str]]]:
    """Accounts with those of their services that the place has in some period."""
    there = [s for s in facts.services if any(has_line(facts, p, zone=zone, service=s) for p in facts.periods)]
    groups = [(a, [s for s in there if facts.account_of(s) == a]) for a in ACCOUNTS]
    return [(a, services) for a, services in groups if services]


def by_service(facts: Facts, period: int, zone: str) -> dict[str, tuple[Piece, Piece]]:
    """Value and share as printed under the total, by "account:<id>" and service id; "" is the total. Shares only
    of a whole account ("–" otherwise)."""

    def make() -> dict[str, tuple[Piece, Piece]]:
        found, of = groups(facts, zone), {"zone": zone}
        keys = [key for a, services in found for key in (f"account:{a}", *services)] + [""]

        def share(where: dict[str, str]) -> Piece:
            one = facts.share(period, {**of, **where}, of, 2)
            return splitting.NONE if one.value is None and not has_line(facts, period, **of, **where) else one

        money = nested(
            [
                (valued(facts, period, zone=zone, account=a), [valued(facts, period, zone=zone, service=s) for s in ss])
                for a, ss in found
            ],
            facts.value(period, zone=zone),
        )
        if not shared(facts, period, zone):
            return {key: (one, splitting.NONE) for key, one in zip(keys, money, strict=True)}
        shares = nested([(share({"account": a}), [share({"service": s}) for s in ss]) for a, ss in found], share({}))
        return dict(zip(keys, zip(money, shares, strict=True), strict=True))

    return facts.once(f"by service {period} {zone}", make)


def shared(facts: Facts, period: int, zone: str) -> bool:
    """Whether services have shares of the place's total: the account is whole, the total above 0, no part below."""
    there = [facts.value(period, zone=zone, service=s) for _, services in groups(facts, zone) for s in services]
    return facts.whole and fair(there, facts.value(period, zone=zone))


def nested(groups: Sequence[tuple[Piece, list[Piece]]], total: Piece) -> list[Piece]:
    """A column: heads of groups fitted to the total, the parts of each to its head; the total last."""
    if not isinstance(total, Figure):
        return [*(piece for head, below in groups for piece in (head, *below)), total]
    out: list[Piece] = []
    for head, (_, below) in zip(splitting.parts([h for h, _ in groups], total), groups, strict=True):
        out += [head, *(splitting.parts(below, head) if isinstance(head, Figure) else below)]
    return [*out, total]


def density(facts: Facts, period: int, zone: str = "") -> Figure:
    """Value by area in the report's money per km²: over the area of the township's polygon."""
    number = polygons(facts).get((period, zone))
    where: tuple[tuple[str, object], ...] = (("group", "polygon"), ("period", period))
    trace = Rows("totals", "area_m2", (*where, ("zone", zone)) if zone else where)
    area = figure(number, trace, stored="m²", unit="km²")
    return per(facts.value(period, zone=zone), area, "yuan/m²", f"{MONEY[facts.lang][0]}/km²", 2)


def polygons(facts: Facts) -> dict[tuple[int, str], float]:
    """(period, zone or "") → m² of the townships' polygons."""
    return facts.once("polygons", lambda: _polygons(facts))


def _polygons(facts: Facts) -> dict[tuple[int, str], float]:
    table = facts.run.ledger.totals
    out: dict[tuple[int, str], float] = {}
    for period, zone, area in table[table["group"] == "polygon"][["period", "zone", "area_m2"]].itertuples(
        index=False, name=None
    ):
        for at in {str(zone), ""}:
            out[int(period), at] = out.get((int(period), at), 0.0) + float(area)
    return out


def graded(facts: Facts, period: int, zone: str, grades: Sequence[str] = ()) -> Figure:
    """Sum of |value| of the counted lines of some grades (all of them unless named), in the report's money."""
    sums = facts.once("grades", lambda: _grades(facts))
    wanted = [g for g in GRADES if g in grades] if grades else list(GRADES)
    found = [sums[period, zone, g] for g in wanted if (period, zone, g) in sums]
    number = sum(found) / 100 if found else None
    where: list[tuple[str, object]] = [("period", period), ("in_gep", True)]
    where += [("zone", zone)] if zone else []
    # a valued line without a grade counts as unverified: nobody vouched for it
    where += [("confidence", (*wanted, *(("", None) if "unverified" in wanted else ())))] if grades else []
    return figure(number, Rows("ledger", "value", tuple(where), "sizes"), stored="yuan", unit=MONEY[facts.lang][0])


def _grades(facts: Facts) -> dict[tuple[int, str, str], int]:
    rows = facts.work[facts.work["in_gep"] & (facts.work["valued"] > 0)]
    out: dict[tuple[int, str, str], int] = {}
    for p, z, grade, cents in rows[["period", "zone", "confidence", "cents"]].itertuples(index=False, name=None):
        for at in {str(z), ""}:
            key = (int(p), at, grade if grade in GRADES else "unverified")
            out[key] = out.get(key, 0) + abs(int(cents))
    return out


def over(part: Figure, whole: Figure) -> Figure:
    """One figure in per cent of another."""
    number = None if part.value is None or not whole.value else part.value / whole.value
    return figure(number, Made("ratio", (part.trace, whole.trace)), stored="1", unit="%", decimals=2)


def memo_items(facts: Facts) -> list[tuple[str, str]]:
    """Service and item of the valued lines outside the total."""
    rows = facts.work[~facts.work["in_gep"] & (facts.work["valued"] > 0)]
    return list(rows[["service", "item"]].drop_duplicates().itertuples(index=False, name=None))


def memo_absent(facts: Facts) -> set[tuple[int, str, str, str]]:
    """(period, zone or "", service, item) of missing lines outside the total."""
    rows = facts.work[~facts.work["in_gep"] & (facts.work["absent"] > 0)]
    found = rows[["period", "zone", "service", "item"]].drop_duplicates().itertuples(index=False, name=None)
    return {(int(p), at, str(s), str(i)) for p, z, s, i in found for at in (str(z), "")}


def memo_sums(facts: Facts) -> dict[tuple[int, str, str, str], float]:
    """(period, zone or "", service, item) → yuan of the valued lines outside the total."""
    rows = facts.work[~facts.work["in_gep"] & (facts.work["valued"] > 0)]
    out: dict[tuple[int, str, str, str], int] = {}
    for p, z, s, i, cents in rows[["period", "zone", "service", "item", "cents"]].itertuples(index=False, name=None):
        for at in {str(z), ""}:
            out[int(p), at, s, i] = out.get((int(p), at, s, i), 0) + int(cents)
    return {key: cents / 100 for key, cents in out.items()}


def lacks_type(facts: Facts, period: int, zone: str, types: Sequence[str]) -> bool:
    """Whether a counted line of the types is missing there."""

    def make() -> set[tuple[int, str, str]]:
        rows = facts.work[facts.work["in_gep"] & (facts.work["absent"] > 0)]
        found = rows[["period", "zone", "type"]].drop_duplicates().itertuples(index=False, name=None)
        return {(int(p), at, str(t)) for p, z, t in found for at in (str(z), "")}

    return any((period, zone, t) in facts.once("lost types", make) for t in types)
