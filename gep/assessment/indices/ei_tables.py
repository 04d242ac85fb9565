"""The tables that EI is made from: the county's figures, those of townships, sub-indices as published.

`ei_county` is long (item, figure, unit); of a load `term_unit` states the unit in which it enters the formula, which no
source we read says. `ei_township` has a row a township. `ei_reported`: sub-indices that were officially published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep import units
from gep.assessment.indices.ei import PARTS
from gep.assessment.indices.scheme import WHOLE
from gep.assessment.nouns import COUNTY, Given
from gep.compensation.rule import Table
from gep.errors import Fault, GepError, fault
from gep.intake.expect import ZONE, Expect, Expected
from gep.intake.values import key, unit_text
from gep.lineage import Line
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

RESOURCE = "1e6m³"
LEVELS = ("1", "2", "3")  # of 环境限制
# id → 中文, English, unit, what counties call it
ITEMS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "bi": ("生物多样性指数", "biodiversity index", "1", ("BI", "生物多样性指数(BI)")),
    "ndvi": ("5—9 月 NDVI 月最大值均值", "mean of monthly NDVI maxima, May–September", "1", ("NDVI", "NDVI均值")),
    "river_length": ("河流长度", "length of rivers", "km", ("河长", "河流总长")),
    "water_area": ("水域面积", "water area", "km²", ("水面面积",)),
    "water_resource": ("水资源量", "water resource", RESOURCE, ("水资源总量",)),
    "water_mean": ("多年平均水资源量", "long-run mean of the water resource", RESOURCE, ("多年平均水资源总量",)),
    "water_adjusted": ("调整后水资源量", "adjusted water resource", RESOURCE, ("水资源量调整值",)),
    "erosion_heavy": ("重度侵蚀面积", "heavily eroded area", "km²", ("重度侵蚀",)),
    "erosion_moderate": ("中度侵蚀面积", "moderately eroded area", "km²", ("中度侵蚀",)),
    "built": ("建设用地面积", "built-up area", "km²", ("建设用地",)),
    "other_stress": ("其他土地胁迫面积", "area under other stress", "km²", ("其他土地胁迫", "其他胁迫")),
    "precipitation": ("年降水量", "precipitation of the year", "mm", ("降水量",)),
    "cod": ("化学需氧量排放量", "COD emitted", "t", ("化学需氧量", "COD")),
    "nh3": ("氨氮排放量", "ammonia nitrogen emitted", "t", ("氨氮", "NH3-N")),
    "so2": ("二氧化硫排放量", "SO₂ emitted", "t", ("二氧化硫", "SO2")),
    "dust": ("烟（粉）尘排放量", "dust emitted", "t", ("烟(粉)尘", "烟粉尘", "颗粒物")),
    "nox": ("氮氧化物排放量", "NOx emitted", "t", ("氮氧化物", "NOx")),
    "solid_waste": ("固体废物丢弃量", "solid waste dumped", "t", ("固体废物", "固废")),
    "restriction": ("环境限制等级", "level of the restriction", "1", ("环境限制",)),
    "area": ("行政区面积", "area of the county", "km²", ("面积", "土地面积")),
}
LOADS = ("cod", "nh3", "so2", "dust", "nox", "solid_waste")
TOWNSHIP_ITEMS = ("ndvi", "river_length", "water_area", "water_resource", "water_mean", "water_adjusted",
                  "erosion_heavy", "erosion_moderate", "built", "other_stress")  # fmt: skip

_ITEM = Expect("text", required=True, aliases=("指标", "项目", "名称"))
_FIGURE = Expect(unit=None, required=True, negative=True, aliases=("数值", "数量"))
_DOCUMENT = Expect("text", aliases=("文件", "资料", "资料来源"))
EI_COUNTY = Table("ei_county", "EI 县级数据", "county data of EI", Expected({
    "item": _ITEM, "quantity": _FIGURE, "unit": Expect("text", aliases=("单位", "计量单位")),
    "term_unit": Expect("text", aliases=("计入单位", "公式单位")), "document": _DOCUMENT,
}, key=("item",)), required=False)  # fmt: skip
EI_TOWNSHIP = Table("ei_township", "EI 乡镇数据", "township data of EI", Expected({
    "zone": ZONE, **{id: Expect(unit=ITEMS[id][2], negative=id == "ndvi", aliases=(ITEMS[id][0], *ITEMS[id][3]))
                     for id in TOWNSHIP_ITEMS},
}, key=("zone",)))  # fmt: skip
EI_REPORTED = Table("ei_reported", "公布的 EI 分指数", "published sub-indices of EI", Expected({
    "item": _ITEM, "quantity": Expect(unit="1", required=True, negative=True, aliases=("数值", "指数")),
    "document": _DOCUMENT,
}, key=("item",)), required=False)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure in the unit of ITEMS, as it was said, and where; `term_unit`: the unit stated for its term."""

    id: str
    value: float
    line: Line
    term_unit: str = ""


def figures(zone: str, year: int, given: Given) -> dict[str, Figure]:
    """The figures of the county (COUNTY) or of a township; blank ones are left out. Raises GepError."""
    if zone == COUNTY:
        found, faults = county_figures(given.table(EI_COUNTY.role, year))
        if faults:
            raise GepError(faults)
        return found
    table = given.table(EI_TOWNSHIP.role, year)
    if table is None:
        return {}
    out = {}
    for row, one in table[table["zone"] == zone].iterrows():
        for id in TOWNSHIP_ITEMS:
            if id in table and one[id] == one[id]:
                out[id] = _figure(id, float(one[id]), ITEMS[id][2], table, row)
    return out


def county_figures(table: pd.DataFrame | None) -> tuple[dict[str, Figure], list[Fault]]:
    """The rows of `ei_county` by item, and what is wrong with them: GEP-J112 … J116."""
    if table is None:
        return {}, []
    out: dict[str, Figure] = {}
    faults: list[Fault] = []
    for row, one in table.iterrows():
        at = {"file": table.attrs.get("file", EI_COUNTY.role), "place": f"row {row}"}
        id = _named(one["item"], ITEMS)
        if id is None:
            zh, en = did_you_mean(one["item"], [name for words in ITEMS.values() for name in words[:1]])
            faults.append(fault("GEP-J112", **at, word=one["item"], near_zh=zh, near_en=en))
            continue
        if id in out:
            faults.append(fault("GEP-J114", **at, item=ITEMS[id][0], other=out[id].line.note))
        value = float(one["quantity"])
        if value != value:
            continue
        want, have = ITEMS[id][2], unit_text(_text(one, "unit"))
        try:
            if not have and want != "1":
                raise ValueError("—")
            made = value * units.factor(have or want, want)
            term = _term(id, one, value, have)
        except ValueError as error:
            faults.append(fault("GEP-J113", **at, item=ITEMS[id][0], have=have or "—", want=want, error=error))
            continue
        faults += _odd(id, made, at)
        if term is not None:
            made, want = term
        line = _figure(id, made, want, table, row).line
        out[id] = Figure(id, made, line, want if term is not None else "")
    return out, faults


def _term(id: str, one: pd.Series, value: float, have: str) -> tuple[float, str] | None:
    """A load in the unit stated for its term; None where none is stated. Raises ValueError."""
    stated = unit_text(_text(one, "term_unit"))
    return (value * units.factor(have, stated), stated) if id in LOADS and stated else None


def _odd(id: str, value: float, at: Mapping[str, Any]) -> list[Fault]:
    """Figures out of their range."""
    if id == "ndvi" and not -1 <= value <= 1:
        return [fault("GEP-J115", **at, value=f"{value:g}")]
    if id == "restriction" and f"{value:g}" not in LEVELS:
        return [fault("GEP-J116", **at, value=f"{value:g}", known=", ".join(LEVELS))]
    if id == "bi" and not 0 <= value <= WHOLE:
        return [fault("GEP-J117", **at, item=ITEMS[id][0], value=f"{value:g}")]
    if value < 0 and id != "ndvi":
        return [fault("GEP-J118", **at, item=ITEMS[id][0], value=f"{value:g}")]
    if id in ("area", "water_mean") and value == 0:
        return [fault("GEP-J118", **at, item=ITEMS[id][0], value="0")]
    return []


def reported(table: pd.DataFrame | None) -> tuple[dict[str, Figure], list[Fault]]:
    """Published sub-indices (PARTS) and, to compare with, EI; what is wrong with them: GEP-J112, J114, J117."""
    words: dict[str, tuple[str, str, str, tuple[str, ...]]]
    words = {id: (zh, en, "1", (zh.removesuffix("指数"),)) for id, (zh, en) in PARTS.items()}
    words["ei"] = ("生态环境状况指数", "EI", "1", ("EI", "生态环境状况指数(EI)"))
    out: dict[str, Figure] = {}
    faults: list[Fault] = []
    for row, one in table.iterrows() if table is not None else ():
        assert table is not None
        at = {"file": table.attrs.get("file", EI_REPORTED.role), "place": f"row {row}"}
        id = _named(one["item"], words)
        if id is None:
            zh, en = did_you_mean(one["item"], [w[0] for w in words.values()])
            faults.append(fault("GEP-J112", **at, word=one["item"], near_zh=zh, near_en=en))
            continue
        if id in out:
            faults.append(fault("GEP-J114", **at, item=words[id][0], other=out[id].line.note))
        value = float(one["quantity"])
        if value != value:
            continue
        if not 0 <= value <= WHOLE:
            faults.append(fault("GEP-J117", **at, item=words[id][0], value=f"{value:g}"))
        line = Line("figure", f"{EI_REPORTED.role}/{id}", words[id][0], value, "1", file=at["file"],
                    source=_text(one, "document"), confidence="secondary", note=f"row {row}")  # fmt: skip
        out[id] = Figure(id, value, line)
    return out, faults


def check(given: Given, year: int) -> list[Fault]:
    """What is wrong with the tables of EI of a year."""
    faults = county_figures(given.table(EI_COUNTY.role, year))[1]
    return faults + reported(given.table(EI_REPORTED.role, year))[1]


def check_townships(given: Given, year: int) -> list[Fault]:
    """What is wrong with the township table of EI of a year."""
    table = given.table(EI_TOWNSHIP.role, year)
    if table is None:
        return []
    file = table.attrs.get("file", EI_TOWNSHIP.role)
    out: list[Fault] = []
    for row, one in table.iterrows():
        for id in TOWNSHIP_ITEMS:
            if id in table and one[id] == one[id]:
                out += _odd(id, float(one[id]), {"file": file, "place": f"row {row}, column {ITEMS[id][0]}"})
    return out


def _named(word: object, words: Mapping[str, tuple[str, str, str, tuple[str, ...]]]) -> str | None:
    said = key(str(word))
    return next((id for id, (zh, en, _, others) in words.items() if said in map(key, (id, zh, en, *others))), None)


def _figure(id: str, value: float, unit: str, table: pd.DataFrame, row: object) -> Figure:
    line = Line("figure", id, ITEMS[id][0], value, unit, file=str(table.attrs.get("file", "")), confidence="secondary",
                note=f"row {row}")  # fmt: skip
    return Figure(id, value, line)


def _text(one: pd.Series, column: str) -> str:
    return str(one[column]) if column in one and isinstance(one[column], str) else ""
