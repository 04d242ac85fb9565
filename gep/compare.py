"""Two accounts side by side: two runs, or two periods of one; what changed and why, and what cannot be compared.

Zones are matched by code. What differs in kind (profile, tables, methods, zones) is said first, as faults; it is never
laid to quantity or price. `compare` takes ledgers, `of_runs` and `of_periods` run folders; `write` leaves files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.accounts.decompose import Change, Growth, decompose, growth, identities
from gep.again import StoredRun, open_run
from gep.errors import Fault, GepError, Lang, fault
from gep.report import facts as facts_of_run
from gep.report import labels, waterfall

if TYPE_CHECKING:
    import pandas as pd

    from gep.run import Result

POLYGON_TOLERANCE = 1e-6  # of a zone's area: the same polygon read twice differs by less
_LISTED = 6

# column → (zh, en), in the order of every table
EFFECTS: Mapping[str, tuple[str, str]] = {
    "v0": ("基期", "Base"),
    "area": ("面积效应", "Area effect"),
    "intensity": ("强度效应", "Intensity effect"),
    "unsplit": ("数量效应（未拆分）", "Quantity effect, not split"),
    "price": ("价格效应", "Price effect"),
    "undivided": ("仅金额（未拆分）", "Money only, not divided"),
    "definition": ("口径变化", "Definition"),
    "v1": ("本期", "Other"),
    "change": ("变化", "Change"),
    "quantity": ("数量效应（不变价变化）", "Quantity effect (comparable prices)"),
    "not_compared": ("未比较（一方缺数）", "Not compared (missing on a side)"),
}
_STEPS = ("area", "intensity", "unsplit", "price", "undivided", "definition")
_KINDS = {
    "both": ("两期都有", "both"),
    "entry": ("新增", "entry"),
    "exit": ("消失", "exit"),
    "deflated": ("金额按价格比换算", "money, deflated"),
    "value_only": ("仅金额", "value only"),
    "method": ("方法变化", "method changed"),
    "unit": ("单位变化", "unit changed"),
    "scope": ("计入范围变化", "scope changed"),
}


@dataclass(frozen=True)
class Side:
    """One account: its name, period, ledger lines of that period, run facts, areas m² by (zone, type), polygons m²."""

    name: str
    period: int
    lines: pd.DataFrame
    meta: Mapping[str, Any]
    areas: Mapping[tuple[str, str], float] = field(default_factory=dict)
    polygons: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, run: StoredRun | Result, period: int) -> Side:
        """A period of a run, stored or in memory. Raises GepError GEP-M001 where it was not computed."""
        table, totals = run.ledger.table, run.ledger.totals
        if period not in set(table["period"]):
            known = ", ".join(str(p) for p in periods(run))
            raise GepError(fault("GEP-M001", file=getattr(run, "folder", ""), period=period, known=known))
        here = totals[totals["period"] == period]
        extent = here[here["group"] == "extent"].drop_duplicates(["zone", "type"])
        areas = dict(zip(zip(extent["zone"], extent["type"], strict=True), extent["area_m2"], strict=True))
        polygon = here[here["group"] == "polygon"]
        polygons = dict(zip(polygon["zone"], polygon["area_m2"], strict=True))
        name = getattr(run, "folder", Path(str(run.meta.get("study", "")))).name  # one in memory has no folder
        return cls(name, period, table[table["period"] == period], run.meta, areas, polygons)


@dataclass(frozen=True)
class Comparison:
    """What changed from `base` to `other`: `change` line by line, `notes` on what is not comparable, identities."""

    base: Side
    other: Side
    change: Change
    notes: tuple[Fault, ...]
    checks: list[dict[str, Any]]

    @property
    def growth(self) -> Growth:
        """Growth at constant prices and the implicit index, over the lines that divide."""
        return growth(self.change)

    def table(self, by: str, lang: str = "zh") -> pd.DataFrame:
        """Effects in yuan by `zone` or `service` (code and name), with the county's total in the last row."""
        name = f"{by}_name"
        sums = self.change.by(by, name).reset_index()
        sums["n"] = sums[by].map({id: n for n, id in enumerate(dict.fromkeys(self.other.lines[by]))})
        sums = sums.sort_values("n", kind="stable", na_position="last").reset_index(drop=True)
        columns = [by, name, *EFFECTS]
        total = {c: int(sums[c].sum()) for c in EFFECTS} | {by: "", name: labels.label("total", lang)}
        out = sums[columns].copy()
        out.loc[len(out)] = total
        for column in EFFECTS:
            out[column] = out[column].astype("int64") / 100
        if by == "service" and lang == "en":
            out[name] = [labels.declared_name(i, "", n, lang) if i else n for i, n in zip(out[by], out[name])]  # noqa: B905
        return out

    def bars(self) -> list[waterfall.Bar]:
        """The change as bars: base, the effects that are not nothing, other (compared lines only), yuan."""
        total = self.change.total()
        bars = [waterfall.Bar(str(self.base.period), str(self.base.period), total["v0"] / 100, "total")]
        bars += [waterfall.Bar(*EFFECTS[step], total[step] / 100) for step in _STEPS if total[step]]
        return [*bars, waterfall.Bar(str(self.other.period), str(self.other.period), total["v1"] / 100, "total")]


def periods(run: StoredRun | Result) -> list[int]:
    """The periods of a run, in order."""
    return sorted(int(p) for p in run.ledger.table["period"].unique())


def of_runs(
    a: str | Path,
    b: str | Path,
    first: int | None = None,
    second: int | None = None,
    deflator: float | None = None,
) -> Comparison:
    """Compare run folder `a` (base) with `b`: at the periods named, else the last they share, else the last of each."""
    one, two = open_run(a), open_run(b)
    shared = sorted(set(periods(one)) & set(periods(two)))
    if first is None:
        first = second if second in periods(one) else shared[-1] if shared else periods(one)[-1]
    if second is None:
        second = first if first in periods(two) else periods(two)[-1]
    return compare(Side.of(one, first), Side.of(two, second), deflator)


def of_periods(
    folder: str | Path, first: int | None = None, second: int | None = None, deflator: float | None = None
) -> Comparison:
    """Compare two periods of one run: those named, else the first and the last. Raises GepError GEP-M001, GEP-M002."""
    run = open_run(folder)
    known = periods(run)
    if len(known) == 1 and first is None and second is None:
        raise GepError(fault("GEP-M002", file=folder, period=known[0]))
    return compare(
        Side.of(run, known[0] if first is None else first),
        Side.of(run, known[-1] if second is None else second),
        deflator,
    )


def compare(base: Side, other: Side, deflator: float | Mapping[str, float] | None = None) -> Comparison:
    """Compare two accounts. Raises GepError GEP-M003 where no zone code is in both."""
    zones = [dict.fromkeys(side.lines["zone"]) for side in (base, other)]
    shared = [z for z in zones[0] if z in zones[1]]
    if not shared:
        raise GepError(fault("GEP-M003", file=base.name, base=_some(zones[0]), other=_some(zones[1])))
    left, right = (side.lines[side.lines["zone"].isin(shared)] for side in (base, other))
    areas = (base.areas, other.areas) if base.areas and other.areas else None
    change = decompose(left, right, areas=areas, deflator=deflator)
    notes = [*_kinds_of_account(base, other, zones, shared), *_lines(change, left, right)]
    return Comparison(base, other, change, tuple(notes), identities(change, left, right, other.period))


def _kinds_of_account(base: Side, other: Side, zones: list[dict[str, None]], shared: list[str]) -> list[Fault]:
    """Faults on what differs between the two accounts as a whole."""
    found = []
    where = f"{base.name} {base.period} → {other.name} {other.period}"
    pairs = {key: (base.meta.get(key), other.meta.get(key)) for key in ("profile", "coefficients_digest")}
    if pairs["profile"][0] != pairs["profile"][1]:
        found.append(fault("GEP-M010", place=where, base=pairs["profile"][0], other=pairs["profile"][1]))
    if pairs["coefficients_digest"][0] != pairs["coefficients_digest"][1]:
        said = [f"{s.meta.get('coefficients_version')} ({str(s.meta.get('coefficients_digest'))[:8]})"
                for s in (base, other)]  # fmt: skip
        found.append(fault("GEP-M011", place=where, base=said[0], other=said[1]))
    for side in (base, other):
        if not facts_of_run.complete(side.meta):
            found.append(partial(side.meta, f"{side.name} {side.period}"))
    alone = [z for side in zones for z in side if z not in shared]
    if alone:
        names = {**dict(zip(base.lines["zone"], base.lines["zone_name"], strict=True)),
                 **dict(zip(other.lines["zone"], other.lines["zone_name"], strict=True))}  # fmt: skip
        found.append(fault("GEP-M012", place=where, zones=_some(f"{names[z]} {z}" for z in alone)))
    moved = [
        z
        for z in shared
        if z in base.polygons
        and z in other.polygons
        and abs(base.polygons[z] - other.polygons[z]) > POLYGON_TOLERANCE * base.polygons[z]
    ]
    if moved:
        found.append(fault("GEP-M016", place=where, zones=_some(moved)))
    return found


def partial(meta: Mapping[str, Any], place: str) -> Fault:
    """GEP-M021: the account of these run facts is partial, its total no GEP."""
    words = {f"note_{lang}": facts_of_run.lacking(meta, lang) for lang in ("zh", "en")}
    return fault("GEP-M021", place=place, **words)


def _lines(change: Change, base: pd.DataFrame, other: pd.DataFrame) -> list[Fault]:
    """Faults on lines: another method, scope or unit, missing, money only, entries at their own price."""
    found = []
    rows = change.lines
    for reason, code in (("method", "GEP-M013"), ("scope", "GEP-M014"), ("unit", "GEP-M015")):
        for (service, name), part in rows[rows["reason"] == reason].groupby(["service", "service_name"], sort=False):
            said = [
                "、".join(dict.fromkeys(side.loc[side["service"] == service, "method"].map(str))) or "–"
                for side in (base, other)
            ]
            found.append(fault(code, place=str(service), service=name, base=said[0], other=said[1], n=len(part)))
    lists = (
        ("GEP-M018", change.absent),
        ("GEP-M019", rows[rows["kind"] == "value_only"]),
        ("GEP-M020", rows[rows["own_price"]]),
    )
    for code, part in lists:
        if len(part):
            names = part["zone_name"] + " " + part["service_name"] + "·" + part["item_name"]
            found.append(fault(code, n=len(part), lines=_some(names)))
    return found


def _some(names: Iterable[object]) -> str:
    once = list(dict.fromkeys(str(n) for n in names))
    more = f" …(+{len(once) - _LISTED})" if len(once) > _LISTED else ""
    return "、".join(once[:_LISTED]) + more


def headed(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table of effects with its columns in the reader's words and unit."""
    at, unit = (0, "（元）") if lang == "zh" else (1, " (yuan)")
    words = {c: EFFECTS[c][at] + unit for c in EFFECTS} | {"unit": labels.label("unit", lang)}
    for column in table.columns:
        if column not in words and labels.known(str(column)):
            words[str(column)] = labels.label(str(column), lang)
    return table.rename(columns=words)


def lines_table(change: Change, lang: str) -> pd.DataFrame:
    """Every compared line with its effects in yuan, and what kind of line it is, in the reader's words."""
    out = change.lines.copy()
    at = 0 if lang == "zh" else 1
    out["kind"] = [_KINDS[r or k][at] for k, r in zip(out["kind"], out["reason"], strict=True)]
    for column in EFFECTS:
        if column in out:
            out[column] = out[column] / 100
    return out.drop(columns=["reason", "own_price", "constant", "account"])


def write(found: Comparison, to: str | Path, lang: Lang = "zh") -> list[Path]:
    """Write the comparison into `to`: by_zone.csv, by_service.csv, lines.csv, not_compared.csv, checks.json,
    waterfall.svg and .png (where matplotlib is installed), compare.json last. Raises GepError as `atomic_folder` does.
    """
    from gep.report.folder import atomic_folder

    to = Path(to)
    absent = found.change.absent.copy()
    for column in ("v0", "v1"):
        absent[column] = (absent[column] / 100).where(absent["side"] != {"v0": "base", "v1": "other"}[column])
        absent[column] = absent[column].where(absent["side"] != "both")
    tables = {
        "by_zone": found.table("zone", lang),
        "by_service": found.table("service", lang),
        "lines": lines_table(found.change, lang),
        "not_compared": absent.drop(columns="account"),
    }
    with atomic_folder(to, last="compare.json") as folder:
        for name, table in tables.items():
            save(headed(table, lang), folder / f"{name}.csv")
        (folder / "checks.json").write_text(json.dumps(found.checks, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if waterfall.available():
            for suffix in ("svg", "png"):
                waterfall.write(found.bars(), folder / f"waterfall.{suffix}", lang, title=title(found, lang))
        (folder / "compare.json").write_text(json.dumps(facts(found), ensure_ascii=False, indent=1) + "\n", "utf-8")
        names = sorted(f.name for f in folder.iterdir())
    return [to / name for name in names]


def save(table: pd.DataFrame, path: Path) -> None:
    """A table as CSV that Excel opens: UTF-8 with BOM."""
    from gep.report.csv_cells import written

    written(table).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def title(found: Comparison, lang: str) -> str:
    """The title of a chart of the comparison; it says that only compared lines are in it."""
    name = found.other.meta.get("study", "")
    if lang == "zh":
        return f"{name} {found.base.period}→{found.other.period} 生态产品价值变化（可比行）"
    return f"{name} {found.base.period} → {found.other.period}: change in value (compared lines)"


def facts(found: Comparison) -> dict[str, Any]:
    """What was compared, at what growth, and what is not comparable: for compare.json."""
    change = found.growth
    keys = ("study", "profile", "coefficients_version", "coefficients_digest", "price_year", "gep")
    sides = {
        name: {"run": side.name, "period": side.period} | {k: side.meta.get(k) for k in keys}
        for name, side in (("base", found.base), ("other", found.other))
    }
    known = {k: v if v == v else None for k, v in (("growth", change.growth), ("implicit_index", change.index))}
    money = {"base": change.base, "constant": change.constant, "current": change.current, "lines": change.lines}
    return sides | {
        "constant_prices": {**money, **known, "left_out": list(change.left_out)},
        "total_yuan": {k: v / 100 for k, v in found.change.total().items()},
        "notes": [note.to_dict() for note in found.notes],
    }
