"""Inventory of greenhouse gases (温室气体清单) by township, sector and gas: read and added up, not computed here.

    CO2e = tonnes of gas · GWP, where both are given;  net = Σ sectors, gross = Σ without LULUCF

Removals are negative and stand in the LULUCF sector alone. The GWP is in the table, or the table says whose it is
(assessment report): none is assumed. tCO2. Source: 发改西部〔2018〕1960号 item 四, yearly local inventories.
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from gep import units
from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Register
from gep.compensation.nouns import Identity
from gep.compensation.rows import plain
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import split_unit

if TYPE_CHECKING:
    import pandas as pd


def equivalent(tonnes: Decimal, gwp: Decimal, as_printed: Decimal, scale: int = 0) -> Decimal:
    """tonnes · GWP, tCO2e, with as many digits as the CO2e beside it has; `scale`: 4 where that is printed in 万吨."""
    exponent = as_printed.normalize().as_tuple().exponent
    last = min(scale, exponent if isinstance(exponent, int) else 0)
    return (tonnes * gwp).quantize(Decimal(1).scaleb(last), rounding=ROUND_HALF_UP)


def _scale(rows: pd.DataFrame) -> int:
    """Of the unit in the head of the column co2e: 万tCO2e is 4."""
    unit = split_unit(str(rows.attrs.get("columns", {}).get("co2e", "")))[1]
    return Decimal(repr(units.factor(unit, "tCO2"))).adjusted() if unit else 0


LULUCF = "lulucf"
SECTORS: rr.Known = {
    "energy": ("能源活动", "能源"), "industry": ("工业生产过程", "工业生产过程和产品使用", "工业过程"),
    "agriculture": ("农业活动", "农业"), LULUCF: ("土地利用变化和林业", "土地利用、土地利用变化和林业", "LULUCF"),
    "waste": ("废弃物处理", "废弃物"),
}  # fmt: skip
_EN = {"energy": "energy", "industry": "industrial processes", "agriculture": "agriculture", LULUCF: "LULUCF",
       "waste": "waste"}  # fmt: skip
GASES: rr.Known = {"co2": ("CO2", "二氧化碳"), "ch4": ("CH4", "甲烷"), "n2o": ("N2O", "氧化亚氮"),
                   "hfcs": ("HFCs", "氢氟碳化物"), "pfcs": ("PFCs", "全氟化碳"), "sf6": ("SF6", "六氟化硫"),
                   "nf3": ("NF3", "三氟化氮")}  # fmt: skip
COLUMNS = Expected({
    "zone": ZONE,
    "name": Expect("text", required=True, aliases=("排放源", "排放源或吸收汇", "源汇")),
    "sector": Expect("text", required=True, aliases=("部门", "领域", "行业领域")),
    "gas": Expect("text", required=True, aliases=("气体", "温室气体", "气体种类")),
    "tonnes": Expect(unit="t", negative=True, aliases=("气体排放量", "气体量")),
    "gwp": Expect(unit="1", negative=True, aliases=("GWP", "全球增温潜势", "全球变暖潜势")),
    "gwp_basis": Expect("text", aliases=("GWP依据", "GWP来源", "增温潜势依据")),
    "co2e": Expect(unit="tCO2", required=True, negative=True, aliases=("排放量", "二氧化碳当量", "CO2当量排放量")),
    "units": Expect(unit="1", negative=True, aliases=("排放单位数", "企业数")),
    "compiled": Expect("date", aliases=("编制日期", "核算日期")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip


def check(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the rows; Σ sectors = net total."""
    faults = [
        *rr.needed(rows, "name", "sector", "gas", "co2e"),
        *rr.unique(rows, "name", "sector", "gas", "zone"),
        *rr.one_of(rows, "sector", SECTORS),
        *rr.one_of(rows, "gas", GASES),
        *rr.not_negative(rows, "gwp", "units"),
        *rr.not_after(rows, year + 1, "compiled"),  # an inventory is made in the year after its own
    ]
    potentials: dict[str, tuple[Hashable, Decimal]] = {}
    for row, (sector, gas, tonnes, gwp, basis, co2e) in rr.each(rows, "sector", "gas", "tonnes", "gwp", "gwp_basis",
                                                               "co2e"):  # fmt: skip
        mass, potential, said = rr.decimal(tonnes), rr.decimal(gwp), rr.decimal(co2e)
        kind = rr.read_as(gas, GASES)
        if said is not None and said < 0 and rr.read_as(sector, SECTORS) != LULUCF:
            faults.append(rr.bad("GEP-J340", rows, row, "co2e", value=rr.told(rows, "co2e", said), sector=sector))
        if potential is None and basis is None and kind != "co2":
            faults.append(rr.bad("GEP-J341", rows, row, "gwp", gas=gas))
        if potential is not None and kind is not None:
            other, first = potentials.setdefault(kind, (row, potential))
            if first != potential and kind not in ("hfcs", "pfcs"):  # families: each gas has its own
                faults.append(rr.bad("GEP-J342", rows, row, "gwp", gas=gas, value=plain(potential), other=other,
                                     there=plain(first)))  # fmt: skip
        if mass is not None and potential is not None and said is not None:
            want = equivalent(mass, potential, said, _scale(rows))
            if want != said:
                words = {"mass": plain(mass), "gwp": plain(potential), "want": rr.told(rows, "co2e", want)}
                faults.append(rr.bad("GEP-J343", rows, row, "co2e", value=rr.told(rows, "co2e", said), **words))
    parts = [rr.summed(rows[sector_is(id)(rows)], "co2e") for id in SECTORS]
    each = None if None in parts else sum((p for p in parts if p is not None), Decimal(0))
    return faults, rr.identity("sectors", "各部门之和 = 净排放", "Σ sectors = net emission", each,
                               rr.summed(rows, "co2e"))  # fmt: skip


def sector_is(id: str) -> rr.Where:
    """The rows of a sector."""
    return lambda rows: rr.meant(rows, "sector", SECTORS) == id


def gross(rows: pd.DataFrame) -> pd.Series[bool]:
    """The rows of every sector but LULUCF."""
    return rr.meant(rows, "sector", SECTORS) != LULUCF


REGISTERS = (
    Register(
        "ghg_inventory", "温室气体清单", "greenhouse-gas inventory", "四",
        Table("ghg_inventory", "温室气体清单", "greenhouse-gas inventory", COLUMNS, required=False),
        (
            rr.total("gross", "温室气体排放总量（不含 LULUCF）", "emission without LULUCF", "tCO2", "co2e", gross,
                     heads="units"),
            rr.total("net", "温室气体净排放（含 LULUCF）", "net emission with LULUCF", "tCO2", "co2e", heads="units"),
            *(rr.total(id, f"{zh}温室气体排放", f"emission: {_EN[id]}", "tCO2", "co2e", sector_is(id), heads="units",
                       listed=True)
              for id, (zh, *_) in SECTORS.items()),
        ),
        check, source="FGXB1960", clause="四",
        note_zh="吸收为负，只能列在 LULUCF；GWP 写在表中或注明依据，不作默认；排放单位数填全时用于小单元抑制",
        note_en="removals are negative, in LULUCF alone; the GWP is given or its source stated, none is assumed",
    ),
)  # fmt: skip
