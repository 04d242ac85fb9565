"""Rates that a county or the parties of an agreement set themselves, as YAML says them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gep.rates import Rate, decimal
from gep.study_parts import Part, Text, Unit


def _exact(value: Any) -> Any:
    """A number as it was written, so that 0.1 is 0.1."""
    return decimal(repr(value) if isinstance(value, float) else str(value)) if value is not None else None


Number = Annotated[Any, BeforeValidator(_exact)]


class Agreed(Part):
    """A rate that the parties agreed on; symbol, key, tier and band as in the rate library."""

    symbol: str
    key: Text = ""
    tier: Text = ""
    over: Number = None
    upto: Number = None
    edge: Literal["", "upper", "lower"] = ""
    value: Number
    unit: Unit = "1"
    clause: Text = Field(description="协议条款 / clause of the agreement")
    confidence: Literal["verified", "secondary", "unverified", "judgement"] = "judgement"
    note: str = ""

    def rate(
        self, scheme: str, number: int, term: tuple[dt.date | None, dt.date | None], who: str, document: str, file: str
    ) -> Rate:
        """It as a row of the scheme, in force during `term`."""
        id = ".".join(filter(None, (scheme, self.symbol, self.key, self.tier, str(number))))
        what = (self.symbol, self.key, self.tier, self.over, self.upto, self.edge, self.value, self.unit)
        cited = (who, document, self.clause, self.confidence, document, self.note)
        return Rate(id, scheme, *what, "*", *term, *cited, file, 0, True)
