"""Register of tenure (自然资源产权台账): who owns the parcels of a class, and how their revenue is shared.

    state + collective share = 1;  revenue to the state + to the collective + to the holder = revenue

Paid use of natural-resource assets, ownership and the sharing of revenue: 发改西部〔2018〕1960号 item 一.
The shares are of the area (全民所有, 集体所有); the balance sheet needs them too. Areas in hm², money in yuan.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Figure, Register
from gep.compensation.nouns import Identity
from gep.compensation.rows import plain
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected

if TYPE_CHECKING:
    import pandas as pd


def owned(rows: pd.DataFrame, share: str) -> Decimal | None:
    """Σ area · share: the area of one owner, hm²; None where a cell is blank."""
    areas, shares = rr.amounts(rows, "area"), rr.amounts(rows, share)
    if areas is None or shares is None:
        return None
    return sum((a * s for a, s in zip(areas, shares, strict=True)), Decimal(0))


COLUMNS = Expected({
    "parcel": Expect("text", required=True, aliases=("登记单元", "登记单元号", "宗地编号", "编号")),
    "name": Expect("text", aliases=("单元名称", "名称")),
    "zone": ZONE,
    "class": Expect("text", required=True, aliases=("资源类型", "地类", "类别")),
    "area": Expect(unit="hm²", required=True, negative=True, aliases=("面积", "登记面积")),
    "state_share": Expect(unit="1", required=True, negative=True, aliases=("全民所有比例", "国有比例", "全民所有占比")),
    "collective_share": Expect(unit="1", required=True, negative=True, aliases=("集体所有比例", "集体所有占比")),
    "revenue": Expect(unit="yuan", required=True, negative=True, aliases=("资产收益", "收益", "有偿使用收入")),
    "state_revenue": Expect(unit="yuan", required=True, negative=True, aliases=("归国家", "国家收益", "财政收益")),
    "collective_revenue": Expect(unit="yuan", required=True, negative=True, aliases=("归集体", "集体收益")),
    "holder_revenue": Expect(unit="yuan", required=True, negative=True, aliases=("归使用权人", "使用权人收益")),
    "registered": Expect("date", aliases=("登记日期", "确权登记日期")),
    "year": YEAR,
}, unique=False)  # fmt: skip
_PARTS = ("state_revenue", "collective_revenue", "holder_revenue")


def check(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the rows; areas of both owners = area, parts of the revenue = revenue."""
    faults = [
        *rr.needed(rows, "parcel", "class", "area", "state_share", "collective_share", "revenue", *_PARTS),
        *rr.unique(rows, "parcel"),
        *rr.not_negative(rows, "area", "revenue", *_PARTS),
        *rr.share(rows, "state_share", "collective_share"),
        *rr.adds_up(rows, ("state_share", "collective_share"), Decimal(1)),
        *rr.adds_up(rows, _PARTS, "revenue"),
        *rr.not_after(rows, year, "registered"),
    ]
    state, collective = owned(rows, "state_share"), owned(rows, "collective_share")
    both = None if state is None or collective is None else state + collective
    sums = [rr.summed(rows, c) for c in _PARTS]
    parts = None if None in sums else sum((s for s in sums if s is not None), Decimal(0))
    return faults, [
        *rr.identity("area", "全民所有 + 集体所有面积 = 面积", "area of state + collective = area", both,
                     rr.summed(rows, "area")),
        *rr.identity("revenue", "收益分配之和 = 收益", "parts of the revenue = revenue", parts,
                     rr.summed(rows, "revenue")),
    ]  # fmt: skip


def registered(rows: pd.DataFrame) -> pd.Series[bool]:
    """Parcels whose rights are registered."""
    return rows["registered"].notna() if "registered" in rows else rows["parcel"].isna()


def _area_of(id: str, zh: str, en: str, share: str) -> Figure:
    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        value = owned(rows, share)
        return None if value is None else float(value), len(rows)

    def shown(rows: pd.DataFrame) -> str:
        return f"Σ {rr.head(rows, 'area')} × {rr.head(rows, share)}"

    return Figure(id, zh, en, "hm²", compute, f"Σ area · {share}", ("area", share), None, True, shown=shown)


def _share_of(id: str, zh: str, en: str, share: str) -> Figure:
    def compute(rows: pd.DataFrame) -> tuple[float | None, int | None]:
        mine, all_ = owned(rows, share), rr.summed(rows, "area")
        return None if mine is None or not all_ else float(mine / all_), len(rows)

    def shown(rows: pd.DataFrame) -> str:
        return f"{plain(owned(rows, share))} ÷ {plain(rr.summed(rows, 'area'))}"

    return Figure(id, zh, en, "1", compute, f"Σ area · {share} ÷ Σ area", ("area", share), shown=shown)


REGISTERS = (
    Register(
        "tenure_register", "自然资源产权与收益台账", "register of tenure and revenue", "一",
        Table("tenure_register", "自然资源产权与收益台账", "register of tenure and revenue", COLUMNS, required=False),
        (
            rr.count("parcels", "登记单元数", "parcels"),
            rr.total("area", "登记单元面积", "area of the parcels", "hm²", "area"),
            _area_of("state_area", "全民所有面积", "area owned by the state", "state_share"),
            _area_of("collective_area", "集体所有面积", "area owned by collectives", "collective_share"),
            _share_of("state_area_share", "全民所有面积占比", "state-owned, of the area", "state_share"),
            rr.part("registered_share", "确权登记面积率", "area with registered rights, of all", which=registered,
                    column="area"),
            rr.total("revenue", "自然资源资产收益", "revenue of natural-resource assets", "yuan", "revenue"),
            rr.total("collective_revenue", "归集体的收益", "revenue of collectives", "yuan", "collective_revenue"),
            rr.ratio("collective_revenue_share", "集体收益占比", "revenue of collectives, of all",
                     "collective_revenue", "revenue"),
        ),
        check, source="FGXB1960", clause="一",
        note_zh="面积比例之和为 1；收益分配各项之和等于收益",
        note_en="the shares of the area add up to 1, the parts of the revenue to the revenue",
    ),
)  # fmt: skip
