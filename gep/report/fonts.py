"""The bundled font of maps and charts, and what it lacks: each text is checked before it is drawn, tofu is never drawn.

A character that the bundled font lacks is looked for in the installed fonts; where none has it, the text is written
with its code point, and GEP-O180 says so. matplotlib is imported when a picture is drawn, never before.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep.errors import Fault, GepError, fault

FILE = "NotoSansSC-gep.otf"
FAMILY = "Noto Sans SC gep"
_LONGEST = 60  # characters of one text on a picture; what is longer ends in …
RC: Any = {
    "text.parse_math": False,  # a township may be called $x^2$
    "text.usetex": False,
    "svg.hashsalt": "gep",
    "svg.fonttype": "path",
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.5,
}


@dataclass(frozen=True)
class Chosen:
    """Font families to draw with, in order of preference, the texts as they are to be written, and warnings."""

    families: tuple[str, ...]
    texts: Mapping[str, str]
    faults: tuple[Fault, ...]

    def rc(self) -> Any:
        """matplotlib settings under which the texts are drawn."""
        return {**RC, "font.family": list(self.families)}


def folder() -> Path:
    """Where the font lies, with its licence (OFL.txt) and how it was made (README.md)."""
    return Path(__file__).with_name("font_files")


@functools.cache
def family() -> str:
    """The family name of the bundled font, made known to matplotlib. Raises GepError GEP-L515 without matplotlib."""
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise GepError(fault("GEP-L515")) from error
    font_manager.fontManager.addfont(str(folder() / FILE))
    return FAMILY


def missing(text: str, font: str | Path | None = None) -> set[str]:
    """The characters of `text` that the font file lacks (the bundled one unless another is given)."""
    have = _characters(str(font or folder() / FILE))
    return {c for c in text if ord(c) not in have and c != "\n"}


@functools.lru_cache(maxsize=8)
def _characters(file: str) -> frozenset[int]:
    try:
        from matplotlib.ft2font import FT2Font
    except ImportError as error:
        raise GepError(fault("GEP-L515")) from error
    return frozenset(FT2Font(file).get_charmap())


@functools.cache
def _installed(character: str) -> str | None:
    """The family of an installed font that has the character: the first by name that is not the last resort."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    # DejaVu Sans comes with matplotlib: the same on every machine
    for entry in sorted(font_manager.fontManager.ttflist, key=lambda f: (f.name != "DejaVu Sans", f.name, f.fname)):
        if entry.name == FAMILY or "LastResort" in entry.name.replace(" ", ""):
            continue
        try:
            if ord(character) in FT2Font(entry.fname).get_charmap():
                return str(entry.name)
        except (OSError, RuntimeError):
            continue
    return None


def plain(text: str) -> str:
    """A text in one line without what cannot be seen: controls, direction marks and zero-width characters go."""
    kept = (" " if c in "\n\r\t" else c for c in str(text))
    shown = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def choose(texts: Mapping[str, str], font: str | Path | None = None, *, search: bool = True, name: str = "") -> Chosen:
    """The fonts for these texts (key → text; the key of a township's name is its code).

    `search`: look among the installed fonts for what the font lacks. A text with a character that no font has is
    written with U+… in its place and the key behind it; GEP-O180 (warning) names character and text.
    """
    first = name or family()
    families: dict[str, None] = {first: None}
    shown, faults = {}, []
    for key, text in texts.items():
        lacking = missing(text, font)
        for c in sorted(lacking):
            other = _installed(c) if search else None
            if other is not None:
                families[other] = None
                lacking = lacking - {c}
        if not lacking:
            shown[key] = text
            continue
        written = "".join(f"[U+{ord(c):04X}]" if c in lacking else c for c in text)
        shown[key] = f"{written} {key}" if key.isdigit() else written
        named = " ".join(f"{c} (U+{ord(c):04X})" for c in sorted(lacking))
        faults.append(fault("GEP-O180", severity="warning", place=key, characters=named, label=text))
    return Chosen(tuple(families), shown, tuple(faults))


def faults(texts: Iterable[str], font: str | Path | None = None) -> list[Fault]:
    """GEP-O180 for each text that neither the bundled nor an installed font can write."""
    return list(choose({f"{n}: {t}": t for n, t in enumerate(texts)}, font).faults)
