"""生境质量指数 HQ of HJ 192-2015: land of each class, weighted, over the whole area.

    HQ = normaliser · Σ class weight · part weight · area ÷ whole, clipped to 0–100

Land classes ("forest.closed") are those of the standard; which one an ecosystem type counts as is a convention of this
toolkit: rows hq_type_share of coefficients/rates/ei.csv by type code, nearest ancestor first, the county's before ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from gep.assessment.indices.scheme import Scheme, clipped
from gep.coefficient_tables import type_chain
from gep.errors import GepError, fault
from gep.rates import Rate

SCHEME = "hj192_2015"
SETS: Mapping[str, tuple[str, str]] = {
    "county": ("县域", "county"),
    "forest": ("森林类型自然保护区", "forest reserve"),
    "grass": ("草原草甸类型", "grassland"),
    "desert": ("荒漠类型", "desert"),
    "wetland": ("湿地类型", "wetland"),
}


@dataclass(frozen=True)
class Weights:
    """Normaliser, class weights and part weights of one set, as rates."""

    normaliser: Rate
    classes: Mapping[str, Rate]
    parts: Mapping[str, Rate]  # by "class.part"

    @classmethod
    def of(cls, scheme: Scheme | None = None, set: str = "county") -> Weights:
        """Those of a set (SETS). Raises GepError."""
        s = scheme or Scheme.of(SCHEME)
        classes = s.table("hq_weight", tier=set)
        parts = {f"{c}.{k}": r for c in classes for k, r in s.table("hq_part_weight", tier=c).items()}
        return cls(s.rate("hq_normaliser", tier=set), classes, parts)

    def number(self, part: str) -> Decimal:
        """Class weight · part weight of "forest.closed"."""
        return self.classes[part.partition(".")[0]].number * self.parts[part].number


def habitat_quality(areas: Mapping[str, float], whole: float, weights: Weights | None = None) -> float:
    """HQ of areas by land class ("forest.closed" …) of a `whole`, all in one unit. Source: HJ 192-2015.

    Raises GepError GEP-J103 for a class the standard does not have, GEP-J104 where the classes are more than the whole.
    """
    w = weights or Weights.of()
    if unknown := sorted(set(areas) - set(w.parts)):
        raise GepError(fault("GEP-J103", classes=", ".join(unknown), known=", ".join(w.parts)))
    total = math.fsum(areas.values())
    if not whole > 0 or (total > whole and not math.isclose(total, whole, rel_tol=2.0**-20)):
        raise GepError(fault("GEP-J104", total=f"{total:g}", whole=f"{whole:g}"))
    return clipped(float(w.normaliser.number) * math.fsum(float(w.number(p)) * a for p, a in areas.items()) / whole)


def classed(types: Mapping[str, float], shares: Mapping[str, Mapping[str, Rate]]) -> dict[str, float]:
    """Areas by land class of areas by ecosystem type; `shares`: type code → class → share, see `type_shares`."""
    out: dict[str, float] = {}
    for code, area in types.items():
        for part, share in shares[code].items():
            out[part] = out.get(part, 0.0) + area * float(share.number)
    return out


def type_shares(
    codes: Mapping[str, float] | tuple[str, ...], scheme: Scheme | None = None
) -> dict[str, dict[str, Rate]]:
    """Which class each type counts as: its own rows, else those of its nearest ancestor. Raises GepError GEP-J105."""
    s = scheme or Scheme.of(SCHEME)
    known = set(s.terms.keys("hq_type_share"))
    out = {}
    for code in codes:
        at = next((c for c in type_chain(code) if c in known), None)
        if at is None:
            raise GepError(fault("GEP-J105", type=code))
        found = s.terms.bands("hq_type_share", "1", f"{s.year:04}", key=at)
        if sum(r.number for r in found) != 1:
            raise GepError(fault("GEP-J106", type=at, file=found[0].file, place=f"row {found[0].line}"))
        out[code] = {r.tier: r for r in found}
    return out
