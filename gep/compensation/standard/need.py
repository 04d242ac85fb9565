"""What a method of the standard asks for one township, and what it answers: numbers, their lines, lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from gep.compensation.ledger import grade
from gep.compensation.nouns import step
from gep.compensation.standard import stage
from gep.compensation.standard.inputs import Inputs
from gep.lineage import Line

NAN = Decimal("NaN")


@dataclass(frozen=True)
class Made:
    """A method's answer for a township, yuan/a. `status`: ok | missing | open (floor above ceiling) | index (no money).

    `lacks`: what is missing, (zh, en) each. `text`: the formula with its numbers; `said`: notes (zh, en).
    """

    status: str
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    index: Decimal | None = None
    text: str = ""
    said: tuple[str, str] = ("", "")
    lines: tuple[Line, ...] = ()
    lacks: tuple[tuple[str, str], ...] = ()

    @property
    def confidence(self) -> str:
        """The worst grade behind it; none where nothing was computed."""
        return "" if self.status == "missing" else grade(self.lines)


@dataclass(frozen=True)
class Method:
    """A method: its formula as a line, its source, how sure the formula is, and what it computes for all townships.

    `needs_zh`, `needs_en`: how to supply what it needs.
    """

    id: str
    zh: str
    en: str
    formula: str
    source: str
    confidence: str
    compute: Callable[[Method, Inputs], dict[str, Made]]
    needs_zh: str
    needs_en: str
    money: bool = True


@dataclass
class Need:
    """What a method asks for one township: the numbers, the lines behind them, and what is lacking, all at once."""

    method: Method
    x: Inputs
    zone: str
    lines: list[Line] = field(default_factory=list)
    lacks: list[tuple[str, str]] = field(default_factory=list)

    def lack(self, zh: str, en: str) -> Decimal:
        """Something is missing: told, and NaN in its place, which no answer is made of."""
        self.lacks.append((zh, en))
        return NAN

    def table(self, role: str, column: str) -> Decimal:
        """A figure of a table."""
        found = self.x.figures.get((role, self.zone, column))
        if found is not None:
            self.lines += found.lines
            return found.value
        table = self.x.case.rule.table(role)
        aliases = table.expected.get(column).aliases
        name = aliases[0] if aliases else column
        if role not in self.x.case.tables:
            return self.lack(f"表 {role}（{table.zh}）的{name}", f"{column} of the table {role} ({table.en})")
        return self.lack(f"表 {role} 中该乡镇的{name}", f"{column} of this township in the table {role}")

    def people(self) -> Decimal:
        """Population: of the table socio, else of the study's statistics."""
        if ("socio", self.zone, "population") in self.x.figures or self.zone not in self.x.people:
            return self.table("socio", "population")
        self.lines.append(step("population", "人口 / population", self.x.people[self.zone], "person",
                               "zone_statistics", kind="account"))  # fmt: skip
        return self.x.people[self.zone]

    def rate(self, symbol: str, key: str = "") -> Decimal:
        """A rate in force."""
        found = self.x.rates.get((symbol, key))
        if found is None:
            what = " ".join(filter(None, (symbol, key)))
            return self.lack(f"费率 {what}（在 terms 里写明）", f"the rate {what} (say it under terms)")
        self.lines.append(found.lineage())
        return found.number

    def v_n(self) -> dict[str, Decimal]:
        """V_N by service."""
        of = self.x.values.get(self.zone)
        if self.x.why is not None:
            self.lack(*self.x.why)
        elif of is None:
            self.lack("该乡镇的核算", "an account of this township")
        if self.x.why is not None or of is None:
            return {}
        note = "; ".join(f"{s} {v:,.2f}" for s, v in of.items())
        whole = float(sum(of.values(), Decimal(0)))
        worst = self.x.grades.get(self.zone, "")
        self.lines.append(Line("account", "v_n", "V_N", whole, "yuan/a", confidence=worst, note=note))
        return dict(of)

    def stage(self) -> Decimal:
        """The stage coefficient l: of townspeople and villagers by their shares, or of one Engel coefficient."""
        if self.x.stage is not None:
            return self.x.stage
        offset = self.rate("stage_offset")
        names = ("urban_share", "engel_urban", "engel_rural")
        one = ("socio", self.zone, "engel") in self.x.figures
        both = any(("socio", self.zone, n) in self.x.figures for n in names[1:])
        if one and not both:
            en = self.table("socio", "engel")
            l = stage.stage(en, offset) if offset.is_finite() else NAN
        else:
            share, town, land = (self.table("socio", n) for n in names)
            known = all(n.is_finite() for n in (share, town, land, offset))
            l = stage.mixed(stage.stage(town, offset), stage.stage(land, offset), share) if known else NAN
        if l.is_finite():
            self.lines.append(step("stage", "发展阶段系数 / stage coefficient", l, "1", f"l = 1/(1+e^({offset}−1/En))"))
        return l

    def made(self, text: str = "", said: tuple[str, str] = ("", ""), **answer: Decimal | None) -> Made:
        """The answer, or what is lacking."""
        if self.lacks:
            return missing(*self.lacks)
        how = self.method
        line = Line("step", how.id, f"{how.zh} / {how.en}", source=how.source, confidence=how.confidence, note=text)
        status = "ok" if answer.get("value") is not None else "open" if how.money else "index"
        return Made(status, text=text, said=said, lines=(*self.lines, line), **answer)


def missing(*lacks: tuple[str, str]) -> Made:
    """Not computed: what it lacks."""
    return Made("missing", lacks=tuple(dict.fromkeys(lacks)))
