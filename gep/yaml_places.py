"""YAML that remembers where everything stands: plain data, plus line and column of every key and value.

County offices write their files with Chinese input methods and Windows editors. What goes wrong then (full-width
colons, commas, quotes and spaces, tabs, GBK bytes, a colon without a space) is named by line, column and character;
where the meaning is plain the text is mended in memory, so that the remaining faults can be reported in the same run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gep.errors import Fault, GepError, fault

Loc = tuple[Any, ...]

# In a flow mapping YAML forbids braces in plain text, yet `{path: precip_{year}.tif}` is what everybody writes:
# the marker is parsed as two private characters of the same width and put back afterwards.
_YEAR, _YEAR_STAND_IN = "{year}", "\ue000year\ue001"
_WIDE_SPACES = "\u3000\u00a0\u2003\u2002"
_QUOTES = {"“": "”", "‘": "’", "”": "”", "＂": "＂", "＇": "＇", "「": "」"}
_WIDE = "：，“”‘’；（）【】［］｛｝＂＇＃－、。" + _WIDE_SPACES
_NAME = r"(?:[A-Za-z_][\w.]*|\d+)"
_PROBLEMS = (
    ("mapping values are not allowed", "这里不应有冒号: 上一行冒号后缺空格, 或缩进不一致, 或含冒号的文字未加引号"),
    ("could not find expected ':'", "缺少冒号 (英文半角, 后跟一个空格)"),
    ("did not find expected key", "缩进与同级的键不一致"),
    ("expected <block end>", "缩进与同级的键不一致"),
    ("expected ',' or ']'", "列表缺少英文逗号或右方括号 ]"),
    ("expected ',' or '}'", "映射缺少英文逗号或右花括号 }"),
    ("unexpected end of stream", "引号没有成对"),
    ("cannot start any token", "该字符不能出现在值的开头, 请给这段文字加英文引号"),
    ("unknown escape character", "双引号内的反斜杠是转义符: 路径请用 / 或单引号"),
    ("undefined alias", "* 开头的文字须加引号"),
    ("special characters are not allowed", "含有不可见的控制字符"),
)


@dataclass
class Tree:
    """A parsed YAML file. `data` is plain Python; `values`/`keys` map a path of keys to (line, column), from 1."""

    file: str
    text: str
    data: Any = None
    values: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The lines of the text as written."""
        return self.text.split("\n")

    def place(self, loc: Loc, *, key: bool = False) -> str:
        """`line:column a.b.c` of a value (or its key), or of the nearest thing above it that exists."""
        return place(loc, self.keys if key else self.values, self.values)


def place(loc: Loc, first: Mapping[Loc, tuple[int, int]], then: Mapping[Loc, tuple[int, int]]) -> str:
    """`line:column a.b.c`, looked up in `first`, then `then`, then for the parents."""
    spot = first.get(loc)
    for end in range(len(loc), -1, -1):
        spot = spot or then.get(loc[:end])
    line, column = spot or (1, 1)
    return f"{line}:{column} {'.'.join(str(part) for part in loc)}".rstrip()


def decode(data: bytes, file: str) -> tuple[str, list[Fault]]:
    """The text of a file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 with a warning.

    Raises GepError (GEP-C009) for bytes that are none of these.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), [fault("GEP-C002", file=file, encoding="UTF-16")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), [fault("GEP-C002", file=file, encoding="GB18030")]
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise GepError(fault("GEP-C009", file=file, place=f"{line}:1")) from None


def _bare(line: str) -> str:
    """The line with quoted text and comments blanked out, at the same width."""
    out, quote, before = [], "", " "
    for i, char in enumerate(line):
        if quote:
            out.append(" ")
            if char == quote:
                quote = ""
        elif char in "'\"" and before in " \t[{,:-":
            quote = char
            out.append(" ")
        elif char == "#" and (i == 0 or line[i - 1] in " \t"):
            break
        else:
            out.append(char)
        before = char
    return "".join(out).ljust(len(line))


def wide_name(char: str) -> str:
    """`“：” U+FF1A FULLWIDTH COLON`, so that the reader can find a character that looks like another one."""
    return f"“{char}” U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def _plain(char: str) -> str:
    if char in "“”＂":
        return '"'
    if char in "‘’＇":
        return "'"
    if char in _WIDE_SPACES:
        return " "
    return {"【": "[", "】": "]", "、": ",", "。": "."}.get(char, unicodedata.normalize("NFKC", char))


def _wide(tree: Tree, number: int, column: int, char: str) -> None:
    shown = _plain(char) if _plain(char) != " " else "空格 / space"
    tree.faults.append(
        fault(
            "GEP-C005",
            file=tree.file,
            place=f"{number}:{column}",
            char=wide_name(char),
            plain=shown,
            line=tree.lines[number - 1].strip(),
        )
    )


def mend(tree: Tree) -> str:
    """The text with unmistakable slips mended; each one is a fault in `tree.faults`."""
    out: list[str] = []
    block: int | None = None  # indentation of the key whose block text (| or >) we are in
    for number, line in enumerate(tree.lines, 1):
        width = len(line) - len(line.lstrip())
        if block is not None and (not line.strip() or width > block):
            out.append(line)
            continue
        block = None
        body = line.lstrip(" \t" + _WIDE_SPACES)
        lead = line[: len(line) - len(body)]
        if body and not body.startswith("#"):
            for column, char in enumerate(lead, 1):
                if char == "\t":
                    shown = line.rstrip().replace("\t", "→")
                    tree.faults.append(fault("GEP-C004", file=tree.file, place=f"{number}:{column}", line=shown))
                    break
                if char in _WIDE_SPACES:
                    _wide(tree, number, column, char)
                    break
            lead = "".join("  " if char in "\t\u3000" else " " for char in lead)
        out.append(lead + _mend_body(tree, number, len(line) - len(body), body))
        if re.search(r"[|>][+-]?\d?\s*$", _bare(body)):
            block = width
    return "\n".join(out)


def _mend_body(tree: Tree, number: int, offset: int, body: str) -> str:
    bare = _bare(body)
    spots: dict[int, str] = {}  # position in body → what stands there instead
    keys = [re.match(rf"(?:- +)*{_NAME}[ ]*(：)", bare), *re.finditer(rf"[{{,，][ \u3000]*{_NAME}[ ]*(：)", bare)]
    for found in filter(None, keys):
        at = found.start(1)
        if found.re.pattern.startswith("(?:- ") or "{" in bare[:at]:
            spots[at] = ":" if body[at + 1 : at + 2] in ("", " ") else ": "
    for found in re.finditer(rf"(?<=[\d\]\"'])[ ]*(，)[ ]*(?=\d)|(，)(?=[ ]*{_NAME}[ ]*[:：])", bare):
        at = found.start(1) if found.group(1) else found.start(2)
        if bare[:at].count("[") > bare[:at].count("]") or bare[:at].count("{") > bare[:at].count("}"):
            spots[at] = ", "
    for found in re.finditer(rf"^(?:- +)*{_NAME}:([{_WIDE_SPACES}])", bare):
        spots[found.start(1)] = " "
    for at in sorted(spots):
        _wide(tree, number, offset + at + 1, body[at])
    glued = re.match(rf"((?:[A-Za-z_]\w*)):(?=[^\s/\\{_WIDE_SPACES}])", bare)
    if glued and not spots:
        at = glued.end()
        tree.faults.append(
            fault("GEP-C007", file=tree.file, place=f"{number}:{offset + at}", line=body.strip(), key=glued.group(1))
        )
        return body[:at] + " " + body[at:]
    return "".join(spots.get(i, char) for i, char in enumerate(body))


def parse(text: str, file: str) -> Tree:
    """Parse YAML text. Faults of form are in `tree.faults`; `tree.data` is None when nothing could be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    tree = Tree(file, text.replace("\r\n", "\n").replace("\r", "\n"))
    mended = mend(tree).replace(_YEAR, _YEAR_STAND_IN)
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(mended)
        if node is not None:
            tree.data = _build(tree, node, (), yaml.constructor)
    except MarkedYAMLError as error:
        if not any(f.code in ("GEP-C004", "GEP-C005", "GEP-C007") for f in tree.faults):
            mark = error.problem_mark or error.context_mark
            _syntax(tree, mark.line + 1, mark.column + 1, str(error.problem or error.context))
    except YAMLError as error:
        at = getattr(error, "position", 0)
        line = mended[:at].count("\n") + 1
        _syntax(tree, line, at - mended.rfind("\n", 0, at), str(getattr(error, "reason", error)))
    return tree


def _syntax(tree: Tree, line: int, column: int, problem: str) -> None:
    source = tree.lines[line - 1] if line <= len(tree.lines) else ""
    if not source.strip() and line > 1:  # the parser stops at the line after the fault
        line = max(n for n in range(1, line) if n == 1 or tree.lines[n - 1].strip())
        source = tree.lines[line - 1]
        column = len(source) + 1
    zh = next((zh for en, zh in _PROBLEMS if en in problem), problem)
    wide = dict.fromkeys(c for c in _bare(source) if c in _WIDE)
    named = ", ".join(wide_name(c) for c in wide)
    tree.faults.append(
        fault(
            "GEP-C003",
            file=tree.file,
            place=f"{line}:{column}",
            problem=problem,
            problem_zh=zh,
            line=source.strip(),
            wide_zh=f"；该行有全角字符 {named}，可能就是原因" if wide else "",
            wide_en=f"; the line holds full-width characters, perhaps the cause: {named}" if wide else "",
        )
    )


def _build(tree: Tree, node: Any, loc: Loc, constructor: Any) -> Any:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    spot = (node.start_mark.line + 1, node.start_mark.column + 1)
    tree.values.setdefault(loc, spot)
    if isinstance(node, ScalarNode):
        return _scalar(tree, node, spot, constructor)
    if isinstance(node, SequenceNode):
        return [_build(tree, item, (*loc, i), constructor) for i, item in enumerate(node.value)]
    assert isinstance(node, MappingNode)
    out: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        at = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key_node.tag == "tag:yaml.org,2002:merge":
            for source in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                merged = {**_build(tree, source, loc, constructor), **merged}
            continue
        key = _scalar(tree, key_node, at, constructor) if isinstance(key_node, ScalarNode) else str(key_node.value)
        key = key if isinstance(key, (int, str)) and not isinstance(key, bool) else str(key_node.value)
        if isinstance(key, str):
            wide = [c for c in key if c in _WIDE or ("\uff01" <= c <= "\uff5e")]
            if wide:
                _wide(tree, at[0], at[1] + key.index(wide[0]), wide[0])
                key = "".join(_plain(c) for c in key).strip()
        if key in out:
            first = tree.keys[(*loc, key)]
            tree.faults.append(
                fault(
                    "GEP-C006",
                    file=tree.file,
                    place=f"{at[0]}:{at[1]} {'.'.join(map(str, (*loc, key)))}",
                    key=key,
                    first=first[0],
                )
            )
            continue
        tree.keys[(*loc, key)] = at
        out[key] = _build(tree, value_node, (*loc, key), constructor)
    return {**merged, **out}


def _scalar(tree: Tree, node: Any, spot: tuple[int, int], constructor: Any) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind in ("int", "float", "bool", "null"):
        return getattr(constructor, f"construct_yaml_{kind}")(node)
    text = node.value.replace(_YEAR_STAND_IN, _YEAR)
    if node.style is None and text:
        if text[0] in _QUOTES and len(text) > 1 and text[-1] in "”’＂＇」":
            _wide(tree, *spot, text[0])
            return text[1:-1]
        if text.strip(_WIDE_SPACES) != text:
            _wide(tree, *spot, next(c for c in text if c in _WIDE_SPACES))
            return text.strip(_WIDE_SPACES)
    return text


def load(path: str | Path) -> Tree:
    """Read and parse a YAML file. Raises GepError when it is absent (GEP-C001) or unreadable (GEP-C009)."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GepError(fault("GEP-C001", file=path, reason=error.strerror or str(error))) from None
    text, faults = decode(data, str(path))
    tree = parse(text, str(path))
    tree.faults[:0] = faults
    return tree
