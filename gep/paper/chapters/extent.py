"""生态系统类型与分布: areas by ecosystem type, how they changed, and what became what."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from gep.paper import levels, splitting
from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Figure, Made, Para, Picture, Piece, Sum, Table, figure, para
from gep.units import factor

_EXACT = 4  # decimals of hm² that are whole m²: transitions are kept in m², so that rows and columns add up
_PERIODS = 4  # area columns that stand beside change and share on a portrait page


def chapter(facts: Facts, zone: str = "") -> Chapter | None:
    """Areas, changes and transitions of a township, or of the county; None where the run has no extent."""
    if not levels.leaves(facts):
        return None
    blocks = [*_said(facts, zone), *_areas(facts, zone), _bars(facts, zone), *_moves(facts, zone)]
    return Chapter("extent", facts.say("生态系统类型与分布", "Ecosystem types and their extent"), tuple(blocks))


def _types(facts: Facts, zone: str) -> dict[str, tuple[str, ...]]:
    """Level-I code → leaf types that the place has in some period."""
    there = {t for _, z, t in levels.areas(facts) if z == zone}
    found = {top: tuple(t for t in below if t in there) for top, below in levels.leaves(facts).items()}
    return {top: below for top, below in found.items() if below}


def _whole(types: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(t for below in types.values() for t in below)


def _share(part: Figure, whole: Figure) -> Figure:
    number = None if part.value is None or not whole.value else part.value / whole.value
    return figure(number, Made("ratio", (part.trace, whole.trace)), stored="1", unit="%", decimals=1)


def _said(facts: Facts, zone: str) -> list[Block]:
    """The largest type, and which type gained and which lost most, in words."""
    types, periods = _types(facts, zone), facts.periods
    first, last = periods[0], periods[-1]
    whole = levels.area(facts, last, zone, _whole(types))
    at = {top: levels.area(facts, last, zone, below) for top, below in types.items()}
    largest = max(at, key=lambda top: at[top].value or 0.0)
    name = facts.type_name
    pieces: list[Piece] = [
        facts.say(
            f"{last} 年，{facts.zone_name(zone)}有地类的面积 ",
            f"In {last}, the mapped land of {facts.zone_name(zone)} was ",
        ),
        whole,
        facts.say(f" hm²，{name(largest)}最多，", f" hm²; {name(largest)} was the largest type with "),
        at[largest],
        " hm²",
    ]
    if whole.value:
        pieces += [facts.say("，占 ", ", "), _share(at[largest], whole), "%"]
    pieces.append(facts.say("。", ". "))
    if first != last:
        moved = {top: levels.area_change(facts, first, last, zone, below) for top, below in types.items()}
        known = {top: f for top, f in moved.items() if f.value is not None and f.text.strip("+-0.,")}
        up = max((top for top in known if (known[top].value or 0) > 0), key=lambda t: known[t].value or 0, default="")
        low = min((top for top in known if (known[top].value or 0) < 0), key=lambda t: known[t].value or 0, default="")
        span = facts.say(f"{first}—{last} 年", f"Between {first} and {last} ")
        if not known:
            pieces += [span, facts.say("各类型面积没有变化。", "no type changed in area.")]
        else:
            pieces.append(span)
            for n, (top, zh, en) in enumerate(((up, "增加最多", "grew most"), (low, "减少最多", "shrank most"))):
                if top:
                    pieces += [
                        facts.say("，" if n == 0 or not up else "；", " " if n == 0 or not up else "; "),
                        facts.say(f"{name(top)}{zh}（", f"{name(top)} {en} ("),
                        known[top],
                        facts.say(" hm²）", " hm²)"),
                    ]
            pieces.append(facts.say("。", "."))
    return [Para(tuple(pieces))]


def _areas(facts: Facts, zone: str) -> list[Block]:
    """Area tables: level I with its leaf types, all periods, then change and share of the last period."""
    types, periods = _types(facts, zone), facts.periods
    lots = splitting.cut(periods, _PERIODS)
    out: list[Block] = []
    for n, lot in enumerate(lots):
        columns = [_column([levels.area(facts, p, zone, c) for c in _groups(types)], types) for p in lot]
        heads = [facts.say("生态系统类型", "Ecosystem type"), *(facts.say(f"{p}年 hm²", f"{p}, hm²") for p in lot)]
        if n == len(lots) - 1:
            if len(periods) > 1:
                first, last = periods[0], periods[-1]
                found = [levels.area_change(facts, first, last, zone, c) for c in _groups(types)]
                columns.append(_column(found, types))
                heads.append(facts.say("变化 hm²", "Change, hm²"))
            whole = levels.area(facts, periods[-1], zone, _whole(types))
            shares = [_share(levels.area(facts, periods[-1], zone, c), whole) for c in _groups(types)]
            columns.append(_column(shares, types))
            heads.append(facts.say(f"{periods[-1]}年占比 %", f"Share {periods[-1]}, %"))
        names: list[str] = []
        for top, below in types.items():
            names += [facts.type_name(top), *(f"　{facts.type_name(t)}" for t in _below(top, below))]
        names.append(facts.label("total"))
        rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
        out.append(
            Table(
                f"extent{'_' + str(n + 1) if n else ''}",
                facts.say(
                    f"{facts.zone_name(zone)}生态系统类型面积", f"Area by ecosystem type, {facts.zone_name(zone)}"
                ),
                tuple(heads),
                rows,
                _sums(types, len(columns)),
                note=facts.say(
                    "一级类型等于其下各类之和，合计等于各一级类型之和；“–”为该期没有此类型。",
                    "A level-I type is the sum of the types below it, the total that of level I; – is a type that"
                    " was not there.",
                ),
                widths=splitting.widths(len(heads), 1.8),
            )
        )
    return out


def _below(top: str, below: tuple[str, ...]) -> tuple[str, ...]:
    """Types printed below a level-I type; none where it stands for itself."""
    return () if below == (top,) else below


def _groups(types: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The types behind each row: level I, the leaves below it, and so on; the total last."""
    out: list[tuple[str, ...]] = []
    for top, below in types.items():
        out += [below, *((t,) for t in _below(top, below))]
    return [*out, _whole(types)]


def _column(figures: list[Figure], types: dict[str, tuple[str, ...]]) -> list[Piece]:
    """One column, level I fitted to the total and leaves to their level I."""
    shown: list[Piece] = [splitting.NONE if one.value is None else one for one in figures]
    total = figures[-1]
    tops, at = [], 0
    for top, below in types.items():
        tops.append((at, len(_below(top, below))))
        at += 1 + tops[-1][1]
    fitted = splitting.parts([shown[n] for n, _ in tops], total)
    for (n, below), one in zip(tops, fitted, strict=True):
        shown[n] = one
        if below and isinstance(one, Figure):
            shown[n + 1 : n + 1 + below] = splitting.parts(shown[n + 1 : n + 1 + below], one)
    return shown


def _sums(types: dict[str, tuple[str, ...]], columns: int) -> tuple[Sum, ...]:
    out: list[Sum] = []
    tops: list[int] = []
    at = 0
    for top, below in types.items():
        n = len(_below(top, below))
        tops.append(at)
        if n:
            out += [splitting.down(c, at, range(at + 1, at + 1 + n)) for c in range(1, columns + 1)]
        at += 1 + n
    return (*out, *(splitting.down(c, at, tops) for c in range(1, columns + 1)))


def _bars(facts: Facts, zone: str) -> Picture:
    types, periods = _types(facts, zone), facts.periods
    areas = {top: [levels.area(facts, p, zone, below) for p in periods] for top, below in types.items()}
    title = facts.say(f"{facts.zone_name(zone)}各类生态系统面积", f"Area by ecosystem type, {facts.zone_name(zone)}")
    series = {
        facts.type_name(top): [(one.value or 0.0) * factor("m²", "hm²") for one in found]
        for top, found in areas.items()
    }

    def draw(path: Path) -> object:
        from gep.report import charts

        return charts.stacked(path, [str(p) for p in periods], series, unit="hm²", lang=facts.lang)

    said = facts.say("、", ", ").join(facts.type_name(top) for top in types)
    return Picture(
        "extent_bars", title, facts.say(f"堆积条形图：各期{said}的面积", f"Stacked bars: area of {said}"), draw
    )


def _moves(facts: Facts, zone: str) -> list[Block]:
    """A matrix for each interval between the first and the last period; one where the run has just that interval."""
    dates = sorted({(a, b) for a, b, z in levels.moved(facts) if z == zone})
    first, last = facts.periods[0], facts.periods[-1]
    inside = [(a, b) for a, b in dates if first <= a and b <= last]
    if (first, last) in inside:
        inside = [(first, last)]
    elif inside and not all(x[1] == y[0] for x, y in pairwise(inside)):
        inside = []
    return [block for interval in inside for block in _matrix(facts, zone, interval)]


def _matrix(facts: Facts, zone: str, dates: tuple[int, int]) -> list[Block]:
    here = levels.moved(facts)[(*dates, zone)]
    kinds = {(a, b) for a, b, kind in here if kind == "all"}
    codes = sorted({c for pair in kinds for c in pair}, key=lambda c: (c == "", c))

    def area(pairs: list[tuple[str, str]], kind: str = "all") -> Figure:
        return levels.move(facts, dates, zone, [p for p in pairs if p in kinds], kind, _EXACT)

    def name(code: str) -> str:
        return facts.type_name(code) if code else facts.label("no_cover")

    cells = [[area([(a, b)]) if (a, b) in kinds else splitting.NONE for b in codes] for a in codes]
    # what has no land cover at a date has an area as well: a row or column of its own, so that all adds up
    right = [area([(a, b) for b in codes]) for a in codes]
    below = [area([(a, b) for a in codes]) for b in codes]
    whole = splitting.grid(cells, right, below, area(sorted(kinds)))
    total = facts.label("total")
    rows: list[tuple[Piece, ...]] = [
        (name(a), *row, end) for a, row, end in zip(codes, whole.cells, whole.right, strict=True)
    ]
    rows.append((total, *whole.below, whole.corner))
    heads = (facts.say(f"{dates[0]}年＼{dates[1]}年", f"{dates[0]} \\ {dates[1]}"), *(name(c) for c in codes), total)
    table = Table(
        f"transitions_{dates[0]}_{dates[1]}",
        facts.say(
            f"{dates[0]}—{dates[1]} 年一级类型转移矩阵（hm²）",
            f"Transitions of level-I types, {dates[0]}–{dates[1]} (hm²)",
        ),
        heads,
        tuple(rows),
        splitting.sums_of(len(codes), len(codes)),
        note=facts.say(
            "行为期初类型，列为期末类型；对角线为未变化的面积。",
            "Rows: type at the opening date; columns: at the closing date; the diagonal did not change.",
        ),
        widths=splitting.widths(len(heads), 1.3),
        wide=len(heads) > splitting.PORTRAIT,
    )
    return [table, *_largest(facts, zone, dates, kinds)]


def _largest(facts: Facts, zone: str, dates: tuple[int, int], kinds: set[tuple[str, str]]) -> list[Block]:
    """The largest transition, its share of all change, and how much of the change the pictures leave in doubt."""
    here = levels.moved(facts)[(*dates, zone)]
    change = sorted((a, b) for a, b in kinds if a != b and a and b)
    if not change:
        return [para(facts.say("期间没有一级类型之间的转移。", "No land changed its level-I type."))]
    largest = max(change, key=lambda pair: here[(*pair, "all")])
    one, whole = levels.move(facts, dates, zone, [largest]), levels.move(facts, dates, zone, change)
    a, b = (facts.type_name(code) for code in largest)
    share = _share(one, whole)
    pieces: list[Piece] = (
        [
            f"{a}转为{b}的面积最大，为 ",
            one,
            " hm²，占全部转移面积（",
            whole,
            " hm²）的 ",
            share,
            "%。",
        ]
        if facts.lang == "zh"
        else [
            f"The largest transition was {a} to {b}: ",
            one,
            " hm², ",
            share,
            "% of all change (",
            whole,
            " hm²). ",
        ]
    )
    doubtful = [pair for pair in change if (*pair, "doubtful") in here]
    if doubtful:
        part = levels.move(facts, dates, zone, doubtful, "doubtful")
        pieces += [
            facts.say("转移面积中 ", "Of all change, "),
            _share(part, whole),
            facts.say(
                "% 的图斑小于最小制图单元或可由影像错位解释，应先复核，再作为变化使用。",
                "% lies in patches below the minimum mapping unit or could be a shift of the images: check it"
                " before it is taken for change.",
            ),
        ]
    return [Para(tuple(pieces))]
