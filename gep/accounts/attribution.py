"""Attribution: what made ground change from one ecosystem type to another, by rules that stand in a table.

Rules are rows of coefficients/transition_rules.csv; a county's own table stands before them. Of the rules that fit a
change, the most specific holds: a code counts by its level (`*` 0, level I 1, II 2, sub-type 3), both sides added.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.coefficient_tables import (
    CONFIDENCE,
    REGISTRIES,
    ecosystem_types,
    folder,
    header_faults,
    near,
    read_sheet,
    type_chain,
)
from gep.errors import Fault, GepError, fault
from gep.forms import Form, FormRow

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions

NAME = "transition_rules"
CAUSES = ("human", "natural", "doubtful")
# what is no real change: rows of the form upwards and downwards
REAPPRAISAL = {
    "small": ("survey_up", "survey_down"),
    "swap": ("swap_up", "swap_down"),
    "boundary": ("boundary_up", "boundary_down"),
}
_SIDES = (("addition", "expansion"), ("reduction", "regression"))
_SEEA = {"human": "managed", "natural": "natural", "doubtful": "doubtful"}


@dataclass(frozen=True)
class Rule:
    """One row: ground of type `old` that turned into `new`, and why.

    `addition`, `reduction`: rows of the form `land` for the gain of `new` and the loss of `old`; `seea_addition`,
    `seea_reduction`: rows of the form `extent`. `local`: of the county's own table.
    """

    rule: str
    old: str
    new: str
    cause: str
    addition: str
    reduction: str
    seea_addition: str
    seea_reduction: str
    confidence: str
    source: str
    note: str
    local: bool = False
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """File and row, as a fault names it."""
        return f"{self.file} row {self.line} ({self.rule})"


@dataclass(frozen=True)
class Rules:
    """All rules, complete and without ties for every two types: `rules.of("51d", "61")`."""

    rules: tuple[Rule, ...]
    _found: dict[tuple[str, str], Rule] = field(default_factory=dict, compare=False, repr=False)

    def of(self, old: str, new: str) -> Rule:
        """The one rule for a change. Raises GepError (GEP-X104 two hold, GEP-X105 none)."""
        if (old, new) not in self._found:
            best = _best(_index(self.rules), old, new)
            if len(best) != 1:
                raise GepError(_pair_fault(best, old, new))
            self._found[old, new] = best[0]
        return self._found[old, new]


def load_rules(own: Path | None = None, land: Form | None = None, name: str = "") -> Rules:
    """The packaged rules, and before them the county's `own` table (a CSV of the same columns).

    `land`: the county's own form of land, whose rows its rules may name beside those of the packaged form; `name`: how
    the user wrote the path of `own`. Raises GepError with all faults (GEP-K001…K003, K005, X101…X106).
    """
    from gep.forms import shipped

    forms = [shipped()["land"], *([land] if land else [])]
    rules: list[Rule] = []
    faults: list[Fault] = []
    sources = {cells["short"] for _, cells in read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows}
    tables = [(folder() / f"{NAME}.csv", f"coefficients/{NAME}.csv", False)]
    for path, shown, local in [*tables, *([(own, name or str(own), True)] if own else [])]:
        sheet = read_sheet(path, shown)
        if wrong := header_faults(sheet, REGISTRIES[NAME]):
            faults += wrong
            continue
        for line, cells in sheet.rows:
            rule = _rule(cells, local, shown, line)
            rules.append(rule)
            faults += _row_faults(rule, forms, None if local else sources)
    faults += _twice(rules)
    if not faults:
        index = _index(rules)
        codes = [t.code for t in ecosystem_types()]
        pairs = [(a, b) for a in codes for b in codes]
        faults += _unique(_pair_fault(found, a, b) for a, b in pairs if len(found := _best(index, a, b)) != 1)
    if faults:
        raise GepError(faults)
    return Rules(tuple(rules))


def _rule(cells: Mapping[str, str], local: bool, file: str, line: int) -> Rule:
    said = {k: v for k, v in cells.items() if k not in ("from", "to")}
    return Rule(old=cells["from"] or "*", new=cells["to"] or "*", local=local, file=file, line=line, **said)


def _row_faults(rule: Rule, forms: list[Form], sources: set[str] | None) -> list[Fault]:
    out = []

    def bad(code: str, column: str, cell: str, **values: Any) -> None:
        out.append(
            fault(code, file=rule.file, place=f"row {rule.line}, column {column}", column=column, cell=cell, **values)
        )

    codes = [t.code for t in ecosystem_types()]
    for column, cell in (("from", rule.old), ("to", rule.new)):
        if cell != "*" and cell not in codes:
            bad("GEP-X101", column, cell, near=near(cell, codes))
    if rule.cause not in CAUSES:
        bad("GEP-X102", "cause", rule.cause, known=", ".join(CAUSES))
        return out
    if rule.confidence not in CONFIDENCE:
        bad("GEP-K005", "confidence", rule.confidence, known=", ".join(CONFIDENCE), id=rule.rule)
    if not rule.source or (sources is not None and rule.source not in sources):
        bad("GEP-K006", "source", rule.source, near=near(rule.source, sorted(sources or ())), id=rule.rule)
    for role, seea in _SIDES:
        wanted, cell = f"{_SEEA[rule.cause]}_{seea}", getattr(rule, f"seea_{role}")
        if cell != wanted:
            bad("GEP-X102", f"seea_{role}", cell, known=wanted)
        known = [r.id for form in forms for c in (rule.cause, "") for r in leaf_rows(form, role, c)]
        if getattr(rule, role) not in known:
            bad("GEP-X103", role, getattr(rule, role), rule=rule.rule, cause=rule.cause,
                known=", ".join(dict.fromkeys(known)))  # fmt: skip
    return out


def _twice(rules: list[Rule]) -> list[Fault]:
    seen: dict[str, Rule] = {}
    out = []
    for rule in rules:
        if not rule.rule or rule.rule in seen:
            other = seen[rule.rule].place if rule.rule in seen else "-"
            place = f"row {rule.line}, column rule"
            out.append(fault("GEP-X106", file=rule.file, place=place, cell=rule.rule, other=other))
        seen.setdefault(rule.rule, rule)
    return out


def _index(rules: list[Rule] | tuple[Rule, ...]) -> dict[tuple[str, str], list[Rule]]:
    out: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        out.setdefault((rule.old, rule.new), []).append(rule)
    return out


def _best(index: Mapping[tuple[str, str], list[Rule]], old: str, new: str) -> list[Rule]:
    """The rules that hold for a change, more than one where they tie: the county's first, then the most specific."""
    olds, news = type_chain(old), type_chain(new)
    found: dict[tuple[bool, int], list[Rule]] = {}
    for i, j in itertools.product(range(len(olds)), range(len(news))):
        for rule in index.get((olds[i], news[j]), ()):
            # `*` stands last in the chain at 0; each code before it is one level deeper
            found.setdefault((rule.local, len(olds) - 1 - i + len(news) - 1 - j), []).append(rule)
    return found[max(found)] if found else []


def _pair_fault(best: list[Rule], old: str, new: str) -> Fault:
    if not best:
        return fault("GEP-X105", file=f"coefficients/{NAME}.csv", old=old, new=new)
    one, other = best[0], best[1]
    place = f"row {other.line}"
    return fault("GEP-X104", file=other.file, place=place, rule=one.rule, other=other.rule, old=old, new=new)


def _unique(faults: Any) -> list[Fault]:
    """One fault for each two rules that tie (for the first change they meet at), not one for every sub-type."""
    out: dict[tuple[str, str, str], Fault] = {}
    for item in faults:
        key = item.zh.split(" 对 ")[0] if item.code == "GEP-X104" else item.code
        out.setdefault((item.file, item.place, key), item)
    return list(out.values())


def leaf_rows(form: Form, role: str, cause: str) -> list[FormRow]:
    """The rows of a form that are entered, of a role and a cause (its own, else that of the row it is part of)."""
    return [r for r in form.rows if r.role == role and not r.of and cause_of(form, r.id) == cause]


def cause_of(form: Form, row: str) -> str:
    """The cause of a row: its own, else that of the row it is part of, "" where none says."""
    above = {part: r for r in form.rows for part in r.of}
    found = form.row(row)
    while not found.cause and found.id in above:
        found = above[found.id]
    return found.cause


def row_for(form: Form, wanted: str, role: str, cause: str) -> str:
    """The row of a form for a change: the one the rule names, else the form's first of that role and cause.

    A row that says no cause takes what has no row of its own. Raises GepError (GEP-X112) where the form has none.
    """
    rows, plain = ([r.id for r in leaf_rows(form, role, c)] for c in (cause, ""))
    if wanted in (*rows, *plain):
        return wanted
    rows = rows or plain
    if not rows:
        raise GepError(
            fault("GEP-X112", file=form.form, place="rows", form=form.form, row=wanted, role=role, cause=cause)
        )
    return rows[0]


def columns_of(form: Form, types: tuple[str, ...]) -> dict[str, str]:
    """The column (without parts) of a form that counts each ecosystem type: by the nearest code that a column lists.

    Raises GepError with all faults: claimed by none (GEP-X110), listed twice (GEP-X111).
    """
    claims: dict[str, list[str]] = {}
    for id in form.leaves("columns"):
        for code in form.column(id).types:
            claims.setdefault(code, []).append(id)
    faults = [
        fault("GEP-X111", file=form.form, place="columns", form=form.form, type=code, columns=", ".join(ids))
        for code, ids in claims.items()
        if len(ids) > 1
    ]
    names = {t.code: t.zh for t in ecosystem_types()}
    out: dict[str, str] = {}
    for type in types:
        hit = next((code for code in type_chain(type) if code in claims), None)
        if hit is None:
            faults.append(
                fault("GEP-X110", file=form.form, place="columns", form=form.form, type=type, name=names.get(type, "?"))
            )
        else:
            out[type] = claims[hit][0]
    if faults:
        raise GepError(faults)
    return out


def changes(transitions: Transitions, rules: Rules) -> pd.DataFrame:
    """Every change of an interval, told apart: zone, zone_at, old, new, old_at, new_at, flag, cause, rule, area_m2.

    flag `plain` and `edge` (what one-sided change along edges leaves) are real and have their rule's cause; `swap` (the
    balanced part of two-way change along edges, per township and two types) and `small` (patches below the minimum
    mapping unit) are reappraisal. Only ground with land cover at both dates; areas are whole m².
    """
    import pandas as pd

    n = len(transitions.types)
    parts = {flag: np.asarray(transitions.areas[flag])[:, :n, :n] for flag in transitions.areas}
    edge = parts.get("edge")
    if edge is not None:
        parts["swap"] = np.minimum(edge, edge.transpose(0, 2, 1))
        parts["edge"] = edge - parts["swap"]
    frames = []
    types = np.array(transitions.types, dtype=object)
    for flag in ("plain", "edge", "swap", "small"):
        if flag not in parts:
            continue
        block = parts[flag]
        z, i, j = np.nonzero(block)
        keep = i != j
        z, i, j = z[keep], i[keep], j[keep]
        real = flag not in REAPPRAISAL
        held = {(a, b): rules.of(types[a], types[b]) for a, b in set(zip(i.tolist(), j.tolist(), strict=True)) if real}
        rule = [held[a, b] for a, b in zip(i.tolist(), j.tolist(), strict=True)] if real else []
        frames.append(
            pd.DataFrame(
                {
                    "zone": np.array(transitions.zones, dtype=object)[z],
                    "zone_at": z,
                    "old": types[i],
                    "new": types[j],
                    "old_at": i,
                    "new_at": j,
                    "flag": flag,
                    "cause": [r.cause for r in rule] if real else "reappraisal",
                    "rule": [r.rule for r in rule] if real else "",
                    "area_m2": block[z, i, j].astype(np.int64),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
