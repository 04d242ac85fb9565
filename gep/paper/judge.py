"""Rules that find what stands out, on plain numbers: why a value moved, who is highest, what hangs on few hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gep.paper.nouns import Piece

FIRST = float("inf")  # the size of what must be said before everything else


@dataclass(frozen=True)
class Finding:
    """Something worth a sentence: what kind it is, how many yuan it is about (findings are told by this), the words."""

    kind: str
    size: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Cause:
    """The effect that moved a value most: its name, its amount, its share of all effects by absolute value."""

    effect: str
    amount: float
    share: float


def cause(parts: Mapping[str, float]) -> Cause | None:
    """The largest effect in the direction of the change (the sum of the parts); None where nothing moved.

    Of a change of 0 made of effects that cancel, the largest of all; the earlier one of two equals.
    """
    whole = sum(parts.values())
    size = sum(abs(v) for v in parts.values())
    along = [k for k, v in parts.items() if v and v * whole >= 0]
    if not along:
        return None
    effect = max(along, key=lambda k: abs(parts[k]))
    return Cause(effect, parts[effect], abs(parts[effect]) / size)


def extremes(numbers: Mapping[str, float]) -> tuple[str, str] | None:
    """The ids with the largest and the smallest number; None where fewer than two differ."""
    if len(set(numbers.values())) < 2:
        return None
    return max(numbers, key=lambda k: numbers[k]), min(numbers, key=lambda k: numbers[k])


def concentrated(values: Mapping[tuple[str, str], float]) -> tuple[str, str, float] | None:
    """(service, township, share) of the service that one township has the largest share of; by (service, township).

    Services with a negative part, or nothing in all, have no shares; None where no service stands in two townships.
    """
    best: tuple[str, str, float] | None = None
    for service in dict.fromkeys(s for s, _ in values):
        parts = {z: v for (s, z), v in values.items() if s == service}
        whole = sum(parts.values())
        if len(parts) < 2 or whole <= 0 or min(parts.values()) < 0:
            continue
        zone = max(parts, key=lambda z: parts[z])
        if best is None or parts[zone] / whole > best[2]:
            best = service, zone, parts[zone] / whole
    return best


def apart(own: Mapping[str, float], area: float, county: Mapping[str, float], county_area: float) -> str | None:
    """The service that sets a township's value by area apart from the county's: the largest in that direction.

    own, county: value by service; None where there is no difference at all.
    """
    gaps = {s: own.get(s, 0.0) / area - v / county_area for s, v in county.items()}
    found = cause(gaps)
    return None if found is None else found.effect
