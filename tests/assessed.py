"""Small observations, indicators and results for tests of assessment."""

from __future__ import annotations

import pandas as pd

from gep.assessment.catalogue import Indicator
from gep.assessment.nouns import Given, Observation, Results
from gep.columns import LEDGER
from gep.compensation.nouns import Terms
from gep.rates import Rates

ZONES = {"101": "甲镇", "102": "乙乡", "103": "丙街道"}


def indicator(code: str = "x", **said) -> Indicator:
    """A catalogue row, valid but for what is said otherwise."""
    plain = {
        "code": code, "form": "gep_1", "block": "gep", "zh": f"{code}指标", "en": f"{code} indicator", "unit": "yuan",
        "definition_zh": "定义", "definition_en": "definition", "formula": "Σ", "measure": "ledger", "of": "gep",
        "direction": "positive", "low": None, "high": None, "decimals": 2, "aggregation": "sum", "part_of": "",
        "period": "year", "deadline": "+03-31", "department_zh": "统计部门", "department_en": "statistics",
        "publication": "public", "revision": "annual", "source": "", "locator": "", "confidence": "judgement",
        "note": "", "file": "t.csv", "line": 2,
    }  # fmt: skip
    return Indicator(**(plain | said))


def given(**said) -> Given:
    """Three townships, 2020 and 2023, the packaged rates."""
    return Given(**({"zones": ZONES, "years": (2020, 2023), "terms": Terms(Rates.load())} | said))


def observed(code: str, values: dict[str, float | None], year: int = 2023, **said) -> list[Observation]:
    """Observations of one indicator by township; None is missing."""
    from gep.compensation.nouns import Words

    return [
        Observation(code, zone, year, value, "missing", note=Words("没有", "none")) if value is None
        else Observation(code, zone, year, value, **said)
        for zone, value in values.items()
    ]  # fmt: skip


def ledger(rows: list[tuple]) -> pd.DataFrame:
    """Ledger rows of (period, zone, service, account, item, value, quantity, unit, confidence)."""
    table = pd.DataFrame(index=range(len(rows)), columns=list(LEDGER), dtype=object)
    for n, (period, zone, service, account, item, value, quantity, unit, grade) in enumerate(rows):
        said = {"period": period, "zone": zone, "zone_name": ZONES[zone], "service": service, "account": account,
                "item": item, "type": "", "value": value, "quantity": quantity, "unit": unit, "confidence": grade,
                "in_gep": True, "currency": "CNY", "lineage": f"{period}/{service}.{item}/{zone}/{n}"}  # fmt: skip
        for column, cell in said.items():
            table.at[n, column] = cell
    return table.astype({"period": "int64", "value": "float64", "quantity": "float64", "in_gep": "bool"})


def results(rows: list[tuple] = (), **said) -> Results:
    """What a run left: a ledger, areas of 1, 2 and 3 km², a whole account of 2023."""
    areas = {zone: 1e6 * n for n, zone in enumerate(ZONES, 1)}
    plain = {"areas_m2": areas, "ledger": ledger(list(rows)), "complete": {2020: True, 2023: True}}
    return Results(**(plain | said))
