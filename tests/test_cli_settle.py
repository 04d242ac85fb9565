"""gep settle, simulate, rates and rules on the sample county, as an officer of the county would call them."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from sample_settled import SAMPLE, TABLES, County

FEW = ("sections", "elements", "wetland_fee", "carbon_stock")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    return County(tmp_path_factory.mktemp("cli") / "county", *FEW)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("√ 0 处错误", "sections 2023", "(2604 笔，缺 5 笔)", "5,628.56 万元", "缺  carbon_stock 2023  未结算",
                "恒等式", "compensation.xlsx")),
        ("en", ("sections 2023", "(2604 dues, 5 missing)", "identities hold", "compensation.xlsx",
                "missing  carbon_stock 2023  not settled: needs the accounts")),
    ],
)  # fmt: skip
def test_settle_says_what_each_came_to_and_what_is_missing(gep, county, tmp_path, lang, words):
    said = gep("settle", county.study, "--to", tmp_path / "out", lang=lang)
    assert said.exit_code == 0, said.output
    for word in words:
        assert word in said.output, f"{word!r} is not in:\n{said.output}"
    facts = json.loads((tmp_path / "out" / "settle.json").read_text("utf-8"))
    assert facts["study"] == "示例县"
    assert {m["settlement"] for m in facts["missing"]} == {"wetland_fee", "carbon_stock"}
    assert all(check["passed"] for check in facts["checks"])
    assert {"compensation.xlsx", "compensation/settlements.csv", "compensation/township_month.csv"} < set(
        facts["files"]
    )
    read = {row["file"] for row in facts["inputs"]}
    assert {"compensation/断面监测_2023.csv", "compensation/要素补偿面积_2023.csv"} <= read


def test_a_month_alone(gep, county, tmp_path):
    assert gep("settle", county.study, "--to", tmp_path / "may", "--span", "2023-05").exit_code == 0
    ledger = pd.read_csv(tmp_path / "may" / "compensation" / "settlements.csv", encoding="utf-8-sig")
    assert set(ledger["span"]) == {"2023-05"}
    assert set(ledger["settlement"]) == {"sections"}  # elements are settled by the year
    assert len(ledger) == 214 + 1 + 2


def test_a_study_without_compensation(gep, county, tmp_path):
    text = (SAMPLE / "study.yaml").read_text("utf-8")
    path = county.folder / "without.yaml"
    path.write_text(text[: text.index("compensation:\n  years")] + text[text.index("\nclimate:") :], "utf-8")
    said = gep("settle", path, "--to", tmp_path / "out")
    assert (said.exit_code, "GEP-G060" in said.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_explain_asks_back_when_nothing_is_called_so(gep, county, tmp_path):
    assert gep("settle", county.study, "--to", tmp_path / "out").exit_code == 0
    for words, near in (
        (("--settlement", "section"), "sections"),
        (("--settlement", "sections", "--subject", "D999"), "D"),
    ):
        said = gep("explain", tmp_path / "out", *words)
        assert said.exit_code == 2
        assert re.search(r"GEP-[A-Z]\d{3}", said.output)
        assert near in said.output
    said = gep("explain", tmp_path, "--settlement", "sections")  # no results there
    assert (said.exit_code, "GEP-E012" in said.output) == (2, True)


def test_the_agreement_is_replayed_over_years_before_its_term(gep, tmp_path):
    out = tmp_path / "simulated"
    said = gep("simulate", TABLES / "协议_颍溪.yaml", "--study", SAMPLE / "study.yaml", "--to", out,
               "--vary", "k0=0.85", "--vary", "readings=1.1", lang="zh")  # fmt: skip
    assert said.exit_code == 0, said.output
    # P above 1: 示例县 pays 200 万元; at most 1: 颍滨县 pays 200; at most 0.95: 300
    for year, row in (
        ("2021", "示例县财政 -200.00 万元"), ("2022", "颍滨县财政 -200.00 万元"), ("2023", "颍滨县财政 -300.00 万元"),
    ):  # fmt: skip
        assert re.search(rf"按协议\s+{year}\s+P [\d.]+\s+{row}", said.output), said.output
    table = pd.read_csv(out / "simulation.csv", encoding="utf-8-sig")
    assert len(table) == 3 * 3  # years × (as agreed and two variations)
    assert {p.name for p in out.iterdir()} == {"simulation.csv", "positions.csv", "sensitivity.csv"}


def test_rates_and_rules(gep):
    said = gep("rates", "bonus", lang="zh")
    assert said.exit_code == 0
    line = next(row for row in said.output.splitlines() if row.startswith("water_sections.anhui_2018.bonus "))
    for word in ("50 万元", "2018-01-01–2021-12-31", "皖政办秘〔2017〕343号"):
        assert word in line
    # the amount of Guzhen is not known: blank, never made up
    assert "缺 万元" in next(row for row in said.output.splitlines() if "guzhen_2021.bonus" in row)
    said = gep("rules", lang="en")
    assert said.exit_code == 0
    for rule in ("section_payout", "p_index", "air_improvement", "farmland_tax", "standard"):
        assert rule in said.output
    said = gep("rules", "section_payout", lang="zh")
    for word in ("皖政办秘〔2017〕343号", "目标类别", "missing_month", "付款合计 = 收款合计"):
        assert word in said.output
    assert gep("rules", "section_payot").exit_code == 2
