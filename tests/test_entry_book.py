"""The entry workbook: filled in by its declared heads it is an input; what is filled in wrongly is told by its cell."""

from __future__ import annotations

import openpyxl
import pytest
import tabled

from gep import check, study
from gep.before import ahead, before
from gep.errors import GepError
from gep.filling import book as entry_book
from gep.filling import read as entry_read
from gep.filling import tables as entry_tables
from gep.intake import cited
from gep.intake.cells import Cells
from gep.intake.columns import Head
from gep.intake.monitoring import read_table
from gep.intake.values import unit_text
from gep.report.sheets import _width
from gep.study_parts import TableSpec

BOOK = "填报模板.xlsx"
ZONES = {"341699001": "东河镇", "341699002": "西山乡"}
PRODUCTS = (
    {
        "zone": "东河镇",
        "item": "小麦",
        "quantity": 100,
        "unit": "t",
        "price": 2.5,
        "price_unit": "元/kg",
        "year": 2023,
        "source_document": "农业统计年报",
        "page": 12,
        "preparer": "张三",
        "reviewer": "李四",
    },
    {"zone": "西山乡", "item": "小麦", "quantity": 50, "unit": "t", "price": 2.5, "price_unit": "元/kg", "year": 2023},
)
AREAS = (
    ("东河镇", "森林", 1000),
    ("东河镇", "湖泊", 100),
    ("东河镇", "耕地", 500),
    ("西山乡", "森林", 400),
    ("西山乡", "耕地", 600),
    ("西山乡", "湖泊", 0),
)
AMOUNTS = (
    ("东河镇", "土壤保持", "土壤保持量", "森林", 12, "万t"),
    ("东河镇", "土壤保持", "土壤保持量", "51", 30000, "t"),
    ("西山乡", "土壤保持", "土壤保持量", None, 5, "万t"),
)


class Filled:
    """The workbook of a study in a folder, opened to be filled in by kind of table and column."""

    def __init__(self, folder):
        self.path = folder / BOOK
        self.book = openpyxl.load_workbook(self.path)
        lines = self.book[entry_book.MAP].iter_rows(min_row=2, values_only=True)
        self.tables = {line[0]: (line[1], [c for c in line[3:] if c]) for line in lines}

    def cell(self, kind, column, row):
        name, codes = self.tables[kind]
        at = next(n for n, code in enumerate(codes, 2) if code.partition("(")[0] == column)
        return self.book[name].cell(row, at)

    def rows(self, kind, records, first=entry_book.FIRST):
        for row, record in enumerate(records, first):
            for column, value in record.items():
                self.cell(kind, column, row).value = value
        return self

    def save(self):
        self.book.save(self.path)


@pytest.fixture
def county(tmp_path):
    made = tabled.County(tmp_path)
    for old, new in (
        (
            "zones: {path: zones.csv, id: 代码, name: 乡镇}",
            f"zones: {{path: {BOOK}, layer: 乡镇, id: 代码, name: 乡镇}}",
        ),
        (
            "areas: {path: areas.csv, legend: hj1166, columns: {zone: 乡镇, code: 类型, area: 面积}}",
            entry_book.table_line("areas", "生态系统面积", BOOK),
        ),
        (
            "provisioning: {path: provisioning.csv, columns: {zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, "
            "price: 单价}}",
            entry_book.table_line("provisioning", "物质产品", BOOK),
        ),
        (
            "amounts: {path: amounts.csv, columns: {zone: 乡镇}}",
            f"amounts: {{path: {BOOK}, sheet: 给出的实物量, header: [6]}}",
        ),
    ):
        made.edit("study.yaml", old, new)
    entry_book.write(tmp_path / BOOK, ZONES, [2023])
    sheets = Filled(tmp_path).rows("provisioning", PRODUCTS)
    sheets.rows("areas", [dict(zip(("zone", "code", "area", "unit"), (*a, "hm²"), strict=True)) for a in AREAS])
    heads = ("zone", "service", "item", "type", "quantity", "unit")
    sheets.rows("quantities", [dict(zip(heads, a, strict=True)) for a in AMOUNTS]).save()
    return made


def told(made):
    return [f for f in check.inspect(study.load(made.path), before, ahead) if f.file == BOOK]


def test_every_column_of_every_table_is_found_in_its_unit():
    tables = entry_tables.tables()
    assert len(tables) > 25
    for table in tables:
        cells = Cells("f", ["代码（勿改）", *(c.code for c in table.columns)], [], sheet="x")
        for usual in (False, True):
            head = Head(cells, TableSpec(path="x.xlsx"), table.expected, usual)
            assert head.faults == []
            assert {c.name: n for n, c in enumerate(table.columns, 1)} == head.found
            for column in table.columns:
                if column.number and column.unit not in ("", "1"):
                    assert unit_text(head.unit[column.name]) == unit_text(column.unit)
        assert {"source_document", "page", "preparer", "reviewer"} <= {c.name for c in table.columns}


def test_what_services_read_has_a_sheet():
    kinds = {t.kind for t in entry_tables.tables()}
    assert set(entry_tables.readers()) <= kinds
    lakes = next(t for t in entry_tables.tables() if t.kind == "lakes")
    assert lakes.services_zh == ("洪水调蓄",)


def test_lists_are_offered_from_ranges_and_heads_are_locked(county):
    book = openpyxl.load_workbook(county.folder / BOOK)
    sheet = book["物质产品"]
    rules = {str(r.sqref): r for r in sheet.data_validations.dataValidation}
    assert rules["B7:B3006"].formula1.startswith("OFFSET('乡镇'!$B$2")
    assert rules["E7:E3006"].formula1 == f"'{entry_book.LISTS}'!$A$2:$A$22"
    assert book[entry_book.LISTS].sheet_state == "veryHidden"
    for name in book.sheetnames[:-2]:
        one = book[name]
        assert one.protection.sheet, name
        assert (one.page_setup.paperSize, one.page_setup.orientation) == (9, "landscape")
        assert one.print_title_rows and one.freeze_panes and "&P" in one.oddFooter.right.text  # noqa: PT018
        for rule in one.data_validations.dataValidation:
            assert len(rule.formula1 or "") <= 255
            assert len(rule.prompt or "") <= 255
    assert sheet["B5"].protection.locked
    assert not sheet["B7"].protection.locked or not sheet.column_dimensions["B"].protection.locked


def test_a_filled_workbook_is_an_input_and_its_numbers_arrive(county):
    assert [f.code for f in told(county) if f.severity == "error"] == []
    result = county.compute()
    assert tabled.line(result, "东河镇", "provisioning", "小麦")["value"] == 250_000  # 100 t × 2,500 yuan/t
    assert tabled.line(result, "西山乡", "provisioning", "小麦")["value"] == 125_000
    soil = result.ledger.table
    soil = soil[(soil["item"] == "retained_soil") & (soil["zone"] == "341699001")]
    assert sorted(soil["quantity"]) == [30_000, 120_000]
    extent = result.ledger.totals
    assert extent[extent["group"] == "extent"]["area_m2" if "area_m2" in extent else "value"].sum() == pytest.approx(
        26e6
    )
    named = result.ledger.lineage
    note = named[(named["kind"] == "table") & (named["id"] == "provisioning")]["note"]
    assert list(note) == ["农业统计年报 p. 12; 填报 张三; 复核 李四", ""]


def test_where_rows_come_from(county):
    said = study.load(county.path)
    frame = read_table(said.tables["provisioning"], 2023, said)
    shown = cited.provenance_columns(frame)
    assert list(shown.index) == [7, 8]
    assert list(shown.loc[7]) == ["农业统计年报", "12", "张三", "李四"]
    assert list(shown.loc[8]) == ["", "", "", ""]


def test_the_example_is_never_read(county):
    book = openpyxl.load_workbook(county.folder / BOOK)
    assert [c.value for c in book["物质产品"][4]][1:4] == ["东河镇", "小麦", "1234.5"]
    said = study.load(county.path)
    assert len(read_table(said.tables["provisioning"], 2023, said)) == 2


def test_eight_faults_are_told_with_their_cells(county):
    sheets = Filled(county.folder)
    sheets.rows(
        "provisioning",
        [
            {"zone": "东何镇", "item": "玉米", "quantity": 5, "unit": "t", "year": 2023},  # 9: no such township
            {
                "zone": "东河镇",
                "item": "玉米",
                "quantity": "约五吨",
                "unit": "t",
                "year": 2023,
            },  # 10: words for a number
            {
                "zone": "东河镇",
                "item": "大豆",
                "quantity": 5,
                "unit": "t",
                "price": 3,
                "price_unit": "元/头",
                "year": 2023,
            },  # 11
            {"zone": "东河镇", "item": "小麦", "quantity": 7, "unit": "t", "year": 2023},  # 12: row 7 again
            {"zone": "西山乡", "item": "油菜", "quantity": 7, "unit": "t", "year": 2033},  # 13: no such period
            {
                "zone": "西山乡",
                "item": "棉花",
                "quantity": 7,
                "unit": "不知道",
                "year": 2023,
                "preparer": "甲",
                "reviewer": "甲",
            },
            {"zone": "西山乡", "item": "茶叶", "quantity": -7, "unit": "t", "year": 2023},  # 15: below nothing
            {"zone": "西山乡", "item": "水果", "quantity": 7, "unit": "t", "year": 2023},  # 16, 17: merged
            {"zone": "西山乡", "item": "蔬菜", "unit": "t", "year": 2023},
        ],
        first=9,
    )
    name, codes = sheets.tables["provisioning"]
    for col in range(2, 2 + len(codes)):  # 18: the example, copied
        sheets.book[name].cell(18, col).value = sheets.book[name].cell(entry_book.EXAMPLE, col).value
    sheets.book[name].merge_cells("D16:D17")
    sheets.rows("lakes", [{"zone": "东河镇", "name": "龙湖", "area": 2}]).save()
    found = told(county)
    places = {(f.code, f.place) for f in found}
    assert {
        ("GEP-T030", "sheet 物质产品, row 9, column zone (B9)"),
        ("GEP-T012", "sheet 物质产品, row 10, column quantity (D10)"),
        ("GEP-T024", "sheet 物质产品, row 11, column price (F11)"),
        ("GEP-T021", "sheet 物质产品, row 7"),
        ("GEP-O225", "sheet 物质产品, cell R13"),
        ("GEP-T023", "sheet 物质产品, row 14, column unit (E14)"),
        ("GEP-O227", "sheet 物质产品, cell V14"),
        ("GEP-T014", "sheet 物质产品, row 15, column quantity (D15)"),
        ("GEP-O223", "sheet 物质产品, cell D16:D17"),
        ("GEP-O224", "sheet 物质产品, cell B18"),
        ("GEP-O220", "sheet 湖泊"),
    } <= places
    assert next(f for f in found if f.code == "GEP-T030").fix_zh.startswith("是否指 “东河镇”")
    unread = next(f for f in found if f.code == "GEP-O220")
    assert 'lakes: {path: "填报模板.xlsx", sheet: 湖泊, header: [6]}' in unread.fix_zh
    with pytest.raises(GepError):
        county.compute()


def test_moved_codes_a_lost_sheet_and_blanks(county):
    sheets = Filled(county.folder)
    sheets.book["物质产品"]["D6"] = "产量"
    del sheets.book["湖泊"]
    sheets.rows("reservoirs", [{"zone": "东河镇", "capacity": 5}, *[{"name": str(n)} for n in range(7)]]).save()
    found = {(f.code, f.place) for f in told(county)}
    assert ("GEP-O222", "sheet 物质产品, cell D6") in found
    assert ("GEP-O221", "sheet 湖泊") in found
    assert ("GEP-O226", "sheet 水库, cell B8") in found
    assert ("GEP-O229", "sheet 水库") in found


def test_names_that_look_like_formulas_stay_text(tmp_path):
    names = {"1": "=1+1", "2": "<img src=x onerror=alert(1)>", "3": "@垟畈㙟"}
    entry_book.write(tmp_path / BOOK, names, [2023], "en")
    book = openpyxl.load_workbook(tmp_path / BOOK)
    cells = [c for row in book["Townships"].iter_rows(min_row=2, min_col=2, max_col=2) for c in row]
    assert [c.value for c in cells] == list(names.values())
    assert {c.data_type for c in cells} == {"s"}


def test_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        entry_book.write(tmp_path / name, ZONES, [2020, 2023])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_other_workbooks_are_left_alone(tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"no zip")
    assert not entry_read.is_entry_book(tmp_path / "x.xlsx")
    assert not entry_read.is_entry_book(tmp_path / "y.xlsx")


def test_no_head_is_wider_than_its_column(county):
    book = openpyxl.load_workbook(county.folder / BOOK)
    for table in entry_tables.tables():
        groups = list(book[table.zh].column_dimensions.values())  # neighbours of one width are one group
        for n, column in enumerate(table.columns, 2):
            width = next(g.width for g in groups if g.min <= n <= g.max)
            assert len(column.code) <= width, (table.kind, column.code)
            assert min(_width(column.zh), 24) + 2 <= width, (table.kind, column.zh)  # with the star
