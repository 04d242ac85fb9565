"""Afforestation as a carbon sink (CCER-14-001-V01): which land is eligible and what a project removes; offsets.

CDR = (ΔC_project − ΔC_baseline) · (1 − K_RISK), ΔC = Σ (B2 − B1)/Δt · (1 + R:S) · CF · 44/12 · A.
Only the screen and the removal before the fact: certification is a third party's act. Implausible claims are refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from gep import units
from gep.coefficients import worst
from gep.compensation.nouns import Case, Identity, Outcome
from gep.compensation.rows import Reader, Row, number, plain
from gep.compensation.rule import Rule, Table, Term
from gep.intake.expect import Expect, Expected
from gep.rates import Rate

KINDS = ("乔木", "竹子", "灌木", "经济林")  # 经济林 stands in tables, and is never eligible
PLANTED = KINDS[:3]
MU_HM2 = Decimal(repr(units.factor("hm²", "mu")))
GRAM = Decimal(repr(units.factor("g", "t")))  # sums are held against each other to the gram


def stock_change(
    before: Decimal, after: Decimal, years: Decimal, area: Decimal, cf: Decimal, root: Decimal, co2: Decimal
) -> Decimal:
    """ΔC = (B2 − B1)/Δt · (1 + R:S) · CF · 44/12 · A, tCO2/a.

    B above-ground biomass tDM/hm²; years Δt; area hm²; cf tC/tDM; root R:S; co2 tCO2/tC (44/12).
    """
    return (after - before) / years * (1 + root) * cf * co2 * area


def removal(project: Decimal, baseline: Decimal, risk: Decimal) -> Decimal:
    """CDR = (ΔC_project − ΔC_baseline) · (1 − K_RISK), tCO2/a; leakage is 0 in this methodology."""
    return (project - baseline) * (1 - risk)


@dataclass(frozen=True)
class Limits:
    """The numbers of the methodology as they hold on the day a project began."""

    earliest: dt.date
    non_forest: Decimal  # years
    patch: Decimal  # m²
    removal: Decimal  # share of the area
    least: Decimal  # crediting years
    most: Decimal


@dataclass(frozen=True)
class Land:
    """What the screen asks of a project's land."""

    kind: str
    start: dt.date
    crediting: Decimal
    non_forest: Decimal
    patch: Decimal
    planned: bool
    title_clear: bool
    wetland: bool
    trees_felled: bool
    removed: Decimal


def objections(land: Land, limit: Limits) -> list[tuple[str, str]]:
    """Why the land of a project is not eligible, zh and en; empty: it is."""
    tests = (
        (land.kind not in PLANTED, f"{land.kind}不属造林碳汇", "economic forest is not eligible"),
        (land.start < limit.earliest, f"开工 {land.start} 早于 {limit.earliest}",
         f"begun {land.start}, before {limit.earliest}"),
        (land.non_forest < limit.non_forest,
         f"造林前非林地 {plain(land.non_forest)} 年，不足 {plain(limit.non_forest)} 年",
         f"without forest for {plain(land.non_forest)} years, fewer than {plain(limit.non_forest)}"),
        (not land.planned, "未列入造林规划", "not planned for afforestation"),
        (not land.title_clear, "权属不清", "title not clear"),
        (land.patch < limit.patch, f"最小地块 {plain(land.patch)} m²，不足 {plain(limit.patch)} m²",
         f"smallest patch {plain(land.patch)} m², below {plain(limit.patch)} m²"),
        (land.wetland, "是湿地", "wetland"),
        (land.trees_felled, "清除了原有散生木", "trees that stood there were removed"),
        (land.removed > limit.removal, f"清除原有灌木、小径竹 {plain(land.removed)}，超过 {plain(limit.removal)}",
         f"shrubs and small bamboo removed on {plain(land.removed)} of the area, more than {plain(limit.removal)}"),
        (not limit.least <= land.crediting <= limit.most,
         f"计入期 {plain(land.crediting)} 年，不在 {plain(limit.least)}–{plain(limit.most)} 年内",
         f"crediting period of {plain(land.crediting)} years, not {plain(limit.least)}–{plain(limit.most)}"),
    )  # fmt: skip
    return [(zh, en) for fails, zh, en in tests if fails]


def _needed(unit: str, *aliases: str) -> Expect:
    return Expect(unit=unit, required=True, aliases=aliases)


def _text(*aliases: str, required: bool = True) -> Expect:
    return Expect("text", required=required, aliases=aliases)


PROJECTS = Expected({
    "zone": _text("乡镇"), "project": _text("项目", "项目名称"), "stratum": _text("碳层", "小班", required=False),
    "kind": _text("类型", "林种"), "start": Expect("date", required=True, aliases=("开工日期", "项目开始日期")),
    "crediting_years": _needed("a", "计入期"), "area": _needed("hm²", "面积", "造林面积"),
    "non_forest_years": _needed("a", "造林前非林地年数"), "patch_area": _needed("m²", "最小地块面积"),
    "planned": _text("列入规划"), "title_clear": _text("权属清晰"), "wetland": _text("湿地"),
    "trees_removed": _text("清除原有散生木"), "removal_share": _needed("1", "清除灌木面积比例"),
    "first": Expect("date", required=True, aliases=("期初日期",)),
    "last": Expect("date", required=True, aliases=("期末日期",)),
    "project_before": _needed("tDM/hm²", "项目期初生物量"), "project_after": _needed("tDM/hm²", "项目期末生物量"),
    "baseline_before": _needed("tDM/hm²", "基线期初生物量"), "baseline_after": _needed("tDM/hm²", "基线期末生物量"),
    "claimed": Expect(unit="tCO2/(mu·a)", negative=True, aliases=("申报年减排量",)),
}, key=("zone", "project", "stratum"))  # fmt: skip
OBLIGATIONS = Expected({
    "emitter": _text("重点排放单位", "单位"), "obligation": _needed("tCO2", "应清缴量", "应清缴配额"),
}, key=("emitter",))  # fmt: skip


def settle(case: Case) -> Outcome:
    """Each stratum of a project: eligible or why not, and its removal; sums by township; the limit of offsetting."""
    reader = Reader(case)
    gate = reader.rate("removal_gate", "tCO2/(mu·a)")
    rows = [made for row in reader.rows("projects") if (made := _project(reader, row, gate)) is not None]
    offsets = _offsets(reader)
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    tables: dict[str, pd.DataFrame] = {}
    same: tuple[Identity, ...] = ()
    if rows:
        tables["carbon_sink"] = pd.DataFrame(rows)
        tables["carbon_sink_township"] = zones = _by_zone(case, rows)
        left, right = (sum((Decimal(repr(v)) for v in t["removal_tco2"].dropna()), Decimal(0))
                       for t in (zones, tables["carbon_sink"]))  # fmt: skip
        same = (
            Identity("zones", "乡镇合计 = 项目合计", "townships = projects", left.quantize(GRAM), right.quantize(GRAM)),
        )
    if offsets:
        tables["carbon_offset_limit"] = pd.DataFrame(offsets)
    return Outcome(tables=tables, identities=same, missing=reader.lacking())


def _limits(reader: Reader, start: dt.date) -> tuple[Limits | None, list[Rate]]:
    """The limits in force when a project began; those of the crediting period in force in the year settled."""
    begun = f"{start:%Y-%m}"
    found = [reader.rate("earliest_start", "1"), reader.rate("non_forest_years", "a", span=begun),
             reader.rate("patch_area", "m²", span=begun), reader.rate("removal_limit", "1", span=begun),
             *(reader.rate("crediting_years", "a", tier=t) for t in ("least", "most"))]  # fmt: skip
    rates = [r for r in found if r is not None]
    if len(rates) < len(found):
        return None, rates
    first, *rest = (r.number for r in rates)
    return Limits(dt.datetime.strptime(f"{first:.0f}", "%Y%m%d").date(), *rest), rates


def _project(reader: Reader, row: Row, gate: Rate | None) -> dict[str, object] | None:
    zone, project, kind = row.party(kind="township"), row.text("project", required=True), row.one_of("kind", KINDS)
    start, first, last = row.day("start"), row.day("first"), row.day("last")
    figures = {c: row.number_of(c, required=PROJECTS.get(c).required) for c in
               ("crediting_years", "area", "non_forest_years", "patch_area", "project_before", "project_after",
                "baseline_before", "baseline_after", "claimed")}  # fmt: skip
    removed = row.share("removal_share")
    words = {c: row.yes(c) for c in ("planned", "title_clear", "wetland", "trees_removed")}
    if first is not None and last is not None and last <= first:
        row.fault("GEP-G404", "last", start=first, end=last)
        return None
    claimed = figures.pop("claimed")
    if gate is not None and claimed is not None and claimed > gate.number:
        row.fault("GEP-G420", "claimed", claim=plain(claimed), gate=plain(gate.number))
    if None in (*figures.values(), *words.values()):
        return None
    if zone is None or kind is None or start is None or removed is None or first is None or last is None:
        return None
    limit, rates = _limits(reader, start)
    f = {c: v for c, v in figures.items() if v is not None}
    land = Land(kind, start, f["crediting_years"], f["non_forest_years"], f["patch_area"], bool(words["planned"]),
                bool(words["title_clear"]), bool(words["wetland"]), bool(words["trees_removed"]), removed)  # fmt: skip
    reasons = objections(land, limit) if limit is not None else []
    state = "missing" if limit is None else "ineligible" if reasons else "eligible"
    gained: Decimal | None = None
    text = ""
    if state == "eligible":
        gained, text, used = _removal(reader, row, kind, f, _years(first, last), gate)
        rates += used
        state = "missing" if gained is None else state
    return {
        "row": row.number, "zone": zone, "zone_name": reader.case.parties.name(zone), "project": project,
        "stratum": row.text("stratum"), "kind": kind, "start": start.isoformat(), "area_hm2": number(f["area"]),
        "state": state, "reason_zh": "；".join(r[0] for r in reasons), "reason_en": "; ".join(r[1] for r in reasons),
        "removal_tco2": None if gained is None else number(gained.quantize(GRAM)),
        "removal_tco2_mu": None if gained is None else number(gained / (f["area"] * MU_HM2)),
        "claimed_tco2_mu": number(claimed), "formula": text,
        "confidence": worst([r.confidence for r in rates]) if rates else "", "rates": ", ".join(r.id for r in rates),
    }  # fmt: skip


def _years(first: dt.date, last: dt.date) -> Decimal:
    """Whole years where the dates are anniversaries, else days over the mean days of a year between them."""
    if (first.month, first.day) == (last.month, last.day):
        return Decimal(last.year - first.year)
    start, end = (dt.date(d.year, 1, 1) for d in (first, last))
    parts = [Decimal((d - y).days) / (dt.date(y.year + 1, 1, 1) - y).days for d, y in ((first, start), (last, end))]
    return Decimal(last.year - first.year) + parts[1] - parts[0]


def _removal(
    reader: Reader, row: Row, kind: str, f: Mapping[str, Decimal], years: Decimal, gate: Rate | None
) -> tuple[Decimal | None, str, list[Rate]]:
    """(tCO2/a, the formula with its numbers, the rates); None where a parameter lacks. Beyond the gate: a fault."""
    found = [reader.rate("carbon_fraction", "tC/tDM", key=kind), reader.rate("root_shoot", "1", key=kind),
             reader.rate("risk_deduction", "1"), reader.rate("molar_mass", "g/mol", key="CO2"),
             reader.rate("molar_mass", "g/mol", key="C")]  # fmt: skip
    rates = [r for r in found if r is not None]
    if len(rates) < len(found) or not f["area"]:
        return None, "", rates
    cf, root, risk, co2, carbon = (r.number for r in rates)
    project, baseline = (stock_change(f[f"{k}_before"], f[f"{k}_after"], years, f["area"], cf, root, co2 / carbon)
                         for k in ("project", "baseline"))  # fmt: skip
    gained = removal(project, baseline, risk)
    a_mu = gained / (f["area"] * MU_HM2)
    if gate is not None and a_mu > gate.number:
        row.fault("GEP-G420", "project_after", claim=f"{a_mu:.3f}", gate=plain(gate.number))
    text = f"({project:.4f} − {baseline:.4f}) × (1 − {plain(risk)}) = {gained:.4f} tCO2/a"
    return gained, text, rates


def _by_zone(case: Case, rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame["eligible_hm2"] = frame["area_hm2"].where(frame["state"] != "ineligible", 0.0)
    frame["removal_tco2"] = frame["removal_tco2"].astype("float64")
    frame["lacking"] = (frame["state"] == "missing").astype(int)
    columns = ["area_hm2", "eligible_hm2", "removal_tco2", "lacking"]
    made = frame.groupby(["zone", "zone_name"], sort=False)[columns].sum(min_count=1).reset_index()
    graded = frame[frame["confidence"] != ""].groupby("zone")["confidence"].agg(worst)
    made["confidence"] = made["zone"].map(graded).fillna("")
    return made


def _offsets(reader: Reader) -> list[dict[str, object]]:
    rows = list(reader.rows("obligations"))
    limit = reader.rate("offset_limit", "1") if rows else None
    out: list[dict[str, object]] = []
    for row in rows:
        unit, owes = row.text("emitter", required=True), row.number_of("obligation")
        if limit is not None and owes is not None:
            out.append({"emitter": unit, "obligation_tco2": number(owes), "limit_tco2": number(owes * limit.number),
                        "share": number(limit.number), "confidence": limit.confidence, "rates": limit.id})  # fmt: skip
    return out


_SHARES = (Term("earliest_start", "1", "最早开工日 (年月日)", "earliest start, yyyymmdd"),
           Term("non_forest_years", "a", "造林前非林地年数", "years without forest before"),
           Term("patch_area", "m²", "最小地块", "smallest patch"),
           Term("removal_limit", "1", "清除灌木比例上限", "shrubs removed at most"),
           Term("crediting_years", "a", "计入期", "crediting period"),
           Term("risk_deduction", "1", "非持久性风险扣减", "deduction for risk"),
           Term("carbon_fraction", "tC/tDM", "含碳率", "carbon fraction", "kind"),
           Term("root_shoot", "1", "根冠比", "root : shoot", "kind"),
           Term("molar_mass", "g/mol", "摩尔质量", "molar mass", "substance"),
           Term("removal_gate", "tCO2/(mu·a)", "每亩年减排量合理上限", "plausible removal at most"),
           Term("offset_limit", "1", "抵销比例上限", "offset at most"))  # fmt: skip
RULES = (
    Rule(
        "carbon_sink", "造林碳汇：适用条件与预估减排量", "Afforestation: eligibility and expected removal", "carbon",
        "CDR = (ΔC_proj − ΔC_bsl)·(1 − K_RISK); ΔC = Σ (B2 − B1)/Δt·(1 + R:S)·CF·44/12·A",
        settle, ("balanced", "capped", "dated"), "CCER14001", "适用条件、减排量",
        tables=(Table("projects", "造林项目", "afforestation projects", PROJECTS),
                Table("obligations", "重点排放单位应清缴量", "obligations to surrender", OBLIGATIONS, required=False)),
        terms=_SHARES,
        note_zh="核证由第三方进行；本表只作适用性初筛与事前估算；抵销比例上限未核对原文",
        note_en="certification is a third party's act: a first screen and an estimate; the offset limit is unverified",
    ),
)  # fmt: skip
