"""Cells of registers of money and people: whole counts, no personal data, and the fault of a cell.

A register keeps numbers of people, never who they are: heads such as 姓名 or 身份证号 are refused, and so are identity
numbers in any text. Source: 个人信息保护法 2021 art. 6 (no more than the purpose needs).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gep.assessment.register import Figure
from gep.assessment.register_rows import cells, decimal, units_of
from gep.compensation.rows import file, place, plain
from gep.errors import Fault, fault
from gep.intake.expect import Expect

if TYPE_CHECKING:
    import pandas as pd

PERSONAL = {  # columns that are known only to be refused
    "person": Expect(
        "text", aliases=("姓名", "护林员姓名", "生态保护员姓名", "农户姓名", "户主姓名", "户主", "人员姓名")
    ),
    "id_number": Expect("text", aliases=("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号码")),
    "phone": Expect("text", aliases=("手机号", "手机号码", "联系电话", "电话")),
    "bank_account": Expect("text", aliases=("银行账号", "银行卡号", "一卡通账号", "卡号")),
}
_IDENTITY = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")  # 公民身份号码, GB 11643: 17 digits and a check sign


def bad(code: str, rows: pd.DataFrame, row: object, column: str, **more: object) -> Fault:
    """A fault of a cell of a register: its row and the user's name of the column."""
    words = {"row": row, "column": rows.attrs.get("columns", {}).get(column, column)} | more
    return fault(code, file=file(rows, "register"), place=place(rows, row, column), **words)


def whole(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J358: a count of heads or households that is no whole number."""
    return [bad("GEP-J358", rows, row, c, value=plain(decimal(value)))
            for c in columns for row, value in cells(rows, c) if value is not None and float(value) % 1]  # fmt: skip


def personal(rows: pd.DataFrame) -> list[Fault]:
    """GEP-J353: a column of names, identity numbers, telephones or accounts; GEP-J354: an identity number in a cell.
    What stands in them is not shown."""
    heads = rows.attrs.get("columns", {})
    out = [fault("GEP-J353", file=file(rows, "register"), place=f"column {heads.get(c, c)}", column=heads.get(c, c))
           for c in PERSONAL if c in rows]  # fmt: skip
    texts = [str(c) for c in rows if c not in PERSONAL and rows[c].dtype == object]
    out += [bad("GEP-J354", rows, row, c) for c in texts for row, value in cells(rows, c)
            if isinstance(value, str) and _IDENTITY.search(value)]  # fmt: skip
    return out


# --- how many units stand behind a figure


def unbound(figure: Figure) -> Figure:
    """A figure of public money or public bodies: no persons or enterprises stand behind it that release must hide."""
    return replace(figure, compute=lambda rows: (figure.compute(rows)[0], None))


def of_heads(figure: Figure, heads: str) -> Figure:
    """A figure of people: as many stand behind it as the column `heads` adds up to."""
    return replace(figure, compute=lambda rows: (figure.compute(rows)[0], units_of(rows, heads=heads)))


# --- registers that are kept for the county and name a township only where they know it


def with_zone(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The column `zone`, "" (the county's own) where the table has none."""
    return rows if "zone" in rows else rows.assign(zone="")


def where_told(figure: Figure) -> Figure:
    """A figure that a township without a row does not have: where the money sits is not told, and so it is not 0."""

    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        return figure.compute(rows) if len(rows) else (None, 0)

    return replace(figure, compute=compute, additive=False)
