"""The themes of gep.gpkg read back through GDAL: values, styles, names, missing numbers, size."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET

import geopandas as gpd
import ledger_sample
import numpy as np
import pytest

from gep.report import gpkg

S = ledger_sample.sample()
LAST = "341699004000"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return gpkg.write(tmp_path_factory.mktemp("g") / "gep.gpkg", S.zones, S.ledger, S.meta)


@pytest.fixture(scope="module")
def styles(path):
    with sqlite3.connect(path) as db:
        return dict(db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))


def test_a_layer_each_service_and_account_of_the_last_period(path):
    names = list(gpd.list_layers(path)["name"])
    counted = S.ledger[S.ledger["in_gep"] & (S.ledger["period"] == 2023)]
    for account in counted["account"].unique():
        assert f"account_{account}" in names
    for service in counted["service"].unique():
        assert f"service_{service}" in names
    assert {"change_2020_2023", "confidence_2023", "missing_2023"} <= set(names)
    assert all(name.isascii() for name in names)
    for service in counted["service"].unique():
        layer = gpd.read_file(path, layer=f"service_{service}").set_index("zone")
        assert list(layer["zone_name"]) == list(ledger_sample.ZONES.values())
        assert layer.crs.to_epsg() == 4527
        assert layer.geometry.area.tolist() == pytest.approx([6e6] * 4)
        mine = counted[counted["service"] == service].groupby("zone")["value"].sum(min_count=1).reindex(layer.index)
        assert layer[f"v_{service}"].to_numpy() == pytest.approx(mine.to_numpy(), nan_ok=True)
        assert layer[f"d_{service}"].to_numpy() == pytest.approx(mine.to_numpy() / 1e4 / 6, nan_ok=True)
    assert np.isnan(gpd.read_file(path, layer="service_local_climate").set_index("zone").loc[LAST, "d_local_climate"])


def test_change_is_last_minus_first(path):
    layer = gpd.read_file(path, layer="change_2020_2023").set_index("zone")
    first, last = (gpd.read_file(path, layer=f"gep_{y}").set_index("zone")["gep"] for y in (2020, 2023))
    assert layer["change"].tolist() == pytest.approx((last - first).tolist())
    assert layer["change_km2"].tolist() == pytest.approx(((last - first) / 1e4 / 6).tolist())
    assert layer["change_rate"].tolist() == pytest.approx((100 * (last - first) / first).tolist())


def test_confidence_and_missing(path):
    trust = gpd.read_file(path, layer="confidence_2023").set_index("zone")
    assert trust["unverified"].tolist() == pytest.approx((100 * trust["c_unverified"]).tolist())
    gaps = gpd.read_file(path, layer="missing_2023").set_index("zone")
    counted = S.ledger[S.ledger["in_gep"] & (S.ledger["period"] == 2023) & (S.ledger["status"] == "missing")]
    wanted = counted.groupby("zone").size().reindex(gaps.index).fillna(0)
    assert gaps["missing_lines"].tolist() == wanted.tolist()
    assert gaps.loc[LAST, "missing_lines"] > 0
    assert gaps.loc[LAST, "note"] == "缺 2023 年气象站"


def test_every_layer_has_a_style_that_fits_it(path, styles):
    spatial = gpd.list_layers(path).dropna()["name"]
    assert set(styles) == set(spatial)
    for name in spatial:
        layer = gpd.read_file(path, layer=name)
        root = ET.fromstring(styles[name])
        assert {a.get("field") for a in root.findall("aliases/alias")} <= set(layer.columns), name
        assert root.find("labeling/settings/text-style").get("fieldName") in layer.columns
        renderer = root.find("renderer-v2")
        symbols = {s.get("name") for s in renderer.findall("symbols/symbol")}
        if renderer.get("type") == "graduatedSymbol":
            values = layer[renderer.get("attr")].dropna()
            ranges = [(float(r.get("lower")), float(r.get("upper"))) for r in renderer.findall("ranges/range")]
            assert all(any(a <= v <= b for a, b in ranges) for v in values), name
            assert symbols == {r.get("symbol") for r in renderer.findall("ranges/range")}
        elif renderer.get("type") == "categorizedSymbol":
            kinds = {c.get("value") for c in renderer.findall("categories/category")}
            assert set(layer[renderer.get("attr")]) <= kinds
            assert symbols == {c.get("symbol") for c in renderer.findall("categories/category")}
        else:
            assert name == "townships"


def test_geometry_stands_in_the_file_once(path, tmp_path):
    import pyogrio

    with sqlite3.connect(path) as db:
        kinds = dict(
            db.execute("SELECT name, type FROM sqlite_master WHERE name IN (SELECT table_name FROM gpkg_contents)")
        )
        assert db.execute("SELECT COUNT(*) FROM gpkg_geometry_columns").fetchone() == (len(gpd.list_layers(path)) - 2,)
    tables = {n for n, kind in kinds.items() if kind == "table"}
    assert tables == {"townships", "gep_2020", "gep_2023", "themes", "layer_styles"}
    assert pyogrio.read_info(path, layer="change_2020_2023")["features"] == 4


def test_services_with_names_that_sql_must_not_read(tmp_path):
    ledger = S.ledger.copy()
    ledger["service"] = ledger["service"].replace({"local_climate": '垟"; DROP TABLE x--'})
    path = gpkg.write(tmp_path / "a.gpkg", S.zones, ledger, S.meta)
    names = list(gpd.list_layers(path)["name"])
    odd = [n for n in names if "DROP" in n]
    assert len(odd) == 1
    assert odd[0].isascii()
    assert len(gpd.read_file(path, layer=odd[0])) == 4


def test_one_period_has_no_change(tmp_path):
    ledger = S.ledger[S.ledger["period"] == 2023]
    path = gpkg.write(tmp_path / "a.gpkg", S.zones, ledger, S.meta)
    assert not [n for n in gpd.list_layers(path)["name"] if n.startswith("change")]
