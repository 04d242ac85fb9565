"""The matrix of change (转移矩阵) of the county by interval, and its changes one by one with their causes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gep.report import labels
from gep.report.form_layout import interval
from gep.report.frame_sheet import body
from gep.report.sheets import Book, Page

if TYPE_CHECKING:
    import pandas as pd

_DECIMALS = 4  # hectares to the square metre
_AREA = "#,##0.0000"
_CHANGES = ("open", "close", "from_name", "to_name", "flag", "cause", "rule", "area_ha", "share_of_opening",
            "share_of_closing")  # fmt: skip


def matrices(
    book: Book, key: str, table: pd.DataFrame, coded: Callable[[str], Callable[[object], str]],
    say: Callable[[str], str],
) -> None:  # fmt: skip
    """Write the county's matrix of each interval, in hectares, and below them its changes one by one.

    `table`: gep.accounts.extent.MATRIX; townships stand in the CSV. `coded`: words of a family of codes; `say`: labels.
    """
    page = book.sheets[key]
    page.title(book.name(key), say("cut_transitions"))
    page.freeze(3, 1)
    county = table[table["zone"].fillna("") == ""]
    names = {c: _name(c, book.lang, say) for c in {*county["from"], *county["to"]}}
    row = 3
    for opened, closed in sorted(set(zip(county["open"], county["close"], strict=True))):
        own = county[(county["open"] == opened) & (county["close"] == closed)]
        row = _matrix(page, row, own, names, interval(int(opened), int(closed), book.lang), say)
    moves = county[county["from"] != county["to"]]
    if not len(moves):
        return
    page.starts.append(row)
    page.text(row, 0, say("changes"), bold=True, border=0)
    shown = moves.assign(
        from_name=moves["from"].map(names), to_name=moves["to"].map(names), flag=moves["flag"].map(coded("flag")),
        cause=moves["cause"].map(coded("cause")),
    )  # fmt: skip
    body(page, shown, list(_CHANGES), {}, row + 2)


def _name(code: str, lang: str, say: Callable[[str], str]) -> str:
    return labels.type_name(code, code, lang) if code else say("no_cover")


def _matrix(
    page: Page, row: int, own: pd.DataFrame, names: dict[str, str], title: str, say: Callable[[str], str]
) -> int:
    """One interval: a row a type it was, a column a type it became; sums right and below. Returns the row after it."""
    codes = sorted({*own["from"], *own["to"]}, key=lambda c: (c == "", c))  # what has no land cover comes last
    cells = {(a, b): round(part["area_ha"].sum() * 10**_DECIMALS) for (a, b), part in own.groupby(["from", "to"])}
    page.starts.append(row)
    page.sheet.write_string(row, 0, f"{title}  {say('matrix_unit')}", page.book.format(bold=True))
    page.heads(row + 1, [f"{say('from_name')} ↓  {say('to_name')} →", *(names[c] for c in codes), say("total")])
    page.fit(row + 1, [names[c] for c in codes], 13)
    for i, a in enumerate([*codes, None], row + 2):
        page.text(i, 0, say("total") if a is None else names[a], bold=a is None)
        for j, b in enumerate([*codes, None], 1):
            found = [v for (x, y), v in cells.items() if a in (None, x) and b in (None, y)]
            style = {"bg_color": "#F2F2F2"} if a == b and a is not None else {"bold": True} if None in (a, b) else {}
            page.number(i, j, sum(found) / 10**_DECIMALS if found else None, _AREA, **style)
    return row + 2 + len(codes) + 2
