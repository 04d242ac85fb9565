"""What a change of value is made of, as figures: area, intensity, quantity, price, by township and service."""

from __future__ import annotations

from gep import compare
from gep.accounts.decompose import CENTS, DIVIDED
from gep.accounts.deduction import ITEM as OUTSIDE
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Effect, Figure, Made, figure

STEPS = ("area", "intensity", "unsplit", "price", "outside", "undivided", "definition", "not_compared")
_COLUMNS = ("v0", "v1", "change", "area", "intensity", "unsplit", "price", "outside", "undivided", "definition")


# what is in no growth at constant prices, and how it is said
UNDIVIDED = {
    "outside": ("区域外扣除", "for products from outside"),
    "undivided": ("只有金额", "with money only"),
    "definition": ("口径有变", "of another definition"),
    "not_compared": ("缺数", "that are missing"),
}


def amounts(facts: Facts) -> dict[tuple[str, str], dict[str, int]]:
    """(zone or "", service or "") → cents by effect, between the first and the last period; {} with one period.

    Beside the effects: divided_v0, constant and divided_v1 over the lines that divide into quantity and price.
    """

    def make() -> dict[tuple[str, str], dict[str, int]]:
        if len(facts.periods) < 2:
            return {}
        sides = [compare.Side.of(facts.run, p) for p in (facts.periods[0], facts.periods[-1])]
        change = compare.compare(*sides).change
        lines = change.lines
        away = lines["item"] == OUTSIDE  # the deduction has a cause of its own
        inside = lines["kind"].isin(DIVIDED) & ~away
        lines = lines.assign(
            **{k: lines[k].where(~away, 0) for k in CENTS if k in STEPS},
            outside=lines["change"].where(away, 0),
            divided_v0=lines["v0"].where(inside, 0),
            divided_v1=lines["v1"].where(inside, 0),
            divided_constant=lines["constant"].where(inside, 0),
            not_compared=0,
        )
        names = [*_COLUMNS, "not_compared", "divided_v0", "divided_v1", "divided_constant"]
        out: dict[tuple[str, str], dict[str, int]] = {}

        def add(zone: str, service: str, found: dict[str, int]) -> None:
            for at in {(zone, service), (zone, ""), ("", service), ("", "")}:
                here = out.setdefault(at, dict.fromkeys([*names[:-1], "constant"], 0))
                for name, cents in found.items():
                    here["constant" if name == "divided_constant" else name] += int(cents)

        for (zone, service), row in lines.groupby(["zone", "service"], sort=False)[names].sum().iterrows():
            add(str(zone), str(service), row.to_dict())
        for zone, service, v0, v1 in change.absent[["zone", "service", "v0", "v1"]].itertuples(index=False, name=None):
            add(str(zone), str(service), {"not_compared": int(v1) - int(v0)})
        return out

    return facts.once("effects", make)


def left_out(facts: Facts, zone: str) -> list[str]:
    """Services with a change that is not divided into quantity and price, in the order of the accounts."""
    known = amounts(facts)
    return [s for s in facts.services if (row := known.get((zone, s))) and any(row[k] for k in UNDIVIDED)]


def effect(facts: Facts, which: str, zone: str = "", service: str = "", *, decimals: int = 2) -> Figure:
    """One effect as a figure in the report's money, with its sign where it is a change."""
    cents = amounts(facts).get((zone, service), {}).get(which)
    unit = MONEY[facts.lang][0]
    signed = which in STEPS or which == "change"
    number = None if cents is None else cents / 100
    return figure(number, trace(facts, which, zone, service), stored="yuan", unit=unit, decimals=decimals, sign=signed)


def trace(facts: Facts, which: str, zone: str = "", service: str = "") -> Effect:
    """Where an effect comes from."""
    where = tuple((column, id) for column, id in (("zone", zone), ("service", service)) if id)
    return Effect(facts.periods[0], facts.periods[-1], which, where)


def growth(facts: Facts, zone: str = "") -> Figure:
    """Growth at the first period's prices, per cent, over the lines that divide."""
    row = amounts(facts).get((zone, ""), {})
    base, constant = row.get("divided_v0", 0), row.get("constant", 0)
    made = Made("change", (trace(facts, "constant", zone), trace(facts, "divided_v0", zone)))
    return figure((constant - base) / abs(base) if base else None, made, stored="1", unit="%", decimals=1, sign=True)


def index(facts: Facts, zone: str = "") -> Figure:
    """Implicit price index: the lines that divide at their own prices over the same at the first period's prices."""
    row = amounts(facts).get((zone, ""), {})
    now, constant = row.get("divided_v1", 0), row.get("constant", 0)
    made = Made("ratio", (trace(facts, "divided_v1", zone), trace(facts, "constant", zone)))
    return figure(now / constant if constant else None, made, decimals=4)


def word(facts: Facts, which: str) -> str:
    """What an effect is called."""
    if which == "unsplit":
        return facts.say("数量（未拆分）", "quantity, not split")
    zh, en = words(which)
    return facts.say(zh.removesuffix("效应"), en.removesuffix(" effect").lower())


def words(which: str) -> tuple[str, str]:
    """What an effect is called on a bar, in both languages."""
    return ("区域外扣除", "Products from outside") if which == "outside" else compare.EFFECTS[which]


def prices(facts: Facts) -> str:
    """At which prices the values of all periods are; only a study of `price_year: current` is at current ones."""
    year = facts.meta.get("price_year")
    if not isinstance(year, int):
        return facts.say("现价", "current prices")
    return facts.say(
        f"{year} 年价格（统计表自带的价格为当年价）", f"prices of {year} (prices that statistics bring: of their year)"
    )


def measured(facts: Facts, service: str) -> bool:
    """Whether a service whose value is money has a quantity beside it, outside the total (旅游人次)."""

    def make() -> set[str]:
        rows = facts.work[~facts.work["in_gep"] & facts.work["quantity"].notna()]
        return set(rows.loc[(rows["unit"] != "") & ~rows["unit"].str.startswith("yuan"), "service"])

    return service in facts.once("measured", make)
