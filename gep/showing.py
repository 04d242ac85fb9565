"""HTML for notebooks: tables, a bar of shares, all escaped, no script and no style sheet, for light and dark themes.

`_repr_html_` of the nouns is made of these. What is missing is shown as …; a long table says how many rows it leaves
out. Nothing here reads a file or adds up: callers hand in what they have.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

MISSING = "…"
LIMIT = 30  # rows of a table that are shown
GRADES: Mapping[str, tuple[str, str, str]] = {  # grade → zh, en, a colour seen on white and on black
    "verified": ("已核", "verified", "#2f9e6e"),
    "secondary": ("二手", "secondary", "#3f8fd0"),
    "unverified": ("未核", "unverified", "#d9902f"),
    "judgement": ("判断", "judgement", "#a877c9"),
}
_MONEY = {"zh": (10_000, "万元"), "en": (1_000_000, "million yuan")}


class Html(str):
    """Text that is HTML already: made here, escaped inside."""


def escaped(value: Any) -> Html:
    """A value as HTML: missing as …, numbers with thousands marks, everything else as escaped text."""
    return value if isinstance(value, Html) else Html(html.escape(text(value)))


def text(value: Any, decimals: int | None = None) -> str:
    """A value as plain text: None, NaN and NA as …; an int or a number with `decimals` with thousands marks."""
    if missing(value):
        return MISSING
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "√" if value else "×"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")):
        return f"{value:,d}"
    if isinstance(value, float | Decimal) or hasattr(value, "is_integer"):
        places = decimals if decimals is not None else 0 if value == int(value) else 4
        return f"{value:,.{places}f}"
    return str(value)


def missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NA, NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | Decimal) and math.isnan(value)


def money(yuan: Any, lang: str = "zh") -> str:
    """Yuan as 万元 or million yuan, two decimals, without the unit (it stands in the head); … where missing."""
    size, _ = _MONEY["en" if lang == "en" else "zh"]
    return MISSING if missing(yuan) else f"{float(yuan) / size:,.2f}"


def money_unit(lang: str = "zh") -> str:
    """The unit that `money` prints in."""
    return _MONEY["en" if lang == "en" else "zh"][1]


def say(lang: str, zh: str, en: str) -> str:
    """The reader's one of the two."""
    return en if lang == "en" else zh


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "", *, limit: int = LIMIT, lang: str = "",
    right: Sequence[int] | None = None,
) -> Html:  # fmt: skip
    """A table. `right`: places of columns set to the right; by default those whose shown cells are all numbers.

    At most `limit` rows are shown; the last one then says how many more there are. Raises ValueError for a row whose
    cells are not as many as the heads.
    """
    listed = [list(row) for row in rows]
    if bad := next((row for row in listed if len(row) != len(heads)), None):
        raise ValueError(f"{len(bad)} cells under {len(heads)} heads")
    shown = listed[:limit]
    if right is None:
        right = [n for n in range(len(heads)) if shown and all(_numeric(row[n]) for row in shown)]
    align = ["right" if n in right else "left" for n in range(len(heads))]
    head = "".join(_cell("th", h, a) for h, a in zip(heads, align, strict=True))
    body = "".join(
        "<tr>" + "".join(_cell("td", c, a) for c, a in zip(row, align, strict=True)) + "</tr>" for row in shown
    )
    if rest := len(listed) - len(shown):
        more = {"zh": f"… 还有 {rest} 行", "en": f"… {rest} more"}.get(lang, f"… 还有 {rest} 行 {rest} more")
        body += f'<tr><td colspan="{len(heads)}" style="text-align:left;opacity:.7">{more}</td></tr>'
    title = f'<caption style="text-align:left;font-weight:600">{escaped(caption)}</caption>' if caption else ""
    return Html(f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def frame(
    table_: Any, heads: Mapping[str, str] | None = None, caption: str = "", *, decimals: int = 2, limit: int = LIMIT,
    lang: str = "",
) -> Html:  # fmt: skip
    """A pandas table as HTML: the columns of `heads` (column → head) in that order, else all of them."""
    names = heads or {str(c): str(c) for c in table_.columns}
    short = table_[list(names)]
    rows: list[list[Any]] = [
        [text(v, decimals) if isinstance(v, float) else v for v in row]
        for row in short.head(limit).itertuples(index=False, name=None)
    ]
    right = [n for n, c in enumerate(names) if str(short[c].dtype).lower().startswith(("int", "float", "uint"))]
    rows += [[""] * len(names)] * (len(short) - len(rows))
    return table(list(names.values()), rows, caption, limit=limit, lang=lang, right=right)


def facts(pairs: Iterable[tuple[str, Any]], caption: str = "") -> Html:
    """What a thing is, a row a fact: name on the left, what is said on the right."""
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top;padding:.15em .6em;white-space:nowrap">{escaped(name)}</th>'
        f'<td style="text-align:left;padding:.15em .6em">{escaped(said)}</td></tr>'
        for name, said in pairs
    )
    title = f'<caption style="text-align:left;font-weight:600">{escaped(caption)}</caption>' if caption else ""
    return Html(f"<table>{title}<tbody>{rows}</tbody></table>")


def bar(shares: Mapping[str, float], lang: str = "") -> Html:
    """Shares by grade of confidence as a small bar with its words beside it; … where there is no share at all.

    The widths are the shares; the words say them too, so that nothing hangs on colour.
    """
    said = [(g, float(shares[g])) for g in GRADES if not missing(shares.get(g)) and shares[g] > 0]
    if not said:
        return Html(MISSING)
    parts = "".join(
        f'<div style="width:{100 * share:.2f}%;background:{GRADES[g][2]};height:100%"></div>' for g, share in said
    )
    words = " · ".join(f"{_grade(g, lang)} {100 * share:.0f}%" for g, share in said)
    return Html(
        '<div style="display:flex;width:12em;height:.8em;border:1px solid currentColor;overflow:hidden" role="img" '
        f'aria-label="{html.escape(words)}">{parts}</div><span style="font-size:85%">{html.escape(words)}</span>'
    )


def whole(words: str) -> Html:
    """Words that stay on one line: the names of rows."""
    return Html(f'<span style="white-space:nowrap">{escaped(words)}</span>')


def block(*parts: str) -> str:
    """Several pieces below each other, with room for wide tables to scroll."""
    return f'<div style="overflow-x:auto">{"".join(escaped(part) for part in parts if part)}</div>'


def note(words: str) -> Html:
    """A line of small words."""
    return Html(f'<p style="opacity:.8;font-size:90%;margin:.3em 0">{escaped(words)}</p>')


def checks_line(checks: Sequence[Mapping[str, Any]], lang: str = "zh") -> str:
    """How many identities hold; without any nothing is claimed."""
    held = sum(bool(check["passed"]) for check in checks)
    if not checks:
        return say(lang, "没有恒等式可查", "no identity to check")
    mark = "√" if held == len(checks) else "×"
    return say(lang, f"{mark} 恒等式 {held}/{len(checks)} 成立", f"{mark} {held}/{len(checks)} identities hold")


def faults_line(faults: Iterable[Any], lang: str = "zh") -> str:
    """Errors, warnings and notes counted."""
    kinds = [fault.severity for fault in faults]
    errors, warnings, infos = (kinds.count(k) for k in ("error", "warning", "info"))
    return say(lang, f"错误 {errors} · 警告 {warnings} · 提示 {infos}",
               f"errors {errors} · warnings {warnings} · notes {infos}")  # fmt: skip


def _grade(grade: str, lang: str) -> str:
    zh, en, _ = GRADES[grade]
    return {"zh": zh, "en": en}.get(lang, f"{zh} {en}")


def _numeric(cell: Any) -> bool:
    """Whether a cell is a number or stands for a missing one."""
    if isinstance(cell, str):
        return cell == MISSING
    return missing(cell) or (not isinstance(cell, bool) and hasattr(cell, "__round__"))


def _cell(tag: str, value: Any, align: str) -> str:
    wrap = ";white-space:nowrap" if align == "right" else ""
    return f'<{tag} style="text-align:{align};vertical-align:top;padding:.15em .6em{wrap}">{escaped(value)}</{tag}>'
