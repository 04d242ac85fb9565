"""The identities, checked on every run and printed in every report. A check on nothing fails."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.ledger import cents
from gep.accounts.quantities import Quantity
from gep.accounts.totals import Totals
from gep.declare import Figure, Whole

if TYPE_CHECKING:
    import pandas as pd

AREA_TOLERANCE = 1e-9  # of the area compared: float64 rounding of sums over zones
QUANTITY_TOLERANCE = 1e-9


def check(
    id: str, zh: str, en: str, period: int, left: float, right: float, tolerance: float, n: int
) -> dict[str, Any]:
    """One identity. `n` things were compared; none at all is a failure, and so is a number that is not finite."""
    difference = left - right
    passed = n > 0 and bool(np.isfinite(difference)) and abs(difference) <= tolerance
    return {
        "id": id,
        "zh": zh,
        "en": en,
        "period": period,
        "left": left,
        "right": right,
        "difference": difference,
        "tolerance": tolerance,
        "passed": passed,
        "n": n,
    }


def run_checks(
    totals: Totals,
    results: Sequence[Quantity],
    ledger: pd.DataFrame,
    tables: Mapping[str, tuple[float, Collection[str]]],
) -> list[dict[str, Any]]:
    """All identities of one period: areas, quantities against the county as one zone, money in whole cents."""
    period = totals.period
    rows = ledger[ledger["period"] == period]
    counted = rows[rows["in_gep"]]
    return [
        *_areas(totals),
        *_county(totals, results, rows),
        *_caps(period, results, rows),
        *_money(period, rows, counted),
        *_tables(period, rows, tables),
    ]


def _areas(totals: Totals) -> list[dict[str, Any]]:
    extent, polygon = float(totals.extent.sum()), float(totals.polygon_m2.sum())
    by_zone = totals.extent.sum(axis=1)
    over = float(np.max(by_zone - totals.polygon_m2, initial=0.0))
    return [
        check(
            "area_types_zones",
            "Σ 类型面积 = Σ 乡镇面积",
            "Σ areas of types = Σ areas of zones",
            totals.period,
            float(totals.extent.sum(axis=0).sum()),
            float(by_zone.sum()),
            AREA_TOLERANCE * max(extent, 1.0),
            int((totals.extent > 0).sum()),
        ),
        check(
            "area_within_polygon",
            "各乡镇有地类的面积不大于其多边形面积",
            "mapped area of each zone is not above its polygon's",
            totals.period,
            over,
            0.0,
            AREA_TOLERANCE * max(polygon, 1.0),
            len(totals.zones),
        ),
        check(
            "area_uncovered",
            "已覆盖 + 未覆盖 = 多边形面积",
            "covered + uncovered = polygon area",
            totals.period,
            extent + float(np.maximum(totals.polygon_m2 - by_zone, 0.0).sum()),
            polygon,
            2 * AREA_TOLERANCE * max(polygon, 1.0),
            len(totals.zones),
        ),
    ]


def _county(totals: Totals, results: Sequence[Quantity], rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Σ townships = county: the county computed as ONE zone from the summed totals, against the sum of the ledger."""
    from gep.accounts.quantities import quantities as evaluate
    from gep.bound import Binding

    one = Totals(
        totals.period,
        ("*",),
        totals.types,
        {k: v.sum(axis=0, keepdims=True) for k, v in totals.areas.items()},
        {k: v.sum(axis=0, keepdims=True) for k, v in totals.sums.items()},
        totals.polygon_m2.sum(keepdims=True),
    )
    whole = Binding(
        totals.period, {}, (), dict.fromkeys(totals.areas, ((), None)), tuple(r.bound for r in results), (), ()
    )
    out = []
    by_item = dict(list(rows.groupby(["service", "item"], sort=False)["quantity"]))
    for result in evaluate(whole, one):
        item = result.bound
        quantity = by_item[item.service.id, item.item.id].dropna() if (item.service.id, item.item.id) in by_item else ()
        if not len(quantity):  # nothing could be computed: the missing lines say so, there is nothing to compare
            continue
        mask = (one.extent > 0) & np.array(item.types)[None, :] & np.isfinite(result.value)
        left, right = float(quantity.sum()), float(result.value[mask].sum())
        size = max(float(quantity.abs().sum()), float(np.abs(result.value[mask]).sum()), 1e-30)
        out.append(
            check(
                f"county.{item.key}",
                f"Σ 乡镇 = 全县：{item.service.zh}·{item.item.zh}",
                f"Σ zones = county: {item.service.en}, {item.item.en}",
                totals.period,
                left,
                right,
                QUANTITY_TOLERANCE * size,
                len(quantity),
            )
        )
    return out


def _caps(period: int, results: Sequence[Quantity], rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What is taken out of a county figure by shares of a capacity: Σ = the smaller of figure and Σ capacity."""
    out = []
    for bound in (r.bound for r in results):
        figures = [i for i in bound.item.inputs if isinstance(i, Figure)]
        wholes = [i for i in bound.item.inputs if isinstance(i, Whole)]
        if len(figures) != 1 or len(wholes) != 1 or -1 in bound.missing:
            continue
        figure = next(a.value for a in bound.args if a.name == figures[0].name)
        of_service = rows[rows["service"] == bound.service.id]
        taken = of_service.loc[of_service["item"] == bound.item.id, "quantity"].dropna()
        able = of_service.loc[of_service["item"] == wholes[0].of, "quantity"].dropna()
        left, right = float(taken.sum()), min(figure, float(able.sum()))
        zh, en = f"Σ {bound.item.zh} = min(县域量, Σ 能力)", f"Σ {bound.item.en} = min(county figure, Σ capacity)"
        tolerance = QUANTITY_TOLERANCE * max(abs(right), 1e-30)
        out.append(check(f"cap.{bound.key}", zh, en, period, left, right, tolerance, len(taken)))
    return out


def _money(period: int, rows: pd.DataFrame, counted: pd.DataFrame) -> list[dict[str, Any]]:
    import pandas as pd

    value = cents(counted["value"])
    total = int(value.sum())

    def by(column: str) -> int:
        return int(pd.Series(value).groupby(counted[column].to_numpy(), dropna=False).sum().sum())

    priced = rows[rows["price"].notna() & rows["quantity"].notna()]
    product = np.rint(priced["quantity"].to_numpy() * priced["price"].to_numpy() * 100).astype(np.int64)
    n = int(counted["value"].notna().sum())
    pairs = (
        ("type", "Σ 类型 = GEP", "Σ types = GEP"),
        ("service", "Σ 服务 = GEP", "Σ services = GEP"),
        ("zone", "Σ 乡镇 = GEP", "Σ zones = GEP"),
        ("account", "物质 + 调节 + 文化 = GEP", "provisioning + regulating + cultural = GEP"),
    )
    out = [check(f"gep_by_{c}", zh, en, period, by(c) / 100, total / 100, 0.0, n) for c, zh, en in pairs]
    out.append(
        check(
            "quantity_times_price",
            "Σ (数量 × 价格) = Σ 价值",
            "Σ (quantity × price) = Σ value",
            period,
            int(product.sum()) / 100,
            int(cents(priced["value"]).sum()) / 100,
            0.0,
            len(priced),
        )
    )
    return out


def _tables(
    period: int, rows: pd.DataFrame, tables: Mapping[str, tuple[float, Collection[str]]]
) -> list[dict[str, Any]]:
    """Σ of a table as read = Σ of its ledger lines. `tables`: service/table → its sum and the lineage of its lines."""
    out = []
    for name, (expected, keys) in tables.items():
        lines = rows[rows["lineage"].isin(list(keys)) & rows["value"].notna()]
        got = int(cents(lines["value"]).sum()) / 100
        out.append(
            check(
                f"table.{name}",
                f"统计表合计 = 台账：{name}",
                f"statistics table = ledger: {name}",
                period,
                got,
                expected,
                0.005 * max(len(lines), 1),
                len(lines),
            )
        )
    return out
