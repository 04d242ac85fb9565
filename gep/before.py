"""What can be known beforehand to be wrong with the steps after the long work: deductions, unit-value transfer."""

from __future__ import annotations

from gep.accounts.deduction import TABLE, row_faults
from gep.errors import Fault, GepError
from gep.intake.monitoring import read_table
from gep.study import Study
from gep.tools import Tools
from gep.transfer import study_faults


def before(study: Study, tools: Tools) -> list[Fault]:
    """Faults of the rows of `outside` that need no account, and of `transfer` of the study."""
    found: list[Fault] = []
    spec = study.tables.get(TABLE)
    for period in study.periods if spec is not None else ():
        try:
            found += row_faults(read_table(spec, period, study, TABLE))
        except GepError:  # told where the tables are read
            continue
    if study.transfer is not None:
        found += study_faults(study, tools.coefficients)
    return list(dict.fromkeys(found))
