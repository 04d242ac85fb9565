"""Service layers: their zone sums are the ledger's quantities; units, nodata and CRS are in the file; same bytes."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import tiny

from gep import run
from gep.cli import layers
from gep.errors import GepError
from gep.opening import open_space
from gep.report import cog
from gep.study import load
from gep.tools import Tools

SERVICES = ("soil_retention", "water_conservation", "carbon_sequestration", "local_climate")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cog")
    study = tiny.make(folder / "study")
    result = run.compute(load(study))
    found, faults = layers.write(study, list(SERVICES), folder / "layers", [2023])
    return study, result, found, faults, folder


def zone_sums(path, shares, row_area):
    """Σ value × share × area in hm² of each zone, from the file, pixel by pixel: no code of the pass."""
    with rasterio.open(path) as source:
        values = source.read(1, masked=True).filled(np.nan).astype(float)
    out = np.zeros(shares.n_zones)
    for row in range(shares.rows):
        for k in range(shares.row_ptr[row], shares.row_ptr[row + 1]):
            part = values[row, shares.col0[k] : shares.col1[k]]
            out[shares.zone[k]] += np.nansum(part) * shares.weight[k] * row_area[row] / 10_000
    return out


def test_zone_sums_are_the_quantities_of_the_ledger(made):
    study, result, found, _, _ = made
    spec = load(study)
    tools = Tools.of(spec)
    from gep.bind import bind

    space = open_space(spec, bind(spec, 2023, tools.coefficients), tools.digests, tools.types)
    table = result.ledger.table
    table = table[table["period"] == 2023]
    compared = 0
    for layer in found:
        rows = table[(table["service"] == layer.service) & (table["item"] == layer.item)]
        wanted = rows.groupby("zone")["quantity"].sum().reindex(space.zones.ids).to_numpy()
        sums = zone_sums(layer.path, space.shares, space.grid.row_area())
        assert sums == pytest.approx(wanted, rel=2e-6, abs=1e-9), layer.item  # pixels are float32
        compared += int(np.isfinite(wanted).sum() and (wanted > 0).any())
    assert compared >= 8
    assert {layer.service for layer in found} == set(SERVICES)


def test_the_file_says_what_it_is(made):
    _, _, found, _, _ = made
    layer = next(x for x in found if x.item == "retained_soil")
    with rasterio.open(layer.path) as source:
        assert source.crs.to_epsg() == 4527
        assert source.nodata == cog.NODATA
        assert source.units == ("t/a/hm²",)
        assert source.tags()["GEP_SERVICE"] == "soil_retention"
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.shape == (tiny.ROWS, tiny.COLS)
        values = source.read(1)
    cover = tiny.landcover(2023, tiny.ROWS, tiny.COLS)
    assert (values[cover == 5] == cog.NODATA).all()  # open water has no slope to erode
    assert (values[0] == cog.NODATA).all()  # townships begin at 5 % of the height


def test_same_bytes(made, tmp_path):
    study, _, found, _, _ = made
    again, _ = layers.write(study, ["soil_retention"], tmp_path, [2023])
    first = {x.path.name: x.path.read_bytes() for x in found}
    assert all(x.path.read_bytes() == first[x.path.name] for x in again)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(x.path.name for x in again)


def test_what_has_no_pixels_is_told(made, tmp_path):
    study, *_ = made
    for service in ("provisioning", "soil"):
        with pytest.raises(GepError) as found:
            layers.write(study, [service], tmp_path / "a", [2023])
        assert found.value.faults[-1].code == "GEP-O186"
        assert "soil_retention" in found.value.faults[-1].zh
