"""What one equivalent is worth, in yuan/hm²: the published figure, a number, the 1/7 rule, net profit of staple crops.

Also what scales it: exchange rate, price index, local adjustments, province factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gep.coefficients import worst
from gep.errors import Fault, GepError, fault
from gep.prices import Prices
from gep.study_parts import Transfer
from gep.transfer.tables import FactorTable, known, parameter, province_factor

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Worth:
    """What a number of the factor table is multiplied by to stand in `currency`/hm² of `year`'s money.

    `how_zh`/`how_en` say how it came about; `warnings` what a reader must know.
    """

    value: float
    currency: str
    year: int | None
    confidence: str
    how_zh: str
    how_en: str
    warnings: tuple[Fault, ...] = ()


def one_seventh(area, production, price, divisor):
    """E_a = Σ(m·p·q) / M / divisor.

    m sown area hm², q yield kg/hm², p price yuan/kg of each staple crop, M = Σ m; divisor 7, because without labour
    nature alone would give one seventh. Yuan/hm². Source: Feng2022 §1.2; Wang2017.
    """
    return (area * production * price).sum() / area.sum() / divisor


def net_profit(area, profit):
    """D = Σ S·F, S the share of each staple crop in their sown area, F its net profit per area.

    area hm², profit yuan/hm²; yuan/hm². Source: Xie2015 (rice, wheat, maize).
    """
    return (area * profit).sum() / area.sum()


def worth(table: FactorTable, said: Transfer, prices: Prices, region: str, crops: pd.DataFrame | None) -> Worth:
    """The worth of one unit of the factor table under the study's choices.

    `crops`: the table staple_crops, for the two rules. Raises GepError GEP-V006…V009, V016, V017.
    """
    found = _equivalent(table, said, crops) if table.kind == "equivalent" else _money(table, said)
    if said.exchange is not None:
        found = _exchanged(table, said, found)
    return _moved(said, found, prices, region)


def _equivalent(table: FactorTable, said: Transfer, crops: pd.DataFrame | None) -> Worth:
    asked = said.unit_value
    if asked == "published":
        row = parameter("standard_equivalent", table.id)
        if row is None or row.value is None:
            raise GepError(fault("GEP-V008", file=table.id, table=table.id))
        words = (
            f"已发表的标准当量 {row.value:g}（{row.source}）",
            f"published standard equivalent {row.value:g} ({row.source})",
        )
        return Worth(row.value, "yuan", row.year, row.confidence, *words)  # fmt: skip
    if isinstance(asked, str):
        return _by_rule(asked, crops, said)
    own = parameter("standard_equivalent", table.id)
    for other in known():
        row = parameter("standard_equivalent", other)
        if not table.own and row and row.value == asked and (own is None or own.value != asked) and not said.mix:
            raise GepError(fault("GEP-V006", file=table.id, value=f"{asked:g}", other=other, table=table.id))
    words = f"给定的当量价值 {asked:g}", f"value of one equivalent given: {asked:g}"
    if said.mix:
        words = f"{words[0]}（混用理由：{said.mix}）", f"{words[1]} (mixed because: {said.mix})"
    return Worth(asked, "yuan", None, "judgement", *words)


def _by_rule(rule: str, crops: pd.DataFrame | None, said: Transfer) -> Worth:
    needed = ["yield", "grain_price"] if rule == "one_seventh" else ["net_profit"]
    lacking = needed if crops is None else [c for c in needed if c not in crops or crops[c].isna().any()]
    if crops is None or lacking or crops["area"].isna().any() or not crops["area"].sum() > 0:
        lack = "、".join(["area", *lacking])
        raise GepError(fault("GEP-V009", place="unit_value", rule=rule, lack=lack))
    names = "、".join(crops["item"])
    if rule == "net_profit":
        value = net_profit(crops["area"], crops["net_profit"])
        words = f"净利润法（{names}）：{value:.6g}", f"net profit of {names}: {value:.6g}"
        return Worth(float(value), "yuan", said.year if said.index is None else None, "judgement", *words)
    divisor = parameter("one_seventh_divisor")
    assert divisor is not None
    assert divisor.value is not None
    value = one_seventh(crops["area"], crops["yield"], crops["grain_price"], divisor.value)
    words = f"1/7 粮食产值（{names}）：{value:.6g}", f"one seventh of the value of {names}: {value:.6g}"
    return Worth(float(value), "yuan", said.year if said.index is None else None, "judgement", *words)


def _money(table: FactorTable, said: Transfer) -> Worth:
    if said.unit_value != "published":
        raise GepError(fault("GEP-V007", file=table.id, place="unit_value", table=table.id))
    words = f"表中即价值（{table.currency}）", f"the table holds values ({table.currency})"
    return Worth(1.0, table.currency, table.year, "verified", *words)


def _exchanged(table: FactorTable, said: Transfer, found: Worth) -> Worth:
    if found.currency == "yuan":
        raise GepError(fault("GEP-V016", file=table.id, place="exchange", table=table.id))
    assert said.exchange is not None
    rate, year = said.exchange.rate, said.exchange.year
    told = ()
    if year != table.year:
        told = (fault("GEP-V019", file=table.id, place="exchange", rate_year=year, table=table.id, year=table.year),)
    zh = f"{found.how_zh} × {rate:g} 元/{table.currency}（{year} 年汇率）"
    en = f"{found.how_en} × {rate:g} yuan/{table.currency} (rate of {year})"
    return replace(
        found, value=found.value * rate, currency="yuan", confidence="judgement", how_zh=zh, how_en=en, warnings=told
    )


def _moved(said: Transfer, found: Worth, prices: Prices, region: str) -> Worth:
    """The same money at the price level of the year asked for. A number or rule of no stated year is of that year."""
    if said.year is None or said.year == found.year:
        return found
    if found.year is None and said.index is None:
        return replace(found, year=said.year)
    lack = (
        ("没有基年", "there is no base year") if found.year is None
        else ("没有指数", "there is no index") if said.index is None
        else (f"钱是 {found.currency}，不是人民币", f"the money is {found.currency}, not yuan")
        if found.currency != "yuan" else None
    )  # fmt: skip
    if lack or found.year is None or said.index is None:
        raise GepError(fault("GEP-V017", place="year", year=said.year, lack_zh=lack[0], lack_en=lack[1]))
    if said.index not in prices.indices:
        names = ", ".join(prices.indices)
        raise GepError(fault("GEP-K041", place="transfer.index", index=said.index, indices=names))
    ratio, steps = prices.ratio(said.index, found.year, said.year, region or "CN")
    return replace(
        found,
        value=found.value * ratio,
        year=said.year,
        confidence=worst([found.confidence, *(s.confidence for s in steps)]),
        how_zh=f"{found.how_zh}，由 {found.year} 年按 {said.index} 换算到 {said.year} 年（×{ratio:.6g}）",
        how_en=f"{found.how_en}, moved from {found.year} to {said.year} by {said.index} (×{ratio:.6g})",
    )


@dataclass(frozen=True)
class Scales:
    """What multiplies the factors beside the worth: by service (adjustments) and by class (province)."""

    services: Mapping[str, float]
    classes: Mapping[str, float]
    grades: Mapping[str, str]  # class → confidence of its province factor
    words: tuple[str, ...]


def scales(table: FactorTable, said: Transfer, region: str) -> Scales:
    """Adjustments and province factor of a study on a factor table. Raises GepError GEP-V010…V012."""
    faults: list[Fault] = []
    for name in said.adjust:
        if not any(s.adjust == name for s in table.services.values()):
            faults.append(fault("GEP-V010", file=table.id, place=f"adjust.{name}", key=name, table=table.id))
    services = {s.id: said.adjust.get(s.adjust, 1.0) for s in table.services.values()}  # type: ignore[call-overload]
    words = [f"{name} × {by:g}" for name, by in said.adjust.items()]
    chosen = [c.id for c in table.classes.values() if said.province == "all" or (said.province and c.farmland)]
    classes: dict[str, float] = {}
    grades: dict[str, str] = {}
    if said.province:
        row = province_factor(region)
        if row is None or not row["value"]:
            faults.append(fault("GEP-V011", place="province", region=region or "-"))
        elif not chosen:
            faults.append(fault("GEP-V012", file=table.id, place="province", table=table.id))
        else:
            classes = dict.fromkeys(chosen, float(row["value"]))
            grades = dict.fromkeys(chosen, row["confidence"])
            words.append(f"province {row['zh']} × {row['value']} [{row['confidence']}] ({said.province})")
    if faults:
        raise GepError(faults)
    return Scales(services, classes, grades, tuple(words))
