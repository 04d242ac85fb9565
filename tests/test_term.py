"""The account of a term of office: chained, covered, summed; binding targets met or not."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.balance.term import binding_targets, indicators, read_targets, term_account, term_form
from gep.entries import frame, ticks, value_of
from gep.forms import shipped
from gep.intake.values import key
from gep.study_parts import TableSpec

LAND = shipped()["land"]
ROWS = ("opening", "add_human", "red_human", "closing")


def interval(open, close, values, zone="a", column="garden", **more):
    name = {"a": "甲镇", "b": "乙乡", "": ""}[zone]
    return [
        {"form": "land", "open": open, "close": close, "zone": zone, "zone_name": name, "column": column, "row": row,
         "value": v, "unit": "ha", "method": "0", "source": f"变更调查{close}", "confidence": "verified", **more}
        for row, v in zip(ROWS, values, strict=True)
    ]  # fmt: skip


def value(table, row, zone="a"):
    hit = table[(table["row"] == row) & (table["zone"] == zone)]
    assert len(hit) == 1
    return hit["value"].iloc[0]


def test_a_term_adds_the_flows_of_its_years():
    # 100 + 10 − 4 = 106; 106 + 1.5 − 7.5 = 100: term 100 + 11.5 − 11.5 = 100
    rows = [*interval(2018, 2019, (100, 10, 4, 106)), *interval(2019, 2020, (106, 1.5, 7.5, 100)),
            *interval(2017, 2018, (99, 1, 0, 100))]  # fmt: skip
    out = term_account(frame(rows), LAND, 2018, 2020)
    assert not out.faults
    assert [value(out.entries, r) for r in ROWS] == [100, 11.5, 11.5, 100]
    assert set(out.entries["form"]) == {"land_term"}
    assert (set(out.entries["open"]), set(out.entries["close"])) == ({2018}, {2020})
    assert out.form.row("opening").zh.startswith("任期初")
    assert "2020" in out.form.row("closing").en
    assert "任期末" in out.form.row("closing").zh


def test_a_term_that_does_not_chain_names_township_column_and_amounts():
    rows = [*interval(2018, 2019, (100, 10, 4, 106)), *interval(2019, 2020, (105, 1, 7, 99))]
    out = term_account(frame(rows), LAND, 2018, 2020)
    assert out.entries.empty
    assert [f.code for f in out.faults] == ["GEP-U018"]
    for text in (out.faults[0].zh, out.faults[0].en):
        assert all(word in text for word in ("甲镇", "land", "garden", "105", "106", "-1.0", "2019"))


@pytest.mark.parametrize(("start", "end"), [(2017, 2020), (2018, 2021), (2019, 2019), (2030, 2031)])
def test_a_term_that_is_not_covered(start, end):
    rows = [*interval(2018, 2019, (100, 10, 4, 106)), *interval(2019, 2020, (106, 1, 7, 100))]
    out = term_account(frame(rows), LAND, start, end)
    assert [f.code for f in out.faults] == ["GEP-U017"]
    assert "2018–2019" in out.faults[0].zh


def test_a_gap_in_the_term():
    rows = [*interval(2016, 2017, (100, 10, 4, 106)), *interval(2018, 2019, (106, 1, 7, 100))]
    assert [f.code for f in term_account(frame(rows), LAND, 2016, 2019).faults] == ["GEP-U017"]


def test_a_flow_that_one_year_does_not_tell_is_missing():
    rows = [*interval(2018, 2019, (100, 10, 4, 106)), *interval(2019, 2020, (106, 1, 7, 100))[:1],
            *interval(2019, 2020, (106, 1, 7, 100))[2:]]  # fmt: skip
    out = term_account(frame(rows), LAND, 2018, 2020)
    assert math.isnan(value(out.entries, "add_human"))
    assert "2019–2020" in out.entries[out.entries["row"] == "add_human"]["note"].iloc[0]
    assert value(out.entries, "red_human") == 11


def test_memo_rows_are_left_out():
    water = shipped()["water"]
    assert [r.id for r in water.rows if r.role == "memo"]
    assert not [r.id for r in term_form(water, 2018, 2020).rows if r.role == "memo"]


AREA = st.integers(0, 10**9).map(lambda n: value_of(n, 4))


@settings(max_examples=40, deadline=None)
@given(AREA, st.lists(st.tuples(AREA, AREA), min_size=1, max_size=4))
def test_opening_and_flows_make_the_closing_of_any_term(opening, flows):
    rows, stock = [], ticks(opening, 4)
    for n, (more, less) in enumerate(flows):
        after = stock + ticks(more, 4) - ticks(less, 4)
        rows += interval(2010 + n, 2011 + n, (value_of(stock, 4), more, less, value_of(after, 4)))
        stock = after
    out = term_account(frame(rows[::-1]), LAND, 2010, 2010 + len(flows)).entries
    t = {r: ticks(value(out, r), 4) for r in ROWS}
    assert t["opening"] + t["add_human"] - t["red_human"] == t["closing"]


def targets(*rows):
    common = {"zone": "", "zone_name": "", "source": "任期目标责任书", "confidence": "verified", "file": "b.csv"}
    return binding_targets(pd.DataFrame([{**common, "at": n, **r} for n, r in enumerate(rows, 2)]))


def test_attainment_by_hand():
    table, faults = targets(
        {"indicator": "森林覆盖率", "target": 40, "actual_start": 35, "actual_end": 38, "unit": "%"},
        {"indicator": "用水总量", "target": 1000, "actual_start": 1100, "actual_end": 950, "unit": "万m³"},
        {"indicator": "岸线保有率", "target": 35, "actual_start": 35, "actual_end": 36, "unit": "%", "better": "high"},
    )
    assert not faults
    rows = table.set_index("indicator")
    # 38/40 = 95 %, (38 − 35)/(40 − 35) = 60 % of the way; less water is better: 1000/950 = 105.263 %
    assert rows.loc["forest_cover", "attainment_pct"] == pytest.approx(95, rel=1e-12, abs=0)
    assert rows.loc["forest_cover", "progress_pct"] == pytest.approx(60, rel=1e-12, abs=0)
    assert rows.loc["forest_cover", "status"] == "not met"
    assert rows.loc["water_use", "attainment_pct"] == pytest.approx(105.2631579, rel=1e-9, abs=0)
    assert rows.loc["water_use", "status"] == "met"
    assert rows.loc["岸线保有率", "status"] == "met"
    assert math.isnan(rows.loc["岸线保有率", "progress_pct"])  # the target was met at the start
    # what the list holds and the table does not stands as missing
    assert rows.loc["pm25", "status"] == "missing"
    assert set(rows.index) >= set(indicators())


def test_faults_of_targets_at_once():
    table, faults = targets(
        {"indicator": "岸线保有率", "target": 35, "actual_end": 30},
        {"indicator": "用水总量", "target": 1, "actual_end": 2, "better": "high"},
        {"indicator": "湿地面积", "target": 1, "actual_end": 2, "unit": "m³"},
        {"indicator": "耕地保有量", "target": 5000, "actual_end": math.nan, "unit": "hm²"},
    )
    assert [f.code for f in faults] == ["GEP-U019", "GEP-U019", "GEP-U008", "GEP-U020"]
    rows = table.set_index("indicator")
    assert rows.loc["cropland", "status"] == "missing"
    assert "actual_end" in faults[-1].en


def test_every_indicator_of_the_list_is_unverified():
    assert {r["confidence"] for r in indicators().values()} == {"unverified"}


def test_targets_are_read_from_a_study(tmp_path):
    (tmp_path / "b.csv").write_text(
        "zone,indicator,target,actual_end,unit\n甲镇,wetland_area,10,12,hm²\n,PM2.5,35,30,µg/m³\n"
    )
    study = SimpleNamespace(folder=tmp_path, name="样县", tables={"binding_targets": TableSpec(path="b.csv")})
    table, faults = read_targets(study, {"a": "甲镇", "b": "乙乡"})
    assert not [f for f in faults if f.severity == "error"]
    rows, faults = binding_targets(table)
    assert not faults
    assert list(rows["status"][:2]) == ["met", "met"]


@pytest.mark.parametrize("name", ["劣Ⅴ类水体比例", "细颗粒物（PM2.5）年均浓度"])
def test_an_indicator_is_known_as_intake_spells_it(name):
    # intake writes Ⅴ as V and full-width brackets as plain ones; the list of indicators keeps the official spelling
    for said in (name, key(name)):
        table, faults = targets({"indicator": said, "target": 10.0, "actual_start": 12.0, "actual_end": 8.0})
        assert faults == []
        assert table["zh"].iloc[0] == name
        assert table["status"].iloc[0] == "met"


def test_what_was_typed_stands_beside_the_account_of_the_run():
    def entry(form, column, row, zone, value, unit, close=2023):
        return {"form": form, "open": 2020, "close": close, "zone": zone, "zone_name": "", "column": column,
                "row": row, "value": value, "unit": unit}  # fmt: skip

    held = frame([
        entry("land", "cropland", "closing", "", 560.0, "ha"),
        entry("land", "cropland", "closing", "", 9.0, "ha", 2020),
        entry("land", "cropland", "opening", "", 600.0, "ha"), entry("land", "cropland", "closing", "a", 200.0, "ha"),
        entry("timber", "volume", "closing", "", 123_456.0, "m³"),
        entry("water", "total", "use_total", "", 105.0, "万m³"),
        entry("land", "wetland", "closing", "", math.nan, "ha"),
    ])  # fmt: skip
    common = {"zone": "", "zone_name": "", "source": "s", "confidence": "verified", "file": "b.csv"}
    said = [
        {"indicator": "耕地保有量", "target": 560.0, "actual_end": 999.0, "unit": "公顷"},
        {
            "indicator": "耕地保有量",
            "target": 190.0,
            "actual_end": 3001.0,
            "unit": "亩",
            "zone": "a",
            "zone_name": "甲镇",
        },
        {"indicator": "森林蓄积量", "target": 12.0, "actual_end": 12.3, "unit": "万m³"},
        {"indicator": "用水总量", "target": 1_100_000.0, "actual_end": 1_050_000.0, "unit": "m³"},
        {"indicator": "湿地面积", "target": 1.0, "actual_end": 2.0, "unit": "hm²"},
    ]
    rows = pd.DataFrame([{**common, "at": n, **r} for n, r in enumerate(said, 2)])
    table, faults = binding_targets(rows, held, shipped(), 2023)
    # 560 ha; 200 ha = 3000 亩, 1 off is the last digit of 3001; 12.3456 万m³ against 12.3; 105 万m³
    wanted = [560.0, 3000.0, 12.3456, 1_050_000.0]
    assert list(table["account"][:4]) == pytest.approx(wanted, rel=1e-12, abs=0)
    assert list(table["difference"][:4]) == pytest.approx([439.0, 1.0, -0.0456, 0.0], rel=1e-9, abs=1e-9)
    assert math.isnan(table["account"][4])
    assert [(f.code, f.severity, f.place) for f in faults] == [("GEP-U021", "warning", "row 2, column actual_end")]
    assert all(word in faults[0].zh for word in ("耕地保有量", "999", "560", "公顷", "land.cropland", "2023"))
    assert table["status"][0] == "met"  # attainment rests on what was typed
    assert [f.code for f in binding_targets(rows)[1]] == []
    # 3002 亩 is two off
    off = rows.assign(actual_end=[560.0, 3002.0, 12.3, 1_050_000.0, 2.0])
    assert [f.place for f in binding_targets(off, held, shipped(), 2023)[1]] == ["row 3, column actual_end"]


def test_the_accounts_that_indicators_name_are_there():
    named = [r["account"].split(".") for r in indicators().values() if r["account"]]
    assert len(named) == 4
    for form, column, *row in named:
        assert shipped()[form].column(column)
        assert not row or shipped()[form].row(row[0])
