"""Green development index of the county from its items, and public satisfaction apart from it.

The table `green_development`: a row an item, with its group, class (1 ★, 2 ◆, 3 △), value, and the least and greatest
value of all places compared, which the authority that compares them publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.indices import green_development as formulas
from gep.assessment.indices.green_development import GROUPS, SATISFACTION, SCHEME
from gep.assessment.indices.scheme import WHOLE, Scheme, values
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.ledger import grade
from gep.compensation.nouns import Words, step
from gep.compensation.rule import Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import LACKING

if TYPE_CHECKING:
    import pandas as pd

GREEN = Table("green_development", "绿色发展指标", "items of green development", Expected({
    "group": Expect("text", required=True, aliases=("一级指标", "类别", "目标类别")),
    "item": Expect("text", required=True, aliases=("二级指标", "指标", "指标名称")),
    "class": Expect("text", aliases=("等次", "指标类型")),
    "direction": Expect("text", aliases=("方向", "指标方向")),
    "value": Expect(unit=None, required=True, negative=True, aliases=("数值", "本县", "实际值")),
    "low": Expect(unit=None, negative=True, aliases=("最小值", "参评地区最小值")),
    "high": Expect(unit=None, negative=True, aliases=("最大值", "参评地区最大值")),
    "unit": Expect("text", aliases=("单位", "计量单位")),
}, key=("group", "item")))  # fmt: skip
DIRECTIONS = {"正向": False, "正": False, "positive": False, "+": False, "逆向": True, "负向": True, "逆": True,
              "负": True, "negative": True, "-": True}  # fmt: skip
CLASSES = {"1": "1", "★": "1", "约束性": "1", "2": "2", "◆": "2", "3": "3", "△": "3"}
PUBLIC = ("year", "group_zh", "group_en", "item", "weight", "figure", "least", "greatest", "score")


def check(given: Given, year: int) -> list[Fault]:
    """Groups, classes, directions, and a value between the least and the greatest: GEP-J117, J131 … J135."""
    table = given.table(GREEN.role, year)
    out: list[Fault] = []
    for row, one in table.iterrows() if table is not None else ():
        at = {"file": table.attrs.get("file", GREEN.role), "place": f"row {row}"}  # type: ignore[union-attr]
        group, value = _group(one["group"]), float(one["value"])
        if group is None:
            known = "、".join([zh for zh, _ in GROUPS.values()] + [SATISFACTION[0]])
            out.append(fault("GEP-J131", **at, word=one["group"], known=known))
        if group == "":
            if value == value and not 0 <= value <= WHOLE:
                out.append(fault("GEP-J117", **at, item=SATISFACTION[0], value=f"{value:g}"))
            continue
        if _cell(one, "class") not in CLASSES:
            out.append(fault("GEP-J135", **at, word=_cell(one, "class") or "—"))
        if _cell(one, "direction") not in DIRECTIONS:
            out.append(fault("GEP-J134", **at, word=_cell(one, "direction") or "—"))
        low, high = _number(one, "low"), _number(one, "high")
        said = {"item": one["item"], "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
        if low == low and high == high and not high > low:
            out.append(fault("GEP-J132", **at, **said))
        elif value == value and low == low and high == high and not low <= value <= high:
            out.append(fault("GEP-J133", **at, **said))
    return out


def _green(indicator: Indicator, year: int, given: Given) -> Found:
    """The index or the satisfaction of the county."""
    table = given.table(GREEN.role, year)
    missing = Words("绿色发展指数评价县域及以上", "the green development index is of a county and above")
    if table is None:
        words = (
            "缺表 green_development：写在 assessment.tables",
            "lacks the table green_development of assessment.tables",
        )
        return Found((lacking(indicator.code, COUNTY, year, *words),), missing=missing)
    if faults := check(given, year):
        return Found(faults=tuple(faults))
    if indicator.of == "satisfaction":
        return Found((_satisfaction(indicator, year, table),), missing=missing)
    try:
        one, shown = _index(indicator, year, given, table)
    except GepError as error:
        if {f.code for f in error.faults} <= LACKING | {"GEP-J136"}:
            words = ("；".join(f.zh for f in error.faults), "; ".join(f.en for f in error.faults))
            return Found((lacking(indicator.code, COUNTY, year, *words),), missing=missing)
        return Found(faults=error.faults)
    return Found((one,), tables={"green_development": shown}, missing=missing)


def _index(indicator: Indicator, year: int, given: Given, table: pd.DataFrame) -> tuple[Observation, pd.DataFrame]:
    """The index and its table. Raises GepError GEP-J136 with every group or item that is missing."""
    import pandas as pd

    scheme = Scheme.of(SCHEME, given.terms, year)
    w, ratio = scheme.table("gdi_weight"), scheme.table("gdi_item_ratio")
    floor, span = scheme.rate("efficacy_floor"), scheme.rate("efficacy_span")
    rows, lines, lacks = [], [r.lineage() for r in (*w.values(), *ratio.values(), floor, span)], []
    scores: dict[str, float] = {}
    file = str(table.attrs.get("file", GREEN.role))
    weights: dict[str, Decimal] = {}
    for group, (zh, en) in GROUPS.items():
        items = {f"{group}/{one['item']}": (row, one) for row, one in table.iterrows() if _group(one["group"]) == group}
        blank = [str(one["item"]) for _, one in items.values() if any(_number(one, c) != _number(one, c) for c in
                                                                     ("value", "low", "high"))]  # fmt: skip
        if blank or not items:
            lacks.append(fault("GEP-J136", group=zh, items="、".join(blank) or "—"))
            continue
        classes = {id: CLASSES[_cell(one, "class")] for id, (_, one) in items.items()}
        weights |= formulas.item_weights(classes, w[group].number, values(ratio))
        for id, (row, one) in items.items():
            value, low, high = (float(one[c]) for c in ("value", "low", "high"))
            negative = DIRECTIONS[_cell(one, "direction")]
            scores[id] = formulas.efficacy(value, low, high, negative, float(floor.number), float(span.number))
            lines.append(Line("figure", f"green_development/{id}", str(one["item"]), value, _cell(one, "unit"),
                              file=file, confidence="secondary", note=f"row {row}"))  # fmt: skip
            rows.append((year, zh, en, one["item"], float(weights[id]), value, low, high, scores[id]))
    if lacks:
        raise GepError(lacks)
    value = formulas.green_development(scores, weights)
    text = f"Σ w·Y ({len(scores)}), Y = {floor.number} + {span.number}·(X − min)/(max − min) = {value:.10g}"
    lines.append(step("gdi", "Σ w·Y", value, "1", text, kind="formula"))
    made = Observation(indicator.code, COUNTY, year, value, confidence=grade(lines), lines=tuple(lines))
    return made, pd.DataFrame(rows, columns=list(PUBLIC))


def _satisfaction(indicator: Indicator, year: int, table: pd.DataFrame) -> Observation:
    for row, one in table.iterrows():
        if _group(one["group"]) == "" and one["value"] == one["value"]:
            value = float(one["value"])
            file = str(table.attrs.get("file", GREEN.role))
            line = Line("figure", "green_development/satisfaction", SATISFACTION[0], value, "%", file=file,
                        confidence="secondary", note=f"row {row}")  # fmt: skip
            done = step("read", SATISFACTION[0], value, "%", f"{value:.10g} %", kind="formula")
            return Observation(indicator.code, COUNTY, year, value, confidence="secondary", lines=(line, done))
    return lacking(indicator.code, COUNTY, year, "表 green_development 没有公众满意程度",
                   "the table green_development has no public satisfaction")  # fmt: skip


def _group(text: object) -> str | None:
    """The id of a group as written; "" for public satisfaction, None where it is neither."""
    said = key(str(text))
    if said in map(key, (*SATISFACTION, "公众满意", "satisfaction")):
        return ""
    return next((id for id, words in GROUPS.items() if said in map(key, (id, *words))), None)


def _cell(one: Mapping[str, Any] | pd.Series, column: str) -> str:
    return str(one[column]).strip() if column in one and isinstance(one[column], str) else ""


def _number(one: Mapping[str, Any] | pd.Series, column: str) -> float:
    return float(one[column]) if column in one else float("nan")


MEASURES = (
    Measure("green_development", "绿色发展指数", "green development index", "Σ w·Y, Y = 60 + 40·(X − min)/(max − min)",
            _green, "GDI2016", of={"index": ("绿色发展指数", "index"), "satisfaction": SATISFACTION}, tables=(GREEN,),
            terms=(Term("gdi_weight", "1", "各类权重", "weights of the groups", "group"),
                   Term("gdi_item_ratio", "1", "类内权数之比", "ratio of item classes", "class"),
                   Term("efficacy_floor", "1", "功效系数基分", "floor of the efficacy score"),
                   Term("efficacy_span", "1", "功效系数幅度", "span of the efficacy score")), check=check,
            note_zh="公众满意程度另列，不计入指数", note_en="public satisfaction stands apart from the index"),
)  # fmt: skip
