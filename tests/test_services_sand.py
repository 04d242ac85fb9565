"""Sand fixation by RWEQ, by hand. Vectors: worked from the formulas of HJ 1173-2021 A.14-A.22, not published."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services
from gep.coefficients import Coefficients
from gep.declare import Coefficient
from gep.services.sand_fixation import soil_loss

SERVICE = services.registry()["sand_fixation"]
TABLES = Coefficients.load()


def constants(method, item, code="3"):
    """The coefficients of a yield from the tables: bare numbers in the declared units."""
    given = next(y for y in SERVICE.method(method).yields if y.id == item).inputs
    where = {"region": "513300", "date": dt.date(2020, 12, 31)}
    found = {}
    for i in given:
        if isinstance(i, Coefficient):
            by = TABLES.by_type(i.key, [code], unit=i.unit, **where)[code] if i.by_type else None
            found[i.name] = (by or TABLES.find(i.key, unit=i.unit, **where)).value
    return found


def formula(method, item="retained_sand"):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


HJ = constants("rweq_hj1173", "retained_sand")
CLOSED = constants("rweq_closed", "retained_sand")
LOSS = {k: HJ[k] for k in ("rweq_transport", "rweq_length", "rweq_length_exponent", "erosion_distance")}


def test_the_constants_stand_as_printed():
    assert {
        "rweq_transport": pytest.approx(0.1098, rel=1e-12, abs=0),  # 109.8 kg/m
        "rweq_length": 150.71, "rweq_length_exponent": -0.3711, "erosion_distance": 50.0,
    } == LOSS  # fmt: skip
    assert (CLOSED["rweq_closed_scale"], CLOSED["rweq_closed_exponent"]) == (
        pytest.approx(0.0001699, rel=1e-12, abs=0),
        1.3711,
    )


@pytest.mark.parametrize(("x", "loss"), [(5, "5.549122"), (1, "0.43303"), (20, "32.3100")])
def test_soil_loss_vectors(x, loss):
    # X = 5: 5^−0.3711 = e^(−0.3711 × 1.6094379) = e^−0.5972624 = 0.5503161; × 150.71 = s = 82.93814 m;
    # (z/s)² = 0.3634389; 2z/s² = 100/6878.735 = 0.01453756; Q_max = 549;
    # 7.981119 × e^−0.3634389 = 7.981119 × 0.6952807 = 5.549122
    got = 1000 * soil_loss(float(x), **LOSS)  # t/m² → kg/m²
    assert f"{got:.{len(loss.split('.')[1])}f}" == loss


def test_critical_length_vector():
    # s = 150.71·5^−0.3711 = 82.93814; with it the printed form (2z/s²)·Q_max·exp[−(z/s)²], not the rearranged one
    s = 150.71 * 5**-0.3711
    assert f"{s:.5f}" == "82.93814"
    assert 1000 * soil_loss(5.0, **LOSS) == pytest.approx(
        100 / s**2 * 549 * math.exp(-((50 / s) ** 2)), rel=1e-13, abs=0
    )


@pytest.mark.parametrize(("x", "loss"), [(1, "0.16990"), (20, "10.3285")])
def test_closed_form_vectors(x, loss):
    # full cover (a·SC = 15.35, C = 2e-7) leaves the potential: 0.1699·20^1.3711 = 0.1699 × 60.79 = 10.3285 kg/m²
    layers = {"weather_factor": float(x), "erodible_fraction": 1.0, "soil_crust_factor": 1.0, "ridge_roughness": 1.0}
    got = 1000 * formula("rweq_closed")(area=1.0, **layers, vegetation_cover=1.0, **{**CLOSED, "cover_exponent": 99.0})
    assert f"{got:.{len(loss.split('.')[1])}f}" == loss


def test_the_two_forms_agree_where_z_over_s_is_fixed():
    # 2k·exp(−k²)·109.8/150.71 = 0.1699 gives k = 0.1182429 (0.2364858 × 0.9861159 × 0.7285515 = 0.1699000)
    k = 0.1182429
    assert 2 * k * math.exp(-(k**2)) * 109.8 / 150.71 == pytest.approx(0.1699, rel=1e-6, abs=0)
    for x in (0.5, 5.0, 20.0):
        z = k * 150.71 * x**-0.3711
        # the printed exponents agree too: 1 + 0.3711 = 1.3711
        assert soil_loss(x, **{**LOSS, "erosion_distance": z}) == pytest.approx(0.0001699 * x**1.3711, rel=1e-6, abs=0)


def test_grassland_by_hand():
    # 1 km² of grass, WF 50, EF 0.4, SCF 0.25, K' 1: X = 5; SC 20 %: C = exp(−0.1151 × 20) = exp(−2.302) = 0.1000585;
    # X·C = 0.5002926: s = 150.71 × 0.5002926^−0.3711 = 194.8767; 2z/s² = 0.002633177; Q_max = 54.93213;
    # exp[−(50/194.8767)²] = 0.9362906; S_L = 0.1354307 kg/m²; kept 5.549122 − 0.135431 = 5.413691 kg/m² → 5413.69 t/a
    layers = {"weather_factor": 50.0, "erodible_fraction": 0.4, "soil_crust_factor": 0.25, "ridge_roughness": 1.0}
    assert HJ["cover_exponent"] == pytest.approx(11.51, rel=1e-12, abs=0)
    got = formula("rweq_hj1173")(area=1e6, **layers, vegetation_cover=0.2, **HJ)
    assert got == pytest.approx(5413.691, rel=1e-6, abs=0)
    # closed: 0.1699 × 5^1.3711 × (1 − 0.1000585^1.3711) = 0.1699 × 9.085687 × (1 − 0.0425842) = 1.477923 kg/m²
    closed = formula("rweq_closed")(area=1e6, **layers, vegetation_cover=0.2, **CLOSED)
    assert closed == pytest.approx(1477.923, rel=1e-6, abs=0)


def test_garze_chain():
    # 779.42e4 t/(1.28 t/m³ × 0.1 m) = 60.8922e6 m² = 60.89 km²; × 3.75 yuan/m² = 2.28346e8 yuan
    k = constants("rweq_hj1173", "desertification_avoided")
    assert k == {"sand_density": 1.28, "sand_depth": 0.1}
    area = formula("rweq_hj1173", "desertification_avoided")(779.42e4, **k)
    assert f"{area / 1e6:.3f}" == "60.892"
    assert f"{area * 3.75 / 1e8:.4f}" == "2.2835"
    price = [y.price for y in SERVICE.method("rweq_closed").yields]
    assert price == [None, "sand_control"]


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("11d", 0.1535), ("21e", 0.0921), ("32", 0.1151), ("51d", 0.0438), ("72", 0.0658), ("73", 0.0658), ("82", 0.0768)],
)
def test_cover_exponents_by_type(code, exponent):
    assert constants("rweq_hj1173", "retained_sand", code)["cover_exponent"] == pytest.approx(
        100 * exponent, rel=1e-12, abs=0
    )


def test_types():
    for method in SERVICE.methods:
        assert method.types == ("1", "2", "3", "5", "7", "82")  # those with a cover exponent; no water, no town, no ice
        assert method.level == "pixel"


def test_no_wind_keeps_no_sand_and_missing_stays_missing():
    layers = {"erodible_fraction": 0.4, "soil_crust_factor": 0.25, "ridge_roughness": 1.0, "vegetation_cover": 0.2}
    for method, k in (("rweq_hj1173", HJ), ("rweq_closed", CLOSED)):
        got = formula(method)(area=900.0, weather_factor=np.array([0.0, 50.0, np.nan]), **layers, **k)
        assert got[0] == 0 < got[1]
        assert np.isnan(got[2])
        assert formula(method)(area=900.0, weather_factor=0.0, **layers, **k) == 0


def test_the_printed_form_turns_at_strong_wind():
    # d(S_L)/dX = 0 at k² = 1.7422/0.7422 = 2.3473, that is X^0.7422 = 2.3473·(150.71/50)² = 21.3266 → X = 61.73: beyond
    # it a barer field loses less, and the difference may turn negative. The closed form keeps growing.
    x = (1.7422 / 0.7422 * (150.71 / 50) ** 2) ** (1 / 0.7422)
    assert x == pytest.approx(61.73, rel=1e-4, abs=0)
    around = [soil_loss(x * f, **LOSS) for f in (0.9, 1.0, 1.1)]
    assert around[0] < around[1] > around[2]


@given(st.floats(0.01, 60), st.floats(0, 1))
def test_kept_is_between_nothing_and_all(wind, cover):
    layers = {"weather_factor": wind, "erodible_fraction": 1.0, "soil_crust_factor": 1.0, "ridge_roughness": 1.0}
    got = formula("rweq_hj1173")(area=1.0, **layers, vegetation_cover=cover, **HJ)
    assert -1e-15 <= got <= soil_loss(wind, **LOSS) * (1 + 1e-12)
    closed = formula("rweq_closed")(area=1.0, **layers, vegetation_cover=cover, **CLOSED)
    assert 0 <= closed <= 0.0001699 * wind**1.3711 * (1 + 1e-12)
