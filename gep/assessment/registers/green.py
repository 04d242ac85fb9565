"""Registers of green labels (绿色标识) and of green procurement (绿色采购).

    realised value = output × price of certified produce; premium = output × (price − price without label)

Only certificates in force on some day of the year count; the others are flagged. Source: 发改西部〔2018〕1960号 items
六 and 七; 生态保护补偿条例 2024 art. 28 (green products: standards, certification, labels; green procurement).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from gep.assessment import register_rows as rr
from gep.assessment.nouns import Given
from gep.assessment.register import Figure, Register
from gep.assessment.register_cells import bad, unbound, where_told, with_zone
from gep.compensation.nouns import Identity
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.columns import convertible
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import tidy, unit_text

if TYPE_CHECKING:
    import pandas as pd

LABELS = Expected({
    "certificate": Expect("text", required=True, aliases=("证书编号", "证书号", "认证证书编号")),
    "label": Expect("text", aliases=("认证类别", "标识", "认证类型")),
    "item": Expect("text", required=True, aliases=("产品", "产品名称", "认证产品")),
    "zone": ZONE,
    "holder": Expect("text", aliases=("持证主体", "持证单位", "获证主体", "企业")),
    "area": Expect(unit="hm²", aliases=("认证面积", "面积")),
    "quantity": Expect(unit=None, required=True, aliases=("产量", "认证产量", "数量")),
    "unit": Expect("text", aliases=("单位", "计量单位", "产量单位")),
    "label_price": Expect(unit=None, required=True, aliases=("销售单价", "认证产品单价", "单价")),
    "plain_price": Expect(unit=None, aliases=("同类普通产品单价", "无标识单价", "普通产品单价")),
    "price_unit": Expect("text", aliases=("价格单位", "单价单位")),
    "valid_from": Expect("date", required=True, aliases=("有效期起", "发证日期", "生效日期")),
    "valid_to": Expect("date", required=True, aliases=("有效期止", "有效期至", "失效日期")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
PURCHASES = Expected({
    "purchaser": Expect("text", required=True, aliases=("采购单位", "采购人", "预算单位")),
    "zone": Expect("text", aliases=("乡镇", "镇街", "行政区")),
    "amount": Expect(unit="yuan", required=True, aliases=("采购金额", "采购总额", "政府采购金额")),
    "green_amount": Expect(unit="yuan", required=True, aliases=("绿色采购金额", "绿色产品采购金额", "其中绿色采购")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip
_PRICES = ("label_price", "plain_price")


def in_force(valid_from: dt.date | None, valid_to: dt.date | None, year: int) -> bool:
    """Whether a certificate is in force on some day of the year."""
    first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    return valid_from is not None and valid_to is not None and valid_from < after and valid_to >= first


def derive_labels(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Columns added: in_force (bool); value, plain_value, premium_value in yuan (NaN where a price is blank)."""
    spans = zip(rows["valid_from"], rows["valid_to"], strict=True)
    valid = [in_force(rr.day(a), rr.day(b), year) for a, b in spans]
    value, plain_value = (rows["quantity"] * _gains(rows, c) * rows[c] if c in rows else float("nan") for c in _PRICES)
    return rows.assign(in_force=valid, value=value, plain_value=plain_value, premium_value=value - plain_value)


def _gains(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """What turns the price of each row into yuan per unit of its quantity; NaN where the units do not allow it."""
    import pandas as pd

    units = rows["unit"] if "unit" in rows else [None] * len(rows)
    said = rows["price_unit"] if "price_unit" in rows else [None] * len(rows)
    head = str(rows.attrs.get("units", {}).get(column) or "")
    out = []
    for unit, own in zip(units, said, strict=True):
        stated = unit_text(own) if isinstance(own, str) else head
        gain = convertible(stated, f"yuan/({unit})") if stated and isinstance(unit, str) and unit else None
        out.append(float("nan") if gain is None else gain)
    return pd.Series(out, rows.index, dtype="float64")


def check_labels(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Ids, terms, price units (J355); flags of certificates not in force (J356) and of prices below the plain ones
    (J363)."""
    faults = rr.needed(rows, "certificate", "item", "quantity", "label_price", "valid_from", "valid_to")
    faults += rr.unique(rows, "certificate", "item", "zone") + rr.in_order(rows, "valid_from", "valid_to")
    for column in (c for c in _PRICES if c in rows):
        gains = _gains(rows, column)
        for row in rows.index[gains.isna() & rows[column].notna()]:
            have = rows["price_unit"].get(row) if "price_unit" in rows else None
            have = have if isinstance(have, str) else rows.attrs.get("units", {}).get(column) or "—"
            unit = rows["unit"].get(row) if "unit" in rows else None
            faults.append(bad("GEP-J355", rows, row, column, have=have, unit=unit if isinstance(unit, str) else "—"))
    for row, one in zip(rows.index, rows.to_dict("records"), strict=True):
        start, end = rr.day(one["valid_from"]), rr.day(one["valid_to"])
        if start is not None and end is not None and not in_force(start, end, year):
            faults.append(bad("GEP-J356", rows, row, "valid_to", id=tidy(one["certificate"]), start=start, end=end,
                              year=year))  # fmt: skip
        if one.get("premium_value", 0.0) < 0:
            faults.append(bad("GEP-J363", rows, row, "label_price", id=tidy(one["certificate"])))
    return faults, []


def check_purchases(rows: pd.DataFrame, given: Given, year: int) -> tuple[list[Fault], list[Identity]]:
    """Green amount ≤ amount, one row a unit and township."""
    faults = rr.needed(rows, "purchaser", "amount", "green_amount") + rr.unique(rows, "purchaser", "zone")
    return faults + rr.at_most(rows, "green_amount", "amount"), []


def _valid(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["in_force"].astype(bool)


def _lapsed(rows: pd.DataFrame) -> pd.Series[bool]:
    return ~_valid(rows)


def _premium_rate(rows: pd.DataFrame) -> tuple[float | None, int | None]:
    """Σ premium ÷ Σ value at the plain price, certificates in force; None where a plain price is blank."""
    used = rows[_valid(rows)]
    premium, base = rr.summed(used, "premium_value"), rr.summed(used, "plain_value")
    return (None if premium is None or not base else float(premium / base)), rr.units_of(used, "holder")


_FIGURES = (
    rr.count("certificates", "有效认证证书数", "certificates in force", _valid, "certificate"),
    rr.count("lapsed", "不在有效期的证书数", "certificates not in force", _lapsed, "certificate"),
    rr.count("holders", "持证主体数", "holders of certificates", _valid, "holder"),
    rr.total("area", "绿色认证面积", "certified area", "hm²", "area", _valid, "holder"),
    rr.total("realised", "认证产品实现价值", "realised value of certified produce", "yuan", "value", _valid, "holder"),
    rr.total("premium", "认证产品溢价", "premium of certified produce", "yuan", "premium_value", _valid, "holder"),
    Figure("premium_rate", "认证产品溢价率", "premium ÷ value at the plain price", "1", _premium_rate,
           "Σ quantity·(price − plain) ÷ Σ quantity·plain", ("premium_value", "plain_value"), _valid),
)  # fmt: skip
REGISTERS = (
    Register("green_label_register", "绿色标识产品台账", "Register of green labels", "六",
             Table("green_label_register", "绿色标识产品台账", "green labels", LABELS), _FIGURES, check_labels,
             "FGXB1960", "六", derive=derive_labels,
             note_zh="证书在当年任一天有效即计入", note_en="a certificate counts that is in force on any day of it"),
    Register("green_procurement", "绿色采购台账", "Register of green procurement", "七",
             Table("green_procurement", "绿色采购台账", "green procurement", PURCHASES),
             tuple(where_told(unbound(f)) for f in (
                 rr.total("amount", "政府采购金额", "public purchases", "yuan", "amount"),
                 rr.total("green_amount", "绿色采购金额", "green purchases", "yuan", "green_amount"),
                 rr.ratio("share", "绿色采购比重", "green ÷ all purchases", "green_amount", "amount"),
             )), check_purchases, "FGXB1960", "七", derive=with_zone),
)  # fmt: skip
