"""The themes of gep.gpkg: a styled layer an account, a service, for the change, for confidence and for what is missing.

They are views: geometry and values stand in the file once (layers gep_<period> and the table `themes`), each theme
shows its columns under its own style. QGIS and GDAL open views as layers.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.columns import GRADES
from gep.report import labels, map_classes, style, tables
from gep.units import factor

if TYPE_CHECKING:
    import pandas as pd

    from gep.report.zone_table import ZoneTable

TABLE = "themes"
_STATUS = (("ok", "#a1dab4"), ("partial", "#fdae61"), ("missing", "#bdbdbd"))


@dataclass(frozen=True)
class Theme:
    """A view: ASCII name, title, its columns as (side, column, alias), side g the last period, t the table themes."""

    name: str
    title: str
    columns: tuple[tuple[str, str, str], ...]
    qml: str

    def create(self, period: int) -> str:
        """The SQL of the view over the layer of `period`; OGC_FID is the name by which GDAL knows the key."""
        listed = ", ".join(f'{side}."{column}"' for side, column, _ in self.columns)
        return (
            f'CREATE VIEW "{self.name}" AS SELECT g."fid" AS OGC_FID, g."geom" AS geom, {listed} '
            f'FROM "gep_{period}" g JOIN "{TABLE}" t ON t."fid" = g."fid"'
        )


@dataclass(frozen=True)
class Themes:
    """The themes of one period and the table they share: one row a township, in the order of the period's layer."""

    period: int
    table: pd.DataFrame
    themes: tuple[Theme, ...]


def build(found: Mapping[int, ZoneTable], ledger: pd.DataFrame, lang: str = "zh") -> Themes:
    """The themes of the last period of `found` (period → township table), and the change since the first.

    Columns of the table: zone, d_<service> and d_<account> (10⁴ yuan a km²), v_<account> (yuan), change, change_km2,
    change_rate (%), unverified (% of |value|, without judgements), missing_lines. NaN where there is no number.
    """
    import pandas as pd

    first, last = min(found), max(found)
    table = found[last]
    zones = table.table["zone"].tolist()
    km2 = table.table["area"].to_numpy(dtype=float) * factor("m²", "km²")
    made: dict[str, Any] = {"zone": zones}
    themes: list[Theme] = []
    taken: set[str] = {"townships", TABLE, "layer_styles", *(f"gep_{p}" for p in found)}
    work = tables.of_period(tables.prepare(ledger), last)
    counted = work[work["in_gep"] & (work["zone"] != "")]
    wan = "万元/km²" if lang == "zh" else "10⁴ yuan/km²"
    alias = {c: table.head(c) for c in table.table.columns}

    def put(name: str, words: str, value: tuple[str, str, str], density: np.ndarray) -> None:
        column = f"d_{value[1][2:]}"
        made[column] = density
        head = _with(words, wan, lang, " per km²", "单位面积")
        columns = (("g", "zone", alias["zone"]), ("g", "zone_name", alias["zone_name"]), value, ("t", column, head))
        found_classes = style.classes(density)
        qml = style.graduated_qml(column, found_classes, wan, {c: a for _, c, a in columns})
        themes.append(Theme(_name(name, taken), f"{last} {head}", columns, qml))

    sums = tables.sums(counted, ["zone", "account"])["value"].unstack("account")
    for account in tables.ACCOUNTS:
        if account in sums:
            values = sums[account].reindex(zones).to_numpy(dtype=float)
            made[f"v_{account}"] = values
            words = labels.label(account, lang)
            side = ("t", f"v_{account}", _with(words, labels.unit("yuan", lang), lang))
            put(f"account_{account}", words, side, values * factor("yuan", "万元") / km2)
    for column in [c for c in map(str, table.table) if c.startswith("v_")]:
        values = table.table[column].to_numpy(dtype=float)
        put(
            f"service_{column[2:]}",
            table.heads[column][0],
            ("g", column, alias[column]),
            values * factor("yuan", "万元") / km2,
        )
    if first != last:
        themes.append(_change(made, found[first], table, (first, last), km2, lang, taken))
    themes += _trust(made, table, work, zones, last, lang, taken)
    return Themes(last, pd.DataFrame(made), tuple(themes))


def _change(
    made: dict[str, Any],
    before: ZoneTable,
    after: ZoneTable,
    years: tuple[int, int],
    km2: np.ndarray,
    lang: str,
    taken: set[str],
) -> Theme:
    a = before.table.set_index("zone")["gep"].reindex(after.table["zone"]).to_numpy(dtype=float)
    b = after.table["gep"].to_numpy(dtype=float)
    made["before"] = a
    made["change"] = b - a
    made["change_km2"] = (b - a) * factor("yuan", "万元") / km2
    with np.errstate(divide="ignore", invalid="ignore"):
        made["change_rate"] = np.where(a != 0, factor("1", "%") * (b - a) / np.abs(a), np.nan)
    wan, yuan = ("万元/km²", "元") if lang == "zh" else ("10⁴ yuan/km²", "yuan")
    total, dense = after.heads["gep"][0], after.heads["gep_density"][0]
    word = labels.label("map_change", lang)
    columns = (
        ("g", "zone", after.head("zone")),
        ("g", "zone_name", after.head("zone_name")),
        ("t", "before", _with(f"{years[0]} {total}", yuan, lang)),
        ("g", "gep", _with(f"{years[1]} {total}", yuan, lang)),
        ("t", "change", _with(word, yuan, lang)),
        ("t", "change_km2", _with(word, wan, lang)),
        ("t", "change_rate", _with(word, "%", lang)),
    )
    to = " 至 " if lang == "zh" else " to "
    classes = map_classes.diverging(made["change_km2"], to, map_classes.RANKS).classes
    qml = style.graduated_qml("change_km2", classes, wan, {c: said for _, c, said in columns})
    title = f"{years[0]}–{years[1]} {dense} {word}"
    return Theme(_name(f"change_{years[0]}_{years[1]}", taken), title, columns, qml)


def _trust(
    made: dict[str, Any],
    table: ZoneTable,
    work: pd.DataFrame,
    zones: Sequence[str],
    year: int,
    lang: str,
    taken: set[str],
) -> list[Theme]:
    """How much is unverified, and what is missing."""
    head = (("g", "zone", table.head("zone")), ("g", "zone_name", table.head("zone_name")))
    out = []
    if "c_unverified" in table.table:
        made["unverified"] = table.table["c_unverified"].to_numpy(dtype=float) * factor("1", "%")
        said = labels.label("map_unverified", lang)
        grades = tuple(("g", f"c_{g}", table.head(f"c_{g}")) for g in GRADES)
        columns = (*head, ("t", "unverified", said), *grades)
        classes = style.classes(made["unverified"])
        qml = style.graduated_qml("unverified", classes, "%", {c: a for _, c, a in columns})
        out.append(Theme(_name(f"confidence_{year}", taken), f"{year} {said}", columns, qml))
    counted = work[work["in_gep"]]
    lost = counted.groupby("zone")["absent"].sum()
    made["missing_lines"] = lost.reindex(list(zones)).fillna(0).to_numpy(dtype=np.int64)
    said = labels.label("map_missing", lang)
    columns = (
        *head,
        ("g", "status", table.head("status")),
        ("t", "missing_lines", labels.label("map_missing_lines", lang)),
        ("g", "coverage", table.head("coverage")),
        ("g", "note", table.head("note")),
    )
    kinds = [(value, colour, labels.word(value, lang)) for value, colour in _STATUS]
    qml = style.categorized_qml("status", kinds, {c: a for _, c, a in columns})
    return [*out, Theme(_name(f"missing_{year}", taken), f"{year} {said}", columns, qml)]


def _with(name: str, unit: str, lang: str, en: str = "", zh: str = "") -> str:
    return f"{zh}{name}（{unit}）" if lang == "zh" else f"{name}{en} ({unit})"


def _name(wanted: str, taken: set[str]) -> str:
    """An ASCII layer name that is not taken; SQLite does not tell upper from lower case."""
    stem = re.sub(r"[^0-9A-Za-z_]+", "_", wanted)
    name, count = stem, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}_{count}"
    taken.add(name.lower())
    return name


def register(db: sqlite3.Connection, themes: Themes, clock: str) -> None:
    """Make the views and tell GeoPackage readers of them, each with the frame of the layer it shows."""
    source = f"gep_{themes.period}"
    frame = db.execute(
        "SELECT min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents WHERE table_name = ?", (source,)
    ).fetchone()
    for theme in themes.themes:
        db.execute(theme.create(themes.period))
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, min_x, min_y,"
            " max_x, max_y, srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
            (theme.name, f"{theme.name} {theme.title}", theme.title, clock, *frame),
        )
        db.execute(
            "INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)"
            " VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)",
            (theme.name, frame[4]),
        )
