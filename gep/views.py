"""What the nouns show of themselves in a notebook, from what they hold already: no file is opened, nothing computed.

The classes here are mixed into the nouns, so that a noun says in one word that it shows itself. All HTML is made, and
escaped, by gep.showing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep import showing
from gep.showing import bar, block, facts, note, say, table

if TYPE_CHECKING:
    import pandas as pd


def of_study(spec: Any, found: Any = None) -> str:
    """A study: who, when, by what profile, from what; `found`: the faults of the last check, None without one."""
    lang = spec.lang
    services = list(spec.services)
    lines = [
        (say(lang, "地区", "region"), f"{spec.region} · {say(lang, '口径', 'profile')} {spec.profile}"),
        (say(lang, "核算年份", "periods"), "、".join(map(str, spec.periods))
         + f" · {say(lang, '价格年', 'prices of')} {spec.price_year}"),
        (say(lang, "乡镇", "zones"), str(spec.zones.path)),
        (say(lang, "服务", "services"), f"{len(services)}：" + "、".join(services)),
    ]  # fmt: skip
    if spec.not_applicable:
        lines.append(
            (say(lang, "不适用", "not applicable"), "；".join(f"{k}：{v}" for k, v in spec.not_applicable.items()))
        )
    parts = {"extent": ("范围账户", "extent"), "condition": ("状况账户", "condition"),
             "asset_value": ("资产价值", "asset value"), "balance_sheet": ("资产负债表", "balance sheet"),
             "compensation": ("补偿结算", "compensation"), "assessment": ("绩效评估", "assessment"),
             "climate": ("多年平均气候", "mean climate"), "transfer": ("当量法", "unit-value transfer")}  # fmt: skip
    asked = [say(lang, *words) for key, words in parts.items() if getattr(spec, key) is not None]
    lines.append((say(lang, "另有", "also asked"), "、".join(asked) or "—"))
    lines.append((say(lang, "输入", "inputs"), f"{say(lang, '图层', 'layers')} {len(spec.layers)} · "
                  f"{say(lang, '表', 'tables')} {len(spec.tables)}"))  # fmt: skip
    checked = say(lang, "还没有检查：study.check()", "not checked yet: study.check()")
    lines.append((say(lang, "检查", "check"), checked if found is None else showing.faults_line(found, lang)))
    return block(facts(lines, spec.name))


def of_ledger(ledger: Any) -> str:
    """A ledger: value by service and period with its missing lines and confidence; a partial account says so."""
    lang = str(ledger.meta.get("lang", "zh"))
    title = f"{ledger.meta.get('study', '')} · {account_name(ledger.meta, lang)}"
    if not bool(ledger.table["in_gep"].any()):
        return block(note(title), note(say(lang, "没有计入的行", "no line counts")))
    view = ledger.by("period", "service", "service_name").reset_index()
    rows = []
    for row in view.to_dict("records"):
        held = row["lines"] > row["missing"]
        rows.append((str(row["period"]), _service_name(row, lang), showing.money(row["value"] if held else None, lang),
                     int(row["missing"]), bar({g: row[g] for g in showing.GRADES}, lang)))  # fmt: skip
    heads = (say(lang, "年份", "period"), say(lang, "服务", "service"),
             f"{say(lang, '价值', 'value')}（{showing.money_unit(lang)}）", say(lang, "缺（行）", "missing (lines)"),
             say(lang, "可信度", "confidence"))  # fmt: skip
    return block(table(heads, rows, title, lang=lang, right=(2, 3)), note(_lacking(ledger.meta, lang)))


def account_name(meta: Mapping[str, Any], lang: str = "zh") -> str:
    """GEP where the account is whole; else what a partial account is called."""
    whole = bool((meta.get("completeness") or {}).get("complete"))
    return (
        say(lang, "生态产品总值（GEP）", "GEP")
        if whole
        else say(lang, "部分核算（不是总值）", "partial account (no total)")
    )


def _lacking(meta: Mapping[str, Any], lang: str) -> str:
    """What a partial account lacks; nothing where it is whole or does not say."""
    said = meta.get("completeness") or {}
    if said.get("complete") or not said:
        return ""
    services = "、".join(map(str, said.get("lacking_services", ()))) or "—"
    lines = said.get("missing_lines", showing.MISSING)
    return say(
        lang, f"缺的服务：{services}；缺数的行：{lines}", f"services lacking: {services}; lines without value: {lines}"
    )


def _service_name(row: Mapping[str, Any], lang: str) -> str:
    return str(row["service"] if lang == "en" else row["service_name"])


def of_run(run: Any, found: Any, parts: Mapping[str, Any]) -> str:
    """A run: totals by period with their confidence, identities, faults, and what else was made.

    `found`: faults, counted; None where the run did not keep them. `parts`: name → (how many, of what).
    """
    meta, lang = run.ledger.meta, str(run.ledger.meta.get("lang", "zh"))
    rows = []
    counted = run.ledger.table[run.ledger.table["in_gep"]]
    for period, part in counted.groupby("period", sort=True):
        lack = int((part["status"] == "missing").sum())
        worth = part["value"].sum() if part["value"].notna().any() else None
        rows.append((str(period), showing.money(worth, lang), int(part["zone"].nunique()), lack))
    name = account_name(meta, lang)
    heads = (say(lang, "年份", "period"), f"{name}（{showing.money_unit(lang)}）", say(lang, "乡镇（个）", "zones"),
             say(lang, "缺（行）", "missing (lines)"))  # fmt: skip
    lines = [
        (say(lang, "可信度", "confidence"), bar((meta.get("confidence_shares") or {}).get("total", {}), lang)),
        (say(lang, "恒等式", "identities"), showing.checks_line(run.checks, lang)),
        *([] if found is None else [(say(lang, "问题", "faults"), showing.faults_line(found, lang))]),
        *((what, f"{many}" if isinstance(many, str) else many) for what, many in parts.items()),
        (say(lang, "版本", "versions"), f"gep {meta.get('gep', '')} · {say(lang, '系数', 'coefficients')} "
                                        f"{meta.get('coefficients_version', '')}"),
    ]  # fmt: skip
    title = f"{meta.get('study', '')} · {meta.get('profile', '')}"
    return block(table(heads, rows, title, lang=lang, right=(1, 2, 3)), note(_lacking(meta, lang)), facts(lines))


@dataclass(frozen=True)
class Sheet:
    """A form filled in, for one township or the county and one interval: `table` (rows × columns, numbers; NaN where
    missing), the title with its number and unit, and how many decimals its columns have."""

    title: str
    table: pd.DataFrame
    decimals: Mapping[str, int]
    lang: str = "zh"

    def _repr_html_(self) -> str:
        """The sheet as a table; what is missing as …."""
        heads = ["", *self.table.columns]
        places = [self.decimals[column] for column in self.table.columns]
        rows = [[showing.whole(name), *(showing.text(v, n) for v, n in zip(row, places, strict=True))]
                for name, *row in self.table.itertuples(name=None)]  # fmt: skip
        right = tuple(range(1, len(heads)))
        return block(table(heads, rows, self.title, lang=self.lang, limit=60, right=right))


class OfStocks:
    """How accounts of stocks show themselves: which forms there are, and any of them as a sheet."""

    forms: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    entries: pd.DataFrame

    def sheet(self, form: str, zone: str = "", until: int | None = None, lang: str = "zh", owner: str = "") -> Sheet:
        """A form filled in for a township ("" the county), for the interval that ends in `until` (by default the last).

        Units stand in the heads where a column has another one than its form. Raises KeyError for a form, and
        ValueError for a township or year, that has no entry.
        """
        import pandas as pd

        if form not in self.forms:
            raise KeyError(f"no form {form!r}; forms: {', '.join(self.forms)}")
        said = self.forms[form]
        own = self.entries[(self.entries["form"] == form) & (self.entries["owner"] == owner)]
        until = int(own["close"].max()) if until is None and len(own) else until
        mine = own[((own["zone"] == zone) | (own["zone_name"] == zone)) & (own["close"] == until)]
        if not len(mine):
            raise ValueError(f"no entry of {form} for {zone or 'the county'} until {until}")
        cells = dict(zip(zip(mine["row"], mine["column"], strict=True), mine["value"], strict=True))
        rows = [r for r in said.rows if any(row == r.id for row, _ in cells)]
        columns = [c for c in said.columns if any(column == c.id for _, column in cells)]
        units = {c.id: str(mine.loc[mine["column"] == c.id, "unit"].iloc[0]) for c in columns}
        names = {
            c.id: say(lang, c.zh, c.en) + ("" if units[c.id] == said.unit else f"（{units[c.id]}）") for c in columns
        }
        grid = [[cells.get((r.id, c.id), float("nan")) for c in columns] for r in rows]
        heads = [say(lang, r.zh, r.en) for r in rows]
        made = pd.DataFrame(grid, index=heads, columns=list(names.values()), dtype="float64")
        where = mine["zone_name"].iloc[0] or zone or say(lang, "全县", "county")
        title = " · ".join(filter(None, (said.number, say(lang, said.zh, said.en), where,
                                         f"{mine['open'].iloc[0]}–{until}", said.unit)))  # fmt: skip
        return Sheet(title, made, {names[c.id]: said.decimals_of(c.id) for c in columns}, lang)

    def _repr_html_(self) -> str:
        """The forms with their number, unit, intervals and how many entries; the names of the other tables."""
        rows = []
        for id, form in self.forms.items():
            mine = self.entries[self.entries["form"] == id]
            spans = "、".join(f"{a}–{b}" for a, b in sorted(set(zip(mine["open"], mine["close"], strict=True))))
            lack = int(mine["value"].isna().sum())
            rows.append((id, form.number, f"{form.zh} {form.en}", form.unit, spans, len(mine), lack))
        heads = (
            "表式 form",
            "表号 number",
            "名称 name",
            "单位 unit",
            "期间 interval",
            "数（个）entries",
            "缺（个）missing",
        )
        more = "、".join(self.tables)
        return block(table(heads, rows, "账户与资产负债表 accounts of stocks"),
                     note(f"另有表 other tables: {more}") if more else "", note(".sheet(form, zone)"))  # fmt: skip


class OfSettlements:
    """How settlements show themselves: what each came to, what is missing, whether payments equal receipts."""

    ledger: pd.DataFrame
    checks: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    names: dict[str, str]

    def _repr_html_(self) -> str:
        """A row a settlement and year: dues, amount, what is missing; identities."""
        rows = []
        for (period, id), part in self.ledger.groupby(["period", "settlement"], sort=False):
            amount = part["amount"].sum() if part["amount"].notna().any() else None
            name = self.names.get(str(id), "")
            lack = int((part["status"] == "missing").sum())
            rows.append((str(period), f"{id} {name}".strip(), str(part["rule"].iloc[0]), len(part),
                         showing.money(amount), lack))  # fmt: skip
        heads = ("年份 period", "结算 settlement", "规则 rule", "笔数 dues", "金额 amount（万元）", "缺（笔）missing")
        lack = [(str(m["period"]), m["settlement"], m["what_zh"], m["what_en"]) for m in self.missing]
        return block(
            table(heads, rows, "谁该付给谁 who owes whom", right=(3, 4, 5)),
            table(("年份 period", "结算 settlement", "没有算的", "not computed"), lack, limit=8) if lack else "",
            note(showing.checks_line(self.checks) if self.checks else ""),
        )


class OfAssessed:
    """How an assessment shows itself: scores and ranks, how many indicators there are and how many are missing."""

    observations: pd.DataFrame
    scores: pd.DataFrame
    checks: list[dict[str, Any]]
    names: dict[str, str]

    def _repr_html_(self) -> str:
        """A row an evaluation and year: townships judged, best and worst score, missing; indicators beneath."""
        rows = []
        totals = self.scores[self.scores["kind"] == "total"]
        for (id, year), part in totals.groupby(["evaluation", "year"], sort=False):
            known = part["score"].dropna()
            ends = (float(known.max()), float(known.min())) if len(known) else (None, None)
            rows.append((str(year), f"{id} {self.names.get(str(id), '')}".strip(), int(part["zone"].nunique()),
                         *(showing.text(end, 2) for end in ends), len(part) - len(known)))  # fmt: skip
        heads = (
            "年份 year",
            "评价 evaluation",
            "对象（个）judged",
            "最高分 highest",
            "最低分 lowest",
            "缺（个）missing",
        )
        seen = self.observations
        lack = int((seen["status"] == "missing").sum())
        said = (f"指标 {seen['indicator'].nunique()} 项，观测 {len(seen)} 个，缺 {lack} 个 / "
                f"{seen['indicator'].nunique()} indicators, {len(seen)} observations, {lack} missing")  # fmt: skip
        return block(table(heads, rows, "指标与评价 indicators and scores", right=(2, 3, 4, 5)), note(said),
                     note(showing.checks_line(self.checks) if self.checks else ""))  # fmt: skip
