"""The coefficients of field methods, as they stand in coefficients/ (used by the field tests)."""

from __future__ import annotations

import datetime as dt
import functools

from gep import fields
from gep.coefficients import Coefficients
from gep.declare import Coefficient
from gep.errors import GepError


@functools.cache
def constants(field: str, method: str) -> dict[str, float]:
    """The coefficients of a method that are no by-type values, from the tables."""
    found = Coefficients.load()
    inputs = fields.registry()[field].method(method).inputs
    return {
        i.name: found.find(i.key, region="341699", date=dt.date(2020, 12, 31), unit=i.unit).value
        for i in inputs
        if isinstance(i, Coefficient) and not i.by_type
    }


@functools.cache
def by_type(field: str, method: str, code: str) -> dict[str, float]:
    found = Coefficients.load()
    inputs = fields.registry()[field].method(method).inputs
    rows = {
        i.name: found.by_type(i.key, [code], region="341699", date=dt.date(2020, 12, 31), unit=i.unit)[code]
        for i in inputs
        if isinstance(i, Coefficient) and i.by_type
    }
    return {name: row.value for name, row in rows.items() if not isinstance(row, GepError)}
