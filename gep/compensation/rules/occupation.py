"""耕地占用税 (farmland occupation tax): area × the county's rate, once; exempt and reduced uses, refunds, make-up tax.

Source: 耕地占用税法 (2018-12-29, in force 2019-09-01), text read. The rate t is the county's own (its province
decides it): it must lie in the band of the county's farmland per person, and is never taken from the band itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from gep.compensation.nouns import Case, Outcome
from gep.compensation.occupation.charges import Charge, Event, charged, formula, rate_on, told
from gep.compensation.occupation.projects import PROJECTS, USES, Project
from gep.compensation.rule import Rule, Term
from gep.errors import GepError, fault
from gep.lineage import Line
from gep.rates import Rate

ONE, NONE = Decimal(1), Decimal(0)
FACILITY = USES["农业生产设施"][0]


def occupation_tax(area_m2: Decimal, t: Decimal, uplift: Decimal = ONE, share: Decimal = ONE) -> Decimal:
    """tax = area × t × uplift × share, yuan, levied once (耕地占用税法 art. 3).

    area m²; t yuan/m²; uplift: that of permanent basic farmland (art. 6); share: what is left of it where the use is
    exempt (0) or halved (art. 7). 10 000 m² at 30 → 300 000; basic farmland, uplift 1.5 → 450 000.
    """
    return area_m2 * t * uplift * share


def house_areas(
    area: Decimal, standard: Decimal, former: Decimal = NONE, relief: bool = False
) -> tuple[Decimal, Decimal, Decimal]:
    """(exempt, halved, full), m², of a rural house (art. 7 ¶3–4): within the standard it is halved, exempt for the
    families of ¶4 and up to the former homestead of who moved; what goes beyond the standard is taxed in full."""
    within = min(area, standard)
    exempt = within if relief else min(within, former)
    return exempt, within - exempt, area - within


def in_band(t: Decimal, low: Decimal, high: Decimal, raised: Decimal = NONE) -> bool:
    """Whether t lies in its band low … high × (1 + raised), bounds included (art. 4; art. 5: `raised`, where farmland
    per person is below 0.5 mu)."""
    return low <= t <= high * (ONE + raised)


@dataclass(frozen=True)
class Applicable:
    """The county's rate for a class of land on a day, checked, with the lines that show how."""

    t: Decimal
    lines: tuple[Line, ...]


def applicable(case: Case, land: str, day: dt.date) -> Applicable:
    """t of a class of land (art. 12 land: its own where the county told it, else that of cropland), in yuan/m².

    Raises GepError: lacking rates; GEP-G337 outside the band; GEP-G338 below its floor or above that of cropland.
    """
    t = rate_on(case, "farmland_tax", "yuan/m²", day)
    person = rate_on(case, "arable_per_capita", "mu/person", day)
    low, high = (rate_on(case, f"farmland_tax_{side}", "yuan/m²", day, at=person.number) for side in ("min", "max"))
    lines = [person.lineage(), low.lineage(), high.lineage()]
    more = rate_on(case, "farmland_tax_raise", "1", day)
    raised = more.number if more.holds(person.number) else NONE
    if raised:
        lines.append(more.lineage())
    if not in_band(t.number, low.number, high.number, raised):
        words = {"t": t.number, "low": low.number, "high": high.number * (ONE + raised), "person": person.number}
        raise _refuse("GEP-G337", t, **words)
    own = t if land == "cropland" else rate_on(case, "farmland_tax", "yuan/m²", day, key=land)
    if own.key:
        floor = rate_on(case, "farmland_tax_floor", "1", day)
        if not floor.number * t.number <= own.number <= t.number:
            low_, high_ = floor.number * t.number, t.number
            raise _refuse("GEP-G338", own, t=own.number, land=land, low=low_, high=high_)
        lines.append(floor.lineage())
    return Applicable(own.number, (*lines, own.lineage()))


def _refuse(code: str, rate: Rate, **words: object) -> GepError:
    place = f"row {rate.line}" if rate.line else rate.id
    return GepError(fault(code, file=rate.file or rate.scheme, place=place, **words))  # type: ignore[arg-type]


def _events(case: Case, project: Project) -> Iterator[Event]:
    """The tax when the land is taken, its refund when temporary use is reclaimed, the make-up when the use changes."""
    if not project.kind.tax:
        return
    reclaimed, changed = project.days["reclaimed"], project.days["changed"]
    yield Event("占用", "occupation", project.date, lambda: _tax(case, project))
    if reclaimed is not None:
        _check_refund(project)
        yield Event("复垦退税", "refund", reclaimed, lambda: _refund(case, project, reclaimed))
    if changed is not None:
        if not project.new_use:
            raise GepError(fault("GEP-G343", file=project.file, place=project.place("new_use"), project=project.id))
        yield Event("改变用途补缴", "make-up tax", changed, lambda: _make_up(case, project, changed))


def _check_refund(project: Project) -> None:
    if not project.flags["temporary"] or project.days["expires"] is None:
        raise GepError(fault("GEP-G344", file=project.file, place=project.place("reclaimed"), project=project.id))


def _uplift(case: Case, project: Project, day: dt.date) -> tuple[Decimal, tuple[Line, ...]]:
    """That of permanent basic farmland; of cropland the register must say which it is."""
    if project.kind.tax != "cropland":
        return ONE, ()
    if not told(project, "basic_farmland"):
        return ONE, ()
    rate = rate_on(case, "farmland_tax_uplift", "1", day, key="basic_farmland")
    return rate.number, (rate.lineage(),)


def _full(case: Case, project: Project, day: dt.date) -> Charge:
    known = applicable(case, project.kind.tax, day)
    uplift, more = _uplift(case, project, day)
    tax = occupation_tax(project.area, known.t, uplift)
    text = f"{project.area} m² × {known.t} 元/m²{f' × {uplift}' if more else ''} = {tax} 元"
    return Charge(tax, (project.reading(), *known.lines, *more, formula("应纳税额 / tax", text)), "")


def _tax(case: Case, project: Project) -> Charge:
    """The tax of a project by how the law treats its use; an exemption needs its document (GEP-G335)."""
    id, treated = USES[project.use]
    cropland = project.kind.tax == "cropland"
    if treated == "farming" and cropland:
        treated = ""  # art. 12 ¶3 speaks of the other farm land
    elif treated == "works" and not cropland:
        id = FACILITY  # art. 2 speaks of cropland; elsewhere such works serve farming directly
    if treated and not project.exemption:
        place = project.place("exemption")
        raise GepError(fault("GEP-G335", file=project.file, place=place, project=project.id, use=project.use))
    if not treated:
        return _full(case, project, project.date)
    if treated == "fixed":
        rate = rate_on(case, "farmland_tax_fixed", "yuan/m²", project.date, key=id)
        tax = occupation_tax(project.area, rate.number)
        text = f"{project.area} m² × {rate.number} 元/m² = {tax} 元"
        lines = (project.reading(), rate.lineage(), formula("减按 / reduced", text))
        return Charge(tax, lines, _cited(rate, project))
    if treated in ("house", "moved", "relief"):
        return _house(case, project, id, treated)
    rate = rate_on(case, "farmland_tax_share", "1", project.date, key=id)
    tax = project.area * rate.number
    text = f"{project.area} m² × {rate.number} = {tax} 元"
    lines = (project.reading(), rate.lineage(), formula("不征 / not taxed", text))
    return Charge(tax, lines, _cited(rate, project))


def _house(case: Case, project: Project, id: str, treated: str) -> Charge:
    standard, former = project.areas["standard_area"], project.areas["former_area"]
    column = "standard_area" if standard is None else "former_area" if treated == "moved" and former is None else ""
    if column or standard is None:
        place = project.place(column)
        raise GepError(fault("GEP-G339", file=project.file, place=place, project=project.id, column=column))
    spared = former or NONE if treated == "moved" else NONE
    parts = house_areas(project.area, standard, spared, treated == "relief")
    half = rate_on(case, "farmland_tax_share", "1", project.date, key="house")
    free = rate_on(case, "farmland_tax_share", "1", project.date, key=id)
    known = applicable(case, project.kind.tax, project.date)
    uplift, more = _uplift(case, project, project.date)
    shares = (free.number if treated != "house" else NONE, half.number, ONE)
    tax = sum((occupation_tax(a, known.t, uplift, s) for a, s in zip(parts, shares, strict=True)), NONE)
    terms = " + ".join(f"{a} × {s}" for a, s in zip(parts, shares, strict=True) if a)
    text = f"({terms}) m² × {known.t} 元/m²{f' × {uplift}' if more else ''} = {tax} 元"
    cited = dict.fromkeys((free, half))
    lines = (project.reading(), project.reading(standard, "规定标准 / standard"),
             *((project.reading(former, "原宅基地 / former homestead"),) if spared and former else ()),
             *known.lines, *more, *(r.lineage() for r in cited), formula("应纳税额 / tax", text))  # fmt: skip
    return Charge(tax, lines, _cited(free, project))


def _cited(rate: Rate, project: Project) -> str:
    return f"{rate.document} {rate.article}；{project.exemption}".rstrip("；")


def _refund(case: Case, project: Project, day: dt.date) -> Charge:
    """The whole of what was paid, where the land was reclaimed within a year of expiry; later, nothing (art. 11)."""
    window = rate_on(case, "reclaim_window", "a", day)
    expires = project.days["expires"]
    assert expires is not None
    paid = _tax(case, project)
    last = _years_on(expires, int(window.number))
    in_time = day <= last
    said = f"期满 {expires}，{last} 前复垦；验收 {day}"
    back = paid.amount if in_time else NONE
    lines = (*_steps(paid), window.lineage(), formula("退还 / refund", f"{said}：{back} 元"))
    late = "" if in_time else "；逾期不退 / too late: nothing"
    return Charge(back, lines, f"{window.document} {window.article}；{said}{late}", back=True)


def _steps(charge: Charge) -> Iterator[Line]:
    """The lines of a charge that another one rests on: its formula is a step now."""
    for line in charge.lines:
        yield replace(line, kind="step") if line.kind == "formula" else line


def _years_on(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 3, 1)


def _make_up(case: Case, project: Project, day: dt.date) -> Charge:
    """What the full rate of the day asks above what was paid, once a use of art. 7 ¶1–2 ends (art. 8)."""
    before, after = USES[project.use][1], USES[project.new_use][1]
    article = rate_on(case, "farmland_tax_make_up", "1", day)
    head = f"{article.document} {article.article}；{project.use} → {project.new_use}"
    if before not in ("exempt", "fixed") or after in ("exempt", "fixed"):
        lines = (project.reading(), article.lineage(), formula("补缴 / make-up", f"{head}: 0 元"))
        return Charge(NONE, lines, f"{head}；无须补缴 / nothing to make up")
    paid, full = _tax(case, project), _full(case, project, day)
    owed = max(full.amount - paid.amount, NONE) * article.number
    text = f"{full.amount} − {paid.amount} = {owed} 元"
    return Charge(owed, (*_steps(full), article.lineage(), formula("补缴 / make-up", text)), head)


def settle(case: Case) -> Outcome:
    """Dues of the register's events in the period."""
    return charged(case, _events)


RULES = (
    Rule(
        "farmland_tax", "耕地占用税", "Farmland occupation tax", "occupation",
        "税额 = 占用面积 × t × 1.5(永久基本农田)；免征 0，交通水利 2 元/m²，自用住宅减半", settle,
        ("balanced", "monotone", "dated"), "FarmlandTaxLaw2018", "art. 2–8, 11, 12",
        tables=(PROJECTS,),
        terms=(
            Term("farmland_tax", "yuan/m²", "本县适用税额 t", "the county's rate t", "占用地类 / class of land"),
            Term("arable_per_capita", "mu/person", "人均耕地", "farmland per person"),
            Term("farmland_tax_min", "yuan/m²", "税额幅度下限", "lower end of the band"),
            Term("farmland_tax_max", "yuan/m²", "税额幅度上限", "upper end of the band"),
            Term("farmland_tax_raise", "1", "人均不足 0.5 亩可提高", "raise below 0.5 mu a person"),
            Term("farmland_tax_uplift", "1", "永久基本农田加按", "permanent basic farmland"),
            Term("farmland_tax_floor", "1", "其他农用地可降到", "floor of other farm land"),
            Term("farmland_tax_fixed", "yuan/m²", "减按税额", "reduced rate", "用途 / use"),
            Term("farmland_tax_share", "1", "免征、减半", "exempt or halved", "用途 / use"),
            Term("reclaim_window", "a", "期满后复垦期限", "years to reclaim"),
            Term("farmland_tax_make_up", "1", "改变用途补缴", "make-up tax"),
        ),
        worse=(("projects", "area", 1, "project"),), verified=True,
        note_zh="减按 2 元的不再加按 150%（第六条只加按当地适用税额）；补缴扣除已缴税款为本工具约定",
        note_en="no uplift on the reduced 2 yuan (art. 6 raises the local rate); tax paid is credited against the "
                "make-up tax: convention of this toolkit",
    ),
)  # fmt: skip
