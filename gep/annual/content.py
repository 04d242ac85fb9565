"""What stands in an annual report: sections by block of the catalogue, evaluations, settlements, registers, checks.

Every number is a Cell that knows its value and the key of the observation or score it is; what stands out is said by
rule (the largest change), never by heart. Missing is shown as … with its reason below the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import BLOCKS
from gep.report import labels
from gep.report.assessment_words import coded, unit

if TYPE_CHECKING:
    import pandas as pd

MISSING = "…"
_MAIN = ("gep", "ecology", "environment", "assets", "compensation")  # what the summary speaks of
_TEN_THOUSAND = 4  # decimal places between yuan and 万元
_W = {
    "title": ("生态保护补偿与生态产品价值年度报告", "Annual report on compensation and the value of nature"),
    "to": ("报送：联席会议办公室", "To: the office of the joint conference"),
    "from": ("报送单位", "From"), "year": ("报告年度", "Year"), "county": ("全县", "the county"),
    "indicator": ("指标", "Indicator"), "unit": ("单位", "Unit"), "now": ("{} 年", "{}"), "change": ("变化", "Change"),
    "rate": ("变化率（%）", "Change (%)"), "score": ("得分", "Score"), "of": ("分值", "Points"),
    "target": ("目标", "Target"), "actual": ("实际", "Actual"), "rank": ("名次", "Rank"), "grade": ("等级", "Grade"),
    "township": ("乡镇（街道）", "Township"), "settlement": ("结算事项", "Settlement"),
    "receives": ("应得（万元）", "Received (10⁴ yuan)"), "pays": ("应付（万元）", "Paid (10⁴ yuan)"),
    "net": ("净额（万元）", "Net (10⁴ yuan)"), "evaluations": ("评价考核", "Assessment"),
    "settlements": ("补偿结算", "Compensation settled"), "townships": ("各乡镇一览", "The townships at a glance"),
    "missing": ("缺数与待补", "What is missing"), "checks": ("核对与口径", "Checks and conventions"),
    "why": ("原因", "Reason"), "total": ("合计", "Total"), "outstanding": ("总体情况", "What stands out"),
    "partial": ("（不完整）", " (incomplete)"),
    "internal": ("（内部）", " (internal)"), "item": ("事项", "Item"), "content": ("内容", "Content"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What is printed, the number it stands for (None: a word, or missing), and the key of what it is."""

    text: str
    value: float | None = None
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A table: heads and rows of cells of one length; the first cells of a row are words."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heads) for row in self.rows):
            raise ValueError(f"{self.id}: a row is not as long as its head")


@dataclass(frozen=True)
class Section:
    """A section: sentences, then tables."""

    id: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Report:
    """The report of a township, or of the county (zone "")."""

    zone: str
    name: str
    year: int
    title: str
    head: tuple[str, ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Frames:
    """The results that reports are written from: frames of gep.assessments, dues of the settlements, checks, facts."""

    observations: pd.DataFrame
    scores: pd.DataFrame
    catalogue: pd.DataFrame
    dues: pd.DataFrame | None
    checks: Sequence[Mapping[str, Any]]
    meta: Mapping[str, Any]


def word(key: str, lang: str) -> str:
    """A word of the report."""
    return _W[key][lang != "zh"]


def report(frames: Frames, zone: str, year: int, lang: str = "zh") -> Report:
    """The report of one township (by id; "" the county) for a year. Raises KeyError for a zone without figures."""
    rows = frames.observations[frames.observations["zone"] == zone]
    if not len(rows):
        raise KeyError(zone)
    name = str(rows["zone_name"].iloc[0]) if zone else f"{frames.meta.get('study', '')}"
    years = sorted(set(rows["year"]))
    before = max((y for y in years if y < year), default=None)
    at = _At(frames, zone, year, before, lang)
    sections = [at.outstanding(), *at.blocks(), *at.evaluations(), *at.settlements(), *at.townships(), at.missing(),
                at.checks()]  # fmt: skip
    title = f"{name}{word('title', lang)}（{year} 年）" if lang == "zh" else f"{name}: {word('title', lang)}, {year}"
    head = (word("to", lang), f"{word('from', lang)}：{name}", f"{word('year', lang)}：{year}")
    return Report(zone, name, year, title, head, tuple(s for s in sections if s.sentences or s.tables))


def reports(frames: Frames, year: int, lang: str = "zh") -> Iterable[Report]:
    """Those of the county and of every township, in the order of the observations."""
    for zone in ("", *dict.fromkeys(z for z in frames.observations["zone"] if z)):
        yield report(frames, zone, year, lang)


def number(value: Any, decimals: int) -> str:
    """A number as printed, with thousands marks; … where it is missing."""
    if value is None or value != value:
        return MISSING
    return f"{value:,.{decimals}f}"


class _At:
    """One report being written."""

    def __init__(self, frames: Frames, zone: str, year: int, before: int | None, lang: str) -> None:
        self.frames, self.zone, self.year, self.before, self.lang = frames, zone, year, before, lang
        rows = frames.observations[frames.observations["zone"] == zone]
        self.values = {(r["indicator"], r["year"]): r for r in rows.to_dict("records")}
        self.catalogue = {r["code"]: r for r in frames.catalogue.to_dict("records")}

    def w(self, key: str) -> str:
        return word(key, self.lang)

    def name(self, code: str) -> str:
        one = self.catalogue[code]
        mark = self.w("internal") if one["publication"] != "public" else ""
        return f"{one['zh' if self.lang == 'zh' else 'en']}{mark}"

    def printed(self, code: str) -> tuple[str, int, int]:
        """(unit as printed, decimals, places the number is shifted by): yuan are told in 10⁴ yuan."""
        one = self.catalogue[code]
        if one["unit"] == "yuan":
            return ("万元" if self.lang == "zh" else "10⁴ yuan"), 2, _TEN_THOUSAND
        return unit(one["unit"], self.lang), int(one["decimals"] or 0), 0

    def value(self, code: str, year: int | None) -> float | None:
        row = self.values.get((code, year))
        return None if row is None or row["value"] != row["value"] else float(row["value"])

    def cell(self, code: str, year: int | None) -> Cell:
        _, decimals, places = self.printed(code)
        made = self.value(code, year)
        row = self.values.get((code, year))
        if made is None or row is None:
            return Cell(MISSING)
        return Cell(number(made / 10**places, decimals), made, str(row["lineage"]))

    def codes(self, block: str) -> list[str]:
        """The indicators of a block that have a figure here this year or the year before."""
        mine = [c for c, one in self.catalogue.items() if one["block"] == block]
        return [c for c in mine if self.value(c, self.year) is not None or self.value(c, self.before) is not None]

    def blocks(self) -> list[Section]:
        out = []
        for block in BLOCKS:
            if codes := self.codes(block):
                out.append(
                    Section(block, coded("block", block, self.lang), self.said(codes), (self.table(block, codes),))
                )
        return out

    def table(self, block: str, codes: Sequence[str]) -> Table:
        """This year beside the year before, with the change."""
        years = [y for y in (self.before, self.year) if y is not None]
        heads = [self.w("indicator"), self.w("unit"), *(self.w("now").format(y) for y in years)]
        both = self.before is not None
        rows = []
        for code in codes:
            shown, decimals, places = self.printed(code)
            row = [Cell(self.name(code) + self.half_made(code)), Cell(shown), *(self.cell(code, y) for y in years)]
            if both:
                a, b = self.value(code, self.before), self.value(code, self.year)
                change = None if a is None or b is None else b - a
                rate = None if change is None or not a else 100 * change / abs(a)
                row += [Cell(number(None if change is None else change / 10**places, decimals), change),
                        Cell(number(rate, 1), rate)]  # fmt: skip
            rows.append(tuple(row))
        more = (self.w("change"), self.w("rate")) if both else ()
        return Table(block, coded("block", block, self.lang), (*heads, *more), tuple(rows))

    def half_made(self, code: str) -> str:
        """The mark of a figure of this year that lacks a part."""
        row = self.values.get((code, self.year))
        return self.w("partial") if row is not None and row["status"] == "partial" else ""

    def moved(self, codes: Iterable[str]) -> list[tuple[float, str]]:
        """(relative change, code), the largest first; only where both years have a figure that is not 0, and not of
        figures that are a change by themselves."""
        out = []
        for code in codes:
            if code.endswith("_change"):
                continue
            a, b = self.value(code, self.before), self.value(code, self.year)
            if a and b is not None:
                out.append(((b - a) / abs(a), code))
        return sorted(out, key=lambda pair: (-abs(pair[0]), pair[1]))

    def said(self, codes: Sequence[str], most: int = 2) -> tuple[str, ...]:
        """What moved most, said with its numbers; nothing where nothing can be compared."""
        return tuple(self.sentence(rate, code) for rate, code in self.moved(codes)[:most] if rate)

    def sentence(self, rate: float, code: str) -> str:
        shown, *_ = self.printed(code)
        a, b = self.cell(code, self.before).text, self.cell(code, self.year).text
        tail = {"—": "", "%": "%"}.get(shown, f" {shown}")
        sign = {"positive": 1, "negative": -1}.get(self.catalogue[code]["direction"], 0)
        name, change = self.name(code), f"{100 * abs(rate):.1f}%"
        if shown == "%":  # a share moves by points
            points = abs((self.value(code, self.year) or 0.0) - (self.value(code, self.before) or 0.0))
            change = f"{points:.1f} {'个百分点' if self.lang == 'zh' else 'percentage points'}"
        if self.lang == "zh":
            way = "增加" if rate > 0 else "减少"
            judged = "" if not sign else "，趋好" if sign * rate > 0 else "，趋差"
            return f"{name}由 {self.before} 年的 {a}{tail}变为 {b}{tail}，{way} {change}{judged}。"
        way = "rose" if rate > 0 else "fell"
        judged = "" if not sign else ", for the better" if sign * rate > 0 else ", for the worse"
        return f"{name} {way} by {change}, from {a} to {b}{tail}{judged}."

    def outstanding(self) -> Section:
        """The largest moves of all indicators with a direction, and the results of the evaluations."""
        codes = [c for c, one in self.catalogue.items()
                 if one["direction"] in ("positive", "negative") and one["block"] in _MAIN]  # fmt: skip
        said = list(self.said(codes, most=3))
        for row in self.totals().to_dict("records"):
            if row["score"] == row["score"]:
                said.append(self.judged(row))
        return Section("outstanding", self.w("outstanding"), tuple(said))

    def totals(self) -> pd.DataFrame:
        s = self.frames.scores
        return s[(s["zone"] == self.zone) & (s["year"] == self.year) & (s["kind"] == "total")]

    def called(self, row: Mapping[str, Any]) -> str:
        """The name of an evaluation, marked where it is internal."""
        name = str(self.frames.meta.get("evaluations", {}).get(row["evaluation"], row["evaluation"]))
        return name + ("" if row["publication"] == "public" else self.w("internal"))

    def judged(self, row: Mapping[str, Any]) -> str:
        name = self.called(row)
        zh = self.lang == "zh"
        parts = [f"{name}{'：' if zh else ': '}{row['score']:.2f}"]
        if not _none(row["rank"]):
            parts.append(f"第 {int(row['rank'])} 名" if zh else f"rank {int(row['rank'])}")
        if row["grade"]:
            parts.append(self.half(row["grade"]))
        return ("，" if zh else ", ").join(parts) + ("。" if zh else ".")

    def half(self, text: object) -> str:
        """The reader's half of "zh / en"."""
        zh, _, en = str(text).partition(" / ")
        return zh if self.lang == "zh" or not en else en

    def evaluations(self) -> list[Section]:
        s = self.frames.scores
        mine = s[(s["zone"] == self.zone) & (s["year"] == self.year)]
        heads = tuple(self.w(k) for k in ("item", "of", "target", "actual", "score", "grade"))
        tables = []
        for id, part in mine.groupby("evaluation", sort=False):
            rows = tuple(self.judgement(row) for row in part.to_dict("records"))
            name = self.called(part.iloc[0].to_dict())
            tables.append(Table(f"score.{id}", str(name), heads, rows))
        said = tuple(self.judged(r) for r in self.totals().to_dict("records") if not _none(r["score"]))
        return [Section("evaluations", self.w("evaluations"), said, tuple(tables))] if tables else []

    def judgement(self, row: Mapping[str, Any]) -> tuple[Cell, ...]:
        name = str(row["zh" if self.lang == "zh" else "en"] or row["item"] or coded("kind", row["kind"], self.lang))
        if row["item"] in self.catalogue and self.catalogue[row["item"]]["publication"] != "public":
            name += self.w("internal")
        name += self.w("partial") if row["status"] == "partial" else ""
        cells = [Cell(number(row[c], 2), None if _none(row[c]) else float(row[c]), row["lineage"])
                 for c in ("weight", "target", "actual", "score")]  # fmt: skip
        return (Cell(name), *cells, Cell(self.half(row["grade"] or "")))

    def settlements(self) -> list[Section]:
        """What is due to and from the township, settlement by settlement; the county's report has all of them."""
        dues = self.frames.dues
        if dues is None:
            return []
        rows = dues[(dues["period"] == self.year) & dues["amount"].notna()]
        out = []
        for id, part in rows.groupby("settlement", sort=False):
            got = part["payee"] == self.zone if self.zone else part["payee"].notna()
            gave = part["payer"] == self.zone if self.zone else part["payer"].notna()
            if got.any() or gave.any():
                sums = [float(part.loc[which, "amount"].sum()) for which in (got, gave)]
                cells = [Cell(number(v / 10**_TEN_THOUSAND, 2), v) for v in (*sums, sums[0] - sums[1])]
                out.append((Cell(str(id)), *cells))
        if not out:
            return []
        heads = tuple(self.w(k) for k in ("settlement", "receives", "pays", "net"))
        return [Section("settlements", self.w("settlements"), (), (Table("settlements", heads[0], heads, tuple(out)),))]

    def townships(self) -> list[Section]:
        """The county's report: every township with its main figures and its place in the first evaluation."""
        if self.zone:
            return []
        rows = self.frames.observations[self.frames.observations["year"] == self.year]
        codes = [c for c in ("gep", "gep_per_area", "gep_per_person", "compensation_net") if c in self.catalogue]
        heads = [self.w("township")]
        for code in codes:
            shown, *_ = self.printed(code)
            heads.append(f"{self.name(code)}（{shown}）")
        s = self.frames.scores[(self.frames.scores["year"] == self.year) & (self.frames.scores["kind"] == "total")]
        first = next(iter(dict.fromkeys(s["evaluation"])), None)
        placed = {r["zone"]: r for r in s[s["evaluation"] == first].to_dict("records")} if first else {}
        heads += [self.w("score"), self.w("rank")] if placed else []
        made = []
        for zone, part in rows[rows["zone"] != ""].groupby("zone", sort=False):
            at = _At(self.frames, str(zone), self.year, None, self.lang)
            row = [Cell(str(part["zone_name"].iloc[0])), *(at.cell(code, self.year) for code in codes)]
            if placed:
                got = placed.get(zone)
                score = None if got is None or _none(got["score"]) else float(got["score"])
                rank = None if got is None or _none(got["rank"]) else float(got["rank"])
                key = "" if got is None else str(got["lineage"])
                row += [Cell(number(score, 2), score, key), Cell(number(rank, 0), rank, key)]
            made.append(tuple(row))
        table = Table("townships", self.w("townships"), tuple(heads), tuple(made))
        return [Section("townships", self.w("townships"), (), (table,))]

    def missing(self) -> Section:
        """What could not be observed here this year, and why."""
        note = f"note_{self.lang}"
        lack = [(c, r) for (c, y), r in self.values.items() if y == self.year and r["status"] == "missing"]
        rows = [(Cell(self.name(c)), Cell(str(r[note]))) for c, r in lack if self.catalogue[c]["aggregation"] != "none"]
        heads = (self.w("indicator"), self.w("why"))
        tables = (Table("missing", self.w("missing"), heads, tuple(rows)),) if rows else ()
        return Section("missing", self.w("missing"), (), tables)

    def checks(self) -> Section:
        """How many identities hold, which do not, and what the numbers rest on."""
        made = [c for c in self.frames.checks if c.get("period") in (self.year, None)]
        held = sum(bool(c["passed"]) for c in made)
        zh = self.lang == "zh"
        said = [f"恒等式 {held}/{len(made)} 成立。" if zh else f"{held} of {len(made)} identities hold."]
        said += [f"{'不成立' if zh else 'Does not hold'}：{c[self.lang]}" for c in made if not c["passed"]]
        grades = [g for r in self.values.values() if r["year"] == self.year for g in [r["confidence"]] if g]
        counted = "，".join(f"{labels.word(g, self.lang)} {grades.count(g)}" for g in dict.fromkeys(sorted(grades)))
        said.append(f"{'各数的可信度' if zh else 'Confidence of the figures'}：{counted}")
        version = f"gep {self.frames.meta.get('gep', '')}, {self.frames.meta.get('coefficients_version', '')}"
        said.append(f"{'软件与系数版本' if zh else 'Versions'}：{version}")
        if note := self.frames.meta.get(f"profile_note_{self.lang}"):
            said.append(str(note))
        return Section("checks", self.w("checks"), tuple(said))


def _none(value: Any) -> bool:
    import pandas as pd

    return value is None or bool(pd.isna(value))
