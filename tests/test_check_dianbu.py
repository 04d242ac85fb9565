"""`gep check` on the Dianbu case: it names every flaw of the data as shipped, and each flaw put in by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import Affine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CASE = ROOT.parent / "shared" / "cases" / "real" / "dianbu"
FOLDER = HERE / "cases" / "dianbu"
SHARED = "../../../../shared/cases/real/dianbu"
pytestmark = [
    pytest.mark.cases,
    pytest.mark.skipif(not CASE.exists(), reason="the real cases are not beside the checkout"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def copy(tmp_path):
    """A copy of the study and of its data in tmp_path, to be spoilt."""
    for file in FOLDER.iterdir():
        if file.suffix in (".csv", ".yaml"):
            shutil.copyfile(file, tmp_path / file.name)
    shutil.copytree(CASE, tmp_path / "data", copy_function=shutil.copyfile)
    os.chmod(tmp_path / "data", 0o755)
    for folder in (tmp_path / "data").rglob("*"):
        os.chmod(folder, 0o755)
    edit(tmp_path, SHARED, "data")
    return tmp_path


def edit(folder, old, new, name="study.yaml"):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def check(study, cache, lang):
    """(exit code, what `gep check` prints, wrapped lines joined)."""
    done = subprocess.run(
        [sys.executable, "-m", "gep", "check", str(study), "--lang", lang],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GEP_CACHE": str(cache), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def says(text, code, *words):
    """Assert that one fault of this code is printed with all the words in it (message, place and fix)."""
    blocks = [b for b in re.split(r"\n(?=[×!·√])", text) if code in b.split("\n")[0]]
    assert blocks, f"{code} is not named in:\n{text}"
    fitting = [b for b in blocks if all(w in b for w in words)]
    assert fitting, f"{words} not in {blocks}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_as_shipped(cache, lang):
    """The copied year, the twin gauges, one map for two years; nothing of it stops the work."""
    code, text = check(FOLDER / "study.yaml", cache, lang)
    assert code == 0, text
    copied = (
        "2011 年与 2010 年有 365 天（共 365 天）完全相同" if lang == "zh" else "of 2011 equals 2010 on 365 of 365 days"
    )
    says(text, "GEP-T045", copied, "srad_mj", "58321", "meteo_daily_58321_hefei.csv")
    twins = "自 2010-01-01 至 2012-06-30 逐日相同" if lang == "zh" else "every day from 2010-01-01 to 2012-06-30"
    says(text, "GEP-T046", "62942717", "62942747", twins, "precip_daily_5_gauges_mm.csv")
    assert "GEP-F512" not in text  # the slope computed from the DEM keeps the rim
    one_map = "各年将用同一幅图" if lang == "zh" else "landcover_swat_30m.tif"
    says(text, "GEP-C026", "2010, 2015", one_map)
    says(text, "GEP-K045", "water_storage", "reservoir_depreciation_rate", "reservoir_operation_cost")
    says(text, "GEP-B010", "zhang_w", "61 (634.4 ha)", "63 (196.8 ha)")
    says(text, "GEP-B010", "soil_phosphorus", "51p (3,194.3 ha)", "51d (788.0 ha)")
    assert len(re.findall("GEP-T045", text)) == 1  # said once, not once a period
    assert len(re.findall("GEP-T046", text)) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_slope_as_shipped(cache, lang):
    """The case as shipped, slope raster and all: 167 pixels of the zones have no slope, 15 ha."""
    code, text = check(FOLDER / "study_given_slope.yaml", cache, lang)
    assert code == 0, text
    gap = "167 个像元（15.03 公顷）没有值" if lang == "zh" else "167 px = 15.03 ha inside the zones"
    says(text, "GEP-F512", "slope_deg_30m.tif", gap)
    says(text, "GEP-T045", "srad_mj")
    says(text, "GEP-T046", "62942717", "62942747")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_humidity_code(copy, cache, lang):
    """Four days of 32766, as the source had them before it was mended."""
    path = copy / "data" / "tables" / "meteo_daily_58321_hefei.csv"
    table = pd.read_csv(path)
    rows = table.index[table["date"].isin(["2010-03-05", "2010-03-06", "2013-07-01", "2015-11-30"])]
    table.loc[rows, "rh"] = 32766
    table.to_csv(path, index=False)
    code, text = check(copy / "study.yaml", cache, lang)
    assert code == 2
    said = "有 4 个 32766，是缺测代码，首见于 2010-03-05" if lang == "zh" else (
        "holds 32766, a code for missing, 4 times, first on 2010-03-05"
    )  # fmt: skip
    says(text, "GEP-T040", "rh", said, 'missing: ["32766"]')


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_radiation_as_sunshine(copy, cache, lang):
    """The radiation column declared as hours of sunshine, as its model called it."""
    edit(copy, "srad: srad_mj", "sunshine: srad_mj")
    code, text = check(copy / "study.yaml", cache, lang)
    assert code == 2
    said = "像是太阳辐射 MJ/(m²·d)" if lang == "zh" else "it looks like solar radiation in MJ/(m²·d)"
    fix = "改为 srad" if lang == "zh" else "Map it as srad"
    says(text, "GEP-T047", "srad_mj", said, "31.9", "13.6", fix)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_code_without_a_row(copy, cache, lang):
    """The legend lost its row for ponds: code, pixels and area are named, before anything runs."""
    with rasterio.open(CASE / "rasters" / "landcover_swat_30m.tif") as source:
        pixels = int((source.read(1) == 18).sum())
    legend = copy / "legend.csv"
    legend.write_text(
        "".join(li for li in legend.read_text("utf-8").splitlines(True) if not li.startswith("18,")), "utf-8"
    )
    code, text = check(copy / "study.yaml", cache, lang)
    assert code == 2
    area = f"{pixels * 0.09:.1f} " + ("公顷" if lang == "zh" else "ha")
    count = f"{pixels} " + ("个像元" if lang == "zh" else "pixels")
    says(text, "GEP-R045", "18", "legend.csv", count, area)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_grid_off_by_one_row(copy, cache, lang):
    """A precipitation raster of the same size whose origin lies one pixel to the north."""
    path = copy / "data" / "rasters" / "precip_2015_mm.tif"
    with rasterio.open(path, "r+") as target:
        t = target.transform
        target.transform = Affine(t.a, t.b, t.c, t.d, t.e, t.f + 30)
    code, text = check(copy / "study.yaml", cache, lang)
    assert code == 0
    said = "与格网大小相同却错位：偏 -1 行、+0 列" if lang == "zh" else "off by -1 rows, +0 columns"
    says(text, "GEP-R025", "precip_2015_mm.tif", said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_class_table_lacks_a_type(copy, cache, lang):
    """The county's table lost its row for cropland: both of its types are named with their area."""
    local = copy / "local_coefficients.csv"
    text = local.read_text("utf-8").splitlines(True)
    kept = [li for li in text if not li.startswith("local.dianbu.runoff_coefficient.51.")]
    assert len(kept) == len(text) - 1
    local.write_text("".join(kept), "utf-8")
    code, text = check(copy / "study.yaml", cache, lang)
    assert code == 0
    service = "水源涵养" if lang == "zh" else "Water conservation"
    says(text, "GEP-B010", service, "runoff_coefficient", "51p (3,194.3 ha)", "51d (788.0 ha)")


def test_all_faults_in_one_round(copy, cache):
    """Several flaws at once are told at once: the user mends them in one go."""
    path = copy / "data" / "tables" / "meteo_daily_58321_hefei.csv"
    table = pd.read_csv(path)
    table.loc[5, "rh"] = 32766
    table.to_csv(path, index=False)
    legend = copy / "legend.csv"
    legend.write_text(
        "".join(li for li in legend.read_text("utf-8").splitlines(True) if not li.startswith("9,")), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gep", "check", str(copy / "study.yaml"), "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GEP_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    codes = {f["code"] for f in json.loads(done.stdout)}
    assert {"GEP-R045", "GEP-T040", "GEP-T046", "GEP-T045"} <= codes


def test_extra_comma_in_the_county_table(copy, cache):
    """A note with a comma and no quotes, as people write them: refused, not cut."""
    with (copy / "local_coefficients.csv").open("a", encoding="utf-8") as file:
        file.write("x.y,,soil_phosphorus,*,340122,0.5,g/kg,,,,,,,,judgement,me,-,one note, two notes\n")
    code, text = check(copy / "study.yaml", cache, "zh")
    assert code == 2
    says(text, "GEP-K026", "19", "18", "local_coefficients.csv")


def test_the_copies_are_in_the_data():
    """The flaws are in the case as the README tells: the checks above do not find what is not there."""
    weather = pd.read_csv(CASE / "tables" / "meteo_daily_58321_hefei.csv", parse_dates=["date"]).set_index("date")
    one, other = (weather.loc[str(y), "srad_mj"].to_numpy() for y in (2010, 2011))
    assert np.array_equal(one, other)
    rain = pd.read_csv(CASE / "tables" / "precip_daily_5_gauges_mm.csv", parse_dates=["date"]).set_index("date")
    same = rain["62942717"] == rain["62942747"]
    assert same[:"2012-06-30"].all()
    assert not same["2012-07-01":].all()
