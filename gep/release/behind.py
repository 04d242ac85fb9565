"""What lies behind public numbers: their files with digests, and the checks that name nothing internal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.release.guard import Telltales

if TYPE_CHECKING:
    import pandas as pd

_PRIVATE = ("register.",)  # checks of registers: their names are the county's own affair


def sources(
    keys: Mapping[str, tuple[str, int]], tables: Iterable[pd.DataFrame], digests: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The files behind public observations: file, digest, indicators, years. `keys`: lineage key → (indicator, year).

    `tables`: lineages, searched in this order; a line of kind indicator leads on only where that observation is public
    itself, a ledger line or due leads into the lineage of the accounts. `digests`: of input files, by file.
    """
    lines: dict[str, list[tuple[str, str, str, str]]] = {}
    for table in tables:
        part = table[["lineage", "kind", "id", "file", "digest"]].fillna("")
        for key, *rest in part.itertuples(index=False, name=None):
            lines.setdefault(str(key), []).append((str(rest[0]), str(rest[1]), str(rest[2]), str(rest[3])))
    found: dict[tuple[str, str], tuple[set[str], set[int]]] = {}
    for key, (code, year) in keys.items():
        for file, digest in _files(key, lines, keys):
            codes, years = found.setdefault((shown(file), digest or digests.get(file, "")), (set(), set()))
            codes.add(code)
            years.add(year)
    return [
        {"file": f, "sha256": d, "years": " ".join(map(str, sorted(years))), "indicators": " ".join(sorted(codes))}
        for (f, d), (codes, years) in sorted(found.items())
    ]


def _files(
    start: str, lines: Mapping[str, list[tuple[str, str, str, str]]], public: Collection[str]
) -> set[tuple[str, str]]:
    """(file, digest) of all lines that a key rests on, not past internal observations."""
    out: set[tuple[str, str]] = set()
    waiting, seen = [start], {start}
    while waiting:
        for kind, id, file, digest in lines.get(waiting.pop(), ()):
            if kind == "indicator" and id not in public:
                continue
            if file and not file.startswith("coefficients/"):  # packaged tables are told by their version
                out.add((file, digest))
            if id and id not in seen and id in lines:
                seen.add(id)
                waiting.append(id)
    return out


def shown(file: str) -> str:
    """A file by its name alone: where it lies is nobody's business."""
    return file.replace("\\", "/").rsplit("/", 1)[-1]


def checks(
    rows: Iterable[Mapping[str, Any]], catalogue: Mapping[str, Indicator], evaluations: Mapping[str, tuple[str, bool]],
    tell: Telltales,
) -> list[dict[str, Any]]:  # fmt: skip
    """The gates that may be shown: id, words, period, whether it passed; never the two sums compared.

    Left out: those of internal indicators and evaluations, of registers, and any whose words name something internal.
    """
    out = []
    for row in rows:
        id = str(row.get("id", ""))
        head, _, rest = id.partition(".")
        name = rest.split(".")[0]
        if id.startswith(_PRIVATE) or (head == "indicator" and not (name in catalogue and catalogue[name].public)):
            continue
        if head == "score" and not evaluations.get(name, ("", False))[1]:
            continue
        said = {k: row.get(k) for k in ("id", "zh", "en", "period", "passed")}
        if not any(tell.found(str(said[k])) for k in ("id", "zh", "en")):
            out.append(said)
    return out
