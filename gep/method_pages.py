"""The generated part of docs/methods: every registered service, said from its declaration and the tables of facts.

`python -m gep.method_pages` rewrites what stands between the two marks of each page, and makes a page that is not there
yet; prose outside the marks stays as it is. No service is listed by hand.
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

from gep import fields, profiles, services
from gep.coefficient_tables import folder, read_sheet
from gep.coefficients import Coefficients
from gep.coefficients import profiles as known_profiles
from gep.declare import Area, Coefficient, Column, Figure, Input, Layer, Of, Service, Whole, Yield
from gep.report.labels import type_name, word

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
PAGES = Path(__file__).resolve().parents[1] / "docs" / "methods"
_ANY = "不限 any"
MANY = 40  # rows of one table of coefficients above which it is folded up, set by set
_ROLE = {"in": "计入 in", "memo": "备查 memo", "out": "无此项 out"}
_SPECIAL = {  # prices that are no rows: what they mean
    "product": "表中每行自带单价 / the price stands in the row of the table",
    "value": "已是金额 / money already",
}


def pages(where: Path = PAGES) -> dict[str, str]:
    """The pages as they ought to be now: file name → text, prose kept from the files in `where`."""
    rows = [{str(k): str(v) for k, v in row.items()} for row in Coefficients.load(()).table().to_dict("records")]
    cited = {c["short"]: c for _, c in read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows}
    out = {}
    for service in services.registry().values():
        head = f"# {service.zh} · {service.en}\n\n{_about(service)}\n"
        out[f"{service.id}.md"] = _within(where / f"{service.id}.md", head, block(service, rows, cited))
    head = "# 方法 · Methods\n"
    return out | {"README.md": _within(where / "README.md", head, index())}


def index() -> str:
    """The table of all services: names, account, methods, role in each profile."""
    names = list(known_profiles())
    rows = []
    for service in services.registry().values():
        roles = [profiles.entry(p, service.id) for p in names]
        rows.append([
            f"[`{service.id}`]({service.id}.md)", service.zh, service.en, _both(service.account),
            ", ".join(f"`{m.id}`" for m in service.methods), *(_ROLE[r.role] if r else "—" for r in roles),
        ])  # fmt: skip
    heads = ["服务 service", "中文", "English", "账户 account", "方法 methods（首个为默认 first = default）"]
    return "\n\n".join([
        "每项服务一页：上为说明，下为由声明与系数表生成的公式、输入、系数与价格。派生图层见 [fields.md](fields.md)。",
        "One page a service: prose first, then formulas, inputs, coefficients and prices as the declaration and the"
        " tables say them. Derived layers: [fields.md](fields.md).",
        _table([*heads, *(f"`{p}`" for p in names)], rows),
    ])  # fmt: skip


def block(service: Service, rows: Sequence[Mapping[str, str]], cited: Mapping[str, Mapping[str, str]]) -> str:
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
    parts = [
        "## 声明 · Declaration",
        "以下由 `python -m gep.method_pages` 按声明与系数表生成，勿手改。"
        "Generated from the declaration and the tables; do not edit.",
        f"- 编号 id: `{service.id}` · 账户 account: {_both(service.account)}",
        "### 口径 · Profiles",
        _profiles(service),
        "### 不可相加 · Double counting",
        _rules(service),
        "### 方法 · Methods",
        _methods(service),
        "### 公式与输入 · Formulas and inputs",
        *(_yield(service, item, used_by) for item, used_by in yields.items()),
        "### 系数 · Coefficients",
        *(_symbol(name, [r for r in rows if r["symbol"] == name]) for name in symbols),
        *([] if symbols else ["无 none"]),
        "### 价格 · Prices",
        *(_symbol(name, [r for r in rows if r["symbol"] == name], price=True) for name in prices),
        *([] if prices else ["无价格表中的价格 no price of the price table"]),
        "### 来源 · Sources",
        "\n".join(_source(short, cited.get(short)) for short in shorts),
    ]
    return "\n\n".join(parts)


def _profiles(service: Service) -> str:
    rows = [
        [f"`{e.profile}`" + (f" · `{e.item}`" if e.item else ""), _ROLE[e.role], e.zh, e.en, _both(e.confidence),
         e.source, e.note]
        for e in profiles.entries().values() if e.service == service.id
    ]  # fmt: skip
    if not rows:
        return "口径表中没有此项：只在 custom 中计入 / in no profile: counts in `custom` only"
    return _table(["口径 profile", "角色 role", "中文", "English", "等级 evidence", "来源 source", "说明 note"], rows)


def _rules(service: Service) -> str:
    def names(pattern: str) -> bool:
        return re.split(r"[.:]", pattern)[0] == service.id

    found = [r for r in profiles.rules() if names(r.one) or names(r.other)]
    lines = []
    for rule in found:
        what = "拒绝 refused" if rule.severity == "refuse" else "须说明 noted"
        other = "所有计入项 every counted service" if rule.other == "*" else f"`{rule.other}`"
        lines.append(f"- `{rule.rule}` ({what}): `{rule.one}` × {other}. {_plain(rule.zh)} {_plain(rule.en)}")
    return "\n".join(lines) or "没有规则提到它 / no rule names it"


def _methods(service: Service) -> str:
    rows = []
    for n, m in enumerate(service.methods):
        rows.append([
            f"`{m.id}`" + (" 默认 default" if n == 0 else ""), f"{m.zh}<br>{m.en}", m.level, f"{m.source} {m.clause}",
            "已核对 verified" if m.verified else "未核对 unverified", m.valid_from.isoformat(),
            _types(m.types, m.without), ", ".join(f"`{y.id}`" for y in m.yields),
        ])  # fmt: skip
    heads = ["方法 method", "名称 name", "层次 level", "出处 source", "原文 text", "自 from", "类型 types", "产出"]
    return _table(heads, rows)


def _yield(service: Service, item: Yield, used_by: Sequence[str]) -> str:
    formula, _, rest = (inspect.getdoc(item.formula) or "").partition("\n")
    price = "不计价 not valued"
    if item.price:
        price = f"`{item.price}` ({_plain(item.price_unit)})"
        price += f"：{_SPECIAL[item.price]}" if item.price in _SPECIAL else ""
    lines = [f"- 方法 methods: {', '.join(f'`{m}`' for m in used_by)}",
             f"- 单位 unit: {_plain(item.unit)} · 价格 price: {price}"]  # fmt: skip
    if item.types:
        lines.append(f"- 类型 types: {_types(item.types)}")
    if item.tabular:
        lines.append(f"- 表中每行一条 a line for each row of table: `{item.table or service.id}`")
    heads = ["符号 symbol", "种类 kind", "单位 unit", "取自 from"]
    parts = [f"#### {item.zh} · {item.en} · `{item.id}`", "\n".join(lines), f"**{_cell(formula)}**"]
    if rest.strip():
        parts.append(f"```text\n{rest.strip()}\n```")
    parts.append(_table(heads, [[f"`{i.name}`", *_input(i, service, item)] for i in item.inputs]))
    return "\n\n".join(parts)


def _input(given: Input, service: Service, item: Yield) -> list[str]:
    """Kind, unit and origin of an input."""
    match given:
        case Layer():
            field = fields.registry().get(given.name)
            how = "任务书给出 given by the study"
            if field is not None:
                how = "任务书给出，或推算 given, or derived: " + ", ".join(f"`{m.id}`" for m in field.methods)
            return ["图层 layer", given.unit, how]
        case Coefficient():
            by = "，按类型 by type" if given.by_type else ""
            return [f"系数 coefficient{by}", given.unit, f"`{given.key}`"]
        case Area():
            return ["面积 area", given.unit, "乡镇 × 类型 zone × type"]
        case Of():
            return ["前项 earlier yield", given.unit, f"`{given.name}`"]
        case Whole():
            return ["前项全县合计 county total of a yield", given.unit, f"`{given.of}`"]
        case Figure():
            return ["县级数 county figure", given.unit, f"表 table `{given.table}`: `{given.item}`"]
        case Column():
            return ["表列 column", given.unit, f"表 table `{item.table or service.id}`"]


def _symbol(name: str, rows: Sequence[Mapping[str, str]], price: bool = False) -> str:
    """The rows of one coefficient or price; long ones folded up by set."""
    title = f"#### `{name}`"
    if not rows:
        return f"{title}\n\n没有行：须由县级提供 / no row: the county supplies it"
    heads = ["值 value", "单位 unit", "类型 type", "地区 region", "套 set", "等级 evidence", "来源 source", "说明 note"]
    if price:
        heads[4:4] = ["价格年 year", "基础 basis"]
    if len(rows) <= MANY:
        return f"{title}\n\n{_table(heads, [_cells(r, price) for r in rows])}"
    sets: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        sets.setdefault(row["set"], []).append(row)
    parts = [title, f"{len(rows)} 行 rows"]
    for one, group in sets.items():
        summary = f"<summary>套 set <code>{one or '—'}</code>：{len(group)} 行 rows</summary>"
        parts.append(f"<details>{summary}\n\n{_table(heads, [_cells(r, price) for r in group])}\n\n</details>")
    return "\n\n".join(parts)


def _cells(row: Mapping[str, str], price: bool) -> list[str]:
    value = row["value"] or "空：需县级提供 / blank: the county supplies it"
    if row["low"] or row["high"]:
        value += f" ({row['low']}–{row['high']})"
    kind = row["type"] or "*"
    shown = _ANY if kind == "*" else f"{kind} {type_name(kind, kind, 'zh')}"
    cells = [value, row["unit"], shown, _region(row["region"]), row["set"], _both(row["confidence"]),
             f"{row['source']} {row['locator']}".strip(), row["note"]]  # fmt: skip
    if price:
        cells[4:4] = [row["price_year"] or _term(row), row["basis"]]
    return cells


@functools.cache
def _region(code: str) -> str:
    """The code with its name, where regions.csv has one."""
    names = {c["code"]: c["name_zh"] for _, c in read_sheet(folder() / "regions.csv", "coefficients/regions.csv").rows}
    return _ANY if code in ("", "*") else f"{code} {names.get(code, '')}".strip()


def _term(row: Mapping[str, str]) -> str:
    """The days between which a price without a year of its own holds."""
    return f"{row['valid_from']}–{row['valid_to']}" if row["valid_from"] or row["valid_to"] else ""


def _source(short: str, cells: Mapping[str, str] | None) -> str:
    if cells is None:
        return f"- `{short}`"
    parts = [cells["citation"], *(p for p in (cells["locator_or_url"], cells["where_read"]) if p and p != "-")]
    return f"- `{short}`: " + "; ".join(_plain(p) for p in parts)


def _types(codes: Iterable[str], without: Iterable[str] = ()) -> str:
    shown = "、".join(f"{c} {type_name(c, c, 'zh')}" for c in codes)
    left = "、".join(f"{c} {type_name(c, c, 'zh')}" for c in without)
    return (shown or "—") + (f"；除 without {left}" if left else "")


def _both(code: str) -> str:
    """A code's words in both languages, once where they are the same."""
    zh, en = word(code, "zh"), word(code, "en")
    return zh if zh == en else f"{zh} {en}"


def _plain(text: str) -> str:
    """Text that Markdown prints as it stands, on one line."""
    return re.sub(r"([\\*_\[\]<>`|])", r"\\\1", re.sub(r"\s+", " ", text))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(heads), line("---" for _ in heads), *(line(map(_cell, row)) for row in rows)])


def _cell(text: str) -> str:
    """A cell: our own marks (code, links, breaks) stay, what comes from tables is made plain."""
    parts = re.split(r"(\[`[^`]*`\]\([a-z_]+\.md\)|`[^`]*`|<br>)", text)
    return "".join(part if n % 2 else _plain(part) for n, part in enumerate(parts)).strip()


def _about(service: Service) -> str:
    """The first paragraph of the docstring of the module that declares the service, as the page's first lines."""
    for found in pkgutil.iter_modules(services.__path__):
        module = importlib.import_module(f"{services.__name__}.{found.name}")
        if getattr(module, "SERVICE", None) is service:
            return (inspect.getdoc(module) or "").split("\n\n")[0].strip()
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


def main(where: Path = PAGES) -> None:
    """Rewrite the pages of `where`; says which changed."""
    for name, text in pages(where).items():
        path = where / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8", newline="\n")
            print(name)


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
