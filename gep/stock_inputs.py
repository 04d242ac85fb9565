"""What the accounts of stocks are made of, read and checked before the long work starts: forms, records, prices.

Nothing is raised: all faults of all files come back together, and `gep.check` tells them with those of the layers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gep import entries
from gep.accounts import extent, extent_cells
from gep.accounts.attribution import Rules, load_rules
from gep.accounts.confusion import Confusion, confusions, unsampled
from gep.accounts.economic_users import Users, default_users, users_of
from gep.balance import grading, liabilities, opening, prices, term, valued
from gep.balance.land import SIDES
from gep.balance.records import merged, read_records
from gep.balance.sections import Section, read_sections
from gep.dates import dates_of
from gep.errors import Fault, GepError, fault
from gep.forms import Form, forms_of, shipped
from gep.intake.monitoring import read_table
from gep.report import filled
from gep.study import Study
from gep.study_checks import did_you_mean
from gep.tools import Tools

if TYPE_CHECKING:
    import pandas as pd

LAND, WATER, SECTIONS = "land", "water", "section"  # two forms that other accounts meet; a column only T6 records have
BULLETIN = "water_bulletin"
MADE = ("valued", "liabilities", "net_assets", "footprint")  # forms that are made here, never recorded


@dataclass(frozen=True)
class Inputs:
    """Everything read, by accounting year where it differs. `records`: entries as recorded, all forms together."""

    forms: Mapping[str, Form]
    rules: Rules | None = None
    matrices: Mapping[int, Confusion] = field(default_factory=dict)
    users: Mapping[int, Users] = field(default_factory=dict)
    records: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    sections: Mapping[int, Sequence[Section]] = field(default_factory=dict)
    bulletins: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    prices: tuple[prices.AssetPrice, ...] = ()
    debts: Mapping[int, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    targets: pd.DataFrame | None = None
    grades: pd.DataFrame | None = None
    last: pd.DataFrame | None = None


def interval(study: Study, period: int) -> tuple[int, int]:
    """The years (opening, closing) of a period's balance sheet.

    It opens with the latest of all earlier dates of land cover and earlier periods, so that no interval spans another;
    with the year before where there is none, or where the study keeps books of single years.
    """
    sheet = study.balance_sheet
    earlier = [d for d in (*dates_of(study), *study.periods) if d < period]
    if not earlier or (sheet is not None and sheet.interval == "year"):
        return period - 1, period
    return max(earlier), period


def read_inputs(
    study: Study, names: Mapping[str, str], tools: Tools, mapped: Mapping[int, Mapping[str, float]] | None = None
) -> tuple[Inputs, list[Fault]]:
    """Read them all; `names`: {zone id: zone name}. Every file that is read gets its digest.

    `mapped`: date → type → ha of the land covers that will be compared, what the forms of land have to hold.
    """
    found: list[Fault] = []
    sheet = study.balance_sheet
    forms, said = _forms(study, tools)
    found += said
    rules, said = _rules(study, forms, tools)
    found += said
    matrices, said = _matrices(study, tools)
    found += said
    found += _unfit(forms, rules, matrices, mapped or {})
    users: dict[int, Users] = {}
    for period in study.periods:
        try:
            users[period] = users_of(study, period)
        except GepError as error:
            found += error.faults
            users[period] = default_users()
    _digest(study, tools)
    if sheet is None:
        return Inputs(forms, rules, matrices, users), list(dict.fromkeys(found))
    found += _unknown(study, forms)
    records, sections = {}, {}
    for period in study.periods:
        records[period], sections[period], said = _records(study, period, forms, names)
        found += said
    bulletins = _bulletins(study, found) if BULLETIN in study.tables else {}
    known, said = prices.read(study, forms, names, _years(study)) if _listed(study, sheet.prices, "prices", found) \
        else ((), [])  # fmt: skip
    found += [*said, *valued.foreseen(forms, known, sheet.valued), *_term(study)]
    debts = {}
    for period in study.periods:
        debts[period], said = liabilities.read(study, names, *interval(study, period))
        found += said
    targets = grades = last = None
    if "binding_targets" in study.tables:
        targets, said = term.read_targets(study, names)
        found += said
    if "asset_grades" in study.tables:
        grades, said = grading.read_grades(study, names, _years(study))
        found += said
    if sheet.opening is not None:
        last, said = _last(study, forms, names)
        found += said
    made = Inputs(forms, rules, matrices, users, records, sections, bulletins, known, debts, targets, grades, last)
    return made, list(dict.fromkeys(found))


def _no_form(study: Study, place: str, id: str, forms: Mapping[str, Form]) -> Fault:
    zh, en = did_you_mean(id, list(forms))
    near = {"near_zh": zh.strip(), "near_en": en.strip()}
    return fault("GEP-H201", file=study.file, place=place, form=id, known=", ".join(forms), **near)  # type: ignore[arg-type]


def recorded(study: Study, forms: Mapping[str, Form]) -> list[str]:
    """The forms of stocks that a study keeps records of, in their order: no others, whatever a file holds."""
    assert study.balance_sheet is not None
    said = {*study.balance_sheet.records.values(), *([WATER] if BULLETIN in study.tables else [])}
    return [id for id, form in forms.items() if id in said and form.kind == "stock" and id not in MADE]


def _unknown(study: Study, forms: Mapping[str, Form]) -> list[Fault]:
    """Forms that `valued` or `tolerance` name and that do not exist (GEP-H201) or have no records (GEP-H204)."""
    sheet = study.balance_sheet
    assert sheet is not None
    found = [
        _no_form(study, study.place("balance_sheet", key), id, forms)
        for key, ids in (("valued", sheet.valued), ("tolerance", sheet.tolerance))
        for id in ids
        if id not in forms
    ]
    have = recorded(study, forms)
    for id in sheet.valued:
        if id in forms and id not in have:
            place, known = study.place("balance_sheet", "valued"), ", ".join(have) or "—"
            found.append(fault("GEP-H204", file=study.file, place=place, form=id, known=known))
    return found


def _years(study: Study) -> list[int]:
    return sorted({year for period in study.periods for year in interval(study, period)})


def _forms(study: Study, tools: Tools) -> tuple[dict[str, Form], list[Fault]]:
    own = study.balance_sheet.forms if study.balance_sheet is not None else {}
    try:
        forms = forms_of(own, study.folder)
    except GepError as error:
        return dict(shipped()), list(error.faults)
    for name in own.values():
        tools.digests.of(study.folder / name)
    return forms, []


def _rules(study: Study, forms: Mapping[str, Form], tools: Tools) -> tuple[Rules | None, list[Fault]]:
    own = study.extent.rules if study.extent is not None else None
    try:
        rules = load_rules(study.folder / own if own else None, forms[LAND], own or "")
    except GepError as error:
        return None, list(error.faults)
    if own:
        tools.digests.of(study.folder / own)
    return rules, []


def _unfit(
    forms: Mapping[str, Form], rules: Rules | None, matrices: Mapping[int, Confusion],
    mapped: Mapping[int, Mapping[str, float]],
) -> list[Fault]:  # fmt: skip
    """Forms and matrices that will not fit: GEP-X110…X113, X115; X133 as a warning, for maps reach past the county."""
    if not mapped or rules is None:
        return []
    types = tuple(dict.fromkeys(code for held in mapped.values() for code in held))
    found = extent.form_faults(forms["extent"], rules, types)
    found += extent_cells.form_faults(forms[LAND], rules, types, SIDES)
    return [*found, *(replace(f, severity="warning") for f in unsampled(mapped, matrices))]


def _matrices(study: Study, tools: Tools) -> tuple[dict[int, Confusion], list[Fault]]:
    pattern = study.extent.confusion if study.extent is not None else None
    if pattern is None:
        return {}, []
    try:
        matrices = confusions(pattern, study.folder, dates_of(study))
    except GepError as error:
        return {}, list(error.faults)
    for date in matrices:
        tools.digests.of(study.resolve(pattern, date))
    return matrices, []


def _listed(study: Study, tables: Iterable[str], key: str, found: list[Fault]) -> bool:
    """Whether all tables that a list names are there (GEP-H202)."""
    lost = [name for name in tables if name not in study.tables]
    for name in lost:
        known = ", ".join(study.tables) or "—"
        found.append(
            fault("GEP-H202", file=study.file, place=study.place("balance_sheet", key), table=name, known=known)
        )
    return not lost


def _records(
    study: Study, period: int, forms: Mapping[str, Form], names: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Section], list[Fault]]:
    """The recorded entries of a period and its river sections, from all tables the study names for a form."""
    assert study.balance_sheet is not None
    parts, sections = [], []
    found: list[Fault] = []
    for table, id in study.balance_sheet.records.items():
        place = study.place("balance_sheet", "records", table)
        if id not in forms:
            found.append(_no_form(study, place, id, forms))
        elif table == BULLETIN and id == WATER:
            continue  # it stands beside the records, with the rows it has (gep.balance.water)
        elif _listed(study, [table], "records", found):
            if SECTIONS in study.tables[table].columns:
                some, said = read_sections(study, table, period, names)
                sections += some
            else:
                part, said = read_records(study, table, forms[id], period, interval(study, period), names)
                parts.append(part)
            found += said
    table_, said = merged(parts) if parts else (entries.frame([]), [])
    return table_, sections, [*found, *said]


def _bulletins(study: Study, found: list[Fault]) -> dict[int, pd.DataFrame]:
    out = {}
    for period in study.periods:
        try:
            out[period] = read_table(study.tables[BULLETIN], period, study, BULLETIN)
        except GepError as error:
            found += error.faults
    return out


def _term(study: Study) -> list[Fault]:
    """GEP-U017 where the intervals of the periods do not lead from the start of the term to its end."""
    said = study.balance_sheet.term if study.balance_sheet is not None else None
    pairs = sorted(interval(study, p) for p in study.periods)
    if said is None or term.chain([p for p in pairs if said.start <= p[0] and p[1] <= said.end], said.start, said.end):
        return []
    have = "、".join(f"{o}–{c}" for o, c in pairs)
    place, (start, end) = study.place("balance_sheet", "term"), (said.start, said.end)
    return [fault("GEP-U017", file=study.file, place=place, form="balance_sheet", start=start, end=end, have=have)]


def _last(study: Study, forms: Mapping[str, Form], names: Mapping[str, str]) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Entries of last year: a results folder, or a filled workbook."""
    assert study.balance_sheet is not None
    assert study.balance_sheet.opening is not None
    path = study.resolve(study.balance_sheet.opening, min(study.periods))
    if Path(path).suffix.lower() == ".xlsx":
        return filled.read(path, forms, names)
    try:
        return opening.from_results(Path(path)), []
    except GepError as error:
        return None, list(error.faults)


def _digest(study: Study, tools: Tools) -> None:
    """Digests of the tables in the years they are read for, of reference levels, and of last year's books."""
    sheet, paths = study.balance_sheet, []
    years: dict[str, Iterable[int]] = {"service_users": study.periods}
    if sheet is not None:
        spans = [interval(study, period) for period in study.periods]
        years |= dict.fromkeys((*sheet.records, BULLETIN, "binding_targets"), study.periods)
        years |= dict.fromkeys((*sheet.prices, "asset_grades"), _years(study))
        years |= dict.fromkeys(liabilities.TABLES, sorted({y for a, b in spans for y in range(a, b + 1)}))
    for name in sorted(set(years) & set(study.tables)):
        for year in years[name]:
            with contextlib.suppress(KeyError):  # a year that no path is given for
                paths.append(study.resolve(study.tables[name].path, year))
    if study.condition is not None and study.condition.references is not None:
        paths.append(study.resolve(study.condition.references))
    if sheet is not None and sheet.opening is not None:
        last = study.resolve(sheet.opening, min(study.periods))
        paths.append(last if last.suffix.lower() == ".xlsx" else last / opening.FILE)
    for path in paths:
        if path.is_file():
            tools.digests.of(path)
