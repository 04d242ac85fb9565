"""Explain a settlement: readings, limits, steps, rates with document and date, and both sides of the entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.rule import Rule, registry
from gep.errors import GepError, fault
from gep.intake.values import key
from gep.lineage import table_name
from gep.money import to_cents
from gep.report import labels
from gep.report.settled_words import (
    LISTED,
    cited,
    clause,
    line_name,
    rate_name,
    rate_note,
    rule_name,
    said,
    source_of,
    term_of,
    unit,
    working,
)
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = 4  # dues that are explained though the question named the subject or the span only
_WORDS = {
    "settlement": ("结算", "settlement"), "formula": ("公式", "formula"), "source": ("依据", "by"),
    "form": ("规则形式出自", "form of the rule from"),
    "agreement": ("协议", "agreement"), "subject": ("对象", "subject"), "unit": ("被考核方", "assessed"),
    "reading": ("监测与登记", "readings"), "limit": ("限值与目标", "limits"), "step": ("步骤", "steps"),
    "rate": ("标准", "rates"), "share": ("份额", "shares"), "note": ("说明", "notes"),
    "other": ("其他依据", "other grounds"), "working": ("算式", "working"), "amount": ("金额", "amount"),
    "status": ("状态", "status"), "grade": ("可信度", "grade"), "term": ("有效期", "in force"),
    "open": ("有效期未载明", "term not stated"), "entry": ("记账", "entry"), "payer": ("付款方", "payer"),
    "payee": ("收款方", "payee"), "net": ("净额", "net"), "missing": ("缺", "missing"), "nothing": ("无", "none"),
    "supply": ("怎样补", "to supply"), "total": ("合计", "total"), "ask": ("查一笔", "ask for one"),
    "read": ("条文已核原文", "text of the clause read"), "unread": ("条文未核对原文", "text of the clause not read"),
    "remedy": ("缺标准：写进协议或该结算的 terms，或在县级费率文件（compensation.rates）加一行；"
               "缺数：补进该表的该行。缺数不按 0 计",
               "a rate: under terms of the agreement or of this settlement, or as a row of the county's own rates "
               "(compensation.rates); a figure: in its row of the table. What is missing never counts as 0"),
}  # fmt: skip
_KINDS = ("reading", "limit", "step", "rate", "share", "note")


def explain_due(
    ledger: pd.DataFrame, lineage: pd.DataFrame, *, settlement: str, subject: str | None = None,
    span: str | None = None, lang: str = "zh",
) -> str:  # fmt: skip
    """How the dues of a settlement came about; `ledger`, `lineage`: the frames of gep.settlements.Settlements.

    `settlement`: its id, or the id or name of its rule; `subject`: id or name of what is assessed, or of a party;
    `span`: "2023-05", "2023Q2", or "2023", which stands for all of its spans. What is not narrowed down to a few dues
    is listed instead: subjects, spans and amounts. Raises GepError GEP-G570…G572 for a word that nothing is called.
    """
    known = registry()
    rows = _of_settlement(ledger, settlement, known)
    if subject is not None:
        rows = _of_subject(rows, subject)
    if span is not None:
        rows = _of_span(rows, span)
    text = _Text(lang, known)
    asked = (subject is not None) + (span is not None)
    if not asked or (asked == 1 and len(rows) > _WHOLE):
        return text.listing(rows, by_due=bool(asked))
    mine = lineage[lineage["lineage"].isin(rows["lineage"])]
    behind = {k: part.to_dict("records") for k, part in mine.groupby("lineage", sort=False)}
    return "\n\n".join(text.due(row, behind.get(row["lineage"], []), ledger) for row in rows.to_dict("records"))


def _of_settlement(ledger: pd.DataFrame, word: str, known: Mapping[str, Rule]) -> pd.DataFrame:
    wanted, ids = key(word), list(dict.fromkeys(ledger["settlement"]))
    rows = ledger[ledger["settlement"].map(key) == wanted]
    if not len(rows):
        rules = [id for id in dict.fromkeys(ledger["rule"]) if wanted in map(key, _names(id, known))]
        rows = ledger[ledger["rule"].isin(rules)]
    if not len(rows):
        names = [name for id in dict.fromkeys(ledger["rule"]) for name in _names(id, known)]
        raise _unknown("GEP-G570", word, ids, [*ids, *names])
    return rows


def _names(id: str, known: Mapping[str, Rule]) -> tuple[str, ...]:
    return (id, known[id].zh, known[id].en) if id in known else (id,)


def _of_subject(rows: pd.DataFrame, word: str) -> pd.DataFrame:
    """The rows whose subject, else one of whose parties, has that id or name."""
    wanted = key(word)
    for columns in (("subject", "subject_name"), ("unit_party", "payer", "payer_name", "payee", "payee_name")):
        hit = rows[list(columns)].map(key).eq(wanted).any(axis=1)
        if hit.any():
            return rows[hit]
    pairs = rows.drop_duplicates(["subject", "subject_name"])[["subject", "subject_name"]].itertuples(index=False)
    listed = [(str(p.subject), str(p.subject_name)) for p in pairs]
    shown = [id if id == name else f"{name}（{id}）" for id, name in listed]
    raise _unknown("GEP-G571", word, shown, [part for pair in listed for part in pair])


def _of_span(rows: pd.DataFrame, word: str) -> pd.DataFrame:
    """The rows of that span, else those of the spans that begin with it (a year's months)."""
    wanted = word.strip().upper()
    for hit in (rows["span"] == wanted, rows["span"].str.startswith(wanted)):
        if hit.any():
            return rows[hit]
    spans = sorted(set(rows["span"]))
    raise _unknown("GEP-G572", word, spans, spans)


def _unknown(code: str, word: str, listed: Iterable[str], names: Iterable[str]) -> GepError:
    listed = list(listed)
    zh, en = did_you_mean(word, list(dict.fromkeys(names)))
    more = f" …（{len(listed)}）" if len(listed) > LISTED else ""
    return GepError(fault(code, word=word, near_zh=zh, near_en=en, known="、".join(listed[:LISTED]) + more))


class _Text:
    """Writes in one language."""

    def __init__(self, lang: str, known: Mapping[str, Rule]) -> None:
        self.lang, self.known = lang, known

    def __call__(self, word: str) -> str:
        return _WORDS[word][self.lang != "zh"]

    def money(self, cents: int, sign: bool = False) -> str:
        """Yuan to the cent; `sign`: + or − before it."""
        mark = "−" if cents < 0 else "+" if sign and cents > 0 else ""
        return f"{mark}{Decimal(abs(cents)).scaleb(-2):,.2f} {'元' if self.lang == 'zh' else 'yuan'}"

    def named(self, name: object, id: object) -> str:
        if name == id:
            return str(id)
        return f"{name}（{id}）" if self.lang == "zh" else f"{name} ({id})"

    def rule(self, id: str) -> str:
        return self.named(rule_name(self.known.get(id), self.lang, id), id)

    def count(self, n: int) -> str:
        return f"{n} 笔" if self.lang == "zh" else f"{n} due{'s' * (n != 1)}"

    # what there is ----------------------------------------------------------------------------------------------------
    def listing(self, rows: pd.DataFrame, by_due: bool) -> str:
        """Subjects (or single dues) with spans and amounts, about 30 lines; then how many more there are."""
        out = []
        for (period, id, rule), part in rows.groupby(["period", "settlement", "rule"], sort=False):
            out.append(f"{self('settlement')} {id} {period}  {self.rule(rule)}  {self._sums(part)}")
        keys = ["lineage"] if by_due else ["subject", "subject_name"]
        groups = [part for _, part in rows.groupby(keys, sort=False)]
        for part in groups[:LISTED]:
            one, spans = part.iloc[0], list(dict.fromkeys(part["span"]))
            when = spans[0] if len(spans) == 1 else f"{spans[0]} … {spans[-1]}"
            sums = self._one(one) if by_due else self._sums(part)
            out.append(f"  {self.named(one['subject_name'], one['subject'])}  {when}  {sums}")
        if rest := groups[LISTED:]:
            n = sum(map(len, rest))
            out.append(f"  … {self._more(len(rest), n)}")
        first = rows.iloc[0]
        out.append(
            f"{self('ask')}: --settlement {first['settlement']} --subject {first['subject']} --span {first['span']}"
        )
        return "\n".join(out)

    def _more(self, groups: int, dues: int) -> str:
        return f"另有 {groups} 行，{dues} 笔" if self.lang == "zh" else f"{groups} more, {dues} dues"

    def _sums(self, part: pd.DataFrame) -> str:
        """Number of dues, their sum, and how many are missing or suspended."""
        said_of = part["status"].value_counts()
        known = part["amount"].dropna()
        amount = f"{self('total')} {self.money(sum(map(to_cents, known)))}" if len(known) else self("missing")
        words = [f"{labels.word(s, self.lang)} {self.count(int(n))}" for s, n in said_of.items() if s != "ok"]
        return "  ".join([self.count(len(part)), amount, *words])

    def _one(self, row: Any) -> str:
        known = row["amount"] == row["amount"]
        amount = self.money(to_cents(row["amount"])) if known else self("missing")
        return f"{row['payer_name']} → {row['payee_name']}  {amount}  {labels.word(row['status'], self.lang)}"

    # one due ----------------------------------------------------------------------------------------------------------
    def due(self, row: Mapping[str, Any], lines: list[dict[str, Any]], ledger: pd.DataFrame) -> str:
        """One due, from its readings to both sides of its entry."""
        rule = self.known.get(row["rule"])
        lang = self.lang
        out = [f"{self.rule(row['rule'])}  {self('settlement')} {row['settlement']}  {row['span']}"]
        out.append(f"  {self('subject')}  {self.named(row['subject_name'], row['subject'])}  {self('unit')} "
                   f"{self._party(row, row['unit_party'])}")  # fmt: skip
        if rule is not None:
            read = self("read" if rule.verified else "unread")
            out.append(f"  {self('formula')}  {said(rule.formula, lang)}")
            source = source_of(rule, lang)
            out.append(f"  {self('form')}  {source}  [{read}]")
        rates = [x for kind in ("rate", "limit") for x in lines if x["kind"] == kind and _str(x["source"])]
        if grounds := dict.fromkeys(cited(x["source"], lang) for x in rates):
            out.append(f"  {self('source')}  {('；' if lang == 'zh' else '; ').join(grounds)}")
        if row["agreement"]:
            out.append(f"  {self('agreement')}  {row['agreement']}")
        ways: dict[str, Callable[[Mapping[str, Any], Rule | None], str]] = {"rate": self._rate}
        for kind in (*_KINDS, "other"):
            found = [
                x for x in lines if x["kind"] == kind or (kind == "other" and x["kind"] not in (*_KINDS, "formula"))
            ]
            texts = [ways.get(kind, self._line)(line, rule) for line in found]
            out += self._block(kind, dict.fromkeys(texts))
        out += self._block("working", [self._working(x, rule) for x in lines if x["kind"] == "formula"])
        if said(row["note"], lang) and row["status"] != "missing":
            out += self._block("note", [said(row["note"], lang)])
        return "\n".join([*out, *self._entry(row, ledger)])

    def _block(self, word: str, texts: Iterable[str]) -> list[str]:
        shown = [f"    {line}" for text in texts for line in text.splitlines()]
        return [f"  {self(word)}", *shown] if shown else []

    def _party(self, row: Mapping[str, Any], id: str) -> str:
        names = {row["payer"]: row["payer_name"], row["payee"]: row["payee_name"]}
        return self.named(names.get(id, id), id)

    def _line(self, line: Mapping[str, Any], rule: Rule | None) -> str:
        if term_of(line["note"])[0]:  # a limit of the library
            return self._rate(line, rule)
        name = line_name(line["kind"], _str(line["id"]), line["name"], rule, self.lang)
        source = " ".join(filter(None, (cited(line["source"], self.lang), clause(line["clause"], self.lang))))
        note = (working if line["kind"] == "step" else said)(line["note"], self.lang)
        file = table_name(_str(line["file"]))
        return "  ".join(filter(None, (self._valued(name, line), file, note, source,
                                       self._grade(line["confidence"]))))  # fmt: skip

    def _rate(self, line: Mapping[str, Any], rule: Rule | None) -> str:
        name = rate_name(_str(line["name"]), (rule, *self.known.values()), self.lang)
        term, note = term_of(line["note"])
        when = f"{self('term')} {term}" if term else self("open")
        source = " ".join(filter(None, (cited(line["source"], self.lang), clause(line["clause"], self.lang))))
        file, rest = table_name(_str(line["file"])), rate_note(note, self.lang)
        parts = (self._valued(name, line), source, when, self._grade(line["confidence"]), _str(line["id"]), file, rest)
        return "  ".join(filter(None, parts))

    def _valued(self, name: str, line: Mapping[str, Any]) -> str:
        value = line["value"]
        if value is None or value != value:
            return name
        return f"{name} = {value:,.12g} {unit(line['unit'], self.lang)}".rstrip()

    def _working(self, line: Mapping[str, Any], rule: Rule | None) -> str:
        name = line_name("formula", _str(line["id"]), line["name"], rule, self.lang)
        note = said(line["note"], self.lang)
        plain = name in ("公式", "formula") or (
            name.isascii() and name.replace("_", "").isalnum() and self.lang == "zh"
        )
        head = "" if not name or plain or (rule is not None and name == rule_name(rule, self.lang)) else name
        source = " ".join(filter(None, (cited(line["source"], self.lang), clause(line["clause"], self.lang))))
        text, colon = note or self._valued(head or name, line), "：" if self.lang == "zh" else ": "
        return "  ".join(filter(None, (f"{head}{colon}{text}" if head and note else text, source)))

    def _grade(self, grade: Any) -> str:
        return f"[{labels.word(grade, self.lang)}]" if _str(grade) else ""

    def _entry(self, row: Mapping[str, Any], ledger: pd.DataFrame) -> list[str]:
        """Amount and status, the payment and the receipt, and what nets where both parties meet again."""
        payer, payee = self._party(row, row["payer"]), self._party(row, row["payee"])
        state = labels.word(row["status"], self.lang)
        if row["amount"] != row["amount"] or row["amount"] is None:
            note = said(row["note"], self.lang)
            out = [f"  {self('amount')}  {self('missing')}", *self._block("missing", [note or "—"])]
            if "→" not in note:
                out += self._block("supply", [self("remedy")])
            return [*out, f"  {self('entry')}  {self('nothing')}: {payer} → {payee}"]
        cents = to_cents(row["amount"])
        grade = labels.word(row["confidence"], self.lang)
        return [
            f"  {self('amount')}  {self.money(cents)}  {self('status')} {state}  {self('grade')} {grade}",
            f"  {self('entry')}",
            f"    {self('payer')}  {payer}  {self.money(-cents)}",
            f"    {self('payee')}  {payee}  {self.money(cents, sign=True)}",
            *self._net(row, ledger),
        ]

    def _net(self, row: Mapping[str, Any], ledger: pd.DataFrame) -> list[str]:
        a, b = row["payer"], row["payee"]
        pair = ledger[(ledger["span"] == row["span"]) & ledger["payer"].isin([a, b]) & ledger["payee"].isin([a, b])]
        if len(pair) < 2:
            return []
        known = pair[pair["amount"].notna()]
        net = sum(to_cents(x) * (1 if p == a else -1) for x, p in zip(known["amount"], known["payer"], strict=True))
        lack, among = len(pair) - len(known), list(dict.fromkeys(pair["settlement"]))
        first, other = (row["payer_name"], row["payee_name"]) if net >= 0 else (row["payee_name"], row["payer_name"])
        if self.lang == "zh":
            whose = f"（{'、'.join(among)}）" if len(among) > 1 else ""
            text = (f"{row['span']} 这两方之间共 {len(pair)} 笔{whose}，轧差后 {first} 净付 {other} "
                    f"{self.money(abs(net))}")  # fmt: skip
            more = f"；缺 {lack} 笔未计" if lack else ""
        else:
            whose = f" ({', '.join(among)})" if len(among) > 1 else ""
            text = (f"{row['span']}: {len(pair)} dues between these two{whose}; on balance {first} pays {other} "
                    f"{self.money(abs(net))}")  # fmt: skip
            more = f"; {lack} missing, not counted" if lack else ""
        return [f"  {self('net')}  {text}{more}"]


def _str(value: Any) -> str:
    return "" if value is None or value != value else str(value)
