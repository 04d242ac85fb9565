"""The compiled part of the pass: the pixels of one zone in one row, summed by type, into two exact integers.

No array is sliced inside the loops (a slice costs two atomic reference counts), and no branch depends on where one
patch of land cover ends and the next begins (a mispredicted branch costs more than the pixel's sums).
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from gep.zonal.sums import LIMIT, LO_BITS

_ONE = 2.0**LO_BITS
_TOP = float(LIMIT)
_MASK = (1 << LO_BITS) - 1


@nb.njit(cache=True, nogil=True)
def gather(table, types, out):
    """out[i] = table[types[i]]; `table` has 256 places."""
    for i in range(types.size):
        out[i] = table[types[i]]


@nb.njit(cache=True, nogil=True)
def extents(row_ptr, col0, col1, tile_rows, tile_cols, found):
    """Widen found[tile row, tile column] = (r0, r1, c0, c1) to hold every run of every zone."""
    for row in range(row_ptr.size - 1):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            tile = found[row // tile_rows, col0[entry] // tile_cols]
            tile[0], tile[1] = min(tile[0], row), max(tile[1], row + 1)
            tile[2], tile[3] = min(tile[2], col0[entry]), max(tile[3], col1[entry])


@nb.njit(cache=True, nogil=True)
def decode(raw, gain, shift, nodata, compare, out):
    """out = raw · gain + shift, NaN where `compare` and raw equals nodata (of raw's own dtype); all 2-D."""
    for row in range(raw.shape[0]):
        for i in range(raw.shape[1]):
            value = np.float64(raw[row, i]) * gain
            if shift != 0.0:  # −0 + 0 would lose its sign
                value += shift
            out[row, i] = np.nan if compare and raw[row, i] == nodata else value


@nb.njit(cache=True, nogil=True, inline="always")
def _first(col0, lo, hi, left):
    """The first of the entries lo..hi, which are sorted by column, that begins at `left` or behind it."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if col0[middle] < left:
            lo = middle + 1
        else:
            hi = middle
    return lo


@nb.njit(cache=True, nogil=True, inline="always")
def _add(parts, at, x, failed, slot):
    """parts[at], parts[at + 1] += x, exactly up to 2**-50; marks the slot when |x| or the sum reaches 2**62."""
    if abs(x) < _TOP:
        whole = math.floor(x)
        lo = parts[at + 1] + np.int64(np.rint((x - whole) * _ONE))
        hi = parts[at] + np.int64(whole) + (lo >> LO_BITS)
        parts[at] = hi
        parts[at + 1] = lo & _MASK
        if not -LIMIT < hi < LIMIT:
            failed[slot] = 1
    else:
        failed[slot] = 1


@nb.njit(cache=True, nogil=True)
def accumulate(
    values, terms, types, width, row0, row1, left, right,
    row_ptr, zone, col0, col1, weight, row_area, local,
    group_ptr, type_groups, member_ptr, members, slots, n_types, n_slots, parts, failed,
):  # fmt: skip
    """Add one block (rows row0..row1, columns left..right of the grid) to `parts`.

    values[n, pixels] float64 and types[pixels] hold the block row by row, `width` pixels each; the first len(terms)
    values are the terms (a tuple makes numba unroll the loop over them). The groups of type t are
    type_groups[group_ptr[t]:…], a group's terms members[member_ptr[g]:…], its first slot slots[g]. `parts` is flat
    [zone, type, slot, 2], local[zone] the zone's place in it. A slot that overflows is marked in `failed`.

    A sum is taken from left to right over the pixels of one type in one run of a zone (one row, one canonical tile)
    that have all terms; pixels that lack a term are summed by group beside it.
    """
    n_terms = len(terms)
    sums, count = np.zeros((n_types, n_terms)), np.zeros(n_types, np.int64)
    beside, holes = np.zeros((n_types, n_slots)), np.zeros(n_types, np.int64)
    for row in range(row0, row1):
        end = row_ptr[row + 1]
        offset = (row - row0) * width - left
        for entry in range(_first(col0, row_ptr[row], end, left), end):
            if col0[entry] >= right:
                break
            start, stop = col0[entry] + offset, col1[entry] + offset
            scale = weight[entry] * row_area[row]
            mine = local[zone[entry]] * n_types
            if stop - start == 1:  # a boundary pixel goes straight to its sums
                kind = types[start]
                if kind == 255:
                    continue
                for at in range(group_ptr[kind], group_ptr[kind + 1]):
                    group = type_groups[at]
                    first, last = member_ptr[group], member_ptr[group + 1]
                    whole = True
                    for m in range(first, last):
                        whole = whole and math.isfinite(values[members[m], start])
                    if whole:
                        slot = slots[group]
                        to = 2 * ((mine + kind) * n_slots + slot)
                        _add(parts, to, scale, failed, slot)
                        for m in range(first, last):
                            slot += 1
                            to += 2
                            _add(parts, to, values[members[m], start] * scale, failed, slot)
                continue
            first_type, last_type = n_types, -1
            for i in range(np.uint64(start), np.uint64(stop)):
                kind = types[i]
                if kind == 255:
                    continue
                first_type, last_type = min(first_type, kind), max(last_type, kind)
                check = 0.0
                for k in range(n_terms):
                    check += values[k, i]
                if math.isfinite(check):  # a finite sum has finite terms only
                    count[kind] += 1
                    for k in range(n_terms):
                        sums[kind, k] += values[k, i]
                    continue
                holes[kind] += 1
                for at in range(group_ptr[kind], group_ptr[kind + 1]):
                    group = type_groups[at]
                    whole = True
                    for m in range(member_ptr[group], member_ptr[group + 1]):
                        whole = whole and math.isfinite(values[members[m], i])
                    if whole:
                        slot = slots[group]
                        beside[kind, slot] += 1.0
                        for m in range(member_ptr[group], member_ptr[group + 1]):
                            slot += 1
                            beside[kind, slot] += values[members[m], i]
            for kind in range(first_type, last_type + 1):
                n = count[kind]
                if n == 0 and holes[kind] == 0:
                    continue
                base = (mine + kind) * n_slots
                for at in range(group_ptr[kind], group_ptr[kind + 1]):
                    group = type_groups[at]
                    slot = slots[group]
                    pixels = n + beside[kind, slot]
                    if pixels == 0.0:
                        continue
                    _add(parts, 2 * (base + slot), pixels * scale, failed, slot)
                    for m in range(member_ptr[group], member_ptr[group + 1]):
                        slot += 1
                        _add(
                            parts,
                            2 * (base + slot),
                            (sums[kind, members[m]] + beside[kind, slot]) * scale,
                            failed,
                            slot,
                        )
                count[kind] = 0
                for k in range(n_terms):
                    sums[kind, k] = 0.0
                if holes[kind]:
                    holes[kind] = 0
                    for slot in range(n_slots):
                        beside[kind, slot] = 0.0


@nb.njit(cache=True, nogil=True)
def change_keys(before, after, flags, place, size, n_flags, keys):
    """keys[i] = (flag, from, to) of a pixel as one number; False where a type is not among those of `place`.

    `place`[type index] is the type's place below `size`, 255 for one that was not to occur.
    """
    worst, beyond = 0, 0
    for i in range(after.size):
        one, other = place[before[i]], place[after[i]]
        worst = max(worst, one, other)
        beyond = max(beyond, flags[i])
        keys[i] = (np.int32(flags[i]) * size + one) * size + other
    return worst < size and beyond < n_flags


@nb.njit(cache=True, nogil=True)
def moves(
    keys, width, row0, row1, left, right, row_ptr, zone, col0, col1, weight, row_area, local, n_keys, parts, failed
):  # fmt: skip
    """Add the areas of one block (as in `accumulate`) by key; `parts` is flat [zone, key, 2].

    A pixel's area is held as whole + part · 2**-50 and counted as integers: the sums of any two groupings of the same
    pixels are equal to the last bit. Pixels of one key that stand side by side are added at once.
    """
    for row in range(row0, row1):
        end = row_ptr[row + 1]
        offset = (row - row0) * width - left
        for entry in range(_first(col0, row_ptr[row], end, left), end):
            if col0[entry] >= right:
                break
            scale = weight[entry] * row_area[row]
            whole = np.int64(math.floor(scale))
            part = np.int64(np.rint((scale - whole) * _ONE))
            mine = local[zone[entry]] * n_keys
            at = np.uint64(col0[entry] + offset)
            stop = np.uint64(col1[entry] + offset)
            while at < stop:
                key = keys[at]
                first = at
                at += np.uint64(1)
                while at < stop and keys[at] == key:
                    at += np.uint64(1)
                n = np.int64(at - first)  # at most one canonical tile wide: n · part stays below 2**61
                to = 2 * (mine + key)
                low = parts[to + 1] + n * part
                high = parts[to] + n * whole + (low >> LO_BITS)
                parts[to] = high
                parts[to + 1] = low & _MASK
                if not -LIMIT < high < LIMIT:
                    failed[failed.size - 1] = 1
