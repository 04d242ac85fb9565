"""Township names and codes of a table against those of the zones: exact after tidying, never by guess."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Literal

import pandas as pd

from gep.errors import Fault, fault
from gep.intake.values import key

TOTALS = frozenset(
    {
        "合计",
        "总计",
        "小计",
        "共计",
        "总和",
        "全县",
        "全市",
        "全区",
        "全省",
        "total",
        "sum",
        "县合计",
        "全县合计",
        "全县总计",
    }
)
_SUFFIX = re.compile(r"(民族乡|街道办事处|办事处|街道|地区|镇|乡|苏木)$")


def _stem(name: str) -> str:
    return _SUFFIX.sub("", key(name)) or key(name)


def match_zones(
    df: pd.DataFrame, zones: Mapping[str, str], by: Literal["name", "code"] = "name", *, file: str = ""
) -> tuple[pd.DataFrame, list[Fault]]:
    """Put the zone ids of the study in the column `zone` of a table.

    `zones`: {zone id: zone name}; `by`: whether the table's `zone` column holds names or codes. Rows that match
    nothing are left out and are errors (GEP-T030, with the nearest name); a name that two zones bear is GEP-T032;
    townships without a row are told as missing, never taken as 0 (GEP-T031, warning; not for a list of named things,
    an inventory: a township without a row has none of them). A zone held twice under two spellings is GEP-T021.
    Returns the table with `zone` = id and `zone_name`, and the faults.
    """
    file = file or str(df.attrs.get("file", ""))
    faults: list[Fault] = []
    known: dict[str, list[str]] = {}
    for id, name in zones.items():
        known.setdefault(key(id) if by == "code" else key(name), []).append(str(id))
    ids: list[str | None] = []
    told: set[str] = set()
    for row, text in zip(df.index, df["zone"], strict=True):
        hits = known.get(key(text), [])
        if not hits and by == "code":
            hits = [i for k, ids_ in known.items() for i in ids_ if _same_code(k, key(text))]
        ids.append(hits[0] if len(hits) == 1 else None)
        if len(hits) == 1 or text in told:
            continue
        told.add(text)
        place = f"row {row}, column zone"
        if hits:
            faults.append(fault("GEP-T032", file=file, place=place, name=text, ids="、".join(hits)))
        else:
            zh, en = _near(str(text), zones, by)
            faults.append(fault("GEP-T030", file=file, place=place, name=text, n=len(zones), zh=zh, en=en))
    out = df.assign(zone=pd.Series(ids, index=df.index, dtype="object"))
    out = out[out["zone"].notna().to_numpy()]
    names = {str(id): name for id, name in zones.items()}
    out = out.assign(zone_name=out["zone"].map(names))
    spelt = {(id, text) for id, text in zip(ids, df["zone"], strict=True) if id is not None}
    there = {id for id, _ in spelt}
    faults += _twice(df, out, file) if len(spelt) > len(there) else []
    absent = [name for id, name in zones.items() if str(id) not in there]
    if absent and "name" not in df:  # a list of named things is an inventory: no row, none of them
        faults.append(fault("GEP-T031", file=file, n=len(absent), names="、".join(absent)))
    out.attrs = df.attrs
    return out, faults


def _twice(df: pd.DataFrame, out: pd.DataFrame, file: str) -> list[Fault]:
    """Rows of one zone and item that differ only in how the zone is spelt."""
    telling = ("zone", "name", "service", "item", "type", "category", "date", "station", "section", "parameter")
    keys = [c for c in telling if c in out]
    named = out[keys].astype(object).where(out[keys].notna(), "")
    faults = []
    for values, group in named[named.duplicated(keep=False)].groupby(keys, sort=False):
        if df.loc[group.index, "zone"].nunique() > 1:
            rows = ", ".join(map(str, group.index))
            shown = " · ".join(str(v) for v in values if v != "")
            faults.append(fault("GEP-T021", file=file, place=f"row {group.index[0]}", rows=rows, key=shown))
    return faults


def _same_code(one: str, other: str) -> bool:
    """A township code of 9 digits and the same one with 000 behind."""
    return {len(one), len(other)} == {9, 12} and max(one, other, key=len) == min(one, other, key=len) + "000"


def _near(text: str, zones: Mapping[str, str], by: str) -> tuple[str, str]:
    words = [str(z) for z in (zones if by == "code" else zones.values())]
    stems = [w for w in words if _stem(w) == _stem(text)]
    near = stems or difflib.get_close_matches(text, words, n=1, cutoff=0.5)
    if by == "name" and not near and any(key(text) == key(id) for id in zones):
        return "表中似为代码, 写 zone_key: code。", "The table seems to hold codes: write zone_key: code. "
    return (f"是否指 “{near[0]}”? ", f"Did you mean “{near[0]}”? ") if near else ("", "")
