"""Settlement by load, by gap, by replacement cost; environmental tax and virtual cost as shadow prices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from cases_p_index import PARTIES, frame, own, sections, table
from cases_water_loads import CASES, HOLDS, LOADS, RULES, SHARES, emissions, loaded, targets, terms
from hypothesis import given, settings

from gep.compensation.nouns import TREASURY, Case
from gep.compensation.rules.shadow_prices import environmental_tax, reduction_margin, virtual_cost
from gep.compensation.rules.water_loads import gap_price, heze, load, load_price, replacement_cost
from gep.rates import packaged

AIMS = {"CODMn": "6", "NH3-N": "1", "TP": "0.2"}


# --- plain functions


def test_one_mg_a_litre_in_ten_thousand_m3_is_ten_kg():
    assert load(1, 1) == Decimal("0.01")  # t


def test_zhenjiang_load_times_price():
    # (8 − 6) mg/L · 500 万m³ / 100 = 10 t over; 10 t · 1.5 万元/t = 15 万元
    assert load_price(8, 6, 500, Decimal("1.5")) == 15
    assert load_price(4, 6, 500, Decimal("1.5")) == -15


def test_w13_heze_is_35_and_not_the_45_of_the_press():
    assert heze(20, 1.0) == 35  # (30 − 20)·2 + (1.5 − 1.0)·30 = 20 + 15
    assert heze(30, 1.5) == 0
    assert heze(40, 2.0) == -35


def test_gap_counts_what_has_a_price():
    assert gap_price({"COD": 28, "TP": 9}, {"COD": 30, "TP": 1}, {"COD": Decimal("2.5")}) == 5


def test_replacement_cost_is_a_power_of_the_influent():
    # 1000 · 25^0.5 · (25 − 20) · 200/100 = 1000 · 5 · 5 · 2 = 50 000
    assert replacement_cost(25, 20, 200, 1000, Decimal("0.5")) == 50_000
    assert replacement_cost(20, 20, 200, 1000, Decimal("0.5")) == 0
    assert replacement_cost(10, 20, 200, 1000, Decimal("0.5")) == 0


def test_l5_five_air_pollutants_are_taxed_on_the_top_three():
    emitted = {"SO2": 95, "NOx": 190, "烟尘": 218, "一般性粉尘": 200, "CO": 167}
    units = {"SO2": "0.95", "NOx": "0.95", "烟尘": "2.18", "一般性粉尘": "4", "CO": "16.7"}
    # equivalents 100, 200, 100, 50, 10: the three largest are NOx 200, SO2 100, 烟尘 100; at 1.2 yuan
    found = environmental_tax(emitted, {k: Decimal(v) for k, v in units.items()}, Decimal("1.2"), 3)
    assert found == {"NOx": 240, "SO2": 120, "烟尘": 120}


def test_reduction_is_by_how_far_below_the_standard():
    assert reduction_margin(35, 50) == Decimal("0.3")
    assert environmental_tax({"COD": 100}, {"COD": 1}, Decimal("1.4"), 3, {"COD": Decimal("0.75")}) == {"COD": 105}


def test_virtual_cost():
    assert virtual_cost(Decimal("12.5"), 4000, Decimal("4.5")) == 225_000


def test_equivalents_are_those_of_the_price_table():
    from gep.coefficient_tables import folder, read_sheet

    names = {"COD": "cod", "NH3-N": "nh3n", "TP": "phosphorus", "SO2": "so2", "NOx": "nox", "烟尘": "smoke_dust",
             "一般性粉尘": "dust"}  # fmt: skip
    prices = {c["symbol"]: c["value"] for _, c in read_sheet(folder() / "prices.csv").rows}
    mine = {r.key: r.number for r in packaged() if r.symbol == "tax_equivalent"}
    assert mine == {k: Decimal(prices[f"pollution_equivalent_{v}"]) for k, v in names.items()}


# --- load times price


def _steady(**values) -> list[tuple]:
    said = {"CODMn": "6", "NH3-N": "1", "TP": "0.2"} | values
    return [("S1", m, d, v) for m in range(1, 13) for d, v in said.items()]


def _signed(outcome) -> dict[tuple[str, str], Decimal]:
    return {(d.span, d.unit): d.amount if d.payee == d.unit else -d.amount for d in outcome.dues}


def _load(rows, *own_terms, months=range(1, 13), **more):
    held, more = dict.fromkeys(months, 500), {"sections": sections()} | more
    return RULES["load_price"].settle(loaded("load_price", rows, held, AIMS, *own_terms, **more))


ALONE = tuple(own("contribution_share", "1", key=d, tier="上游县") for d in LOADS)


def test_an_excess_is_paid_downstream_month_by_month():
    outcome = _load(_steady(CODMn="8"), *ALONE)
    assert outcome.faults == ()
    # 15 万元 a month, the others at their target
    assert _signed(outcome) == {(f"2023-{m:02d}", "up"): Decimal(-150_000) for m in range(1, 13)}
    assert {d.payee for d in outcome.dues} == {"down"}
    assert outcome.tables["loads"].query("determinand == 'CODMn'")["load_t"].tolist() == [40.0] * 12


def test_a_load_is_split_by_the_contribution_of_the_districts():
    # CODMn 15 万元: 85.78 % = 128 670, 14.22 % = 21 330; NH3-N (1.1 − 1)·500/100·10 = 5 万元: 50 000·.8578 and ·.1422
    outcome = _load(_steady(CODMn="8", **{"NH3-N": "1.1"}), *SHARES)
    january = {u: v for (s, u), v in _signed(outcome).items() if s == "2023-01"}
    assert january == {"up": Decimal("-171560.00"), "prov": Decimal("-28440.00")}


def test_shares_that_do_not_add_up_are_refused():
    rows = [r if r.tier != "省财政" else replace(r, value=Decimal("0.1")) for r in SHARES]
    found = _load(_steady(), *rows).faults
    assert {f.code for f in found} == {"GEP-G192"}
    assert {f.place for f in found} == set(LOADS)


def test_shares_of_parties_nobody_knows_are_refused():
    found = _load(_steady()).faults  # Zhenjiang's own: 丹阳 and 丹徒 are no parties here
    assert {f.code for f in found} == {"GEP-G401"}
    assert any("丹阳" in f.zh for f in found)


def test_below_detection_is_zero_in_a_load():
    outcome = _load(_steady(TP="0.01L"), *ALONE)
    row = outcome.tables["loads"].query("determinand == 'TP'").iloc[0]
    assert (row["concentration"], row["load_t"]) == (0.0, 0.0)
    # (0 − 0.2)·500/100·10 = −10 万元: received
    assert _signed(outcome)["2023-01", "up"] == 100_000


def test_a_month_without_reading_or_volume_is_missing_and_dry_is_nothing():
    rows = [r for r in _steady(CODMn="8") if not (r[1] == 3 and r[2] == "TP")]
    rows = [(s, m, d, "断流" if m == 6 else v) for s, m, d, v in rows]
    outcome = _load(rows, *ALONE, months=range(1, 12))
    status = {d.span: d.status for d in outcome.dues}
    assert (status["2023-03"], status["2023-06"], status["2023-12"]) == ("missing", "void", "missing")
    assert [s for s in status.values() if s == "ok"] == ["ok"] * 9
    notes = {d.span: d.note for d in outcome.dues}
    assert "TP" in notes["2023-03"]
    assert "volume" in notes["2023-12"]


def test_a_target_that_is_lacking_is_said():
    one = loaded("load_price", _steady(), {1: 500}, AIMS, *ALONE)
    one = replace(one, tables={**one.tables, "targets": targets({d: AIMS[d] for d in ("CODMn", "TP")})})
    january = next(d for d in RULES["load_price"].settle(one).dues if d.span == "2023-01")
    assert january.status == "missing"
    assert "NH3-N" in january.note


def test_a_suspended_section_pays_no_load():
    outcome = _load(_steady(CODMn="8"), *ALONE, sections=sections(suspended="检修"))
    assert {(d.status, d.amount) for d in outcome.dues} == {("suspended", Decimal(0))}
    assert len(outcome.tables["loads"]) == 12


def test_an_unknown_section_is_named_with_its_row():
    one = loaded("load_price", _steady(), {1: 500}, AIMS, *ALONE)
    bad = frame([("S7", 1, 500.0)], ("section", "month", "volume"), "volumes.csv")
    (found,) = RULES["load_price"].settle(replace(one, tables={**one.tables, "volumes": bad})).faults
    assert (found.code, found.file, found.place) == ("GEP-G100", "volumes.csv", "row 2, column section")


@settings(max_examples=10, deadline=None)
@given(CASES["load_price"]())
def test_parts_add_up_to_the_whole(case):
    HOLDS["load_price", "shares"](case)


# --- gap times price


def _gap(rows, choices=None, missing=None):
    tables = {"readings": table(rows), "sections": sections()}
    said = {"span": choices or "quarter"} | ({"missing_month": missing} if missing else {})
    return RULES["gap_price"].settle(
        Case("c", RULES["gap_price"], 2023, PARTIES, terms(schemes=("heze",)), tables, {}, said)
    )


def test_heze_quarter_by_quarter():
    rows = [("S1", m, d, v) for m in range(1, 13) for d, v in (("COD", "20" if m < 10 else "40"), ("NH3-N", "1.0"))]
    outcome = _gap(rows)
    # three quarters receive 35, the last (30 − 40)·2 + 15 = −5 万元: pays
    assert list(_signed(outcome).values()) == [350_000, 350_000, 350_000, -50_000]
    assert {d.unit for d in outcome.dues} == {"up"}


def test_heze_quarter_with_a_missing_month():
    rows = [("S1", m, d, v) for m in (1, 2) for d, v in (("COD", "20"), ("NH3-N", "1.0"))]
    first = _gap(rows, missing="exclude").dues[0]
    assert (first.status, first.amount) == ("ok", Decimal(350_000))
    assert "2 of 3 months" in first.note
    assert _gap(rows).dues[0].status == "missing"  # no default leaves a month out
    assert [d.status for d in _gap(rows, missing="exclude").dues] == ["ok", "missing", "missing", "missing"]


# --- replacement cost and shadow prices


def test_replacement_cost_lacks_its_coefficients():
    rows = [("S1", 1, d, v) for d, v in (("COD", "25"), ("NH3-N", "1"))]
    one = loaded("replacement_cost", rows, {1: 200}, {"COD": 20, "NH3-N": 1}, schemes=("xiaoqing",))
    outcome = RULES["replacement_cost"].settle(one)
    assert outcome.dues[0].status == "missing"
    assert "cost_factor" in outcome.dues[0].note
    fitted = [own("cost_factor", "1000", "yuan/t"), own("cost_exponent", "0.5")]
    also = loaded("replacement_cost", rows, {1: 200}, {"COD": 20, "NH3-N": 1}, *(
        replace(r, key=d, id=f"{r.id}.{d}") for r in fitted for d in ("COD", "NH3-N")), schemes=())  # fmt: skip
    january = RULES["replacement_cost"].settle(also).dues[0]
    assert (january.payer, january.payee, january.amount) == ("up", "down", Decimal(50_000))


def _tax(rows, **said):
    one = Case("c", RULES["environmental_tax"], 2023, PARTIES, terms(**said), {"emissions": emissions(rows)})
    return RULES["environmental_tax"].settle(one)


def test_a_shadow_price_is_a_table_and_nobody_owes_it():
    rows = [("上游县", "D1", "废气", p, None, kg, None, None)
            for p, kg in (("SO2", 95.0), ("NOx", 190.0), ("烟尘", 218.0), ("一般性粉尘", 200.0))]  # fmt: skip
    outcome = _tax(rows)
    assert outcome.dues == ()
    table = outcome.tables["environmental_tax"].set_index("pollutant")
    assert table["amount"].to_dict() == {"SO2": 120.0, "NOx": 240.0, "烟尘": 120.0, "一般性粉尘": 0.0}
    assert table["rank_counted"].tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("concentration", "amount"),
    [(50.0, 140.0), (36.0, 140.0), (35.0, 105.0), (26.0, 105.0), (25.0, 70.0), (10.0, 70.0)],
)
def test_tax_is_reduced_by_the_margin_below_the_standard(concentration, amount):
    # 100 kg COD = 100 equivalents · 1.4 = 140; 30 % below 50 is 35 (included) → 75 %, 50 % below is 25 → 50 %
    outcome = _tax([("上游县", "D1", "水", "化学需氧量", None, 100.0, concentration, 50.0)])
    assert outcome.tables["environmental_tax"]["amount"].tolist() == [amount]


def test_tax_lacks_what_the_table_does_not_have():
    outcome = _tax([("上游县", "D1", "水", "苯并芘", "第一类", 1.0, None, None)])
    assert outcome.tables["environmental_tax"]["status"].tolist() == ["missing"]
    assert any("苯并芘" in text for text in outcome.missing)
    other = _tax([("上游县", "D1", "水", "COD", None, 1.0, None, None)], region="110000")
    assert any("tax_rate" in text for text in other.missing)  # a province whose rate is not known


def test_faults_of_emissions_are_told_together():
    rows = [("上游现", "D1", "水", "COD", None, 1.0, None, None), (TREASURY, "D1", "土", "COD", None, 1.0, None, None),
            (TREASURY, "D2", "水", "COD", None, float("nan"), None, None)]  # fmt: skip
    found = {(f.code, f.place) for f in _tax(rows).faults}
    assert found == {("GEP-G401", "row 2, column party"), ("GEP-G193", "row 3, column medium"),
                     ("GEP-G194", "row 4, column quantity")}  # fmt: skip


def test_virtual_cost_lacks_and_has_its_rates():
    held = frame([("上游县", "一号", "COD", 12.5)], ("party", "site", "pollutant", "quantity"), "d.csv")
    rule = RULES["virtual_cost"]
    outcome = rule.settle(Case("c", rule, 2023, PARTIES, terms(), {"damages": held}))
    assert outcome.tables["virtual_costs"]["status"].tolist() == ["missing"]
    rates = (own("abatement_cost", "4000", "yuan/t", key="COD"), own("adjustment", "4.5"))
    outcome = rule.settle(Case("c", rule, 2023, PARTIES, terms(*rates), {"damages": held}))
    assert outcome.tables["virtual_costs"]["amount"].tolist() == [225_000.0]
    assert outcome.dues == ()


# --- who pays


def test_contributors_that_the_register_does_not_name_are_refused():
    """上游县 pays by the register, but the shares are agreed for 下游县: the payee would pay itself."""
    theirs = tuple(own("contribution_share", "1", key=d, tier="下游县") for d in LOADS)
    (found,) = _load(_steady(CODMn="8"), *theirs).faults
    assert (found.code, found.place) == ("GEP-G195", "row 2, column upstream")
    unnamed = sections().assign(province=None)  # 省财政 has a share and stands nowhere in the register
    assert {f.code for f in _load(_steady(CODMn="8"), *SHARES, sections=unnamed).faults} == {"GEP-G195"}


def test_several_upstream_pay_by_their_shares_in_every_month():
    """Both stand upstream; June without a volume is missing for each of them, as they pay in the other months."""
    both = sections().assign(upstream="上游县、省财政", province=None)
    months = [m for m in range(1, 13) if m != 6]
    outcome = _load(_steady(CODMn="8"), *SHARES, months=months, sections=both)
    assert outcome.faults == ()
    assert {(d.unit, d.amount) for d in outcome.dues if d.span == "2023-01"} == {
        ("up", Decimal("128670.00")), ("prov", Decimal("21330.00"))}  # 15 万元 · .8578, .1422  # fmt: skip
    assert {(d.unit, d.status) for d in outcome.dues if d.span == "2023-06"} == {("up", "missing"), ("prov", "missing")}


def test_a_gap_paid_on_not_detected_is_told():
    # 菏泽: NH3-N 1.5; below 4 it counts 2, (1.5 − 2) · 30 = −15 万元
    rows = [("S1", m, d, v) for m in (1, 2, 3) for d, v in (("COD", "30"), ("NH3-N", "4L"))]
    outcome = _gap(rows)
    assert _signed(outcome)["2023Q1", "up"] == -150_000
    assert [(f.code, f.severity, f.place) for f in outcome.faults] == [
        ("GEP-G130", "warning", f"row {n}") for n in (3, 5, 7)]  # fmt: skip
