"""Assessment without a pass: the indicators and scores of a study from its tables and the folder of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gep import __version__
from gep.again import left_in
from gep.assessment.nouns import Results
from gep.assessments import AskedOf, Assessed, asked, assessed, need, results_of
from gep.errors import Fault, refuse
from gep.provenance import libraries
from gep.stored import owed_in, tables_in
from gep.study import Study
from gep.tabled import names_of
from gep.tools import Tools

__all__ = ["ask", "assess_study", "owed_in", "results_in", "tables_in"]


def assess_study(study: Study, folder: Path | None = None) -> tuple[Assessed, dict[str, Any]]:
    """Indicators and scores of a study, and the facts of how they were made. Opens no raster.

    `folder`: a finished run of the study; without it what needs accounts is missing and says so. Raises GepError with
    all faults, GEP-J030 where the study asks for no assessment.
    """
    need(study)
    what, tools, names, told = ask(study)
    results = results_in(study, folder, names, tools) if folder is not None else None
    made = assessed(what, results, tools)
    assert made is not None
    made.faults = [*told, *made.faults]
    meta = {
        "gep": __version__, "study": study.name, "study_file": study.file.name, "study_digest": study.digest(),
        "region": study.region, "lang": study.lang, "coefficients_version": tools.coefficients.version,
        "inputs": tools.digests.table(), "libraries": libraries(), "evaluations": made.names,
    }  # fmt: skip
    return made, meta


def ask(study: Study) -> tuple[AskedOf, Tools, dict[str, str], list[Fault]]:
    """What a study asks, read without opening a raster; its tools; its townships by id; warnings. Raises GepError."""
    tools = Tools.of(study)
    names = names_of(study)
    what, found = asked(study, names, tools)
    return what, tools, names, refuse(found)


def results_in(study: Study, folder: Path, names: dict[str, str], tools: Tools) -> Results:
    """What lies in the folder of a finished run. Raises GepError GEP-E012 when it is not whole."""
    return results_of(study, left_in(folder, names, tools), tables_in(folder), tables_in(folder / "accounts"),
                      owed_in(folder))  # fmt: skip
