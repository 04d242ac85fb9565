"""The rules that rate tables keep (`gep coefficients --check`, and every county file as it is read), all at once.

A band ladder has no gap, no two rows answer one question, the weights of a scheme add up to one, class limits are
monotone from class to class: a table copied with a slip of one digit fails here and not in somebody's money.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path

from gep import units
from gep.coefficient_tables import CONFIDENCE, Sheet, header_faults, near, read_sheet, region_code
from gep.errors import Fault, GepError, fault
from gep.rates import COLUMNS, Rate, packaged, parsed

WEIGHT, CLASS_LIMIT = "weight", "class_limit"
# all others: below zero the payer would be the payee
SIGNED = frozenset({"stage_offset", "growth", "cost_exponent", "tli_slope"})
ABOVE_ZERO = frozenset({  # something is divided by them, or cut into steps of them
    "step_width", "share_step", "fund_step", "rounding_step", "quota_step", "water_step", "class_limit",
    "tax_equivalent", "molar_mass",
})  # fmt: skip
_REQUIRED = ("id", "symbol", "unit", "confidence", "source")
_CITED = ("authority", "document")  # a judgement has none: it is the toolkit's or the county's own
_DAY = dt.timedelta(days=1)


def rate_faults(folder: Path) -> list[Fault]:
    """All faults of `rates/*.csv` in a coefficients folder, whose sources.csv and regions.csv say what is known."""
    sources, provinces = _known(folder / "sources.csv", "short"), _known(folder / "regions.csv", "code")
    shown = f"{folder.name}/rates"
    paths = [(path, f"{shown}/{path.name}") for path in sorted((folder / "rates").glob("*.csv"))]
    rows, faults = _read(paths, sources, provinces, local=False)
    if not rows and not faults:
        faults.append(fault("GEP-K020", file=shown))
    return faults + id_faults(rows) + together_faults(rows)


def _known(path: Path, column: str) -> list[str] | None:
    """A column of a registry; None where there is none: that is a fault of its own (`coefficient_check.validate`)."""
    try:
        return [cells.get(column, "") for _, cells in read_sheet(path).rows]
    except GepError:
        return None


def local_faults(*paths: Path) -> list[Fault]:
    """All faults of a county's own rate files, held against the packaged rows whose weights they replace."""
    rows, faults = _read([(path, str(path)) for path in paths], None, None, local=True)
    theirs = packaged()
    faults += [f for f in id_faults([*theirs, *rows]) if f.file in {str(path) for path in paths}]
    replaced = {_question(row) for row in rows}
    kept = [row for row in theirs if _is_weight(row) and _question(row) not in replaced]
    own = [row for row in rows if _is_weight(row)]
    touched = {(row.symbol, row.scheme) for row in own}
    faults += sign_faults(rows) + ladder_faults(rows) + class_faults(rows)
    return faults + weight_faults([*own, *(row for row in kept if (row.symbol, row.scheme) in touched)])


def together_faults(rows: Sequence[Rate]) -> list[Fault]:
    """What rows that read well may do wrong: signs; together: bands, pairs, weights, class limits."""
    return sign_faults(rows) + ladder_faults(rows) + weight_faults(rows) + class_faults(rows)


def _read(
    paths: Sequence[tuple[Path, str]], sources: Collection[str] | None, provinces: Collection[str] | None, local: bool
) -> tuple[list[Rate], list[Fault]]:
    """The rows that read well, and the faults of the others."""
    rows: list[Rate] = []
    faults: list[Fault] = []
    for path, shown in paths:
        try:
            sheet = read_sheet(path, shown)
        except GepError as error:
            faults += error.faults
            continue
        wrong = header_faults(sheet, COLUMNS)
        if wrong or not sheet.rows:
            faults += wrong or [fault("GEP-K020", file=shown)]
            continue
        found, unread = parsed(sheet, local)
        bad = {f.place.split(",")[0] for f in unread}
        faults += unread + cell_faults(sheet, sources=sources, provinces=provinces)
        rows += [row for row in found if f"row {row.line}" not in bad]
    return rows, faults


def cell_faults(sheet: Sheet, *, sources: Collection[str] | None, provinces: Collection[str] | None) -> list[Fault]:
    """The faults of every row by itself. `sources`, `provinces` None: any will do (a county's own file)."""
    faults: list[Fault] = []
    for line, cells in sheet.rows:

        def bad(code: str, column: str, line: int = line, cells: dict[str, str] = cells, **values: object) -> None:
            place = f"row {line}, column {column}"
            values |= {"cell": cells[column], "id": cells["id"] or "-", "column": column}
            faults.append(fault(code, file=sheet.file, place=place, severity=None, **values))

        own = cells["confidence"] == "judgement" and (sources is None or cells["source"] == "toolkit")
        for column in _REQUIRED if own else (*_REQUIRED, *_CITED):
            if cells[column] in ("", "?"):  # "?" is the place that a row to paste leaves open
                bad("GEP-K004", column)
        if cells["confidence"] and cells["confidence"] not in CONFIDENCE:
            bad("GEP-K005", "confidence", known=", ".join(CONFIDENCE))
        if cells["source"] and sources is not None and cells["source"] not in sources:
            bad("GEP-K006", "source", near=near(cells["source"], sorted(sources)))
        code = region_code(cells["region"])
        digits = code.isdigit() and len(code) in (2, 4, 6, 9, 12) and (provinces is None or code[:2] in provinces)
        if code not in ("", "*", "CN") and not digits:
            bad("GEP-K008", "region")
        if cells["edge"] not in ("", "upper", "lower"):
            bad("GEP-G030", "edge")
        try:
            units.parse(cells["unit"])
        except ValueError as error:
            if cells["unit"]:
                bad("GEP-K011", "unit", error=error)
    return faults


def id_faults(rows: Iterable[Rate]) -> list[Fault]:
    """Ids that two rows share, over all files."""
    seen: dict[str, Rate] = {}
    faults = []
    for row in rows:
        if row.id in seen:
            first = seen[row.id]
            faults.append(_at(row, "GEP-K016", "id", id=row.id, other=f"{first.file} row {first.line}"))
        seen.setdefault(row.id, row)
    return faults


def sign_faults(rows: Iterable[Rate]) -> list[Fault]:
    """GEP-G038: a rate below zero (but SIGNED); GEP-G039: 0 where the rate must lie above it (ABOVE_ZERO, widths)."""
    faults = []
    for row in rows:
        if row.value is None:
            continue
        positive = row.symbol in ABOVE_ZERO or row.symbol.endswith("_width")
        code = "GEP-G038" if row.value < 0 and row.symbol not in SIGNED else "GEP-G039"
        if code == "GEP-G038" or (positive and row.value == 0):
            faults.append(_at(row, code, "value", id=row.id, what=_name(row), value=row.value, unit=row.unit))
    return faults


def ladder_faults(rows: Sequence[Rate]) -> list[Fault]:
    """Terms and bands the wrong way round, two rows for one question, gaps and mixed edges in a ladder of bands."""
    faults = []
    for row in rows:
        if row.over is not None and row.upto is not None and row.over >= row.upto:
            faults.append(_at(row, "GEP-G031", "upto", id=row.id, over=row.over, upto=row.upto))
        if row.valid_from and row.valid_to and row.valid_from > row.valid_to:
            faults.append(_at(row, "GEP-K013", "valid_to", id=row.id, cell=row.valid_to, begin=row.valid_from))
    for same in _grouped(rows, _question):
        for one, two in combinations(same, 2):
            if _meet(one, two) and _overlap(one, two):
                where = f"{one.file} row {one.line}"
                faults.append(_at(two, "GEP-G034", "", id=two.id, other=one.id, where=where))
        what = _name(same[0])
        for day, ladder in _regimes([r for r in same if r.over is not None or r.upto is not None]):
            rising = sorted(ladder, key=lambda r: (r.over is not None, r.over or 0, r.upto is None, r.upto or 0))
            for one, two in pairwise(rising):
                if one.upto is not None and two.over is not None and one.upto < two.over:
                    bounds: dict[str, object] = {"upto": one.upto, "over": two.over}
                    bounds |= {"id": one.id, "other": two.id, **_when(day)}
                    faults.append(_at(two, "GEP-G032", "over", what=what, **bounds))
                if (one.edge or "upper") != (two.edge or "upper"):
                    faults.append(_at(two, "GEP-G033", "edge", what=what, id=one.id, other=two.id))
    return _once(faults)


def weight_faults(rows: Sequence[Rate]) -> list[Fault]:
    """Weights (`weight`, `…_weight`) of one scheme, tier and region in force together that do not add up to one.

    Where one of them is blank their sum is not known.
    """
    faults = []
    for same in _grouped(filter(_is_weight, rows), lambda r: (r.symbol, r.scheme, r.tier, r.region)):
        for day, together in _regimes(same):
            if any(row.value is None for row in together):
                continue
            try:
                parts = [row.number * Decimal(repr(units.factor(row.unit, "1"))) for row in together]
            except ValueError:
                continue  # its unit is a fault already, or no share: Rates.find says so
            if sum(parts) != 1:
                shown = ", ".join(f"{row.key} {row.number:f}" for row in together)
                last, scheme = max(together, key=lambda r: (r.local, r.line)), same[0].scheme or "-"
                said = {"scheme": scheme, "total": sum(parts), "parts": shown}
                faults.append(_at(last, "GEP-G035", "value", **said, **_when(day)))
    return _once(faults)


def class_faults(rows: Sequence[Rate]) -> list[Fault]:
    """Tables of limits by class: classes 1, 2, 3 …; upper limits never fall, least values (edge lower) never rise."""
    faults = []
    for same in _grouped([r for r in rows if r.symbol == CLASS_LIMIT], lambda r: (r.local, r.scheme, r.key, r.region)):
        what = " ".join(filter(None, (same[0].scheme, same[0].key)))
        for _, table in _regimes(same):
            tiers = sorted(row.tier for row in table)
            if tiers != [str(n) for n in range(1, len(table) + 1)]:
                faults.append(_at(table[0], "GEP-G037", "tier", what=what, tiers=", ".join(tiers)))
                continue
            known = [row for row in sorted(table, key=lambda r: int(r.tier)) if row.value is not None]
            for one, two in pairwise(known):
                if one.number < two.number if one.edge == "lower" else one.number > two.number:
                    said = {"tier": one.tier, "value": one.number, "next_tier": two.tier, "next_value": two.number}
                    faults.append(_at(one, "GEP-G036", "value", what=what, line=two.line, **said))
    return _once(faults)


def _is_weight(row: Rate) -> bool:
    return row.symbol == WEIGHT or row.symbol.endswith(f"_{WEIGHT}")


def _question(row: Rate) -> tuple[object, ...]:
    return row.scheme, row.symbol, row.key, row.tier, row.region


def _name(row: Rate) -> str:
    return " ".join(filter(None, (row.scheme, row.symbol, row.key, row.tier)))


def _grouped(rows: Iterable[Rate], by: Callable[[Rate], tuple[object, ...]]) -> list[list[Rate]]:
    groups: dict[tuple[object, ...], list[Rate]] = {}
    for row in rows:
        groups.setdefault(by(row), []).append(row)
    return list(groups.values())


def _regimes(rows: Sequence[Rate]) -> list[tuple[dt.date, list[Rate]]]:
    """The rows in force together, from each day on which that changes."""
    days = {row.valid_from or dt.date.min for row in rows}
    days |= {row.valid_to + _DAY for row in rows if row.valid_to is not None and row.valid_to < dt.date.max}
    found = [(day, [row for row in rows if row.valid(day)]) for day in sorted(days)]
    return [(day, together) for day, together in found if together]


def _when(day: dt.date) -> dict[str, str]:
    """Since which day; nothing for rows without a first day."""
    return dict.fromkeys(("when_zh", "when_en"), "") if day == dt.date.min else {
        "when_zh": f"在 {day} ", "when_en": f" on {day}"}  # fmt: skip


def _meet(one: Rate, two: Rate) -> bool:
    least, most = dt.date.min, dt.date.max
    return (one.valid_from or least) <= (two.valid_to or most) and (two.valid_from or least) <= (one.valid_to or most)


def _overlap(one: Rate, two: Rate) -> bool:
    """Whether a number lies inside both bands."""
    low = max((b for b in (one.over, two.over) if b is not None), default=None)
    high = min((b for b in (one.upto, two.upto) if b is not None), default=None)
    return low is None or high is None or low < high


def _at(row: Rate, code: str, column: str, **values: object) -> Fault:
    place = f"row {row.line}" + (f", column {column}" if column else "")
    return fault(code, file=row.file, place=place, severity=None, **values)


def _once(faults: Iterable[Fault]) -> list[Fault]:
    """One fault a code and cell, of the earliest day that shows it."""
    first: dict[tuple[str, str, str], Fault] = {}
    for item in faults:
        first.setdefault((item.code, item.file, item.place), item)
    return list(first.values())
