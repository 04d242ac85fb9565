"""The Dianbu case, end to end on real data: areas, every quantity against an independent oracle, and `explain`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from gep import run
from gep import study as studies
from gep.accounts.explain import explain

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CASE = ROOT.parent / "shared" / "cases" / "real" / "dianbu"
FOLDER = HERE / "cases" / "dianbu"
pytestmark = [
    pytest.mark.cases,
    pytest.mark.skipif(not CASE.exists(), reason="the real cases are not beside the checkout"),
]
LACKING = {  # what the study leaves open on purpose, and the word that the note must hold
    ("carbon_sequestration", "co2", "21d"): "vegetation_carbon_rate",
    ("carbon_sequestration", "co2", "33"): "vegetation_carbon_rate",
    ("carbon_sequestration", "cropland_soil_co2", "51d"): "cropland_soil_carbon_rate",
    ("carbon_sequestration", "cropland_soil_co2", "51p"): "cropland_soil_carbon_rate",
    **{
        ("soil_retention", "phosphorus", t): "soil_phosphorus"
        for t in ("13", "21d", "33", "41", "51d", "51p", "61", "63")
    },
    ("water_conservation", "water_retention", "61"): "zhang_w",
    ("water_conservation", "water_retention", "63"): "zhang_w",
    ("provisioning", "product", ""): "provisioning",
}
PRICES = {"nitrogen": 1750.0, "plant_cooling": 0.5653, "water_cooling": 0.5653,
          "co2": 68.15, "lake_co2": 68.15, "marsh_co2": 68.15}  # fmt: skip


@pytest.fixture(scope="module")
def oracle():
    sys.path.insert(0, str(FOLDER))
    try:
        import oracle
    finally:
        sys.path.remove(str(FOLDER))
    return oracle


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def result(cache):
    return run.compute(studies.load(FOLDER / "study.yaml"))


@pytest.fixture(scope="module")
def expected(oracle):
    return {(year, *key): value for year in (2010, 2015) for key, value in oracle.quantities(year).items()}


def test_areas_by_zone_and_class(result, oracle):
    """Every class of the case's own table, in hm², equals the extent of its type: whole pixels of 0.09 hm²."""
    table = pd.read_csv(CASE / "tables" / "area_by_zone_class.csv")
    table["type"] = table["value"].map(oracle.TYPE)
    theirs = table.groupby(["zone_id", "type"])["area_ha"].sum()
    assert len(theirs) > 50
    for period in (2010, 2015):
        totals = result.totals[period]
        seen = 0
        for z, zone in enumerate(totals.zones):
            for t, code in enumerate(totals.types):
                ours = totals.extent[z, t] / 1e4
                assert ours == pytest.approx(theirs.get((zone, code), 0.0), abs=1e-9), (zone, code)
                seen += ours > 0
        assert seen == len(theirs)


def test_every_quantity(result, expected):
    """All lines of the ledger: equal to the oracle to 1e-6, or missing with the lacking input named."""
    table, met = result.ledger.table, set()
    assert set(table["period"]) == {2010, 2015}
    for row in table.itertuples():
        key = (row.period, row.service, row.item, row.zone, row.type)
        if key in expected:
            assert row.quantity == pytest.approx(expected[key], rel=1e-6), key
            met.add(key)
        elif (lack := LACKING.get((row.service, row.item, row.type))) is not None:
            assert row.status == "missing", key
            assert np.isnan(row.quantity), key
            assert np.isnan(row.value), key
            assert lack in row.note, key
        else:  # one marsh whose pixels all lie where Horn's window leaves the DEM
            assert (row.service, row.type, row.status) == ("soil_retention", "41", "missing"), key
            assert "有效像元" in row.note
    assert met == set(expected)
    assert len(met) > 300


def test_every_value(result, expected):
    """Quantity × the price that the study names, to the cent; water has quantities and no price, retained soil none."""
    cpi = pd.read_csv(ROOT / "coefficients" / "price_indices.csv")
    steps = cpi[(cpi["index"] == "cpi") & (cpi["region"] == "CN") & cpi["year"].between(2011, 2023)]["value"]
    prices = {**PRICES, "sediment": 15.58 * float(np.prod(1 + steps / 100))}
    assert prices["sediment"] == pytest.approx(20.6015, abs=1e-4)  # 15.58 × 1.3223
    rows = result.ledger.table
    valued = rows[rows["quantity"].notna()]
    for row in valued.itertuples():
        if row.item in prices:
            assert row.value == pytest.approx(row.quantity * prices[row.item], abs=0.0051), row.lineage
        elif row.item == "water_retention":
            assert row.status == "missing"
            assert np.isnan(row.value)
            assert "reservoir_depreciation_rate" in row.note
            assert "reservoir_operation_cost" in row.note
        else:
            assert row.item == "retained_soil"
            assert np.isnan(row.value)
            assert not row.in_gep


def test_identities(result):
    assert len(result.checks) > 20
    assert [c["id"] for c in result.checks if not c["passed"]] == []


def test_coverage_counts_the_pixels_with_a_slope(result, oracle):
    """Coverage of the soil lines is the share of pixels with a slope, counted one by one."""
    slope = oracle.slope_degrees(oracle.raster("dem_30m"))
    kind = oracle.types()
    rows = result.ledger.table.query("period == 2010 and item == 'retained_soil'").set_index(["zone", "type"])
    lost = 0.0
    for zone, share in oracle.coverage("subbasins_d8").items():
        for type_ in sorted(set(kind[share > 0]) - {"", "42p"}):
            inside = (kind == type_) & (share > 0)
            part = np.isfinite(slope)[inside].mean()
            assert rows.loc[(zone, type_), "coverage"] == pytest.approx(part, abs=1e-12)
            lost += (~np.isfinite(slope))[inside].sum() * 0.09
    assert lost == 0  # a missing neighbour is put on the line through the others: the rim has a slope


def thiessen(tmp_path, periods="[2010]"):
    """The study on the gauges' polygons, which cut pixels, with water conservation alone."""
    text = (FOLDER / "study.yaml").read_text("utf-8").replace("../../../../shared", (ROOT.parent / "shared").as_posix())
    text = text.replace(
        "layer: subbasins_d8, id: zone_id, name: zone_id", "layer: thiessen_gauges, id: zone_id, name: Name_en"
    )
    text = text.replace("periods: [2010, 2015]", f"periods: {periods}")
    assert "thiessen_gauges" in text
    for name in ("legend.csv", "local_coefficients.csv", "stations_hefei.csv"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "study.yaml").write_text(text, "utf-8")
    return studies.load(tmp_path / "study.yaml")


def test_partial_coverage(cache, tmp_path, oracle):
    """Polygons that cut pixels, two of them slivers: areas, sums and quantities as exactextract's coverage has them."""
    result = run.compute(thiessen(tmp_path), only=("water_conservation",))
    totals, kind, rain = result.totals[2010], oracle.types(), oracle.raster("precip_2010_mm")
    group = next(g for g, term in totals.sums if term == "precipitation")
    partial = 0
    for zone, share in oracle.coverage("thiessen_gauges").items():
        z = totals.zones.index(zone)
        partial += int(np.count_nonzero((share > 0) & (share < 1)))
        for t, code in enumerate(totals.types):
            m2 = np.where(kind == code, share, 0.0) * 900
            assert totals.extent[z, t] == pytest.approx(m2.sum(), rel=1e-7, abs=1e-4), (zone, code)
            if code in oracle.RUNOFF:
                assert totals.sums[group, "precipitation"][z, t] == pytest.approx((m2 * rain).sum(), rel=1e-7, abs=0.1)
    assert partial > 500
    expected = {k: v for k, v in oracle.quantities(2010, "thiessen_gauges").items() if k[0] == "water_conservation"}
    table = result.ledger.table[~result.ledger.table["type"].isin(["61", "63"])]  # lack zhang_w
    found = {(r.service, r.item, r.zone, r.type): r.quantity for r in table.itertuples()}
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-6), key


def test_a_period_takes_its_own_days(result, oracle):
    """The weather table holds six years; 2010 and 2015 differ, as the days of each year do."""
    hot = {year: oracle.hot_days(year)[0] for year in (2010, 2015)}
    assert hot[2010] != hot[2015]
    for year, days in hot.items():
        totals = result.totals[year]
        group = next(g for g, term in totals.sums if term == "cooling_days")
        mean = totals.mean(group, "cooling_days")
        assert np.unique(mean[np.isfinite(mean)]).tolist() == [days]


def test_years_all_gives_the_mean(cache, tmp_path, oracle):
    """`years: all` is the mean over the table's years, as HJ 1173 defines R."""
    study = thiessen(tmp_path)
    path = tmp_path / "study.yaml"
    text = path.read_text("utf-8").replace("  weather:  ", "  weather:\n    years: all  ")
    assert "years: all" in text
    path.write_text(text, "utf-8")
    study = studies.load(path)
    totals = run.compute(study, only=("local_climate",)).totals[2010]
    group = next(g for g, term in totals.sums if term == "cooling_days")
    mean = totals.mean(group, "cooling_days")
    expected = np.mean([oracle.hot_days(year)[0] for year in range(2010, 2016)])
    np.testing.assert_allclose(mean[np.isfinite(mean)], expected, rtol=1e-6)


CELLS = [
    ("S01", "soil_retention", 2010, "51d", "sediment", "V_silt = λ·Q_sr / ρ",
     ("soil_retention.deposition_share", "local.dianbu.bulk_density", "local.dianbu.vegetation_cover_class.51d",
      "erosion.erodibility_intercept", "terrain.s_gentle_slope", "climate.erosivity_warm", "prices.garze2010.dredging"),
     ("dem_30m.tif", "soil_sand_pct_30m.tif", "precip_daily_5_gauges_mm.csv")),
    ("S05", "water_conservation", 2015, "51p", "water_retention", "Q_wr = A·(P − α·P − ET)",
     ("local.dianbu.runoff_coefficient.51", "hydrology.zhang2001.zhang_w.5"),
     ("precip_2015_mm.tif", "et0_2015_mm.tif")),
    ("S08", "local_climate", 2015, "42p", "water_cooling", "E_we = E_w·ρ·q / r",
     ("local_climate.latent_heat", "local_climate.cop", "climate.cooling_threshold", "prices.anhui_tariff.electricity"),
     ("meteo_daily_58321_hefei.csv", "stations_hefei.csv")),
    ("S03", "local_climate", 2010, "13", "plant_cooling", "E_pt = EPP·S·D / r",
     ("local_climate.garze2010.transpiration_heat.1", "local_climate.cop"), ("meteo_daily_58321_hefei.csv",)),
    ("S02", "carbon_sequestration", 2010, "13", "co2", "Q_CO2 = A·r·(44/12)",
     ("carbon_sequestration.ji2016_30_50a.vegetation_carbon_rate", "prices.cea.carbon"), ()),
]  # fmt: skip


@pytest.mark.parametrize("cell", CELLS, ids=[f"{c[0]}-{c[4]}" for c in CELLS])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain(result, expected, cell, lang):
    zone, service, period, type_, item, formula, rows, files = cell
    text = explain(result.ledger, zone, service, lang, period=period, type=type_, item=item)
    row = result.ledger.table.query(
        "period == @period and zone == @zone and service == @service and type == @type_ and item == @item"
    ).iloc[0]
    assert formula in text
    assert ("与台账不一致" if lang == "zh" else "DIFFERS") not in text
    said = "与台账一致" if lang == "zh" else "equals the ledger"
    # the numbers put in give the printed result, which is the oracle's
    put_in = next(line for line in text.splitlines() if line.strip().startswith("代入" if lang == "zh" else "put in"))
    numbers = {n: float(v) for n, v in re.findall(r"(\w+) = ([-\d.e+]+)", put_in)}
    assert recompute(item, numbers) == pytest.approx(expected[period, service, item, zone, type_], rel=1e-6)
    result_line = next(
        line for line in text.splitlines() if line.strip().startswith("结果" if lang == "zh" else "result")
    )
    printed = float(result_line.split()[1])
    assert printed == pytest.approx(row.quantity, rel=1e-9)
    assert said in result_line
    # the product
    if row.value == row.value:
        price_line = next(line for line in text.splitlines() if " = " in line and " × " in line and "yuan" in line)
        quantity, price, product = re.search(r"([-\d.e+]+) \S+ × ([-\d.e+]+) \S+ = ([-\d.]+) yuan", price_line).groups()
        assert float(quantity) * float(price) == pytest.approx(float(product), rel=1e-8, abs=0.006)
        assert float(product) == pytest.approx(row.value, abs=0.0051)
    else:
        assert "reservoir_depreciation_rate" in text
    # coefficient and price rows with their source
    table = pd.concat(
        pd.read_csv(f, dtype=str, keep_default_na=False)
        for f in [*(ROOT / "coefficients").glob("*.csv"), FOLDER / "local_coefficients.csv"]
        if "id,set,symbol" in f.read_text("utf-8")[:40]
    ).set_index("id")
    for start in rows:
        line = next(line for line in text.splitlines() if f"  {start}" in line)
        id = line.split()[1]
        assert table.loc[id, "source"] in line, id
        assert f"[{table.loc[id, 'confidence']}]" in line, id
    # files and their digests, each found again by hashlib
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (*CASE.rglob("*.*"), *FOLDER.glob("*.csv"))}
    seen = set()
    for line in text.splitlines():
        if match := re.search(r"((?:[\w./]+\.(?:tif|csv|gpkg)(?:, )?)+)  sha256:([0-9a-f]{16})", line):
            names = match[1].split(", ")
            parts = [digests[name] for name in names]
            whole = parts[0] if len(parts) == 1 else hashlib.sha256(json.dumps(parts).encode()).hexdigest()
            assert whole.startswith(match[2]), line
            seen |= set(names)
    assert set(files) <= seen


def recompute(item, n):
    """The formula of an item from the numbers that `explain` prints, in the units it prints."""
    return {
        "sediment": lambda: n["retained_soil"] * n["deposition_share"] / n["bulk_density"],
        "water_retention": lambda: (
            n["area"] * (n["precipitation"] - n["runoff_coefficient"] * n["precipitation"] - n["evapotranspiration"])
        ),
        "water_cooling": lambda: (
            n["area"] * n["cooling_evaporation"] * n["water_density"] * n["latent_heat"] / n["cop"]
        ),
        "plant_cooling": lambda: n["area"] * n["transpiration_heat"] * n["cooling_days"] / n["cop"],
        "co2": lambda: n["area"] * n["vegetation_carbon_rate"] * n["carbon_to_co2"],
    }[item]()


def test_explain_says_what_is_missing(result):
    text = explain(result.ledger, "S02", "soil_retention", "zh", period=2015, item="phosphorus", type="51p")
    assert "缺" in text
    assert "soil_phosphorus" in text
    assert "nan" not in text


# --- a partial account: no statistics, so no total and no ratio is called GEP anywhere
LACKED = {"ecological_energy", "sand_fixation", "flood_mitigation", "air_purification", "water_purification",
          "tourism_health", "recreation", "landscape_premium"}  # fmt: skip
PARTIAL = {"zh": "部分核算", "en": "artial account"}
TOTAL = {"zh": ("已核算部分合计",), "en": ("Sum of the accounted part",)}
OF_GEP = re.compile(r"GEP(?!-[A-Z]\d)|生态产品总值|ross ecosystem product|核算总值")
NOT_OF_THE_SUM = ("不计入GEP", "计入GEP", "not in GEP", "Not in GEP", "in GEP", "In GEP")  # where a line stands


@pytest.fixture(scope="module", params=["zh", "en"])
def printed(request, cache, tmp_path_factory):
    """(language, folder, what `gep run` printed) of the study in that language."""
    from typer.testing import CliRunner

    from gep.cli.app import app

    base = tmp_path_factory.mktemp(f"partial-{request.param}")
    text = (FOLDER / "study.yaml").read_text("utf-8").replace("../../../../shared", (ROOT.parent / "shared").as_posix())
    assert text.count("lang: zh") == 1
    for name in ("legend.csv", "local_coefficients.csv", "stations_hefei.csv"):
        shutil.copy(FOLDER / name, base)
    (base / "study.yaml").write_text(text.replace("lang: zh", f"lang: {request.param}"), "utf-8")
    words = ["run", str(base / "study.yaml"), "--to", str(base / "out"), "--lang", request.param]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    return request.param, base / "out", said.output


def of_gep(text):
    """Whether a text speaks of GEP as an amount: not a fault code, not where a line stands."""
    for words in NOT_OF_THE_SUM:
        text = text.replace(words, "")
    return OF_GEP.search(text) is not None


def test_partial_in_run_json(printed):
    _, folder, _ = printed
    meta = json.loads((folder / "run.json").read_text("utf-8"))
    said = meta["completeness"]
    assert said["complete"] is False
    assert set(said["lacking_services"]) == LACKED
    assert said["missing_lines"] == 278
    assert not any(isinstance(v, int | float) and key in ("total", "value", "ggi") for key, v in meta.items())
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", meta["gep"])  # the key is the version of the software


def test_partial_in_the_summary(printed):
    lang, _, said = printed
    assert PARTIAL[lang] in said
    lines = [line for line in said.splitlines() if re.search(r"\b(2010|2015)  ", line)]
    assert len([line for line in lines if line.strip().startswith(TOTAL[lang])]) == 2
    assert [line for line in said.splitlines() if of_gep(line)] == []


def test_partial_in_the_indicators(printed):
    _, folder, _ = printed
    table = pd.read_csv(folder / "indicators.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert len(table) > 200
    assert {"gep", "gep_density", "ggi", "gep_per_person", "realised_share", "growth_constant_price"} <= set(
        table["indicator"]
    )
    assert set(table["value"]) == {""}
    assert set(table["status"]) == {"partial"}
    assert all("部分核算" in note and "partial account" in note for note in table["note"])


def test_partial_in_the_workbook(printed):
    lang, folder, _ = printed
    book = openpyxl.load_workbook(folder / "accounts.xlsx", data_only=True)
    first = book[book.sheetnames[0]]
    assert PARTIAL[lang] in first["A1"].value
    assert PARTIAL[lang] in book.properties.title
    assert not of_gep(first["A1"].value)
    assert not of_gep(book.properties.title)
    assert any(PARTIAL[lang] in str(c) for r in first.iter_rows(values_only=True) for c in r[1:2] if c)
    spoken = 0
    for sheet in book:
        if sheet.title in ("参数", "Parameters", "来源", "Sources cited"):
            continue  # notes on coefficient rows and titles of papers cite what others call GEP
        for row in sheet.iter_rows():
            labels = [c for c in row[:5] if isinstance(c.value, str) and of_gep(c.value)]
            numbers = [c.value for c in row if isinstance(c.value, int | float) and c.value not in (2010, 2015)]
            spoken += bool(labels)
            assert not (labels and numbers), (sheet.title, row[0].row, [c.value for c in row])
    assert spoken > 20  # the indicators are listed, without a number
    accounts = book["账户" if lang == "zh" else "Accounts"]
    last = [r for r in accounts.iter_rows(values_only=True) if r[0]][-1]
    assert last[0] in TOTAL[lang]
    assert last[2] > 1e8


def test_partial_has_no_shares(printed):
    """accounts.md §6: structure is a ratio to GEP; a partial account has none."""
    lang, folder, _ = printed
    accounts = openpyxl.load_workbook(folder / "accounts.xlsx", data_only=True)["账户" if lang == "zh" else "Accounts"]
    shares = [r[3] for r in accounts.iter_rows(min_row=5, values_only=True)]
    assert shares == [None] * len(shares)
    with contextlib.closing(sqlite3.connect(folder / "gep.gpkg")) as db:
        assert not [c[1] for c in db.execute("PRAGMA table_info(gep_2010)") if c[1].startswith("share_")]


def test_partial_in_the_geopackage(printed):
    """Titles, aliases and legends; the field names alone keep their ids."""
    _, folder, _ = printed
    with contextlib.closing(sqlite3.connect(folder / "gep.gpkg")) as db:
        contents = db.execute("SELECT table_name, identifier, description FROM gpkg_contents").fetchall()
        styles = db.execute("SELECT styleName, description, styleQML FROM layer_styles").fetchall()
    titles = [text for _, *row in contents for text in row if text]
    assert any("已核算部分" in t or "ccounted part" in t for t in titles)
    titles = [t.replace("gep_2010", "").replace("gep_2015", "") for t in titles]
    assert [t for t in titles if of_gep(t)] == []
    assert len(styles) > 3  # townships, two periods, themes
    for _, title, qml in styles:
        assert not of_gep(title)
        said = re.findall(r'(?:label|name|alias)="([^"]*)"', qml)
        assert [t for t in said if of_gep(t)] == []
    assert any("已核算部分" in q or "ccounted part" in q for _, _, q in styles)


def test_partial_in_a_notebook(result):
    """The ledger's own table, as a notebook shows it."""
    shown = result.ledger._repr_html_()
    assert "部分核算" in shown
    assert not of_gep(shown)


def test_the_page_is_the_run(cache):
    """docs/cases/dianbu.md: every table and number between its markers equals the current run."""
    sys.path.insert(0, str(ROOT / "docs" / "cases"))
    try:
        import make_dianbu as page
    finally:
        sys.path.remove(str(ROOT / "docs" / "cases"))
    text = page.PAGE.read_text("utf-8")
    blocks, values = re.findall(r"<!-- table (\w+) -->", text), re.findall(r"<!--v (\w+)-->", text)
    assert set(blocks) == {"services", "lacking", "items", "zones", "balance", "soil", "sensitivity"}
    assert len(values) > 15
    result = run.compute(studies.load(FOLDER / "study.yaml"))
    assert page.render(text, page.tables(result), page.numbers(result)) == text
    # no sentence calls its sum a GEP: where the word stands, it says that there is none
    assert text.splitlines()[0].endswith("部分核算")
    prose = [line for line in text.splitlines() if of_gep(line) and not line.startswith(("python ", "gep "))]
    assert prose
    assert [line for line in prose if not re.search(r"没有|不得|no GEP|无价", line)] == []
    for name in page.MAPS:
        assert 10_000 < (page.HERE / name).stat().st_size < 300_000
