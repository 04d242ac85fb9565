"""TLI: the formula by hand, the square of r, states, lakes of townships, what is missing."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal

import pytest
from monitoring_given import ZONES, codes, found, frame, given, of, readings

from gep.assessment.monitoring.trophic import DETERMINANDS, state, tli, tli_of, weights
from gep.rates import Rates


def rows():
    """Constant, slope, r² of the packaged rows."""
    find = Rates.load().find
    ask = {"schemes": ("tli_2001",), "date": dt.date(2023, 1, 1), "unit": "1"}
    return {
        k: tuple(float(find(s, key=k, **ask).number) for s in ("tli_constant", "tli_slope", "tli_r2"))
        for k in DETERMINANDS
    }


C = {"Chla": 10.0, "TP": 0.05, "TN": 1.0, "SD": 1.0, "CODMn": 4.0}


def test_each_part_by_hand():
    r = rows()
    # 25 + 10.86·ln 10 = 25 + 10.86·2.302585 = 50.00607
    assert tli_of(10, *r["Chla"][:2]) == pytest.approx(50.00607, rel=1e-6, abs=0)
    # 94.36 + 16.24·ln 0.05 = 94.36 − 16.24·2.995732 = 45.70931
    assert tli_of(0.05, *r["TP"][:2]) == pytest.approx(45.70931, rel=1e-6, abs=0)
    # ln 1 = 0: the constants themselves
    assert tli_of(1, *r["TN"][:2]) == pytest.approx(54.53, rel=1e-12, abs=0)
    # 51.18 − 19.4·ln 2 = 51.18 − 13.447055 = 37.732945: clearer water is less trophic
    assert tli_of(2, *r["SD"][:2]) == pytest.approx(37.732945, rel=1e-6, abs=0)
    # 1.09 + 26.61·ln 4 = 1.09 + 36.889293 = 37.979293
    assert tli_of(4, *r["CODMn"][:2]) == pytest.approx(37.979293, rel=1e-6, abs=0)


def test_index_by_hand():
    # (50.006074 + .7056·45.709308 + .6724·54.53 + .6889·51.18 + .6889·37.979293) / 3.7558
    # = (50.006074 + 32.252488 + 36.665972 + 35.257902 + 26.163935) / 3.7558 = 180.346371 / 3.7558 = 48.018098
    assert tli(C, rows()) == pytest.approx(48.018098, rel=1e-7, abs=0)


def test_r2_of_tn_is_the_square_of_r():
    # r = 0.82 (printed beside it): 0.82² = .6724; a public code types .6742
    found = Rates.load().find("tli_r2", schemes=("tli_2001",), key="TN", date=dt.date(2023, 1, 1), unit="1")
    assert found.number == Decimal("0.82") ** 2
    assert found.number != Decimal("0.6742")


def test_weights_as_published():
    # 李娜 2018 prints 0.2663, 0.1879, 0.1790, 0.1834, 0.1834; with .6742 that of TN would be 0.1794
    made = weights({k: r2 for k, (_, _, r2) in rows().items()})
    printed = {"Chla": 0.2663, "TP": 0.1879, "TN": 0.1790, "SD": 0.1834, "CODMn": 0.1834}
    assert {k: round(w, 4) for k, w in made.items()} == printed
    assert math.fsum(made.values()) == pytest.approx(1, rel=1e-15, abs=0)


def test_fewer_determinands_are_weighted_anew():
    # only Chla and TN: (1·50.006074 + .6724·54.53) / 1.6724 = 86.672046 / 1.6724 = 51.824950
    assert tli({"Chla": 10, "TN": 1}, rows()) == pytest.approx(51.824950, rel=1e-7, abs=0)


@pytest.mark.parametrize("c", [0, -1, float("nan")])
def test_no_logarithm_of_nothing(c):
    with pytest.raises(ValueError, match="no logarithm"):
        tli(C | {"TP": c}, rows())


def test_without_chlorophyll_no_index():
    with pytest.raises(ValueError, match="Chla"):
        tli({"TP": 0.05, "TN": 1.0}, rows())


def test_states_at_their_cuts():
    cuts = (30, 50, 60, 70)  # 30 ≤ TLI ≤ 50 中营养
    made = [state(x, cuts) for x in (29.99, 30, 50, 50.01, 60, 60.01, 70, 70.01)]
    assert made == [0, 1, 1, 2, 2, 3, 3, 4]


def test_worse_readings_never_lower_the_index():
    rng = random.Random(1)
    for _ in range(300):
        c = {k: math.exp(rng.uniform(-3, 3)) for k in DETERMINANDS}
        worse = rng.choice(DETERMINANDS)
        by = rng.uniform(1, 3)
        bad = c | {worse: c[worse] / by if worse == "SD" else c[worse] * by}
        assert tli(bad, rows()) >= tli(c, rows())


# --- the measure ------------------------------------------------------------------------------------------------------

ONE = {"Chla": 10, "TP": 0.05, "TN": 1, "SD": 1, "CODMn": 4}
TWO = {"Chla": 40, "TP": 0.2, "TN": 3, "SD": 0.4, "CODMn": 8}


def lakes(rows=(("L1", "平湖", "a"), ("L2", "南湖", "a"))):
    return frame(rows, ["section", "name", "zone"], "湖库名录.csv")


def case(values, listed=None):
    return given({("lakes", 2023): lakes() if listed is None else listed, ("lake_readings", 2023): readings(values)})


def test_a_township_has_its_worst_lake():
    one, two = (of("tli", case({"L1": v}, lakes((("L1", "平湖", "a"),))))["a"].value for v in (ONE, TWO))
    assert one == pytest.approx(48.018098, rel=1e-7, abs=0)
    both = of("tli", case({"L1": ONE, "L2": TWO}))
    assert both["a"].value == two > one
    assert both[""].value == two  # the county's worst
    assert both["b"].status == "missing"
    assert "没有湖库" in both["b"].note.zh
    assert of("tli", case({"L2": TWO, "L1": ONE}, lakes((("L2", "南湖", "a"), ("L1", "平湖", "a")))))["a"].value == two


def test_a_missing_month_is_no_zero():
    gap = ONE | {"Chla": dict.fromkeys(range(1, 12), 10)}  # December not read: the mean of eleven is 10 still
    made = of("tli", case({"L1": gap}))["a"]
    assert made.value == pytest.approx(48.018098, rel=1e-7, abs=0)
    assert made.status == "partial"
    assert "12 月" in made.note.zh


def test_means_are_of_concentrations():
    # Chla 5 and 15 by turns: the mean is 10, the index that of 10 (not the mean of two logarithms)
    turns = ONE | {"Chla": {m: 5 if m % 2 else 15 for m in range(1, 13)}}
    assert of("tli", case({"L1": turns}))["a"].value == pytest.approx(48.018098, rel=1e-7, abs=0)


def test_a_lake_without_chlorophyll_is_missing():
    made = of("tli", case({"L1": {k: v for k, v in ONE.items() if k != "Chla"}}))["a"]
    assert made.value is None
    assert "叶绿素" in made.note.zh


def test_a_missing_determinand_is_told():
    made = of("tli", case({"L1": {"Chla": 10, "TN": 1}}))["a"]
    assert made.value == pytest.approx(51.824950, rel=1e-7, abs=0)
    assert made.status == "partial"
    assert "CODMn" in made.note.zh


@pytest.mark.parametrize(("what", "bad"), [("Chla", "0"), ("SD", "0"), ("TP", "0"), ("Chla", "-3"), ("SD", "60")])
def test_readings_that_cannot_be(what, bad):
    said = found("tli", case({"L1": ONE | {what: bad}}))
    assert said.faults
    assert not said.observations
    assert set(codes(said.faults)) <= {"GEP-G128", "GEP-G106", "GEP-G104"}
    assert "row" in said.faults[0].place


def test_below_detection_counts_half():
    # 0.02L in every month: half the limit, 0.01: TLI(TP) = 94.36 + 16.24·ln 0.01 = 94.36 − 74.787964 = 19.572036
    made = of("tli", case({"L1": ONE | {"TP": "0.02L"}}))["a"]
    line = next(one for one in made.lines if one.id == "tli.TP")
    assert line.value == pytest.approx(94.36 - 16.24 * 4.605170186, rel=1e-9, abs=0)


def test_register_faults_are_told_at_once():
    listed = lakes((("L1", "平湖", "a"), ("L1", "平湖", "a"), ("L1", "大湖", "b")))
    said = found("tli", case({"L1": ONE}, listed))
    assert {"GEP-J150", "GEP-J151"} <= set(codes(said.faults))


def test_it_explains_itself():
    made = of("tli", case({"L1": ONE}))["a"]
    kinds = [line.kind for line in made.lines]
    assert kinds.count("formula") == 1
    assert kinds.count("reading") == 5
    assert made.confidence == "secondary"
    assert all(line.note.startswith("row ") for line in made.lines if line.kind == "reading")
    assert ZONES
