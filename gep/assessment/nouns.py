"""The nouns of assessment: what is observed (Observation), what a measure is given (Given), what is judged (Score).

One path: tables and accounts → observations (indicator × township × year) → scores → release. An observation that
cannot be made is there all the same, missing, with what it lacks; it is never 0 and never the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gep.compensation.nouns import NO_WORDS, Identity, Terms, Words
from gep.errors import Fault
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

    from gep.assessment.catalogue import Indicator
    from gep.assessment.evaluation import Evaluation
    from gep.assessment.register import Kept

COUNTY = ""  # the zone of figures of the whole county
Status = Literal["ok", "partial", "missing"]


@dataclass(frozen=True)
class Observation:
    """The value of an indicator for a township (or COUNTY) and a year, in the unit of its catalogue row.

    `value` None exactly where the status is missing; `note` then says what is lacking. `n`: how many units (households,
    enterprises, projects) stand behind it, None where it is not made from records of units. `lines`: kinds ledger |
    reading | figure | entry | due | rate | indicator | step | note, and ONE formula line with the numbers put in.
    """

    indicator: str
    zone: str
    year: int
    value: float | None
    status: Status = "ok"
    confidence: str = ""
    n: int | None = None
    note: Words = NO_WORDS
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) != (self.status == "missing"):
            raise ValueError(f"{self.key}: a value is there, or its status is missing")
        if self.value is not None and not abs(self.value) < float("inf"):
            raise ValueError(f"{self.key}: {self.value} is no value")
        if self.status == "missing" and not self.note:
            raise ValueError(f"{self.key}: what is missing says what it lacks")

    @property
    def key(self) -> str:
        """Its key in the lineage: indicator/zone/year."""
        return f"{self.indicator}/{self.zone or 'county'}/{self.year}"


@dataclass(frozen=True)
class Results:
    """What a run leaves for assessment; all of it by township id, empty before the pass."""

    areas_m2: Mapping[str, float] = field(default_factory=dict)
    types: Mapping[int, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)  # year → zone → type → m²
    ledger: pd.DataFrame | None = None  # gep.accounts.ledger
    entries: pd.DataFrame | None = None  # gep.entries: accounts of stocks
    transitions: Sequence[Any] = ()
    beside: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # indicators, conformity … (gep.beside)
    stocks: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # tables of the accounts of stocks (condition …)
    complete: Mapping[int, bool] = field(default_factory=dict)  # whether the account of a year is whole
    dues: pd.DataFrame | None = None  # gep.compensation.ledger, COLUMNS
    positions: pd.DataFrame | None = None  # what each party pays, receives, nets


@dataclass(frozen=True)
class Given:
    """What a measure is given. Tables are as read: canonical columns and units, township names resolved to ids in
    `zone`, index = row in the user's file, attrs["file"]."""

    zones: Mapping[str, str]  # id → name
    years: tuple[int, ...]
    terms: Terms
    tables: Mapping[tuple[str, int], pd.DataFrame] = field(default_factory=dict)  # (role, year)
    registers: Mapping[tuple[str, int], Kept] = field(default_factory=dict)  # (register, year)
    results: Results | None = None  # None before the pass
    choices: Mapping[str, str] = field(default_factory=dict)
    catalogue: Mapping[str, Indicator] = field(default_factory=dict)
    observed: Observed | None = None  # for ratios: every other indicator
    base_year: int | None = None  # of constant prices; None: the earliest year accounted

    def table(self, role: str, year: int) -> pd.DataFrame | None:
        """The table of a role for a year; None where the study has none."""
        return self.tables.get((role, year))

    def known(self, role: str) -> list[int]:
        """The years that a role has a table for, in order."""
        return sorted(year for r, year in self.tables if r == role)


@dataclass(frozen=True)
class Found:
    """What a measure says of an indicator in a year: observations (zones it leaves out become missing), faults (an
    error stops the assessment), identities, public tables by name, and what is missing for zones left out."""

    observations: tuple[Observation, ...] = ()
    faults: tuple[Fault, ...] = ()
    identities: tuple[Identity, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    missing: Words = NO_WORDS


@dataclass(frozen=True)
class Score:
    """What a township gets in an evaluation: `item` an indicator, block or "" for the total; `weight` the points there
    are to get, `score` those it got (None: missing). `level`, `change`: parts of the score, where both are scored."""

    zone: str
    item: str
    kind: Literal["item", "block", "bonus", "veto", "total"]
    score: float | None
    weight: float | None = None
    zh: str = ""
    en: str = ""
    actual: float | None = None
    target: float | None = None
    before: float | None = None
    attainment: float | None = None
    level: float | None = None
    change: float | None = None
    grade: str = ""
    rank: int | None = None
    status: Literal["ok", "partial", "missing", "veto"] = "ok"
    confidence: str = ""
    note: Words = NO_WORDS
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What an evaluation says of a year: scores, public tables by name, identities, faults (errors stop all)."""

    scores: tuple[Score, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()
    faults: tuple[Fault, ...] = ()
    missing: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Observed:
    """All observations, found by indicator, zone and year. Whole: what could not be made is there, missing."""

    all: Mapping[tuple[str, str, int], Observation]

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> Observed:
        """From a list. Raises ValueError for two of one key."""
        out: dict[tuple[str, str, int], Observation] = {}
        for one in observations:
            if (place := (one.indicator, one.zone, one.year)) in out:
                raise ValueError(f"{one.key} is observed twice")
            out[place] = one
        return cls(out)

    def get(self, indicator: str, zone: str, year: int) -> Observation | None:
        """The observation; None where the indicator was not asked for that year."""
        return self.all.get((indicator, zone, year))

    def matrix(self, indicators: Sequence[str], zones: Iterable[str], year: int) -> pd.DataFrame:
        """Townships (rows, by id) × indicators (columns) of a year; NaN where missing."""
        import pandas as pd

        rows = list(zones)
        cells = {code: [_number(self.get(code, zone, year)) for zone in rows] for code in indicators}
        return pd.DataFrame(cells, index=pd.Index(rows, name="zone"), dtype="float64")


def _number(one: Observation | None) -> float:
    return float("nan") if one is None or one.value is None else one.value


@dataclass(frozen=True)
class Trial:
    """What an evaluation is given for a year. `before`: the assessed year before it, None for the first one. `scores`:
    those of the evaluations that stand above it in the study, by their id, this year's."""

    id: str
    evaluation: Evaluation
    year: int
    before: int | None
    given: Given
    indicators: Mapping[str, Indicator]
    observed: Observed = field(default_factory=lambda: Observed({}))
    chosen: tuple[str, ...] = ()  # indicators that the study names for it
    card: str = ""  # score card: id of a packaged one, or path of the county's own
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # role → this year's table
    choices: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    above: tuple[str, ...] = ()  # ids of the evaluations of its year that stand above it
    file: str = ""  # of the study, for faults
    place: str = ""  # where it stands in the study

    def option(self, id: str) -> str:
        """What the study chose, else the option's default; "" where neither says it."""
        return str(self.choices.get(id, self.evaluation.option(id).default))


def lacking(indicator: str, zone: str, year: int, zh: str, en: str) -> Observation:
    """An observation that could not be made, and what it lacks."""
    return Observation(indicator, zone, year, None, "missing", note=Words(zh, en))
