"""Field formulas against hand-computed vectors, with the constants as they stand in coefficients/."""

from __future__ import annotations

import numpy as np
import pytest
from fields_constants import by_type, constants
from hypothesis import given
from hypothesis import strategies as st

from gep.fields import erosion, hydrology, terrain, vegetation


def ls(name: str) -> dict[str, float]:
    every = constants("topographic_factor", "hj1173")
    wanted = terrain.length_factor if name == "L" else terrain.slope_factor
    return {k: v for k, v in every.items() if k in wanted.__code__.co_varnames}


# slope ---------------------------------------------------------------------------------------------------------------


def test_horn_on_a_plane():
    # z = 0.3·x + 0.4·y: gradient √(0.09 + 0.16) = 0.5, arctan 0.5 = 26.565051177°, everywhere
    y, x = np.mgrid[0:6, 0:7] * 30.0
    slope = terrain.horn(0.3 * x + 0.4 * y, 30.0, 30.0)
    assert slope.shape == (4, 5)
    np.testing.assert_allclose(slope, 26.565051177077994, rtol=1e-13)


def test_horn_weights_and_cell_sizes():
    # 3 × 3 window with one corner (upper right) raised by 8 m: dz/dx = 8/(8·10) = 0.1, dz/dy = −8/(8·20) = −0.05;
    # arctan √(0.01 + 0.0025) = arctan 0.111803399 = 6.379370208°
    z = np.zeros((3, 3))
    z[0, 2] = 8.0
    assert terrain.horn(z, 10.0, 20.0)[0, 0] == pytest.approx(6.379370208442807, rel=1e-12)
    # and with an edge (right, middle row) raised by 8 m its weight is 2: dz/dx = 16/80 = 0.2 → 11.309932474°
    z = np.zeros((3, 3))
    z[1, 2] = 8.0
    assert terrain.horn(z, 10.0, 20.0)[0, 0] == pytest.approx(11.309932474020213, rel=1e-12)


@pytest.mark.parametrize("gap", [[(0, 0)], [(1, 0)], [(0, 0), (0, 1), (0, 2)], [(0, 2), (1, 2), (2, 2), (2, 1)]])
def test_horn_keeps_the_slope_of_a_plane_beside_a_gap(gap):
    # z = 3x + 4y per 10 m: dz/dx = 0.3, dz/dy = 0.4, slope arctan 0.5 = 26.565051177°, whatever side is missing
    z = 0.3 * 10 * np.arange(3)[None, :] + 0.4 * 10 * np.arange(3)[:, None]
    for at in gap:
        z[at] = np.nan
    assert terrain.horn(z, 10.0, 10.0)[0, 0] == pytest.approx(26.565051177, rel=1e-9)


def test_horn_without_a_centre_or_without_neighbours():
    z = np.zeros((3, 3))
    z[1, 1] = np.nan
    assert np.isnan(terrain.horn(z, 30.0, 30.0)[0, 0])  # a missing centre is missing
    alone = np.full((3, 3), np.nan)
    alone[1, 1] = 12.0
    assert terrain.horn(alone, 30.0, 30.0)[0, 0] == 0.0  # nothing to compare with: the centre stands for all


def test_horn_with_cell_width_by_row():
    # the same rise over cells of 10 m and 20 m: gradient 0.1 and 0.05
    z = np.tile(np.arange(3.0), (4, 1))
    slope = terrain.horn(z, np.array([[10.0], [20.0]]), 10.0)
    np.testing.assert_allclose(slope[:, 0], np.degrees(np.arctan([0.1, 0.05])), rtol=1e-13)


# L and S -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slope", "length", "steepness"),
    # methods.md §5.2, λ = 100 m. θ = 10°: sin θ = 0.173648; β = (0.173648/0.089)/(3·0.173648^0.8 + 0.56) = 1.501582;
    # m = β/(1 + β) = 0.600253; L = (100/22.13)^m = 4.518753^0.600253 = 2.472733; S = 16.8·0.173648 − 0.5 = 2.417289
    [(0.5, 1.226055, 0.124247), (1.0, 1.402830, 0.218486), (10.0, 2.472733, 2.417289)],
)
def test_length_and_steepness(slope, length, steepness):
    assert terrain.length_factor(slope, 100.0, **ls("L")) == pytest.approx(length, abs=5e-7)
    assert terrain.slope_factor(slope, **ls("S")) == pytest.approx(steepness, abs=5e-7)
    both = terrain.hj1173(slope, 100.0, **constants("topographic_factor", "hj1173"))
    assert both == pytest.approx(length * steepness, rel=1e-5)  # of rounded factors


def test_flat_land_is_safe():
    # θ = 0: β = 0, m = 0, L = 1 whatever λ; S = 0.03
    assert terrain.length_factor(0.0, 350.0, **ls("L")) == 1.0
    assert terrain.slope_factor(0.0, **ls("S")) == 0.03


@pytest.mark.parametrize(
    ("slope", "expected"),
    [
        (5.13, 10.8 * np.sin(np.radians(5.13)) + 0.03),
        (5.14, 16.8 * np.sin(np.radians(5.14)) - 0.5),
        (10.19, 16.8 * np.sin(np.radians(10.19)) - 0.5),
        (10.20, 21.9 * np.sin(np.radians(10.20)) - 0.96),
        (28.80, 21.9 * np.sin(np.radians(28.80)) - 0.96),
        (28.81, 9.5988),
        (60.0, 9.5988),
    ],
)
def test_the_four_branches_of_steepness(slope, expected):
    assert terrain.slope_factor(slope, **ls("S")) == pytest.approx(expected, rel=1e-14)


@given(st.floats(0, 80), st.floats(1e-6, 1e-3))
def test_steepness_rises_and_jumps_by_no_more_than_the_source_does(slope, step):
    """S rises; the source itself jumps at its breaks: 0.9976 → 1.0051, 2.4751 → 2.9182, 9.5936 → 9.5988."""
    before, after = terrain.slope_factor(np.array([slope, slope + step]), **ls("S"))
    assert after >= before
    breaks = np.array([5.14, 10.20, 28.81])
    if not np.any((slope < breaks) & (breaks <= slope + step)):
        assert after - before <= 21.9 * np.radians(step) * 1.01 + 1e-12


def test_missing_slope_stays_missing():
    assert np.isnan(terrain.slope_factor(np.nan, **ls("S")))
    assert np.isnan(terrain.hj1173(np.nan, 100.0, **constants("topographic_factor", "hj1173")))
    assert np.isnan(terrain.hj1173(3.0, np.nan, **constants("topographic_factor", "hj1173")))


# K and R·K·LS --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("soil", "k_epic", "k"),
    # methods.md §5.2: (sand, silt, clay, organic carbon) → K_EPIC, (−0.01383 + 0.51575·K_EPIC)·0.1317
    [
        ((20, 60, 20, 1.0), 0.375437, 0.0236799),
        ((35, 45, 20, 0.8), 0.328610, 0.0204992),
        ((60, 25, 15, 0.6), 0.249189, 0.0151046),
    ],
)
def test_erodibility(soil, k_epic, k):
    soil = tuple(float(part) for part in soil)
    epic = constants("erodibility", "epic")
    assert erosion.epic(*soil, **epic) == pytest.approx(k_epic * 0.1317, abs=7e-8)
    assert erosion.epic_hj1173(*soil, **constants("erodibility", "epic_hj1173")) == pytest.approx(k, abs=6e-8)


def test_organic_matter():
    assert erosion.from_organic_matter(1.724, **constants("organic_carbon", "from_organic_matter")) == 1.0


def test_potential_erosion_vector():
    # methods.md §5.2: R 2366, K 0.02368, θ 0.5°, λ 100 m: LS = 1.226055·0.124247 = 0.152334; R·K·LS = 8.535;
    # with C(0.7) = 0.313167 the retained soil is 8.535·(1 − 0.313167) = 5.862
    ls_factor = terrain.hj1173(0.5, 100.0, **constants("topographic_factor", "hj1173"))
    potential = erosion.rkls(2366.0, 0.02368, ls_factor)
    assert potential == pytest.approx(8.535, abs=5e-4)
    assert potential * (1 - 0.313167) == pytest.approx(5.862, abs=5e-4)


# C -------------------------------------------------------------------------------------------------------------------


def cover_factor(cover, code):
    return vegetation.hj1173(cover, **constants("cover_factor", "hj1173"), **by_type("cover_factor", "hj1173", code))


def test_dryland_cover_factor():
    # C = 0.221 − 0.595·lg 0.7 = 0.221 + 0.595·0.154902 = 0.313167
    assert cover_factor(0.7, "51d") == pytest.approx(0.313167, abs=5e-7)
    assert cover_factor(0.7, "51i") == cover_factor(0.7, "51d")
    # c = 0.04: 0.221 + 0.595·1.39794 = 1.0528 → clipped to 1; c = 0 and below → 1; c = 1 → 0.221
    np.testing.assert_allclose(cover_factor(np.array([0.04, 0.0, -0.1, 1.0]), "51d"), [1, 1, 1, 0.221])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("11e", [0.1, 0.08, 0.06, 0.02, 0.004, 0.001]),
        ("21d", [0.4, 0.22, 0.14, 0.085, 0.04, 0.011]),
        ("33", [0.45, 0.24, 0.15, 0.09, 0.043, 0.011]),
        ("52t", [0.42, 0.23, 0.14, 0.089, 0.042, 0.011]),
        ("52s", [0.4, 0.22, 0.14, 0.087, 0.042, 0.011]),
        ("51p", [0.0] * 6),
        ("42p", [0.0] * 6),
        ("61", [0.01] * 6),
        ("72", [0.7] * 6),
    ],
)
def test_table_a1(code, expected):
    cover = np.array([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
    np.testing.assert_array_equal(cover_factor(cover, code), expected)
    # bounds: 0.1, 0.3, 0.5, 0.7 begin the next class, 0.9 still belongs to 70-90
    edges = cover_factor(np.array([0.1, 0.3, 0.5, 0.7, 0.9]), code)
    np.testing.assert_array_equal(edges, [expected[1], expected[2], expected[3], expected[4], expected[4]])


def test_bare_ground_of_a_table_type_is_the_table():
    assert cover_factor(0.0, "11e") == 0.1


def test_ice_and_bare_land_have_no_value_in_the_standard():
    assert "c_lt10" not in by_type("cover_factor", "hj1173", "82")


@pytest.mark.parametrize(("cover", "expected"), [(0.10, 0.3072), (0.50, 0.067034), (0.0005, 1.0), (0.0, 1.0)])
def test_cai(cover, expected):
    # 0.6508 − 0.3436·lg 10 = 0.3072; 0.6508 − 0.3436·lg 50 = 0.6508 − 0.3436·1.698970 = 0.067034
    assert vegetation.cai2000(cover, **constants("cover_factor", "cai2000")) == pytest.approx(expected, abs=5e-7)


def test_cai_ends_at_783():
    # continuous there: 0.6508 − 0.3436·lg 78.3 = 0.6508 − 0.3436·1.893762 = 0.0001034
    k = constants("cover_factor", "cai2000")
    assert vegetation.cai2000(0.78299, **k) == pytest.approx(0.000105, abs=5e-6)
    assert vegetation.cai2000(np.array([0.783, 0.9, 1.0]), **k).tolist() == [0, 0, 0]


@given(st.floats(-0.2, 1.2) | st.just(float("nan")), st.sampled_from(["11e", "21d", "33", "51d", "51p", "61", "72"]))
def test_cover_factor_lies_between_0_and_1(cover, code):
    for factor in (cover_factor(cover, code), vegetation.cai2000(cover, **constants("cover_factor", "cai2000"))):
        assert np.isnan(factor) if np.isnan(cover) else 0 <= factor <= 1


@given(st.floats(-1, 1), st.floats(0.0, 0.2), st.floats(0.5, 1.0))
def test_vegetation_cover_lies_between_0_and_1(value, soil, veg):
    cover = vegetation.ndvi(value, soil, veg)
    assert 0 <= cover <= 1
    if soil <= value <= veg:
        assert cover == pytest.approx((value - soil) / (veg - soil))


def test_percentile_ends():
    # 0, 0.01, …, 1.00: the 5 % and 95 % points are 0.05 and 0.95, so NDVI 0.5 lies at (0.5 − 0.05)/0.9 = 0.5
    layer = np.append(np.linspace(0, 1, 101), np.nan)
    cover = vegetation.ndvi_percentile(layer, **constants("vegetation_cover", "ndvi_percentile"))
    assert cover[50] == pytest.approx(0.5)
    assert cover[0] == 0
    assert cover[100] == 1
    assert np.isnan(cover[101])
    assert np.isnan(vegetation.ndvi_percentile(np.full(9, 0.4), 0.05, 0.95)).all()


# water ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "expected"), [(0.5, 559.2226), (1.0, 615.2766), (2.0, 678.1471)])
def test_zhang(w, expected):
    # P 830, ET0 1050: φ = 1.265060; w = 1: (1 + 1.265060)/(1 + 1.265060 + 0.790476) = 0.741297 → 615.2766
    assert hydrology.zhang(830.0, 1050.0, w) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("omega", "expected"), [(2.5, 627.0241), (2.63, 643.0166)])
def test_fu(omega, expected):
    assert hydrology.fu(830.0, 1050.0, omega) == pytest.approx(expected, abs=5e-5)


def test_tables_hold_the_plants_water_coefficients():
    assert [by_type("evapotranspiration", "zhang", code)["zhang_w"] for code in ("11e", "22", "33", "51d")] == [
        2.0, 1.0, 0.5, 0.5,
    ]  # fmt: skip
    assert by_type("evapotranspiration", "zhang", "61") == {}


def test_no_rain_no_evapotranspiration():
    assert hydrology.zhang(0.0, 1050.0, 0.5) == 0
    assert hydrology.fu(0.0, 1050.0, 2.5) == 0


@given(st.floats(0.1, 4000), st.floats(1, 3000), st.floats(0.1, 2.0), st.floats(1.3, 5.0))
def test_evapotranspiration_is_below_rain_and_demand(rain, demand, w, omega):
    by_zhang, by_fu = hydrology.zhang(rain, demand, w), hydrology.fu(rain, demand, omega)
    slack = 1e-12 * (rain + demand)
    assert 0 <= by_zhang <= rain
    assert -slack <= by_fu <= min(rain, demand) + slack


def test_net_ecosystem_production_may_be_negative():
    np.testing.assert_array_equal(hydrology.npp_minus_respiration(np.array([600.0, 300.0]), 450.0), [150, -150])
    assert np.isnan(hydrology.npp_minus_respiration(np.nan, 450.0))


def test_pure_arithmetic_compiles():
    import numba

    rain, demand = np.array([830.0, 0.0, np.nan]), np.array([1050.0, 1000.0, 900.0])
    for formula, arguments in (
        (hydrology.zhang, (rain, demand, np.array([0.5, 1.0, 2.0]))),
        (hydrology.fu, (rain, demand, 2.5)),
        (erosion.rkls, (rain, demand, 0.15)),
        (hydrology.npp_minus_respiration, (rain, demand)),
    ):
        np.testing.assert_allclose(numba.vectorize(formula)(*arguments), formula(*arguments), rtol=1e-14)
