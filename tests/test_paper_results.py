"""The chapters of results: every figure is taken again from the run's files, every printed sum holds."""

from __future__ import annotations

import importlib
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from small_paper_run import EAST, WEST, line, lines, write

from gep.paper import effects, splitting
from gep.paper.chapters import change, conclusions, extent, indicators, quantities, values
from gep.paper.facts import Facts
from gep.paper.nouns import MISSING, Chapter, Effect, Figure, Heading, Made, Para, Picture, Rows, Table, figure, said
from gep.tracing.evaluate import Folder, differs

RESULTS = ("extent", "quantities", "values", "change", "indicators", "conclusions")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write(tmp_path_factory.mktemp("paper") / "run")


@pytest.fixture(scope="module")
def facts(run) -> Facts:
    return Facts.of(run)


def chapters(facts: Facts, zone: str) -> list[Chapter]:
    made = [importlib.import_module(f"gep.paper.chapters.{name}").chapter(facts, zone) for name in RESULTS]
    return [one for one in made if one is not None]


def wrong(chapter: Chapter, folder: Folder) -> list[str]:
    """Figures that the run's files do not bear out, and printed sums that do not hold."""
    out = []
    for block in chapter.blocks:
        if isinstance(block, Para):
            out += [d for p in block.pieces if isinstance(p, Figure) and (d := differs(p, folder))]
        if isinstance(block, Table):
            out += [d for row in block.rows for p in row if isinstance(p, Figure) and (d := differs(p, folder))]
            for s in block.sums:
                total = number(block.rows[s.row][s.column])
                if sum(number(block.rows[r][c]) for r, c in s.parts) != total:
                    out.append(f"{block.id} {s.row} {s.column}")
    return out


def number(cell) -> Decimal:
    text = said(cell).replace(",", "")
    return Decimal(0) if text in (splitting.NONE, MISSING) else Decimal(text)


def table(chapter: Chapter, id: str) -> Table:
    return next(b for b in chapter.blocks if isinstance(b, Table) and b.id == id)


def shown(table: Table) -> list[list[str]]:
    return [[said(cell) for cell in row] for row in table.rows]


def texts(chapter: Chapter) -> str:
    return "\n".join(b.text for b in chapter.blocks if isinstance(b, Para))


def some(value, decimals=0, stored="1") -> Figure:
    return figure(value, Rows("ledger", "value"), decimals=decimals, stored=stored, unit=stored)


# --- sums as printed


def test_parts_add_up_by_the_largest_remainder():
    # 1.4 + 1.4 + 1.2 = 4: printed 1 + 1 + 1 = 3, one unit goes to the first of the two largest remainders
    got = splitting.parts([some(1.4), "–", some(1.4), some(1.2)], some(4.0))
    assert [said(one) for one in got] == ["2", "–", "1", "1"]
    assert [isinstance(one, Figure) and one.fitted for one in got] == [True, False, False, False]
    # below zero: −1.5 and 0.5 are −1: down to −2 and up to 1, or up to −1 and down to 0
    assert sum(number(one) for one in splitting.parts([some(-1.5), some(0.5)], some(-1.0))) == -1
    with pytest.raises(ValueError, match="off their total"):
        splitting.parts([some(1.0), some(1.0)], some(5.0))


def test_a_grid_adds_up_both_ways():
    # each cell 1/3 in a 3 × 3 grid: rows and columns are 1, all is 3; exactly one 1 in each row and column
    third = [[some(1 / 3) for _ in range(3)] for _ in range(3)]
    ones = [some(1.0)] * 3
    got = splitting.grid(third, ones, ones, some(3.0))
    cells = [[int(said(c)) for c in row] for row in got.cells]
    assert [sum(row) for row in cells] == [1, 1, 1] == [sum(column) for column in zip(*cells, strict=True)]


def test_margins_give_way_where_no_cell_can_follow_them():
    # 0.5 on the diagonal: both margins print (1, 0), but then the lone cell of the second row cannot be 0 and 1 at once
    cells = [["–", some(0.5)], [some(0.5), "–"]]
    got = splitting.grid(cells, [some(0.5), some(0.5)], [some(0.5), some(0.5)], some(1.0))
    assert sum(number(c) for c in got.right) == 1 == sum(number(c) for c in got.below)
    assert [sum(map(number, row)) for row in got.cells] == [number(one) for one in got.right]
    assert [sum(map(number, c)) for c in zip(*got.cells, strict=True)] == [number(one) for one in got.below]
    with pytest.raises(ValueError, match="add up"):
        splitting.grid([[some(1.0)]], [some(9.0)], [some(9.0)], some(9.0))


def test_wide_tables_are_cut_evenly():
    assert splitting.cut(list("abcdefg"), 5) == [list("abcd"), list("efg")]
    assert splitting.cut([], 5) == [[]]


# --- effects taken again


def test_effects_are_taken_again_from_the_files(run, facts):
    folder = Folder(run)
    by = {"service": "water_conservation", "zone": EAST}
    # East water: 1000 × 0.5 = 500 on 100 hm²; 2000 × 0.5 = 1000 on 200 hm²: +500 by area, none by yield
    assert folder.number(Effect(2020, 2023, "area", tuple(by.items()))) == 500.0
    assert folder.number(Effect(2020, 2023, "intensity", tuple(by.items()))) == 0.0
    # all: 500 + 200 + 200 + 100 + 500 = 1500 yuan in 2020; at these prices 2023 is 1000 + 200 + 200 + 100 + 800 = 2300
    assert folder.number(Effect(2020, 2023, "divided_v0")) == 1500.0
    assert folder.number(Effect(2020, 2023, "constant")) == 2300.0
    assert folder.number(Effect(2020, 2023, "divided_v1")) == 2400.0
    assert folder.number(Effect(2020, 2023, "change", (("service", "tourism"),))) is None


def test_effects_agree_with_the_comparison_on_awkward_lines(tmp_path):
    rows = lines()
    rows += [  # an entry at the base's one price, one at its own, an exit, money only, another method, a gap
        line(WEST, "", "ecological_energy", "沼气", "provisioning", "t", 2023, 10.0, 6.0),
        line(WEST, "", "ecological_energy", "柴", "provisioning", "t", 2023, 10.0, 2.0),
        line(WEST, "61", "water_conservation", "water_retention", "regulating", "m³/a", 2020, 8.0, 0.5),
        line(WEST, "", "provisioning", "果", "provisioning", "yuan/a", 2020, None, None, value=70.0),
        line(WEST, "", "provisioning", "果", "provisioning", "yuan/a", 2023, None, None, value=90.0),
        line(WEST, "", "provisioning", "鱼", "provisioning", "t", 2020, 3.0, 7.0),
        line(WEST, "", "provisioning", "鱼", "provisioning", "t", 2023, 4.0, 7.0, method="other"),
        line(WEST, "", "provisioning", "枣", "provisioning", "t", 2023, 4.0, 9.0, method="newer"),
        line(WEST, "", "provisioning", "茶", "provisioning", "t", 2020, 3.0, 11.0),
        line(WEST, "", "provisioning", "茶", "provisioning", "t", 2023, None, None, status="missing"),
        line(WEST, "", "provisioning", "粮", "provisioning", "t", 2020, 3.0, None, value=10.0),
        line(WEST, "", "provisioning", "粮", "provisioning", "t", 2023, 4.0, None, value=11.0),
    ]
    folder = write(tmp_path / "run", rows)
    known = effects.amounts(Facts.of(folder))
    again = Folder(folder)
    seen = set()
    for (zone, service), row in known.items():
        where = tuple((c, id) for c, id in (("zone", zone), ("service", service)) if id)
        for name, cents in row.items():
            assert round((again.number(Effect(2020, 2023, name, where)) or 0) * 100) == cents, (zone, service, name)
            seen |= {name} if cents else set()
    assert {"undivided", "definition", "not_compared", "price", "area", "unsplit"} <= seen
    assert wrong(change.chapter(Facts.of(folder)), again) == []


def test_ranks_sizes_and_minus_are_taken_again(run):
    folder = Folder(run)
    here = Rows("ledger", "value", (("period", 2023), ("zone", WEST)))
    there = Rows("ledger", "value", (("period", 2023), ("zone", EAST)))
    none = Rows("ledger", "value", (("period", 1999),))
    assert folder.number(Made("rank", (here, there, none))) == 2.0
    assert folder.number(Made("rank", (there, here, none))) == 1.0
    assert folder.number(Made("minus", (here,))) == -300.0
    assert folder.number(replace(here, take="sizes")) == 300.0


# --- chapters of the small run


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("zone", ["", EAST, WEST])
def test_every_figure_and_sum_of_the_small_run_holds(run, zone, lang):
    facts, folder = Facts.of(run, lang), Folder(run)
    made = chapters(facts, zone)
    assert [one.id for one in made] == list(RESULTS)
    assert [w for one in made for w in wrong(one, folder)] == []
    assert sum(len(b.rows) for one in made for b in one.blocks if isinstance(b, Table)) > 20


def test_a_digit_changed_in_the_run_is_found(tmp_path):
    folder = write(tmp_path / "run")
    facts = Facts.of(folder)
    made = chapters(facts, "")
    ledger = pd.read_parquet(folder / "ledger.parquet")
    ledger.loc[(ledger["period"] == 2023) & (ledger["service"] == "provisioning"), "value"] += 1000
    ledger.to_parquet(folder / "ledger.parquet", index=False)
    found = {one.id for one in made if wrong(one, Folder(folder))}
    assert {"values", "change", "conclusions"} <= found


def test_extent_shows_areas_changes_and_what_became_what(facts):
    made = extent.chapter(facts)
    # East 100 + West 40 hm² of grass became 240; built-up 200 became 100; all 340
    assert shown(table(made, "extent")) == [
        ["草地", "140.00", "240.00", "+100.00", "70.6"],
        ["　草丛", "140.00", "240.00", "+100.00", "70.6"],
        ["城镇", "200.00", "100.00", "-100.00", "29.4"],
        ["　居住地", "200.00", "100.00", "-100.00", "29.4"],
        ["合计", "340.00", "340.00", "0.00", "100.0"],
    ]
    assert shown(table(made, "transitions_2020_2023")) == [
        ["草地", "140.0000", "–", "140.0000"],
        ["城镇", "100.0000", "100.0000", "200.0000"],
        ["合计", "240.0000", "100.0000", "340.0000"],
    ]
    said_ = texts(made)
    assert "草地增加最多（+100.00 hm²）；城镇减少最多（-100.00 hm²）" in said_
    assert "城镇转为草地的面积最大，为 100.00 hm²" in said_
    assert "30.0% 的图斑" in said_
    west = extent.chapter(facts, WEST)
    assert "各类型面积没有变化" in texts(west)
    assert "没有一级类型之间的转移" in texts(west)


def test_a_type_that_went_counts_whole(tmp_path):
    folder = write(tmp_path / "run")
    totals = pd.read_parquet(folder / "totals.parquet")
    totals = totals[~((totals["period"] == 2023) & (totals["type"] == "61"))]
    totals.to_parquet(folder / "totals.parquet", index=False)
    made = extent.chapter(Facts.of(folder))
    assert shown(table(made, "extent"))[2] == ["城镇", "200.00", "–", "-200.00", "–"]
    assert wrong(made, Folder(folder)) == []


def test_quantities_by_item_and_by_township(facts):
    made = quantities.chapter(facts)
    assert shown(table(made, "quantities"))[1] == ["生态能源", "沼气", "t", "100.00", "160.00", "+60.00", "+60.0"]
    # the water of both townships: 1000 + 400 → 2000 + 400
    assert shown(table(made, "quantities"))[2] == [
        "水源涵养",
        "水源涵养量",
        "m³/a",
        "1,400.0",
        "2,400.0",
        "+1,000.0",
        "+71.4",
    ]
    assert shown(table(made, "quantities_townships")) == [
        ["=1+1", "100.00", "160.00", "2,000.0"],
        ["垟畈㙟", "50.00", "–", "400.0"],
        ["合计", "150.00", "160.00", "2,400.0"],
    ]
    assert [row[0] for row in shown(table(quantities.chapter(facts, WEST), "quantities"))] == [
        "物质产品供给",
        "水源涵养",
    ]


def test_values_by_service_type_and_township(facts):
    made = values.chapter(facts)
    # yuan of 2023: energy 800, wheat 400, water 1200, all 2400 = 0.24 万元
    money = {row[0]: row[3] for row in shown(table(made, "values"))}
    shares = {row[0]: row[4] for row in shown(table(made, "values"))}
    assert list(shares.values()) == ["50.00", "16.67", "33.33", "50.00", "50.00", "100.00"]
    assert money == {
        "物质供给": "0.12",
        "　生态能源": "0.08",
        "　物质产品供给": "0.04",
        "调节服务": "0.12",
        "　水源涵养": "0.12",
        "生态产品总值（GEP）": "0.24",
    }
    # East 2100, West 300 yuan; on 3 and 0.4 km²
    assert shown(table(made, "values_townships")) == [
        ["=1+1", "0.11", "0.10", "0.21", "87.50", "0.07"],
        ["垟畈㙟", "0.01", "0.02", "0.03", "12.50", "0.08"],
        ["合计", "0.12", "0.12", "0.24", "100.00", "0.07"],
    ]
    # the grades by |value|: verified 800, unverified 400, judgement 1200
    assert [row[2] for row in shown(table(made, "values_confidence"))] == ["33.33", "–", "16.67", "50.00", "100.00"]
    assert "按价值从大到小列第 2 位" in texts(values.chapter(facts, WEST))


def test_memo_items_stand_in_a_table_without_a_sum(tmp_path):
    rows = [
        *lines(),
        line(EAST, "33", "oxygen_release", "oxygen", "regulating", "t/a", 2023, 50.0, 100.0, in_gep=False),
    ]
    made = values.chapter(Facts.of(write(tmp_path / "run", rows)))
    memo = table(made, "values_memo")
    assert [row[2:] for row in shown(memo)] == [["–", "0.50"]]
    assert memo.sums == ()
    assert shown(table(made, "values"))[-1][3] == "0.24"  # the total is without it


def test_what_is_missing_is_neither_0_nor_in_the_total(tmp_path):
    rows = lines()
    rows.append(
        line(
            WEST, "", "ecological_energy", "沼气", "provisioning", "t", 2023, None, 5.0, status="missing", note="缺产量"
        )
    )
    facts = Facts.of(write(tmp_path / "run", rows, whole=False))
    made = values.chapter(facts)
    heads = table(made, "values_townships").heads
    assert not any("占比" in head or "km²" in head for head in heads)  # no ratios to a partial sum
    energy = {row[0]: row[2] for row in shown(table(made, "values_provisioning"))}
    assert energy["垟畈㙟"] == MISSING
    assert "生态能源（不完整）" in table(made, "values").note
    assert "垟畈㙟" in table(made, "values_townships").note
    assert not any("GEP" in said(cell) for b in made.blocks if isinstance(b, Table) for row in b.rows for cell in row)
    assert [b.kind for b in indicators.chapter(facts).blocks] == ["text"]  # says why, gives nothing
    assert [w for one in chapters(facts, "") for w in wrong(one, Folder(facts.folder))] == []


def test_change_at_current_and_constant_prices(facts):
    made = change.chapter(facts)
    # 1500 → 2400 yuan = +60 %; at the prices of 2020 2300 = +53.3 %; 2400 / 2300 = 1.0435
    assert "变化 +0.09 万元（+60.0%）" in texts(made)
    assert "不变价变化 +53.3%；隐含价格指数 1.0435" in texts(made)
    assert shown(table(made, "change_effects")) == [
        ["物质产品供给", "–", "–", "+0.01", "+0.01"],
        ["生态能源", "–", "+0.03", "–", "+0.03"],
        ["水源涵养", "+0.05", "–", "–", "+0.05"],
        ["合计", "+0.05", "+0.03", "+0.01", "+0.09"],
    ]
    west = change.chapter(facts, WEST)
    assert "两期没有变化" in texts(west)


def test_one_period_has_no_change(tmp_path):
    rows = [row for row in lines() if row["period"] == 2023]
    facts = Facts.of(write(tmp_path / "run", rows))
    assert change.chapter(facts) is None
    assert [one.id for one in chapters(facts, "")] == ["extent", "quantities", "values", "indicators", "conclusions"]
    assert all(f.kind != "change" for f in conclusions.findings(facts))


def test_indicators_put_a_township_beside_the_county(facts):
    made = indicators.chapter(facts, WEST)
    # West 300 yuan on 0.4 km², the county 2400 on 3.4
    assert shown(table(made, "indicators")) == [
        ["生态产品总值", "万元", "0.03", "0.03", "0.24", "2"],
        ["单位面积GEP", "万元/km²", "0.08", "0.08", "0.07", "1"],
    ]
    assert "高于全县的 0.07" in texts(made)


def test_one_year_of_prices_is_not_called_current(tmp_path):
    facts = Facts.of(write(tmp_path / "run", price_year=2023))
    made = change.chapter(facts)
    heads = [b.text for b in made.blocks if isinstance(b, Heading)]
    assert heads[0] == "价值变化：2023 年价格（统计表自带的价格为当年价）"
    assert "按 2023 年价格（统计表自带的价格为当年价），小县" in texts(made)
    assert "2023 年的数量按 2020 年账所用的价格为" in texts(made)
    said_ = texts(made) + "".join(heads) + "".join(b.title for b in made.blocks if isinstance(b, Table))
    assert "现价" not in said_
    assert "不变价" not in said_
    assert "按现价" in texts(change.chapter(Facts.of(write(tmp_path / "own", price_year="current"))))


def outside(zone, period, value):
    more = {"value": value, "item_name": "扣除区域外产品"}
    return line(zone, "", "provisioning", "from_outside", "provisioning", "", period, None, None, **more)


def test_a_smaller_deduction_is_a_cause_of_its_own(tmp_path):
    # wheat +100 by price; deducted 150 → 20 in East, 10 → none in West (an exit): +130 + 10
    rows = [*lines(), outside(EAST, 2020, -150.0), outside(EAST, 2023, -20.0), outside(WEST, 2020, -10.0)]
    folder = write(tmp_path / "run", rows)
    facts, again = Facts.of(folder), Folder(folder)
    row = effects.amounts(facts)["", "provisioning"]
    assert [row[k] for k in ("price", "outside", "undivided", "unsplit", "change")] == [100_00, 140_00, 0, 0, 240_00]
    where = (("service", "provisioning"),)
    assert again.number(Effect(2020, 2023, "outside", where)) == 140.0
    assert again.number(Effect(2020, 2023, "divided_v0", where)) == 300.0
    facts = Facts.of(write(tmp_path / "dry", [r for r in rows if r["service"] == "provisioning"]))
    said_ = texts(conclusions.chapter(facts))
    assert "物质产品供给，变化 +0.02 万元。主要原因是区域外产品的扣除减少（+0.01 万元" in said_  # 140 of 240 yuan
    assert wrong(change.chapter(facts), Folder(facts.folder)) == []
    assert "没有数量" not in said_


def test_money_with_a_quantity_beside_it_is_not_said_to_have_none(tmp_path):
    rows = []
    for period, visits, money in ((2020, 100.0, 5000.0), (2023, 120.0, 9000.0)):
        lead = (EAST, "", "tourism_health")
        rows.append(line(*lead, "travel_cost", "cultural", "yuan/a", period, None, None, value=money))
        rows.append(line(*lead, "visits", "cultural", "visit/a", period, visits, None, in_gep=False))
    facts = Facts.of(write(tmp_path / "run", [*lines(), *rows]))
    said_ = texts(conclusions.chapter(facts))
    assert "以金额上报，没有分成数量和价格" in said_
    assert "没有数量" not in said_
    assert "以金额计入的项目" in texts(quantities.chapter(facts))
    assert "另有实物量" in texts(quantities.chapter(facts))


def test_a_township_without_its_row_is_missing_not_without_the_item(tmp_path):
    # West has no row of products in 2023: one missing line that stands for all products, as the engine writes it
    rows = [r for r in lines() if (r["zone"], r["period"], r["item"]) != (WEST, 2023, "小麦")]
    lead = (WEST, "", "provisioning", "product", "provisioning", "kg", 2023, None, None)
    facts = Facts.of(
        write(tmp_path / "run", [*rows, line(*lead, status="missing", note="表中没有该乡镇")], whole=False)
    )
    made = quantities.chapter(facts)
    towns = table(made, "quantities_townships")
    assert shown(towns)[1] == ["垟畈㙟", MISSING, "–", "400.0"]  # no row of wheat; no energy there at all
    assert "合计不含缺数乡镇" in towns.note
    assert "product" not in texts(made)  # nothing is known of it: not money either
    [wheat] = [r for r in shown(table(quantities.chapter(facts, WEST), "quantities")) if r[1] == "小麦"]
    assert wheat[3:] == ["50.00", MISSING, MISSING, MISSING]
    # with a township missing, nobody is said to have most of the wheat
    assert "最集中的服务是水源涵养" in texts(conclusions.chapter(facts))
    assert [w for one in chapters(facts, "") for w in wrong(one, Folder(facts.folder))] == []


def test_no_shares_or_rates_of_nothing_or_less(tmp_path):
    # East's products 100 + 500 less 700 are below 0 in 2020: no shares, no rate
    rows = [*lines(), outside(EAST, 2020, -700.0), outside(EAST, 2023, -700.0)]
    facts = Facts.of(write(tmp_path / "run", rows))
    made = values.chapter(facts, EAST)
    assert table(made, "values").heads == ("账户与服务", "2020 万元", "2023 万元")
    made = change.chapter(facts, EAST)
    rates = {row[0]: row[4] for row in shown(table(made, "change"))}
    assert rates["物质产品供给"] == "–"  # −600 → −400
    assert rates["水源涵养"] == "+100.0"
    assert [w for one in chapters(facts, EAST) for w in wrong(one, Folder(facts.folder))] == []


def test_a_change_printed_as_nothing_has_neither_rate_nor_cause(tmp_path):
    rows = [r for r in lines() if r["zone"] == WEST]
    for row in rows:  # 100 → 96.8 yuan is 0.00 万元 and −3.2 %
        if row["item"] == "小麦" and row["period"] == 2023:
            row |= {"quantity": 48.4, "value": 96.8}
    facts = Facts.of(write(tmp_path / "run", rows))
    assert shown(table(change.chapter(facts), "change"))[0][3:] == ["0.00", "–"]
    said_ = texts(conclusions.chapter(facts)) + texts(change.chapter(facts))
    assert "0.00 万元。主要原因" not in said_
    assert "0.00 万元（" not in said_.split("能分出数量")[0]


def test_a_small_share_does_not_turn_its_trend_round(facts):
    # 0.044 and 0.041 %: with one decimal fitted parts could print 0.0 and 0.1
    whole = some(10_000.0)
    assert [values.over(some(v), whole).text for v in (4.4, 4.1)] == ["0.04", "0.04"]


def test_what_is_said_has_the_text_of_the_table(facts):
    made = change.chapter(facts)
    cells = {row[0]: row[1:] for row in shown(table(made, "change_effects"))}
    assert said(change.told(facts, "area", "", "water_conservation")) == cells["水源涵养"][0]
    assert said(change.told(facts, "price", "", "provisioning")) == cells["物质产品供给"][2]
    rows = {row[0]: row[3] for row in shown(table(made, "change"))}
    assert said(change.told(facts, "change", "", "provisioning")) == rows["物质产品供给"]


def test_the_waterfall_is_drawn_from_the_effects(facts, tmp_path):
    picture = next(b for b in change.chapter(facts).blocks if isinstance(b, Picture))
    picture.draw(tmp_path / "w.png")
    assert (tmp_path / "w.png").read_bytes()[:4] == b"\x89PNG"
    assert "面积最大" in picture.alt


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_of_the_sample_county_holds(sample_run, lang):
    facts, folder = Facts.of(sample_run, lang), Folder(sample_run)
    zones = ["", *list(facts.zones_by_id)[:3]]
    for zone in zones:
        made = chapters(facts, zone)
        assert [one.id for one in made] == list(RESULTS)
        assert [w for one in made for w in wrong(one, folder)] == []
        for one in made:
            for block in one.blocks:
                if isinstance(block, Table):
                    assert block.wide or len(block.heads) <= splitting.PORTRAIT, block.id
