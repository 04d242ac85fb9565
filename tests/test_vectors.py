"""Every worked vector of the published methods' formulas, to all its printed digits, named one by one.

A vector goes through the toolkit's own formula with the rows of coefficients/; the numbers written here are the inputs
of the vector and what is printed for it. The arithmetic stands beside the formulas' own tests (test_fields_*,
test_services_*); this table says at a glance that all of them hold.
"""

from __future__ import annotations

import datetime as dt
import functools
import math

import numpy as np
import pytest
from fields_constants import by_type, constants
from test_fields_formulas import cover_factor, ls
from test_services_sand import CLOSED, LOSS, formula

from gep import services
from gep.accounts.present_value import annuity_factor, present_value
from gep.coefficients import Coefficients
from gep.fields import climate, erosion, hydrology, terrain, vegetation, wind
from gep.services.sand_fixation import soil_loss

RAIN = np.array([18, 22, 38, 45, 70, 95, 215, 140, 85, 50, 35, 17], dtype=float)  # mm/month, together 830
SLOPE_LENGTH = 100.0  # λ, m


@functools.cache
def row(symbol: str, unit: str) -> float:
    """The value of a coefficient row in a unit."""
    return Coefficients.load().find(symbol, region="341699", date=dt.date(2020, 12, 31), unit=unit).value


def fournier() -> float:
    """F, out of R = 0.1833·F^1.9957."""
    k = constants("erosivity", "monthly_zhang2003")
    return (climate.monthly_zhang2003(RAIN, **k) / k["fournier_scale"]) ** (1 / k["fournier_exponent"])


def wischmeier(si: bool) -> float:
    k = constants("erosivity", "monthly_wischmeier")
    return climate.monthly_wischmeier(RAIN, **k) / (1 if si else k["erosivity_us_to_si"])


def k_epic(*soil: float) -> float:
    """K_EPIC in US units: K of the method `epic` without its step to SI."""
    k = constants("erodibility", "epic")
    return erosion.epic(*soil, **k) / k["erodibility_us_to_si"]


def k_hj(*soil: float) -> float:
    return erosion.epic_hj1173(*soil, **constants("erodibility", "epic_hj1173"))


def length(slope: float) -> float:
    return terrain.length_factor(slope, SLOPE_LENGTH, **ls("L"))


def exponent(slope: float) -> float:
    """m, out of L = (λ/22.13)^m."""
    return math.log(length(slope)) / math.log(SLOPE_LENGTH / ls("L")["ls_unit_length"])


def steepness(slope: float) -> float:
    return float(terrain.slope_factor(slope, **ls("S")))


def cai(cover: float) -> float:
    return float(vegetation.cai2000(cover, **constants("cover_factor", "cai2000")))


def rkls() -> float:
    both = terrain.hj1173(0.5, SLOPE_LENGTH, **constants("topographic_factor", "hj1173"))
    return erosion.rkls(2366.0, 0.02368, both)


def retained() -> float:
    rusle = services.registry()["soil_retention"].method("rusle")
    return rusle.yields[0].formula(1.0, rkls(), cover_factor(0.7, "51d"))


def sand_loss(x: float) -> float:
    """S_L, kg/m² (the formula gives t/m²)."""
    return 1000 * soil_loss(float(x), **LOSS)


def critical_length(x: float) -> float:
    """s = 150.71·X^−0.3711, by its rows."""
    return LOSS["rweq_length"] * x ** LOSS["rweq_length_exponent"]


def closed(x: float) -> float:
    """The closed form under a cover that leaves nothing bare, kg/m²."""
    layers = {"weather_factor": float(x), "erodible_fraction": 1.0, "soil_crust_factor": 1.0, "ridge_roughness": 1.0}
    k = {**CLOSED, "cover_exponent": 99.0}
    return 1000 * formula("rweq_closed")(area=1.0, **layers, vegetation_cover=1.0, **k)


def ratio(low: float, high: float) -> float:
    """k = z/s at which both forms agree, by halving: S_L(X = 1, z = k·s) = 0.1699."""

    def apart(k: float) -> float:
        return soil_loss(1.0, **{**LOSS, "erosion_distance": k * LOSS["rweq_length"]}) - CLOSED["rweq_closed_scale"]

    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if apart(middle) * apart(low) > 0 else (low, middle)
    return low


def zhang(w: float) -> float:
    return hydrology.zhang(830.0, 1050.0, w)


def zhang_of(code: str) -> float:
    """By the row of the type."""
    return zhang(by_type("evapotranspiration", "zhang", code)["zhang_w"])


def tax(pollutant: str, medium: str) -> float:
    """yuan/t: the rate of Anhui by the equivalent of the pollutant."""
    rate = row(f"env_tax_rate_{medium}", "yuan/equivalent")
    return rate / row(f"pollution_equivalent_{pollutant}", "t/equivalent")


SOILS = (((20, 60, 20, 1.0), "0.375437", "0.0236799"), ((35, 45, 20, 0.8), "0.328610", "0.0204992"),
         ((60, 25, 15, 0.6), "0.249189", "0.0151046"))  # fmt: skip
SLOPES = ((0.5, "0.135126", "1.226055", "0.124247"), (1, "0.224429", "1.402830", "0.218486"),
          (10, "0.600253", "2.472733", "2.417289"))  # fmt: skip

VECTORS = {
    "5.2 F": (fournier, "114.7783"),
    "5.2 R_Zhang": (lambda: climate.monthly_zhang2003(RAIN, **constants("erosivity", "monthly_zhang2003")), "2366.05"),
    "5.2 R_Wischmeier US": (lambda: wischmeier(si=False), "163.338"),
    "5.2 R_Wischmeier SI": (lambda: wischmeier(si=True), "2780.01"),
    **{f"5.2 K_EPIC {soil}": (functools.partial(k_epic, *map(float, soil)), text) for soil, text, _ in SOILS},
    **{f"5.2 K {soil}": (functools.partial(k_hj, *map(float, soil)), text) for soil, _, text in SOILS},
    **{f"5.2 m {slope}°": (functools.partial(exponent, slope), text) for slope, text, _, _ in SLOPES},
    **{f"5.2 L {slope}°": (functools.partial(length, slope), text) for slope, _, text, _ in SLOPES},
    **{f"5.2 S {slope}°": (functools.partial(steepness, slope), text) for slope, _, _, text in SLOPES},
    "5.2 C_dry(0.7)": (lambda: float(cover_factor(0.7, "51d")), "0.313167"),
    "5.2 Cai(10)": (lambda: cai(0.10), "0.3072"),
    "5.2 Cai(50)": (lambda: cai(0.50), "0.067034"),
    "5.2 RKLS": (rkls, "8.535"),
    "5.2 retention": (retained, "5.862"),
    "5.3 EF": (lambda: float(wind.erodible_fraction(20.0, 60.0, 20.0, 1.0, 0.0,
                                                    **constants("erodible_fraction", "rweq"))), "0.413548"),
    "5.3 SCF": (lambda: wind.soil_crust_factor(20.0, 1.0, **constants("soil_crust_factor", "rweq")), "0.270094"),
    "5.3 s(5)": (lambda: critical_length(5), "82.93814"),
    "5.3 SL(5)": (lambda: sand_loss(5), "5.549122"),
    "5.3 SL(1)": (lambda: sand_loss(1), "0.43303"),
    "5.3 SL(20)": (lambda: sand_loss(20), "32.3100"),
    "5.3 closed(1)": (lambda: closed(1), "0.16990"),
    "5.3 closed(20)": (lambda: closed(20), "10.3285"),
    "5.3 k": (lambda: ratio(0.01, 0.7), "0.1182429"),
    "5.3 k, the other": (lambda: ratio(0.8, 3.0), "1.62267"),
    "7 Fu 2.5": (lambda: hydrology.fu(830.0, 1050.0, constants("evapotranspiration", "fu")["fu_omega"]), "627.0241"),
    "7 Fu 2.63": (lambda: hydrology.fu(830.0, 1050.0, 2.63), "643.0166"),
    "7 Zhang 0.5, cropland": (lambda: zhang_of("51d"), "559.2226"),
    "7 Zhang 1, shrub": (lambda: zhang_of("22"), "615.2766"),
    "7 Zhang 2, forest": (lambda: zhang_of("11e"), "678.1471"),
    "5.6 SO2": (lambda: tax("so2", "air"), "1263.1579"),
    "5.6 NOx": (lambda: tax("nox", "air"), "1263.1579"),
    "5.6 dust": (lambda: tax("dust", "air"), "300"),
    "7 smoke dust": (lambda: tax("smoke_dust", "air"), "550.4587"),
    "5.6 COD": (lambda: tax("cod", "water"), "1400"),
    "5.6 NH3-N": (lambda: tax("nh3n", "water"), "1750"),
    "5.2 TN": (lambda: tax("nitrogen", "water"), "1750"),
    "5.2 TP": (lambda: tax("phosphorus", "water"), "5600"),
    "3 annuity due": (lambda: annuity_factor(0.0277, 100, due=True), "34.687007"),
    "3 annuity ordinary": (lambda: annuity_factor(0.0277, 100), "33.752075"),
    "3 forests 19.10": (lambda: present_value(19.10, 0.0277, 100, due=True), "662.52"),
    "3 forests 19.92": (lambda: present_value(19.92, 0.0277, 100, due=True), "690.97"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "printed"), VECTORS.values(), ids=VECTORS)
def test_vector(made, printed):
    digits = len(printed.partition(".")[2])
    assert f"{made():.{digits}f}" == printed


def test_the_rows_are_the_printed_constants():
    assert constants("evapotranspiration", "fu")["fu_omega"] == 2.5
    assert [by_type("evapotranspiration", "zhang", code)["zhang_w"] for code in ("51d", "22", "11e")] == [0.5, 1.0, 2.0]
    assert LOSS["erosion_distance"] == 50.0


@pytest.mark.parametrize(("pollutant", "levy"), [("nitrogen", 875.0), ("phosphorus", 2800.0)])
def test_the_old_levy_is_seven_tenths_of_a_yuan_an_equivalent(pollutant, levy):
    # 0.7/0.8 kg = 875 yuan/t; 0.7/0.25 kg = 2800 yuan/t
    price = Coefficients.load().row(f"prices.levy_2003.{pollutant}.all.cn.2003")
    assert float(price["value"]) == levy
    assert levy * row(f"pollution_equivalent_{pollutant}", "t/equivalent") == pytest.approx(0.7, rel=1e-12, abs=0)


def test_a_price_of_carbon_as_co2():
    # 1320 yuan/tC × 12/44 = 360 yuan/tCO2
    price = Coefficients.load().row("prices.byd2011.carbon_element.all.cn.2011")
    assert float(price["value"]) / row("carbon_to_co2", "tCO2/tC") == pytest.approx(360.0, rel=1e-12, abs=0)
