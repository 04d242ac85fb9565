"""EI of HJ 192-2015: Nantong 2017, the rounding trap, missing standards, sub-indices by hand, county and townships."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from assessed import ZONES, given, indicator
from hypothesis import given as drawn
from hypothesis import strategies as st

from gep.assessment.catalogue import read
from gep.assessment.indices import ei as formulas
from gep.assessment.indices import ei_tables, habitat
from gep.assessment.indices.ei import ei
from gep.assessment.indices.scheme import Scheme
from gep.assessment.measure import registry
from gep.assessment.nouns import COUNTY, Results
from gep.coefficient_tables import ecosystem_types, folder
from gep.compensation.nouns import Terms
from gep.errors import GepError
from gep.intake.monitoring import read_table
from gep.rates import Rates
from gep.study_parts import TableSpec

NANTONG = (30.59, 76.93, 93.94, 6.08, 1.48)
KM2 = 1e6
INDEX = st.floats(0, 100)


def near(value: float, rel: float = 1e-10):
    return pytest.approx(value, rel=rel, abs=0)


# ---- the formula


def test_nantong_2017():
    # W1: 0.35·30.59 + 0.25·76.93 + 0.15·93.94 + 0.15·(100 − 6.08) + 0.10·(100 − 1.48)
    #   = 10.7065 + 19.2325 + 14.091 + 14.088 + 9.852 = 67.970, published 67.97 良
    assert ei(*NANTONG) == near(67.970)
    assert formulas.grade(ei(*NANTONG))[0].zh == "良"


def test_sub_indices_rounded_first_miss_what_was_published():
    # 30.6, 76.9, 93.9, 6.1, 1.5 → 10.71 + 19.225 + 14.085 + 14.085 + 9.85 = 67.955, printed 67.96
    assert ei(*(round(x, 1) for x in NANTONG)) == near(67.955)
    assert f"{ei(*NANTONG):.2f}" == "67.97"


@drawn(st.lists(INDEX, min_size=5, max_size=5), st.integers(0, 4), st.floats(0.1, 100))
def test_ei_is_monotone_in_each_term_and_stays_within_0_and_100(parts, which, more):
    moved = [min(x + more, 100.0) if n == which else x for n, x in enumerate(parts)]
    one, two = ei(*parts), ei(*moved)
    assert 0 <= one <= 100
    assert two <= one if which >= 3 else two >= one
    if moved[which] - parts[which] > 0.01:
        assert one != two


def test_sub_indices_are_clipped():
    assert ei(130, 100, 100, 0, 0) == near(100)
    assert ei(0, 0, 0, 250, 100) == 0


@pytest.mark.parametrize(
    ("value", "zh"),
    [(100, "优"), (75, "优"), (74.999, "良"), (55, "良"), (54.999, "一般"), (35, "一般"), (20, "较差"), (19.999, "差"),
     (0, "差")],
)  # fmt: skip
def test_grades(value, zh):
    assert formulas.grade(value)[0].zh == zh


@pytest.mark.parametrize(
    ("delta", "zh"),
    [(0.999, "无明显变化"), (-0.999, "无明显变化"), (1, "略微变好"), (-1, "略微变差"), (3, "明显变好"), (7.99,
     "明显变好"),
     (8, "显著变好"), (-8, "显著变差")],
)  # fmt: skip
def test_what_a_change_is_called(delta, zh):
    assert formulas.change(delta)[0].zh == zh


@pytest.mark.parametrize(
    ("value", "level", "capped"),
    [(80, 1, 80), (80, 2, 74.9), (60, 2, 54.9), (40, 2, 34.9), (25, 2, 19.9), (10, 2, 10), (80, 3, 54.9), (60, 3, 54.9),
     (40, 3, 34.9), (10, 3, 10)],
)  # fmt: skip
def test_the_restriction_caps_levels_2_and_3(value, level, capped):
    assert formulas.limited(value, level)[0] == capped


# ---- sub-indices by hand


def test_water_network():
    # L 100 km, S 20 km², W 200·10⁶ m³ on 500 km²: 84.3704083981·0.2 = 16.87408167962; 591.7908642005·0.04
    # = 23.67163456802; 86.3869548281·0.4 = 34.55478193124; Σ = 75.10049817888; ÷ 3 = 25.03349939296
    assert formulas.water_network(100, 20, 200, 500) == near(25.03349939296)


def test_above_the_limit_of_alpha_there_is_no_number_but_a_missing_standard():
    # the public program gives 1.4·mean at α = 1.4 and mean·(2.4 − α) → 1.0·mean just above: a jump of 0.4·mean
    assert formulas.adjusted(140, 100) == 140
    for resource in (140.0001, 200, 240, 1000):
        with pytest.raises(GepError) as error:
            formulas.adjusted(resource, 100)
        (fault,) = error.value.faults
        assert fault.code == "GEP-J100"
        assert "missing standard" in fault.en
        assert "missing standard" in fault.zh
        assert "ei_reported" in fault.fix_en
    with pytest.raises(GepError, match="J101"):
        formulas.adjusted(10, 0)


def test_land_stress():
    # 236.04356779 · (0.4·10 + 0.2·20 + 0.2·50 + 0.2·5) / 500 = 236.04356779 · 19 / 500 = 8.96965557602
    assert formulas.land_stress(10, 20, 50, 5, 500) == near(8.96965557602)
    assert formulas.land_stress(400, 0, 0, 0, 400) == near(94.417427116)  # 236.04356779 · 0.4


LOADS = {"cod": 500000, "nh3": 50000, "so2": 1000, "dust": 100, "nox": 1000, "solid_waste": 500}


def test_pollution_load_wants_the_unit_of_each_term():
    # P·A = 1000 · 500; 0.2·4.3937397289·1 = 0.87874794578; 0.2·40.1764754986·0.1 = 0.803529509972;
    # 0.2·0.0648660287·2 = 0.02594641148; 0.1·4.0904459321·0.2 = 0.081808918642; 0.2·0.5103049278·2 = 0.20412197112;
    # 0.1·0.0749894283·1 = 0.00749894283; Σ = 2.001653699824
    assert formulas.pollution_load(LOADS, dict.fromkeys(LOADS, "kg"), 1000, 500) == near(2.001653699824)
    with pytest.raises(GepError, match=r"J102.*nh3") as error:
        formulas.pollution_load(LOADS, dict.fromkeys(LOADS, "kg") | {"nh3": ""}, 1000, 500)
    assert "cod" not in error.value.faults[0].en.split("(")[0]


def test_ndvi_8253_is_100():
    assert formulas.vegetation(0.8253) == near(100, 1e-4)  # 0.0121165124 · 8253 = 99.9975768
    assert formulas.vegetation(0.5) == near(60.582562)  # 0.0121165124 · 5000
    assert formulas.vegetation(-0.1) == 0


def test_habitat_quality():
    # 511.2642131067 · (0.11·0.4·80 + 0.04·0.4·20)/100 = 511.2642131067 · 0.0384 = 19.63254578329728
    assert habitat.habitat_quality({"crop.dry": 80, "built.rural": 20}, 100) == near(19.63254578329728)
    # 0.28·0.1 for permanent ice, which the public program leaves out
    assert habitat.habitat_quality({"water.ice": 1}, 2) == near(511.2642131067 * 0.014)
    assert habitat.habitat_quality({"forest.closed": 1}, 1) == 100  # 107.4, clipped


def test_special_ecosystems_have_their_own_coefficients():
    # wetland reserve: 785.6026937848 · 0.40·0.5·0.25; desert: 1146.3997531042 · 0.30·0.5·0.25
    wetland, desert = (habitat.Weights.of(set=s) for s in ("wetland", "desert"))
    assert habitat.habitat_quality({"water.marsh": 1}, 4, wetland) == near(39.28013468924)
    assert habitat.habitat_quality({"water.marsh": 1}, 4, desert) == near(42.9899907414075)
    assert set(habitat.SETS) == {"county", "forest", "grass", "desert", "wetland"}


def test_land_that_is_more_than_the_whole_or_of_no_class_is_refused():
    with pytest.raises(GepError, match="J104"):
        habitat.habitat_quality({"crop.dry": 2}, 1)
    with pytest.raises(GepError, match="J103"):
        habitat.habitat_quality({"crop.wet": 1}, 1)


def test_every_ecosystem_type_counts_as_a_class_the_nearest_ancestor_first():
    shares = habitat.type_shares(tuple(t.code for t in ecosystem_types()))
    known = habitat.Weights.of().parts
    assert all(set(parts) <= set(known) for parts in shares.values())
    one = {code: next(iter(parts)) for code, parts in shares.items()}
    assert (one["11d"], one["51p"], one["51i"], one["42p"], one["14"]) == (
        "forest.closed", "crop.paddy", "crop.dry", "water.lake", "forest.sparse")  # fmt: skip


@pytest.mark.parametrize("set", habitat.SETS)
def test_weights_of_every_set_add_up_to_one(set):
    w = habitat.Weights.of(set=set)
    assert sum(r.number for r in w.classes.values()) == 1
    assert sum(w.number(p) for p in w.parts) == 1


def test_fei_sums_crop_and_built_land_and_is_missing_without_weights():
    scheme = Scheme.of("hj192_2015")
    n = scheme.numbers("fei_normaliser", tier="wind")
    land = {"crop": 10, "built": 5, "water": 2, "forest": 20, "grass": 3}
    terms = formulas.fei_terms(land, 100, n)
    assert terms["crop_built"] == near(165.0437365902 * 0.15)  # (10 + 5)/100: not 10/5
    assert terms["forest_grass"] == near(105.4407423028 * 0.23)
    with pytest.raises(GepError, match="G002"):
        scheme.numbers("fei_weight", tier="wind")
    # 0.5·(100 − 24.7565604885) + 0.5·24.2513707296 = 37.62171975575 + 12.1256853648
    half = {"crop_built": Decimal("0.5"), "forest_grass": Decimal("0.5")}
    assert formulas.fei({k: terms[k] for k in half}, half) == near(49.7474051205, 1e-8)


# ---- the measure


def table(rows: list[tuple], columns: tuple[str, ...], file: str) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(columns), index=pd.RangeIndex(2, 2 + len(rows)))
    made.attrs["file"] = file
    return made


COUNTY_ROWS = [
    ("BI", 40.0, None, None), ("NDVI", 0.6, None, None), ("河流长度", 100.0, "km", None),
    ("水域面积", 20.0, "km²", None),
    ("水资源量", 2.0, "亿m³", None), ("多年平均水资源量", 2.0, "亿m³", None), ("重度侵蚀", 10.0, "km²", None),
    ("中度侵蚀", 20.0, "km²", None), ("建设用地", 50.0, "km²", None), ("其他胁迫", 5.0, "km²", None),
    ("年降水量", 1000.0, "mm", None), ("COD", 500.0, "t", "kg"), ("NH3-N", 50.0, "t", "kg"), ("SO2", 1.0, "t", "kg"),
    ("烟(粉)尘", 0.1, "t", "kg"), ("NOx", 1.0, "t", "kg"), ("固废", 0.5, "t", "kg"), ("面积", 500.0, "km²", None),
]  # fmt: skip
TYPES = {"101": {"51d": 8 * KM2, "61": 2 * KM2}, "102": {"11d": 5 * KM2, "51p": 5 * KM2}, "103": {"61": 10 * KM2}}


def county_table(rows=COUNTY_ROWS):
    return table(rows, ("item", "quantity", "unit", "term_unit"), "县级.csv")


def land(types=TYPES, years=(2020, 2023)) -> Results:
    areas = {zone: sum(one.values()) for zone, one in types.items()}
    return Results(areas_m2=areas, types=dict.fromkeys(years, types))


def ask(of: str, case, year: int = 2023, measure: str = "ei"):
    found = registry()[measure].compute(indicator(f"ei_{of}", measure=measure, of=of, unit="1"), year, case)
    return found, {one.zone: one for one in found.observations}


def case(rows=COUNTY_ROWS, **said):
    return given(**({"tables": {("ei_county", 2023): county_table(rows)}, "results": land()} | said))


def test_the_countys_parts_are_those_of_the_formulas_and_their_unrounded_sum_is_ei():
    parts = {of: ask(of, case())[1][COUNTY] for of in formulas.PARTS}
    # HQ: 51d 8 km² dry, 61 12 rural, 11d 5 closed, 51p 5 paddy of 30 km²:
    # 511.2642131067·(0.044·8 + 0.016·12 + 0.21·5 + 0.066·5)/30 = 511.2642131067·1.924/30 = 32.78907820057636
    assert parts["biological_richness"].value == near((40 + 32.78907820057636) / 2)
    assert parts["vegetation"].value == near(72.6990744)
    assert parts["water_network"].value == near(25.03349939296)
    assert parts["land_stress"].value == near(8.96965557602)
    assert parts["pollution_load"].value == near(2.001653699824)  # 500 t that enter as kg are 500 000
    found, made = ask("ei", case())
    # 0.35·36.39453910 + 0.25·72.6990744 + 0.15·25.03349939 + 0.15·91.03034442 + 0.10·97.99834630
    # = 12.73808868510 + 18.1747686 + 3.75502490894 + 13.65455166360 + 9.79983463002 = 58.12226848766
    assert made[COUNTY].value == near(58.12226848766, 1e-9)
    assert made[COUNTY].value == near(ei(*(p.value for p in parts.values())))
    (row,) = found.tables["ei"].to_dict("records")
    assert (row["grade_zh"], row["restriction"]) == ("良", 1)
    assert made[COUNTY].confidence == "judgement"  # types to classes is our convention
    kinds = [line.kind for line in made[COUNTY].lines]
    assert kinds.count("formula") == 1
    assert kinds.count("indicator") == 5
    assert [line.note for line in parts["land_stress"].lines if line.kind == "figure"] == [
        f"row {n}" for n in (8, 9, 10, 11, 19)
    ]


def test_a_township_has_sub_indices_and_never_an_ei():
    found, made = ask("ei", case())
    assert set(made) == {COUNTY}
    assert "乡镇只有分指数" in found.missing.zh
    _, hq = ask("hq", case(), measure="ei_township")
    assert hq["101"].value == near(19.63254578329728)  # 80 % dry, 20 % rural
    assert COUNTY not in hq
    assert set(registry()["ei_township"].of) == {"hq", "vegetation", "water_network", "land_stress"}
    rows, faults = read(folder() / "indicators" / "indices.csv", "indices.csv")
    mine = [row for row in rows if row.measure == "ei_township"]
    assert not faults
    assert len(mine) == 4
    assert all(
        "分指数（乡镇）" in row.zh and "township sub-index" in row.en and row.aggregation == "none" for row in mine
    )


TOWNSHIP_COLUMNS = ("zone", "ndvi", "river_length", "water_resource", "water_mean", "erosion_heavy", "erosion_moderate",
                    "other_stress")  # fmt: skip


def townships(order=("101", "102", "103")):
    figures = {"101": (0.5, 3.0, 4.0, 4.0, 0.1, 0.2, 0.0), "102": (float("nan"), 6.0, 9.0, 5.0, 0.0, 0.1, 0.1),
               "103": (0.25, 1.0, 2.0, 2.0, 0.0, 0.0, 0.0)}  # fmt: skip
    return table([(z, *figures[z]) for z in order], TOWNSHIP_COLUMNS, "乡镇.csv")


def test_township_sub_indices_miss_what_is_blank_and_no_more():
    at = case(tables={("ei_township", 2023): townships()})
    _, green = ask("vegetation", at, measure="ei_township")
    assert (green["101"].value, green["102"].value) == (near(60.582562), None)
    assert "NDVI" in green["102"].note.zh
    assert "ei_township" in green["102"].note.en
    # 101, 10 km², built 2 (61): 236.04356779·(0.4·0.1 + 0.2·0.2 + 0.2·2 + 0)/10 = 236.04356779·0.048
    _, stress = ask("land_stress", at, measure="ei_township")
    assert stress["101"].value == near(11.33009125392)
    found, water = ask("water_network", at, measure="ei_township")
    # 102 has α = 1.8; 101: (84.3704083981·3 + 0 + 86.3869548281·4)/10/3
    assert water["101"].value == near((253.1112251943 + 345.5478193124) / 30)
    assert water["102"].value is None
    assert "missing standard" in water["102"].note.en
    assert [(f.code, f.severity) for f in found.faults] == [("GEP-J100", "warning")]


def test_townships_in_another_order_have_the_same_sub_indices():
    for of in registry()["ei_township"].of:
        one = ask(of, case(tables={("ei_township", 2023): townships()}), measure="ei_township")[1]
        turned = {z: TYPES[z] for z in ("103", "101", "102")}
        other = case(tables={("ei_township", 2023): townships(("103", "102", "101"))}, results=land(turned),
                     zones={z: ZONES[z] for z in ("102", "103", "101")})  # fmt: skip
        two = ask(of, other, measure="ei_township")[1]
        assert {z: o.value for z, o in one.items()} == {z: o.value for z, o in two.items()}


def changed(**said):
    """The county's rows with figures (or a whole row's tail) replaced; None takes the row away."""
    out = []
    for name, *rest in COUNTY_ROWS:
        if name not in said:
            out.append((name, *rest))
        elif said[name] is not None:
            out.append((name, said[name], *rest[1:]) if isinstance(said[name], float) else (name, *said[name]))
    return out


def test_alpha_above_the_limit_leaves_ei_missing_and_says_what_to_supply():
    rows = changed(水资源量=2.9)  # α = 1.45
    found, made = ask("ei", case(rows))
    assert made[COUNTY].value is None
    assert "missing standard" in made[COUNTY].note.en
    assert "adjusted water resource" in made[COUNTY].note.en
    assert [f.severity for f in found.faults] == ["warning"]
    assert found.tables == {}
    assert ask("land_stress", case(rows))[1][COUNTY].value is not None
    # W* that the county looked up stands in its place; 2.8 of 2.0 is the limit itself and enters as it is
    rows = [*rows, ("调整后水资源量", 2.0, "亿m³", None)]
    assert ask("water_network", case(rows))[1][COUNTY].value == near(25.03349939296)
    # 84.37…·0.2 + 591.79…·0.04 + 86.3869548281·280/500 = 16.87408167962 + 23.67163456802 + 48.376694703736
    assert ask("water_network", case(changed(水资源量=2.8)))[1][COUNTY].value == near(88.922410951376 / 3)


def test_loads_without_the_unit_of_their_term_leave_ei_missing():
    rows = changed(COD=(500.0, "t", None))
    for of in ("pollution_load", "ei"):
        found, made = ask(of, case(rows))
        assert made[COUNTY].value is None
        assert found.faults == ()
        assert "term_unit" in made[COUNTY].note.zh
        assert "cod" in made[COUNTY].note.en


def test_all_that_ei_lacks_is_said_at_once():
    _, made = ask("ei", case(changed(BI=None, NDVI=None, 年降水量=None, 中度侵蚀=None)))
    note = made[COUNTY].note.zh
    assert all(word in note for word in ("生物多样性指数", "NDVI", "年降水量", "中度侵蚀面积"))
    assert "河流长度" not in note
    _, made = ask("ei", given(results=land()))
    assert "assessment.tables.ei_county" in made[COUNTY].note.zh


def test_bi_follows_habitat_quality_only_where_that_is_chosen():
    grown = {"101": {"51d": 10 * KM2}, "102": {"11d": 10 * KM2}, "103": {"61": 10 * KM2}}
    then, now = 32.78907820057636, 511.2642131067 * (0.044 * 10 + 0.21 * 10 + 0.016 * 10) / 30
    tables = {("ei_county", 2020): county_table(), ("ei_county", 2023): county_table(changed(BI=None))}
    at = given(tables=tables, results=Results(areas_m2={}, types={2020: TYPES, 2023: grown}))
    assert "生物多样性指数" in ask("biological_richness", at)[1][COUNTY].note.zh
    made = ask("biological_richness", replace(at, choices={"ei_bi": "follow_hq"}))[1][COUNTY]
    # BI 2023 = 40 + HQ 2023 − HQ 2020, so (BI + HQ)/2 moves by as much as HQ does
    assert made.value == near((40 + then) / 2 + now - then)
    assert any("未更新" in line.name for line in made.lines)
    alone = given(tables={("ei_county", 2023): county_table(changed(BI=None))}, results=land(),
                  choices={"ei_bi": "follow_hq"})  # fmt: skip
    assert "2023" in ask("biological_richness", alone)[1][COUNTY].note.en


REPORTED = list(zip(("生物丰度", "植被覆盖指数", "水网密度指数", "土地胁迫", "污染负荷指数"), NANTONG, strict=True))


def reported(rows=REPORTED):
    return table([(*row, "2017 年公报") for row in rows], ("item", "quantity", "document"), "公报.csv")


def test_published_sub_indices_are_summed_and_need_no_run():
    later = [*REPORTED[:1], ("植被覆盖", 89.0), *REPORTED[2:]]
    at = given(tables={("ei_reported", 2020): reported(), ("ei_reported", 2023): reported(later)})
    found, made = ask("ei", at, 2020)
    assert made[COUNTY].value == near(67.970)
    assert made[COUNTY].confidence == "secondary"
    assert found.tables["ei"]["grade_zh"].tolist() == ["良"]
    assert found.tables["ei"]["before"].isna().all()
    found, made = ask("ei", at)
    assert made[COUNTY].value == near(70.9875)  # + 0.25·(89 − 76.93) = 3.0175
    (row,) = found.tables["ei"].to_dict("records")
    assert (row["before"], row["change"], row["change_grade_zh"]) == (2020, near(3.0175), "明显变好")


@pytest.mark.parametrize(("said", "codes"), [(67.97, []), (67.96, []), (67.9, ["GEP-J120"]), (70.1, ["GEP-J120"])])
def test_a_published_ei_that_is_not_the_sum_is_told(said, codes):
    # 67.96 may come of sub-indices as they are printed (±0.005 each, and of EI itself): 0.01 is explained, 0.07 is not
    at = given(tables={("ei_reported", 2023): reported([*REPORTED, ("EI", said)])})
    found, made = ask("ei", at)
    assert [f.code for f in found.faults] == codes
    assert made[COUNTY].value == near(67.970)


def test_the_restriction_is_in_the_figure_and_the_table():
    found, made = ask("ei", case([*COUNTY_ROWS, ("环境限制", 2.0, None, None)]))
    assert made[COUNTY].value == near(54.9)
    (row,) = found.tables["ei"].to_dict("records")
    assert (row["ei_sum"], row["ei"], row["grade_zh"]) == (near(58.12226848766, 1e-9), near(54.9), "一般")


def test_all_faults_of_the_tables_are_told_with_their_rows():
    rows = [("生物多样性", 40.0, None, None), ("NDVI", 8253.0, None, None), ("河流长度", 3.0, None, None),
            ("水域面积", 3.0, "吨", None), ("环境限制", 5.0, None, None), ("COD", 3.0, "t", "km"),
            ("BI", 130.0, None, None),
            ("生物多样性指数", 30.0, None, None), ("面积", 0.0, "km²", None)]  # fmt: skip
    at = given(tables={("ei_county", 2023): county_table(rows), ("ei_reported", 2023): reported([("植被", 120.0)])})
    faults = registry()["ei"].check(at, 2023)
    assert [(f.code, f.place) for f in faults] == [
        ("GEP-J112", "row 2"), ("GEP-J115", "row 3"), ("GEP-J113", "row 4"), ("GEP-J113", "row 5"),
        ("GEP-J116", "row 6"),
        ("GEP-J113", "row 7"), ("GEP-J117", "row 8"), ("GEP-J114", "row 9"), ("GEP-J118", "row 10"),
        ("GEP-J112", "row 2"),
    ]  # fmt: skip
    assert {f.file for f in faults} == {"县级.csv", "公报.csv"}
    assert all(f.fix_zh and f.fix_en for f in faults)
    wrong = townships()
    wrong.loc[2, "ndvi"] = 6400.0
    faults = registry()["ei_township"].check(given(tables={("ei_township", 2023): wrong}), 2023)
    assert [(f.code, f.place.split(",")[0]) for f in faults] == [("GEP-J115", "row 2")]


def test_fei_says_that_its_weights_are_to_be_supplied():
    _, made = ask("fei", case())
    assert "ei_zone" in made[COUNTY].note.zh
    found, made = ask("fei", replace(case(), choices={"ei_zone": "wind"}))
    assert made[COUNTY].value is None
    assert found.faults == ()
    assert "FEI" in made[COUNTY].note.zh or "权重未找到" in made[COUNTY].note.zh


def test_the_countys_own_rates_answer_before_ours():
    own = [replace(r, value=Decimal("0.5")) if (r.symbol, r.key) == ("ei_weight", "vegetation") else r
           for r in Rates.load().rows]  # fmt: skip
    _, made = ask("ei", replace(case(), terms=Terms(Rates(tuple(own)))))
    assert made[COUNTY].value == near(58.12226848766 + 0.25 * 72.6990744, 1e-9)


def test_items_have_units_and_names_of_their_own():
    names = [name for zh, en, _, others in ei_tables.ITEMS.values() for name in (zh, en, *others)]
    assert len(names) == len(set(names))


def test_tables_are_read_as_offices_write_them(tmp_path):
    (tmp_path / "c.csv").write_text(
        "指标,数值,单位,计入单位\nNDVI,0.65,1,\n水资源量,2.0,亿立方米,\nCOD,3,吨,千克\n年降水量,,毫米,\n"
    )
    columns = {"item": "指标", "quantity": "数值", "unit": "单位", "term_unit": "计入单位"}
    made = read_table(TableSpec(path="c.csv", columns=columns), 2023, tmp_path, "", ei_tables.EI_COUNTY.expected)
    found, faults = ei_tables.county_figures(made)
    assert faults == []
    assert {id: (one.value, one.term_unit) for id, one in found.items()} == {
        "ndvi": (0.65, ""), "water_resource": (near(200), ""), "cod": (near(3000), "kg")}  # fmt: skip
    (tmp_path / "r.csv").write_text("指标,数值,文件\n" + "".join(f"{name},{x},公报\n" for name, x in REPORTED))
    columns = {"item": "指标", "quantity": "数值", "document": "文件"}
    made = read_table(TableSpec(path="r.csv", columns=columns), 2023, tmp_path, "", ei_tables.EI_REPORTED.expected)
    assert tuple(one.value for one in ei_tables.reported(made)[0].values()) == NANTONG
