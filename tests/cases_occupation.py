"""Random valid cases of the rules on occupation, and the invariants that are their own business to check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from gep.accounts.transitions import FLAGS, Transitions
from gep.compensation.nouns import TREASURY, Accounts, Case, Parties, Party, Terms
from gep.compensation.occupation.projects import PROJECTS
from gep.compensation.rule import registry
from gep.rates import Rate, Rates

PARTIES = Parties.of(
    [Party(TREASURY, "县财政", "treasury"), Party("t1", "甲镇"), Party("t2", "乙乡"),
     Party("e1", "示例公司", "enterprise"), Party("e2", "示例学校", "school"), Party("e3", "矿业公司", "enterprise")]
)  # fmt: skip
TYPES = ("11d", "21d", "33", "41", "51d", "52t", "61", "63")
COLUMNS = list(PROJECTS.expected.columns)
NUMBERS = {"area", "rebuilt", "standard_area", "former_area", "failed_area"}


def own(symbol: str, value: object, unit: str, key: str = "", tier: str = "", **change: Any) -> Rate:
    """A term of the county's own, in force always."""
    number = None if value is None else Decimal(str(value))
    row = Rate(f"own.{symbol}.{key}", "own", symbol, key, tier, None, None, "", number, unit, "*", None, None, "示例县",
               "示例", "clause", "judgement", "示例", "")  # fmt: skip
    return replace(row, **change)


TERMS = (
    own("farmland_tax", "22.5", "yuan/m²"), own("farmland_tax", "15", "yuan/m²", "orchard"),
    own("arable_per_capita", "1.4", "mu/person"), own("wetland_fee", "40", "yuan/m²"),
    own("reclamation_fee", "18", "yuan/m²", "cropland", "light"),
    own("reclamation_fee", "30", "yuan/m²", "cropland", "severe"),
    own("soil_conservation_fee", "1.2", "yuan/m²"),
)  # fmt: skip


def terms(*extra: Rate, without: tuple[str, ...] = ()) -> Terms:
    """The packaged rates with the county's terms; `extra` come in place of those of the same symbol and key."""
    mine = {(r.symbol, r.key, r.tier): r for r in (*TERMS, *extra)}
    kept = tuple(r for r in mine.values() if r.symbol not in without)
    return Terms(Rates.load(terms=kept), ("own", "national"), "341602")


def register(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """A register as the driver reads it; what a row does not tell is blank."""
    filled = [{"project": f"P{n}", "zone": "甲镇", "occupier": "示例公司", "land": "耕地", "area": 10_000.0,
               "use": "工业", "date": "2023-05-20", "basic_farmland": "否", **row}
              for n, row in enumerate(rows, start=1)]  # fmt: skip
    table = pd.DataFrame(filled, columns=COLUMNS, index=pd.RangeIndex(2, len(rows) + 2))
    for column in NUMBERS:
        table[column] = table[column].astype("float64")
    for column in set(COLUMNS) - NUMBERS - {"date"}:
        table[column] = table[column].astype(object).where(table[column].notna(), None)
    table["date"] = pd.to_datetime(table["date"])
    table.attrs["file"] = "t.csv"
    return table


def case(rule: str, table: pd.DataFrame, *, period: int = 2023, using: Terms | None = None, **more: Any) -> Case:
    """A case over a register."""
    return Case("c", registry()[rule], period, PARTIES, using or terms(), {"projects": table}, **more)


areas = st.integers(1, 2_000_000).map(lambda n: n / 4)
days = st.dates(dt.date(2023, 1, 1), dt.date(2023, 12, 31)).map(str)
yes = st.sampled_from(("是", "否"))
_WHO = {
    "zone": st.sampled_from(("甲镇", "t2")),
    "occupier": st.sampled_from(("示例公司", "e2")),
    "area": areas,
    "date": days,
}
_EXEMPT = {**_WHO, "exemption": st.just("示例文")}
_PLAIN = {**_WHO, "land": st.just("耕地"), "basic_farmland": yes, "use": st.sampled_from(("工业", "商业"))}
_HOUSE = {**_EXEMPT, "use": st.sampled_from(("农村自用住宅", "优抚低保自用住宅")), "standard_area": areas}
_TAXED = st.one_of(
    st.fixed_dictionaries(_PLAIN),
    st.fixed_dictionaries({**_WHO, "land": st.sampled_from(("林地", "园地")), "use": st.just("仓储")}),
    st.fixed_dictionaries({**_EXEMPT, "use": st.sampled_from(("学校", "公路线路", "水利工程"))}),
    st.fixed_dictionaries(_HOUSE),
)
_WOODS = st.fixed_dictionaries({**_WHO, "land": st.sampled_from(("乔木林地", "灌木林地")), "public_forest": yes,
                                "planned_area": yes, "commercial": yes})  # fmt: skip
_WET = st.fixed_dictionaries({**_WHO, "land": st.just("湿地"), "important_wetland": st.just("是"), "rebuilt": areas,
                              "rebuilt_equal": yes})  # fmt: skip
_FAILED = st.fixed_dictionaries(
    {**_WHO, "area": st.just(1e6), "date": st.just("2022-03-01"), "damage": st.sampled_from(("轻度", "重度")),
     "failed_area": areas, "failed_on": days}
)  # fmt: skip


def _of(rule: str, row: st.SearchStrategy[dict[str, Any]]) -> Callable[[], st.SearchStrategy[Case]]:
    return lambda: st.lists(row, min_size=1, max_size=6).map(lambda rows: case(rule, register(*rows)))


def change(areas: Mapping[tuple[int, str, str], int], doubtful: int = 0) -> Transitions:
    """An interval 2020–2023 of the two townships; 2 km² of every type stay as they are."""
    stack = {flag: np.zeros((2, len(TYPES) + 1, len(TYPES) + 1), np.int64) for flag in FLAGS}
    for i in range(len(TYPES)):
        stack["plain"][:, i, i] = 2_000_000
    for (z, a, b), m2 in areas.items():
        stack["plain"][z, TYPES.index(a), TYPES.index(b)] += m2
        stack["small"][z, TYPES.index(a), TYPES.index(b)] += doubtful
    return Transitions(2020, 2023, ("t1", "t2"), TYPES, stack)


def ledger(v: Mapping[tuple[str, str], float | None]) -> pd.DataFrame:
    """Ledger lines of 2023 by zone and type: yuan a year."""
    rows = [{"period": 2023, "zone": z, "type": t, "value": np.nan if x is None else x, "in_gep": True}
            for (z, t), x in v.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["period", "zone", "type", "value", "in_gep"])


def accounts(moved: Transitions, lines: pd.DataFrame | None, whole: bool = True, **more: Any) -> Accounts:
    return Accounts({"t1": 9e6, "t2": 9e6}, lines, transitions=(moved,), complete={2023: whole}, **more)


PV = (own("discount_rate", "0.03", "1"), own("horizon", "30", "a"))
_moved = st.dictionaries(
    st.tuples(st.integers(0, 1), st.sampled_from(("11d", "33", "51d", "52t")), st.sampled_from(("61", "63"))),
    st.integers(1, 500_000), min_size=1, max_size=8,
)  # fmt: skip
_worth = st.fixed_dictionaries({(z, t): st.floats(1e4, 1e7) for z in ("t1", "t2") for t in TYPES[:6]})


def _map_case(moved: dict[tuple[int, str, str], int], worth: dict[tuple[str, str], float]) -> Case:
    table = register({"date": "2021-06-01", "area": 1234.5}, {"date": "2022-06-01", "zone": "乙乡", "land": "园地"})
    made = accounts(change(moved, doubtful=50), ledger(worth))
    return case("occupation_compensation", table, using=terms(*PV), accounts=made)


def _caps(moved: dict[tuple[int, str, str], int], cap: float, used: float) -> Case:
    rows = {"zone": ["甲镇", "乙乡"], "item": ["新增建设用地", "河道采砂"], "cap": [cap, cap], "unit": ["亩", "万m³"],
            "used": [np.nan, used]}  # fmt: skip
    table = pd.DataFrame(rows, index=pd.RangeIndex(2, 4))
    table.attrs["file"] = "t.csv"
    return Case("c", registry()["development_cap"], 2023, PARTIES, terms(), {"caps": table},
                accounts=accounts(change(moved), None))  # fmt: skip


def overlaid(*amounts: float | None, **more: Any) -> Case:
    """A register of overlaid minerals, one row an amount (yuan)."""
    n = len(amounts)
    rows = {"project": [f"P{k}" for k in range(n)], "zone": ["甲镇"] * n, "occupier": ["示例公司"] * n,
            "holder": ["矿业公司"] * n, "deposit": ["示例矿床"] * n, "mineral": ["煤"] * n,
            "reserves": [np.nan if a is None else 3.0 for a in amounts], "unit": ["万t"] * n,
            "agreement": ["协议1"] * n, "amount": [np.nan if a is None else a for a in amounts],
            "date": ["2023-04-01"] * n, **more}  # fmt: skip
    table = pd.DataFrame(rows, index=pd.RangeIndex(2, n + 2))
    table["date"] = pd.to_datetime(table["date"])
    table.attrs["file"] = "t.csv"
    return Case("c", registry()["overlaid_minerals"], 2023, PARTIES, terms(), {"overlaid": table})


CASES: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "farmland_tax": _of("farmland_tax", _TAXED),
    "forest_restoration_fee": _of("forest_restoration_fee", _WOODS),
    "wetland_fee": lambda: st.lists(_WET, min_size=1, max_size=6).map(
        # one row at least lacks wetland, so that a rate is asked for
        lambda rows: case("wetland_fee", register({"land": "湿地", "important_wetland": "是"}, *rows))
    ),
    "reclamation_fee": _of("reclamation_fee", _FAILED),
    "soil_conservation_fee": _of("soil_conservation_fee", _TAXED),
    "occupation_compensation": lambda: st.builds(_map_case, _moved, _worth),
    "development_cap": lambda: st.builds(_caps, _moved, st.floats(0.01, 3000), st.floats(0, 3000)),
    "overlaid_minerals": lambda: st.lists(st.one_of(st.none(), areas), min_size=1, max_size=6).map(
        lambda amounts: overlaid(*amounts)
    ),
}


def caps_bind(case: Case) -> None:
    """A breach is told exactly where more is used than the cap, and headroom is what the cap leaves."""
    table = case.rule.settle(case).tables["development_cap"]
    assert len(table) == 2
    for row in table.to_dict("records"):
        assert row["headroom"] == row["cap"] - row["used"]
        assert (row["breach_en"] == "breach") == (row["used"] > row["cap"])


HOLDS: dict[tuple[str, str], Callable[[Case], None]] = {("development_cap", "capped"): caps_bind}
