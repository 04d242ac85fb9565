"""Settling without a pass: the settlements of a study from its tables, with the accounts of a finished run if given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gep import __version__
from gep.again import left_in
from gep.compensation.nouns import Accounts
from gep.errors import GepError, fault, refuse
from gep.provenance import libraries
from gep.settlements import Asked, Settlements, accounts_of, asked, settled
from gep.study import Study
from gep.tabled import names_of
from gep.tools import Tools


def settle_study(study: Study, folder: Path | None = None, span: str = "") -> tuple[Settlements, dict[str, Any]]:
    """The settlements of a study, and the facts of how they were made. Opens no raster.

    `folder`: a finished run of the study, whose accounts the rules may read; without it, rules that need accounts are
    left out and listed as missing. `span` keeps one month, quarter or year. Raises GepError with all faults, GEP-G060
    where the study asks for no compensation.
    """
    what, tools, names = ask(study)
    accounts = accounts_in(study, folder, names, tools) if folder is not None else None
    made = settled(what, accounts, tools, span)
    if made is None:
        raise GepError(fault("GEP-G060", file=study.file))
    meta = {
        "gep": __version__, "study": study.name, "study_file": study.file.name, "study_digest": study.digest(),
        "region": study.region, "lang": study.lang, "span": span, "coefficients_version": tools.coefficients.version,
        "inputs": tools.digests.table(), "libraries": libraries(),
    }  # fmt: skip
    return made, meta


def ask(study: Study) -> tuple[Asked, Tools, dict[str, str]]:
    """The cases of a study, read without opening a raster; its tools; its townships by id. Raises GepError."""
    tools = Tools.of(study)
    names = names_of(study)
    what, found = asked(study, names, tools)
    refuse(found)
    return what, tools, names


def accounts_in(study: Study, folder: Path, names: dict[str, str], tools: Tools) -> Accounts:
    """The accounts that lie in the folder of a finished run. Raises GepError GEP-E012 when it is not whole."""
    return accounts_of(study, left_in(folder, names, tools), names)
