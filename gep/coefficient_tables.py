"""The files of coefficients/: where they lie, how they are read, what a row is.

Every table is a CSV that Excel can edit: utf-8 (with or without BOM) or gb18030, codes as text, full-width digits
turned into plain ones. Reading checks nothing but the shape; `gep.coefficient_check` judges the content.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TypeVar

from gep.columns import CROSSWALK as CROSSWALK
from gep.columns import GRADES
from gep.columns import REGISTRIES as REGISTRIES
from gep.errors import Fault, GepError, fault

_T = TypeVar("_T")

COLUMNS = (
    "id",
    "set",
    "symbol",
    "type",
    "region",
    "value",
    "unit",
    "low",
    "high",
    "distribution",
    "valid_from",
    "valid_to",
    "price_year",
    "basis",
    "confidence",
    "source",
    "locator",
    "note",
)
CONFIDENCE = GRADES
# the tables of coefficients/ that are not coefficient rows, and their columns
# prose (also every x_zh, x_en) keeps its Chinese punctuation; codes, numbers, units and dates are made plain
_PROSE = frozenset(
    {
        "note",
        "citation",
        "reason",
        "locator",
        "source",
        "zh",
        "en",
        "name_zh",
        "name_en",
        "statement_zh",
        "statement_en",
        "standard",
        "where_read",
    }
)
_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20, 0x2212: 0x2D}  # full-width ASCII, space, minus


@dataclass(frozen=True)
class Row:
    """One row of a coefficient table, its numbers parsed; `raw` holds the cells as text.

    `value`, `low`, `high` are None where the cell is blank (or no number: the check says so); `line` is the line in
    the file, the header being line 1.
    """

    id: str
    set: str
    symbol: str
    type: str
    region: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    price_year: int | None
    basis: str
    confidence: str
    source: str
    note: str
    local: bool
    file: str
    line: int
    raw: Mapping[str, str]

    def valid(self, date: dt.date) -> bool:
        """Whether the row holds on a day (a blank date is open)."""
        return (self.valid_from or dt.date.min) <= date <= (self.valid_to or dt.date.max)


@dataclass(frozen=True)
class EcosystemType:
    """An ecosystem type of HJ 1166-2021 (level 1, 2) or a sub-type of it (level 3).

    `order` is its place in ecosystem_types.csv, append-only; `leaf` types are those that land cover maps to.
    """

    code: str
    level: int
    parent: str
    zh: str
    en: str
    colour: str
    order: int
    leaf: bool


@dataclass(frozen=True)
class CrosswalkRow:
    """What one land-cover code means: its ecosystem type; blank `type` = outside the terrestrial accounts."""

    code: str
    name_zh: str
    name_en: str
    type: str
    note: str
    confidence: str


@dataclass(frozen=True)
class Sheet:
    """A CSV as text: its columns, and (line, {column: cell}) of every row that is not empty."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


@functools.cache
def folder() -> Path:
    """The folder of coefficient tables: that of the checkout, else the one packed with the library."""
    checkout = Path(__file__).resolve().parent.parent / "coefficients"
    if (checkout / "ecosystem_types.csv").exists():
        return checkout
    return Path(str(resources.files("gep") / "_coefficients"))


def plain(text: str) -> str:
    """A cell without full-width digits and signs, outer spaces, or the apostrophe Excel users put before codes."""
    return text.translate(_HALF_WIDTH).strip().lstrip("'").strip()


def _prose(column: str) -> bool:
    return column in _PROSE or column.endswith(("_zh", "_en"))


def read_sheet(path: Path, name: str = "") -> Sheet:
    """Read a CSV as text (utf-8-sig, then gb18030). Raises GepError: absent, neither encoding, row beyond the head.

    A comma that was not quoted shifts or cuts what follows it, so a row longer than the head is refused (GEP-K026).
    """
    shown = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GepError(fault("GEP-K001", file=shown, error=error.strerror or str(error))) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise GepError(fault("GEP-K002", file=shown))
    reader = csv.reader(io.StringIO(text))
    columns = tuple(plain(cell) for cell in next(reader, []))
    while columns and not columns[-1]:  # Excel leaves empty columns at the right
        columns = columns[:-1]
    rows, long = [], []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if any(cell.strip() for cell in cells[len(columns) :]):
                place = f"row {reader.line_num}"
                long.append(fault("GEP-K026", file=shown, place=place, cells=len(cells), columns=len(columns)))
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            row = {c: (v.strip() if _prose(c) else plain(v)) for c, v in zip(columns, padded, strict=False)}
            rows.append((reader.line_num, row))
    if long:
        raise GepError(long)
    return Sheet(shown, columns, tuple(rows))


def header_faults(sheet: Sheet, wanted: tuple[str, ...]) -> list[Fault]:
    """The fault of a header that lacks columns, has unknown ones or names one twice."""
    lacking = [c for c in wanted if c not in sheet.columns]
    unknown = [c for c in sheet.columns if c not in wanted]
    if not lacking and not unknown and len(set(sheet.columns)) == len(sheet.columns):
        return []
    return [
        fault(
            "GEP-K003",
            file=sheet.file,
            place="row 1",
            lacking=", ".join(lacking) or "-",
            unknown=", ".join(unknown) or "-",
            header=",".join(wanted),
        )
    ]


def number(text: str) -> float | None:
    """The finite number in a cell, None when it is blank. Raises ValueError for anything else."""
    if not text:
        return None
    value = float(text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def date(text: str) -> dt.date | None:
    """The date in a cell: 2020-01-31, or 2020/1/31 as Excel writes it; None when blank. Raises ValueError."""
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text)
    if not match:
        raise ValueError(text)
    return dt.date(*(int(part) for part in match.groups()))


def year(text: str) -> int | None:
    """The year in a cell, None when blank. Raises ValueError."""
    if not text:
        return None
    if not re.fullmatch(r"(19|20)\d\d", text):
        raise ValueError(text)
    return int(text)


def row(cells: Mapping[str, str], *, file: str, line: int, local: bool) -> Row:
    """Make a Row of text cells; cells that do not parse become None (the check has named them)."""

    def quiet(parse: Callable[[str], _T | None], column: str) -> _T | None:
        try:
            return parse(cells[column])
        except ValueError:
            return None

    return Row(
        id=cells["id"],
        set=cells["set"],
        symbol=cells["symbol"],
        type=cells["type"] or "*",
        region=region_code(cells["region"]) or "*",
        value=quiet(number, "value"),
        unit=cells["unit"],
        low=quiet(number, "low"),
        high=quiet(number, "high"),
        valid_from=quiet(date, "valid_from"),
        valid_to=quiet(date, "valid_to"),
        price_year=quiet(year, "price_year"),
        basis=cells["basis"],
        confidence=cells["confidence"],
        source=cells["source"],
        note=cells["note"],
        local=local,
        file=file,
        line=line,
        raw=dict(cells),
    )


def region_code(text: str) -> str:
    """An administrative code without its empty levels: 340000 → 34, 341600 → 3416; CN and * stay."""
    code = text.strip().upper()
    if code.isdigit() and len(code) in (6, 9, 12):
        code = code[:6] if len(code) > 6 and not code[6:].strip("0") else code
        while len(code) > 2 and len(code) <= 6 and code.endswith("00"):
            code = code[:-2]
        if len(code) == 12 and code.endswith("000"):
            code = code[:9]
    return code


def region_chain(region: str) -> tuple[str, ...]:
    """The regions that may answer for `region`, the nearest first: 341602 → 341602, 3416, 34, CN, *."""
    code = region_code(region)
    prefixes = [code[:n] for n in (12, 9, 6, 4, 2) if code.isdigit() and len(code) >= n]
    return (*prefixes, "CN", "*")


@functools.cache
def ecosystem_types() -> tuple[EcosystemType, ...]:
    """All ecosystem types, in the append-only order of ecosystem_types.csv."""
    sheet = read_sheet(folder() / "ecosystem_types.csv", "coefficients/ecosystem_types.csv")
    return tuple(
        EcosystemType(
            r["code"], int(r["level"]), r["parent"], r["zh"], r["en"], r["colour"], int(r["order"]), r["leaf"] == "yes"
        )
        for _, r in sheet.rows
    )


@functools.cache
def type_chain(code: str) -> tuple[str, ...]:
    """The types that may answer for `code`, the narrowest first: 51d → 51d, 51, 5, *."""
    parents = {t.code: t.parent for t in ecosystem_types()}
    chain = []
    while code in parents:
        chain.append(code)
        code = parents[code]
    return (*chain, "*")


def expand(codes: tuple[str, ...] | list[str], without: tuple[str, ...] | list[str] = ()) -> tuple[str, ...]:
    """The leaf types under `codes` (level I, II or leaf; `*` = all) but not under `without`, in table order.

    Raises GepError (GEP-K021) for a code that ecosystem_types.csv does not have.
    """
    for code in (*codes, *without):
        if code != "*":
            known_type(code)
    wanted, removed = set(codes), set(without)
    leaves = [(t.code, set(type_chain(t.code))) for t in ecosystem_types() if t.leaf]
    return tuple(code for code, chain in leaves if chain & wanted and not chain & removed)


def known_type(code: str) -> str:
    """`code` itself if it is an ecosystem type. Raises GepError (GEP-K021) otherwise."""
    codes = [t.code for t in ecosystem_types()]
    if code not in codes:
        raise GepError(fault("GEP-K021", type=code, near=near(code, codes)))
    return code


def near(text: str, known: Sequence[str]) -> str:
    """The known words most like `text`, for "did you mean"; all of them when they are few and none is like it."""
    import difflib

    like = difflib.get_close_matches(text, known, n=3, cutoff=0.5)
    return ", ".join(like or known[:12])


@functools.cache
def profiles() -> dict[str, dict[str, str]]:
    """The accounting profiles by id (profiles.csv): names, standard, whether its text was obtained, what to print."""
    sheet = read_sheet(folder() / "profiles.csv", "coefficients/profiles.csv")
    return {r["profile"]: r for _, r in sheet.rows}


def crosswalks() -> tuple[str, ...]:
    """The names of the packaged land-cover legends."""
    return tuple(sorted(path.stem for path in (folder() / "crosswalks").glob("*.csv")))


def crosswalk(name_or_path: str | Path) -> dict[str, CrosswalkRow]:
    """Read a land-cover legend: {code as text: CrosswalkRow}. A name of coefficients/crosswalks, or a CSV path.

    Raises GepError with all faults: absent file, header, a code twice or blank, a type that is no leaf.
    """
    from gep.coefficient_check import crosswalk_faults

    text = str(name_or_path)
    packaged = folder() / "crosswalks" / f"{text}.csv"
    if text in crosswalks():
        path, shown = packaged, f"coefficients/crosswalks/{text}.csv"
    elif Path(text).suffix.lower() == ".csv" and Path(text).is_file():
        path, shown = Path(text), text
    else:
        raise GepError(fault("GEP-K022", file=text, name=text, near=near(text, crosswalks())))
    sheet = read_sheet(path, shown)
    faults = crosswalk_faults(sheet)
    if faults:
        raise GepError(faults)
    return {r["code"]: CrosswalkRow(**{column: r.get(column, "") for column in CROSSWALK}) for _, r in sheet.rows}
