"""The P index of the Xin'an family: the index itself, its tiers, pools that grow, the schemes as data."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from cases_p_index import CASES, FOUR, HOLDS, RULE, agreed, base, case, frame, own, readings, sections, table
from hypothesis import given, settings

from gep.compensation.nouns import TREASURY, Case
from gep.compensation.rules.p_index import indexed_pool, joined_growth, p_index, paid
from gep.rates import packaged

C0 = {"CODMn": "2.0", "NH3-N": "0.3", "TN": "1.1", "TP": "0.03"}
NUMBERS = {d: Decimal(v) for d, v in C0.items()}
QUARTERS = dict.fromkeys(FOUR, Decimal("0.25"))
YI = Decimal(100_000_000)


# --- the formula


@pytest.mark.parametrize("k0", ["0.85", "0.89", "0.90"])
def test_index_of_the_base_is_k0(k0):
    thirds = {d: v / 3 for d, v in NUMBERS.items()}
    assert p_index(NUMBERS, NUMBERS, QUARTERS, Decimal(k0)) == Decimal(k0)
    assert p_index(thirds, thirds, QUARTERS, Decimal(k0)) == Decimal(k0)


def test_index_is_homogeneous_of_degree_one():
    c = {"CODMn": Decimal("2.5"), "NH3-N": Decimal("0.15"), "TN": Decimal("1.1"), "TP": Decimal("0.06")}
    # 0.85 · 0.25 · (1.25 + 0.5 + 1 + 2) = 0.85 · 0.25 · 4.75 = 1.009375
    assert p_index(c, NUMBERS, QUARTERS, Decimal("0.85")) == Decimal("1.009375")
    assert p_index({d: 4 * v for d, v in c.items()}, NUMBERS, QUARTERS, Decimal("0.85")) == Decimal("4.0375")


def test_doubling_one_determinand_adds_k0_times_its_weight():
    k = dict(zip(FOUR, (Decimal(w) for w in ("0.22", "0.22", "0.28", "0.28")), strict=True))
    for d in FOUR:
        p = p_index(NUMBERS | {d: 2 * NUMBERS[d]}, NUMBERS, k, Decimal("0.9"))
        assert p - Decimal("0.9") == Decimal("0.9") * k[d]


def test_the_order_of_determinands_does_not_matter():
    c, c0, k = ["2.1", "0.4", "1.0", "0.05"], list(C0.values()), ["0.22", "0.22", "0.28", "0.28"]
    found = {
        p_index(*([Decimal(v[i]) for i in order] for v in (c, c0, k)), Decimal("0.9"))
        for order in permutations(range(4))
    }
    assert len(found) == 1


def test_weights_that_do_not_add_up_to_one_are_refused():
    with pytest.raises(ValueError, match=r"0\.99"):
        p_index(NUMBERS, NUMBERS, QUARTERS | {"TP": Decimal("0.24")}, Decimal(1))


def test_no_concentration_is_not_zero():
    with pytest.raises(ValueError, match="TN"):
        p_index({d: v for d, v in NUMBERS.items() if d != "TN"}, NUMBERS, QUARTERS, Decimal(1))


def test_a_pool_grows_by_each_year():
    # 10亿 · 1.05 · 1.04 = 10.92亿
    assert indexed_pool(10 * YI, [Decimal("0.05"), Decimal("0.04")]) == Decimal("10.92") * YI
    assert indexed_pool(10 * YI, []) == 10 * YI
    assert joined_growth([Decimal("0.06"), Decimal("0.04")], "mean") == Decimal("0.05")
    # (0.06 · 3 + 0.04 · 1) / 4 = 0.055
    assert joined_growth([Decimal("0.06"), Decimal("0.04")], "weighted", [3, 1]) == Decimal("0.055")
    assert joined_growth([Decimal("0.06"), Decimal("0.04")], "min") == Decimal("0.04")
    with pytest.raises(ValueError, match="weight"):
        joined_growth([Decimal("0.06"), Decimal("0.04")], "weighted", [3])


# --- tiers as data


def _planted(p: str) -> dict[str, Decimal]:
    """Readings whose P is `p` at k0 = 1 and quarter weights."""
    return {d: v * Decimal(p) for d, v in NUMBERS.items()}


def _sums(outcome) -> dict[tuple[str, str], Decimal]:
    return {(d.payer, d.payee): d.amount for d in outcome.dues}


def test_w16_dabie_2023_hefei_pays_luan():
    # P = 0.673 < 1: 4000 万元 from downstream (合肥), and the province's 1.18亿 whatever P is
    one = case(_planted("0.673"), C0, own("k0", 1), *(own("weight", "0.25", key=d) for d in FOUR), schemes=("dabie",))
    outcome = RULE.settle(one)
    assert outcome.faults == ()
    assert list(outcome.tables["p_index"]["p"]) == [0.673]
    assert _sums(outcome) == {("down", "up"): Decimal(40_000_000), ("prov", "up"): Decimal(118_000_000)}


@pytest.mark.parametrize(
    ("p", "payer", "payee"), [("0.9999", "down", "up"), ("1", "up", "down"), ("1.2", "up", "down")]
)
def test_dabie_does_not_include_one(p, payer, payee):
    one = case(_planted(p), C0, own("k0", 1), *(own("weight", "0.25", key=d) for d in FOUR), schemes=("dabie",))
    assert _sums(RULE.settle(one)) == {(payer, payee): Decimal(40_000_000), ("prov", "up"): Decimal(118_000_000)}


@pytest.mark.parametrize("period", [2012, 2013])
def test_w15c_zhejiang_paid_one_yi_in_2012_and_2013(period):
    # k0 0.85 at base concentrations: P = 0.85 ≤ 1
    outcome = RULE.settle(case(NUMBERS, C0, schemes=("xinan_1",), period=period))
    assert _sums(outcome)["down", "up"] == YI
    assert ("up", "down") not in _sums(outcome)
    assert {d.confidence for d in outcome.dues} == {"unverified"}  # k0 and weights were not read


def test_xinan_includes_one():
    one = case(_planted("1"), C0, own("k0", 1), schemes=("xinan_1",), period=2013)
    assert _sums(RULE.settle(one))["down", "up"] == YI
    above = case(_planted("1.0001"), C0, own("k0", 1), schemes=("xinan_1",), period=2013)
    assert _sums(RULE.settle(above))["up", "down"] == YI


@pytest.mark.parametrize(
    ("p", "owed"), [("0.95", ("down", "up", 2)), ("0.9501", ("down", "up", 1)), ("1", ("down", "up", 1)),
                    ("1.01", ("up", "down", 1))]
)  # fmt: skip
def test_tiers_that_hold_p_add_up(p, owed):
    payer, payee, yi = owed
    one = case(_planted(p), C0, own("k0", 1), schemes=("xinan_2",), period=2016)
    assert _sums(RULE.settle(one)) == {(payer, payee): yi * YI}


def test_terms_of_round_three_end_with_2022():
    assert RULE.settle(case(NUMBERS, C0, schemes=("xinan_3",), period=2022)).faults == ()
    late = RULE.settle(case(NUMBERS, C0, schemes=("xinan_3",), period=2023))
    assert {f.code for f in late.faults} == {"GEP-G003"}
    assert late.dues == ()


@pytest.mark.parametrize("scheme", ["xinan_zone_2023", "luan_2025", "huangshan"])
def test_what_was_not_found_is_missing(scheme):
    values = NUMBERS | {"COD": Decimal(10)}
    bases = C0 | {"COD": "10"}
    outcome = RULE.settle(case(values, bases, schemes=(scheme,), period=2025, choices={"growth": "none"}))
    assert outcome.faults == ()
    (due,) = outcome.dues
    assert due.status == "missing"
    assert due.amount is None
    assert "k0" in due.note
    assert "weight" in due.note


def test_parts_of_a_pot_add_up_to_it():
    for scheme in ("xinan_1", "dabie"):
        rows = [r for r in packaged() if r.scheme == scheme]
        (pot,) = (r.number for r in rows if r.symbol == "pool")
        assert sum(r.number for r in rows if r.symbol == "contribution") == pot


def test_weights_of_every_scheme_add_up_to_one_or_are_blank():
    for scheme in ("xinan_1", "xinan_2", "xinan_3", "xinan_zone_2023", "dabie", "luan_2025", "huangshan"):
        values = [r.value for r in packaged() if r.scheme == scheme and r.symbol == "weight"]
        assert len(values) == 4
        assert all(v is None for v in values) or sum(values) == 1


def test_paid_adds_bands_and_nothing_outside():
    tiers = [own("transfer", 10, "yuan", upto=1), own("transfer", 5, "yuan", upto="0.95")]
    assert [paid(Decimal(p), tiers) for p in ("0.9", "0.95", "0.96", "1", "1.01")] == [15, 15, 10, 10, 0]


def test_shares_of_a_pool_that_grows():
    rows = (
        own("k0", 1), *(own("weight", "0.25", key=d) for d in FOUR),
        own("pool_share", "0.6", key="down>up", tier="1", upto=1),
        own("pool_share", "0.4", key="up>down", tier="1", over=1),
    )  # fmt: skip
    growth = frame([(2024, "浙", 0.06), (2024, "皖", 0.04), (2025, "浙", 0.05), (2025, "皖", 0.03)],
                   ("growth_year", "party", "rate"), "growth.csv")  # fmt: skip

    def of(how, period=2025):
        one = case(_planted("0.9"), C0, *rows, schemes=("xinan_zone_2023",), period=period,
                   choices={"growth": how} if how else {}, growth=growth)  # fmt: skip
        return RULE.settle(one)

    # 10亿 · 1.05 · 1.04 · 0.6 = 6.552亿; the least of each year: 10 · 1.04 · 1.03 · 0.6 = 6.4272
    assert _sums(of("mean")) == {("down", "up"): Decimal("6.552") * YI}
    assert _sums(of("min")) == {("down", "up"): Decimal("6.4272") * YI}
    assert _sums(of("mean", 2023)) == {("down", "up"): 6 * YI}
    assert [f.code for f in of("").faults] == ["GEP-G190"]  # whether it grows is a choice to be made
    assert [f.code for f in of("mean", 2026).faults] == ["GEP-G190"]  # 2026 is not in the table
    assert [f.code for f in of("weighted").faults][:1] == ["GEP-G191"]  # no weights


# --- the case


def test_month_by_month_against_the_year_before():
    # 2022: CODMn 2.0; 2023 January 1.0 and July 4.0 (the others at their base): P = 0.25 · (0.5 + 3), 0.25 · (2 + 3)
    rows = [(s, m, d, "1.0" if (d, m) == ("CODMn", 1) else "4.0" if (d, m) == ("CODMn", 7) else v)
            for s, m, d, v in readings(NUMBERS)]  # fmt: skip
    past = [("S1", y, m, d, str(v * (1 if y == 2022 else 9))) for y in (2021, 2022) for m in range(1, 13)
            for d, v in NUMBERS.items()]  # fmt: skip
    held = frame(past, ("section", "base_year", "month", "determinand", "value"), "base.csv")
    one = case(
        NUMBERS, C0, *agreed("1"), choices={"span": "month", "base": "previous_year"}, readings=table(rows), base=held
    )
    outcome = RULE.settle(one)
    p = outcome.tables["p_index"].set_index("span")["p"]
    assert (p["2023-01"], p["2023-02"], p["2023-07"]) == (0.875, 1.0, 1.25)
    assert [(d.span, d.payer, d.amount) for d in outcome.dues if d.span in ("2023-01", "2023-02", "2023-07")] == [
        ("2023-01", "down", Decimal(20_000_000)), ("2023-02", "down", Decimal(10_000_000)),
        ("2023-07", "up", Decimal(10_000_000)),
    ]  # fmt: skip


def test_the_base_is_the_mean_of_the_base_years():
    # years 1.0, 2.0, 3.0 → 2.0; a year of another period is refused by the scheme's terms
    def rows(*years):
        made = [("S1", y, d, str(v * n / 2)) for n, y in enumerate(years, 1) for d, v in NUMBERS.items()]
        return frame(made, ("section", "base_year", "determinand", "value"), "base.csv")

    fine = case(NUMBERS, C0, schemes=("xinan_1",), period=2013, base=rows(2008, 2009, 2010))
    assert list(RULE.settle(fine).tables["p_index"]["p"]) == [0.85]
    wrong = case(NUMBERS, C0, schemes=("xinan_1",), period=2013, base=rows(2009, 2010, 2011))
    (found,) = RULE.settle(wrong).faults
    assert (found.code, found.file, found.place) == ("GEP-G184", "base.csv", "row 10, column base_year")


def _dropped(how: str):
    rows = [r for r in readings(NUMBERS) if not (r[1] == 5 and r[2] == "TP")]
    rows = [(s, m, d, "0.06" if (m, d) == (4, "TP") else v) for s, m, d, v in rows]
    return RULE.settle(case(NUMBERS, C0, *agreed("1"), readings=table(rows), choices={"missing_month": how}))


def test_a_missing_month_is_not_zero():
    # TP: April 0.06, May missing, else 0.03. left out: (10·0.03 + 0.06)/11; carried: (10·0.03 + 0.12)/12 = 0.035
    def part(outcome):
        return outcome.tables["p_parts"].set_index("determinand").loc["TP", "mean"]

    left, carried, refused = _dropped("exclude"), _dropped("carry"), _dropped("flag")
    assert part(left) == pytest.approx(0.36 / 11, rel=1e-15, abs=0)
    assert part(carried) == pytest.approx(0.035, rel=1e-15, abs=0)
    assert all("5" in d.note for o in (left, carried) for d in o.dues)
    assert [d.status for d in refused.dues] == ["missing"]


def test_a_reading_below_detection_counts_half_its_limit():
    rows = [(s, m, d, "0.06L" if d == "TP" else v) for s, m, d, v in readings(NUMBERS)]
    outcome = RULE.settle(case(NUMBERS, C0, *agreed("1"), readings=table(rows)))
    assert outcome.tables["p_parts"].set_index("determinand").loc["TP", "mean"] == 0.03


def test_a_suspended_section_is_nothing_and_is_shown():
    outcome = RULE.settle(case(_planted("2"), C0, *agreed(), sections=sections(suspended="建闸施工")))
    (due,) = outcome.dues
    assert (due.status, due.amount) == ("suspended", Decimal(0))
    assert list(outcome.tables["p_index"]["status"]) == ["suspended"]
    assert "建闸施工" in due.note


def test_no_tier_holds_p_is_shown_as_nothing_owed():
    rows = [r for r in agreed("1") if r.symbol != "transfer"] + [
        own("transfer", 10, "万元", key="down>up", tier="1", upto="0.9")
    ]
    (due,) = RULE.settle(case(NUMBERS, C0, *rows)).dues
    assert due.amount == 0
    assert "P = 1" in due.note


def test_faults_are_told_together_with_their_rows():
    bad = frame([("S1", "一号", "上游县", "下游现", None, None, ""), ("S2", "二号", None, "下游县", None, None, ""),
                 ("S3", "三号", TREASURY, None, None, None, "")],
                ("section", "name", "upstream", "downstream", "province", "central", "suspended"), "s.csv")  # fmt: skip
    rows = table([*readings(NUMBERS), ("S9", 1, "TP", "0.1")])
    held = base(C0 | {"TP": "-"} | {"CODMn": "abc"})
    found = RULE.settle(case(NUMBERS, C0, *agreed(), sections=bad, readings=rows, base=held)).faults
    said = {(f.code, f.file, f.place) for f in found}
    assert ("GEP-G401", "s.csv", "row 2, column downstream") in said
    assert ("GEP-G181", "s.csv", "row 3, column upstream") in said
    assert ("GEP-G182", "s.csv", "row 4") in said
    assert any(code == "GEP-G100" and place.startswith("row 50") for code, _, place in said)
    assert ("GEP-G186", "base.csv", "row 2, column value") in said


def test_weights_of_an_agreement_must_add_up_to_one():
    rows = [*agreed(weights=("0.25", "0.25", "0.25", "0.2"))]
    (found,) = RULE.settle(case(NUMBERS, C0, *rows)).faults
    assert found.code == "GEP-G183"
    assert "0.95" in found.en


def test_a_base_of_zero_is_refused():
    (found,) = RULE.settle(case(NUMBERS, C0 | {"TN": "0"}, *agreed())).faults
    assert found.code == "GEP-G185"


def test_a_party_that_the_register_does_not_name_is_said():
    rows = sections().drop(columns="central")
    outcome = RULE.settle(case(NUMBERS, C0, schemes=("xinan_1",), period=2013, sections=rows))
    assert _sums(outcome) == {("down", "up"): YI}
    assert len(outcome.missing) == 1
    assert "central>up" in outcome.missing[0]


def test_thresholds_say_how_far_p_is():
    outcome = RULE.settle(case(_planted("0.97"), C0, *agreed("1")))
    edges = outcome.tables["p_thresholds"].set_index(["transfer", "threshold"])
    row = edges.loc[("down>up", 0.95)]
    assert row["distance"] == pytest.approx(0.02, rel=1e-9, abs=0)
    assert (row["amount_below"], row["amount_above"]) == (20_000_000, 10_000_000)
    assert edges.loc[("up>down", 1.0), "step"] == 10_000_000


def test_lines_tell_the_working():
    (due,) = RULE.settle(case(_planted("0.97"), C0, *agreed("1"))).dues
    kinds = [line.kind for line in due.lines]
    assert kinds.count("formula") == 1
    assert {"reading", "step", "rate"} <= set(kinds)
    (p,) = (line for line in due.lines if line.id == "P")
    assert "0.97" in p.note
    assert len([line for line in due.lines if line.kind == "reading" and line.file == "t.csv"]) == 48


@settings(max_examples=20, deadline=None)
@given(CASES["p_index"]())
def test_p_of_the_base_is_k0_in_random_cases(one: Case):
    HOLDS["p_index", "unity"](one)


def test_no_default_leaves_a_month_out():
    rows = [r for r in readings(NUMBERS) if r[1] != 5]
    (due,) = RULE.settle(case(NUMBERS, C0, *agreed("1"), readings=table(rows))).dues
    assert due.status == "missing"
    assert "5" in due.note


def test_a_month_is_carried_once():
    # May and June missing: May takes April's, June has nothing before it
    rows = [r for r in readings(NUMBERS) if not (r[1] in (5, 6) and r[2] == "TP")]
    (due,) = RULE.settle(case(NUMBERS, C0, *agreed("1"), readings=table(rows), choices={"missing_month": "carry"})).dues
    assert due.status == "missing"
    assert "TP: no reading in month 6" in due.note


def test_the_note_says_on_how_many_months_a_mean_rests():
    rows = [r for r in readings(NUMBERS) if r[1] in (1, 2, 3)]
    made = case(NUMBERS, C0, *agreed("1"), readings=table(rows), choices={"missing_month": "exclude"})
    (due,) = RULE.settle(made).dues
    assert due.status == "ok"
    assert "TP: the mean rests on 3 of 12 months" in due.note
    assert "TP 均值据 3/12 个月" in due.note


def test_a_base_year_with_a_missing_month_is_no_base():
    """Monthly base readings of 2011 and 2012, 2012 without May: by `flag` there is no base, by `exclude` there is."""
    listed = [("S1", y, m, d, v) for y in (2011, 2012) for _, m, d, v in readings(NUMBERS) if (y, m) != (2012, 5)]
    monthly = frame(listed, ("section", "base_year", "month", "determinand", "value"), "base.csv")
    flag, left = (RULE.settle(case(NUMBERS, C0, *agreed("1"), base=monthly, choices={"missing_month": how})).dues[0]
                  for how in ("flag", "exclude"))  # fmt: skip
    assert (flag.status, left.status) == ("missing", "ok")
    assert "2012: TP: no reading in month 5" in flag.note
