"""Register of ecological restoration (生态修复台账): who must restore, what it cost, what was accepted by whom.

    actual cost ≤ planned cost, restored ≤ planned area (or a note says why); accepted ≤ restored area

What developers spend on restoration is part of the cost of development (发改西部〔2018〕1960号 item 一): input of the
performance assessment. Money in yuan, areas in hm²; a row without a township is the county's own project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Register
from gep.compensation.nouns import Identity
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected

if TYPE_CHECKING:
    import pandas as pd


def accepted(rows: pd.DataFrame) -> pd.Series[bool]:
    """Projects that a body has accepted."""
    return rows["accepted"].notna() if "accepted" in rows else rows["project"].isna()


def _number(unit: str, *aliases: str, required: bool = True) -> Expect:
    return Expect(unit=unit, required=required, negative=True, aliases=aliases)  # negative ones: told with all others


COLUMNS = Expected({
    "project": Expect("text", required=True, aliases=("项目编号", "项目代码", "编号")),
    "name": Expect("text", aliases=("项目名称", "项目")),
    "zone": ZONE,
    "obligor": Expect("text", required=True, aliases=("义务人", "修复义务人", "责任单位")),
    "planned_cost": _number("yuan", "计划修复费用", "计划投资", "预算"),
    "actual_cost": _number("yuan", "实际修复费用", "实际投入", "完成投资"),
    "planned_area": _number("hm²", "计划修复面积", "计划面积"),
    "restored_area": _number("hm²", "已修复面积", "完成面积"),
    "accepted_area": _number("hm²", "验收面积", required=False),
    "start": Expect("date", aliases=("开工日期",)),
    "accepted": Expect("date", aliases=("验收日期",)),
    "body": Expect("text", aliases=("验收单位", "验收机构", "验收部门")),
    "note": Expect("text", aliases=("备注", "说明")),
    "year": YEAR,
}, unique=False)  # fmt: skip
_NUMBERS = ("planned_cost", "actual_cost", "planned_area", "restored_area")


def check(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the rows; the costs and areas of accepted and open projects together are those of all."""
    faults = [
        *rr.needed(rows, "project", "obligor", *_NUMBERS),
        *rr.unique(rows, "project"),
        *rr.together(rows, "accepted", "body", "accepted_area"),
        *rr.not_negative(rows, *_NUMBERS, "accepted_area"),
        *rr.at_most(rows, "actual_cost", "planned_cost", note="note"),
        *rr.at_most(rows, "restored_area", "planned_area", note="note"),
        *rr.at_most(rows, "accepted_area", "restored_area"),
        *rr.not_after(rows, year, "start", "accepted"),
        *rr.in_order(rows, "start", "accepted"),
    ]
    done = accepted(rows)
    parts = [rr.summed(rows[mask], "actual_cost") for mask in (done, ~done)]
    both = None if None in parts else sum(p for p in parts if p is not None)
    said = rr.identity("cost", "已验收与未验收项目的实际费用之和 = 合计", "cost of accepted and of open projects = all",
                       both, rr.summed(rows, "actual_cost"))  # type: ignore[arg-type]  # fmt: skip
    return faults, said


REGISTERS = (
    Register(
        "restoration_ledger", "生态修复台账", "register of ecological restoration", "一",
        Table("restoration_ledger", "生态修复台账", "register of ecological restoration", COLUMNS, required=False),
        (
            rr.count("projects", "生态修复项目数", "restoration projects"),
            rr.count("obligors", "修复义务人数", "parties that must restore", by="obligor"),
            rr.total("planned_cost", "计划修复费用", "planned cost of restoration", "yuan", "planned_cost",
                     by="obligor"),
            rr.total("actual_cost", "实际修复费用", "actual cost of restoration", "yuan", "actual_cost", by="obligor"),
            rr.ratio("cost_share", "修复费用完成率", "actual cost, of the planned", "actual_cost", "planned_cost",
                     by="obligor"),
            rr.total("restored_area", "已修复面积", "area restored", "hm²", "restored_area"),
            rr.ratio("restored_share", "修复面积完成率", "area restored, of the planned", "restored_area",
                     "planned_area"),
            rr.total("accepted_area", "验收面积", "area accepted", "hm²", "accepted_area", where=accepted),
            rr.part("accepted_share", "修复项目验收率", "projects accepted, of all", which=accepted),
        ),
        check, source="FGXB1960", clause="一",
        note_zh="超出计划的费用或面积须在备注中说明；验收日期、验收单位、验收面积同时填写",
        note_en="cost or area above the plan needs a note; date, body and area of acceptance are filled together",
    ),
)  # fmt: skip
