"""What the folder of a finished run holds beside the ledger, as the nouns that made it: tables, stocks, settlements,
assessment. Read when asked for; no raster is opened, nothing is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep import entries
from gep.accounts.supply_use_forms import MONEY, physical_form
from gep.assessments import Assessed
from gep.balance.land import remote_form
from gep.balances import REMOTE, Balances
from gep.compensation.rule import registry
from gep.errors import GepError, fault
from gep.forms import Form, FormRow, forms_of, shipped
from gep.report import csv_cells
from gep.settlements import Settlements
from gep.stock_inputs import LAND
from gep.study import load

if TYPE_CHECKING:
    import pandas as pd

_WORDS = (
    "zone", "zone_name", "type", "code", "indicator", "form", "row", "column", "unit", "zh", "en", "note", "status",
)  # fmt: skip
_OF_STOCKS = (  # how ids of checks on stocks begin
    "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "B3", "B4", "B5", "extent", "condition", "valued",
    "liabilities", "asset_value", "supply_use",
)  # fmt: skip


def tables_in(folder: Path) -> dict[str, pd.DataFrame]:
    """The CSV tables of a folder by name, as they were written: codes are text, a blank number is NaN."""
    import pandas as pd

    out = {}
    for path in sorted(folder.glob("*.csv")):
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=dict.fromkeys(_WORDS, str), float_precision="round_trip",
                            low_memory=False)  # fmt: skip
        out[path.stem] = csv_cells.read(table).fillna({c: "" for c in _WORDS if c in table})
    return out


def owed_in(folder: Path) -> Settlements | None:
    """The settlements that a run left: their ledger and the net positions; None where there are none."""
    import pandas as pd

    inside = folder / "compensation"
    if not (inside / "settlements.parquet").is_file():
        return None
    ledger, lineage = (pd.read_parquet(inside / f"{name}.parquet") for name in ("settlements", "lineage"))
    return Settlements(ledger, lineage, tables_in(inside)["positions"])


def settlements_in(folder: Path, checks: list[dict[str, Any]]) -> Settlements | None:
    """The settlements of a run with their tables, rules and identities (those of `checks`); None where there are none.

    What was not settled at all a folder does not say: `missing` is empty.
    """
    made = owed_in(folder)
    if made is None:
        return None
    made.tables = {k: t for k, t in tables_in(folder / "compensation").items() if k not in ("settlements", "positions")}
    pairs = made.ledger[["settlement", "rule"]].drop_duplicates().itertuples(index=False, name=None)
    known = registry()
    made.rules = {id: known[rule] for id, rule in pairs if rule in known}
    made.checks = [check for check in checks if str(check["id"]).startswith("settlement.")]
    return made


def assessed_in(folder: Path, checks: list[dict[str, Any]], names: Mapping[str, str]) -> Assessed | None:
    """The assessment of a run; `names`: evaluation → its name on the sheets. None where there is none."""
    import pandas as pd

    inside = folder / "assessment"
    if not (inside / "observations.parquet").is_file():
        return None
    kept = [pd.read_parquet(inside / f"{name}.parquet") for name in ("observations", "scores", "lineage")]
    tables, registers = tables_in(inside), tables_in(inside / "registers")
    catalogue = tables.pop("catalogue")
    for name in ("observations", "scores"):
        tables.pop(name)
    own = [check for check in checks if str(check["id"]).startswith(("indicator.", "score.", "register."))]
    return Assessed(*kept, catalogue, tables, registers, own, names=dict(names))


def stocks_in(folder: Path, checks: list[dict[str, Any]]) -> Balances | None:
    """The accounts of stocks of a run: entries under their forms, and the other tables; None where there are none.

    Raises GepError GEP-E012 when the folder is not whole.
    """
    import pandas as pd

    if not (folder / "entries.parquet").is_file():
        return None
    everything, forms = pd.read_parquet(folder / "entries.parquet"), _forms(folder)
    made = Balances()
    tables = tables_in(folder / "accounts")
    for id in dict.fromkeys(everything["form"]):
        if id not in tables:
            raise GepError(fault("GEP-E012", file=folder, name=f"accounts/{id}.csv"))
        own = entries.pick(everything, form=id).reset_index(drop=True)
        form = remote_form(forms[LAND], id) if id == REMOTE else forms.get(id) or _physical(forms[MONEY], id)
        made.add(_filled(form, own, tables.pop(id)), own)
    made.tables = tables
    made.checks = [check for check in checks if str(check["id"]).startswith(_OF_STOCKS)]
    return made


def _physical(form: Form, id: str) -> Form:
    """The table of supply and use in quantities, which has the columns of that in money; its rows come from entries."""
    return physical_form(form, ()).model_copy(update={"form": id})


def _filled(form: Form, own: pd.DataFrame, told: pd.DataFrame) -> Form:
    """The form with the rows that an account added to it, named as the CSV of the run (`told`, in the order of its
    entries) names them: a row's name stands before that of its column."""
    from gep.report.form_layout import full_name

    known, rows = {r.id: r for r in form.rows}, dict.fromkeys(own["row"])
    if all(row in known for row in rows):
        return form
    first = own.drop_duplicates("row").index
    for row, column, zh, en in zip(
        own["row"][first], own["column"][first], told["指标名称"][first], told["indicator"][first], strict=True
    ):
        names = {"zh": zh.removesuffix(full_name(form, column, "zh")).strip(),
                 "en": en.removesuffix(full_name(form, column, "en")).strip()}  # fmt: skip
        rows[row] = known.get(row) or FormRow(id=row, role="addition", **names)
    return form.model_copy(update={"rows": list(rows.values())})


def _forms(folder: Path) -> Mapping[str, Form]:
    """The forms of the study that a run was made from, where it still lies there; else those of the toolkit."""
    origin = folder / "origin.json"
    try:
        study = load(folder / json.loads(origin.read_text("utf-8"))["study"], files=False)
        own = study.balance_sheet.forms if study.balance_sheet is not None else {}
        return forms_of(own, study.folder)
    except (OSError, ValueError, KeyError, GepError):
        return shipped()
