"""The account's water balance beside the bulletin, by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from gep import services
from gep.accounts.quantities import Quantity, quantities
from gep.accounts.totals import Totals
from gep.accounts.water_balance import reconcile, rows_for_meta
from gep.bound import Argument, Binding, BoundYield
from gep.errors import GepError

TYPES = ("51d", "11d", "42")
# one zone, km²: cropland 60, forest 30, lake 10 (takes no part). Rain 900 mm on both; ET 600 and 700 mm.
EXTENT = np.array([[60e6, 30e6, 10e6]])
RAIN, LOSS = np.array([[0.9, 0.9, 0.0]]), np.array([[0.6, 0.7, 0.0]])


def totals() -> Totals:
    area = np.where(np.array([True, True, False]), EXTENT, 0.0)
    sums = {("w", "precipitation"): area * RAIN, ("w", "evapotranspiration"): area * LOSS, ("w", "node"): area * 0.1}
    return Totals(2023, ("a",), TYPES, {"extent": EXTENT, "w": area}, sums, np.array([100e6]))


def bound(method: str, alpha: tuple[float, ...] = (), level: str = "class") -> BoundYield:
    service = services.registry()["water_conservation"]
    chosen = service.method(method)
    args: tuple[Argument, ...] = (
        Argument("area", "m²", "area"),
        Argument("precipitation", "m/a", "term", term="precipitation"),
        Argument("runoff_coefficient", "1", "bytype", values=alpha),
        Argument("evapotranspiration", "m/a", "term", term="evapotranspiration"),
    )
    if level == "pixel":
        args = (Argument("water_conservation.water_retention", "m³/a", "term", term="node"),)
    return BoundYield(service, chosen, chosen.yields[0], level, "w", args, (True, True, False), {}, ("verified",), ())


def found(one: BoundYield) -> list[Quantity]:
    binding = Binding(2023, {}, (), {"extent": ((), None)}, (one,), (), ())
    return quantities(binding, totals())


def bulletin(*rows: tuple[str, float, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "quantity", "unit"])


BOTH = bound("water_balance", (0.2, 0.1, math.nan))


def table(frame: pd.DataFrame | None, one: BoundYield = BOTH) -> pd.DataFrame:
    return reconcile(totals(), found(one), frame).set_index("item")


def test_account_side():
    got = table(None)
    # ΣP = 90e6 m² × 0.9 = 81e6; ΣR = 60e6·0.9·0.2 + 30e6·0.9·0.1 = 10.8e6 + 2.7e6 = 13.5e6;
    # ΣET = 36e6 + 21e6 = 57e6; Σ(P − ET) = 24e6; retained 24e6 − 13.5e6 = 10.5e6 m³
    wanted = {"precipitation": 81e6, "runoff": 13.5e6, "evapotranspiration": 57e6,
              "rain_less_evapotranspiration": 24e6, "retention": 10.5e6}  # fmt: skip
    for item, volume in wanted.items():
        assert got.loc[item, "account_m3"] == pytest.approx(volume, rel=1e-12, abs=0)
        assert got.loc[item, "account_mm"] == pytest.approx(volume / 90e6 * 1000, rel=1e-12, abs=0)
        assert got.loc[item, "coverage"] == pytest.approx(0.9, rel=1e-12, abs=0)
        assert got.loc[item, "status"] == "account only"
    assert got.loc["retention", "account_m3"] == pytest.approx(found(BOTH)[0].value[0, :2].sum(), rel=1e-12, abs=0)
    assert got.loc["runoff", "account_share_of_rain"] == pytest.approx(13.5 / 81, rel=1e-12, abs=0)
    assert got.loc["use", "status"] == "missing"
    assert [f.code for f in reconcile(totals(), found(BOTH), None).attrs["faults"]] == ["GEP-W004"]


def test_residuals():
    # bulletin over the county's 100 km²: rain 920 mm; surface 0.2 亿m³ = 200 mm; total 0.35 亿m³ = 350 mm
    got = table(bulletin(("降水量", 920, "mm"), ("地表水资源量", 0.2, "亿m³"), ("水资源总量", 3500, "万m³"),
                         ("地下水资源量", 0.18, "亿m³"), ("用水总量", 0.3, "亿m³")))  # fmt: skip
    assert got.loc["precipitation", "residual_mm"] == pytest.approx(-20.0, rel=1e-9, abs=0)
    assert got.loc["precipitation", "residual_m3"] == pytest.approx(-0.02 * 90e6, rel=1e-9, abs=0)
    assert got.loc["precipitation", "residual_pct"] == pytest.approx(-20 / 920 * 100, rel=1e-9, abs=0)
    assert got.loc["precipitation", "bulletin_m3"] == pytest.approx(92e6, rel=1e-9, abs=0)
    assert got.loc["runoff", "residual_mm"] == pytest.approx(150 - 200, rel=1e-9, abs=0)  # 13.5e6/90e6 = 150 mm
    assert got.loc["rain_less_evapotranspiration", "residual_mm"] == pytest.approx(24e3 / 90 - 350, rel=1e-9, abs=0)
    # beside retained water: 350 − 200 = 150 mm; the account's 10.5e6/90e6 = 116.67 mm
    assert got.loc["retention", "bulletin_mm"] == pytest.approx(150.0, rel=1e-9, abs=0)
    assert got.loc["retention", "residual_mm"] == pytest.approx(10.5e3 / 90 - 150, rel=1e-9, abs=0)
    assert got.loc["evapotranspiration", "status"] == "account only"
    assert math.isnan(got.loc["evapotranspiration", "residual_mm"])
    assert got.loc["groundwater", "bulletin_mm"] == pytest.approx(180.0, rel=1e-9, abs=0)
    assert got.loc["use", "status"] == "bulletin only"
    assert "少 50.0 mm（25.0%）" in got.loc["runoff", "says_zh"]
    assert "90.0% of the county" in got.loc["runoff", "says_en"]


def test_bozhou_2023_runoff_ratio():
    # 16.62e8 m³ over 8 374 km² = 198.5 mm; of 933.8 mm that is 21.3 %
    frame = bulletin(("面积", 8374, "km²"), ("降水量", 933.8, "mm"), ("地表水资源量", 16.62, "亿m³"))
    got = table(frame)
    assert got.loc["runoff", "bulletin_mm"] == pytest.approx(16.62e8 / 8374e6 * 1000, rel=1e-12, abs=0)
    assert round(got.loc["runoff", "bulletin_mm"]) == 198
    assert round(got.loc["runoff", "bulletin_share_of_rain"] * 100) == 21
    assert got.loc["runoff", "bulletin_m3"] == pytest.approx(16.62e8, rel=1e-12, abs=0)


def test_type_without_coefficient_leaves_the_sum_and_is_said():
    # cropland has no runoff coefficient: ΣR and retained water only on the 30 km² of forest, ΣP on 90 km²
    got = table(bulletin(("地表水资源量", 200, "mm")), bound("water_balance", (math.nan, 0.1, math.nan)))
    assert got.loc["runoff", "account_m3"] == pytest.approx(2.7e6, rel=1e-12, abs=0)
    assert got.loc["runoff", "coverage"] == pytest.approx(0.3, rel=1e-12, abs=0)
    assert got.loc["precipitation", "coverage"] == pytest.approx(0.9, rel=1e-12, abs=0)
    assert got.loc["runoff", "residual_mm"] == pytest.approx(90 - 200, rel=1e-9, abs=0)
    assert got.loc["runoff", "account_share_of_rain"] == pytest.approx(0.1, rel=1e-9, abs=0)
    assert "30.0% of the county" in got.loc["runoff", "says_en"]


def test_floored_method_is_not_available():
    one = bound("water_balance_floored", level="pixel")
    frame = reconcile(totals(), found(one), bulletin(("降水量", 920, "mm")))
    got = frame.set_index("item")
    assert got.loc["precipitation", "status"] == "not available for this method"
    assert math.isnan(got.loc["precipitation", "account_m3"])
    assert got.loc["precipitation", "bulletin_mm"] == 920.0
    assert [f.code for f in frame.attrs["faults"]] == ["GEP-W005"]


def test_without_the_service():
    got = reconcile(totals(), [], bulletin(("降水量", 920, "mm"))).set_index("item")
    assert got.loc["precipitation", "status"] == "bulletin only"


@pytest.mark.parametrize(
    ("rows", "code"),
    [([("降水量", 920, "kg")], "GEP-W002"), ([("降水量", 920, "mm"), ("precipitation", 900, "mm")], "GEP-W003")],
)
def test_bulletin_faults(rows, code):
    with pytest.raises(GepError) as error:
        table(bulletin(*rows))
    assert error.value.faults[0].code == code


def test_unknown_item_is_said_and_meta_is_json():
    import json

    frame = reconcile(totals(), found(BOTH), bulletin(("跨流域调水", 1, "亿m³")))
    assert [f.code for f in frame.attrs["faults"]] == ["GEP-W001"]
    rows = rows_for_meta(frame)
    assert json.loads(json.dumps(rows, allow_nan=False))[0]["account_m3"] == pytest.approx(81e6, rel=1e-12, abs=0)
    assert rows[0]["bulletin_m3"] is None
