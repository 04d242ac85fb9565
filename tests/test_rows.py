"""What rules share in reading tables: texts in two languages, cells, parties, what a missing rate says."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from decimal import Decimal

import pandas as pd
import pytest

from gep.compensation.nouns import NO_WORDS, Outcome, Parties, Party, Words
from gep.compensation.rows import clean, figure, lacking, number, party, place, plain, shown, word
from gep.errors import GepError, fault
from gep.rates import Rates

PARTIES = Parties.of([Party("101", "甲镇"), Party("102", "乙镇"), Party("E1", "纺织厂", "enterprise")])


def test_a_text_in_both_languages_is_parted_at_its_only_slash():
    one = Words("标准 2 / 3", "the standard, 2 / 3")
    assert one == "标准 2/3 / the standard, 2/3"
    assert (one.zh, one.en) == ("标准 2/3", "the standard, 2/3")
    both = Words.joined(one, NO_WORDS, Words("缺水量", "no volume"), one)
    assert both == "标准 2/3；缺水量 / the standard, 2/3; no volume"
    assert not NO_WORDS
    assert not Words.joined()
    for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (again, again.zh, again.en) == (one, one.zh, one.en)


def test_what_is_missing_must_be_said_in_both():
    with pytest.raises(TypeError, match="not said in both languages"):
        Outcome(missing=("缺 / missing",))


def test_a_rate_that_lacks_says_the_same_everywhere():
    rates = Rates.load([])
    with pytest.raises(GepError) as absent:
        rates.find("nothing_of_this_name", date=dt.date(2023, 1, 1), unit="1")
    faults = []
    (said,) = lacking(absent.value, faults)
    assert not faults
    assert said.zh.startswith("缺：")
    assert said.en.startswith("missing: ")
    assert said.zh.count(" → ") == said.en.count(" → ") == 1
    wrong = GepError(fault("GEP-G003", what="k0", date="2023-01-01", spans="-"))
    assert lacking(wrong, faults) == ()
    assert lacking(wrong, faults) == ()
    assert [f.code for f in faults] == ["GEP-G003"]  # kept once


@pytest.mark.parametrize(("said", "kind", "found"), [
    ("甲镇", "", "101"), (" 101 ", "township", "101"), ("纺织厂", "", "E1"), ("纺织厂", "township", None),
    ("甲真", "", None), (None, "", None), (float("nan"), "", None),
])  # fmt: skip
def test_a_party_is_found_or_told(said, kind, found):
    faults = []
    assert party(PARTIES, said, "t.csv", "row 2, column 乡镇", faults, kind) == found
    assert [(f.code, f.file, f.place) for f in faults] == (
        [] if found else [("GEP-G401", "t.csv", "row 2, column 乡镇")]
    )
    if said == "甲真":
        assert "甲镇" in faults[0].zh
    if kind and not found:
        assert "乡镇" in faults[0].zh
        assert "township" in faults[0].en


def test_cells():
    table = pd.DataFrame({"zone": ["甲"]}, index=[7])
    table.attrs = {"file": "t.csv", "columns": {"zone": "乡镇"}}
    assert (place(table, 7, "zone"), place(table, 7)) == ("row 7, column 乡镇", "row 7")
    assert (word(None), word(float("nan")), word(" x ")) == ("", "", "x")
    assert (figure(None), figure(float("nan")), figure(0.1)) == (None, None, Decimal("0.1"))
    assert clean(0.35000000000000003) == 0.35  # 35 %
    assert (plain(Decimal("10.50")), plain(Decimal(100)), plain(None)) == ("10.5", "100", "?")
    assert (shown(Decimal("-1.50")), shown(Decimal("1E+2"))) == ("(-1.5)", "100")
    assert (number(None), number(Decimal("1.5"))) == (None, 1.5)
