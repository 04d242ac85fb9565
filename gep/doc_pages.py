"""Reference pages of docs/ and docs/zh/ that are made from the program: `python -m gep.doc_pages`.

Commands from typer, study.yaml from its JSON schema, fault codes from gep/codes, the glossary from docs/glossary.csv,
the list of decisions from their headings. A test compares each page with what this module makes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gep.errors import catalogue
from gep.formula_words import WORDS, one_language
from gep.method_pages import DOCS, say

_MADE = "<!-- made by python -m gep.doc_pages: do not edit -->"
_SEVERITY = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note")}


def pages() -> dict[str, str]:
    """All pages as they ought to be now: path below docs → text."""
    out = {}
    for lang, where in (("en", ""), ("zh", "zh/")):
        for name, make in (("cli", commands), ("study", study), ("errors", errors), ("glossary", glossary)):
            out[f"{where}reference/{name}.md"] = make(lang)
    return out | {"decisions/README.md": decisions()}


def _head(lang: str, name: str, zh: str, en: str, *lead: str) -> list[str]:
    other = f"[English](../../reference/{name}.md)" if lang == "zh" else f"[中文](../zh/reference/{name}.md)"
    return [f"# {say(lang, zh, en)}", _MADE, other, *lead]


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(p for p in parts if p) + "\n"


def plain(text: str) -> str:
    """Text that Markdown prints as it stands, on one line; `code` stays code."""
    parts = re.split(r"(`[^`]+`)", re.sub(r"\s+", " ", text))
    made = (p.replace("|", "\\|") if n % 2 else re.sub(r"([\\*_\[\]<>|$~#])", r"\\\1", p) for n, p in enumerate(parts))
    return "".join(made).strip()


def _template(text: str) -> str:
    """The words of a code with their places as {name}: formats left out, doubled braces single."""
    text = re.sub(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})", r"{\1}", text)
    return plain(text.replace("{{", "{").replace("}}", "}"))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are printed as they are."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def half(text: str, lang: str) -> str:
    """The part of "English words 中文字。" in the language; a text in one language stays whole."""
    text = " ".join(text.split())
    found = re.search(r"[\u3400-\u9fff]", text)
    if found is None or not found.start():
        return text
    english, chinese = text[: found.start()].rstrip(), text[found.start() :]
    return chinese if lang == "zh" else english


def commands(lang: str) -> str:
    """Every command with its arguments and options, from typer itself."""
    import typer.main

    from gep.cli.app import app

    group: Any = typer.main.get_command(app)
    parts = _head(
        lang, "cli", "命令", "Commands",
        say(lang, "退出码：0 成功 · 1 部分失败或检查未通过 · 2 输入有误 · 130 中断。信息随系统语言，`--lang` 改变之。",
            "Exit codes: 0 ok · 1 some units failed or a check did not hold · 2 input wrong · 130 interrupted. Messages"
            " follow the locale; `--lang` overrides it."),
    )  # fmt: skip
    found = {name: one for name, one in group.commands.items() if not one.hidden}
    parts.append(table(
        [say(lang, "命令", "command"), say(lang, "作用", "what it does")],
        [[f"[`gep {n}`](#gep-{n})", plain(half(c.help or "", lang))] for n, c in found.items()],
    ))  # fmt: skip
    for name, one in found.items():
        given = [p for p in one.params if p.param_type_name == "argument"]
        rows = [
            [f"`{_spelt(p)}`", plain(half(getattr(p, "help", None) or "", lang)), _default(p, lang)]
            for p in one.params if not getattr(p, "hidden", False)
        ]  # fmt: skip
        usage = " ".join(["gep", name, *(_slot(p) for p in given), "[OPTIONS]"])
        heads = [say(lang, "参数", "parameter"), say(lang, "含义", "meaning"), say(lang, "默认", "default")]
        parts += [f"## gep {name}", plain(half(one.help or "", lang)), f"```text\n{usage}\n```", table(heads, rows)]
    return _page(parts)


def _slot(p: Any) -> str:
    shown = (p.name or "").upper() + ("..." if p.nargs == -1 else "")
    return shown if p.required else f"[{shown}]"


def _spelt(p: Any) -> str:
    return _slot(p) if p.param_type_name == "argument" else ", ".join([*p.opts, *p.secondary_opts])


def _default(p: Any, lang: str) -> str:
    if p.required:
        return say(lang, "必填", "required")
    value = p.default
    return (
        ""
        if value in (None, False, ()) or callable(value)
        else f"`{Path(value).as_posix() if isinstance(value, Path) else value}`"
    )


def study(lang: str) -> str:
    """study.yaml: every key, from the JSON schema that editors use."""
    from gep.study import Study

    schema = Study.json_schema()
    with (WORDS / "study.csv").open(encoding="utf-8-sig", newline="") as rows:
        words = {row["name"]: row["zh"] for row in csv.DictReader(rows)}
    parts = _head(
        lang, "study", "study.yaml 的键", "Keys of study.yaml",
        say(lang, "未知的键是错误。`gep init` 写出带注释的任务书和供编辑器补全的 `study.schema.json`。带 * 的键必填。",
            "Unknown keys are errors. `gep init` writes a commented study and `study.schema.json` for editors."
            " Keys with * are required."),
        "## study.yaml", _keys(schema, lang),
    )  # fmt: skip
    for name, one in sorted(schema["$defs"].items()):
        if "properties" in one:
            about = " ".join((one.get("description") or "").split("\n\n")[0].split())
            parts += [f"## {name}", plain(words.get(name, about) if lang == "zh" else about), _keys(one, lang)]
    return _page(parts)


def _keys(one: Mapping[str, Any], lang: str) -> str:
    required = set(one.get("required", ()))
    heads = [
        say(lang, "键", "key"),
        say(lang, "类型", "type"),
        say(lang, "默认", "default"),
        say(lang, "说明", "meaning"),
    ]
    rows = []
    for name, p in one["properties"].items():
        default = p.get("default")
        shown = "" if default in (None, {}, [], "") else f"`{_yaml(default)}`"
        mark = "\\*" if name in required else ""
        rows.append([f"`{name}`{mark}", _kind(p), shown, plain(one_language(p.get("description", ""), lang))])
    return table(heads, rows)


def _yaml(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False).replace('"', "").replace("|", "\\|")


def _kind(p: Mapping[str, Any]) -> str:
    """The type of a key in a few words, with links to the objects of this page."""
    if "$ref" in p:
        name = p["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf", "allOf"):
        if word in p:
            return " / ".join(dict.fromkeys(_kind(o) for o in p[word] if o.get("type") != "null"))
    if "const" in p:
        return f"`{p['const']}`"
    if "enum" in p:
        return ", ".join(f"`{v}`" for v in p["enum"])
    if p.get("type") == "array":
        return f"[ {_kind(p['items']) if isinstance(p.get('items'), dict) else '…'} ]"
    if p.get("type") == "object" and isinstance(p.get("additionalProperties"), dict):
        return "{…: " + _kind(p["additionalProperties"]) + "}"
    return str(p.get("type", "…"))


def errors(lang: str) -> str:
    """Every fault code with its words and its remedy."""
    found = catalogue()
    parts = _head(
        lang, "errors", "错误代码", "Fault codes",
        say(lang,
            f"共 {len(found)} 个。`gep explain GEP-C011` 在命令行说同样的话。花括号里的词由程序换成文件里的内容。",
            f"{len(found)} in all. `gep explain GEP-C011` says the same at the command line. Words in braces are"
            " replaced by what stands in the file."),
    )  # fmt: skip
    heads = [
        say(lang, "代码", "code"),
        say(lang, "级别", "severity"),
        say(lang, "问题", "what is wrong"),
        say(lang, "办法", "what to do"),
    ]
    groups: dict[str, list[str]] = {}
    for code in sorted(found, key=lambda c: (c[4], int(re.sub(r"\D", "", c[5:]) or 0))):
        groups.setdefault(code[:5], []).append(code)
    for letter, codes in groups.items():
        rows = []
        for code in codes:
            one = found[code]
            about = one.get(f"about_{lang}", "")
            what = _template(one[lang]) + (f"<br>{_template(about)}" if about else "")
            rows.append(
                [
                    f"`{code}`",
                    say(lang, *_SEVERITY[one.get("severity", "error")]),
                    what,
                    _template(one.get(f"fix_{lang}", "")),
                ]
            )
        parts += [f"## {letter}", table(heads, rows)]
    return _page(parts)


def glossary(lang: str) -> str:
    """Terms of the field in both languages, sorted for the reader of `lang`."""
    with (DOCS / "glossary.csv").open(encoding="utf-8-sig", newline="") as rows:
        terms = list(csv.DictReader(rows))
    terms.sort(
        key=lambda t: t["zh"].encode("gb18030") if lang == "zh" else t["en"].lower()
    )  # GBK's order is that of pinyin
    parts = _head(
        lang, "glossary", "术语对照", "Glossary",
        say(lang, f"{len(terms)} 条，按拼音排列（常用字）。表格文件：`docs/glossary.csv`。",
            f"{len(terms)} terms, sorted by the English word. As a table: `docs/glossary.csv`."),
    )  # fmt: skip
    first, second = ("zh", "en") if lang == "zh" else ("en", "zh")
    heads = say(lang, "中文 英文 含义", "English Chinese meaning").split()
    return _page([*parts, table(heads, [[plain(t[first]), plain(t[second]), plain(t[f"note_{lang}"])] for t in terms])])


def decisions() -> str:
    """The list of docs/decisions, from the first heading of each."""
    rows = []
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        text = path.read_text("utf-8")
        title = re.sub(r"^\d+\.?\s*", "", text.partition("\n")[0].lstrip("# ").strip())
        status = re.search(r"^Status: (.+?) · Date: (\S+)", text, re.M)
        rows.append(
            [
                f"[{path.stem[:3]}]({path.name})",
                plain(title),
                status[1] if status and not path.stem.startswith("000") else "template",
            ]
        )
    return _page([
        "# Decisions", _MADE, "What was decided, why, and what was rejected: one page each, in English.",
        table(["no.", "decision", "status"], rows),
        "```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```",
    ])  # fmt: skip


def main(docs: Path = DOCS) -> None:
    """Write the pages below `docs`; says which changed."""
    for name, text in pages().items():
        path = docs / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
            print(name)


if __name__ == "__main__":
    main()
