"""Readers over arrays in memory: for derived station layers, tests and benches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ArrayReader:
    """A layer held as float64[rows, cols] in `unit`, NaN where it has no value."""

    name: str
    array: np.ndarray
    unit: str
    files: tuple[str, ...] = ()
    align: str = "exact"

    def __post_init__(self) -> None:
        array = np.ascontiguousarray(self.array, dtype=np.float64)
        if array.ndim != 2:
            raise ValueError(f"layer {self.name!r} must be rows × cols, got shape {array.shape}")
        object.__setattr__(self, "array", array)

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """The window as a view, float64."""
        return self.array[r0:r1, c0:c1]

    def decode(self, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Copy into `out` (same shape, float64) and return it."""
        np.copyto(out, raw)
        return out


@dataclass(frozen=True, eq=False)
class ArrayTypes:
    """Ecosystem types held as uint8[rows, cols]: an index into `types`, 255 where there is no land cover."""

    array: np.ndarray
    types: tuple[str, ...]
    files: tuple[str, ...] = ()

    def __init__(self, array: np.ndarray, types: Sequence[str], files: Sequence[str] = ()) -> None:
        array = np.ascontiguousarray(array)
        if array.ndim != 2 or array.dtype.kind not in "iu":
            raise ValueError(f"types must be whole numbers, rows × cols; got {array.dtype}, shape {array.shape}")
        if array.size and (array.min() < 0 or np.any((array >= len(types)) & (array != 255))):
            raise ValueError(f"a type index stands outside 0..{len(types) - 1} and 255")
        if len(types) > 255:
            raise ValueError("at most 255 types")
        object.__setattr__(self, "array", array.astype(np.uint8))
        object.__setattr__(self, "types", tuple(types))
        object.__setattr__(self, "files", tuple(files))

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """The window as a view, uint8."""
        return self.array[r0:r1, c0:c1]
