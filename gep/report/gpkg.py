"""gep.gpkg: the townships with their accounts, styled and labelled; opens in QGIS as a finished map.

The same input gives the same bytes: time stamps are pinned and the file is rebuilt (VACUUM) at the end, so that no
remains of earlier pages stay in it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.report import facts, gpkg_layers, style, tables, zone_table
from gep.report.atomic import atomic_path

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_PINNED = "1980-01-01T00:00:00.000Z"
_STYLES = """CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"""


def write(
    path: str | os.PathLike[str],
    zones: gpd.GeoDataFrame,
    ledger: pd.DataFrame,
    meta: Mapping[str, Any],
    lang: str = "zh",
) -> Path:
    """Write the GeoPackage of a run: layer `townships`, a layer `gep_<period>` for each period of the ledger, and the
    themes of the last one (gep.report.gpkg_layers): account_…, service_…, change_…, confidence_…, missing_….

    Columns of the period layers: see `zone_table.build`; heads say GEP only where `meta` says the account is whole.
    Raises GepError GEP-L513 (township without a polygon), GEP-L516 (no CRS), GEP-L511/L512 (ledger), GEP-L501…L507
    (the file cannot be written).
    """
    final = Path(path)
    area_mode = str(meta.get("area_mode", "projected"))
    whole = facts.complete(meta)
    found = {p: zone_table.build(zones, ledger, p, lang, area_mode, complete=whole) for p in tables.periods(ledger)}
    with atomic_path(final) as temporary:
        base = zones[["zone", "zone_name", "geometry"]].reset_index(drop=True)
        styles = []
        with _pinned_clock():
            first = next(iter(found.values()))
            plain = base.assign(area=first.table["area"])
            _layer(temporary, plain, "townships", first.heads["zone_name"][0])
            styles.append(
                (
                    "townships",
                    style.plain_qml({c: first.head(c) for c in ("zone", "zone_name", "area")}),
                    first.heads["zone_name"][0],
                )
            )
            for period, table in found.items():
                name = f"gep_{period}"
                title = f"{period} {table.head('gep_density')}"
                frame = base[["geometry"]].join(table.table)
                _layer(temporary, frame, name, f"{meta.get('study', '')} {title}".strip())
                aliases = {c: table.head(c) for c in table.table.columns}
                legend = table.heads["gep_density"][1]
                styles.append(
                    (
                        name,
                        style.graduated_qml("gep_density", style.classes(table.table["gep_density"]), legend, aliases),
                        title,
                    )
                )
            themes = gpkg_layers.build(found, ledger, lang)
            _table(temporary, themes.table)
        _finish(temporary, styles, themes)
    return final


def _layer(path: Path, frame: Any, name: str, title: str) -> None:
    import geopandas as gpd
    import pyogrio

    data = gpd.GeoDataFrame(frame, geometry="geometry")
    for column in data.columns.drop("geometry"):
        if data[column].dtype.kind not in "fiu":
            data[column] = data[column].astype(object)
    pyogrio.write_dataframe(
        data,
        path,
        layer=name,
        driver="GPKG",
        geometry_type="MultiPolygon",
        promote_to_multi=True,
        layer_options={"IDENTIFIER": f"{name} {title}", "DESCRIPTION": title, "FID": "fid", "GEOMETRY_NAME": "geom"},
    )


def _table(path: Path, frame: Any) -> None:
    """The values that the themes share, as a table without geometry."""
    import pyogrio

    options = {"IDENTIFIER": gpkg_layers.TABLE, "DESCRIPTION": "", "FID": "fid"}
    data = frame.assign(zone=frame["zone"].astype(object))
    pyogrio.write_dataframe(data, path, layer=gpkg_layers.TABLE, driver="GPKG", layer_options=options)


@contextlib.contextmanager
def _pinned_clock() -> Iterator[None]:
    """GDAL writes this date as "last change" instead of the time of the day."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _PINNED})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _finish(path: Path, styles: list[tuple[str, str, str]], themes: gpkg_layers.Themes) -> None:
    """Add the themes and the style table as QGIS expects it, pin every time stamp, and rebuild the file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("BEGIN")
        gpkg_layers.register(db, themes, _PINNED)
        styles = [*styles, *((t.name, t.qml, t.title) for t in themes.themes)]
        db.execute(_STYLES)
        for name, qml, title in styles:
            db.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD,"
                " useAsDefault, description, owner, ui, update_time)"
                " VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
                (name, name, qml, title, _PINNED),
            )
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (_PINNED,),
        )
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents'").fetchone():
            db.execute(
                "INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES ('layer_styles', ?)", (len(styles),)
            )
        db.execute("UPDATE gpkg_contents SET last_change = ?", (_PINNED,))
        db.execute("COMMIT")
        db.execute("VACUUM")
