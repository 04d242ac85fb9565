"""Explain an indicator or a score: the numbers put in, down to ledger rows, readings, register rows and rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.errors import GepError, fault
from gep.intake.values import key
from gep.lineage import table_name
from gep.report import csv_cells, labels
from gep.report.settled_words import said, unit, working
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 12  # lines of one kind; the rest is counted and summed
_KINDS = {
    "target": ("目标", "target"), "reading": ("监测", "readings"), "figure": ("上报与统计", "figures"),
    "register": ("台账", "register rows"), "ledger": ("核算账户", "ledger rows"), "due": ("补偿结算", "dues"),
    "entry": ("存量账户", "entries"), "extent": ("面积", "areas"), "indicator": ("指标", "indicators"),
    "rate": ("标准", "rates"), "limit": ("限值", "limits"), "weight": ("权重", "weights"), "share": ("份额", "shares"),
    "step": ("步骤", "steps"), "note": ("说明", "notes"), "score": ("得分", "scores"), "formula": ("算式", "working"),
}  # fmt: skip
_WORDS = {
    "value": ("数值", "value"), "definition": ("定义", "definition"), "formula": ("公式", "formula"),
    "missing": ("缺", "missing"), "grade": ("可信度", "grade"), "source": ("来源", "source"), "rank": ("名次", "rank"),
    "score": ("得分", "score"), "of": ("满分", "of"), "target": ("目标", "target"), "actual": ("实际", "actual"),
    "before": ("基期", "before"), "attainment": ("完成率", "attainment"), "level": ("水平分", "level"),
    "change": ("变化分", "change"), "county": ("全县", "the county"), "more": ("另有", "more"), "sum": ("合计", "sum"),
    "items": ("查各项得分", "for its items"), "ledger": ("查账户行", "for a row"), "by": ("评价方法", "by"),
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """What a run left of its assessment, as frames."""

    observations: pd.DataFrame
    scores: pd.DataFrame
    lineage: pd.DataFrame
    catalogue: pd.DataFrame


def stored(folder: Path) -> Stored:
    """The assessment in the folder of a run. Raises GepError GEP-J033 where there is none."""
    import pandas as pd

    inside = folder / "assessment"
    for name in ("observations.parquet", "scores.parquet", "lineage.parquet", "catalogue.csv"):
        if not (inside / name).is_file():
            raise GepError(fault("GEP-J033", file=folder, name=f"assessment/{name}"))
    frames = [pd.read_parquet(inside / f"{name}.parquet") for name in ("observations", "scores", "lineage")]
    rows = csv_cells.read(pd.read_csv(inside / "catalogue.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False))
    return Stored(*frames, rows)


def explain_indicator(
    what: Stored, indicator: str, zone: str | None = None, year: int | None = None, lang: str = "zh"
) -> str:
    """How the values of an indicator came about. `zone` a name or id ("county", "全县": the county's own); without it,
    or without `year`, those of all. Raises GepError GEP-J034 for a word that nothing is called."""
    names = dict(zip(what.catalogue["code"], what.catalogue["zh"], strict=True))
    others = dict(zip(what.catalogue["code"], what.catalogue["en"], strict=True))
    wanted = key(indicator)
    code = next((c for c in names if wanted in (key(c), key(names[c]), key(others[c]))), None)
    if code is None:
        raise _unknown(indicator, [f"{zh}（{c}）" for c, zh in names.items()], [*names, *names.values()])
    rows = _narrowed(what.observations[what.observations["indicator"] == code], zone, year)
    text = _Text(what, lang)
    if len(rows) > 1 and (zone is None or year is None):
        return text.listing(code, rows)
    return "\n\n".join(text.observation(row) for row in rows.to_dict("records"))


def explain_score(
    what: Stored, evaluation: str, zone: str | None = None, year: int | None = None, lang: str = "zh"
) -> str:
    """How a township's score came about: blocks, items with target and actual, and what every actual rests on.

    Raises GepError GEP-J034 for a word that nothing is called.
    """
    known = list(dict.fromkeys(what.scores["evaluation"]))
    if evaluation not in known:
        raise _unknown(evaluation, known, known)
    rows = _narrowed(what.scores[what.scores["evaluation"] == evaluation], zone, year)
    text = _Text(what, lang)
    if rows["zone"].nunique() > 1 or rows["year"].nunique() > 1:
        return text.ranking(rows)
    return text.scores(rows)


def _narrowed(rows: pd.DataFrame, zone: str | None, year: int | None) -> pd.DataFrame:
    if zone is not None:
        county = key(zone) in map(key, ("county", "全县", "县"))
        hit = rows[rows["zone"] == ""] if county else rows[(rows["zone"] == zone) | (rows["zone_name"] == zone)]
        if not len(hit):
            listed = list(dict.fromkeys(rows["zone_name"]))
            raise _unknown(zone, listed, [*listed, *dict.fromkeys(rows["zone"])])
        rows = hit
    if year is not None:
        hit = rows[rows["year"] == year]
        if not len(hit):
            listed = [str(y) for y in sorted(set(rows["year"]))]
            raise _unknown(str(year), listed, listed)
        rows = hit
    return rows


def _unknown(word: str, shown: Iterable[str], names: Iterable[str]) -> GepError:
    listed = list(shown)
    zh, en = did_you_mean(word, list(names))
    more = " …" if len(listed) > 2 * _SHOWN else ""
    return GepError(fault("GEP-J034", word=word, near_zh=zh, near_en=en, known="、".join(listed[: 2 * _SHOWN]) + more))


class _Text:
    """Writes in one language."""

    def __init__(self, what: Stored, lang: str) -> None:
        self.what, self.lang = what, lang
        self.rows = {row["code"]: row for row in what.catalogue.to_dict("records")}
        self.places = what.lineage.groupby("lineage", sort=False).indices
        self.seen: set[str] = set()

    def behind(self, lineage: str) -> pd.DataFrame | None:
        """The lines behind a value or score; None where it has none."""
        return self.what.lineage.iloc[self.places[lineage]] if lineage in self.places else None

    def __call__(self, word: str) -> str:
        return _WORDS[word][self.lang != "zh"]

    def name(self, code: str) -> str:
        row = self.rows.get(code)
        if row is None:
            return code
        return f"{row['zh']}（{code}）" if self.lang == "zh" else f"{row['en']} ({code})"

    def place(self, row: Mapping[str, Any]) -> str:
        return str(row["zone_name"] or row["zone"]) if row["zone"] else self("county")

    def listing(self, code: str, rows: pd.DataFrame) -> str:
        """The values of an indicator, one a line."""
        out = [self.name(code)]
        out += [f"  {row['year']}  {self.place(row)}  {self.valued(row)}" for row in rows.to_dict("records")]
        return "\n".join(out)

    def valued(self, row: Mapping[str, Any]) -> str:
        note = _str(row.get(f"note_{self.lang}"))
        if _none(row["value"]):
            return f"{self('missing')}: {note}"
        grade = labels.word(row["confidence"], self.lang)
        tail = "  ".join(filter(None, (f"[{grade}]" if grade else "", note)))
        return f"{row['value']:,.10g} {unit(row['unit'], self.lang)}  {tail}".rstrip()

    def observation(self, row: Mapping[str, Any], indent: str = "") -> str:
        """One value, and the lines behind it by kind."""
        self.seen.add(row["lineage"])
        said_of = self.rows.get(row["indicator"], {})
        out = [f"{indent}{self.name(row['indicator'])}  {self.place(row)}  {row['year']}",
               f"{indent}  {self('value')}  {self.valued(row)}"]  # fmt: skip
        if not indent:
            out.append(f"  {self('definition')}  {_str(said_of.get(f'definition_{self.lang}'))}")
        if formula := _str(said_of.get("formula")):
            out.append(f"{indent}  {self('formula')}  {formula}")
        return "\n".join([*out, *self.lines(row["lineage"], row, indent)])

    def lines(self, lineage: str, row: Mapping[str, Any], indent: str = "") -> list[str]:
        """The lines behind a value or score, kind by kind; a long list is cut and its rest counted and summed."""
        mine = self.behind(lineage)
        out: list[str] = []
        if mine is None:
            return out
        for kind, part in mine.groupby("kind", sort=False):
            heads = _KINDS.get(str(kind), (str(kind), str(kind)))
            out.append(f"{indent}  {heads[self.lang != 'zh']}")
            shown = part
            if len(part) > _SHOWN:  # the largest first: they decide
                shown = part.reindex(part["value"].abs().sort_values(ascending=False, kind="stable").index)[:_SHOWN]
            out += [f"{indent}    {self.line(line)}" for line in shown.to_dict("records")]
            if (rest := part.drop(shown.index)).shape[0]:
                total = math.fsum(v for v in rest["value"] if not _none(v))
                out.append(f"{indent}    … {self('more')} {len(rest)}，{self('sum')} {total:,.10g}")
            for id in dict.fromkeys(part["id"]) if kind == "score" else ():
                out += self.score_behind(str(id), indent)
        if (mine["kind"] == "ledger").any():
            service = str(mine.loc[mine["kind"] == "ledger", "name"].iloc[0]).split(" ")[0]
            place = f" --zone {row['zone_name'] or row['zone']}" if row["zone"] else ""
            out.append(f"{indent}  {self('ledger')}: gep explain DIR{place} --service {service} --period {row['year']}")
        return out

    def score_behind(self, key_: str, indent: str) -> list[str]:
        """The score of another evaluation that one is made from: its blocks, and where its items are explained."""
        mine = self.what.scores[self.what.scores["lineage"] == key_]
        if not len(mine):
            return []
        one = mine.iloc[0]
        rows = self.what.scores
        same = rows[(rows["evaluation"] == one["evaluation"]) & (rows["zone"] == one["zone"])
                    & (rows["year"] == one["year"]) & rows["kind"].isin(["block", "bonus", "veto"])]  # fmt: skip
        out = []
        for row in same.to_dict("records"):
            name = _str(row["zh" if self.lang == "zh" else "en"]) or self.name(_str(row["item"]))
            out.append(f"{indent}      {labels.word(row['kind'], self.lang)}  {name}  {self.scored(row)}")
        ask = f"gep explain DIR --score {one['evaluation']} --zone {self.place(one)} --period {one['year']}"
        return [*out, f"{indent}  {self('items')}: {ask}"]

    def line(self, line: Mapping[str, Any]) -> str:
        if line["kind"] == "formula":
            return working(line["note"], self.lang)
        name = self.name(line["id"].split("/")[0]) if line["kind"] == "indicator" else said(line["name"], self.lang)
        value = "" if _none(line["value"]) else f" = {line['value']:,.12g} {unit(line['unit'], self.lang)}".rstrip()
        grade = labels.word(line["confidence"], self.lang)
        shown = (f"{name}{value}", line["id"] if line["kind"] in ("ledger", "due", "entry", "rate") else "",
                 table_name(_str(line["file"])), said(line["note"], self.lang), _str(line["source"]),
                 _str(line["clause"]), f"[{grade}]" if grade else "")  # fmt: skip
        return "  ".join(filter(None, shown))

    # scores -----------------------------------------------------------------------------------------------------------
    def ranking(self, rows: pd.DataFrame) -> str:
        """The totals, best first, a line a township and year."""
        totals = rows[rows["kind"] == "total"].sort_values(["year", "rank", "zone"], na_position="last", kind="stable")
        out = [f"{rows['evaluation'].iloc[0]}  {self('by')} {rows['by'].iloc[0]}"]
        out += [f"  {r['year']}  {self.place(r)}  {self.scored(r)}" for r in totals.to_dict("records")]
        return "\n".join(out)

    def scored(self, row: Mapping[str, Any]) -> str:
        note = _str(row[f"note_{self.lang}"])
        if _none(row["score"]):
            return f"{self('missing')}: {note}"
        parts = [f"{self('score')} {row['score']:,.6g}"]
        if not _none(row["weight"]):
            parts.append(f"{self('of')} {row['weight']:,.6g}")
        parts += [f"{self(c)} {row[c]:,.8g}" for c in ("actual", "target", "before") if not _none(row[c])]
        if not _none(row["attainment"]):
            parts.append(f"{self('attainment')} {row['attainment']:.4g}")
        parts += [f"{self(c)} {row[c]:,.6g}" for c in ("level", "change") if not _none(row[c])]
        if not _none(row["rank"]):
            parts.append(f"{self('rank')} {int(row['rank'])}")
        return "  ".join([*parts, *filter(None, (_str(row["grade"]), note))])

    def scores(self, rows: pd.DataFrame) -> str:
        """The total of a township, its blocks and items, then every observation that an item rests on."""
        first = rows.iloc[0]
        out = [f"{first['evaluation']}  {self.place(first)}  {first['year']}  {self('by')} {first['by']}"]
        for row in rows.to_dict("records"):
            name = _str(row["zh" if self.lang == "zh" else "en"]) or self.name(_str(row["item"]))
            kind = labels.word(row["kind"], self.lang)
            out.append(f"  {kind}  {name}  {self.scored(row)}".rstrip())
            out += self.lines(row["lineage"], row, "  ")
        return "\n".join([*out, *self.grounds(rows["lineage"])])

    def grounds(self, keys: Iterable[str]) -> list[str]:
        """The observations behind these lines, and those behind them, each once."""
        out: list[str] = []
        waiting = list(keys)
        known = {row["lineage"]: row for row in self.what.observations.to_dict("records")}
        while waiting:
            mine = self.behind(waiting.pop(0))
            for id in [] if mine is None else mine.loc[mine["kind"] == "indicator", "id"]:
                if id in known and id not in self.seen:
                    out += ["", self.observation(known[id], "  ")]
                    waiting.append(id)
        return out


def _none(value: Any) -> bool:
    import pandas as pd

    return value is None or bool(pd.isna(value))


def _str(value: Any) -> str:
    return "" if _none(value) else str(value)
