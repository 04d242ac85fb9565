"""The GeoPackage read back: values, styles, bytes."""

from __future__ import annotations

import itertools
import sqlite3
import time
import xml.etree.ElementTree as ET

import geopandas as gpd
import ledger_sample
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.errors import GepError
from gep.report import gpkg, style, zone_table

S = ledger_sample.sample()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return gpkg.write(tmp_path_factory.mktemp("g") / "gep.gpkg", S.zones, S.ledger, S.meta)


def test_layers_and_values(path):
    layer = gpd.read_file(path, layer="gep_2023").set_index("zone")
    assert list(layer["zone_name"]) == list(ledger_sample.ZONES.values())
    assert layer["area"].tolist() == pytest.approx([6e6] * 4)  # 3 km × 2 km
    counted = S.ledger[S.ledger["in_gep"] & (S.ledger["period"] == 2023)]
    for zone, row in layer.iterrows():
        mine = counted[counted["zone"] == zone]
        assert round(row["gep"] * 100) == sum(round(v * 100) for v in mine["value"].dropna())
        assert row["gep_density"] == pytest.approx(row["gep"] / 1e4 / 6)  # 万元/km² on 6 km²
        assert row[["c_verified", "c_secondary", "c_unverified", "c_judgement"]].sum() == pytest.approx(1)
    assert not [c for c in layer if c.startswith("share_")]  # a partial account has no shares of a total
    last = layer.loc["341699004000"]
    assert np.isnan(last["v_local_climate"])  # missing, not 0
    assert last["status"] == "partial"
    assert last["note"] == "缺 2023 年气象站"
    water = S.ledger[
        (S.ledger["period"] == 2023) & (S.ledger["item"] == "water") & (S.ledger["zone"] == "341699001000")
    ]
    assert layer.loc["341699001000", "q_water"] == pytest.approx(water["quantity"].sum())
    assert {"townships", "gep_2020", "gep_2023", "layer_styles"} <= set(gpd.list_layers(path)["name"])
    assert layer.crs.to_epsg() == 4527


def test_styles_are_valid_qml(path):
    with sqlite3.connect(path) as db:
        found = {
            r[0]: r
            for r in db.execute("SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles")
        }
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kinds = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
        columns = {r[1] for r in db.execute("PRAGMA table_info(gep_2023)")}
    assert {"townships", "gep_2020", "gep_2023"} <= set(found)
    assert kinds["layer_styles"] == "attributes"
    assert all(r[1:3] == ("geom", 1) for r in found.values())
    root = ET.fromstring(found["gep_2023"][3])
    assert root.tag == "qgis"
    renderer = root.find("renderer-v2")
    assert renderer.get("type") == "graduatedSymbol"
    assert renderer.get("attr") in columns
    ranges = renderer.findall("ranges/range")
    symbols = {s.get("name") for s in renderer.findall("symbols/symbol")}
    assert symbols == {r.get("symbol") for r in ranges}
    assert "万元/km²" in ranges[0].get("label")
    values = gpd.read_file(path, layer="gep_2023")["gep_density"]
    for v in values:  # QGIS takes the first range with lower <= value <= upper
        assert any(float(r.get("lower")) <= v <= float(r.get("upper")) for r in ranges)
    text = root.find("labeling/settings/text-style")
    assert text.get("fieldName") == "zone_name"
    assert text.find("text-buffer").get("bufferDraw") == "1"
    assert text.find("text-buffer").get("bufferColor").startswith("255,255,255")
    assert {a.get("field") for a in root.findall("aliases/alias")} <= columns


def test_same_input_same_bytes(path, tmp_path):
    time.sleep(1.1)  # a time stamp of the day would differ
    assert gpkg.write(tmp_path / "gep.gpkg", S.zones, S.ledger, S.meta).read_bytes() == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["gep.gpkg"]


def test_a_zone_without_lines_is_null(tmp_path):
    ledger = S.ledger[S.ledger["zone"] != "341699002000"]
    layer = gpd.read_file(gpkg.write(tmp_path / "a.gpkg", S.zones, ledger, S.meta), layer="gep_2020").set_index("zone")
    assert np.isnan(layer.loc["341699002000", "gep"])
    assert layer.loc["341699002000", "status"] == "missing"


def test_township_without_polygon_is_refused(tmp_path):
    with pytest.raises(GepError) as found:
        gpkg.write(tmp_path / "a.gpkg", S.zones.iloc[:3], S.ledger, S.meta)
    assert found.value.faults[0].code == "GEP-L513"
    assert "341699004000" in found.value.faults[0].zh
    with pytest.raises(GepError) as found:
        gpkg.write(tmp_path / "a.gpkg", S.zones.set_crs(None, allow_override=True), S.ledger, S.meta)
    assert found.value.faults[0].code == "GEP-L516"
    assert list(tmp_path.iterdir()) == []


def test_geodesic_area():
    # EPSG:4527 is a Gauss–Krüger zone with scale 1 on its central meridian (117° E): within 5e-5 of the ellipsoid here
    plane, ellipsoid = (zone_table.areas(S.zones, mode) for mode in ("projected", "geodesic"))
    assert np.allclose(plane, ellipsoid, rtol=5e-5)
    assert np.allclose(zone_table.areas(S.zones.to_crs(4490)), ellipsoid, rtol=1e-9)


def test_twin_columns():
    assert zone_table._column("q", "Wheat", {"q_wheat": 1}) == "q_Wheat_2"
    assert zone_table._column("q", "=小 麦", {}) == "q__小_麦"


@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), max_size=60))
def test_classes_hold_every_value_once(values):
    found = style.classes(values)
    finite = [v for v in values if v == v]
    assert sum(c.count for c in found) == len(finite)
    assert len(found) <= 5
    assert all(a.upper == b.lower for a, b in itertools.pairwise(found))


def test_quantile_classes():
    # 1…10 in five classes: two each
    assert [c.count for c in style.classes(range(1, 11))] == [2] * 5
    assert [c.label for c in style.classes([100, 200, 300], 3)] == ["100 (1)", "100 – 200 (1)", "200 – 300 (1)"]
    assert style.classes([]) == []
    assert [c.count for c in style.classes([5.0] * 7)] == [7]


def test_shares_stand_in_a_whole_account(tmp_path):
    whole = {**S.meta, "completeness": {"complete": True}}
    layer = gpd.read_file(gpkg.write(tmp_path / "a.gpkg", S.zones, S.ledger, whole), layer="gep_2023")
    sums = layer["share_provisioning"].fillna(0) + layer["share_regulating"]
    assert sums.tolist() == pytest.approx([1.0] * len(layer))
