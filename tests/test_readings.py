"""Monitoring readings: text of a laboratory, units, detection limits, and every oddity named with its row."""

import types
from decimal import Decimal

import pandas as pd
import pytest
from cases_water_sections import frame, own

from gep.compensation.nouns import Terms
from gep.compensation.water.readings import READINGS, censored, determinand, read, written
from gep.errors import GepError
from gep.intake.monitoring import read_table
from gep.intake.values import NotANumber, key
from gep.rates import Rates, packaged
from gep.study_parts import TableSpec

LONG = ("section", "month", "determinand", "value", "unit")
NAMES = {key(w): "S1" for w in ("S1", "柳堤断面")} | {"s2": "S2"}
TERMS = Terms(Rates(packaged()))


def taken(*rows, columns=LONG, terms=TERMS, detection=None, period=2023):
    return read(frame(columns, rows, "r.csv"), period=period, names=NAMES, terms=terms, detection=detection)


def faults(*rows, **more):
    return [(f.code, f.place) for f in taken(*rows, **more)[1]]


@pytest.mark.parametrize(
    ("text", "value", "below"),
    [("0.31", "0.31", False), ("０．３１", "0.31", False), ("1,250", "1250", False), ("0.025L", "0.025", True),
     ("0.025 l", "0.025", True), ("<0.025", "0.025", True), ("＜0.025", "0.025", True), ("<0.025L", "0.025", True),
     ("未检出", None, True), ("ND", None, True), ("未检出（0.01）", "0.01", True), ("n.d.(<0.01)", "0.01", True)],
)  # fmt: skip
def test_a_cell_is_read_as_it_was_written(text, value, below):
    number, censored_ = written(text)
    assert (None if number is None else Decimal(number)) == (None if value is None else Decimal(value))
    assert censored_ is below


@pytest.mark.parametrize("text", ["约0.3", "0.3mg", "L", "<", "优"])
def test_anything_else_is_no_number(text):
    with pytest.raises(NotANumber):
        written(text)


def test_below_detection_counts_half_in_means_and_nothing_in_loads():
    found, wrong = taken(("S1", 1, "氨氮", "0.025L", "mg/L"))
    assert not wrong
    reading = found.of("S1", 1)["NH3-N"]
    assert reading.below
    assert found.counted(reading, "mean") == Decimal("0.0125")  # 0.025 / 2, 环办监测函〔2020〕82号 point 7
    assert found.counted(reading, "load") == 0  # SL 219-2013
    assert censored(Decimal("0.01"), Decimal("0.5")) == Decimal("0.005")
    line = reading.line("2023-01", Decimal("0.0125"))
    assert (line.file, line.note) == ("r.csv", "row 2: 0.025L")


def test_the_limit_of_an_undetected_reading_comes_from_text_column_or_table():
    columns = (*LONG, "detection_limit")
    detection = frame(("determinand", "detection_limit", "unit"), [("总磷", "10", "µg/L")], "d.csv")
    rows = [("S1", 1, "NH3-N", "未检出(0.02)", None, None), ("S1", 2, "NH3-N", "ND", None, "0.05"),
            ("S1", 1, "TP", "未检出", "mg/L", None)]  # fmt: skip
    found, wrong = taken(*rows, columns=columns, detection=detection)
    assert not wrong
    values = [found.counted(found.of("S1", m)[f]) for m, f in ((1, "NH3-N"), (2, "NH3-N"), (1, "TP"))]
    assert values == [Decimal("0.01"), Decimal("0.025"), Decimal("0.005")]  # halves of 0.02, 0.05 and 10 µg/L


def test_without_a_known_limit_the_row_is_named():
    wrong = taken(("S1", 1, "TP", "0.1", "mg/L"), ("S1", 1, "NH3-N", "未检出", "mg/L"))[1]
    assert [(f.code, f.file, f.place) for f in wrong] == [("GEP-G103", "r.csv", "row 3, column value")]
    assert "NH3-N" in wrong[0].text("zh")


def test_units_are_converted_exactly():
    found, wrong = taken(("S1", 1, "NH3-N", "312", "µg/L"), ("S1", 1, "总磷", "80", "微克/升"),
                         ("S1", 1, "COD", "0.021", "g/L"), ("S1", 2, "TP", "5L", "µg/L"))  # fmt: skip
    assert not wrong
    month = found.of("S1", 1)
    assert (month["NH3-N"].value, month["TP"].value, month["COD"].value) == (
        Decimal("0.312"), Decimal("0.08"), Decimal(21) / 1000 * 1000)  # fmt: skip
    assert found.counted(found.of("S1", 2)["TP"]) == Decimal("0.0025")


def test_a_slip_of_units_is_told_with_the_way_to_allow_it():
    (wrong,) = taken(("S1", 3, "氨氮", "312", "mg/L"))[1]
    assert (wrong.code, wrong.place) == ("GEP-G104", "row 2, column value")
    assert "plausible_max" in wrong.text("en")
    assert "312" in wrong.text("en")
    allowed = Terms(Rates((*packaged(), own("plausible_max", 400, "mg/L", key="NH3-N"))), ("own",))
    (asked,) = taken(("S1", 3, "氨氮", "312", "mg/L"), terms=allowed)[1]  # settled, and still asked about
    assert (asked.code, asked.severity) == ("GEP-G129", "warning")


def test_every_oddity_is_told_at_once_with_its_row():
    rows = [
        ("柳堤断面 ", 1, "氨氮", "0.3", "mg/L"),
        ("S1", 1, "NH3-N", "0.4", "mg/L"),  # row 3: the same month and determinand
        ("柳提断面", 1, "氨氮", "0.3", "mg/L"),  # row 4: unknown section
        ("S1", 1, "氨淡", "0.3", "mg/L"),  # row 5: unknown determinand
        ("S1", 13, "TP", "0.1", "mg/L"),  # row 6: no month
        ("S1", 2, "TP", "-0.1", "mg/L"),  # row 7
        ("S1", 3, "TP", "好", "mg/L"),  # row 8
        ("S1", 4, "TP", "0.1", "kg"),  # row 9
        ("S1", None, "TP", "0.1", "mg/L"),  # row 10
    ]
    found = faults(*rows)
    assert found == [
        ("GEP-G105", "row 3, column value"), ("GEP-G100", "row 4, column section"),
        ("GEP-G101", "row 5, column determinand"), ("GEP-G107", "row 6, column month"),
        ("GEP-G106", "row 7, column value"), ("GEP-G102", "row 8, column value"), ("GEP-G108", "row 9, column unit"),
        ("GEP-G107", "row 10, column month"),
    ]  # fmt: skip
    texts = [f.text("en") for f in taken(*rows)[1]]
    assert "2, 3" in texts[0]
    assert "Did you mean “氨氮”" in texts[2]


def test_blank_is_missing_dry_is_known_and_other_years_are_left_out():
    columns = ("section", "year", "month", "determinand", "value")
    rows = [("S1", 2023, 1, "TP", None), ("S1", 2023, 2, "TP", "—"), ("S1", 2023, 3, "TP", "断流"),
            ("S1", 2022, 4, "TP", "0.1"), ("S1", 2023, 5, "TP", 0.1)]  # fmt: skip
    found, wrong = taken(*rows, columns=columns)
    assert not wrong
    assert list(found.by) == [("S1", 5)]
    assert found.of("S1", 5)["TP"].value == Decimal("0.1")  # a float of a workbook is what it prints
    assert found.dry == {("S1", 3): "row 4: 断流"}


@pytest.mark.parametrize(
    ("word", "what"),
    [("高锰酸盐指数", "CODMn"), ("化学需氧量", "COD"), ("氨 氮", "NH3-N"), ("nh3-n", "NH3-N"), ("总磷", "TP"),
     ("pH", "pH"), ("五日生化需氧量", "BOD5"), ("电导率", None)],
)  # fmt: skip
def test_the_names_of_determinands(word, what):
    assert determinand(word) == what


def wide(tmp_path, text, **spec):
    (tmp_path / "断面.csv").write_text(text, "utf-8")
    study = types.SimpleNamespace(folder=tmp_path, tables={}, name="县")
    return read_table(TableSpec(path="断面.csv", wide="value", **spec), 2023, study, "", READINGS)


def test_a_wide_table_keeps_what_is_below_detection_and_its_units(tmp_path):
    text = ("断面编号,断面名称,类型,年,月,高锰酸盐指数(mg/L),氨氮(µg/L),总磷(mg/L)\n"
            "S1,柳堤断面,入境,2023,1,4.3,391,0.01L\nS1,柳堤断面,入境,2023,2,3.5,,断流\n"
            "S1,柳堤断面,入境,2022,1,9,9,9\n")  # fmt: skip
    table = wide(tmp_path, text)
    found, wrong = read(table, period=2023, names=NAMES, terms=TERMS)
    assert not wrong
    month = found.of("S1", 1)
    assert {f: found.counted(r) for f, r in month.items()} == {
        "CODMn": Decimal("4.3"), "NH3-N": Decimal("0.391"), "TP": Decimal("0.005")}  # fmt: skip
    assert month["TP"].row == 2
    assert set(found.of("S1", 2)) == {"CODMn"}
    assert found.dry == {("S1", 2): "row 3: 断流"}


def test_a_unit_that_the_study_states_holds_for_readings(tmp_path):
    (tmp_path / "长.csv").write_text("断面,月,指标,浓度\nS1,1,氨氮,391\n", "utf-8")
    study = types.SimpleNamespace(folder=tmp_path, tables={}, name="县")
    spec = TableSpec(path="长.csv", columns={"value": "浓度"}, units={"value": "µg/L"})
    found, wrong = read(read_table(spec, 2023, study, "", READINGS), period=2023, names=NAMES, terms=TERMS)
    assert not wrong
    assert found.of("S1", 1)["NH3-N"].value == Decimal("0.391")


# --- gates


def coded(*rows, **more):
    return [(f.code, f.severity, f.place) for f in taken(*rows, **more)[1]]


def test_a_detection_limit_passes_the_gate_of_units_too():
    # TP 25L is 0.025 mg/L written in µg: half of it, 12.5 mg/L, would be charged up to the cap; the gate is 20 mg/L
    columns = (*LONG, "detection_limit")
    rows = [("S1", 1, "TP", "25L", "mg/L", None), ("S1", 2, "TP", "ND", "mg/L", "500"),
            ("S1", 1, "NH3-N", "61L", "mg/L", None), ("S1", 3, "TP", "25L", "µg/L", None)]  # fmt: skip
    assert coded(*rows, columns=columns) == [("GEP-G104", "error", f"row {n}, column value") for n in (2, 3, 4)]


@pytest.mark.parametrize("what", ["CODMn", "COD", "NH3-N", "TP", "TN", "BOD5"])
def test_a_zero_is_no_concentration(what):
    (wrong,) = taken(("S1", 1, what, "0.00", "mg/L"))[1]
    assert (wrong.code, wrong.severity, wrong.place) == ("GEP-G128", "error", "row 2, column value")
    assert "ND(0.025)" in wrong.text("en")
    assert coded(("S1", 1, what, "0L", "mg/L")) == [("GEP-G128", "error", "row 2, column value")]  # no limit either
    assert not taken(("S1", 1, what, "0.001L", "mg/L"))[1]  # below detection: counts half, or 0 in loads


def test_oxygen_may_be_zero():
    assert not taken(("S1", 1, "DO", "0", "mg/L"), ("S1", 1, "temperature", "0", None))[1]


def test_a_reading_many_times_beyond_class_v_is_asked_about_and_taken():
    # class Ⅴ: NH3-N 2, TP 0.4 mg/L; ten times that is 20 and 4
    found, wrong = taken(("S1", 1, "NH3-N", "40", "mg/L"), ("S1", 1, "TP", "9", "mg/L"), ("S1", 2, "TP", "4", "mg/L"),
                         ("S1", 2, "NH3-N", "20", "mg/L"), ("S1", 1, "DO", "21", "mg/L"))  # fmt: skip
    assert [(f.code, f.severity, f.place) for f in wrong] == [
        ("GEP-G129", "warning", "row 2, column value"), ("GEP-G129", "warning", "row 3, column value")]  # fmt: skip
    assert "40" in wrong[0].en
    assert found.of("S1", 1)["NH3-N"].value == 40
    told = Terms(Rates((*packaged(), own("suspicious_multiple", 30, "1"))), ("own",))
    assert not taken(("S1", 1, "NH3-N", "40", "mg/L"), terms=told)[1]


@pytest.mark.parametrize("text", ["0.01（L）", "0.01(L)", "<0.01(L)", "0.01 ( L )"])
def test_an_l_in_brackets_is_below_detection(text):
    assert written(text) == (Decimal("0.01"), True)


def test_a_date_and_a_month_that_disagree_are_told():
    columns = ("section", "date", "month", "determinand", "value")
    rows = [("S1", pd.Timestamp("2023-01-05"), 2, "TP", "0.1"), ("S1", pd.Timestamp("2023-02-05"), 2, "TP", "0.1")]
    assert coded(*rows, columns=columns) == [("GEP-G127", "error", "row 2, column month")]


def test_faults_name_the_heads_of_the_table(tmp_path):
    text = "断面编号,年,月,氨氮(µg/L),总磷(mg/L)\nS1,2023,1,x,0\nS9,2023,2,30,0.1\nS1,2023,13,30,0.1\n"
    wrong = read(wide(tmp_path, text), period=2023, names=NAMES, terms=TERMS)[1]
    assert {(f.code, f.place) for f in wrong} == {
        ("GEP-G102", "row 2, column 氨氮"), ("GEP-G128", "row 2, column 总磷"), ("GEP-G100", "row 3, column 断面编号"),
        ("GEP-G107", "row 4, column 月")}  # fmt: skip


def test_a_wide_table_that_is_not_called_wide_is_told_how(tmp_path):
    (tmp_path / "宽.csv").write_text("断面,年,月,化学需氧量(mg/L),氨氮(mg/L)\nS1,2023,1,30,1\n", "utf-8")
    study = types.SimpleNamespace(folder=tmp_path, tables={}, name="县")
    with pytest.raises(GepError) as raised:
        read_table(TableSpec(path="宽.csv"), 2023, study, "", READINGS)
    (wrong,) = (f for f in raised.value.faults if f.place == "columns.determinand")
    for remedy in (wrong.fix_zh, wrong.fix_en):
        assert "wide: value" in remedy
        assert "氨氮(mg/L)" in remedy
