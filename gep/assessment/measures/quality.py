"""Two quality indices, named apart: the regional EQI (2021) as published, and HJ 1172's 生态系统质量指数 of a run.

The regional EQI is imported (`eqi_official`: county figure, class, document) and never computed. The index of HJ 1172
is the account's own (gep.accounts.quality), by township, with its own cuts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gep.accounts.quality import grade_of
from gep.assessment.catalogue import Indicator
from gep.assessment.indices import eqi
from gep.assessment.indices.scheme import WHOLE, Scheme
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation
from gep.compensation.nouns import Words, dec, step
from gep.compensation.rule import Table, Term
from gep.condition_variables import grades
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

EQI = Table("eqi_official", "公布的区域生态质量指数", "the published regional EQI", Expected({
    "value": Expect(unit="1", required=True, aliases=("区域生态质量指数", "EQI", "区域生态质量指数(EQI)", "数值")),
    "class": Expect("text", aliases=("类别", "生态质量类型", "等级")),
    "document": Expect("text", required=True, aliases=("文件", "资料", "发布单位与文件", "资料来源")),
    "name": Expect("text", aliases=("县", "行政区", "地区")),
}))  # fmt: skip
NOT_OF_TOWNSHIPS = Words("区域生态质量指数评价县域及以上，乡镇没有",
                         "the regional EQI is of a county and above: townships have none")  # fmt: skip
EQI_COLUMNS = (
    "year",
    "eqi",
    "class_zh",
    "class_en",
    "document",
    "before",
    "change",
    "change_grade_zh",
    "change_grade_en",
)
QUALITY_COLUMNS = ("year", "zone", "zone_name", "hj1172_quality", "grade_zh", "grade_en")


def check(given: Given, year: int) -> list[Fault]:
    """One row, a figure of 0–100, its document, and the class that belongs to it."""
    table = given.table(EQI.role, year)
    if table is None:
        return []
    file = table.attrs.get("file", EQI.role)
    out = [fault("GEP-J125", file=file, n=len(table))] if len(table) > 1 else []
    for row, one in table.iterrows():
        value = float(one["value"])
        at: dict[str, Any] = {"file": file, "place": f"row {row}"}
        if value == value and not 0 <= value <= WHOLE:
            out.append(fault("GEP-J117", **at, item="EQI", value=f"{value:g}"))
            continue
        if not _text(one, "document"):
            out.append(fault("GEP-J121", **at))
        if value == value and (said := _text(one, "class")):
            out += _class_fault(said, value, given, year, at)
    return out


def _class_fault(said: str, value: float, given: Given, year: int, at: dict[str, Any]) -> list[Fault]:
    n = eqi.class_named(said)
    if n is None:
        return [fault("GEP-J123", **at, word=said)]
    try:
        made = eqi.class_of(value, Scheme.of(eqi.SCHEME, given.terms, year))
    except GepError as error:
        return list(error.faults)
    return [] if n == made[0] else [fault("GEP-J122", **at, value=f"{value:g}", made=made[1].zh[:1], said=said)]


def _eqi(indicator: Indicator, year: int, given: Given) -> Found:
    """The published EQI of the county."""
    faults = check(given, year)
    if faults:
        return Found(faults=tuple(faults))
    one = _official(given, year)
    if one is None:
        zh = "没有公布值：写在 assessment.tables.eqi_official 的表里（指数、类别、文件）；本工具不代为计算"
        en = "no published figure: put it into assessment.tables.eqi_official (index, class, document); never computed"
        lack = Observation(indicator.code, COUNTY, year, None, "missing", note=Words(zh, en))
        return Found((lack,), missing=NOT_OF_TOWNSHIPS)
    value, document, line = one
    scheme = Scheme.of(eqi.SCHEME, given.terms, year)
    _, words, rate = eqi.class_of(value, scheme)
    done = step("published", "EQI", value, "1", f"公布值 / as published: {document} = {value:.10g}", kind="formula")
    made = Observation(indicator.code, COUNTY, year, value, confidence="secondary", lines=(line, rate.lineage(), done))
    row = dict.fromkeys(EQI_COLUMNS) | {"year": year, "eqi": value, "class_zh": words.zh, "class_en": words.en,
                                        "document": document, "change_grade_zh": "", "change_grade_en": ""}  # fmt: skip
    before = max((y for y in given.years if y < year), default=None)
    then = _official(given, before) if before is not None else None
    if then is not None:
        delta = float(dec(value) - dec(then[0]))
        called, _ = eqi.change(delta, scheme)
        row |= {"before": before, "change": delta, "change_grade_zh": called.zh, "change_grade_en": called.en}
    import pandas as pd

    shown = pd.DataFrame([row], columns=list(EQI_COLUMNS)).astype({"before": "Int64", "change": "float64"})
    return Found((made,), tables={"eqi": shown}, missing=NOT_OF_TOWNSHIPS)


def _official(given: Given, year: int) -> tuple[float, str, Line] | None:
    table = given.table(EQI.role, year)
    if table is None or len(table) != 1 or not float(table["value"].iloc[0]) >= 0:
        return None
    one, row = table.iloc[0], table.index[0]
    value, document = float(one["value"]), _text(one, "document")
    line = Line("figure", EQI.role, "区域生态质量指数", value, "1", file=str(table.attrs.get("file", EQI.role)),
                source=document, confidence="secondary", note=f"row {row}")  # fmt: skip
    return value, document, line


def _quality(indicator: Indicator, year: int, given: Given) -> Found:
    """HJ 1172's index by township and for the county, from the condition account."""
    assert given.results is not None
    table = given.results.stocks.get("quality_index")
    if table is None or not len(table):
        zh = "状况账户没有生态系统质量指数：任务书写 condition: {quality: true}"
        en = "the condition account has no ecosystem quality index: say condition: {quality: true} in the study"
        return Found(missing=Words(zh, en))
    whole = table[table["type"] == ""]
    out, rows = [], []
    for zone in ("", *given.zones):
        one = _at(whole[whole["zone"] == zone], year)
        if one is None:
            continue
        value, parts, note = one
        lines = [Line("figure", f"quality_index/{zone or 'county'}/{year}", "生态系统质量指数（HJ 1172）", value, "1",
                      file="quality_index.csv", confidence="judgement", note=note)]  # fmt: skip
        text = f"({' + '.join(f'{p:.6g}' for p in parts)})/{len(parts)}·{WHOLE:g} = {value:.10g}"
        lines.append(step("hj1172", "(LAI + FVC + GPP)/3·100", value, "1", text, kind="formula"))
        out.append(Observation(indicator.code, zone, year, value, confidence="judgement", lines=tuple(lines)))
        named = next((g for g in grades() if g.id == grade_of(value)), None)
        words = (named.zh, named.en) if named is not None else ("", "")
        rows.append((year, zone, given.zones.get(zone, ""), value, *words))
    import pandas as pd

    missing = Words(f"{year} 年不是状况账户的期末或期初", f"{year} is no date of the condition account")
    return Found(
        tuple(out), tables={"hj1172_quality": pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))}, missing=missing
    )


def _at(rows: pd.DataFrame, year: int) -> tuple[float, list[float], str] | None:
    """(index, relative densities, note) of a year: closing of an interval, else opening; None where there is none."""
    for date, end in (("close", "closing"), ("open", "opening")):
        for one in rows[rows[date] == year].to_dict("records"):
            if one[end] == one[end]:
                parts = [float(x) for column, x in one.items() if str(column).endswith(f"_{end}") and column not in
                         (f"grade_{end}", f"coverage_{end}")]  # fmt: skip
                return float(one[end]), parts, str(one.get("note", ""))
    return None


def _text(one: pd.Series, column: str) -> str:
    return str(one[column]).strip() if column in one and isinstance(one[column], str) else ""


MEASURES = (
    Measure("eqi", "区域生态质量指数（公布值）", "regional EQI, as published", "published", _eqi, "EQI2021",
            tables=(EQI,), terms=(Term("eqi_class", "1", "分类界线", "cuts of the classes"),), check=check,
            note_zh="只导入公布值；不是 HJ 1172 的生态系统质量指数",
            note_en="imported as published; not the ecosystem quality index of HJ 1172"),
    Measure("quality_index", "生态系统质量指数（HJ 1172）", "ecosystem quality index (HJ 1172)",
            "(LAI + FVC + GPP)/3·100", _quality, "HJ1172", needs=True,
            note_zh="界线 75/55/35/20；不是 2021 年的区域生态质量指数",
            note_en="cuts 75/55/35/20; not the regional index of 2021"),
)  # fmt: skip
