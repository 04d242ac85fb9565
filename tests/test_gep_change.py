"""A fall of GEP as a liability (L2): between whole accounts at comparable prices, else not known and said why."""

from __future__ import annotations

import math

import balance_county as county
import pandas as pd
import pytest

from gep import check, study
from gep.accounts.decompose import decompose
from gep.balance.gep_change import gep_changes
from gep.before import ahead, before
from gep.entries import pick
from gep.profiles import counted

HEAD = "zone,year,kind,actual,limit,unit,unit_price,price_unit,restoration,source,confidence\n"
CROP = "乡镇,产品,产量,单位,单价(元/t)\n"


@pytest.fixture
def made(tmp_path):
    """A county of wheat alone: 东河镇 100 → 90 t, 西山乡 50 → 60 t; 2500 → 3000 yuan/t."""
    made = county.Plain(tmp_path / "c", ("land",), "  liabilities: [{convention: L2, reason: 省里要求}]\n",
                        years=(2020, 2023), bulletin=False)  # fmt: skip
    for year, a, b, price in ((2020, 100, 50, 2500), (2023, 90, 60, 3000)):
        text = f"{CROP}东河镇,小麦,{a},t,{price}\n西山乡,小麦,{b},t,{price}\n"
        (made.folder / f"provisioning_{year}.csv").write_text(text, "utf-8")
    # 500 m³ · 300 yuan/m³ = 150 000 and 3 t · 1.4 yuan/kg = 4 200 at every date
    rows = [f",{y},timber_cut,10500,10000,m³,300,元/m³,,局,secondary\n,{y},emission,103,100,t,1.4,元/kg,,局,secondary\n"
            for y in (2019, 2020, 2023)]  # fmt: skip
    (made.folder / "overuse.csv").write_text(HEAD + "".join(rows), "utf-8")
    made.edit("path: provisioning.csv", "path: 'provisioning_{year}.csv'")
    made.edit("services:", "  overuse: {path: overuse.csv}\nservices:")
    none = ", ".join(f"{id}: 本县没有" for id in counted("custom") if id != "provisioning")
    made.path.write_text(made.path.read_text("utf-8") + f"not_applicable: {{{none}}}\n", "utf-8")
    return made


def owed(result, row, zone, pair):
    rows = pick(result.stocks.entries, form="liabilities", row=row, zone_name=zone, open=pair[0], close=pair[1])
    assert len(rows) == 1
    return rows["value"].iloc[0], rows["note"].iloc[0]


def test_a_fall_at_comparable_prices_is_owed(made):
    result = made.compute()
    assert result.passed
    # 东河镇: −10 t · 2500 (90 t at 3000 are worth more than 100 at 2500); 西山乡 has 10 t more: nothing
    assert owed(result, "closing", "东河镇", (2020, 2023))[0] == 25_000
    assert owed(result, "closing", "西山乡", (2020, 2023))[0] == 0
    assert owed(result, "closing", "", (2020, 2023))[0] == 179_200
    detail = pick(result.stocks.tables["liability_detail"], kind="gep_fall")
    assert detail["working"].tolist() == ["max(0, −(-25000.00))", "max(0, −(25000.00))"]
    # of 2020 there is no change: 2019 is no period
    for row, pair in (("opening", (2020, 2023)), ("closing", (2019, 2020))):
        value, note = owed(result, row, "", pair)
        assert math.isnan(value)
        assert "ΔGEP：2019 年不是核算期，没有 GEP" in note
    told = [f for f in result.faults if f.code == "GEP-U014" and ", 2020," in f.en]
    assert told
    assert all("(ΔGEP: 2019 is no period and has no GEP)" in f.en for f in told)


def test_what_may_yet_be_known_is_not_told_before_the_pass(made):
    assert [f.code for f in check.inspect(study.load(made.path), before, ahead) if f.code == "GEP-U014"] == []


def test_a_partial_account_has_no_change(made):
    made.edit("sand_fixation: 本县没有, ", "")
    value, note = owed(made.compute(), "closing", "", (2020, 2023))
    assert math.isnan(value)
    assert "ΔGEP：2020 年是部分核算" in note


def test_lines_that_do_not_divide_have_no_change(made):
    table = made.compute().ledger.table
    spec = study.load(made.path)
    zones = {"341699001": "东河镇", "341699002": "西山乡", "341699003": "南湖街道"}
    known, unknown = gep_changes(spec, table, [(2020, 2023)], zones)
    assert known == {2023: {"341699001": -25000.0, "341699002": 25000.0, "341699003": 0.0}}
    assert unknown == {}
    late = table["period"] == 2023
    change = decompose(table[~late], table[late])
    assert change.total()["quantity"] == 0
    for odd in ({"quantity": math.nan, "price": math.nan}, {"method": "other"}):
        known, unknown = gep_changes(spec, table.assign(**{k: table[k].mask(late, v) for k, v in odd.items()}),
                                     [(2020, 2023)], zones)  # fmt: skip
        assert known == {}
        name = pd.unique(table["service_name"])[0]
        assert unknown[2023][1] == f"{name}: no comparable prices 2020–2023"
