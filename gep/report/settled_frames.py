"""The data frames behind the sheets of compensation.xlsx: pure functions of gep.settlements.Settlements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gep.lineage import table_name
from gep.money import to_cents
from gep.report import labels, tables
from gep.report.frame_sheet import localised
from gep.report.settled_words import cited, clause, coded, rate_name, rate_note, rule_name, said, source_of, term_of
from gep.report.sheets import MONEY

if TYPE_CHECKING:
    import pandas as pd

    from gep.settlements import Settlements

UNVERIFIED = "unverified"
LEDGER = (
    "settled_year", "span", "settlement_name", "rule_name", "agreement", "subject", "subject_name", "unit_party",
    "payer", "payer_name", "payee", "payee_name", "amount_yuan", "signed_yuan", "status", "confidence",
    "on_unverified", "note",
    "settlement", "lineage",
)  # fmt: skip
SUMMARY = (
    "settled_year", "settlement_name", "rule_name", "formula", "dues", "sum_money", "dues_missing",
    "dues_suspended", *tables.GRADES, "note", "settlement",
)  # fmt: skip
RATES = ("rate_name", "rate_value", "unit", "authority_document", "clause", "in_force", "confidence", "used_by", "id",
         "file", "note")  # fmt: skip
_SOME = 5  # subjects named where many lack the same thing


def scale(lang: str) -> int:
    """Cents in the unit of summaries: 万元 in Chinese, yuan in English. Six decimals of 万元 hold every cent."""
    return 1_000_000 if lang == "zh" else 100


def cents_of(amounts: pd.Series) -> int:
    """The sum of amounts in yuan, exact, in cents; what is missing is left out."""
    return sum(map(to_cents, amounts.dropna()))


def settlement_name(made: Settlements, id: str, lang: str) -> str:
    """What a settlement is called: the study's name, else that of its rule, else its id."""
    return made.names.get(id) or rule_name(made.rules.get(id), lang, id)


def what_was_settled(made: Settlements) -> list[tuple[int, str]]:
    """(year, settlement) of all that was asked for: with dues, with public tables only, and what was not settled."""
    asked = list(zip(made.ledger["period"], made.ledger["settlement"], strict=True))
    for table in made.tables.values():
        asked += sorted(set(zip(table["period"], table["settlement"], strict=True)))
    asked += [(row["period"], row["settlement"]) for row in made.missing]
    order = list(made.rules)
    place = {id: order.index(id) if id in order else len(order) for _, id in asked}
    return sorted({(int(y), str(id)) for y, id in asked}, key=lambda at: (place[at[1]], at[1], at[0]))


def rate_lines(made: Settlements) -> pd.DataFrame:
    """The lines of rates, with the year and settlement of the due each stands behind."""
    lines = made.lineage[made.lineage["kind"] == "rate"]
    return lines.merge(made.ledger[["lineage", "period", "settlement"]], on="lineage", how="left")


def unverified(made: Settlements) -> pd.Series:
    """Of each row of the ledger, whether anything it rests on is unverified, whatever else is in it."""
    lines = made.lineage
    return made.ledger["lineage"].isin(lines.loc[lines["confidence"] == UNVERIFIED, "lineage"])


def summary(made: Settlements, lang: str, sheets: Mapping[str, str]) -> pd.DataFrame:
    """One row a settlement and year (SUMMARY, and `status` of its sum). `sheets`: names of sheets by key."""
    import pandas as pd

    rates, unsure = rate_lines(made), unverified(made)
    doubtful = rates[rates["confidence"] == UNVERIFIED]
    tabled = {at for t in made.tables.values() for at in set(zip(t["period"], t["settlement"], strict=True))}
    left = {(row["period"], row["settlement"]) for row in made.missing} - tabled
    rows = []
    for year, id in what_was_settled(made):
        part = made.ledger[(made.ledger["period"] == year) & (made.ledger["settlement"] == id)]
        rule, cents = made.rules.get(id), cents_of(part["amount"])
        known = part["amount"].notna()
        by_grade = [cents_of(part.loc[part["confidence"] == g, "amount"]) for g in tables.GRADES]
        shares = tables.printed([c / cents for c in by_grade], 1.0, 4) if cents and sum(by_grade) == cents else None
        n = doubtful.loc[(doubtful["period"] == year) & (doubtful["settlement"] == id), "id"].nunique()
        lack = int((~known).sum())
        notes = [doubt(cents_of(part.loc[unsure[part.index], "amount"]), cents, lang)]
        notes += _word("comp_unverified_rate", lang, n=n) if n else []
        notes += _word("comp_clause_unread", lang) if _unread(rule, part) else []
        if lack:
            notes += _word("comp_lacks", lang, n=lack, sheet=sheets["comp_missing"])
        if not len(part):
            key = "comp_none" if (year, id) in left else "comp_register"
            notes += _word(key, lang, sheet=sheets["comp_missing"])
        said_of = dict.fromkeys(tables.GRADES) if shares is None else dict(zip(tables.GRADES, shares, strict=True))
        rows.append({
            "settled_year": year, "settlement_name": settlement_name(made, id, lang),
            "rule_name": rule_name(rule, lang, ""), "formula": "" if rule is None else said(rule.formula, lang),
            "dues": len(part), "sum_money": cents / scale(lang) if known.any() else None, "dues_missing": lack,
            "dues_suspended": int(part["status"].isin(["suspended", "void"]).sum()), **said_of,
            "note": _joined(notes, lang), "settlement": id, "status": "missing" if lack and not known.any() else "ok",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*SUMMARY, "status"])


def _unread(rule: Any, part: pd.DataFrame) -> bool:
    return rule is not None and not rule.verified and bool(len(part))


def doubt(doubtful: int, whole: int, lang: str) -> str:
    """What a sum says of the part of it that rests on unverified rates, both in cents; "" where none does."""
    if not doubtful:
        return ""
    if doubtful == whole:
        return labels.label("comp_unverified_all", lang)
    money = f"{doubtful / scale(lang):,.6f}".rstrip("0").rstrip(".") + f" {labels.label('comp_money', lang)}"
    return labels.label("comp_unverified", lang).format(share=f"{doubtful / whole:.2%}", money=money)


def _word(key: str, lang: str, **values: Any) -> list[str]:
    return [labels.label(key, lang).format(**values)]


def _joined(texts: list[str], lang: str) -> str:
    return ("；" if lang == "zh" else "; ").join(filter(None, texts))


def ledger_rows(made: Settlements, lang: str) -> pd.DataFrame:
    """The settlement ledger in words (LEDGER), in its order; a missing amount is null and its note says why."""
    out = made.ledger.rename(columns={"period": "settled_year", "amount": "amount_yuan", "signed": "signed_yuan"})
    names = {id: settlement_name(made, id, lang) for id in out["settlement"].unique()}
    rules = {id: rule_name(made.rules.get(id), lang, "") for id in names}
    called = dict(zip(out["payer"], out["payer_name"], strict=True)) | dict(
        zip(out["payee"], out["payee_name"], strict=True)
    )
    notes = {note: said(note, lang) for note in out["note"].drop_duplicates()}
    return out.assign(
        settlement_name=out["settlement"].map(names), rule_name=out["settlement"].map(rules).fillna(out["rule"]),
        unit_party=out["unit_party"].map(called).fillna(out["unit_party"]),
        on_unverified=(unverified(made) & out["amount_yuan"].notna()).map({True: labels.label("yes", lang), False: ""}),
        note=out["note"].map(notes),
    )[list(LEDGER)]  # fmt: skip


def positions(made: Settlements) -> list[tuple[int, list[dict[str, Any]]]]:
    """Year by year the parties, in cents: paid, received, net; of both, what rests on unverified rates."""
    doubtful = made.ledger[unverified(made)]
    out = []
    for year, part in made.positions.groupby("period", sort=True):
        lines, rows = doubtful[doubtful["period"] == year], []
        for one in part.to_dict("records"):
            sides = (cents_of(lines.loc[lines[side] == one["party"], "amount"]) for side in ("payer", "payee"))
            rows.append({
                "party": one["party"], "party_name": one["party_name"], "paid": to_cents(one["pays"]),
                "received": to_cents(one["receives"]), "net": to_cents(one["net"]), "doubtful": sum(sides),
            })  # fmt: skip
        out.append((int(year), rows))
    return out


def missing_rows(made: Settlements, lang: str) -> pd.DataFrame:
    """What was not computed, and the dues without an amount: those that lack the same thing in one row."""
    import pandas as pd

    lack = made.ledger[made.ledger["status"] == "missing"]
    noted = lack.groupby(["period", "settlement"])["note"].agg("；".join).to_dict()  # told below, with the dues
    rows: list[dict[str, Any]] = [
        {"settled_year": row["period"], "settlement": row["settlement"], "what_lacks": row[f"what_{lang}"]}
        for row in made.missing
        if row["what_zh"] not in noted.get((row["period"], row["settlement"]), "")
    ]
    for (year, id, note), part in lack.groupby(["period", "settlement", "note"], sort=False):
        names, spans = list(dict.fromkeys(part["subject_name"])), list(dict.fromkeys(part["span"]))
        more = f" …（{len(names)}）" if len(names) > _SOME else ""
        rows.append({
            "settled_year": year, "settlement": id, "what_lacks": said(note, lang), "dues": len(part),
            "span": spans[0] if len(spans) == 1 else f"{spans[0]} … {spans[-1]}",
            "subjects_listed": "、".join(map(str, names[:_SOME])) + more,
        })  # fmt: skip
    columns = ["settled_year", "settlement_name", "what_lacks", "dues", "span", "subjects_listed", "settlement"]
    table = pd.DataFrame(rows, columns=[c for c in columns if c != "settlement_name"])
    table["settlement_name"] = [settlement_name(made, id, lang) for id in table["settlement"]]
    return table[columns]


def rates_used(made: Settlements, lang: str) -> pd.DataFrame:
    """Each row of the rate library that a due rests on, once (RATES), with the settlements that used it."""
    import pandas as pd

    rows = []
    for (_, _), part in rate_lines(made).groupby(["id", "unit"], sort=False):
        one = part.iloc[0]
        term, note = term_of(one["note"])
        users = list(dict.fromkeys(part["settlement"].dropna()))
        rules = (*(made.rules.get(id) for id in users), *made.rules.values())
        rows.append({
            "rate_name": rate_name(str(one["name"]), rules, lang), "rate_value": one["value"], "unit": one["unit"],
            "authority_document": cited(one["source"], lang), "clause": clause(one["clause"], lang), "in_force": term,
            "confidence": one["confidence"], "used_by": "、".join(settlement_name(made, id, lang) for id in users),
            "id": one["id"], "file": table_name(str(one["file"] or "")), "note": rate_note(note, lang),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(RATES))


def notes(made: Settlements, lang: str) -> pd.DataFrame:
    """The rules that settled: formula, source, whether the clause was read, conventions."""
    import pandas as pd

    users: dict[str, list[str]] = {}
    for id, rule in made.rules.items():
        users.setdefault(rule.id, []).append(settlement_name(made, id, lang))
    rules = {rule.id: rule for rule in made.rules.values()}
    rows = [
        {
            "rule_name": rule_name(rule, lang), "used_by": "、".join(dict.fromkeys(users[id])),
            "formula": said(rule.formula, lang),
            "rule_source": source_of(rule, lang),
            "rule_read": rule.verified, "note": rule.note_zh if lang == "zh" else rule.note_en, "id": id,
        }
        for id, rule in rules.items()
    ]  # fmt: skip
    columns = ["rule_name", "used_by", "formula", "rule_source", "rule_read", "note", "id"]
    return pd.DataFrame(rows, columns=columns)


def public(made: Settlements, table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A public table in words: one language, settlements by name, codes by labels.yaml, columns that say something."""
    beside = [c for c in table if {f"{c}_zh", f"{c}_en"} <= set(table)]  # codes; their words stand beside them
    out = localised(table.drop(columns=beside), lang)
    if {"unit", "unit_name"} <= set(out):  # the assessed party, no unit of measurement
        out = out.rename(columns={"unit": "party", "unit_name": "party_name"})
    names = {id: settlement_name(made, str(id), lang) for id in out["settlement"].unique()}
    out = out.assign(settlement=out["settlement"].map(names))
    out = out.rename(columns={"period": "settled_year", "settlement": "settlement_name"})
    for column in out.columns:
        if out[column].dtype == object and column not in ("status", "confidence"):
            known = {v: coded(str(column), v, lang) for v in out[column].dropna().unique() if isinstance(v, str)}
            out[column] = out[column].map(lambda v, known=known: known.get(v, v) if isinstance(v, str) else v)
    empty = [c for c in out if out[c].isna().all() or (out[c].dtype == object and out[c].fillna("").eq("").all())]
    return out.drop(columns=empty)


def formats(table: pd.DataFrame) -> dict[str, str]:
    """Number formats of a public table: money to the cent, counts whole, shares in per cent, else 2 to 6 decimals."""
    import pandas as pd

    out = {}
    for column in map(str, table.columns):
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
            continue
        whole = bool((values.dropna() % 1 == 0).all())
        if column.endswith("yuan") or "（元" in labels.word(column, "zh"):
            out[column] = MONEY
        elif column in ("settled_year", "year", "month"):
            out[column] = "0"
        elif whole:
            out[column] = "#,##0"
        elif "share" in column or column.endswith(("ratio", "coverage")):
            out[column] = "0.00%"
        else:
            out[column] = "#,##0.00####"
    return out
