"""Trophic state of a lake (综合营养状态指数): TLI(j) = a_j + b_j·ln C_j, TLI(Σ) = Σ W_j·TLI(j), W_j = r_j² / Σ r_j².

Chlorophyll a in mg/m³, transparency (SD) in m, all others in mg/L. r_j: correlation of determinand j with chlorophyll
a, which is the base and must be there. The numbers are rows of coefficients/rates/trophic.csv.
Source: 湖泊（水库）富营养化评价方法及分级技术规定（总站生字〔2001〕090号）; assessment.md §3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

BASE = "Chla"
DETERMINANDS = (BASE, "TP", "TN", "SD", "CODMn")
STATES = (("贫营养", "oligotrophic"), ("中营养", "mesotrophic"), ("轻度富营养", "lightly eutrophic"),
          ("中度富营养", "moderately eutrophic"), ("重度富营养", "hypereutrophic"))  # fmt: skip


def tli_of(c: float, constant: float, slope: float) -> float:
    """TLI(j) = constant + slope · ln C of one determinand. Raises ValueError where C is not above zero."""
    if not c > 0:
        raise ValueError(f"a reading of {c} has no logarithm: it is missing or a slip")
    return constant + slope * math.log(c)


def weights(r2: Mapping[str, float]) -> dict[str, float]:
    """W_j = r_j² / Σ r_j²: they add up to 1. Raises ValueError without the base, chlorophyll a."""
    if BASE not in r2:
        raise ValueError(f"no reading of {BASE}, the base of the index")
    whole = math.fsum(r2.values())
    return {what: r / whole for what, r in r2.items()}


def tli(c: Mapping[str, float], rows: Mapping[str, tuple[float, float, float]]) -> float:
    """TLI(Σ) of the mean concentrations `c` by determinand; `rows`: {determinand: (constant, slope, r²)}.

    Over the determinands that `c` has, weighted anew. Raises ValueError: no chlorophyll a, a mean not above zero.
    """
    w = weights({what: rows[what][-1] for what in c})
    return math.fsum(w[what] * tli_of(value, *rows[what][:2]) for what, value in c.items())


def state(index: float, cuts: Sequence[float]) -> int:
    """Place in STATES: 0 below the first cut, 1 from it to the second (both within), one more above each further."""
    return 0 if index < cuts[0] else 1 + sum(index > cut for cut in cuts[1:])
