"""The generated part of docs/methods and docs/zh/methods: every service, said from its declaration and the tables.

`python -m gep.method_pages` rewrites what stands between the two marks of each page, in English below docs/methods and
in Chinese below docs/zh/methods, and makes a page that is not there yet; prose outside the marks stays as it is. No
service is listed by hand. Chinese explanations of formulas: `gep.formula_words`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gep import fields, formula_words, profiles, services
from gep.coefficient_tables import folder, read_sheet
from gep.coefficients import Coefficients
from gep.coefficients import profiles as known_profiles
from gep.declare import Area, Coefficient, Column, Figure, Input, Layer, Of, Service, Whole, Yield
from gep.formula_words import has_chinese, one_language
from gep.formula_words import plain as _plain
from gep.report.labels import type_name, word

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"en": DOCS / "methods", "zh": DOCS / "zh" / "methods"}
MANY = 40  # rows of one table of coefficients above which it is folded up, set by set
_ROLE = {"in": ("计入", "in"), "memo": ("备查", "memo"), "out": ("无此项", "out")}
_SPECIAL = {  # prices that are no rows: what they mean
    "product": ("表中每行自带单价", "the price stands in the row of the table"),
    "value": ("已是金额", "money already"),
}
_HEADS = {
    "profiles": ("口径 角色 中文 英文 等级 来源 说明", "profile role Chinese English evidence source note"),
    "methods": ("方法 名称 层次 出处 原文 自 类型 产出", "method name level source text from types yields"),
    "inputs": ("名称 含义 种类 单位 取自", "name meaning kind unit from"),
    "rows": ("值 单位 类型 地区 套 等级 来源 说明", "value unit type region set evidence source note"),
}


def say(lang: str, zh: str, en: str) -> str:
    """The words of the page's language."""
    return zh if lang == "zh" else en


def pages(where: Path | None = None, lang: str = "en") -> dict[str, str]:
    """The pages of a language as they ought to be now: file name → text, prose kept from the files in `where`."""
    where = PAGES[lang] if where is None else where
    rows = [{str(k): str(v) for k, v in row.items()} for row in Coefficients.load(()).table().to_dict("records")]
    cited = {c["short"]: c for _, c in read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows}
    out = {}
    for service in services.registry().values():
        head = f"# {say(lang, service.zh, service.en)}\n\n{_sibling(service.id, lang)}\n\n{_about(service, lang)}\n"
        out[f"{service.id}.md"] = _within(where / f"{service.id}.md", head, block(service, rows, cited, lang))
    head = f"# {say(lang, '核算方法', 'Methods')}\n\n{_sibling('README', lang)}\n"
    return out | {"README.md": _within(where / "README.md", head, index(lang))}


def _sibling(page: str, lang: str) -> str:
    return f"[English](../../methods/{page}.md)" if lang == "zh" else f"[中文](../zh/methods/{page}.md)"


def index(lang: str) -> str:
    """The table of all services: names, account, methods, role in each profile."""
    names = list(known_profiles())
    rows = []
    for service in services.registry().values():
        roles = [profiles.entry(p, service.id) for p in names]
        rows.append([
            f"[`{service.id}`]({service.id}.md)", say(lang, service.zh, service.en), word(service.account, lang),
            ", ".join(f"`{m.id}`" for m in service.methods), *(say(lang, *_ROLE[r.role]) if r else "—" for r in roles),
        ])  # fmt: skip
    heads = say(lang, "编号 名称 账户 方法", "id name account methods").split()
    return "\n\n".join([
        say(lang, "每项服务一页：上为说明，下为由声明与系数表生成的公式、输入、系数与价格。"
            "派生图层见 [fields.md](fields.md)。各列中首个方法为默认；后几列是该项在各口径中的角色。",
            "One page a service: prose first, then formulas, inputs, coefficients and prices as the declaration and the"
            " tables say them. Derived layers: [fields.md](fields.md). The first method is the default; the last"
            " columns say what the service is in each profile."),
        _table([*heads, *(f"`{p}`" for p in names)], rows),
    ])  # fmt: skip


def block(
    service: Service, rows: Sequence[Mapping[str, str]], cited: Mapping[str, Mapping[str, str]], lang: str
) -> str:
    """What is generated of one service. `rows`: all coefficient rows as text; `cited`: sources.csv by short name."""
    yields: dict[Yield, list[str]] = {}
    for method in service.methods:
        for item in method.yields:
            yields.setdefault(item, []).append(method.id)
    symbols = dict.fromkeys(
        i.key for item in yields for i in item.inputs if isinstance(i, Coefficient)
    )  # in the order of the formulas
    prices = dict.fromkeys(item.price for item in yields if item.price and item.price not in _SPECIAL)
    used = [row for row in rows if row["symbol"] in symbols or row["symbol"] in prices]
    shorts = dict.fromkeys(
        [*(m.source for m in service.methods), *sorted({row["source"] for row in used if row["source"]})]
    )
    no_price = say(lang, "不用价格表中的价格", "no price of the price table")
    parts = [
        say(lang, "## 声明", "## Declaration"),
        say(lang, "以下由 `python -m gep.method_pages` 按声明与系数表生成，勿手改。",
            "Generated from the declaration and the tables by `python -m gep.method_pages`; do not edit."),
        _names(service, lang),
        say(lang, "### 口径", "### Profiles"), _profiles(service, lang),
        say(lang, "### 不可相加", "### Not additive"), _rules(service, lang),
        say(lang, "### 方法一览", "### List of methods"), _methods(service, lang),
        say(lang, "### 公式与输入", "### Formulas and inputs"),
        *(_yield(service, item, used_by, lang) for item, used_by in yields.items()),
        say(lang, "### 系数", "### Coefficients"),
        *(_symbol(name, [r for r in rows if r["symbol"] == name], lang) for name in symbols),
        *([] if symbols else [say(lang, "无", "none")]),
        say(lang, "### 价格", "### Prices"),
        *(_symbol(name, [r for r in rows if r["symbol"] == name], lang, price=True) for name in prices),
        *([] if prices else [no_price]),
        say(lang, "### 来源", "### Sources"),
        "\n".join(_source(short, cited.get(short), lang) for short in shorts),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _names(service: Service, lang: str) -> str:
    if lang == "zh":
        return f"- 编号：`{service.id}` · 英文名：{service.en} · 账户：{word(service.account, 'zh')}"
    return f"- id: `{service.id}` · Chinese name: {service.zh} · account: {word(service.account, 'en')}"


def _heads(key: str, lang: str) -> list[str]:
    return say(lang, *_HEADS[key]).split()


def _profiles(service: Service, lang: str) -> str:
    rows = [
        [f"`{e.profile}`" + (f" · `{e.item}`" if e.item else ""), say(lang, *_ROLE[e.role]), e.zh, e.en,
         word(e.confidence, lang), e.source, one_language(e.note, lang)]
        for e in profiles.entries().values() if e.service == service.id
    ]  # fmt: skip
    if not rows:
        return say(lang, "口径表中没有此项：只在 `custom` 中计入", "in no profile: counts in `custom` only")
    return _table(_heads("profiles", lang), rows)


def _rules(service: Service, lang: str) -> str:
    def names(pattern: str) -> bool:
        return re.split(r"[.:]", pattern)[0] == service.id

    lines = []
    for rule in (r for r in profiles.rules() if names(r.one) or names(r.other)):
        what = say(lang, "拒绝", "refused") if rule.severity == "refuse" else say(lang, "须说明", "noted")
        other = say(lang, "所有计入项", "every counted service") if rule.other == "*" else f"`{rule.other}`"
        lines.append(f"- `{rule.rule}` ({what}): `{rule.one}` × {other}. {_plain(say(lang, rule.zh, rule.en))}")
    return "\n".join(lines) or say(lang, "没有规则提到它", "no rule names it")


def _methods(service: Service, lang: str) -> str:
    rows = []
    for n, m in enumerate(service.methods):
        rows.append([
            f"`{m.id}`" + (say(lang, " 默认", " default") if n == 0 else ""), say(lang, m.zh, m.en),
            formula_words.LEVEL[m.level][lang == "en"], f"{m.source} {one_language(m.clause, lang)}",
            say(lang, *(("已核对", "verified") if m.verified else ("未核对", "unverified"))), m.valid_from.isoformat(),
            _types(m.types, lang, m.without), ", ".join(f"`{y.id}`" for y in m.yields),
        ])  # fmt: skip
    return _table(_heads("methods", lang), rows)


def _yield(service: Service, item: Yield, used_by: Sequence[str], lang: str) -> str:
    colon = say(lang, "：", ": ")
    price = say(lang, "不计价", "not valued")
    if item.price:
        special = f"{colon}{say(lang, *_SPECIAL[item.price])}" if item.price in _SPECIAL else ""
        price = f"`{item.price}` ({_plain(item.price_unit)}){special}"
    lines = [
        f"- {say(lang, '方法', 'methods')}{colon}{', '.join(f'`{m}`' for m in used_by)}",
        f"- {say(lang, '单位', 'unit')}{colon}{_plain(item.unit)} · {say(lang, '价格', 'price')}{colon}{price}",
    ]
    if item.types:
        lines.append(f"- {say(lang, '类型', 'types')}{colon}{_types(item.types, lang)}")
    if item.tabular:
        each = say(lang, "表中每行一条", "a line for each row of the table")
        lines.append(f"- {each}{colon}`{item.table or service.id}`")
    title = f"#### {say(lang, item.zh, item.en)} · `{item.id}`"
    rows = [[f"`{i.name}`", *_input(i, service, item, lang)] for i in item.inputs]
    return "\n\n".join(
        [title, "\n".join(lines), *formula_words.shown(item.formula, lang), _table(_heads("inputs", lang), rows)]
    )


def _input(given: Input, service: Service, item: Yield, lang: str) -> list[str]:
    """Meaning, kind, unit and origin of an input."""
    table = say(lang, "表", "table")
    match given:
        case Layer():
            field = fields.registry().get(given.name)
            how = say(lang, "任务书给出", "given by the study")
            if field is not None:
                how += say(lang, "，或推算：", ", or derived: ") + ", ".join(f"`{m.id}`" for m in field.methods)
            kind, origin = say(lang, "图层", "layer"), how
        case Coefficient():
            kind = say(lang, "系数", "coefficient") + (say(lang, "，按类型", ", by type") if given.by_type else "")
            origin = f"`{given.key}`"
        case Area():
            kind, origin = say(lang, "面积", "area"), say(lang, "乡镇 × 类型", "zone × type")
        case Of():
            kind, origin = say(lang, "前项", "earlier yield"), f"`{given.name}`"
        case Whole():
            kind, origin = say(lang, "前项全县合计", "county total of a yield"), f"`{given.of}`"
        case Figure():
            kind, origin = say(lang, "县级数", "county figure"), f"{table} `{given.table}`: `{given.item}`"
        case Column():
            kind, origin = say(lang, "表列", "column"), f"{table} `{item.table or service.id}`"
    return [formula_words.meaning(given, service, item, lang), kind, given.unit, origin]


def _symbol(name: str, rows: Sequence[Mapping[str, str]], lang: str, price: bool = False) -> str:
    """The rows of one coefficient or price; long ones folded up by set."""
    title = f"#### `{name}` {formula_words.name_of(name, lang)}".rstrip()
    if not rows:
        return f"{title}\n\n{say(lang, '没有行：须由县级提供', 'no row: the county supplies it')}"
    heads = _heads("rows", lang)
    if price:
        heads[4:4] = say(lang, "价格年 基础", "year basis").split()
    if len(rows) <= MANY:
        return f"{title}\n\n{_table(heads, [_cells(r, price, lang) for r in rows])}"
    sets: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        sets.setdefault(row["set"], []).append(row)
    parts = [title, say(lang, f"{len(rows)} 行", f"{len(rows)} rows")]
    for one, group in sets.items():
        what = say(
            lang, f"套 <code>{one or '—'}</code>：{len(group)} 行", f"set <code>{one or '—'}</code>: {len(group)} rows"
        )
        table = _table(heads, [_cells(r, price, lang) for r in group])
        parts.append(f"<details><summary>{what}</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(parts)


def _cells(row: Mapping[str, str], price: bool, lang: str) -> list[str]:
    value = row["value"] or say(lang, "空：需县级提供", "blank: the county supplies it")
    if row["low"] or row["high"]:
        value += f" ({row['low']}–{row['high']})"
    kind = row["type"] or "*"
    shown = say(lang, "不限", "any") if kind == "*" else f"{kind} {type_name(kind, kind, lang)}"
    source = f"{row['source']} {one_language(row['locator'], lang)}".strip()
    cells = [value, row["unit"], shown, _region(row["region"], lang), row["set"], word(row["confidence"], lang), source,
             one_language(row["note"], lang)]  # fmt: skip
    if price:
        cells[4:4] = [row["price_year"] or _term(row), row["basis"]]
    return cells


@functools.cache
def _region(code: str, lang: str) -> str:
    """The code with its name, where regions.csv has one."""
    names = {c["code"]: c for _, c in read_sheet(folder() / "regions.csv", "coefficients/regions.csv").rows}
    if code in ("", "*"):
        return say(lang, "不限", "any")
    found = names.get(code, {})
    return f"{code} {found.get(f'name_{lang}') or found.get('name_zh', '')}".strip()


def _term(row: Mapping[str, str]) -> str:
    """The days between which a price without a year of its own holds."""
    return f"{row['valid_from']}–{row['valid_to']}" if row["valid_from"] or row["valid_to"] else ""


def _source(short: str, cells: Mapping[str, str] | None, lang: str) -> str:
    if cells is None:
        return f"- `{short}`"
    parts = [cells["citation"], *(p for p in (cells["locator_or_url"], cells["where_read"]) if p and p != "-")]
    return f"- `{short}`: " + "; ".join(_plain(one_language(p, lang)) for p in parts)


def _types(codes: Iterable[str], lang: str, without: Iterable[str] = ()) -> str:
    comma = say(lang, "、", ", ")
    shown = comma.join(f"{c} {type_name(c, c, lang)}" for c in codes)
    left = comma.join(f"{c} {type_name(c, c, lang)}" for c in without)
    return (shown or "—") + (say(lang, f"；除 {left}", f"; without {left}") if left else "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(heads), line("---" for _ in heads), *(line(map(_cell, row)) for row in rows)])


def _cell(text: str) -> str:
    """A cell: our own marks (code, links, breaks) stay, what comes from tables is made plain."""
    parts = re.split(r"(\[`[^`]*`\]\([a-z_]+\.md\)|`[^`]*`|<br>)", text)
    return "".join(part if n % 2 else _plain(part) for n, part in enumerate(parts)).strip()


def _about(service: Service, lang: str) -> str:
    """The first paragraph of the docstring of the module that declares the service: an English page begins so."""
    for found in pkgutil.iter_modules(services.__path__):
        module = importlib.import_module(f"{services.__name__}.{found.name}")
        if getattr(module, "SERVICE", None) is service:
            told = (inspect.getdoc(module) or "").split("\n\n")[0].strip()
            return say(lang, f"{service.zh}。说明待写。" if has_chinese(service.zh) else told, told)
    return ""


def _within(path: Path, head: str, generated: str) -> str:
    """The page with its block replaced; put at the end where the page has none yet."""
    text = path.read_text("utf-8") if path.is_file() else head
    made = f"{BEGIN}\n\n{generated}\n\n{END}\n"
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n{made}"
    before, _, rest = text.partition(BEGIN)
    if END not in rest:
        raise ValueError(f"{path.name}: {BEGIN} without {END}")
    return before + made + rest.partition(END)[2].removeprefix("\n")


def main(docs: Path = DOCS) -> None:
    """Rewrite the pages below `docs`; says which changed."""
    for lang, home in PAGES.items():
        where = docs / home.relative_to(DOCS)
        for name, text in pages(where, lang).items():
            path = where / name
            if not path.is_file() or path.read_text("utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8", newline="\n")
                print(path.relative_to(docs).as_posix())


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
