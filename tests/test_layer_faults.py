"""What is wrong with a layer, in words: truncated files, nodata, units, CRS, rules."""

import numpy as np
import pytest
from test_layers import codes, find, grid_of, whole, write

from gep.errors import GepError
from gep.intake.layers import LayerSpec, inspect_layer, open_layer
from gep.intake.source import close_all


def test_a_truncated_geotiff_is_found_before_the_run(tmp_path):
    data = np.random.default_rng(0).integers(0, 2000, (600, 600)).astype(np.int16)
    path = write(tmp_path / "残.tif", data, nodata=-1, tiled=True, blockxsize=128, blockysize=128)
    grid = grid_of(600, 600)
    assert codes(inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m")[1]) == []
    close_all()
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    assert reader is None
    assert codes(faults) == ["GEP-R003"]
    assert "栅格文件损坏或不完整" in faults[0].zh
    assert "damaged or incomplete" in faults[0].en
    assert "重新拷贝" in faults[0].fix_zh
    # caught in read() too, with the place
    reader, _ = inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m", probe=False)
    with pytest.raises(GepError) as caught:
        reader.read(512, 600, 0, 600)
    assert caught.value.faults[0].code == "GEP-R003"
    assert caught.value.faults[0].place == "band 1, rows 512-600, columns 0-600"


def test_undefined_and_impossible_nodata_are_told(tmp_path):
    grid = grid_of(2, 2)
    path = write(tmp_path / "u.tif", np.ones((2, 2), np.uint8))
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    assert reader is not None
    assert (codes(faults), faults[0].severity) == (["GEP-R020"], "warning")
    assert faults[0].zh == "栅格没有定义 nodata，所有数值都当作有效值"
    assert "every number is taken as a value" in faults[0].en
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m", nodata=-9999), grid, "m")
    assert codes(faults) == ["GEP-R028"]
    assert "-9999 在 uint8 类型里不可能出现" in faults[0].zh
    assert "cannot occur in uint8" in faults[0].en
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m", nodata=1), grid, "m")
    assert codes(faults) == []
    assert np.isnan(whole(reader, grid)).all()


def test_units_missing_or_inconvertible(tmp_path):
    path = write(tmp_path / "u.tif", np.ones((2, 2), np.float32), nodata=-1, tags=((1.0,), (0.0,), ("cm",)))
    grid = grid_of(2, 2)
    _, faults = inspect_layer("precipitation", LayerSpec(path), grid, "mm/a")
    assert faults[0].code == "GEP-R024"
    assert "没有写单位" in faults[0].zh
    assert "No unit is given" in faults[0].en
    assert faults[0].place == "layers.precipitation.unit"
    _, faults = inspect_layer("precipitation", LayerSpec(path, unit="mm"), grid, "mm/a")
    assert codes(faults) == ["GEP-R023", "GEP-R033"]
    assert faults[0].zh == "单位 mm 不能换算为 mm/a（是否想写 mm/a？）"
    assert faults[0].en == "The unit mm does not convert to mm/a (did you mean mm/a?)"
    assert faults[1].zh == "文件标签里的单位是 cm，study.yaml 写的是 mm；按 study.yaml"
    _, faults = inspect_layer("precipitation", LayerSpec(path, unit="cm/a"), grid, "mm/a")
    assert codes(faults) == []
    _, faults = inspect_layer("npp", LayerSpec(path, unit="gCO2/(m²·a)"), grid, "gC/(m²·a)")
    assert "GEP-R023" in codes(faults)


def test_all_faults_of_a_layer_come_together(tmp_path):
    path = write(tmp_path / "far.tif", np.ones((2, 2), np.float32), x=39_900_000)
    with pytest.raises(GepError) as caught:
        open_layer("precipitation", LayerSpec(path), grid_of(2, 2), "mm/a")
    assert codes(caught.value.faults) == ["GEP-R024", "GEP-R020", "GEP-R021"]
    apart = find(caught.value.faults, "GEP-R021")
    assert "与核算格网没有重叠" in apart.zh
    assert "does not overlap the accounting grid: layer 3.99e+07" in apart.en


def test_missing_file_crs_path_and_rules(tmp_path):
    grid = grid_of(2, 2)
    _, faults = inspect_layer("dem", LayerSpec(tmp_path / "no.tif", unit="m"), grid, "m")
    assert codes(faults) == ["GEP-R001"]
    _, faults = inspect_layer("dem", LayerSpec(unit="m"), grid, "m")
    assert codes(faults) == ["GEP-R031"]
    assert faults[0].zh == "图层 dem 既没有 path 也没有 value"
    assert faults[0].en == "Layer dem has neither path nor value"
    _, faults = inspect_layer("dem", LayerSpec(value=float("nan"), unit="m"), grid, "m")
    assert codes(faults) == ["GEP-R030"]
    bare = write(tmp_path / "bare.tif", np.ones((2, 2), np.float32), crs=None, nodata=-1)
    _, faults = inspect_layer("dem", LayerSpec(bare, unit="m"), grid, "m")
    assert codes(faults) == ["GEP-R010"]
    assert inspect_layer("dem", LayerSpec(bare, unit="m", crs="EPSG:4527"), grid, "m")[1] == []
    _, faults = inspect_layer("dem", LayerSpec(bare, unit="m", crs="EPSG:4548"), grid, "m")
    assert codes(faults) == ["GEP-R011"]
    assert "坐标带有带号 39" in faults[0].zh
    _, faults = inspect_layer("dem", LayerSpec(bare, unit="m", crs="EPSG:4527", align="cubic"), grid, "m")
    assert codes(faults) == ["GEP-R026"]
    assert "没有重采样方式 cubic；可用 nearest, mode, mean, bilinear, sum" in faults[0].zh
    assert "no resampling rule cubic" in faults[0].en
