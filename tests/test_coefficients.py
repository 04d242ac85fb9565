"""Coefficient look-up: precedence, dates, blanks, units, sets; and the rules every table keeps."""

import dataclasses
import datetime as dt
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.coefficient_check import is_price
from gep.coefficient_package import text
from gep.coefficient_tables import REGISTRIES, read_sheet, region_chain, region_code, row, type_chain
from gep.coefficients import COLUMNS, Coefficients, Found, ecosystem_types, folder, paste, profiles, validate, worst
from gep.errors import GepError

HEADER = ",".join(COLUMNS)
DAY = dt.date(2020, 12, 31)


def make(*cells, sets=None, defaults=None, carry_forward=False):
    """Coefficients of hand-made rows; a row with local=True is the county's."""
    rows = []
    for number, given_cells in enumerate(cells):
        own = dict(given_cells)
        is_local = own.pop("local", False)
        base = dict.fromkeys(COLUMNS, "") | {
            "id": f"r{number}", "symbol": "c", "type": "*", "region": "*", "value": str(number), "unit": "1",
            "confidence": "verified", "source": "toolkit",
        }  # fmt: skip
        rows.append(row(base | own, file="hand.csv", line=number + 2, local=is_local))
    return Coefficients(tuple(rows), sets or {}, defaults or {}, carry_forward, "test", ecosystem_types(), {})


def find(coefficients, symbol="c", type="*", region="*", date=DAY, unit="1"):
    return coefficients.find(symbol, type=type, region=region, date=date, unit=unit)


def refused(function, *args, **kwargs):
    with pytest.raises(GepError) as caught:
        function(*args, **kwargs)
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


# precedence ----------------------------------------------------------------------------------------------------------
TABLE = [  # what rows there are (type, region, local) → which answers for 51d in 341602
    ([("*", "*", 0), ("*", "CN", 0)], 1),
    ([("*", "CN", 0), ("*", "34", 0)], 1),
    ([("*", "34", 0), ("*", "3416", 0)], 1),
    ([("*", "3416", 0), ("*", "341602", 0)], 1),
    ([("5", "*", 0), ("*", "341602", 0)], 0),  # type outranks region
    ([("51", "*", 0), ("5", "341602", 0)], 0),
    ([("51d", "*", 0), ("51", "341602", 0)], 0),
    ([("51d", "*", 0), ("51", "341602", 1)], 0),  # … and the county's row
    ([("51d", "34", 0), ("51d", "341602", 0)], 1),
    ([("51d", "34", 0), ("51d", "34", 1)], 1),  # the county's row outranks its equal
    ([("51d", "34", 1), ("51d", "341602", 0)], 1),  # but not a nearer one
    ([("51p", "341602", 0), ("52", "341602", 0), ("*", "*", 0)], 2),  # other types do not answer
    ([("51d", "33", 0), ("51d", "3417", 0), ("51d", "341699", 0), ("5", "CN", 0)], 3),  # nor other regions
]


@pytest.mark.parametrize(("rows", "answer"), TABLE)
def test_precedence(rows, answer):
    own = make(*({"type": t, "region": r, "local": bool(is_local)} for t, r, is_local in rows))
    assert find(own, type="51d", region="341602").rows == (f"r{answer}",)


@given(st.sets(st.tuples(st.sampled_from(["51d", "51", "5", "*"]), st.sampled_from(["341602", "3416", "34", "CN", "*"]),
                         st.booleans()), min_size=1))  # fmt: skip
def test_precedence_is_type_then_region_then_local(places):
    cells = [{"type": t, "region": r, "local": is_local} for t, r, is_local in sorted(places)]
    kinds, regions = type_chain("51d"), region_chain("341602")
    wanted = min(cells, key=lambda c: (kinds.index(c["type"]), regions.index(c["region"]), not c["local"]))
    assert find(make(*cells), type="51d", region="341602").rows == (f"r{cells.index(wanted)}",)


@pytest.mark.parametrize(
    ("text_", "code"),
    [("340000", "34"), ("341600", "3416"), ("341602", "341602"), ("cn", "CN"), ("*", "*"), ("341602001", "341602001"),
     ("341602001000", "341602001"), ("341602000000", "341602"), ("34", "34"), ("460000", "46"), ("469000", "4690")],
)  # fmt: skip
def test_region_codes_lose_their_empty_levels(text_, code):
    assert region_code(text_) == code


def test_region_chain():
    assert region_chain("341602001") == ("341602001", "341602", "3416", "34", "CN", "*")
    assert region_chain("*") == ("CN", "*")


# dates ---------------------------------------------------------------------------------------------------------------
def test_dates():
    own = make({"valid_to": "2017-12-31"}, {"valid_from": "2018-01-01", "valid_to": "2019-12-31"})
    assert find(own, date=dt.date(2017, 12, 31)).rows == ("r0",)
    assert find(own, date=dt.date(2018, 1, 1)).rows == ("r1",)
    fault = refused(find, own)
    assert fault.code == "GEP-K035"
    assert "r1" in fault.en
    assert "carry_forward: [c]" in fault.fix_en
    assert fault.place == "row 3"


@pytest.mark.parametrize("carry", [True, frozenset({"c"})])
def test_carry_forward_is_said_and_shown(carry):
    cells = ({"valid_to": "2017-12-31"}, {"valid_from": "2018-01-01", "valid_to": "2019-12-31"})
    found = find(make(*cells, carry_forward=carry))
    assert (found.rows, found.carried) == (("r1",), True)
    assert not find(make(*cells, carry_forward=carry), date=dt.date(2018, 5, 1)).carried
    assert refused(find, make(*cells, carry_forward=frozenset({"other"}))).code == "GEP-K035"


def test_a_value_is_never_carried_backwards():
    fault = refused(find, make({"valid_from": "2021-01-01"}, carry_forward=True))
    assert fault.code == "GEP-K036"
    assert "2021-01-01" in fault.zh


# nothing, two, blank, unit, set --------------------------------------------------------------------------------------
def test_blank_is_an_error_with_the_row_to_paste():
    own = make({"value": "", "type": "51d", "note": "not found"}, {"type": "*"})
    fault = refused(find, own, type="51d", region="341602")
    assert fault.code == "GEP-K037"
    assert "not found" in fault.en
    assert HEADER in fault.fix_zh
    assert paste("c", type="51d", region="341602", unit="1") in fault.fix_zh


def test_what_the_county_supplies_fills_the_blank():
    own = make({"value": "", "type": "51d"}, {"value": "0.2", "type": "51", "local": True})
    assert find(own, type="51d").value == 0.2
    # a blank row of the county fills nothing
    assert refused(find, make({"value": ""}, {"value": "", "local": True})).code == "GEP-K037"


def test_two_rows_are_an_error():
    fault = refused(find, make({}, {}))
    assert fault.code == "GEP-K032"
    assert "r0, r1" in fault.en


def test_no_row_and_no_symbol():
    fault = refused(find, make({"type": "1"}), type="51d", region="34")
    assert fault.code == "GEP-K031"
    assert ",c,51d,34,?,1," in fault.fix_en
    fault = refused(find, make({"symbol": "runoff_coefficient"}), symbol="runof_coefficient")
    assert fault.code == "GEP-K030"
    assert "runoff_coefficient" in fault.fix_en
    assert refused(find, make({}), type="51x").code == "GEP-K021"


def test_units():
    own = make({"value": "2.67", "unit": "%", "low": "1.33", "high": "4.65"})
    found = find(own, unit="1")
    assert found.value == pytest.approx(0.0267)
    assert (found.low, found.high, found.unit) == (pytest.approx(0.0133), pytest.approx(0.0465), "1")
    fault = refused(find, make({"unit": "tC/hm²"}), unit="tCO2/hm²")
    assert fault.code == "GEP-K038"
    assert "tC/hm²" in fault.en


def test_sets():
    cells = ({"set": "a", "type": "1"}, {"set": "b", "type": "11"}, {"set": "b", "type": "2"})
    fault = refused(find, make(*cells), type="11d")  # the narrower row must not win by belonging to another set
    assert fault.code == "GEP-K033"
    assert "a, b" in fault.en
    assert "sets: {c: a}" in fault.fix_en
    assert find(make(*cells), type="21d").rows == ("r2",)  # only one set knows shrubs
    assert find(make(*cells, defaults={"c": "a"}), type="11d").rows == ("r0",)
    assert find(make(*cells, defaults={"c": "a"}, sets={"c": "b"}), type="11d").rows == ("r1",)
    assert refused(find, make(*cells, defaults={"c": "a"}), type="21d").code == "GEP-K031"


def test_county_rows_and_sets():
    cells = ({"set": "a"}, {"set": "b"}, {"local": True}, {"local": True, "set": "own", "region": "34"})
    assert find(make(*cells[:3])).rows == ("r2",)  # no choice needed: the county's row outranks both
    assert find(make(*cells[:3], sets={"c": "a"})).rows == ("r2",)
    assert find(make(*cells, sets={"c": "a"}), region="34").rows == ("r2",)  # a county set answers when it is chosen
    assert find(make(*cells, sets={"c": "own"}), region="34").rows == ("r3",)
    assert find(make(*cells), region="34").rows == ("r3",)


def test_by_type_keeps_the_error_in_its_place():
    own = make({"type": "1", "value": "0.1"}, {"type": "11e", "value": "0.2"}, {"type": "51d", "value": ""})
    answers = own.by_type("c", ["11e", "13", "51d", "61"], date=DAY, unit="1")
    assert [a.value for a in answers.values() if isinstance(a, Found)] == [0.2, 0.1]
    assert [answers[t].faults[0].code for t in ("51d", "61")] == ["GEP-K037", "GEP-K031"]


def test_worst():
    assert worst(["verified", "unverified", "secondary"]) == "unverified"
    assert worst(["judgement", "unverified"]) == "judgement"
    with pytest.raises(ValueError, match="empty"):
        worst([])


# county files --------------------------------------------------------------------------------------------------------
def county(tmp_path, body, header=HEADER, encoding="utf-8", name="county.csv"):
    path = tmp_path / name
    path.write_bytes(f"{header}\n{body}".encode(encoding))
    return path


LINE = "county.1,,runoff_coefficient,51d,341602,0.21,1,,,,,,,,secondary,水资源公报,表 2,说明\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_county_file_as_excel_leaves_it(tmp_path, encoding):
    # full-width digits, points and commas, a slash date, an empty column at the right, an empty line, CRLF
    body = "county.1,,runoff_coefficient,５１d,３４１６０２,０．２１,1,,,,2019/1/1,,,,secondary,"
    body += "亳州市水资源公报,表 ２,说明１,\r\n,,,,\r\n"
    path = county(tmp_path, body, HEADER + ",", encoding)
    own = Coefficients.load([path])
    found = find(own, "runoff_coefficient", "51d", "341602")
    assert (found.value, found.rows, found.confidence, found.note) == (0.21, ("county.1",), "secondary", "说明１")
    assert own.row("county.1")["source"] == "亳州市水资源公报"
    assert own.row("county.1")["line"] == "2"
    assert own.digest() != Coefficients.load().digest()


def test_the_pasted_row_answers_once_filled_in(tmp_path):
    fault = (
        Coefficients.load().by_type("runoff_coefficient", ["51d"], region="341602", date=DAY, unit="1")["51d"].faults[0]
    )
    pasted = next(part.strip() for part in fault.fix_en.splitlines() if part.strip().startswith("county."))
    path = county(tmp_path, pasted.replace(",?,", ",0.21,", 1).replace(",?,", ",bulletin,", 1) + "\n")
    assert find(Coefficients.load([path]), "runoff_coefficient", "51d", "341602").value == 0.21
    path = county(tmp_path, pasted + "\n")
    assert refused(Coefficients.load, [path]).code == "GEP-K009"  # "?" is no number


def test_all_faults_of_county_files_at_once(tmp_path):
    bad = "county.2,,runoff_coefficient,5x,99,abc,t/t/t/x,,,,2020-02-30,,,,sure,,,\n"
    first = county(tmp_path, LINE + bad)
    second = county(tmp_path, LINE, name="other.csv")
    third = county(tmp_path, LINE, header=HEADER.replace("symbol", "symbool"), name="third.csv")
    with pytest.raises(GepError) as caught:
        Coefficients.load(
            [first, second, third, tmp_path / "absent.csv"], sets={"runoff_coefficient": "gong2018", "x": "y"}
        )
    found = {(f.code, f.place) for f in caught.value.faults}
    row_3 = {"K007": "type", "K008": "region", "K009": "value", "K011": "unit", "K012": "valid_from", "K004": "source"}
    expected = {(f"GEP-{code}", f"row 3, column {column}") for code, column in (row_3 | {"K005": "confidence"}).items()}
    expected |= {("GEP-K016", "row 2, column id"), ("GEP-K017", "row 2"), ("GEP-K003", "row 1"), ("GEP-K001", "")}
    expected |= {("GEP-K034", "coefficients.sets.runoff_coefficient"), ("GEP-K030", "coefficients.sets.x")}
    assert found == expected


def test_an_empty_county_file_is_refused(tmp_path):
    assert refused(Coefficients.load, [county(tmp_path, "")]).code == "GEP-K020"


def test_neither_utf8_nor_gb18030(tmp_path):
    path = tmp_path / "county.csv"
    path.write_bytes(b"id,\xff\xff\xff\n")
    assert refused(Coefficients.load, [path]).code == "GEP-K002"


# packaged tables -----------------------------------------------------------------------------------------------------
def test_the_packaged_tables_are_sound():
    assert [fault.text("en") for fault in validate(folder())] == []


def test_every_row_answers_for_itself():
    rows = [r for r in Coefficients.load().rows if not is_price(r.unit)]
    assert len(rows) > 20
    for item in rows:
        own = Coefficients.load(sets={item.symbol: item.set})
        date = item.valid_from or item.valid_to or DAY
        if item.value is None:
            fault = refused(find, own, item.symbol, item.type, item.region, date, item.unit)
            assert fault.code == "GEP-K037", item.id
        else:
            found = find(own, item.symbol, item.type, item.region, date, item.unit)
            assert (found.rows, found.value, found.confidence) == ((item.id,), item.value, item.confidence)


def test_row_table_and_digest():
    own = Coefficients.load()
    table = own.table()
    assert list(table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert len(table) == len(own.rows) == table["id"].nunique()
    assert set(table.loc[table["symbol"] == "carbon", "region"]) == {"CN"}
    assert own.row("prices.cea.carbon.all.cn.2022")["value"] == "55.3"
    assert own.row("price_indices.cpi.cn.2022")["source"] == "WorldBankCPI"
    assert own.digest() == Coefficients.load().digest()
    assert own.digest() != Coefficients.load(sets={"carbon": "garze2010"}).digest()
    with pytest.raises(KeyError):
        own.row("absent")
    assert own.leaves == own.expand(["*"])


def test_profiles_do_not_claim_a_text_that_was_not_read():
    assert set(profiles()) == {"gbt46869_2025", "ndrc_2022", "mee_2020", "custom"}
    for name, profile in profiles().items():
        if name != "custom":
            assert profile["text_obtained"] == "no"
            assert profile["statement_zh"] == "参照公开信息，未核对原文"


# planted faults ------------------------------------------------------------------------------------------------------
GOOD = {"id": "planted", "symbol": "planted", "type": "11d", "region": "34", "value": "1", "unit": "t/hm²",
        "confidence": "verified", "source": "toolkit"}  # fmt: skip
PRICE = {"unit": "yuan/t", "price_year": "2020", "basis": "market"}
TWICE = {"id": "planted2", "symbol": "planted", "type": "11d", "region": "34", "value": "2", "unit": "t/hm²",
         "confidence": "verified", "source": "toolkit"}  # fmt: skip


@pytest.fixture
def tables(tmp_path):
    target = tmp_path / "coefficients"
    shutil.copytree(folder(), target)
    return target


def plant(tables, *rows):
    lines = [HEADER] + [",".join(cells.get(c, "") for c in COLUMNS) for cells in rows]
    (tables / "planted.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return [(f.code, f.place) for f in validate(tables)]


def test_sound_rows_pass(tables):
    assert plant(tables, GOOD, GOOD | PRICE | {"id": "p2", "type": "12e"}) == []
    # equal questions in other years, sets, bases are different questions
    later = TWICE | {"valid_from": "2020-01-01"}
    assert plant(tables, GOOD | {"valid_to": "2019-12-31"}, later, later | {"id": "p3", "set": "other"}) == []
    assert (
        plant(
            tables, GOOD | PRICE, TWICE | PRICE | {"price_year": "2021"}, TWICE | PRICE | {"id": "p3", "basis": "tax"}
        )
        == []
    )


@pytest.mark.parametrize(
    ("rows", "code", "column"),
    [
        ([GOOD | {"id": ""}], "K004", "id"),
        ([GOOD | {"symbol": ""}], "K004", "symbol"),
        ([GOOD | {"source": ""}], "K004", "source"),
        ([GOOD | {"confidence": "certain"}], "K005", "confidence"),
        ([GOOD | {"source": "hearsay"}], "K006", "source"),
        ([GOOD | {"type": "99"}], "K007", "type"),
        ([GOOD | {"region": "99"}], "K008", "region"),
        ([GOOD | {"region": "341"}], "K008", "region"),
        ([GOOD | {"value": "1.2 t"}], "K009", "value"),
        ([GOOD | {"value": "nan"}], "K009", "value"),
        ([GOOD | {"low": "x"}], "K009", "low"),
        ([GOOD | {"high": "1..2"}], "K009", "high"),
        ([GOOD | {"low": "2"}], "K010", "value"),
        ([GOOD | {"high": "0.5"}], "K010", "value"),
        ([GOOD | {"value": "", "low": "2", "high": "1"}], "K010", "value"),
        ([GOOD | {"unit": "tonnes of joy"}], "K011", "unit"),
        ([GOOD | {"valid_from": "2020-13-01"}], "K012", "valid_from"),
        ([GOOD | {"valid_to": "2020"}], "K012", "valid_to"),
        ([GOOD | PRICE | {"price_year": "20"}], "K012", "price_year"),
        ([GOOD | {"valid_from": "2020-02-01", "valid_to": "2020-01-01"}], "K013", "valid_to"),
        ([GOOD | PRICE | {"basis": ""}], "K014", "basis"),
        ([GOOD | PRICE | {"price_year": ""}], "K014", "price_year"),
        ([GOOD | {"distribution": "bell"}], "K015", "distribution"),
        ([GOOD, TWICE | {"id": "planted", "type": "12e"}], "K016", "id"),
        ([GOOD, TWICE], "K017", None),
        ([GOOD | {"valid_to": "2020-01-01"}, TWICE | {"valid_from": "2020-01-01"}], "K017", None),
        ([GOOD | PRICE, TWICE | PRICE], "K017", None),
        ([GOOD | PRICE | {"valid_from": "2018-01-01"}, TWICE | PRICE], "K017", None),
    ],
)
def test_a_planted_fault_is_found(tables, rows, code, column):
    line = len(rows) + 1
    place = f"row {line}, column {column}" if column else f"row {line}"
    assert plant(tables, *rows) == [(f"GEP-{code}", place)]


def edit(path, old, new):
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("prices.csv", "id,set,symbol", "id,set,symbool", "K003"),
        ("sources.csv", "HJ1171,", "HJ1166,", "K018"),
        ("regions.csv", "12,天津", "11,天津", "K018"),
        ("defaults.csv", "carbon,cea,", "carbon,cae,", "K023"),
        ("ecosystem_types.csv", ",8,no\n", ",9,no\n", "K025"),
        ("ecosystem_types.csv", "11d,3,11,", "11d,3,19,", "K007"),
        ("price_indices.csv", "cpi,CN,2006,1.649", "cpi,CN,2006,", "K009"),
        ("price_indices.csv", "cpi,CN,2006,1.649", "cpi,CN,2005,1.649", "K018"),
        ("price_indices.csv", "WorldBankCPI", "Bank", "K006"),
        ("price_indices.csv", "previous year=100", "1990=100", "K015"),
        ("crosswalks/clcd.csv", "\n2,", "\n1,", "K018"),
        ("crosswalks/clcd.csv", ",11d,", ",11,", "K019"),
        ("VERSION", "20", "19", "K024"),
    ],
)
def test_registries_are_checked_too(tables, file, old, new, code):
    edit(tables / file, old, new)
    assert f"GEP-{code}" in {f.code for f in validate(tables)}


def test_an_absent_registry_and_an_empty_folder_fail(tables, tmp_path):
    (tables / "regions.csv").unlink()
    assert "GEP-K001" in {f.code for f in validate(tables)}
    (tmp_path / "empty").mkdir()
    codes = {f.code for f in validate(tmp_path / "empty")}
    assert {"GEP-K001", "GEP-K020", "GEP-K024"} <= codes


def test_every_fault_has_words_in_both_languages():
    from gep.errors import catalogue

    ours = {code: entry for code, entry in catalogue().items() if code.startswith("GEP-K")}
    assert len(ours) > 35
    for code, entry in ours.items():
        assert all(entry[key] for key in ("zh", "en", "fix_zh", "fix_en")), code


# the data package ----------------------------------------------------------------------------------------------------
def test_the_descriptor_lists_every_table():
    assert (folder() / "datapackage.json").read_text("utf-8") == text(folder()), "run python -m gep.coefficient_package"


def test_frictionless_finds_no_fault():
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(folder() / "datapackage.json")).validate()
    assert report.tasks
    assert report.valid, report.flatten(["title", "message"])


def test_frictionless_finds_a_broken_foreign_key(tables):
    frictionless = pytest.importorskip("frictionless")
    edit(tables / "prices.csv", ",GARZE,", ",GARZA,")
    assert not frictionless.Package(str(tables / "datapackage.json")).validate().valid


def test_the_registries_are_described():
    named = {r["path"] for r in json.loads((folder() / "datapackage.json").read_text("utf-8"))["resources"]}
    assert {f"{name}.csv" for name in REGISTRIES} <= named
    assert all(read_sheet(folder() / path).rows for path in named)


def test_rows_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Coefficients.load().rows[0].value = 1.0
