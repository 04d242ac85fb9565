"""Supply and use: hand-computed to the cent, for random ledgers, and gates that name what is wrong."""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep import gates
from gep.accounts import economic_users as eu
from gep.accounts import supply_use as su
from gep.accounts.supply_use_gates import gates as check
from gep.columns import LEDGER
from gep.errors import GepError
from gep.forms import shipped
from gep.services import registry
from gep.study_parts import TableSpec

FORM = shipped()["supply_use"]
NAMES = {"A": "甲镇", "B": "乙乡", "C": "丙乡"}


def line(zone, type, service, item, value, quantity=math.nan, unit="", in_gep=True, period=2020, **more):
    known = registry().get(service)
    return (
        dict.fromkeys(LEDGER, "")
        | {
            "period": period, "zone": zone, "zone_name": NAMES[zone], "type": type, "type_name": type,
            "service": service, "service_name": known.zh if known else service, "item": item, "item_name": item,
            "account": known.account if known else "regulating", "method": "m", "quantity": quantity, "unit": unit,
            "price": value / quantity if quantity == quantity and quantity else math.nan, "value": value,
            "low": math.nan, "high": math.nan, "in_gep": in_gep, "from_outside": 0.0, "coverage": 1.0,
            "status": "ok" if value == value else "missing", "confidence": "verified" if value == value else None,
            "note": "" if value == value else "缺站点", "lineage": f"{period}/{service}.{item}/{type}",
        }
        | more
    )  # fmt: skip


def ledger(*lines):
    return pd.DataFrame(list(lines))[list(LEDGER)]


def users(*rows):
    """Default users with the given rows of (service, item, user, share) instead."""
    own = eu.users_from([("row", dict(zip(("service", "item", "user", "share"), r, strict=True))) for r in rows], "t")
    return eu.Users({**eu.default_users().rows, **own.rows})


THIRDS = users(
    ("water_conservation", "", "government", 0.333),
    ("water_conservation", "", "households", 0.333),
    ("water_conservation", "", "exports", 0.334),
)
CASE = ledger(
    line("A", "11", "water_conservation", "water_retention", 50.05, 100.1, "m³/a"),
    line("A", "31", "soil_retention", "sediment", 33.30, 10.0, "m³/a"),
    line("A", "", "provisioning", "小麦", 700.00, 7.0, "t"),
    line("A", "", "provisioning", "猪肉", 300.00, 2.0, "t"),
    line("A", "", "provisioning", "from_outside", -70.01, from_outside=70.01, confidence="judgement"),
    line("A", "51p", "carbon_sequestration", "co2", math.nan, math.nan, "tCO2/a"),
    line("A", "11", "oxygen_release", "oxygen", 20.00, 0.02, "t/a", in_gep=False),
    line("B", "12", "water_conservation", "water_retention", 100.00, 200.0, "m³/a", confidence="unverified"),
    line("B", "42", "water_conservation", "water_retention", math.nan, math.nan, "m³/a"),
    line("B", "", "provisioning", "小麦", 300.00, 3.0, "t"),
    line("B", "11", "air_purification", "so2_capacity", math.nan, 5.0, "t/a", in_gep=False, status="ok"),
)


def made(table=CASE, shares=THIRDS, complete=True):
    return su.account(table, FORM, {int(p): shares for p in table["period"].unique()}, complete=complete)


def at(result, row, column, zone="", form="supply_use", what="value"):
    e = result.entries
    e = e[(e["form"] == form) & (e["zone"] == zone) & (e["row"] == row) & (e["column"] == column)]
    return e[what].iloc[0] if len(e) else None


def test_money_by_hand():
    r = made()
    # 50.05 of A: 5005 cents × .333 = 1666.665, 1666.665, × .334 = 1671.67: floors 1666, 1666, 1671, two cents left
    # to the largest remainders, .67 (exports) and the earlier of the .665 (government)
    got = [at(r, "water_conservation", c, "A") for c in ("government", "households", "exports")]
    assert got == [16.67, 16.66, 16.72]
    assert at(r, "water_conservation", "forest", "A") == 50.05
    # county: B 100.00 → 33.30, 33.30, 33.40
    assert at(r, "water_conservation", "government") == 49.97
    assert at(r, "water_conservation", "forest") == 150.05
    # provisioning A: 1000.00 less 70.01 = 929.99; users 700 : 300 of 70.01 → 49.007, 21.003 → 49.01, 21.00
    assert at(r, "provisioning", "no_type", "A") == 1000.00
    assert at(r, "provisioning", "from_outside", "A") == -70.01
    assert at(r, "provisioning", "total_supply", "A") == at(r, "provisioning", "total_use", "A") == 929.99
    assert at(r, "provisioning", "agriculture", "A") == 650.99
    assert at(r, "provisioning", "husbandry", "A") == 279.00
    # GEP: A 50.05 + 33.30 + 929.99 = 1013.34, B 100 + 300, county 1413.34; oxygen stands as a memo
    assert at(r, "gep", "total_supply", "A") == 1013.34
    assert at(r, "gep", "total_use") == at(r, "final", "final_use") == 1413.34
    assert at(r, "memo.oxygen_release", "total_supply") == 20.00
    assert all(c["passed"] for c in r.checks)
    assert {c["id"].split(".")[1] for c in r.checks} == {"balance", "columns", "county", "rows", "ledger"}


def test_missing_is_shown_and_never_nought():
    r = made()
    assert math.isnan(at(r, "carbon_sequestration", "farmland", "A"))
    assert math.isnan(at(r, "carbon_sequestration", "government"))
    assert at(r, "carbon_sequestration", "farmland", "A", what="note") == "缺值（缺站点） / missing"
    assert math.isnan(at(r, "water_conservation", "wetland"))
    assert at(r, "water_conservation", "total_supply", "B") == 100.00
    assert at(r, "water_conservation", "total_supply", "B", what="note").startswith("部分")
    assert at(r, "water_conservation", "desert", "B") is None  # nothing there: no entry


def test_grades_are_the_worst_behind():
    r = made()
    assert at(r, "water_conservation", "forest", "A", what="confidence") == "verified"
    assert at(r, "water_conservation", "forest", what="confidence") == "unverified"
    assert at(r, "provisioning", "total_supply", "A", what="confidence") == "judgement"  # the deduction
    default = made(shares=eu.default_users())
    assert at(default, "water_conservation", "government", "A", what="confidence") == "judgement"  # the convention
    assert at(r, "water_conservation", "forest", "A", what="lineage") == ("2020/water_conservation.water_retention/11")


def test_physical_rows_in_their_own_units():
    r = made()
    row = "water_conservation.water_retention[m³/a]"
    assert at(r, row, "forest", "A", su.PHYSICAL) == 100.1
    assert at(r, row, "forest", "", su.PHYSICAL) == 300.1
    assert at(r, row, "total_use", "", su.PHYSICAL) == 300.1
    assert at(r, row, "total_use", "", su.PHYSICAL, "unit") == "m³/a"
    assert at(r, "provisioning.猪肉[t]", "husbandry", "A", su.PHYSICAL) == 2.0
    shown = [x.id for x in r.forms[su.PHYSICAL].rows]
    assert not any("capacity" in id for id in shown)  # a capacity is no flow
    assert shown[-1] == "oxygen_release.oxygen[t/a]"
    assert r.forms[su.PHYSICAL].rows[-1].role == "memo"


def test_big_numbers_keep_fifteen_digits():
    ions = 5.256e24
    r = made(ledger(line("A", "11", "negative_ions", "ions", 1.0, ions, "1/a", in_gep=False)), eu.default_users())
    row = "negative_ions.ions[1/a]"
    assert at(r, row, "total_use", "", su.PHYSICAL) == pytest.approx(ions, rel=1e-14, abs=0)
    assert r.decimals[row] == -11
    assert all(c["passed"] for c in r.checks)


def test_a_partial_account_is_not_called_gep():
    r = made(complete=False)
    ids = [row.id for row in r.forms["supply_use"].rows]
    assert ids[0] == "partial"
    assert "gep" not in ids
    assert at(r, "partial", "total_supply") == 1413.34
    assert at(r, "gep", "total_supply") is None
    assert "GEP" not in str([r.forms["supply_use"].rows[0].zh, *(c["zh"] for c in r.checks)])


def test_what_counts_without_a_final_service_stands_apart():
    r = made(ledger(
        line("A", "11", "oxygen_release", "oxygen", 20.00, 0.02, "t/a"),
        line("A", "11", "water_conservation", "water_retention", 50.00, 100.0, "m³/a"),
    ))  # fmt: skip
    assert [at(r, x, "total_supply") for x in ("gep", "final", "not_final")] == [70.0, 50.0, 20.0]
    rows = {x.id: x for x in r.forms["supply_use"].rows}
    assert rows["gep"].of == ["final", "not_final"]
    assert rows["not_final"].of == ["not_final.oxygen_release"]
    assert rows["water_conservation"].seea == "Water flow regulation services (baseline flow maintenance)"


def test_ecosystems_as_users_are_told():
    r = made(shares=users(("water_conservation", "", "ecosystems", 1)))
    assert [f.code for f in r.faults] == ["GEP-S006"]
    assert "150.05" in r.faults[0].text("en")
    assert at(r, "water_conservation", "final_use") is None  # nothing goes to people
    assert at(r, "gep", "final_use") == 1263.29
    assert at(r, "gep", "total_use") == 1413.34


@pytest.mark.parametrize(
    ("gate", "row", "column", "zone"),
    [
        ("supply_use.balance", "water_conservation", "government", "A"),
        ("supply_use.columns", "water_conservation", "total_supply", "A"),
        ("supply_use.county", "water_conservation", "forest", ""),
        ("supply_use.rows", "final", "forest", "B"),
        ("supply_use.ledger", "gep", "total_supply", "B"),
        ("supply_use_physical.balance", "provisioning.猪肉[t]", "husbandry", "A"),
        ("supply_use_physical.county", "provisioning.猪肉[t]", "husbandry", ""),
        ("supply_use_physical.ledger", "provisioning.猪肉[t]", "total_supply", ""),
    ],
)
def test_planted_errors_are_named(gate, row, column, zone):
    r = made()
    bad = r.entries.copy()
    hit = (bad["row"] == row) & (bad["column"] == column) & (bad["zone"] == zone)
    assert hit.sum() == 1
    bad.loc[hit, "value"] += 0.01
    found = {c["id"]: c for c in check(bad, r.forms, r.decimals, CASE, 2020)}
    assert not found[gate]["passed"]
    place = f"{gate.split('.')[0]}/{row}/"
    words = [f.text("zh") for f in gates.faults([found[gate]]) if place in f.text("zh")]
    assert words
    assert NAMES.get(zone, "全县") in words[0]
    assert "0.01" in words[0]


def test_a_ledger_that_is_not_in_the_table_fails():
    r = made()
    more = pd.concat([CASE, ledger(line("B", "11", "local_climate", "plant_cooling", 1.00, 2.0, "kWh/a"))])
    found = {c["id"]: c for c in check(r.entries, r.forms, r.decimals, more, 2020)}
    assert [c["zone"] for c in found["supply_use.ledger"]["failed"]] == ["B", ""]


def test_a_county_form_merges_and_renames_columns():
    data = FORM.model_dump()
    data["columns"] = [c for c in data["columns"] if c["id"] not in ("shrub", "forestry", "husbandry", "fishery")]
    for c in data["columns"]:
        c["of"] = [p for p in c["of"] if p not in ("shrub", "forestry", "husbandry", "fishery")]
        if c["id"] == "forest":
            c |= {"types": ["1", "2"], "zh": "林灌"}
        if c["id"] == "agriculture":
            c |= {"zh": "农林牧渔业", "aliases": ["forestry", "husbandry", "fishery"]}
    r = su.account(CASE, type(FORM).model_validate(data), {2020: THIRDS}, complete=True)
    assert at(r, "provisioning", "agriculture", "A") == 929.99
    assert all(c["passed"] for c in r.checks)


def test_a_form_that_lacks_columns_says_which():
    data = FORM.model_dump()
    gone = ("exports", "desert", "no_type")
    data["columns"] = [c for c in data["columns"] if c["id"] not in gone]
    for c in data["columns"]:
        c["of"] = [p for p in c["of"] if p not in gone]
    with pytest.raises(GepError) as raised:
        su.account(CASE, type(FORM).model_validate(data), {2020: THIRDS}, complete=True)
    words = str(raised.value)
    assert "no_type, exports" in words
    assert "GEP-S007" in words
    assert "'71'" in words


# --- the facts


def test_every_service_has_users_and_a_row_of_the_reference_list():
    for service in registry().values():
        items = {y.id for m in service.methods for y in m.yields}
        for item in ("", *items):
            assert sum(u.share for u in eu.default_users().of(service.id, item)) == 1
            assert eu.reference(service.id, item).final in ("yes", "memo", "no")


def test_facts_name_what_exists():
    assert set(eu.default_users().rows) <= set(registry())
    assert set(eu.references()) <= set(registry())
    for service, rows in (*eu.default_users().rows.items(), *eu.references().items()):
        known = {y.id for m in registry()[service].methods for y in m.yields}
        for cell in rows:
            for word in (w for w in cell.split("|") if w and w.isascii() and "*" not in w):
                assert word in known, f"{service}: {word}"
    assert {u.kind for u in eu.units().values()} == {"final", "intermediate"}
    assert [u.id for u in eu.units().values() if u.kind == "intermediate"] == ["ecosystems"]
    assert su.user_columns(FORM) == {u: u for u in eu.units()}
    for id in ("oxygen_release", "negative_ions", "species_conservation", "forest_crosscheck"):
        assert eu.reference(id).final == "memo"


def test_items_find_their_users():
    by = {
        i: eu.default_users().of("provisioning", i)[0].user for i in ("小麦", "木材", "生猪出栏", "水产品", "林业产值")
    }
    assert by == {
        "小麦": "agriculture",
        "木材": "forestry",
        "生猪出栏": "husbandry",
        "水产品": "fishery",
        "林业产值": "forestry",
    }
    uses = {i: eu.default_users().of("water_supply", i)[0].user for i in ("domestic", "industrial", "agricultural")}
    assert list(uses.values()) == ["households", "industry", "agriculture"]


def study(folder, text):
    (folder / "users.csv").write_text(text, encoding="utf-8")
    return SimpleNamespace(tables={"service_users": TableSpec(path="users.csv")}, folder=folder, name="x")


def test_the_county_says_who_uses(tmp_path):
    found = eu.users_of(
        study(tmp_path, "service,user,share\n旅游康养,居民,0.1\n旅游康养,exports,0.2\n旅游康养,services,0.7\n"), 2020
    )
    assert [(u.user, u.share) for u in found.of("tourism_health")] == [
        ("households", Fraction(1, 10)), ("exports", Fraction(2, 10)), ("services", Fraction(7, 10)),
    ]  # fmt: skip
    assert found.of("provisioning", "小麦")[0].user == "agriculture"  # not named: default
    items = eu.users_of(study(tmp_path, "service,item,user,share\nprovisioning,小麦,exports,1\n"), 2020)
    assert items.of("provisioning", "小麦")[0].user == "exports"
    assert items.of("provisioning", "木材")[0].user == "agriculture"  # the default rows by item are replaced
    assert eu.users_of(SimpleNamespace(tables={}), 2020) is eu.default_users()


def test_bad_shares_are_all_told(tmp_path):
    text = "service,user,share\nrecreation,households,0.5\nrecreation,exports,0.4\n"
    with pytest.raises(GepError) as raised:
        eu.users_of(study(tmp_path, text), 2020)
    assert [f.code for f in raised.value.faults] == ["GEP-S001"]
    assert "0.9" in str(raised.value)
    text = "service,user,share\nrecreaton,households,0.5\nrecreation,nobody,0.4\n"
    text += "recreation,exports,1.4\nrecreation,services,\n"
    with pytest.raises(GepError) as raised:
        eu.users_of(study(tmp_path, text), 2020)
    assert [f.code for f in raised.value.faults] == ["GEP-S003", "GEP-S002", "GEP-S005", "GEP-S005"]
    assert "row 2" in raised.value.faults[0].place
    assert "recreation" in raised.value.faults[0].text("en")


def test_a_service_without_facts_is_refused():
    with pytest.raises(GepError, match="GEP-S004"):
        made(ledger(line("A", "11", "unheard_of", "x", 1.0)))


# --- for every ledger

SERVICES = ("water_conservation", "soil_retention", "provisioning", "oxygen_release", "tourism_health")
LINES = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.sampled_from(["", "11", "31", "42p", "51d", "82"]), st.sampled_from(SERVICES),
        st.sampled_from(["x", "y", "from_outside"]), st.one_of(st.none(), st.integers(-(10**9), 10**13)),
        st.floats(0, 1e12), st.booleans(),
    ),
    min_size=1, max_size=15,
)  # fmt: skip
SHARES = st.lists(st.integers(1, 999), min_size=1, max_size=9)


def random_ledger(lines):
    out = []
    for zone, type, service, item, cent, quantity, in_gep in lines:
        value = math.nan if cent is None else cent / 100
        plain = item == "from_outside"
        quantity = math.nan if plain or cent is None else quantity
        out.append(line(zone, "" if plain else type, service, item, value, quantity,
                        "" if plain else "t", in_gep))  # fmt: skip
    return ledger(*out)


@settings(max_examples=30, deadline=None)
@given(LINES, SHARES, st.randoms(use_true_random=False))
def test_identities_hold_whatever_the_ledger(lines, weights, random):
    whole = sum(weights)
    shares = tuple(
        eu.Use("tourism_health", "", u, Fraction(w, whole), "judgement", "", "")
        for u, w in zip(eu.units(), weights, strict=False)
    )
    who = eu.Users({**eu.default_users().rows, "tourism_health": {"": shares}})
    table = random_ledger(lines)
    r = made(table, who)
    assert all(c["passed"] for c in r.checks), [c["failed"] for c in r.checks if not c["passed"]]
    order = list(range(len(table)))
    random.shuffle(order)
    key = ["form", "zone", "row", "column"]
    one, two = (x.entries.sort_values(key)[[*key, "value"]].reset_index(drop=True) for x in (
        r, made(table.iloc[order].reset_index(drop=True), who)))  # fmt: skip
    pd.testing.assert_frame_equal(one, two)


@given(st.integers(-(10**15), 10**15), SHARES)
def test_a_split_is_exact_and_fair(whole, weights):
    shares = [Fraction(w, sum(weights)) for w in weights]
    parts = su.split(whole, shares)
    assert sum(parts) == whole
    assert all(abs(p - whole * s) < 1 for p, s in zip(parts, shares, strict=True))
