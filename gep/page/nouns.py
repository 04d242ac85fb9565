"""What stands on a page, before any of it is HTML. Every number is a Figure, in each language and unit it is shown in.

Words are pairs (Chinese, English). A zone "" is the county.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gep.paper.nouns import Figure
from gep.paper.printing import place_of as place_of
from gep.paper.printing import whole_of as whole_of

Words = tuple[str, str]
Kind = Literal["total", "account", "service", "density", "share", "area", "rate", "other"]
HELD_BACK = ("*", "..")  # signs of a release for what is not published or not there


@dataclass(frozen=True)
class Shown:
    """One number as it is shown: (zh, en), or (zh, en, zh large, en large) where the unit can be switched.

    `status`: ok, partial (something is not in it), missing, hidden (not published).
    """

    figures: tuple[Figure, ...]
    status: str = "ok"

    @property
    def texts(self) -> list[str]:
        """As read, once where it reads the same in every way."""
        said = [figure.text for figure in self.figures]
        return said[:1] if len(set(said)) == 1 else said

    @property
    def there(self) -> bool:
        """Whether there is a number."""
        return self.figures[0].value is not None and self.status != "hidden"


@dataclass(frozen=True)
class Measure:
    """Something told of every township: cells by (year, zone). `units`: (zh, en) or with the large ones behind.

    `of`: of a service its account, of an account the total, of a density or a share what it is one of ("" none).
    """

    id: str
    name: Words
    units: tuple[str, ...]
    kind: Kind
    cells: Mapping[tuple[int, str], Shown]
    of: str = ""

    @property
    def there(self) -> bool:
        """Whether any township or the county has a number."""
        return any(cell.there for cell in self.cells.values())


@dataclass(frozen=True)
class Card:
    """A headline of the county; by year its number, and a line below: words, number, words."""

    name: Words
    units: Words
    cells: Mapping[int, Shown]
    below: Mapping[int, tuple[Words, Shown, Words]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """A table that stands on the page as it is: the first `lead` columns head their rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lead: int = 1


@dataclass(frozen=True)
class Page:
    """A page. `ranked`: measures of the table of townships; `mapped`: those the map can show; the bars and the flow are
    the measures of kind total, account and service. `outlines`: GeoJSON features with the zone as "id", or none."""

    title: Words
    study: str
    lang: str
    years: tuple[int, ...]
    zones: tuple[tuple[str, str], ...]  # id, name
    measures: tuple[Measure, ...]
    ranked: tuple[str, ...]
    mapped: tuple[str, ...]
    cards: tuple[Card, ...] = ()
    notices: tuple[Words, ...] = ()
    facts: tuple[Words, ...] = ()
    outlines: tuple[Mapping[str, Any], ...] = ()
    map_note: Words = ("", "")
    place: Words = ("乡镇", "Township")
    whole: Words = ("全县", "County")
    quality: tuple[tuple[Words, Shown], ...] = ()  # share of the value by confidence
    checked: tuple[tuple[Words, Shown], ...] = ()
    notes: tuple[Words, ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()  # (heading, paragraph)

    @property
    def by_id(self) -> Mapping[str, Measure]:
        """The measures by id."""
        return {measure.id: measure for measure in self.measures}

    @property
    def composed(self) -> list[Measure]:
        """The total, then each account with its services below it."""
        out = [*self.kind("total")]
        for account in self.kind("account"):
            out += [account, *(m for m in self.kind("service") if m.of == account.id)]
        return [*out, *(m for m in self.kind("service") if m not in out)]

    def kind(self, *kinds: str) -> list[Measure]:
        """The measures of these kinds, in their order."""
        return [measure for measure in self.measures if measure.kind in kinds]

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """(place in words, figure) of every number of the page, for `gep check-report`."""
        yield from ((place, one) for place, one in self._figures() if one.text not in HELD_BACK)

    def _figures(self) -> Iterator[tuple[str, Figure]]:
        for card in self.cards:
            for year, shown in card.cells.items():
                yield from ((f"{card.name[0]} {year}", one) for one in shown.figures)
            for year, (_, shown, _) in card.below.items():
                yield from ((f"{card.name[0]} {year}", one) for one in shown.figures)
        for measure in self.measures:
            for (year, zone), shown in measure.cells.items():
                yield from ((f"{measure.name[0]} {year} {zone}", one) for one in shown.figures)
        for name, shown in (*self.quality, *self.checked):
            yield from ((name[0], one) for one in shown.figures)
