"""Water rights: entitlement, use, headroom and what may be sold, by township and holder; new demands.

headroom = cap − use; u = use ÷ cap; transferable = max(0, permit − verified use), and of it no
more than the documented saving (取水许可条例 27条: only saved water, within the permit's term and limit).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pandas as pd

from gep.compensation.nouns import Case, Identity, Outcome
from gep.compensation.rows import Reader, Row, number, plain
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.sharing import shares, split
from gep.errors import fault
from gep.intake.expect import Expect, Expected

LITRE = 3  # digits of a m³ that are kept: what the conversion of 万m³ leaves behind them is not water
WEIGHED = ("population", "irrigated_area", "industrial_va", "present_use")
STATES = {
    "ok": ("正常", "within its right"),
    "warning": ("预警", "near its right"),
    "blocked": ("达到总量：新增用水须经水权交易", "at the cap: new demand only by trade"),
    "missing": ("缺数据", "figures missing"),
}
DECISIONS = {
    "granted": ("可受理", "may be granted"),
    "blocked": ("不予新增，须经水权交易", "blocked: only by trade"),
    "over_headroom": ("超出余量", "beyond the headroom"),
    "missing": ("缺数据，无法判定", "not decided: figures missing"),
}


def transferable(permit: Decimal, use: Decimal, saving: Decimal) -> Decimal:
    """What a holder may sell, m³: min(max(0, permit − verified use), documented saving)."""
    return min(max(Decimal(0), permit - use), saving)


def standing(cap: Decimal, use: Decimal, warning: Decimal, blocked: Decimal) -> tuple[Decimal | None, str]:
    """(u = use ÷ cap, "ok" below `warning`, "warning" below `blocked`, "blocked" from there on). A cap of 0 blocks."""
    if cap == 0:
        return None, "blocked"
    u = use / cap
    return u, "blocked" if u >= blocked else "warning" if u >= warning else "ok"


def allocate(
    cap: Decimal, least: Sequence[Decimal], x: Sequence[Sequence[Decimal]], w: Sequence[Decimal], step: Decimal
) -> list[Decimal]:
    """The district's `cap` (m³) to townships: the minimum domestic supply first, the rest by Σ_k w_k·x_ik ÷ Σ_i x_ik.

    Sums to `cap` exactly, the rest in multiples of `step`. Raises ValueError where cap < Σ least, and as `shares`.
    """
    rest = cap - sum(least, Decimal(0))
    if rest < 0:
        raise ValueError(f"{cap} is less than the minimum supply of all, {cap - rest}")
    return [a + b for a, b in zip(least, split(rest, shares(x, w), step), strict=True)]


def volume(*aliases: str, required: bool = False) -> Expect:
    """A column of water in m³."""
    return Expect(unit="m³", required=required, aliases=aliases)


_ZONE = Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称"))
_HOLDER = Expect("text", required=True, aliases=("取水户", "取水单位", "权利人"))
TOWNSHIPS = Expected({
    "zone": _ZONE, "use": volume("用水量", "年用水量", required=True),
    "entitlement": volume("水权", "用水总量控制指标"), "minimum": volume("最低生活供水", "生活用水保障量"),
    "population": Expect(unit="person", aliases=("常住人口", "人口")),
    "irrigated_area": Expect(unit="hm²", aliases=("灌溉面积", "有效灌溉面积")),
    "industrial_va": Expect(unit="yuan", aliases=("工业增加值",)),
}, key=("zone",))  # fmt: skip
HOLDERS = Expected({
    "zone": _ZONE, "holder": _HOLDER, "permit": volume("许可水量", "取水许可量", required=True),
    "use": volume("核定用水量", "实际取水量", required=True), "saving": volume("节水量", "核定节水量"),
    "permit_end": Expect("date", aliases=("许可证有效期至", "有效期止")),
}, key=("zone", "holder"))  # fmt: skip
DEMANDS = Expected({
    "zone": _ZONE, "applicant": Expect("text", required=True, aliases=("申请人", "申请单位")),
    "volume": volume("申请水量", "新增用水量", required=True),
}, unique=False)  # fmt: skip


def settle_rights(case: Case) -> Outcome:
    """Entitlement and use of each township, what is left and what its holders may sell; new demands."""
    reader = Reader(case)
    towns = _towns(reader)
    allocated = _allocated(reader, towns)
    balance, left = _balance(reader, towns, allocated)
    holders = _holders(reader, balance)
    demands = _demands(reader, left)
    if any(one.severity == "error" for one in reader.faults):
        return Outcome(faults=tuple(reader.faults))
    tables = {"water_rights": pd.DataFrame(balance.values())}
    if holders:
        tables["water_holders"] = pd.DataFrame(holders)
    if demands:
        tables["water_demands"] = pd.DataFrame(demands)
    same: tuple[Identity, ...] = ()
    if allocated is not None:
        cap, parts = allocated
        same = (Identity("allocated", "分配合计 = 总量", "allocations = cap", sum(parts.values(), Decimal(0)), cap),)
    return Outcome(tables=tables, identities=same, faults=tuple(reader.faults), missing=reader.lacking())


_Town = tuple[Row, dict[str, Decimal | None]]


def _towns(reader: Reader) -> dict[str, _Town]:
    out: dict[str, _Town] = {}
    for row in reader.rows("townships"):
        zone = row.party(kind="township")
        columns = ("entitlement", "use", "minimum", *WEIGHED[:-1])
        read = {c: row.number_of(c, required=False, whole=LITRE) for c in columns}
        if zone is None:
            continue
        if zone in out:
            row.fault("GEP-G405", "zone", other=out[zone][0].number, what=row.text("zone"))
        out.setdefault(zone, (row, read | {"present_use": read["use"]}))
    return {zone: out[zone] for zone in sorted(out)}  # ties of the rounding do not hang on the order of the table


def _allocated(reader: Reader, towns: Mapping[str, _Town]) -> tuple[Decimal, dict[str, Decimal]] | None:
    """The cap and its shares by township, or None: not asked for, or something lacks (which `reader` keeps)."""
    cap = reader.rate("water_cap", "m³")
    if reader.case.option("entitlement") == "register":
        reader.missing.pop("water_cap", None)  # the register says the rights: the cap only stands beside them
        given = [read["entitlement"] for _, read in towns.values()]
        total = sum((v for v in given if v is not None), Decimal(0))
        if cap is not None and total > cap.number:
            reader.faults.append(fault("GEP-G413", file=reader.case.file("townships"), place="column entitlement",
                                       total=plain(total), cap=plain(cap.number)))  # fmt: skip
        return None
    keys = reader.case.terms.keys("water_weight")
    file = reader.case.file("townships")
    if unknown := [k for k in keys if k not in WEIGHED]:
        reader.faults.append(fault("GEP-G411", file=file, symbol="water_weight", keys=", ".join(unknown),
                                   known=", ".join(WEIGHED)))  # fmt: skip
        return None
    weights = [reader.rate("water_weight", "1", key=k) for k in keys]
    step = reader.rate("water_step", "m³")
    if cap is None or step is None or None in weights or not towns:
        return None
    asked = ("minimum", *keys)
    for row, read in towns.values():  # a share hangs on the figures of all: a blank stops the allocation
        for column in asked:
            if read[column] is None:
                row.fault("GEP-G400", "use" if column == "present_use" else column)
    reads = [read for _, read in towns.values()]
    if any(read[c] is None for read in reads for c in asked):
        return None
    least = [read["minimum"] or Decimal(0) for read in reads]
    if (needed := sum(least, Decimal(0))) > cap.number:
        reader.faults.append(fault("GEP-G410", file=file, place="column minimum", cap=plain(cap.number),
                                   least=plain(needed), gap=plain(needed - cap.number)))  # fmt: skip
        return None
    try:
        x = [[read[k] or Decimal(0) for k in keys] for read in reads]
        parts = allocate(cap.number, least, x, [w.number for w in weights if w is not None], step.number)
    except ValueError as error:
        reader.faults.append(fault("GEP-G412", file=file, why=error))
        return None
    return cap.number, dict(zip(towns, parts, strict=True))


def _balance(
    reader: Reader, towns: Mapping[str, _Town], allocated: tuple[Decimal, Mapping[str, Decimal]] | None
) -> tuple[dict[str, dict[str, object]], dict[str, tuple[str, Decimal | None]]]:
    """Rows of the table by township, and what is left to each: (state, headroom m³)."""
    warning, blocked = reader.rate("water_warning", "1"), reader.rate("water_blocked", "1")
    register = reader.case.option("entitlement") == "register"
    rows: dict[str, dict[str, object]] = {}
    left: dict[str, tuple[str, Decimal | None]] = {}
    for zone, (row, read) in towns.items():
        cap = read["entitlement"] if register else (allocated[1][zone] if allocated is not None else None)
        use, u, state, room = read["use"], None, "missing", None
        if cap is not None and use is not None:
            room = cap - use
            if warning is not None and blocked is not None:
                u, state = standing(cap, use, warning.number, blocked.number)
        lacks = [row.heads.get(n, n) for n, v in (("entitlement", cap), ("use", use)) if v is None]
        zh, en = STATES[state]
        rows[zone] = {
            "zone": zone, "zone_name": reader.case.parties.name(zone), "entitlement_m3": number(cap),
            "minimum_m3": number(read["minimum"]), "use_m3": number(use), "headroom_m3": number(room),
            "use_ratio": number(u), "state": state, "state_zh": zh, "state_en": en, "note": ", ".join(lacks),
        }  # fmt: skip
        left[zone] = (state, room)
    return rows, left


def _holders(reader: Reader, balance: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    permits: dict[str, Decimal] = {}
    for row in reader.rows("holders"):
        zone, holder = row.party(kind="township"), row.text("holder", required=True)
        permit, use, saving = (row.number_of(c, required=c == "permit", whole=LITRE)
                               for c in ("permit", "use", "saving"))  # fmt: skip
        end = row.day("permit_end", required=False)
        if zone is None or permit is None:
            continue
        permits[zone] = permits.get(zone, Decimal(0)) + permit
        lacks = [row.heads.get(n, n) for n, v in (("use", use), ("saving", saving), ("permit_end", end)) if v is None]
        sold: Decimal | None = None
        if end is not None and end < dt.date(reader.case.period, 1, 1):
            sold, lacks = Decimal(0), [f"许可到期 / permit ended {end}"]
        elif use is not None and saving is not None and end is not None:
            sold = transferable(permit, use, saving)
        out.append({
            "zone": zone, "zone_name": reader.case.parties.name(zone), "holder": holder, "permit_m3": number(permit),
            "use_m3": number(use), "saving_m3": number(saving), "permit_end": None if end is None else end.isoformat(),
            "transferable_m3": number(sold), "note": ", ".join(lacks),
        })  # fmt: skip
    for zone, total in permits.items():
        if zone in balance:
            balance[zone]["permits_m3"] = number(total)
    return out


def _demands(reader: Reader, left: dict[str, tuple[str, Decimal | None]]) -> list[dict[str, object]]:
    """New demands in the order of the table; each that is granted takes from what is left to the next."""
    out: list[dict[str, object]] = []
    for row in sorted(reader.rows("demands"), key=lambda r: r.number):
        zone, applicant = row.party(kind="township"), row.text("applicant", required=True)
        volume = row.number_of("volume", whole=LITRE)
        if zone is None or volume is None:
            continue
        state, room = left.get(zone, ("missing", None))
        decision = "missing" if room is None or state == "missing" else "blocked" if state == "blocked" or room <= 0 \
            else "granted" if volume <= room else "over_headroom"  # fmt: skip
        if decision == "granted" and room is not None:
            left[zone] = (state, room - volume)
        zh, en = DECISIONS[decision]
        out.append({
            "zone": zone, "zone_name": reader.case.parties.name(zone), "applicant": applicant,
            "volume_m3": number(volume), "headroom_m3": number(room), "decision": decision, "decision_zh": zh,
            "decision_en": en,
        })  # fmt: skip
    return out


_WHERE = "第14条(二)、第27条"
RULES = (
    Rule(
        "water_rights", "水权：总量、用量、余量与可转让水量",
        "Water rights: entitlement, use, headroom, what may be sold", "rights",
        "headroom = cap − use; u = use ÷ cap; transferable = min(max(0, permit − use), saving)",
        settle_rights, ("capped", "shares", "dated"), "WaterPermitReg", _WHERE,
        tables=(Table("townships", "乡镇水权与用水", "townships: rights and use", TOWNSHIPS),
                Table("holders", "取水户", "holders of permits", HOLDERS, required=False),
                Table("demands", "新增用水申请", "new demands", DEMANDS, required=False)),
        terms=(Term("water_cap", "m³", "用水总量控制指标", "cap of total use"),
               Term("water_weight", "1", "分配权重", "weights of the allocation", "indicator"),
               Term("water_step", "m³", "分配取整单位", "step of the allocation"),
               Term("water_warning", "1", "预警线", "warning line"),
               Term("water_blocked", "1", "限批线", "line of no more")),
        options=(Option("entitlement", "水权来源：登记数或按权重分配总量",
                        "rights: as registered, or the cap allotted by weights",
                        ("register", "allocate"), "register"),),
    ),
)  # fmt: skip
