"""Outlines of the townships for the map of the page: simplified together, so that neighbours keep their border."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd

_PIXELS = 900  # the map is never wider on a screen; finer than a pixel nothing shows
_GEOGRAPHIC = "EPSG:4326"
_METRES_A_DEGREE = 111_000


def of_zones(zones: gpd.GeoDataFrame) -> tuple[Mapping[str, Any], ...]:
    """GeoJSON features (degrees) with the zone as "id". `zones`: zone, geometry, any CRS; none gives no outlines."""
    import shapely

    if zones.crs is None or not len(zones):
        return ()
    plane = zones.geometry if zones.crs.is_projected else zones.to_crs(zones.estimate_utm_crs()).geometry
    west, south, east, north = plane.total_bounds
    pixel = max(east - west, north - south) / _PIXELS
    simple = plane.copy()
    simple[:] = shapely.coverage_simplify(plane.to_numpy(), pixel)
    degrees = simple.to_crs(_GEOGRAPHIC).to_numpy()
    decimals = max(3, math.ceil(-math.log10(pixel / _METRES_A_DEGREE)))
    return tuple(
        {"type": "Feature", "id": zone, "geometry": _rounded(json.loads(shapely.to_geojson(shape)), decimals)}
        for zone, shape in zip(zones["zone"].astype(str), degrees, strict=True)
        if shape is not None and not shape.is_empty and shape.geom_type in ("Polygon", "MultiPolygon")
    )


def _rounded(geometry: dict[str, Any], decimals: int) -> dict[str, Any]:
    def thin(part: Any) -> Any:
        return round(part, decimals) if isinstance(part, float | int) else [thin(p) for p in part]

    return {"type": geometry["type"], "coordinates": thin(geometry["coordinates"])}
