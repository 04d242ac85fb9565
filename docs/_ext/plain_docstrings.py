"""Our docstrings are plain text with `names` in back-ticks: said so to Sphinx, which would read them as markup."""

from __future__ import annotations

import re
import textwrap


def plain(lines: list[str]) -> list[str]:
    """The lines as reStructuredText that prints them as they stand: paragraphs, `code`, indented blocks as they are."""
    out: list[str] = []
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        if not block.strip():
            continue
        if all(line.startswith("    ") for line in block.splitlines()):
            out += ["::", "", *textwrap.indent(textwrap.dedent(block), "    ").splitlines(), ""]
            continue
        text = " ".join(part.strip() for part in block.splitlines())
        pieces = re.split(r"(`+[^`]+`+)", text)
        out += ["".join(_code(p) if n % 2 else re.sub(r"([\\*|_`])", r"\\\1", p) for n, p in enumerate(pieces)), ""]
    return out


def _code(piece: str) -> str:
    inner = piece.strip("`").strip()
    return f"\\ ``{inner}``\\ " if inner else ""


def _process(app, what, name, obj, options, lines: list[str]) -> None:
    lines[:] = plain(lines)


def setup(app) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
