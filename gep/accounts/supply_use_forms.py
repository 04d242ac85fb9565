"""How the tables of supply and use look: the form's columns, and the rows of services that an account adds to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gep.accounts.economic_users import Reference, reference, units
from gep.coefficient_tables import ecosystem_types, type_chain
from gep.errors import Fault, fault
from gep.forms import Form, FormRow

MONEY, PHYSICAL = "supply_use", "supply_use_physical"
NO_TYPE, FROM_OUTSIDE = "no_type", "from_outside"
SUPPLY, USE = "total_supply", "total_use"
WHOLE, PARTIAL, SECTIONS, MEMO = "gep", "partial", ("final", "not_final"), "memo"


@dataclass(frozen=True)
class Row:
    """A row of the tables: a service, or an item of one, in one section."""

    id: str
    section: str
    service: str
    zh: str
    en: str
    reference: Reference
    unit: str


def type_columns(form: Form) -> dict[str, str]:
    """Which column holds each ecosystem type: that which lists it, else the type above it. Faults: form_faults."""
    listed = {code: c.id for c in form.columns for code in c.types}
    found = {t.code: next((listed[c] for c in type_chain(t.code) if c in listed), "") for t in ecosystem_types()}
    return {"": NO_TYPE, **{code: column for code, column in found.items() if column}}


def form_faults(form: Form) -> list[Fault]:
    """What a county's form of supply and use lacks: columns GEP-S008, types without a column GEP-S007."""
    ids = {c.id for c in form.columns}
    lacking = [i for i in (NO_TYPE, FROM_OUTSIDE, SUPPLY, USE) if i not in ids]
    lacking += [u for u in units() if u not in user_columns(form)]
    rows = [i for i in (WHOLE, PARTIAL, *SECTIONS, MEMO) if i not in {r.id for r in form.rows}]
    out = []
    for zh, en, ids_ in (("栏", "columns", lacking), ("行", "rows", rows)):
        if ids_:
            out.append(fault("GEP-S008", form=form.form, what_zh=zh, what_en=en, lacking=", ".join(ids_)))
    return out + type_faults(form)


def type_faults(form: Form) -> list[Fault]:
    """The ecosystem types that no column of a form holds (GEP-S007)."""
    have = type_columns(form)
    return [fault("GEP-S007", form=form.form, type=t.code) for t in ecosystem_types() if t.leaf and t.code not in have]


def user_columns(form: Form) -> dict[str, str]:
    """Which column holds each economic unit: that of its id, or one that names it among its aliases."""
    found = {u: form.named("columns", u) for u in units()}
    return {u: column for u, column in found.items() if column is not None}


def leaf_columns(form: Form, column: str) -> tuple[str, ...]:
    """The columns that are entered, of which a column is the sum; itself if it has no parts."""
    parts = form.column(column).of
    return tuple(dict.fromkeys(leaf for part in parts for leaf in leaf_columns(form, part))) or (column,)


def row_id(form: str, service: str, item: str = "", unit: str = "", section: str = "") -> str:
    """The id of a row: the service in its section; of the physical table service, item and unit."""
    if form == PHYSICAL:
        return f"{service}.{item}[{unit}]"
    return service if section == SECTIONS[0] else f"{section}.{service}"


def sections(rows: Iterable[Row], complete: bool) -> dict[str, list[str]]:
    """The sums of the money table: each section of its services, and the total of both (memo items have none)."""
    out: dict[str, list[str]] = {}
    for row in rows:
        if row.section in SECTIONS:
            out.setdefault(row.section, []).append(row.id)
            out.setdefault(WHOLE if complete else PARTIAL, []).append(row.id)
    return out


def make_row(id: str, form: str, section: str, service: str, name: str, item: str, item_name: str, unit: str) -> Row:
    """A row with its names; what the registry does not know (products) is called as in the ledger."""
    from gep.services import registry

    known = registry().get(service)
    zh, en = (known.zh, known.en) if known else (name, name)
    if form == MONEY:
        return Row(id, section, service, zh, en, reference(service), unit)
    yields = {y.id: y for m in (known.methods if known else ()) for y in m.yields}
    part_zh, part_en = (yields[item].zh, yields[item].en) if item in yields else (item_name, item_name)
    ref = reference(service, item, item_name)
    return Row(id, section, service, f"{zh}·{part_zh}（{unit}）", f"{en}: {part_en} ({unit})", ref, unit)


def money_form(form: Form, rows: Iterable[Row], complete: bool) -> Form:
    """The form `supply_use` with a row for each service: under the section it is in, memo items below the total."""
    listed = sorted(rows, key=lambda r: r.id)
    have = {s: [r for r in listed if r.section == s] for s in (*SECTIONS, MEMO)}
    heads = {r.id: r for r in form.rows}
    top = heads[WHOLE if complete else PARTIAL]
    out = [top.model_copy(update={"of": [s for s in SECTIONS if have[s]]})]
    for section in (*SECTIONS, MEMO):
        if have[section]:
            parts = [] if section == MEMO else [r.id for r in have[section]]
            out.append(heads[section].model_copy(update={"of": parts}))
            out += [_form_row(r) for r in have[section]]
    return form.model_copy(update={"rows": out})


def physical_form(form: Form, rows: Iterable[Row]) -> Form:
    """The form `supply_use_physical`: the columns of the money table, a row for each item in its own unit, no sums."""
    listed = sorted(rows, key=lambda r: (r.section == MEMO, r.id))
    said = {
        "form": PHYSICAL,
        "number": "",
        "zh": "生态系统服务供给与使用表（实物量）",
        "en": "Supply and use of ecosystem services (physical)",
        "unit": "1",
        "decimals": 6,
        "rows": [_form_row(r) for r in listed],
    }
    return form.model_copy(update=said)


def _form_row(row: Row) -> FormRow:
    role = "memo" if row.section == MEMO else "addition"
    return FormRow(id=row.id, zh=row.zh, en=row.en, role=role, seea=row.reference.seea, note=row.reference.zh)  # type: ignore[arg-type]
