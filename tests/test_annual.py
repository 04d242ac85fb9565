"""The annual report: Word, workbook and JSON say the numbers of the observations and scores, nothing by heart."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from assessed import ZONES, given, indicator, results
from docx import Document
from openpyxl import load_workbook

from gep.annual import content, files
from gep.assessment.catalogue import COLUMNS
from gep.assessment.frames import COLUMNS as SCORES
from gep.assessment.observe import frame, observe

ROWS = [
    (2020, "101", "soil_retention", "regulating", "silt", 1_000_000.0, None, "", "verified"),
    (2020, "102", "soil_retention", "regulating", "silt", 2_000_000.0, None, "", "verified"),
    (2020, "103", "provisioning", "provisioning", "小麦", 3_000_000.0, None, "", "verified"),
    (2023, "101", "soil_retention", "regulating", "silt", 1_250_000.0, None, "", "unverified"),
    (2023, "102", "soil_retention", "regulating", "silt", 1_500_000.0, None, "", "verified"),
    (2023, "103", "provisioning", "provisioning", "小麦", 3_000_000.0, None, "", "verified"),
]
ASKED = [
    indicator("gep", zh="生态产品总值", en="GEP"),
    indicator("secret", zh="内部数", en="secret", publication="internal", block="background", of="provisioning"),
    indicator("sat", zh="满意度", en="Satisfaction", unit="%", measure="reported", of="", aggregation="own"),
]


def frames(**said) -> content.Frames:
    catalogue = {one.code: one for one in ASKED}
    found, *_ = observe(ASKED, given(results=results(ROWS), catalogue=catalogue))
    rows = pd.DataFrame([[getattr(one, c) for c in COLUMNS] for one in ASKED], columns=list(COLUMNS))
    score = dict.fromkeys(SCORES) | {"evaluation": "targets", "by": "scorecard", "year": 2023, "zone": "101",
                                     "zone_name": "甲镇", "kind": "total", "item": "", "zh": "总分", "en": "total",
                                     "weight": 100.0, "score": 81.256, "grade": "良", "rank": 2, "status": "ok",
                                     "publication": "internal", "lineage": "score/101", "note_zh": "",
                                     "note_en": ""}  # fmt: skip
    scores = pd.DataFrame([score], columns=list(SCORES)).astype(
        {"rank": "Int64", "score": "float64", "weight": "float64"}
    )
    checks = [{"id": "a", "zh": "甲", "en": "a", "period": 2023, "passed": True, "n": 1},
              {"id": "b", "zh": "乙不等", "en": "b differs", "period": 2023, "passed": False, "n": 1}]  # fmt: skip
    meta = {"study": "示例县", "gep": "0", "coefficients_version": "1"}
    plain = {"observations": frame(found, catalogue, ZONES), "scores": scores, "catalogue": rows, "dues": None,
             "checks": checks, "meta": meta}  # fmt: skip
    return content.Frames(**(plain | said))


def section(made: content.Report, id: str) -> content.Section:
    return next(s for s in made.sections if s.id == id)


def test_the_change_is_said_with_its_numbers_and_which_way_it_goes():
    made = content.report(frames(), "101", 2023)
    # 100 → 125 万元: +25 %, more is better
    assert (
        section(made, "outstanding").sentences[0]
        == "生态产品总值由 2020 年的 100.00 万元变为 125.00 万元，增加 25.0%，趋好。"
    )
    worse = content.report(frames(), "102", 2023, "en")  # 200 → 150: −25 %
    assert section(worse, "outstanding").sentences[0] == (
        "GEP fell by 25.0%, from 200.00 to 150.00 10⁴ yuan, for the worse."
    )


def test_every_number_is_that_of_its_observation():
    at = frames()
    known = dict(zip(at.observations["lineage"], at.observations["value"], strict=True))
    seen = 0
    for made in content.reports(at, 2023):
        for part in made.sections:
            for cell in (c for t in part.tables for row in t.rows for c in row if c.key in known):
                assert cell.value == known[cell.key]
                seen += 1
    assert seen == 19


def test_missing_is_shown_with_its_reason_and_never_as_zero():
    made = content.report(frames(), "101", 2023)
    rows = section(made, "missing").tables[0].rows
    assert [(r[0].text, "figures" in r[1].text) for r in rows] == [("满意度", True)]
    assert "0" not in [c.text for t in section(made, "missing").tables for r in t.rows for c in r]


def test_a_score_is_said_with_rank_and_grade_and_a_broken_identity_by_name():
    made = content.report(frames(), "101", 2023)
    assert section(made, "evaluations").sentences == ("targets（内部）：81.26，第 2 名，良。",)
    assert "恒等式 1/2 成立。" in section(made, "checks").sentences
    assert "不成立：乙不等" in section(made, "checks").sentences


def test_what_is_internal_is_marked():
    made = content.report(frames(), "103", 2023)
    assert section(made, "background").tables[0].rows[0][0].text == "内部数（内部）"


def test_word_workbook_and_json_say_the_same(tmp_path):
    at = frames()
    names = {p.name for p in files.write(at, tmp_path / "out")}
    assert names == {"101.docx", "102.docx", "103.docx", "county.docx", "annual.xlsx", "annual.json"}
    told = json.loads((tmp_path / "out" / "annual.json").read_text("utf-8"))
    assert [one["zone"] for one in told] == ["", "101", "102", "103"]
    book = load_workbook(tmp_path / "out" / "annual.xlsx")
    assert book.sheetnames == ["目录", "示例县", *ZONES.values()]
    for one in told:
        texts = [c["text"] for s in one["sections"] for t in s["tables"] for row in t["rows"] for c in row]
        word = Document(tmp_path / "out" / f"{one['zone'] or 'county'}.docx")
        assert [c.text for t in word.tables for row in t.rows[1:] for c in row.cells] == texts
        said = {p.text for p in word.paragraphs}
        assert {line for s in one["sections"] for line in s["sentences"]} <= said
        cells = [c for row in book[one["name"]].iter_rows() for c in row if c.value is not None]
        numbers = [c["text"] for s in one["sections"] for t in s["tables"] for row in t["rows"] for c in row
                   if c["value"] is not None]  # fmt: skip
        shown = [c.value for c in cells if isinstance(c.value, float | int) and c.row > 3]
        assert shown == [float(text.replace(",", "")) for text in numbers]


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        files.write(frames(), tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_year_that_was_not_assessed_is_refused(tmp_path):
    from gep.errors import GepError

    with pytest.raises(GepError, match="GEP-J034"):
        files.write(frames(), tmp_path / "out", 2021)
    assert not (tmp_path / "out" / "annual.json").exists()
    with pytest.raises(KeyError):
        content.report(frames(), "999", 2023)


def test_what_lacks_a_part_is_marked():
    at = frames()
    part = at.observations["lineage"] == "gep/101/2023"
    at.observations.loc[part, "status"] = "partial"
    made = content.report(at, "101", 2023)
    assert section(made, "gep").tables[0].rows[0][0].text == "生态产品总值（不完整）"
    assert section(content.report(at, "102", 2023), "gep").tables[0].rows[0][0].text == "生态产品总值"
