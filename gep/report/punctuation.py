"""Chinese punctuation: half-width marks between Chinese characters made full-width; numbers, units, names untouched."""

from __future__ import annotations

import re

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
# a mark behind a Chinese character or a closing mark (unless a path goes on), or right before a Chinese character
_MARK = re.compile(rf"(?<=[{_HAN}）”》％])[ ]?([,:;?!])(?![/\\])[ ]*|(?<=[^\s,:;?!])([,;])(?=[{_HAN}])")
# what is between brackets begins and ends Chinese and holds no sign of a formula; no lone letter (a function) precedes
_BRACKETS = re.compile(
    rf"(?:(?<=[{_HAN}）”》0-9])|(?<=[A-Za-z]{{2}})|^)\(([{_HAN}“《](?:[^()=+−·×/÷^_<>]*[{_HAN}”》])?)\)"
)


def tidy(text: str) -> str:
    """Half-width , : ; ? ! and ( ) of Chinese prose as full-width ones; everything else stays as it is.

    A mark is changed only beside a Chinese character, a pair of brackets only around Chinese words without a sign of a
    formula: "1,234.5", "10:30", "t/(hm²·a)", "report.docx", "f(x)", "D:/数据" stay.
    """
    text = _BRACKETS.sub(r"（\1）", text)
    return _MARK.sub(lambda m: _MARKS[m[1] or m[2]], text)
