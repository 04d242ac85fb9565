"""Means of monthly readings, exact, by a stated rule for months that are missing: never zero, never filled unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gep.compensation.nouns import Case, Words
from gep.compensation.rule import Option, Term
from gep.compensation.water.readings import YEAR_MONTHS, Reading, Readings
from gep.lineage import Line

MISSING_MONTH = Option(
    "missing_month",
    "缺测月份：flag 不结算并注明、exclude 剔除并注明、carry 沿用上月（只一个月）",
    "a month without reading: flag (not settled), exclude (and said), carry the month before (once)",
    ("flag", "exclude", "carry"),
    "flag",
)
READ_TERMS = (  # what reading a table of monitoring looks up
    Term("below_detection", "1", "低于检出限的取值", "share of the detection limit", "mean, load"),
    Term("plausible_max", "mg/L", "可信上限", "bound beyond which a value is a slip", "determinand"),
    Term("plausible_min", "mg/L", "读数须高于此值", "a reading lies above it", "determinand"),
    Term("suspicious_multiple", "1", "提示核对单位的 Ⅴ 类限值倍数", "multiple of the limit of class Ⅴ asked about"),
)
QUARTERS = (1, 2, 3, 4)
_ABSENT = frozenset({"", "否", "无", "no", "false", "0"})


def months_of(span: str) -> range:
    """The months of a span: "2023", "2023Q3", "2023-05"."""
    if len(span) == len("2023"):
        return YEAR_MONTHS
    part = int(span[-2:].lstrip("Q"))
    return range(3 * part - 2, 3 * part + 1) if "Q" in span else range(part, part + 1)


@dataclass(frozen=True)
class Mean:
    """The mean of a determinand over months (None: missing), the readings behind it, the months that lack one."""

    value: Fraction | None
    used: tuple[tuple[Reading, Decimal], ...] = ()
    gaps: tuple[int, ...] = ()
    carried: tuple[int, ...] = ()
    dry: tuple[int, ...] = ()

    def note(self, what: str) -> Words:
        """What a reader must know of it; empty where every month has its reading."""
        gaps, carried, dry = (", ".join(map(str, months)) for months in (self.gaps, self.carried, self.dry))
        said = []
        if gaps and self.value is None:
            said.append(Words(f"{what} {gaps} 月缺测", f"{what}: no reading in month {gaps}"))
        elif gaps:
            said.append(Words(f"{what} {gaps} 月缺测，已剔除", f"{what}: month {gaps} missing, excluded"))
        if carried:
            said.append(Words(f"{what} {carried} 月缺测，沿用前月", f"{what}: month {carried} missing, carried"))
        if dry:
            said.append(Words(f"{what} {dry} 月断流", f"{what}: month {dry} dry"))
        if self.value is not None and (gaps or dry):
            n, of = len(self.used), len(self.used) + len(self.gaps) + len(self.dry)
            said.append(Words(f"{what} 均值据 {n}/{of} 个月", f"{what}: the mean rests on {n} of {of} months"))
        return Words.joined(*said)

    def lines(self, span: str) -> tuple[Line, ...]:
        """The readings as lineage."""
        return tuple(r.line(f"{span[:4]}-{r.month:02d}", counted) for r, counted in self.used)


def mean_of(readings: Readings, section: str, determinand: str, months: Iterable[int], missing: str) -> Mean:
    """The arithmetic mean C = Σ C_m / n over the months that have a reading.

    `missing`: "exclude" leaves months without one out; "carry" takes the reading of the month just before (of the same
    year), once; "flag", and "carry" where that month has none, give None. A month known to be dry is no missing month.
    None without any reading.
    """
    used: list[tuple[Reading, Decimal]] = []
    gaps, carried, dry = [], [], []
    for month in months:
        reading = readings.of(section, month).get(determinand)
        if reading is None and (section, month) in readings.dry:
            dry.append(month)
            continue
        if reading is None and missing == "carry":
            reading = readings.of(section, month - 1).get(determinand)
            if reading is not None:
                carried.append(month)
        if reading is None:
            gaps.append(month)
        else:
            used.append((reading, readings.counted(reading)))
    known = used and (not gaps or missing == "exclude")
    value = sum((Fraction(c) for _, c in used), Fraction(0)) / len(used) if known else None
    return Mean(value, tuple(used), tuple(gaps), tuple(carried), tuple(dry))


def decimal_of(value: Fraction) -> Decimal:
    """A fraction as a decimal of 28 digits: exact wherever it can be."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def held_back(cell: object) -> str:
    """Why a section is suspended ("" where it is not): any word in the cell but 否, 无, no, false, 0."""
    text = "" if cell is None or cell != cell else str(cell).strip()
    return "" if text.casefold() in _ABSENT else text


def short(p: Decimal) -> str:
    """A number as a note shows it: ten decimals at most, no trailing zeros."""
    text = f"{p:.10f}"
    return text.rstrip("0").rstrip(".")


def spans(case: Case, kind: str) -> Sequence[str]:
    """The spans of a case's year: "year", "quarter" or "month"."""
    if kind == "year":
        return (str(case.period),)
    if kind == "quarter":
        return tuple(f"{case.period}Q{n}" for n in QUARTERS)
    return tuple(f"{case.period}-{m:02d}" for m in YEAR_MONTHS)
