"""Carbon beside the projects: what the account says forests fix in a year by township, and photovoltaic offset.

ΔC_township = Σ_types Q_CO2 of the ledger, tCO2/a; offset = generation · grid factor of the year (a dated row).
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from gep import units
from gep.coefficients import worst
from gep.compensation.nouns import Case, Identity, Outcome, Words, dec
from gep.compensation.rows import Reader, number, plain
from gep.compensation.rule import Rule, Table, Term
from gep.intake.expect import Expect, Expected

SERVICE = "carbon_sequestration"
FOREST = "1"  # level I type of the ecosystem classification: 森林
GRAM = dec(units.factor("g", "t"))  # below it lies what floats leave


def offset(generation: Decimal, factor: Decimal) -> Decimal:
    """Emission that a generation of MWh replaces, tCO2: MWh · tCO2/MWh."""
    return generation * factor


def stock_changes(ledger: pd.DataFrame, period: int) -> pd.DataFrame:
    """zone, zone_name, forest_tco2, other_tco2, total_tco2 (tCO2/a), confidence, lacking: lines without a
    quantity. Where no line of a kind has one, its sum is missing.

    `ledger`: that of the account. Empty where the period has no line of the service.
    """
    lines = ledger[(ledger["service"] == SERVICE) & (ledger["period"] == period) & (ledger["zone"] != "")]
    out = []
    for (zone, name), part in lines.groupby(["zone", "zone_name"], sort=False):
        gain = [units.factor(u, "tCO2/a") for u in part["unit"]]
        tonnes = part["quantity"].astype("float64") * gain
        forest = part["type"].astype(str).str.startswith(FOREST)
        known = tonnes.notna()
        wood, rest = (_sum(tonnes[which & known], bool(which.any())) for which in (forest, ~forest))
        total = None if wood is None or rest is None else wood + rest
        out.append({"zone": zone, "zone_name": name, "forest_tco2": wood, "other_tco2": rest, "total_tco2": total,
                    "confidence": worst(list(part["confidence"])), "lacking": int((~known).sum())})  # fmt: skip
    return pd.DataFrame(out)


def _sum(known: pd.Series, there: bool) -> Decimal | None:
    """The sum of what is known; None where there are lines and none is."""
    return None if there and known.empty else sum((dec(v) for v in known), Decimal(0)).quantize(GRAM)


def settle_stock(case: Case) -> Outcome:
    """The yearly carbon that each township's ecosystems fix, forest apart, as the account has it."""
    if case.accounts is None:
        return Outcome()
    ledger = case.accounts.ledger
    table = pd.DataFrame() if ledger is None else stock_changes(ledger, case.period)
    if table.empty:
        zh, en = f"{case.period} 年的账户没有固碳", f"the account of {case.period} has no {SERVICE}"
        return Outcome(missing=(Words(f"碳储量变化：{zh}", f"stock change: {en}"),))
    columns = ["forest_tco2", "other_tco2", "total_tco2"]
    whole = table[table["total_tco2"].notna()]
    forest, other, total = (sum(whole[c], Decimal(0)) for c in columns)
    same = Identity("parts", "森林 + 其他 = 合计", "forest + other = total", forest + other, total)
    table[columns] = table[columns].astype("float64")
    return Outcome(tables={"carbon_stock": table}, identities=(same,) if len(whole) else ())


GENERATION = Expected({
    "zone": Expect("text", required=True, aliases=("乡镇",)),
    "plant": Expect("text", aliases=("电站", "光伏电站")),
    "generation": Expect(unit="MWh", required=True, aliases=("发电量", "上网电量")),
}, key=("zone", "plant"))  # fmt: skip


def settle_pv(case: Case) -> Outcome:
    """Generation of each plant times the grid factor in force in the year; without a factor only the generation."""
    reader = Reader(case)
    factor = reader.rate("grid_factor", "tCO2/MWh")
    out: list[dict[str, object]] = []
    energy = total = Decimal(0)
    for row in reader.rows("generation"):
        zone, mwh = row.party(kind="township"), row.number_of("generation")
        if zone is None or mwh is None:
            continue
        saved = None if factor is None else offset(mwh, factor.number)
        energy, total = energy + mwh, total + (saved or Decimal(0))
        text = "" if factor is None else f"{plain(mwh)} MWh × {plain(factor.number)} tCO2/MWh = {plain(saved)} tCO2"
        out.append({
            "row": row.number, "zone": zone, "zone_name": case.parties.name(zone), "plant": row.text("plant"),
            "generation_mwh": number(mwh), "offset_tco2": number(saved), "formula": text,
            "state": "missing" if saved is None else "ok", "rates": "" if factor is None else factor.id,
            "confidence": "" if factor is None else factor.confidence,
        })  # fmt: skip
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    same: tuple[Identity, ...] = ()
    if factor is not None:
        whole = offset(energy, factor.number)
        same = (Identity("offset", "逐站合计 = 总发电量 × 因子", "plants = all generation × factor", total, whole),)
    tables = {"pv_offset": pd.DataFrame(out).astype({"offset_tco2": "float64"})} if out else {}
    return Outcome(tables=tables, identities=same, missing=reader.lacking())


RULES = (
    Rule(
        "carbon_stock", "碳储量年变化（按乡镇）", "Change of carbon stock by township", "carbon",
        "ΔC = Σ_types Q_CO2 of the account", settle_stock, ("balanced",), "toolkit", "-",
        needs=("ledger",),
    ),
    Rule(
        "pv_offset", "光伏发电碳抵消", "Photovoltaic offset", "carbon", "offset = MWh · grid emission factor",
        settle_pv, ("balanced", "dated"), "toolkit", "-",
        tables=(Table("generation", "光伏发电量", "photovoltaic generation", GENERATION),),
        terms=(Term("grid_factor", "tCO2/MWh", "电网排放因子", "grid emission factor"),),
    ),
)  # fmt: skip
