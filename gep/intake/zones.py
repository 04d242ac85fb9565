"""Zones: the townships, their boundaries made sound, and what is wrong between them (overlaps, gaps, duplicates)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gep.errors import Fault, GepError, fault
from gep.intake.grid import parse_crs, same_crs
from gep.intake.vectors import nearest_word, read_vector

OVERLAP_SHARE = 0.01  # of the smaller township, above which an overlap is an error
SLIVER_SHARE = 1e-3  # of the median zone's area
_NOISE_M2 = 1.0  # overlaps and gaps below it come from rounded coordinates
_LISTED = 20


@dataclass(frozen=True)
class ZoneSpec:
    """The `zones` block of the study. `name` None: the id stands for the name. `crs` overrides the file's own."""

    path: str | Path
    id: str
    name: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str = "auto"
    repair: bool = True


@dataclass(frozen=True, eq=False)
class Zones:
    """The townships in the grid's CRS, in the file's order.

    `report`: n, area_ha, overlaps [{a, b, area_ha, share}], gaps [{area_ha, x, y}], uncovered (None until the pass
    knows it). `warnings` hold every warning and notice of the reading.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    geometries: tuple[shapely.Geometry, ...]
    crs: str
    report: dict[str, Any]
    encoding: str
    warnings: tuple[Fault, ...] = ()
    files: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def areas(self) -> np.ndarray:
        """float64[n], m²: map area (projected CRS) or equal-area (geographic CRS)."""
        return polygon_areas(self.geometries, self.crs)


def read_zones(spec: ZoneSpec, grid_crs: str) -> Zones:
    """Read, repair and check the townships. Raises GepError with all faults; warnings stand in `.warnings`."""
    zones, faults = inspect_zones(spec, grid_crs)
    if zones is None or any(f.severity == "error" for f in faults):
        raise GepError(faults)
    return zones


def inspect_zones(spec: ZoneSpec, grid_crs: str) -> tuple[Zones | None, list[Fault]]:
    """As `read_zones`, with the faults handed back: GEP-R001, R011, R012, Z001–Z034 (gep/codes/zones.yaml)."""
    table, encoding, faults = read_vector(spec.path, layer=spec.layer, crs=spec.crs, encoding=spec.encoding)
    if table is None:
        return None, faults
    columns = [c for c in table.columns if c != table.geometry.name]
    for key, column in (("id", spec.id), ("name", spec.name)):
        if column is not None and column not in columns:
            zh, en = nearest_word(column, columns)
            words = {"column": column, "columns": ", ".join(map(str, columns)), "key": key}
            faults.append(fault("GEP-Z020", file=spec.path, meant_zh=zh, meant_en=en, **words))
    if any(f.severity == "error" for f in faults):
        return None, faults
    ids = [_text(v) for v in table[spec.id]]
    given = [_text(v) for v in table[spec.name]] if spec.name else ids
    names = [name or id for name, id in zip(given, ids, strict=True)]
    faults += _keys(spec, ids, given, names)
    shapes, found = _sound(spec, table.geometry.to_numpy(), ids, names, str(table.crs.to_wkt()))
    faults += found
    if any(f.severity == "error" for f in faults):
        return None, faults
    if not same_crs(table.crs.to_wkt(), grid_crs):
        shapes = list(table.geometry.set_axis(range(len(table))).to_frame("geometry").assign(geometry=shapes)
                      .set_geometry("geometry", crs=table.crs).to_crs(parse_crs(grid_crs)).geometry)  # fmt: skip
        # a transform can fold a sound ring at the last digit
        shapes = [s if shapely.is_valid(s) else _polygons(shapely.make_valid(s)) for s in shapes]
    areas = polygon_areas(shapes, grid_crs)
    faults += _slivers(spec, areas, ids, names)
    overlaps, found = _overlaps(spec, shapes, areas, names, grid_crs)
    faults += found
    gaps, found = _gaps(spec, shapes, names, grid_crs)
    faults += found
    report = {
        "n": len(ids), "area_ha": float(areas.sum() / 1e4), "overlaps": overlaps, "gaps": gaps, "uncovered": None,
    }  # fmt: skip
    notes = tuple(f for f in faults if f.severity != "error")
    zones = Zones(
        tuple(ids), tuple(names), tuple(shapes), grid_crs, report, encoding, notes, (str(spec.path),)
    )  # fmt: skip
    return zones, faults


def coverage(
    zones: Zones, covered: Sequence[float] | np.ndarray, total: Sequence[float] | np.ndarray, what: str,
    *, file: object = "", enough: float = 0.9995,
) -> list[Fault]:  # fmt: skip
    """Faults for zones that `what` (land cover, a layer) covers in part: areas `covered` and `total` in m², one a zone.

    GEP-Z041 (error) where nothing is covered, GEP-Z040 (warning) where the share is below `enough`, worst first, and
    GEP-Z042 for those beyond the first twenty.
    """
    have, whole = np.asarray(covered, dtype=np.float64), np.asarray(total, dtype=np.float64)
    if have.shape != (len(zones),) or whole.shape != have.shape:
        raise ValueError(f"coverage needs {len(zones)} areas, got {have.shape} and {whole.shape}")
    share = np.divide(have, whole, out=np.zeros_like(have), where=whole > 0)
    faults, rest = [], []
    for k in np.argsort(share, kind="stable"):
        missing = (whole[k] - have[k]) / 1e4
        if share[k] == 0:
            faults.append(fault("GEP-Z041", file=file, place=zones.ids[k], what=what, name=zones.names[k]))
        elif share[k] < enough and len(faults) < _LISTED:
            words = {"what": what, "name": zones.names[k], "share": 100 * share[k], "missing": missing}
            faults.append(fault("GEP-Z040", file=file, place=zones.ids[k], **words))
        elif share[k] < enough:
            rest.append(missing)
    if rest:
        faults.append(fault("GEP-Z042", file=file, what=what, count=len(rest), missing=sum(rest)))
    return faults


def polygon_areas(shapes: Sequence[shapely.Geometry] | np.ndarray, crs: str) -> np.ndarray:
    """float64[n], m²: the map area in a projected CRS; in a geographic one, that of a local equal-area projection."""
    array = np.asarray(shapes, dtype=object)
    parsed = parse_crs(crs)
    if not parsed.is_geographic:
        return shapely.area(array) * float(parsed.axis_info[0].unit_conversion_factor) ** 2
    from pyproj import Transformer

    left, bottom, right, top = shapely.total_bounds(array)
    plane = f"+proj=laea +lat_0={(bottom + top) / 2} +lon_0={(left + right) / 2} +ellps=GRS80 +units=m"
    transformer = Transformer.from_crs(parsed, plane, always_xy=True)
    return shapely.area(shapely.transform(array, lambda xy: np.column_stack(transformer.transform(*xy.T))))


def _text(value: object) -> str:
    """An id or name as text, trimmed (full-width blanks too); 341602001.0 is 341602001; missing is ''."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip().strip("\ufeff\0").strip()


def _keys(spec: ZoneSpec, ids: list[str], given: list[str], names: list[str]) -> list[Fault]:
    faults = []
    blank = [str(k + 1) for k, id in enumerate(ids) if not id]
    if blank:
        faults.append(fault("GEP-Z021", file=spec.path, rows=", ".join(blank[:_LISTED]), column=spec.id))
    for id, count in pd.Series(ids).value_counts(sort=False).items():
        if count > 1 and id:
            same = ", ".join(name for name, other in zip(names, ids, strict=True) if other == id)
            faults.append(fault("GEP-Z022", file=spec.path, id=id, count=count, names=same))
    if spec.name:
        for id, name in zip(ids, given, strict=True):
            if id and not name:
                faults.append(fault("GEP-Z033", file=spec.path, id=id, name=id))
        for name, count in pd.Series([n for n in given if n], dtype=object).value_counts(sort=False).items():
            if count > 1:
                same = ", ".join(id for id, other in zip(ids, given, strict=True) if other == name)
                faults.append(fault("GEP-Z034", file=spec.path, name=name, count=count, ids=same))
    return faults


def _sound(
    spec: ZoneSpec, shapes: np.ndarray, ids: list[str], names: list[str], crs: str
) -> tuple[list[shapely.Geometry], list[Fault]]:
    """Valid two-dimensional polygons; faults for empty ones, other kinds, invalid and duplicate boundaries."""
    faults, out = [], []
    for shape, id, name in zip(shapes, ids, names, strict=True):
        words: dict[str, object] = {"file": spec.path, "id": id, "name": name}
        if shape is None or shape.is_empty:
            faults.append(fault("GEP-Z023", why_zh="几何为空", why_en="the geometry is empty", **words))
            continue
        shape = shapely.force_2d(shape)
        if shape.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
            kind = shape.geom_type
            faults.append(fault("GEP-Z023", why_zh=f"几何类型是 {kind}", why_en=f"it is a {kind}", **words))
            continue
        if not shape.is_valid:
            why = shapely.is_valid_reason(shape)
            if not spec.repair:
                faults.append(fault("GEP-Z025", why=why, **words))
                continue
            repaired = _polygons(shapely.make_valid(shape))
            before, after = polygon_areas([shape, repaired], crs)
            change = (after - before) / before if before else 0.0
            if after > 0:
                faults.append(fault("GEP-Z024", why=why, change=change, **words))
            shape = repaired
        shape = _polygons(shape)
        if shape.is_empty or shape.area == 0:
            faults.append(fault("GEP-Z023", why_zh="面积为零", why_en="its area is zero", **words))
            continue
        out.append(shape)
    if len(out) == len(shapes):
        seen: dict[bytes, str] = {}
        for shape, name in zip(out, names, strict=True):
            other = seen.setdefault(shapely.to_wkb(shapely.normalize(shape)), name)
            if other is not name:
                faults.append(fault("GEP-Z027", file=spec.path, a=other, b=name))
    return out, faults


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry as Polygon or MultiPolygon; lines and points that a repair left fall away."""
    parts = [p for p in shapely.get_parts(shapely.get_parts([shape])) if p.geom_type == "Polygon" and not p.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _slivers(spec: ZoneSpec, areas: np.ndarray, ids: list[str], names: list[str]) -> list[Fault]:
    small = np.flatnonzero(areas < SLIVER_SHARE * np.median(areas))
    return [
        fault("GEP-Z026", file=spec.path, id=ids[k], name=names[k], area=areas[k] / 1e4, share=SLIVER_SHARE)
        for k in small
    ]


def _overlaps(
    spec: ZoneSpec, shapes: list[shapely.Geometry], areas: np.ndarray, names: list[str], crs: str
) -> tuple[list[dict[str, Any]], list[Fault]]:
    array = np.asarray(shapes, dtype=object)
    one, other = shapely.STRtree(array).query(array, predicate="intersects")
    one, other = one[one < other], other[one < other]
    if not len(one):
        return [], []
    shared = polygon_areas(shapely.intersection(array[one], array[other]), crs)
    share = shared / np.minimum(areas[one], areas[other])
    order = [k for k in np.argsort(-shared, kind="stable") if shared[k] > _NOISE_M2]
    listed = [
        {"a": names[one[k]], "b": names[other[k]], "area_ha": shared[k] / 1e4, "share": float(share[k])} for k in order
    ]
    faults, more = [], []
    for item in listed:
        severity = "error" if item["share"] > OVERLAP_SHARE else "warning"
        if severity == "warning" and len(faults) >= _LISTED:
            more.append(item["area_ha"])
            continue
        words = {"a": item["a"], "b": item["b"], "area": item["area_ha"], "share": item["share"]}
        faults.append(fault("GEP-Z030", file=spec.path, severity=severity, limit=OVERLAP_SHARE, **words))
    if more:
        faults.append(fault("GEP-Z031", file=spec.path, count=len(more), area=sum(more)))
    return listed, faults


def _gaps(
    spec: ZoneSpec, shapes: list[shapely.Geometry], names: list[str], crs: str
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Holes inside the union of all zones: enclaves, or slips between neighbours."""
    merged = shapely.unary_union(shapes)
    rings = [ring for part in shapely.get_parts([merged]) for ring in part.interiors]
    holes = np.asarray([shapely.Polygon(ring) for ring in rings], dtype=object)
    if not len(holes):
        return [], []
    areas = polygon_areas(holes, crs)
    order = [k for k in np.argsort(-areas, kind="stable") if areas[k] > _NOISE_M2]
    if not order:
        return [], []
    spots = [holes[k].representative_point() for k in order]
    gaps = [{"area_ha": areas[k] / 1e4, "x": p.x, "y": p.y} for k, p in zip(order, spots, strict=True)]
    near = shapely.STRtree(np.asarray(shapes, dtype=object)).query(holes[order[0]], predicate="intersects")
    words = {
        "count": len(gaps), "area": sum(g["area_ha"] for g in gaps), "largest": gaps[0]["area_ha"],
        "x": f"{gaps[0]['x']:.6g}" if abs(gaps[0]["x"]) <= 360 else f"{gaps[0]['x']:.1f}",
        "y": f"{gaps[0]['y']:.6g}" if abs(gaps[0]["x"]) <= 360 else f"{gaps[0]['y']:.1f}",
        "names": ", ".join(names[k] for k in sorted(near)),
    }  # fmt: skip
    return gaps, [fault("GEP-Z032", file=spec.path, **words)]
