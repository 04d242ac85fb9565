"""`gep init`: a study that loads, an entry workbook with the townships of a map, nothing written over."""

from __future__ import annotations

import openpyxl
import pytest

from gep import study
from gep.cli import starter
from gep.errors import GepError
from gep.filling import book as entry_book
from gep.filling import tables as entry_tables


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_study_reads_the_workbook_sheet_by_sheet(tmp_path, lang):
    starter.start(tmp_path / "新 县", lang)
    said = study.load(tmp_path / "新 县" / "study.yaml", files=False)
    assert list(said.tables) == ["provisioning"]
    text = (tmp_path / "新 县" / "study.yaml").read_text("utf-8")
    opened = "\n".join(
        line.replace("  # ", "  ", 1) if "填报模板.xlsx" in line and "header: [6]" in line else line
        for line in text.split("\n")
    )
    (tmp_path / "新 县" / "study.yaml").write_text(opened, "utf-8")
    said = study.load(tmp_path / "新 县" / "study.yaml", files=False)
    kinds = {t.kind: entry_book.sheet_name(t, lang) for t in entry_tables.tables() if t.kind != "areas"}
    assert {name: spec.sheet for name, spec in said.tables.items()} == kinds
    book = openpyxl.load_workbook(tmp_path / "新 县" / "填报模板.xlsx")
    assert set(kinds.values()) <= set(book.sheetnames)


def test_townships_of_a_map_stand_in_the_list(tmp_path):
    import geopandas as gpd
    from shapely.geometry import box

    table = gpd.GeoDataFrame(
        {"XZQDM": ["341699001", "341699002"], "XZQMC": ["垟口镇", "=1+1"]},
        geometry=[box(39500000, 3700000, 39501000, 3701000), box(39501000, 3700000, 39502000, 3701000)],
        crs="EPSG:4527",
    )
    table.to_file(tmp_path / "map.gpkg")
    starter.start(tmp_path / "new", "zh", tmp_path / "map.gpkg")
    said = study.load(tmp_path / "new" / "study.yaml", files=False)
    assert (said.zones.id, said.zones.name) == ("XZQDM", "XZQMC")
    assert said.resolve(said.zones.path).resolve() == tmp_path / "map.gpkg"
    sheet = openpyxl.load_workbook(tmp_path / "new" / "填报模板.xlsx")["乡镇"]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [
        ["代码", "乡镇"],
        ["341699001", "垟口镇"],
        ["341699002", "=1+1"],
    ]


def test_a_table_without_such_columns_is_told_and_nothing_is_written(tmp_path):
    (tmp_path / "list.csv").write_text("甲,乙\n1,东河镇\n", "utf-8")
    with pytest.raises(GepError) as caught:
        starter.start(tmp_path / "new", "zh", tmp_path / "list.csv")
    assert [f.code for f in caught.value.faults] == ["GEP-O230"]
    assert not (tmp_path / "new").exists() or not list((tmp_path / "new").iterdir())
