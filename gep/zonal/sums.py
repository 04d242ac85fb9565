"""The exact result of a pass: sums by zone, ecosystem type and term in two integers, free of order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gep.errors import Fault, GepError, fault

LO_BITS = 50
_MASK = (1 << LO_BITS) - 1
LIMIT = 1 << 62
MOVES = ("transitions", "")  # how a refusal names the areas by type at two dates


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums by zone and type; each is hi + lo · 2**-50, hi and lo int64, 0 ≤ lo < 2**50.

    `slots` names the sums: (group, "") the group's area, (group, term) a term's Σ value · pixel area. `parts` is
    int64[n_zones, n_types, n_slots, 2]. `notes` says per node how it was evaluated, `warnings` what the user should
    know (a cluster of mixed CPUs). `moves` int64[n_zones, flags, from, to, 2]: area by ecosystem type at an earlier
    and at this date, in the plan's order of `moved` types, the last index none (flags = 0: nothing was compared).
    """

    slots: tuple[tuple[str, str], ...]
    parts: np.ndarray
    warnings: tuple[Fault, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    moves: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.moves is None:
            object.__setattr__(self, "moves", np.zeros((self.parts.shape[0], 0, 0, 0, 2), np.int64))

    @classmethod
    def zeros(
        cls, slots: tuple[tuple[str, str], ...], n_zones: int, n_types: int, moves: tuple[int, int, int] = (0, 0, 0)
    ) -> Sums:
        """Nothing summed yet."""
        parts = np.zeros((n_zones, n_types, len(slots), 2), np.int64)
        return cls(slots, parts, moves=np.zeros((n_zones, *moves, 2), np.int64))

    def _value(self, group: str, term: str) -> np.ndarray:
        part = self.parts[:, :, self.slots.index((group, term)), :]
        return part[..., 0] + part[..., 1] * 2.0**-LO_BITS

    def area(self, group: str = "extent") -> np.ndarray:
        """Area of the pixels where all of the group's terms have values, float64[n_zones, n_types], m²."""
        return self._value(group, "")

    def total(self, group: str, term: str) -> np.ndarray:
        """Σ value · pixel area over the group's pixels, float64[n_zones, n_types], m² · unit of the term."""
        return self._value(group, term)

    def limbs(self) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
        """(group, term) → (hi, lo), int64[n_zones, n_types] each; the term "" is the group's area."""
        return {
            slot: (np.ascontiguousarray(self.parts[:, :, k, 0]), np.ascontiguousarray(self.parts[:, :, k, 1]))
            for k, slot in enumerate(self.slots)
        }

    def merge(self, other: Sums) -> Sums:
        """The sums of both; exact, so that order and grouping do not matter.

        Raises ValueError for sums of different plans, GepError GEP-P001 beyond 2**62.
        """
        if (self.slots, self.parts.shape, self.moves.shape) != (other.slots, other.parts.shape, other.moves.shape):
            raise ValueError("only sums of the same plan can be merged")
        warnings, notes = self.warnings + other.warnings, {**self.notes, **other.notes}
        merged = Sums(self.slots, self.parts.copy(), warnings, notes, self.moves.copy())
        merged.add(np.arange(self.parts.shape[0]), other.parts, other.moves)
        return merged

    def add(self, zones: np.ndarray, parts: np.ndarray, moves: np.ndarray | None = None) -> None:
        """Add the sums of some zones (each once) in place, carrying. Raises GepError GEP-P001 beyond 2**62."""
        beyond = _carry(self.parts, zones, parts)
        if beyond.any():
            raise overflow(self.slots, np.flatnonzero(beyond.any(axis=(0, 1))))
        if moves is not None and moves.size and _carry(self.moves, zones, moves).any():
            raise overflow((MOVES,), np.zeros(1, int))


def _carry(mine: np.ndarray, zones: np.ndarray, more: np.ndarray) -> np.ndarray:
    """mine[zones] += more, with the carry from lo to hi; where the sum is beyond, and then nothing is added."""
    both = mine[zones] + more  # |hi| < 2**62 and lo < 2**50 on either side: neither can wrap
    both[..., 0] += both[..., 1] >> LO_BITS
    both[..., 1] &= _MASK
    beyond: np.ndarray = (both[..., 0] >= LIMIT) | (both[..., 0] <= -LIMIT)
    if not beyond.any():
        mine[zones] = both
    return beyond


def overflow(slots: tuple[tuple[str, str], ...], which: np.ndarray) -> GepError:
    """The refusal of sums that reach 2**62, naming each group and term."""
    return GepError([fault("GEP-P001", group=slots[k][0], term=slots[k][1] or "area") for k in which])
