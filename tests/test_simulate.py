"""The agreement simulator: the same monitoring under other terms; who would pay whom, and how far the next step is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from cases_p_index import FOUR, PARTIES, RULE, agreed, case, own, readings, sections, table
from cases_water_loads import RULES as LOADS
from cases_water_loads import terms as load_terms

from gep.cli.simulate import variations
from gep.compensation.agreement import Agreement
from gep.compensation.nouns import Case
from gep.compensation.rule import registry
from gep.compensation.simulation import (
    AGREED,
    ALL,
    Change,
    Variation,
    as_if_in_force,
    positions,
    sensitivity,
    shifted,
    simulate,
    varied,
)
from gep.errors import GepError
from gep.rates import Rates

C0 = {"CODMn": "2.0", "NH3-N": "0.3", "TN": "1.1", "TP": "0.03"}
WAN = 10_000
AGREEMENT = {
    "agreement": 1, "id": "t", "name": "示例协议", "parties": ["上游县", "下游县"], "elements": ["水流"],
    "scope": "示例流域全部乡镇", "targets": {"goal": "水质不下降", "indicators": ["P"]}, "duties": "上游治污，下游补偿",
    "method": {"channel": "horizontal", "forms": ["funds"], "rule": "p_index"},
    "term": {"start": "2025-01-01", "end": "2027-12-31"}, "breach": "按约支付违约金", "other": "未尽事宜另议",
}  # fmt: skip


def year(period: int, p: str, *rows) -> Case:
    """A year whose P is `p` at k0 = 1."""
    values = {d: str(Decimal(v) * Decimal(p)) for d, v in C0.items()}
    return case(values, C0, *(rows or agreed("1")), period=period)


THREE = [year(2021, "0.94"), year(2022, "0.97"), year(2023, "1.02")]


def test_as_agreed_says_who_would_have_paid_whom():
    found = simulate(THREE)
    # P ≤ 0.95: 2000; P ≤ 1: 1000; P > 1 the other way, 1000 万元
    said = found[["year", "p", "payer", "payee", "amount", "status"]].values.tolist()
    assert said == [
        [2021, 0.94, "down", "up", 2000.0 * WAN, "ok"], [2022, 0.97, "down", "up", 1000.0 * WAN, "ok"],
        [2023, 1.02, "up", "down", 1000.0 * WAN, "ok"],
    ]  # fmt: skip
    assert set(found["scenario"]) == {AGREED}
    assert found["payer_name"].tolist() == ["下游县", "下游县", "上游县"]
    assert "P = 0.94" in found["working"][0]


def test_terms_thresholds_choices_and_readings_vary():
    vary = [
        Variation("k0", (Change("k0", Decimal("0.9")),)),
        Variation("threshold", (Change("transfer", Decimal("0.93"), "down>up", "2", "upto"),)),
        Variation("amount", (Change("transfer", Decimal(1500), "down>up", "1"),)),
        Variation("dirtier", readings={ALL: Decimal("1.05")}),
        Variation("monthly", choices={"span": "month"}),
    ]
    found = simulate(THREE, vary)

    def paid(name):
        part = found[found["scenario"] == name]
        signs = [1 if payee == "up" else -1 for payee in part["payee"]]
        return [s * a / WAN for s, a in zip(signs, part["amount"], strict=True)]

    assert paid("k0") == [2000, 2000, 2000]  # P 0.846, 0.873, 0.918: all at or below 0.95
    assert paid("threshold") == [1000, 1000, -1000]  # 0.94 is above 0.93 now
    assert paid("amount") == [2500, 1500, -1000]
    assert paid("dirtier") == [1000, -1000, -1000]  # P 0.987, 1.0185, 1.071
    assert len(paid("monthly")) == 36
    assert found[found["scenario"] == "dirtier"]["p"].tolist() == pytest.approx(
        [0.987, 1.0185, 1.071], rel=1e-12, abs=0
    )


def test_the_cases_are_left_as_they_were():
    before = THREE[0].tables["readings"].copy(), THREE[0].terms
    simulate(THREE, [Variation("x", (Change("k0", Decimal("0.5")),), {"span": "month"}, {ALL: Decimal(2)})])
    assert THREE[0].tables["readings"].equals(before[0])
    assert THREE[0].terms is before[1]


def test_one_determinand_shifts_alone_and_what_is_below_detection_stays():
    rows = [(s, m, d, "0.06L" if (d, m) == ("TP", 1) else v) for s, m, d, v in readings(C0)]
    one = replace(THREE[0], tables={**THREE[0].tables, "readings": table(rows)})
    made = shifted(one, {"TP": Decimal("1.5"), "TN": Decimal("0.5")}).tables["readings"]
    cells = made.set_index(["month", "determinand"])["value"]
    assert (cells[1, "TP"], cells[2, "TP"], cells[2, "TN"], cells[2, "CODMn"]) == ("0.06L", "0.045", "0.55", "2.0")


def test_what_is_missing_or_wrong_is_a_row_that_says_so():
    lacking = year(2023, "1", *(r for r in agreed("1") if r.symbol != "k0"))
    wrong = Variation("weights", (Change("weight", Decimal("0.3"), "TN"),))
    found = simulate([lacking], [wrong])
    assert found["status"].tolist() == ["missing", "missing"]
    assert "k0" in found["note"][0]
    found = simulate([THREE[0]], [wrong])
    assert found["status"].tolist() == ["ok", "fault"]
    assert "1.05" in found["note"][1]
    net = positions(found)
    assert set(net["scenario"]) == {AGREED}  # nothing was settled under the other weights


def test_a_term_that_nobody_said_is_refused_with_what_may_vary():
    lacking = year(2023, "1", *(r for r in agreed("1") if r.symbol != "k0"))
    with pytest.raises(GepError) as error:
        simulate([lacking], [Variation("k0", (Change("k0", Decimal("0.9")),))])
    assert [f.code for f in error.value.faults] == ["GEP-G201"]
    assert "weight:TN (1)" in error.value.faults[0].fix_en
    assert "plausible" not in error.value.faults[0].fix_en


def test_a_blank_of_a_scheme_is_filled():
    one = case(C0, C0, *(own("weight", "0.25", key=d) for d in FOUR), schemes=("dabie",))
    (due,) = RULE.settle(varied(one, Variation("", (Change("k0", Decimal("0.8")),)))).dues[:1]
    assert due.status == "ok"
    assert RULE.settle(one).dues[0].status == "missing"


def test_positions_net_per_party_and_say_what_changes():
    net = positions(simulate(THREE[:1], [Variation("dirtier", readings={ALL: Decimal("1.1")})]))
    up = net[net["party"] == "up"].set_index("scenario")
    heads = ["pays", "receives", "net", "change"]
    assert up.loc[AGREED, heads].tolist() == [0, 2000 * WAN, 2000 * WAN, 0]
    # P 1.034: upstream pays 1000 instead of receiving 2000
    assert up.loc["dirtier", heads].tolist() == [
        1000 * WAN,
        0,
        -1000 * WAN,
        -3000 * WAN,
    ]
    assert net.groupby(["scenario", "year"])["net"].sum().tolist() == [0, 0]


def test_how_far_the_next_step_is_and_what_it_is_worth():
    # P 0.97: +3.09 % passes 1 (upstream loses 2000), −2.06 % reaches 0.95 (gains 1000)
    found = sensitivity([THREE[1]], ("k0",))
    up = found[found["party"] == "up"].set_index(["what", "direction"])
    assert up.loc[("readings", "up"), "moved_pct"] == pytest.approx(100 * (1 / 0.97 - 1), rel=0, abs=0.011)
    assert up.loc[("readings", "up"), "change"] == -2000 * WAN
    assert up.loc[("readings", "down"), "moved_pct"] == pytest.approx(100 * (1 - 0.95 / 0.97), rel=0, abs=0.011)
    assert up.loc[("readings", "down"), "change"] == 1000 * WAN
    assert up.loc[("k0", "up"), "moved_pct"] == up.loc[("readings", "up"), "moved_pct"]
    # one of four equal determinands must move four times as far
    assert up.loc[("TN", "up"), "moved_pct"] == pytest.approx(400 * (1 / 0.97 - 1), rel=0, abs=0.011)


def test_a_rule_without_steps_shows_what_one_per_cent_is_worth():
    rows = [("S1", m, d, v) for m in range(1, 13) for d, v in (("COD", "20"), ("NH3-N", "1.0"))]
    one = Case("h", LOADS["gap_price"], 2023, PARTIES, load_terms(schemes=("heze",)),
               {"readings": table(rows), "sections": sections()})  # fmt: skip
    up = sensitivity([one]).query("party == 'up'").set_index(["what", "direction"])
    assert up.loc[("COD", "up"), "moved_pct"] == 0
    # 4 quarters · 0.2 mg/L · 2 万元
    assert up.loc[("COD", "up"), "change"] == pytest.approx(-1.6 * WAN, rel=1e-12, abs=0)


def test_an_agreement_is_replayed_as_if_it_were_in_force():
    days = {"start": dt.date(2025, 1, 1), "end": dt.date(2027, 12, 31)}
    one = year(2023, "0.97", *(replace(r, valid_from=days["start"], valid_to=days["end"]) for r in agreed("1")))
    assert {f.code for f in RULE.settle(one).faults} == {"GEP-G003"}
    signed = replace(one, agreement=Agreement.model_validate(AGREEMENT))
    assert simulate([as_if_in_force(signed)])["amount"].tolist() == [1000 * WAN]


def test_the_pool_of_an_agreement_grows_from_its_first_year_only():
    rows = [*(r for r in agreed("1") if r.symbol in ("k0", "weight")),
            own("pool", 1000, "万元", start=dt.date(2025, 1, 1)),
            own("pool_share", "0.5", key="down>up", tier="1"), own("growth", "0.1")]  # fmt: skip

    def paid(period):
        one = replace(year(period, "1", *(replace(r, valid_from=r.valid_from and dt.date(2025, 1, 1)) for r in rows)),
                      agreement=Agreement.model_validate(AGREEMENT), choices={"growth": "term"})  # fmt: skip
        return simulate([as_if_in_force(one)])["amount"].tolist()

    assert paid(2023) == [500 * WAN]
    assert paid(2027) == [605 * WAN]  # 1000 · 1.1² / 2


def test_words_of_the_command_line():
    made = variations(["k0=0.85,0.9", "readings:TN=1.1", "missing_month=carry", "weight:TN=0.3&weight:TP=0.2",
                       "transfer:down>up:2.upto=0.93"], RULE)  # fmt: skip
    assert [v.name for v in made] == ["k0=0.85", "k0=0.9", "readings:TN=1.1", "missing_month=carry",
                                      "weight:TN=0.3&weight:TP=0.2", "transfer:down>up:2.upto=0.93"]  # fmt: skip
    assert made[1].changes == (Change("k0", Decimal("0.9")),)
    assert made[2].readings == {"TN": Decimal("1.1")}
    assert made[3].choices == {"missing_month": "carry"}
    assert made[4].changes == (Change("weight", Decimal("0.3"), "TN"), Change("weight", Decimal("0.2"), "TP"))
    assert made[5].changes == (Change("transfer", Decimal("0.93"), "down>up", "2", "upto"),)
    with pytest.raises(GepError) as error:
        variations(["k0", "k0=x", "kO=1", "missing_month=never"], RULE)
    assert [f.code for f in error.value.faults] == ["GEP-G202", "GEP-G202", "GEP-G200", "GEP-G202"]


def test_two_steps_close_together_are_steps_and_not_a_slope():
    rows = [r for r in agreed("1") if r.symbol != "transfer"]
    rows += [own("transfer", 100, "万元", key="down>up", tier=t, upto=p) for t, p in (("1", "1.002"), ("2", "1.007"))]
    up = sensitivity([year(2023, "1", *rows)], each=False).query("party == 'up' and direction == 'up'")
    assert up["moved_pct"].tolist() == pytest.approx([0.2], rel=0, abs=0.011)
    assert up["change"].tolist() == [-100 * WAN]


def test_a_rate_varies_in_the_unit_of_its_row_and_for_all_its_keys_where_none_is_named():
    # payout COD 3 万元, TP 2 万元, any other 1 万元; payout=5 means 5 万元 for each, never an unkeyed rate of 5 yuan
    rows = [own("payout", v, "万元", key=k) for k, v in (("COD", "3"), ("TP", "2"), ("", "1"))]
    one = replace(THREE[0], rule=registry()["section_payout"])
    one = replace(one, terms=replace(one.terms, rates=Rates(tuple(rows)), schemes=(rows[0].scheme,)))

    def yuan(made, *keys):
        return [int(made.terms.find("payout", "yuan", "2021", key=k).number) for k in keys]

    def vary(to, key=""):
        return varied(one, Variation("", (Change("payout", Decimal(to), key),)))

    assert yuan(one, "COD", "TP", "TN", "") == [3 * WAN, 2 * WAN, WAN, WAN]
    assert yuan(vary(5), "COD", "TP", "TN", "") == [5 * WAN] * 4
    assert yuan(vary(5, "COD"), "COD", "TP", "TN", "") == [5 * WAN, 2 * WAN, WAN, WAN]
    assert yuan(vary(5, "化学需氧量"), "COD", "TP") == [5 * WAN, 2 * WAN]
    assert yuan(vary(5, "TN"), "COD", "TP", "TN", "DO") == [3 * WAN, 2 * WAN, 5 * WAN, WAN]  # that of any key
    for to, code in ((-5, "GEP-G038"), (5, "GEP-G201")):
        with pytest.raises(GepError) as error:
            varied(one, Variation("", (Change("payout" if to < 0 else "bonus", Decimal(to)),)))
        assert [f.code for f in error.value.faults][:1] == [code]
