"""Prices: the price of a year in the year's own money, or moved there by a named index, or kept in its own year.

A price is never borrowed from another year in silence. `index`: None or "none" (the year must be at hand), a price
index of price_indices.csv ("cpi", "ppi", …), or "keep" (the nearest year unconverted, with its own price year).
A tariff or tax in force (valid_from … valid_to) at the middle of a year is a price of that year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gep import units
from gep.coefficient_check import UNDATED, years
from gep.coefficient_tables import Row, region_chain
from gep.coefficients import COLUMNS, Coefficients, best, paste, worst
from gep.errors import Fault, GepError, fault

# price: (depreciation rate of its one-off cost, yearly operating cost); annualised = C · D_r + O
_ANNUALISED = {"water_storage": ("reservoir_depreciation_rate", "reservoir_operation_cost")}
ANNUALISED, ONE_OFF, KEEP = "annualised", "one_off", "keep"


@dataclass(frozen=True)
class Price:
    """A price in the unit asked for and the money of `price_year`; `how_zh`/`how_en` say how it came about.

    `rows`: ids of the price, component and index rows behind it. An annualised price is the cost of one year.
    """

    value: float
    unit: str
    price_year: int
    basis: str
    rows: tuple[str, ...]
    confidence: str
    how_zh: str
    how_en: str
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def how(self) -> str:
        """Both wordings in one line."""
        return f"{self.how_zh} / {self.how_en}"


@dataclass(frozen=True)
class Prices:
    """Look-up of prices among the rows of `coefficients`."""

    coefficients: Coefficients

    @property
    def indices(self) -> tuple[str, ...]:
        """The ids of the price indices at hand."""
        return tuple(sorted({item.symbol for item in self.coefficients.indices}))

    def find(
        self, price: str, *, region: str, year: int, unit: str, basis: str | None = None, index: str | None = None
    ) -> Price:
        """The price of `year` in `unit` (yuan per something) for a region.

        Raises GepError: no row, several sets or bases without a choice, the year absent and no index named, an index
        that lacks years, a blank value, a unit that does not convert.
        """
        if index == "none":
            index = None
        if index not in (None, KEEP, *self.indices):
            raise GepError(
                fault("GEP-K041", place=f"prices.{price}.index", index=index, indices=", ".join(self.indices))
            )
        rows = self.coefficients.matching(price, region=region, unit=unit)
        dated = [item for item in rows if item.basis != UNDATED] or rows
        if basis is None:
            group = best(dated, "*", region)
            bases = sorted({item.basis for item in group})
            if len(bases) > 1:
                names = ", ".join(bases)
                raise GepError(fault("GEP-K043", place=f"prices.{price}", price=price, bases=names, first=bases[0]))
            basis = bases[0]
        else:
            fitting = [item for item in dated if item.basis == basis]
            if not fitting and not (basis == ANNUALISED and price in _ANNUALISED):
                names = ", ".join(sorted({item.basis for item in dated}))
                raise GepError(fault("GEP-K044", place=f"prices.{price}.basis", price=price, basis=basis, bases=names))
            group = best(fitting, "*", region) if fitting else []
        valued = [item for item in group if item.value is not None and years(item)]
        if not valued and basis == ANNUALISED and price in _ANNUALISED:
            return self._annualised(price, region, year, unit, index)
        exact = [item for item in group if _covers(item, year)]
        if len(exact) > 1:
            ids = ", ".join(item.id for item in exact)
            raise GepError(fault("GEP-K032", file=exact[0].file, symbol=price, type="*", region=region, ids=ids))
        if exact and exact[0].value is not None:
            text = (f"{year} 年价格", f"price of {year}")
            return self._price(exact[0], unit, year, basis, 1.0, (), text)
        if not valued or (exact and index is None):
            gap = (exact or group)[0]
            raise GepError(self.coefficients.blank(gap, region=region, unit=unit, price_year=year))
        return self._moved(price, valued, region, year, unit, basis, index)

    def _moved(
        self, price: str, valued: Sequence[Row], region: str, year: int, unit: str, basis: str, index: str | None
    ) -> Price:
        """The price from the nearest year at hand (the earlier of two equally near), converted or kept."""
        base, nearest = min(((_nearest(item, year), item) for item in valued), key=lambda p: (abs(p[0] - year), p[0]))
        if index is None:
            at_hand = ", ".join(sorted({_span(item) for item in valued}))
            names = ", ".join(self.indices)
            raise GepError(
                fault("GEP-K040", place=f"prices.{price}", price=price, year=year, years=at_hand, indices=names)
            )
        if index == KEEP:
            text = (f"沿用 {base} 年价格，未换算到 {year} 年", f"price of {base} kept, not converted to {year}")
            return self._price(nearest, unit, base, basis, 1.0, (), text)
        ratio, steps = self.ratio(index, base, year, region)
        text = (
            f"由 {base} 年价格 {nearest.value:g} {nearest.unit} 按 {index} 指数换算到 {year} 年（×{ratio:.6g}）",
            f"price of {base}, {nearest.value:g} {nearest.unit}, moved to {year} by {index} (×{ratio:.6g})",
        )
        return self._price(nearest, unit, year, basis, ratio, steps, text)

    def ratio(self, index: str, base: int, year: int, region: str = "CN") -> tuple[float, tuple[Row, ...]]:
        """The price level of `year` over that of `base`, chained year by year, and the index rows used.

        Raises GepError (GEP-K042) naming the years the index lacks.
        """
        places = region_chain(region)
        rows = [item for item in self.coefficients.indices if item.symbol == index and item.region in places]
        rows = best(rows, "*", region) if rows else []
        yearly = {item.price_year: item for item in rows if item.value is not None}
        wanted = range(min(base, year) + 1, max(base, year) + 1)
        lacking = [str(y) for y in wanted if y not in yearly]
        if lacking:
            raise GepError(fault("GEP-K042", place=index, index=index, years=", ".join(lacking), base=base, year=year))
        steps = tuple(yearly[y] for y in wanted)
        chained = 1.0
        for step in steps:
            change = units.factor("%", "1") * (step.value or 0.0)
            chained *= change if step.unit.startswith("previous") else 1.0 + change
        return (chained if year >= base else 1.0 / chained), steps

    def _price(
        self,
        item: Row,
        unit: str,
        price_year: int,
        basis: str,
        ratio: float,
        steps: Sequence[Row],
        text: tuple[str, str],
    ) -> Price:
        try:
            scale = self.coefficients.factor(item, unit)
        except GepError:
            if basis != ANNUALISED:
                raise
            scale = self.coefficients.factor(item, f"{unit}/a")  # the cost of holding it for the one year accounted
        scale *= ratio
        assert item.value is not None
        return Price(
            value=item.value * scale,
            unit=unit,
            price_year=price_year,
            basis=basis,
            rows=(item.id, *(step.id for step in steps)),
            confidence=worst([item.confidence, *(step.confidence for step in steps)]),
            how_zh=text[0],
            how_en=text[1],
            low=None if item.low is None else item.low * scale,
            high=None if item.high is None else item.high * scale,
            note=item.note,
        )

    def _annualised(self, price: str, region: str, year: int, unit: str, index: str | None) -> Price:
        """C · D_r + O: one-off cost × depreciation rate + yearly operating cost (one year of it)."""
        rate_symbol, cost_symbol = _ANNUALISED[price]
        faults: list[Fault] = []
        lacking: dict[str, str] = {}
        capital = rate = running = None
        try:
            capital = self.find(price, region=region, year=year, unit=unit, basis=ONE_OFF, index=index)
        except GepError as error:
            faults += error.faults
        try:
            rate = self.coefficients.find(rate_symbol, region=region, date=dt.date(year, 7, 1), unit="1/a")
        except GepError as error:
            faults += [f for f in error.faults if f.code != "GEP-K037"]
            lacking[rate_symbol] = paste(rate_symbol, region=region, unit="1/a")
        per_year = f"{unit}/a"
        try:
            running = self.find(cost_symbol, region=region, year=year, unit=per_year, index=index)
        except GepError as error:
            faults += [f for f in error.faults if f.code != "GEP-K037"]
            if any(f.code == "GEP-K037" for f in error.faults):
                lacking[cost_symbol] = paste(
                    cost_symbol, region=region, unit=per_year, price_year=year, basis=ANNUALISED
                )
        if lacking:
            own = paste(price, region=region, unit=per_year, price_year=year, basis=ANNUALISED)
            lines = "\n      ".join((own, *lacking.values()))
            faults.insert(
                0,
                fault(
                    "GEP-K045",
                    place=f"prices.{price}",
                    price=price,
                    lacking=", ".join(lacking),
                    header=",".join(COLUMNS),
                    rows=lines,
                ),
            )
        if faults or capital is None or rate is None or running is None:
            raise GepError(faults)
        figures = f"{capital.value:g} × {rate.value:g} + {running.value:g}"
        return Price(
            value=capital.value * rate.value + running.value,
            unit=unit,
            price_year=capital.price_year,
            basis=ANNUALISED,
            rows=(*capital.rows, *rate.rows, *running.rows),
            confidence=worst([capital.confidence, rate.confidence, running.confidence]),
            how_zh=f"年化 C·D_r + O = {figures}；C：{capital.how_zh}；O：{running.how_zh}",
            how_en=f"annualised C·D_r + O = {figures}; C: {capital.how_en}; O: {running.how_en}",
            note=capital.note,
        )


def _covers(item: Row, year: int) -> bool:
    span = years(item)
    return span is not None and span[0] <= year <= span[1]


def _nearest(item: Row, year: int) -> int:
    span = years(item)
    assert span is not None
    return min(max(year, span[0]), span[1])


def _span(item: Row) -> str:
    first, last = years(item) or (0, 0)
    return str(first) if first == last else f"{first}–{'' if last >= dt.date.max.year - 1 else last}"
