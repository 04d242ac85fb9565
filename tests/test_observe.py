"""Observations: what is left out is missing, the county's figure is made as the catalogue says, ratios come last."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from assessed import ZONES, given, indicator, results
from hypothesis import given as drawn
from hypothesis import strategies as st

from gep.assessment.events import EVENTS
from gep.assessment.measures.figures import FIGURES, figure_faults
from gep.assessment.nouns import COUNTY, Observation, Observed
from gep.assessment.observe import frame, observe
from gep.assessment.targets import TARGETS
from gep.compensation.nouns import Words
from gep.intake.monitoring import read_table
from gep.study_parts import TableSpec

ROWS = [
    (2023, "101", "soil_retention", "regulating", "silt", 100.25, 5.0, "t/a", "verified"),
    (2023, "101", "provisioning", "provisioning", "小麦", 50.50, None, "", "unverified"),
    (2023, "102", "soil_retention", "regulating", "silt", 30.00, 2.5, "t/a", "secondary"),
    (2023, "103", "provisioning", "provisioning", "小麦", 9.25, None, "", "unverified"),
]
GEP = indicator("gep")
REGULATING = indicator("gep_regulating", of="regulating")


def values(found: Observed, code: str, year: int = 2023) -> dict[str, float | None]:
    return {z: found.get(code, z, year).value for z in (*ZONES, COUNTY)}


def test_the_value_of_a_township_is_the_sum_of_its_ledger_rows():
    found, faults, checks, _ = observe([GEP, REGULATING], given(results=results(ROWS)))
    assert faults == []
    assert values(found, "gep") == {"101": 150.75, "102": 30.0, "103": 9.25, "": 190.0}
    # a whole account without a row of it: there is none of it, and that is 0
    assert values(found, "gep_regulating") == {"101": 100.25, "102": 30.0, "103": 0.0, "": 130.25}
    one = found.get("gep", "101", 2023)
    assert [(line.id, line.value) for line in one.lines if line.kind == "ledger"] == [
        ("2023/soil_retention.silt/101/0", 100.25), ("2023/provisioning.小麦/101/1", 50.5)]  # fmt: skip
    assert one.confidence == "unverified"
    assert [(c["id"], c["left"], c["right"], c["passed"]) for c in checks] == [
        ("indicator.gep", 190.0, 190.0, True), ("indicator.gep_regulating", 130.25, 130.25, True)]  # fmt: skip


def test_a_year_without_rows_is_missing_and_says_so():
    found, *_ = observe([GEP], given(results=results(ROWS)))
    assert set(values(found, "gep", 2020).values()) == {None}
    assert "2020" in found.get("gep", "101", 2020).note.zh


def test_a_partial_account_has_no_total_but_has_its_parts():
    found, *_ = observe([GEP, REGULATING], given(results=results(ROWS, complete={2023: False})))
    assert set(values(found, "gep").values()) == {None}
    assert "部分核算" in found.get("gep", COUNTY, 2023).note.zh
    # not whole: a township without a row may lack it, so it is missing, not 0; the county has what there is
    assert values(found, "gep_regulating") == {"101": 100.25, "102": 30.0, "103": None, "": 130.25}


def test_a_row_without_a_value_makes_its_township_partial():
    rows = [*ROWS, (2023, "102", "tourism", "cultural", "visits", None, 3.0, "visit/a", "secondary")]
    found, *_ = observe([GEP], given(results=results(rows)))
    assert (found.get("gep", "102", 2023).status, found.get("gep", "102", 2023).value) == ("partial", 30.0)
    assert found.get("gep", "101", 2023).status == "ok"
    assert found.get("gep", COUNTY, 2023).status == "partial"


def test_a_due_without_an_amount_makes_both_sides_partial():
    none = float("nan")
    dues = pd.DataFrame([
        {"period": 2023, "settlement": "s", "subject": o, "payer": a, "payee": b, "amount": v,
         "confidence": "secondary", "lineage": f"d{o}"}
        for o, a, b, v in (("1", "101", "102", 70.0), ("2", "102", "101", none))
    ])  # fmt: skip
    stood = [{"period": 2023, "party": "101", "pays": 70.0, "receives": 0.0, "net": -70.0},
             {"period": 2023, "party": "102", "pays": 0.0, "receives": 70.0, "net": 70.0}]  # fmt: skip
    left = results(dues=dues, positions=pd.DataFrame(stood))
    found, *_ = observe([indicator("net", measure="settled", of="net")], given(results=left))
    assert values(found, "net") == {"101": -70.0, "102": 70.0, "103": 0.0, "": 0.0}
    assert [found.get("net", z, 2023).status for z in ("101", "102", "103", COUNTY)] == ["partial"] * 2 + [
        "ok",
        "partial",
    ]
    assert "s 2" in found.get("net", "101", 2023).note.en  # which one


def test_quantities_are_summed_in_the_unit_of_the_catalogue():
    silt = indicator("silt", unit="kg/a", measure="quantity", of="soil_retention.silt")
    found, *_ = observe([silt], given(results=results(ROWS)))
    assert values(found, "silt") == {"101": 5000.0, "102": 2500.0, "103": 0.0, "": 7500.0}  # t → kg


def test_areas_are_those_of_the_type_and_what_it_contains():
    types = {2023: {"101": {"11e": 1e4, "12": 2e4, "51p": 5e4}, "102": {"1": 3e4}, "103": {}}}
    forest = indicator("forest", unit="ha", measure="area", of="1")
    found, *_ = observe([forest], given(results=results(ROWS, types=types)))
    assert values(found, "forest") == {"101": 3.0, "102": 3.0, "103": 0.0, "": 6.0}
    assert set(values(found, "forest", 2020).values()) == {None}


@pytest.mark.parametrize(
    ("how", "direction", "want"),
    [
        ("area_mean", "positive", (1 * 10 + 2 * 40 + 3 * 20) / 6),  # areas of 1, 2, 3 km²
        ("worst", "positive", 10.0),
        ("worst", "negative", 40.0),
        ("none", "positive", None),
    ],
)
def test_the_countys_figure_is_made_as_the_catalogue_says(how, direction, want):
    import pandas as pd

    table = pd.DataFrame({"zone": list(ZONES), "score": [10.0, 40.0, 20.0]}, index=[2, 3, 4])
    table.attrs = {"file": "t.csv", "units": {"score": "1"}}
    one = indicator("score", unit="1", measure="statistic", of="score", aggregation=how, direction=direction)
    found, *_ = observe([one], given(tables={("statistics", 2023): table}, results=results(ROWS)))
    assert found.get("score", COUNTY, 2023).value == want


def test_a_sum_with_a_township_missing_is_partial_and_names_it():
    import pandas as pd

    table = pd.DataFrame({"zone": ["101", "103"], "score": [10.0, 20.0]}, index=[2, 3])
    table.attrs = {"file": "t.csv", "units": {"score": "1"}}
    one = indicator("score", unit="1", measure="statistic", of="score")
    found, _, checks, _ = observe([one], given(tables={("statistics", 2023): table}))
    county = found.get("score", COUNTY, 2023)
    assert (county.value, county.status) == (30.0, "partial")
    assert "乙乡" in county.note.zh
    assert checks == []  # not whole: nothing to hold against each other


def test_a_ratio_is_of_the_countys_own_two_figures_never_a_mean():
    share = indicator("share", unit="%", measure="ratio", of="gep_regulating / gep", aggregation="own")
    asked = [share, GEP, REGULATING]
    found, *_ = observe(asked, given(results=results(ROWS), catalogue={one.code: one for one in asked}))
    got = values(found, "share")
    assert got["101"] == pytest.approx(100 * 100.25 / 150.75, rel=1e-12, abs=0)
    assert got["102"] == 100.0
    assert got[COUNTY] == pytest.approx(100 * 130.25 / 190, rel=1e-12, abs=0)
    assert [line.id for line in found.get("share", "101", 2023).lines if line.kind == "indicator"] == [
        "gep_regulating/101/2023", "gep/101/2023"]  # fmt: skip


def test_a_ratio_over_zero_or_over_what_is_missing_is_missing():
    share = indicator("share", unit="1", measure="ratio", of="gep / gep_regulating", aggregation="own")
    asked = [share, GEP, REGULATING]
    found, *_ = observe(asked, given(results=results(ROWS), catalogue={one.code: one for one in asked}))
    none = found.get("share", "103", 2023)
    assert (none.value, "为 0" in none.note.zh) == (None, True)
    assert "缺" in found.get("share", "101", 2020).note.zh


def test_what_needs_a_run_is_missing_without_one():
    found, *_ = observe([GEP], given())
    assert set(values(found, "gep").values()) == {None}
    assert "gep run" in found.get("gep", "101", 2023).note.zh


def test_an_observation_is_whole_or_missing_with_a_reason():
    for bad in (
        {"value": None},
        {"value": float("inf")},
        {"value": float("nan")},
        {"value": None, "status": "missing"},
    ):
        with pytest.raises(ValueError, match="x/101/2023"):
            Observation("x", "101", 2023, **bad)
    with pytest.raises(ValueError, match="twice"):
        Observed.of([Observation("x", "101", 2023, 1.0)] * 2)


def test_the_frame_says_every_observation_once():
    found, *_ = observe([GEP], given(results=results(ROWS)))
    table = frame(found, {"gep": GEP}, ZONES)
    assert len(table) == 2 * (len(ZONES) + 1)
    assert table["value"].isna().sum() == 4
    assert not table["lineage"].duplicated().any()


@drawn(st.permutations(ROWS))
def test_the_order_of_ledger_rows_changes_nothing(rows):
    found, *_ = observe([GEP], given(results=results(rows)))
    assert values(found, "gep") == {"101": 150.75, "102": 30.0, "103": 9.25, "": 190.0}


def test_a_wrong_county_figure_fails_its_identity(monkeypatch):
    from gep.assessment import measure
    from gep.assessment import observe as module

    real = measure.registry()["ledger"]

    def off(one, year, at):
        found = real.compute(one, year, at)
        wrong = [replace(o, value=o.value + 0.01) if o.zone == COUNTY else o for o in found.observations]
        return replace(found, observations=tuple(wrong))

    monkeypatch.setattr(module, "registry", lambda: {"ledger": replace(real, compute=off)})
    _, _, checks, _ = observe([GEP], given(results=results(ROWS), years=(2023,)))
    assert [c["passed"] for c in checks] == [False]


def test_words_of_what_is_missing_are_in_both_languages():
    found, *_ = observe([GEP], given())
    note = found.get("gep", "101", 2023).note
    assert isinstance(note, Words)
    assert note.zh
    assert note.en


# --- reported figures: several years in one file, per cents


@pytest.mark.parametrize("head", ["年", "年份", "年度", "统计年度"])
@pytest.mark.parametrize("table", [FIGURES, TARGETS, EVENTS], ids=lambda t: t.role)
def test_of_a_file_of_several_years_only_the_year_is_read(table, head, tmp_path):
    names = {"figures": "乡镇,指标,数值,单位", "targets": "乡镇,指标,目标值,单位", "events": "乡镇,类型,事由,分值"}
    text = [f"{names[table.role]},{head}", "甲镇,a,1,%,2020", "甲镇,a,2,%,2023"]
    (tmp_path / "t.csv").write_text("\n".join(text).replace("%", "1" if table is EVENTS else "%"), "utf-8")
    rows = read_table(TableSpec(path="t.csv"), 2023, tmp_path, "", table.expected)
    assert list(rows.index) == [3]


def reported(values: dict[str, float], unit: str = "%", **said):
    """Faults of figures of one indicator in %, by township."""
    rows = pd.DataFrame({"zone": list(values), "indicator": "rate", "quantity": list(values.values()), "unit": unit},
                        index=range(2, len(values) + 2))  # fmt: skip
    rows.attrs["file"] = "f.csv"
    one = indicator("rate", unit="%", measure="reported", **said)
    at = given(tables={("figures", 2023): rows}, catalogue={"rate": one})
    return [(f.code, f.severity, f.place) for f in figure_faults(at, 2023)]


def test_a_per_cent_above_a_hundred_is_refused_unless_the_catalogue_says_otherwise():
    assert reported({"101": 872.0, "102": 91.0}) == [("GEP-J038", "error", "row 2")]
    assert reported({"101": 8.72, "102": 0.91}, unit="1") == [("GEP-J038", "error", "row 2")]
    assert reported({"101": 100.0, "102": 91.0}) == []
    assert reported({"101": 872.0, "102": 91.0}, high=1000.0) == []


def test_a_per_cent_that_looks_like_a_ratio_is_asked_about():
    assert reported({"101": 0.872, "102": 91.0, "103": 88.0}) == [("GEP-J039", "warning", "row 2")]
    assert reported({"101": 0.872, "102": 0.91}) == [("GEP-J039", "warning", "row 2"), ("GEP-J039", "warning", "row 3")]
    assert reported({"101": 0.872, "102": 0.91}, unit="1") == []
    assert reported({"101": 0.9, "102": 30.0, "103": 0.0}) == []  # 30 is not 50 times that
