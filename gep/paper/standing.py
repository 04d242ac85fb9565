"""What stands out in an account, in words: what the rules of gep/paper/judge.py find, as figures with their rows."""

from __future__ import annotations

from gep.paper import effects
from gep.paper.chapters.change import told
from gep.paper.facts import MONEY, Facts, per
from gep.paper.judge import FIRST, Cause, Finding, apart, cause, concentrated, extremes
from gep.paper.nouns import Figure, Made, Piece, Rows, Trace, figure
from gep.paper.worth import by_service, density, graded, lost, nil, polygons, rank


def findings(facts: Facts, zone: str = "") -> tuple[Finding, ...]:
    """What stands out in a township, or in the county: the largest first."""
    found = [*_failed(facts, zone), *_lacking(facts, zone), *_changes(facts, zone), *_unverified(facts, zone)]
    found += _place(facts, zone) if zone else [*_densities(facts), *_concentration(facts)]
    return tuple(sorted(found, key=lambda one: -one.size))


def _changes(facts: Facts, zone: str) -> list[Finding]:
    """The whole change and its cause; the service with the largest change, then the largest the other way."""
    known = effects.amounts(facts)
    if (zone, "") not in known:
        return []
    moved = {s: row["change"] for s in facts.services if (row := known.get((zone, s))) and row["change"]}
    out = []
    if (found := _why(facts, zone, "")) is not None:
        out.append(found)
    if not moved:
        return out
    first = max(moved, key=lambda s: abs(moved[s]))
    other = [s for s in moved if moved[s] * moved[first] < 0]
    for service in (first, *([max(other, key=lambda s: abs(moved[s]))] if other else [])):
        if (found := _why(facts, zone, service)) is not None:
            out.append(found)
    return out


def _why(facts: Facts, zone: str, service: str) -> Finding | None:
    """A sentence on the change of a service (of the total: "") and the effect that made most of it."""
    row = effects.amounts(facts)[zone, service]
    parts = {k: float(row[k]) for k in effects.STEPS if k != "not_compared"}
    found = cause(parts)
    if found is None:
        return None
    moved = told(facts, "change", zone, service)
    if nil(moved) and service:  # a change that is printed as 0 has no cause to tell
        return None
    first, last = facts.periods[0], facts.periods[-1]
    up = row["change"] > 0
    of = tuple(Made("size", (effects.trace(facts, k, zone, service),)) for k in parts if parts[k])
    trace = Made("ratio", (Made("size", (effects.trace(facts, found.effect, zone, service),)), Made("sum", of)))
    share = figure(found.share, trace, stored="1", unit="%", decimals=1)
    name = facts.service_name(service) if service else facts.total_name
    part = bool(row["not_compared"])  # what is missing in a period is in no effect
    which = facts.say(
        f"{'上升' if up else '下降'}最多的服务是{name}" if service else f"{name}{'的可比部分' if part else ''}",
        f"The service that {'rose' if up else 'fell'} most is {name}"
        if service
        else f"{name}{', as far as comparable' if part else ''}",
    )
    pieces: list[Piece] = [
        facts.say(f"{first}—{last} 年，{which}，变化 ", f"{which}: "),
        moved,
        facts.say(
            f" {facts.money}。主要原因是{_cause_word(facts, found)}（",
            f" {facts.money} between {first} and {last}, mainly by {_cause_word(facts, found)} (",
        ),
        told(facts, found.effect, zone, service),
        facts.say(f" {facts.money}，占各项原因绝对值之和的 ", f" {facts.money}, "),
        share,
        facts.say("%）", "% of all effects by size)"),
    ]
    if nil(moved):
        pieces = [*pieces[:2], facts.say(f" {facts.money}", f" {facts.money} between {first} and {last}")]
    elif found.effect == "undivided":
        pieces.append(_money_only(facts, zone, service))
    pieces.append(facts.say("。", "."))
    return Finding("change" if service else "total", abs(row["change"]) / 100, tuple(pieces))


def _money_only(facts: Facts, zone: str, service: str) -> str:
    """Why money is not divided: there is no quantity, or it stands beside."""
    known = effects.amounts(facts)
    moved = [service] if service else [s for s in facts.services if known.get((zone, s), {}).get("undivided")]
    if any(effects.measured(facts, s) for s in moved):
        return facts.say(
            "，这部分以金额上报，没有分成数量和价格", ": its value is reported as money and is not divided"
        )
    return facts.say(
        "，这部分没有数量，分不出是量还是价",
        ": there is no quantity, so whether amount or price moved is not known",
    )


def _cause_word(facts: Facts, found: Cause) -> str:
    words = {
        "area": ("面积变化", "a change of area"),
        "intensity": ("单位面积数量变化", "a change of the yield per area"),
        "unsplit": ("数量变化", "a change of quantity"),
        "price": ("价格变化", "a change of price"),
        "outside": ("区域外产品的扣除减少", "a smaller deduction of products from outside")
        if found.amount > 0
        else ("区域外产品的扣除增加", "a larger deduction of products from outside"),
        "undivided": ("金额变化", "a change of money"),
        "definition": ("口径变化", "another definition"),
    }
    return facts.say(*words[found.effect])


def _unverified(facts: Facts, zone: str) -> list[Finding]:
    """How much of the last period's value rests on what nobody has checked against its source."""
    last = facts.periods[-1]
    whole, part = graded(facts, last, zone), graded(facts, last, zone, ["unverified", "judgement"])
    if not whole.value or not part.value:
        return []
    trace = Made("ratio", (part.trace, whole.trace))
    shares = [figure(part.value / whole.value, trace, stored="1", unit="%", decimals=d) for d in (1, 2)]
    share = shares[shares[0].text == "100.0" and part.value < whole.value]  # nearly all is not all
    return [
        Finding(
            "unverified",
            part.value,
            (
                facts.say(f"{last} 年价值中 ", f"Of the value of {last}, "),
                share,
                facts.say("%（", "% ("),
                part,
                facts.say(
                    f" {facts.money}，按绝对值计）所依据的方法、系数或价格未核实，或出于判断。",
                    f" {facts.money} by size) rests on unverified methods, coefficients or prices, or on judgement.",
                ),
            ),
        )
    ]


def _densities(facts: Facts) -> list[Finding]:
    """The townships with the largest and the smallest value per km², and the largest service of each."""
    last = facts.periods[-1]
    if not facts.whole:
        return []
    known = {z: f for z in facts.zones_by_id if (f := density(facts, last, z)).value is not None}
    ends = extremes({z: f.value for z, f in known.items() if f.value is not None})
    if ends is None:
        return []
    pieces: list[Piece] = [facts.say(f"{last} 年单位面积价值", f"Value per km² in {last}: ")]
    for n, (zone, zh, en) in enumerate(zip(ends, ("最大", "最小"), ("largest", "smallest"), strict=True)):
        of = {s: v for s in facts.services if (v := facts.value(last, zone=zone, service=s).value) is not None}
        largest = max(of, key=lambda s: of[s])
        share = by_service(facts, last, zone)[largest][1]
        of_it: tuple[Piece, ...] = (
            facts.say(f"，{facts.service_name(largest)}占 ", f", {facts.service_name(largest)} "),
            share,
            "%",
        )
        pieces += [
            facts.say(
                f"{'，' if n else ''}{zh}的是{facts.zone_name(zone)}（",
                f"{'; ' if n else ''}{en} in {facts.zone_name(zone)} (",
            ),
            known[zone],
            f" {facts.money}/km²",
            *(of_it if isinstance(share, Figure) else ()),
            facts.say("）", ")"),
        ]
    value = facts.value(last, zone=ends[0]).value or 0.0
    return [Finding("density", abs(value), (*pieces, facts.say("。", ".")))]


def _concentration(facts: Facts) -> list[Finding]:
    """The service of which one township has the largest share."""
    last = facts.periods[-1]
    values = {
        (s, z): v
        for s in facts.services
        if (last, "", s) not in lost(facts)  # with a township missing nobody knows the shares
        for z in facts.zones_by_id
        if (v := facts.value(last, zone=z, service=s).value) is not None
    }
    found = concentrated(values)
    if found is None:
        return []
    service, zone, _ = found
    return [
        Finding(
            "concentration",
            values[service, zone],
            (
                facts.say(
                    f"最集中的服务是{facts.service_name(service)}：{last} 年其价值的 ",
                    f"The most concentrated service is {facts.service_name(service)}: in {last}, ",
                ),
                facts.share(last, {"zone": zone, "service": service}, {"service": service}),
                facts.say(f"% 在{facts.zone_name(zone)}。", f"% of its value is in {facts.zone_name(zone)}."),
            ),
        )
    ]


def _place(facts: Facts, zone: str) -> list[Finding]:
    """A township beside the county: its value per km² and the service that sets it apart; its largest share."""
    last, n = facts.periods[-1], len(facts.zones_by_id)
    own, county = density(facts, last, zone), density(facts, last)
    if not facts.whole or n < 2 or not own.value or not county.value:
        return []
    name = facts.zone_name(zone)
    place = rank([own, *(density(facts, last, z) for z in facts.zones_by_id if z != zone)])
    above = own.value > county.value
    pieces: list[Piece] = [
        facts.say(f"{name} {last} 年单位面积价值 ", f"Value per km² of {name} in {last}: "),
        own,
        facts.say(f" {facts.money}/km²，在 {n} 个乡镇中列第 ", f" {facts.money}/km², number "),
        place,
        facts.say(
            f" 位，{'高' if above else '低'}于全县的 ",
            f" of {n} townships, {'above' if above else 'below'} the county's ",
        ),
        county,
    ]
    values = [
        {s: v for s in facts.services if (v := facts.value(last, zone=z, service=s).value) is not None}
        for z in (zone, "")
    ]
    areas = polygons(facts)
    service = apart(values[0], areas[last, zone], values[1], areas[last, ""])
    if service is not None and service in values[0]:
        pieces += [
            facts.say(
                f"，差别最大的是{facts.service_name(service)}（每 km² ",
                f"; {facts.service_name(service)} differs most (",
            ),
            _gap(facts, last, zone, service),
            facts.say(f" {facts.money}）", f" {facts.money} per km²)"),
        ]
    elif service is not None:
        pieces.append(
            facts.say(
                f"，差别最大的是{facts.service_name(service)}：本乡镇没有",
                f"; {facts.service_name(service)} differs most: the township has none",
            )
        )
    out = [Finding("density", abs(facts.value(last, zone=zone).value or 0.0), (*pieces, facts.say("。", ".")))]
    parts = {
        s: v / values[1][s]
        for s, v in values[0].items()
        if values[1].get(s, 0) > 0 and v > 0 and (last, "", s) not in lost(facts)
    }
    if parts:
        most = max(parts, key=lambda s: parts[s])
        out.append(
            Finding(
                "share",
                values[0][most],
                (
                    facts.say(
                        f"{name}占全县份额最大的服务是{facts.service_name(most)}：{last} 年占全县的 ",
                        f"The service of which {name} has the largest share is {facts.service_name(most)}: ",
                    ),
                    facts.share(last, {"zone": zone, "service": most}, {"service": most}),
                    facts.say("%。", f"% of the county's in {last}."),
                ),
            )
        )
    return out


def _gap(facts: Facts, period: int, zone: str, service: str) -> Figure:
    """Value per km² of a service in a township minus that of the county, with its sign."""
    money = MONEY[facts.lang][0]
    sides = []
    for z in (zone, ""):
        area = density(facts, period, z).trace
        assert isinstance(area, Made)
        under = figure(polygons(facts)[period, z], area.of[1], stored="m²", unit="km²")
        sides.append(per(facts.value(period, zone=z, service=service), under, "yuan/m²", f"{money}/km²"))
    number = None if any(s.value is None for s in sides) else (sides[0].value or 0.0) - (sides[1].value or 0.0)
    return figure(
        number, Made("difference", tuple(s.trace for s in sides)), stored="yuan/m²", unit=f"{money}/km²", sign=True
    )


def _lacking(facts: Facts, zone: str) -> list[Finding]:
    """Counted lines without a value, service by service, with what the run says is lacking."""
    rows = facts.work[facts.work["in_gep"] & (facts.work["absent"] > 0)]
    rows = rows[rows["zone"] == zone] if zone else rows
    out = []
    for service in facts.services:
        mine = rows[rows["service"] == service]
        for period, part in mine.groupby("period"):
            where: tuple[tuple[str, object], ...] = (
                ("period", int(period)),
                ("in_gep", True),
                ("service", service),
                ("status", "missing"),
                *((("zone", zone),) if zone else ()),
            )
            n = facts.count(Rows("ledger", "status", where, "count"), len(part))
            notes = list(dict.fromkeys(facts.say(*_both(note)) for note in part["note"] if note))
            said = facts.say("：", ": ") + facts.say("；", "; ").join(notes[:2]) if notes else ""
            out.append(
                Finding(
                    "missing",
                    FIRST,
                    (
                        f"{int(period)} {facts.service_name(service)}{facts.say('缺 ', ' lacks ')}",
                        n,
                        facts.say(f" 行的值{said}；补上后重新核算。", f" values{said}; supply them and run again."),
                    ),
                )
            )
    names = [facts.service_name(s) for s in (facts.meta.get("completeness") or {}).get("lacking_services") or ()]
    if names and not zone:
        out.append(
            Finding(
                "missing",
                FIRST,
                (
                    facts.say(
                        f"口径要求而没有核算的服务：{'、'.join(names)}；"
                        "在任务书 services 下补上方法和数据，或说明不适用。",
                        f"Services of the profile not accounted: {', '.join(names)}; add method and data under"
                        " services in the study, or declare them not applicable.",
                    ),
                ),
            )
        )
    return out


def _both(note: str) -> tuple[str, str]:
    zh, _, en = note.partition(" / ")
    return zh, en or zh


def _failed(facts: Facts, zone: str) -> list[Finding]:
    """Identities that do not hold, each with its difference; they are the county's."""
    out = []
    for check in facts.run.checks if not zone else []:
        if check["passed"]:
            continue
        trace: Trace = Rows("checks", "difference", (("id", check["id"]), ("period", check["period"])))
        same = [c for c in facts.run.checks if (c["id"], c["period"]) == (check["id"], check["period"])]
        difference = figure(sum(c["difference"] for c in same), trace, decimals=6)
        out.append(
            Finding(
                "identity",
                FIRST,
                (
                    facts.say(
                        f"恒等式不成立（{check['period']} 年）：{check['zh']}，相差 ",
                        f"An identity does not hold in {check['period']}: {check['en']}, difference ",
                    ),
                    difference,
                    facts.say("；查明以前不要使用这些数。", "; do not use these numbers before the reason is known."),
                ),
            )
        )
    return out
