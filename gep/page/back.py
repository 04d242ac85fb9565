"""A written page read back: what of it is not what the page says, for `gep check-report`."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path

from gep.page.frame import data_of, html, payload, without_own_code
from gep.page.nouns import Page

_TAGS = re.compile(r"<[^>]*>")


def differences(path: str | Path, page: Page) -> list[tuple[str, str, str]]:
    """(place, as it must read, as it reads) of every difference between a file and the page it was made from.

    The same page has the same bytes: a digit changed anywhere is found, in a table, a headline or the data of the
    charts. That the figures of the page hold is another question: `Page.figures` with `gep.tracing.evaluate`.
    Raises ValueError for a file that is not a page.
    """
    text = Path(path).read_text("utf-8")
    held = data_of(text)
    if held is None:
        raise ValueError(f"{path}: no page of gep")
    wanted = html(page)
    if text == wanted:
        return []
    out = _data(json.loads(json.dumps(payload(page))), held, "data")
    lines, read = (_lines(one) for one in (wanted, text))
    for tag, a, b, c, d in difflib.SequenceMatcher(None, lines, read, autojunk=False).get_opcodes():
        if tag != "equal":
            place = next((_said(line) for line in reversed(lines[:a]) if _said(line)), "")
            out.append((f"line {a + 1}, after “{place[:40]}”", " ".join(lines[a:b]), " ".join(read[c:d])))
    return out or [("scripts or style", "as gep writes them", "changed")]


def _lines(text: str) -> list[str]:
    """The lines of a page without its scripts, style and data."""
    bare = re.sub(r'(<script type="application/json" id="page-data">).*?(</script>)', r"\1\2", text, flags=re.S)
    return without_own_code(bare).splitlines()


def _said(line: str) -> str:
    return _TAGS.sub("", line).strip()


def _data(wanted: object, read: object, place: str) -> list[tuple[str, str, str]]:
    """Where two JSON values differ."""
    if isinstance(wanted, dict) and isinstance(read, dict) and wanted.keys() == read.keys():
        return [found for key in wanted for found in _data(wanted[key], read[key], f"{place}.{key}")]
    if isinstance(wanted, list) and isinstance(read, list) and len(wanted) == len(read):
        pairs = enumerate(zip(wanted, read, strict=True))
        return [found for i, (one, other) in pairs for found in _data(one, other, f"{place}[{i}]")]
    return [] if wanted == read else [(place, str(wanted), str(read))]
