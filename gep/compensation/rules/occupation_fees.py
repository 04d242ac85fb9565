"""Fees on occupied land: forest restoration, wetland restoration, land reclamation, soil and water conservation.

Sources: 财综〔2002〕73号, 财税〔2015〕122号 and provincial scales; 湿地保护法 art. 21; 土地复垦条例 art. 18; 水土保持法
art. 32. The scale is the county's (its province decides): a national minimum answers only to who asks for it.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Sequence
from decimal import Decimal

from gep.compensation.nouns import Case, Outcome
from gep.compensation.occupation.charges import Charge, Event, charged, formula, rate_on, told
from gep.compensation.occupation.projects import PROJECTS, USES, Project
from gep.compensation.rule import Rule, Term
from gep.errors import GepError, fault
from gep.rates import Rate

NONE = Decimal(0)


def forest_fee(area_m2: Decimal, base: Decimal, multipliers: Sequence[Decimal] = ()) -> Decimal:
    """fee = area × base × Π multipliers, yuan: public-welfare forest, then planned area of a town or, outside it, a
    commercial project; they compound (公益林 in a planned area: × 4). Source: 财税〔2015〕122号."""
    fee = area_m2 * base
    for factor in multipliers:
        fee *= factor
    return fee


def lacking_wetland(area_m2: Decimal, rebuilt: Decimal, equal: bool) -> Decimal:
    """m² of wetland still owed: what was rebuilt counts only where its quality equals (湿地保护法 art. 21)."""
    return max(area_m2 - rebuilt, NONE) if equal else area_m2


def by_area(area_m2: Decimal, rate: Decimal) -> Decimal:
    """fee = area × rate, yuan."""
    return area_m2 * rate


def _forest(case: Case, project: Project) -> Iterator[Event]:
    if project.kind.group == "forest":
        if not project.kind.forest:
            place = project.place("land")
            raise GepError(fault("GEP-G341", file=project.file, place=place, project=project.id, land=project.land))
        yield Event("占用林地", "occupation of forest", project.date, lambda: _forest_charge(case, project))


def multipliers(case: Case, flags: tuple[bool, bool, bool], day: dt.date) -> list[Rate]:
    """The multipliers of (public forest, planned area, commercial) on a day; commercial only outside planned areas."""
    public, planned, commercial = flags
    which = {"public_forest": public, "planned_area": planned, "commercial": commercial and not planned}
    return [rate_on(case, "forest_fee_multiplier", "1", day, key=key) for key, there in which.items() if there]


def _forest_charge(case: Case, project: Project) -> Charge:
    base = rate_on(case, "forest_fee", "yuan/m²", project.date, key=project.kind.forest)
    flags = [told(project, flag) for flag in ("public_forest", "planned_area", "commercial")]
    factors = multipliers(case, (flags[0], flags[1], flags[2]), project.date)
    fee = forest_fee(project.area, base.number, [f.number for f in factors])
    shown = "".join(f" × {f.number}" for f in factors)
    text = f"{project.area} m² × {base.number} 元/m²{shown} = {fee} 元"
    lines = (project.reading(), base.lineage(), *(f.lineage() for f in factors), formula("森林植被恢复费 / fee", text))
    return Charge(fee, lines, "")


def _wetland(case: Case, project: Project) -> Iterator[Event]:
    if project.land == "湿地":
        yield Event("占用湿地", "occupation of wetland", project.date, lambda: _wetland_charge(case, project))


def _wetland_charge(case: Case, project: Project) -> Charge:
    if not told(project, "important_wetland"):
        note = "非重要湿地，第二十一条不适用 / no important wetland: art. 21 does not apply"
        return Charge(NONE, (project.reading(), formula("湿地恢复费 / fee", "0 元")), note)
    rebuilt = project.areas["rebuilt"] or NONE
    equal = bool(rebuilt) and told(project, "rebuilt_equal")
    owed = lacking_wetland(project.area, rebuilt, equal)
    done = project.reading(rebuilt, "恢复重建面积 / rebuilt area")
    if not owed:
        note = "面积、质量相当，不缴恢复费 / equal area and quality: no fee"
        shown = formula("湿地恢复费 / fee", f"{project.area} − {rebuilt} ≤ 0")
        return Charge(NONE, (project.reading(), done, shown), note)
    rate = rate_on(case, "wetland_fee", "yuan/m²", project.date)
    fee = by_area(owed, rate.number)
    text = f"({project.area} − {project.area - owed}) m² × {rate.number} 元/m² = {fee} 元"
    return Charge(fee, (project.reading(), done, rate.lineage(), formula("湿地恢复费 / fee", text)), "")


DEGREES = {"轻度": "light", "中度": "medium", "重度": "severe"}


def _reclamation(case: Case, project: Project) -> Iterator[Event]:
    area, day = project.areas["failed_area"], project.days["failed_on"]
    if area is None:
        return
    if day is None or project.damage not in DEGREES or not NONE < area <= project.area:
        column = "failed_on" if day is None else "damage" if project.damage not in DEGREES else "failed_area"
        degrees, place = "、".join(DEGREES), project.place(column)
        raise GepError(fault("GEP-G347", file=project.file, place=place, project=project.id, degrees=degrees))
    charge = functools.partial(_reclamation_charge, case, project, area, day)
    yield Event("未复垦或验收不合格", "not reclaimed, or failed", day, charge)


def _reclamation_charge(case: Case, project: Project, area: Decimal, day: dt.date) -> Charge:
    if project.land == "湿地":  # 湿地保护法 art. 21: who pays the wetland fee pays no other of the same nature
        note = "已缴湿地恢复费的不重复缴纳 / no second fee of the same nature (湿地保护法 art. 21)"
        return Charge(NONE, (project.reading(area), formula("土地复垦费 / fee", "0 元")), note, void=True)
    key = project.kind.tax or project.kind.group
    rate = rate_on(case, "reclamation_fee", "yuan/m²", day, key=key, tier=DEGREES[project.damage])
    fee = by_area(area, rate.number)
    lines = (project.reading(area, f"{project.damage}损毁、未复垦 / not reclaimed"), rate.lineage(),
             formula("土地复垦费 / fee", f"{area} m² × {rate.number} 元/m² = {fee} 元"))  # fmt: skip
    return Charge(fee, lines, "")


def _soil(case: Case, project: Project) -> Iterator[Event]:
    if project.kind.group != "built":
        charge = functools.partial(_soil_charge, case, project)
        yield Event("损坏地貌植被", "ground and cover disturbed", project.date, charge)


def _soil_charge(case: Case, project: Project) -> Charge:
    rate = rate_on(case, "soil_conservation_fee", "yuan/m²", project.date, key=USES[project.use][0])
    fee = by_area(project.area, rate.number)
    text = f"{project.area} m² × {rate.number} 元/m² = {fee} 元"
    return Charge(fee, (project.reading(), rate.lineage(), formula("水土保持补偿费 / fee", text)), "")


def settle_forest(case: Case) -> Outcome:
    """Forest restoration fee of the register's forest rows."""
    return charged(case, _forest)


def settle_wetland(case: Case) -> Outcome:
    """Wetland restoration fee where equal wetland was not restored."""
    return charged(case, _wetland)


def settle_reclamation(case: Case) -> Outcome:
    """Reclamation fee of ground that was not reclaimed or failed its acceptance."""
    return charged(case, _reclamation)


def settle_soil(case: Case) -> Outcome:
    """Soil and water conservation fee."""
    return charged(case, _soil)


_WORSE = (("projects", "area", 1, "project"),)
_HOLDS = ("balanced", "monotone", "dated")
RULES = (
    Rule(
        "forest_restoration_fee", "森林植被恢复费", "Forest restoration fee", "occupation",
        "面积 × 基准 × 2(公益林) × 2(城市规划区，或规划区外经营性)", settle_forest, _HOLDS,
        "ForestFee2002; ForestFee2015", "art. 6", tables=(PROJECTS,),
        terms=(
            Term("forest_fee", "yuan/m²", "基准", "base", "林地类型 / kind of forest"),
            Term("forest_fee_multiplier", "1", "倍数", "multiplier", "公益林、规划区、经营性 / what it is for"),
        ),
        worse=_WORSE,
        note_zh="标准由省定；国家标准为最低标准，须写 scheme: national 才采用",
        note_en="the province sets the scale; the national one is a minimum and answers only under scheme: national",
    ),
    Rule(
        "wetland_fee", "湿地恢复费", "Wetland restoration fee", "occupation",
        "(占用面积 − 质量相当的恢复重建面积) × 标准", settle_wetland, _HOLDS, "WetlandLaw2021", "art. 21",
        tables=(PROJECTS,), terms=(Term("wetland_fee", "yuan/m²", "标准", "rate"),), worse=_WORSE,
        note_zh="先恢复重建，不足部分才缴费；一处占用只缴一种恢复费",
        note_en="restoring comes first, the fee is for what is lacking; one fee of its kind for one occupation",
    ),
    Rule(
        "reclamation_fee", "土地复垦费", "Land reclamation fee", "occupation",
        "未复垦面积 × 标准(地类, 损毁程度)", settle_reclamation, _HOLDS, "ReclamationReg2011", "art. 18",
        tables=(PROJECTS,),
        terms=(Term("reclamation_fee", "yuan/m²", "标准，tier: light/medium/severe", "rate; tier: degree",
                    "占用地类 / class of land"),),
        worse=(("projects", "failed_area", 1, "project"),), verified=True,
        note_zh="只由不复垦或验收不合格者缴纳；没有全国公式，标准由县里给出",
        note_en="only for who did not reclaim, or failed; there is no national formula: the rates are the county's",
    ),
    Rule(
        "soil_conservation_fee", "水土保持补偿费", "Soil and water conservation fee", "occupation",
        "占用面积 × 标准", settle_soil, _HOLDS, "SoilWaterLaw2010", "art. 32", tables=(PROJECTS,),
        terms=(Term("soil_conservation_fee", "yuan/m²", "标准（可按用途）", "rate (by use where told)", "用途 / use"),),
        worse=_WORSE,
    ),
)  # fmt: skip
