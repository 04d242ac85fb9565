"""What must hold for every rule of compensation, whatever it settles; `test_rule_battery.py` applies it.

A check takes a rule's case (see `CASES` of tests/cases_*.py) and raises AssertionError. It may return False where the
case says nothing (no reading to make worse, nobody suspended): a rule none of whose cases says anything fails.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import importlib
import math
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd

from gep.compensation import ledger
from gep.compensation.nouns import TREASURY, Terms, cents, first_day
from gep.rates import Rates

HERE = Path(__file__).parent


def collected(name, folder=HERE):
    """The dict `name` of every tests/cases_*.py, put together; an entry of two files is an error."""
    out = {}
    for path in sorted(folder.glob("cases_*.py")):
        for key, value in getattr(importlib.import_module(path.stem), name, {}).items():
            assert key not in out, f"{key} stands in two files of cases"
            out[key] = value
    return out


# --- the case, changed


def settled(case):
    """What the rule says of the case; its errors as an outcome with faults, however they come."""
    return case.rule.settle(case)


def errors(outcome):
    return [f for f in outcome.faults if f.severity == "error"]


def sound(case):
    """The outcome of a valid case. No errors, or the case is none."""
    outcome = settled(case)
    assert not errors(outcome), "\n".join(f.text("en") for f in errors(outcome))
    return outcome


def with_table(case, role, table, where="tables"):
    table.attrs.update(getattr(case, where)[role].attrs)
    return dataclasses.replace(case, **{where: {**getattr(case, where), role: table}})


def with_cell(case, role, row, column, value):
    """The case with one number changed, as text where its column is text (readings may say "<0.02")."""
    table = case.tables[role].copy()
    if isinstance(table.loc[row, column], str):
        value = None if math.isnan(value) else repr(value)
    table.loc[row, column] = value
    return with_table(case, role, table)


def with_rates(case, rows):
    return dataclasses.replace(case, terms=dataclasses.replace(case.terms, rates=Rates(tuple(rows))))


def numeric(case, role, column):
    """The rows of a table whose cell is a number."""
    table = case.tables.get(role)
    if table is None or column not in table:
        return []
    cells = pd.to_numeric(table[column], errors="coerce")
    assert table.index.is_unique, f"{role}: rows share an index"
    return [row for row, x in cells.items() if math.isfinite(x)]


def spread(items, n=6):
    """Some of many, evenly."""
    return items if len(items) <= n else [items[i * len(items) // n] for i in range(n)]


# --- the outcome, read


def signed(due):
    return due.amount if due.payee == due.unit else -due.amount


def of_subject(case, outcome, word):
    """The dues of one subject, as a table calls it: a section, a parcel, or the assessed party."""
    party = case.parties.find(word)
    return [d for d in outcome.dues if word in (d.subject, d.subject_name) or (party is not None and d.unit == party)]


def total(dues):
    return sum((signed(d) for d in dues if d.amount is not None), Decimal(0))


def sums(outcome):
    """The dues to the cent, in no order."""
    return sorted(
        (d.span, d.subject, d.unit, d.payer if d.amount else "", d.payee if d.amount else "",
         None if d.amount is None else cents(d.amount), d.status)
        for d in outcome.dues
    )  # fmt: skip


def told(outcome):
    """Everything an outcome says in words: states, notes, what is missing, faults, words and gaps of its tables."""
    words = [("fault", f.code, f.place) for f in outcome.faults]
    words += [("missing", text) for text in outcome.missing]
    for due in outcome.dues:
        words += [("due", due.span, due.subject, due.status, due.note)]
        words += [("line", due.span, due.subject, line.name, line.note) for line in due.lines if line.kind == "note"]
    for name, table in outcome.tables.items():
        for column in table:
            gaps = int(table[column].isna().sum())
            words.append(("gaps", name, column, gaps))
            words += [("cell", name, column, x) for x in table[column] if isinstance(x, str)]
    return words


def public(outcome):
    return {name: table.to_csv(index=False) for name, table in outcome.tables.items()}


def whole(outcome):
    """An outcome, comparable."""
    return outcome.dues, outcome.identities, outcome.faults, outcome.missing, public(outcome)


# --- what holds for every rule


def is_pure(case):
    """The same case twice gives the same outcome, and its tables are as before."""
    before = copy.deepcopy((dict(case.tables), dict(case.before), dict(case.choices)))
    one, two = sound(case), sound(case)
    assert whole(one) == whole(two), "two outcomes of one case"
    for was, now in zip(before[:2], (case.tables, case.before), strict=True):
        assert was.keys() == now.keys()
        for role in was:
            assert was[role].equals(now[role]), f"{role} was changed"
            assert was[role].attrs == now[role].attrs, f"{role}: attrs were changed"
    assert before[2] == dict(case.choices)


def rows_in_any_order(case):
    """The order of the rows of a table changes no sum."""
    first = sums(sound(case))
    for where in ("tables", "before"):
        for role, table in getattr(case, where).items():
            assert sums(sound(with_table(case, role, table.iloc[::-1].copy(), where))) == first, f"{where} {role}"
            other = table.sample(frac=1, random_state=len(table))
            assert sums(sound(with_table(case, role, other, where))) == first, f"{where} {role}"


def dues_are_whole(case):
    """Parties that exist, a span, decimals, grades; a formula with its numbers; what is missing says so in words."""
    outcome = sound(case)
    for due in outcome.dues:
        what = f"{due.span} {due.subject}"
        first_day(due.span)
        assert due.unit in (due.payer, due.payee), what
        assert {due.payer, due.payee} <= {*case.parties.all, TREASURY}, f"{what}: {due.payer}, {due.payee}"
        assert due.amount is None or type(due.amount) is Decimal, what
        if due.status == "ok":
            formulas = [line for line in due.lines if line.kind == "formula"]
            assert len(formulas) == 1, f"{what}: {len(formulas)} lines of kind formula"
            assert re.search(r"\d", formulas[0].note), f"{what}: no number in {formulas[0].note!r}"
            assert due.confidence == ledger.grade(due.lines), what
        if due.status == "missing":
            assert due.note, f"{what} is missing without a word"
            lacks = re.search(r"费率库没有|只知其存在", due.note)  # a rate: told once for the rule too
            assert not lacks or any(text.zh in due.note for text in outcome.missing), f"{what}: {due.note}"
        for line in due.lines:
            assert line.kind in ("reading", "limit", "step", "share", "note", "formula", "rate", "account"), line.kind
            assert line.kind != "reading" or line.file, f"{what}: a reading from no file"
    assert len(set(outcome.missing)) == len(outcome.missing), "told twice"
    for text in outcome.missing:
        assert text.zh, text
        assert text.en, text
        assert text == f"{text.zh} / {text.en}"
        assert text.count(" / ") == 1, f"not to be parted: {text}"
    for name, table in outcome.tables.items():
        for column in (name, *table.columns):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", str(column)), f"{name}: {column}"


class _Asked(Terms):
    """Terms that remember which rates they were asked for."""

    def find(self, symbol, unit, span, **more):
        self.rates.__dict__.setdefault("asked", set()).add(symbol)
        return super().find(symbol, unit, span, **more)

    def bands(self, symbol, unit, span, **more):
        self.rates.__dict__.setdefault("asked", set()).add(symbol)
        return super().bands(symbol, unit, span, **more)


def asks_what_it_declares(case):
    """A rule looks up the rates it declares, and no others."""
    rates = Rates(case.terms.rates.rows)
    spy = _Asked(rates, case.terms.schemes, case.terms.region)
    settled(dataclasses.replace(case, terms=spy))
    extra = rates.__dict__.get("asked", set()) - {term.symbol for term in case.rule.terms}
    assert not extra, f"asked for and not declared: {', '.join(sorted(extra))}"


EVERY = (is_pure, rows_in_any_order, dues_are_whole, asks_what_it_declares)


# --- the invariants that need no knowledge of the rule


def balanced(case):
    """Payments = receipts, and the identities that the rule states."""
    outcome = sound(case)
    for item in outcome.identities:
        assert item.left == item.right, f"{item.id}: {item.left} is not {item.right}"
    table, _ = ledger.frame([(case, outcome)])
    posted = ledger.postings(table)
    assert round(100 * posted["amount"].sum()) == 0
    assert len(posted) == 2 * int(table["amount"].notna().sum())
    failed = [c["id"] for c in ledger.checks(table, [(case, outcome)]) if not c["passed"]]
    assert not failed, failed
    return bool(outcome.dues or outcome.identities)


def monotone(case):
    """Made worse, a reading never raises what its subject receives, nor lowers what it pays."""
    first, compared = sound(case), 0
    for role, column, sign, subject in case.rule.worse:
        for n, row in enumerate(spread(numeric(case, role, column))):
            word, old = str(case.tables[role].loc[row, subject]), float(case.tables[role].loc[row, column])
            ours = of_subject(case, first, word)
            grown = (old * 4, old * 1.07, old + 1) if sign > 0 else (old * 0.1, old * 0.93, old * 0.5)
            new = grown[n % len(grown)]
            second = settled(with_cell(case, role, row, column, new))
            theirs = of_subject(case, second, word)
            if errors(second) or any(d.amount is None for d in (*ours, *theirs)):
                continue
            was, now = cents(total(ours)), cents(total(theirs))
            assert now <= was, f"{role} row {row}: {column} {old:g} → {new:g} raises {word} from {was} to {now}"
            compared += bool(ours or theirs)
    return compared > 0


def missing_month(case):
    """A reading that is dropped or blank is not a zero, and it is told."""
    first, compared = sound(case), 0
    words = told(first)
    for role, column, _, subject in case.rule.worse or _first_numbers(case):
        table = case.tables.get(role)
        rows = numeric(case, role, column)
        often = [row for row in rows if (table[subject] == table.loc[row, subject]).sum() > 1]
        for row in spread([r for r in often or rows if not _out(case, first, table.loc[r, subject], r)], 2):
            zero = settled(with_cell(case, role, row, column, 0.0))
            for how, less in (
                ("dropped", with_table(case, role, table.drop(index=row))),
                ("blank", with_cell(case, role, row, column, math.nan)),
            ):
                outcome, where = settled(less), f"{role} row {row} {column} {how}"
                assert [w for w in told(outcome) if w not in words], f"{where}: nothing is said of it"
                assert (sums(outcome), told(outcome)) != (sums(zero), told(zero)), f"{where}: the same as 0"
                compared += 1
    return compared > 0


def _out(case, outcome, word, row):
    """Whether a subject is suspended or void in some span, and no due cites the row: nobody asks for that reading."""
    dues = of_subject(case, outcome, str(word))
    cited = any(re.search(rf"\b{row}\b", x.note) for d in dues for x in d.lines if x.kind == "reading")
    return not cited and any(d.status in ("suspended", "void") for d in dues)


def _first_numbers(case):
    """Where a rule says nothing of worse and better: the first required number of its first table."""
    for table in case.rule.tables:
        columns = table.expected.columns
        names = [n for n, c in columns.items() if c.kind == "number" and n not in ("year", "month", "quarter")]
        texts = [n for n, c in columns.items() if c.kind == "text" and c.required]
        if names and texts and table.role in case.tables:
            return [(table.role, next((n for n in names if columns[n].required), names[0]), 1, texts[0])]
    return []


def suspended(case):
    """What is suspended settles exactly nothing, and it stands in a public table."""
    outcome = sound(case)
    out = [d for d in outcome.dues if d.status == "suspended"]
    cells = {str(x) for table in outcome.tables.values() for column in table for x in table[column]}
    for due in out:
        assert due.amount == 0
        assert {due.subject, due.subject_name} & cells, f"{due.subject} stands in no table"
    return bool(out)


def dated(case):
    """Out of force, a rate is an error (GEP-G003); versions of other years change nothing."""
    outcome, rows = sound(case), case.terms.rates.rows
    never = dt.date(2190, 1, 1)
    late = settled(with_rates(case, [dataclasses.replace(r, valid_from=never, valid_to=None) for r in rows]))
    if outcome.dues and not any(line.kind == "rate" for d in outcome.dues for line in d.lines):
        return False  # no rate entered: this case says nothing of dates
    assert "GEP-G003" in {f.code for f in late.faults}, f"{[f.code for f in late.faults]}, {len(late.dues)} dues"
    assert not late.dues, "something was settled by rates that are not in force"
    old, wrong = dt.date(1901, 1, 1), Decimal(7)
    past = [
        dataclasses.replace(r, id=f"{r.id}.old", value=r.value * wrong, valid_from=old, valid_to=old)
        for r in rows
        if r.value is not None
    ]
    assert sums(settled(with_rates(case, [*rows, *past]))) == sums(outcome), "a rate of 1901 was taken"
    return True


def netted(case):
    """A party that pays and receives stands once in the positions, with the difference."""
    outcome = sound(case)
    table, _ = ledger.frame([(case, outcome)])
    if not table["amount"].notna().any():
        return False
    positions = ledger.positions(table)
    assert not positions.duplicated(["period", "party"]).any()
    both = False
    for row in positions.itertuples():
        paid = sum(cents(d.amount) for d in outcome.dues if d.amount is not None and d.payer == row.party)
        got = sum(cents(d.amount) for d in outcome.dues if d.amount is not None and d.payee == row.party)
        assert cents(Decimal(str(row.net))) == got - paid, f"{row.party}: {row.net} is not {got} − {paid}"
        both |= bool(paid and got)
    return both


def zero_sum(case):
    """What the parties net adds up to zero without the treasury: it gives and keeps nothing."""
    outcome = sound(case)
    known = [d for d in outcome.dues if d.amount is not None]
    net = sum(
        (cents(d.amount) * ((d.payee == TREASURY) - (d.payer == TREASURY)) for d in known),
        Decimal(0),
    )
    assert net == 0, f"the treasury nets {net}"
    return any(d.amount for d in known)


GENERIC = {f.__name__: f for f in (balanced, monotone, missing_month, suspended, dated, netted, zero_sum)}


# --- the declaration


def declared(rule, rates):
    """What is wrong with the words of a rule: a list, empty where it is whole. `rates`: all packaged rows."""
    from gep import units

    wrong = []
    words = [("rule", rule), *((f"table {t.role}", t) for t in rule.tables), *(
        (f"rate {t.symbol}", t) for t in rule.terms), *((f"option {o.id}", o) for o in rule.options)]  # fmt: skip
    for what, item in words:
        wrong += [f"{what}: no Chinese in {item.zh!r}"] if not re.search("[\u4e00-\u9fff]", item.zh) else []
        wrong += [f"{what}: no English"] if not item.en.strip() else []
    wrong += [f"no {name}" for name in ("formula", "source", "clause") if not getattr(rule, name).strip()]
    wrong += ["formula of several lines"] if "\n" in rule.formula else []
    wrong += ["note in one language"] if bool(rule.note_zh) != bool(rule.note_en) else []
    wrong += ["id is not snake_case"] if not re.fullmatch(r"[a-z][a-z0-9_]*", rule.id) else []
    for kind, ids in (("tables", [t.role for t in rule.tables]), ("rates", [t.symbol for t in rule.terms]),
                      ("options", [o.id for o in rule.options])):  # fmt: skip
        wrong += [f"two {kind} of one name"] if len(set(ids)) != len(ids) else []
    for option in rule.options:
        if option.values and option.default and option.default not in option.values:
            wrong.append(f"option {option.id}: default {option.default} is not among its values")
    for term in rule.terms:
        rows = [r for r in rates if r.symbol == term.symbol]
        if rows and not any(_converts(units, r.unit, term.unit) for r in rows):
            wrong.append(f"rate {term.symbol}: no row converts to {term.unit}")
        own = " ".join((term.zh, rule.note_zh, term.keyed))
        if not rows and not re.search("协议|本县|县里|县级|自定|约定|给出|省定", own):
            wrong.append(f"rate {term.symbol}: no row, and its words do not say that the parties or the county set it")
    for role, column, sign, subject in rule.worse:
        columns = next((t.expected.columns for t in rule.tables if t.role == role), {})
        wrong += [f"worse: {role} has no {c}" for c in (column, subject) if c not in columns]
        wrong += ["worse: the sign is +1 or -1"] if sign not in (1, -1) else []
    return wrong


def _converts(units, have, want):
    try:
        return bool(units.factor(have, want))
    except ValueError:
        return False
