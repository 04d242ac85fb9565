"""Small tables of monitoring for tests: sections, lakes, air, a plan, and what a measure is given of them."""

from __future__ import annotations

import pandas as pd

from gep.assessment.catalogue import packaged
from gep.assessment.measure import registry
from gep.assessment.nouns import Given, Observation
from gep.compensation.nouns import Terms
from gep.rates import Rates

ZONES = {"a": "甲镇", "b": "乙乡"}
MONTHS = range(1, 13)


def frame(rows, columns, file="表.csv"):
    """A table as read: index = row in the file, from 2."""
    made = pd.DataFrame(rows, columns=columns)
    made.index = pd.RangeIndex(2, len(made) + 2)
    made.attrs = {"file": file, "columns": {}}
    return made


def register(rows=(("S1", "甲1", "Ⅲ", "甲镇", ""), ("S2", "甲2", "Ⅲ", "甲镇", "乙乡"), ("S3", "乙1", "Ⅳ", "乙乡", ""))):
    """Sections: id, name, target, upstream, downstream."""
    return frame([(*r,) for r in rows], ["section", "name", "target", "upstream", "downstream"], "断面名录.csv")


def readings(values, months=MONTHS, file="断面监测.csv"):
    """Readings in long form from {section: {determinand: value or {month: value}}}."""
    rows = [
        (s, m, what, str(v.get(m, "")) if isinstance(v, dict) else str(v))
        for s, each in values.items() for m in months for what, v in each.items()
    ]  # fmt: skip
    return frame(rows, ["section", "month", "determinand", "value"], file)


def given(tables, choices=None, results=None, years=(2023,), local=(), zones=ZONES, region="341699"):
    """What a measure is given; `tables`: {(role, year): frame}."""
    terms = Terms(Rates.load(local), (), region)
    return Given(zones, years, terms, dict(tables), choices=choices or {}, results=results)


def found(code, given, year=2023):
    """What the measure of a catalogue row says."""
    indicator = packaged()[code]
    return registry()[indicator.measure].compute(indicator, year, given)


def of(code, given, year=2023) -> dict[str, Observation]:
    """Observations by township; faults fail the test."""
    said = found(code, given, year)
    assert not said.faults, [f.text("en") for f in said.faults]
    return {one.zone: one for one in said.observations}


def codes(faults):
    """The codes of faults."""
    return [f.code for f in faults]
