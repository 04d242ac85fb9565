"""Register of the year's tasks (年度任务台账): what is to be done, by whom, until when; 容错纠错.

    on time = done on or before the due day ÷ all that were due by the last day of the year
    overdue = due by the last day of the year, and not done by then

A task that is late with 容错纠错 recognised is still late: the register counts it beside, with the reason in its note.
Source: 发改西部〔2018〕1960号 items 十四 (tasks, owners), 谯发改综合〔2020〕241号 item 十五.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Figure, Register
from gep.compensation.nouns import Identity
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected


def standing(due: dt.date, done: dt.date | None, last: dt.date) -> str:
    """Where a task stands on the `last` day of the year: on_time | late | overdue | running (not due yet)."""
    if done is not None and done <= last:
        return "on_time" if done <= due else "late"
    return "overdue" if due <= last else "running"


STATUS: rr.Known = {"done": ("完成", "已完成", "办结"), "ongoing": ("进行中", "推进中", "在办"),
                    "open": ("未启动", "未开始"), "cancelled": ("取消", "调整", "终止")}  # fmt: skip
COLUMNS = Expected({
    "task": Expect("text", required=True, aliases=("任务编号", "编号")),
    "name": Expect("text", required=True, aliases=("任务名称", "任务", "工作任务")),
    "zone": ZONE,
    "owner": Expect("text", required=True, aliases=("责任主体", "责任单位", "牵头单位")),
    "due": Expect("date", required=True, aliases=("完成时限", "办结时限", "时限")),
    "status": Expect("text", required=True, aliases=("状态", "进展")),
    "done": Expect("date", aliases=("完成日期", "办结日期")),
    "tolerated": Expect("text", aliases=("容错纠错", "容错认定")),
    "note": Expect("text", aliases=("备注", "说明", "原因")),
    "year": YEAR,
}, unique=False)  # fmt: skip


def check(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the rows: GEP-J344 status and date that disagree; cancelled and recognised ones give reasons."""
    faults = [
        *rr.needed(rows, "task", "name", "owner", "due", "status"),
        *rr.unique(rows, "task"),
        *rr.one_of(rows, "status", STATUS),
        *rr.one_of(rows, "tolerated", rr.YES_NO),
        *rr.not_after(rows, year, "done"),
    ]
    status = rr.meant(rows, "status", STATUS)
    reasons = (rr.meant(rows, "tolerated", rr.YES_NO) == "yes") | (status == "cancelled")
    faults += rr.needed(rr.narrowed(rows, lambda _: reasons), "note")
    for (row, done), word in zip(rr.cells(rows, "done"), status, strict=True):
        if word is not None and (word == "done") != (rr.day(done) is not None):
            faults.append(rr.bad("GEP-J344", rows, row, "done"))
    return faults, []


def states(rows: pd.DataFrame) -> pd.Series:
    """The standing of every task at the end of the rows' year (attrs year); "cancelled" for those that were."""
    last = dt.date(int(rows.attrs["year"]) + 1, 1, 1) - dt.timedelta(days=1)
    out = []
    status = rr.meant(rows, "status", STATUS)
    for (_, (due, done)), word in zip(rr.each(rows, "due", "done"), status, strict=True):
        on = rr.day(due)
        out.append("cancelled" if word == "cancelled" else standing(on, rr.day(done), last) if on else None)
    return pd.Series(out, rows.index, dtype="object")


def fallen_due(rows: pd.DataFrame) -> pd.Series:
    """Tasks that are to be judged: due by the end of the year or done by then, and not cancelled."""
    return states(rows).isin(["on_time", "late", "overdue"])


def _is(*words: str) -> rr.Where:
    return lambda rows: states(rows).isin(words)


def _tolerated(rows: pd.DataFrame) -> pd.Series:
    return (rr.meant(rows, "tolerated", rr.YES_NO) == "yes") & states(rows).isin(["late", "overdue"])


def _kept(rows: pd.DataFrame) -> pd.Series:
    return ~_is("cancelled")(rows)


_FIGURES: tuple[Figure, ...] = (
    rr.count("tasks", "年度任务数", "tasks of the year", where=_kept),
    rr.count("done", "已完成任务数", "tasks done", where=_is("on_time", "late")),
    rr.part("on_time_share", "任务按期完成率", "tasks done on time, of those due", which=_is("on_time"),
            where=fallen_due),
    rr.count("overdue", "年末逾期未完成任务数", "tasks overdue at the end of the year", where=_is("overdue")),
    rr.count("tolerated", "逾期任务中认定容错的", "late tasks with 容错 recognised", where=_tolerated),
)  # fmt: skip
REGISTERS = (
    Register(
        "task_register", "年度任务台账", "register of the year's tasks", "十四",
        Table("task_register", "年度任务台账", "register of the year's tasks", COLUMNS, required=False),
        _FIGURES, check, source="FGXB1960", clause="十四",
        note_zh="认定容错的任务仍按逾期统计，另列件数；取消或调整的须说明原因，不计入完成率",
        note_en="late is late, 容错 is counted beside; a task cancelled needs a reason and is not judged",
    ),
)  # fmt: skip
