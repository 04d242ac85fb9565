"""A Page as HTML: one file, nothing fetched, every word escaped, the same page always the same bytes."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

from gep.page.nouns import Measure, Page, Shown
from gep.report.atomic import atomic_path

_FOLDER = resources.files("gep.page")
_PARTIAL = "†"


def write(path: str | os.PathLike[str], page: Page) -> Path:
    """Write the page. Raises GepError GEP-L501…L507 where it cannot be written."""
    final = Path(path)
    with atomic_path(final) as temporary:
        temporary.write_bytes(html(page).encode("utf-8"))
    return final


def html(page: Page) -> str:
    """The page as text. Its scripts and style are allowed by their digests, and nothing else is."""
    style, engine, app = (_own(name) for name in ("page.css", "vendor/echarts.min.js", "app.js"))
    # ECharts writes style attributes on the SVG that it draws; style elements only by digest
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(engine)} {_digest(app)}",
            f"style-src {_digest(style)}",
            f"style-src-elem {_digest(style)}",
            "style-src-attr 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    said = _template().render(
        page=page, lang=0 if page.lang == "zh" else 1, policy=_markup(policy), style=_markup(style),
        engine=_markup(engine), app=_markup(app), data=_markup(embedded(payload(page))),
        text=functools.partial(_text, page), partial=_PARTIAL, composed=page.composed, matrix=page.composed,
    )  # fmt: skip
    return said if said.endswith("\n") else f"{said}\n"


def payload(page: Page) -> dict[str, Any]:
    """What the scripts of the page read: printed texts only, hence no digit more than is published.

    cellTexts[year][measure][zone], the county first: the texts in each language and unit, null where there is no cell.
    """
    zones = ["", *(zone for zone, _ in page.zones)]
    return {
        "pageLang": page.lang,
        "studyName": page.study,
        "placeWords": list(page.place),
        "wholeWords": list(page.whole),
        "yearList": list(page.years),
        "zoneList": [[zone, name] for zone, name in page.zones],
        "measureList": [
            {
                "measureId": m.id,
                "measureName": list(m.name),
                "measureUnits": list(m.units),
                "measureKind": m.kind,
                "partOf": m.of,
            }
            for m in page.measures
        ],
        "rankedIds": list(page.ranked),
        "mappedIds": list(page.mapped),
        "cellTexts": [[[_texts(m, year, zone) for zone in zones] for m in page.measures] for year in page.years],
        "partialCells": [
            [[i for i, z in enumerate(zones) if _status(m, year, z) == "partial"] for m in page.measures]
            for year in page.years
        ],
        "outlineList": [dict(one) for one in page.outlines],
    }


def embedded(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def without_own_code(text: str) -> str:
    """A page without the scripts and the style that every page has, left out only where they stand byte for byte."""
    for name in ("vendor/echarts.min.js", "app.js", "page.css"):
        text = text.replace(_own(name), "")
    return text


def data_of(text: str) -> Any:
    """The data that a page holds, None where it holds none."""
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.S)
    return json.loads(found[1]) if found else None


def _texts(measure: Measure, year: int, zone: str) -> list[str] | None:
    cell = measure.cells.get((year, zone))
    return None if cell is None else cell.texts


def _status(measure: Measure, year: int, zone: str) -> str:
    cell = measure.cells.get((year, zone))
    return "" if cell is None else cell.status


def _text(page: Page, shown: Shown | None, lang: int | None = None) -> str:
    """A number as it reads in a language, by default the page's own."""
    if shown is None:
        return ""
    at = (0 if page.lang == "zh" else 1) if lang is None else lang
    return shown.figures[min(at, len(shown.figures) - 1)].text


@functools.cache
def _own(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # our own files and escaped JSON


@functools.cache
def _template() -> Any:
    import jinja2

    env = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    env.filters["is_number"] = _is_number
    return env.from_string(_own("page.html.j2"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("*", "..", "…")
    return True
