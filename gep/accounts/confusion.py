"""Areas corrected by a confusion matrix: a table of its own beside the mapped areas, which it never replaces.

Stratified estimator (Olofsson et al. 2014, original not consulted, as widely quoted): with W_i the mapped share of
class i and n_ij the samples mapped i and found to be j, p_ij = W_i · n_ij / n_i·, area of j = A · Σ_i p_ij, and its
standard error A · sqrt(Σ_i (W_i p_ij − p_ij²) / (n_i· − 1)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.coefficient_tables import ecosystem_types, read_sheet, type_chain
from gep.errors import Fault, GepError, fault
from gep.study_checks import resolve

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions

SOURCE = "Olofsson2014"
COLUMNS = (
    "year", "type", "type_name", "unit", "raw", "corrected", "se", "difference", "samples", "users_accuracy", "source",
)  # fmt: skip


@dataclass(frozen=True)
class Confusion:
    """Samples `counts` int64[mapped, reference] by type; both sides have the types of `types`, in that order."""

    file: str
    types: tuple[str, ...]
    counts: np.ndarray


def read_confusion(path: Path, name: str = "") -> Confusion:
    """Read a matrix: CSV, first column the mapped type, other columns the reference types, cells counts of samples.

    Raises GepError with all faults: unknown types or twice (GEP-X130), no counts (X131), a type without samples (X132),
    rows and columns of different types (X134), unreadable (GEP-K001, K002, K026).
    """
    shown = name or str(path)
    sheet = read_sheet(path, shown)
    faults: list[Fault] = []
    known = {t.code for t in ecosystem_types()}
    head, *found = sheet.columns or ("",)
    rows = [cells[head] for _, cells in sheet.rows]

    def bad_types(codes: Sequence[str], place: str) -> None:
        for n, code in enumerate(codes):
            if code not in known or code in codes[:n]:
                faults.append(fault("GEP-X130", file=shown, place=place, cell=code))

    bad_types(found, "row 1")
    bad_types(rows, "column 1")
    lacking = [c for c in found if c not in rows], [r for r in rows if r not in found]
    if any(lacking) or not rows:
        said: dict[str, Any] = {"rows": ", ".join(lacking[0]) or "-", "columns": ", ".join(lacking[1]) or "-"}
        faults.append(fault("GEP-X134", file=shown, place="", **said))
    counts = np.zeros((len(rows), len(rows)), np.int64)
    for i, (line, cells) in enumerate(sheet.rows):
        sound = True
        for code in found:
            text = cells[code]
            if not text.isascii() or not text.isdigit():
                sound = False
                faults.append(fault("GEP-X131", file=shown, place=f"row {line}, column {code}", cell=text))
            elif code in rows:
                counts[i, rows.index(code)] = int(text)
        if sound and not counts[i].any():
            faults.append(fault("GEP-X132", file=shown, place=f"row {line}", type=rows[i]))
    if faults:
        raise GepError(faults)
    return Confusion(shown, tuple(rows), counts)


def confusions(pattern: str | Mapping[int, str], base: Path, years: Sequence[int]) -> dict[int, Confusion]:
    """The matrix of each year: `pattern` one file for all, one with {year}, or a file a year.

    Raises GepError with the faults of all files (GEP-X135 where a year has no file).
    """
    out: dict[int, Confusion] = {}
    faults: dict[Fault, None] = {}
    for year in years:
        if isinstance(pattern, Mapping) and year not in pattern:
            faults[fault("GEP-X135", place="extent.confusion", reason=f"{year}: -")] = None
            continue
        path = resolve(base, pattern, year)
        shown = path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)
        if not path.is_file():
            faults[fault("GEP-X135", file=shown, place="extent.confusion", reason=f"{year}: No such file")] = None
            continue
        try:
            out[year] = read_confusion(path, shown)
        except GepError as error:
            faults |= dict.fromkeys(error.faults)
    if faults:
        raise GepError(faults)
    return out


def areas_of(transitions: Sequence[Transitions]) -> dict[int, dict[str, int]]:
    """The county's area by type at each date, m²: all ground with land cover at that date, inside its boundary of then.

    The first opening is that inside the boundary of its interval before any change.
    """
    out: dict[int, dict[str, int]] = {}
    for t in transitions:
        if t.open not in out:
            out[t.open] = dict(zip(t.types, t.extent_before.sum(axis=0).tolist(), strict=True))
        out[t.close] = dict(zip(t.types, t.extent_close.sum(axis=0).tolist(), strict=True))
    return out


def unsampled(areas: Mapping[int, Mapping[str, float]], matrices: Mapping[int, Confusion]) -> list[Fault]:
    """GEP-X133 for mapped types that a year's matrix has no row for; `areas`: year → type → ha."""
    found = []
    for year, held in areas.items():
        if (matrix := matrices.get(year)) is None:
            continue
        for type, area in held.items():
            if area and not any(code in matrix.types for code in type_chain(type)):
                said: dict[str, Any] = {"type": type, "year": year, "area": f"{area:,.4f}"}
                found.append(fault("GEP-X133", file=matrix.file, place="column 1", **said))
    return found


def corrected(areas: Mapping[int, Mapping[str, int]], matrices: Mapping[int, Confusion]) -> pd.DataFrame:
    """Mapped and corrected areas in ha of the matrix's types at each date, side by side (COLUMNS).

    `areas`: year → type → m² (`areas_of`); a type counts as the nearest type that the matrix has. `se`: standard error
    of `corrected`, NaN where a mapped type has a single sample; `users_accuracy`: share of its samples that were right.
    Raises GepError (GEP-X133) for mapped types that were never sampled.
    """
    import pandas as pd

    words = {t.code: t.zh for t in ecosystem_types()}
    ha = units.factor("m2", "hm2")
    rows: list[dict[str, Any]] = []
    if faults := unsampled({y: {t: a * ha for t, a in held.items()} for y, held in areas.items()}, matrices):
        raise GepError(faults)
    for year, held in areas.items():
        matrix = matrices[year]
        mapped = np.zeros(len(matrix.types))
        for type, area in held.items():
            hit = next((c for c in type_chain(type) if c in matrix.types), None)
            if hit is not None:
                mapped[matrix.types.index(hit)] += area
        whole, n = mapped.sum(), matrix.counts.sum(axis=1)
        share = mapped / whole if whole else mapped
        p = share[:, None] * matrix.counts / n[:, None]
        # a stratum that the map does not hold weighs nothing, however few its samples
        free = np.where(share > 0, np.where(n > 1, n - 1.0, np.nan), 1.0)
        # W p − p² as W² q (1 − q): nothing is left below 0 by rounding
        q = matrix.counts / n[:, None]
        error = np.sqrt((share[:, None] ** 2 * q * (1 - q) / free[:, None]).sum(axis=0)) * whole
        fixed = p.sum(axis=0) * whole
        for k, type in enumerate(matrix.types):
            raw, new = mapped[k] * ha, fixed[k] * ha
            rows.append({"year": year, "type": type, "type_name": words[type], "unit": "ha", "raw": raw,
                         "corrected": new, "se": error[k] * ha, "difference": new - raw, "samples": int(n[k]),
                         "users_accuracy": q[k, k], "source": f"{matrix.file}; {SOURCE}"})  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
