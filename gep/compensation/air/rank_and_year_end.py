"""What follows from the quarters of the air: the split of a county's sum by rank, the year end, one-off rewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.air.tables import ANNUAL, QUARTERS, Readings
from gep.compensation.ledger import grade
from gep.compensation.nouns import TREASURY, Case, Due, Identity, Terms, Words, cents, owed, step
from gep.compensation.rows import lacking, missing_due, place, reading, shown
from gep.compensation.sharing import split, tied
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

Sums = Mapping[tuple[str, int], "Decimal | str"]
COLUMNS = ("span", "unit", "unit_name", "improvement", "alpha_tier", "alpha_tier_zh", "alpha_tier_en", "alpha",
           "amount", "note")  # fmt: skip
TIERS = {"met": ("达标", "target met"), "faster": ("未达标，快于区域", "missed, faster than the region"),
         "slower": ("未达标，慢于区域", "missed, slower than the region"), "worse": ("上升", "rose")}  # fmt: skip


def public(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of quarters: improvement (weighted, µg/m³), α and its case, amount (yuan, above zero: receives)."""
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for n, lang in enumerate(("zh", "en")):
        table[f"alpha_tier_{lang}"] = table["alpha_tier"].map(lambda t, n=n: TIERS[t][n] if t in TIERS else "")
    return table.astype({"improvement": "float64", "alpha": "float64", "amount": "float64"})


def ranked_row(case: Case, due: Due) -> dict[str, Any]:
    """The row of a township that took its share by rank."""
    signed = None if due.amount is None else float(due.amount if due.payee == due.unit else -due.amount)
    gain = next((line.value for line in due.lines if line.id == "improvement"), None)
    name = case.parties.name(due.unit)
    return {"span": due.span, "unit": due.unit, "unit_name": name, "improvement": gain, "amount": signed,
            "note": due.note}  # fmt: skip


def upper(case: Case, said: Readings, faults: list[Fault]) -> str | None:
    """The party that settles with the county; None where nobody is named. GEP-G255: a name of nobody, and the county's
    own row where nothing is done with it; GEP-G258: no row of the county to be split."""
    name, whole, ranked = case.option("upper"), TREASURY in said.units, case.option("split") == "rank"
    found = case.parties.find(name) if name else None
    if (name and found in (None, TREASURY)) or (whole and not ranked and not name):
        faults.append(fault("GEP-G255", file=case.file("air"), place="upper", name=name or "—"))
    if ranked and not whole:
        faults.append(fault("GEP-G258", file=case.file("air"), place="column zone"))
    return found


def by_rank(
    case: Case, said: Readings, rates: Mapping[int, Any], sums: Sums, faults: list[Fault]
) -> tuple[list[Due], tuple[Identity, ...]]:
    """The county's sum of each quarter split by the rank of the townships' improvement, reversed for a payment."""
    units = [u for u in said.units if u != TREASURY]
    more = case.option("shares")
    terms = replace(case.terms, schemes=(*case.terms.schemes, *([more] if more else [])))
    dues: list[Due] = []
    identities: list[Identity] = []
    for q in QUARTERS:
        span = f"{case.period}Q{q}"
        total = sums[TREASURY, q]
        gains = {u: _gain(said, u, q, rates[q]) for u in units}
        blank = [case.parties.name(u) for u, g in gains.items() if g is None]
        if isinstance(rates[q], str):
            dues += [missing_due(span, u, u, TREASURY, rates[q]) for u in units]
            continue
        try:
            parts = sorted(terms.bands("rank_share", "1", span), key=lambda r: int(r.tier))
            unit = terms.find("share_step", "yuan", span)
            _check(parts, len(units), span, faults)
            if faults:
                continue
            if isinstance(total, str) or blank:
                names = "、".join(blank)
                raise LookupError(
                    total if isinstance(total, str) else Words(f"缺 {names}, 不能排名", f"no rank without {names}")
                )
        except (GepError, LookupError) as error:
            for why in lacking(error, faults) if isinstance(error, GepError) else error.args:
                dues += [missing_due(span, u, u, TREASURY, why) for u in units]
            continue
        basis = {u: _basis(case, said, u, q, rates[q]) for u in units}
        made = _shared(case, span, total, {u: g for u, g in gains.items() if g is not None}, basis, parts, unit)
        dues += made
        signed = sum((d.amount if d.payee == d.unit else -d.amount for d in made if d.amount is not None), Decimal(0))
        identities.append(Identity(f"rank.{span}", f"{span} 各乡镇之和 = 全县", f"{span}: townships = county", signed,
                                   total))  # fmt: skip
        dues += _falls(case, said, terms, q, units, faults)
    return dues, tuple(identities)


def _gain(said: Readings, unit: str, q: int, rates: Any) -> Decimal | None:
    now, then = said.now.get((unit, q)), said.then.get((unit, q))
    if now is None or then is None or isinstance(rates, str):
        return None
    gain = Decimal(0)
    for k, w in rates.weights.items():
        before, after = then.value(k), now.value(k)
        if before is None or after is None:
            return None
        gain += w.number * (before - after)
    return gain


def _basis(case: Case, said: Readings, unit: str, q: int, rates: Any) -> list[Line]:
    """The readings and weights that an improvement is made of."""
    lines: list[Line] = []
    for k, w in rates.weights.items():
        for year, table, rows in ((-1, said.before, said.then), (0, said.table, said.now)):
            one = rows.get((unit, q))
            if one is not None and table is not None:
                lines.append(reading(table, "air", one.row, f"{k} {case.period + year}", one.value(k), "µg/m³"))
        lines.append(w.lineage())
    return lines


def _check(parts: list[Rate], units: int, span: str, faults: list[Fault]) -> None:
    total = sum((r.number for r in parts), Decimal(0))
    ids = f"{parts[0].id} … {parts[-1].id}"
    if total != 1:
        faults.append(fault("GEP-G256", file=parts[0].file, place=ids, what=f"rank_share {span}", total=total))
    if len(parts) != units:
        faults.append(fault("GEP-G257", file=parts[0].file, place=ids, shares=len(parts), units=units))


def _shared(
    case: Case, span: str, total: Decimal, gains: Mapping[str, Decimal], basis: Mapping[str, list[Line]],
    parts: list[Rate], unit: Rate,
) -> list[Due]:  # fmt: skip
    """The sum of a quarter by rank; equal improvement shares the places."""
    order = [r.number for r in parts] if total >= 0 else [r.number for r in reversed(parts)]
    each = tied(list(gains.values()), order)
    dues = []
    for (party, gain), share, signed in zip(gains.items(), each, split(total, each, unit.number), strict=True):
        rank = 1 + sum(other > gain for other in gains.values())
        payer, payee, amount = owed(signed, party, TREASURY)
        lines = (
            *basis[party],
            step("improvement", "weighted improvement", gain, "µg/m³"),
            step("rank", "rank, 1 the best", rank),
            step("share", "share of the county's sum", share, kind="share"),
            *(r.lineage() for r in parts),
            unit.lineage(),
            step(
                "formula",
                case.rule.id,
                note=f"{shown(total)} · {shown(share)} = {shown(signed)} yuan",
                kind="formula",
            ),
        )
        dues.append(Due(span, party, party, payer, payee, amount, confidence=grade(lines), lines=lines))
    return dues


def _falls(case: Case, said: Readings, terms: Terms, q: int, units: list[str], faults: list[Fault]) -> list[Due]:
    """The one-off for a fall of PM2.5 in its band, where the scheme knows one."""
    if not terms.keys("rank_once"):
        return []
    span, dues = f"{case.period}Q{q}", []
    try:
        bands = terms.bands("rank_once", "yuan", span)
    except GepError as error:
        return [missing_due(span, u, u, TREASURY, why) for why in lacking(error, faults) for u in units]
    for u in units:
        pair = [r.value("PM2.5") if r else None for r in (said.then.get((u, q)), said.now.get((u, q)))]
        assert pair[0] is not None
        assert pair[1] is not None
        fall = pair[0] - pair[1]
        for rate in (r for r in bands if r.holds(fall)):
            note = f"{shown(pair[0])} − {shown(pair[1])} = {shown(fall)} µg/m³ > {rate.over}: {shown(rate.number)} yuan"
            lines = (rate.lineage(), step("formula", case.rule.id, note=note, kind="formula"))
            dues.append(Due(span, u, u, TREASURY, u, cents(rate.number), confidence=grade(lines), lines=lines,
                            note="PM2.5 降幅一次性奖励 / one-off for the fall of PM2.5"))  # fmt: skip
    return dues


_PARTS = {"year_end": ("年终增减", "the year end"), "air_once": ("一次性奖励", "the one-offs")}


def unsettled(case: Case, said: Readings, upper: str | None) -> tuple[Words, ...]:
    """What of the county's own is settled with nobody, where no upper party is named: told, not passed over."""
    if upper is not None or TREASURY not in said.units:
        return ()
    parts = [("各季金额", "its quarters"), *(words for symbol, words in _PARTS.items() if case.terms.keys(symbol))]
    zh, en = "、".join(p[0] for p in parts), ", ".join(p[1] for p in parts)
    zh = f"全县的{zh}没有与上级结算：没有写明上级（choices.upper）"
    return (Words(zh, f"{en} of the county itself are settled with nobody: no upper party named (choices.upper)"),)


def year_end(
    case: Case, said: Readings, sums: Sums, upper: str | None, faults: list[Fault]
) -> tuple[list[Due], tuple[Words, ...]]:
    """Rewards less and payments more where the annual target is missed; one-offs for grade 二级, where agreed."""
    agreed = [s for s in ("year_end", "air_once") if case.terms.keys(s)]
    units = dict.fromkeys(unit for unit, _ in sums)
    if not agreed or not units:
        return [], ()
    if not any((u, ANNUAL) in said.now for u in units):
        zh = "年终增减与一次性奖励未计：表中没有全年行（季度 = 全年）"
        return [], (Words(zh, "year end and one-offs not computed: no rows of the year (quarter = annual)"),)
    dues: list[Due] = []
    for unit in units:
        other = upper if unit == TREASURY else TREASURY
        for symbol in agreed if other else ():
            assert other is not None
            try:
                dues += (_factors if symbol == "year_end" else _once)(case, said, sums, unit, other)
            except LookupError as error:
                dues.append(missing_due(str(case.period), unit, unit, other, str(error.args[0])))
            except GepError as error:
                dues += [missing_due(str(case.period), unit, unit, other, why) for why in lacking(error, faults)]
    return dues, ()


def _annual(case: Case, said: Readings, unit: str, k: str, now: bool = True) -> Decimal:
    found = (said.now if now else said.then).get((unit, ANNUAL))
    value = found.value(k) if found is not None else None
    if value is None:
        year = case.period if now else case.period - 1
        raise LookupError(Words(f"缺 {year} 年 {k} 年均值", f"no annual mean of {k} of {year}"))
    return value


def _factors(case: Case, said: Readings, sums: Sums, unit: str, other: str) -> list[Due]:
    """What the missed annual target takes: Σ rewards · (f − 1) − Σ payments · (g − 1)."""
    span = str(case.period)
    mean = _annual(case, said, unit, "PM2.5")
    row = said.now[unit, ANNUAL]
    target = row.target
    if target is None:
        raise LookupError(Words(f"缺年度目标（{place(said.table, row.row, 'target')}）", "no annual target"))
    if mean <= target:
        return []
    quarters = [sums[unit, q] for q in QUARTERS]
    if any(isinstance(s, str) for s in quarters):
        raise LookupError(Words("有季度未结算, 年终增减未计", "a quarter is missing: the year end is not settled"))
    rates = {t: case.terms.find("year_end", "1", f"{span}Q4", tier=t) for t in ("reward", "payment")}
    rewards = sum((s for s in quarters if not isinstance(s, str) and s > 0), Decimal(0))
    payments = sum((-s for s in quarters if not isinstance(s, str) and s < 0), Decimal(0))
    up, down = rates["payment"].number, rates["reward"].number
    signed = cents(rewards * (down - 1) - payments * (up - 1))
    note = f"{shown(rewards)}·({shown(down)} − 1) − {shown(payments)}·({shown(up)} − 1) = {shown(signed)} yuan"
    lines = (reading(said.table, "air", row.row, "PM2.5", mean, "µg/m³"),
             step("target", "annual target of PM2.5", target, "µg/m³", kind="limit"),
             *(r.lineage() for r in rates.values()),
             step("formula", case.rule.id, note=note, kind="formula"))  # fmt: skip
    payer, payee, amount = owed(signed, unit, other)
    return [Due(span, unit, unit, payer, payee, amount, confidence=grade(lines), lines=lines,
                note="年度目标未完成 / annual target missed")]  # fmt: skip


def _once(case: Case, said: Readings, sums: Sums, unit: str, other: str) -> list[Due]:
    """The one-off where the year before was within grade 二级; the higher one where PM2.5 improved further."""
    span = str(case.period)
    limits = {k: case.terms.find("annual_limit", "µg/m³", str(case.period - 1), key=k) for k in ("PM2.5", "PM10")}
    means = {k: _annual(case, said, unit, k, now=False) for k in limits}
    if any(means[k] > limits[k].number for k in limits):
        return []
    now = _annual(case, said, unit, "PM2.5")
    rate = case.terms.find("air_once", "yuan", f"{span}Q4", tier="improved" if now < means["PM2.5"] else "attained")
    within = ", ".join(f"{k} {shown(means[k])} ≤ {shown(limits[k].number)}" for k in limits)
    note = f"{case.period - 1}: {within}; PM2.5 {shown(means['PM2.5'])} → {shown(now)}: {shown(rate.number)} yuan"
    lines = (*(r.lineage() for r in limits.values()), rate.lineage(),
             step("formula", case.rule.id, note=note, kind="formula"))  # fmt: skip
    return [Due(span, unit, unit, other, unit, cents(rate.number), confidence=grade(lines), lines=lines,
                note="空气质量一次性奖励 / one-off reward")]  # fmt: skip
