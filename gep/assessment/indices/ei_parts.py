"""The sub-indices of EI for a place: the county or a township, from its figures and its land, with all lines.

What a part lacks is a GepError of a code in MISSING; all that it lacks at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gep import units
from gep.assessment.indices import ei as formulas
from gep.assessment.indices import ei_tables as tables
from gep.assessment.indices import habitat
from gep.assessment.indices.ei_tables import EI_COUNTY, EI_REPORTED, EI_TOWNSHIP, ITEMS, LOADS, Figure
from gep.assessment.indices.scheme import Scheme, clipped, values
from gep.assessment.nouns import COUNTY, Given
from gep.coefficient_tables import ecosystem_types
from gep.compensation.nouns import step
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import LACKING

# what leaves an index missing and no more; every other fault stops the assessment
MISSING = LACKING | {"GEP-J100", "GEP-J102", "GEP-J109", "GEP-J110", "GEP-J111", "GEP-J119"}
FEI_ZONES = {"wind": ("防风固沙", "wind and sand control"), "soil": ("水土保持", "soil conservation"),
             "water": ("水源涵养", "water conservation"),
             "biodiversity": ("生物多样性维护", "biodiversity")}  # fmt: skip
_KM2 = units.factor("m²", "km²")


@dataclass(frozen=True)
class Part:
    """An index and the lines behind it."""

    value: float
    lines: tuple[Line, ...]

    def line(self, name: str) -> Line:
        """The part as a step of what is made of it."""
        return step("index", name, self.value, "1")


@dataclass(frozen=True)
class Place:
    """The county (COUNTY) or a township in a year: figures, land by type (km²), coefficients."""

    zone: str
    year: int
    given: Given
    scheme: Scheme
    figures: Mapping[str, Figure]
    types: Mapping[str, float]

    @classmethod
    def of(cls, zone: str, year: int, given: Given) -> Place:
        """Raises GepError for what is wrong with the county's table."""
        land = given.results.types.get(year, {}) if given.results is not None else {}
        types: dict[str, float] = {}
        for one in land.values() if zone == COUNTY else [land.get(zone, {})]:
            for code, area in one.items():
                types[code] = types.get(code, 0.0) + area * _KM2
        scheme = Scheme.of(formulas.SCHEME, given.terms, year)
        return cls(zone, year, given, scheme, tables.figures(zone, year, given), types)

    def need(self, *ids: str) -> list[Figure]:
        """Figures. Raises GepError GEP-J110 for every one that is not there."""
        role = EI_COUNTY.role if self.zone == COUNTY else EI_TOWNSHIP.role
        lacks = [fault("GEP-J110", zh=ITEMS[id][0], en=ITEMS[id][1], unit=ITEMS[id][2], role=role)
                 for id in ids if id not in self.figures]  # fmt: skip
        if lacks:
            raise GepError(lacks)
        return [self.figures[id] for id in ids]

    def area(self) -> Figure:
        """Area in km²: as said, else of the zones, else of their land. Raises GepError GEP-J110."""
        if "area" in self.figures:
            return self.figures["area"]
        known = self.given.results.areas_m2 if self.given.results is not None else {}
        zones = self.given.zones if self.zone == COUNTY else (self.zone,)
        total = (
            math.fsum(known[z] for z in zones) * _KM2 if all(z in known for z in zones) else sum(self.types.values())
        )
        if not total > 0:
            return self.need("area")[0]
        return Figure("area", total, Line("extent", f"{self.year}/{self.zone or 'county'}", "A", total, "km²"))

    def of_classes(self, id: str, classes: tuple[str, ...]) -> Figure:
        """A figure of the table, else the land of these classes. Raises GepError GEP-J110 where there is neither."""
        if id in self.figures or not self.types:
            return self.need(id)[0]
        shares = habitat.type_shares(self.types, self.scheme)
        land = habitat.classed(self.types, shares)
        total = math.fsum(a for part, a in land.items() if part.startswith(classes))
        note = "土地覆盖中的面积（本工具约定） / area of the land cover (convention)"
        line = Line("extent", f"{self.year}/{self.zone or 'county'}/{id}", ITEMS[id][0], total, "km²",
                    confidence="judgement", note=note)  # fmt: skip
        return Figure(id, total, line)


def _part(value: float, text: str, *lines: Line) -> Part:
    done = step("index", "formula", value, "1", f"{text} = {value:.10g}", kind="formula")
    return Part(value, (*lines, done))


def hq(at: Place) -> Part:
    """生境质量指数 of the land of a place. Raises GepError GEP-J111 without land cover."""
    if not at.types:
        raise GepError(fault("GEP-J111", year=at.year))
    shares = habitat.type_shares(at.types, at.scheme)
    weights = habitat.Weights.of(at.scheme, at.given.choices.get("ei_set", "county"))
    land, whole = habitat.classed(at.types, shares), math.fsum(at.types.values())
    value = habitat.habitat_quality(land, whole, weights)
    names = {t.code: t.zh for t in ecosystem_types()}
    where = f"{at.year}/{at.zone or 'county'}"
    lines = [Line("extent", f"{where}/{code}", names.get(code, code), area, "km²", code, confidence="judgement",
                  note="→ " + ", ".join(shares[code])) for code, area in at.types.items()]  # fmt: skip
    lines += [weights.normaliser.lineage()]
    lines += [rate.lineage() for c, rate in weights.classes.items() if any(p.startswith(f"{c}.") for p in land)]
    lines += [weights.parts[part].lineage() for part in land]
    said = " + ".join(f"{weights.number(part):f}·{area:.6g}" for part, area in land.items())
    return _part(value, f"{weights.normaliser.number}·({said})/{whole:.6g}", *lines)


def bi(at: Place) -> Part:
    """BI as given; with the option follow_hq, where it was not taken this year, it changes as HQ does."""
    if "bi" in at.figures or at.given.choices.get("ei_bi", "given") == "given":
        one = at.need("bi")[0]
        return Part(one.value, (one.line,))
    for year in sorted((y for y in at.given.years if y < at.year), reverse=True):
        before = Place.of(at.zone, year, at.given)
        if "bi" in before.figures:
            one, then, now = before.figures["bi"], hq(before).value, hq(at).value
            value = formulas.followed(one.value, then, now)
            note = f"BI {at.year} = BI {year} + HQ {at.year} − HQ {year} = {one.value:g} + {now:.6g} − {then:.6g}"
            said = step("bi", "BI 随 HQ 变化（未更新） / BI follows HQ (not updated)", value, "1", note)
            return Part(value, (one.line, replace(said, confidence="unverified")))
    raise GepError(fault("GEP-J119", year=at.year))


def biological_richness(at: Place) -> Part:
    """生物丰度指数 = (BI + HQ) / 2."""
    one, two = all_of(lambda: bi(at), lambda: hq(at))
    value = formulas.biological_richness(one.value, two.value)
    return _part(value, f"({one.value:.6g} + {two.value:.6g})/2", *one.lines, *two.lines[:-1], two.line("HQ"))


def vegetation(at: Place) -> Part:
    """植被覆盖指数 of the mean NDVI."""
    (ndvi,) = at.need("ndvi")
    rates = [at.scheme.rate("vegetation_normaliser"), at.scheme.rate("ndvi_scale")]
    value = formulas.vegetation(ndvi.value, formulas.vegetation_normaliser(at.scheme))
    text = "·".join(f"{r.number}" for r in rates) + f"·{ndvi.value:.6g}"
    return _part(value, text, ndvi.line, *(r.lineage() for r in rates))


def water_network(at: Place) -> Part:
    """水网密度指数; the adjusted water resource as said, else W while α is not above the limit (GEP-J100)."""
    rates = [at.scheme.rate("water_normaliser", u, key=k)
             for k, u in (("river", "km"), ("water", "1"), ("resource", "km²/1e6m³"))]  # fmt: skip
    resource, rivers, water, area = all_of(
        lambda: _resource(at), lambda: at.need("river_length")[0],
        lambda: at.of_classes("water_area", ("water.river", "water.lake")), at.area)  # fmt: skip
    n = {r.key: r.number for r in rates}
    value = formulas.water_network(rivers.value, water.value, resource.value, area.value, n)
    text = (f"({n['river']}·{rivers.value:.6g} + {n['water']}·{water.value:.6g} + {n['resource']}·{resource.value:.6g})"
            f"/{area.value:.6g}/{len(n)}")  # fmt: skip
    return _part(value, text, rivers.line, water.line, *resource.lines, area.line, *(r.lineage() for r in rates))


def _resource(at: Place) -> Part:
    if "water_adjusted" in at.figures:
        one = at.figures["water_adjusted"]
        return Part(one.value, (one.line,))
    w, mean = at.need("water_resource", "water_mean")
    limit = at.scheme.rate("resource_ratio_limit")
    value = formulas.adjusted(w.value, mean.value, float(limit.number))
    alpha = step("alpha", "α", w.value / mean.value, "1", f"{w.value:.6g}/{mean.value:.6g}")
    return Part(value, (w.line, mean.line, alpha, limit.lineage()))


def land_stress(at: Place) -> Part:
    """土地胁迫指数."""
    asked = (lambda: at.need("erosion_heavy", "erosion_moderate", "other_stress"),
             lambda: at.of_classes("built", ("built.",)), at.area)  # fmt: skip
    (heavy, moderate, other), built, area = all_of(*asked)
    w, gain = at.scheme.table("stress_weight"), at.scheme.rate("stress_normaliser")
    each = {"erosion_heavy": heavy, "erosion_moderate": moderate, "built": built, "other_stress": other}
    value = formulas.land_stress(heavy.value, moderate.value, built.value, other.value, area.value, values(w),
                                 float(gain.number))  # fmt: skip
    said = " + ".join(f"{w[id].number}·{f.value:.6g}" for id, f in each.items())
    lines = [f.line for f in (*each.values(), area)] + [r.lineage() for r in (gain, *w.values())]
    return _part(value, f"{gain.number}·({said})/{area.value:.6g}", *lines)


def pollution_load(at: Place) -> Part:
    """污染负荷指数; refused (GEP-J102) until the unit of each term is stated."""
    found, (rain,), area = all_of(lambda: at.need(*LOADS), lambda: at.need("precipitation"), at.area)
    w, n = at.scheme.table("load_weight"), at.scheme.table("load_normaliser")
    loads, stated = {f.id: f.value for f in found}, {f.id: f.term_unit for f in found}
    value = formulas.pollution_load(loads, stated, rain.value, area.value, values(w), values(n))
    over = {id: "P·A" if id in formulas.OVER_WATER else "A" for id in w}
    said = " + ".join(f"{w[id].number}·{n[id].number}·{loads[id]:.6g} {stated[id]}/{over[id]}" for id in w)
    lines = [f.line for f in (*found, rain, area)] + [r.lineage() for r in (*w.values(), *n.values())]
    return _part(value, said, *lines)


def fei(at: Place) -> Part:
    """FEI of a functional zone (option ei_zone); GEP-G002 until the county's rates say its weights."""
    zone = at.given.choices.get("ei_zone", "")
    if not zone or not at.types:
        raise GepError(fault("GEP-J109" if not zone else "GEP-J111", known=", ".join(FEI_ZONES), year=at.year))
    w, n = at.scheme.table("fei_weight", tier=zone), at.scheme.table("fei_normaliser", tier=zone)
    land: dict[str, float] = {}
    for part, area in habitat.classed(at.types, habitat.type_shares(at.types, at.scheme)).items():
        land[part.partition(".")[0]] = land.get(part.partition(".")[0], 0.0) + area
    terms = formulas.fei_terms(land, math.fsum(at.types.values()), values(n))
    said = " + ".join(f"{w[id].number}·{id} {x:.6g}" for id, x in terms.items())
    return _part(clipped(formulas.fei(terms, values(w))), said, *(r.lineage() for r in (*w.values(), *n.values())))


TOWNSHIP: Mapping[str, Callable[[Place], Part]] = {
    "hq": hq, "vegetation": vegetation, "water_network": water_network, "land_stress": land_stress,
}  # fmt: skip
OWN: Mapping[str, Callable[[Place], Part]] = {
    "biological_richness": biological_richness, "vegetation": vegetation, "water_network": water_network,
    "land_stress": land_stress, "pollution_load": pollution_load,
}  # fmt: skip


def county_part(id: str, at: Place) -> Part:
    """A sub-index of the county: as published, else as computed. Raises GepError."""
    said, faults = tables.reported(at.given.table(EI_REPORTED.role, at.year))
    if faults:
        raise GepError(faults)
    return Part(said[id].value, (said[id].line,)) if id in said else OWN[id](at)


def all_of(*asked: Callable):  # type: ignore[no-untyped-def,type-arg]
    """The answers of all. Raises GepError with what all of them lack, each once."""
    out: list[Any] = []
    faults: list[Fault] = []
    for one in asked:
        try:
            out.append(one())
        except GepError as error:
            faults += error.faults
    if faults:
        raise GepError(list(dict.fromkeys(faults)))
    return out
