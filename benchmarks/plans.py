"""The pass of the five services over the benchmark rasters, as `gep.bind` would plan it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.data import CODES, LAYERS
from gep.fields.erosion import rkls
from gep.fields.hydrology import zhang
from gep.intake.ecosystems import LandcoverSpec, open_types
from gep.intake.grid import Grid
from gep.intake.layers import LayerSpec, open_layer
from gep.zonal.plan import Group, Node, PassPlan
from gep.zonal.shares import polygon_shares

TYPES = tuple(str(code) for code in CODES)
WATER = {"41", "42", "43"}
PLANT_WATER = np.array([2.0, 2.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 1.0, 0.1, 0.1, 0.1, 0.1])  # Zhang's w by type
COVER = np.array([0.003, 0.003, 0.04, 0.04, 0.06, 0.0, 0.0, 0.0, 0.24, 0.05, 0.0, 1.0, 0.0, 0.0])  # C by type
UNITS = {
    "ndvi": "1", "reference_evapotranspiration": "mm/a", "precipitation": "mm/a", "erosivity": "MJ·mm/(hm²·h·a)",
    "erodibility": "t·hm²·h/(hm²·MJ·mm)", "topographic_factor": "1",
}  # fmt: skip


def kept(potential_erosion, cover_factor):
    """Retained soil depth of loss, t/(hm²·a): R·K·LS·(1 − C); the product `gep.bind` makes of the declaration."""
    return potential_erosion * (1 - cover_factor)


def code_table() -> np.ndarray:
    table = np.full(256, 255, np.uint8)
    table[list(CODES)] = np.arange(len(CODES))
    return table


def readers(where: Path, grid: Grid):
    return {
        name: open_layer(
            name, LayerSpec(where / f"{name}.tif", unit=UNITS[name], scale=LAYERS[name][2]), grid, UNITS[name]
        )
        for name in LAYERS
    }


def five_services(where: Path, *, shares=None, threads: int = 1) -> PassPlan:
    """Water conservation, soil retention, carbon sequestration, local climate, provisioning's extent."""
    import geopandas

    grid = Grid.from_raster(where / "landcover.tif")
    if shares is None:
        shares = polygon_shares(geopandas.read_file(where / "townships.gpkg").geometry, grid, threads=threads)
    crosswalk = {str(code): str(code) for code in CODES}
    types = open_types(LandcoverSpec(where / "landcover.tif", nodata=0), crosswalk, TYPES, grid)
    climate = tuple((n, ("layer", n)) for n in ("precipitation", "reference_evapotranspiration"))
    soil = tuple((n, ("layer", n)) for n in ("erosivity", "erodibility", "topographic_factor"))
    nodes = (
        Node("evapotranspiration", zhang, (*climate, ("zhang_w", ("lut", PLANT_WATER)))),
        Node("potential_erosion", rkls, soil),
        Node("kept", kept, (("potential_erosion", ("node", "potential_erosion")), ("cover_factor", ("lut", COVER)))),
    )
    land = tuple(t not in WATER for t in TYPES)
    green = tuple(t[0] in "123" for t in TYPES)
    groups = (
        Group("water_conservation", ("precipitation", "evapotranspiration"), land),
        Group("soil_retention", ("potential_erosion", "kept"), land),
        Group("carbon_sequestration", ("ndvi",), green),
        Group("local_climate", (), tuple(t[0] in "1234" for t in TYPES)),
    )
    return PassPlan(grid, types, readers(where, grid), nodes, groups, shares)
