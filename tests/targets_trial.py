"""A small trial for the tests of target assessment: a catalogue, a card, observations and tables of three townships."""

from __future__ import annotations

import pandas as pd

from gep.assessment.cards import COLUMNS
from gep.assessment.catalogue import Indicator
from gep.assessment.evaluation import registry
from gep.assessment.nouns import Given, Observation, Observed, Trial, lacking
from gep.coefficient_tables import folder
from gep.compensation.nouns import Terms
from gep.rates import Rates, read

ZONES = {"1": "甲镇", "2": "乙镇", "3": "丙乡"}
YEAR, BEFORE = 2023, 2020
HEAD = ",".join(COLUMNS)
# block a: one positive (20 points) and one negative indicator (20), level and change; block b: an interval (60), level
ROWS = (
    "k,卡,card,100,a,甲块,A,40,good,20,0.5,0.5,ratio,,judgement,,",
    "k,卡,card,100,a,甲块,A,40,bad,20,0.5,0.5,ratio,,judgement,,",
    "k,卡,card,100,b,乙块,B,60,mid,60,1,0,ratio,,judgement,,",
)


def indicator(code, direction="positive", unit="1", low=None, high=None, zh=""):
    said = dict.fromkeys(Indicator.__dataclass_fields__, "") | {"file": "c.csv", "line": 2, "decimals": 1}
    return Indicator(**said | {"code": code, "zh": zh or code, "en": code, "unit": unit, "direction": direction,
                               "low": low, "high": high, "publication": "public"})  # fmt: skip


CATALOGUE = {
    "good": indicator("good", zh="好", unit="ha"), "bad": indicator("bad", "negative", zh="坏"),
    "mid": indicator("mid", "interval", low=6.0, high=9.0, zh="中"), "plain": indicator("plain", "none"),
}  # fmt: skip


def card(folder, *rows, name="card.csv"):
    path = folder / name
    path.write_text("\n".join([HEAD, *(rows or ROWS)]), "utf-8")
    return str(path)


def table(file, **columns):
    n = max(len(v) for v in columns.values())
    made = pd.DataFrame(columns, index=range(2, n + 2))
    made.attrs["file"] = file
    return made


def targets(*rows):
    """Rows (zone, indicator, target[, base[, unit[, document]]])."""
    filled = [(*row, *(None,) * (6 - len(row))) for row in rows]
    names = ("zone", "name", "target", "base", "unit", "document")
    made = table("targets.csv", **{c: [row[i] for row in filled] for i, c in enumerate(names)})
    return made.astype({"target": "float64", "base": "float64"})


def events(*rows):
    """Rows (zone, kind, what, points, document)."""
    names = ("zone", "kind", "name", "points", "document")
    made = table("events.csv", **{c: [row[i] for row in rows] for i, c in enumerate(names)})
    return made.astype({"points": "float64"})


def observed(values, year=YEAR):
    """{code: {zone: value or None}} as observations of a year."""
    out = []
    for code, by in values.items():
        for zone, value in by.items():
            made = lacking(code, zone, year, "缺测", "not measured") if value is None else None
            out.append(made or Observation(code, zone, year, value, confidence="secondary"))
    return out


def trial(by, *observations, zones=ZONES, card="", tables=None, choices=None, rates=None, before=BEFORE, **more):
    local = tuple(read(rates, str(rates), local=True)) if rates else ()
    packaged = read(folder() / "rates" / "targets.csv", "coefficients/rates/targets.csv")
    terms = Terms(Rates((*packaged, *local)))
    given = Given(zones, (BEFORE, YEAR), terms)
    return Trial(by, registry()[by], YEAR, before, given, more.pop("catalogue", CATALOGUE), Observed.of(observations),
                 card=card, tables=tables or {}, choices=choices or {}, file="study.yaml", place="5:1",
                 **more)  # fmt: skip
