"""What registers share: checks of rows, each giving faults with row and column, and the figures made from columns.

Every check takes the rows as read (index = row in the user's file, attrs file and columns) and gives a list of faults;
a register's `check` adds them up, so that all faults of a table are told at once. A blank is never taken as 0: a
figure over a cell that is blank is missing. Money and volumes are added as decimals, as they are printed.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment.register import Figure
from gep.compensation.nouns import Identity, dec
from gep.compensation.rows import clean, file, place, plain
from gep.errors import Fault, fault
from gep.intake.expect import Fixed
from gep.intake.values import date, is_missing, key, split_unit, tidy
from gep.intake.zone_names import TOTALS
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

Where = Callable[["pd.DataFrame"], "pd.Series[bool]"]
Known = Mapping[str, tuple[str, ...]]  # word of ours → what tables write for it
LINE = 120  # characters of a sum that is written out; with more, the lines stand for it
YES_NO: Known = {"yes": ("是", "有", "y", "true", "1"), "no": ("否", "无", "n", "false", "0")}


def cells(rows: pd.DataFrame, column: str) -> Iterator[tuple[Hashable, Any]]:
    """(row in the file, cell); the cell is None where it is blank or the table has no such column."""
    values = rows[column] if column in rows else [None] * len(rows)
    for row, value in zip(rows.index, values, strict=True):
        yield row, None if value is None or value != value or (isinstance(value, str) and is_missing(value)) else value


def each(rows: pd.DataFrame, *columns: str) -> Iterator[tuple[Hashable, list[Any]]]:
    """(row in the file, its cells of the columns), row by row."""
    said = zip(*([value for _, value in cells(rows, c)] for c in columns), strict=True)
    for row, values in zip(rows.index, said, strict=True):
        yield row, list(values)


def decimal(value: Any) -> Decimal | None:
    """A number as it was printed (the dust of a conversion of units left out); None where it is blank."""
    return None if value is None or value != value else dec(clean(float(value)))


def day(value: Any) -> dt.date | None:
    """A cell as a date; None where it is blank or none."""
    found = None if value is None or value != value else date(value)
    return found.date() if hasattr(found, "date") else found  # type: ignore[union-attr]


def read_as(value: Any, known: Known) -> str | None:
    """Which of the known words a cell means, full width and spaces aside; None: none of them, or blank."""
    said = key(value) if value is not None and value == value else ""
    return next((word for word, also in known.items() if said and said in {key(w) for w in (word, *also)}), None)


def meant(rows: pd.DataFrame, column: str, known: Known) -> pd.Series[Any]:
    """A column of words as ours (`read_as`), for figures."""
    import pandas as pd

    words = {value: read_as(value, known) for _, value in cells(rows, column)}  # few in a column
    return pd.Series([words[v] for _, v in cells(rows, column)], rows.index, dtype="object")


def head(rows: pd.DataFrame, column: str) -> str:
    """What the user's table calls a column, without its unit: numbers here are in canonical ones."""
    return split_unit(str(rows.attrs.get("columns", {}).get(column, column)))[0]


def told(rows: pd.DataFrame, column: str, value: Decimal | None) -> str:
    """A number of a column with the unit it is read in, for faults."""
    unit = rows.attrs.get("units", {}).get(column, "")
    return plain(value) + (f" {unit}" if unit not in ("", "1") else "")


def bad(code: str, rows: pd.DataFrame, row: Hashable, column: str, **more: object) -> Fault:
    """A fault of a cell; `more` fills the words of the code beside row and column."""
    words: dict[str, Any] = {"row": row, "column": head(rows, column)} | more
    return fault(code, file=file(rows, "register"), place=place(rows, row, column), **words)


# --- checks of rows


def needed(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J300: a cell that must not be blank. For some rows only: `needed(rows[mask], …)`."""
    return [bad("GEP-J300", rows, row, c) for c in columns for row, value in cells(rows, c) if value is None]


def together(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J301: columns that are filled together or not at all."""
    out = []
    for row, values in each(rows, *columns):
        there = [c for c, v in zip(columns, values, strict=True) if v is not None]
        absent = [c for c in columns if c not in there] if there else []
        out += [bad("GEP-J301", rows, row, c, other=head(rows, there[0])) for c in absent]
    return out


def unique(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J302: the same id (the columns together) in two rows; a blank id is `needed`'s to tell."""
    seen: dict[tuple[str, ...], Hashable] = {}
    out = []
    for row, said in each(rows, *columns):
        id = tuple(key(v) for v in said)
        if said[0] is None:
            continue
        if id in seen:
            what = " · ".join(tidy(v) for v in said if v is not None)
            out.append(bad("GEP-J302", rows, row, columns[0], other=seen[id], what=what))
        seen.setdefault(id, row)
    return out


def one_of(rows: pd.DataFrame, column: str, known: Known) -> list[Fault]:
    """GEP-J303: a word that is none of the known ones (blank: `needed`'s to tell)."""
    listed = "、".join(also[0] if also else word for word, also in known.items())
    return [bad("GEP-J303", rows, row, column, word=tidy(value), known=listed)
            for row, value in cells(rows, column) if value is not None and read_as(value, known) is None]  # fmt: skip


def not_negative(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J304: money, area or volume below zero."""
    return [bad("GEP-J304", rows, row, c, value=told(rows, c, decimal(value)))
            for c in columns for row, value in cells(rows, c) if value is not None and value < 0]  # fmt: skip


def share(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J305: a share outside 0 … 1."""
    return [bad("GEP-J305", rows, row, c, value=told(rows, c, decimal(value)))
            for c in columns for row, value in cells(rows, c)
            if value is not None and not 0 <= clean(float(value)) <= 1]  # fmt: skip


def not_after(rows: pd.DataFrame, year: int, *columns: str) -> list[Fault]:
    """GEP-J306: a date after the last day of the year that the register is of."""
    last = dt.date(year + 1, 1, 1) - dt.timedelta(days=1)
    said = ((row, c, day(value)) for c in columns for row, value in cells(rows, c))
    return [bad("GEP-J306", rows, row, c, day=on, last=last) for row, c, on in said if on is not None and on > last]


def within(rows: pd.DataFrame, year: int, *columns: str) -> list[Fault]:
    """GEP-J307: a date outside of the year that the register is of."""
    said = ((row, c, day(value)) for c in columns for row, value in cells(rows, c))
    return [bad("GEP-J307", rows, row, c, day=on, year=year) for row, c, on in said if on and on.year != year]


def in_order(rows: pd.DataFrame, *columns: str) -> list[Fault]:
    """GEP-J308: dates of a row that must not lie before the one to their left; blanks are passed over."""
    out = []
    for row, values in each(rows, *columns):
        said = [(c, on) for c, value in zip(columns, values, strict=True) if (on := day(value)) is not None]
        out += [bad("GEP-J308", rows, row, c, day=on, other=head(rows, left), before=before)
                for (left, before), (c, on) in itertools.pairwise(said) if on < before]  # fmt: skip
    return out


def at_most(rows: pd.DataFrame, column: str, limit: str, note: str = "") -> list[Fault]:
    """GEP-J309: a number above that of the column `limit`; a row that fills the column `note` explains itself."""
    out = []
    for row, (value, most, why) in each(rows, column, limit, note):
        have, top = decimal(value), decimal(most)
        if have is not None and top is not None and have > top and why is None:
            out.append(bad("GEP-J309", rows, row, column, value=told(rows, column, have),
                           limit=head(rows, limit), most=told(rows, limit, top)))  # fmt: skip
    return out


def adds_up(rows: pd.DataFrame, parts: Sequence[str], whole: str | Decimal) -> list[Fault]:
    """GEP-J310: Σ parts = whole (a column, or a number), exact as printed; rows with a blank are left out."""
    out = []
    column = parts[0] if isinstance(whole, Decimal) else whole
    for row, values in each(rows, *parts, column):
        *said, last = (decimal(v) for v in values)
        want = whole if isinstance(whole, Decimal) else last
        have = sum((v for v in said if v is not None), Decimal(0))
        if want is not None and None not in said and have != want:
            words = {"parts": " + ".join(head(rows, c) for c in parts), "total": told(rows, column, have)}
            out.append(bad("GEP-J310", rows, row, column, whole=told(rows, column, want), **words))
    return out


def named(rows: pd.DataFrame, column: str, names: Mapping[str, str]) -> list[Fault]:
    """GEP-J311: a township or party that is none (`names`: id → name); the column `zone` is matched at intake."""
    known = {key(w) for pair in names.items() for w in pair}
    out = []
    for row, value in cells(rows, column):
        if value is not None and key(value) not in known:
            zh, en = did_you_mean(value, list(names.values()))
            out.append(bad("GEP-J311", rows, row, column, word=tidy(value), near_zh=zh, near_en=en))
    return out


_SUMS = tuple(word for word in TOTALS if word.endswith("计"))  # 合计, 小计 …: also "溪岗乡小计"
_FREE = ("note", "basis", "source", "document")  # columns of remarks


def without_totals(rows: pd.DataFrame, county: str = "") -> tuple[pd.DataFrame, list[Fault]]:
    """The rows but those of totals, and GEP-J312 for each of these: a register lists records, whose sum would count
    twice. A total is a row with 合计, 小计, 总计, 全县 … (or the name of the county) in a text cell, remarks aside."""
    words = TOTALS | ({key(county)} if county else set())
    texts = [str(c) for c in rows if c not in _FREE and rows[c].dtype == object]
    found: dict[Hashable, Fault] = {}
    for c in texts:
        known = TOTALS if c != "zone" else words
        for row, value in cells(rows, c):
            said = key(value).rstrip(":：") if isinstance(value, str) else ""
            if said in known or said.endswith(_SUMS):
                found.setdefault(row, bad("GEP-J312", rows, row, c, word=tidy(value)))
    if not found:
        return rows, []
    kept = rows[~rows.index.isin(list(found))]
    kept.attrs = rows.attrs
    return kept, [found[row] for row in sorted(found)]  # type: ignore[type-var]


# --- sums as decimals, identities, figures


def amounts(rows: pd.DataFrame, column: str) -> list[Decimal] | None:
    """The numbers of a column; None where one of them is blank."""
    found = [decimal(value) for _, value in cells(rows, column)]
    return None if any(v is None for v in found) else [v for v in found if v is not None]


def summed(rows: pd.DataFrame, column: str) -> Decimal | None:
    """Σ of a column (0 over no rows); None where a cell is blank."""
    found = amounts(rows, column)
    return None if found is None else sum(found, Decimal(0))


def identity(id: str, zh: str, en: str, left: Decimal | None, right: Decimal | None) -> list[Identity]:
    """The identity of two sums; none where a side has a blank (which is a fault by itself)."""
    return [] if left is None or right is None else [Identity(id, zh, en, left, right)]


def total(
    id: str, zh: str, en: str, unit: str, column: str, where: Where | None = None, by: str = "", heads: str = "",
    listed: bool = False,
) -> Figure:  # fmt: skip
    """Σ of a column over the rows that are `where`; n: rows, distinct words of the column `by`, or Σ of `heads`.

    `listed`: `where` picks a class (a pollutant, a sector) that is missing where the register lists it nowhere.
    """

    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        used = narrowed(rows, where)
        value = summed(used, column)
        return None if value is None else float(value), units_of(used, by, heads)

    def shown(rows: pd.DataFrame) -> str:
        return f"Σ {head(rows, column)} = {_plus(narrowed(rows, where), column)}"

    return Figure(id, zh, en, unit, compute, f"Σ {column}", (column,), where, True, listed, shown)


def count(id: str, zh: str, en: str, where: Where | None = None, by: str = "", unit: str = "1") -> Figure:
    """How many rows are `where`, or distinct words of the column `by`: a township of two projects of one firm counts 1.

    Rows add up over the townships; distinct words do not where one stands in several.
    """

    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        n = units_of(narrowed(rows, where), by) or 0
        return float(n), n

    def shown(rows: pd.DataFrame) -> str:
        return f"n({head(rows, by) if by else 'row'}) = {units_of(narrowed(rows, where), by)}"

    return Figure(id, zh, en, unit, compute, f"n({by or 'row'})", (), where, not by, shown=shown)


def ratio(
    id: str, zh: str, en: str, above: str, below: str, where: Where | None = None, by: str = "", unit: str = "1"
) -> Figure:
    """Σ above ÷ Σ below over the rows that are `where`; None over no rows or a whole of 0 (0/0 is no share)."""

    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        used = narrowed(rows, where)
        top, bottom = summed(used, above), summed(used, below)
        return None if top is None or not bottom else float(top / bottom), units_of(used, by)

    def shown(rows: pd.DataFrame) -> str:
        used = narrowed(rows, where)
        return (f"Σ {head(rows, above)} ÷ Σ {head(rows, below)} = {plain(summed(used, above))} ÷ "
                f"{plain(summed(used, below))}")  # fmt: skip

    return Figure(id, zh, en, unit, compute, f"Σ {above} ÷ Σ {below}", (above, below), where, shown=shown)


def part(
    id: str, zh: str, en: str, which: Where, column: str = "", where: Where | None = None, by: str = "",
    unit: str = "1",
) -> Figure:  # fmt: skip
    """Σ of a column (or the number of rows) that are `which`, of all that are `where`; None over no rows (0/0)."""

    def both(rows: pd.DataFrame) -> tuple[Decimal | None, Decimal | None]:
        used = narrowed(rows, where)
        if column:
            return summed(narrowed(used, which), column), summed(used, column)
        return Decimal(len(narrowed(used, which))), Decimal(len(used))

    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        top, bottom = both(rows)
        return None if top is None or not bottom else float(top / bottom), units_of(narrowed(rows, where), by)

    def shown(rows: pd.DataFrame) -> str:
        top, bottom = both(rows)
        return f"{plain(top)} ÷ {plain(bottom)}"

    what = f"Σ {column}" if column else "n"
    columns = (column,) if column else ()
    return Figure(id, zh, en, unit, compute, f"{what} (which) ÷ {what}", columns, where, shown=shown)


class Whole:
    """The rows of a register: as read, as cells, and which of them are used `where`, told once for all their parts."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows, self.index, self.cells = rows, rows.index, rows.to_numpy(object)
        self.used: dict[Where, Any] = {}

    def part(self, at: Any) -> pd.DataFrame:
        """Rows by their places: a table of cells that remembers where they are of (attrs part)."""
        import pandas as pd

        made = pd.DataFrame(self.cells[at], self.index[at], self.rows.columns, dtype=object)
        made.attrs = {**self.rows.attrs, "part": _Part(self, at, made)}
        return made


class _Part(Fixed):
    """Of which whole a table is a part; a table made from it has the same attrs and is not `rows`."""

    def __init__(self, whole: Whole, at: Any, rows: pd.DataFrame) -> None:
        super().__init__()
        self.whole, self.at, self.rows = whole, at, rows

    def narrowed(self, where: Where) -> pd.DataFrame:
        """The rows that are `where`."""
        used = self.whole.used
        if where not in used:
            used[where] = where(self.whole.rows).to_numpy(bool)
        mine = used[where][self.at]
        return self.rows if mine.all() else self.whole.part(self.at[mine])


def narrowed(rows: pd.DataFrame, where: Where | None) -> pd.DataFrame:
    """The rows that a figure uses; what the table is called stays with them."""
    if where is None:
        return rows
    part: _Part | None = rows.attrs.get("part")
    if part is not None and part.rows is rows:
        return part.narrowed(where)
    used = rows[where(rows)]
    used.attrs = rows.attrs
    return used


def _plus(rows: pd.DataFrame, column: str) -> str:
    """ "12 + 30", or how many there are where they do not fit on a line."""
    found = [plain(decimal(value)) for _, value in cells(rows, column)]
    text = " + ".join(found) or "0"
    return text if len(text) <= LINE else f"({len(found)})"


def units_of(rows: pd.DataFrame, by: str = "", heads: str = "") -> int | None:
    """How many units stand behind rows: rows, distinct words of `by`, or Σ of the column `heads` (None: not told)."""
    if heads:
        told = summed(rows, heads)
        return None if told is None else int(told)
    if by:
        return len({key(value) for _, value in cells(rows, by) if value is not None})
    return len(rows)
