"""Random valid cases of rights, carbon, elements and funds, for the battery over all rules; builders of small cases."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Accounts, Case, Parties, Party, Terms
from gep.compensation.rule import registry
from gep.compensation.rules.carbon_screen import REASONS
from gep.rates import Rate, Rates, packaged

TOWNS = {"101": "甲镇", "102": "乙乡", "103": "丙街道"}
FIRMS = {"f1": "纺织厂", "f2": "水泥厂"}
PARTIES = Parties.of([
    *(Party(k, v) for k, v in TOWNS.items()), *(Party(k, v, "enterprise") for k, v in FIRMS.items()),
    Party(TREASURY, "县财政", "treasury"),
])  # fmt: skip
NAMES = tuple(TOWNS.values())


def own(symbol, value, unit="1", key="", tier="", over=None, upto=None) -> Rate:
    """A term of the county's own, scheme "own"."""
    bounds = (None if b is None else Decimal(b) for b in (over, upto))
    id = ".".join(filter(None, ("own", symbol, key, tier, str(over or ""))))
    number = None if value is None else Decimal(value)
    cited = ("示例县", "示例办法", "示例", "judgement", "示例", "", "t.yaml", 0, True)
    return Rate(id, "own", symbol, key, tier, *bounds, "", number, unit, "*", None, None, *cited)


def table(columns, rows) -> pd.DataFrame:
    """Rows as a table of the user's: index from 2."""
    made = pd.DataFrame(list(rows), columns=columns.split(), index=range(2, 2 + len(rows)))
    made.attrs["file"] = "t.csv"
    return made


def case(rule, terms=(), period=2023, choices=None, accounts=None, region="*", **tables) -> Case:
    """A case of a rule, its packaged rates and these terms."""
    rates = Terms(Rates((*packaged(), *terms)), ("own",), region)
    return Case("c", registry()[rule], period, PARTIES, rates, tables, {}, choices or {}, None, accounts)


def whole(least, most):
    return st.integers(least, most).map(float)


# --- water

TOWN_COLUMNS = "zone entitlement use minimum population irrigated_area industrial_va"
WEIGHTS = (
    own("water_weight", "0.4", key="population"), own("water_weight", "0.3", key="irrigated_area"),
    own("water_weight", "0.3", key="present_use"),
)  # fmt: skip


@st.composite
def _water_rights(draw) -> Case:
    rows = [(n, draw(whole(100, 9000)), draw(whole(1, 9000)), draw(whole(1, 900)), draw(whole(1, 90_000)),
             draw(whole(1, 5000)), draw(whole(1, 9_000_000))) for n in NAMES]  # fmt: skip
    ends = st.sampled_from([pd.Timestamp("2022-06-30"), pd.Timestamp("2027-12-31")])
    holders = [(n, f"户{k}", draw(whole(0, 900)), draw(whole(0, 900)), draw(whole(0, 300)), draw(ends))
               for k, n in enumerate(NAMES)]  # fmt: skip
    asked = [(draw(st.sampled_from(NAMES)), f"申请{k}", draw(whole(1, 3000))) for k in range(4)]
    cap = own("water_cap", str(draw(st.integers(2701, 20_000))), "m³")
    return case(
        "water_rights", (*WEIGHTS, cap), choices={"entitlement": draw(st.sampled_from(["register", "allocate"]))},
        townships=table(TOWN_COLUMNS, rows),
        holders=table("zone holder permit use saving permit_end", holders),
        demands=table("zone applicant volume", asked),
    )  # fmt: skip


def _water_capped(one: Case) -> None:
    """Nobody sells more than was saved or is left of the permit; what is granted fits the headroom of its township."""
    out = one.rule.settle(one).tables
    for h in out["water_holders"].itertuples():
        assert 0 <= h.transferable_m3 <= max(0, h.permit_m3 - h.use_m3)
        assert h.transferable_m3 <= h.saving_m3
        assert h.transferable_m3 == 0 or h.permit_end >= "2023"
    granted = out["water_demands"][out["water_demands"]["decision"] == "granted"].groupby("zone")["volume_m3"].sum()
    room = out["water_rights"].set_index("zone")["headroom_m3"]
    for zone, volume in granted.items():
        assert volume <= room[zone]


def _water_shares(one: Case) -> None:
    """The allotted rights add up to the cap, each at least the minimum supply."""
    allotted = dataclasses.replace(one, choices={"entitlement": "allocate"})
    outcome = one.rule.settle(allotted)
    (same,) = outcome.identities
    rows = outcome.tables["water_rights"]
    cap = one.terms.find("water_cap", "m³", "2023").number
    assert same.left == same.right == cap
    assert sum(map(int, rows["entitlement_m3"])) == cap
    assert (rows["entitlement_m3"] >= rows["minimum_m3"]).all()


TRADE_COLUMNS = "seller buyer permit volume unit_price start end permit_end saving permit_volume use approval per"


@st.composite
def _water_trades(draw) -> Case:
    parties = [*NAMES, *FIRMS.values()]
    rows = []
    for k in range(draw(st.integers(2, 5))):
        seller, buyer = draw(st.permutations(parties))[:2]
        start, end = pd.Timestamp(f"202{draw(st.integers(1, 4))}-03-01"), pd.Timestamp("2025-02-28")
        rows.append((seller, buyer, f"P{k % 3}", draw(whole(1, 400)), draw(st.integers(1, 300)) / 100, start, end,
                     pd.Timestamp("2024-12-31" if k % 3 == 2 else "2026-12-31"), 500.0, 5000.0, 4600.0,
                     draw(st.sampled_from(["批1", None])), draw(st.sampled_from(["年", "合计"]))))  # fmt: skip
    back = (parties[1], parties[0], "P8", 10.0, 0.5), (parties[0], parties[1], "P9", 20.0, 0.87)
    for row in back:  # a township that buys and sells
        rows.append((*row, pd.Timestamp("2023-01-01"), pd.Timestamp("2023-12-31"), pd.Timestamp("2026-12-31"), 500.0,
                     5000.0, 4600.0, "批2", None))  # fmt: skip
    return case("water_trades", trades=table(TRADE_COLUMNS, rows))


def _trades_capped(one: Case) -> None:
    """Of one permit no more is sold than min(saving, permit − use) = 400; what is void owes nothing."""
    register = one.rule.settle(one).tables["water_trades"]
    assert (register[register["state"] == "ok"].groupby("permit")["volume_m3"].sum() <= 400).all()
    assert (register.loc[register["state"] == "void", "amount_yuan"] == 0).all()


# --- carbon

PROJECT_COLUMNS = (
    "zone project stratum kind start crediting_years area non_forest_years patch_area planned title_clear wetland "
    "trees_removed removal_share first last project_before project_after baseline_before baseline_after claimed"
)
CARBON = (
    own("carbon_fraction", "0.5", "tC/tDM", "乔木"), own("root_shoot", "0.25", "1", "乔木"),
    own("carbon_fraction", "0.47", "tC/tDM", "灌木"), own("root_shoot", "0.4", "1", "灌木"),
)  # fmt: skip
SOUND = {
    "zone": "甲镇", "project": "北坡造林", "stratum": "1", "kind": "乔木", "start": pd.Timestamp("2021-03-12"),
    "crediting_years": 20.0, "area": 10.0, "non_forest_years": 5.0, "patch_area": 2000.0, "planned": "是",
    "title_clear": "是", "wetland": "否", "trees_removed": "否", "removal_share": 0.1,
    "first": pd.Timestamp("2021-12-31"), "last": pd.Timestamp("2023-12-31"), "project_before": 2.0,
    "project_after": 10.0, "baseline_before": 1.0, "baseline_after": 2.0, "claimed": None,
}  # fmt: skip


def projects(*changes) -> pd.DataFrame:
    """Projects that are eligible, but for these changes."""
    return table(PROJECT_COLUMNS, [[(SOUND | c)[k] for k in PROJECT_COLUMNS.split()] for c in changes])


@st.composite
def _carbon_sink(draw) -> Case:
    rows = []
    for k in range(draw(st.integers(1, 5))):
        before = draw(whole(0, 20))
        rows.append({
            "zone": draw(st.sampled_from(NAMES)), "stratum": str(k),
            "kind": draw(st.sampled_from(["乔木", "灌木", "经济林"])),
            "patch_area": draw(st.sampled_from([399.0, 400.0, 800.0])), "area": draw(whole(1, 90)),
            "removal_share": draw(st.sampled_from([0.0, 0.2, 0.21])), "wetland": draw(st.sampled_from(["是", "否"])),
            "project_before": before, "project_after": before + draw(whole(0, 15)),
        })  # fmt: skip
    owes = table("emitter obligation", [("纺织厂", draw(whole(0, 90_000)))])
    return case("carbon_sink", CARBON, projects=projects(*rows), obligations=owes)


def _carbon_capped(one: Case) -> None:
    """No removal on land that is not eligible, none beyond the gate; offsets of a twentieth at most."""
    out = one.rule.settle(one).tables
    rows = out["carbon_sink"]
    assert rows.loc[rows["state"] != "eligible", "removal_tco2"].isna().all()
    assert rows.loc[rows["state"] == "eligible", "reason_zh"].eq("").all()
    assert (rows["removal_tco2_mu"].dropna() <= 3).all()
    limits = out["carbon_offset_limit"]
    assert (limits["limit_tco2"] * 20 <= limits["obligation_tco2"] * (1 + 1e-12)).all()


LEDGER_COLUMNS = "period zone zone_name service type quantity unit confidence"


def ledger(rows) -> Accounts:
    """Accounts whose ledger has these rows."""
    return Accounts(dict.fromkeys(TOWNS, 1e6), pd.DataFrame(rows, columns=LEDGER_COLUMNS.split()))


@st.composite
def _carbon_stock(draw) -> Case:
    rows = [(2023, zone, name, "carbon_sequestration", kind, draw(st.floats(-50, 900)), "tCO2/a", "secondary")
            for zone, name in TOWNS.items() for kind in ("11d", "33", "51p")]  # fmt: skip
    return case("carbon_stock", accounts=ledger(rows))


@st.composite
def _carbon_screen(draw) -> Case:
    rows = [(2023, "case", zone, reason, draw(st.floats(0, 1e7))) for zone in TOWNS for reason in REASONS]
    land = pd.DataFrame(rows, columns=["period", "settlement", "zone", "reason", "area_m2"])
    made = case("carbon_screen", accounts=ledger([]))
    land["settlement"] = made.id
    return dataclasses.replace(made, accounts=dataclasses.replace(made.accounts, screened=land))


@st.composite
def _pv(draw) -> Case:
    rows = [(n, f"站{k}", draw(st.integers(1, 99_999)) / 10) for k, n in enumerate(NAMES)]
    return case("pv_offset", (own("grid_factor", "0.6", "tCO2/MWh"),), generation=table("zone plant generation", rows))


# --- elements and funds

AREA_COLUMNS = "zone element level owner name area deduction patrol"
PATROL = (
    own("element_county", "20", "yuan/mu", "自然保护地·省级"),
    own("patrol_factor", "0.8", "1", "自然保护地", over="0", upto="80"),
    own("patrol_factor", "1", "1", "自然保护地", over="80", upto="100"),
)  # fmt: skip


@st.composite
def _elements(draw) -> Case:
    rows = []
    for k, name in enumerate(NAMES):
        mu, less = draw(st.integers(1, 99_999)) / 10, draw(st.sampled_from([0.0, 0.05, 0.25]))
        rows.append((name, "森林", "国家级公益林", draw(st.sampled_from(["国有", "集体"])), f"小班{k}", mu, less, None))
        rows.append((name, "自然保护地", "省级", "国有", "", mu, less, draw(whole(1, 100))))
    paid = table("zone element level amount", [("甲镇", "森林", "国家级公益林", draw(whole(0, 90_000)))])
    return case("element_payment", PATROL, areas=table(AREA_COLUMNS, rows), paid=paid)


FUND = (
    own("fund", "123.45", "万元"), own("fund_weight", "0.5", key="area"), own("fund_weight", "0.2", key="quality"),
    own("fund_weight", "0.3", key="yield"),
)  # fmt: skip


@st.composite
def _fund(draw) -> Case:
    rows = [
        (n, f"{n}水源地", draw(whole(1, 900)), draw(st.integers(1, 100)) / 100, draw(whole(1, 90_000))) for n in NAMES
    ]
    choices = {"form": draw(st.sampled_from(["weighted", "product"]))}
    return case("fund_allocation", FUND, choices=choices, sources=table("zone name area quality yield", rows))


def _fund_shares(one: Case) -> None:
    """The amounts are whole steps of 100 yuan but for the rest of the fund, and add up to it; each near its share."""
    outcome = one.rule.settle(one)
    amounts = [due.amount for due in outcome.dues]
    assert sum(amounts) == Decimal("1234500")
    assert all(a % 100 == 0 for a in amounts)
    rows = outcome.tables["fund_allocation"]
    assert abs(rows["share"].sum() - 1) < 1e-12
    assert ((rows["amount_yuan"] - rows["share"] * 1234500).abs() < 100).all()


TRANSFER_COLUMNS = "zone spending revenue protected guide wardens award"
TRANSFER = (own("gap_coefficient", "0.5"), own("protected_rate", "3", "yuan/mu"))


@st.composite
def _transfer(draw) -> Case:
    rows = [(n, draw(whole(1, 9_000_000)), draw(whole(1, 9_000_000)), draw(whole(0, 9000)), draw(whole(0, 90_000)),
             draw(whole(0, 20)), draw(whole(-500_000, 500_000))) for n in NAMES]  # fmt: skip
    return case("zone_transfer", TRANSFER, townships=table(TRANSFER_COLUMNS, rows))


CASES = {
    "water_rights": _water_rights, "water_trades": _water_trades, "carbon_sink": _carbon_sink,
    "carbon_stock": _carbon_stock, "carbon_screen": _carbon_screen, "pv_offset": _pv, "element_payment": _elements,
    "fund_allocation": _fund, "zone_transfer": _transfer,
}  # fmt: skip
HOLDS = {
    ("water_rights", "capped"): _water_capped, ("water_rights", "shares"): _water_shares,
    ("water_trades", "capped"): _trades_capped, ("carbon_sink", "capped"): _carbon_capped,
    ("fund_allocation", "shares"): _fund_shares,
}  # fmt: skip
