"""Registers of compensation that is not money (非资金补偿) and of ecological wardens (生态保护员): no names.

Forms are those of 生态保护补偿条例 2024 art. 2; 发改西部〔2018〕1960号 item 九 (formerly poor people as wardens).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Register
from gep.assessment.register_cells import PERSONAL, bad, of_heads, personal, unbound, whole
from gep.assessment.registers.projects import FORMS
from gep.compensation.nouns import Identity
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected

if TYPE_CHECKING:
    import pandas as pd

CASH = "funds"  # the one form of art. 2 that is money: it stands in the register of funds
IN_KIND: rr.Known = {word: also for word, also in FORMS.items() if word != CASH}
NONCASH = Expected({
    "record": Expect("text", required=True, aliases=("编号", "台账编号", "事项编号")),
    "form": Expect("text", required=True, aliases=("补偿方式", "方式", "补偿形式")),
    "giver": Expect("text", required=True, aliases=("提供方", "补偿方", "支援方")),
    "zone": ZONE,
    "receiver": Expect("text", aliases=("接受方", "受偿单位", "受援方")),
    "value": Expect(unit="yuan", aliases=("折算金额", "折价", "货币化价值")),
    "basis": Expect("text", aliases=("折算依据", "计价依据", "依据")),
    "heads": Expect(unit="1", aliases=("人数", "受益人数", "培训人数")),
    "date": Expect("date", aliases=("日期", "实施日期")),
    "year": YEAR,
    **PERSONAL,
}, unique=False, totals=False)  # fmt: skip
WARDENS = Expected({
    "zone": ZONE,
    "kind": Expect("text", aliases=("岗位类别", "类别", "岗位")),
    "count": Expect(unit="1", required=True, aliases=("人数", "生态保护员人数", "在岗人数", "护林员人数")),
    "poor": Expect(unit="1", required=True, aliases=("脱贫人口", "其中脱贫人口", "其中原建档立卡", "原贫困人口")),
    "pay": Expect(unit="yuan", required=True, aliases=("劳务报酬", "年劳务报酬", "发放金额", "补助金额")),
    "year": YEAR,
    **PERSONAL,
}, unique=False, totals=False)  # fmt: skip


def check_noncash(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Ids, forms of art. 2 (money: J360), a value with its basis, heads of trainings, dates of the year, no names."""
    faults = rr.needed(rows, "record", "form", "giver") + rr.unique(rows, "record") + personal(rows)
    forms = rr.meant(rows, "form", FORMS)
    faults += [bad("GEP-J360", rows, row, "form", word=rows["form"][row]) for row in rows.index[forms == CASH]]
    faults += rr.one_of(rows[forms != CASH], "form", IN_KIND) + rr.within(rows, year, "date") + whole(rows, "heads")
    valued = rows[rows["value"].notna()] if "value" in rows else rows.iloc[:0]
    faults += rr.needed(valued, "basis") + rr.needed(rows[forms == "training"], "heads")
    return faults, []


def check_wardens(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Whole counts, formerly poor ≤ all, one row a township and post, no names or identity numbers."""
    faults = rr.needed(rows, "count", "poor", "pay") + rr.unique(rows, "zone", "kind") + personal(rows)
    return faults + whole(rows, "count", "poor") + rr.at_most(rows, "poor", "count"), []


def _form(form: str) -> rr.Where:
    return lambda rows: rr.meant(rows, "form", FORMS) == form


def _valued(rows: pd.DataFrame) -> pd.Series[bool]:
    import pandas as pd

    return rows["value"].notna() if "value" in rows else pd.Series(False, rows.index)


def _counted(rows: pd.DataFrame) -> pd.Series[bool]:
    import pandas as pd

    return rows["heads"].notna() if "heads" in rows else pd.Series(False, rows.index)


REGISTERS = (
    Register("noncash_ledger", "非资金补偿台账", "Ledger of compensation in kind", "九",
             Table("noncash_ledger", "非资金补偿台账", "compensation in kind", NONCASH), (
                 unbound(rr.count("records", "非资金补偿事项数", "records of compensation in kind")),
                 unbound(rr.count("unvalued", "未折算事项数", "records without a value", lambda rows: ~_valued(rows))),
                 unbound(rr.total("value", "非资金补偿折算金额", "value of compensation in kind", "yuan", "value",
                                  _valued)),
                 rr.total("heads", "非资金补偿惠及人数", "people reached in kind", "1", "heads", _counted,
                          heads="heads"),
                 rr.total("trained", "人才培训人数", "people trained", "1", "heads", _form("training"), heads="heads"),
                 *(unbound(rr.count(form, f"{words[0]}事项数", f"records: {form}", _form(form)))
                   for form, words in IN_KIND.items()),
             ), check_noncash, "EcoCompReg2024", "第二条",
             note_zh="没有折算金额的事项只计件数，不当作零",
             note_en="a record without a value is counted, not taken as 0"),
    Register("ecological_wardens", "生态保护员台账", "Register of ecological wardens", "九",
             Table("ecological_wardens", "生态保护员台账", "ecological wardens", WARDENS), (
                 rr.total("count", "生态保护员人数", "ecological wardens", "1", "count", heads="count"),
                 rr.total("poor", "其中脱贫人口", "of them formerly poor", "1", "poor", heads="poor"),
                 rr.total("pay", "生态保护员劳务报酬", "pay of wardens", "yuan", "pay", heads="count"),
                 of_heads(rr.ratio("poor_share", "生态保护员中脱贫人口比重", "formerly poor ÷ wardens", "poor",
                                   "count"), "count"),
                 of_heads(rr.ratio("pay_per_head", "生态保护员人均报酬", "pay of a warden", "pay", "count",
                                   unit="yuan"), "count"),
             ), check_wardens, "FGXB1960", "九"),
)  # fmt: skip
