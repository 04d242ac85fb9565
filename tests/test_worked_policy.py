"""The worked cases of worked_policy.md that concern compensation, each through the public function or rule.

Left out, being reference data only (`total`: aggregates without inputs): W12 小清河 2016, W15 Anhui's monthly totals,
W15c Xin'an 2012 and 2013, W16 大别山 2023 (P = 0.673, no concentrations), W21 沱湖 2023. W1, W18, W19 (indices of the
environment) and L8 (dates of publication) are not compensation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from cases_occupation import case as land_case
from cases_occupation import own as land_own
from cases_occupation import register, terms
from cases_p_index import PARTIES as INDEX_PARTIES
from cases_p_index import own as index_own
from cases_rights import CARBON, TRADE_COLUMNS, case, projects, table
from cases_water_loads import RULES, emissions
from cases_water_loads import terms as load_terms
from ruamel.yaml import YAML
from sample_settled import TABLES

from gep.compensation import ledger as ledgers
from gep.compensation.agreement import load_agreement
from gep.compensation.nouns import TREASURY, Case, Due, Outcome, Parties, Party, Terms
from gep.compensation.rule import registry
from gep.compensation.rules.air import anhui_air
from gep.compensation.rules.occupation import in_band, occupation_tax
from gep.compensation.rules.p_index import p_index
from gep.compensation.rules.shadow_prices import environmental_tax
from gep.compensation.rules.water_loads import gap_price, heze
from gep.compensation.rules.water_sections import (
    anhui_bonus,
    class_shares,
    exceedance,
    exceedance_steps,
    payout,
    water_total,
)
from gep.compensation.sharing import rank_share, split
from gep.compensation.standard.basin import split_by_use
from gep.compensation.standard.stage import engel_of, stage, unadjusted
from gep.compensation.standard.value import gep_conversion, regulating_share
from gep.errors import GepError
from gep.rate_check import class_faults
from gep.rates import Rates, packaged

D = Decimal
LIBRARY = Rates(packaged())


def rate(symbol: str, unit: str, scheme: str, date: str, key: str = "", tier: str = "") -> Decimal:
    """A rate of the packaged library, by scheme and day."""
    found = LIBRARY.find(symbol, schemes=(scheme,), key=key, tier=tier, date=dt.date.fromisoformat(date), unit=unit)
    return found.number


def decimals(*numbers: str) -> list[Decimal]:
    return [D(n) for n in numbers]


# water: bonus, shares of a notice, steps ------------------------------------------------------------------------------
def test_w2_xuancheng_october_2020():
    # sthjj.xuancheng.gov.cn 1180096: three sections one class better than the target, one two: 50, 50, 50, 100
    bonus = rate("bonus", "万元", "anhui_2018", "2020-10-01")
    assert [anhui_bonus([n], bonus) for n in (1, 1, 1, 2)] == [50, 50, 50, 100]
    assert anhui_bonus([1, 1, 1, 2], bonus) == 250


def test_w2c_the_parts_of_shun_an_river_are_350_not_400():
    parts = decimals("87.5", "140", "35", "87.5")
    assert split(350, decimals("0.25", "0.4", "0.1", "0.25"), D("0.01")) == parts
    # 400, as the notice would have it, is no sum of its parts: of a pot of 400 they would be these
    assert split(400, decimals("0.25", "0.4", "0.1", "0.25"), D("0.01")) == [100, 160, 40, 100]


def test_w3_mengcheng_october_2023():
    # mengcheng.gov.cn 2496659: 162 township sections by class Ⅰ … 劣Ⅴ
    counts = [1, 59, 52, 26, 15, 9]
    assert sum(counts) == 162
    assert class_shares(counts) == [0.6, 36.4, 32.1, 16.0, 9.3, 5.6]


def test_w3_receipts_of_ten_townships():
    # 万元; the list of payments is cut off in the source: only its total, 101.5, is known
    names = ["板桥集", "小辛集", "楚村", "立仓", "王集", "许疃", "岳坊", "马集", "篱笆", "三义"]
    got = dict(zip(names, decimals("31", "21", "13", "9", "9", "8.5", "6", "5", "5", "1"), strict=True))
    parties = Parties.of([*(Party(n, n) for n in got), Party(TREASURY, "蒙城县财政", "treasury")])
    dues = tuple(Due("2023-10", n, n, TREASURY, n, v * 10_000) for n, v in got.items())
    made = Case("w3", registry()["section_payout"], 2023, parties, Terms(Rates(())))
    sheet, _ = ledgers.frame([(made, Outcome(dues))])
    net = ledgers.positions(sheet).set_index("party")
    assert net.loc[TREASURY, "net"] == -1_085_000  # 108.5 万元
    assert net["receives"].sum() == 1_085_000
    assert net["net"].sum() == 0


@pytest.mark.parametrize(
    ("c", "steps", "wan"),
    [("20", 0, 0), ("20.01", 1, 2), ("30", 1, 2), ("30.01", 2, 4), ("40", 2, 4), ("69.9", 5, 10), ("200", 18, 10)],
)
def test_guzhen_steps(c, steps, wan):
    # COD, S = 20 mg/L, 2 万元 for each half multiple begun, at most 10: 固镇 2021
    e = exceedance(D(c), 20)
    width, step = (
        rate("step_width", "1", "guzhen_2021", "2021-06-01"),
        rate("payout", "万元", "guzhen_2021", "2021-06-01", "COD"),
    )
    cap = rate("cap", "万元", "guzhen_2021", "2021-06-01", "COD")
    assert exceedance_steps(e, width) == steps
    assert payout(e, step, cap, width) == wan


def test_steps_of_four_factors_and_of_the_province():
    at = "2021-06-01"
    four = [(rate("payout", "万元", "guzhen_2021", at, f), rate("cap", "万元", "guzhen_2021", at, f))
            for f in ("COD", "CODMn", "NH3-N", "TP")]  # fmt: skip
    assert sum(payout(D("0.6"), r, cap, D("0.5")) for r, cap in four) == 16  # two steps each: 4 · 4
    # Anhui 2018: e = 3.2 is seven steps of 50, capped at 300
    step, cap = (rate(s, "万元", "anhui_2018", at, "CODMn") for s in ("payout", "cap"))
    assert exceedance_steps(D("3.2"), D("0.5")) * step == 350
    assert payout(D("3.2"), step, cap, D("0.5")) == 300


def test_w6_bozhou_2023():
    # slj.bozhou.gov.cn 2777278, 亿m³: groundwater 14.57, of which 13.67 stands in no surface water
    duplicate = D("14.57") - D("13.67")
    assert duplicate == D("0.90")
    assert water_total(D("16.62"), D("14.57"), duplicate) == D("30.29")
    counties = split_by_use(D("30.29"), {"谯城": "8.18", "涡阳": "7.63", "蒙城": "7.41", "利辛": "7.07"}, D("0.01"))
    assert counties == {"谯城": D("8.18"), "涡阳": D("7.63"), "蒙城": D("7.41"), "利辛": D("7.07")}
    uses = decimals("54094", "48287", "4655")  # 万m³: surface, ground, other
    assert sum(uses) == 107_036
    assert [f"{100 * u / sum(uses):.1f}" for u in uses[:2]] == ["50.5", "45.1"]


def test_w9_weihe_spill_over():
    # handmsg 2017/0217/929581: 16.31, by available water 7.50 and 8.81
    parts = split_by_use(D("16.31"), {"定西": D("7.50"), "天水": D("8.81")}, D("0.01"))
    assert list(parts.values()) == decimals("7.50", "8.81")


def test_w13_the_formula_of_heze_gives_35_not_the_45_of_the_press():
    # (30 − 20)·2 + (1.5 − 1.0)·30 = 20 + 15
    assert heze(20, D("1.0")) == 35
    price = {"COD": 2, "NH3-N": 30}
    assert gap_price({"COD": 20, "NH3-N": D("1.0")}, {"COD": 30, "NH3-N": D("1.5")}, price) == 35


def test_w24_a_class_table_with_105_is_refused():
    rows = [r for r in packaged() if r.symbol == "class_limit" and r.key.startswith("TN")]
    assert class_faults(rows) == []
    slipped = [replace(r, value=D(105)) if r.tier == "4" else r for r in rows]
    assert [f.code for f in class_faults(slipped)] == ["GEP-G036"]
    assert "105" in class_faults(slipped)[0].text("en")


# P --------------------------------------------------------------------------------------------------------------------
BASE = {"CODMn": D("2.1"), "NH3-N": D("0.17"), "TN": D("1.3"), "TP": D("0.031")}


@pytest.mark.parametrize(
    ("k0", "weights"),
    [("0.85", ("0.25",) * 4), ("0.89", ("0.25",) * 4), ("0.90", ("0.22", "0.22", "0.28", "0.28"))],
)
def test_p_of_the_base_is_k0_in_every_round(k0, weights):
    k = dict(zip(BASE, decimals(*weights), strict=True))
    assert p_index(BASE, BASE, k, D(k0)) == D(k0)
    half = {d: v / 2 for d, v in BASE.items()}
    assert p_index(half, BASE, k, D(k0)) == D(k0) / 2  # of degree 1
    for one in BASE:  # doubling one adds k0·k_i
        assert p_index(BASE | {one: 2 * BASE[one]}, BASE, k, D(k0)) == D(k0) * (1 + k[one])
    back = dict(reversed(k.items()))
    assert p_index(dict(reversed(half.items())), BASE, back, D(k0)) == D(k0) / 2
    with pytest.raises(ValueError, match="add up to"):
        p_index(BASE, BASE, k | {"TP": D("0.3")}, D(k0))


# air ------------------------------------------------------------------------------------------------------------------
def test_w4_anqing_third_quarter_2018():
    # bbs.anqingzx.com 13321: (6·0.75 + 3·0.25)·18 = 5.25·18
    k = rate("air_coefficient", "万元/(µg/m³)", "anhui_2018_air", "2018-07-01")
    weights = {p: rate("weight", "1", "anhui_2018_air", "2018-07-01", p) for p in ("PM2.5", "PM10")}
    assert k == 18
    assert anhui_air((30, 24), (47, 44), k, 1, weights) == D("94.5")


def test_w4s_its_districts_by_rank():
    shares = decimals("0.4", "0.3", "0.2", "0.1")
    assert rank_share(D("94.5"), shares) == decimals("37.8", "28.35", "18.9", "9.45")
    assert rank_share(D("-94.5"), shares) == [-v for v in decimals("9.45", "18.9", "28.35", "37.8")]


# values ---------------------------------------------------------------------------------------------------------------
def test_w5_ninghai_2018():
    # 生态学报 41(14), 亿元
    assert gep_conversion(D("1259.03"), D("670.59")) == D("588.44")
    assert f"{100 * regulating_share(D('1259.03'), D('670.59')):.2f}" == "53.26"
    assert D("1259.03") / D("2.09") == pytest.approx(D("602.4"), rel=D("1e-4"), abs=0)


def test_w8_poyang_stage_coefficient():
    # l = 0.29, adjusted 326.53 亿: unadjusted ≈ 1125.97, En ≈ 0.4751 by t = 1/En − 3
    assert float(unadjusted(D("326.53"), D("0.29"))) == pytest.approx(1125.97, rel=1e-5, abs=0)
    assert float(engel_of(D("0.29"), 3)) == pytest.approx(0.4751, rel=1e-4, abs=0)
    assert float(stage(D("0.4751"), 3)) == pytest.approx(0.29, rel=5e-4, abs=0)  # En has four digits


# carbon ---------------------------------------------------------------------------------------------------------------
def test_w23_a_claim_of_24_tonnes_a_mu_is_refused():
    # lostcanyon.org "一亩 24.455 t" a year; more than 3 t CO2 a mu and year is not believed
    settled = registry()["carbon_sink"].settle
    bad = settled(case("carbon_sink", CARBON, projects=projects({"claimed": 24.455})))
    assert [f.code for f in bad.faults] == ["GEP-G420"]
    assert "24.455" in bad.faults[0].text("en")
    assert "24.455" in bad.faults[0].text("zh")
    assert [f.code for f in settled(case("carbon_sink", CARBON, projects=projects({"claimed": 3.0}))).faults] == []


# the law --------------------------------------------------------------------------------------------------------------
def farmland(t: str, *rows, arable: str = "1.5", **more):
    local = land_own("farmland_tax", t, "yuan/m²"), land_own("arable_per_capita", arable, "mu/person")
    extra = [land_own("farmland_tax", v, "yuan/m²", k) for k, v in more.items()]
    made = land_case("farmland_tax", register(*rows), using=terms(*local, *extra))
    return registry()["farmland_tax"].settle(made)


def test_l1_farmland_occupation_tax():
    # arts 3, 4, 6: 10 000 m² at 30 yuan/m² in a county of 1–2 mu a person; permanent basic farmland × 150 %
    assert occupation_tax(D(10_000), D(30)) == 300_000
    assert occupation_tax(D(10_000), D(30), D("1.5")) == 450_000
    made = farmland("30", {"area": 10_000.0}, {"area": 10_000.0, "basic_farmland": "是"})
    assert [d.amount for d in made.dues] == [300_000, 450_000]


@pytest.mark.parametrize(("t", "fault"), [("8", False), ("40", False), ("7.99", True), ("40.01", True)])
def test_l1_a_rate_out_of_its_band_is_an_error(t, fault):
    assert in_band(D(t), D(8), D(40)) is not fault
    made = farmland(t, {"area": 10_000.0})
    assert ("GEP-G337" in {f.code for f in made.faults}) is fault
    assert bool(made.dues) is not fault


@pytest.mark.parametrize(("t", "fault"), [("15", False), ("30", False), ("14.99", True), ("30.01", True)])
def test_l3_woodland_may_be_lowered_by_half_and_no_more(t, fault):
    # art. 12, where the county's t is 30
    made = farmland("30", {"land": "林地", "use": "仓储", "area": 10_000.0}, forest=t, orchard="20")
    assert ("GEP-G338" in {f.code for f in made.faults}) is fault
    if not fault:
        assert [d.amount for d in made.dues] == [D(t) * 10_000]


AIR_LOADS = {"SO2": 950.0, "NOx": 1900.0, "烟尘": 2180.0, "一般性粉尘": 12.0, "CO": 167.0}


def test_l5_the_three_largest_of_five_air_pollutants():
    # kg: 1 000, 2 000, 1 000, 3 and 10 equivalents; art. 9: the first three of the order
    equivalents = {"SO2": D("0.95"), "NOx": D("0.95"), "烟尘": D("2.18"), "一般性粉尘": D(4), "CO": D("16.7")}
    made = environmental_tax(AIR_LOADS, equivalents, D("1.2"), 3)
    assert made == {"NOx": 2400, "SO2": 1200, "烟尘": 1200}


def test_l5_by_the_rule():
    rows = [("上游县", "D1", "大气", p, "", kg, None, None) for p, kg in AIR_LOADS.items()]
    carbon_monoxide = index_own("tax_equivalent", "16.7", "kg/equivalent", key="CO", start=dt.date(2018, 1, 1))
    rule, tables = RULES["environmental_tax"], {"emissions": emissions(rows)}
    # Anhui 1.2 yuan an equivalent
    made = rule.settle(Case("c", rule, 2023, INDEX_PARTIES, load_terms(carbon_monoxide, region="34"), tables))
    assert made.faults == ()
    sheet = made.tables["environmental_tax"].set_index("pollutant")["amount"]
    assert sheet.to_dict() == {"SO2": 1200, "NOx": 2400, "烟尘": 1200, "一般性粉尘": 0, "CO": 0}


TRADE = {
    "seller": "甲镇", "buyer": "乙乡", "permit": "P1", "volume": 400.0, "unit_price": 0.87,
    "start": "2023-01-01", "end": "2024-12-31", "permit_end": "2024-12-31", "saving": 400.0, "permit_volume": 5000.0,
    "use": 4000.0, "approval": "批1", "per": "年",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [({}, ""), ({"volume": 400.01}, "more than the saved water"), ({"end": "2025-01-01"}, "the permit to 2024-12-31")],
)
def test_l6_only_saved_water_and_within_the_permit(change, why):
    import pandas as pd

    said = TRADE | change
    for column in ("start", "end", "permit_end"):
        said[column] = pd.Timestamp(said[column])
    rows = table(TRADE_COLUMNS, [[said[c] for c in TRADE_COLUMNS.split()]])
    made = registry()["water_trades"].settle(case("water_trades", trades=rows))
    [due] = made.dues
    assert (due.status, why in due.note) == ("void" if why else "ok", True)
    assert due.amount == (0 if why else 348)  # 400 m³ × 0.87


@pytest.mark.parametrize("matter", ["scope", "targets", "duties", "method", "term", "breach", "other"])
def test_l7_an_agreement_without_one_of_the_seven_matters_is_none(tmp_path, matter):
    whole, path = TABLES / "协议_颍溪.yaml", tmp_path / "agreement.yaml"
    assert load_agreement(whole).id == "yingxi"
    said = YAML(typ="safe").load(whole.read_text("utf-8"))
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({k: v for k, v in said.items() if k != matter}, file)
    with pytest.raises(GepError) as raised:
        load_agreement(path)
    one = raised.value.faults[0]
    assert (one.code, matter in one.text("en")) == ("GEP-G010", True)
    if matter == "breach":
        assert "违约处理" in one.text("zh")
