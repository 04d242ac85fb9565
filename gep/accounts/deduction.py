"""Products from outside the area: product value − value of ecosystem products from outside = GEP (GB/T 46869-2025).

Each row of the study's table `outside` becomes a ledger line of its own with a NEGATIVE value, item `from_outside`, so
that every sum over types, services and townships keeps holding. Profiles that deduct nothing show it as a memo line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.checks import check
from gep.accounts.ledger import cents
from gep.errors import Fault, fault, refuse
from gep.lineage import Line
from gep.profiles import deducts, entry, role
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

ITEM = "from_outside"
TABLE = "outside"
TOTAL = "total"
Deducted = tuple[list[dict[str, Any]], dict[str, tuple[Line, ...]], list[Fault]]


def outside(frame: pd.DataFrame, study: Any, zone_names: Mapping[str, str], tools: Any, names: Any) -> Deducted:
    """The deduction of one period: (column blocks, lineage, warnings), empty where the study gives no table.

    `frame`: the ledger rows of that period. Raises GepError with all faults of the table (GEP-T…, GEP-Q01…).
    """
    from gep.intake.monitoring import match_zones, read_table

    spec = study.tables.get(TABLE)
    if spec is None or not len(frame):
        return [], {}, []
    period = int(frame["period"].iloc[0])
    table = read_table(spec, period, study, TABLE)
    read = list(table.attrs.get("warnings", ()))
    table, matched = match_zones(table, zone_names, spec.zone_key)
    table.attrs["digest"] = tools.digests.of(study.resolve(spec.path, period))
    blocks, lineage, found = deduct(frame, table, study, names)
    # a township without a row has nothing to deduct: the table lists what comes from outside, not every township
    faults = refuse([*read, *(f for f in matched if f.code != "GEP-T031"), *found])
    return blocks, lineage, faults


def deduct(frame: pd.DataFrame, table: pd.DataFrame, study: Any, names: Any) -> Deducted:
    """Ledger lines of the rows of `table` (zone, service, item, value yuan or share 0…1; attrs file, digest).

    `frame`: the ledger rows of one period, before deduction. A share applies to the value of the service (of the item,
    where one is named) in that zone; where that value is missing the line is missing. Faults GEP-Q010…Q017.
    """
    faults: list[Fault] = []
    lines: list[dict[str, Any]] = []
    lineage: dict[str, tuple[Line, ...]] = {}
    left: dict[tuple[str, str], int] = {}  # cents of a zone's service not deducted yet
    named: dict[tuple[str, str], dict[str, bool]] = {}  # a zone's service: item ("" the whole) → by share
    file, digest = str(table.attrs.get("file", "")), str(table.attrs.get("digest", ""))
    known = _services(frame, study.profile)
    of_service = dict(list(frame.groupby("service", sort=False)))
    of_zone = dict(list(frame.groupby(["zone", "service"], sort=False)))
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        place = f"row {number}"
        service = known.get(str(row["service"]).strip())
        part = of_zone.get((str(row["zone"]), service))
        found = _target(of_service, service, part, row, {"file": file, "place": place})
        found += _numbers(row, file, place)
        if found:
            faults += found
            continue
        item = _item(part, row.get("item")) if _given(row.get("item")) else ""
        counted = role(study, service, item) == "in"
        others = named.setdefault((str(row["zone"]), str(service)), {})
        others[item] = others.get(item, False) or _number(row.get("share"))
        if len(others) > 1 and others.get("", False):  # a share of the whole holds a part of each item already
            faults.append(fault("GEP-Q018", file=file, place=place, zone=part["zone_name"].iloc[0], service=service))
            continue
        whole = int(cents(part.loc[part["in_gep"] == counted, "value"]).sum())
        part = part[part["item"] == item] if item else part
        base = int(cents(part.loc[part["in_gep"] == counted, "value"]).sum())
        valued = bool((part["value"].notna() & (part["in_gep"] == counted)).any())
        amount = round(row["share"] * base) if _number(row.get("share")) else round(row["value"] * 100)
        if not valued:
            faults.append(fault("GEP-Q017", file=file, place=place, zone=part["zone_name"].iloc[0], service=service))
        elif amount > min(base, left.setdefault((str(row["zone"]), str(service)), whole)):
            faults.append(
                fault(
                    "GEP-Q015",
                    file=file,
                    place=place,
                    zone=part["zone_name"].iloc[0],
                    service=service,
                    amount=f"{(amount + whole - left[str(row['zone']), str(service)]) / 100:.2f}",
                    value=f"{base / 100:.2f}",
                )
            )
            continue
        else:
            left[str(row["zone"]), str(service)] -= amount
        key = f"{int(part['period'].iloc[0])}/{service}.{ITEM}/{row['zone']}/{number}"
        lines.append(
            _line(part.iloc[0], row, item, amount if valued else None, counted and deducts(study.profile), names)
        )
        lines[-1]["lineage"] = key
        said = "share" if _number(row.get("share")) else "value"
        lineage[key] = (
            Line("option", said, said, float(row[said]), "1" if said == "share" else "yuan"),
            Line("table", TABLE, item or service, None, "", "", file, digest, clause=place),
        )
    block = {name: np.array([line[name] for line in lines], dtype=object) for name in (lines[0] if lines else ())}
    return ([block] if lines else []), lineage, faults


def checks(period: int, frame: pd.DataFrame, profile: str) -> list[dict[str, Any]]:
    """Σ product value − Σ from outside = GEP, for profiles that deduct, from the ledger rows of one period.

    Product values and deductions are taken from different columns (`value`, `from_outside`), so that a line with a
    wrong sign is found.
    """
    if not deducts(profile):
        return []
    rows = frame[(frame["period"] == period) & frame["in_gep"]]
    product = int(cents(rows.loc[rows["item"] != ITEM, "value"]).sum())
    taken = int(cents(rows["from_outside"]).sum())
    total = int(cents(rows["value"]).sum())
    n = int(rows["value"].notna().sum())
    zh, en = "Σ 产品价值 − Σ 区域外 = GEP", "Σ product value − Σ from outside = GEP"
    return [check("product_minus_outside", zh, en, period, (product - taken) / 100, total / 100, 0.0, n)]


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Product value, value from outside and what is left, of the counted lines: by service, then by zone.

    Columns: period, by (service | zone), id, name, product, from_outside, gep (yuan; NaN where nothing has a value);
    row `total` closes each block. Lines are summed in whole cents.
    """
    import pandas as pd

    rows = frame[frame["in_gep"]]
    work = rows.assign(
        product=np.where(rows["item"] == ITEM, 0, cents(rows["value"])),
        outside=cents(rows["from_outside"]),
        valued=rows["value"].notna().astype(int),
    )
    out = []
    for period, part in work.groupby("period", sort=True):
        for by in ("service", "zone"):
            sums = part.groupby([by, f"{by}_name"], sort=False, dropna=False)[["product", "outside", "valued"]].sum()
            whole = part[["product", "outside", "valued"]].sum()
            for (id, name), line in [*sums.iterrows(), ((TOTAL, ""), whole)]:
                known = line["valued"] > 0
                amounts = (line["product"], line["outside"], line["product"] - line["outside"])
                money = [int(a) / 100 if known else np.nan for a in amounts]
                out.append((int(period), by, id, name, *money))
    return pd.DataFrame(out, columns=["period", "by", "id", "name", "product", "from_outside", "gep"])


def _line(
    like: Any, row: Mapping[str, Any], item: str, amount: int | None, counted: bool, names: Any
) -> dict[str, Any]:
    """The deduction as a ledger line: names, account and zone of the lines it is deducted from."""
    zh = names.lang == "zh"
    shared = ("period", "zone", "zone_name", "service", "service_name", "account", "profile", "currency")
    what = f"来自区域外：{item}" if zh else f"from outside: {item}"
    lacking = "产品价值为缺，未扣除" if zh else "the product's value is missing, nothing is deducted"
    return {
        **{name: like[name] for name in shared},
        "type": "",
        "type_name": "",
        "item": ITEM,
        "item_name": "扣除区域外产品" if zh else "less products from outside",
        "method": ITEM,
        "options": f"table={TABLE}" + (f"; share={row['share']:g}" if _number(row.get("share")) else ""),
        "quantity": np.nan,
        "unit": "",
        "price": np.nan,
        "price_unit": "",
        "price_year": None,
        "price_basis": "",
        "value_basis": ITEM,
        "value": np.nan if amount is None else -amount / 100 + 0.0,
        "in_gep": counted,
        "from_outside": 0.0 if amount is None else amount / 100,
        "allocation_key": "",
        "status": "missing" if amount is None else "ok",
        "confidence": None if amount is None else "judgement",  # the county's own figure
        "coverage": np.nan,
        "note": lacking if amount is None else what if item else "",
    }


def _target(
    of_service: Mapping[str, pd.DataFrame],
    service: str | None,
    here: pd.DataFrame | None,
    row: Mapping[str, Any],
    where: Mapping[str, str],
) -> list[Fault]:
    """Faults of what a row names: service, item and zone must be of the account."""
    if service is None:
        names = [str(part["service_name"].iloc[0]) for part in of_service.values()]
        zh, en = did_you_mean(row["service"], [*of_service, *names])
        said = {"service": row["service"], "near_zh": zh, "near_en": en, "known": "、".join(of_service)}
        return [fault("GEP-Q010", **where, **said)]
    part = of_service[service]
    if _given(row.get("item")) and _item(part, row["item"]) is None:
        known = list(dict.fromkeys(part["item"]))
        zh, en = did_you_mean(row["item"], [*known, *dict.fromkeys(part["item_name"])])
        shown = "、".join(known)
        return [fault("GEP-Q011", **where, service=service, item=row["item"], near_zh=zh, near_en=en, known=shown)]
    if here is None or (_given(row.get("item")) and _item(here, row["item"]) is None):
        return [fault("GEP-Q012", **where, zone=row.get("zone_name") or row["zone"])]
    return []


def row_faults(table: pd.DataFrame) -> list[Fault]:
    """The faults of a table's rows that need no account: value and share (GEP-Q013, Q014, Q016)."""
    file = str(table.attrs.get("file", ""))
    rows = zip(table.index, table.to_dict("records"), strict=True)
    return [found for number, row in rows for found in _numbers(row, file, f"row {number}")]


def _numbers(row: Mapping[str, Any], file: str, place: str) -> list[Fault]:
    """Faults of a row's value and share: one of them, not below 0, a share not above 1."""
    value, share, where = row.get("value"), row.get("share"), {"file": file, "place": place}
    service = row["service"]
    if _number(value) and _number(share):
        return [fault("GEP-Q013", **where, service=service, value=value, share=share)]
    if not _number(value) and not _number(share):
        return [fault("GEP-Q014", **where, service=service)]
    if _number(share) and not 0 <= share <= 1:  # type: ignore[operator]
        return [fault("GEP-Q016", **where, service=service, what_zh="比例", what_en="share", number=share)]
    if _number(value) and value < 0:  # type: ignore[operator]
        return [fault("GEP-Q016", **where, service=service, what_zh="价值", what_en="value", number=value)]
    return []


def _services(frame: pd.DataFrame, profile: str) -> dict[str, str]:
    """What a cell may call a service: its id, or its name in the account, in the declaration or in the profile."""
    from gep.services import registry

    out: dict[str, str] = {}
    for id, name in frame[["service", "service_name"]].drop_duplicates().itertuples(index=False, name=None):
        said = entry(profile, id)
        service = registry().get(id)
        called = {id, name, *((said.zh, said.en) if said else ()), *((service.zh, service.en) if service else ())}
        out.update(dict.fromkeys(map(str, called), str(id)))
    return out


def _item(part: pd.DataFrame, text: Any) -> str | None:
    for id, name in part[["item", "item_name"]].drop_duplicates().itertuples(index=False, name=None):
        if str(text).strip() in (id, name):
            return str(id)
    return None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and value == value


def _given(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())
