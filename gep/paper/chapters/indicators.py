"""GEP/GDP 等指标: what the run read off the account, township beside county; nothing from a partial account."""

from __future__ import annotations

from typing import Any

from gep.paper import splitting
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Figure, Para, Piece, Rows, Table, figure, para
from gep.paper.worth import rank
from gep.report import facts as told
from gep.report import labels

_SKIPPED = ("share.service.",)  # stands with the values
_PLAIN = (
    "ggi",
    "implicit_price_index",
    "gep_per_enterprise_value_added",
    "gep_per_fiscal_revenue",
)  # ratios, no shares


def chapter(facts: Facts, zone: str = "") -> Chapter | None:
    """Indicators of a township beside the county's, or of the county; None where the run has no such table."""
    known = facts.once("indicators", lambda: _known(facts))
    here = _ids(facts, zone)
    if not here:
        return None
    title = facts.say(
        "GEP/GDP 等指标" if not zone else "单位面积、人均等指标",
        "GEP/GDP and other indicators" if not zone else "Per area, per person and other indicators",
    )
    if not facts.whole:
        why = told.lacking(facts.meta, facts.lang)
        return Chapter(
            "indicators",
            facts.say("指标", "Indicators"),
            (
                para(
                    facts.say(
                        f"账不完整，不计算单位面积、人均、构成和与 GDP 之比。{why}。",
                        f"The account is partial: no densities, shares or ratios are made from it. {why}.",
                    )
                ),
            ),
        )
    return Chapter("indicators", title, (*_said(facts, zone), _table(facts, zone, here), *_reasons(facts, zone, known)))


def _known(facts: Facts) -> dict[tuple[int, str, str], dict[str, Any]]:
    """(period, zone or "", indicator) → value, unit, zh, en, note, status."""
    table = facts.table("indicators")
    if table is None:
        return {}
    out = {}
    for row in table.to_dict("records"):
        zone = "" if row["zone"] != row["zone"] else str(row["zone"])
        out[int(row["period"]), zone, str(row["indicator"])] = row
    return out


def _ids(facts: Facts, zone: str) -> list[str]:
    known = facts.once("indicators", lambda: _known(facts))
    found = dict.fromkeys(i for _, z, i in known if z == zone)
    return [i for i in found if not i.startswith(_SKIPPED)]


def _unit(facts: Facts, id: str, stored: str) -> tuple[str, str, int]:
    """The unit printed, as it is said, and decimals."""
    money, said = MONEY[facts.lang]
    if stored == "yuan":
        return money, said, 2
    if stored == "yuan/km²":
        return f"{money}/km²", f"{said}/km²", 2
    if stored == "1":
        return ("1", "–", 4) if id in _PLAIN else ("%", "%", 1)
    return stored, labels.unit(stored, facts.lang), 0


def one(facts: Facts, id: str, period: int, zone: str = "") -> Figure | None:
    """An indicator as a figure; None where the run has no such row."""
    row = facts.once("indicators", lambda: _known(facts)).get((period, zone, id))
    if row is None:
        return None
    unit, _, decimals = _unit(facts, id, str(row["unit"]))
    where = (("period", period), ("zone", zone), ("indicator", id))
    trace = Rows("indicators", "value", where, "only")
    return figure(row["value"], trace, stored=str(row["unit"]), unit=unit, decimals=decimals)


def _table(facts: Facts, zone: str, ids: list[str]) -> Table:
    """Indicators by period; for a township the county's last value and the township's rank beside."""
    known = facts.once("indicators", lambda: _known(facts))
    last = facts.periods[-1]
    heads = [facts.say("指标", "Indicator"), facts.label("unit"), *map(str, facts.periods)]
    if zone:
        heads += [facts.say(f"全县 {last}", f"County {last}"), facts.say("位次", "Rank")]
    rows: list[tuple[Piece, ...]] = []
    for id in ids:
        row = next(r for (p, z, i), r in known.items() if z == zone and i == id)
        _, said, _ = _unit(facts, id, str(row["unit"]))
        cells: list[Piece] = [one(facts, id, p, zone) or splitting.NONE for p in facts.periods]
        if zone:
            others = [f for z in facts.zones_by_id if z != zone and (f := one(facts, id, last, z)) is not None]
            own = one(facts, id, last, zone)
            cells.append(one(facts, id, last) or splitting.NONE)
            cells.append(splitting.NONE if own is None or own.value is None or not others else rank([own, *others]))
        rows.append((str(row["zh"] if facts.lang == "zh" else row["en"]), said, *cells))
    note = facts.say(
        f"位次按 {last} 年从大到小，共 {len(facts.zones_by_id)} 个乡镇；“–”为没有此项。",
        f"Rank in {last}, largest first, of {len(facts.zones_by_id)} townships; – where there is none.",
    )
    return Table(
        "indicators",
        facts.say(f"{facts.zone_name(zone)}主要指标", f"Indicators, {facts.zone_name(zone)}"),
        tuple(heads),
        tuple(rows),
        note=note if zone else "",
        lead=2,
        widths=(2.2, 1.1, *([1.0] * (len(heads) - 2))),
        wide=len(heads) > splitting.PORTRAIT,
    )


def _said(facts: Facts, zone: str) -> list[Block]:
    """In words: the county's GEP/GDP; a township's value per km² and per person against the county's."""
    last = facts.periods[-1]
    if not zone:
        ggi = one(facts, "ggi", last)
        if ggi is None or ggi.value is None:
            return []
        first = one(facts, "ggi", facts.periods[0]) if len(facts.periods) > 1 else None
        pieces: list[Piece] = [
            facts.say(f"{last} 年 GEP 与 GDP 之比为 ", f"In {last} GEP was "),
            ggi,
            facts.say("", " of GDP"),
        ]
        if first is not None and first.value is not None:
            pieces += [facts.say(f"，{facts.periods[0]} 年为 ", f", in {facts.periods[0]} "), first]
            if ggi.text != first.text:
                slower = ggi.value < first.value
                pieces.append(
                    facts.say(
                        f"：期间 GEP 比 GDP 增长{'慢' if slower else '快'}",
                        f": it grew {'slower' if slower else 'faster'} than GDP",
                    )
                )
        return [
            Para(
                (
                    *pieces,
                    facts.say(
                        "。两者都含农林牧渔产品和旅游，不能相加。",
                        ". Both hold farm products and tourism: they are never added.",
                    ),
                )
            )
        ]
    out: list[Piece] = []
    for id, zh, en in (
        ("gep_density", "单位面积价值", "Value per km²"),
        ("gep_per_person", "人均价值", "value per person"),
    ):
        own, all_ = one(facts, id, last, zone), one(facts, id, last)
        if own is None or all_ is None or own.value is None or all_.value is None:
            continue
        unit = _unit(facts, id, own.stored)[1]
        word = (
            (("高于", "above") if own.value > all_.value else ("低于", "below"))
            if own.text != all_.text
            else ("等于", "equal to")
        )
        out += [
            facts.say(f"{last} 年{zh} ", f"{en} in {last}: "),
            own,
            facts.say(f" {unit}，{word[0]}全县的 ", f" {unit}, {word[1]} the county's "),
            all_,
            facts.say("；", "; "),
        ]
    return [Para((*out[:-1], facts.say("。", ".")))] if out else []


def _reasons(facts: Facts, zone: str, known: dict[tuple[int, str, str], dict[str, Any]]) -> list[Block]:
    """Why an indicator is missing, and what it leaves out, in the run's own words; each once."""
    said: dict[str, list[str]] = {}
    for (_, z, id), row in known.items():
        if z == zone and not id.startswith(_SKIPPED) and row["note"] == row["note"] and row["note"]:
            note = _note(facts, str(row["note"]))
            name = str(row["zh"] if facts.lang == "zh" else row["en"])
            if name not in said.setdefault(note, []):
                said[note].append(name)
    comma, colon = facts.say("、", ", "), facts.say("：", ": ")
    return [
        para(f"{comma.join(names)}{colon}{note}{facts.say('。', '.')}", kind="note") for note, names in said.items()
    ]


def _note(facts: Facts, note: str) -> str:
    """A note of the run ("中文 / English", several by ；, names of services after a colon) in the reader's language."""
    out = []
    parts = note.split("；")
    for part in parts if note.count(" / ") == len(parts) else [note]:
        zh, _, en = part.partition(" / ")
        head, colon, names = en.partition(": ")
        if colon and any(ord(c) > 0x2E80 for c in names):
            rows = facts.work[["service_name", "service"]].drop_duplicates()
            ids = dict(rows.itertuples(index=False, name=None))
            listed = [facts.service_name(ids[n]) if n in ids else n for n in names.split("、")]
            out.append(facts.say(f"{zh}：{'、'.join(listed)}", f"{head}: {', '.join(listed)}"))
        else:
            out.append(facts.say(zh, en or zh))
    return facts.say("；", "; ").join(out)
