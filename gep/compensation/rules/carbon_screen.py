"""Land that could be planted for a carbon sink, by township: the screening of land covers under the year's terms.

The pass over the land covers is `gep.zonal.afforestation.eligible`; which land it may be, and how large a patch, are
conditions of CCER-14-001-V01. Title, planning and the trees that stand there are not seen from above: what is listed
here is a candidate, and the register of projects (rule carbon_sink) decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep import units
from gep.compensation.nouns import Case, Outcome, Words
from gep.compensation.rows import Reader
from gep.compensation.rule import Option, Rule, Term

if TYPE_CHECKING:
    import pandas as pd

REASONS = {
    "eligible": Words("可造林", "candidate"),
    "small_patch": Words("地块太小", "patch too small"),
    "type": Words("不可造林的类型", "a type that is not planted"),
    "wetland": Words("湿地", "wetland"),
    "forest": Words("期内为林地", "forest within the years asked"),
    "no_land_cover": Words("没有地类数据", "no land cover"),
}
NO_COVERS = Words("未筛查：没有相隔足够年数的两期地类（extent.dates）",
                  "not screened: no two land covers far enough apart (extent.dates)")  # fmt: skip


def conditions(case: Case) -> tuple[int, float] | None:
    """(years without forest, smallest patch m²) for planting that begins in the year settled; None: not known."""
    reader = Reader(case)
    years, patch = reader.rate("non_forest_years", "a"), reader.rate("patch_area", "m²")
    return None if years is None or patch is None else (int(years.number), float(patch.number))


def types_of(case: Case) -> tuple[list[str], list[str], list[str]]:
    """Ecosystem types that are forest, wetland, and not planted, as the options say; a code stands for all below it."""
    forest, wetland, barred = ([c.strip() for c in case.option(o).split(",") if c.strip()]
                               for o in ("forest", "wetland", "barred"))  # fmt: skip
    return forest, wetland, barred


def settle(case: Case) -> Outcome:
    """The screened areas of the run, by township and reason; nobody owes anything."""
    reader = Reader(case)
    rates = [reader.rate("non_forest_years", "a"), reader.rate("patch_area", "m²")]
    if reader.faults or case.accounts is None or None in rates:
        return Outcome(faults=tuple(reader.faults), missing=reader.lacking())
    found = case.accounts.screened
    mine = None if found is None else found[(found["period"] == case.period) & (found["settlement"] == case.id)]
    if mine is None or mine.empty:
        return Outcome(missing=(NO_COVERS,))
    cited = "; ".join(rate.id for rate in rates if rate is not None)
    return Outcome(tables={"carbon_screen": _table(case, mine, cited)})


def _table(case: Case, rows: pd.DataFrame, cited: str) -> pd.DataFrame:
    ha = units.factor("hm²", "m²")
    return rows[["zone"]].assign(
        zone_name=rows["zone"].map(case.parties.name), screened=rows["reason"],
        screened_zh=[REASONS[r].zh for r in rows["reason"]], screened_en=[REASONS[r].en for r in rows["reason"]],
        area_ha=rows["area_m2"] / ha, rates=cited,
    ).reset_index(drop=True)  # fmt: skip


def _types(id: str, zh: str, en: str, codes: str) -> Option:
    return Option(id, f"{zh}（类型代码，逗号分开）", f"{en} (type codes, by commas)", (), codes)


RULES = (
    Rule(
        "carbon_screen", "造林碳汇适用地块筛查", "Land that could be planted for a carbon sink", "carbon",
        "candidate = no forest for n years ∧ patch ≥ a ∧ not wetland ∧ type may be planted", settle, ("dated",),
        "CCER14001", "适用条件",
        terms=(Term("non_forest_years", "a", "造林前非林地年数", "years without forest before"),
               Term("patch_area", "m²", "最小地块", "smallest patch")),
        options=(_types("forest", "林地", "forest", "1,2"), _types("wetland", "湿地", "wetland", "4"),
                 _types("barred", "不造林的类型：耕地、建设用地", "types not planted: cropland, built-up", "5,6")),
        needs=("land",),
    ),
)  # fmt: skip
