"""What can be known beforehand to be wrong with the steps after the long work: deductions, unit-value transfer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gep.accounts.deduction import TABLE, row_faults
from gep.assessments import AskedOf
from gep.assessments import asked as judged
from gep.balances import foreseen
from gep.errors import Fault, GepError
from gep.intake.monitoring import read_table
from gep.settlements import Asked, asked
from gep.stock_inputs import Inputs, read_inputs
from gep.study import Study
from gep.tools import Tools
from gep.transfer import study_faults


def before(study: Study, tools: Tools) -> list[Fault]:
    """Faults of rows of `outside` that need no account, of `transfer` of the study, and of entry workbooks."""
    found: list[Fault] = []
    spec = study.tables.get(TABLE)
    for period in study.periods if spec is not None else ():
        try:
            found += row_faults(read_table(spec, period, study, TABLE))
        except GepError:  # told where the tables are read
            continue
    if study.transfer is not None:
        found += study_faults(study, tools.coefficients)
    found += _entered(study)
    return list(dict.fromkeys(found))


def _entered(study: Study) -> list[Fault]:
    """What is wrong with the entry workbooks that tables of the study lie in."""
    paths = [*study.tables.values(), *([study.areas] if study.areas is not None else [])]
    if not any(str(spec.path).lower().endswith(".xlsx") for spec in paths):
        return []
    from gep.filling import read

    return read.inspect(study)


def ahead(study: Study, tools: Tools) -> Callable[..., list[Fault]]:
    """What looks through the inputs of stocks, compensation and assessment once the townships' names are known."""

    def then(names: Mapping[str, str], mapped: Mapping[int, Mapping[str, float]] | None = None) -> list[Fault]:
        return read_ahead(study, tools, names, mapped)[-1]

    return then


def read_ahead(
    study: Study, tools: Tools, names: Mapping[str, str], mapped: Mapping[int, Mapping[str, float]] | None = None
) -> tuple[Inputs, Asked, AskedOf, list[Fault]]:
    """What the accounts of stocks, the settlements and the assessment are made of, and every fault of it.

    Where the inputs could be read, also what the records alone tell: gaps, broken identities.
    """
    inputs, said = read_inputs(study, names, tools, mapped)
    if not any(f.severity == "error" for f in said):
        said += foreseen(study, inputs, tools, names)
    what, more = asked(study, names, tools)
    of, rest = judged(study, names, tools)
    return inputs, what, of, list(dict.fromkeys([*said, *more, *rest]))
