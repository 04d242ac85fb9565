"""Faults: what is wrong, where, why, and what to do, in the user's language.

A check never stops at the first fault: it collects `Fault`s and raises them together as one `GepError`.
The words stand in `gep/codes/*.yaml`, one entry a code, so that they can be read, tested and explained
(`gep explain GEP-C011`) without reading code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
Lang = Literal["zh", "en"]


@dataclass(frozen=True)
class Fault:
    """One fault of the input, complete enough to be repaired without asking back.

    `file` is the path as the user wrote it, `place` the spot in it ("12:5 services.water", "row 7, column 产量",
    "band 1"), `zh`/`en` what is wrong and why, `fix_zh`/`fix_en` what to do about it.
    """

    code: str
    severity: Severity
    file: str
    place: str
    zh: str
    en: str
    fix_zh: str = ""
    fix_en: str = ""

    def text(self, lang: Lang = "zh") -> str:
        """The fault on one or two lines: code, file, place, cause, and the remedy behind an arrow."""
        cause, fix = (self.zh, self.fix_zh) if lang == "zh" else (self.en, self.fix_en)
        where = ":".join(part for part in (self.file, self.place) if part)
        head = "  ".join(part for part in (self.code, where, cause) if part)
        return f"{head}\n    → {fix}" if fix else head

    def to_dict(self) -> dict[str, str]:
        """All parts as text, for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "place": self.place,
            "zh": self.zh,
            "en": self.en,
            "fix_zh": self.fix_zh,
            "fix_en": self.fix_en,
        }


class GepError(Exception):
    """One or more faults that stop the work. `faults` holds them all; warnings may stand among them."""

    def __init__(self, faults: Fault | Iterable[Fault]):
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        if not self.faults:
            raise ValueError("a GepError needs at least one fault")
        super().__init__("\n".join(fault.text("en") for fault in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


@functools.cache
def _texts() -> dict[str, str]:
    """The entry of every code as it stands in gep/codes/*.yaml, not parsed: a run words few of them."""
    texts: dict[str, str] = {}
    folder = resources.files("gep") / "codes"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        for text in re.split(r"^(?=GEP-)", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            code = text.partition(":")[0]
            if code in texts:
                raise ValueError(f"fault code {code} is declared twice")
            texts[code] = text
    return texts


@functools.cache
def _entry(code: str) -> dict[str, str]:
    from ruamel.yaml import YAML

    entry: dict[str, str] = YAML(typ="safe").load(_texts()[code])[code]
    return entry


def catalogue() -> dict[str, dict[str, str]]:
    """All fault codes with their texts, from gep/codes/*.yaml."""
    return {code: _entry(code) for code in _texts()}


def fault(
    code: str, *, file: object = "", place: str = "", severity: Severity | None = None, **values: object
) -> Fault:
    """Make a fault from its catalogue entry; `values` fill the {placeholders} of its texts.

    Raises KeyError for an unknown code or a missing placeholder: a fault without words is a defect of ours.
    """
    entry = _entry(code)
    return Fault(
        code=code,
        severity=severity or entry.get("severity", "error"),  # type: ignore[arg-type]
        file=str(file),
        place=place,
        zh=entry["zh"].format(**values),
        en=entry["en"].format(**values),
        fix_zh=entry.get("fix_zh", "").format(**values),
        fix_en=entry.get("fix_en", "").format(**values),
    )


def refuse(faults: Iterable[Fault]) -> list[Fault]:
    """Raise a GepError with all faults if any is an error; otherwise hand back the warnings."""
    found = list(faults)
    if any(f.severity == "error" for f in found):
        raise GepError(found)
    return found


def one_line(text: str) -> str:
    """A text of several lines as a table's cell shows it."""
    return " ".join(part.strip() for part in text.splitlines())
