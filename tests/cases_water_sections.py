"""Random valid cases of the rules that settle by section, for the battery over all rules."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Case, Parties, Party, Terms
from gep.compensation.rule import registry
from gep.rates import Rate, Rates, packaged

TOWNS = {"341699001": "东关", "341699002": "柳堤", "341699003": "双沟", "341699004": "颜渡"}
PARTIES = Parties.of([
    *(Party(id, name) for id, name in TOWNS.items()), Party(TREASURY, "县财政", "treasury"),
    Party("N1", "邻县", "county"),
])  # fmt: skip
FACTORS = ("COD", "CODMn", "NH3-N", "TP")
CLASS_III = {"COD": 20, "CODMn": 6, "NH3-N": 1, "TP": 0.2}  # GB 3838-2002
MONTHS = (1, 2, 3)


def own(symbol, value, unit="万元", *, key="", tier="", over=None, upto=None, start=None, end=None):
    """A rate of the county's own (scheme "own")."""
    bounds = (None if b is None else Decimal(str(b)) for b in (over, upto))
    number = None if value is None else Decimal(str(value))
    cited = ("县政府", "示例办法", "第1条", "judgement", "示例办法", "", "own.csv", 0, True)
    id = ".".join(filter(None, ("own", symbol, key, tier, "" if over is None else str(over))))
    return Rate(id, "own", symbol, key, tier, *bounds, "", number, unit, "*", start, end, *cited)


def frame(columns, rows, file="t.csv"):
    """A table as the intake gives it: index = row in the file."""
    table = pd.DataFrame(rows, columns=columns, index=range(2, 2 + len(rows)))
    table.attrs["file"] = file
    return table


def sections(*rows, columns=("section", "name", "target", "upstream", "downstream")):
    return frame(columns, rows, "s.csv")


def readings(*rows, columns=("section", "month", "determinand", "value"), file="r.csv"):
    return frame(columns, rows, file)


def month_of(section, month, values):
    """Rows of one section and month."""
    return [(section, month, f, v) for f, v in zip(FACTORS, values, strict=True)]


def case(rule, tables, *terms, scheme="guzhen_2021", period=2023, before=None, **choices):
    """A case; `terms` rates of the county's own, before those of the scheme."""
    rates = Terms(Rates((*packaged(), *terms)), tuple(filter(None, ("own", scheme))))
    return Case("t", registry()[rule], period, PARTIES, rates, tables, before or {}, choices)


BONUS = own("bonus", "1.5")
BANDS = (
    *(own("band_payout", v, key=f, over=o, upto=u) for f in FACTORS
      for o, u, v in ((0, "0.5", 10), ("0.5", 1, 25), (1, None, 60))),
    own("band_gain", 1, "1"),
)  # fmt: skip
TOPUP = (own("met", 100), own("over", 100), own("topup", 50))
AWARDS = tuple(own("class_award", v, tier=str(n)) for n, v in enumerate((4000, 4000, 1000, 0, 0, 0), start=1))
SHARES = st.sampled_from([("0.5", "0.3", "0.2"), ("0.25", "0.4", "0.35"), ("0.333", "0.333", "0.334"), ("1", "0", "0")])


def _value(factor):
    """A reading from far below the limit of class Ⅲ to several times it, with some exactly on the steps."""
    limit = CLASS_III[factor]
    exact = [round(limit * x, 4) for x in (1, 1.5, 1.5001, 2)]
    return st.one_of(st.integers(1, 350).map(lambda n: round(limit * n / 100, 4)), st.sampled_from(exact))


@st.composite
def _tables(draw, months=MONTHS, notes=True):
    """Four sections down a river and one shared by three townships; the last of the river suspended."""
    ids = ("S1", "S2", "S3", "S4", "S5")
    names = list(TOWNS.values())
    downs = (names[1], names[2], names[3], "邻县", None)
    rows = [(i, f"断面{i}", draw(st.sampled_from(["Ⅱ", "III", "4", "Ⅴ类"])), names[n % 4], down)
            for n, (i, down) in enumerate(zip(ids, downs, strict=True))]  # fmt: skip
    listed = [(i, m, f, draw(_value(f))) for i in ids for m in months for f in FACTORS]
    shares = [("S5", name, float(share), "上游") for name, share in zip(names, draw(SHARES), strict=False)]
    tables = {
        "sections": sections(*rows), "readings": readings(*listed),
        "shares": frame(("section", "zone", "share", "side"), shares),
    }  # fmt: skip
    if notes:
        columns = ("section", "month", "kind", "amount", "document")
        tables["notes"] = frame(columns, [
            ("断面S4", "全年", "停考", None, "县环〔2023〕1号"), ("S3", "1-12", "上游无过错", None, "县环〔2023〕2号"),
            ("S2", "1", "仲裁", -123456.78, "市环裁〔2023〕3号"),
        ])  # fmt: skip
    return tables


@st.composite
def _monthly(draw, rule, *terms, scheme="guzhen_2021", **choices):
    missing = draw(st.sampled_from(["flag", "exclude", "carry"]))
    said = {"months": "1-3", "missing_month": missing, **choices}
    return case(rule, draw(_tables()), *terms, scheme=scheme, **said)


@st.composite
def _yearly(draw, rule, *terms, scheme, last_year=False):
    tables = draw(_tables(range(1, 13), notes=False))
    then = draw(_tables(range(1, 13), notes=False))["readings"] if last_year else None
    before = {"last_year": then} if then is not None else {}
    missing = draw(st.sampled_from(["flag", "exclude"]))
    choices = {"determinands": ",".join(FACTORS), "missing_month": missing}
    return case(rule, tables, *terms, scheme=scheme, before=before, **choices)


@st.composite
def _payout(draw):
    """The monthly case, in some with last year's readings and a rate for deterioration."""
    made = draw(_monthly("section_payout", BONUS, own("deterioration", 1)))
    if draw(st.booleans()):
        then = draw(_tables())["readings"]
        choices = {**made.choices, "deterioration": "last_year"}
        made = dataclasses.replace(made, before={"last_year": then}, choices=choices)
    return made


CASES = {
    "section_payout": _payout,
    "section_bands": lambda: _monthly("section_bands", *BANDS, scheme=""),
    "vertical_topup": lambda: _monthly("vertical_topup", *TOPUP, scheme="", determinands=",".join(FACTORS)),
    "annual_class": lambda: _yearly("annual_class", *AWARDS, scheme=""),
    "annual_award": lambda: _yearly("annual_award", scheme="hefei_2022", last_year=True),
}


def _ok(found, kind):
    return [d for d in found.dues if d.status == "ok" and any(line.id == kind for line in d.lines)]


def caps_bind(given):
    """All readings twentyfold: every charged section-month pays exactly 4 × the cap (shared or not), and no more."""
    table = given.tables["readings"].copy()
    table["value"] = [20 * CLASS_III[f] if f != "COD" else 400.0 for f in table["determinand"]]
    choices = {k: v for k, v in given.choices.items() if k != "deterioration"}
    made = dataclasses.replace(given, tables={**given.tables, "readings": table}, before={}, choices=choices)
    outcome = given.rule.settle(made)
    assert not outcome.faults
    shown = outcome.tables["section_month"]
    paid = shown.loc[(shown["status"] == "ok"), "payout"]
    assert len(paid)
    assert set(paid) == {400_000.0}  # 4 factors · cap 10 万元
    return True


def steps_are_exact(given):
    """e = 0, 0.5, 0.5001 and 1 of COD at its target limit: 0, 1, 2, 2 steps of 2 万元; the other factors are clean."""
    limits = {"Ⅱ": 15, "III": 20, "4": 30, "Ⅴ类": 40}
    given = dataclasses.replace(given, before={}, choices={"months": "1-3"})
    clean = {"CODMn": 1.0, "NH3-N": 0.1, "TP": 0.01}
    targets = given.tables["sections"].set_index("section")["target"]
    for factor, want in ((1, 0.0), (1.5, 20_000.0), (1.5001, 40_000.0), (2, 40_000.0)):
        table = given.tables["readings"].copy()
        table["value"] = [clean.get(f) or round(limits[targets[s]] * factor, 6)
                          for s, f in zip(table["section"], table["determinand"], strict=True)]  # fmt: skip
        outcome = given.rule.settle(dataclasses.replace(given, tables={**given.tables, "readings": table}))
        shown = outcome.tables["section_month"]
        assert set(shown.loc[shown["status"] == "ok", "payout"]) == {want}, factor
    return True


def shares_add_up(given):
    """The dues of the shared section add up to its amount, to the cent, month by month."""
    outcome = given.rule.settle(given)
    assert not outcome.faults
    shown = outcome.tables["section_month"]
    said = shown[(shown["section"] == "S5") & (shown["status"] == "ok")]
    for span, amount in zip(said["span"], said["amount"], strict=True):
        dues = [d for d in outcome.dues if d.subject == "S5" and d.span == span]
        assert sum(d.amount if d.payee == d.unit else -d.amount for d in dues) == Decimal(str(amount))
    return len(said) > 0


HOLDS = {
    ("section_payout", "capped"): caps_bind,
    ("section_payout", "stepped"): steps_are_exact,
    **{(rule, "shares"): shares_add_up for rule in ("section_payout", "section_bands", "vertical_topup")},
}
