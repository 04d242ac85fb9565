"""Registers of eco-projects (生态产业项目) and of the flow of compensation money (资金台账).

    available = carried over + received; closing = available − spent; received ≤ appropriated; spent ≤ available

A share of nothing (no money received, none spent) is missing, not 0. Source: 发改西部〔2018〕1960号 item 五;
生态保护补偿条例 2024 art. 2 (channels, forms), 13 and 17 (uses), 25 (paid out in time).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Figure, Register
from gep.assessment.register_cells import PERSONAL, bad, personal, unbound, whole
from gep.compensation.nouns import Identity
from gep.compensation.rows import plain
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import key, tidy
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

STATUS: rr.Known = {"planned": ("未开工", "筹备", "前期"), "ongoing": ("在建", "实施中"),
                    "done": ("完工", "已完工", "竣工", "已验收"), "stopped": ("停工", "终止", "中止")}  # fmt: skip
SOURCES: rr.Known = {"central": ("中央", "中央财政"), "province": ("省级", "省", "省财政"), "city": ("市级", "市"),
                     "county": ("县级", "县", "区级", "区"), "social": ("社会", "社会资金", "社会资本")}  # fmt: skip
FISCAL = ("central", "province", "city", "county")
CHANNELS: rr.Known = {"vertical": ("纵向", "财政纵向补偿", "纵向补偿"),
                      "horizontal": ("横向", "地区间横向补偿", "横向补偿"),
                      "market": ("市场", "市场机制补偿", "市场补偿")}  # fmt: skip
FORMS: rr.Known = {"funds": ("资金补偿", "资金"), "pairing": ("对口协作",), "industry": ("产业转移",),
                   "training": ("人才培训",), "park": ("共建园区",),
                   "purchase": ("购买生态产品和服务", "购买服务")}  # fmt: skip
USES: rr.Known = {"protection": ("自然资源保护",), "treatment": ("生态环境治理", "治理"),
                  "restoration": ("生态环境修复", "生态修复", "修复"),
                  "direct": ("直接补偿", "补偿给单位和个人", "发放到户"),
                  "economy": ("经济社会发展",), "livelihood": ("民生改善",), "other": ("其他",)}  # fmt: skip
# art. 13: to those who protect, and first of all to protection, treatment, restoration; art. 17 (last §) also lets
# money of a horizontal agreement go to the economy and the life of the place
OF_ART_13 = ("protection", "treatment", "restoration", "direct")
OF_ART_17 = (*OF_ART_13, "economy", "livelihood")

PROJECTS = Expected({
    "project": Expect("text", required=True, aliases=("项目编号", "项目代码", "编号")),
    "name": Expect("text", aliases=("项目名称", "项目")),
    "kind": Expect("text", aliases=("项目类型", "类型", "产业类型")),
    "zone": ZONE,
    "households": Expect(unit="1", aliases=("受益户数", "受益农户", "受益户数(户)", "受益户")),
    "total_investment": Expect(unit="yuan", aliases=("总投资", "投资总额")),
    "planned_investment": Expect(unit="yuan", aliases=("本年计划投资", "计划投资")),
    "actual_investment": Expect(unit="yuan", aliases=("本年完成投资", "完成投资", "实际投资")),
    "start": Expect("date", aliases=("开工日期", "开始日期")),
    "end": Expect("date", aliases=("竣工日期", "完工日期", "结束日期")),
    "status": Expect("text", required=True, aliases=("状态", "进展", "建设状态")),
    "restored": Expect(unit="hm²", aliases=("修复面积", "治理面积")),
    "cod_cut": Expect(unit="t", aliases=("COD削减量", "化学需氧量削减量")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
FUNDS = Expected({
    "document": Expect("text", required=True, aliases=("资金文号", "文号", "下达文号", "指标文号")),
    "zone": ZONE,
    "source": Expect("text", required=True, aliases=("资金来源", "来源")),
    "channel": Expect("text", required=True, aliases=("补偿机制", "渠道", "补偿渠道")),
    "form": Expect("text", aliases=("补偿方式", "方式")),
    "opening": Expect(unit="yuan", required=True, aliases=("上年结转", "年初结转", "结转资金")),
    "appropriated": Expect(unit="yuan", required=True, aliases=("下达金额", "预算安排", "应到位金额")),
    "received": Expect(unit="yuan", required=True, aliases=("到位金额", "实际到位")),
    "spent": Expect(unit="yuan", required=True, aliases=("支出金额", "实际支出")),
    "closing": Expect(unit="yuan", aliases=("年末结余", "结余", "结转下年")),
    "due": Expect("date", aliases=("应到位日期", "规定到位日期")),
    "arrived": Expect("date", aliases=("到位日期", "实际到位日期")),
    "use": Expect("text", aliases=("资金用途", "用途")),
    "farmers": Expect(unit="yuan", aliases=("发放农户金额", "其中发放农户", "兑付农户")),
    "project": Expect("text", aliases=("项目编号", "项目代码")),
    "year": YEAR,
    **PERSONAL,
}, unique=False, totals=False)  # fmt: skip
_MONEY = ("opening", "appropriated", "received", "spent")


def check_projects(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Ids, status, dates, whole households; planned ≤ total; status against dates and money (J357); costs (J361)."""
    faults = rr.needed(rows, "project", "status") + rr.unique(rows, "project", "zone")
    faults += rr.one_of(rows, "status", STATUS) + rr.in_order(rows, "start", "end") + whole(rows, "households")
    faults += rr.at_most(rows, "planned_investment", "total_investment") + rr.not_after(rows, year, "start")
    for row, one in zip(rows.index, rows.to_dict("records"), strict=True):
        status, spent = rr.read_as(one.get("status"), STATUS), rr.decimal(one.get("actual_investment"))
        total, end = rr.decimal(one.get("total_investment")), rr.day(one.get("end"))
        if status == "planned" and spent:
            faults.append(bad("GEP-J357", rows, row, "status", status=tidy(one["status"]),
                              why_zh=f"却有完成投资 {plain(spent)} 元",
                              why_en=f"{plain(spent)} yuan were invested"))  # fmt: skip
        if status == "done" and (end is None or end.year > year):
            faults.append(bad("GEP-J357", rows, row, "status", status=tidy(one["status"]),
                              why_zh=f"竣工日期却是 {end or '空'}",
                              why_en=f"its last day is {end or 'blank'}"))  # fmt: skip
        if spent is not None and total is not None and spent > total:
            faults.append(bad("GEP-J361", rows, row, "actual_investment", value=plain(spent), total=plain(total)))
    return faults, []


def derive_funds(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Columns added: available = opening + received; on_time = what was received by the due day (blank: no due day);
    compliant = what was spent on uses of art. 13 (horizontal money: of art. 17)."""
    on_time, compliant = [], []
    for one in rows.to_dict("records"):
        due, arrived = rr.day(one.get("due")), rr.day(one.get("arrived"))
        late = arrived is not None and due is not None and arrived > due
        on_time.append(float("nan") if due is None else 0.0 if late else one["received"])
        allowed = OF_ART_17 if rr.read_as(one.get("channel"), CHANNELS) == "horizontal" else OF_ART_13
        compliant.append(one["spent"] if rr.read_as(one.get("use"), USES) in allowed else 0.0)
    available = rows["opening"] + rows["received"] if {"opening", "received"} <= set(rows) else float("nan")
    return rows.assign(available=available, on_time=on_time, compliant=compliant)


def check_funds(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Words, received ≤ appropriated, spent ≤ available (J351), closing (J352), a day for money received (J364), a use
    for money spent (J365), projects of the project register (J350), no personal data (J353)."""
    faults = rr.needed(rows, "document", "source", "channel", *_MONEY) + personal(rows)
    faults += rr.unique(rows, "document", "zone", "source", "project", "use")
    for column, known in (("source", SOURCES), ("channel", CHANNELS), ("form", FORMS), ("use", USES)):
        faults += rr.one_of(rows, column, known)
    faults += rr.at_most(rows, "received", "appropriated") + rr.at_most(rows, "farmers", "spent")
    faults += rr.within(rows, year, "arrived")
    projects = given.registers.get(("eco_project_register", year))
    registered = None if projects is None else [tidy(v) for v in projects.rows["project"] if isinstance(v, str)]
    for row, one in zip(rows.index, rows.to_dict("records"), strict=True):
        money = {c: rr.decimal(one.get(c)) for c in (*_MONEY, "closing")}
        opening, received, spent = money["opening"], money["received"], money["spent"]
        if opening is not None and received is not None and spent is not None:
            left = opening + received - spent
            words = {"opening": plain(opening), "received": plain(received), "spent": plain(spent)}
            if left < 0:
                faults.append(bad("GEP-J351", rows, row, "spent", **words, over=plain(-left)))
            elif (closing := money["closing"]) is not None and closing != left:
                faults.append(bad("GEP-J352", rows, row, "closing", **words, closing=plain(closing), left=plain(left)))
        if received and rr.day(one.get("due")) is not None and rr.day(one.get("arrived")) is None:
            faults.append(bad("GEP-J364", rows, row, "arrived", received=plain(received)))
        if spent and not isinstance(one.get("use"), str):
            faults.append(bad("GEP-J365", rows, row, "use", spent=plain(spent)))
        id = one.get("project")
        if registered is not None and isinstance(id, str) and key(id) not in {key(k) for k in registered}:
            zh, en = did_you_mean(id, registered)
            faults.append(bad("GEP-J350", rows, row, "project", project=id, near_zh=zh, near_en=en))
    return faults, _balance(rows)


def _balance(rows: pd.DataFrame) -> list[Identity]:
    """Σ opening + Σ received − Σ spent = Σ closing, where every row has a closing balance."""
    parts = [rr.summed(rows, c) for c in ("opening", "received", "spent")]
    if any(p is None for p in parts) or not len(rows):
        return []
    opening, received, spent = (p or Decimal(0) for p in parts)
    return rr.identity("balance", "上年结转 + 到位 − 支出 = 年末结余", "opening + received − spent = closing",
                       opening + received - spent, rr.summed(rows, "closing"))  # fmt: skip


def _from(*sources: str) -> rr.Where:
    return lambda rows: rr.meant(rows, "source", SOURCES).isin(sources)


def _by(channel: str) -> rr.Where:
    return lambda rows: rr.meant(rows, "channel", CHANNELS) == channel


def _is(status: str) -> rr.Where:
    return lambda rows: rr.meant(rows, "status", STATUS) == status


def _with(column: str) -> rr.Where:
    """Projects that say this output: what they cost is divided by it."""
    import pandas as pd

    return lambda rows: rows[column] > 0 if column in rows else pd.Series(False, rows.index)


def _with_due(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["on_time"].notna()


def _leverage(rows: pd.DataFrame) -> tuple[float | None, int | None]:
    """Social money received ÷ fiscal money received; None where no fiscal money was received."""
    social, fiscal = (rr.summed(rows[_from(*s)(rows)], "received") for s in (("social",), FISCAL))
    return (None if social is None or not fiscal else float(social / fiscal)), None


_FUND_FIGURES = (
    *(rr.total(id, zh, en, "yuan", id) for id, zh, en in (
        ("appropriated", "下达资金", "money appropriated"), ("received", "到位资金", "money received"),
        ("spent", "支出资金", "money spent"), ("available", "可用资金（结转 + 到位）", "money available"),
        ("closing", "年末结余", "closing balance"), ("compliant", "用于规定用途的支出", "spent on the uses of art. 13"),
        ("farmers", "发放农户金额", "paid out to farmers"))),
    *(rr.total(f"received_{s}", f"到位资金：{words[0]}", f"received, {s}", "yuan", "received", _from(s))
      for s, words in SOURCES.items()),
    rr.total("received_fiscal", "到位财政资金", "fiscal money received", "yuan", "received", _from(*FISCAL)),
    *(rr.total(f"received_{c}", f"到位资金：{words[0]}补偿", f"received, {c}", "yuan", "received", _by(c))
      for c, words in CHANNELS.items()),
    rr.ratio("arrival_rate", "资金到位率", "received ÷ appropriated", "received", "appropriated"),
    rr.ratio("execution_rate", "预算执行率", "spent ÷ available", "spent", "available"),
    rr.ratio("timely_rate", "资金到位及时率", "received in time ÷ appropriated (with a due day)", "on_time",
             "appropriated", _with_due),
    rr.ratio("compliance_rate", "用途合规率", "spent on the uses of art. 13 ÷ spent", "compliant", "spent"),
    rr.ratio("farmers_share", "农户受偿比重", "paid out to farmers ÷ spent", "farmers", "spent"),
    Figure("leverage", "社会资金撬动比", "social ÷ fiscal money received", "1", _leverage,
           "Σ received(social) ÷ Σ received(fiscal)", ("received",)),
)  # fmt: skip
_PROJECT_FIGURES = (
    rr.count("projects", "项目数", "projects", by="project"),
    rr.count("done", "完工项目数", "projects done", _is("done"), "project"),
    rr.total("households", "受益户数", "households that benefit", "1", "households", heads="households"),
    *(rr.total(id, zh, en, unit, id) for id, zh, en, unit in (
        ("total_investment", "项目总投资", "total investment", "yuan"),
        ("planned_investment", "本年计划投资", "investment planned for the year", "yuan"),
        ("actual_investment", "本年完成投资", "investment of the year", "yuan"),
        ("restored", "修复治理面积", "area restored", "hm²"), ("cod_cut", "COD削减量", "COD cut", "t"))),
    rr.ratio("investment_rate", "投资完成率", "actual ÷ planned investment", "actual_investment", "planned_investment"),
    rr.ratio("restoration_cost", "单位修复治理成本", "investment ÷ area restored", "actual_investment", "restored",
             _with("restored"), unit="yuan/hm²"),
    rr.ratio("cod_cost", "单位COD削减成本", "investment ÷ COD cut", "actual_investment", "cod_cut", _with("cod_cut"),
             unit="yuan/t"),
)  # fmt: skip
REGISTERS = (
    Register("eco_project_register", "生态产业项目台账", "Register of eco-projects", "五",
             Table("eco_project_register", "生态产业项目台账", "eco-projects", PROJECTS),
             tuple(f if f.id == "households" else unbound(f) for f in _PROJECT_FIGURES), check_projects,
             "FGXB1960", "五"),
    Register("fund_flow", "生态补偿资金台账", "Register of compensation funds", "五",
             Table("fund_flow", "生态补偿资金台账", "compensation funds", FUNDS),
             tuple(map(unbound, _FUND_FIGURES)), check_funds,
             "EcoCompReg2024", "第二、十三、十七、二十五条", derive=derive_funds,
             note_zh="一笔资金用于几种用途的，分几行写", note_en="money of one document for several uses: a row each"),
)  # fmt: skip
