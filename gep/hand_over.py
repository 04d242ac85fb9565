"""The files of a run, handed over: all written beside, then renamed; run.json last. Nothing that was there is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.accounts.transitions import frame as chain_frame
from gep.entries import pick
from gep.study import Study

if TYPE_CHECKING:
    from gep.assessments import Assessed
    from gep.run import Result
    from gep.settlements import Settlements


def write(result: Result, to: Path, study: Study) -> list[Path]:
    """Write the files of a run into `to`: all beside first, then renamed, run.json last.

    Nothing that was there is lost when writing fails; GepError says which file and why.
    """
    from gep.report import gpkg, xlsx
    from gep.report.folder import atomic_folder

    ledger, before = result.ledger, _files(to)
    stocks = result.stocks.tables if result.stocks is not None else {}
    with atomic_folder(to) as folder:
        ledger.table.to_parquet(folder / "ledger.parquet", index=False)
        _csv(folder / "ledger.csv", ledger.table)
        ledger.totals.to_parquet(folder / "totals.parquet", index=False)
        ledger.lineage.to_parquet(folder / "lineage.parquet", index=False)
        (folder / "checks.json").write_text(json.dumps(result.checks, ensure_ascii=False, indent=1) + "\n", "utf-8")
        xlsx.write(
            folder / "accounts.xlsx",
            ledger.table,
            ledger.lineage,
            result.checks,
            result.meta,
            result.zones,
            lang=study.lang,
            extra={name: table for name, table in (result.tables | stocks).items() if name in xlsx.EXTRA},
            **_forms(result, study),
        )
        for name, table in result.tables.items():
            _csv(folder / f"{name}.csv", table)
        _write_stocks(result, folder)
        if result.screened is not None:
            result.screened.to_parquet(folder / "screened.parquet", index=False)
        if result.settlements is not None:
            settlement_files(result.settlements, folder, study, result.meta)
        if result.assessed is not None:
            assessment_files(result.assessed, folder, study, result.meta)
        if "geometry" in result.zones:
            gpkg.write(folder / "gep.gpkg", result.zones, ledger.table, result.meta, lang=study.lang)
        (folder / "study.yaml").write_text(study.text, "utf-8")
        names = sorted([*(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()), "run.json"])
        said = json.dumps({**result.meta, "files": names}, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / "run.json").write_text(said + "\n", "utf-8")
    for stale in before - set(names):  # tables of the run that stood here, which this one does not make
        (to / stale).unlink(missing_ok=True)
    origin(to, study)
    return [to / name for name in names]


def _files(to: Path) -> set[str]:
    """The files that the run which stands in a folder says it wrote."""
    try:
        said = json.loads((to / "run.json").read_text("utf-8")).get("files", [])
    except (OSError, ValueError, AttributeError):
        return set()
    return {name for name in said if isinstance(name, str) and not Path(name).is_absolute() and ".." not in name}


def _csv(path: Path, table: Any) -> None:
    from gep.report.csv_cells import written

    written(table).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _forms(result: Result, study: Study) -> dict[str, Any]:
    """What the workbook's sheets of stocks need: each form with its entries, who filled it in, the term of office."""
    said, stocks = study.balance_sheet, result.stocks
    if stocks is None:
        return {}
    forms = [(form, pick(stocks.entries, form=id)) for id, form in stocks.forms.items()]
    if said is None:
        return {"forms": forms}
    term = (said.term.start, said.term.end) if said.term is not None else None
    return {"forms": forms, "prepared": said.prepared, "term": term}


def _write_stocks(result: Result, folder: Path) -> None:
    """The accounts of stocks: entries.parquet, transitions.parquet, accounts/ with a CSV a form and a table."""
    from gep.report import form_csv

    if result.chain:
        chain_frame(result.chain).to_parquet(folder / "transitions.parquet", index=False)
    if result.stocks is None:
        return
    result.stocks.entries.to_parquet(folder / "entries.parquet", index=False)
    (folder / "accounts").mkdir()
    for id, form in result.stocks.forms.items():
        _csv(folder / "accounts" / f"{id}.csv", form_csv.table(form, result.stocks.entries))
    for name, table in result.stocks.tables.items():
        _csv(folder / "accounts" / f"{name}.csv", table)
    said = [form.model_dump(mode="json") for form in result.stocks.forms.values()]  # entries are read by their forms
    (folder / "accounts" / "forms.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")


def settlement_files(made: Settlements, folder: Path, study: Study, meta: Mapping[str, Any]) -> None:
    """compensation/ with the settlement ledger, the lines behind it, net positions and public tables; the workbook."""
    from gep.report import compensation_book

    inside = folder / "compensation"
    inside.mkdir()
    made.ledger.to_parquet(inside / "settlements.parquet", index=False)
    made.lineage.to_parquet(inside / "lineage.parquet", index=False)
    _csv(inside / "settlements.csv", made.ledger)
    _csv(inside / "positions.csv", made.positions)
    for name, table in made.tables.items():
        _csv(inside / f"{name}.csv", table)
    compensation_book.write(folder / "compensation.xlsx", made, meta, lang=study.lang)


def write_settlements(made: Settlements, to: Path, study: Study, meta: Mapping[str, Any]) -> list[Path]:
    """The files of `gep settle`: as in a run, with settle.json last. Raises GepError when writing fails."""
    return _alone(lambda folder: settlement_files(made, folder, study, meta), made, to, meta, "settle.json")


def assessment_files(made: Assessed, folder: Path, study: Study, meta: Mapping[str, Any]) -> None:
    """assessment/ with observations, scores, the lines behind both, catalogue, tables, registers; the workbook."""
    from gep.assessment.words import words
    from gep.report import assessment_book

    inside = folder / "assessment"
    inside.mkdir()
    for name in ("observations", "scores", "lineage"):
        getattr(made, name).to_parquet(inside / f"{name}.parquet", index=False)
    for name in ("observations", "scores", "catalogue"):
        _csv(inside / f"{name}.csv", getattr(made, name))
    for name, table in made.tables.items():
        _csv(inside / f"{name}.csv", table)
    (inside / "registers").mkdir()
    for name, table in made.registers.items():
        _csv(inside / "registers" / f"{name}.csv", table)
    assessment_book.write(folder / "assessment.xlsx", made, meta, lang=study.lang, study=study, words=words())


def write_assessment(made: Assessed, to: Path, study: Study, meta: Mapping[str, Any]) -> list[Path]:
    """The files of `gep assess`: as in a run, with assess.json last. Raises GepError when writing fails."""
    return _alone(lambda folder: assessment_files(made, folder, study, meta), made, to, meta, "assess.json")


def _alone(
    files: Callable[[Path], None], made: Settlements | Assessed, to: Path, meta: Mapping[str, Any], last: str
) -> list[Path]:
    """Files of a part of the path by itself, `last` with facts, checks and what is missing."""
    from gep.report.folder import atomic_folder

    with atomic_folder(to, last) as folder:
        files(folder)
        names = sorted([*(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()), last])
        said = {**meta, "checks": made.checks, "missing": made.missing, "files": names}
        text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / last).write_text(text + "\n", "utf-8")
    return [to / name for name in names]


def origin(to: Path, study: Study) -> None:
    """Note beside the results where the study lies, for revalue and verify; no part of the hand-over."""
    import os

    where = os.path.relpath(study.file.resolve(), to.resolve())
    (to / "origin.json").write_text(json.dumps({"study": Path(where).as_posix()}, ensure_ascii=False) + "\n", "utf-8")


def writable(to: Path) -> None:
    """Refuse a results folder that cannot be written before the long work starts. Raises GepError GEP-L5xx."""
    from gep.report.atomic import atomic_path

    with atomic_path(to / ".writable") as path:
        path.write_text("")
    (to / ".writable").unlink()


def tidy(to: Path) -> None:
    """Remove what was kept for `--resume`, and what a killed run left half-written, once the run is whole."""
    import shutil

    for folder in (to / ".work", *to.glob(".new-*")):
        shutil.rmtree(folder, ignore_errors=True)
