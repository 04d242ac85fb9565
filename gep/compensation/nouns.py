"""The nouns of compensation: parties, what a rule is given (Case), what it says (Outcome), and who owes whom (Due)."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Literal

from gep.errors import Fault
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import Rate, Rates

if TYPE_CHECKING:
    import pandas as pd

    from gep.compensation.agreement import Agreement
    from gep.compensation.rule import Rule

TREASURY = "treasury"  # the county's own treasury: a party like any other
Status = Literal["ok", "suspended", "void", "missing"]
CENT = Decimal("0.01")


class Words(str):
    """A text in both languages: itself "zh / en", parted at its only " / "; `zh` and `en` are its halves.

    Empty where neither says anything. `Words.joined(a, b)` puts several into one, Chinese with Chinese.
    """

    zh: str
    en: str

    def __new__(cls, zh: str = "", en: str = "") -> Words:
        """Of both halves; a " / " within one of them becomes "/"."""
        halves = [half.replace(" / ", "/") for half in (zh, en)]
        made = super().__new__(cls, " / ".join(halves) if any(halves) else "")
        made.zh, made.en = halves
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """What a copy is made of."""
        return self.zh, self.en

    @classmethod
    def joined(cls, *parts: Words) -> Words:
        """Several texts as one; empty and repeated ones left out."""
        said = list(dict.fromkeys(filter(None, parts)))
        return cls("；".join(p.zh for p in said), "; ".join(p.en for p in said))


NO_WORDS = Words()


@dataclass(frozen=True)
class Party:
    """Who pays or receives: a township, the treasury, a neighbour, a province, an enterprise, a park."""

    id: str
    name: str
    kind: str = "township"


@dataclass(frozen=True)
class Parties:
    """All parties of a study by id, in its order; found by id or by name."""

    all: Mapping[str, Party]

    @classmethod
    def of(cls, parties: Iterable[Party]) -> Parties:
        """From a list. Raises ValueError for two of one id."""
        listed = list(parties)
        if len({p.id for p in listed}) != len(listed):
            raise ValueError("two parties share one id")
        return cls({p.id: p for p in listed})

    def find(self, word: object) -> str | None:
        """The id of the party that a table calls `word` (id or name, blanks and full width aside); None: no such."""
        return self._words.get(key(str(word)) if word is not None else "")

    @functools.cached_property
    def _words(self) -> dict[str, str | None]:
        """Every id and name, folded; None for one that several parties bear."""
        out: dict[str, str | None] = {}
        for party in self.all.values():
            for word in {key(party.id), key(party.name)}:
                out[word] = party.id if word not in out else None
        return out

    def name(self, id: str) -> str:
        """The name of a party; its id where it is none."""
        return self.all[id].name if id in self.all else id

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The ids of all parties of one kind."""
        return tuple(p.id for p in self.all.values() if p.kind == kind)


def first_day(span: str) -> dt.date:
    """The first day of a span: "2023", "2023Q3", "2023-05". Rates in force on that day hold for it."""
    found = re.fullmatch(r"(\d{4})(?:Q([1-4])|-(\d\d))?", span)
    if found is None:
        raise ValueError(f"{span!r} is no span: 2023, 2023Q3 or 2023-05")
    year, quarter, month = found.groups()
    return dt.date(int(year), int(month) if month else 3 * int(quarter) - 2 if quarter else 1, 1)


@dataclass(frozen=True)
class Terms:
    """The rates a settlement goes by: those of its agreement first, then of its scheme, then the law."""

    rates: Rates
    schemes: tuple[str, ...] = ()
    region: str = "*"

    def find(
        self, symbol: str, unit: str, span: str, *, key: str = "", tier: str = "", at: Decimal | None = None
    ) -> Rate:
        """The rate in force at the beginning of `span`. Raises GepError (see `Rates.find`)."""
        return self.rates.find(symbol, schemes=self.schemes, key=key, tier=tier, at=at, date=first_day(span),
                               region=self.region, unit=unit)  # fmt: skip

    def bands(self, symbol: str, unit: str, span: str, *, key: str = "") -> list[Rate]:
        """All bands of a rate in force at the beginning of `span`. Raises GepError."""
        return self.rates.bands(symbol, schemes=self.schemes, key=key, date=first_day(span), region=self.region,
                                unit=unit)  # fmt: skip

    def keys(self, symbol: str) -> tuple[str, ...]:
        """What a symbol is told for: the determinands of a weight, say."""
        return self.rates.keys(symbol, schemes=self.schemes)


@dataclass(frozen=True)
class Accounts:
    """What the accounts leave for compensation; all of it by township id. Absent (None) before the pass."""

    areas_m2: Mapping[str, float]
    ledger: pd.DataFrame | None = None  # gep.accounts.ledger
    lineage: pd.DataFrame | None = None
    transitions: Sequence[Any] = ()  # gep.accounts.transitions.Transitions, interval by interval
    entries: pd.DataFrame | None = None  # gep.entries: accounts of stocks
    statistics: Mapping[int, pd.DataFrame] = field(default_factory=dict)  # zone_statistics by period
    complete: Mapping[int, bool] = field(default_factory=dict)  # whether the account of a period is whole
    types: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # zone → ecosystem type → m², last period
    screened: pd.DataFrame | None = None  # land screened for planting: period, settlement, zone, reason, area_m2
    asset_value: Any = None  # gep.study_accounts.AssetValue: rate, horizon, timing; None where the study has none


@dataclass(frozen=True)
class Case:
    """What a rule is given. Tables are as read (canonical columns and units; index = row in the file, attrs["file"]).

    `tables[role]` of the period, `before[role]` of the year before (where the rule's table says so). `accounts` is None
    before the pass: a rule that needs them then only looks for faults in its tables.
    """

    id: str
    rule: Rule
    period: int
    parties: Parties
    terms: Terms
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    before: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    agreement: Agreement | None = None
    accounts: Accounts | None = None

    def option(self, id: str) -> str:
        """What the study or the agreement chose, else the option's default; "" where neither says it."""
        return str(self.choices.get(id, self.rule.option(id).default))

    def file(self, role: str) -> str:
        """The file of a table, for faults and lineage."""
        return str(self.tables[role].attrs.get("file", role)) if role in self.tables else role


@dataclass(frozen=True)
class Due:
    """Who owes whom, for what, and why. `amount` in yuan, never negative, None where something is missing.

    `unit` is the assessed party: the amount counts positive for it where it is the payee. `lines` are the readings,
    limits, steps, rates and notes behind the amount, in the order of the computation.
    """

    span: str
    subject: str
    unit: str
    payer: str
    payee: str
    amount: Decimal | None
    subject_name: str = ""
    status: Status = "ok"
    confidence: str = ""  # "": nothing behind it is graded
    note: str = ""
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        if self.payer == self.payee:
            raise ValueError(f"{self.subject} {self.span}: {self.payer} cannot owe itself")
        if (self.amount is None) != (self.status == "missing"):
            raise ValueError(f"{self.subject} {self.span}: an amount is there, or its status is missing")
        if self.amount is not None and (not self.amount.is_finite() or self.amount < 0):
            raise ValueError(f"{self.subject} {self.span}: {self.amount} is no amount; turn payer and payee")
        if self.status in ("suspended", "void") and self.amount != 0:
            raise ValueError(f"{self.subject} {self.span}: {self.status} settles nothing, not {self.amount}")


@dataclass(frozen=True)
class Identity:
    """Two sums that must be equal, to the last decimal: made into a check that every report prints."""

    id: str
    zh: str
    en: str
    left: Decimal
    right: Decimal


@dataclass(frozen=True)
class Outcome:
    """What a rule says of a case: dues, public tables by name, identities, faults (errors: nothing is settled)."""

    dues: tuple[Due, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()
    faults: tuple[Fault, ...] = ()
    missing: tuple[Words, ...] = ()  # what was not computed, and what it lacks, once each

    def __post_init__(self) -> None:
        if one := next((m for m in self.missing if not isinstance(m, Words)), None):
            raise TypeError(f"{one!r} is not said in both languages: Words(zh, en)")


def dec(value: Any) -> Decimal:
    """A number as it prints: 0.1 is 0.1. Raises ValueError for what is missing or infinite."""
    number = (
        value if isinstance(value, Decimal) else Decimal(repr(float(value)) if not isinstance(value, int) else value)
    )
    if not number.is_finite():
        raise ValueError(f"{value!r} is no number")
    return number


def cents(amount: Decimal) -> Decimal:
    """Yuan rounded once to 0.01, half to even."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def owed(signed: Decimal, unit: str, other: str) -> tuple[str, str, Decimal]:
    """(payer, payee, amount) of a signed sum: above zero the assessed `unit` receives it from `other`, else it pays."""
    return (other, unit, signed) if signed >= 0 else (unit, other, -signed)


def step(id: str, name: str, value: Any = None, unit: str = "", note: str = "", *, kind: str = "step") -> Line:
    """A line of the working: `kind` reading | limit | step | share | note | formula."""
    return Line(kind, id, name, None if value is None else float(value), unit, note=note)
