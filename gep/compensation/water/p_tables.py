"""Tables and terms of the P index: register of sections, readings, bases, growth of the pool."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gep.compensation.nouns import NO_WORDS, TREASURY, Case, Words, dec
from gep.compensation.rows import lacking, party, place, records
from gep.compensation.rule import Table
from gep.compensation.water import readings as monitoring
from gep.compensation.water.means import held_back, mean_of
from gep.compensation.water.readings import READINGS, YEAR_MONTHS, Readings, determinand, written
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR as YEAR_COLUMN
from gep.intake.expect import Expect, Expected
from gep.intake.values import NotANumber, key
from gep.lineage import Line
from gep.rates import Rate
from gep.study_checks import did_you_mean

_LISTED = re.compile(r"[、，,;；]")
ROLES = {"up": "upstream", "down": "downstream", "province": "province", "central": "central"}  # role: column
SECTIONS = Expected(
    {
        "section": Expect("text", required=True, aliases=("断面", "断面编号", "断面代码")),
        "name": Expect("text", aliases=("断面名称",)),
        "upstream": Expect("text", required=True, aliases=("上游", "上游地区", "上游一方")),
        "downstream": Expect("text", aliases=("下游", "下游地区", "下游一方")),
        "province": Expect("text", aliases=("省级", "省")),
        "central": Expect("text", aliases=("中央",)),
        "suspended": Expect("text", aliases=("停考", "停考原因")),
    },
    key=("section",),
)
_BASE = {c: e for c, e in READINGS.columns.items() if c not in ("year", "date", "name", "month")}
BASE = Expected(
    {
        **_BASE,
        "base_year": Expect(aliases=("基准年", *YEAR_COLUMN.aliases)),
        "month": Expect(negative=True, aliases=("月",)),
    },
    key=("section", "determinand"),
    unique=False,
    wide="determinand",
)
GROWTH = Expected(
    {
        "growth_year": Expect(required=True, aliases=("年", "年份", "年度")),
        "party": Expect("text", required=True, aliases=("地区", "省份", "各方")),
        "rate": Expect(unit="1", required=True, negative=True, aliases=("增长率", "GDP增速", "增速")),
        "weight": Expect(unit=None, aliases=("权重", "GDP")),
    },
    key=("growth_year", "party"),
)
TABLES = (
    Table("readings", "断面监测", "monitoring of the sections", READINGS),
    Table("sections", "断面与上下游各方", "sections and their parties", SECTIONS),
    Table("base", "基准值或基准年监测（base: previous_year 取上年各行）",
          "bases, or readings of the base years (base: previous_year takes the rows of the year before)", BASE),
    Table("growth", "资金池增长率", "growth rates for the pool", GROWTH, required=False),
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A border section and its parties by role (up, down, province, central, treasury). `suspended`: why, or "".

    `upstream`: all parties of the upstream side, `parties["up"]` first; several only where the rule shares among them.
    """

    id: str
    name: str
    parties: Mapping[str, str]
    other: str  # who stands opposite: the downstream party, else the treasury, else the province
    suspended: str
    row: int
    upstream: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """The base of a section and determinand, what it was made of, what must be known of it."""

    value: Fraction | None
    lines: tuple[Line, ...] = ()
    note: Words = NO_WORDS


Base = Mapping[tuple[str, str], Held]


def register(case: Case, faults: list[Fault], *, several: bool = False) -> tuple[Section, ...]:
    """The sections with their parties; GEP-G181: nobody upstream, G182: nobody on the other side.

    `several`: the upstream side may name several parties ("丹阳、丹徒").
    """
    table = case.tables["sections"]
    file, out = case.file("sections"), []
    for row, one in records(table):
        parties = {"treasury": TREASURY} if TREASURY in case.parties.all else {}
        upstream: list[str] = []
        for role, column in ROLES.items():
            word = one.get(column)
            if not isinstance(word, str) or not word:
                continue
            many = several and role == "up" and case.parties.find(word) is None
            for each in filter(None, map(str.strip, _LISTED.split(word) if many else [word])):
                found = party(case.parties, each, file, place(table, row, column), faults)
                if found is not None:
                    parties.setdefault(role, found)
                    upstream += [found] if role == "up" and found not in upstream else []
        id = str(one["section"])
        if not isinstance(one.get("upstream"), str) or not one["upstream"]:
            faults.append(fault("GEP-G181", file=file, place=place(table, row, "upstream"), section=id))
        if "up" not in parties:
            continue
        others = [parties[r] for r in ("down", "treasury", "province") if r in parties and parties[r] not in upstream]
        if not others or parties.get("down") in upstream:
            who = "、".join(map(case.parties.name, upstream))
            faults.append(fault("GEP-G182", file=file, place=f"row {row}", section=id, name=who))
            continue
        name = one["name"] if isinstance(one.get("name"), str) else id
        out.append(Section(id, name, parties, others[0], held_back(one.get("suspended")), row,
                           tuple(upstream)))  # fmt: skip
    return tuple(out)


def names_of(sections: Sequence[Section]) -> dict[str, str]:
    """{key of a section's id or name: its id}."""
    return {key(word): s.id for s in sections for word in (s.name, s.id)}


def monitored(case: Case, role: str, sections: Sequence[Any], faults: list[Fault]) -> Readings:
    """The readings of a table of the year, its faults added to `faults`."""
    frame = _bare(case.tables[role], case.file(role))
    made, found = monitoring.read(frame, period=case.period, names=names_of(sections), terms=case.terms)
    faults += found
    return made


def _bare(frame: Any, file: str) -> Any:
    """The table with its file and heads alone: pandas copies all that hangs on a table at every step."""
    out = frame.copy(deep=False)
    out.attrs = {"file": file, "columns": frame.attrs.get("columns", {})}
    return out


def base(case: Case, sections: Sequence[Section], faults: list[Fault]) -> Base:
    """C0 by section and determinand: the mean of the years' means; a row without a year is the base itself.

    `base: previous_year` takes the rows of the year before only. Adds GEP-G184 (a year outside the base period of the
    scheme), G185 (not above zero), G186 (no number) and the faults of the readings to `faults`.
    """
    table = _bare(case.tables["base"], case.file("base"))
    names = names_of(sections)
    years = table["base_year"].tolist() if "base_year" in table else [None] * len(table)
    by_year: dict[int | None, list[int]] = {}
    for n, year in enumerate(years):
        by_year.setdefault(None if year is None or year != year else int(year), []).append(n)
    if case.option("base") == "previous_year":
        by_year = {y: n for y, n in by_year.items() if y == case.period - 1}
    else:
        _within(case, table, by_year, faults)
    found: dict[tuple[str, str], list[Held]] = {}
    for year, places in sorted(by_year.items(), key=lambda item: item[0] or 0):
        part = table.iloc[places]
        monthly = year is not None and "month" in part and part["month"].notna().any()
        made = _monthly(case, part, int(year), names, faults) if monthly else _given(case, part, "base", names, faults)
        for at, held in made:
            found.setdefault(at, []).append(held)
    out = {}
    for (section, what), parts in found.items():
        values = [h.value for h in parts if h.value is not None]
        whole = len(values) == len(parts) or case.option("missing_month") == "exclude"
        mean = sum(values, Fraction(0)) / len(values) if values and whole else None
        if mean is not None and mean <= 0:
            place = f"{section} {what}"
            faults.append(fault("GEP-G185", file=case.file("base"), place=place, section=section, determinand=what))
            continue
        note = Words.joined(*(h.note for h in parts))
        out[section, what] = Held(mean, tuple(line for h in parts for line in h.lines), note)
    return out


def _within(case: Case, table: Any, by_year: Mapping[int | None, list[int]], faults: list[Fault]) -> None:
    """The base years must be those of the scheme, where it says them."""
    try:
        first, last = (
            int(case.terms.find("base_year", "1", str(case.period), tier=t).number) for t in ("first", "last")
        )
    except GepError as error:
        lacking(error, faults)
        return
    for year, places in by_year.items():
        if year is not None and not first <= year <= last:
            row = table.index[places[0]]
            where = place(case.tables["base"], row, "base_year")
            faults.append(fault("GEP-G184", file=case.file("base"), place=where, year=year, first=first, last=last))


def _monthly(
    case: Case, part: Any, year: int, names: Mapping[str, str], faults: list[Fault]
) -> list[tuple[tuple[str, str], Held]]:
    """The means of a base year from its monthly readings."""
    made, found = monitoring.read(part.drop(columns="base_year"), period=year, names=names, terms=case.terms)
    faults += found
    pairs = dict.fromkeys((section, what) for (section, _), each in made.by.items() for what in each)
    how = case.option("missing_month")
    out = []
    for section, what in pairs:
        mean = mean_of(made, section, what, YEAR_MONTHS, how)
        note = mean.note(what)
        said = Words(f"{year} 年：{note.zh}", f"{year}: {note.en}") if note else note
        out.append(((section, what), Held(mean.value, mean.lines(str(year)), said)))
    return out


def section_of(word: object, names: Mapping[str, str], file: str, row: object, faults: list[Fault]) -> str | None:
    """The id of the section a cell names; None, and GEP-G100 in `faults`, where the register has no such one."""
    found = names.get(key(word))
    if found is None:
        zh, en = did_you_mean(word, list(dict.fromkeys(names.values())))
        faults.append(fault("GEP-G100", file=file, place=f"row {row}, column section", word=word, zh=zh, en=en))
    return found


def levels(case: Case, role: str, sections: Sequence[Section], faults: list[Fault]) -> Base:
    """Concentrations that a table says by section and determinand, no months: targets."""
    return dict(_given(case, case.tables[role], role, names_of(sections), faults))


def _given(
    case: Case, part: Any, role: str, names: Mapping[str, str], faults: list[Fault]
) -> list[tuple[tuple[str, str], Held]]:
    """Bases, yearly means of base years, or targets, as the table says them."""
    out, seen, file = [], {}, case.file(role)
    for row, one in records(part):
        section, what = section_of(one["section"], names, file, row, faults), determinand(str(one["determinand"]))
        if what is None:
            zh, en = did_you_mean(one["determinand"], list(monitoring.NAMES))
            words = {"word": one["determinand"], "zh": zh, "en": en}
            faults.append(fault("GEP-G101", file=file, place=place(case.tables[role], row, "determinand"), **words))
        if section is None or what is None or one["value"] is None or one["value"] != one["value"]:
            continue
        try:
            value, below = written(str(one["value"]))
        except NotANumber:
            value, below = None, False
        if value is None or below or value < 0:
            faults.append(fault("GEP-G186", file=file, place=place(case.tables[role], row, "value"), text=one["value"]))
            continue
        if (section, what) in seen:
            both = f"{seen[section, what]}, {row}"
            faults.append(fault("GEP-G189", file=file, place=f"row {row}", rows=both, section=section, what=what))
            continue
        seen[section, what] = row
        year = one.get("base_year")
        when = f"{year:g}" if isinstance(year, float | int) and year == year else role
        line = Line("reading", f"{section}/{when}/{what}", f"{what} {when}", float(value), "mg/L", file=file,
                    note=f"row {row}")  # fmt: skip
        out.append(((section, what), Held(Fraction(value), (line,))))
    return out


def ways(case: Case) -> list[tuple[str, str]]:
    """(key, symbol) of all transfers: of each key those of the first scheme that has it."""
    out: dict[str, list[str]] = {}
    for scheme in (*case.terms.schemes, ""):
        here: dict[str, list[str]] = {}
        for row in case.terms.rates.rows:
            if row.scheme == scheme and row.symbol in ("transfer", "pool_share") and row.key not in out:
                here.setdefault(row.key, []).append(row.symbol)
        out |= here
    return [(key_, symbol) for key_, symbols in out.items() for symbol in dict.fromkeys(symbols)]


def of_pool(share: Rate, pool: tuple[Decimal, str]) -> Rate:
    """A tier that is a share of the pool as money, the pool said in its note."""
    money, text = pool
    note = "; ".join(filter(None, (share.note, f"{share.number:f} × {text}")))
    return replace(share, value=share.number * money, unit="yuan", note=note)


def pool(
    case: Case, span: str, growth: Mapping[int, Decimal], indexed: Callable[..., Decimal]
) -> tuple[Decimal, str]:  # fmt: skip
    """The pool of a year in yuan, and how it came about.

    Raises GepError: GEP-G190 where the pool's first year or a later year's growth is not said.
    """
    rate = case.terms.find("pool", "yuan", span)
    how = case.option("growth")
    if rate.valid_from is None and how not in ("", "none"):
        raise GepError(fault("GEP-G190", file=rate.file, place=f"row {rate.line}", what="pool valid_from", how=how))
    first = case.period if rate.valid_from is None else rate.valid_from.year
    if how == "none" or case.period == first:
        return rate.number, f"{rate.number.normalize():f}"
    years = range(first + 1, case.period + 1)
    if how == "term":
        rates = [case.terms.find("growth", "1", str(year)).number for year in years]
    else:
        if lack := [str(y) for y in years if y not in growth]:
            what = f"growth {', '.join(lack)}"
            raise GepError(fault("GEP-G190", file=case.file("growth"), place="growth_year", what=what, how=how or "-"))
        rates = [growth[year] for year in years]
    made = indexed(rate.number, rates)
    text = f"{rate.number.normalize():f} × {' × '.join(f'(1 + {g.normalize():f})' for g in rates)}"
    return made, text


def growth(case: Case, joined: Callable[..., Decimal], faults: list[Fault]) -> dict[int, Decimal]:
    """The growth rate by which the pool of a year is raised, joined from the parties' rates of the table."""
    how, table = case.option("growth"), case.tables.get("growth")
    if table is None or how not in ("mean", "weighted", "min"):
        return {}
    out = {}
    for year, part in table.groupby("growth_year", sort=True):
        weights = part["weight"].tolist() if "weight" in part else []
        try:
            out[int(year)] = joined(part["rate"].tolist(), how, weights)
        except ValueError as error:
            place = f"row {part.index[0]}"
            faults.append(fault("GEP-G191", file=case.file("growth"), place=place, year=int(year), error=error))
    return {y: dec(g) for y, g in out.items()}
