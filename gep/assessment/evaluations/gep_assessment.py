"""GEP 考评: growth of the comparable part at constant prices is scored; current GEP and ratios stand beside it.

    realised (conversion) = provisioning + cultural = GEP − regulating,   GGI = GEP / GDP
    quadrant = signs of (ΔGEP, ΔGDP);   ΔGEP = (C − C/(1+g)) of the year − the same of the year before

C: the comparable part at base-year prices, g its growth since the base year: C − C/(1+g) is what it gained on the same
lines of the base year, so that a line that can no longer be compared never shows as a fall. Scores: g; ranks by it.
Townships have no official GDP: quadrants are there for whom the chosen GDP indicator has both years, the county at
least. The realisation rate (VRR) is the indicator `vrr`, read as observed.
Source: assessment.md §5 (宁海 2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gep import units
from gep.assessment.attainment import ranks
from gep.assessment.evaluation import Evaluation
from gep.assessment.nouns import COUNTY, Observation, Score, Trial, Verdict
from gep.compensation.nouns import NO_WORDS, Words, step
from gep.compensation.rule import Option
from gep.errors import Fault, fault
from gep.lineage import Line
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

GEP, REGULATING, CONSTANT, GROWTH = "gep", "gep_regulating", "gep_constant_price", "gep_growth_constant_price"
VRR = "vrr"
SIGNS = {1: ("升", "up"), 0: ("平", "level"), -1: ("降", "down")}


def conversion(gep: float, regulating: float) -> tuple[float, float]:
    """(realised = 物质 + 文化 = GEP − regulating, its share of GEP), in one unit. Raises ValueError for a GEP of 0."""
    if not gep > 0:
        raise ValueError("a share of a GEP that is not above zero means nothing")
    return gep - regulating, (gep - regulating) / gep


def per(value: float, by: float) -> float | None:
    """value / by (GGI = GEP/GDP); None where the divisor is not above zero."""
    return value / by if by > 0 else None


def quadrant(dgep: float, dgdp: float) -> tuple[str, str, str]:
    """(id, 中文, English) of ΔGEP, ΔGDP: 双增长 both above zero, 双下降 both below; no change is told as 平 (level)."""
    one, other = _sign(dgep), _sign(dgdp)
    id = f"gep_{SIGNS[one][1]}_gdp_{SIGNS[other][1]}"
    if one == other and one:
        return (id, "双增长", "both grow") if one > 0 else (id, "双下降", "both fall")
    (zh, en), (zh2, en2) = SIGNS[one], SIGNS[other]
    return id, f"GEP{zh}·GDP{zh2}", f"GEP {en}, GDP {en2}"


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)


def evaluate(trial: Trial) -> Verdict:
    """A total (growth at constant prices) for every township; the table gep_assessment, the county's row first."""
    growths = {zone: trial.observed.get(GROWTH, zone, trial.year) for zone in trial.given.zones}
    known = {z: one.value for z, one in growths.items() if one is not None and one.value is not None}
    several = len(trial.given.zones) > 1
    placed = ranks(known) if several else {}
    scores = [_score(trial, zone, one, placed.get(zone)) for zone, one in growths.items()]
    missing = [] if several else [Words("只有一个乡镇，不排名", "one township only: no ranks")]
    return Verdict(tuple(scores), {"gep_assessment": _table(trial, placed)}, missing=tuple(missing))


def _score(trial: Trial, zone: str, one: Observation | None, rank: int | None) -> Score:
    zh, en = "GEP 可比部分增速（不变价）", "growth of the comparable part of GEP at constant prices"
    if one is None or one.value is None:
        note = (
            one.note
            if one is not None and isinstance(one.note, Words)
            else Words("没有可比部分的增速", "no growth of the comparable part")
        )
        return Score(zone, "", "total", None, zh=zh, en=en, status="missing", note=note)
    unit = trial.indicators[GROWTH].unit
    lines = (Line("indicator", one.key, zh, one.value, unit, confidence=one.confidence),
             step("total", GROWTH, one.value, unit, f"{GROWTH} = {one.value:.8g} {unit}", kind="formula"))  # fmt: skip
    return Score(zone, "", "total", one.value, zh=zh, en=en, actual=one.value, rank=rank, status=one.status,
                 confidence=one.confidence,
                 note=one.note if isinstance(one.note, Words) else NO_WORDS, lines=lines)  # fmt: skip


def _table(trial: Trial, placed: dict[str, int]) -> pd.DataFrame:
    """A row for the county and each township; blank where something is missing, with what in the note."""
    import pandas as pd

    rows = [_row(trial, zone, placed.get(zone)) for zone in (COUNTY, *trial.given.zones)]
    table = pd.DataFrame(rows)
    numbers = [
        c
        for c in table
        if c not in ("zone", "zone_name", "score_rank", "quadrant", "quadrant_zh", "quadrant_en", "note")
    ]
    return table.astype({**dict.fromkeys(numbers, "float64"), "score_rank": "Int64"})


def _row(trial: Trial, zone: str, rank: int | None) -> dict[str, Any]:
    gdp = trial.option("gdp")

    def number(code: str, year: int | None = trial.year, unit: str = "yuan") -> float | None:
        one = None if year is None or not code else trial.observed.get(code, zone, year)
        if one is None or one.value is None:
            return None
        return one.value * units.factor(trial.indicators[code].unit, unit)

    gep, regulating = number(GEP), number(REGULATING)
    realised = share = ggi = None
    if gep is not None and gep > 0:
        if regulating is not None:
            realised, share = conversion(gep, regulating)
        money = number(gdp)
        ggi = per(gep, money) if money is not None else None
    gains = [_gain(number(CONSTANT, year), number(GROWTH, year, "1")) for year in (trial.year, trial.before)]
    dgep, dgdp = _less(*gains), _less(number(gdp), number(gdp, trial.before))
    words = quadrant(dgep, dgdp) if dgep is not None and dgdp is not None else ("", "", "")
    seen = trial.observed.get(GROWTH, zone, trial.year)
    lack = [seen.note] if seen is not None and seen.status == "partial" else []
    if trial.before is None:
        lack.append(Words("没有上一年，不分象限", "no year before: no quadrant"))
    elif not words[0]:
        lack.append(Words(f"缺可比 GEP 或 {gdp} 的两年数，不分象限", f"no quadrant: {CONSTANT} or {gdp} of both years"))
    return {
        "zone": zone, "zone_name": trial.given.zones.get(zone, "全县 / county"),
        "gep_constant_price": number(CONSTANT), "gep": gep,
        "growth_percent": number(GROWTH, unit="%"), "score_rank": rank, "change_gep": dgep, "change_gdp": dgdp,
        "quadrant": words[0], "quadrant_zh": words[1], "quadrant_en": words[2], "realised": realised,
        "realised_share": share, "ggi": ggi, "vrr": number(VRR, unit="1"), "note": Words.joined(*lack),
    }  # fmt: skip


def _gain(constant: float | None, growth: float | None) -> float | None:
    """What the comparable part gained since the base year, on the lines it has there; None where that is not known."""
    return None if constant is None or growth is None or growth <= -1 else constant - constant / (1 + growth)


def _less(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then


def names(trial: Trial) -> tuple[str, ...]:
    """What it reads: GEP at constant and current prices, growth, regulating services, GDP, realisation rate."""
    wanted = (GEP, REGULATING, CONSTANT, GROWTH, trial.option("gdp"), VRR)
    return tuple(code for code in wanted if code in trial.indicators)


def check(trial: Trial) -> list[Fault]:
    """GEP-J284: the indicator chosen for GDP is unknown, or no money."""
    code, option = trial.option("gdp"), "gdp"
    one = trial.indicators.get(code)
    if (one is None and option not in trial.choices) or (one is not None and _is_money(one.unit)):
        return []  # GDP is asked for by default, and not every catalogue has it
    zh, en = did_you_mean(code, list(trial.indicators)) if one is None else ("", "")
    said = {"option": option, "word": code, "near_zh": zh, "near_en": en}
    return [fault("GEP-J284", file=trial.file, place=trial.place, **said)]


def _is_money(unit: str) -> bool:
    try:
        return units.factor(unit, "yuan") > 0
    except ValueError:
        return False


EVALUATIONS = (
    Evaluation(
        "gep_assessment", "GEP 考评", "GEP assessment", "growth = Σ q·p_base / Σ q_base·p_base − 1; ΔGDP vs ΔGEP",
        evaluate, source="assessment.md §5", clause="constant-price rule",
        options=(Option("gdp", "作为 GDP 的指标代码", "indicator that is the GDP", (), "gdp"),),
        names=names, check=check,
        note_zh="得分按基年价格、两年可比的部分；当年价 GEP 并列公布，不计分",
        note_en="scored at base-year prices, the part that compares; current GEP beside it",
    ),
)  # fmt: skip
