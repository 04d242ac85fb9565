"""From transitions to the stocks and flows of a form, in whole steps of its last decimal. Used by extent and by land.

With J the matrix of a township's ground that has land cover at both dates, inside its boundary of the closing date, and
B what of each type (at the opening date) its old boundary held more than its new one:

    opening_i = Σ_j J_ij + B_i        closing_j = Σ_i J_ij        boundary down = max(B, 0), up = max(−B, 0)
    opening + Σ_{i≠j} J_ij (gains) − Σ_{j≠i} J_ij (losses) + boundary up − boundary down = closing

Ground with land cover at one date only, P_i (opening) and Q_j (closing), stands outside. All ground of a type inside
a date's boundary is the same number from both sides of that date, so accounts chain exactly:
opening(t) + P(t) = closing(t−1) + Q(t−1).

Flows between two columns are rounded once and stand on both sides; the opening is what closing and flows leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import entries, units
from gep.accounts.attribution import REAPPRAISAL, Rules, cause_of, changes, columns_of, row_for
from gep.coefficient_tables import CONFIDENCE
from gep.errors import Fault, GepError, fault

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions
    from gep.forms import Form

ONLY = ("opening_only", "closing_only")
NET, SWAP = "net_change", "swap_change"
REMOTE = "2"
_SMALLEST = 10**9  # units of area are ratios of whole numbers below this to the square metre (万亩: 3/20 000 000)


@dataclass(frozen=True)
class Scale:
    """Square metres as steps of a form's last decimal."""

    per_m2: Fraction
    decimals: int
    unit: str

    @property
    def exact(self) -> bool:
        """Whether every whole square metre is a whole number of steps."""
        return self.per_m2.denominator == 1

    def steps(self, area: Any) -> Any:
        """Whole m² as whole steps, half to even. Integers or integer arrays."""
        whole, rest = np.divmod(np.asarray(area, np.int64) * self.per_m2.numerator, self.per_m2.denominator)
        twice = 2 * rest - self.per_m2.denominator
        return whole + ((twice > 0) | ((twice == 0) & (whole % 2 == 1)))


@dataclass(frozen=True)
class Cells:
    """Steps [zone, row, column] over all zones (the county "" last), the form's rows and columns that are known."""

    open: int
    close: int
    zones: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    steps: np.ndarray
    made: np.ndarray  # made of other cells: sums and derived rows, the county
    rules: Mapping[tuple[int, str, str], set[str]] = field(repr=False)
    notes: Mapping[str, str] = field(repr=False)


def scale_of(form: Form, columns: Iterable[str]) -> Scale:
    """The one unit and number of decimals of the columns. Raises GepError (GEP-X113)."""
    said = {c: (form.unit_of(c), form.decimals_of(c)) for c in columns}
    if len(set(said.values())) > 1:
        shown = ", ".join(f"{c} ({u}, {d})" for c, (u, d) in said.items())
        raise GepError(fault("GEP-X113", file=form.form, place="columns", form=form.form, columns=shown))
    unit, decimals = next(iter(said.values()), (form.unit, form.decimals))
    per = Fraction(units.factor("m2", unit)).limit_denominator(_SMALLEST)
    return Scale(per * 10**decimals, decimals, unit)


def cells(
    transitions: Transitions, rules: Rules, form: Form, present: tuple[str, ...], sides: tuple[str, str]
) -> tuple[Cells, Scale]:
    """The stocks and flows of one interval as a form's cells.

    `present`: the types that land cover has at any date; `sides`: the two fields of a rule that name the form's rows.
    Rows that no rule names are left out: remote sensing says nothing of them. Raises GepError (GEP-X110…X113).
    """
    of_type = columns_of(form, present)
    leaves = [c for c in form.leaves("columns") if c in set(of_type.values())]
    scale = scale_of(form, leaves)
    n, count = len(transitions.types), len(transitions.zones)
    at = {c: k for k, c in enumerate(leaves)}
    where = np.array([at[of_type[t]] for t in transitions.types], dtype=np.int64)

    flags = [f for f in REAPPRAISAL if f == "boundary" or f in transitions.areas]
    flags += ["swap"] if "edge" in transitions.areas else []
    rows, notes, row_of = _rows(form, rules, sides, flags)
    spot = {r: k for k, r in enumerate(rows)}
    cube = np.zeros((count + 1, len(rows), len(leaves)), np.int64)
    used: dict[tuple[int, str, str], set[str]] = {}

    moves = changes(transitions, rules)
    by_id = {r.rule: r for r in rules.rules}
    keys = [row_of(by_id.get(r), f) for r, f in zip(moves["rule"], moves["flag"], strict=True)]
    moves = moves.assign(
        a=where[moves["old_at"].to_numpy(np.int64)], b=where[moves["new_at"].to_numpy(np.int64)],
        up=[k[0] for k in keys], down=[k[1] for k in keys],
    )  # fmt: skip
    moves = moves[moves["a"] != moves["b"]]
    by = ["zone_at", "a", "b", "up", "down"]
    flows = moves.groupby(by, as_index=False)["area_m2"].sum()
    for z, a, b, up, down, steps in zip(*(flows[k] for k in by), scale.steps(flows["area_m2"]).tolist(), strict=True):
        cube[z, spot[up], b] += steps
        cube[z, spot[down], a] += steps
    for z, a, b, up, down, rule in moves[[*by, "rule"]].drop_duplicates().itertuples(index=False, name=None):
        for row, column in ((up, b), (down, a)):
            used.setdefault((z, row, leaves[column]), set()).update({rule} - {""})

    onto = np.zeros((n, len(leaves)), np.int64)
    onto[np.arange(n), where] = 1
    if transitions.boundary is not None:
        lost = np.asarray(transitions.boundary, np.int64)[:, :n] @ onto
        up, down = row_of(None, "boundary")
        cube[:count, spot[up]] += scale.steps(np.maximum(-lost, 0))
        cube[:count, spot[down]] += scale.steps(np.maximum(lost, 0))
    sides_at = {role: [spot[r] for r in rows if form.row(r).role == role] for role in ("addition", "reduction")}
    closing = scale.steps(transitions.joint.sum(axis=1) @ onto)
    cube[:count, spot[form.the("closing")]] = closing
    cube[:count, spot[form.the("opening")]] = (
        closing - cube[:count, sides_at["addition"]].sum(axis=1) + cube[:count, sides_at["reduction"]].sum(axis=1)
    )
    for id, area in zip(ONLY, (transitions.only_open, transitions.only_close), strict=True):
        if id in spot:
            cube[:count, spot[id]] = scale.steps(area @ onto)
    cube[count] = cube[:count].sum(axis=0)
    return _summed(form, transitions, cube, rows, leaves, used, notes), scale


def form_faults(form: Form, rules: Rules, types: Iterable[str], sides: tuple[str, str]) -> list[Fault]:
    """What keeps a form from holding change between `types`, known without any pixel: GEP-X110…X113."""
    found: list[Fault] = []
    held: list[str] = []
    try:
        held = list(columns_of(form, tuple(types)).values())
    except GepError as error:
        found += error.faults
    for find in (lambda: scale_of(form, held), lambda: _rows(form, rules, sides, REAPPRAISAL)):
        try:
            find()
        except GepError as error:
            found += error.faults
    return found


def _rows(
    form: Form, rules: Rules, sides: tuple[str, str], flags: Iterable[str]
) -> tuple[list[str], dict[str, str], Any]:
    """The rows that are entered, notes of rows that stand in for others, and (rule, flag) → (row up, row down)."""
    notes: dict[str, str] = {}
    held: dict[tuple[str, str], tuple[str, str]] = {}

    def stand(wanted: str, role: str, cause: str) -> str:
        row = row_for(form, wanted, role, cause)
        if row != wanted:
            both = f"本表没有行 {wanted}，计入此行 / the form has no row {wanted}; counted here"
            if not cause_of(form, row):
                both = "此行没有写原因：没有自己行的原因都计入 / no cause said: takes all that have no row of their own"
            notes[row] = "; ".join(dict.fromkeys([*notes.get(row, "").split("; "), both])).strip("; ")
        return row

    def row_of(rule: Any, flag: str) -> tuple[str, str]:
        key = (rule.rule if rule else "", flag if rule is None else "")
        if key not in held:
            ups, cause = (REAPPRAISAL[flag], "reappraisal") if rule is None else (None, rule.cause)
            up, down = ups or (getattr(rule, sides[0]), getattr(rule, sides[1]))
            held[key] = stand(up, "addition", cause), stand(down, "reduction", cause)
        return held[key]

    faults: list[Fault] = []
    named: set[str] = set()
    for rule, flag in [*((r, "plain") for r in rules.rules), *((None, f) for f in flags)]:
        try:
            named.update(row_of(rule, flag))
        except GepError as error:
            faults += error.faults
    if faults:
        raise GepError({f.zh: f for f in faults}.values())
    kept = {form.the("opening"), form.the("closing"), *named, *ONLY}
    return [r for r in form.leaves("rows") if r in kept], notes, row_of


def _summed(
    form: Form, t: Transitions, cube: np.ndarray, rows: list[str], leaves: list[str], used: Any, notes: Any
) -> Cells:
    """Sums over parts of rows and columns, and the derived rows, put beside what is entered."""
    all_columns, take = _sums([(c.id, c.of) for c in form.columns if not c.derived and not c.memo], leaves)
    all_rows, give = _sums([(r.id, r.of) for r in form.rows if r.role != "derived"], rows)
    whole = np.einsum("rs,zsc,kc->zrk", give, cube, take)
    made = np.ones(whole.shape, bool)
    made[:-1, [[all_rows.index(r)] for r in rows], [all_columns.index(c) for c in leaves]] = False
    spot = {r: k for k, r in enumerate(rows)}

    def real_change(role: str) -> np.ndarray:
        real = [spot[r] for r in rows if form.row(r).role == role and cause_of(form, r) != "reappraisal"]
        total: np.ndarray = cube[:, real].sum(axis=1)
        return total

    derived = {
        NET: cube[:, spot[form.the("closing")]] - cube[:, spot[form.the("opening")]],
        SWAP: 2 * np.minimum(real_change("addition"), real_change("reduction")),
    }
    for row in form.rows:
        if row.role == "derived" and row.id in derived:
            all_rows.append(row.id)
            whole = np.concatenate([whole, (derived[row.id] @ take.T)[:, None]], axis=1)
            made = np.concatenate([made, np.ones_like(made[:, :1])], axis=1)
    return Cells(
        t.open, t.close, (*t.zones, entries.COUNTY), tuple(all_rows), tuple(all_columns), whole, made, used, notes
    )


def _sums(items: list[tuple[str, list[str]]], leaves: list[str]) -> tuple[list[str], np.ndarray]:
    """The ids that have leaves below them, in order, and which leaves each is the sum of (0/1, ids × leaves)."""
    parts = dict(items)

    def below(id: str) -> set[str]:
        own = {id} & set(leaves)
        return own.union(*(below(p) for p in parts[id])) if parts.get(id) else own

    found = [(id, hit) for id, _ in items if (hit := below(id))]
    matrix = np.array([[int(leaf in hit) for leaf in leaves] for _, hit in found], np.int64)
    return [id for id, _ in found], matrix.reshape(len(found), len(leaves))


def table(form: Form, cells: Cells, scale: Scale, rules: Rules, names: Mapping[str, str], source: str) -> pd.DataFrame:
    """Cells as entries: method 2 (remote sensing) where entered, "" for sums; lineage holds the rules of a flow."""
    import pandas as pd

    shape = cells.steps.shape
    z, r, c = (axis.ravel() for axis in np.indices(shape))
    by_id = {rule.rule: rule for rule in rules.rules}
    lineage, confidence, note = (np.full(shape, "", dtype=object) for _ in range(3))
    row_at, column_at = {x: k for k, x in enumerate(cells.rows)}, {x: k for k, x in enumerate(cells.columns)}
    for (zone, row, column), said in cells.rules.items():
        at = zone, row_at[row], column_at[column]
        lineage[at] = ";".join(sorted(said))
        confidence[at] = max((by_id[s].confidence for s in said), key=CONFIDENCE.index, default="judgement")
    for row, words in cells.notes.items():
        k = row_at[row]
        note[:, k][cells.steps[:, k] != 0] = words
    made, size = cells.made.ravel(), len(z)

    def texts(values: Iterable[str], at: np.ndarray) -> Any:
        return np.array(list(values), dtype=object)[at]

    data = {
        "form": np.full(size, form.form, dtype=object),
        "open": np.full(size, cells.open, np.int64),
        "close": np.full(size, cells.close, np.int64),
        "zone": texts(cells.zones, z),
        "zone_name": texts((names.get(k, k) for k in cells.zones), z),
        "column": texts(cells.columns, c),
        "row": texts(cells.rows, r),
        "owner": np.full(size, "", dtype=object),
        "value": cells.steps.ravel() / 10**scale.decimals,
        "unit": np.full(size, scale.unit, dtype=object),
        "method": np.where(made, "", REMOTE).astype(object),
        "source": np.where(made, "", source).astype(object),
        "confidence": confidence.ravel(),
        "note": note.ravel(),
        "lineage": lineage.ravel(),
    }
    return pd.DataFrame(data, columns=list(entries.COLUMNS))
