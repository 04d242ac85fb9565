"""The compensation standard per township: methods side by side with their range, then a budget paid out by it.

S: {ECPS = V_N/GDP; V_N·κ·r; (V⁺−V⁻)·l; Σ V_s·(1−own use_s); cost; floor + l·(ceiling − floor); footprints}
pay_i = B·S_i/ΣS
"""

from __future__ import annotations

from gep.compensation.nouns import Case, Outcome
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.standard.inputs import inputs_of
from gep.compensation.standard.methods import compute
from gep.compensation.standard.payout import Payout, dues_of, left_out, mix_of, shared
from gep.compensation.standard.side_by_side import lacks_of, tables
from gep.errors import fault
from gep.intake.expect import ZONE, Expect, Expected

TERMS = (
    Term("kappa", "1", "价值折算系数 κ（无缺省）", "share κ of the value that is paid (no default)"),
    Term("stage_offset", "1", "发展阶段系数的常数", "constant of the stage coefficient"),
    Term("pay_capacity", "1", "支付能力指数", "index of the capacity to pay"),
    Term("reference_income", "yuan/person", "参照地区人均可支配收入", "income a person, reference area", "urban rural"),
    Term("industrial_profit_gap", "yuan/(hm²·a)", "单位面积工业利润差", "industrial profit forgone per hectare"),
    Term("unit_water_value", "yuan/m³", "单位水资源价值", "value of a cubic metre of water"),
    Term("forest_standard", "yuan/(hm²·a)", "森林补偿标准（按类别）", "standard per hectare of forest", "type"),
    Term("budget", "yuan", "补偿资金预算", "budget of the payout"),
    Term("rounding_step", "yuan", "分配取整的单位", "what payouts are rounded to"),
    Term("kappa_reference", "1", "κ 的文献范围（只作对照）", "range of κ in the literature (for comparison)"),
)
KEYS = {"reference_income": ("urban", "rural"), "kappa_reference": ("low", "high"), "forest_standard": ()}
SYMBOLS = tuple((t.symbol, key, t.unit) for t in TERMS for key in KEYS.get(t.symbol, ("",)))


def _yuan(*aliases: str, per: str = "") -> Expect:
    return Expect(unit=f"yuan{per}", aliases=aliases)


SOCIO = Expected(
    {
        "zone": ZONE,
        "gdp": _yuan("地区生产总值", "GDP"),
        "population": Expect(unit="person", aliases=("常住人口", "人口")),
        "urban_share": Expect(unit="1", aliases=("城镇化率",)),
        "engel": Expect(unit="1", aliases=("恩格尔系数",)),
        "engel_urban": Expect(unit="1", aliases=("城镇恩格尔系数",)),
        "engel_rural": Expect(unit="1", aliases=("农村恩格尔系数",)),
        "urban_income": _yuan("城镇居民人均可支配收入",),
        "rural_income": _yuan("农村居民人均可支配收入",),
    },
    key=("zone",),
)  # fmt: skip
FARMLAND = Expected(
    {
        "zone": ZONE,
        "area": Expect(unit="hm²", aliases=("耕地面积",)),
        "service_value": _yuan("单位面积正价值", "耕地生态服务价值", per="/hm²"),
        "fertiliser": _yuan("化肥", "化肥环境成本", per="/hm²"),
        "water": _yuan("农业用水", "农业用水成本", per="/hm²"),
        "pesticide": _yuan("农药", "农药环境成本", per="/hm²"),
        "film": _yuan("地膜", "农膜", per="/hm²"),
    },
    key=("zone",),
)
COSTS = Expected(
    {
        "zone": ZONE,
        "item": Expect("text", aliases=("项目",)),
        "protection": _yuan("保护成本", "投入"),
        "forgone_area": Expect(unit="hm²", aliases=("限制开发面积",)),
    },
    key=("zone", "item"),
)
OWN_USE = Expected(
    {
        "zone": Expect("text", aliases=ZONE.aliases),
        "service": Expect("text", required=True, aliases=("服务", "生态系统服务")),
        "share": Expect(unit="1", required=True, aliases=("自用份额", "自用比例")),
    },
    key=("zone", "service"),
)
FOREST = Expected(
    {"zone": ZONE, "type": Expect("text", required=True, aliases=("森林类别", "类别", "林种")),
     "area": Expect(unit="hm²", required=True, aliases=("面积",))},
    key=("zone", "type"),
)  # fmt: skip
FOOTPRINT = Expected(
    {"zone": ZONE, "per_person": Expect(unit="gha", aliases=("人均生态足迹",)),
     "capacity": Expect(unit="gha", aliases=("生态承载力",))},
    key=("zone",),
)  # fmt: skip
WATER = Expected(
    {"zone": ZONE, "available": Expect(unit="m³", aliases=("可利用水资源量", "可用水量")),
     "footprint": Expect(unit="m³", aliases=("水足迹",))},
    key=("zone",),
)  # fmt: skip


def settle(case: Case) -> Outcome:
    """All methods for all townships; then the budget, where there is one and a method to pay it out by was chosen."""
    x, faults = inputs_of(case, SYMBOLS)
    mix, said = mix_of(case)
    faults += said
    budget = x.rates.get(("budget", ""))
    if budget is not None and budget.number < 0:
        faults.append(fault("GEP-G500", file=budget.file, value=f"{budget.number:,}"))
    if faults or case.accounts is None:
        return Outcome(faults=tuple(faults))
    answers = compute(x)
    paid = shared(x, answers, mix)
    missing = lacks_of(answers)
    made = tables(x, answers, mix, paid)
    if not isinstance(paid, Payout):
        return Outcome(tables=made, missing=(*missing, paid))
    dues, identities = dues_of(x, answers, mix, paid)
    return Outcome(dues, made, identities, missing=(*missing, *left_out(x, paid)))


RULES = (
    Rule(
        id="standard",
        zh="补偿标准（多方法并列）与按预算分配",
        en="The compensation standard, methods side by side, and its payout",
        group="standard",
        formula="pay_i = B·Σ_k w_k·S_ik/Σ_i S_ik; S: V_N·κ·r | (V⁺−V⁻)·l | Σ V_s·(1−a_s) | floor + l·(ceiling−floor)",
        settle=settle,
        holds=("balanced", "monotone", "capped", "shares", "dated"),
        source="生态保护补偿条例（国务院令第779号，2024-06-01 施行）",
        clause="-",
        tables=(
            Table("socio", "乡镇社会经济", "township economy", SOCIO, required=False),
            Table("farmland", "耕地价值与环境成本", "farmland: value and costs", FARMLAND, required=False),
            Table("costs", "保护成本", "costs of protection", COSTS, required=False),
            Table("own_use", "服务自用份额", "own use of services", OWN_USE, required=False),
            Table("forest", "森林面积（按类别）", "forest by type", FOREST, required=False),
            Table("footprint", "生态足迹与承载力", "ecological footprint and capacity", FOOTPRINT, required=False),
            Table("water_footprint", "水足迹", "water footprint", WATER, required=False),
        ),
        terms=TERMS,
        options=(
            Option("unpriced", "V_N 所含的文化服务（未定价）", "unpriced culture in V_N", default="recreation"),
            Option("lq", "外溢只计区位商大于 1 的服务", "spill-over: location quotient above 1", ("no", "yes"), "no"),
            Option("opportunity", "机会成本的算法", "opportunity cost by", ("income", "industry"), "income"),
            Option("payout_by", "按哪种方法分配（可加权，如 bounds 0.6, opportunity 0.4）",
                   "method to pay out by (or weighted: bounds 0.6, opportunity 0.4)"),
            Option("payout_reason", "选择该方法的理由", "why that method"),
        ),
        worse=(("costs", "protection", -1, "zone"),),
        needs=("ledger", "areas", "statistics"),
        note_zh="结果是范围，不是一个数：缺输入的方法列为“未计算：缺…”；κ 没有缺省值；县级 GDP 不摊给乡镇。",
        note_en="A range, no single number: what lacks an input is listed as such; κ has no default; county GDP is "
                "never shared out to townships.",
    ),
)  # fmt: skip
