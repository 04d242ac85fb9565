"""Water by load A = (C − C_target) · Q · p (太湖·镇江), by gap A = Σ (target − C) · price (菏泽), by replacement cost.

1 mg/L × 1 万m³ = 10 kg, so load (t) = C (mg/L) · Q (万m³) / 100. In loads a reading below detection counts as zero.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gep import units
from gep.compensation.ledger import grade
from gep.compensation.nouns import CENT, Case, Due, Outcome, Words, cents, dec, owed, step
from gep.compensation.rows import lacking, party, place, records
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.sharing import split
from gep.compensation.water import p_tables
from gep.compensation.water.means import (
    MISSING_MONTH,
    READ_TERMS,
    decimal_of,
    mean_of,
    months_of,
    short,
    spans,
)
from gep.compensation.water.p_tables import Section
from gep.compensation.water.readings import READINGS, Readings, undetected
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.lineage import Line
from gep.rates import Rate, packaged


def load(c: Any, volume: Any) -> Decimal:
    """Load (t) of a concentration `c` (mg/L) in `volume` (万m³): C · Q / 100."""
    return dec(c) * dec(volume) * _tonnes()


def load_price(c: Any, target: Any, volume: Any, price: Any) -> Decimal:
    """A_f = (C − C_target) · Q · p_f in the money of `price` (per t): above zero the upstream party pays."""
    return load(dec(c) - dec(target), volume) * dec(price)


def gap_price(c: Mapping[str, Any], target: Mapping[str, Any], price: Mapping[str, Any]) -> Decimal:
    """A = Σ (target − C) · price per mg/L, over the determinands that have a price: above zero it is received."""
    return sum(((dec(target[d]) - dec(c[d])) * dec(p) for d, p in price.items()), Decimal(0))


def heze(cod: Any, nh3: Any) -> Decimal:
    """菏泽, 万元 a quarter: (30 − COD) · 2 + (1.5 − NH3-N) · 30, its four numbers from the rate library.

    COD 20 and NH3-N 1.0 give 35; the press that reports the formula prints 45.
    """
    rows = {(r.symbol, r.key): r.value for r in packaged() if r.scheme == "heze"}
    target, price = ({k: v for (s, k), v in rows.items() if s == symbol} for symbol in ("gap_target", "gap_price"))
    return gap_price({"COD": cod, "NH3-N": nh3}, target, price)


def replacement_cost(c: Any, target: Any, volume: Any, factor: Any, exponent: Any) -> Decimal:
    """a · C^b · (C − C_target) · Q / 100: cost of taking the excess out, its unit cost (per t) a power of the influent.

    `factor` a and `exponent` b are fitted on the plants of the region: there is no default. Zero at or below target.
    """
    if dec(c) <= dec(target):
        return Decimal(0)
    return dec(factor) * dec(c) ** dec(exponent) * load(dec(c) - dec(target), volume)


@functools.cache
def _tonnes() -> Decimal:
    return Decimal(f"{units.factor('mg/L*万m³', 't'):.12g}")  # 1/100, without the dust of a float


# --- the rules ------------------------------------------------------------------------------------------------------

TARGETS = Expected(
    {
        "section": Expect("text", required=True, aliases=("断面", "断面编号", "断面名称")),
        "determinand": Expect("text", required=True, aliases=("指标", "监测项目")),
        "value": Expect("text", unit=None, required=True, aliases=("目标值", "考核目标", "目标浓度")),
    },
    key=("section", "determinand"),
    wide="determinand",
)
VOLUMES = Expected(
    {
        "section": Expect("text", required=True, aliases=("断面", "断面编号", "断面名称")),
        "month": Expect(required=True, aliases=("月", "月份")),
        "volume": Expect(unit="万m³", required=True, aliases=("水量", "过境水量", "月水量")),
    },
    key=("section", "month"),
)
MONITORED = Table("readings", "断面监测", "monitoring of the sections", READINGS)
SECTION = Table("sections", "断面与上下游各方", "sections and their parties", p_tables.SECTIONS)
LOADED = (
    MONITORED, SECTION, Table("volumes", "断面月水量", "monthly volume through the section", VOLUMES),
    Table("targets", "断面目标浓度", "target concentrations", TARGETS),
)  # fmt: skip
WORSE = (("readings", "value", 1, "section"),)


@dataclass
class _Work:
    """A case being settled: what was read, what is found."""

    case: Case
    faults: list[Fault] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    missing: dict[Words, None] = field(default_factory=dict)  # the rates that lack, once each
    sections: tuple[Section, ...] = ()
    readings: Readings = field(default_factory=Readings)
    volumes: dict[tuple[str, int], tuple[Decimal, object]] = field(default_factory=dict)
    targets: p_tables.Base = field(default_factory=dict)

    def open(self, loads: bool, *, shared: bool = False) -> _Work:
        """Reads the tables of the case; `shared`: several parties may stand upstream."""
        self.sections = p_tables.register(self.case, self.faults, several=shared)
        self.readings = p_tables.monitored(self.case, "readings", self.sections, self.faults)
        if loads:
            names, table = p_tables.names_of(self.sections), self.case.tables["volumes"]
            file = self.case.file("volumes")
            for row, one in records(table):
                section = p_tables.section_of(one["section"], names, file, row, self.faults)
                if section is None or one["volume"] != one["volume"]:
                    continue
                self.volumes[section, int(one["month"])] = dec(one["volume"]), row
            self.targets = p_tables.levels(self.case, "targets", self.sections, self.faults)
        return self

    def outcome(self, dues: Sequence[Due], name: str) -> Outcome:
        """The outcome: nothing but the faults where one is an error."""
        import pandas as pd

        faults = tuple(dict.fromkeys(self.faults))
        if any(f.severity == "error" for f in faults):
            return Outcome(faults=faults)
        tables = {name: pd.DataFrame(self.rows)} if self.rows else {}
        return Outcome(tuple(dues), tables, faults=faults, missing=tuple(self.missing))

    def look(self, symbol: str, unit: str, span: str, key: str, lacks: list[Words]) -> Rate | None:
        """A rate, or what it lacks."""
        try:
            return self.case.terms.find(symbol, unit, span, key=key)
        except GepError as error:
            self.lack(error, lacks)
            return None

    def lack(self, error: GepError, lacks: list[Words]) -> None:
        """A rate lacks: told where it was asked for, and once for the rule."""
        said = lacking(error, self.faults)
        lacks += said
        self.missing |= dict.fromkeys(said)

    def held(self, section: Section, span: str) -> Due | None:
        """The due of a suspended section, exactly nothing."""
        if not section.suspended:
            return None
        note = Words(f"停考：{section.suspended}", f"suspended: {section.suspended}")
        self.rows.append({"span": span, "section": section.id, "section_name": section.name, "status": "suspended"})
        return self.due(section, span, section.parties["up"], Decimal(0), (), note, status="suspended")

    def due(
        self, section: Section, span: str, unit: str, signed: Decimal | None, lines: Sequence[Line], note: str = "",
        **more: Any,
    ) -> Due:  # fmt: skip
        """What `unit` receives (above zero) from whoever stands opposite; None: missing."""
        other = section.other if section.other != unit else section.parties["up"]
        payer, payee, amount = (other, unit, None) if signed is None else owed(cents(signed), unit, other)
        if signed is None:
            more["status"] = "missing"
        return Due(span, section.id, unit, payer, payee, amount, section.name, confidence=grade(lines), note=note,
                   lines=tuple(lines), **more)  # fmt: skip


def _month(work: _Work, section: Section, span: str, symbols: Mapping[str, str], price: Any) -> tuple[Any, ...]:
    """(amount by determinand, lines, what is lacking) of one section and month; `price(found, C, target, Q)`."""
    case, month = work.case, months_of(span)[0]
    amounts: dict[str, Decimal] = {}
    lines: list[Line] = []
    lacks: list[Words] = []
    volume = work.volumes.get((section.id, month))
    if volume is None:
        lacks.append(Words(f"{month} 月缺水量", f"no volume of month {month}"))
    else:
        lines.append(Line("reading", f"{section.id}/{span}/volume", "volume", float(volume[0]), "万m³",
                          file=case.file("volumes"), note=f"row {volume[1]}"))  # fmt: skip
    for what in case.terms.keys(next(iter(symbols))) or ("",):
        rates = [work.look(symbol, unit, span, what, lacks) for symbol, unit in symbols.items()]
        reading = work.readings.of(section.id, month).get(what)
        target = work.targets.get((section.id, what))
        if target is None or target.value is None:
            lacks.append(Words(f"{section.name} {what} 缺目标浓度", f"{section.name}: no target for {what}"))
        if reading is None:
            lacks.append(Words(f"{what} {month} 月缺测", f"{what}: no reading in month {month}"))
        if lacks or None in rates or volume is None or target is None or target.value is None or reading is None:
            continue
        c, aim = work.readings.counted(reading, "load"), decimal_of(target.value)
        found = [r for r in rates if r is not None]
        amounts[what] = price(c, aim, volume[0], *(r.number for r in found))
        tonnes, shown = load(c, volume[0]), f"{short(c)} mg/L × {short(volume[0])} 万m³"
        lines += [reading.line(span, c), *target.lines, *(r.lineage() for r in found),
                  step(f"{what}.load", f"{what} C · Q", tonnes, "t", shown)]  # fmt: skip
        work.rows.append({"span": span, "section": section.id, "section_name": section.name, "determinand": what,
                          "concentration": float(c), "target": float(aim), "volume_wan_m3": float(volume[0]),
                          "load_t": float(tonnes), "amount": float(cents(amounts[what])), "status": "ok"})  # fmt: skip
    return amounts, lines, list(dict.fromkeys(lacks))


def settle_load_price(case: Case) -> Outcome:
    """A_f month by month, split between the districts upstream by their shares of the load; table `loads`."""
    work = _Work(case).open(loads=True, shared=True)
    dues: list[Due] = []
    for section in work.sections:
        for span in spans(case, "month"):
            if (held := work.held(section, span)) is not None:
                dues.append(held)
                continue
            if (why := work.readings.dry.get((section.id, months_of(span)[0]))) is not None:
                dues.append(work.due(section, span, section.parties["up"], Decimal(0), (), why, status="void"))
                continue
            amounts, lines, lacks = _month(work, section, span, {"load_price": "yuan/t"}, load_price)
            contributors = _contributors(work, section, span, lacks)
            if lacks:
                payers = dict.fromkeys(who for shared in contributors.values() for who, _ in shared)
                dues += (work.due(section, span, who, None, (), Words.joined(*lacks)) for who in payers)
                continue
            for who, each in _parts(amounts, contributors).items():
                total = -sum((a for a, _ in each.values()), Decimal(0))
                shares = [rate.lineage() for _, rate in each.values() if rate is not None]
                text = " + ".join(f"{d} {short(a)}" for d, (a, _) in each.items())
                said = f"{case.parties.name(who)}: {text} = {short(-total)} yuan (> 0: pays)"
                formula = Line("formula", "load_price", "(C − C_target) · Q · p", float(total), "yuan", note=said)
                dues.append(work.due(section, span, who, total, (*lines, *shares, formula)))
    return work.outcome(dues, "loads")


Shared = dict[str, list[tuple[str, Rate | None]]]


def _contributors(work: _Work, section: Section, span: str, lacks: list[Words]) -> Shared:
    """{determinand: who upstream pays, with the share}, the upstream party alone without shares; GEP-G192, G195."""
    terms, parties, alone = work.case.terms, work.case.parties, [(section.parties["up"], None)]
    shared = {r.key for r in terms.rates.rows if r.symbol == "contribution_share" and r.scheme in (*terms.schemes, "")}
    out: Shared = {}
    for what in terms.keys("load_price") or ("",):
        out[what] = list(alone)
        if not shared & {what, ""}:
            continue
        try:
            rates = terms.bands("contribution_share", "1", span, key=what)
        except GepError as error:
            work.lack(error, lacks)
            continue
        found = [party(parties, r.tier, r.file, f"row {r.line}, column tier", work.faults) for r in rates]
        total = sum((r.number for r in rates), Decimal(0))
        if total != 1:
            said = ", ".join(f"{r.tier} {short(r.number)}" for r in rates)
            work.faults.append(fault("GEP-G192", file=rates[0].file, place=what, parts=said, total=total))
        elif None not in found and _named(work, section, list(map(str, found))):
            out[what] = list(zip(map(str, found), rates, strict=True))
    return out


def _named(work: _Work, section: Section, found: Sequence[str]) -> bool:
    """Whether the contributors are those of the register: all upstream ones, besides them province and centre only."""
    others = {section.parties[r] for r in ("province", "central") if r in section.parties} - {section.other}
    if set(section.upstream) <= set(found) <= {*section.upstream, *others}:
        return True
    name, case = work.case.parties.name, work.case
    up, who = ("、".join(map(name, each)) for each in (section.upstream, dict.fromkeys(found)))
    at = place(case.tables["sections"], section.row, "upstream")
    work.faults.append(fault("GEP-G195", file=case.file("sections"), place=at, section=section.name, up=up, who=who))
    return False


def _parts(amounts: Mapping[str, Decimal], contributors: Shared) -> dict[str, dict[str, tuple[Decimal, Rate | None]]]:
    """{party: {determinand: (its part in whole cents, the share)}}: the parts of a determinand add up to its amount."""
    out: dict[str, dict[str, tuple[Decimal, Rate | None]]] = {}
    for what, amount in amounts.items():
        each = contributors[what]
        shares = [Decimal(1) if rate is None else rate.number for _, rate in each]
        for (who, rate), part in zip(each, split(cents(amount), shares, CENT), strict=True):
            out.setdefault(who, {})[what] = part, rate
    return out


def settle_replacement(case: Case) -> Outcome:
    """What the upstream party pays for taking the excess out, month by month; table `replacement_costs`."""
    work = _Work(case).open(loads=True)
    symbols = {"cost_factor": "yuan/t", "cost_exponent": "1"}
    dues: list[Due] = []
    for section in work.sections:
        up = section.parties["up"]
        for span in spans(case, "month"):
            if (held := work.held(section, span)) is not None:
                dues.append(held)
                continue
            if (why := work.readings.dry.get((section.id, months_of(span)[0]))) is not None:
                dues.append(work.due(section, span, up, Decimal(0), (), why, status="void"))
                continue
            amounts, lines, lacks = _month(work, section, span, symbols, replacement_cost)
            if lacks:
                dues.append(work.due(section, span, up, None, (), Words.joined(*lacks)))
                continue
            total = -sum((cents(a) for a in amounts.values()), Decimal(0))
            text = " + ".join(f"{d} {short(a)}" for d, a in amounts.items()) + f" = {short(-total)} yuan"
            formula = Line(
                "formula", "replacement_cost", "a · C^b · (C − C_target) · Q", float(total), "yuan", note=text
            )
            dues.append(work.due(section, span, up, total, (*lines, formula)))
    return work.outcome(dues, "replacement_costs")


def settle_gap(case: Case) -> Outcome:
    """Σ (target − mean) · price of every section and quarter (or month, year); table `gaps`."""
    work = _Work(case).open(loads=False)
    dues: list[Due] = []
    for section in work.sections:
        for span in spans(case, case.option("span")):
            dues.append(work.held(section, span) or _gap(work, section, span))
    return work.outcome(dues, "gaps")


def _gap(work: _Work, section: Section, span: str) -> Due:
    case, lines, lacks, notes, terms = work.case, [], [], [], []
    total, share = Decimal(0), work.readings.shares.get("mean", Decimal(0))
    for what in case.terms.keys("gap_price") or ("",):
        price = work.look("gap_price", "yuan/(mg/L)", span, what, lacks)
        target = work.look("gap_target", "mg/L", span, what, lacks)
        mean = mean_of(work.readings, section.id, what, months_of(span), case.option("missing_month"))
        notes.append(mean.note(what))
        if mean.value is None:
            lacks.append(mean.note(what) or Words(f"{what} 缺测", f"{what}: no reading"))
        if price is None or target is None or mean.value is None:
            continue
        work.faults += (undetected(r, share, target.number) for r, c in mean.used if r.below and c > target.number)
        c = decimal_of(mean.value)
        amount = gap_price({what: c}, {what: target.number}, {what: price.number})
        total += amount
        terms.append(f"({short(target.number)} − {short(c)}) × {short(price.number)}")
        lines += [*mean.lines(span), step(f"{what}.mean", f"{what} C", c, "mg/L"), target.lineage(), price.lineage()]
        work.rows.append({"span": span, "section": section.id, "section_name": section.name, "determinand": what,
                          "mean": float(c), "target": float(target.number), "amount": float(cents(amount)),
                          "status": "ok"})  # fmt: skip
    if lacks:
        return work.due(section, span, section.parties["up"], None, (), Words.joined(*lacks))
    text = f"{' + '.join(terms)} = {short(total)} yuan"
    formula = Line("formula", "gap_price", "Σ (target − C) · price", float(total), "yuan", note=text)
    note = Words.joined(*notes)
    return work.due(section, span, section.parties["up"], total, (*lines, formula), note)


_HOLDS = ("balanced", "monotone", "missing_month", "suspended", "dated")
RULES = (
    Rule(
        id="load_price", zh="通量乘单价补偿", en="Load times price", group="water",
        formula="A_f = (C − C_target) · Q · p_f", settle=settle_load_price, holds=(*_HOLDS, "shares"),
        source="ZhenjiangLoad", clause="-", tables=LOADED,
        terms=(
            Term("load_price", "yuan/t", "单价 p_f", "price of a load", "determinand"),
            Term("contribution_share", "1", "上游各方贡献率（tier 为各方），合计为一",
                 "shares of the parties upstream (tier: the party), adding up to one", "determinand"),
            *READ_TERMS,
        ),
        worse=WORSE, note_zh="通量中低于检出限按零计", note_en="in loads a reading below detection counts as zero",
    ),
    Rule(
        id="gap_price", zh="浓度差乘单价补偿", en="Gap times price", group="water",
        formula="A = Σ (target − C) · price", settle=settle_gap, holds=_HOLDS, source="Heze",
        clause="-", tables=(MONITORED, SECTION),
        terms=(
            Term("gap_target", "mg/L", "目标浓度", "target concentration", "determinand"),
            Term("gap_price", "yuan/(mg/L)", "每毫克每升单价", "price of a mg/L", "determinand"),
            *READ_TERMS,
        ),
        options=(
            Option("span", "结算时段：month、quarter、year", "settled by month, quarter or year",
                   ("month", "quarter", "year"), "quarter"),
            MISSING_MONTH,
        ),
        worse=WORSE,
    ),
    Rule(
        id="replacement_cost", zh="重置成本补偿", en="Replacement cost", group="water",
        formula="a · C^b · (C − C_target) · Q", settle=settle_replacement, holds=_HOLDS, source="GengXY2018",
        clause="单位治理成本", tables=LOADED,
        terms=(
            Term("cost_factor", "yuan/t", "单位治理成本函数的系数 a", "factor a of the unit cost", "determinand"),
            Term("cost_exponent", "1", "单位治理成本函数的指数 b", "exponent b of the unit cost", "determinand"),
            *READ_TERMS,
        ),
        worse=WORSE, note_zh="系数由当地处理厂拟合, 没有默认值", note_en="a and b are fitted locally: no default",
    ),
)  # fmt: skip
