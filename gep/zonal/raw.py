"""Reading windows with faults that name them, and what is known of readers whose decoding can be compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.errors import GepError, fault
from gep.zonal.kernels import gather
from gep.zonal.plan import NO_TYPE


def read_window(name: str, reader: Any, window: tuple[int, int, int, int]) -> np.ndarray:
    """Read one window. Raises GepError GEP-P002 with file and window, GEP-P010 for a wrong shape."""
    r0, r1, c0, c1 = window
    file = next(iter(getattr(reader, "files", ())), "")
    try:
        pixels = reader.read(r0, r1, c0, c1)
    except GepError:
        raise
    except Exception as error:
        raise GepError(
            fault("GEP-P002", file=file, place=f"rows {r0}–{r1}, columns {c0}–{c1}", layer=name, r0=r0, r1=r1, c0=c0,
                  c1=c1, cause=f"{type(error).__name__}: {error}")
        ) from error  # fmt: skip
    if pixels.shape[-2:] != (r1 - r0, c1 - c0) or pixels.ndim not in (2, 3):
        raise GepError(fault("GEP-P010", file=file, name=name, shape=pixels.shape, expected=(r1 - r0, c1 - c0)))
    return pixels


class RawCodes:
    """The raw codes of a land cover, for `read_window`."""

    def __init__(self, alignment: Any, files: tuple[str, ...]):
        self.alignment, self.files = alignment, files

    def read(self, *window: int) -> np.ndarray:
        """The window as the file holds it."""
        return self.alignment.read(window)


def type_table(reader: Any) -> np.ndarray | None:
    """Raw uint8 code → type index of a reader that is one look-up of one uint8 raster; None for any other."""
    lookup, alignment = getattr(reader, "lookup", None), getattr(reader, "alignment", None)
    if lookup is None or alignment is None or getattr(reader, "splits", None):
        return None
    if alignment.source.dtype != "uint8" or alignment.rule != "exact":
        return None
    codes = np.arange(256, dtype=np.uint8)
    table = np.array(lookup(codes), np.uint8)
    gone = alignment.source.is_nodata(codes)
    if gone is not None:
        table[gone] = NO_TYPE
    return table


class TypeWindows:
    """A land cover's windows as types, by one compiled table where it comes out equal on the first rows read."""

    def __init__(self, reader: Any):
        self.reader, self.table, self.proved = reader, type_table(reader), False

    def read(self, window: tuple[int, int, int, int], few: int) -> np.ndarray:
        """uint8 type indices, C-contiguous; the first `few` rows of the first window are held against the reader."""
        reader = self.reader
        if self.table is not None:
            raw = np.ascontiguousarray(read_window("landcover", RawCodes(reader.alignment, reader.files), window))
            if raw.dtype == np.uint8:
                out = np.empty(raw.shape, np.uint8)
                gather(self.table, raw.reshape(-1), out.reshape(-1))
                r0, r1, c0, c1 = window
                end = min(r1, r0 + few)
                if self.proved or np.array_equal(reader.read(r0, end, c0, c1), out[: end - r0]):
                    self.proved = True
                    return out
            self.table = None
        return np.ascontiguousarray(read_window("landcover", reader, window))


def linear(reader: Any, raw: np.ndarray) -> tuple[Any, ...] | None:
    """(gain, shift, nodata, compare) of a reader that says value = raw·gain + shift; None for any other."""
    gain, shift = getattr(reader, "gain", None), getattr(reader, "shift", None)
    if gain is None or shift is None or getattr(reader, "valid", None) is not None or raw.dtype.kind not in "iuf":
        return None
    source = getattr(reader, "source", None)
    nodata = getattr(source, "nodata", None)
    compare = nodata is not None and reader.align == "exact" and raw.dtype == source.dtype
    return float(gain), float(shift), raw.dtype.type(nodata if compare else 0), compare
