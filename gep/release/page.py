"""index.html of a release: one static page, no script, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from gep.release.cells import HIDDEN, MISSING
from gep.release.content import Content
from gep.release.words import both

_STYLE = (
    "body{font-family:system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2rem auto;max-width:80rem;"
    "padding:0 1rem;color:#222}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}"
    ".wide{overflow-x:auto}caption{text-align:left;font-weight:bold;padding:.3rem 0}"
    "th,td{border:1px solid #bbb;padding:.25rem .5rem}thead th{background:#e2efda}tbody th{text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}dt{font-weight:bold}td.g{color:#666}"
)


def write(path: Path, content: Content) -> None:
    """Write the page."""
    path.write_text(page(content), "utf-8")


def page(content: Content) -> str:
    """The page as text."""
    facts = content.facts
    said = [("release", facts.label), ("formed", facts.formed.isoformat()), ("due", facts.due.isoformat()),
            ("authority", facts.authority), ("approval", facts.approval),
            ("valid_until", facts.valid_until.isoformat() if facts.valid_until else ""), ("contact", facts.contact),
            ("map_approval", facts.map_approval)]  # fmt: skip
    files = ["release.xlsx", "indicators.csv", "scores.csv", "data.json", "schema.json", "method.md", "sources.csv",
             "revisions.csv", "checks.json", "notice.md", "manifest.json"]  # fmt: skip
    files += ["townships.geojson"] if facts.map_approval else []
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = [
        f"<h1>{escape(facts.title)}</h1>",
        "<dl>" + "".join(f"<dt>{both(k)}</dt><dd>{escape(v or both('none'))}</dd>" for k, v in said) + "</dl>",
        f"<p>{both('hidden')}<br>{both('missing')}</p>",
        "<ul>" + "".join(f'<li><a href="{name}">{name}</a></li>' for name in files) + "</ul>",
        *_forms(content),
        *_rest(content),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(facts.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _forms(content: Content) -> Iterable[str]:
    for form, rows in content.forms().items():
        heads = [both("zone_name"), both("year"), *(f"{row.zh} / {row.en} ({row.unit})" for row in rows)]
        cells = [[content.zones[zone], str(year), *texts] for zone, year, texts in content.form_cells(rows)]
        number, zh, en = content.form(form)
        yield _table(f"{number} {zh} / {en} (tables/{form}.csv)", heads, cells, 1)


def _rest(content: Content) -> Iterable[str]:
    names = content.zones
    if content.scores:
        heads = [both(k) for k in ("zone_name", "evaluation", "year", "score", "grade", "rank")]
        cells = [[names[s.zone], s.name, str(s.year), s.text, s.grade, "" if s.rank is None else str(s.rank)]
                 for s in content.scores]  # fmt: skip
        yield _table(both("scores"), heads, cells, 1)
    if content.revisions:
        yield _table(both("revisions"), *content.revised(""), 0)
    else:
        told = both("no_revisions" if content.facts.number == 1 else "none_moved")
        yield f"<h2>{both('revisions')}</h2><p>{told}</p>"


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], lead: int) -> str:
    """A table whose first `lead` columns head their rows; numbers to the right."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = []
    for row in rows:
        cells = [f'<th scope="row">{escape(t)}</th>' if i < lead else _cell(t) for i, t in enumerate(row)]
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return (f'<div class="wide"><table><caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
            + "\n".join(lines) + "\n</tbody></table></div>")  # fmt: skip


def _cell(text: str) -> str:
    if text in (HIDDEN, MISSING):
        return f'<td class="n g">{text}</td>'
    try:
        float(text)
    except ValueError:
        return f"<td>{escape(text)}</td>"
    return f'<td class="n">{escape(text)}</td>'
