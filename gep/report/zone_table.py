"""One row a township and period, the columns that maps and the GeoPackage show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.errors import GepError, fault
from gep.report import labels, tables

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class ZoneTable:
    """`table`: one row a township in the order of the zones, NaN where missing; `heads`: column → (name, unit)."""

    table: pd.DataFrame
    heads: Mapping[str, tuple[str, str]]

    def head(self, column: str) -> str:
        """Name with unit, as a legend writes it."""
        name, unit = self.heads[column]
        return (
            f"{name}（{unit}）" if unit and any(ord(c) > 0x2E80 for c in name) else f"{name} ({unit})" if unit else name
        )


def build(
    zones: gpd.GeoDataFrame,
    ledger: pd.DataFrame,
    period: int,
    lang: str = "zh",
    area_mode: str = "projected",
    *,
    complete: bool = False,
) -> ZoneTable:
    """The township table of one period. Unless the account is `complete`, no head calls its total GEP.

    Columns: zone, zone_name, area (m²), gep (yuan), gep_density (10⁴ yuan/km²), status, v_<service> (yuan), q_<item>,
    share_<account>, coverage (lowest), c_<grade> (shares by |value|), lacking. Raises GepError GEP-L513 (ledger
    townships not in `zones`), GEP-L516 (no CRS), GEP-L517 (no such period).
    """
    from gep.units import factor

    prepared = tables.prepare(ledger)
    work = tables.of_period(prepared, period)
    order = [str(z) for z in zones["zone"]]
    strangers = sorted(set(work["zone"]) - set(order) - {""})
    if strangers:
        shown = ", ".join(strangers[:5]) + (f" …(+{len(strangers) - 5})" if len(strangers) > 5 else "")
        raise GepError(fault("GEP-L513", zones=shown))
    table = zones[["zone", "zone_name"]].astype(str).reset_index(drop=True)
    heads: dict[str, tuple[str, str]] = {
        c: (labels.label(c, lang), "") for c in ("zone", "zone_name", "status", "note")
    }

    def put(column: str, name: str, unit: str, values: pd.Series) -> None:
        table[column] = values.reindex(order).to_numpy()
        heads[column] = (name, unit)

    table["area"] = areas(zones, area_mode)
    heads["area"] = (labels.label("area", lang), "m²")
    counted = work[work["in_gep"] & (work["zone"] != "")]
    wan = "万元" if lang == "zh" else "10⁴ yuan"
    yuan = labels.unit("yuan", lang)
    whole = tables.sums(counted, ["zone"])
    ending = "" if complete else "_partial"
    put("gep", labels.label(f"gep{ending}", lang), yuan, whole["value"])
    table["gep_density"] = table["gep"] * factor("yuan", "万元") / (table["area"] * factor("m²", "km²"))
    heads["gep_density"] = (labels.label(f"gep_density{ending}", lang), f"{wan}/km²")
    table["status"] = whole["status"].reindex(order).fillna("missing").to_numpy()
    names = prepared.drop_duplicates("service").set_index("service")["service_name"]
    by_service = tables.sums(counted, ["zone", "service"])["value"].unstack("service")
    for service in tables.services(prepared):
        if service in by_service:
            put(
                _column("v", service, heads),
                labels.declared_name(service, "", names[service], lang),
                yuan,
                by_service[service],
            )
    _quantities(put, work, lang, heads)
    share = tables.sums(counted, ["zone", "account"])["value"].unstack("account")
    for account in tables.ACCOUNTS:
        if account in share and complete:  # no ratios to a partial sum
            put(
                f"share_{account}",
                f"{labels.label(account, lang)}{labels.label('share', lang) if lang == 'zh' else ' share'}",
                "",
                share[account] / whole["value"].where(whole["value"] != 0),
            )
    put("coverage", labels.label("min_coverage", lang), "", whole["coverage"].astype(float))
    if (counted["valued"] > 0).any():
        grades = tables.confidence_shares(counted, ["zone"])
        for grade in tables.GRADES:
            put(f"c_{grade}", labels.label(grade, lang), "", grades[grade])
    table["note"] = whole["lacking"].reindex(order).fillna("").to_numpy()
    return ZoneTable(table, heads)


def _quantities(put: Any, work: pd.DataFrame, lang: str, heads: Mapping[str, Any]) -> None:
    held = tables.fill_gaps(work)
    held = held[(held["unit"] != "") & (held["zone"] != "")]
    keys = held[["service", "item", "item_name", "unit"]].drop_duplicates(["service", "item", "unit"])
    sums = tables.sums(held, ["zone", "service", "item", "unit"])["quantity"]
    for key in keys.itertuples(index=False):
        values = sums.xs((key.service, key.item, key.unit), level=("service", "item", "unit"))
        name = labels.declared_name(key.service, key.item, key.item_name, lang)
        put(_column("q", key.item, heads), name, labels.unit(key.unit, lang), values)


def _column(prefix: str, id: str, taken: Mapping[str, Any]) -> str:
    """A column name from an id; SQLite does not tell upper from lower case, so twins get a number."""
    stem = f"{prefix}_{re.sub(r'[^0-9A-Za-z_]+', '_', id) if id.isascii() else re.sub(r'[^0-9A-Za-z_一-鿿]+', '_', id)}"
    name, count, known = stem, 1, {t.lower() for t in taken}
    while name.lower() in known:
        count += 1
        name = f"{stem}_{count}"
    return name


def areas(zones: gpd.GeoDataFrame, area_mode: str = "projected") -> np.ndarray:
    """Polygon areas in m², on the plane of a projected CRS or on the ellipsoid (geographic CRS, area_mode geodesic)."""
    if zones.crs is None:
        raise GepError(fault("GEP-L516"))
    if area_mode == "geodesic" or zones.crs.is_geographic:
        geodetic = zones.to_crs(zones.crs.geodetic_crs) if not zones.crs.is_geographic else zones
        geod = zones.crs.get_geod()
        return np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in geodetic.geometry])
    metre = zones.crs.axis_info[0].unit_conversion_factor if zones.crs.axis_info else 1
    return np.asarray(zones.geometry.area.to_numpy() * metre**2)
