"""Score cards (计分卡) as data: blocks with their points, items with the indicator, points, and how they are scored.

`coefficients/score_cards.csv`, or a county's own CSV of the same columns (one card a file):

    Σ points of a block's items = block_points, Σ blocks = total, level + change = 1 for every item

`attainment`: ratio (actual/target, or target/actual where less is better) or distance (from base to target). `cap`: the
attainment that counts at most (blank: 1, nothing for doing more than was asked).
Source: assessment.md §8, the recommended card of this toolkit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from gep.assessment.catalogue import Indicator
from gep.coefficient_tables import CONFIDENCE, Sheet, folder, header_faults, near, read_sheet
from gep.errors import Fault, GepError, fault

COLUMNS = (
    "card", "card_zh", "card_en", "total", "block", "block_zh", "block_en", "block_points", "indicator", "points",
    "level", "change", "attainment", "cap", "confidence", "source", "note",
)  # fmt: skip
PACKAGED = "coefficients/score_cards.csv"
RATIO, DISTANCE = "ratio", "distance"
_ONE_VALUE = {"card": ("card_zh", "card_en", "total"), "block": ("block_zh", "block_en", "block_points")}
_NUMBERS = ("total", "block_points", "points", "level", "change", "cap")


@dataclass(frozen=True)
class Item:
    """A line of a card: `points` to get, the share `level` of them for where it stands, `change` for how it moved."""

    indicator: str
    block: str
    points: float
    level: float
    change: float
    attainment: str
    cap: float
    confidence: str
    file: str
    line: int


@dataclass(frozen=True)
class Block:
    """A group of items and its points."""

    id: str
    zh: str
    en: str
    points: float
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Card:
    """A score card, sound: its sums hold and its indicators are known."""

    id: str
    zh: str
    en: str
    total: float
    blocks: tuple[Block, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the file."""
        return tuple(item for block in self.blocks for item in block.items)


def card_of(said: str, catalogue: Mapping[str, Indicator], file: str = "", place: str = "") -> Card:
    """The card of that id, or the one card of a county's CSV. Raises GepError with all faults by row and column;
    `file`, `place`: where the study names it, for GEP-J250."""
    path = Path(said) if said.endswith(".csv") else folder() / "score_cards.csv"
    sheet = read_sheet(path, path.name if said.endswith(".csv") else PACKAGED)
    if faults := header_faults(sheet, COLUMNS):
        raise GepError(faults)
    known = list(dict.fromkeys(cells["card"] for _, cells in sheet.rows))
    if said.endswith(".csv"):
        if len(known) != 1:
            raise GepError(fault("GEP-J259", file=sheet.file, place="column card", known=", ".join(known) or "—"))
        said = known[0]
    if said not in known:
        where = {"file": file, "place": place}
        raise GepError(fault("GEP-J250", **where, word=said or "—", known=", ".join(known), near=near(said, known)))
    rows = [(line, cells) for line, cells in sheet.rows if cells["card"] == said]
    faults = sheet_faults(Sheet(sheet.file, sheet.columns, tuple(rows)), catalogue)
    if faults:
        raise GepError(faults)
    return _card(sheet.file, rows)


def all_faults(catalogue: Mapping[str, Indicator]) -> list[Fault]:
    """The faults of every packaged card, for `gep coefficients --check`."""
    try:
        sheet = read_sheet(folder() / "score_cards.csv", PACKAGED)
    except GepError as error:
        return list(error.faults)
    if faults := header_faults(sheet, COLUMNS):
        return faults
    out: list[Fault] = []
    for id in dict.fromkeys(cells["card"] for _, cells in sheet.rows):
        rows = tuple((line, cells) for line, cells in sheet.rows if cells["card"] == id)
        out += sheet_faults(Sheet(sheet.file, sheet.columns, rows), catalogue)
    return out


def sheet_faults(sheet: Sheet, catalogue: Mapping[str, Indicator]) -> list[Fault]:
    """All faults of the rows of one card: cells (J251, J260), indicators (J252, J253, J258), shares (J257), names and
    points told twice (J256), sums (J254, J255)."""
    out: list[Fault] = []
    seen: dict[str, int] = {}
    for line, cells in sheet.rows:
        out += _cell_faults(sheet.file, line, cells, catalogue)
        code = cells["indicator"]
        if code in seen:
            out.append(_at(sheet.file, line, "indicator", "GEP-J253", word=code, other=seen[code]))
        seen.setdefault(code, line)
    for by, columns in _ONE_VALUE.items():
        first: dict[str, tuple[int, dict[str, str]]] = {}
        for line, cells in sheet.rows:
            other, said = first.setdefault(cells[by], (line, cells))
            for column in columns:
                if cells[column] != said[column]:
                    words = {"id": cells[by], "cell": cells[column], "there": said[column], "other": other}
                    out.append(_at(sheet.file, line, column, "GEP-J256", **words))
    return out + (_sum_faults(sheet) if not any(f.code in ("GEP-J251", "GEP-J256") for f in out) else [])


def _cell_faults(
    file: str, line: int, cells: Mapping[str, str], catalogue: Mapping[str, Indicator]
) -> Iterable[Fault]:  # fmt: skip
    for column in ("block", "block_zh", "block_en", "card_zh", "card_en", "indicator"):
        if not cells[column]:
            yield _at(file, line, column, "GEP-J251", cell="—")
    wrong = {column for column in _NUMBERS if not _sound(column, cells[column])}
    for column in (c for c in _NUMBERS if c in wrong):
        yield _at(file, line, column, "GEP-J251", cell=cells[column] or "—")
    if not wrong & {"level", "change"} and Decimal(cells["level"]) + Decimal(cells["change"]) != 1:
        yield _at(file, line, "change", "GEP-J257", level=cells["level"], change=cells["change"])
    for column, known in (("attainment", (RATIO, DISTANCE)), ("confidence", CONFIDENCE)):
        if cells[column] not in known:
            yield _at(file, line, column, "GEP-J260", cell=cells[column] or "—", known=", ".join(known))
    code = cells["indicator"]
    if code and code not in catalogue:
        yield _at(file, line, "indicator", "GEP-J252", word=code, near=near(code, list(catalogue)))
    elif code and catalogue[code].direction == "none":
        yield _at(file, line, "indicator", "GEP-J258", word=code, zh=catalogue[code].zh, en=catalogue[code].en)


def _sound(column: str, cell: str) -> bool:
    """Points at least 0, the total above it; shares within 0…1; a cap of at least 1, or blank."""
    if column == "cap" and not cell:
        return True
    try:
        value = Decimal(cell)
    except InvalidOperation:
        return False
    if not value.is_finite() or value < 0:
        return False
    return {"total": value > 0, "cap": value >= 1, "level": value <= 1, "change": value <= 1}.get(column, True)


def _sum_faults(sheet: Sheet) -> list[Fault]:
    """Σ items = block, Σ blocks = total: exact, in decimals."""
    out: list[Fault] = []
    blocks: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, cells in sheet.rows:
        blocks.setdefault(cells["block"], []).append((line, cells))
    for id, rows in blocks.items():
        line, cells = rows[0]
        total, stated = sum(Decimal(c["points"]) for _, c in rows), Decimal(cells["block_points"])
        if total != stated:
            lines = ", ".join(str(n) for n, _ in rows)
            out.append(
                _at(sheet.file, line, "block_points", "GEP-J254", id=id, stated=stated, total=total, lines=lines)
            )
    if sheet.rows:
        line, cells = sheet.rows[0]
        total = sum(Decimal(rows[0][1]["block_points"]) for rows in blocks.values())
        if total != Decimal(cells["total"]):
            parts = " + ".join(rows[0][1]["block_points"] for rows in blocks.values())
            words = {"id": cells["card"], "stated": cells["total"], "total": total, "parts": parts}
            out.append(_at(sheet.file, line, "total", "GEP-J255", **words))
    return out


def _card(file: str, rows: list[tuple[int, dict[str, str]]]) -> Card:
    blocks: dict[str, list[Item]] = {}
    for line, c in rows:
        cap = float(c["cap"] or 1)
        numbers = (float(c["points"]), float(c["level"]), float(c["change"]))
        item = Item(c["indicator"], c["block"], *numbers, c["attainment"], cap, c["confidence"], file, line)
        blocks.setdefault(item.block, []).append(item)
    said = {c["block"]: c for _, c in rows}
    made = (Block(id, said[id]["block_zh"], said[id]["block_en"], float(said[id]["block_points"]), tuple(items))
            for id, items in blocks.items())  # fmt: skip
    head = rows[0][1]
    return Card(head["card"], head["card_zh"], head["card_en"], float(head["total"]), tuple(made))


def _at(file: str, line: int, column: str, code: str, **values: object) -> Fault:
    return fault(code, file=file, place=f"row {line}, column {column}", column=column, **values)
