"""Liabilities by convention, net assets, footprint: by hand, with what lacks said and gates that can fail."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep import gates
from gep.balance import footprint as footprint_
from gep.balance import net_assets as net_assets_
from gep.balance.liabilities import conventions, identity, liabilities, read, triggers
from gep.entries import frame
from gep.forms import shipped
from gep.study_parts import TableSpec

ZONES = {"a": "甲镇", "b": "乙乡"}


def table(rows, **common):
    made = [{"zone": "", "file": "t.csv", "at": n, "source": "县水利局", "confidence": "secondary", **common, **r}
            for n, r in enumerate(rows, 2)]  # fmt: skip
    return pd.DataFrame([{**r, "zone_name": ZONES.get(r["zone"], "")} for r in made])


def run(ids, gep=None, **tables):
    return liabilities(shipped(), [(i, "县里选定") for i in ids], tables, ZONES, 2020, 2021, gep)


def value(result, column, row, zone="", form="liabilities"):
    t = result.entries if hasattr(result, "entries") else result
    hit = t[(t["form"] == form) & (t["column"] == column) & (t["row"] == row) & (t["zone"] == zone)]
    assert len(hit) == 1
    return hit["value"].iloc[0]


WATER = {"kind": "water_use", "unit": "万m³", "unit_price": 0.5, "price_unit": "元/m³", "limit": 1000}
USED = [{**WATER, "year": 2020, "actual": 1100}, {**WATER, "year": 2021, "actual": 950}]
CROPLAND = {"kind": "cropland", "unit": "hm²", "limit": 5000, "unit_price": 4, "price_unit": "万元/亩"}


def test_over_use_by_hand():
    # (1100 − 1000) 万m³ × 0.5 yuan/m³ = 500 000 yuan; the year after use is below its cap: 0
    # cropland 5000 − 4998 = 2 hm² × 4 万元/亩 × 15 = 1 200 000 yuan; restoration 30 000
    more = [{**CROPLAND, "zone": "a", "year": 2020, "actual": 5001},
            {**CROPLAND, "zone": "a", "year": 2021, "actual": 4998, "restoration": 30000}]  # fmt: skip
    out = run(["L1"], overuse=table([*USED, *more]))
    assert value(out, "L1", "opening") == 500000
    assert value(out, "L1", "closing") == 1230000
    assert (value(out, "L1", "incurred"), value(out, "L1", "settled")) == (730000, 0)
    assert value(out, "L1", "closing", "a") == 1230000
    assert "b" not in set(out.entries["zone"])
    assert not out.faults
    assert list(out.chosen["convention"]) == ["L0", "L1"]
    assert list(out.chosen["role"]) == ["published", "memo"]
    assert "县里选定" in out.chosen["reason"].iloc[1]


def test_over_use_that_falls_is_settled_and_a_planted_error_is_named():
    # 500 000 in 2020, below the cap in 2021: 0 + settled 500 000
    out = run(["L1"], overuse=table([{**r, "zone": "a"} for r in USED]))
    got = [value(out, "L1", r, "a") for r in ("opening", "incurred", "settled", "closing")]
    assert got == [500000, 0, 500000, 0]
    assert [(c["id"], c["passed"]) for c in out.checks] == [("liabilities_identity", True)]
    wrong = out.entries.copy()
    wrong.loc[(wrong["zone"] == "a") & (wrong["row"] == "settled"), "value"] -= 0.01
    fault = gates.faults(identity(wrong, 2021))[0]
    for text in (fault.zh, fault.en):
        assert all(word in text for word in ("甲镇", "liabilities", "L1", "closing", "0.01"))


def test_worse_than_target_is_abated_virtually():
    # Σ max(0, C − S)·Q·c_f/100 [mg/L · 万m³ / 100 = t]: (1.5 − 1.0)·200/100 = 1 t × 50 000 yuan/t; the second is better
    bad = {"kind": "water_class", "unit": "mg/L", "limit": 1.0, "unit_price": 50000, "price_unit": "元/t", "year": 2021}
    rows = [
        {**bad, "name": "氨氮 A", "actual": 1.5, "volume": 2e6},
        {**bad, "name": "氨氮 B", "actual": 0.4, "volume": 9e6},
    ]
    out = run(["L1"], overuse=table([*rows, *({**r, "year": 2020} for r in rows)]))
    assert value(out, "L1", "closing") == 50000
    note = out.entries["note"].iloc[0]
    assert "without restoration cost" in note


def test_depletion_and_damage_need_all_parts():
    cut = {"kind": "timber_cut", "unit": "m³", "limit": 10000, "unit_price": 300, "price_unit": "元/m³"}
    emitted = {"kind": "emission", "unit": "t", "limit": 100, "unit_price": 1.4, "price_unit": "元/kg"}
    rows = [{**r, "year": y} for y in (2020, 2021) for r in ({**cut, "actual": 10500}, {**emitted, "actual": 103})]
    out = run(["L2"], overuse=table(rows))
    assert math.isnan(value(out, "L2", "closing"))  # neither restoration cost nor ΔGEP
    assert {f.code for f in out.faults} == {"GEP-U014"}
    assert any("−ΔGEP" in f.en for f in out.faults)
    # 500 × 300 + 3 t × 1400 + fall of GEP 2 000 000 = 2 154 200; a rise of GEP is no liability
    out = run(["L2"], {2020: {"": 5e6}, 2021: {"": -2e6}}, overuse=table(rows))
    assert (value(out, "L2", "opening"), value(out, "L2", "closing")) == (154200, 2154200)
    # a restoration cost stands instead of −ΔGEP, never beside it
    cost = [{"kind": "restoration", "year": y, "restoration": 70000} for y in (2020, 2021)]
    out = run(["L2"], {2020: {"": -9e9}, 2021: {"": -9e9}}, overuse=table([*rows, *cost]))
    assert value(out, "L2", "closing") == 224200


def test_missing_is_said_and_never_zero():
    out = run(["L1", "L4", "L3"], overuse=table(USED[1:]))
    assert math.isnan(value(out, "L1", "opening"))
    assert math.isnan(value(out, "L1", "incurred"))
    assert value(out, "L1", "closing") == 0
    said = out.entries[(out.entries["row"] == "opening")]["note"].iloc[0]
    assert "未计算：缺 2020 年的表 overuse" in said
    assert {f.code for f in out.faults} == {"GEP-U014"}
    assert sorted(f.place.rpartition(".")[2] for f in out.faults) == ["L1", "L3", "L4"]
    assert list(out.chosen["computed"]) == ["yes", "no", "no", "no"]
    blank = [{**USED[0], "unit_price": math.nan}, {**USED[1], "limit": math.nan}]
    out = run(["L1"], overuse=table(blank))
    assert math.isnan(value(out, "L1", "opening"))
    assert math.isnan(value(out, "L1", "closing"))
    assert "unit_price" in out.faults[0].zh
    assert not run([]).faults  # L0 needs nothing
    assert run([]).entries.empty


def test_a_cap_of_county_and_township_would_count_twice():
    rows = [*USED, {**USED[1], "zone": "a"}]
    assert [f.code for f in run(["L1"], overuse=table(rows)).faults if f.severity == "error"] == ["GEP-U015"]
    unknown = run(["L1"], overuse=table([{**USED[0], "kind": "moon"}]))
    assert "GEP-U003" in [f.code for f in unknown.faults]


OWED = [
    {"zone": "a", "kind": "复垦", "name": "石场", "year": 2021, "opening": 100.0, "incurred": 40.0, "settled": 25.5,
     "closing": 114.5},
    {"zone": "b", "kind": "复垦", "name": "砖厂", "year": 2021, "opening": 10.0, "incurred": 0.0, "settled": 10.0,
     "closing": math.nan},
]  # fmt: skip


def test_obligations_are_a_ledger():
    out = run(["L4"], obligations=table(OWED))
    assert [value(out, "L4", r) for r in ("opening", "incurred", "settled", "closing")] == [110, 40, 35.5, 114.5]
    assert value(out, "L4", "closing", "b") == 0
    assert all(c["passed"] for c in out.checks)


def test_an_obligation_that_does_not_add_up_is_named():
    out = run(["L4"], obligations=table([{**OWED[0], "closing": 114.0}, OWED[1]]))
    found = gates.faults(out.checks)
    assert len(found) == 3  # the obligation itself, its township, the county
    for text in (found[0].zh, found[0].en):
        assert "甲镇" in text
        assert "石场" in text
        assert "0.5" in text
        assert "liabilities" in text


def test_obligations_of_several_years_chain():
    years = [{**OWED[0], "year": 2021}, {**OWED[0], "year": 2022, "opening": 114.0, "closing": 128.5}]
    out = liabilities(shipped(), [("L4", "r")], {"obligations": table(years)}, ZONES, 2020, 2022)
    fault = next(f for f in out.faults if f.code == "GEP-U016")
    assert "-0.50" in fault.en
    years[1]["opening"], years[1]["closing"] = 114.5, 129.0
    out = liabilities(shipped(), [("L4", "r")], {"obligations": table(years)}, ZONES, 2020, 2022)
    assert [value(out, "L4", r) for r in ("opening", "incurred", "settled", "closing")] == [100, 80, 51, 129]


CLASSES = ("耕地", "林地", "草地", "湿地", "水域", "能源矿产", "非能源矿产")


def feet(zone="", year=2021, shift=0.0, n=7):
    return [{"zone": zone, "year": year, "class": c, "footprint": 10.0 + i + shift, "capacity": 12.0}
            for i, c in enumerate(CLASSES[:n])]  # fmt: skip


def test_footprint_is_asset_equity_and_liability_in_global_hectares():
    out = run(["L3"], footprint=table([*feet(), *feet(year=2020, shift=1)]))
    # EF 10 … 16 = 91; EC 7 × 12 = 84; liability 7. Cropland 10 − 12 = −2, a surplus
    got = [value(out, "total", r, form="footprint") for r in ("assets", "equity", "liability")]
    assert got == [91, 84, 7]
    assert value(out, "total", "opening_liability", form="footprint") == 14
    assert value(out, "cropland", "liability", form="footprint") == -2
    assert set(out.entries["unit"]) == {"gha"}
    assert [c["id"] for c in out.checks] == ["B4_L3"]
    assert out.checks[0]["passed"]
    wrong = out.entries.copy()
    wrong.loc[(wrong["column"] == "forest") & (wrong["row"] == "liability"), "value"] += 0.5
    check = footprint_.checks(shipped()["footprint"], wrong, 2021)[0]
    assert [(c["column"], c["difference"], c["unit"]) for c in check["failed"]] == [("forest", -0.5, "gha")]


def test_a_class_that_lacks_leaves_the_total_missing():
    out = run(["L3"], footprint=table([*feet(n=6), *feet(year=2020)]))
    assert math.isnan(value(out, "total", "liability", form="footprint"))
    assert value(out, "forest", "liability", form="footprint") == -1
    assert "非能源矿产" in out.faults[0].zh


def owned(total=(1000.0, 100.0, 300.0, 1400.0), zones=("a", "b", "")):
    rows = ("opening", "quantity_effect", "holding_gain", "closing")
    return frame(
        {"form": "valued", "open": 2020, "close": 2021, "zone": z, "zone_name": ZONES.get(z, ""), "column": "total",
         "row": row, "value": v * (1 if z else 2), "unit": "yuan", "confidence": "secondary"}
        for z in zones for row, v in zip(rows, total, strict=True)
    )  # fmt: skip


def test_net_assets_under_each_convention():
    owed = run(["L4"], obligations=table(OWED))
    out = net_assets_.net_assets(shipped()["net_assets"], owned(), owed.entries)
    # county L0: 2000 → 2800. L4: 2000 − 110 = 1890; 2800 − 114.5 = 2685.5; Δ 795.5 = 200 + 600 − 4.5
    cell = {r: value(out, "L4", r, form="net_assets") for r in ("opening", "closing", "liability_change")}
    assert cell == {"opening": 1890, "closing": 2685.5, "liability_change": 4.5}
    assert value(out, "L0", "closing", form="net_assets") == 2800
    assert out[out["column"] == "L0"]["note"].str.contains("净资产等于资产").all()
    found = {c["id"]: c for c in net_assets_.checks(out, 2021)}
    assert {k: c["passed"] for k, c in found.items()} == {"B4": True, "B5": True}
    assert found["B4"]["n"] == 12  # (3 places × L0 + 3 × L4) × two dates


@pytest.mark.parametrize(
    ("row", "failing"), [("closing", "B4"), ("closing_liabilities", "B4"), ("holding_gain", "B5"), ("closing", "B5")]
)
def test_a_planted_error_in_net_assets_is_named(row, failing):
    owed = run(["L4"], obligations=table(OWED))
    out = net_assets_.net_assets(shipped()["net_assets"], owned(), owed.entries)
    out.loc[(out["column"] == "L4") & (out["zone"] == "a") & (out["row"] == row), "value"] += 0.01
    check = next(c for c in net_assets_.checks(out, 2021) if c["id"] == failing)
    assert not check["passed"]
    fault = gates.faults([check])[0]
    for text in (fault.zh, fault.en):
        assert "甲镇" in text
        assert "net_assets" in text
        assert "L4" in text
        assert "0.01" in text


def test_missing_assets_leave_net_assets_missing():
    owed = run(["L4"], obligations=table(OWED))
    out = net_assets_.net_assets(shipped()["net_assets"], owned((math.nan, 1, 2, math.nan)), owed.entries)
    assert math.isnan(value(out, "L4", "closing", form="net_assets"))
    assert net_assets_.checks(out, 2021) == []  # nothing to compare: no gate, so none that passes on nothing


def test_every_convention_and_trigger_is_described():
    assert list(conventions()) == ["L0", "L1", "L2", "L3", "L4"]
    assert {c for t in triggers().values() for c in t["conventions"].split(";")} == {"L1", "L2"}


def test_the_tables_are_read_from_a_study(tmp_path):
    text = "乡镇,年份,类型,实际(万m³),上限(万m³),单位,单价,价格单位\n"
    text += "甲镇,2020,water_use,10,9,万m³,2,元/m³\n甲镇,2021,water_use,11,9,万m³,2,元/m³\n"
    (tmp_path / "o.csv").write_text(text, "utf-8")
    names = {"zone": "乡镇", "year": "年份", "kind": "类型", "actual": "实际", "limit": "上限", "unit": "单位",
             "unit_price": "单价", "price_unit": "价格单位"}  # fmt: skip
    study = SimpleNamespace(folder=tmp_path, name="样县", tables={"overuse": TableSpec(path="o.csv", columns=names)})
    tables, faults = read(study, ZONES, 2020, 2021)
    assert not [f for f in faults if f.severity == "error"]
    out = run(["L1"], **tables)
    assert (value(out, "L1", "opening", "a"), value(out, "L1", "closing")) == (20000, 40000)


AMOUNT = st.floats(0, 1e9).map(lambda x: round(x, 2))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=2, max_size=2), st.lists(AMOUNT, min_size=4, max_size=4))
def test_identities_hold_for_all_amounts(debts, assets):
    rows = [{"zone": z, "kind": "k", "name": "n", "year": 2021, "opening": o, "incurred": i, "settled": s}
            for z, (o, i, s) in zip("ab", debts, strict=True)]  # fmt: skip
    owed = run(["L4"], obligations=table(rows))
    cents = [round(value(owed, "L4", r) * 100) for r in ("opening", "incurred", "settled", "closing")]
    assert cents[0] + cents[1] - cents[2] == cents[3]
    closing = round(assets[0] + assets[1] + assets[2], 2)
    out = net_assets_.net_assets(shipped()["net_assets"], owned((*assets[:3], closing), zones=("a", "b")), owed.entries)
    assert all(c["passed"] for c in net_assets_.checks(out, 2021))
