"""What stands out, by hand: a county where area, price and quantity are the cause once each."""

from __future__ import annotations

import pandas as pd
import pytest
from small_paper_run import EAST, WEST, line, lines, write

from gep.paper import effects, judge
from gep.paper.advice import advice, resting
from gep.paper.facts import Facts
from gep.paper.nouns import said
from gep.paper.standing import findings
from gep.tracing.evaluate import Folder, differs


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    return Facts.of(write(tmp_path_factory.mktemp("paper") / "run"))


def text(found) -> str:
    return "".join(said(piece) for piece in found.pieces)


def kinds(facts, zone="") -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for one in findings(facts, zone):
        out.setdefault(one.kind, []).append(text(one))
    return out


def test_the_largest_effect_along_the_change_is_its_cause():
    # −145 = 215 + 85 − 473 + 28: up by 215 and 85, but the change is down: price, 473 of 801
    found = judge.cause({"area": 215, "intensity": 85, "price": -473, "unsplit": 28})
    assert (found.effect, found.amount) == ("price", -473)
    assert found.share == pytest.approx(473 / 801)
    # effects that cancel: the larger by size, the earlier of two equals
    assert judge.cause({"area": 5, "price": -5}).effect == "area"
    assert judge.cause({"area": 0, "price": 0}) is None


def test_extremes_need_two_different_numbers():
    assert judge.extremes({"a": 1.0, "b": 3.0, "c": 2.0}) == ("b", "a")
    assert judge.extremes({"a": 1.0, "b": 1.0}) is None
    assert judge.extremes({"a": 1.0}) is None


def test_the_most_concentrated_service_is_that_of_the_largest_share():
    # water 6 : 4 → 60 %, wheat 9 : 1 → 90 %; one with a negative part and one in a single township have no share
    values = {
        ("water", "a"): 6.0,
        ("water", "b"): 4.0,
        ("wheat", "a"): 1.0,
        ("wheat", "b"): 9.0,
        ("cut", "a"): 10.0,
        ("cut", "b"): -1.0,
        ("lone", "a"): 7.0,
    }
    assert judge.concentrated(values) == ("wheat", "b", 0.9)
    assert judge.concentrated({("lone", "a"): 7.0}) is None


def test_what_sets_a_township_apart_is_reckoned_by_area():
    # township 10 km²: water 50, wheat 10 → 5 and 1 a km²; county 100 km²: water 200, wheat 300 → 2 and 3 a km².
    # apart by +3 and −2: above in all (+1), so water
    assert judge.apart({"water": 50, "wheat": 10}, 10, {"water": 200, "wheat": 300}, 100) == "water"
    # county wheat 700 → 7 a km²: apart by +3 and −6, below in all: wheat
    assert judge.apart({"water": 50, "wheat": 10}, 10, {"water": 200, "wheat": 700}, 100) == "wheat"
    assert judge.apart({"water": 2}, 1, {"water": 2}, 1) is None


@pytest.mark.parametrize(
    ("service", "effect", "cents"),
    [
        ("water_conservation", "area", 500_00),  # East 1000 m³ × 0.5 × 200/100 − 500 = +500; West nothing
        ("provisioning", "price", 100_00),  # East 100 t × (3 − 2) = +100
        ("ecological_energy", "unsplit", 300_00),  # (160 − 100) t × 5 = +300
    ],
)
def test_area_price_and_quantity_are_each_the_cause_once(facts, service, effect, cents):
    row = effects.amounts(facts)["", service]
    assert row["change"] == cents
    found = judge.cause({k: row[k] for k in effects.STEPS})
    assert (found.effect, found.amount, found.share) == (effect, cents, 1.0)


def test_the_county_is_told_what_rose_most_and_why(facts):
    # all: 500 area + 300 quantity + 100 price = 900 yuan = 0.09 万元; of it area 500 / 900 = 55.6 %
    said_ = kinds(facts)
    assert any(
        "生态产品总值（GEP），变化 +0.09 万元" in t and "面积变化（+0.05 万元" in t and "55.6%" in t
        for t in said_["total"]
    )
    [rose] = said_["change"]  # nothing fell: one sentence
    assert "上升最多的服务是水源涵养，变化 +0.05 万元" in rose
    assert "面积变化" in rose
    assert "100.0%" in rose


def test_a_fall_is_told_beside_a_larger_rise(tmp_path):
    rows = lines()
    for row in rows:  # wheat in East now at 1 yuan: 100 → −100 yuan by price
        if row["period"] == 2023 and row["item"] == "小麦" and row["zone"] == EAST:
            row |= {"price": 1.0, "value": 100.0}
    said_ = kinds(Facts.of(write(tmp_path / "run", rows)))["change"]
    assert len(said_) == 2
    assert "上升最多的服务是水源涵养" in said_[0]
    assert "下降最多的服务是物质产品供给，变化 -0.01 万元" in said_[1]
    assert "价格变化" in said_[1]


def test_densities_name_the_townships_and_their_largest_service(facts):
    # 2023, East: water 1000, wheat 300, energy 800 yuan = 2100 on 3 km² = 700 yuan/km², water 47.6 %
    #       West: water 200, wheat 100 yuan = 300 on 0.4 km² = 750 yuan/km², water 66.7 %
    [one] = kinds(facts)["density"]
    assert "最大的是垟畈㙟（0.08 万元/km²，水源涵养占 66.67%）" in one  # 0.075 half up
    assert "最小的是=1+1（0.07 万元/km²，水源涵养占 47.62%）" in one


def test_a_township_is_compared_with_the_county(facts):
    # county 2400 yuan on 3.4 km² = 705.9 yuan/km²: West (750) is first of 2 and above. By service a km²:
    # water 500 − 1200/3.4 = +147, wheat 250 − 400/3.4 = +132, energy 0 − 800/3.4 = −235; above in all: water
    said_ = kinds(facts, WEST)
    assert "列第 1 位，高于全县的 0.07" in said_["density"][0]
    assert "差别最大的是水源涵养（每 km² +0.01 万元）" in said_["density"][0]
    # of the county's water 200/1200 = 16.7 %, of its wheat 100/400 = 25 %
    assert "最大的服务是物质产品供给：2023 年占全县的 25.0%" in said_["share"][0]


def test_concentration_and_what_is_unverified(facts):
    # wheat 300 of 400 in East = 75 %; water 1000 of 1200 = 83.3 %; energy stands in East alone
    assert "最集中的服务是水源涵养：2023 年其价值的 83.3% 在=1+1" in kinds(facts)["concentration"][0]
    # water (judgement) 1200 + wheat (unverified) 400 of 2400 yuan = 66.7 %
    assert "66.7%（0.16 万元" in kinds(facts)["unverified"][0]


def test_nearly_all_is_not_said_to_be_all(tmp_path):
    rows = lines()
    for row in rows:  # verified: 0.96 yuan of 2400 in 2023, so 99.96 % are not
        row["confidence"] = "unverified"
    rows.append(
        line(EAST, "", "ecological_energy", "沼气渣", "provisioning", "t", 2023, 1.0, 0.96, confidence="verified")
    )
    [one] = kinds(Facts.of(write(tmp_path / "run", rows)))["unverified"]
    assert "99.96%" in one
    assert "100.0%" not in one


def test_what_is_missing_comes_first_and_says_what_to_supply(tmp_path):
    rows = lines()
    rows.append(
        line(
            WEST, "", "ecological_energy", "沼气", "provisioning", "t", 2023, None, 5.0, status="missing", note="缺产量"
        )
    )
    found = findings(Facts.of(write(tmp_path / "run", rows, whole=False)))
    assert found[0].kind == found[1].kind == "missing"
    assert "2023 生态能源缺 1 行的值：缺产量" in text(found[0])
    assert "休闲游憩" in text(found[1])
    # a partial account has no densities, and is not called GEP
    assert not [one for one in found if one.kind == "density" or "GEP" in text(one)]


def test_an_identity_that_fails_is_said_with_its_difference(tmp_path):
    failed = {
        "id": "t",
        "zh": "甲 = 乙",
        "en": "a = b",
        "period": 2023,
        "left": 2.0,
        "right": 3.5,
        "difference": -1.5,
        "tolerance": 0.0,
        "passed": False,
        "n": 1,
    }
    folder = write(tmp_path / "run", checks=[failed])
    one = findings(Facts.of(folder))[0]
    assert one.kind == "identity"
    assert "甲 = 乙，相差 -1.500000" in text(one)
    assert not differs(one.pieces[1], Folder(folder))


def test_rows_to_verify_are_ranked_by_the_value_on_them():
    lineage = pd.DataFrame(
        [
            ("k1", "price", "p", "unverified"),
            ("k2", "price", "p", "unverified"),
            ("k1", "coefficient", "c", "judgement"),
            ("k1", "coefficient", "c", "judgement"),
            ("k2", "coefficient", "v", "verified"),
            ("k3", "field", "f", "unverified"),
        ],
        columns=["lineage", "kind", "id", "confidence"],
    ).assign(name="", source="")
    values = pd.DataFrame({"lineage": ["k1", "k1", "k2"], "cents": [100, -40, 7]})
    # p: |100| + |−40| + 7 = 147; c stands twice behind k1 and counts once: 140; v is verified; nothing rests on f
    assert [(one.id, one.cents, one.lines) for one in resting(lineage, values)] == [
        ("p", 147, ("k1", "k2")),
        ("c", 140, ("k1",)),
    ]


def test_advice_names_the_rows_with_their_value(facts):
    # 2023: water 1200 yuan on its price and on its coefficient, wheat 400 on its method; energy is verified
    said_ = [text(one) for one in advice(facts)]
    assert ["prices.water" in said_[0] or "water.alpha" in said_[0], "provisioning.m" in said_[2]] == [True, True]
    assert "0.12 万元以它为依据" in said_[0]
    assert "0.04 万元以它为依据" in said_[2]
    assert len(said_) == 3


def test_what_to_check_has_an_english_name_and_no_word_twice(tmp_path):
    folder = write(tmp_path / "run")
    lineage = pd.read_parquet(folder / "lineage.parquet")
    lineage.loc[lineage["id"] == "prices.water", "name"] = "price of water"
    lineage.loc[lineage["id"] == "provisioning.m", ["id", "name"]] = ["tourism_health.m.visits", "人次"]
    lineage.loc[lineage["id"] == "water.alpha", "name"] = "系数"
    lineage.to_parquet(folder / "lineage.parquet", index=False)
    said_ = " ".join(text(one) for one in advice(Facts.of(folder, "en")))
    assert "Check the price of water (" in said_
    assert "Check the method Visits (" in said_  # the declared name
    assert "Check the coefficient (water.alpha" in said_


def test_coverage_below_whole_is_advised_on(tmp_path):
    rows = lines()
    for row in rows:
        if row["service"] == "water_conservation" and row["zone"] == WEST:
            row["coverage"] = 0.84
    one = next(a for a in advice(Facts.of(write(tmp_path / "run", rows))) if a.kind == "coverage")
    assert "水源涵养" in text(one)
    assert "84.0%" in text(one)


def test_all_figures_of_findings_hold(facts):
    folder = Folder(facts.folder)
    for zone in ("", EAST, WEST):
        for one in (*findings(facts, zone), *advice(facts, zone)):
            assert [d for p in one.pieces if not isinstance(p, str) and (d := differs(p, folder))] == []
