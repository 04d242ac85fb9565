"""The parties of the settlements that are no township: one list of them. All of them are fictional."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import settle_emission
import settle_occupation
import settle_p_index
import settle_water
from statistics_tables import write_csv

NEIGHBOURS = (
    ("nb01", settle_water.ABOVE, "county"), ("nb02", settle_water.BELOW, "county"),
    ("ext01", settle_p_index.BELOW, "county"), ("air_province", "省级大气资金", "province"),
)  # fmt: skip


def listed() -> list[tuple[str, str, str]]:
    """Id, name and kind: neighbours, firms with permits, the hub of their trades, occupiers of land."""
    firms = [(id, name, "enterprise") for id, name, _, _ in settle_emission.FIRMS]
    land = [(name, kind) for kind, names in settle_occupation.KINDS.items() for name in names]
    occupiers = [(f"occ{n:02d}", name, kind) for n, (name, kind) in enumerate(land, start=1)]
    return [*NEIGHBOURS, *firms, ("hub", "排污权交易中心", "platform"), *occupiers]


def write(folder: Path) -> None:
    """各方名录.csv."""
    write_csv(pd.DataFrame(listed(), columns=["代码", "名称", "类型"]), folder / "各方名录.csv", "utf-8-sig")
