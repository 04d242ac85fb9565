"""The agreement simulator: past years' monitoring replayed under an agreement before it is signed.

`simulate` settles the same cases as agreed and under each variation (terms, thresholds, choices, shifted readings): who
pays whom. `positions` nets it per party, `sensitivity` says how far the readings are from the next step and its worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gep.coefficient_tables import region_chain
from gep.compensation.nouns import Case, Outcome, cents, dec, first_day
from gep.compensation.water.readings import determinand
from gep.errors import Fault, GepError, fault
from gep.rate_check import sign_faults
from gep.rates import Rate, Rates

if TYPE_CHECKING:
    import pandas as pd

AGREED = "as_agreed"  # the scenario without any variation
ALL = "*"  # all readings
COLUMNS = (
    "scenario", "year", "settlement", "span", "subject", "subject_name", "p", "payer", "payer_name", "payee",
    "payee_name", "amount", "status", "working", "note",
)  # fmt: skip
_WIDEST, _PERCENT = Decimal(2), Decimal("0.01")
_FINE, _CLOSE = _PERCENT**3, _PERCENT**2  # how closely steps are sought


@dataclass(frozen=True)
class Change:
    """Another value (or bound of its band, `over`, `upto`) of a term, in the unit its row has.

    key "": every key; tier "": every tier.
    """

    symbol: str
    to: Decimal
    key: str = ""
    tier: str = ""
    part: Literal["value", "over", "upto"] = "value"


@dataclass(frozen=True)
class Variation:
    """A what-if: changed terms, other choices, readings times a factor by determinand (ALL: every one)."""

    name: str
    changes: tuple[Change, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    readings: Mapping[str, Decimal] = field(default_factory=dict)


def varied(case: Case, variation: Variation) -> Case:
    """The case under a variation. Raises GepError GEP-G200 for a term that the rule does not know, G201
    for one that nothing answers for, G038 and G039 for a rate of the wrong sign."""
    out = replace(case, choices={**case.choices, **variation.choices})
    for change in variation.changes:
        out = replace(out, terms=replace(out.terms, rates=_changed(out, change)))
    return shifted(out, variation.readings) if variation.readings else out


def shifted(case: Case, factors: Mapping[str, Any]) -> Case:
    """The case with its readings (what its rule declares as `worse`) times a factor; words and "0.02L" stay."""
    tables = dict(case.tables)
    for role, column in dict.fromkeys((r, c) for r, c, _, _ in case.rule.worse if r in tables):
        kept, table = tables[role].attrs, tables[role].copy(deep=False)
        table.attrs = {}
        if column not in table:
            continue
        named = table["determinand"].tolist() if "determinand" in table else [column] * len(table)
        gains = [factors.get(determinand(str(n)) or str(n), factors.get(ALL)) for n in named]
        cells = table[column].tolist()
        tables[role] = table.assign(**{column: [_times(c, g) for c, g in zip(cells, gains, strict=True)]})
        tables[role].attrs = dict(kept)
    return replace(case, tables=tables)


def simulate(cases: Iterable[Case], vary: Iterable[Variation] = ()) -> pd.DataFrame:
    """Who pays whom, a row a due (COLUMNS), as agreed and under each variation.

    `cases`: one a year (see `as_if_in_force`). `p`: the index of a due, where its rule has one; `working`: its formula
    with the numbers put in. Amounts in yuan; what is missing or faulty is a row without amount that says why.
    """
    import pandas as pd

    held = list(cases)
    rows = []
    for variation in (Variation(AGREED), *vary):
        for case in held:
            one = varied(case, variation)
            rows += [dict(zip(COLUMNS, (variation.name, *row), strict=True)) for row in _rows(one, _settled(one))]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"p": "float64", "amount": "float64"})


def positions(simulated: pd.DataFrame) -> pd.DataFrame:
    """What each party pays, receives and nets by scenario and year, and `change` against the terms as agreed.

    `missing`: dues of that scenario and year that could not be settled; where it is above zero, a net is a part.
    """
    import pandas as pd

    cells: dict[tuple[str, int, str, str], list[Decimal]] = {}
    lacking: dict[tuple[str, int], int] = {}
    for row in simulated.itertuples(index=False):
        at = (row.scenario, row.year)
        lacking[at] = lacking.get(at, 0) + (row.amount != row.amount)
        for place, party, name in ((0, row.payer, row.payer_name), (1, row.payee, row.payee_name)):
            if row.amount == row.amount:
                cells.setdefault((*at, party, name), [Decimal(0), Decimal(0)])[place] += dec(row.amount)
    net = {key: received - paid for key, (paid, received) in cells.items()}
    rows = []
    for (scenario, year, party, name), (paid, received) in cells.items():
        was = net.get((AGREED, year, party, name), Decimal(0))
        rows.append((scenario, year, party, name, float(paid), float(received), float(received - paid),
                     float(received - paid - was), lacking[scenario, year]))  # fmt: skip
    heads = ["scenario", "year", "party", "party_name", "pays", "receives", "net", "change", "missing"]
    return pd.DataFrame(rows, columns=heads)


def sensitivity(cases: Iterable[Case], terms: Sequence[str] = (), each: bool = True) -> pd.DataFrame:
    """How much the readings (all, and with `each` every determinand alone) or a term may move before a sum changes.

    Columns year, settlement, what, direction (up, down), moved_pct (how far the next step is; 0: every move changes the
    sum, and the row shows one per cent), party, net_now, net_then, change. No row: no step up to twice, or down to
    nothing. Steps are found by halving: two steps closer together than the first one found may pass as one.
    """
    import pandas as pd

    rows = []
    for case in cases:
        now = _settled(case)
        if any(f.severity == "error" for f in now.faults):
            continue
        for what, move in _moves(case, terms, each).items():
            for direction, sign in (("up", 1), ("down", -1)):
                found = _step(now, move, sign)
                if found is None:
                    continue
                share, then = found
                was, new = _nets(now), _nets(then)
                rows += [(case.period, case.id, what, direction, float(share / _PERCENT), p, case.parties.name(p),
                          float(was.get(p, 0)), float(new.get(p, 0)), float(new.get(p, 0) - was.get(p, 0)))
                         for p in dict.fromkeys((*was, *new)) if was.get(p, 0) != new.get(p, 0)]  # fmt: skip
    heads = ["year", "settlement", "what", "direction", "moved_pct", "party", "party_name", "net_now", "net_then",
             "change"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


def as_if_in_force(case: Case) -> Case:
    """The case with the terms of its agreement taken as in force in the year replayed, before they are.

    The agreement's own terms lose their dates; of a scheme it names, the rows in force when it begins do.
    """
    if case.agreement is None:
        return case
    start, year = case.agreement.term.start, first_day(str(case.period))
    theirs = [r for r in case.terms.rates.rows if r.scheme in case.terms.schemes]
    said = {(r.scheme, r.symbol, r.key, r.tier) for r in theirs if r.valid(start)}
    rows = []
    for row in case.terms.rates.rows:
        if row.scheme not in case.terms.schemes:
            rows.append(row)
        elif row.valid(start):  # the pool keeps its first year: it grows from there, and not before
            begins = min(row.valid_from, year) if row.symbol == "pool" and row.valid_from else None
            rows.append(replace(row, valid_from=begins, valid_to=None))
        elif (row.scheme, row.symbol, row.key, row.tier) not in said:
            rows.append(row)
    return replace(case, terms=replace(case.terms, rates=Rates(tuple(rows))))


# --- inside


def _settled(case: Case) -> Outcome:
    """What the rule says; what it raises is a fault of the outcome."""
    try:
        return case.rule.settle(case)
    except GepError as error:
        return Outcome(faults=tuple(error.faults))


def _rows(case: Case, outcome: Outcome) -> list[tuple[Any, ...]]:
    name, out = case.parties.name, []
    for due in outcome.dues:
        p = next((line.value for line in due.lines if line.id == "P"), None)
        working = "; ".join(line.note for line in due.lines if line.kind == "formula")
        amount = None if due.amount is None else float(cents(due.amount))
        out.append((case.period, case.id, due.span, due.subject, due.subject_name or due.subject, p, due.payer,
                    name(due.payer), due.payee, name(due.payee), amount, due.status, working, due.note))  # fmt: skip
    errors = [f for f in outcome.faults if f.severity == "error"]
    said = [("fault", f"{f.code} {f.place} {f.zh} / {f.en}") for f in errors]
    said += [("missing", text) for text in outcome.missing if not any(text.zh in d.note for d in outcome.dues)]
    if not (out or said) and case.rule.needed(case) and case.accounts is None:
        said = [("missing", "需要核算结果 / needs the accounts")]
    blank = (case.period, case.id, str(case.period), "", "", None, "", "", "", "", None)
    return [*out, *((*blank, status, "", note) for status, note in said)]


def _changed(case: Case, change: Change) -> Rates:
    """The rates with the rows changed that answer for a term: of one key, or where none is named of all of them.

    GEP-G201 where nothing answers: a rate that nobody has said has no unit that a number could be meant in.
    """
    terms = case.terms
    declared = next((t for t in case.rule.terms if t.symbol == change.symbol), None)
    if declared is None:
        known = ", ".join(t.symbol for t in case.rule.terms)
        raise GepError(fault("GEP-G200", word=change.symbol, rule=case.rule.id, known=known))
    chain = region_chain(terms.region)
    mine = [r for r in terms.rates.rows if r.symbol == change.symbol and r.region in chain
            and (not change.tier or r.tier == change.tier)]  # fmt: skip
    named = determinand(change.key) or change.key
    hit: dict[int, Rate] = {}
    for k in [named] if named else dict.fromkeys(r.key for r in mine):
        hit |= {id(r): r for r in _answering(terms.schemes, mine, k) if r.key in (k, "")}
    if not hit or (named and not declared.keyed):
        word = ":".join(filter(None, (change.symbol, change.key, change.tier)))
        raise GepError(fault("GEP-G201", word=word, part=change.part, known=", ".join(_variable(case)) or "—"))
    wrong: list[Fault] = []
    out: list[Rate] = []
    for row in terms.rates.rows:
        made = _what_if(row, change) if id(row) in hit else row
        if made is not row:
            wrong += sign_faults([made])
        if made is not row and row.key != named and named:  # it answers for other keys too: they keep it
            out.append(replace(made, id=f"{made.id}.{named}".lower(), key=named))
            made = row
        out.append(made)
    if wrong:
        raise GepError(wrong)
    return Rates(tuple(out))


def _answering(schemes: Sequence[str], rows: Sequence[Rate], key: str) -> list[Rate]:
    """Of `rows` those that answer for a key, as `Rates.bands` picks them."""
    choices = ([r for r in rows if r.scheme == s and r.key == k] for s in (*schemes, "") for k in (key, ""))
    return next(filter(None, choices), [])


def _variable(case: Case) -> list[str]:
    """The terms of the rule that have a row here, with their key and unit."""
    known = {t.symbol for t in case.rule.terms}
    rows = [r for r in case.terms.rates.rows if r.symbol in known and r.scheme in (*case.terms.schemes, "")]
    rows = [r for r in rows if r.scheme] or rows  # what was agreed, rather than the law
    return list(dict.fromkeys(f"{r.symbol}{':' if r.key else ''}{r.key} ({r.unit})" for r in rows))


def _what_if(row: Rate, change: Change) -> Rate:
    """A row with one of its numbers changed, its grade a judgement, the former number in its note."""
    note = "; ".join(filter(None, (row.note, f"what if: {change.part} {getattr(row, change.part)} → {change.to}")))
    return replace(row, **{change.part: change.to}, confidence="judgement", note=note)


def _times(cell: Any, factor: Any) -> Any:
    """A cell times a factor; what is no plain number ("0.02L", blank) stays as it is."""
    if factor is None or cell is None or cell != cell:
        return cell
    try:
        made = Decimal(str(cell).strip()) * dec(factor)
    except ArithmeticError:
        return cell
    return f"{made:f}" if isinstance(cell, str) else float(made)


_Move = Callable[[Decimal], Outcome]


def _moves(case: Case, terms: Sequence[str], each: bool) -> dict[str, _Move]:
    """What may be moved by a factor: all readings, each determinand, terms without a key."""

    def reading(what: str) -> _Move:
        return lambda factor: _settled(shifted(case, {what: factor}))

    def term(rate: Rate) -> _Move:
        def settle(factor: Decimal) -> Outcome:
            rows = (replace(r, value=r.number * factor) if r.id == rate.id and r.value is not None else r
                    for r in case.terms.rates.rows)  # fmt: skip
            return _settled(replace(case, terms=replace(case.terms, rates=Rates(tuple(rows)))))

        return settle

    out = {"readings": reading(ALL)}
    if each:
        words = [w for r, c, _, _ in case.rule.worse if r in case.tables
                 for w in (case.tables[r].get("determinand", [c]))]  # fmt: skip
        out |= {what: reading(what) for what in dict.fromkeys(determinand(str(w)) or str(w) for w in words)}
    for symbol in terms:
        try:
            unit = next(t.unit for t in case.rule.terms if t.symbol == symbol)
            out[symbol] = term(case.terms.find(symbol, unit, str(case.period)))
        except (StopIteration, GepError):
            continue
    return out


def _step(now: Outcome, move: _Move, sign: int) -> tuple[Decimal, Outcome] | None:
    """(share moved, outcome there) of the nearest change of a sum; share 0 where any move changes it (shown at 1 %)."""
    was = _nets(now)
    one, two = (_nets(move(1 + sign * share)) for share in (_FINE, _PERCENT))
    if one != was and one != two and _nets(move(1 + sign * _PERCENT / 2)) not in (one, two):
        return Decimal(0), move(1 + sign * _PERCENT)
    low, high = Decimal(0), _PERCENT
    top = _WIDEST - 1
    while not _differs(was, move(1 + sign * high)):
        if high >= top:
            return None
        low, high = high, min(2 * high, top)
    while high - low > _CLOSE:
        middle = (low + high) / 2
        low, high = (low, middle) if _differs(was, move(1 + sign * middle)) else (middle, high)
    return high, move(1 + sign * high)


def _nets(outcome: Outcome) -> dict[str, Decimal]:
    out: dict[str, Decimal] = {}
    for due in outcome.dues:
        if due.amount:
            out[due.payer] = out.get(due.payer, Decimal(0)) - cents(due.amount)
            out[due.payee] = out.get(due.payee, Decimal(0)) + cents(due.amount)
    return out


def _differs(was: Mapping[str, Decimal], outcome: Outcome) -> bool:
    new = _nets(outcome)
    return any(was.get(p, 0) != new.get(p, 0) for p in (*was, *new))
