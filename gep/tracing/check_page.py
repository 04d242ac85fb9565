"""A page against its run: its figures taken again, its printed totals added up, every character held against the page
that the run's files make.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from gep.errors import GepError, fault
from gep.paper.facts import Facts
from gep.paper.nouns import MISSING
from gep.tracing.compare import Finding
from gep.tracing.evaluate import Folder, differs


def check(path: Path, facts: Facts, raw: Folder) -> tuple[int, int, tuple[Finding, ...]]:
    """(numbers, printed totals, what does not hold). Raises GepError GEP-O002 for what is no page."""
    from gep import page
    from gep.page.back import differences

    made = page.of_run(facts)
    findings = [Finding(place, one.text, problem, "run") for place, one in made.figures()
                if (problem := differs(one, raw))]  # fmt: skip
    added = list(totals(made))
    findings += [Finding(place, f"{whole:,}", f"{parts:,}", "sum") for place, whole, parts in added if whole != parts]
    try:
        changed = differences(path, made)
    except ValueError as error:
        raise GepError(fault("GEP-O002", file=path, reason=str(error))) from error
    findings += [Finding(place, *readable(found, wanted), "digit") for place, wanted, found in changed]
    return sum(1 for _ in made.figures()), len(added), tuple(findings)


_TAGS = re.compile(r"<[^>]*>")
_BEFORE, _MOST = 24, 80  # characters kept before the first that differs, and in all


def readable(found: str, wanted: str) -> tuple[str, str]:
    """Two pieces of a page without their tags, from shortly before the first character in which they differ.

    Where they differ in their tags only, the tags are shown.
    """
    bare = [html.unescape(" ".join(_TAGS.sub(" ", one).split())) for one in (found, wanted)]
    if bare[0] == bare[1]:
        bare = [found, wanted]
    alike = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(*bare, strict=False)))
    start = max(alike - _BEFORE, 0)
    left, right = (("…" if start else "") + one[start : start + _MOST] for one in bare)
    return left, right


def totals(page: object) -> Iterator[tuple[str, Decimal, Decimal]]:
    """(place, printed total, sum of the printed parts): accounts in the total, services in their account.

    In every unit a number is shown in; a total with a part that is not there is left out.
    """
    from gep.page.nouns import Page

    assert isinstance(page, Page)
    wholes = page.kind("total")
    accounts = page.kind("account")
    groups = [(total, accounts) for total in wholes]
    groups += [(account, [m for m in page.kind("service") if m.of == account.id]) for account in accounts]
    for whole, parts in groups:
        for at, shown in whole.cells.items():
            cells = [part.cells[at] for part in parts if at in part.cells]
            there = [cell for cell in cells if cell.there]
            if not shown.there or not there or any(cell.status == "hidden" for cell in cells):
                continue
            for way, figure in enumerate(shown.figures):
                texts = [cell.figures[way].text for cell in there]
                if figure.text != MISSING and MISSING not in texts:
                    place = f"{whole.name[0]} {at[0]} {at[1]} {figure.unit}"
                    yield place, _number(figure.text), sum(map(_number, texts), Decimal(0))


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))
