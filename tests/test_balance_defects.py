"""What an auditor found in the balance sheet, each defect by the smallest books that show it."""

from __future__ import annotations

import dataclasses
import math

import balance_county as county
import pandas as pd
import pytest

from gep import check, gates, study
from gep.accounts.transitions import Transitions
from gep.balance import liabilities
from gep.balance.complete import CONVERTED, complete, completeness
from gep.balance.gates import gates as balance_gates
from gep.balance.ground import Ground, at
from gep.balance.opening import fill_opening
from gep.balance.prices import prices_of
from gep.balance.valued import valued
from gep.before import ahead, before
from gep.entries import frame, pick
from gep.forms import shipped
from gep.gates import Cell, gate
from gep.stock_inputs import Inputs, interval, recorded

NAMES = {"a": "东河镇", "b": "西山乡"}
FORMS = shipped()


def one(form, zone, column, row, value, years=(2020, 2023), **more):
    return {"form": form, "open": years[0], "close": years[1], "zone": zone, "zone_name": NAMES.get(zone, ""),
            "column": column, "row": row, "value": value, "unit": FORMS[form].unit_of(column), "method": "0",
            "source": "台账", "confidence": "secondary", **more}  # fmt: skip


def value(table, **where):
    rows = pick(table, **{"owner": "", **where})
    assert len(rows) == 1, (where, rows)
    return rows["value"].iloc[0]


def checks(table, **how):
    return {c["id"]: c for c in balance_gates(FORMS, table, **how)}


def test_flows_of_a_township_that_said_nothing_are_missing_for_the_county():
    rows = [one("land", "a", "dry", r, v) for r, v in (("opening", 10), ("reclamation", 2), ("closing", 12))]
    table = complete(FORMS["land"], frame(rows), NAMES)
    told = pick(table, zone="", column="dry", row="reclamation").iloc[0]
    assert math.isnan(told["value"])  # not 2: 西山乡 has said nothing
    assert told["note"] == "缺 / lacks: 西山乡"
    assert math.isnan(value(table, zone="", column="dry", row="additions"))
    # stocks without flows say that nothing happened: 2 + nothing
    table = complete(
        FORMS["land"], frame([*rows, *(one("land", "b", "dry", r, 5) for r in ("opening", "closing"))]), NAMES
    )
    assert value(table, zone="", column="dry", row="reclamation") == 2.0
    # an opening taken from last year is no word of this year
    table = complete(FORMS["land"], frame([*rows, one("land", "b", "dry", "opening", 5)]), NAMES)
    assert math.isnan(value(table, zone="", column="dry", row="reclamation"))


def test_a_countys_own_flow_is_not_held_against_some_townships():
    rows = [one("land", "a", "dry", r, v) for r, v in (("opening", 10), ("reclamation", 2), ("closing", 12))]
    rows += [one("land", "", "dry", r, v) for r, v in (("opening", 15), ("reclamation", 3), ("closing", 18))]
    table = complete(FORMS["land"], frame(rows), NAMES)
    assert "G3" not in checks(table, zones=NAMES)  # 2 of 3: the other township's is not known
    rows += [one("land", "b", "dry", r, v) for r, v in (("opening", 5), ("closing", 5))]
    failed = checks(complete(FORMS["land"], frame(rows), NAMES), zones=NAMES)["G3"]["failed"]
    # 12 + 5 of 18, and 2 + nothing of 3
    assert [(c["row"], c["left"], c["right"]) for c in failed if c["column"] == "dry"] == [
        ("reclamation", 2.0, 3.0), ("closing", 17.0, 18.0),
    ]  # fmt: skip


def test_remote_sensing_never_opens_the_books():
    last = frame([one("land", "a", "dry", "closing", 9, (2017, 2020), method="2")])
    filled, _ = fill_opening(FORMS, frame([]), last, (2020, 2023))
    assert not len(filled)
    last = frame([one("land", "a", "dry", "closing", 9, (2017, 2020))])
    filled, _ = fill_opening(FORMS, frame([]), last, (2020, 2023))
    assert filled["value"].tolist() == [9.0]


@pytest.fixture
def books(tmp_path):
    """Two townships with books of land for one year."""
    return county.Plain(tmp_path / "c", ("land",), bulletin=False)


def inspected(made):
    return check.inspect(study.load(made.path), before, ahead)


def test_only_forms_with_records_open_from_last_year(books):
    spec = study.load(books.path)
    assert recorded(spec, FORMS) == ["land"]
    cells = (("timber", "natural_area"), ("land", "dry"))
    last = frame(one(form, "a", column, "closing", 9, (2019, 2022)) for form, column in cells)
    from gep.balances import foreseen
    from gep.tools import Tools

    told = foreseen(spec, Inputs(FORMS, last=last), Tools.of(spec), NAMES)
    assert "1 格" in next(f.zh for f in told if f.code == "GEP-Y031")  # land; of timber nobody keeps records
    assert not [f for f in told if "timber" in f.en]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ("  valued: [landd]\n", "GEP-H201", "Did you mean “land”?"),
        ("  tolerance: {timbr: 1}\n", "GEP-H201", "Did you mean “timber”?"),
        ("  valued: [timber]\n", "GEP-H204", "no records"),
    ],
)
def test_unknown_forms_are_told_before_the_pass(books, more, code, words):
    books.path.write_text(books.path.read_text("utf-8") + more, "utf-8")
    found = [f for f in inspected(books) if f.code == code]
    assert len(found) == 1
    assert words in found[0].en
    assert found[0].severity == "error"
    assert "study.yaml" in found[0].file


def test_a_form_of_the_county_alone_makes_the_townships_totals_missing():
    row = {"zone": "", "zone_name": "", "method": "grade_price", "source": "局", "confidence": "secondary",
           "file": "p.csv"}  # fmt: skip
    priced = ((2, "land", "cropland", 10, "元/hm²"), (3, "timber", "volume", 100, "元/m³"))
    keys = ("at", "form", "column", "unit_price", "price_unit")
    lines = [{**row, **dict(zip(keys, p, strict=True))} for p in priced]
    prices, faults = prices_of(pd.DataFrame(lines), FORMS)
    assert not faults
    held = frame([
        *(one("land", z, "cropland", r, v) for z, v in (("a", 4), ("b", 6), ("", 10)) for r in ("opening", "closing")),
        *(one("timber", "", "volume", r, 7) for r in ("opening", "closing")),
    ])  # fmt: skip
    made = valued(FORMS, held, prices, ["land", "timber"], 2020, 2023)
    # 10 hm² × 10 + 7 m³ × 100
    assert value(made.entries, form="valued", zone="", column="total", row="closing") == 800.0
    assert value(made.entries, form="valued", zone="a", column="land", row="closing") == 40.0
    total = pick(made.entries, form="valued", zone="a", column="total", row="closing").iloc[0]
    assert math.isnan(total["value"])
    assert "recorded for the county only" in total["note"]
    assert [c["id"] for c in made.checks if not c["passed"]] == []
    zones = next(c for c in made.checks if c["id"] == "valued_zones")
    assert zones["n"] > 0


def owed(year, opening, closing, zone="a"):
    return pd.DataFrame([{
        "zone": zone, "zone_name": NAMES[zone], "kind": "复垦", "name": "矿", "year": float(year), "opening": opening,
        "incurred": 0.0, "settled": opening - closing, "closing": closing, "source": "县", "confidence": "judgement",
        "file": "o.csv", "at": 2,
    }])  # fmt: skip


def details(*ledgers):
    chosen = [("L4", "台账")]
    return [
        liabilities.liabilities(FORMS, chosen, {"obligations": t}, NAMES, year - 3, year).detail for year, t in ledgers
    ]


def test_obligations_that_do_not_chain_across_periods_are_told():
    # 90 at the end of 2020, 100 at the beginning of the next interval
    found = liabilities.chained(details((2020, owed(2020, 120.0, 90.0)), (2023, owed(2023, 100.0, 50.0))))
    assert [(f.code, "100.00" in f.en, "90.00" in f.en, "10.00" in f.en) for f in found] == [
        ("GEP-U016", True, True, True)
    ]
    assert "东河镇 矿" in found[0].zh
    assert liabilities.chained(details((2020, owed(2020, 120.0, 90.0)), (2023, owed(2023, 90.0, 50.0)))) == []
    # another township's obligation of that name is another, and years between say nothing
    assert liabilities.chained(details((2020, owed(2020, 120.0, 90.0)), (2023, owed(2023, 9.0, 5.0, "b")))) == []
    assert liabilities.chained(details((2020, owed(2020, 120.0, 90.0)), (2024, owed(2024, 9.0, 5.0)))) == []


def test_the_opening_is_held_against_the_boundary_of_its_own_date():
    rows = [one("land", "a", c, r, v) for c, r, v in (("dry", "opening", 60), ("dry", "closing", 60))]
    table = complete(FORMS["land"], frame(rows), {"a": "东河镇"})
    now = {"areas": {"a": 60.0}}
    assert checks(table, **now)["G8"]["passed"]
    assert not checks(table, **now, opening_areas={"a": 50.0})["G8"]["passed"]
    assert checks(table, **now, opening_areas={"a": 50.0})["G8"]["n"] == 4  # two dates, a township and the county
    assert checks(table, **now, opening_areas={})["G8"]["n"] == 2  # a boundary that is not known is not compared
    # 62 − 60 = 2 hm² without land cover at the opening, none now
    assert not checks(table, **now, opening_areas={"a": 62.0})["G8"]["passed"]
    assert checks(table, **now, opening_areas={"a": 62.0}, opening_nodata={"a": 2.0})["G8"]["passed"]
    assert not checks(table, areas={"a": 62.0}, opening_areas={"a": 62.0}, opening_nodata={"a": 2.0})["G8"]["passed"]


def test_ground_of_a_date_that_is_no_period():
    """Township of 10 000 m² in 2017 and 12 000 m² in 2020: 9 000 m² had land cover then."""
    import numpy as np

    from gep.balance.ground import grounds

    areas = np.zeros((1, 3, 3), np.int64)
    areas[0, 0, 0] = 6_500  # type 0 at both dates inside the new boundary
    areas[0, 2, 1] = 4_000  # no land cover before
    boundary = np.array([[2_500, 0, 0]], np.int64)  # in the old boundary minus in the new
    none = np.zeros_like(areas)
    t = Transitions(2017, 2020, ("a",), ("1", "2"), {"plain": areas, "small": none, "edge": none}, boundary)

    @dataclasses.dataclass
    class Zones:
        ids: tuple = ("a",)

    @dataclasses.dataclass
    class Cover:
        polygon_m2: np.ndarray
        zones: Zones = dataclasses.field(default_factory=Zones)

    made = grounds({2017: Cover(np.array([10_000.0])), 2020: Cover(np.array([12_000.0]))}, [t])
    assert made[2017] == Ground({"a": 1.0}, {"a": 0.1})  # (10 000 − 9 000) m²
    assert made[2020] == Ground({"a": 1.2}, {"a": 0.15})  # 12 000 − 10 500
    assert at(2017, {}, made) is made[2017]
    assert at(2016, {}, made) is None


MU = "zone,column,row,value,unit\n" + "".join(
    f"{z},dry,{row},{v},亩\n" for z in ("东河镇", "西山乡") for row, v in (("opening", 200), ("reclamation", 20),
                                                                       ("closing", 220)))  # fmt: skip


def test_records_in_mu_balance_as_they_were_recorded(books):
    """200 + 20 = 220 亩 are 13.3333 + 1.3333 = 14.6666 of 14.6667 hm²: three roundings of half a step each."""
    (books.folder / "survey_2023.csv").write_text(MU, "utf-8")
    result = books.compute()
    found = {c["id"]: c for c in result.checks}
    assert found["G1"]["passed"]
    assert "取整" in found["G1"]["zh"]
    assert "converted" in found["G1"]["en"]
    held = result.stocks.entries
    note = pick(held, form="land", zone_name="东河镇", column="dry", row="closing")["note"].iloc[0]
    assert CONVERTED in note
    assert "亩" in note
    # 3 more 亩 is no rounding
    (books.folder / "survey_2023.csv").write_text(
        MU.replace("西山乡,dry,closing,220", "西山乡,dry,closing,223"), "utf-8"
    )
    found = {c["id"]: c for c in books.compute().checks}
    assert not found["G1"]["passed"]
    assert [(c["zone_name"], c["column"]) for c in found["G1"]["failed"]] == [("西山乡", "dry")]


def test_the_slack_is_half_a_step_for_each_converted_record():
    rows = [("opening", 13.3333), ("reclamation", 1.3333), ("closing", 14.6667)]
    note = {"note": f"{CONVERTED}: 亩"}
    held = complete(FORMS["land"], frame(one("land", z, "dry", r, v, **note) for z in NAMES for r, v in rows), NAMES)
    g1 = checks(held)["G1"]
    assert g1["passed"]
    # the county: 2 townships × 3 records × 0.00005 = 0.0003, off by 0.0002; a township 0.00015, off by 0.0001
    for zone, slack, off in (("", 0.0003, -0.0002), ("a", 0.00015, -0.0001)):
        from gep.balance.gates import balance
        from gep.balance.held import Held

        cell = next(c for c in balance(Held.of(FORMS, held)) if (c.zone, c.column) == (zone, "dry"))
        assert cell.slack == pytest.approx(slack, rel=1e-12, abs=0)
        assert cell.apart == pytest.approx(off, rel=1e-9, abs=0)
    exact = complete(FORMS["land"], frame(one("land", z, "dry", r, v) for z in NAMES for r, v in rows), NAMES)
    assert not checks(exact)["G1"]["passed"]  # records in the form's own unit have no such excuse


def graded(form, best, a=(50, 50), b=(20, 20), **more):
    return [one(form, z, best, r, v, **more) for z, pair in (("a", a), ("b", b))
            for r, v in zip(("opening", "closing"), pair, strict=True)]  # fmt: skip


def test_grades_and_classes_that_no_record_names_are_none_of_the_countys():
    rows = [*graded("cropland_grade", "g5", (30, 30), (20, 20)), *graded("cropland_grade", "g6", (21, 21), (0, 0))]
    land = [*graded("land", "dry"), *graded("land", "arbor", (10, 10), (5, 5))]
    tables = [complete(FORMS[f], frame(r), NAMES) for f, r in (("cropland_grade", rows), ("land", land))]
    table = pd.concat(tables, ignore_index=True)
    assert value(table, form="cropland_grade", zone="a", column="total", row="closing") == 51.0  # 30 + 21
    # (5·30 + 6·21) / 51 = 5.4118
    assert value(table, form="cropland_grade", zone="a", column="mean", row="closing") == 5.41
    assert value(table, form="land", zone="", column="total", row="closing") == 85.0
    found = checks(table, areas={"a": 60.0, "b": 25.0})
    assert {(c["zone"], c["left"], c["right"]) for c in found["G4"]["failed"]} == {("a", 51.0, 50.0)}
    assert found["G8"]["passed"]
    assert found["G8"]["n"] == 6
    assert found["G1 derived"]["passed"]
    told = [f for f in completeness(FORMS["land"], table, NAMES)[1] if f.code == "GEP-Y011"]
    assert [f.severity for f in told] == ["warning"]
    assert "水田" in told[0].zh
    assert "本县没有" in told[0].zh


def test_a_grade_that_some_township_has_stays_missing_in_another():
    rows = [*graded("cropland_grade", "g5"), *(one("cropland_grade", "a", "g6", r, 3) for r in ("opening", "closing"))]
    table = complete(FORMS["cropland_grade"], frame(rows), NAMES)
    assert value(table, zone="a", column="total", row="closing") == 53.0
    assert math.isnan(value(table, zone="b", column="total", row="closing"))
    assert "GEP-Y010" in [f.code for f in completeness(FORMS["cropland_grade"], table, NAMES)[1]]
    # water is no whole that another table holds: groundwater that nobody recorded is not none
    water = complete(FORMS["water"], frame(one("water", "a", c, r, 1) for c in ("reservoirs", "lakes", "rivers")
                                           for r in ("opening", "closing")), {"a": "东河镇"})  # fmt: skip
    assert math.isnan(value(water, zone="a", column="total", row="closing"))


@pytest.mark.parametrize("sheet", ["balance_sheet: {}\n", "balance_sheet: {records: {}}\n"])
def test_an_empty_balance_sheet_of_two_periods_runs(tmp_path, sheet):
    made = county.Plain(tmp_path / "c", ("land",), years=(2020, 2023), bulletin=False)
    text = made.path.read_text("utf-8")
    made.path.write_text(text[: text.index("balance_sheet:")] + sheet, "utf-8")
    made.edit("  survey: {path: survey_{year}.csv}\n", "")
    assert made.compute().passed


@pytest.mark.parametrize("listed", [False, True])
def test_a_bulletin_alone_stands_in_the_water_form_and_is_incomplete(tmp_path, listed):
    made = county.Plain(tmp_path / "c", ("land",), bulletin=True)
    if listed:
        made.edit("records: {survey: land}", "records: {survey: land, water_bulletin: water}")
    result = made.compute()
    held = pick(result.stocks.entries, form="water")
    assert set(held["zone"]) == {""}
    assert {"resource_total", "resource_surface"} <= set(held["row"])
    assert not {"opening", "closing"} & set(held["row"])
    assert [f for f in result.faults if f.code == "GEP-Y010" and "water" in f.en]


def test_records_without_townships_say_what_to_do(books):
    (books.folder / "survey_2023.csv").write_text("column,row,value,unit\ndry,opening,1,ha\n", "utf-8")
    found = [f for f in inspected(books) if f.code == "GEP-Y014"]
    assert len(found) == 1
    assert "zone" in found[0].fix_en


def test_a_broken_identity_is_told_by_check_and_once_by_the_run(books):
    books.books.values[2023, "land", "东河镇", "arbor", "closing", ""] += 3  # 30 + 2 = 32, the record says 35
    books.save()
    told = [f for f in inspected(books) if f.code == "GEP-H003"]
    assert [f.severity for f in told] == ["warning"]
    assert "32.0" in told[0].en
    result = books.compute()
    same = [f for f in result.faults if f.code == "GEP-H003" and f.place == told[0].place]
    assert same == told
    assert "G1" in {c["id"] for c in result.checks if not c["passed"]}


def test_a_term_that_is_not_covered_is_told_before_the_pass(books):
    books.path.write_text(books.path.read_text("utf-8") + "  term: {start: 2017, end: 2023}\n", "utf-8")
    assert {f.severity for f in inspected(books) if f.code == "GEP-U017"} == {"warning"}  # the books are of 2022–2023


def test_a_term_whose_intervals_do_not_chain_is_told_before_the_pass(tmp_path):
    more = "  term: {start: 2019, end: 2023}\n"
    made = county.Plain(tmp_path / "c", ("land",), more, years=(2020, 2023), bulletin=False)
    assert not [f for f in inspected(made) if f.severity == "error"]
    made.books.values[2023, "land", "东河镇", "arbor", "opening", ""] += 1
    made.save()
    assert "GEP-U018" in {f.code for f in inspected(made)}


def test_a_whole_and_its_part_with_prices_are_told_before_the_pass(tmp_path):
    made = county.Plain(tmp_path / "c", ("land",), "  valued: [land]\n  prices: [worth]\n", bulletin=False)
    made.edit("services: {prov", "  worth: {path: prices.csv}\nservices: {prov")
    rows = "".join(f"land,{c},grade_price,10,元/hm²,局,secondary\n" for c in ("cropland", "dry"))
    head = "form,column,method,unit_price,price_unit,source,confidence\n"
    (made.folder / "prices.csv").write_text(head + rows, "utf-8")
    assert [f.severity for f in inspected(made) if f.code == "GEP-U010"] == ["error"]


def test_no_interval_spans_a_period(tmp_path):
    made = county.Raster(tmp_path / "c")
    made.edit("dates: [2017, 2020, 2023]", "dates: [2017, 2023]")
    spec = study.load(made.path)
    assert [interval(spec, p) for p in (2020, 2023)] == [(2017, 2020), (2020, 2023)]


def test_of_failed_cells_the_leaves_are_listed():
    cells = [Cell("", "", "land", "total", "closing", 1, 2, 0, "ha", depth=2),
             Cell("a", "", "land", "dry", "closing", 1, 2, 0, "ha"),
             Cell("a", "", "timber", "area", "closing", 1, 2, 0, "ha", depth=1)]  # fmt: skip
    made = gate("G1", "", "", 2023, cells)
    # the sum fails with its leaf; of timber only a sum is recorded
    assert [(c["form"], c["column"]) for c in made["failed"]] == [("land", "dry"), ("timber", "area")]
    assert made["n_failed"] == 3
    many = [dataclasses.replace(cells[1], column=f"c{n}") for n in range(30)]
    assert len(gates.faults([gate("G1", "", "", 2023, many)])) == gates.LISTED
