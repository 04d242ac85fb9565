"""Water quality classes Ⅰ–Ⅴ and 劣Ⅴ of GB 3838-2002: of one reading, of a section, and how far a limit is exceeded.

A reading has the best class whose limit it meets; a section the worst class of its determinands, without total nitrogen
(rivers), temperature and faecal coliforms. The limits are rows of the rate library (symbol class_limit, tiers 1–5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from gep.compensation.nouns import Terms, dec
from gep.errors import Fault, GepError
from gep.intake.values import key
from gep.rates import LACKING, Rate

CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
BEYOND = len(CLASSES)  # 劣Ⅴ: worse than the limit of class Ⅴ
STANDARD = "gb3838_2002"
AT_LEAST = frozenset({"DO"})  # the limit is the least that must be there
NO_MULTIPLE = frozenset({"DO", "pH"})  # C/S − 1 says nothing of them
_LAKE = frozenset({"TP", "TN"})  # lakes have limits of their own, and only lakes one for TN
_WORDS = {key(w): n for n, words in enumerate(
    (("Ⅰ", "1", "一"), ("Ⅱ", "2", "二"), ("Ⅲ", "3", "三"), ("Ⅳ", "4", "四"), ("Ⅴ", "5", "五"),
     ("劣Ⅴ", "6", "劣五", "劣5", ">Ⅴ")), start=1) for w in words}  # fmt: skip


def class_of(value: Decimal | float, limits: Sequence[Decimal | float], at_least: bool = False) -> int:
    """Class of one reading, 1–6: the best class whose limit is met; 6 (劣Ⅴ) where that of class Ⅴ is not.

    `limits`: those of classes Ⅰ … Ⅴ in the unit of `value`; `at_least`: dissolved oxygen, where more is better.
    """
    for number, limit in enumerate(limits, start=1):
        if value >= limit if at_least else value <= limit:
            return number
    return BEYOND


def water_class(values: Mapping[str, Decimal | float], limits: Mapping[str, Sequence[Decimal | float]]) -> int:
    """Class of a section, 1–6: the worst over the determinands that have limits. Raises ValueError where none has.

    `values`: {determinand: mg/L}; `limits`: {determinand: limits of classes Ⅰ … Ⅴ}. Give rivers no limits for TN.
    """
    found = [class_of(v, limits[what], what in AT_LEAST) for what, v in values.items() if what in limits]
    if not found:
        raise ValueError("none of the determinands has class limits")
    return max(found)


def exceedance(c: Decimal | float, limit: Decimal | float, determinand: str = "") -> Decimal:
    """Exceedance multiple e = C/S − 1 (above zero: over the limit). Raises ValueError for DO and pH."""
    if determinand in NO_MULTIPLE:
        raise ValueError(f"{determinand} has no exceedance multiple")
    return dec(c) / dec(limit) - 1


def class_number(word: object) -> int | None:
    """The class that a table calls Ⅲ, III, 3, 三类, 劣V …, 1–6; None where it is none."""
    text = key(word).removesuffix("水").removesuffix("水质").removesuffix("类").removesuffix("级")
    return _WORDS.get(text)


class Limits:
    """The class limits that hold in a month, looked up once each; `faults`: rows that are wrong, not merely absent."""

    def __init__(self, terms: Terms) -> None:
        self.terms = Terms(terms.rates, (*terms.schemes, STANDARD), terms.region)
        self.faults: list[Fault] = []
        self._known: dict[tuple[str, str, str], tuple[Rate, ...]] = {}

    def of(self, determinand: str, kind: str, span: str) -> tuple[Rate, ...]:
        """The limits of classes Ⅰ … Ⅴ of a determinand in a river or lake (mg/L); empty where it has none."""
        asked = (determinand, kind, span)
        if asked not in self._known:
            self._known[asked] = self._look(*asked)
        return self._known[asked]

    def _look(self, determinand: str, kind: str, span: str) -> tuple[Rate, ...]:
        if determinand == "TN" and kind != "lake":
            return ()
        name = f"{determinand} lake" if kind == "lake" and determinand in _LAKE else determinand
        try:
            return tuple(self.terms.bands("class_limit", "mg/L", span, key=name))
        except GepError as error:
            self.faults += [f for f in error.faults if f.code not in LACKING]
            return ()
