"""Where every figure of a form stands on its sheet: blocks of one zone and interval, lines, columns, addresses.

Nothing is written here. The sheet of results, the blank sheet to be filled in and the reader of a filled one ask the
same layout, so that they cannot disagree.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gep.entries import COUNTY
from gep.forms import STOCKS, Form
from gep.report import labels
from gep.report.frame_sheet import half
from gep.report.sheets import address

if TYPE_CHECKING:
    import pandas as pd

OWNERS = ("state", "collective")
NAME = 31  # characters of a sheet's name, Excel's limit
SIDE = ("source", "method", "confidence", "note")  # beside the figures: how they are known
FILLED_SIDE = ("source", "method", "note")  # of those, what whoever fills in a blank form says


@dataclass(frozen=True)
class Line:
    """One line of the row axis: a row of the form (of an owner), the identity's check, or the owners' check."""

    row: str
    owner: str = ""
    kind: Literal["entry", "check", "split"] = "entry"


@dataclass(frozen=True)
class Block:
    """The figures of one zone ("" the county) over one interval; `top` is the sheet row of its title, from 0."""

    zone: str
    zone_name: str
    open: int
    close: int
    top: int


@dataclass(frozen=True)
class Layout:
    """A form laid out: which lines it has, how they turn, and where each block begins."""

    form: Form
    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]

    @functools.cached_property
    def turned(self) -> bool:
        """Whether the form's columns go down the page."""
        return self.form.down == "columns"

    @functools.cached_property
    def grouped(self) -> bool:
        """Whether some columns stand under a common head."""
        return any(c.group for c in self.form.columns)

    @functools.cached_property
    def mixed(self) -> bool:
        """Whether columns differ in unit, so that each must show its own."""
        return len({self.form.unit_of(c.id) for c in self.form.columns}) > 1

    @functools.cached_property
    def left(self) -> int:
        """Columns of the sheet before the first figure."""
        return 1 + self.grouped + self.mixed if self.turned else 1

    @functools.cached_property
    def heads(self) -> int:
        """Sheet rows of heads above the figures."""
        return 1 if self.turned else 1 + self.grouped + self.mixed

    @functools.cached_property
    def down(self) -> int:
        """How many sheet rows of figures a block has."""
        return len(self.form.columns) if self.turned else len(self.lines)

    @functools.cached_property
    def across(self) -> int:
        """How many sheet columns of figures."""
        return len(self.lines) if self.turned else len(self.form.columns)

    @functools.cached_property
    def height(self) -> int:
        """Sheet rows from one block's title to the next one's: title, heads, figures, preparers, an empty row."""
        return 1 + self.heads + self.down + 2

    @functools.cached_property
    def _lines(self) -> dict[Line, int]:
        return {line: i for i, line in enumerate(self.lines)}

    @functools.cached_property
    def _columns(self) -> dict[str, int]:
        return {column.id: i for i, column in enumerate(self.form.columns)}

    @functools.cached_property
    def _zones(self) -> dict[tuple[int, int], list[Block]]:
        found: dict[tuple[int, int], list[Block]] = {}
        for block in self.blocks:
            if block.zone != COUNTY:
                found.setdefault((block.open, block.close), []).append(block)
        return found

    @functools.cached_property
    def decimals(self) -> dict[str, int]:
        """The decimals of each column."""
        return {c.id: self.form.decimals_of(c.id) for c in self.form.columns}

    @functools.cached_property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        return {c.id: self.form.unit_of(c.id) for c in self.form.columns}

    def spot(self, block: Block, line: Line, column: str) -> tuple[int, int]:
        """Sheet row and column, from 0, of a figure."""
        i, j = self._lines[line], self._columns[column]
        return block.top + 1 + self.heads + (j if self.turned else i), self.left + (i if self.turned else j)

    def has(self, line: Line) -> bool:
        """Whether the form is laid out with this line."""
        return line in self._lines

    def at(self, block: Block, line: Line, column: str) -> str:
        """The address of a figure, such as C12."""
        return address(*self.spot(block, line, column))

    def side(self) -> int:
        """The first sheet column right of the figures."""
        return self.left + self.across

    def foot(self, block: Block) -> int:
        """The sheet row below a block's figures."""
        return block.top + 1 + self.heads + self.down

    def zones(self, block: Block) -> tuple[Block, ...]:
        """The townships' blocks of the same interval."""
        return tuple(self._zones.get((block.open, block.close), ()))


def layout(form: Form, blocks: Iterable[tuple[str, str, int, int]], owned: Sequence[str], first: int) -> Layout:
    """Lay out a form: `blocks` (zone, name, open, close), `owned` the rows split by owner, `first` sheet row."""
    lines = []
    for row in form.rows:
        lines.append(Line(row.id))
        if row.role == "closing" and form.kind == "stock":
            lines.append(Line(row.id, kind="check"))
    for id in owned:
        lines += [*(Line(id, owner) for owner in OWNERS), Line(id, kind="split")]
    plan = Layout(form, tuple(lines), ())
    placed = tuple(Block(*where, top=first + i * plan.height) for i, where in enumerate(blocks))
    return Layout(form, tuple(lines), placed)


def ordered(entries: pd.DataFrame, zones: Sequence[str]) -> list[tuple[str, str, int, int]]:
    """Blocks that entries fill: for each interval the county first, then the townships in the order of `zones`."""
    names: dict[tuple[int, int], dict[str, str]] = {}
    found = entries[["open", "close", "zone", "zone_name"]].drop_duplicates()
    for opened, closed, zone, name in found.itertuples(index=False, name=None):
        here = names.setdefault((int(opened), int(closed)), {})
        here[str(zone)] = here.get(str(zone)) or str(name or "")
    rank = {zone: i for i, zone in enumerate([COUNTY, *zones])}
    return [
        (zone, here[zone], *interval)
        for interval, here in sorted(names.items())
        for zone in sorted(here, key=lambda z: (rank.get(z, len(rank)), z))
    ]


def years(entries: pd.DataFrame) -> list[tuple[int, int]]:
    """The intervals of the entries, in order."""
    return sorted({(int(o), int(c)) for o, c in zip(entries["open"], entries["close"], strict=True)})


def owned(form: Form, entries: pd.DataFrame | None) -> tuple[str, ...]:
    """The rows of a form that are split by owner: those of the entries, on a blank form the stocks."""
    if not form.owners:
        return ()
    if entries is None:
        return tuple(r.id for r in form.rows if r.role in STOCKS)
    said = set(entries.loc[entries["owner"].isin(OWNERS), "row"])
    return tuple(r.id for r in form.rows if r.id in said)


def sheet_name(form: Form, taken: Iterable[str], lang: str) -> str:
    """The sheet's name: number and short name, no longer than Excel allows, unlike any other."""
    plain = form.zh if lang == "zh" else re.sub(r":[^,]*", "", form.en)  # "Land: stocks and changes, term 2017–2023"
    stem = re.sub(r"[\[\]:*?/\\]", " ", f"{form.number} {plain}").strip(" '") or form.form
    known, name, count = {t.casefold() for t in taken}, stem[:NAME].strip(" '"), 1
    while name.casefold() in known:
        count += 1
        end = f" {count}"
        name = stem[: NAME - len(end)] + end
    return name


def title(block: Block, county: str, lang: str, term: tuple[int, int] | None = None) -> str:
    """The line above a block: which township, from when to when."""
    name = county if block.zone == COUNTY else f"{block.zone_name}（{block.zone}）"
    return f"{name}  {interval(block.open, block.close, lang, term)}"


def interval(opened: int, closed: int, lang: str, term: tuple[int, int] | None = None) -> str:
    """An interval as a form says it: end of one year to the end of another, or a term of office."""
    key = "form_term" if term == (opened, closed) else "form_interval"
    return labels.label(key, lang).format(open=opened, close=closed)


def line_name(form: Form, line: Line, lang: str) -> str:
    """What stands at the head of a line."""
    row = form.row(line.row)
    name = row.zh if lang == "zh" else row.en
    if line.kind == "check":
        return labels.label("form_check", lang)
    if line.kind == "split":
        return f"{labels.label('form_split', lang)}{name}"
    return f"{labels.label('form_owner_' + line.owner, lang)}{name}" if line.owner else name


def column_name(form: Form, column: str, lang: str) -> str:
    """What a column is called, without its group."""
    found = form.column(column)
    return found.zh if lang == "zh" else found.en


def full_name(form: Form, column: str, lang: str) -> str:
    """A column's name with its group before it where the name alone says too little."""
    group, name = group_name(form, column, lang), column_name(form, column, lang)
    return name if not group or group in name else f"{group} {name}"


def group_name(form: Form, column: str, lang: str) -> str:
    """The common head above a column, "" for none."""
    return half(form.column(column).group or "", lang)


def unit_name(unit: str, lang: str) -> str:
    """A unit as forms print it: 公顷 for ha; a plain number has none."""
    if unit == "1":
        return "—"
    key = f"form_unit_{unit}"
    return labels.label(key, lang) if labels.known(key) else labels.unit(unit, lang)


def runs(names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Stretches of equal names: (first, last, name)."""
    out: list[Any] = []
    for i, name in enumerate(names):
        if out and out[-1][2] == name:
            out[-1] = (out[-1][0], i, name)
        else:
            out.append((i, i, name))
    return out
