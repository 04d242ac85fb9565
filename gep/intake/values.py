"""What stands in a cell: numbers, dates, names and units as counties write them (full width, commas, 万吨)."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import unicodedata
from typing import Any

import numpy as np

from gep import units

MISSING = frozenset({"", "-", "--", "—", "——", "–", "―", "…", "……", "...", "......", "n/a", "na", "nan", "null", "/",
                     "\\", "无数据", "缺测", "暂缺"})  # fmt: skip
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_SCALED_DEGREES = re.compile(r"(\d*\.?\d+)[*×·]?(degC|℃|°C|K)")  # tenths of degrees: pint refuses scaled offsets
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_KEPT = "²³⁻¹·"  # NFKC would turn hm² into hm2 and the middle dot of some fonts into a space
# Names of units in statistics, longest first; the units themselves and their factors are those of gep.units.
_UNIT_WORDS = {
    "平方公里": "km²", "平方千米": "km²", "立方米": "m³", "平方米": "m²", "千瓦时": "kWh", "摄氏度": "degC",
    "微克": "µg", "毫克": "mg", "公斤": "kg", "千克": "kg", "公里": "km", "千米": "km", "厘米": "cm", "小时": "h",
    "兆焦": "MJ", "吨": "t", "斤": "(0.5*kg)", "升": "L", "克": "g", "天": "d", "日": "d", "月": "month",
    "只": "head", "羽": "head", "秒": "s", "μ": "µ",
}  # fmt: skip


class NotANumber(ValueError):
    """The cell holds something that is neither a number nor a sign for missing."""


def tidy(value: Any) -> str:
    """A cell as text: full-width signs and spaces made plain, invisible characters dropped, ends trimmed."""
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer() and abs(value) < 1e15:
            value = int(value)  # Excel keeps the code 341602001 as 341602001.0
    return _tidy(str(value))


@functools.lru_cache(maxsize=100_000)
def _tidy(text: str) -> str:
    text = "".join(c if c in _KEPT else unicodedata.normalize("NFKC", c) for c in text)
    text = re.sub("[\ufeff\u200b\u200c\u200d\u2060]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def key(value: Any) -> str:
    """A name for comparison: tidy, without any space, case folded ('乡 镇' = '乡镇')."""
    return _key(tidy(value))


@functools.lru_cache(maxsize=100_000)
def _key(text: str) -> str:
    return re.sub(r"\s", "", text).casefold()


def is_missing(value: Any, extra: frozenset[str] = frozenset()) -> bool:
    """Whether the cell says 'no figure'; `extra` are signs the study names."""
    text = tidy(value)
    return text.casefold() in MISSING or text in extra


def number(value: Any, extra: frozenset[str] = frozenset()) -> float:
    """The number in a cell; NaN for missing, never 0. Raises NotANumber for anything else."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        if tidy(value) in extra:
            return math.nan
        return float(value)
    if isinstance(value, (bool, dt.date, dt.time)):
        raise NotANumber(str(value))
    text = tidy(value)
    if text.casefold() in MISSING or text in extra:
        return math.nan
    text = text.replace("−", "-").replace("﹣", "-")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise NotANumber(tidy(value))
    return float(text)


@functools.lru_cache(maxsize=100_000)
def _date_text(text: str) -> dt.date | None:
    match = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def date(value: Any, *, excel: bool = False) -> dt.date | None:
    """The date in a cell, None when it is none. `excel`: bare numbers are Excel's day count since 1899-12-30."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = _date_text(tidy(value))
    if found is None and excel and isinstance(value, (int, float)) and 1 <= value < 2_958_466:  # to 9999-12-31
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(value))
    return found


@functools.cache
def unit_text(text: str) -> str:
    """A unit as statistics write it ('万立方米', '元/公斤') in the spelling of gep.units."""
    out = re.sub(r"^单位\s*[::]\s*", "", tidy(text)).replace(" ", "")
    for word, plain in _UNIT_WORDS.items():
        out = out.replace(word, plain)
    return out


@functools.cache
def is_unit(text: str) -> bool:
    """Whether the text is a unit that gep.units understands."""
    plain = unit_text(text)
    scaled = _SCALED_DEGREES.fullmatch(plain)
    return bool(plain) and _parsed(scaled[2] if scaled else plain) is not None


@functools.cache
def split_unit(header: str) -> tuple[str, str]:
    """Name and unit of a column head: '产量(吨)' → ('产量', '吨'), '产量/t' → ('产量', 't'); unit '' if none."""
    text = tidy(header)
    bracket = re.fullmatch(r"(.*?)[\s_]*[(\[【](.+)[)\]】]", text)
    if bracket and is_unit(bracket[2]):
        return bracket[1].rstrip("_ "), bracket[2]
    for separator in ("/", ",", "、", "_"):
        name, found, unit = text.partition(separator)
        if found and name and is_unit(unit.strip("()")) and not unit.strip().isdigit():
            return name.strip(), unit.strip().strip("()")
    return text, ""


def convert(values: np.ndarray, have: str, want: str) -> np.ndarray:
    """Numbers in `have` as numbers in `want`; also offset units (K → ℃) and tenths of them ('0.1℃').

    Raises ValueError where the units do not convert.
    """
    have, want = unit_text(have), unit_text(want)
    if have == want or units.parse(want) == _parsed(have):
        return values
    scaled = _SCALED_DEGREES.fullmatch(have)
    if scaled:
        return convert(values * float(scaled[1]), scaled[2], want)
    if "degree_Celsius" in (str(units.parse(have)), str(units.parse(want))):  # a factor alone would miss the offset
        try:
            return units.registry().Quantity(values, units.parse(have)).to(units.parse(want)).magnitude
        except Exception as error:  # pint's errors of dimension, without importing pint here
            raise ValueError(str(error)) from None
    return values * units.factor(have, want)


def _parsed(unit: str) -> Any:
    try:
        return units.parse(unit)
    except ValueError:
        return None
