"""Realised value of ecological products and its share of the accounted value, by hand; what lacks is missing."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from social_tables import given_of, kept, read
from test_registers_social import LABELS

from gep.assessment.catalogue import packaged
from gep.assessment.measure import registry as measures
from gep.assessment.measures.realised import SALES, vrr
from gep.assessment.nouns import COUNTY, Results

SALES_TEXT = """乡镇,项目,类别,交易金额(万元)
东乡,林下菌菇,生态物质产品,40
东乡,乡村旅游,旅游康养,30
西镇,碳汇,调节服务交易,5
"""


def _ledger():
    rows = [("01", "provisioning", "provisioning", "小麦", 8e6), ("01", "cultural", "tourism_health", "visits", 6e5),
            ("02", "provisioning", "provisioning", "小麦", 1e6),
            ("01", "regulating", "soil_retention", "x", 9e9)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["zone", "account", "service", "item", "value"])
    return table.assign(period=2023, in_gep=True, confidence="secondary", lineage=[f"k{n}" for n in range(len(rows))])


def _found(tmp_path, code, ledger=None, sales=SALES_TEXT):
    labels, _ = kept(tmp_path, "green_label_register", LABELS)
    tables = {(SALES.role, 2023): read(tmp_path, sales, SALES, name="sales.csv")} if sales else {}
    results = Results(ledger=_ledger() if ledger is None else ledger)
    given = given_of(labels, tables=tables, results=results)
    indicator = packaged()[code]
    found = measures()[indicator.measure].compute(indicator, 2023, given)
    return {one.zone: one for one in found.observations}, found


def test_realised_value(tmp_path):
    seen, _ = _found(tmp_path, "realised_value")
    assert seen["01"].value == 2_300_000.0  # 1 600 000 certified + 400 000 + 300 000
    assert seen["02"].value == 50_000.0  # its certificate has lapsed
    assert seen["03"].status == "missing"  # the sales do not name it
    assert "0" in seen["03"].note.zh
    assert seen[COUNTY].status == "partial"
    assert "南乡" in seen[COUNTY].note.zh
    kinds = [(x.kind, x.note) for x in seen["01"].lines]
    assert kinds[:-1] == [("register", "row 2"), ("register", "row 3"), ("reading", "row 2"), ("reading", "row 3")]
    certified, _ = _found(tmp_path, "realised_certified", sales="")
    assert certified["03"].value == 0.0  # a register is whole
    assert certified["01"].n == 2


def test_vrr_by_hand(tmp_path):
    seen, _ = _found(tmp_path, "vrr_provisioning")
    assert seen["01"].value == pytest.approx(25, rel=1e-12, abs=0)  # (1.6 + 0.4) / 8.0 million
    assert [x.id for x in seen["01"].lines if x.kind == "ledger"] == ["k0"]
    both, _ = _found(tmp_path, "vrr")
    assert both["01"].value == pytest.approx(100 * 2.3 / 8.6, rel=1e-12, abs=0)
    assert both["02"].value == pytest.approx(0, rel=0, abs=1e-12)  # the trade in carbon is no part of it
    cultural, _ = _found(tmp_path, "vrr_cultural")
    assert cultural["01"].value == pytest.approx(50, rel=1e-12, abs=0)
    assert cultural["02"].status == "missing"  # no cultural service accounted: 0/0


def test_vrr_is_partial_with_a_blank_in_the_account(tmp_path):
    ledger = _ledger()
    ledger = pd.concat([ledger, ledger.iloc[[0]].assign(item="玉米", value=float("nan"), lineage="k9")])
    seen, _ = _found(tmp_path, "vrr_provisioning", ledger)
    assert seen["01"].status == "partial"
    assert seen["01"].value == pytest.approx(25, rel=1e-12, abs=0)


def test_realised_without_sales_says_what_it_lacks(tmp_path):
    _, found = _found(tmp_path, "realised_value", sales="")
    assert not found.observations
    assert "realised_sales" in found.missing.zh
    assert "realised_sales" in found.missing.en


def test_faults_of_the_sales(tmp_path):
    table = read(tmp_path, SALES_TEXT.replace("旅游康养", "看海").replace("交易,5", "交易,"), SALES, name="sales.csv")
    faults = measures()["realised"].check(given_of(tables={(SALES.role, 2023): table}), 2023)
    assert {(f.code, f.place) for f in faults} == {
        ("GEP-J303", "row 3, column 类别"), ("GEP-J300", "row 4, column 交易金额(万元)"),
    }  # fmt: skip


@drawn(st.floats(0, 1e12), st.floats(0, 1e12), st.floats(1, 1e12))
def test_vrr_rises_with_what_is_realised(one, other, accounted):
    low, high = sorted((one, other))
    assert vrr(low, accounted) <= vrr(high, accounted)
    assert vrr(one, 0.0) is None
