"""Net primary production by CASA: a year computed by hand, its parts, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from fields_constants import by_type, constants
from hypothesis import given
from hypothesis import strategies as st

from gep import fields
from gep.coefficients import Coefficients
from gep.errors import GepError
from gep.fields import productivity
from gep.fields.materialise import materialise
from gep.intake.grid import Grid
from gep.intake.memory import ArrayReader, ArrayTypes

ENDS = {"casa_ndvi_low": 0.1, "casa_ndvi_high": 0.9}
FIELD = fields.registry()["npp"]


def known(method="casa"):
    return constants("npp", method) | by_type("npp", method, "51d") | ENDS


def year(shape=(1,), **changes):
    """Twelve months of one pixel: NDVI 0.5 and 10 °C, but for July with 0.8 and 25 °C; E/PET = 60/100."""
    cubes = {
        "solar_radiation_monthly": np.full((12, *shape), 400.0),
        "ndvi_monthly": np.full((12, *shape), 0.5),
        "temperature_monthly": np.full((12, *shape), 10.0),
        "evapotranspiration_monthly": np.full((12, *shape), 60.0),
        "reference_evapotranspiration_monthly": np.full((12, *shape), 100.0),
    }
    cubes["ndvi_monthly"][6], cubes["temperature_monthly"][6] = 0.8, 25.0
    return cubes | changes


def test_a_year_by_hand():
    # FPAR = 0.001 + (0.95 − 0.001)·(NDVI − 0.1)/(0.9 − 0.1): NDVI 0.5 → 0.001 + 0.949·0.5 = 0.4755; 0.8 → 0.831375
    # Topt = 25 °C (July is greenest): Tε1 = 0.8 + 0.02·25 − 0.0005·625 = 0.9875
    # Tε2 in July (T = Topt): 1.1814/(1 + e^−2)/(1 + e^−3) = 1.1814/1.1353353/1.0497871 = 0.99122355
    # Tε2 else (T = 10): 1.1814/(1 + e^1)/(1 + e^−7.5) = 1.1814/3.7182818/1.0005531 = 0.31755176
    # Wε = 0.5 + 0.5·60/100 = 0.8; εmax = 0.389 gC/MJ; PAR = 400·0.5 = 200 MJ/(m²·month)
    # eleven months: 11·200·0.4755·0.9875·0.31755176·0.8·0.389 = 102.085585
    # July:             200·0.831375·0.9875·0.99122355·0.8·0.389 = 50.649512;  together 152.735097 gC/(m²·a)
    npp = productivity.casa(**year(), **known())
    assert npp.shape == (1,)
    assert npp[0] == pytest.approx(152.735097, rel=1e-8, abs=0)


def test_annual_moisture_is_the_same_where_the_months_are_alike():
    # E/PET = 720/1200 = 0.6 all the year, as above
    cubes = year()
    monthly = {k: v for k, v in cubes.items() if "evapotranspiration" not in k}
    npp = productivity.casa_annual_moisture(
        **monthly, evapotranspiration=np.array([720.0]), reference_evapotranspiration=np.array([1200.0]),
        **known("casa_annual_moisture"),
    )  # fmt: skip
    assert npp[0] == pytest.approx(152.735097, rel=1e-8, abs=0)


def test_ends_of_ndvi_and_of_moisture():
    k = known()
    light = {name: k[name] for name in productivity._LIGHT}
    # NDVI below and above its ends: FPAR 0.001 and 0.95; 100·0.5·0.001 = 0.05, 100·0.5·0.95 = 47.5
    got = productivity.absorbed(100.0, np.array([-0.2, 0.1, 0.9, 1.0]), **light)
    np.testing.assert_allclose(got, [0.05, 0.05, 47.5, 47.5], rtol=1e-12)
    # E/PET 1.4 → 1 (a fault of two products, not a wetter plant); PET 0 → 0.5; missing stays missing
    wet = productivity.moisture(np.array([70.0, 10.0, 0.0, np.nan]), np.array([50.0, 20.0, 0.0, 30.0]), 0.5, 0.5)
    np.testing.assert_allclose(wet, [1.0, 0.75, 0.5, np.nan], rtol=1e-12)


def test_the_optimum_is_that_of_each_pixel():
    # two pixels, greenest in July and in April: Topt 25 and 10 °C
    cubes = year((2,))
    cubes["ndvi_monthly"][:, 1] = 0.5
    cubes["ndvi_monthly"][3, 1] = 0.8
    npp = productivity.casa(**cubes, **known())
    alone = productivity.casa(**{k: v[:, 1:] for k, v in cubes.items()}, **known())
    assert npp[0] == pytest.approx(152.735097, rel=1e-8, abs=0)
    assert npp[1] == alone[0] != npp[0]


def test_a_missing_month_leaves_the_pixel_missing():
    for name in year():
        cubes = year((2, 3))
        cubes[name][4, 1, 2] = np.nan
        npp = productivity.casa(**cubes, **known())
        assert np.isnan(npp[1, 2])
        assert np.isfinite(npp).sum() == 5


@pytest.mark.parametrize("name", list(year()))
@pytest.mark.parametrize("wrong", [np.full((11, 2, 2), 0.5), np.full((2, 2), 0.5), 0.5])
def test_a_cube_without_its_twelve_months_is_refused(name, wrong):
    with pytest.raises(GepError) as raised:
        productivity.casa(**year((2, 2), **{name: wrong}), **known())
    assert [(f.code, f.place) for f in raised.value.faults] == [("GEP-F640", name)]


@given(st.floats(0, 1), st.floats(-30, 40), st.floats(0, 900), st.floats(0, 300), st.just(0) | st.floats(0.1, 300))
def test_never_negative_and_never_above_full_light(ndvi, warm, solar, actual, potential):
    cubes = {
        "solar_radiation_monthly": solar, "ndvi_monthly": ndvi, "temperature_monthly": warm,
        "evapotranspiration_monthly": actual, "reference_evapotranspiration_monthly": potential,
    }  # fmt: skip
    npp = productivity.casa(**{k: np.full((12, 1), v) for k, v in cubes.items()}, **known())[0]
    # Tε1 is greatest (1) at Topt = 20 °C, Tε2 at T = Topt (0.9912); below −27 °C Tε1 would turn negative
    assert 0 <= npp <= 12 * solar * 0.5 * 0.95 * 0.389


def test_two_sets_of_light_use_efficiency_and_none_for_forests_unread():
    import datetime as dt

    def found(type, **sets):
        return Coefficients.load(sets=sets).find(
            "max_light_use_efficiency", type=type, region="341602", date=dt.date(2020, 12, 31), unit="gC/MJ"
        )

    assert found("51d").value == 0.389
    assert found("51d", max_light_use_efficiency="zhu2007").value == 0.542
    assert found("11d", max_light_use_efficiency="zhu2007").confidence == "unverified"
    with pytest.raises(GepError, match="K037"):
        found("12e", max_light_use_efficiency="zhu2007")


def test_a_study_chooses_and_a_layer_of_its_own_wins():
    assert FIELD.default == ""
    assert [m.id for m in FIELD.methods] == ["casa", "casa_annual_moisture"]
    assert all(m.static for m in FIELD.methods)  # the formula must see the months, not a row of pixels


def test_twelve_bands_and_values_by_type_through_the_file(tmp_path):
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 3, 4)
    index = np.array([[0, 1, 255, 0], [1, 1, 0, 0], [2, 0, 1, 2]], dtype=np.uint8)
    rng = np.random.default_rng(7)
    cubes = {k: v * rng.uniform(0.9, 1.1, (12, 3, 4)) for k, v in year((3, 4)).items()}
    k = known() | {"max_light_use_efficiency": np.array([0.389, 0.542, np.nan])}
    k |= {name: np.array([v, v, v]) for name, v in ENDS.items()}
    readers = {n: [ArrayReader(f"{n}_{i:02d}", band, "1") for i, band in enumerate(v, 1)] for n, v in cubes.items()}
    types = ArrayTypes(index, ("11e", "51d", "61"))
    path = materialise(FIELD, "casa", readers | k, grid=grid, folder=tmp_path, key="n", types=types)
    light = np.array([0.389, 0.542, np.nan, np.nan])[np.minimum(index, 3)]
    expected = productivity.casa(**cubes, **known() | {"max_light_use_efficiency": light})
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), expected.astype(np.float32))
    assert np.isnan(expected).sum() == 3  # a type without a value, and no land cover: missing
