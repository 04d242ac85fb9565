"""Attribution rules: every change has one cause, the county's rules come first, and faults name what is wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from extent_sample import NAMES, county, value

from gep.accounts.attribution import changes, columns_of, load_rules, row_for
from gep.accounts.extent_cells import form_faults
from gep.balance.land import SIDES, land_from_pixels
from gep.coefficient_tables import REGISTRIES, ecosystem_types, folder, read_sheet
from gep.errors import GepError
from gep.forms import Form, shipped

HEAD = REGISTRIES["transition_rules"]
LEVEL_ONE = [t.code for t in ecosystem_types() if t.level == 1]


def own(tmp_path: Path, *rows: dict[str, str], head=HEAD) -> Path:
    base = {
        "rule": "county.1",
        "cause": "doubtful",
        "addition": "add_doubtful",
        "reduction": "red_doubtful",
        "seea_addition": "doubtful_expansion",
        "seea_reduction": "doubtful_regression",
        "confidence": "judgement",
        "source": "县林业局",
        "note": "",
    }
    path = tmp_path / "rules.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows({**base, **row} for row in rows)
    return path


def codes(error) -> list[tuple[str, str]]:
    return [(f.code, f.place) for f in error.value.faults]


def test_every_change_has_one_rule():
    rules = load_rules()
    for a in LEVEL_ONE:
        for b in LEVEL_ONE:
            assert rules.of(a, b).cause in ("human", "natural", "doubtful")


@pytest.mark.parametrize(
    ("old", "new", "cause", "addition", "reduction"),
    [
        ("51d", "61", "human", "construction_gain", "construction"),
        ("42", "41", "natural", "siltation", "succession_loss"),
        ("51d", "11d", "human", "return_to_forest", "returned"),
        ("51p", "51d", "human", "structure_gain", "structure_loss"),
        ("42", "42p", "human", "structure_gain", "structure_loss"),
        ("82", "33", "natural", "succession", "succession_loss"),
        ("11d", "51d", "human", "development", "cleared"),
        ("42", "51p", "human", "development", "cleared"),
        ("61", "51d", "human", "reclamation", "cleared"),
        ("51d", "42", "doubtful", "add_doubtful", "red_doubtful"),
        ("51d", "42p", "human", "structure_gain", "structure_loss"),  # 42p is nearer than 4
        ("62", "72", "doubtful", "add_doubtful", "red_doubtful"),  # no rule names it: the listed rule * → *
    ],
)
def test_what_the_table_says(old, new, cause, addition, reduction):
    rule = load_rules().of(old, new)
    assert (rule.cause, rule.addition, rule.reduction) == (cause, addition, reduction)


def test_rows_are_held_by_the_shipped_forms():
    land, extent = shipped()["land"], shipped()["extent"]
    for rule in load_rules().rules:
        assert row_for(land, rule.addition, "addition", rule.cause) == rule.addition
        assert row_for(land, rule.reduction, "reduction", rule.cause) == rule.reduction
        assert row_for(extent, rule.seea_addition, "addition", rule.cause) == rule.seea_addition
        assert row_for(extent, rule.seea_reduction, "reduction", rule.cause) == rule.seea_reduction
        assert " / " in rule.note


def test_own_rules_stand_before(tmp_path):
    rules = load_rules(own(tmp_path, {"from": "5", "to": "1"}))
    assert rules.of("51d", "11d").rule == "county.1"
    assert rules.of("51d", "31").rule == "change.5.3"


def test_own_rule_may_name_a_row_of_the_own_form(tmp_path):
    base = shipped()["land"].model_dump()
    base["rows"].append({"id": "abandoned", "zh": "撂荒", "en": "Abandoned", "role": "reduction", "cause": "doubtful"})
    path = own(tmp_path, {"from": "5", "to": "8", "reduction": "abandoned"})
    assert load_rules(path, Form.model_validate(base)).of("51d", "82").reduction == "abandoned"
    with pytest.raises(GepError) as error:
        load_rules(path, None, "rules.csv")
    assert codes(error) == [("GEP-X103", "row 2, column reduction")]


def test_ties_are_named_once(tmp_path):
    rows = {"rule": "one", "from": "*", "to": "6"}, {"rule": "two", "from": "5", "to": "*"}
    with pytest.raises(GepError) as error:
        load_rules(own(tmp_path, *rows))
    assert codes(error) == [("GEP-X104", "row 3")] or codes(error) == [("GEP-X104", "row 2")]
    assert "one" in error.value.faults[0].en
    assert "two" in error.value.faults[0].en
    load_rules(own(tmp_path, *rows, {"rule": "three", "from": "5", "to": "6"}))


def test_faults_all_at_once(tmp_path):
    path = own(
        tmp_path,
        {"rule": "a", "from": "5x", "to": "1"},
        {"rule": "a", "from": "5", "to": "1", "confidence": "sure"},
        {"rule": "c", "from": "5", "to": "2", "cause": "weather"},
        {"rule": "d", "from": "5", "to": "3", "seea_addition": "natural_expansion"},
        {"rule": "e", "from": "5", "to": "4", "addition": "nowhere", "source": ""},
    )
    with pytest.raises(GepError) as error:
        load_rules(path, None, "rules.csv")
    assert sorted(codes(error)) == sorted(
        [
            ("GEP-X101", "row 2, column from"),
            ("GEP-X106", "row 3, column rule"),
            ("GEP-K005", "row 3, column confidence"),
            ("GEP-X102", "row 4, column cause"),
            ("GEP-X102", "row 5, column seea_addition"),
            ("GEP-X103", "row 6, column addition"),
            ("GEP-K006", "row 6, column source"),
        ]
    )
    assert {f.file for f in error.value.faults} == {"rules.csv"}


def test_unknown_column(tmp_path):
    with pytest.raises(GepError) as error:
        load_rules(own(tmp_path, {"from": "5", "to": "1", "colour": "red"}, head=[*HEAD, "colour"]))
    assert codes(error) == [("GEP-K003", "row 1")]


def test_without_the_doubtful_rule_nothing_is_assumed(tmp_path, monkeypatch):
    sheet = read_sheet(folder() / "transition_rules.csv")
    with (tmp_path / "transition_rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD)
        writer.writeheader()
        writer.writerows(cells for _, cells in sheet.rows if (cells["from"], cells["to"]) != ("*", "*"))
    (tmp_path / "sources.csv").write_bytes((folder() / "sources.csv").read_bytes())
    monkeypatch.setattr("gep.accounts.attribution.folder", lambda: tmp_path)
    with pytest.raises(GepError) as error:
        load_rules()
    assert {f.code for f in error.value.faults} == {"GEP-X105"}


def test_changes_by_hand():
    table = changes(county(), load_rules())
    got = {(r.zone, r.old, r.new, r.flag): (r.area_m2, r.cause) for r in table.itertuples()}
    assert got == {
        ("a", "51d", "61", "plain"): (40_000, "human"),
        ("a", "51d", "11d", "plain"): (20_000, "human"),
        ("a", "11d", "51d", "small"): (5_000, "reappraisal"),
        ("a", "51d", "42", "swap"): (7_000, "reappraisal"),  # min(1.2, 0.7) both ways
        ("a", "42", "51d", "swap"): (7_000, "reappraisal"),
        ("a", "51d", "42", "edge"): (5_000, "doubtful"),  # 1.2 − 0.7 by its rule
        ("b", "42", "51d", "plain"): (10_000, "human"),
        ("b", "61", "51d", "plain"): (4_000, "human"),
        ("b", "51d", "61", "plain"): (10_000, "human"),
    }


def test_types_and_columns():
    land = shipped()["land"]
    assert columns_of(land, ("11d", "52s", "43c", "51p", "72", "63")) == {
        "11d": "arbor", "52s": "garden", "43c": "water", "51p": "paddy", "72": "other", "63": "transport",
    }  # fmt: skip
    every = tuple(t.code for t in ecosystem_types() if t.leaf)
    assert set(columns_of(land, every)) == set(every)
    assert all(k == v for k, v in columns_of(shipped()["extent"], every).items())
    base = land.model_dump()
    base["columns"][[c["id"] for c in base["columns"]].index("bamboo")]["types"] = ["11"]
    base["columns"][[c["id"] for c in base["columns"]].index("other")]["types"] = ["7"]
    with pytest.raises(GepError) as error:
        columns_of(Form.model_validate(base), ("11d", "82"))
    assert [f.code for f in error.value.faults] == ["GEP-X111", "GEP-X110"]


def plain_form(**more):
    """The example of docs/how-to/forms.md: rows that say no cause."""
    text = (Path(__file__).parents[1] / "docs/how-to/forms.md").read_text("utf-8")
    example = next(b for b in text.split("```") if b.startswith("yaml\n# 本县土地表.yaml"))
    return Form.model_validate({**yaml.safe_load(example.removeprefix("yaml")), **more})


def test_the_example_of_the_guide_holds_all_that_is_mapped():
    codes = [t.code for t in ecosystem_types()]
    assert form_faults(plain_form(), load_rules(), codes, SIDES) == []


def test_a_row_without_cause_takes_what_has_no_row_of_its_own():
    rows = [r.model_dump() for r in plain_form().rows]
    rows.append({"id": "built", "zh": "建设占用", "en": "Built over", "role": "reduction", "cause": "human"})
    form = plain_form(rows=rows)
    assert row_for(form, "afforestation", "addition", "human") == "more"
    assert row_for(form, "construction", "reduction", "human") == "built"
    assert row_for(form, "succession_loss", "reduction", "natural") == "less"
    assert row_for(form, "boundary_down", "reduction", "reappraisal") == "less"
    table = land_from_pixels([county()], load_rules(), form, NAMES)
    # 东河: dry (51d) 36 + 0.7 + 0.5 … loses 4 to 61, 2 to 11d, 0.5 along edges (human, human, doubtful) and swaps 0.7
    assert value(table, "a", "dry", "opening") + value(table, "a", "dry", "more") == pytest.approx(
        value(table, "a", "dry", "closing") + value(table, "a", "dry", "less") + value(table, "a", "dry", "built"),
        rel=0, abs=1e-9)  # fmt: skip
    assert value(table, "a", "dry", "more") == 1.2  # 0.5 small patch, 0.7 swap
    assert value(table, "a", "dry", "less") + value(table, "a", "dry", "built") == 7.2  # 4 + 2 + 1.2
    note = table[(table.zone == "a") & (table.column == "dry") & (table.row == "more")].note.iloc[0]
    assert note == "此行没有写原因：没有自己行的原因都计入 / no cause said: takes all that have no row of their own"


def test_faults_of_a_form_are_known_without_a_pixel():
    base = plain_form().model_dump()
    columns = [c | ({"unit": "亩"} if c["id"] == "dry" else {}) for c in base["columns"] if c["id"] != "rest"]
    columns[0]["of"] = ["cropland"]
    rows = [r | ({"cause": "human"} if r["id"] == "more" else {}) for r in base["rows"]]
    form = Form.model_validate({**base, "columns": columns, "rows": rows})
    found = form_faults(form, load_rules(), ["51p", "51d", "61"], SIDES)
    assert {f.code for f in found} == {"GEP-X110", "GEP-X112"}
    assert form_faults(form, load_rules(), ["51p", "51d"], SIDES)[0].code == "GEP-X113"
    assert all("cause natural" in f.en or "doubtful" in f.en or "reappraisal" in f.en for f in found[1:])
    twice = Form.model_validate({**base, "columns": [c | ({"types": ["51"]} if c["id"] == "paddy" else {})
                                                     for c in base["columns"]]})  # fmt: skip
    assert [f.code for f in form_faults(twice, load_rules(), ["51d"], SIDES)] == ["GEP-X111"]


def test_a_county_may_name_its_row_without_cause(tmp_path):
    path = own(tmp_path, {"from": "5", "to": "8", "reduction": "less"})
    assert load_rules(path, plain_form()).of("51d", "82").reduction == "less"
