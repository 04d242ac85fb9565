"""Registers of trades: discharge rights by holder and pollutant (排污权), and saved water (水权).

    verified = max(0, baseline − actual);  closing = opening + verified + bought − sold − used ≥ 0;  Σ bought = Σ sold
    volume ≤ min(max(0, permit − use), saving) − sold before;  end ≤ end of the permit;  with approval (取水许可条例 27)

What is paid for trades the rules `emission_trades` and `water_trades` settle; their formulas are used here. A register
holds what stands: a trade that the law does not allow is a fault of the register. Tonnes, m³, yuan.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Figure, Register
from gep.compensation.nouns import Identity
from gep.compensation.rows import plain
from gep.compensation.rule import Table
from gep.compensation.rules.emission_trades import HOLDER, verified_reduction
from gep.compensation.rules.water_rights import transferable
from gep.compensation.rules.water_trades import objections
from gep.errors import Fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import key

if TYPE_CHECKING:
    import pandas as pd


def closing(opening: Decimal, verified: Decimal, bought: Decimal, sold: Decimal, used: Decimal) -> Decimal:
    """Tonnes a holder has at the end of the year; below zero it sold or used what it had not."""
    return opening + verified + bought - sold - used


def _number(unit: str, *aliases: str, required: bool = True) -> Expect:
    return Expect(unit=unit, required=required, negative=True, aliases=aliases)  # negative ones: told with all others


POLLUTANTS: rr.Known = {
    "cod": ("化学需氧量", "COD", "CODcr"), "nh3n": ("氨氮", "NH3-N"), "tn": ("总氮", "TN"), "tp": ("总磷", "TP"),
    "so2": ("二氧化硫", "SO2"), "nox": ("氮氧化物", "NOx"), "voc": ("挥发性有机物", "VOCs"),
}  # fmt: skip
_EN = {"cod": "COD", "nh3n": "ammonia nitrogen", "tn": "total nitrogen", "tp": "total phosphorus", "so2": "SO₂",
       "nox": "NOx", "voc": "VOCs"}  # fmt: skip
DISCHARGE = Expected({
    "zone": ZONE,
    "name": HOLDER,
    "pollutant": Expect("text", required=True, aliases=("污染物",)),
    "opening": _number("t", "年初余额", "期初余额"),
    "baseline": _number("t", "基准排放量", "基线"),
    "actual": _number("t", "实际排放量", "核定排放量"),
    "verified": _number("t", "核定削减量", "削减量"),
    "bought": _number("t", "购入量", "受让量"),
    "sold": _number("t", "出售量", "出让量"),
    "used": _number("t", "使用量", "抵用量"),
    "closing": _number("t", "年末余额", "期末余额"),
    "verified_on": Expect("date", aliases=("核定日期",)),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
_TONNES = ("opening", "baseline", "actual", "verified", "bought", "sold", "used", "closing")


def check_discharge(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the rows: reductions, balances; of each pollutant as much is bought as sold."""
    faults = [
        *rr.needed(rows, "name", "pollutant", *_TONNES),
        *rr.unique(rows, "name", "pollutant", "zone"),
        *rr.one_of(rows, "pollutant", POLLUTANTS),
        *rr.not_negative(rows, *_TONNES),
        *rr.not_after(rows, year, "verified_on"),
    ]
    for row, values in rr.each(rows, *_TONNES):
        said = [rr.decimal(v) for v in values]
        opening, baseline, actual, verified, bought, sold, used, closed = said
        if baseline is not None and actual is not None and verified is not None:
            want = verified_reduction(baseline, actual)
            if verified != want:
                faults.append(rr.bad("GEP-J330", rows, row, "verified", value=plain(verified), want=plain(want),
                                     baseline=plain(baseline), actual=plain(actual)))  # fmt: skip
        if None not in (opening, verified, bought, sold, used, closed):
            end = closing(opening, verified, bought, sold, used)  # type: ignore[arg-type]
            if closed != end:
                faults.append(rr.bad("GEP-J331", rows, row, "closing", value=plain(closed), want=plain(end)))
    identities = []
    kinds = rr.meant(rows, "pollutant", POLLUTANTS)
    for id, (zh, *_) in POLLUTANTS.items():
        mine = rr.narrowed(rows, lambda r, id=id: kinds == id)  # type: ignore[misc]
        bought, sold = rr.summed(mine, "bought"), rr.summed(mine, "sold")
        if not len(mine) or bought is None or sold is None:
            continue
        if bought != sold:
            faults.append(rr.bad("GEP-J332", rows, mine.index[0], "bought", pollutant=zh, bought=plain(bought),
                                 sold=plain(sold)))  # fmt: skip
        identities.append(Identity(f"traded.{id}", f"{zh}：购入 = 出售", f"{_EN[id]}: bought = sold", bought, sold))
    return faults, identities


def _by_pollutant() -> list[Figure]:
    out = []
    for id, (zh, *_) in POLLUTANTS.items():

        def where(rows: pd.DataFrame, id: str = id) -> pd.Series[bool]:
            return rr.meant(rows, "pollutant", POLLUTANTS) == id

        for column, said, en in (
            ("verified", "核定削减量", "verified reduction"),
            ("sold", "出售量", "sold"),
            ("closing", "年末余额", "balance at the end"),
        ):
            out.append(
                rr.total(
                    f"{column}_{id}", f"{zh}{said}", f"{_EN[id]}: {en}", "t", column, where, by="name", listed=True
                )
            )
    return out  # fmt: skip


WATER = Expected({
    "trade": Expect("text", required=True, aliases=("交易编号", "合同编号", "编号")),
    "zone": ZONE,
    "name": Expect("text", required=True, aliases=("出让方", "转让方", "卖方")),
    "buyer": Expect("text", required=True, aliases=("受让方", "买方")),
    "permit": Expect("text", required=True, aliases=("取水许可证编号", "许可证号")),
    "volume": _number("m³", "本年交易水量", "交易水量", "转让水量"),
    "unit_price": _number("yuan/m³", "交易价格", "单价"),
    "start": Expect("date", required=True, aliases=("起始日期",)),
    "end": Expect("date", required=True, aliases=("截止日期",)),
    "permit_end": Expect("date", required=True, aliases=("许可证有效期至", "有效期止")),
    "permit_volume": _number("m³", "许可水量"),
    "use": _number("m³", "核定用水量", "实际取水量"),
    "saving": _number("m³", "核定节水量", "节水量"),
    "approval": Expect("text", required=True, aliases=("批准文号", "审批文号")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
_WATER = ("volume", "permit_volume", "use", "saving")
_VOLUMES = (*_WATER, "unit_price")
_JUDGED = ("permit", "trade", *_WATER, "start", "end", "permit_end")  # without one of them a trade cannot be judged


def check_water(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Every fault of the trades in force in the year: only saved water, within the permit's term and limit."""
    faults = [
        *rr.needed(rows, "trade", "zone", "name", "buyer", "permit", *_VOLUMES, "start", "end", "permit_end"),
        *rr.unique(rows, "trade"),
        *rr.not_negative(rows, *_VOLUMES),
        *rr.not_after(rows, year, "start"),
        *rr.in_order(rows, "start", "end"),
    ]
    columns = (*_JUDGED, "approval", "name", "buyer")
    sold: dict[str, Decimal] = {}
    named = ((row, dict(zip(columns, values, strict=True))) for row, values in rr.each(rows, *columns))
    whole = [(row, v) for row, v in named if all(v[c] is not None for c in _JUDGED)]
    for row, said in sorted(whole, key=lambda one: (rr.day(one[1]["start"]), key(one[1]["trade"]))):
        _judge(rows, row, said, year, sold, faults)  # the first has the water
    return faults, []


def _judge(
    rows: pd.DataFrame,
    row: Hashable,
    said: Mapping[str, object],
    year: int,
    sold: dict[str, Decimal],
    faults: list[Fault],
) -> None:
    """GEP-J333 what art. 27 does not allow, J334 seller = buyer, J335 a trade that ended before the year."""
    permit, name, buyer = (key(said[c]) for c in ("permit", "name", "buyer"))
    volume, limit, use, saving = (rr.decimal(said[c]) or Decimal(0) for c in _WATER)
    end, last = rr.day(said["end"]), rr.day(said["permit_end"])
    assert end is not None
    assert last is not None
    left = transferable(limit, use, saving) - sold.get(permit, Decimal(0))
    for column, args in (("volume", (volume, left, last, last, True)), ("end", (volume, volume, end, last, True)),
                         ("approval", (volume, volume, last, last, said["approval"] is not None))):  # fmt: skip
        for zh, en in objections(*args):
            faults.append(rr.bad("GEP-J333", rows, row, column, zh_why=zh, en_why=en))
    sold[permit] = sold.get(permit, Decimal(0)) + volume
    if name and name == buyer:
        faults.append(rr.bad("GEP-J334", rows, row, "buyer", name=said["buyer"]))
    if end.year < year:
        faults.append(rr.bad("GEP-J335", rows, row, "end", day=end, year=year))


def worth(rows: pd.DataFrame) -> Decimal | None:
    """Σ volume · price, yuan; None where a cell is blank."""
    volumes, prices = rr.amounts(rows, "volume"), rr.amounts(rows, "unit_price")
    if volumes is None or prices is None:
        return None
    return sum((v * p for v, p in zip(volumes, prices, strict=True)), Decimal(0))


def _value(rows: pd.DataFrame) -> tuple[float | None, int | None]:
    value = worth(rows)
    return None if value is None else float(value), rr.units_of(rows, "name")


def _price(rows: pd.DataFrame) -> tuple[float | None, int | None]:
    value, volume = worth(rows), rr.summed(rows, "volume")
    return None if value is None or not volume else float(value / volume), rr.units_of(rows, "name")


_BOTH = ("volume", "unit_price")
REGISTERS = (
    Register(
        "discharge_trade_ledger", "排污权削减与交易台账", "register of discharge reductions and trades", "二",
        Table("discharge_trade_ledger", "排污权削减与交易台账", "discharge reductions and trades", DISCHARGE,
              required=False),
        (rr.count("holders", "排污单位数", "holders", by="name"), *_by_pollutant()),
        check_discharge, source="FGXB1960", clause="二",
        note_zh="一行一个单位一种污染物；县外买卖写成一行县外单位（乡镇空白），使购入与出售相等",
        note_en="one row a holder and pollutant; trade with outside is a row of an outside holder without a township",
    ),
    Register(
        "water_trade_ledger", "水权交易台账", "register of water trades", "三",
        Table("water_trade_ledger", "水权交易台账", "register of water trades", WATER, required=False),
        (
            rr.count("trades", "水权交易笔数", "trades of water rights"),
            rr.total("volume", "水权交易水量", "volume of water traded", "m³", "volume", by="name"),
            Figure("value", "水权交易金额", "value of water traded", "yuan", _value, "Σ volume · price", _BOTH, None,
                   True, shown=lambda rows: f"Σ {rr.head(rows, 'volume')} × {rr.head(rows, 'unit_price')}"),
            Figure("mean_price", "水权交易均价", "mean price of water traded", "yuan/m³", _price,
                   "Σ volume · price ÷ Σ volume", _BOTH,
                   shown=lambda rows: f"{plain(worth(rows))} ÷ {plain(rr.summed(rows, 'volume'))}"),
        ),
        check_water, source="WaterPermitReg", clause="第27条",
        note_zh="乡镇是出让方所在乡镇；水量是本年的交易水量；只能转让节约的水，在许可期限和限额内，经批准",
        note_en="township: the seller's; volume: this year's; only saved water, within the permit, approved",
    ),
)  # fmt: skip
