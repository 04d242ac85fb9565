"""Words of settlements for workbook and explain: rules, rates, the lines behind a due, notes in one language."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gep.coefficient_tables import folder, read_sheet
from gep.report import labels
from gep.report.frame_sheet import half

if TYPE_CHECKING:
    from gep.compensation.rule import Rule

LISTED = 30  # lines of a list of what there is
_TERM = re.compile(r"^(\d{4}-\d\d-\d\d)?–(\d{4}-\d\d-\d\d)?(?:; |$)")
_ROW = re.compile(r"\brow (\d+)")
_COLUMN = re.compile(r", column ")
_DIVIDED = re.compile(r"(?<=[\d)]) / (?=[\d(−-])")  # a quotient, no second language
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z][A-Za-z,'-]*(?: [A-Za-z][A-Za-z,'-]*)*")
_AMID_EN = re.compile(rf"(?<=[\u4e00-\u9fff）]) / {_ENGLISH.pattern}")
_AMID_ZH = re.compile(r"[\u4e00-\u9fff]+ / (?=[A-Za-z])")
_FULL = ("：", "，", "。", "；", "（")
_MU = re.compile(r"(?<![A-Za-z])mu(?![A-Za-z])")
_ARTICLE = re.compile(r"\barts?\. ?(\d+)(?: ¶(\d+))?(?![\d–,])")
_REST = re.compile(r"[（(，,：:；;]")  # behind it a term's words say more than its name
_LATIN = re.compile(r"[A-Za-z]{3,}")
_PLAIN = re.compile(r"[a-z][a-z_0-9]*")  # an id of ours, no symbol of a formula


def said(text: object, lang: str) -> str:
    """A note in one language: its half of "zh / en", rows of files, articles and units in words; null is ''."""
    if text is None or text != text:
        return ""
    out = half(_DIVIDED.sub("\0", str(text).strip()), lang).replace("\0", " / ")
    return _in_chinese(_one_half(out, lang), lang)


def working(text: object, lang: str) -> str:
    """The text of a formula in one language: names "zh / en" amid its numbers, which all stay; null is ''."""
    if text is None or text != text:
        return ""
    return _in_chinese((_AMID_EN if lang == "zh" else _AMID_ZH).sub("", str(text).strip()), lang)


def _in_chinese(out: str, lang: str) -> str:
    """Rows, articles and units of a text in words."""
    if lang != "zh":
        return out
    return unit(_COLUMN.sub("，列 ", _ROW.sub(r"第 \1 行", clause(out, lang))).replace("; ", "；"), lang)


def _one_half(text: str, lang: str) -> str:
    """As `half`, where the English repeats a Chinese name ("停考：县 / suspended: 县"), or both stand amid a text
    ("改善 / improved 15.7%，…")."""
    left, slash, right = text.partition(" / ")
    if not slash:
        return text
    english = _ENGLISH.match(right)
    if " / " not in right and _CHINESE.search(left) and english and right[english.end() :][:1] not in _FULL:
        return left if lang == "zh" else right
    return _AMID_EN.sub("", text) if lang == "zh" else _AMID_ZH.sub("", text)


@functools.cache
def _citations() -> dict[str, str]:
    rows = read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows
    return {cells["short"]: cells["citation"] for _, cells in rows}


def cited(source: object, lang: str) -> str:
    """A source in full: each `short` of coefficients/sources.csv ("A; B") by its citation, other text as it is."""
    text = said(source, lang)
    if text == "toolkit":
        return labels.label("source_toolkit", lang)
    return "；".join(_citations().get(part, part) for part in text.split("; "))


def unit(text: object, lang: str) -> str:
    """Units as the reader writes them, 元 and 亩 among them; 1 is no unit."""
    shown = labels.unit(text, lang)
    return "" if shown == "1" else _MU.sub("亩", shown) if lang == "zh" else shown


def clause(text: object, lang: str) -> str:
    """An article: "art. 7 ¶3" is 第 7 条第 3 款."""
    shown = "" if text is None or text != text or text == "-" else str(text)
    if lang != "zh":
        return shown
    return _ARTICLE.sub(lambda m: f"第 {m[1]} 条" + (f"第 {m[2]} 款" if m[2] else ""), shown)


def source_of(rule: Rule, lang: str) -> str:
    """What a rule rests on: its source in full, and the clause."""
    return " ".join(filter(None, (cited(rule.source, lang), clause(said(rule.clause, lang), lang))))


def rate_note(text: str, lang: str) -> str:
    """The note of a rate; notes of the library are English and stay out of Chinese pages (`gep rates` shows them)."""
    return "" if lang == "zh" and len(_LATIN.findall(text)) > 3 else text


def rule_name(rule: Rule | None, lang: str, fallback: str = "") -> str:
    """What a rule is called."""
    return fallback if rule is None else rule.zh if lang == "zh" else rule.en


def term_of(note: object) -> tuple[str, str]:
    """The term that `Rate.lineage` puts before the note of a rate ("" where it has none), and the rest of the note."""
    text = "" if note is None or note != note else str(note)
    found = _TERM.match(text)
    if found is None or found.group().rstrip("; ") == "–":
        return "", text
    return found.group().removesuffix("; "), text[found.end() :]


def rate_name(name: str, rules: Iterable[Rule | None], lang: str) -> str:
    """A rate "symbol key tier" by the words of the first rule that looks it up; symbols without words stay."""
    symbol, *more = name.split()
    terms = (t for rule in rules if rule is not None for t in rule.terms)
    term = next((t for t in terms if t.symbol == symbol), None)
    head = (
        _coded("rate", symbol, lang)
        if term is None
        else _REST.split(half(term.zh if lang == "zh" else term.en, lang))[0].strip()
    )
    said_of = (_coded("key", word, lang) for word in more)
    return " ".join(filter(None, [head, *said_of]))


def line_name(kind: str, id: str, name: object, rule: Rule | None, lang: str) -> str:
    """What a line of the working is called: its own half of "zh / en", the head of a table's column, a word of
    labels.yaml (`line_<id>`), else its name as it is."""
    text = "" if name is None or name != name else str(name)
    if " / " in text or not text:
        return said(text, lang)
    if labels.known(f"line_{id}") and not any("\u4e00" <= c <= "\u9fff" for c in text):
        return labels.label(f"line_{id}", lang)
    if rule is not None and text == rule.id:
        return rule_name(rule, lang)
    if kind == "reading" and rule is not None and _PLAIN.fullmatch(text):
        heads = (t.expected.columns.get(text) for t in rule.tables)
        found = next((e for e in heads if e is not None and e.aliases), None)
        if found is not None:
            return found.aliases[0] if lang == "zh" else text.replace("_", " ")
    return _coded("line", text, lang) if _PLAIN.fullmatch(text) else said(text, lang)


def _coded(family: str, code: str, lang: str) -> str:
    """The word of a code within its family, else the plain word, else the code; "a>b" part by part."""
    if ">" in code:
        return "→".join(_coded(family, part, lang) for part in code.split(">"))
    key = f"{family}_{code}"
    return labels.label(key, lang) if labels.known(key) else labels.word(code, lang)


def coded(column: str, value: Any, lang: str) -> Any:
    """A cell of a public table in words: `<column>_<value>` of labels.yaml for a code, a note's half for a text."""
    if not isinstance(value, str) or not value:
        return value
    key = f"{column}_{value}"
    return labels.label(key, lang) if labels.known(key) else said(value, lang)
