"""What can be known to be wrong with `transfer:` in a study before any area is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gep.coefficient_tables import ecosystem_types
from gep.coefficients import Coefficients
from gep.errors import Fault, GepError, fault
from gep.prices import Prices
from gep.transfer.account import named_class, staple_crops
from gep.transfer.read import factor_table
from gep.transfer.tables import FactorTable
from gep.transfer.worth import scales, worth


def study_faults(study: Any, coefficients: Coefficients) -> list[Fault]:
    """All faults of `study.transfer` that need no areas, with their places in the study; [] where there is none.

    The factor table, the classes named, the value of one equivalent (and the table staple_crops that a rule reads),
    exchange, index, adjustments and province factor. Raises nothing.
    """
    said = study.transfer
    if said is None:
        return []
    try:
        table = factor_table(said.factors, study.folder, said.factor_unit)
    except GepError as error:
        return [_placed(f, study, "factors") for f in error.faults]
    found = _classes(table, said.classes)
    steps: tuple[Callable[[], Any], ...] = (
        lambda: worth(table, said, Prices(coefficients), study.region, staple_crops(study, study.periods[-1])),
        lambda: scales(table, said, study.region),
    )
    for step in steps:
        try:
            found += getattr(step(), "warnings", ())
        except GepError as error:
            found += error.faults
    return [_placed(f, study) for f in found]


def _classes(table: FactorTable, said: Any) -> list[Fault]:
    known = {t.code for t in ecosystem_types()}
    found = [fault("GEP-V024", place=f"classes.{code}", land=code) for code in said if code not in known]
    for code, name in said.items():
        if named_class(table, name) is None:
            found.append(fault("GEP-V005", place=f"classes.{code}", land=code, name=name, table=table.id,
                               known=", ".join(table.classes)))  # fmt: skip
    return found


def _placed(found: Fault, study: Any, whole: str = "") -> Fault:
    """The fault at the line of the study that it is about; one of a table stays where it is."""
    first, _, rest = found.place.removeprefix("transfer.").partition(".")
    if whole and found.code.startswith("GEP-V0") and not found.place:
        first, rest = whole, ""
    if first not in type(study.transfer).model_fields:
        return found
    place = study.place("transfer", first, rest) if rest else study.place("transfer", first)
    return replace(found, file=str(study.file), place=place)
