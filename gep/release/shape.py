"""Boundaries of a release: simplified together, so that neighbours keep their shared border, coordinates rounded.

Only with an approval number of the map (审图号): 地图管理条例, 地图审核管理规定.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd

_MAP = "gep.gpkg"
_GEOGRAPHIC = "EPSG:4326"  # what GeoJSON is written in (RFC 7946)


def townships(
    zones: gpd.GeoDataFrame, names: Mapping[str, str], tolerance_m: float, decimals: int, approval: str
) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of the townships: id, name and outline, and the approval number of the map."""
    import shapely

    outlines = zones.geometry if zones.crs.is_projected else zones.to_crs(zones.estimate_utm_crs()).geometry
    # what a triangle of this height may cover: the tolerance of coverage_simplify is the root of an area
    simple = shapely.coverage_simplify(outlines.to_numpy(), tolerance_m)
    there = outlines.set_axis(zones.index).copy()
    there[:] = simple
    degrees = shapely.set_precision(there.to_crs(_GEOGRAPHIC).to_numpy(), 10.0**-decimals, mode="pointwise")
    features = []
    for zone, shape in zip(zones["zone"].astype(str), degrees, strict=True):
        said = json.loads(shapely.to_geojson(shapely.normalize(shape)))
        said["coordinates"] = _rounded(said["coordinates"], decimals)
        features.append({"type": "Feature", "id": zone, "properties": {"zone": zone, "zone_name": names.get(zone, "")},
                         "geometry": said})  # fmt: skip
    return {"type": "FeatureCollection", "map_approval": approval, "features": features}


def read(folder: Path) -> gpd.GeoDataFrame | None:
    """The townships of a run's map; None where it has none."""
    if not mapped(folder):
        return None
    import geopandas as gpd

    return gpd.read_file(folder / _MAP, layer="townships")


def mapped(folder: Path) -> bool:
    """Whether a folder has a map: a run does, `gep assess` does not."""
    return (folder / _MAP).is_file()


def _rounded(part: Any, decimals: int) -> Any:
    return round(part, decimals) if isinstance(part, float | int) else [_rounded(p, decimals) for p in part]
