"""Other tables that a study releases (`release.tables`): under the same rules as the figures.

Only a table with one row for an indicator, a township and a year (of one evaluation) can be: of anything else it is not
known whose number it is. Of a township's year all rows are shown, or all are masked: a sum of points and all points but
one give the one. Columns of free text are left out: they may name an enterprise or a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import PUBLIC, Indicator
from gep.errors import Fault, GepError, fault
from gep.release.cells import HIDDEN
from gep.release.content import COUNTY_ID
from gep.report import csv_cells

if TYPE_CHECKING:
    import pandas as pd

REFUSED = ("observations", "scores", "lineage", "catalogue")  # released as what they are, or not at all
CODES = ("indicator", "item")  # the column that says whose number it is
TEXTS = (*CODES, "evaluation", "year", "zone", "zone_name", "block", "zh", "en", "unit", "status", "grade")


def read(
    folder: Path, said: Mapping[str, str], file: object, catalogue: Mapping[str, Indicator],
    evaluations: Mapping[str, tuple[str, bool]], zones: Mapping[str, str], held: Collection[tuple[str, str]],
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The public tables of assessment/ and compensation/, masked. `said`: name → level; `held`: (indicator, zone) held
    back in any year. Raises GepError: GEP-J416 it is not in the folder, GEP-J417 it cannot be released."""
    import pandas as pd

    out, faults = {}, []
    for name, level in said.items():
        if level != PUBLIC:
            continue
        place = f"assessment.release.tables.{name}"
        paths = [folder / part / f"{name}.csv" for part in ("assessment", "compensation")]
        path = next((p for p in paths if p.is_file()), None)
        if path is None or Path(name).name != name:
            faults.append(fault("GEP-J416", file=file, place=place, name=name))
            continue
        table = csv_cells.read(pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False))
        if name.casefold() in REFUSED or not _keyed(table, zones):
            faults.append(fault("GEP-J417", file=file, place=place, name=name))
            continue
        out[name] = masked(table, catalogue, evaluations, zones, held)
    if faults:
        raise GepError(faults)
    return out


def _keys(table: pd.DataFrame) -> list[str]:
    code = next((c for c in CODES if c in table), "")
    return [*(["evaluation"] if "evaluation" in table else []), "zone", "year", *([code] if code else [])]


def _keyed(table: pd.DataFrame, zones: Mapping[str, str]) -> bool:
    """Whether each row is of one indicator, township and year, and of no other row's."""
    keys = _keys(table)
    if keys[-1] not in CODES or not {"zone", "year"} <= set(table):
        return False
    known = table["zone"].map(lambda z: (z or COUNTY_ID) in zones) & table["year"].str.fullmatch(r"\d{4}")
    return bool(known.all()) and not table.duplicated(keys).any()


def masked(
    table: pd.DataFrame, catalogue: Mapping[str, Indicator], evaluations: Mapping[str, tuple[str, bool]],
    zones: Mapping[str, str], held: Collection[tuple[str, str]],
) -> pd.DataFrame:  # fmt: skip
    """The rows of public indicators and evaluations, the numbers of a township's year masked where any of its rows is
    internal or held back."""
    *group, code = _keys(table)
    table = table.assign(zone=[z or COUNTY_ID for z in table["zone"]])
    if "evaluation" in table:
        table = table[[evaluations.get(id, ("", False))[1] for id in table["evaluation"]]]
    public = [id in catalogue and catalogue[id].public for id in table[code]]
    pairs = zip(table[code], table["zone"], public, strict=True)
    shut = table.assign(_shut=[not open_ or (id, zone) in held for id, zone, open_ in pairs])
    hide = shut.groupby(group)["_shut"].transform("any")[public]
    table = table[public]
    numbers = [c for c in table if c not in TEXTS and _numeric(table[c])]
    table = table[[c for c in table if c in TEXTS or c in numbers]].copy()
    named = {"zone_name": table["zone"].map(dict(zones))}
    named |= {column: table[code].map({id: getattr(row, column) for id, row in catalogue.items()})
              for column in ("zh", "en", "unit", "block")}  # fmt: skip
    for column, words in named.items():
        if column in table:
            table[column] = words
    for shown in [*numbers, *(c for c in ("status", "grade") if c in table)]:
        table[shown] = table[shown].mask(hide, HIDDEN)
    return table.reset_index(drop=True)


def _numeric(column: pd.Series[str]) -> bool:
    import pandas as pd

    said = column[column != ""]
    return len(said) > 0 and bool(pd.to_numeric(said, errors="coerce").notna().all())


def flat(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Every printed number of the tables: table, evaluation, indicator, zone, year, column, text."""
    out = []
    for name, table in tables.items():
        code = _keys(table)[-1]
        numbers = [c for c in table if c not in TEXTS]
        for row in table.to_dict("records"):
            lead = {"table": name, "evaluation": row.get("evaluation", ""), "indicator": row[code],
                    "zone": row["zone"], "year": int(row["year"])}  # fmt: skip
            out += [lead | {"column": c, "text": row[c]} for c in numbers if row[c] != ""]
    return out


def sole_faults(
    scores: pd.DataFrame, lines: Mapping[str, Collection[str]], catalogue: Mapping[str, Indicator],
    evaluations: Mapping[str, tuple[str, bool]], file: object,
) -> list[Fault]:  # fmt: skip
    """GEP-J418: a public evaluation whose total is made of one indicator, an internal one: the score tells its figure.
    `lines`: key of a score → codes of the indicators it rests on."""
    out = []
    said = scores[scores["evaluation"].map(lambda id: evaluations.get(id, ("", False))[1]).astype(bool)]
    for (id, _, _), part in said.groupby(["evaluation", "year", "zone"], sort=False):
        codes = {item for item in part["item"].fillna("") if item in catalogue}
        codes |= {code for key in part["lineage"] for code in lines.get(str(key), ())}
        if len(codes) == 1 and not catalogue[code := min(codes)].public:
            place = f"assessment.evaluate.{id}.publication"
            out.append(fault("GEP-J418", file=file, place=place, id=id, other=code))
    return list(dict.fromkeys(out))
