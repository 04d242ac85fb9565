"""What every register keeps, whichever it is: found by the registry, on the sample county's tables."""

from __future__ import annotations

import functools
import math
import re

import pandas as pd
import pytest
from registers_sample import SAMPLE, YEARS, ZONES, changed, given, sample, specs
from registers_sample import read as read_as

from gep.assessment import register_rows as rr
from gep.assessment.catalogue import packaged
from gep.assessment.measures.register import compute, figures, of_year
from gep.assessment.nouns import COUNTY
from gep.assessment.register import Kept, registry
from gep.errors import fault

IDS = sorted(registry())
ITEMS = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六"}
PLACE = re.compile(r"row \d+, column \S+")
read = functools.cache(sample)


def _columns(id: str, kind: str) -> list[str]:
    """The columns of a kind that a register declares."""
    return [c for c, one in registry()[id].table.expected.columns.items() if c != "year" and one.kind == kind]


def _there(id: str, columns: list[str]) -> list[str]:
    """Those of the columns that the sample's table has."""
    return [c for c in columns if c in read(id, YEARS[-1])[0].attrs["columns"]]


def _at(id: str, column: str, table: list[list[str]]) -> int:
    """Where the file has a column."""
    head = read(id, YEARS[-1])[0].attrs["columns"][column]
    return next(n for n, cell in enumerate(table[0]) if cell == head or cell.startswith((f"{head}(", f"{head}（")))


def test_every_register_has_a_sample_table():
    assert set(specs()) >= set(IDS)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("year", YEARS)
def test_rows_of_the_sample_pass_and_their_identities_hold(id, year):
    rows, faults, identities = read(id, year)
    assert len(rows) > 1
    assert [f.text("en") for f in faults if f.severity == "error"] == []
    assert [i.id for i in identities if i.left != i.right] == []


@pytest.mark.parametrize("id", IDS)
def test_a_row_written_twice_is_a_fault_of_its_row(id, tmp_path):
    faults = changed(id, YEARS[-1], tmp_path, lambda t: t.append(list(t[1])))
    n = len(read(id, YEARS[-1])[0])
    assert any(re.search(rf"row (2|{n + 2})\b", f.place) or f"{n + 2}" in f.zh for f in faults), faults
    assert any("column" in f.place for f in faults)


def _texts(id: str) -> list[str]:
    return [c for c in _there(id, _columns(id, "text")) if c not in ("note", "basis", "source", "document", "unit")]


@pytest.mark.parametrize(("id", "column"), [(id, c) for id in IDS for c in _texts(id)])
def test_a_row_of_totals_is_a_fault_of_its_cell(id, column, tmp_path):
    at = None

    def change(table):
        nonlocal at
        at = _at(id, column, table)
        table.append(["合 计" if n == at else cell for n, cell in enumerate(table[1])])

    (told,) = changed(id, YEARS[-1], tmp_path, change)  # its other faults come of being no record
    n = len(read(id, YEARS[-1])[0]) + 2
    assert told.code == "GEP-J312"
    assert told.place.startswith(f"row {n}, column")
    assert "合计" in told.zh
    assert told.fix_zh
    assert told.fix_en


@pytest.mark.parametrize("word", ["小计", "总计：", "溪岗乡小计", "全县", "Total"])
def test_words_of_totals(word, tmp_path):
    (told,) = changed("ecological_wardens", 2023, tmp_path, lambda t: t.append([t[1][0], word, *t[1][2:]]))
    assert told.code == "GEP-J312"
    kept = rr.without_totals(rows_of(["丁会计事务所", "统计局", "", None]))
    assert (len(kept[0]), kept[1]) == (4, [])


def rows_of(names):
    made = pd.DataFrame({"name": pd.Series(names, dtype="object"), "note": ["合计", "", "", ""]}, index=range(2, 6))
    made.attrs["file"] = "t.csv"
    return made


@pytest.mark.parametrize("head", ["年", "年份", "年度", "统计年度"])
@pytest.mark.parametrize("id", ["fund_flow", "ecological_wardens", "green_procurement"])
def test_of_a_file_of_several_years_only_the_year_is_read(id, head, tmp_path):
    spec = specs()[id]
    one, other = (SAMPLE / str(spec.path).replace("{year}", str(y)) for y in YEARS)
    first, then = (_lines(path) for path in (one, other))
    lines = [f"{first[0]},{head}", *(f"{line},{YEARS[0]}" for line in first[1:]),
             *(f"{line},{YEARS[1]}年" for line in then[1:])]  # fmt: skip
    (tmp_path / "both.csv").write_text("\n".join(lines), "utf-8-sig")
    moved = spec.model_copy(update={"path": "both.csv", "encoding": "auto"})
    for year in YEARS:
        rows, faults, _ = read_as(registry()[id], moved, year, tmp_path)
        assert not [f for f in faults if f.severity == "error"]
        assert len(rows) == len(read(id, year)[0])


def _lines(path):
    raw = path.read_bytes()
    return raw.decode("utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else "gb18030").splitlines()


@pytest.mark.parametrize("id", IDS)
def test_an_unknown_township_is_a_fault_of_its_cell(id, tmp_path):
    if not _there(id, ["zone"]):
        pytest.skip("the sample's register is the county's own")

    def change(table):
        table[1][_at(id, "zone", table)] = "没有的镇"

    faults = changed(id, YEARS[-1], tmp_path, change)
    assert any(f.place.startswith("row 2, column") and "没有的镇" in f.zh for f in faults), faults


@pytest.mark.parametrize(("id", "column"), [(id, c) for id in IDS for c in _columns(id, "number")])
def test_a_number_below_zero_is_a_fault_of_its_row(id, column, tmp_path):
    if not _there(id, [column]):
        pytest.skip("the sample has no such column")

    def change(table):
        table[1][_at(id, column, table)] = "-7"

    faults = changed(id, YEARS[-1], tmp_path, change)
    assert any(re.match(r"row 2, column ", f.place) for f in faults), column


@pytest.mark.parametrize("id", [id for id in IDS if _columns(id, "date")])
def test_a_date_after_the_year_is_a_fault_of_its_cell(id, tmp_path):
    """Some date of each register says what has happened: it cannot lie after the year (plans and terms may)."""
    told = []
    for column in _there(id, _columns(id, "date")):

        def change(table, column=column):
            for row in table[1:]:
                if row[_at(id, column, table)]:
                    row[_at(id, column, table)] = f"{YEARS[-1] + 9}-05-05"

        told += changed(id, YEARS[-1], tmp_path, change)
    assert any(PLACE.fullmatch(f.place) and str(YEARS[-1] + 9) in f.zh for f in told)  # fmt: skip


def _measured(id: str) -> list[str]:
    return [c for c in _columns(id, "number") if registry()[id].table.expected.get(c).unit not in (None, "", "1")]


@pytest.mark.parametrize("id", [id for id in IDS if _measured(id)])
def test_a_wrong_unit_is_a_fault_of_its_column(id, tmp_path):
    column = _there(id, _measured(id))[0]

    def change(table):
        n = _at(id, column, table)
        table[0][n] = re.split(r"[(（]", table[0][n])[0] + "(分贝)"

    assert any("column" in f.place for f in changed(id, YEARS[-1], tmp_path, change))


@pytest.mark.parametrize("id", IDS)
def test_the_order_of_rows_changes_no_figure(id):
    rows = of_year(read(id, YEARS[-1])[0], YEARS[-1])
    turned = rows.sample(frac=1, random_state=7)
    turned.attrs = rows.attrs
    assert list(turned.index) != list(rows.index)
    for figure in registry()[id].figures:
        assert figures(figure, rows, ZONES) == figures(figure, turned, ZONES), figure.id


@pytest.mark.parametrize("id", IDS)
def test_sums_of_the_townships_and_the_countys_own_rows_are_the_county(id):
    rows = of_year(read(id, YEARS[-1])[0], YEARS[-1])
    own = rows[rows["zone"] == ""]
    own.attrs = rows.attrs
    for figure in (f for f in registry()[id].figures if f.additive):
        each = figures(figure, rows, ZONES)
        county, _ = each.pop(COUNTY)
        said = [value for value, _ in (*each.values(), figure.compute(own))]
        if county is None:
            continue  # a cell is blank: no sum
        assert None not in said
        assert math.fsum(said) == pytest.approx(county, rel=1e-12, abs=0), figure.id


@pytest.mark.parametrize("id", IDS)
def test_a_register_belongs_to_an_item_and_feeds_an_indicator(id):
    one = registry()[id]
    assert one.item in ITEMS
    assert one.table.role == id
    assert len({f.id for f in one.figures}) == len(one.figures) > 0
    assert any(row.measure == "register" and row.of.partition(".")[0] == id for row in packaged().values())


@pytest.mark.parametrize("code", [c for c, row in packaged().items() if row.measure == "register"])
def test_every_indicator_of_a_register_is_made_and_says_what_is_behind_it(code):
    indicator, year = packaged()[code], YEARS[-1]
    id = indicator.of.partition(".")[0]
    rows, _, identities = read(id, year)
    rows = of_year(rows, year)
    kept = Kept(registry()[id], rows, tuple(identities))
    known = given(years=(year,))
    found = compute(indicator, year, type(known)(known.zones, known.years, known.terms, registers={(id, year): kept}))
    assert not found.faults
    assert {one.zone for one in found.observations} == {*ZONES, COUNTY}
    assert [i.id for i in found.identities if i.left != i.right] == []
    for one in found.observations:
        if one.value is None:
            assert one.note.zh, one.key
            continue
        assert [line.kind for line in one.lines].count("formula") == 1
        behind = [line for line in one.lines if line.kind == "register"]
        assert all(re.fullmatch(r"row \d+", line.note) and line.file for line in behind)
        has = (rows["zone"] == one.zone).any() or one.zone == COUNTY
        assert has or (one.value == 0 and [line.kind for line in one.lines] == ["note", "formula"])


def test_codes_have_words():
    assert fault("GEP-J300", row=1, column="x").fix_zh
