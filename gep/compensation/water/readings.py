"""Monitoring readings: what a laboratory wrote, month by month, in known units, every oddity reported with its row.

A reading below detection ("0.025L", "<0.025", "未检出") counts by purpose: half the detection limit in means and class
assessment (环办监测函〔2020〕82号, point 7), zero in loads (SL 219-2013). The two shares are rows of the rate library.
"""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gep import units
from gep.compensation.nouns import Terms
from gep.compensation.water.classes import AT_LEAST, NO_MULTIPLE, Limits
from gep.errors import Fault, GepError, fault
from gep.intake.expect import DATE, MONTH, YEAR, Expect, Expected
from gep.intake.values import NotANumber, is_missing, key, number, tidy, unit_text
from gep.lineage import Line
from gep.rates import LACKING
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

Purpose = Literal["mean", "load"]
# what counties call a determinand; all are mg/L but those of OTHER_UNITS
NAMES: Mapping[str, tuple[str, ...]] = {
    "CODMn": ("高锰酸盐指数", "高锰酸钾指数"), "COD": ("化学需氧量", "CODCr"), "NH3-N": ("氨氮", "NH3N", "NH4-N"),
    "TP": ("总磷",), "TN": ("总氮",), "BOD5": ("五日生化需氧量", "生化需氧量", "BOD"), "DO": ("溶解氧",),
    "F-": ("氟化物", "F"), "petroleum": ("石油类",), "volatile phenol": ("挥发酚",), "pH": ("pH值", "酸碱度"),
    "temperature": ("水温",), "coliform": ("粪大肠菌群",), "flow": ("流量", "平均流量"),
    "Chla": ("叶绿素a", "叶绿素", "Chl-a"), "SD": ("透明度", "塞氏深度"),
}  # fmt: skip
OTHER_UNITS: Mapping[str, str] = {"pH": "1", "temperature": "degC", "coliform": "1/L", "flow": "m³/s",
                                    "Chla": "mg/m³", "SD": "m"}  # fmt: skip
YEAR_MONTHS = range(1, len(calendar.month_name))  # 1 … 12
DRY = frozenset({"断流", "干涸", "无水", "冰封", "dry"})  # nothing to sample: known, not missing
READINGS = Expected(
    {
        "section": Expect(
            "text", required=True, aliases=("断面编号", "断面代码", "断面", "监测断面", "点位", "断面名称")
        ),
        "year": YEAR,
        "month": Expect(negative=True, aliases=MONTH.aliases),
        "date": Expect("date", aliases=DATE.aliases),
        "determinand": Expect("text", required=True, aliases=("指标", "监测项目", "项目", "因子")),
        "value": Expect("text", unit=None, required=True, aliases=("监测值", "浓度", "数值", "结果")),
        "unit": Expect("text", aliases=("单位",)),
        "detection_limit": Expect("text", aliases=("检出限", "方法检出限")),
        "name": Expect("text", aliases=("断面名称",)),
        "kind": Expect("text", aliases=("类型", "断面类型")),
        "river": Expect("text", aliases=("河流", "所在河流", "水体")),
        "note": Expect("text", aliases=("备注",)),
    },
    key=("section", "determinand"),
    unique=False,  # repeats are faults of ours: 氨氮 and NH3-N are one
    wide="determinand",
)
DETECTION = Expected(
    {
        "determinand": Expect("text", required=True, aliases=("指标", "监测项目")),
        "detection_limit": Expect("text", required=True, aliases=("检出限", "方法检出限")),
        "unit": Expect("text", aliases=("单位",)),
    },
    key=("determinand",),
)
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_BELOW = re.compile(
    r"(?:[<≤]\s*(?P<a>\d+(?:\.\d+)?)(?:\s*L|\s*\(\s*L\s*\))?|(?P<b>\d+(?:\.\d+)?)\s*(?:L|\(\s*L\s*\)))", re.I
)
_UNDETECTED = re.compile(r"(?:未检出|低于检出限|N\.?D\.?)\s*(?:\(\s*<?\s*(?P<a>\d+(?:\.\d+)?)\s*L?\s*\))?", re.I)


def censored(limit: Decimal, share: Decimal) -> Decimal:
    """What a reading below detection counts as: C = limit · share (½ in means and classes, 0 in loads)."""
    return limit * share


@functools.cache
def written(text: str) -> tuple[Decimal | None, bool]:
    """(number, below detection) of a cell; the number of "0.025L" is the detection limit, None where it is not said.

    Raises NotANumber for anything else.
    """
    if _PLAIN.fullmatch(text):
        return Decimal(text), False
    plain = tidy(text)
    if hit := _BELOW.fullmatch(plain):
        return Decimal(hit["a"] or hit["b"]), True
    if hit := _UNDETECTED.fullmatch(plain):
        return (Decimal(hit["a"]) if hit["a"] else None), True
    value = number(plain)
    if value != value:
        raise NotANumber(text)
    return Decimal(repr(value)), False


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading in `unit`. `below`: not detected, and `value` is the detection limit. `text`: as it was written."""

    section: str
    month: int
    determinand: str
    value: Decimal
    unit: str
    below: bool
    file: str
    row: int
    text: str

    def line(self, span: str, counted: Decimal) -> Line:
        """The line of lineage: what was counted, and what stands in which row of which file."""
        note = f"row {self.row}: {self.text}" if self.below else f"row {self.row}"
        return Line("reading", f"{self.section}/{span}/{self.determinand}", self.determinand, float(counted), self.unit,
                    file=self.file, note=note)  # fmt: skip


@dataclass(frozen=True)
class Readings:
    """Readings by (section, month) and determinand, the months known to be dry, and the shares of censored ones."""

    by: Mapping[tuple[str, int], Mapping[str, Reading]] = field(default_factory=dict)
    dry: Mapping[tuple[str, int], str] = field(default_factory=dict)  # → "row 12: 断流"
    shares: Mapping[str, Decimal] = field(default_factory=dict)  # purpose → share of the detection limit

    def counted(self, reading: Reading, purpose: Purpose = "mean") -> Decimal:
        """The value a reading counts with, for a purpose."""
        return censored(reading.value, self.shares[purpose]) if reading.below else reading.value

    def of(self, section: str, month: int) -> Mapping[str, Reading]:
        """The readings of a section in a month, by determinand."""
        return self.by.get((section, month), {})


def read(
    frame: pd.DataFrame, *, period: int, names: Mapping[str, str], terms: Terms, detection: pd.DataFrame | None = None
) -> tuple[Readings, tuple[Fault, ...]]:
    """Readings of a table (columns of READINGS; index = row in the file) of one year, with all its faults.

    `names`: {key(id or name of a section): its id}; `terms` has the shares of censored readings and the bounds beyond
    which a value is taken for a slip of units; `detection`: a table of detection limits (columns of DETECTION).
    """
    return _Reader(frame, period, names, terms, detection).read()


def determinand(word: str) -> str | None:
    """The determinand that a table calls `word`; None where it is none we know."""
    return _BY_WORD.get(key(word))


_BY_WORD = {key(w): id for id, words in NAMES.items() for w in (id, *words)}


class _Reader:
    def __init__(
        self, frame: pd.DataFrame, period: int, names: Mapping[str, str], terms: Terms, detection: Any
    ) -> None:
        self.frame, self.period, self.names, self.terms = frame, period, names, terms
        self.file = str(frame.attrs.get("file", "readings"))
        self.faults: list[Fault] = []
        self.heads = frame.attrs.get("columns", {})
        self.words: dict[str, str] = {}  # determinand: what the table calls it
        self.bounds: dict[tuple[str, str, int], Decimal | None] = {}
        self.classes = Limits(terms)
        self.told: set[tuple[str, str]] = set()
        self.limits = {} if detection is None else self._limits(detection)

    def read(self) -> tuple[Readings, tuple[Fault, ...]]:
        by: dict[tuple[str, int], dict[str, Reading]] = {}
        dry: dict[tuple[str, int], str] = {}
        for row, section, month, what, cell, unit, limit in self._rows():
            if cell is None:
                continue
            text = cell.strip() if isinstance(cell, str) else repr(cell)
            if text in DRY:
                dry[section, month] = f"row {row}: {text}"
                continue
            reading = self._reading(row, section, month, what, text, unit, limit)
            if reading is None:
                continue
            month_ = by.setdefault((section, month), {})
            if what in month_:
                rows = f"{month_[what].row}, {row}"
                self._fault("GEP-G105", row, "value", rows=rows, section=section, month=month, determinand=what)
            month_[what] = reading
        shares = {}
        for purpose in ("mean", "load"):
            try:
                shares[purpose] = self.terms.find("below_detection", "1", str(self.period), key=purpose).number
            except GepError as error:
                self.faults += error.faults
        return Readings(by, dry, shares), tuple(dict.fromkeys((*self.faults, *self.classes.faults)))

    def _rows(self) -> Iterator[tuple[int, str, int, str, Any, str, Any]]:
        """Row by row what is understood of section, month and determinand; the rest is faults."""
        frame, n = self.frame, len(self.frame)

        def column(name: str) -> list[Any]:
            if name not in frame:
                return [None] * n
            values = frame[name]
            return values.astype(object).where(values.notna(), None).tolist()

        dates = column("date")
        years = [d.year if d is not None else y for d, y in zip(dates, column("year"), strict=True)]
        months = [d.month if d is not None else m for d, m in zip(dates, column("month"), strict=True)]
        parts = (frame.index.tolist(), column("section"), years, months, column("determinand"), column("value"),
                 column("unit"), column("detection_limit"))  # fmt: skip
        sections = {word: self.names.get(key(word)) for word in set(parts[1])}
        known = {word: _BY_WORD.get(key(word)) for word in set(parts[4])}
        self.words = {id: str(word) for word, id in known.items() if id is not None}
        for row, day, month in zip(parts[0], dates, column("month"), strict=True):
            if day is not None and month is not None and day.month != month:
                self._fault("GEP-G127", row, "month", date=f"{day:%Y-%m-%d}", month=f"{month:g}")
        for row, word, year, month, what, value, unit, limit in zip(*parts, strict=True):
            if year is not None and int(year) != self.period:
                continue
            section, found = sections[word], known[what]
            if section is None:
                self._unknown("GEP-G100", row, "section", word, list(dict.fromkeys(self.names.values())))
            if found is None:
                words = [w for id, all in NAMES.items() for w in (id, *all)]
                self._unknown("GEP-G101", row, "determinand", what, words)
            if month is None or month not in YEAR_MONTHS:
                self._fault("GEP-G107", row, "month", month="" if month is None else f"{month:g}")
            elif section is not None and found is not None:
                blank = isinstance(value, str) and not _PLAIN.fullmatch(value) and is_missing(value)
                yield row, section, int(month), found, None if blank else value, unit or "", limit

    def _reading(
        self, row: int, section: str, month: int, what: str, text: str, unit: str, limit: Any
    ) -> Reading | None:
        try:
            value, below = written(text)
            said = None if limit is None else written(str(limit))[0]
        except NotANumber:
            self._fault("GEP-G102", row, "value", text=text, determinand=what)
            return None
        if value is not None and value < 0 and what != "temperature":
            self._fault("GEP-G106", row, "value", text=text, determinand=what)
            return None
        want = OTHER_UNITS.get(what, "mg/L")
        gain = self._gain(row, unit, want)
        if gain is None:
            return None
        if value is None and said is None and what in self.limits:
            value, gain = self.limits[what], Decimal(1)  # in canonical units already
        elif value is None:
            value = said
        if value is None:
            self._fault("GEP-G103", row, "value", text=text, determinand=what)
            return None
        value *= gain
        low, top = self._bound("plausible_min", what, month), self._bound("plausible_max", what, month)
        much = self._bound("suspicious_multiple", what, month)
        high = top is not None and value > top  # of a reading below detection too: its limit is in the same unit
        none = low is not None and value <= low
        odd = much is not None and value > much and not below
        if high or none or odd:
            words: dict[str, Any] = {"text": text, "determinand": what, "unit": unit or want, "want": want,
                                     "value": _plain(value)}  # fmt: skip
            if high and top is not None:
                self._fault("GEP-G104", row, "value", **words, top=_plain(top))
                return None
            if none and low is not None:
                self._fault("GEP-G128", row, "value", **words, low=_plain(low))
                return None
            if much is not None:
                self._fault("GEP-G129", row, "value", **words, section=section, month=month, top=_plain(much))
        return Reading(section, month, what, value, want, below, self.file, row, text)

    def _gain(self, row: int, have: str, want: str) -> Decimal | None:
        if have in ("", want):
            return Decimal(1)
        try:
            return Decimal(f"{units.factor(unit_text(have), unit_text(want)):.12g}")
        except ValueError:
            self._fault("GEP-G108", row, "unit", have=have, want=want)
            return None

    def _bound(self, symbol: str, what: str, month: int) -> Decimal | None:
        """Where a value is taken for a slip (`suspicious_multiple`: looks like one); None where nothing is said."""
        asked = (symbol, what, month)
        if asked not in self.bounds:
            span, found = f"{self.period}-{month:02d}", None
            try:
                if symbol == "suspicious_multiple":
                    found = self._worst(what, span)
                else:
                    found = self.terms.find(symbol, OTHER_UNITS.get(what, "mg/L"), span, key=what).number
            except GepError as error:
                self.faults += [f for f in error.faults if f.code not in LACKING]
            self.bounds[asked] = found
        return self.bounds[asked]

    def _worst(self, what: str, span: str) -> Decimal | None:
        """So many times the limit of class Ⅴ of a river; None for what has none. Raises GepError."""
        limits = () if what in AT_LEAST | NO_MULTIPLE else self.classes.of(what, "river", span)
        return self.terms.find("suspicious_multiple", "1", span).number * limits[-1].number if limits else None

    def _limits(self, table: pd.DataFrame) -> dict[str, Decimal]:
        out = {}
        file = str(table.attrs.get("file", "detection"))
        own = self.file, self.heads
        self.file, self.heads = file, table.attrs.get("columns", {})
        for row, cells in zip(table.index.tolist(), table.to_dict("records"), strict=True):
            what = determinand(str(cells.get("determinand")))
            if what is None:
                self._unknown("GEP-G101", row, "determinand", cells.get("determinand"), list(NAMES))
                continue
            unit = cells.get("unit")
            gain = self._gain(row, unit if isinstance(unit, str) else "", OTHER_UNITS.get(what, "mg/L"))
            try:
                value = written(str(cells.get("detection_limit")))[0]
            except NotANumber:
                self._fault("GEP-G102", row, "detection_limit", text=cells.get("detection_limit"), determinand=what)
                continue
            if value is not None and gain is not None:
                out[what] = value * gain
        self.file, self.heads = own
        return out

    def _unknown(self, code: str, row: int, column: str, word: object, words: list[str]) -> None:
        """One fault a word: a misspelt section stands in many rows."""
        if (column, str(word)) in self.told:
            return
        self.told.add((column, str(word)))
        zh, en = did_you_mean(word, words)
        self._fault(code, row, column, word="" if word is None else word, zh=zh, en=en)

    def _fault(self, code: str, row: int, column: str, **values: Any) -> None:
        self.faults.append(
            fault(code, file=self.file, place=f"row {row}, column {self._head(column, values)}", **values)
        )

    def _head(self, column: str, values: Mapping[str, Any]) -> str:
        """The user's head of a column; of a wide table that of the determinand."""
        if self.heads and column in ("value", "determinand") and column not in self.heads:
            what = values.get("determinand", values.get("word", column))
            return str(self.words.get(what, what))
        return str(self.heads.get(column, column))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def undetected(reading: Reading, share: Decimal, limit: Decimal) -> Fault:
    """The warning GEP-G130: not detected, yet the part of the detection limit that counts lies above `limit`."""
    said: dict[str, Any] = {"section": reading.section, "month": reading.month, "determinand": reading.determinand}
    said |= {"text": reading.text, "share": _plain(share), "limit": _plain(limit)}
    counted = _plain(censored(reading.value, share))
    return fault("GEP-G130", file=reading.file, place=f"row {reading.row}", counted=counted, **said)


def merged(one: Readings, dry: Mapping[tuple[str, int], str]) -> Readings:
    """The readings with further months known to be dry (from a table of notes)."""
    return replace(one, dry={**one.dry, **dry})
