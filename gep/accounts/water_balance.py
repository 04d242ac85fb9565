"""The account's water balance beside the county's water bulletin, with the residual and what it says.

Depths are compared, each over its own area, because the account leaves out water bodies and types without a runoff
coefficient and a bulletin may be a prefecture's. residual_m3 is the residual depth over the account's area of that
row: with equal areas it is the plain difference of the volumes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.accounts.quantities import Quantity, arguments
from gep.accounts.totals import Totals
from gep.errors import Fault, GepError, fault
from gep.intake.values import key

if TYPE_CHECKING:
    import pandas as pd

SERVICE = "water_conservation"
COLUMNS = ("item", "zh", "en", "status", "area_m2", "coverage", "account_m3", "account_mm", "account_share_of_rain",
           "bulletin_m3", "bulletin_mm", "bulletin_share_of_rain", "residual_m3", "residual_mm", "residual_pct",
           "says_zh", "says_en")  # fmt: skip
ITEMS: Mapping[str, tuple[str, ...]] = {
    "precipitation": ("降水量", "年降水量", "降水总量", "降雨量", "rainfall"),
    "surface_water": ("地表水资源量", "地表水", "地表径流", "径流量"),
    "evapotranspiration": ("蒸散发", "蒸散发量", "蒸发量", "陆面蒸发量", "实际蒸散发"),
    "total_resources": ("水资源总量",),
    "groundwater": ("地下水资源量", "地下水"),
    "use": ("用水总量", "总用水量", "用水量", "供水总量"),
    "area": ("面积", "评价面积", "计算面积", "土地面积"),
}


_NONE = (math.nan, math.nan)
_BESIDE = ("groundwater", "use")  # of the bulletin alone


@dataclass(frozen=True)
class _Row:
    """A line of the table: what the account holds, what of the bulletin stands beside it, what a residual says."""

    item: str
    zh: str
    en: str
    beside: str  # bulletin item; "retained": total resources − surface water
    more_zh: str = ""
    more_en: str = ""


_ROWS = (
    _Row("precipitation", "降水 ΣP", "Rain ΣP", "precipitation",
         "降水图层与公报不一致，先核对站点与插值", "the rain layer departs from the bulletin: look at stations first"),
    _Row("runoff", "径流 ΣR（公报：地表水资源量）", "Runoff ΣR (bulletin: surface water)", "surface_water",
         "径流系数或径流图层与公报不符；公报的径流系数见“占降水”一列",
         "the runoff coefficients or layer depart from the bulletin; its own ratio stands under share of rain"),
    _Row("evapotranspiration", "蒸散发 ΣET", "Evapotranspiration ΣET", "evapotranspiration",
         "蒸散发方法与公报不符", "the method of evapotranspiration departs from the bulletin"),
    _Row("rain_less_evapotranspiration", "Σ(P − ET)（公报：水资源总量）", "Σ(P − ET) (bulletin: total resources)",
         "total_resources", "来水减蒸散发与公报的水资源总量不符：蒸散发或降水有偏差，或有外来灌溉水",
         "rain less evapotranspiration departs from total resources: rain, evapotranspiration, or imported water"),
    _Row("retention", "水源涵养 Σ(P − R − ET)（公报：总量 − 地表水）",
         "Retained Σ(P − R − ET) (bulletin: total − surface)",
         "retained", "涵养量与公报中不重复的地下水补给不符",
         "retained water departs from the bulletin's recharge that is not in surface water"),
    _Row("groundwater", "地下水资源量（并列）", "Groundwater (beside)", "groundwater"),
    _Row("use", "用水总量（并列）", "Use (beside)", "use"),
)  # fmt: skip


def reconcile(totals: Totals, found: Iterable[Quantity], bulletin: pd.DataFrame | None) -> pd.DataFrame:
    """ΣP, ΣR, ΣET, Σ(P − ET) and retained water beside the bulletin of the same year; one row each.

    `found`: the quantities of the period; `bulletin`: the rows of table `water_bulletin` (item, quantity, unit), None
    where the study has none. Volumes m³ a year, depths mm; what either side lacks is NaN and said under `says_*`.
    `status`: compared | account only | bulletin only | missing | not available for this method. `.attrs["faults"]`
    holds warnings. Raises GepError GEP-W002, GEP-W003 for a bulletin that cannot be read.
    """
    import pandas as pd

    county = float(totals.polygon_m2.sum())
    faults: list[Fault] = []
    account, available = _account(totals, found, faults)
    depths, area = _bulletin(bulletin, county, faults)
    rain = _depth(*account.get("precipitation", _NONE))
    rows = []
    for row in _ROWS:
        volume, over = account.get(row.item, _NONE)
        depth, beside = _depth(volume, over), _beside(row.beside, depths)
        residual, coverage = depth - beside, _ratio(over, county)
        own = row.item not in _BESIDE
        status = "not available for this method" if own and not available else _status(depth, beside)
        rows.append(
            (
                *(row.item, row.zh, row.en, status, over, coverage),
                *(volume, depth, _ratio(depth, rain)),
                *(beside * _per_mm() * area, beside, _ratio(beside, depths.get("precipitation", math.nan))),
                *(residual * _per_mm() * over, residual, _ratio(residual, beside) * units.factor("1", "%")),
                *_says(row, status, residual, beside, coverage),
            )
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs["faults"] = faults
    return table


def rows_for_meta(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON-able dicts; None for what is missing."""
    return [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _per_mm() -> float:
    """m³ of water for 1 mm on 1 m²."""
    return units.factor("mm", "m")


def _ratio(one: float, other: float) -> float:
    return one / other if other else math.nan


def _depth(volume: float, area: float) -> float:
    return _ratio(volume, area) / _per_mm()


def _account(totals: Totals, found: Iterable[Quantity], faults: list[Fault]) -> tuple[dict[str, Any], bool]:
    """item → (m³, area m²) from the terms of the retention yield, and whether the method keeps them."""
    own = [q for q in found if q.bound.service.id == SERVICE]
    if not own:
        return {}, True
    bound = own[0].bound
    args = arguments(bound, totals, {}) if bound.level == "class" else {}
    if not {"area", "precipitation", "evapotranspiration"} <= set(args):
        if bound.args:  # a layer that is lacking leaves no arguments: that is missing, and the ledger says why
            faults.append(fault("GEP-W005", place=f"services.{SERVICE}", method=bound.method.id))
        return {}, not bound.args
    area, shape = args["area"], totals.extent.shape
    rain, loss = (np.broadcast_to(args[name], shape) for name in ("precipitation", "evapotranspiration"))
    runoff = args["runoff"] if "runoff" in args else args["runoff_coefficient"] * rain
    depths = {
        "precipitation": rain,
        "runoff": np.broadcast_to(runoff, shape),
        "evapotranspiration": loss,
        "rain_less_evapotranspiration": rain - loss,
        "retention": rain - runoff - loss,
    }
    taking = np.array(bound.types)[None, :] & (area > 0)
    return {name: _sum(area, depth, taking) for name, depth in depths.items()}, True


def _sum(area: np.ndarray, depth: np.ndarray, taking: np.ndarray) -> tuple[float, float]:
    """(Σ area × depth, Σ area) over the cells where the depth is known; (NaN, NaN) where there is none."""
    known = taking & np.isfinite(depth)
    if not known.any():
        return _NONE
    return float((area[known] * depth[known]).sum()), float(area[known].sum())


def _bulletin(table: pd.DataFrame | None, county: float, faults: list[Fault]) -> tuple[dict[str, float], float]:
    """item → depth in mm over the bulletin's area (its own `area` row, else the county's), and that area in m²."""
    if table is None:
        faults.append(fault("GEP-W004"))
        return {}, county
    names = {key(alias): item for item, aliases in ITEMS.items() for alias in (item, *aliases)}
    file = table.attrs.get("file", "")
    rows: dict[str, list[tuple[float, str]]] = {}
    for line in table.to_dict("records"):
        item = names.get(key(line["item"]))
        if item is None:
            faults.append(
                fault("GEP-W001", file=file, item=line["item"], known="、".join(a for a, *_ in ITEMS.values()))
            )
        else:
            rows.setdefault(item, []).append((float(line["quantity"]), str(line.get("unit") or "")))
    twice = [fault("GEP-W003", file=file, item=item, n=len(r)) for item, r in rows.items() if len(r) > 1]
    if twice:
        raise GepError(twice)
    area, depths = county, {}
    if "area" in rows:
        area = rows["area"][0][0] * _factor(*rows.pop("area")[0][1:], "m²", file, "area")
    for item, ((number, unit),) in rows.items():
        try:
            depths[item] = number * units.factor(unit, "mm")
        except ValueError:
            depths[item] = _depth(number * _factor(unit, "m³", file, item), area)
    return depths, area


def _factor(unit: str, want: str, file: str, item: str) -> float:
    try:
        return units.factor(unit, want)
    except ValueError:
        raise GepError(fault("GEP-W002", file=file, item=item, unit=unit or "-")) from None


def _beside(item: str, depths: Mapping[str, float]) -> float:
    if item == "retained":
        return depths.get("total_resources", math.nan) - depths.get("surface_water", math.nan)
    return depths.get(item, math.nan)


def _status(depth: float, beside: float) -> str:
    has = not math.isnan(depth), not math.isnan(beside)
    return {(True, True): "compared", (True, False): "account only", (False, True): "bulletin only"}.get(has, "missing")


def _says(row: _Row, status: str, residual: float, beside: float, coverage: float) -> tuple[str, str]:
    """Plain words for one row."""
    if status == "compared" and residual == 0:
        return "账户与公报一致", "account and bulletin agree"
    if status == "compared":
        size = f"{abs(residual):.1f} mm（{abs(_ratio(residual, beside)):.1%}）"
        zh = f"账户比公报{'多' if residual > 0 else '少'} {size}：{row.more_zh}；账户面积占县域 {coverage:.1%}"
        size = size.replace("（", " (").replace("）", ")")
        en = f"the account holds {size} {'more' if residual > 0 else 'less'} than the bulletin: {row.more_en}; "
        return zh, f"{en}account on {coverage:.1%} of the county"
    words = {
        "account only": ("公报未列此项", "the bulletin does not list it"),
        "bulletin only": ("账户没有此项", "the account has no such sum"),
        "missing": ("账户与公报都缺", "missing on both sides"),
        "not available for this method": (
            "该方法在像元上取零，账户一侧不可得",
            "the method floors pixels: not available",
        ),
    }
    if row.item in _BESIDE and status == "bulletin only":
        return "只并列，不相减", "stands beside, nothing is subtracted"
    return words[status]
