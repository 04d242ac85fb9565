"""The methods of the standard, side by side: what each makes of a township, or what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from gep.compensation.standard import bounds as bounds_
from gep.compensation.standard import farmland, footprint, forest, opportunity, spillover, value
from gep.compensation.standard.inputs import Inputs
from gep.compensation.standard.need import NAN, Made, Method, Need, missing

COSTS = ("fertiliser", "water", "pesticide", "film")  # V⁻ of farmland


def _each(one: Callable[[Need], Made]) -> Callable[[Method, Inputs], dict[str, Made]]:
    """A method that looks at one township at a time."""
    return lambda method, x: {zone: one(Need(method, x, zone)) for zone in x.zones}


def _ratio(n: Need) -> tuple[Decimal, Decimal, Decimal]:
    """V_N, ECPS and r; NaN where something is lacking."""
    of, gdp = n.v_n(), n.table("socio", "gdp")
    whole = sum(of.values(), Decimal(0))
    if gdp.is_finite() and gdp <= 0:
        n.lack("大于 0 的地区生产总值", "a GDP above zero")
    if n.lacks:
        return NAN, NAN, NAN
    ecps = value.priority(whole, gdp)
    return whole, ecps, value.intensity(ecps)


def _ecps(n: Need) -> Made:
    whole, ecps, r = _ratio(n)
    if n.lacks:
        return missing(*n.lacks)
    gdp = n.x.figures["socio", n.zone, "gdp"].value
    text = f"ECPS = {whole:,.2f} / {gdp:,.2f} = {ecps:.6g}; r = (2/π)·arctan(ECPS) = {r:.6g}"
    return n.made(text, index=ecps)


def _value_share(n: Need) -> Made:
    whole, _, r = _ratio(n)
    kappa = n.rate("kappa")
    if n.lacks:
        return missing(*n.lacks)
    sum_ = value.value_share(whole, kappa, r)
    return n.made(f"{whole:,.2f} × {kappa} × {r:.6g} = {sum_:,.2f}", value=sum_)


def _farmland(n: Need) -> Made:
    area, plus = n.table("farmland", "area"), n.table("farmland", "service_value")
    minus = sum((n.table("farmland", c) for c in COSTS), Decimal(0))
    l, index = n.stage(), n.rate("pay_capacity")
    if n.lacks:
        return missing(*n.lacks)
    each = farmland.net_value(plus, minus, l, index)
    text = f"({plus:,.2f} − {minus:,.2f}) × {l:.6g} × {index} × {area:,.2f} hm² = {each * area:,.2f}"
    return n.made(text, value=each * area)


def _spillover(n: Need) -> Made:
    values = n.v_n()
    said = ("", "")
    if n.x.lq and values:
        whole: dict[str, Decimal] = {}
        for of in n.x.values.values():
            for s, v in of.items():
                whole[s] = whole.get(s, Decimal(0)) + v
        quotient = spillover.location_quotient(values, whole)
        values = {s: v for s, v in values.items() if quotient.get(s, Decimal(0)) > 1}
        listed = "、".join(values) or "—"
        said = (f"仅区位商大于 1 的服务：{listed}", f"services with a location quotient above 1 only: {listed}")
    shares = {}
    for s in values:
        found = n.x.own(n.zone, s)
        if found is None:
            n.lack(f"表 own_use 中 {s} 的自用份额", f"the own-use share of {s} in the table own_use")
        else:
            n.lines += found.lines
            shares[s] = found.value
    if n.lacks:
        return missing(*n.lacks)
    sum_ = spillover.spill_over(values, shares)
    text = " + ".join(f"{v:,.2f} × (1 − {shares[s]})" for s, v in values.items()) or "0"
    return n.made(f"{text} = {sum_:,.2f}", said, value=sum_)


def _protection(n: Need) -> Made:
    cost = n.table("costs", "protection")
    return n.made(f"{cost:,.2f}" if cost.is_finite() else "", value=cost)


def _opportunity(n: Need) -> Made:
    if n.x.opportunity == "industry":
        gap, area = n.rate("industrial_profit_gap"), n.table("costs", "forgone_area")
        if n.lacks:
            return missing(*n.lacks)
        cost = opportunity.industrial(gap, area)
        return n.made(f"{gap:,.2f} × {area:,.2f} hm² = {cost:,.2f}", value=cost)
    people, share = n.people(), n.table("socio", "urban_share")
    own = [n.table("socio", c) for c in ("urban_income", "rural_income")]
    far = [n.rate("reference_income", k) for k in ("urban", "rural")]
    if n.lacks:
        return missing(*n.lacks)
    heads = (people * share, people * (1 - share))
    found = opportunity.income_gap(far[0], own[0], heads[0], far[1], own[1], heads[1])
    said_zh, said_en = [], []
    for zh, en, cut in (("城镇", "urban", found.clipped_urban), ("农村", "rural", found.clipped_rural)):
        if cut < 0:
            said_zh.append(f"{zh}收入高于参照地区，{cut:,.2f} 元不计")
            said_en.append(f"{en} income above the reference: {cut:,.2f} yuan clipped")
    text = " + ".join(f"max({a:,.2f} − {b:,.2f}, 0) × {h:,.0f}" for a, b, h in zip(far, own, heads, strict=True))
    said = ("；".join(said_zh), "; ".join(said_en))
    return n.made(f"{text} = {found.value:,.2f}", said, value=found.value)


def _bounds(n: Need) -> Made:
    parts = [one(n) for one in (_protection, _opportunity, _spillover)]
    l = n.stage()
    sums = [p.value for p in parts]
    if n.lacks or None in sums:
        return missing(*n.lacks)
    found = bounds_.between(*sums, l)
    text = f"floor {sums[0]:,.2f} + {sums[1]:,.2f} = {found.floor:,.2f}; ceiling {found.ceiling:,.2f}"
    if found.payment is None:
        said = (
            "下限高于上限：成本大于外溢价值，不互换，不取值",
            "the floor lies above the ceiling: not swapped, no payment",
        )
        return n.made(text, said, low=found.floor, high=found.ceiling)
    text += f"; floor + {l:.6g} × (ceiling − floor) = {found.payment:,.2f}"
    return n.made(text, value=found.payment, low=found.floor, high=found.ceiling)


def _forest(n: Need) -> Made:
    areas = n.x.of_role("forest", n.zone)
    if not areas:
        n.table("forest", "area")
    for one in areas.values():
        n.lines += one.lines
    rates = {kind: n.rate("forest_standard", kind) for kind in areas}
    if n.lacks:
        return missing(*n.lacks)
    sum_ = forest.by_kind({k: f.value for k, f in areas.items()}, rates)
    text = " + ".join(f"{k} {f.value:,.2f} × {rates[k]}" for k, f in areas.items())
    return n.made(f"{text} = {sum_:,.2f}", value=sum_)


def _footprint(method: Method, x: Inputs) -> dict[str, Made]:
    """Those townships that have all figures, against the mean a head of these."""
    needs = {zone: Need(method, x, zone) for zone in x.zones}
    people, deficits, worth, room = {}, {}, Decimal(0), Decimal(0)
    for zone, n in needs.items():
        heads, each, capacity = n.people(), *(n.table("footprint", c) for c in ("per_person", "capacity"))
        of = n.v_n()
        if n.lacks:
            continue
        people[zone], deficits[zone] = heads, footprint.deficit(heads, each, capacity)
        worth, room = worth + sum(of.values(), Decimal(0)), room + capacity
    if deficits and (room <= 0 or sum(people.values()) <= 0):
        for n in needs.values():
            n.lack("大于 0 的生态承载力和人口", "an ecological capacity and a population above zero")
        deficits = {}
    level = footprint.normalised(deficits, people) if deficits else {}
    price = footprint.price(worth, room) if deficits else NAN
    said = (f"与 {len(level)} 个乡镇的人均比较，合计为零；负数为支付方",
            f"against the mean a head of {len(level)} townships, adding up to zero; below zero: a payer")  # fmt: skip
    out = {}
    for zone, n in needs.items():
        if n.lacks:
            out[zone] = missing(*n.lacks)
            continue
        sum_ = -level[zone] * price
        text = f"ED = {deficits[zone]:,.2f} gha → {level[zone]:,.2f} gha; −ED × {price:,.2f} = {sum_:,.2f}"
        out[zone] = n.made(text, said, value=sum_)
    return out


def _water(n: Need) -> Made:
    available, used = (n.table("water_footprint", c) for c in ("available", "footprint"))
    unit, l = n.rate("unit_water_value"), n.stage()
    if n.lacks:
        return missing(*n.lacks)
    surplus = footprint.water_surplus(available, used)
    sum_ = footprint.water_payment(surplus, unit, l).copy_sign(surplus)
    text = f"WS = {available:,.0f} − {used:,.0f} m³; |WS| × {unit} × {l:.6g} = {abs(sum_):,.2f}"
    said = ("水足迹盈余：受偿", "a surplus: receives") if surplus >= 0 else ("水足迹赤字：支付", "a deficit: pays")
    return n.made(text, said, value=sum_)


_QUOTED = "文献通行形式（原文未核对）"
_BOUNDS = "李坦 等 2018（新安江）；张伊华 2023（黄河）"
_SOCIO = ("表 socio：乡镇、GDP（县级 GDP 不摊给乡镇）", "table socio: zone, gdp (county GDP is never shared out)")
_STAGE = (
    "表 socio：城镇化率、城乡恩格尔系数（或 engel）",
    "table socio: urban_share, engel_urban, engel_rural (or engel)",
)
METHODS: Mapping[str, Method] = {
    m.id: m
    for m in (
        Method("ecps", "补偿优先级 ECPS", "Priority ECPS", "ECPS = V_N / GDP; r = (2/π)·arctan(ECPS)",
               "王女杰 等 2010（原文未核对）", "unverified", _each(_ecps), *_SOCIO, money=False),
        Method("value_share", "价值量折算", "Value × κ", "E = V_N·κ·r", _QUOTED, "unverified",
               _each(_value_share), f"{_SOCIO[0]}；terms：kappa（须自定，无缺省）",
               f"{_SOCIO[1]}; terms: kappa (no default)"),
        Method("farmland", "耕地净价值", "Net value of farmland", "S = (V⁺ − V⁻)·l·index", "刘利花 等 2019",
               "secondary", _each(_farmland), f"表 farmland；{_STAGE[0]}；terms：pay_capacity",
               f"table farmland; {_STAGE[1]}; terms: pay_capacity"),
        Method("spillover", "外溢价值", "Spill-over value", "E = Σ V_s·(1 − own use_s)", "王奕淇 等 2016（渭河流域）",
               "secondary", _each(_spillover), "表 own_use：每项服务的自用份额", "table own_use: a share a service"),
        Method("protection", "保护成本", "Protection cost", "Σ cost", _BOUNDS, "secondary",
               _each(_protection), "表 costs：保护成本", "table costs: protection"),
        Method("opportunity", "机会成本", "Opportunity cost", "OC = (G_u0 − G_u)·N_u + (G_r0 − G_r)·N_r",
               _QUOTED, "unverified", _each(_opportunity),
               "表 socio：人口、城镇化率、城乡收入；terms：reference_income（urban、rural）；或 opportunity: industry",
               "table socio: population, urban_share, incomes; terms: reference_income; or opportunity: industry"),
        Method("bounds", "成本下限—外溢上限", "Cost floor, spill-over ceiling", "floor + l·(ceiling − floor)",
               _BOUNDS, "secondary", _each(_bounds),
               f"保护成本、机会成本、外溢价值三项的输入；{_STAGE[0]}",
               f"what protection, opportunity and spill-over need; {_STAGE[1]}"),
        Method("forest", "森林差别化标准", "Differentiated forest standard", "E = Σ area_k·rate_k",
               "盛文萍 等 2019（北京）", "secondary", _each(_forest), "表 forest；terms：forest_standard（按类别）",
               "table forest; terms: forest_standard by type"),
        Method("footprint", "生态足迹盈亏", "Ecological footprint", "ED = N·ef − EC; −ED·V/EC", _QUOTED,
               "unverified", _footprint, "表 footprint；人口", "table footprint; population"),
        Method("water_footprint", "水足迹", "Water footprint", "|W_available − WF|·price·l", "孙贤斌 2022（未核对）",
               "unverified", _each(_water), f"表 water_footprint；terms：unit_water_value；{_STAGE[0]}",
               f"table water_footprint; terms: unit_water_value; {_STAGE[1]}"),
    )
}  # fmt: skip
MONEY = tuple(id for id, m in METHODS.items() if m.money)


def compute(x: Inputs) -> dict[str, dict[str, Made]]:
    """Every method for every township: method → zone → answer."""
    return {id: method.compute(method, x) for id, method in METHODS.items()}
