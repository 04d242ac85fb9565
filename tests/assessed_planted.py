"""A planted assessment: three townships (one called by a formula), two years, four indicators, one evaluation."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from gep.assessment import frames, observe
from gep.assessment.catalogue import COLUMNS, Indicator
from gep.assessment.nouns import Observation, Observed, Score
from gep.assessments import Assessed
from gep.compensation.nouns import Words

ZONES = {"0002": "=1+1", "0001": "甲镇", "0003": "丙乡"}
YEARS = (2020, 2023)
_ROW = {
    "form": "gep_1", "block": "gep", "definition_zh": "定义，一", "definition_en": "a definition", "formula": "=A+B",
    "measure": "ledger", "of": "", "direction": "positive", "low": None, "high": None, "part_of": "", "period": "year",
    "deadline": "+03-31", "department_zh": "某部门", "department_en": "a department", "publication": "public",
    "revision": "annual", "source": "toolkit", "locator": "", "confidence": "judgement", "note": "",
}  # fmt: skip


def indicator(code: str, zh: str, unit: str, decimals: int, aggregation: str, **more: object) -> Indicator:
    """A row of a catalogue."""
    return Indicator(**{**_ROW, "code": code, "zh": zh, "en": code, "unit": unit, "decimals": decimals,
                        "aggregation": aggregation, **more})  # type: ignore[arg-type]  # fmt: skip


INDICATORS = {
    i.code: i
    for i in (
        indicator("value", "总值", "yuan", 0, "sum"),
        indicator("index", "指数", "1", 1, "own", form="eco_1", block="ecology"),
        indicator("fund", "资金", "yuan", 2, "sum", form="comp_1", block="compensation", publication="internal",
                  measure="reported"),
        indicator("trees", "种树", "ha", 2, "sum", form="reg_1", block="register", measure="register",
                  of="planting.area"),
    )
}  # fmt: skip
# Three thirds of 100: 33.33… each prints 33, which is 99; by largest remainder 34 + 33 + 33 = 100
VALUE = {"0001": 100 / 3, "0002": 100 / 3, "0003": 100 / 3, "": 100.0}
LACK = Words("缺表 x", "lacks the table x")


def observations() -> list[Observation]:
    """Values of VALUE; an index of which township 0003 has none in 2023; funds; hectares of a register."""
    out = []
    for year in YEARS:
        out += [Observation("value", z, year, v, confidence="secondary") for z, v in VALUE.items()]
        for n, zone in enumerate((*ZONES, "")):
            gone = year == 2023 and zone == "0003"
            value = None if gone else 0.0 if zone == "0001" else 60.25 + n
            told = {"status": "missing", "note": LACK} if gone else {"confidence": "judgement"}
            out.append(Observation("index", zone, year, value, **told))  # type: ignore[arg-type]
            out.append(Observation("fund", zone, year, None, "missing", note=LACK))
            times = n + 1 if zone else 1 + 2 + 3
            out.append(Observation("trees", zone, year, 2.345 * times, n=times, confidence="secondary"))
    return out


def trial(year: int) -> SimpleNamespace:
    """As much of a Trial as gep.assessment.frames reads."""
    return SimpleNamespace(
        id="card", evaluation=SimpleNamespace(id="scorecard"), year=year, given=SimpleNamespace(zones=ZONES)
    )


def scores(year: int) -> tuple[Score, ...]:
    """0001: 40 + 38.256 = 78.256; 0002: 30 + 50 − 1.5 = 78.5, first; 0003 lacks an item: no total, no rank."""
    out = []
    for zone, one, other, bonus, rank in (
        ("0002", 30.0, 50.0, -1.5, 1),
        ("0001", 40.0, 38.256, 0.0, 2),
        ("0003", 20.0, None, 0.0, None),
    ):
        total = None if other is None else one + other + bonus
        status = "missing" if other is None else "ok"
        note = LACK if other is None else Words()
        out += [
            Score(zone, "value", "item", one, 40.0, "总值", "value", actual=VALUE[zone], target=40.0,
                  attainment=one / 40.0),
            Score(zone, "index", "item", other, 60.0, "指数", "index", status=status, note=note),
            Score(zone, "bonus", "bonus", bonus, None, "加减分", "bonus"),
            Score(zone, "", "total", total, 100.0, "总分", "total", grade="良" if total else "", rank=rank,
                  status="ok" if total else "partial", confidence="judgement" if total else "", note=note),
        ]  # fmt: skip
    return tuple(out)


def assessed() -> Assessed:
    """The planted assessment as the driver would leave it."""
    seen = Observed.of(observations())
    judged = [(trial(y), SimpleNamespace(scores=scores(y), identities=())) for y in YEARS]
    register = pd.DataFrame(
        {"year": [2020, 2023, 2023], "row": [2, 2, 3], "zone": ["0001"] * 3, "area": [1.0, 2.0, 3.0]}
    )
    table = pd.DataFrame({"evaluation": "card", "year": [2020, 2023], "zone": "0001", "zone_name": "甲镇",
                          "indicator": "value", "rank_low": [1, 2], "rank_high": [2, 2]})  # fmt: skip
    check = {"id": "indicator.value", "zh": "总值：Σ 乡镇 = 全县", "en": "Σ townships = county", "period": 2020,
             "left": 100.0, "right": 100.0, "difference": 0.0, "tolerance": 0.0, "passed": True, "n": 3}  # fmt: skip
    rows = pd.DataFrame([[getattr(i, c) for c in COLUMNS] for i in INDICATORS.values()], columns=list(COLUMNS))
    return Assessed(
        observe.frame(seen, INDICATORS, ZONES), frames.frame(judged, {"card": "internal"}),  # type: ignore[arg-type]
        pd.DataFrame(), rows, {"rank_stability": table}, {"planting": register}, [check], [],
        [{"year": 2020, "what_zh": "没有上年", "what_en": "no year before"}], {"card": "=目标考核"},
    )  # fmt: skip
