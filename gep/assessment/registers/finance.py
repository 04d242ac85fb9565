"""Register of green finance and insurance (绿色金融、绿色保险、环责险): statistics only.

A loan that is a hidden debt of the government (隐性债务) is flagged and kept out of the balance that the figures give.
Source: 发改西部〔2018〕1960号 item 八; 生态保护补偿条例 2024 art. 27.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Register
from gep.assessment.register_cells import bad, where_told, whole, with_zone
from gep.compensation.nouns import Identity
from gep.compensation.rows import plain
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, Expect, Expected

if TYPE_CHECKING:
    import pandas as pd

KINDS: rr.Known = {"loan": ("绿色贷款", "贷款", "绿色信贷"), "insurance": ("绿色保险", "农业保险", "森林保险"),
                   "liability": ("环责险", "环境污染责任保险", "环境责任险")}  # fmt: skip
FINANCE = Expected({
    "institution": Expect("text", required=True, aliases=("机构", "金融机构", "承保机构", "机构名称")),
    "kind": Expect("text", required=True, aliases=("业务类别", "类别", "险种")),
    "zone": Expect("text", aliases=("乡镇", "镇街", "行政区")),
    "number": Expect(unit="1", required=True, aliases=("笔数", "件数", "贷款笔数", "保单数")),
    "balance": Expect(unit="yuan", aliases=("贷款余额", "余额", "年末余额")),
    "hidden_debt": Expect("text", aliases=("是否隐性债务", "隐性债务", "涉及隐性债务")),
    "premium": Expect(unit="yuan", aliases=("保费", "保费收入")),
    "insured": Expect(unit="yuan", aliases=("保险金额", "保额", "责任限额")),
    "claims": Expect(unit="yuan", aliases=("赔付", "赔付金额", "赔款")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
_INSURED = ("premium", "insured", "claims")


def check(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """A loan has a balance and says whether it is hidden debt, a policy premium, sum and claims; claims ≤ sum; money
    without contracts (J362); hidden debt is flagged (J359)."""
    faults = rr.needed(rows, "institution", "kind", "number") + rr.one_of(rows, "kind", KINDS)
    faults += rr.unique(rows, "institution", "kind", "zone") + rr.one_of(rows, "hidden_debt", rr.YES_NO)
    faults += whole(rows, "number") + rr.at_most(rows, "claims", "insured")
    kinds = rr.meant(rows, "kind", KINDS)
    faults += rr.needed(rows[kinds == "loan"], "balance", "hidden_debt")
    faults += rr.needed(rows[kinds.isin(["insurance", "liability"])], *_INSURED)
    for row, one in zip(rows.index, rows.to_dict("records"), strict=True):
        for column in ("balance", "premium"):
            money = rr.decimal(one.get(column))
            if money and one["number"] == 0:
                faults.append(bad("GEP-J362", rows, row, column, value=plain(money)))
        if rr.read_as(one.get("hidden_debt"), rr.YES_NO) == "yes":
            faults.append(bad("GEP-J359", rows, row, "hidden_debt", balance=plain(rr.decimal(one.get("balance")))))
    return faults, []


def _kind(kind: str) -> rr.Where:
    return lambda rows: rr.meant(rows, "kind", KINDS) == kind


def _loans(hidden: str) -> rr.Where:
    return lambda rows: _kind("loan")(rows) & (rr.meant(rows, "hidden_debt", rr.YES_NO) == hidden)


_FIGURES = (
    rr.total("loans", "绿色贷款余额（不含隐性债务）", "green loans, without hidden debt", "yuan", "balance",
             _loans("no"), "institution"),
    rr.total("hidden_debt", "涉隐性债务贷款余额", "loans that are hidden debt", "yuan", "balance", _loans("yes"),
             "institution"),
    rr.total("loan_number", "绿色贷款笔数", "green loans, number", "1", "number", _loans("no"), "institution"),
    *(rr.total(f"{kind}_{column}", f"{zh}{what}", f"{en}: {said}", "yuan", column, _kind(kind), "institution")
      for kind, zh, en in (("insurance", "绿色保险", "green insurance"),
                           ("liability", "环责险", "environmental liability insurance"))
      for column, what, said in (("premium", "保费", "premium"), ("insured", "保险金额", "sum insured"),
                                 ("claims", "赔付", "claims"))),
    rr.ratio("loss_ratio", "绿色保险赔付率", "claims ÷ premium, green insurance", "claims", "premium",
             _kind("insurance"), "institution"),
    rr.total("liability_number", "环责险保单数", "liability policies", "1", "number", _kind("liability"),
             "institution"),
)  # fmt: skip
REGISTERS = (
    Register("green_finance_register", "绿色金融与保险台账", "Register of green finance and insurance", "八",
             Table("green_finance_register", "绿色金融与保险台账", "green finance and insurance", FINANCE),
             tuple(map(where_told, _FIGURES)), check, "FGXB1960", "八", derive=with_zone,
             note_zh="分机构数据为内部资料", note_en="figures by institution are internal"),
)  # fmt: skip
