"""Sheets of forms: formulas give the entries to the last decimal, missing is marked, a county's own form fits."""

import math

import form_entries
import ledger_sample
import openpyxl
import pytest

from gep import entries as E
from gep import forms, gates
from gep.report import form_csv, form_layout, form_sheet, labels, xlsx
from gep.report.sheets import Book
from gep.study_accounts import Prepared

ZONES = {"01": "甲乡", "02": "=乙镇"}
SHIPPED = [f for f in forms.shipped().values() if f.kind == "stock"]


def own(tmp_path):
    (tmp_path / "own.yaml").write_text(form_entries.OWN, "utf-8")
    return forms.forms_of({"land": "own.yaml"}, tmp_path)["land"]


def written(tmp_path, *tables, lang="zh", name="a.xlsx", **more):
    book = Book(tmp_path / name, tmp_path, lang, "t")
    names = [form_sheet.write(book, f, e, lang=lang, zones=list(ZONES), **more) for f, e in tables]
    book.close()
    return tmp_path / name, names


def plan_of(form, entries, book, name):
    """The layout as written: the first block's row is found by its title."""
    sheet = book[name]
    county = labels.label("form_county", "zh") + "  "
    first = next(c.row for c in sheet["A"] if str(c.value or "").startswith(county)) - 1
    blocks = form_layout.ordered(entries, list(ZONES))
    return form_layout.layout(form, blocks, form_layout.owned(form, entries), first)


def held(form, entries, book, name):
    """{(zone, column, row, owner): value} of the sheet, by the layout."""
    plan = plan_of(form, entries, book, name)
    return {
        (b.zone, c.id, i.row, i.owner or i.kind): book[name][plan.at(b, i, c.id)].value
        for b in plan.blocks
        for i in plan.lines
        for c in form.columns
    }


def key(entry):
    return entry["zone"], entry["column"], entry["row"], entry["owner"] or "entry"


def test_own_form_by_hand(tmp_path):
    """Two townships: 甲 wet 10.0+1.5+0−0.5=11.0, dry 20.0; 乙 wet 5.0. County wet opens 10.0+5.0 = 15.0."""
    form = own(tmp_path)

    def row(zone, column, row, value, **more):
        return {"form": "land", "open": 2022, "close": 2023, "zone": zone, "zone_name": ZONES.get(zone, ""),
                "column": column, "row": row, "value": value, "unit": form.unit_of(column), **more}  # fmt: skip

    told = {"method": "0", "source": "调查"}
    table = E.frame([
        row("01", "wet", "a", 10.0, **told), row("01", "wet", "up1", 1.5, **told), row("01", "wet", "up", 1.5),
        row("01", "wet", "down", 0.5, method="2", source="影像"), row("01", "wet", "e", 11.0, **told),
        row("01", "drained", "a", 20.0, **told), row("01", "field", "a", 30.0),
        row("02", "wet", "a", 5.0, **told), row("02", "wet", "e", None, note="没有调查", **told),
        row("", "wet", "a", 15.0), row("", "wet", "e", None, note="缺 乙镇"), row("", "wet", "up1", 2.0, **told),
    ])  # fmt: skip
    path, (name,) = written(tmp_path, (form, table), prepared=Prepared(unit="某局"))
    assert name == "县土01 某县土地变动情况表"
    book = openpyxl.load_workbook(path)
    plan, sheet = plan_of(form, table, book, name), book[name]
    county, first, second = plan.blocks
    spot = {
        (b.zone, i.row, i.kind, c.id): plan.at(b, i, c.id)
        for b in plan.blocks
        for i in plan.lines
        for c in form.columns
    }
    assert [i.row for i in plan.lines if i.kind == "entry"] == ["e", "a", "up", "up1", "up2", "down"]  # its own order
    of_wet = [spot[z, "a", "entry", "wet"] for z in ("01", "02")]
    assert sheet[spot["", "a", "entry", "wet"]].value == f"=ROUND(SUM({','.join(of_wet)}),1)"
    up = [spot["01", r, "entry", "wet"] for r in ("up1", "up2")]
    assert sheet[spot["01", "up", "entry", "wet"]].value == f"=ROUND(SUM({up[0]}:{up[1]}),1)"
    assert sheet[spot["01", "a", "entry", "wet"]].value == 10.0
    assert sheet[spot["", "up1", "entry", "wet"]].value == 2.0  # a county record that is not the townships' sum
    assert sheet[spot["", "e", "entry", "wet"]].value == "缺"
    assert "缺 乙镇" in sheet[spot["", "e", "entry", "wet"]].comment.text
    assert sheet[spot["01", "e", "entry", "drained"]].value == "缺"  # a stock of a column that is in use
    assert sheet[spot["01", "up1", "entry", "drained"]].value is None  # a flow that nobody entered
    assert sheet[spot["02", "e", "check", "wet"]].value is None  # nothing to compare
    assert sheet[spot["01", "e", "check", "wet"]].value.startswith("=IF(COUNT(")
    cached = openpyxl.load_workbook(path, data_only=True)[name]
    assert cached[spot["01", "e", "check", "wet"]].value == 0
    texts = [str(c.value) for c in sheet["A"] if c.value]
    head = "\n".join(texts[:8])
    assert "表号：县土01    制定机关：某县统计局    批准文号：县统〔2024〕1号    有效期至：2026年6月" in head
    assert "单位：公顷" in head
    assert "2022 年末（期初）至 2023 年末（期末）" in head
    assert "表式依据：县里发的表，抄录于此" in head
    assert "不完整：缺期初存量（旱田 2/3）、缺期末存量（水田 2/3、旱田 3/3）" in head
    assert "没有填报的栏：=山林" in head
    assert texts[-1].startswith("填报单位：某局")
    assert "填表人：＿" in texts[-1]
    flat = [
        c
        for r in sheet.iter_rows()
        for c in r
        if c.value in ("=山林", "=乙镇（02）  2022 年末（期初）至 2023 年末（期末）")
    ]
    assert flat
    assert all(c.data_type == "s" for c in flat)
    side = plan.side()
    down = plan.spot(first, form_layout.Line("down"), "wet")[0] + 1
    assert [sheet.cell(down, side + 1 + i).value for i in range(2)] == ["影像", "2 遥感"]
    assert county.zone == ""
    assert second.zone == "02"


def test_sources_that_differ_are_each_named(tmp_path):
    form = own(tmp_path)
    table = form_entries.fill(form, ZONES)
    mask = (table["column"] == "wood") & (table["row"] == "a") & (table["zone"] == "01")
    table.loc[mask, ["method", "source"]] = ["2", "影像"]
    path, (name,) = written(tmp_path, (form, table))
    book = openpyxl.load_workbook(path)
    plan = plan_of(form, table, book, name)
    row = plan.spot(plan.blocks[1], form_layout.Line("a"), "wet")[0] + 1
    said = [book[name].cell(row, plan.side() + 1 + i).value for i in range(2)]
    assert said[0] == "水田、旱田：国土变更调查 2023\n=山林：影像"
    assert said[1].endswith("=山林：2 遥感")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_shipped_form_fits(tmp_path, lang):
    path, names = written(tmp_path, *[(f, form_entries.fill(f, ZONES)) for f in SHIPPED], lang=lang)
    assert len({n.casefold() for n in names}) == len(SHIPPED)
    assert all(len(n) <= 31 for n in names)
    again, _ = written(tmp_path, *[(f, form_entries.fill(f, ZONES)) for f in SHIPPED], lang=lang, name="b.xlsx")
    assert path.read_bytes() == again.read_bytes()
    book = openpyxl.load_workbook(path)
    for name in names:
        dims = book[name].column_dimensions
        assert book[name].freeze_panes
        assert dims["B"].width >= 8


def test_libreoffice_gives_the_entries_to_the_last_decimal(tmp_path):
    tables = [(f, form_entries.fill(f, ZONES, owners=("opening", "closing") if f.owners else ())) for f in SHIPPED]
    path, names = written(tmp_path, *tables)
    formulas = openpyxl.load_workbook(path)
    again = form_entries.recalculated(path, tmp_path)
    for (form, table), name in zip(tables, names, strict=True):
        found, made = held(form, table, again, name), held(form, table, formulas, name)
        for entry in table.to_dict("records"):
            assert found[key(entry)] == entry["value"], (name, key(entry))
            if form.row(entry["row"]).of or form.column(entry["column"]).of or not entry["zone"]:
                assert str(made[key(entry)]).startswith("=ROUND(SUM("), (name, key(entry))
        checks = [v for k, v in found.items() if k[3] in ("check", "split") and v is not None]
        assert all(c.memo for c in form.columns) or set(checks) == {0}
        for k, v in found.items():  # ratios and means: nothing but formulas, and as Python has them
            column = form.column(k[1])
            if not column.derived or k[3] != "entry" or v is None:
                continue
            value = {c: found[k[0], c, k[2], "entry"] for c in (*(column.ratio or ()), *column.mean)}
            if column.ratio:
                hand = value[column.ratio[0]] / value[column.ratio[1]]
            else:
                hand = sum(form.column(c).weight * x for c, x in value.items()) / sum(value.values())
            assert str(made[k]).startswith("=IF(")
            assert v == pytest.approx(hand, rel=0, abs=0.5000001 * 10 ** -form.decimals_of(k[1]))


def test_an_edited_opening_moves_the_county_and_the_check(tmp_path):
    form = forms.shipped()["land"]
    table = form_entries.fill(form, ZONES)
    path, (name,) = written(tmp_path, (form, table))
    plan = plan_of(form, table, openpyxl.load_workbook(path), name)
    county, first, _ = plan.blocks
    opening, check = form_layout.Line("opening"), form_layout.Line("closing", kind="check")
    before = held(form, table, openpyxl.load_workbook(path, data_only=True), name)

    def edit(book):
        cell = book[name][plan.at(first, opening, "paddy")]
        cell.value += 7.25

    after = form_entries.recalculated(path, tmp_path, edit)[name]
    for column in ("paddy", "cropland", "total"):
        was = before["", column, "opening", "entry"]
        assert after[plan.at(county, opening, column)].value == pytest.approx(was + 7.25, rel=0, abs=1e-9)
        assert after[plan.at(first, check, column)].value == 7.25
        assert after[plan.at(county, check, column)].value == 7.25
    assert after[plan.at(county, check, "dry")].value == 0


def test_a_total_that_is_not_its_parts_stays_what_was_entered(tmp_path):
    form = own(tmp_path)
    table = form_entries.fill(form, ZONES)
    mask = (table["column"] == "field") & (table["row"] == "a") & (table["zone"] == "01")
    table.loc[mask, "value"] += 0.1
    path, (name,) = written(tmp_path, (form, table))
    found = held(form, table, openpyxl.load_workbook(path), name)
    assert found["01", "field", "a", "entry"] == table.loc[mask, "value"].item()  # a number, no formula that differs
    assert str(found["02", "field", "a", "entry"]).startswith("=ROUND(")


def test_water_from_a_bulletin_alone_is_incomplete():
    """W6 of the spec: flows and memo figures, no stock at either end."""
    form = forms.shipped()["water"]
    rows = [
        {"form": "water", "open": 2022, "close": 2023, "zone": z, "zone_name": ZONES.get(z, ""), "column": "total",
         "row": "precipitation", "value": 12.5, "method": "0", "source": "公报"}
        for z in ("", "01", "02")
    ]  # fmt: skip
    line = form_sheet.lacking(form, E.frame(rows), "zh")[0]
    assert "不完整：缺期初存量（合计 3/3）、缺期末存量（合计 3/3）" in line
    whole = form_entries.fill(form, ZONES)
    assert form_sheet.lacking(form, whole, "en") == [
        "end of 2022 (opening) to end of 2023 (closing): opening and closing stocks are complete"
    ]


def test_workbook_of_a_run_has_forms_contents_and_failed_cells(tmp_path):
    sample = ledger_sample.sample()
    form = own(tmp_path)
    table = form_entries.fill(form, ZONES)
    cell = gates.Cell("01", "甲乡", "land", "wet", "a", 10.0, 9.0, 1, "ha")
    bad = gates.gate("G1", "期初＋增减＝期末", "opening + changes = closing", 2023, [cell])
    path = xlsx.write(
        tmp_path / "accounts.xlsx", sample.ledger, sample.lineage, [*sample.checks, bad], sample.meta, sample.zones,
        forms=[(form, table)], prepared=Prepared(unit="某局"),
    )  # fmt: skip
    book = openpyxl.load_workbook(path)
    name = "县土01 某县土地变动情况表"
    assert book.sheetnames.index(name) == book.sheetnames.index(labels.label("sheet_accounts", "zh")) + 1
    cover = {c.value: c.hyperlink for r in book[book.sheetnames[0]].iter_rows() for c in r if c.value}
    assert cover[name] is not None
    checks = [[c.value for c in r] for r in book[labels.label("sheet_checks", "zh")].iter_rows()]
    told = ["期初＋增减＝期末", 2023, 10, 9, 1, "ha", "甲乡", "某县土地变动情况表", "年初数", "水田"]
    assert any(r[:10] == told for r in checks)
    assert any("核对未通过：期初＋增减＝期末，1 处；首处 甲乡 / 年初数" in str(c.value) for c in book[name]["A"])


def test_csv_has_the_common_columns(tmp_path):
    form = own(tmp_path)
    table = form_entries.fill(form, ZONES)
    table.loc[0, ["value", "note"]] = [math.nan, "没有"]
    flat = form_csv.table(form, table)
    assert list(flat) == list(form_csv.COLUMNS)
    assert len(flat) == len(table)
    first = flat.iloc[0]
    assert (first["区划代码"], first["乡镇"], first["期初年份"], first["年份"]) == ("", "全县", 2022, 2023)
    assert (first["指标代码"], first["指标名称"], first["indicator"]) == (
        "land.e.field",
        "年末数 田",
        "End of year Fields",
    )
    assert math.isnan(first["值"])
    assert first["备注"] == "没有"
    assert set(flat.loc[flat["区划代码"] == "01", "估计方法"]) == {"0", ""}
    flat.to_csv(tmp_path / "a.csv", index=False, encoding=form_csv.ENCODING)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
