"""A Rule: a dated, cited formula over monitoring and accounts that says who owes whom, or who may use how much.

One declaration feeds validation, units, `gep rules`, explain, the documentation and the tests: the invariants a rule
declares (`holds`) are property tests that find the rule by the registry.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gep.compensation.nouns import Case, Outcome
from gep.intake.expect import Expected

# every rule declares which hold for it, and none may be without a rule
INVARIANTS: Mapping[str, tuple[str, str]] = {
    "balanced": ("付款合计 = 收款合计, 财政也是一方", "payments = receipts, the treasury included"),
    "monotone": ("水质或空气变差, 受偿不增", "a worse reading never raises what is received"),
    "capped": ("封顶与总量有约束力", "caps bind"),
    "missing_month": (
        "缺测不是零: 注明、剔除或按约定沿用",
        "a missing month is not zero: flagged, excluded or carried",
    ),
    "suspended": ("停考断面恰为零, 且列在表中", "what is suspended gives exactly 0 and stands in the table"),
    "dated": ("标准按日期选取", "rates are picked by date"),
    "stepped": ("在 0、0.5、0.5+ε、1.0 处分档正确", "steps fall at e = 0, 0.5, 0.5+ε and 1.0"),
    "shares": ("份额取整后合计为一", "shares add up to one after rounding"),
    "netted": ("既在上游又在下游的乡镇只结算一次净额", "a township both up- and downstream nets once"),
    "reversal": ("排名份额反转对称", "rank shares reversed for payments are symmetric"),
    "unity": ("C = C0 时 P = k0", "P(C0) = k0"),
    "zero_sum": ("各方净额合计为零", "transfers add up to zero"),
}

GROUPS: Mapping[str, tuple[str, str]] = {
    "water": ("水质", "water quality"),
    "air": ("空气", "air quality"),
    "occupation": ("占用与开发", "occupation and development"),
    "rights": ("水权", "water rights"),
    "emission": ("排污权与强度", "emission rights and intensity"),
    "carbon": ("碳汇", "carbon sink"),
    "element": ("分要素", "elements"),
    "fund": ("资金分配", "allocation of funds"),
    "standard": ("补偿标准", "the standard"),
}


@dataclass(frozen=True)
class Table:
    """A table that a rule reads: its role, what is expected of it, whether it must be there, and of the year before."""

    role: str
    zh: str
    en: str
    expected: Expected
    required: bool = True
    before: bool = False  # the same table of the year before is read too


@dataclass(frozen=True)
class Term:
    """A rate a rule looks up: symbol and unit in the rate library; `keyed`: what its key is (a determinand …)."""

    symbol: str
    unit: str
    zh: str
    en: str
    keyed: str = ""


@dataclass(frozen=True)
class Option:
    """A choice between stated conventions. Without a default the study or the agreement must make it."""

    id: str
    zh: str
    en: str
    values: tuple[str, ...] = ()  # empty: any text (a number, a name), which the rule checks
    default: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule, valid from birth. `settle(case)` is a pure function: no file, no clock, no state.

    `formula`: one line, in the notation of its source. `worse`: (table role, column, +1 or −1, subject column): raising
    (or lowering) that column makes things worse for the subject of that row, for the invariant `monotone`. `needs`: the
    parts of `Accounts` it reads.
    """

    id: str
    zh: str
    en: str
    group: str
    formula: str
    settle: Callable[[Case], Outcome]
    holds: tuple[str, ...]
    source: str
    clause: str
    tables: tuple[Table, ...] = ()
    terms: tuple[Term, ...] = ()
    options: tuple[Option, ...] = ()
    worse: tuple[tuple[str, str, int, str], ...] = ()
    needs: tuple[Literal["areas", "ledger", "transitions", "entries", "statistics", "types", "land"], ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    needs_of: Callable[[Case], bool] | None = None  # whether a case needs them; None: every case does
    verified: bool = False  # the text of the article was read
    note_zh: str = ""
    note_en: str = ""
    _options: dict[str, Option] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not self.holds:
            raise ValueError(f"{self.id} declares no invariant")
        if self.group not in GROUPS:
            raise ValueError(f"{self.id}: no such group: {self.group}")
        if unknown := set(self.holds) - set(INVARIANTS):
            raise ValueError(f"{self.id}: no such invariant: {', '.join(sorted(unknown))}")
        if "monotone" in self.holds and not self.worse:
            raise ValueError(f"{self.id} is monotone in nothing: say `worse`")
        self._options.update((o.id, o) for o in self.options)

    def needed(self, case: Case) -> bool:
        """Whether a case cannot be settled before the accounts."""
        return bool(self.needs) and (self.needs_of is None or self.needs_of(case))

    def option(self, id: str) -> Option:
        """The option of that id. Raises KeyError."""
        return self._options[id]

    def table(self, role: str) -> Table:
        """The table of that role. Raises KeyError."""
        return next(t for t in self.tables if t.role == role)

    def _repr_html_(self) -> str:
        """The declaration as a table, for notebooks."""
        from gep.declared import of_rule

        return of_rule(self)


@functools.cache
def registry() -> Mapping[str, Rule]:
    """All rules by id: every module of gep.compensation.rules that declares RULES is found by itself."""
    from gep.compensation import rules

    found: dict[str, Rule] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(rules.__path__)):
        for rule in getattr(importlib.import_module(f"{rules.__name__}.{module}"), "RULES", ()):
            if rule.id in found:
                raise ValueError(f"two rules are called {rule.id}")
            found[rule.id] = rule
    return found
