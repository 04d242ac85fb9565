"""What a reader sees in a finished file: paragraphs and tables with their places, whatever the format."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Words:
    """A paragraph, heading, caption or formula as it is read.

    `part` repeated: in the contents, a page header or footer, a property, the words for a picture. `marks`: what may
    stand before a heading, one per style of numbering.
    """

    text: str
    place: str
    part: Literal["text", "heading", "caption", "formula", "repeated"] = "text"
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table as it is read: rows of cells, the head among them."""

    rows: tuple[tuple[str, ...], ...]
    place: str


Seen = Words | Grid


def plain(text: str) -> str:
    """A text without what typography may change: width of punctuation, spaces, kinds of minus and quotation marks."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("—", "-")
    return re.sub(r"[\s​﻿\"'“”‘’「」]+", "", folded).replace("。", ".").replace("、", ",")


def masked(text: str) -> str:
    """The text with every number blotted out: two texts that differ in digits only are alike."""
    return NUMBER.sub("#", plain(text))


def symbols(text: str) -> str:
    """The letters and digits of a formula in their order: fractions, roots and indices are drawn, not written."""
    folded = re.sub(r"(?<=\d)e(?=\d)", "10", unicodedata.normalize("NFKC", text))  # 5.2e15 is drawn as 5.2×10¹⁵
    return "".join(c for c in folded if c.isalnum() and c not in "ΣΠ")


def numbers(text: str) -> list[str]:
    """The numbers of a text, in their order."""
    return NUMBER.findall(plain(text))
