"""The coefficients of a published index, as numbers for its formulas and as lines for whoever asks where they are from.

Scheme.of("hj192_2015").numbers("ei_weight")   {"biological_richness": Decimal("0.35"), …}
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from gep import units
from gep.compensation.nouns import Terms
from gep.rates import Rate, Rates

WHOLE = units.factor("1", "%")  # indices run from 0 to 100


@dataclass(frozen=True)
class Scheme:
    """The rates of one scheme in force in a year; the county's own rows of that scheme before the packaged ones."""

    terms: Terms
    year: int

    @classmethod
    def of(cls, scheme: str, terms: Terms | None = None, year: int = dt.date.max.year) -> Scheme:
        """From the terms of a study; without them the packaged rates, the last in force."""
        if terms is None:
            return _packaged(scheme, year)
        return cls(Terms(terms.rates, (scheme,), terms.region), year)

    def rate(self, symbol: str, unit: str = "1", *, key: str = "", tier: str = "", at: float | None = None) -> Rate:
        """One rate. Raises GepError (see `Rates.find`)."""
        point = None if at is None else Decimal(repr(float(at)))
        return self.terms.find(symbol, unit, f"{self.year:04}", key=key, tier=tier, at=point)

    def table(self, symbol: str, unit: str = "1", *, tier: str = "") -> dict[str, Rate]:
        """All rates of a symbol (and tier) by key, in the order of the file. Raises GepError, also for a blank one."""
        schemes = (*self.terms.schemes, "")
        keys = dict.fromkeys(r.key for r in self.terms.rates.rows
                             if r.symbol == symbol and r.scheme in schemes and r.tier == tier)  # fmt: skip
        if not keys:
            self.rate(symbol, unit, tier=tier)  # says what is lacking
        return {key: self.rate(symbol, unit, key=key, tier=tier) for key in keys}

    def numbers(self, symbol: str, unit: str = "1", *, tier: str = "") -> dict[str, Decimal]:
        """The values of `table`."""
        return values(self.table(symbol, unit, tier=tier))


@functools.cache
def _packaged(scheme: str, year: int) -> Scheme:
    return Scheme(Terms(Rates.load(), (scheme,)), year)


def values(rates: Mapping[str, Rate]) -> dict[str, Decimal]:
    """Rates as their numbers."""
    return {key: rate.number for key, rate in rates.items()}


def clipped(value: float) -> float:
    """An index within 0…100. [U] HJ 192 as quoted says so; the public programs do not."""
    return min(max(float(value), 0.0), WHOLE)
