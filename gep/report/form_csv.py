"""A form as a flat table for CSV: a line a figure, the common columns of the balance sheet, names in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep import entries as entries_
from gep.forms import Form
from gep.report import labels
from gep.report.form_layout import Line, full_name, line_name

if TYPE_CHECKING:
    import pandas as pd

# the names of spec and officials, and the columns of entries they show
COLUMNS = (
    "表号", "区划代码", "乡镇", "期初年份", "年份", "单位", "指标代码", "指标名称", "indicator", "权属", "值",
    "数据来源", "估计方法", "可信度", "备注",
)  # fmt: skip
ENCODING = "utf-8-sig"  # Excel opens it as it should


def table(form: Form, entries: pd.DataFrame) -> pd.DataFrame:
    """The entries of one form in the order given, columns `COLUMNS`; write it with `index=False, encoding=ENCODING`.

    指标代码 is form.row.column; 估计方法 is 0 measured, 1 estimated, 2 remote sensing, empty for what is made of other
    entries; 权属 is state, collective or empty for all; 区划代码 is empty for the county. A missing 值 is empty.
    """
    import pandas as pd

    own = entries[entries["form"] == form.form]
    cells = list(entries_.tuples(own, "row", "column"))
    names = {
        lang: {
            (row, column): f"{line_name(form, Line(row), lang)} {full_name(form, column, lang)}"
            for row, column in set(cells)
        }
        for lang in ("zh", "en")
    }
    county = labels.label("form_county", "zh")
    data = {
        "表号": [form.number] * len(own),
        "区划代码": own["zone"].tolist(),
        "乡镇": [name if zone else county for zone, name in entries_.tuples(own, "zone", "zone_name")],
        "期初年份": own["open"].tolist(),
        "年份": own["close"].tolist(),
        "单位": own["unit"].tolist(),
        "指标代码": [f"{form.form}.{row}.{column}" for row, column in cells],
        "指标名称": [names["zh"][cell] for cell in cells],
        "indicator": [names["en"][cell] for cell in cells],
        "权属": own["owner"].tolist(),
        "值": own["value"].tolist(),
        "数据来源": own["source"].tolist(),
        "估计方法": own["method"].tolist(),
        "可信度": own["confidence"].tolist(),
        "备注": own["note"].tolist(),
    }
    return pd.DataFrame(data, columns=list(COLUMNS))
