"""Nothing internal leaves: every file of a package is read back and searched for what is internal.

Searched: codes and names of internal indicators, ids and names of internal evaluations; in names of files and sheets,
in zip members, in the parts of a workbook, in JSON and HTML as they are and as they read; also in full
width and with blanks.
"""

from __future__ import annotations

import functools
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gep.assessment.catalogue import Indicator
from gep.errors import Fault, fault
from gep.page.frame import data_of, without_own_code

PUBLISHED = ("code", "form", "zh", "en", "unit", "definition_zh", "definition_en", "formula", "department_zh",
             "department_en", "source", "locator")  # fmt: skip
_ZIPS = (".zip", ".xlsx")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANKS = re.compile(r"[^\S\r\n]+")  # within a line
_JOINTS = re.compile(r"[\s_-]+")
_CHINESE = re.compile("[\u3400-\u9fff]")
_CELLS = re.compile(r"[,;`\n\r\t\"<>|]+")


@dataclass(frozen=True)
class Telltales:
    """Words that must not be found, and public words inside which they may stand."""

    closed: tuple[str, ...]
    open: tuple[str, ...]

    def found(self, text: str) -> list[str]:
        """The internal words in a text, also in full width or with blanks or nothing to be seen in between. A code
        without "_" is an ordinary word: it counts as a whole cell only."""
        # most texts hold none of the words at all, and that is quick to see
        folded = fold(text)
        bare = _JOINTS.sub("", folded)
        likely = [word for word in self.closed if _bare(word) in bare]
        if not likely:
            return []
        cells = {cell.strip() for cell in _CELLS.split(folded)}
        tight = _BLANKS.sub("", folded)
        out = []
        for word in likely:
            if plain(word):
                if word.casefold() in cells:
                    out.append(word)
                continue
            chinese = _CHINESE.search(word) is not None
            here, shape = (tight, _tight) if chinese else (folded, _folded)
            longer = [shape(o) for o in self.open if len(o) > len(word) and shape(word) in shape(o)]
            if any(not _inside(here, m.start(), m.end(), longer) for m in _pattern(shape(word)).finditer(here)):
                out.append(word)
        return out


def fold(text: str) -> str:
    """A text as it reads: full width as half width, lower case, without characters that do not show."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


_folded = functools.cache(fold)  # of words, not of texts


@functools.cache
def _tight(word: str) -> str:
    return _BLANKS.sub("", fold(word))


@functools.cache
def _bare(word: str) -> str:
    return _JOINTS.sub("", fold(word))


def _inside(text: str, start: int, end: int, longer: Iterable[str]) -> bool:
    """Whether a match stands inside one of the public words that hold it."""
    around = ((word, text[max(0, end - len(word)) : start + len(word)]) for word in longer)
    return any(word.casefold() in part.casefold() for word, part in around)


def plain(word: str) -> bool:
    """Whether a word is an ordinary one of Latin letters (area, rain): in a sentence it says nothing."""
    return re.fullmatch(r"[A-Za-z]+", word) is not None


@functools.cache
def _pattern(word: str) -> re.Pattern[str]:
    """The folded word by itself, blanks and "_" in it of any length; between Chinese characters no bounds. "_" is
    one: of a file code_2023.csv the code is told, and a public code that holds it is excused as a public word."""
    head = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", word) else ""
    tail = r"(?![A-Za-z0-9])" if re.search(r"[A-Za-z0-9]$", word) else ""
    return re.compile(head + r"[\s_-]+".join(re.escape(part) for part in _JOINTS.split(word)) + tail)


def telltales(catalogue: Iterable[Indicator], evaluations: Mapping[str, tuple[str, bool]]) -> Telltales:
    """Of a catalogue and of evaluations (id → name, public). A word that a public one has too tells nothing."""
    closed: list[str] = []
    open_: list[str] = []
    for row in catalogue:
        (open_ if row.public else closed).extend((row.code, row.zh, row.en))
    for id, (name, public) in evaluations.items():
        (open_ if public else closed).extend((id, name))
    known = {word.casefold() for word in open_}
    kept = [word for word in dict.fromkeys(closed) if word and word.casefold() not in known]
    return Telltales(tuple(kept), tuple(dict.fromkeys(word for word in open_ if word)))


def row_faults(catalogue: Iterable[Indicator], tell: Telltales) -> list[Fault]:
    """GEP-J410: a text of a public row that names something internal; the row to change, and its column."""
    out = []
    for row in catalogue:
        for column in PUBLISHED if row.public else ():
            for word in tell.found(str(getattr(row, column))):
                out.append(fault("GEP-J410", file=row.file, place=f"{row.code}, column {column}", id=row.code,
                                 column=column, word=word))  # fmt: skip
    return out


def package_faults(folder: Path, tell: Telltales) -> list[Fault]:
    """GEP-J411: where a file of a package holds something internal. Raises ValueError for a package without files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise ValueError(f"{folder} holds no file")
    out = []
    for path in files:
        name = path.relative_to(folder).as_posix()
        for place, text in texts(name, path.read_bytes()):
            out += [fault("GEP-J411", file=name, place=place, word=word) for word in tell.found(text)]
    return list(dict.fromkeys(out))


def texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """(place, text) of everything that can be read in a file: its name, its bytes as text, entities and escapes undone,
    the members of archives."""
    yield "name", name.replace("/", "|").rsplit(".", 1)[0] + "|" + name
    if name.endswith(_ZIPS):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "comment", archive.comment.decode("utf-8", "replace")
            for info in archive.infolist():
                for place, text in texts(info.filename, archive.read(info)):
                    yield f"{info.filename} {place}", text
                yield f"{info.filename} extra", (info.comment + info.extra).decode("utf-8", "replace")
        return
    raw = data.decode("utf-8-sig", "replace")
    if name.endswith(".html"):
        # scripts and style of every page say nothing of a county, but hold words such as "area" by themselves
        raw = without_own_code(raw)
        if (held := data_of(raw)) is not None:
            yield "data", json.dumps(held, ensure_ascii=False)
    yield "text", raw
    if html.unescape(raw) != raw:
        yield "entities", html.unescape(raw)
    if "\\u" in raw and name.endswith("json"):
        yield "escapes", json.dumps(json.loads(raw), ensure_ascii=False)
