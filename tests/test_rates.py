"""The rate library: what is packaged is sound, planted slips are named by row, the right row is picked."""

import dataclasses
import datetime as dt
import itertools
import shutil
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.cli import rates as listing
from gep.coefficients import folder, validate
from gep.errors import GepError
from gep.rate_check import (
    class_faults,
    ladder_faults,
    local_faults,
    rate_faults,
    sign_faults,
    together_faults,
    weight_faults,
)
from gep.rates import COLUMNS, Rate, Rates, packaged

GOOD = {
    "id": "t.s.payout.cod", "scheme": "s", "symbol": "payout", "key": "COD", "value": "2", "unit": "万元",
    "region": "CN", "valid_from": "2021-01-01", "authority": "某县人民政府", "document": "某县办法", "article": "第5条",
    "confidence": "secondary", "source": "toolkit",
}  # fmt: skip


def row(**cells) -> Rate:
    """A row that answers for payout of COD under scheme s, but for `cells`."""
    base = Rate("r", "s", "payout", "COD", "", None, None, "", Decimal(2), "万元", "CN", None, None, "某县", "某办法",
                "第5条", "secondary", "toolkit", "", "t.csv", 2)  # fmt: skip
    return dataclasses.replace(base, **cells)


def ladder(*bounds, **cells):
    """Rows over … upto of one rate, in lines 2, 3, …"""
    numbers = [(a and Decimal(a), b and Decimal(b)) for a, b in bounds]
    return [row(id=f"r{n}", over=a, upto=b, line=n, **cells) for n, (a, b) in enumerate(numbers, 2)]


def told(faults):
    return [(f.code.removeprefix("GEP-"), f.place) for f in faults]


@pytest.fixture
def tables(tmp_path):
    """A copy of coefficients/ whose rates are GB 3838 only."""
    target = tmp_path / "coefficients"
    shutil.copytree(folder(), target, ignore=lambda where, names: {
        n for n in names if where.endswith("rates") and n != "gb3838.csv"})  # fmt: skip
    return target


def plant(tables, *rows):
    text = [",".join(COLUMNS), *(",".join(cells.get(c, "") for c in COLUMNS) for cells in rows)]
    (tables / "rates" / "planted.csv").write_text("\n".join(text) + "\n", "utf-8")
    return told(rate_faults(tables))


def edit(path, old, new):
    content = path.read_text("utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), "utf-8")


# --- what is packaged


def test_the_packaged_rates_are_sound():
    assert [f.text("en") for f in rate_faults(folder())] == []
    assert len(packaged()) > 50


def limit(key, tier, date=dt.date(2023, 1, 1)):
    find = Rates.load().find
    return find("class_limit", schemes=("gb3838_2002",), key=key, tier=tier, date=date, region="341602", unit="mg/L")


def test_gb3838_limits_as_published():
    # compensation.md §2: TN of lakes Ⅳ 1.5 (the web copy of W24 prints 105), TP of rivers Ⅲ 0.2, of lakes 0.05
    assert limit("TN lake", "4").number == Decimal("1.5")
    assert limit("TP", "3").number == Decimal("0.2")
    assert limit("TP lake", "3").number == Decimal("0.05")
    assert [limit("NH3-N", c).number for c in "12345"] == [Decimal(x) for x in ("0.15", "0.5", "1.0", "1.5", "2.0")]
    assert (limit("DO", "3").number, limit("DO", "3").edge) == (Decimal(5), "lower")
    line = limit("CODMn", "3").lineage()
    assert (line.confidence, line.clause) == ("secondary", "表1")
    assert "GB 3838-2002" in line.source


def test_gb3838_has_no_total_nitrogen_for_rivers_and_is_not_in_force_before_2002():
    for ask, code in ((lambda: limit("TN", "3"), "G001"), (lambda: limit("TP", "3", dt.date(2002, 5, 31)), "G003")):
        with pytest.raises(GepError) as raised:
            ask()
        assert [f.code for f in raised.value.faults] == [f"GEP-{code}"]


# --- W24 and other slips of a copy


def test_w24_the_copy_that_prints_105_for_total_nitrogen_fails_and_names_the_row(tables):
    path = tables / "rates" / "gb3838.csv"
    lines = path.read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if ".tn_lake.4," in line)
    edit(path, lines[number - 1], lines[number - 1].replace(",1.5,mg/L", ",105,mg/L"))
    faults = validate(tables)  # what gep coefficients --check says
    assert told(faults) == [("G036", f"row {number}, column value")]
    assert faults[0].file == "coefficients/rates/gb3838.csv"
    assert "105" in faults[0].zh
    assert "TN lake" in faults[0].zh
    assert f"row {number + 1}" in faults[0].en


def test_dissolved_oxygen_must_not_rise_from_class_to_class(tables):
    path = tables / "rates" / "gb3838.csv"
    edit(path, ".do.3,gb3838_2002,class_limit,DO,3,,,lower,5,", ".do.3,gb3838_2002,class_limit,DO,3,,,lower,6.5,")
    assert told(validate(tables)) == [("G036", "row 3, column value")]  # class 2 asks 6, class 3 now 6.5


def test_a_class_that_lacks_is_named(tables):
    path = tables / "rates" / "gb3838.csv"
    text = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in text if ".codmn.4," not in line) + "\n", "utf-8")
    assert [f.code for f in validate(tables)] == ["GEP-G037"]


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"id": ""}, "K004", "id"),
        ({"symbol": ""}, "K004", "symbol"),
        ({"unit": ""}, "K004", "unit"),
        ({"confidence": ""}, "K004", "confidence"),
        ({"source": ""}, "K004", "source"),
        ({"authority": ""}, "K004", "authority"),
        ({"document": ""}, "K004", "document"),
        ({"confidence": "sure"}, "K005", "confidence"),
        ({"source": "nobody2020"}, "K006", "source"),
        ({"region": "99"}, "K008", "region"),
        ({"value": "two"}, "K009", "value"),
        ({"upto": "1,5"}, "K009", "upto"),
        ({"unit": "wan yuan"}, "K011", "unit"),
        ({"valid_from": "2021-13-01"}, "K012", "valid_from"),
        ({"valid_to": "2020-12-31"}, "K013", "valid_to"),
        ({"edge": "left"}, "G030", "edge"),
        ({"over": "1", "upto": "1"}, "G031", "upto"),
        ({"over": "2", "upto": "1"}, "G031", "upto"),
    ],
)
def test_a_planted_fault_of_a_row_is_named(tables, change, code, column):
    cells = {k: f'"{v}"' if "," in v else v for k, v in (GOOD | change).items()}
    assert plant(tables, GOOD | {"id": "other", "key": "TP"}, cells) == [(code, f"row 3, column {column}")]


def test_all_faults_come_at_once_and_sound_rows_pass(tables):
    assert plant(tables, GOOD) == []
    judged = GOOD | {"confidence": "judgement", "authority": "", "document": ""}
    assert plant(tables, judged) == []
    cited = [("K004", "row 2, column authority"), ("K004", "row 2, column document")]
    assert plant(tables, judged | {"source": "GB3838"}) == cited
    many = plant(tables, GOOD | {"value": "x", "unit": "?"}, GOOD | {"id": "b", "confidence": "", "key": "TP"})
    assert {place for _, place in many} == {
        "row 2, column value",
        "row 2, column unit",
        "row 3, column confidence",
    }


def test_a_check_on_nothing_fails(tables):
    (tables / "rates" / "gb3838.csv").unlink()
    assert told(rate_faults(tables)) == [("K020", "")]
    shutil.rmtree(tables / "rates")
    assert told(rate_faults(tables)) == [("K020", "")]
    assert "GEP-K020" in {f.code for f in validate(tables)}


def test_an_id_is_unique_over_all_files(tables):
    assert plant(tables, GOOD | {"id": "gb3838.gb3838_2002.class_limit.do.1"}) == [("K016", "row 2, column id")]


# --- bands


def test_bands_may_touch_and_must_not_gap_or_overlap():
    assert ladder_faults(ladder((None, "1"), ("1", "2"), ("2", None))) == []
    assert told(ladder_faults(ladder(("0", "1"), ("1.5", "2")))) == [("G032", "row 3, column over")]
    assert told(ladder_faults(ladder(("0", "1"), ("0.9", "2")))) == [("G034", "row 3")]
    assert told(ladder_faults(ladder((None, None), ("1", "2")))) == [("G034", "row 3")]
    one, two = ladder(("0", "1"), ("1", "2"))
    mixed = [dataclasses.replace(one, edge="lower"), two]  # x = 1 would be in neither
    assert told(ladder_faults(mixed)) == [("G033", "row 3, column edge")]


def test_bands_of_other_days_tiers_keys_and_regions_are_other_ladders():
    early, late = ladder(("0", "1"), ("3", "4"))
    early = dataclasses.replace(early, valid_to=dt.date(2020, 12, 31))
    late = dataclasses.replace(late, valid_from=dt.date(2021, 1, 1))
    assert ladder_faults([early, late]) == []
    assert told(ladder_faults([early, dataclasses.replace(late, valid_from=dt.date(2020, 12, 31))])) == [
        ("G032", "row 3, column over")
    ]
    for other in ({"tier": "max"}, {"key": "TP"}, {"region": "34"}, {"scheme": "t"}, {"symbol": "cap"}):
        assert ladder_faults([row(), row(id="b", line=3, **other)]) == []
    assert told(ladder_faults([row(), row(id="b", line=3)])) == [("G034", "row 3")]
    old, new = row(valid_to=dt.date(2020, 12, 31)), row(id="b", line=3, valid_from=dt.date(2021, 1, 1))
    assert ladder_faults([old, new]) == []  # one replaces the other


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=6, unique=True), st.integers(-5, 35))
def test_in_a_sound_ladder_every_number_inside_has_exactly_one_band(cuts, x):
    edges = sorted(cuts)
    rows = ladder(*((str(a), str(b)) for a, b in itertools.pairwise(edges)))
    assert ladder_faults(rows) == []
    inside = edges[0] < x <= edges[-1]
    assert sum(r.holds(Decimal(x)) for r in rows) == inside


# --- weights


def weights(*values, **cells):
    return [row(id=f"w{n}", symbol="weight", key=f"k{n}", unit="1", value=v and Decimal(v), line=n, **cells)
            for n, v in enumerate(values, 2)]  # fmt: skip


def test_weights_in_force_together_add_up_to_one():
    assert weight_faults(weights("0.22", "0.22", "0.28", "0.28")) == []
    assert told(weight_faults(weights("0.22", "0.22", "0.28", "0.27"))) == [("G035", "row 5, column value")]
    assert "0001" not in weight_faults(weights("0.22", "0.22", "0.28", "0.27"))[0].zh  # no first day: none is said
    fund = [dataclasses.replace(r, symbol="fund_weight") for r in weights("0.6", "0.6")]
    assert [f.code for f in weight_faults([*weights("0.75", "0.25"), *fund])] == ["GEP-G035"]
    in_percent = [dataclasses.replace(r, unit="%", value=r.number * 100) for r in weights("0.75", "0.25")]
    assert weight_faults(in_percent) == []
    assert weight_faults(weights("0.5", None)) == []  # one is not known: nothing to hold it against


def test_weights_of_two_terms_are_two_sums():
    old = weights("0.25", "0.75", valid_to=dt.date(2017, 12, 31))
    new = weights("0.5", "0.5", valid_from=dt.date(2018, 1, 1))
    assert weight_faults([*old, *new]) == []
    ends = [dataclasses.replace(r, valid_to=dt.date(2020, 12, 31)) for r in new[:1]]
    assert "2021-01-01" in weight_faults([*ends, *new[1:]])[0].zh  # the other half stays alone
    late = weights("0.5", "0.5", valid_from=dt.date(2017, 1, 1))
    assert [f.code for f in weight_faults([*old, *late])] == ["GEP-G035"]  # in 2017 both sets hold: 2


def test_class_limits_are_monotone_for_blanks_too():
    values = [Decimal(1), None, Decimal(2)]
    rows = [row(id=f"c{n}", symbol="class_limit", tier=str(n), value=v, line=n) for n, v in enumerate(values, 1)]
    assert class_faults(rows) == []
    rows[0] = dataclasses.replace(rows[0], value=Decimal(3))
    assert told(together_faults(rows)) == [("G036", "row 1, column value")]


# --- a county's own file


def own_file(tmp_path, *rows, name="费率.csv", encoding="gb18030"):
    text = [",".join(COLUMNS), *(",".join(cells.get(c, "") for c in COLUMNS) for cells in rows)]
    path = tmp_path / name
    path.write_text("\r\n".join(text), encoding)
    return path


def test_a_county_file_is_checked_as_it_is_loaded(tmp_path):
    sound = own_file(tmp_path, GOOD | {"source": "县政府公报 2021"})
    found = Rates.load([sound]).find("payout", schemes=("s",), key="COD", date=dt.date(2023, 5, 1), unit="元")
    assert (found.number, found.unit, found.local) == (Decimal(20000), "元", True)
    bad = own_file(tmp_path, GOOD | {"unit": "wan", "source": "?"}, GOOD | {"id": "b", "key": "TP"}, name="b.csv")
    again = own_file(tmp_path, GOOD, GOOD | {"id": "c"}, name="c.csv")
    with pytest.raises(GepError) as raised:
        Rates.load([bad, again, tmp_path / "absent.csv"])
    found = {(f.file.rsplit("/", 1)[-1], f.code.removeprefix("GEP-"), f.place) for f in raised.value.faults}
    assert found >= {
        ("b.csv", "K004", "row 2, column source"),
        ("b.csv", "K011", "row 2, column unit"),
        ("c.csv", "K016", "row 2, column id"),
        ("c.csv", "G034", "row 3"),
        ("absent.csv", "K001", ""),
    }
    assert not any("toolkit" in f.en for f in raised.value.faults)  # a county may cite what it likes


def test_a_county_weight_replaces_the_packaged_one_and_the_sum_must_still_be_one(tmp_path, monkeypatch):
    theirs = tuple(weights("0.75", "0.25"))
    monkeypatch.setattr("gep.rate_check.packaged", lambda: theirs)
    one = {"symbol": "weight", "unit": "1", "valid_from": ""}
    alone = own_file(tmp_path, GOOD | one | {"key": "k2", "value": "0.6"})
    assert told(local_faults(alone)) == [("G035", "row 2, column value")]
    same = own_file(tmp_path, GOOD | one | {"key": "k2", "value": "0.75"})
    assert local_faults(same) == []
    both = own_file(tmp_path, GOOD | one | {"key": "k2", "value": "0.6"},
                    GOOD | one | {"id": "b", "key": "k3", "value": "0.4"})  # fmt: skip
    assert local_faults(both) == []


def test_the_row_to_paste_passes_once_it_is_filled_in(tmp_path):
    with pytest.raises(GepError) as raised:
        Rates.load().find("no_such_rate", schemes=("bozhou",), key="COD", date=dt.date(2023, 1, 1), unit="万元")
    pasted = raised.value.faults[0].fix_en.rpartition("row ")[2]
    path = tmp_path / "own.csv"
    path.write_text(",".join(COLUMNS) + "\n" + pasted + "\n", "utf-8")
    assert {f.place for f in local_faults(path)} == {"row 2, column value", "row 2, column source"}
    path.write_text(",".join(COLUMNS) + "\n" + pasted.replace("?", "5") + "\n", "utf-8")
    found = Rates.load([path]).find("no_such_rate", schemes=("bozhou",), date=dt.date(2023, 1, 1), unit="万元")
    assert found.number == 5


# --- listings


def test_rates_are_listed_and_an_unknown_word_is_answered(capsys):
    import typer

    listing.list_rates(None, None, "zh")
    assert "gb3838_2002  55  class_limit" in capsys.readouterr().out
    listing.list_rates("class_limit", "gb3838_2002", "en")
    out = capsys.readouterr().out
    assert "class_limit DO 3  ≥ 5 mg/L  2002-06-01  [secondary]" in out
    assert len(out.splitlines()) == 55
    with pytest.raises(typer.Exit):
        listing.list_rates("class_limt", None, "en")
    assert "class_limit" in capsys.readouterr().err


def test_a_negative_rate_would_swap_payer_and_payee_and_a_step_of_nothing_divides_by_zero(tmp_path):
    # −5 万元 of payout paid the polluter: each is named; what may truly be negative, and a blank, pass
    asked = [("payout", "-5", "万元"), ("element_county", "-5", "yuan/mu"), ("weight", "-0.1", "1"),
             ("step_width", "0", "1"), ("depth_width", "0", "1"), ("fund_step", "-1", "yuan"),
             ("cost_exponent", "-0.3", "1"), ("stage_offset", "-3", "1"), ("payout", "0", "万元")]  # fmt: skip
    rows = [row(symbol=s, value=Decimal(v), unit=u, line=n) for n, (s, v, u) in enumerate(asked, 2)]
    expected = [("G038", 2), ("G038", 3), ("G038", 4), ("G039", 5), ("G039", 6), ("G038", 7)]
    assert told(sign_faults([*rows, row(value=None)])) == [(c, f"row {n}, column value") for c, n in expected]
    assert ("G038", "row 1, column value") in told(together_faults([row(value=Decimal(-5), line=1)]))
    path = own_file(tmp_path, GOOD | {"value": "-5"}, GOOD | {"id": "w", "symbol": "step_width", "value": "0"})
    assert told(local_faults(path)) == [("G038", "row 2, column value"), ("G039", "row 3, column value")]
