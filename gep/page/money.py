"""Amounts of money as the page shows them: 万元, million yuan, and the large units of a switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gep.page.nouns import Shown
from gep.paper.nouns import Figure, Trace, figure, printed
from gep.units import factor

UNITS = ("万元", "million yuan", "亿元", "billion yuan")
_STORED = ("万元", "1e6*yuan", "1e8*yuan", "1e9*yuan")
_DECIMALS = (2, 2, 4, 4)
PER_AREA = ("万元/km²", "million yuan/km²")
_PER_AREA = ("万元/km²", "1e6*yuan/km²")
HEADLINE = ("亿元", "million yuan")


def amount(value: float | None, trace: Trace, status: str = "ok") -> Shown:
    """Yuan in every unit of the page."""
    pairs = zip(_STORED, _DECIMALS, strict=True)
    made = tuple(figure(value, trace, stored="yuan", unit=unit, decimals=n) for unit, n in pairs)
    return Shown(made, "missing" if value is None else status)


def headline(value: float | None, trace: Trace) -> tuple[tuple[str, str], Shown]:
    """(units, number) of a headline: 亿元 where there is at least one, else 万元; million yuan."""
    unit = HEADLINE[0] if value is not None and abs(value) * factor("yuan", "1e8*yuan") >= 1 else UNITS[0]
    stored = "1e8*yuan" if unit == HEADLINE[0] else unit
    made = (figure(value, trace, stored="yuan", unit=stored), figure(value, trace, stored="yuan", unit=_STORED[1]))
    return (unit, HEADLINE[1]), Shown(made, "missing" if value is None else "ok")


def density(value: float | None, trace: Trace, stored: str, status: str = "ok") -> Shown:
    """Money by area in 万元/km² and million yuan/km²."""
    made = tuple(figure(value, trace, stored=stored, unit=unit) for unit in _PER_AREA)
    return Shown(made, "missing" if value is None else status)


def fitted(parts: Sequence[Shown], whole: Shown) -> tuple[Shown, ...]:
    """The amounts, their texts rounded by largest remainder so that they add up to the printed `whole` in each unit.

    As they are where they do not add up to it: something of the county may belong to no township.
    """
    ways = [_fitted([part.figures[i] for part in parts], top) for i, top in enumerate(whole.figures)]
    return tuple(
        replace(part, figures=tuple(figures)) for part, figures in zip(parts, zip(*ways, strict=True), strict=True)
    )


def _fitted(parts: Sequence[Figure], whole: Figure) -> Sequence[Figure]:
    from gep.report.rounding import apportion

    there = [part for part in parts if part.value is not None]
    if not there or whole.value is None:
        return parts
    by = factor(whole.stored, whole.unit)
    values = [float(part.value or 0.0) * by for part in there]
    try:
        shares = iter(apportion(values, float(whole.text.replace(",", "")), whole.decimals))
    except ValueError:
        return parts
    return [
        part if part.value is None else replace(part, text=printed(next(shares), part.decimals), fitted=True)
        for part in parts
    ]
