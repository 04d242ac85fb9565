"""The rows of the conformity table, one function a part: what is expected, what the account does, and the status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gep.accounts.deduction import TABLE
from gep.coefficient_tables import profiles
from gep.columns import GRADES
from gep.profiles import Clause, Entry, conflicts, deducts, entries, entry, role
from gep.profiles import clauses as profiles_clauses
from gep.scope import STATISTICS, service_clause
from gep.services import registry

if TYPE_CHECKING:
    import pandas as pd

    from gep.declare import Method

Status = Literal["verified", "unverified", "departs", "missing", "not_applicable", "confirmed"]


@dataclass(frozen=True)
class Row:
    """One row of the table. `zh`/`en`: what is expected; `found_zh`/`found_en`: what the account does.

    `clause`: the id under which a study may confirm it ("" where there is nothing to confirm); `confidence`: how well
    the expectation itself is known; `confirmed`: who confirmed it, and when.
    """

    part: str
    clause: str
    service: str
    zh: str
    en: str
    found_zh: str
    found_en: str
    status: Status
    confidence: str = ""
    source: str = ""
    confirmed: str = ""


def _known(confidence: str) -> Status:
    return "verified" if confidence == "verified" else "unverified"


def text(study: Any) -> Iterator[Row]:
    """Whether the standard's text was obtained."""
    said = profiles()[study.profile]
    if not said["standard"]:
        return
    got = said["text_obtained"] == "yes"
    yield Row(
        "text",
        "text",
        "",
        f"已取得并核对原文：{said['standard']}",
        f"The text has been obtained and read: {said['standard']}",
        "已取得" if got else "未取得，只参照公开信息",
        "obtained" if got else "not obtained; public information only",
        "verified" if got else "unverified",
        "",
        said["source"],
    )


def completeness(study: Any, found: Any) -> Iterator[Row]:
    """Whether the account is whole, and what it lacks."""
    if found is None:
        return
    lacking = [_name(study.profile, id) for id in found.lacking_services]
    lines = found.missing_lines if isinstance(found.missing_lines, int) else len(found.missing_lines)
    if found.complete:
        zh, en = "完整", "complete"
    else:
        zh = f"部分核算：缺服务 {'、'.join(z for z, _ in lacking) or '无'}；缺值 {lines} 行"
        en = f"partial account: services lacking: {', '.join(e for _, e in lacking) or 'none'}; {lines} lines missing"
    status: Status = "verified" if found.complete else "missing"
    yield Row("completeness", "", "", "口径内服务全部核算，不缺值", "Every service of the profile, no value missing",
              zh, en, status, "judgement", "toolkit")  # fmt: skip


def services(study: Any, held: pd.DataFrame) -> Iterator[Row]:
    """Roles and names of the services, and whether they are accounted."""
    done = set(held["service"])
    for said in (e for e in entries().values() if e.profile == study.profile):
        chosen = study.services.get(said.service)
        if said.role != "in" and said.service not in done and (chosen is None or chosen.role != "in"):
            continue
        lines = held[held["service"] == said.service]
        lines = lines[lines["item"] == said.item] if said.item else lines
        status, zh, en = _accounted(study, said, lines)
        words = {"in": ("计入", "counts"), "memo": ("只作备查", "memo only"), "out": ("不列", "no such service")}
        role_zh, role_en = words[said.role]
        yield Row("service", service_clause(said), said.service, f"{said.zh}：{role_zh}", f"{said.en}: {role_en}",
                  zh, en, status, said.confidence, said.source)  # fmt: skip
    for id in sorted(done):
        if entry(study.profile, id) is None:
            counts = role(study, id) == "in"
            zh, en = ("计入", "counted") if counts else ("备查", "memo")
            yield Row("service", "", id, "口径中没有这项服务", "The profile knows no such service", zh, en,
                      "departs" if counts else "unverified", "judgement", "toolkit")  # fmt: skip


def _accounted(study: Any, said: Entry, lines: pd.DataFrame) -> tuple[Status, str, str]:
    reason = study.not_applicable.get(said.service)
    now = role(study, said.service, said.item)
    if now != said.role and not reason:
        words = {"in": ("按任务书计入", "counted, as the study says")}
        zh, en = words.get(now, ("按任务书只作备查", "memo only, as the study says"))
        note = study.services[said.service].note
        return "departs", zh + (f"：{note}" if note else ""), en + (f": {note}" if note else "")
    if reason:
        return "not_applicable", f"不适用：{reason}", f"not applicable: {reason}"
    if not len(lines):
        return "missing", "未核算", "absent: not accounted"
    gaps = int((lines["status"] == "missing").sum())
    if gaps == len(lines):
        notes = "；".join(n for n in dict.fromkeys(lines["note"].fillna("")) if n)[:200]
        return "missing", f"全部缺值：{notes}", f"every value is missing: {notes}"
    if gaps and said.role == "in":
        return "missing", f"已核算，{len(lines)} 行中缺 {gaps} 行", f"accounted, {gaps} of {len(lines)} lines missing"
    zh, en = ("已核算", "accounted") if now == "in" else ("已列备查，不计入", "shown as a memo, not added")
    return _known(said.confidence), zh, en


def methods(study: Any, held: pd.DataFrame) -> Iterator[Row]:
    """The method of each service in the account, with its clause, and whether that was read."""
    for service, found in _used(held).items():
        for id in found:
            method = _method(service, id)
            given = study.services[service].given if service in study.services else None
            if method is None or given:
                zh, en = (f"实物量由表 {given} 给出", f"quantities given by the table {given}") if given else (id, id)
                yield Row("method", f"method.{service}", service, "方法与出处", "Method and its source", zh, en,
                          "unverified", "judgement")  # fmt: skip
                continue
            own = method.source == profiles()[study.profile]["source"]
            zh, en = ("", "") if own else ("（非本口径原文）", " (not the profile's own text)")
            yield Row("method", f"method.{service}", service, f"方法出处{zh}：{method.source} {method.clause}",
                      f"Source of the method{en}: {method.source} {method.clause}", method.zh, method.en,
                      "verified" if method.verified else "unverified",
                      "verified" if method.verified else "unverified", method.source)  # fmt: skip


def clauses(study: Any, held: pd.DataFrame, lineage: pd.DataFrame | None) -> Iterator[Row]:
    """Rows of conformity.csv for the services that the account holds."""
    done = set(held["service"])
    for clause in profiles_clauses():
        if clause.profile not in (study.profile, "*") or (clause.service and clause.service not in done):
            continue
        if clause.kind == "by_reference":
            zones = held["zone"].nunique()
            yield _row("scope", clause, f"按 {zones} 个乡镇核算，参考执行",
                       f"made for {zones} townships: by reference", True)  # fmt: skip
        elif clause.kind in ("method", "no_method"):
            if clause.service in study.services and study.services[clause.service].given:
                continue
            for id in _used(held)[clause.service]:
                hit = any(fnmatchcase(id, pattern) for pattern in clause.expect.split())
                method = _method(clause.service, id)
                zh, en = (method.zh, method.en) if method else (id, id)
                yield _row("option", clause, zh, en, hit == (clause.kind == "method"))
        elif clause.kind in ("no_type", "no_packaged"):
            codes = _types(clause, held) if clause.kind == "no_type" else _packaged(clause, lineage)
            shown = "、".join(codes)
            zh, en = (f"类型 {shown}", f"types {shown}") if codes else ("无", "none")
            yield _row("option", clause, zh, en, not codes)


def _row(part: str, clause: Clause, zh: str, en: str, agrees: bool) -> Row:
    status = _known(clause.confidence) if agrees else "departs"
    note_zh, _, note_en = clause.note.partition(" / ")
    asked_zh = clause.zh + (f"（{note_zh}）" if note_zh else "")
    asked_en = clause.en + (f" ({note_en})" if note_en else "")
    return Row(part, clause.clause, clause.service, asked_zh, asked_en, zh, en, status, clause.confidence,
               clause.source)  # fmt: skip


def _types(clause: Clause, held: pd.DataFrame) -> list[str]:
    """Types named by the clause on which counted lines of its items have a value."""
    lines = held[(held["service"] == clause.service) & held["in_gep"] & held["value"].notna()]
    pattern = clause.item.removeprefix("!")
    if pattern:
        fits = [fnmatchcase(str(item), pattern) != clause.item.startswith("!") for item in lines["item"]]
        lines = lines[np.array(fits, dtype=bool)]
    codes = sorted(set(lines["type"].fillna("").astype(str)))
    return [code for code in codes if any(code.startswith(c) for c in clause.expect.split())]


def _packaged(clause: Clause, lineage: pd.DataFrame | None) -> list[str]:
    """Types named by the clause whose coefficient came from a packaged table instead of the county's own."""
    if lineage is None:
        return []
    rows = lineage[(lineage["kind"] == "coefficient") & (lineage["name"] == clause.item)]
    rows = rows[rows["file"].astype(str).str.startswith("coefficients/") & rows["value"].notna()]
    codes = sorted(set(rows["type"].astype(str)))
    return [code for code in codes if any(code.startswith(c) for c in clause.expect.split())]


def prices(study: Any, held: pd.DataFrame) -> Iterator[Row]:
    """The basis of each price in the account, against the profile's expectation where there is one."""
    expected = {c.item: c for c in profiles_clauses() if c.kind == "price_basis" and c.profile == study.profile}
    bases: dict[str, dict[str, set[int]]] = {}
    lines = held[held["price"].notna()]
    keys = ["service", "method", "item", "price_basis", "price_year"]
    for service, method, item, basis, year in lines[keys].drop_duplicates().itertuples(index=False, name=None):
        price = _price(service, method, item)
        if price:
            years = bases.setdefault(price, {}).setdefault(str(basis), set())
            years |= {int(year)} if year == year and year is not None else set()
    for price, found in sorted(bases.items()):
        zh = "；".join(f"{b or '未注明'}，{'、'.join(map(str, sorted(y)))} 年价" for b, y in found.items())
        en = "; ".join(f"{b or 'not said'}, price of {', '.join(map(str, sorted(y)))}" for b, y in found.items())
        clause = expected.get(price)
        if clause is not None:
            row = _row("price", clause, zh, en, set(found) == {clause.expect})
        else:
            row = Row("price", f"price_basis.{price}", "", f"价格 {price} 的计价口径：公开信息未说明",
                      f"Basis of the price {price}: not stated in public material", zh, en, "unverified")  # fmt: skip
        yield row


def rules(study: Any, held: pd.DataFrame) -> Iterator[Row]:
    """Double-counting rules that the counted items meet: noted, or set aside with a reason."""
    lines = held[held["in_gep"]]
    used = set(lines[["service", "method", "item"]].drop_duplicates().itertuples(index=False, name=None))
    for rule, one, other in conflicts(study, used):
        reason = study.accept.get(rule.rule, "")
        a, b = _name(study.profile, one), _name(study.profile, other)
        off = rule.severity == "refuse"
        zh, en = (
            (f"搁置：{reason}", f"set aside: {reason}")
            if reason
            else ("同时计入，已注明", "both count, and it is said")
        )
        yield Row("double_counting", "", one, rule.zh, rule.en, f"{a[0]} + {b[0]}：{zh}", f"{a[1]} + {b[1]}: {en}",
                  "departs" if off else "unverified", "judgement", rule.source)  # fmt: skip


def deduction(study: Any, ledger: pd.DataFrame) -> Iterator[Row]:
    """The deduction of products from outside: given, not given, memo."""
    clause = next((c for c in profiles_clauses() if c.kind == "deduction" and c.profile == study.profile), None)
    given = TABLE in study.tables
    taken = float(ledger["from_outside"].fillna(0).sum())
    memo = (f"已提供，列为备查（{taken:,.2f} 元）", f"supplied, shown as a memo ({taken:,.2f} yuan)")
    if clause is None:
        if given:
            yield Row("deduction", "", "", "口径未规定", "The profile says nothing", *memo, "unverified")
        return
    if not deducts(study.profile):
        zh, en = memo if given else ("未扣除", "nothing is deducted")
        yield _row("deduction", clause, zh, en, True)
    elif given:
        yield _row("deduction", clause, f"已扣除 {taken:,.2f} 元", f"{taken:,.2f} yuan deducted", True)
    else:
        yield _row("deduction", clause, "按 0，未提供", "taken as 0, not supplied", False)


def without(study: Any) -> Iterator[Row]:
    """Items that the study says the county has none of."""
    for service, chosen in study.services.items():
        if chosen.without:
            items = "、".join(chosen.without)
            yield Row("without", "", service, "该服务的全部项目", "Every item of the service", f"本县没有：{items}",
                      f"the county has none: {items}", "not_applicable", "judgement", "toolkit")  # fmt: skip


def shares(shares: Mapping[str, float] | None) -> Iterator[Row]:
    """On what grades the values rest."""
    if not shares:
        return
    names = {"verified": "已核原文", "secondary": "二手引用", "unverified": "未核实", "judgement": "判断取值"}
    zh = "；".join(f"{names[g]} {shares.get(g, 0.0):.2%}" for g in GRADES)
    en = "; ".join(f"{g} {shares.get(g, 0.0):.2%}" for g in GRADES)
    whole = shares.get("verified", 0.0) >= 1
    yield Row("confidence", "", "", "价值所依据的系数与价格均已核原文（按 |价值| 计）",
              "Every coefficient and price behind the values was read (shares of |value|)", zh, en,
              "verified" if whole else "unverified", "judgement", "toolkit")  # fmt: skip


def _used(held: pd.DataFrame) -> dict[str, list[str]]:
    """Service → methods of its lines, in the order of the ledger."""
    out: dict[str, list[str]] = {}
    for service, method in held[["service", "method"]].drop_duplicates().itertuples(index=False, name=None):
        out.setdefault(str(service), []).append(str(method))
    return out


def _method(service: str, id: str) -> Method | None:
    try:
        return registry()[service].method(id)
    except KeyError:
        return None


def _price(service: str, method: str, item: str) -> str:
    """The id of the price that values an item; "" for statistics priced by their own table, or unknown items."""
    found = _method(service, method)
    price = next((y.price for y in found.yields if y.id == item), None) if found else None
    return price if price and price not in STATISTICS else ""


def _name(profile: str, service: str) -> tuple[str, str]:
    said = entry(profile, service) or registry().get(service)
    return (said.zh, said.en) if said else (service, service)
