"""Which columns of a form are valued, and the forms of the valued sheet, made of the county's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gep.balance.prices import AssetPrice
from gep.errors import Fault, fault
from gep.forms import Form

TOTAL = "total"


@dataclass(frozen=True)
class Plan:
    """Which columns of a form are valued, each by itself (not by its parts); the faults of pricing both."""

    columns: tuple[str, ...]
    faults: tuple[Fault, ...]


def plan(form: Form, prices: Iterable[AssetPrice], held: Collection[str]) -> Plan:
    """The columns valued by themselves: the priced ones, and what is held below no priced one (missing: no price).

    `held`: columns with a record. A column is taken apart only where its parts are priced or held.
    """
    priced = {p.column for p in prices}
    plain = [c for c in form.columns if not c.derived and not c.memo]
    parts_of = {c.id: below(form, c.id) for c in plain}
    faults = []
    for c in plain:
        if c.id in priced and (parts := sorted(parts_of[c.id] & priced)):
            names = ", ".join(parts)
            faults.append(fault("GEP-U010", place=f"{form.form}/{c.id}", form=form.form, zh=c.zh, en=c.en, parts=names))

    def walk(id: str) -> list[str]:
        if id not in priced and parts_of[id] & (priced | set(held)):
            return [x for part in form.column(id).of if part in parts_of for x in walk(part)]
        return [id]

    tops = [c.id for c in plain if not any(c.id in parts for parts in parts_of.values())]
    return Plan(tuple(dict.fromkeys(x for top in tops for x in walk(top))), tuple(faults))


def below(form: Form, id: str) -> set[str]:
    """The columns that a column is made of, and theirs."""
    parts = set(form.column(id).of)
    return parts.union(*(below(form, p) for p in parts))


def valued_forms(forms: Mapping[str, Form], columns: Mapping[str, Sequence[str]]) -> dict[str, Form]:
    """The forms in money, made of `forms["valued"]`: its rows, and the columns that are valued.

    `columns`: {form id: columns valued by themselves}. The columns of `valued` itself are the forms.
    """
    template = forms["valued"]
    base, named = template.model_dump(), {c.id: c for c in template.columns}
    out = {}
    for id, own in columns.items():
        form = forms[id]
        plain = {c.id for c in form.columns if not c.derived and not c.memo}
        kept = [c for c in form.columns if c.id in own or (c.id in plain and below(form, c.id) & set(own))]
        made = [
            {"id": c.id, "zh": c.zh, "en": c.en, "group": c.group, "of": [] if c.id in own else
             [p for p in c.of if p in {k.id for k in kept}]}
            for c in kept
        ]  # fmt: skip
        title = {
            "zh": f"{form.zh}（价值量）",
            "en": f"{form.en}, in money",
            "number": f"{template.number}-{form.number}",
        }
        out[f"valued_{id}"] = Form.model_validate({**base, **title, "form": f"valued_{id}", "columns": made})
    total = {**named[TOTAL].model_dump(), "of": list(columns)}
    parts = [
        named[id].model_dump() if id in named else {"id": id, "zh": forms[id].zh, "en": forms[id].en} for id in columns
    ]
    out["valued"] = Form.model_validate({**base, "columns": [total, *parts]})
    return out
