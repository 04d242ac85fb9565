"""A made-up county for maps: names that must do no harm, a town too small for its name, a strip at the edge."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely.geometry import Point, box

NAMES = (
    "垟口街道", "畈源乡", "㙟山镇", "<img src=x onerror=alert(1)>", "=1+1", "$x^2$", "城关镇", "边街镇", "_a_{b}\\frac",
    "岭水镇", "新疆生产建设兵团第一师阿拉尔农场", "竹山乡",
)  # fmt: skip


def county(epsg: int = 4527) -> gpd.GeoDataFrame:
    """Twelve zones of a grid of 10 km squares; 城关镇 is 1 km wide in the middle of 畈源乡's corner, 边街镇 a strip."""
    x0, y0 = 39_440_000.0, 3_700_000.0
    cells = [box(x0 + 10e3 * (k % 4), y0 + 10e3 * (k // 4), x0 + 10e3 * (k % 4 + 1), y0 + 10e3 * (k // 4 + 1))
             for k in range(12)]  # fmt: skip
    small = Point(x0 + 15e3, y0 + 5e3).buffer(700)
    strip = box(x0 + 39.2e3, y0 + 10e3, x0 + 40e3, y0 + 20e3)
    shapes = list(cells)
    shapes[6], shapes[7] = small, strip
    shapes[1] = cells[1].difference(small)
    shapes[5] = shapes[5].union(cells[6])
    shapes[4] = cells[4]
    shapes[11] = cells[11].union(cells[7].difference(strip))
    frame = gpd.GeoDataFrame(
        {"zone": [f"3416990{k:02d}" for k in range(1, 13)], "zone_name": NAMES}, geometry=shapes, crs=4527
    )
    return frame if epsg == 4527 else frame.to_crs(epsg)


VALUES = np.array([10.0, 20, 30, 40, 50, 60, np.nan, 80, 90, 100, 15, 25])
