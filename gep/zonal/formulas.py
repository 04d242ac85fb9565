"""Formulas as one compiled loop, where that changes no bit: ONE source, two ways to run it."""

from __future__ import annotations

import dis
import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

_PLAIN_NAMES = {"np", "numpy", "where", "minimum", "maximum", "fitted", "stated", "abs", "units", "gep"}


@functools.cache
def compiled(function: Callable[..., Any], n_args: int) -> tuple[Callable[..., Any] | None, str]:
    """The very same formula as one loop over the block, where it is pure arithmetic; else None, and why.

    + − × ÷ and comparisons give the same bits compiled and in numpy, exp and powers do not (and numpy's are faster):
    those stay plain numpy. A probe on awkward numbers proves it for each formula.
    """
    code = getattr(function, "__code__", None)
    if code is None or n_args == 0 or code.co_argcount != n_args or code.co_kwonlyargcount:
        return None, "numpy: not a plain function"
    strange = set(code.co_names) - _PLAIN_NAMES
    if strange:
        return None, f"numpy: uses {', '.join(sorted(strange))}"
    steps = list(dis.get_instructions(code))
    for before, step in itertools.pairwise(steps):
        # a square is a product in numpy and compiled alike; any other power is not
        if step.opname.startswith("BINARY_") and "**" in step.argrepr and before.argval != 2:
            return None, "numpy: uses a power"
    import numba as nb

    _teach_numba()
    signature = [nb.float64(*[nb.float64] * n_args)]
    try:
        try:
            made = nb.vectorize(signature, nopython=True, cache=True)(function)
        except RuntimeError:  # no place to cache it (a function typed in a session)
            made = nb.vectorize(signature, nopython=True)(function)
    except Exception as error:  # numba raises many kinds; the formula itself is still good
        return None, f"numpy: does not compile ({type(error).__name__})"
    rng = np.random.default_rng(20260)
    probe = [np.concatenate([rng.normal(1, 2, 400), rng.choice([0.0, -0.0, 1.0, np.nan, np.inf, -1e300, 1e-300], 400)])
             for _ in range(n_args)]  # fmt: skip
    try:
        with np.errstate(all="ignore"):
            one, other = made(*probe), np.asarray(function(*probe), np.float64)
    except Exception as error:  # the run itself will name the formula (GEP-P011)
        return None, f"numpy: fails on arrays ({type(error).__name__})"
    # NaN may carry any sign; zeros must agree in theirs, or 1/x would tell them apart
    same = np.array_equal(one, other, equal_nan=True) and np.array_equal(
        np.signbit(one[one == 0]), np.signbit(other[other == 0])
    )
    return (made, "compiled") if same else (None, "numpy: the compiled bits differ")


def _teach_numba() -> None:
    """units.fitted and units.stated let bare numbers pass; numba is told so once."""
    from numba.extending import overload

    from gep import units

    if getattr(units.fitted, "_known_to_numba", False):
        return
    overload(units.fitted)(lambda value, unit: lambda value, unit: value)
    overload(units.stated)(lambda value, unit, like: lambda value, unit, like: value)
    units.fitted._known_to_numba = True  # type: ignore[attr-defined]
