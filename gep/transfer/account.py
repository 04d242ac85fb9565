"""Unit-value transfer: area × factor × worth, land class × service, with sums that agree to the cent.

A cell that the table leaves blank is missing, never zero. Negative factors (water supply of paddy) stay negative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gep import units
from gep.accounts.checks import check
from gep.accounts.ledger import cents
from gep.accounts.totals import Totals
from gep.accounts.valuation import money
from gep.coefficient_tables import type_chain
from gep.coefficients import Coefficients, worst
from gep.columns import GRADES
from gep.errors import Fault, GepError, fault
from gep.intake.monitoring import read_table
from gep.intake.values import key
from gep.prices import Prices
from gep.study_parts import Transfer
from gep.transfer.read import factor_table
from gep.transfer.tables import (
    NONE,
    Factor,
    FactorTable,
    class_of,
    class_of_name,
    contradicted,
    legends,
    parameter,
    totals,
)
from gep.transfer.worth import Scales, Worth, scales, worth

COLUMNS = ("year", "zone", "code", "class", "class_zh", "class_en", "service", "service_zh", "service_en", "area_hm2",
           "factor", "adjusted", "worth", "value", "status", "confidence", "class_confidence", "source")  # fmt: skip

_VIEWS = {"by_class": ("类", "classes"), "by_service": ("服务", "services"), "by_zone": ("地区", "zones")}


@dataclass(frozen=True)
class Transferred:
    """The result: `table` one row an (year, zone, code, service); `value` in `currency` of `money_year`, NaN = missing.

    `by_class`, `by_service`, `by_zone`, `sensitivity`: views of it. `checks`: identities with both sides in cents.
    `unvalued`: areas without a class or that nobody values. `meta`: what it rests on.
    """

    table: pd.DataFrame
    by_class: pd.DataFrame
    by_service: pd.DataFrame
    by_zone: pd.DataFrame
    sensitivity: pd.DataFrame
    unvalued: pd.DataFrame
    checks: tuple[Mapping[str, Any], ...]
    meta: Mapping[str, Any]
    faults: tuple[Fault, ...]

    @property
    def total(self) -> float:
        """The sum of all values."""
        return int(cents(self.table["value"]).sum()) / 100


def transfer(
    areas: pd.DataFrame,
    said: Transfer,
    *,
    legend: str = "",
    region: str = "",
    crops: pd.DataFrame | None = None,
    coefficients: Coefficients | None = None,
    table: FactorTable | None = None,
    folder: Any = ".",
) -> Transferred:
    """Value areas with a factor table.

    `areas`: columns code, area_hm2, and year, zone where there are any; `legend`: which land-cover legend the codes
    are of ("": they are classes of the factor table); `table`: an own factor table already read (else said.factors).
    Raises GepError with all faults (GEP-V…).
    """
    table = table or factor_table(said.factors, folder, said.factor_unit)
    prices = Prices(coefficients or Coefficients.load())
    classes, faults = _classes(areas, table, said.classes, legend)
    if any(f.severity == "error" for f in faults):
        raise GepError(faults)
    value, scale = worth(table, said, prices, region, crops), scales(table, said, region)
    notes = _contradicted(table, classes)
    rows = _cells(areas, classes, table, value, scale)
    if not len(rows):
        raise GepError([*faults, fault("GEP-V021", file=table.id)])
    missing = areas[areas["code"].map(lambda c: classes[c][0] in ("", NONE))].copy()
    missing["why"] = missing["code"].map(lambda c: "by convention" if classes[c][0] == NONE else "no class")
    views = {
        "by_class": _view(rows, ["year", "class", "class_zh", "class_en"], area=True),
        "by_service": _view(rows, ["year", "service", "service_zh", "service_en"]),
        "by_zone": _view(rows, ["year", "zone"], area=True),
    }
    return Transferred(
        rows, **views, sensitivity=_sensitivity(views["by_class"]), unvalued=missing, checks=_checks(rows, views),
        meta=_meta(table, said, value, scale, rows, classes) | {"notes": [{"zh": f.zh, "en": f.en} for f in notes]},
        faults=(*faults, *value.warnings, *notes),
    )  # fmt: skip


def transfer_totals(study: Any, extents: Totals | list[Totals], coefficients: Coefficients, crops=None) -> Transferred:
    """`study.transfer` on the areas of a finished pass: `extents` with extent (zones, types) m², codes of HJ 1166.

    `crops`: the table staple_crops; read from the study (of `transfer.year`, else the last period) where not given.
    """
    said = study.transfer
    given = extents if isinstance(extents, list) else [extents]
    if crops is None:
        crops = staple_crops(study, given[-1].period)
    parts = []
    for one in given:
        z, t = np.nonzero(one.extent > 0)
        area = one.extent[z, t] * units.factor("m²", "hm²")
        zone, code = np.array(one.zones, object)[z], np.array(one.types, object)[t]
        parts.append(pd.DataFrame({"year": one.period, "zone": zone, "code": code, "area_hm2": area}))
    areas = pd.concat(parts, ignore_index=True).astype({"year": "Int64"})
    return transfer(areas, said, legend="hj1166", region=study.region, coefficients=coefficients,
                    crops=crops, folder=study.folder)  # fmt: skip


def staple_crops(study: Any, period: int) -> pd.DataFrame | None:
    """The table staple_crops of `transfer.year`, else of `period`; None where no rule reads it or there is none."""
    said = study.transfer
    if "staple_crops" not in study.tables or said.unit_value not in ("one_seventh", "net_profit"):
        return None
    return read_table(study.tables["staple_crops"], said.year or period, study, "staple_crops")


def named_class(table: FactorTable, name: str) -> str | None:
    """The class that a name or id means in a factor table (or NONE); None where it has no such class."""
    by_name = {key(n): c.id for c in table.classes.values() for n in (c.en, c.zh, c.id)}
    return name if name == NONE else by_name.get(key(name))


def _classes(
    areas: pd.DataFrame, table: FactorTable, said: Mapping[str, str], legend: str
) -> tuple[dict[str, tuple[str, str]], list[Fault]]:
    """code → (class, confidence) for every code of the areas. `said` may name a wider type of HJ 1166 (51 for 51d).

    Built-up land that the factor table does not have is by convention not valued, whatever it is called.
    """
    out: dict[str, tuple[str, str]] = {}
    faults: list[Fault] = []
    sizes = areas.groupby("code", sort=False)["area_hm2"].sum(min_count=1)
    for code, size in sizes.items():
        shown = {"land": code, "area": f"{size:,.6g}"}
        note = ""
        asked = next((c for c in (type_chain(code) if legend == "hj1166" else (code,)) if c in said), None)
        if asked is not None:
            found = named_class(table, said[asked])
            if found is None:
                faults.append(fault("GEP-V005", place=f"classes.{asked}", land=asked, name=said[asked], table=table.id,
                                    known=", ".join(table.classes)))  # fmt: skip
                continue
            out[code] = found, "judgement"
        else:
            mapped = class_of(table.id, legend, code) if legend else None
            own = None if legend and mapped else named_class(table, code)
            if own is None and mapped is None:
                mapped = _by_name(table, legend, code)
            if own is None and mapped is None:
                faults.append(fault("GEP-V004", place=f"class {code}", table=table.id, land=code,
                                    legends=", ".join(legends()), known=", ".join(table.classes)))  # fmt: skip
                continue
            out[code] = (own, "verified") if own is not None else mapped[:2]  # type: ignore[index]
            note = "" if mapped is None else mapped[2]
        if out[code][0] == NONE:
            faults.append(fault("GEP-V014", place=f"class {code}", **shown))
        elif not out[code][0]:
            faults.append(fault("GEP-V013", place=f"class {code}", note=note or ", ".join(table.classes), **shown))
    return out, faults


def _by_name(table: FactorTable, legend: str, name: str) -> tuple[str, str, str] | None:
    """The class of a land class called by its name: by the legends where one was given, else only NONE (built-up)."""
    found = class_of_name("xie2015" if table.own else table.id, legend, name)
    return found if found and (found[0] == NONE or (legend and not table.own)) else None


def _contradicted(table: FactorTable, classes: Mapping[str, tuple[str, str]]) -> list[Fault]:
    """GEP-V026 for each class in use whose printed total is not the sum of its services."""
    out, printed = [], {} if table.own else totals(table.id)
    for name in () if table.own else contradicted(table.id):
        if name in {c for c, _ in classes.values()}:
            whole = math.fsum(f.value for (c, _), f in table.cells.items() if c == name and not math.isnan(f.value))
            shown = {"printed": f"{printed[name, 'total']:g}", "sum": f"{whole:g}", "table": table.id}
            words = {"name_zh": table.classes[name].zh, "name_en": table.classes[name].en}
            out.append(fault("GEP-V026", file=table.id, place=f"class {name}", **shown, **words))
    return out


def _cells(
    areas: pd.DataFrame, classes: Mapping[str, tuple[str, str]], table: FactorTable, value: Worth, scale: Scales
) -> pd.DataFrame:
    """Every area × service. value = area × factor × adjustment × province × worth, rounded once to 0.01."""
    blank = Factor(np.nan, "verified", table.source)
    facts = []
    for code, (name, grade) in classes.items():
        if name in ("", NONE):
            continue
        for service in table.services:
            cell = table.cells.get((name, service), blank)
            adjusted = cell.value * scale.services[service] * scale.classes.get(name, 1.0)
            grades = [cell.confidence, value.confidence, scale.grades.get(name, "verified")]
            c, s = table.classes[name], table.services[service]
            facts.append(
                (code, name, c.zh, c.en, service, s.zh, s.en, cell.value, adjusted, worst(grades), grade, cell.source)
            )
    known = pd.DataFrame(facts, columns=["code", "class", "class_zh", "class_en", "service", "service_zh", "service_en",
                                         "factor", "adjusted", "confidence", "class_confidence", "source"])  # fmt: skip
    base = pd.DataFrame(
        {
            "year": areas["year"] if "year" in areas else pd.array([pd.NA] * len(areas), "Int64"),
            "zone": areas["zone"].fillna("") if "zone" in areas else "",
            "code": areas["code"],
            "area_hm2": areas["area_hm2"],
        }
    )
    rows = base.merge(known, on="code", how="inner")
    rows["worth"] = value.value
    rows["value"] = money(rows["area_hm2"] * rows["adjusted"], value.value)
    rows["status"] = np.select([rows["area_hm2"].isna(), rows["factor"].isna()], ["missing", "not_valued"], "ok")
    return rows[list(COLUMNS)]


def _view(rows: pd.DataFrame, keys: list[str], *, area: bool = False) -> pd.DataFrame:
    """Sums of values in whole cents; NaN where nothing at all is valued; `blank`: cells that the table leaves open.

    An area that nobody knows stays unknown."""
    work = rows[keys].assign(
        value=cents(rows["value"]), valued=rows["value"].notna().astype(int), blank=rows["value"].isna().astype(int)
    )
    out = work.groupby(keys, sort=False, dropna=False).sum().reset_index()
    out["value"] = np.where(out["valued"] > 0, out["value"] / 100, np.nan)
    if area:  # each area stands once for every service
        once = rows.drop_duplicates(["year", "zone", "code"])[[*keys, "area_hm2"]]
        sizes = once.groupby(keys, sort=False, dropna=False)["area_hm2"].sum(min_count=1).reset_index()
        out = out.merge(sizes, on=keys)
    return out


def _sensitivity(by_class: pd.DataFrame) -> pd.DataFrame:
    """CS = (ΔESV/ESV) / (ΔVC/VC) of each class: total when its coefficients rise and fall by the change, and CS.

    CS of 1: the total moves as the coefficient does; below 1 it is inelastic. NaN where the total is zero.
    """
    row = parameter("sensitivity_change")
    assert row is not None
    assert row.value is not None
    change = row.value * units.factor(row.unit, "1")
    out = by_class[by_class["value"].notna()].drop(columns=["valued", "blank"]).reset_index(drop=True)
    total = out.groupby("year", dropna=False)["value"].transform("sum")
    out["change"] = change
    out["total_up"] = total + change * out["value"]
    out["total_down"] = total - change * out["value"]
    with np.errstate(divide="ignore", invalid="ignore"):
        cs = (out["total_up"] - total) / total / change
    out["cs"] = cs.where(total != 0)
    return out


def _checks(rows: pd.DataFrame, views: Mapping[str, pd.DataFrame]) -> tuple[dict[str, Any], ...]:
    """Σ classes = Σ services = Σ zones = Σ cells for each year, in whole cents; as the checks of a run stand."""
    out = []
    for year, part in rows.groupby("year", dropna=False):
        whole = int(cents(part["value"]).sum())
        for name, view in views.items():
            same = view[view["year"].isna() if pd.isna(year) else view["year"].eq(year).fillna(False)]
            zh, en = _VIEWS[name]
            got = int(cents(same["value"]).sum())
            out.append(check(f"transfer.{name}", f"单位面积价值：Σ 单元 = Σ {zh}", f"unit values: Σ cells = Σ {en}",
                             None if pd.isna(year) else int(year), whole / 100, got / 100, 0.0, len(same)))  # fmt: skip
    return tuple(out)


def _meta(
    table: FactorTable, said: Transfer, value: Worth, scale: Scales, rows: pd.DataFrame,
    classes: Mapping[str, tuple[str, str]],
) -> dict[str, Any]:  # fmt: skip
    size = np.abs(cents(rows["value"]))
    shares = {g: int(size[(rows["confidence"] == g).to_numpy()].sum()) for g in GRADES}
    whole = sum(shares.values())
    blank = rows[rows["status"] == "not_valued"].drop_duplicates(["class", "service"])
    return {
        "factors": table.id, "factors_zh": table.zh, "factors_en": table.en, "source": table.source,
        "note": table.note, "kind": table.kind, "currency": value.currency, "money_year": value.year,
        "worth": value.value, "worth_zh": value.how_zh, "worth_en": value.how_en, "worth_confidence": value.confidence,
        "scales": list(scale.words), "asked": said.model_dump(mode="json"),
        "classes": {code: {"class": name, "confidence": grade} for code, (name, grade) in classes.items()},
        "sources": sorted(set(rows["source"])),
        "confidence_shares": {g: (n / whole if whole else None) for g, n in shares.items()},
        "not_valued": {str(c): sorted(p["service"]) for c, p in blank.groupby("class", sort=False)},
    }  # fmt: skip
