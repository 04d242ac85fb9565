"""Unit-value transfer: packaged tables against the totals their publications print, and every choice by hand."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gep.accounts.totals import Totals
from gep.coefficients import Coefficients, folder
from gep.errors import GepError
from gep.study_parts import Transfer
from gep.transfer import class_map, read_areas, read_factors, spec_of, tables, transfer, transfer_totals, written
from gep.transfer.worth import net_profit, one_seventh


def areas(**sizes: float) -> pd.DataFrame:
    return pd.DataFrame({"code": list(sizes), "area_hm2": list(sizes.values())})


def codes(call, *args, **kwargs) -> set[str]:
    with pytest.raises(GepError) as error:
        call(*args, **kwargs)
    return {f.code for f in error.value.faults}


def row_sums(name: str) -> dict[str, float]:
    table = tables.packaged(name)
    return {
        c: math.fsum(f.value for (k, _), f in table.cells.items() if k == c and not math.isnan(f.value))
        for c in table.classes
    }


# the packaged tables ------------------------------------------------------------------------------------------------
def test_folder_is_sound():
    assert tables.validate() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("factors", "xie2015,paddy,water_supply,-2.63", "xie2015,paddy,water_supply,-2.63x", "no number"),
        ("factors", "xie2015,paddy,water_supply,-2.63", "xie2015,paddy,food_production,-2.63", "stands twice"),
        ("class_names", "xie2015,paddy,水田", "xie2015,rice,水田", "paddy has no name"),
        ("land_cover", "hj1166,13,xie2015,mixed_forest", "hj1166,13,xie2015,mixed", "no class mixed"),
        ("province_factors", "Xie2005", "Xie2006", "not in sources.csv"),
    ],
)
def test_folder_faults_are_found(tmp_path, name, old, new, wanted):
    copy = tmp_path / "coefficients"
    shutil.copytree(folder() / "transfer", copy / "transfer")
    shutil.copy(folder() / "sources.csv", copy)
    path = copy / "transfer" / f"{name}.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert any(wanted in f.text("en") for f in tables.validate(copy))


def test_xie2003_rows_add_up_to_the_printed_totals():
    sums = row_sums("xie2003_values")
    printed = tables.totals("xie2003_values")
    assert len(sums) == 6
    for c, total in sums.items():
        assert round(total, 1) == printed[c, "total"]  # one decimal is printed, so the sum is exact to it


def test_xie2003_values_are_equivalents_times_884_85():
    equivalents, values = tables.packaged("xie2003").cells, tables.packaged("xie2003_values").cells
    unit = tables.parameter("standard_equivalent_unrounded", "xie2003").value
    assert len(values) == 54
    assert equivalents.keys() == values.keys()
    for at, cell in equivalents.items():
        # 0.05 yuan is rounding; the widest is wetland biodiversity, 2.5 × 884.85 = 2212.125 beside 2212.2
        assert abs(cell.value * unit - values[at].value) < 0.0751


def test_xie2008_rows_add_up():
    printed = tables.totals("xie2008")
    for c, total in row_sums("xie2008").items():
        assert round(total, 2) == printed[c, "total"]


def test_xie2015_sums():
    # equivalents/hm² a type and a service, as checks.csv lists them
    types = {
        "dryland": 4.01, "paddy": 3.89, "conifer_forest": 17.53, "mixed_forest": 23.09, "broadleaf_forest": 22.95,
        "shrub": 15.22, "steppe": 5.07, "shrub_grassland": 19.69, "meadow": 11.43, "wetland": 52.02, "desert": 1.10,
        "bare_land": 0.20, "water_system": 125.61, "glacier_snow": 10.27,
    }  # fmt: skip
    assert {c: round(v, 2) for c, v in row_sums("xie2015").items()} == types
    services = {
        "food_production": 5.24, "raw_material": 4.60, "water_supply": 12.22, "gas_regulation": 16.01,
        "climate_regulation": 39.86, "environment_purification": 19.84, "hydrological_regulation": 158.78,
        "soil_conservation": 18.13, "nutrient_cycling": 1.62, "biodiversity": 23.38, "aesthetic_landscape": 12.40,
    }  # fmt: skip
    table = tables.packaged("xie2015")
    got = {s: round(math.fsum(f.value for (_, k), f in table.cells.items() if k == s), 2) for s in table.services}
    assert got == services
    assert table.cells["paddy", "water_supply"].value == -2.63


def test_costanza1997_rows_against_printed_totals():
    printed, sums = tables.totals("costanza1997"), row_sums("costanza1997")
    assert len(sums) == 14
    for c, total in sums.items():
        if c == "grass_rangelands":
            assert (total, printed[c, "total"]) == (244, 232)  # the published table contradicts itself here
        else:
            assert abs(total - printed[c, "total"]) <= 1


def test_costanza1997_totals_in_2007_dollars():
    old, new = tables.totals("costanza1997"), tables.packaged("costanza1997_usd2007").cells
    ratios = [new[c, "total"].value / v for (c, _), v in old.items() if (c, "total") in new]
    assert len(ratios) == 12
    assert min(ratios) == 126 / 92  # cropland; whole dollars allow 1.37 … 1.384
    assert 1.38 < max(ratios) <= 1.384


def test_degroot2012_groups_against_printed_totals():
    table, printed = tables.packaged("degroot2012"), tables.totals("degroot2012")
    assert len(printed) == 50
    for (c, group), total in printed.items():
        cells = [f.value for (k, s), f in table.cells.items() if k == c and group in ("total", table.services[s].group)]
        # values are printed whole: a group may be off by 1, the total by the four groups' roundings
        assert abs(math.fsum(v for v in cells if not math.isnan(v)) - total) <= (2 if group == "total" else 1)


# land cover ---------------------------------------------------------------------------------------------------------
CLCD = ("dryland", "broadleaf_forest", "shrub", "shrub_grassland", "water_system", "glacier_snow", "bare_land", "none",
        "wetland")  # fmt: skip
WORLDCOVER = {
    "10": "broadleaf_forest", "20": "shrub", "30": "shrub_grassland", "40": "dryland", "50": "none", "60": "bare_land",
    "70": "glacier_snow", "80": "water_system", "90": "wetland", "95": "wetland", "100": "meadow",
}  # fmt: skip
OTHERS = [
    ("sandiao", "0101", "paddy"), ("sandiao", "02", "shrub"), ("sandiao", "0307", "shrub"),
    ("sandiao", "1107", "water_system"),
    ("cnlucc", "11", "paddy"), ("cnlucc", "33", "shrub_grassland"), ("cnlucc", "21", ""), ("hj1166", "62", ""),
    ("hj1166", "12e", "conifer_forest"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("legend", "code", "wanted"),
    [
        *(("clcd", str(n), c) for n, c in enumerate(CLCD, 1)),
        *(("worldcover", n, c) for n, c in WORLDCOVER.items()),
        *OTHERS,
    ],
)
def test_land_cover_to_xie2015(legend, code, wanted):
    assert tables.class_of("xie2015", legend, code)[0] == wanted


def test_every_ecosystem_type_is_answered():
    leaves = Coefficients.load().expand(("*",))
    for name in tables.known():
        if name != "zhao2018":  # one class only
            blank = {c for c in leaves if tables.class_of(name, "hj1166", c)[0] == ""}
            assert blank <= {"62", "81"}


# values -------------------------------------------------------------------------------------------------------------
def test_paddy_keeps_its_negative_water_supply():
    # 10 hm² × −2.63 × 3406.5 = −89 590.95; all services 10 × 3.89 × 3406.5 = 132 512.85 yuan
    got = transfer(areas(paddy=10.0), Transfer(factors="xie2015"))
    water = got.table[got.table["service"] == "water_supply"]["value"].item()
    assert water == pytest.approx(-89590.95, rel=1e-12, abs=0)
    assert got.total == pytest.approx(132512.85, rel=1e-12, abs=0)
    assert (got.meta["currency"], got.meta["money_year"]) == ("yuan", 2010)


def test_sensitivity_coefficient():
    # dryland 100 hm²: 401.00; water 10 hm²: 1256.10 equivalents. CS = share = 401 / 1657.1 and 1256.1 / 1657.1
    got = transfer(areas(dryland=100.0, water_system=10.0), Transfer(factors="xie2015"))
    cs = got.sensitivity.set_index("class")["cs"]
    assert cs["dryland"] == pytest.approx(401 / 1657.1, rel=1e-9, abs=0)
    assert cs["water_system"] == pytest.approx(1256.1 / 1657.1, rel=1e-9, abs=0)
    up = got.sensitivity.set_index("class")["total_up"]
    assert up["dryland"] == pytest.approx((401 * 1.5 + 1256.1) * 3406.5, rel=1e-9, abs=0)  # +50 %


def test_blank_is_missing_not_zero():
    # Costanza 1997, cropland: pollination 14, biological control 24, food 54; 14 services blank. 2 hm² → 184 US$
    got = transfer(areas(cropland=2.0), Transfer(factors="costanza1997"))
    values = got.table.set_index("service")["value"]
    assert values.dropna().to_dict() == {"pollination": 28.0, "biological_control": 48.0, "food_production": 108.0}
    assert set(got.table[got.table["value"].isna()]["status"]) == {"not_valued"}
    assert got.by_service.set_index("service").loc["water_supply", "value"] != 0.0
    assert got.by_service["value"].isna().sum() == 14
    assert (got.total, got.meta["currency"], got.meta["money_year"]) == (184.0, "US$", 1994)
    assert len(got.meta["not_valued"]["cropland"]) == 14


def test_urban_is_by_convention_not_valued_and_park_is_missing():
    got = transfer(areas(**{"51d": 1.0, "61": 5.0, "62": 3.0}), Transfer(factors="xie2015"), legend="hj1166")
    assert got.unvalued.set_index("code")["why"].to_dict() == {"61": "by convention", "62": "no class"}
    assert {f.code for f in got.faults} == {"GEP-V013", "GEP-V014"}
    assert got.total == pytest.approx(4.01 * 3406.5, rel=1e-6, abs=0)


def test_exchange_makes_yuan_only_when_asked():
    said = Transfer(factors="costanza1997", exchange={"rate": 8.6, "year": 1994})
    got = transfer(areas(cropland=2.0), said)
    assert (got.total, got.meta["currency"]) == (pytest.approx(184 * 8.6, rel=1e-12, abs=0), "yuan")
    late = transfer(areas(cropland=2.0), Transfer(factors="costanza1997", exchange={"rate": 7.1, "year": 2020}))
    assert {f.code for f in late.faults} == {"GEP-V019"}
    wrong = Transfer(factors="xie2015", exchange={"rate": 7.1, "year": 2020})
    assert codes(transfer, areas(dryland=1.0), wrong) == {"GEP-V016"}


def test_moved_by_cpi():
    # 2010 → 2012 by cpi: (1 + i2011)(1 + i2012) of price_indices.csv
    rows = {r.price_year: r.value for r in Coefficients.load().indices if r.symbol == "cpi"}
    by = (1 + rows[2011] / 100) * (1 + rows[2012] / 100)
    got = transfer(areas(dryland=1.0), Transfer(factors="xie2015", year=2012, index="cpi"))
    assert got.meta["worth"] == pytest.approx(3406.5 * by, rel=1e-12, abs=0)
    assert codes(transfer, areas(dryland=1.0), Transfer(factors="xie2015", year=2012)) == {"GEP-V017"}
    dollars = Transfer(factors="costanza1997", year=2012, index="cpi")
    assert codes(transfer, areas(cropland=1.0), dollars) == {"GEP-V017"}


@pytest.mark.parametrize(("name", "value", "other"), [("xie2003", 3406.5, "xie2015"), ("xie2015", 449.1, "xie2008")])
def test_mixing_equivalents_is_refused(name, value, other):
    land = areas(**{"forest" if name == "xie2003" else "dryland": 1.0})
    with pytest.raises(GepError, match=other) as error:
        transfer(land, Transfer(factors=name, unit_value=value))
    assert error.value.faults[0].code == "GEP-V006"
    got = transfer(land, Transfer(factors=name, unit_value=value, mix="comparison with an older study"))
    assert got.meta["worth"] == value
    assert "older study" in got.meta["worth_en"]


def test_own_value_is_allowed_and_money_tables_take_none():
    assert transfer(areas(dryland=1.0), Transfer(factors="xie2015", unit_value=2000)).total == 8020.0  # 4.01 × 2000
    assert codes(transfer, areas(cropland=1.0), Transfer(factors="costanza1997", unit_value=2000)) == {"GEP-V007"}


def crops(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"item": ["wheat", "maize"], **columns})


def test_one_seventh_rule():
    # the national mean of 1990–2015: 4600.89 kg/hm² × 2.28 yuan/kg / 7 = 1498.58 yuan/hm²
    one = pd.Series([1.0])
    assert round(one_seventh(one, one * 4600.89, one * 2.28, 7), 2) == tables.parameter("national_one_seventh").value
    # (3000·6000·2.4 + 1000·5000·2.0) / 4000 / 7 = (43.2e6 + 10e6) / 28000 = 1900
    table = crops(area=[3000.0, 1000.0], grain_price=[2.4, 2.0], **{"yield": [6000.0, 5000.0]})
    got = transfer(areas(dryland=1.0), Transfer(factors="xie2015", unit_value="one_seventh", year=2023), crops=table)
    assert got.meta["worth"] == pytest.approx(1900.0, rel=1e-12, abs=0)
    assert got.meta["money_year"] == 2023


def test_net_profit_rule():
    # shares 0.75 and 0.25: 0.75·2400 + 0.25·(−400) = 1700
    table = crops(area=[3000.0, 1000.0], net_profit=[2400.0, -400.0])
    assert net_profit(table["area"], table["net_profit"]) == pytest.approx(1700.0, rel=1e-12, abs=0)
    got = transfer(areas(dryland=1.0), Transfer(factors="xie2015", unit_value="net_profit"), crops=table)
    assert got.total == pytest.approx(4.01 * 1700, rel=1e-6, abs=0)
    gap = crops(area=[3000.0, 1000.0], net_profit=[2400.0, np.nan])
    said = Transfer(factors="xie2015", unit_value="net_profit")
    assert codes(transfer, areas(dryland=1.0), said, crops=gap) == {"GEP-V009"}
    assert codes(transfer, areas(dryland=1.0), said) == {"GEP-V009"}


def test_adjustments_go_by_service():
    # dryland: water 0.02 + 0.27 by precipitation 1.2; soil 1.03 by 0.5; the rest 4.01 − 0.29 − 1.03 = 2.69 by NPP 1.1
    said = Transfer(factors="xie2015", adjust={"npp": 1.1, "precipitation": 1.2, "soil_retention": 0.5})
    got = transfer(areas(dryland=100.0), said)
    assert got.total == pytest.approx(100 * 3406.5 * (2.69 * 1.1 + 0.29 * 1.2 + 1.03 * 0.5), rel=1e-9, abs=0)
    old = Transfer(factors="xie2003", adjust={"npp": 1.1})
    assert codes(transfer, areas(forest=1.0), old) == {"GEP-V010"}


def test_province_factor_on_farmland_or_on_all():
    # Anhui 1.17: 10 hm² dryland 40.1 × 1.17 = 46.917; 1 hm² wetland 52.02 as it is, or × 1.17 = 60.8634
    land = areas(dryland=10.0, wetland=1.0)
    farm = transfer(land, Transfer(factors="xie2015", province="farmland"), region="341602")
    every = transfer(land, Transfer(factors="xie2015", province="all"), region="34")
    assert farm.total == pytest.approx((46.917 + 52.02) * 3406.5, rel=1e-7, abs=0)  # cents
    assert every.total == pytest.approx((46.917 + 60.8634) * 3406.5, rel=1e-7, abs=0)
    assert farm.meta["confidence_shares"]["unverified"] == pytest.approx(46.917 / (46.917 + 52.02), rel=1e-6, abs=0)
    assert codes(transfer, land, Transfer(factors="xie2015", province="all"), region="71") == {"GEP-V011"}


def test_unknown_names_are_refused():
    assert codes(transfer, areas(dryland=1.0), Transfer(factors="xie2016")) == {"GEP-V001"}
    assert codes(transfer, areas(drylnd=1.0), Transfer(factors="xie2015")) == {"GEP-V004"}
    said = Transfer(factors="xie2015", classes={"田": "rice"})
    assert codes(transfer, areas(田=1.0), said) == {"GEP-V005"}
    only = Transfer(factors="xie2015", classes={"楼": "none"})
    assert codes(transfer, areas(楼=1.0), only) == {"GEP-V014", "GEP-V021"}
    assert codes(class_map, "no_such_legend") == {"GEP-V020"}


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.floats(0.01, 1e4))
def test_sums_agree_and_area_scales(sizes, unit):
    land = areas(paddy=sizes[0], wetland=sizes[1], shrub=sizes[2]).assign(zone=["a", "b", "a"])
    said = Transfer(factors="xie2015", unit_value=unit, mix="test")
    one = transfer(land, said)
    assert all(c["passed"] for c in one.checks)
    assert len(one.checks) == 3
    two = transfer(land.assign(area_hm2=land["area_hm2"] * 2), said)
    assert abs(two.total - 2 * one.total) <= 0.01 * len(one.table) * 1.5  # cents are rounded once a cell


# files --------------------------------------------------------------------------------------------------------------
def test_areas_file(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("乡镇,年份,地类,面积(km²)\n甲镇,2020,旱地,1.5\n乙镇,2020,旱地,0.5\n", "gb18030")
    frame, told = read_areas(spec_of(path, "transfer_areas"))
    assert frame["area_hm2"].tolist() == [150.0, 50.0]  # 1 km² = 100 hm²
    assert frame["year"].tolist() == [2020, 2020]
    assert {f.code for f in told} == {"GEP-T001"}  # read as gb18030, and said
    got = transfer(frame, Transfer(factors="xie2015"))
    assert got.by_zone.set_index("zone")["value"].to_dict() == {
        "甲镇": 2049009.75,
        "乙镇": 683003.25,
    }  # 4.01 × 3406.5 × hm²


def test_total_row_is_kept_out_and_said(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("地类,面积(hm²)\n旱地,1\n湿地,2\n合计,3.5\n", "utf-8")
    frame, told = read_areas(spec_of(path, "transfer_areas"))
    assert frame["code"].tolist() == ["旱地", "湿地"]
    assert told[0].code == "GEP-V015"
    assert "3.5 hm²" in told[0].en
    assert "3 hm²" in told[0].en


def test_area_without_unit_is_refused(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("class,area\ndryland,1\n", "utf-8")
    assert codes(read_areas, spec_of(path, "transfer_areas")) == {"GEP-V002"}
    frame, _ = read_areas(spec_of(path, "transfer_areas", area="亩"))
    assert frame["area_hm2"].item() == pytest.approx(1 / 15, rel=1e-12, abs=0)


def test_own_table_wide_and_long(tmp_path):
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    wide.write_text("地类,食物生产,水资源供给\n水田,1.36,-2.63\n林地,0.3,\n", "utf-8")
    long.write_text("地类,服务,价值(元/km²)\n林地,食物生产,3000\n合计,食物生产,3000\n", "utf-8")
    table = read_factors(spec_of(wide, "transfer_factors", value="equivalent/hm²"))
    assert (table.kind, table.cells["水田", "水资源供给"].value) == ("equivalent", -2.63)
    assert math.isnan(table.cells["林地", "水资源供给"].value)
    assert table.services["水资源供给"].adjust == "precipitation"
    assert codes(transfer, areas(林地=1.0), Transfer(factors=str(wide)), table=table) == {"GEP-V008"}
    got = read_factors(spec_of(long, "transfer_factors"))
    assert (got.kind, list(got.classes), got.cells["林地", "食物生产"].value) == ("value", ["林地"], 30.0)


def test_command(tmp_path):
    from gep.cli.app import app

    path = tmp_path / "areas.csv"
    path.write_text("地类,面积(hm²)\n1,100\n8,30\n", "utf-8")
    argv = [
        "transfer",
        str(path),
        "--factors",
        "xie2015",
        "--classes",
        "clcd",
        "--to",
        str(tmp_path / "out"),
        "--lang",
        "en",
    ]
    done = CliRunner().invoke(app, argv)
    assert done.exit_code == 0, done.output
    assert "1,366,006.50" in done.output  # 100 × 4.01 × 3406.5
    assert (tmp_path / "out" / "transfer_by_class.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "out" / "transfer.csv")
    assert back["value"].sum() == pytest.approx(1366006.5, rel=1e-12, abs=0)
    assert CliRunner().invoke(app, [*argv, "--adjust", "npp=x"]).exit_code == 2
    assert CliRunner().invoke(app, [*argv, "--province", "yes"]).exit_code == 2


def test_written_states_its_sources(tmp_path):
    import json

    got = transfer(areas(paddy=1.0), Transfer(factors="xie2015"))
    written(got, tmp_path, {"areas": "a.csv"})
    said = json.loads((tmp_path / "transfer.json").read_text("utf-8"))
    assert (said["source"], said["areas"], said["currency"]) == ("Xie2015", "a.csv", "yuan")
    assert said["confidence_shares"]["secondary"] == 1.0


def test_on_the_totals_of_a_run(tmp_path):
    from types import SimpleNamespace

    # 2 zones × (51d, 62): 20 000 m² dryland in a, 50 000 m² in b; 62 has no class
    extent = np.array([[20_000.0, 0.0], [50_000.0, 10_000.0]])
    totals = Totals(2023, ("a", "b"), ("51d", "62"), {"extent": extent}, {}, extent.sum(axis=1))
    study = SimpleNamespace(transfer=Transfer(factors="xie2015"), region="341602", folder=tmp_path, tables={})
    got = transfer_totals(study, totals, Coefficients.load())
    assert got.by_zone.set_index("zone")["value"].to_dict() == {
        "a": pytest.approx(2 * 4.01 * 3406.5, rel=1e-6, abs=0),
        "b": pytest.approx(5 * 4.01 * 3406.5, rel=1e-6, abs=0),
    }
    assert got.by_zone["year"].tolist() == [2023, 2023]
    assert got.unvalued["area_hm2"].tolist() == [1.0]


def test_study_names_files_beside_itself(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from gep.study_parts import TableSpec

    monkeypatch.chdir(tmp_path)
    (tmp_path / "county").mkdir()
    (tmp_path / "county" / "own.csv").write_text("地类,服务,当量(equivalent/hm²)\n旱地,食物生产,0.5\n", "utf-8")
    (tmp_path / "county" / "crops.csv").write_text("item,area,yield,grain_price\n小麦,10,7000,2\n", "utf-8")
    extent = np.array([[20_000.0]])
    totals = Totals(2023, ("a",), ("51d",), {"extent": extent}, {}, extent.sum(axis=1))
    said = Transfer(factors="own.csv", unit_value="one_seventh", classes={"51d": "旱地", 61: "none"})
    folder = Path("county")
    tables = {"staple_crops": TableSpec(path="crops.csv")}
    study = SimpleNamespace(transfer=said, region="34", folder=folder, tables=tables)
    # 7000 kg/hm² × 2 yuan/kg / 7 = 2000 yuan/hm²; 2 hm² × 0.5 × 2000 = 2000 yuan
    assert transfer_totals(study, totals, Coefficients.load()).total == 2000.0


# what an adversarial user found -----------------------------------------------------------------------------------
def written_csv(tmp_path, text: str, name: str = "areas.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def read(tmp_path, text: str, **more) -> pd.DataFrame:
    return read_areas(spec_of(written_csv(tmp_path, text), "transfer_areas", **more))[0]


def gep_transfer(*argv: object, code: int = 0) -> str:
    from gep.cli.app import app

    done = CliRunner().invoke(app, ["transfer", *map(str, argv)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("blank", ["", "－", "—", "…"])
def test_blank_area_is_asked_about(tmp_path, blank):
    text = f"乡镇,地类,面积(hm²)\n甲,旱地,1\n甲,水田,{blank}\n甲,合计,1\n"
    with pytest.raises(GepError) as error:
        read(tmp_path, text)
    (found,) = error.value.faults
    assert (found.code, found.place) == ("GEP-V023", "row 3, column 面积(hm²)")
    assert found.zh == "地类“水田” (甲)的面积空白"
    assert read(tmp_path, text.replace(f"水田,{blank}", "水田,0"))["area_hm2"].tolist() == [1.0, 0.0]


def test_unknown_area_stays_unknown_in_the_views():
    got = transfer(areas(paddy=math.nan, dryland=1.0), Transfer(factors="xie2015"))
    sizes = got.by_class.set_index("class")["area_hm2"]
    assert math.isnan(sizes["paddy"])
    assert sizes["dryland"] == 1.0


def test_total_that_differs_is_a_warning(tmp_path):
    path = written_csv(tmp_path, "地类,面积(hm²)\n旱地,1\n湿地,2\n合计,3\n总计,4\n小计,1\n")
    told = read_areas(spec_of(path, "transfer_areas"))[1]
    assert [f.severity for f in told if f.code == "GEP-V015"] == ["info", "warning", "info"]


def test_unit_of_each_row(tmp_path):
    # 2 km² = 200 hm², 150 亩 = 10 hm², 3 hm²
    text = "地类,面积,单位\n旱地,2,km²\n湿地,150,亩\n水田,3,hm2\n合计,213,\n"
    assert read(tmp_path, text)["area_hm2"].tolist() == pytest.approx([200, 10, 3], rel=1e-12, abs=0)
    assert codes(read, tmp_path, text.replace(",hm2", ",")) == {"GEP-V002"}
    assert codes(read, tmp_path, text.replace("hm2", "t")) == {"GEP-T024"}


def test_years_as_heads(tmp_path):
    land = read(
        tmp_path,
        "某县,,\n地类,2010,2020年,变化率\n旱地,100,90,-10\n湿地,5,0,-100\n合计,105,90,\n",
        header=[2],
        area="km²",
    )
    assert land["year"].tolist() == [2010, 2010, 2020, 2020]
    assert land["area_hm2"].tolist() == [10000.0, 500.0, 9000.0, 0.0]
    own = read(tmp_path, "地类,2010(亩),2020(km²)\n旱地,15,1\n")
    assert own["area_hm2"].tolist() == pytest.approx([1, 100], rel=1e-12, abs=0)
    with pytest.raises(GepError) as error:
        read(tmp_path, "地类,2010,2020\n旱地,1,\n", area="km²")
    assert "(2020)" in error.value.faults[0].en


def test_head_in_the_second_row_is_pointed_at(tmp_path):
    path = written_csv(tmp_path, "某县,\n地类,面积(hm²)\n旱地,100\n")
    with pytest.raises(GepError, match=r"Row 2 holds “地类”"):
        read_areas(spec_of(path, "transfer_areas"))
    assert "1,366,006.50" in gep_transfer(path, "--factors", "xie2015", "--header", "2")  # 100 × 4.01 × 3406.5


def test_legend_names_instead_of_codes():
    said = Transfer(factors="xie2015")
    land = areas(农田=1.0, 耕地=2.0, 林地=3.0, Water=4.0, 不透水面=5.0)
    got = transfer(land, said, legend="clcd")
    found = {code: facts["class"] for code, facts in got.meta["classes"].items()}
    # 农田 and Water are CLCD's own names; 耕地 and 林地 are those of other legends, which agree
    assert found == {"农田": "dryland", "耕地": "dryland", "林地": "broadleaf_forest", "Water": "water_system",
                     "不透水面": "none"}  # fmt: skip
    assert codes(transfer, areas(耕地=1.0), said) == {"GEP-V004"}  # no legend was named
    assert codes(transfer, areas(月球=1.0), said, legend="clcd") == {"GEP-V004"}


def test_heads_carry_their_units(tmp_path):
    wide = written_csv(tmp_path, "地类,食物(元/km²),水(元/hm²)\n旱地,1000,20\n", "wide.csv")
    table = read_factors(spec_of(wide, "transfer_factors"))
    assert {s: f.value for (_, s), f in table.cells.items()} == {"食物": 10.0, "水": 20.0}
    long = written_csv(tmp_path, "class,service,yuan_per_km2\nfield,food,1000\n", "long.csv")
    assert read_factors(spec_of(long, "transfer_factors")).cells["field", "food"].value == 10.0
    assert read(tmp_path, "class,area_1e3_hm2_inferred_unit\nfield,2\n")["area_hm2"].tolist() == [2000.0]
    assert read(tmp_path, "class,area_km2\nfield,2\n")["area_hm2"].tolist() == [200.0]
    assert codes(read, tmp_path, "class,area_1e3_hm2\nfield,2\n", area="km²") == {"GEP-T026"}


def test_year_is_no_suggestion_for_area(tmp_path):
    with pytest.raises(GepError) as error:
        read(tmp_path, "class,year\nfield,2\n")
    assert "columns: {area" not in error.value.faults[0].fix_en


def test_total_row_of_a_class_and_year_is_compared_with_its_like(tmp_path):
    text = ("乡镇,年份,地类,面积(hm²)\n甲,2010,旱地,10\n乙,2010,旱地,20.5\n甲,2020,旱地,9\n乙,2020,旱地,20\n"
            "甲,2020,湿地,1\n合计,2010,旱地,30.5\n合计,2020,旱地,29\n合计,2020,,30\n")  # fmt: skip
    path = written_csv(tmp_path, text)
    assert [f.code for f in read_areas(spec_of(path, "transfer_areas"))[1]] == []
    wrong = written_csv(tmp_path, text.replace("旱地,29", "旱地,31"))
    (told,) = read_areas(spec_of(wrong, "transfer_areas"))[1]
    assert told.code == "GEP-T022"
    assert told.en.startswith("The total row “合计 2020 旱地” says 31, the 2 rows add up to 29")


def test_columns_sheet_and_header_of_both_files(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    one, two = book.create_sheet("land"), book.create_sheet("factors")
    for row in (["a county"], ["kind", "size"], ["field", 2]):
        one.append(row)
    for row in (["kind", "what", "worth"], ["field", "food", 7]):
        two.append(row)
    path = tmp_path / "both.xlsx"
    book.save(path)
    said = gep_transfer(
        path, "--factors", path, "--columns", "class=kind,area=size", "--unit", "km²", "--sheet", "land", "--header", 2,
        "--factor-columns", "class=kind,service=what,value=worth", "--factor-unit", "元/hm²", "--factor-sheet",
        "factors", "--lang", "en",
    )  # fmt: skip
    assert "1,400.00" in said  # 200 hm² × 7 yuan
    gep_transfer(path, "--factors", "xie2015", "--columns", "foo=kind", code=2)
    gep_transfer(path, "--factors", "xie2015", "--header", "x", code=2)


def test_options_are_refused_in_both_languages():
    from gep.cli.transfer import parsed

    with pytest.raises(GepError) as error:
        parsed({"factors": "xie2015", "exchange": {"rate": 8.6, "year": None}, "adjust": {"rain": 1.1, "npp": -1.0},
                "unit_value": "half", "province": "yes"})  # fmt: skip
    found = error.value.faults
    assert [f.code for f in found].count("GEP-V022") == 4
    assert [f.zh for f in found if f.code == "GEP-V025"] == ["没有给出 --exchange-year"]
    said = {f.zh for f in found}
    assert {"“rain”不合要求：可用：npp, precipitation, soil_retention", "“-1.0”不合要求：须大于 0"} <= said
    assert {"“yes”不合要求：可用：farmland, all"} <= said
    assert not any("Input should" in f.zh + f.en for f in found)


def test_words_of_one_language():
    with pytest.raises(GepError) as error:
        transfer(areas(dryland=1.0), Transfer(factors="xie2015", year=2012))
    assert error.value.faults[0].zh.endswith("没有指数")
    assert error.value.faults[0].en.endswith("there is no index")


def test_contradiction_of_the_published_table_is_told():
    got = transfer(areas(grass_rangelands=1.0, cropland=1.0), Transfer(factors="costanza1997"))
    (note,) = got.meta["notes"]
    assert "232" in note["zh"]
    assert "244" in note["en"]
    assert [f.code for f in got.faults] == ["GEP-V026"]
    assert transfer(areas(cropland=1.0), Transfer(factors="costanza1997")).meta["notes"] == []


def test_a_wider_type_names_the_class():
    land = areas(**{"51d": 1.0, "51p": 1.0})
    got = transfer(land, Transfer(factors="xie2015", classes={"51": "paddy", "51d": "dryland"}), legend="hj1166")
    assert {c: f["class"] for c, f in got.meta["classes"].items()} == {"51d": "dryland", "51p": "paddy"}


@pytest.fixture
def county(tmp_path):
    from tabled import County

    return County(tmp_path)


def opened(county, text: str):
    from gep import study

    county.path.write_text(county.path.read_text("utf-8") + f"transfer: {text}\n", "utf-8")
    return study.load(county.path)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{factors: xie2015}", set()),
        ("{factors: xie2016}", {"GEP-V001"}),
        ("{factors: xie2015, unit_value: one_seventh}", {"GEP-V009"}),
        ('{factors: xie2015, classes: {"51": rice, "99": none}}', {"GEP-V005", "GEP-V024"}),
        ("{factors: xie2003, adjust: {npp: 1.1}, year: 2020}", {"GEP-V010", "GEP-V017"}),
        ("{factors: own.csv}", {"GEP-T002"}),
    ],
)
def test_faults_of_a_study_before_any_area(county, text, wanted):
    from gep.transfer import study_faults

    study = opened(county, text)
    found = study_faults(study, Coefficients.load())
    assert {f.code for f in found} == wanted
    line = str(len(county.path.read_text("utf-8").splitlines()))
    assert all(f.place.startswith(f"{line}:") for f in found if f.code.startswith("GEP-V"))


def beside_of(study) -> tuple:
    """The transfer of a study beside its account, as gep.beside adds it."""
    from types import SimpleNamespace

    from gep.beside import Beside, _transfer

    extent = np.array([[20_000.0]])
    totals = {2023: Totals(2023, ("a",), ("51d",), {"extent": extent}, {}, extent.sum(axis=1))}
    out = Beside()
    _transfer(study, totals, SimpleNamespace(coefficients=Coefficients.load()), out)
    return out


def test_beside_an_account(county):
    import json

    out = beside_of(opened(county, "{factors: xie2015}"))
    parts = ("by_class", "by_service", "by_zone", "sensitivity", "unvalued")
    assert set(out.tables) == {"transfer", *(f"transfer_{part}" for part in parts)}
    assert json.loads(json.dumps(out.facts))["transfer"]["source"] == "Xie2015"
    assert [c["passed"] for c in out.checks] == [True] * 3
    assert {"id", "zh", "en", "period", "left", "right", "difference", "tolerance", "passed", "n"} == set(out.checks[0])


def test_beside_an_account_faults_are_warnings(county):
    out = beside_of(opened(county, "{factors: xie2015, unit_value: one_seventh}"))
    assert out.tables == {}
    assert [(f.code, f.severity) for f in out.faults] == [("GEP-V009", "warning")]
