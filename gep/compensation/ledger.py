"""The settlement ledger: every due is posted twice, as a payment of one party and a receipt of another.

`frame` makes the long table, `postings` the double entry, `positions` what each party nets, `checks` the identities.
Amounts are yuan, whole cents; a missing amount is null with its reason, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from gep.accounts.checks import check
from gep.coefficients import worst
from gep.compensation.nouns import Case, Due, Identity, Outcome, cents
from gep.lineage import Line
from gep.money import from_cents, to_cents

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "period", "span", "settlement", "rule", "agreement", "subject", "subject_name", "unit_party", "payer", "payer_name",
    "payee", "payee_name", "amount", "signed", "status", "confidence", "note", "lineage",
)  # fmt: skip
Settled = Sequence[tuple[Case, Outcome]]


def frame(settled: Settled) -> tuple[pd.DataFrame, dict[str, tuple[Line, ...]]]:
    """The ledger (COLUMNS) in the order of the settlements, and the lines behind each row by its lineage key.

    `signed`: the amount as the assessed party (`unit_party`) sees it, above zero where it receives.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    lines: dict[str, tuple[Line, ...]] = {}
    for case, outcome in settled:
        for number, due in zip(numbers(outcome.dues), outcome.dues, strict=True):
            key = f"{case.period}/{case.id}/{due.span}/{due.subject}/{number}"
            lines[key] = due.lines
            rows.append(_row(case, due, key))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"amount": "float64", "signed": "float64", "period": "int64"}), lines


def _row(case: Case, due: Due, key: str) -> tuple[Any, ...]:
    name = case.parties.name
    amount = None if due.amount is None else from_cents(to_cents(float(cents(due.amount))))
    signed = None if amount is None else amount if due.payee == due.unit else -amount
    agreement = case.agreement.id if case.agreement is not None else ""
    return (case.period, due.span, case.id, case.rule.id, agreement, due.subject, due.subject_name or name(due.subject),
            due.unit, due.payer, name(due.payer), due.payee, name(due.payee), amount, signed, due.status,
            "" if amount is None else due.confidence, due.note, key)  # fmt: skip


def numbers(dues: Sequence[Due]) -> list[int]:
    """Where each due stands among those of its span and subject, in the order of what they say, not of their rows: a
    register with its rows in another order has the same keys."""

    def content(due: Due) -> tuple[str, ...]:
        working = (line.note for line in due.lines if line.kind == "formula")
        amount = "" if due.amount is None else f"{due.amount:032.8f}"
        return (due.unit, due.payer, due.payee, due.subject_name, due.status, amount, due.note, *working)

    together: dict[tuple[str, str], list[int]] = {}
    for place, due in enumerate(dues):
        together.setdefault((due.span, due.subject), []).append(place)
    out = [0] * len(dues)
    for places in together.values():
        for number, place in enumerate(sorted(places, key=lambda i: content(dues[i]))):
            out[place] = number
    return out


def grade(lines: Iterable[Line], default: str = "") -> str:
    """The worst confidence among the lines of a due; `default` where none has one: a price that two parties agreed on,
    a section that was dry, is not graded."""
    grades = [line.confidence for line in lines if line.confidence]
    return worst(grades) if grades else default


def unverified(lines: Iterable[Line]) -> bool:
    """Whether any of the lines is unverified: a worse grade beside it (a judgement) does not take that away."""
    return any(line.confidence == "unverified" for line in lines)


def postings(ledger: pd.DataFrame) -> pd.DataFrame:
    """The double entry: for every settled row a payment (side "pays", amount < 0) and a receipt (side "receives")."""
    import pandas as pd

    settled = ledger[ledger["amount"].notna()]
    keep = ["period", "span", "settlement", "rule", "subject", "lineage"]
    sides = []
    for side, party, sign in (("pays", "payer", -1), ("receives", "payee", 1)):
        names = {party: "party", f"{party}_name": "party_name"}
        part = settled[[*keep, party, f"{party}_name"]].rename(columns=names).assign(side=side)
        sides.append(part.assign(amount=sign * settled["amount"]))
    table = pd.concat(sides).sort_index(kind="stable").reset_index(drop=True)
    return table[[*keep, "party", "party_name", "side", "amount"]]


def positions(ledger: pd.DataFrame, by: Sequence[str] = ("period",)) -> pd.DataFrame:
    """What each party pays, receives and nets, per `by`; a township both up- and downstream stands here once."""
    entries = postings(ledger)
    whole = entries.assign(cents=entries["amount"].map(to_cents))
    keys = [*by, "party", "party_name"]
    made = whole.groupby([*keys, "side"], sort=False)["cents"].sum().unstack("side", fill_value=0)
    made = made.reindex(columns=["pays", "receives"], fill_value=0)
    table = made.reset_index()
    table["net"] = table["receives"] + table["pays"]
    table["pays"] = -table["pays"]
    for column in ("pays", "receives", "net"):
        table[column] = table[column].map(from_cents).astype("float64")
    return table.rename_axis(columns=None)


def checks(ledger: pd.DataFrame, settled: Settled) -> list[dict[str, Any]]:
    """Payments = receipts for each settlement and period, and the identities the rules declare for their cases."""
    entries = postings(ledger)
    whole = entries.assign(cents=entries["amount"].map(to_cents))
    out = []
    for (period, id), part in whole.groupby(["period", "settlement"], sort=False):
        paid = -int(part.loc[part["side"] == "pays", "cents"].sum())
        received = int(part.loc[part["side"] == "receives", "cents"].sum())
        nets = int(part.groupby("party")["cents"].sum().sum())
        zh, en = f"{id}：付款合计 = 收款合计", f"{id}: payments = receipts"
        left, right = from_cents(paid), from_cents(received + nets)
        out.append(check(f"settlement.{id}", zh, en, int(period), left, right, 0.0, len(part)))
    for case, outcome in settled:
        for item in outcome.identities:
            id = f"settlement.{case.id}.{item.id}"
            zh, en = f"{case.id}：{item.zh}", f"{case.id}: {item.en}"
            out.append(identity_check(id, zh, en, case.period, item))
    return out


def identity_check(id: str, zh: str, en: str, period: int, one: Identity) -> dict[str, Any]:
    """A declared identity as a check: it holds exactly, in decimals."""
    made = check(id, zh, en, period, float(one.left), float(one.right), 0.0, 1)
    return made | {"passed": one.left == one.right}
