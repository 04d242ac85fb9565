"""The sample county for assessment: a copy without rasters, to break; its tables as typed, row by row."""

from __future__ import annotations

import csv
import functools
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from sample_settled import SAMPLE, County, encoding_of

TOWNS = 25
YEARS = (2020, 2023)
LIGHT = ("satisfaction", "fund_execution_rate", "section_target_share", "pm25")  # made of tables alone
_HEAVY = (".tif", ".py", ".md")


class Copy(County):
    """A copy of the sample with every table and no raster. `keep`: the evaluations that stay, all without any."""

    def __init__(self, folder: Path, *keep: str, only: tuple[str, ...] = (), registers: tuple[str, ...] | None = None):
        self.folder = folder
        folder.mkdir()
        for path in SAMPLE.iterdir():
            if path.is_file() and path.suffix not in _HEAVY:
                shutil.copy(path, folder / path.name)
        for name in ("compensation", "assessment"):
            shutil.copytree(SAMPLE / name, folder / name)
        if keep or only or registers is not None:
            self.said(lambda part: _trim(part, keep, only, registers))

    def said(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what the study says under `assessment`."""
        study = YAML(typ="safe").load(self.study.read_text("utf-8"))
        change(study["assessment"])
        self._write(study)

    def lines(self, name: str, change: Callable[[list[str]], list[str]]) -> None:
        """Rewrite a table line by line (line 0 is its head), in the encoding it has."""
        path = self.folder / name
        data = path.read_bytes()
        lines = change(data.decode(encoding_of(data)).splitlines())
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding_of(data)))

    def read(self, name: str, row: int, column: str) -> str:
        """One cell: `row` as the file counts it (its head is 1), `column` without its unit."""
        lines = (self.folder / name).read_bytes()
        table = [line.split(",") for line in lines.decode(encoding_of(lines)).splitlines()]
        return table[row - 1][[head.split("(")[0] for head in table[0]].index(column)]


def _trim(
    part: dict[str, Any], keep: tuple[str, ...], only: tuple[str, ...], registers: tuple[str, ...] | None
) -> None:
    if keep:
        part["evaluate"] = {id: part["evaluate"][id] for id in keep}
    if only:
        part["indicators"] = list(only)
    if registers is not None:
        part["registers"] = {id: part["registers"][id] for id in registers}


def assess(study: Path, run: Path | None = None):
    """Assessed, in memory."""
    from gep import study as studies
    from gep.assess import assess_study

    return assess_study(studies.load(study, files=False), run)[0]


def written(study: Path, to: Path, run: Path | None = None) -> Path:
    """Assessed, its folder."""
    from gep import hand_over
    from gep import study as studies
    from gep.assess import assess_study

    spec = studies.load(study, files=False)
    made, meta = assess_study(spec, run)
    hand_over.write_assessment(made, to, spec, meta)
    return to


def compute(to: Path) -> Path:
    """The whole sample county computed, with its rasters: a minute and a half."""
    from gep import run
    from gep import study as studies

    spec = studies.load(SAMPLE / "study.yaml")
    run.write(run.compute(spec), to, spec)
    return to


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    """observations, scores and lineage of a folder."""
    inside = folder / "assessment"
    return {name: pd.read_parquet(inside / f"{name}.parquet") for name in ("observations", "scores", "lineage")}


@functools.cache
def rows(file: str, top: Path = SAMPLE) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """A file of the sample as typed, a table a sheet: row n of the file is element n − 1."""
    path = top / file
    if path.suffix == ".xlsx":
        from openpyxl import load_workbook

        book = load_workbook(path, data_only=True)
        return tuple(tuple(tuple(str(c) for c in r) for r in s.iter_rows(values_only=True)) for s in book)
    data = path.read_bytes()
    return (tuple(map(tuple, csv.reader(io.StringIO(data.decode("utf-8" if top != SAMPLE else encoding_of(data)))))),)
