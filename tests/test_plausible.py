"""Plausibility: the likely mistake is named, in words, from the numbers alone."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import box

from gep.intake import plausible
from gep.intake.grid import Grid
from gep.intake.layers import ConstantReader, LayerSpec, open_layer
from gep.intake.memory import ArrayReader, ArrayTypes
from gep.intake.plausible import check_layer, check_periods, check_texture, check_water, gaps, look, mistakes, ranges

X, Y = 39_500_000, 3_500_000
GRID = Grid("EPSG:4527", (30, 0, X, 0, -30, Y), 40, 50)
CASES = Path(__file__).parents[2] / "shared" / "cases" / "real"
RNG = np.random.default_rng(3)


def layer(name, low, high, unit=None, **more):
    values = RNG.uniform(low, high, GRID.shape)
    return ArrayReader(name, values, unit or ranges()[name][0], files=(f"{name}.tif",), **more)


def codes(faults):
    return [f.code for f in faults]


@pytest.mark.parametrize(
    ("name", "low", "high", "zh", "en"),
    [
        ("precipitation", 80, 130, "单位像是 cm", "the unit looks like cm"),
        ("precipitation", 0.8, 1.3, "单位像是 m", "the unit looks like m"),
        ("precipitation", 8000, 13000, "像是以 0.1 mm 存储", "tenths of a millimetre"),
        ("precipitation_monthly", 0.01, 0.2, "单位像是 m", "the unit looks like m"),
        ("reference_evapotranspiration", 80, 110, "单位像是 cm", "the unit looks like cm"),
        ("evapotranspiration", 5000, 9000, "像是以 0.1 mm 存储（MOD16 即如此）", "as in MOD16"),
        ("ndvi", 1000, 9000, "像是放大了 10000 倍的 NDVI", "the numbers look like NDVI × 10 000"),
        ("ndvi", 20, 250, "字节型 NDVI", "packed into a byte"),
        ("vegetation_cover", 5, 95, "像是百分数而不是比例", "look like percent"),
        ("slope", 0.01, 0.9, "单位像是弧度", "the unit looks like radians"),
        ("slope", 0, 140, "单位像是百分比坡度（超过 90）", "the unit looks like percent slope"),
        ("sand", 0.1, 0.7, "像是比例（0–1）而不是百分数", "look like fractions (0-1)"),
        ("clay", 100, 400, "单位像是 g/kg", "the unit looks like g/kg"),
        ("organic_carbon", 6, 30, "单位像是 g/kg", "the unit looks like g/kg"),
        ("erodibility", 0.15, 0.45, "像是美制单位的 K", "look like K in US units"),
        ("erodibility", 0.032, 0.045, "像是 K_EPIC×0.1317 而未作 HJ 1173 的线性订正",
         "without the HJ 1173 linear correction"),
        ("dem", 9000, 60000, "单位像是 cm 或 dm", "the unit looks like cm or dm"),
        ("npp", 4000, 12000, "像是放大了 10 倍", "ten times too large"),
        ("npp", 0.2, 1.1, "单位像是 kgC/(m²·a)", "the unit looks like kgC/(m²·a)"),
        ("temperature", 278, 295, "单位像是 K", "the unit looks like kelvin"),
        ("temperature", 100, 250, "像是以 0.1 ℃ 存储", "tenths of a degree"),
    ],
)  # fmt: skip
def test_the_likely_mistake_is_named(name, low, high, zh, en):
    told = next(f for f in check_layer(layer(name, low, high), GRID) if f.code == "GEP-F501")
    assert (told.severity, told.file, told.place) == ("warning", f"{name}.tif", name)
    assert told.zh.startswith(f"{name}：")
    assert zh in told.zh
    assert "中位数" in told.zh
    assert en in told.en
    assert "median" in told.en
    assert told.fix_zh.startswith("在该图层")
    assert told.fix_en.startswith("At this layer ")


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("precipitation", 700, 1300), ("precipitation", 30, 2400), ("precipitation_monthly", 0, 300),
        ("reference_evapotranspiration", 800, 1100), ("evapotranspiration", 300, 800), ("ndvi", -0.1, 0.9),
        ("vegetation_cover", 0, 1), ("slope", 0, 45), ("slope", 0, 8), ("sand", 20, 60), ("erodibility", 0.012, 0.025),
        ("dem", 10, 60), ("dem", 3000, 6000), ("npp", 100, 900), ("temperature", -5, 25), ("erosivity", 1000, 6000),
    ],
)  # fmt: skip
def test_sound_layers_pass_without_a_word(name, low, high):
    assert check_layer(layer(name, low, high), GRID) == []


def test_a_dry_basin_with_wet_mountains_is_not_taken_for_centimetres():
    values = RNG.uniform(40, 90, GRID.shape)
    values[:3] = RNG.uniform(400, 900, (3, 50))
    assert check_layer(ArrayReader("precipitation", values, "mm/a", files=("p.tif",)), GRID) == []


def test_every_mistake_has_its_range_and_words():
    assert {row["name"] for row in mistakes()} <= set(ranges())
    for row in mistakes():
        assert row["zh"]
        assert row["en"]
        assert row["fix_zh"]
        assert row["fix_en"]
        assert float(row["median_lo"]) < float(row["median_hi"])
    from gep.units import parse

    for name, (unit, low, high) in ranges().items():
        parse(unit)
        assert low < high, name


def test_values_outside_the_range_are_counted_and_a_range_or_allow_settles_it():
    values = np.full(GRID.shape, 900.0) + np.arange(50)
    values[0, :4] = 9000  # 4 of 2000 pixels = 0.2 %
    reader = ArrayReader("precipitation", values, "mm/a", files=("p.tif",))
    (told,) = check_layer(reader, GRID)
    assert told.code == "GEP-F502"
    assert told.zh == "precipitation 有 4 个像元（0.20%）超出合理范围 0–8000 mm/a（最小 900，最大 9000）"
    assert told.en.startswith("precipitation has 4 pixels (0.20%) outside the plausible range 0 to 8000 mm/a")
    assert check_layer(reader, GRID, plausible=(0, 10_000)) == []
    (told,) = check_layer(reader, GRID, allow=["GEP-F502"])
    assert told.severity == "info"


def test_stats_taken_beforehand_know_the_range_and_a_band_that_of_its_cube():
    values = np.full(GRID.shape, 90.0) + np.arange(50)
    values[0, :2] = 9000
    band = ArrayReader("precipitation_monthly_07", values, "mm/month", files=("pm.tif",))
    for name in (None, "precipitation_monthly"):
        assert codes(check_layer(band, GRID, name=name, stats=look(band, GRID))) == ["GEP-F502"]
    metres = ArrayReader("precipitation_monthly_07", values[1:] / 1000, "mm/month", files=("pm.tif",))
    grid = Grid("EPSG:4527", GRID.transform, 39, 50)
    assert codes(check_layer(metres, grid)) == ["GEP-F501"]


def test_zero_constant_and_empty_layers():
    def one(value, **more):
        return ArrayReader("dem", np.full(GRID.shape, value), "m", **{"files": ("d.tif",), **more})

    (told,) = check_layer(one(0.0), GRID)
    assert (told.code, told.zh, told.en) == ("GEP-F503", "图层 dem 全是 0", "Layer dem holds nothing but 0")
    (told,) = check_layer(one(35.5), GRID)
    assert (told.code, told.zh) == ("GEP-F504", "图层 dem 处处是 35.5 m")
    assert told.en == "Layer dem is 35.5 m everywhere"
    (told,) = check_layer(one(np.nan), GRID)
    assert (told.code, told.severity, told.zh) == ("GEP-F500", "error", "图层 dem 在格网内没有任何有效值")
    assert told.en == "Layer dem has no value at all inside the grid"
    assert check_layer(ConstantReader("slope_length", 100.0, "m"), GRID) == []


def test_no_data_marks_are_recognised_also_behind_a_scale(tmp_path):
    values = RNG.uniform(20, 60, GRID.shape)
    values[0, :3] = -32768
    found = check_layer(ArrayReader("dem", values, "m", files=("d.tif",)), GRID)
    assert codes(found) == ["GEP-F502", "GEP-F505"]
    assert found[1].zh == "图层 dem 有 3 个像元等于 -32768，像是未声明的无数据标记"
    assert found[1].en == "3 pixels of layer dem equal -32768, which looks like an undeclared no-data mark"
    assert found[1].fix_zh == "在该图层写 nodata：-32768"
    packed = RNG.integers(2000, 9000, GRID.shape).astype(np.int16)
    packed[0, :5] = -9999
    path = tmp_path / "ndvi.tif"
    with rasterio.open(path, "w", driver="GTiff", count=1, height=40, width=50, dtype="int16", crs="EPSG:4527",
                       transform=Affine(30, 0, X, 0, -30, Y)) as target:  # fmt: skip
        target.write(packed, 1)
    reader = open_layer("ndvi", LayerSpec(path, scale=0.0001), GRID, "1")
    # −9999 · 0.0001 = −0.9999 lies inside −1..1, so it passes as a value: nodata must be declared
    assert check_layer(reader, GRID) == []
    assert "GEP-F505" in codes(check_layer(reader, GRID, plausible=(-0.5, 1)))


def test_a_dem_whose_voids_are_zero():
    values = RNG.uniform(300, 600, GRID.shape)
    values[:4] = 0  # 4 of 40 rows = 10 %
    (told,) = check_layer(ArrayReader("dem", values, "m", files=("d.tif",)), GRID)
    assert told.code == "GEP-F506"
    assert told.zh.startswith("DEM 有 10.0% 的像元恰为 0，而中位数是 4")
    assert told.en.startswith("10.0% of the DEM is exactly 0")
    coast = np.where(values > 0, values / 100, 0)
    assert check_layer(ArrayReader("dem", coast, "m", files=("d.tif",)), GRID) == []


def test_organic_carbon_cannot_be_told_from_matter():
    (told,) = check_layer(layer("organic_carbon", 0.5, 2.5), GRID)
    assert (told.code, told.severity) == ("GEP-F510", "info")
    assert "是有机碳还是有机质" in told.zh
    assert "organic carbon or organic matter" in told.en
    assert "0.58" in told.fix_zh


def test_texture_must_sum_to_a_hundred():
    sand, silt = layer("sand", 20, 40), layer("silt", 20, 40)
    clay = ArrayReader("clay", 100 - sand.array - silt.array, "%", files=("clay.tif",))
    assert check_texture(sand, silt, clay, GRID) == []
    (told,) = check_texture(sand, silt, layer("clay", 0, 5), GRID)
    assert told.code == "GEP-F507"
    assert told.zh.startswith("砂粒+粉粒+黏粒在 2000 个像元（100.0%）上不等于 100%")
    assert told.en.startswith("sand + silt + clay is not 100 % on 2000 pixels (100.0%")
    parts = [ArrayReader(r.name, r.array / 100, "%", files=r.files) for r in (sand, silt, clay)]
    (told,) = check_texture(*parts, GRID)
    assert told.code == "GEP-F508"
    assert "之和约为 1，而不是 100%：像是比例" in told.zh
    assert "the numbers look like fractions" in told.en


def test_more_evaporation_than_rain():
    rain = layer("precipitation", 600, 900)
    (told,) = check_water(rain, layer("evapotranspiration", 900, 1200), GRID)
    assert told.code == "GEP-F511"
    assert told.zh == "蒸散量在 100% 的像元上大于降水量"
    assert told.en == "Evapotranspiration exceeds precipitation on 100% of the pixels"
    assert "reference_evapotranspiration" in told.fix_zh
    assert check_water(rain, layer("evapotranspiration", 300, 590), GRID) == []


def test_two_periods_with_the_same_numbers():
    one, same, other = layer("ndvi", 0, 1), None, layer("ndvi", 0, 1)
    same = ArrayReader("ndvi", one.array.copy(), "1", files=("b.tif",))
    seen = {2010: look(one, GRID), 2015: look(same, GRID), 2020: look(other, GRID)}
    (told,) = check_periods("ndvi", seen, {2010: "a.tif", 2015: "b.tif", 2020: "c.tif"})
    assert told.code == "GEP-F509"
    assert told.zh == "ndvi 在 2010 年与 2015 年的数值完全相同（a.tif 与 b.tif）"
    assert told.en == "ndvi is the same in 2010 and 2015 to the last digit (a.tif and b.tif)"
    # one file declared for all periods is meant so
    assert check_periods("ndvi", seen, {2010: "a.tif", 2015: "a.tif", 2020: "c.tif"}) == []


def test_gaps_inside_the_zones_are_counted_in_pixels_and_hectares():
    values = RNG.uniform(0, 5, GRID.shape)
    values[5, 3:10] = np.nan  # seven pixels inside the zone
    values[39, :] = np.nan  # outside it
    reader = ArrayReader("slope", values, "degree", files=("slope_deg_30m.tif",))
    zones = type("Z", (), {"geometries": (box(X, Y - 600, X + 600, Y),)})()  # the first 20 rows and columns
    found, counts = gaps([reader, layer("dem", 1, 2), ConstantReader("slope_length", 1.0, "m")], zones, GRID)
    (told,) = found
    # 7 · 900 m² = 0.63 ha
    assert counts == {"slope": (7, pytest.approx(0.63)), "dem": (0, 0.0)}
    assert told.code == "GEP-F512"
    assert told.file == "slope_deg_30m.tif"
    assert told.zh == "图层 slope 在乡镇范围内有 7 个像元（0.63 公顷）没有值"
    assert told.en == "Layer slope: 7 px = 0.63 ha inside the zones have no value"
    cover = np.zeros(GRID.shape, int)
    cover[5, 3:8] = 255  # no land cover under five of them
    assert gaps([reader], zones, GRID, ArrayTypes(cover, ("11",)))[1]["slope"][0] == 2


def test_a_large_layer_is_sampled_by_whole_tiles_and_it_is_said(monkeypatch):
    monkeypatch.setattr(plausible, "WHOLE", 600 * 2048)
    grid = Grid("EPSG:4527", GRID.transform, 3000, 2048)
    reader = ArrayReader("dem", np.broadcast_to(np.linspace(10, 60, 2048), grid.shape), "m", files=("d.tif",))
    (told,) = check_layer(reader, grid)
    assert (told.code, told.severity) == ("GEP-F513", "info")
    # 6 tiles · 600 / 3000 → one tile of 512 × 2048 = 1 048 576 pixels of 6 144 000
    assert told.zh == "图层 dem 很大，合理性检查只看了均匀分布的 1048576 个像元（共 6144000 个）"
    assert "was checked on 1048576 evenly spread pixels of 6144000" in told.en


@pytest.mark.skipif(not CASES.exists(), reason="the real cases are not beside the checkout")
def test_dianbu_flaws_are_found():
    from gep.intake.ecosystems import LandcoverSpec, open_types
    from gep.intake.zones import ZoneSpec, read_zones

    rasters = CASES / "dianbu/rasters"
    grid = Grid.from_raster(rasters / "landcover_clcd_like_30m.tif")
    slope = open_layer("slope", LayerSpec(rasters / "slope_deg_30m.tif", unit="degree"), grid, "degree")
    zones = read_zones(ZoneSpec(CASES / "dianbu/zones.gpkg", "zone_id", layer="subbasins_d8"), grid.crs)
    (told,), counts = gaps([slope], zones, grid)
    # README: slope is nodata on 167 px of the zones, 15 ha
    assert counts["slope"][0] == 167
    assert told.en == "Layer slope: 167 px = 15.03 ha inside the zones have no value"
    assert told.file.endswith("slope_deg_30m.tif")
    walk = {str(k): "51d" for k in range(256)}
    types = open_types(LandcoverSpec(rasters / "landcover_clcd_like_30m.tif"), walk, ("51d",), grid)
    assert gaps([slope], zones, grid, types)[1]["slope"][0] == 167
    unit = "t·hm²·h/(hm²·MJ·mm)"
    k = open_layer("erodibility", LayerSpec(rasters / "soil_k_epic_si_30m.tif", unit=unit), grid, unit)
    (told,) = [f for f in check_layer(k, grid) if f.code == "GEP-F501"]
    assert "K_EPIC×0.1317 而未作 HJ 1173 的线性订正" in told.zh
    et0 = open_layer("reference_evapotranspiration", LayerSpec(rasters / "et0_2010_mm.tif", unit="mm/a"), grid, "mm/a")
    assert codes(check_layer(et0, grid)) == ["GEP-F504"]
    parts = [open_layer(n, LayerSpec(rasters / f"soil_{n}_pct_30m.tif", unit="%"), grid, "%") for n in
             ("sand", "silt", "clay")]  # fmt: skip
    assert check_texture(*parts, grid) == []
