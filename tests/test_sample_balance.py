"""The sample county's records for the balance sheet, from the files alone: every identity holds to the last digit."""

from __future__ import annotations

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
YEARS = (2020, 2023)
MU = 15  # in a hectare
LAND = (
    "水田", "水浇地", "旱地", "园地", "乔木林地", "竹林地", "灌木林地", "其他林地", "草地", "湿地", "水域及水利设施",
    "城镇村及工矿", "交通运输", "其他土地",
)  # fmt: skip
CROPLAND = LAND[:3]
WATER_IN = ("降水形成的水资源", "区外流入", "调入", "用水回归", "其他（重估增）")
WATER_OUT = ("生活", "工业", "农业", "生态", "流向区外", "入海", "调出", "非用水消耗（蒸散发）", "其他（重估减）")
TEXTS = {"乡镇", "指标", "权属", "等别", "等级", "矿山名称", "矿种", "计量单位", "数据来源", "估计方法"}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """All files of the sample made anew, in a process of its own."""
    folder = tmp_path_factory.mktemp("records")
    subprocess.run([sys.executable, str(SAMPLE / "make_sample.py"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module", params=["committed", "made anew"])
def folder(request) -> Path:
    return SAMPLE if request.param == "committed" else request.getfixturevalue("made")


def table(path: Path) -> pd.DataFrame:
    """A file as typed: figures exact (Decimal, blank None), heads without their units."""
    if path.suffix == ".xlsx":
        frame = pd.read_excel(path, header=[0, 1], dtype=str)
        frame.columns = [low if "Unnamed" not in low else top for top, low in frame.columns]
    else:
        data = path.read_bytes()
        encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030"
        frame = pd.read_csv(io.StringIO(data.decode(encoding)), dtype=str, keep_default_na=False)
    frame.columns = [c.split("(")[0] for c in frame.columns]
    for column in frame.columns.difference(sorted(TEXTS)):
        if frame[column].str.fullmatch(r"-?[\d.]*(e-?\d+)?").all():
            # a workbook keeps binary numbers: 0.1 + 0.2 is taken as printed with four decimals
            frame[column] = [None if v == "" else round(Decimal(v), 4) for v in frame[column]]
    return frame


def cells(path: Path, *keys: str) -> dict[tuple[str, ...], pd.Series]:
    """The rows of a file by some of its columns; none stands twice."""
    frame = table(path)
    assert not frame.duplicated(list(keys)).any()
    return {tuple(r[k] for k in keys): r for _, r in frame.iterrows()}


def numbered(rows: dict, zone: str, owner: str, start: str) -> list[pd.Series]:
    return [r for (z, item, o), r in rows.items() if z == zone and o == owner and item.startswith(start)]


def zones(rows: dict) -> list[str]:
    return [z for z in dict.fromkeys(k[0] for k in rows) if z != "全县合计"]


@pytest.mark.parametrize("year", YEARS)
def test_land(folder, year):
    import geopandas as gpd

    rows = cells(folder / f"国土变更调查_{year}.csv", "乡镇", "指标", "权属")
    area = gpd.read_file(folder / "townships.gpkg").set_index("name").area
    assert zones(rows) == list(area.index)
    for zone in zones(rows):
        opening, closing = (rows[zone, item, "合计"] for item in ("1 期初存量", "4 期末存量"))
        gains, losses = numbered(rows, zone, "合计", "2."), numbered(rows, zone, "合计", "3.")
        assert len(gains) > 1
        for column in (*LAND, "合计"):
            added, lost = sum(r[column] for r in gains), sum(r[column] for r in losses)
            assert added == rows[zone, "2 存量增加", "合计"][column]
            assert lost == rows[zone, "3 存量减少", "合计"][column]
            assert opening[column] + added - lost == closing[column], (zone, column)
            assert lost <= opening[column] + added
            assert min(opening[column], closing[column], *(r[column] for r in (*gains, *losses))) >= 0
            state, collective = (rows[zone, "4 期末存量", owner][column] for owner in ("全民", "集体"))
            assert min(state, collective) >= 0
            assert state + collective == closing[column]
        # a township is as large as its polygon, m² for m², at both dates; what one class gains another loses
        assert opening["合计"] == closing["合计"] == Decimal(round(area[zone])) / 10_000
        assert rows[zone, "2 存量增加", "合计"]["合计"] == rows[zone, "3 存量减少", "合计"]["合计"] > 0
    for (zone, item, owner), row in rows.items():
        assert sum(row[c] for c in LAND) == row["合计"], (zone, item, owner)
    for item in ("1 期初存量", "4 期末存量"):
        for column in (*LAND, "合计"):
            assert sum(rows[z, item, "合计"][column] for z in zones(rows)) == rows["全县合计", item, "合计"][column]


@pytest.mark.parametrize("year", YEARS)
def test_grades_add_up_to_their_land(folder, year):
    land = cells(folder / f"国土变更调查_{year}.csv", "乡镇", "指标", "权属")
    crop = cells(folder / f"耕地质量等别_{year}.xlsx", "乡镇", "等别")
    grass = cells(folder / f"草地质量_{year}.csv", "乡镇", "等级", "指标")
    for zone in zones(land):
        held = [crop[zone, f"{grade}等"] for grade in range(1, 16)]
        for row in held:
            assert row["期初存量"] + row["增加"] - row["减少"] == row["期末存量"]
            assert min(row[c] for c in ("期初存量", "增加", "减少", "期末存量")) >= 0
        assert sum(r["期初存量"] for r in held) == sum(land[zone, "1 期初存量", "合计"][c] for c in CROPLAND)
        assert sum(r["期末存量"] for r in held) == sum(land[zone, "4 期末存量", "合计"][c] for c in CROPLAND)
        sums = dict.fromkeys(("期初", "增加", "减少", "期末"), Decimal(0))
        for grade in ("1等", "2等", "3等"):
            one = {item: grass[zone, grade, item]["面积"] for item in sums}
            assert one["期初"] + one["增加"] - one["减少"] == one["期末"]
            sums = {item: sums[item] + one[item] for item in sums}
        assert sums["期初"] == MU * land[zone, "1 期初存量", "合计"]["草地"]
        assert sums["期末"] == MU * land[zone, "4 期末存量", "合计"]["草地"]
    assert len(crop) == 25 * 15
    assert len(grass) == 25 * 3 * 4


@pytest.mark.parametrize("year", YEARS)
def test_forest(folder, year):
    rows = cells(folder / f"森林资源_{year}.csv", "乡镇", "指标", "权属")
    ages = cells(folder / f"森林质量_{year}.csv", "乡镇", "指标")
    kinds = [f"{o}{what}" for o in ("天然林", "人工林", "其他林木") for what in ("面积", "蓄积")]
    assert len(zones(rows)) == 25
    for zone in zones(rows):
        opening, closing = (rows[zone, item, "合计"] for item in ("1 期初存量", "4 期末存量"))
        for column in kinds:
            added, lost = (sum(r[column] for r in numbered(rows, zone, "合计", n)) for n in ("2.", "3."))
            assert opening[column] + added - lost == closing[column], (zone, column)
            assert (
                rows[zone, "4 期末存量", "全民"][column] + rows[zone, "4 期末存量", "集体"][column] == closing[column]
            )
        for stock in (opening, closing):
            for kind in ("天然林", "人工林", "其他林木"):
                area, volume = stock[f"{kind}面积"], stock[f"{kind}蓄积"]
                assert 40 <= volume / area <= 130 if area else not volume, (zone, kind)
        for row in (ages[zone, item] for item in ("期初存量", "增加", "减少", "期末存量")):
            assert min(v for k, v in row.items() if k.endswith(("面积", "蓄积"))) >= 0
        heads = [c for c in ages[zone, "期初存量"].index if c.endswith(("面积", "蓄积"))]
        assert len(heads) == 20
        for column in heads:
            first, more, less, last = (ages[zone, item][column] for item in ("期初存量", "增加", "减少", "期末存量"))
            assert first + more - less == last
        for kind, what in ((k, w) for k in ("天然", "人工") for w in ("面积", "蓄积")):
            own = [c for c in heads if c.startswith(kind) and c.endswith(what)]
            for item, stock in (("期初存量", opening), ("期末存量", closing)):
                assert sum(ages[zone, item][c] for c in own) == stock[f"{kind}林{what}"], (zone, kind, item)
    for column in kinds:
        whole = rows["全县合计", "4 期末存量", "合计"][column]
        assert sum(rows[z, "4 期末存量", "合计"][column] for z in zones(rows)) == whole


@pytest.mark.parametrize("year", YEARS)
def test_water(folder, year):
    rows = cells(folder / f"水资源存量_{year}.csv", "乡镇", "指标")
    bodies = ("水库", "湖泊", "河流", "地下水")
    assert len(zones(rows)) == 25
    for zone in zones(rows):
        for column in (*bodies, "合计"):
            added, lost = (sum(rows[zone, item][column] for item in items) for items in (WATER_IN, WATER_OUT))
            closing = rows[zone, "期末存量"][column]
            assert rows[zone, "期初存量"][column] + added - lost == closing, (zone, column)
            assert min(rows[zone, item][column] for item in (*WATER_IN, *WATER_OUT, "期末存量")) >= 0
        for item in ("期初存量", *WATER_IN, *WATER_OUT, "期末存量"):
            assert sum(rows[zone, item][b] for b in bodies) == rows[zone, item]["合计"]
        surface, ground, twice, whole = (
            rows[zone, f"备查：{item}"]["合计"] for item in ("地表水资源量", "地下水资源量", "重复计算量", "水资源总量")
        )
        assert surface + ground - twice == whole  # B3, of the closing year
        assert 2.8 < rows[zone, "降水形成的水资源"]["合计"] / whole < 3.1  # what precipitation adds in three years
    bulletin = table(folder / f"水资源公报_{year}.csv").set_index("指标")["数值"]
    for item in ("地表水资源量", "地下水资源量", "水资源总量"):
        assert sum(rows[z, f"备查：{item}"]["合计"] for z in zones(rows)) == bulletin[item]
    # what is withdrawn is the use of about three years
    used = sum(rows[z, item]["合计"] for z in zones(rows) for item in ("生活", "工业", "农业", "生态"))
    assert 2.8 < used / table(folder / f"用水量_{year}.csv").iloc[-1]["合计"] < 3.1


@pytest.mark.parametrize("year", YEARS)
def test_minerals(folder, year):
    rows = cells(folder / f"矿产_{year}.csv", "乡镇", "指标", "权属")
    assert len(zones(rows)) == 3
    for zone in zones(rows):
        one = {item: r["资源量"] for (z, item, owner), r in rows.items() if z == zone and owner == "合计"}
        left = one["期初资源量"] + one["勘查新增"] + one["重算增"]
        left -= one["开采"] + one["损失"] + one["勘查减"] + one["重算减"]
        assert left == one["期末资源量"] > 0
        assert sum(rows[zone, "期末资源量", o]["资源量"] for o in ("全民", "集体")) == one["期末资源量"]


@pytest.mark.parametrize(
    ("name", "keys", "opening", "closing"),
    [
        ("国土变更调查_{}.csv", ("乡镇", "指标", "权属"), "1 期初存量", "4 期末存量"),
        ("草地质量_{}.csv", ("乡镇", "等级", "指标"), "期初", "期末"),
        ("森林资源_{}.csv", ("乡镇", "指标", "权属"), "1 期初存量", "4 期末存量"),
        ("森林质量_{}.csv", ("乡镇", "指标"), "期初存量", "期末存量"),
        ("水资源存量_{}.csv", ("乡镇", "指标"), "期初存量", "期末存量"),
        ("矿产_{}.csv", ("乡镇", "指标", "权属"), "期初资源量", "期末资源量"),
    ],
)
def test_an_opening_is_the_closing_before(folder, name, keys, opening, closing):
    before, now = (cells(folder / name.format(year), *keys) for year in YEARS)
    figures = [c for c in next(iter(now.values())).index if c not in TEXTS]
    met = 0
    for key, row in now.items():
        if opening in key and key[0] != "全县合计":
            last = before[tuple(closing if k == opening else k for k in key)]
            assert [row[c] for c in figures] == [last[c] for c in figures], key
            met += 1
    assert met in (3, 25, 75)


def test_grades_sections_and_duties_continue(folder):
    before, now = (cells(folder / f"耕地质量等别_{year}.xlsx", "乡镇", "等别") for year in YEARS)
    assert all(row["期初存量"] == before[key]["期末存量"] for key, row in now.items())
    before, now = (cells(folder / f"断面类别_{year}.csv", "断面名称") for year in YEARS)
    assert all(row["期初类别"] == before[key]["期末类别"] for key, row in now.items())
    assert [key for key, row in before.items() if row["期初类别"] == ""] == [("南湖断面",)]
    owed = cells(folder / "义务台账.csv", "事项", "年份")
    for (name, year), row in owed.items():
        assert row["期初"] + row["本期新增"] - row["本期履行"] == row["期末"]
        if int(year) == YEARS[1]:
            assert row["期初"] == owed[name, Decimal(YEARS[0])]["期末"]


def test_what_is_invented_says_so():
    for name in ("资产价格.csv", "义务台账.csv", "约束性指标.csv"):
        frame = table(SAMPLE / name)
        assert set(frame["来源"]) == {"示例"}
        assert set(frame["可信度"]) == {"judgement"}


def test_what_no_pixel_enters_comes_out_byte_for_byte(made):
    names = ["资产价格.csv", "义务台账.csv", "混淆矩阵.csv", "状况参照值.csv"]
    names += [f"{name}_{year}.csv" for name in ("断面类别", "矿产") for year in YEARS]
    for name in names:
        assert (made / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_encodings_differ_on_purpose():
    for name in ("国土变更调查_2020", "森林资源_2020", "水资源存量_2023", "草地质量_2023"):
        with pytest.raises(UnicodeDecodeError):
            (SAMPLE / f"{name}.csv").read_bytes().decode("utf-8")
    assert (SAMPLE / "国土变更调查_2023.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def read(name: str) -> np.ndarray:
    with rasterio.open(SAMPLE / name) as source:
        return source.read(1)


def test_land_cover_of_2017_has_change_to_believe_and_change_not_to():
    old, new = read("landcover_2017.tif"), read("landcover_2020.tif")
    assert np.array_equal(old > 0, new > 0)  # no ground is known at one date only
    assert set(np.unique(old)) <= set(np.unique(new))
    crops, waters = read("crops_2017.tif"), read("waters_2017.tif")
    assert (old[crops > 0] == 1).all()
    assert np.array_equal(waters > 0, old == 5)
    changed = (old != new) & (old > 0)
    assert 0.01 < changed.sum() / (old > 0).sum() < 0.05
    labels = ndimage.label(changed, np.ones((3, 3)))[0]
    sizes = np.bincount(labels.ravel())[1:] * 0.09  # ha
    assert (sizes < 0.5).sum() > 500  # below the minimum mapping unit of the study
    assert (sizes >= 0.5).sum() > 300
    # east of column 880 the scene of 2017 lies one pixel too far east: moved back, it fits better
    east = (slice(None), slice(890, 1000))
    moved = np.roll(old, -1, axis=1)
    assert (moved[east] != new[east]).sum() < 0.6 * (old[east] != new[east]).sum()
    assert ((old == 1) & (new == 8)).sum() > 3 * ((old == 8) & (new == 1)).sum() > 0  # building, and some reclaimed


def test_canopy_goes_with_ndvi_and_npp():
    for year in YEARS:
        with rasterio.open(SAMPLE / f"lai_{year}.tif") as source:
            assert source.scales == (0.1,)
            leaves = source.read(1) * 0.1
        ndvi, npp, gross = (read(f"{name}_{year}.tif") for name in ("ndvi", "npp", "gpp"))
        assert leaves.shape == ndvi.shape == gross.shape
        assert 0.2 < leaves.min() < leaves.max() < 6
        assert np.corrcoef(leaves.ravel(), np.exp(ndvi.ravel() * 3e-4))[0, 1] > 0.9
        assert (gross > npp).all()
        assert 0.4 < npp.sum() / gross.sum() < 0.55  # what plants keep of what they assimilate


@pytest.mark.parametrize("year", YEARS)
def test_records_differ_from_the_map_by_a_few_per_cent(year):
    import geopandas as gpd
    from rasterio.features import geometry_mask

    towns = gpd.read_file(SAMPLE / "townships.gpkg")
    with rasterio.open(SAMPLE / f"landcover_{year}.tif") as source:
        cover, crops = source.read(1), read(f"crops_{year}.tif")
        inside = geometry_mask(towns.geometry, cover.shape, source.transform, invert=True)
    county = cells(SAMPLE / f"国土变更调查_{year}.csv", "乡镇", "指标", "权属")["全县合计", "4 期末存量", "合计"]
    seen = {
        "耕地": ((cover == 1) & (crops != 3), CROPLAND),
        "园地": ((cover == 1) & (crops == 3), ("园地",)),
        "林": (np.isin(cover, (2, 3)), ("乔木林地", "竹林地", "灌木林地", "其他林地")),
        "水": (cover == 5, ("水域及水利设施",)),
        "建设": (cover == 8, ("城镇村及工矿", "交通运输")),
    }
    for name, (mask, columns) in seen.items():
        apart = float(sum(county[c] for c in columns)) / ((mask & inside).sum() * 0.09) - 1
        assert 0.0005 < abs(apart) < 0.35 if name == "建设" else 0.0005 < abs(apart) < 0.15, (name, apart)
