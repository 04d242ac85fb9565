"""Registers of a county of three townships, from text as an office would save it: for tests."""

from __future__ import annotations

from pathlib import Path

from gep.assessment.nouns import Given
from gep.assessment.register import Kept, registry
from gep.compensation.nouns import Terms
from gep.errors import Fault
from gep.intake.monitoring import match_zones, read_table
from gep.rates import Rates
from gep.study_parts import TableSpec

ZONES = {"01": "东乡", "02": "西镇", "03": "南乡"}
TERMS = Terms(Rates.load())


def read(folder: Path, text: str, table, year: int = 2023, name: str = "t.csv"):
    """A table of the study as the driver reads it: canonical columns, township ids."""
    (folder / name).write_text(text, "utf-8")
    made = read_table(TableSpec(path=name), year, folder, "", table.expected)
    if "zone" not in made:
        return made
    attrs, blank = dict(made.attrs), made["zone"].isna()
    known, faults = match_zones(made[~blank], ZONES, "name")
    assert not [f for f in faults if f.severity == "error"]
    if blank.any():
        import pandas as pd

        known = pd.concat([known, made[blank].assign(zone="")]).sort_index(kind="stable")
    known.attrs = attrs
    return known


def kept(folder: Path, id: str, text: str, year: int = 2023, given: Given | None = None) -> tuple[Kept, list[Fault]]:
    """A register as the driver keeps it, and its faults."""
    register = registry()[id]
    rows = read(folder, text, register.table, year, f"{id}.csv")
    rows = rows if register.derive is None else register.derive(rows, year)
    faults, identities = register.check(rows, given or Given(ZONES, (year,), TERMS), year)
    return Kept(register, rows, tuple(identities)), faults


def given_of(*registers: Kept, year: int = 2023, tables=None, results=None, years=None) -> Given:
    """What measures and evaluations are given: these registers in that year."""
    made = {(one.register.id, year): one for one in registers}
    return Given(ZONES, years or (year,), TERMS, tables or {}, made, results)


def figure(one: Kept, id: str, zone: str | None = None):
    """(value, n) of a figure, over all rows or those of a township."""
    rows = one.rows
    if zone is not None:
        rows = rows[(rows["zone"] == zone).to_numpy()]
    return one.register.figure(id).compute(rows)


def codes(faults: list[Fault]) -> list[str]:
    """The codes of faults, in order."""
    return [f.code for f in faults]
