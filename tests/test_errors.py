"""Faults: whole in both languages, all at once, and every code can explain itself."""

from __future__ import annotations

import pickle
import re
import string

import pytest

from gep.errors import Fault, GepError, catalogue, fault, refuse


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def facts(text):
    """The placeholders, those that carry words of one language aside."""
    return {re.sub(r"(^|_)(zh|en)(_|$)", "", f) for f in fields(text)} - {""}


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_code_has_its_words_in_both_languages(code):
    entry = catalogue()[code]
    assert re.fullmatch(r"GEP-[A-Z]\d{3}", code)
    assert entry.get("severity", "error") in ("error", "warning", "info")
    for key in ("zh", "en", "fix_zh", "fix_en"):
        assert entry.get(key, "").strip(), f"{code} lacks {key}"
    assert bool(entry.get("about_zh")) == bool(entry.get("about_en"))
    assert facts(entry["zh"]) == facts(entry["en"]), f"{code}: the two languages tell different facts"
    assert re.search("[\u4e00-\u9fff]", entry["zh"])
    assert not re.search("[\u4e00-\u9fff]", entry["en"]), f"{code}: Chinese in the English text"


def test_a_fault_says_what_where_and_what_to_do():
    one = fault("GEP-E016", file="out/study.yaml", name="study.yaml")
    assert one.text("en").startswith("GEP-E016  out/study.yaml  study.yaml exists")
    assert "→" in one.text("zh")
    with pytest.raises(KeyError):
        fault("GEP-E016", file="x")  # a missing placeholder is a defect of ours
    with pytest.raises(KeyError):
        fault("GEP-X999")


def test_all_faults_travel_together_and_survive_a_worker():
    faults = [Fault("GEP-A001", "error", "a", "1", "甲", "a"), Fault("GEP-A002", "warning", "b", "2", "乙", "b")]
    error = GepError(faults)
    assert pickle.loads(pickle.dumps(error)).faults == tuple(faults)
    assert refuse(faults[1:]) == faults[1:]
    with pytest.raises(GepError) as raised:
        refuse(faults)
    assert len(raised.value.faults) == 2
    with pytest.raises(ValueError, match="at least one"):
        GepError([])
