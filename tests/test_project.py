"""The view of a project: a drawn polygon before and after, from the layers of a county's study."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from tiny import CODES, COLS, CRS, LEFT, STEP, TOP

from gep import run, study
from gep.errors import GepError
from gep.project import derive

BAD = "<img src=x onerror=alert(1)>"


def draw(folder, names=("湿地修复", BAD)):
    """Two neighbouring squares of 10 × 10 whole pixels inside the tiny county."""
    left, top = LEFT + 20 * STEP, TOP - 10 * STEP
    boxes = [shapely.box(left + n * 10 * STEP, top - 10 * STEP, left + (n + 1) * 10 * STEP, top) for n in range(2)]
    assert left + 20 * STEP < LEFT + COLS * STEP
    path = folder / "地块.geojson"
    frame = gpd.GeoDataFrame({"id": ["P1", "P2"], "name": list(names)}, geometry=boxes, crs=CRS)
    frame.to_file(path, driver="GeoJSON")
    return path


@pytest.fixture(scope="module")
def made(county, tmp_path_factory):
    import shutil

    folder = shutil.copytree(county, tmp_path_factory.mktemp("project") / "county")
    found = derive(folder / "study.yaml", draw(folder), 2020, 2023, title="湿地项目")
    return found, run.compute(study.load(found.path))


def test_services_of_layers_are_kept_and_those_of_statistics_named(made):
    found, result = made
    assert set(found.kept) == {"water_conservation", "soil_retention", "carbon_sequestration", "local_climate"}
    assert found.left == ("provisioning",)
    assert result.meta["completeness"]["complete"] is False  # never called GEP
    assert result.passed


def test_zones_are_the_polygons_with_their_whole_area(made):
    _, result = made
    # 10 × 10 pixels of 30 m × 30 m = 90,000 m² each, at both dates
    for period in (2020, 2023):
        totals = result.totals[period]
        assert list(totals.zones) == ["P1", "P2"]
        assert totals.extent.sum(axis=1) == pytest.approx([90_000.0, 90_000.0], rel=1e-9, abs=0)
    assert set(result.ledger.table["zone_name"]) == {"湿地修复", BAD}


def test_the_parts_of_the_county_that_were_drawn_are_what_the_county_has_there(made, county):
    """A polygon that is the whole of a township supplies what the township supplies in the county's own account."""
    found, _ = made
    townships = gpd.read_file(county / "townships.gpkg")
    one = townships[townships["code"] == CODES[0]].rename(columns={"code": "id"})
    path = found.path.parent / "whole.gpkg"
    one[["id", "name", "geometry"]].to_file(path)
    again = derive(found.path.parent / "study.yaml", path, 2020, 2023)
    mine = run.compute(study.load(again.path), only=["soil_retention"]).ledger.by("item", zone=CODES[0])
    whole = run.compute(study.load(county / "study.yaml"), only=["soil_retention"]).ledger.by("item", zone=CODES[0])
    assert mine["value"].to_dict() == whole["value"].to_dict()


def test_what_is_wrong_is_told_at_once(tiny):
    with pytest.raises(GepError) as error:
        derive(tiny.folder / "study.yaml", tiny.folder / "nothing.gpkg", 2019, 2023)
    assert [f.code for f in error.value.faults] == ["GEP-O261", "GEP-O262"]
    assert "2019" in error.value.faults[0].text("en")
    assert not list(tiny.folder.glob("project_*"))


def test_the_study_of_the_county_stays_as_it_was(tiny):
    before = (tiny.folder / "study.yaml").read_bytes()
    derive(tiny.folder / "study.yaml", draw(tiny.folder), 2020, 2023)
    assert (tiny.folder / "study.yaml").read_bytes() == before
