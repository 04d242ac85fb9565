"""The accounts of stocks, made of what the path has left: transitions, totals, ledger, and the records of departments.

extent → condition → supply and use → asset value → balance sheet (records first, remote sensing beside them) → value,
liabilities, term. Everything becomes entries (`gep.entries`) under forms; what has another shape is a table of its own.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gep import entries, gates
from gep.accounts import asset_value, confusion, extent, quality, supply_use
from gep.accounts.condition import condition_account
from gep.accounts.indicators import completeness
from gep.accounts.totals import Totals
from gep.accounts.transitions import Transitions
from gep.balance import gep_change, grading, liabilities, net_assets, term, valued, water
from gep.balance.complete import added, complete
from gep.balance.complete import completeness as lacking
from gep.balance.gates import gates as balance_gates
from gep.balance.gates import revisions, unit_volume_limits
from gep.balance.ground import Ground, at
from gep.balance.land import difference, land_from_pixels, remote_form
from gep.balance.opening import fill_opening
from gep.balance.sections import section_entries
from gep.balance.sections import transitions as section_moves
from gep.errors import Fault, GepError, fault
from gep.forms import Form
from gep.stock_inputs import LAND, SECTIONS, WATER, Inputs, interval, recorded
from gep.study import Study
from gep.tools import Tools
from gep.views import OfStocks

if TYPE_CHECKING:
    import pandas as pd

REMOTE = "land_remote"  # the land table from pixels: a form beside that of the records, never mixed with it


@dataclass
class Balances(OfStocks):
    """All entries with the forms they are written by (in the order of the sheets), and tables of another shape."""

    forms: dict[str, Form] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    parts: list[tuple[str, pd.DataFrame]] = field(default_factory=list)  # form id, entries

    @functools.cached_property
    def entries(self) -> pd.DataFrame:
        """All entries, once everything is added."""
        return entries.concat(made for _, made in self.parts)

    def add(self, form: Form, made: pd.DataFrame, checks: Sequence[Mapping[str, Any]] = ()) -> None:
        """Entries of a form, and the checks they were held against."""
        if len(made):
            self.forms[form.form] = form
            self.parts.append((form.form, made))
        self.checks += map(dict, checks)

    def take(self, other: Balances) -> None:
        """What others tell: tables, checks, faults."""
        self.tables |= other.tables
        self.checks += other.checks
        self.faults += other.faults

    def table(self, name: str, made: pd.DataFrame | None) -> None:
        """A table of another shape, where there is one."""
        if made is not None and len(made):
            self.tables[name] = made


@dataclass(frozen=True)
class Made:
    """What the path leaves for these accounts. `landscapes`: by period (gep.zonal.landscape); `best`: F_max."""

    ledger: pd.DataFrame
    totals: Mapping[int, Totals]
    chain: Sequence[Transitions] = ()
    landscapes: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    best: quality.Maxima | None = None
    grounds: Mapping[int, Ground] = field(default_factory=dict)  # by date; unknown (a run that is reread): empty


def balances(study: Study, inputs: Inputs, made: Made, tools: Tools, names: Mapping[str, str]) -> Balances:
    """All accounts of stocks that a study asks for. `names`: {zone id: zone name}, in the order of the sheets.

    Raises GepError for a form that does not fit its account; what merely lacks is said and not computed.
    """
    out, told = Balances(), Balances()
    stock: dict[str, Form] = {}
    held = entries.frame([])
    if study.balance_sheet is not None:
        stock, held = _books(study, inputs, made, tools, names, told)
    if made.chain and inputs.rules is not None:
        _extent(inputs, made, held, names, out)
    if study.condition is not None:
        _condition(study, inputs, made, names, out)
    _services(study, inputs, made, out)
    if study.balance_sheet is not None:
        out.take(told)
        _sheet(study, inputs, made, stock, held, names, out)
    out.faults = list(dict.fromkeys([*out.faults, *gates.faults(out.checks, out.forms)]))
    return out


def _extent(inputs: Inputs, made: Made, held: pd.DataFrame, names: Mapping[str, str], out: Balances) -> None:
    """Extent by type, the matrix behind it, corrected areas beside it, and the land table as pixels see it.

    `held`: the books, beside whose land table that of the pixels stands.
    """
    assert inputs.rules is not None
    dates = "、".join(str(d) for d in dict.fromkeys(d for t in made.chain for d in (t.open, t.close)))
    form = inputs.forms["extent"]
    found, checks, faults = extent.extent_account(made.chain, inputs.rules, form, names, dates)
    out.add(form, found, checks)
    out.faults += faults
    out.table("transitions", extent.matrix(made.chain, inputs.rules, names))
    out.table("extent_dynamics", extent.dynamics(made.chain, inputs.rules, names))
    if inputs.matrices:
        out.table("extent_corrected", confusion.corrected(confusion.areas_of(made.chain), inputs.matrices))
    land = inputs.forms[LAND]
    remote = land_from_pixels(made.chain, inputs.rules, land, names, dates)
    if len(entries.pick(held, form=LAND)):
        out.table("land_difference", difference(held, remote, land))
    out.add(remote_form(land, REMOTE), remote.assign(form=REMOTE))


def _condition(study: Study, inputs: Inputs, made: Made, names: Mapping[str, str], out: Balances) -> None:
    account = condition_account(made.totals, study, names, landscapes=made.landscapes)
    index, areas, checks, faults = quality.quality_account(made.totals, study, names, made.best)
    out.table("condition", account.table)
    if made.landscapes:
        parts = [t.assign(period=p) for p, t in made.landscapes.items()]
        out.table("landscape", _stacked(parts))
    out.table("quality_index", index)
    out.table("quality_grades", areas)
    out.checks += [*account.checks, *checks]
    out.faults += [*account.faults, *faults]
    if len(areas):
        form = inputs.forms["ecological_asset"]
        leaves, faults = quality.asset_entries(form, made.totals, names)
        found = complete(form, leaves, names)
        out.faults += faults
        for pair in _intervals(found):
            out.checks += balance_gates({form.form: form}, _of(found, pair))
        out.add(form, found)


def _services(study: Study, inputs: Inputs, made: Made, out: Balances) -> None:
    """Supply and use of every period; where the study says rate and horizon, the services as an asset."""
    whole = completeness(study, made.ledger).complete
    try:
        used = supply_use.account(made.ledger, inputs.forms["supply_use"], inputs.users, complete=whole)
    except GepError as error:  # a service of the county's own without users: the accounts before it stand
        out.faults += [replace(f, severity="warning") for f in error.faults]
    else:
        for id, form in used.forms.items():
            out.add(form, entries.pick(used.entries, form=id))
        out.checks += used.checks
        out.faults += used.faults
    if study.asset_value is None:
        return
    form = inputs.forms["asset_value"]
    areas = asset_value.areas_of(made.totals)
    worth = asset_value.account(made.ledger, form, study.asset_value, areas, made.chain)
    out.add(form, worth.entries, worth.checks)
    out.faults += worth.faults


def _sheet(
    study: Study, inputs: Inputs, made: Made, stock: Mapping[str, Form], held: pd.DataFrame, names: Mapping[str, str],
    out: Balances,
) -> None:  # fmt: skip
    """The balance sheet, interval by interval, of the books `held`: stocks, then value and debt, then the term."""
    for id, form in stock.items():
        out.add(form, entries.pick(held, form=id))
    out.table("asset_grade", graded := grading.asset_grade(stock, held, inputs.grades))
    out.table("asset_price", grading.asset_price(stock, inputs.prices, graded))
    _worth(study, inputs, made, held, stock, names, out)
    _term(study, inputs, held, stock, out)


def foreseen(study: Study, inputs: Inputs, tools: Tools, names: Mapping[str, str]) -> list[Fault]:
    """What the records alone tell before the pass: what they lack, and identities that do not hold (G1 – G7).

    The same faults as after the pass, so that none is told twice.
    """
    out = Balances()
    if study.balance_sheet is not None:
        stock, everything = _books(study, inputs, None, tools, names, out)
        _term(study, inputs, everything, stock, out)
        owed = [_debts(study, inputs, names, period) for period in study.periods]
        # what a convention lacks may yet be made up for by the ledger (−ΔGEP)
        out.faults += [f for one in owed for f in one.faults if f.severity == "error"]
        out.faults += liabilities.chained([one.detail for one in owed])
    return list(dict.fromkeys([*out.faults, *gates.faults(out.checks, inputs.forms)]))


def _books(
    study: Study, inputs: Inputs, made: Made | None, tools: Tools, names: Mapping[str, str], out: Balances
) -> tuple[dict[str, Form], pd.DataFrame]:
    """The forms of the records and their completed entries; what lacks and what does not hold goes to `out`."""
    assert study.balance_sheet is not None
    stock = {id: inputs.forms[id] for id in recorded(study, inputs.forms)}
    before, moves, revised, gaps, done = inputs.last, [], [], [], []
    for period in sorted(study.periods):  # each opens with what the one before closed with
        pair = interval(study, period)
        leaves = [inputs.records.get(period, entries.frame([]))]
        if sections := inputs.sections.get(period):
            file = _file_of(study, inputs, period)
            leaves.append(section_entries(_section_form(study, inputs), sections, pair, names, file))
            moves.append(section_moves(sections).assign(open=pair[0], close=pair[1]))
        bulletin = None
        if period in inputs.bulletins and WATER in stock:
            bulletin, faults = water.bulletin_entries(inputs.bulletins[period], stock[WATER], pair)
            out.faults += faults
        held = entries.concat(leaves)
        if before is not None:
            held, faults = fill_opening(stock, held, before, pair)
            # years that do not follow on each other (interval: year) are no fault of a file that nobody named
            out.faults += [f for f in faults if inputs.last is not None or f.code != "GEP-Y032"]
        if bulletin is not None:
            held = added(held, bulletin)
        found = entries.concat(complete(form, held, names) for form in stock.values())
        for form in stock.values():
            table, faults = lacking(form, found, names)
            gaps.append(table)
            out.faults += faults
        out.checks += _gates(study, made, tools, period, stock, found, before, names)
        if WATER in stock:
            slack = study.balance_sheet.tolerance.get(WATER, 0.0)
            out.checks += water.water_gates(stock[WATER], found, bulletin, slack)
        revised.append(revisions(stock, found, before))
        done.append(found)
        before = _known(before, found)
    out.table("incomplete", _stacked(gaps))
    out.table("revisions", _stacked(revised))
    out.table("section_transitions", _stacked(moves))
    return stock, entries.concat(done)


def _known(before: pd.DataFrame | None, found: pd.DataFrame) -> pd.DataFrame:
    """What is known of earlier years. A year that last year's file holds as well stands as this run found it."""
    if before is None:
        return found
    both = entries.concat([found[found["value"].notna()], before])
    return both.drop_duplicates([c for c in entries.KEY if c != "open"], ignore_index=True)


def _section_form(study: Study, inputs: Inputs) -> Form:
    assert study.balance_sheet is not None
    tables = study.balance_sheet.records.items()
    return inputs.forms[next(form for t, form in tables if SECTIONS in study.tables[t].columns)]


def _file_of(study: Study, inputs: Inputs, period: int) -> str:
    assert study.balance_sheet is not None
    table = next(t for t in study.balance_sheet.records if SECTIONS in study.tables[t].columns)
    return study.resolve(study.tables[table].path, period).name


def _gates(
    study: Study, made: Made | None, tools: Tools, period: int, forms: Mapping[str, Form],
    found: pd.DataFrame, before: pd.DataFrame | None, names: Mapping[str, str],
) -> list[dict[str, Any]]:  # fmt: skip
    """G1–G8 of one interval. The administrative area is that of the boundaries; without land cover it may be less."""
    assert study.balance_sheet is not None
    try:
        limits = unit_volume_limits(tools.coefficients, study.region, dt.date(period, 12, 31))
    except GepError:
        limits = None
    said = study.balance_sheet.tolerance
    if made is None:
        return balance_gates(forms, found, before, tolerance=said, limits=limits, zones=names)
    closing, opening = (at(date, made.totals, made.grounds) for date in (period, interval(study, period)[0]))
    if opening is None and isinstance(study.zones.path, str) and "{year}" not in study.zones.path:
        opening = closing  # one boundary for all years
    return balance_gates(
        forms, found, before, areas=closing.areas if closing else {}, opening_areas=opening.areas if opening else {},
        nodata=closing.nodata if closing else {}, opening_nodata=opening.nodata if opening else {}, tolerance=said,
        limits=limits, zones=names,
    )  # fmt: skip


def _debts(
    study: Study, inputs: Inputs, names: Mapping[str, str], period: int,
    change: gep_change.Changes = ({}, {}),
) -> liabilities.Liabilities:  # fmt: skip
    assert study.balance_sheet is not None
    chosen = [("L0", ""), *((c.convention, c.reason) for c in study.balance_sheet.liabilities)]
    pair = interval(study, period)
    return liabilities.liabilities(inputs.forms, chosen, inputs.debts.get(period, {}), names, *pair, *change)


def _falls(study: Study, made: Made, names: Mapping[str, str]) -> gep_change.Changes:
    """The change of GEP at both ends of every interval, where a convention takes its fall (L2)."""
    assert study.balance_sheet is not None
    if all(c.convention != "L2" for c in study.balance_sheet.liabilities):
        return {}, {}
    years = dict.fromkeys(year for period in sorted(study.periods) for year in interval(study, period))
    return gep_change.gep_changes(study, made.ledger, (interval(study, year) for year in years), names)


def _worth(
    study: Study, inputs: Inputs, made: Made, held: pd.DataFrame, stock: Mapping[str, Form], names: Mapping[str, str],
    out: Balances,
) -> None:  # fmt: skip
    """The optional layer: value, liabilities by the conventions chosen (L0 always), net assets."""
    sheet = study.balance_sheet
    assert sheet is not None
    asked, change = [id for id in sheet.valued if id in stock], _falls(study, made, names)
    details, debts, said = [], [], []
    for period in study.periods:
        pair = interval(study, period)
        worth = None
        if asked:
            worth = valued.valued(inputs.forms, held, inputs.prices, asked, *pair, services=_services_worth(out, pair))
            for id, form in worth.forms.items():
                out.add(form, entries.pick(worth.entries, form=id))
            out.checks += worth.checks
            out.faults += worth.faults
            details.append(worth.detail)
        owed = _debts(study, inputs, names, period, change)
        for id in ("liabilities", "footprint"):
            out.add(inputs.forms[id], entries.pick(owed.entries, form=id))
        out.checks += owed.checks
        out.faults += owed.faults
        debts.append(owed.detail)
        said.append(owed.chosen.assign(open=pair[0], close=pair[1]))
        if worth is not None:
            form = inputs.forms["net_assets"]
            net = net_assets.net_assets(form, worth.entries, owed.entries)
            out.add(form, net, net_assets.checks(net, period) if len(net) else ())
        elif sheet.liabilities:
            place = study.place("balance_sheet", "liabilities")
            words = ", ".join(c.convention for c in sheet.liabilities)
            out.faults.append(fault("GEP-H203", file=study.file, place=place, convention=words))
    out.faults += liabilities.chained(debts)
    out.table("valued_detail", _stacked(details))
    out.table("liability_detail", _stacked(debts))
    out.table("liability_conventions", _stacked(said))


def _services_worth(out: Balances, pair: tuple[int, int]) -> pd.DataFrame | None:
    """Present value of the services by township, to stand beside land and timber (never added to them)."""
    form = out.forms.get("asset_value")
    if form is None:
        return None
    top = next(c.id for c in form.columns if c.of and not any(c.id in o.of for o in form.columns))
    worth = entries.concat(made for id, made in out.parts if id == form.form)
    rows = entries.pick(worth, open=pair[0], close=pair[1], column=top)
    if not len(rows):
        return None
    wide = rows.pivot(index=["zone", "zone_name"], columns="row", values="value").reset_index()
    opening, closing = form.the("opening"), form.the("closing")
    if opening not in wide or closing not in wide:
        return None
    graded = rows[rows["row"] == closing].set_index("zone")["confidence"]
    return wide.assign(
        opening=wide[opening], closing=wide[closing], source="asset_value", confidence=wide["zone"].map(graded)
    )[["zone", "zone_name", "opening", "closing", "source", "confidence"]]


def _term(study: Study, inputs: Inputs, held: pd.DataFrame, stock: Mapping[str, Form], out: Balances) -> None:
    """The account of a term of office, and the attainment of its binding targets."""
    said = study.balance_sheet.term if study.balance_sheet is not None else None
    if said is not None:
        for id, form in stock.items():
            if len(entries.pick(held, form=id)):
                account = term.term_account(held, form, said.start, said.end)
                out.add(account.form, account.entries)
                out.faults += [f for f in account.faults if f.code != "GEP-U017"]  # told once
    if inputs.targets is not None:
        end = said.end if said is not None else max(study.periods)
        table, faults = term.binding_targets(inputs.targets, held, stock, end)
        out.table("binding_targets", table)
        out.faults += faults


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
    import pandas as pd

    kept = [p for p in parts if len(p)]
    return pd.concat(kept, ignore_index=True) if kept else None


def _intervals(table: pd.DataFrame) -> list[tuple[int, int]]:
    return sorted({(int(a), int(b)) for a, b in zip(table["open"], table["close"], strict=True)})


def _of(table: pd.DataFrame, pair: tuple[int, int]) -> pd.DataFrame:
    return entries.pick(table, open=pair[0], close=pair[1])
