"""Quantities × prices = values: the one place where money is made. Ledger lines and the lineage behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gep.accounts.quantities import Quantity
from gep.accounts.totals import Totals
from gep.bound import Argument, BoundYield, grade
from gep.coefficients import Coefficients, softened, worst
from gep.declare import Method, Service, Yield
from gep.errors import Fault, GepError, one_line
from gep.lineage import Line, formula_line, table_name
from gep.prices import Price, Prices
from gep.profiles import entry, role
from gep.provenance import shown


@dataclass
class Lines:
    """What valuation hands on: column blocks for the ledger, lineage by key, and what was found lacking."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    lineage: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """Names shown in the ledger: zone id → name, the study's language, and the profile that names its services."""

    zones: Mapping[str, str]
    lang: str
    profile: str = ""

    def of(self, item: Any) -> str:
        """The name of a service, item or type in that language."""
        return str(item.zh if self.lang == "zh" else item.en)

    def service(self, service: Service) -> str:
        """The service as its profile calls it."""
        return self.of(entry(self.profile, service.id) or service)


def money(quantity: Any, price: Any) -> Any:
    """Value in yuan, rounded once to 0.01: value = quantity × price."""
    return np.rint(quantity * price * 100) / 100


@dataclass(frozen=True)
class PriceChoice:
    """The price of an item, or the words that say why there is none."""

    price: Price | None
    lack: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, prices: Prices, study: Any, item: Yield, found: list[Fault]) -> PriceChoice | None:
        """Look the price of an item up as the study chooses; None for an item that is shown, never valued."""
        if item.price is None:
            return None
        spec = study.prices.get(item.price)
        basis, index = (spec.basis, spec.index) if spec is not None else (None, None)
        try:
            return cls(
                prices.find(
                    item.price,
                    region=study.region,
                    year=study.price_year,
                    unit=item.price_unit,
                    basis=basis,
                    index=index,
                )
            )
        except GepError as error:
            found += softened(error)
            return cls(None, (error.faults[0].text("zh"), error.faults[0].text("en")))


def value_yields(
    results: Sequence[Quantity], totals: Totals, study: Any, coefficients: Coefficients, prices: Prices, names: Names
) -> Lines:
    """Ledger lines of all spatial yields: one a zone × type that has extent and to which the method applies."""
    lines = Lines()
    for result in results:
        _value(result, totals, study, coefficients, prices, names, lines)
    lines.faults = list(dict.fromkeys(lines.faults))
    return lines


def _value(
    result: Quantity, totals: Totals, study: Any, coefficients: Coefficients, prices: Prices, names: Names, out: Lines
) -> None:
    bound = result.bound
    z, t = np.nonzero((totals.extent > 0) & np.array(bound.types)[None, :])
    if not z.size:
        return
    choice = PriceChoice.of(prices, study, bound.item, out.faults)
    price = choice.price if choice else None
    quantity, coverage = result.value[z, t], result.coverage[z, t]
    absent = ~np.isfinite(quantity)
    unpriced = choice is not None and price is None
    codes = np.array(totals.types, dtype=object)
    of_type = dict(zip(totals.types, coefficients.types, strict=True))
    used = np.unique(t)
    notes, grades = np.full(len(totals.types), "", dtype=object), np.full(len(totals.types), None, dtype=object)
    for index in used:
        notes[index] = _reason(bound, int(index), names.lang)
        grades[index] = worst([grade(bound, int(index))] + ([price.confidence] if price else []))
    lack = one_line(choice.lack[0 if names.lang == "zh" else 1]) if unpriced and choice else ""
    counted = role(study, bound.service.id, bound.item.id)
    out.parts.append(
        columns(bound.service, bound.method, bound.item, study, names)
        | {
            "period": totals.period,
            "zone": np.array(totals.zones, dtype=object)[z],
            "zone_name": np.array([names.zones[id] for id in totals.zones], dtype=object)[z],
            "type": codes[t],
            "type_name": np.array([names.of(of_type[code]) for code in totals.types], dtype=object)[t],
            "options": shown({**bound.options, **_price_options(choice)}),
            "quantity": quantity,
            "price": price.value if price else np.nan,
            "price_year": price.price_year if price else None,
            "price_basis": price.basis if price else "",
            "value": np.where(absent, np.nan, money(quantity, price.value)) if price else np.nan,
            "in_gep": choice is not None and counted == "in",
            "status": np.where(absent | unpriced, "missing", np.where(coverage < 1 - 1e-9, "partial", "ok")),
            "confidence": np.where(absent | unpriced, None, grades[t]),
            "coverage": coverage,
            "note": np.where(absent, np.where(notes[t] == "", _no_pixels(names.lang), notes[t]), lack),
            "lineage": np.array([f"{totals.period}/{bound.key}/{code}" for code in totals.types], dtype=object)[t],
        }
    )
    for index in used:
        out.lineage[f"{totals.period}/{bound.key}/{totals.types[index]}"] = _lineage(
            bound, int(index), totals.types[index], price, coefficients
        )


def columns(service: Service, method: Method, item: Yield, study: Any, names: Names) -> dict[str, Any]:
    """The columns that one item has in common on all its lines."""
    return {
        "service": service.id,
        "service_name": names.service(service),
        "item": item.id,
        "item_name": names.of(item),
        "account": service.account,
        "method": method.id,
        "profile": study.profile,
        "unit": item.unit,
        "price_unit": item.price_unit,
        "value_basis": method.id,
        "currency": "CNY",
        "from_outside": 0.0,
        "allocation_key": "",
    }


def _price_options(choice: PriceChoice | None) -> dict[str, str]:
    return {"price": choice.price.basis} if choice and choice.price and choice.price.basis else {}


def _reason(bound: BoundYield, index: int, lang: str) -> str:
    words = bound.missing.get(-1) or bound.missing.get(index)
    return one_line(words[0 if lang == "zh" else 1]) if words else ""


def _no_pixels(lang: str) -> str:
    return "输入图层在此处无有效像元" if lang == "zh" else "the input layers have no valid pixel here"


def _lineage(
    bound: BoundYield, index: int, code: str, price: Price | None, coefficients: Coefficients
) -> tuple[Line, ...]:
    formula = formula_line(bound.service, bound.method, bound.item, code)
    inputs = tuple(_input_line(a, bound, index, code) for a in bound.args)
    behind = tuple(line for line in bound.lines if line.type in ("", code))
    return (formula, *inputs, *behind, *price_lines(price, bound.item, coefficients))


def _input_line(argument: Argument, bound: BoundYield, index: int, code: str) -> Line:
    """An argument of the formula: where its number stands in totals.parquet, or the number itself."""
    group, term = bound.group, argument.term
    where = {"area": f"{group}:", "term": f"{group}:{term}", "of": term, "whole": term}.get(argument.kind, "")
    value = None
    if argument.kind == "const":
        value = argument.value
    elif argument.kind == "bytype":
        value = argument.values[index]
    else:
        value = argument.factor if bound.level != "pixel" else bound.factor
    return Line(
        "input",
        argument.name,
        argument.kind if bound.level != "pixel" else "sum",
        value,
        argument.unit,
        code,
        note=where,
    )


def price_lines(price: Price | None, item: Yield, coefficients: Coefficients) -> tuple[Line, ...]:
    """The rows behind a price (price, components, index values), and how it was brought to its year."""
    if price is None:
        return ()
    lines = []
    for id in price.rows:
        row = coefficients.row(id)
        lines.append(
            Line(
                "price",
                id,
                item.price or "",
                price.value,
                item.price_unit,
                "",
                table_name(row["file"]),
                "",
                row["source"],
                row.get("locator", ""),
                row["confidence"],
                f"{price.how} {row['note']}".strip(),
            )
        )
    return tuple(lines)
