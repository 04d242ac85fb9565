"""The conventions ladder: one county under one convention after another, and what each of them does to the total.

The ladder is data (coefficients/conventions.yaml). Totals are sums of all counted lines that have a value. A step is
taken whole or not at all: where a line that had a value would become missing, or a new one would be, the step is shown
as missing with what to add, the next one builds on the last that was taken, and it is in no sum. So every step compares
like with like, and start + Σ effects = end to the cent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.accounts.checks import check
from gep.accounts.indicators import Completeness, completeness
from gep.accounts.ledger import cents
from gep.accounts.totals import Totals
from gep.bind import bind
from gep.bound import Binding
from gep.check import ready
from gep.climate_mean import conventions, flows, mean_climate
from gep.errors import Fault, GepError, Lang, fault
from gep.report import waterfall
from gep.report.tables import lacks
from gep.steps import account as account_of
from gep.steps import measure
from gep.study import Study
from gep.study_parts import Choice, PriceChoice
from gep.tools import Tools

if TYPE_CHECKING:
    import pandas as pd

_PARTS = {"prices": PriceChoice, "services": Choice}


@dataclass(frozen=True)
class Step:
    """One rung: total and effect in yuan (effect None at the start), by service; `lacking` says why it is missing."""

    id: str
    zh: str
    en: str
    total: float
    effect: float | None
    services: Mapping[str, float]
    lacking: str = ""


@dataclass(frozen=True)
class Ladder:
    """The steps of one study and period, from the start; `names`: service id → name; `checks`: identities.

    `complete`: whether the account at the end is whole; the totals of one that is not are no GEP.
    """

    study: str
    period: int
    steps: tuple[Step, ...]
    names: Mapping[str, str]
    checks: list[dict[str, Any]]
    complete: Completeness

    def table(self) -> pd.DataFrame:
        """One row a step and service, the total first (service ""): step, words, service, value, effect, lacking.

        Yuan; value and effect are NaN where a step is missing, the effect also at the start.
        """
        import pandas as pd

        rows: list[tuple[Any, ...]] = []
        last: Mapping[str, float] = {}
        for step in self.steps:
            head = (step.id, step.zh, step.en)
            if step.lacking:
                rows.append((*head, "", "", None, None, step.lacking))
                continue
            rows.append((*head, "", "", step.total, step.effect, ""))
            for id, name in self.names.items():
                here, before = step.services.get(id, 0.0), last.get(id, 0.0)
                moved = None if step.effect is None else round(here * 100 - before * 100) / 100
                rows.append((*head, id, name, here, moved, ""))
            last = step.services
        columns = ["step", "zh", "en", "service", "service_name", "value", "effect", "lacking"]
        return pd.DataFrame(rows, columns=columns).astype({"value": "float64", "effect": "float64"})

    def bars(self) -> list[waterfall.Bar]:
        """The ladder as bars of a waterfall; missing steps are shown without one."""
        start, *rest = self.steps
        bars = [waterfall.Bar(start.zh, start.en, start.total, "total")]
        bars += [
            waterfall.Bar(s.zh, s.en, None, "missing") if s.lacking else waterfall.Bar(s.zh, s.en, s.effect)
            for s in rest
        ]
        return [
            *bars,
            waterfall.Bar("终点", "End", next(s for s in reversed(self.steps) if not s.lacking).total, "total"),
        ]


def overridden(study: Study, overrides: Mapping[str, str]) -> Study:
    """The study with other values of keys such as `prices.water_storage.basis` and `services.provisioning.method`.

    Raises KeyError for a service that the study does not have, and for any other kind of key.
    """
    for key, value in overrides.items():
        group, id, name = key.split(".")
        parts = dict(getattr(study, group))
        if group == "services" and id not in parts:
            raise KeyError(id)
        part = parts.get(id) or _PARTS[group]()
        parts[id] = part.model_copy(update={name: value})
        study = study.model_copy(update={group: parts})
    return study


def ladder(study: Study, period: int | None = None, *, lang: Lang = "zh") -> Ladder:
    """Compute the ladder for one period (the last by default). A pass is made anew only where a step needs other sums.

    Raises GepError with the faults of the study itself, and GEP-M001 for a period that it does not have.
    """
    period = study.periods[-1] if period is None else period
    if period not in study.periods:
        raise GepError(fault("GEP-M001", file=study.file, period=period, known=", ".join(map(str, study.periods))))
    study = flows(study).model_copy(update={"periods": [period], "lang": lang})
    bench = _Bench(study, period, Tools.of(study))
    here = bench.account(study)
    words = conventions()
    barred: dict[str, str] = {}
    for rung in words["rungs"]:  # the start: each rung's first convention, where it can be computed
        if rung.get("from"):
            taken, reason = bench.tried(study, here, rung["from"], lang)
            if taken is None:
                barred[rung["id"]] = reason
            else:
                study, here = taken
    steps = [_step({"id": "start", **words["start"]}, here, None)]
    done = here
    for rung in words["rungs"]:
        reasons = [barred[rung["id"]]] if rung["id"] in barred else []
        for overrides in () if reasons else rung.get("to") or [{}]:
            taken, reason = bench.tried(study, done, overrides, lang, bool(rung.get("mean_climate")))
            if taken is not None:
                study, after = taken
                steps.append(_step(rung, after, done))
                done, reasons = after, []
                break
            reasons.append(reason)
        if reasons:
            steps.append(Step(rung["id"], rung["zh"], rung["en"], float("nan"), None, {}, " | ".join(reasons)))
    names = dict(zip(done["service"], done["service_name"], strict=True))
    return Ladder(study.name, period, tuple(steps), names, _checks(steps, done, period), completeness(study, done))


def write(found: Ladder, to: str | Path, lang: Lang = "zh") -> list[Path]:
    """Write conventions.csv, checks.json, waterfall.svg and .png (with matplotlib), conventions.json last."""
    from gep.compare import save
    from gep.report.folder import atomic_folder

    to = Path(to)
    zh = lang == "zh"
    said = (
        f"{found.study} {found.period}：同一县按不同口径",
        f"{found.study} {found.period}: one county, by convention",
    )
    with atomic_folder(to, last="conventions.json") as folder:
        save(found.table(), folder / "conventions.csv")
        (folder / "checks.json").write_text(json.dumps(found.checks, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if waterfall.available():
            for suffix in ("svg", "png"):
                waterfall.write(found.bars(), folder / f"waterfall.{suffix}", lang, title=said[0 if zh else 1])
        steps = [
            {"id": s.id, "zh": s.zh, "en": s.en, "lacking": s.lacking}
            | ({} if s.lacking else {"total": s.total, "effect": s.effect, "services": dict(s.services)})
            for s in found.steps
        ]
        facts = {"study": found.study, "period": found.period, "completeness": found.complete.to_dict(), "steps": steps}
        (folder / "conventions.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
        names = sorted(f.name for f in folder.iterdir())
    return [to / name for name in names]


@dataclass
class _Bench:
    """Accounts of variants of one study; the totals of a pass are kept by what the pass computes."""

    study: Study
    period: int
    tools: Tools
    kept: dict[Any, Totals] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    mean: bool = False

    def account(self, study: Study, mean: bool = False) -> pd.DataFrame:
        """The counted lines of a variant."""
        binding = bind(study, self.period, self.tools.coefficients)
        key = (mean, _signature(binding))
        if key not in self.kept:
            if mean:
                self.kept[key] = mean_climate(study, self.period, self.tools)
            else:
                spaces, _ = ready(study, {self.period: binding}, self.tools)
                space = spaces[self.period]
                self.kept[key], self.names = measure(study, binding, space), space.names
        table, _, _ = account_of(study, binding, self.kept[key], self.tools, self.names)
        return table[table["in_gep"]]

    def tried(
        self, study: Study, before: pd.DataFrame, overrides: Mapping[str, str], lang: Lang, mean: bool = False
    ) -> tuple[tuple[Study, pd.DataFrame] | None, str]:
        """The variant and its lines; or None, and what is lacking."""
        at = 0 if lang == "zh" else 1
        try:
            variant = overridden(study, overrides)
            touched = self._touched(variant, overrides) if overrides else set(before["service"])
            if not touched:
                words = (f"没有服务用到 {', '.join(overrides)}", f"no service uses {', '.join(overrides)}")
                return None, words[at]
            after = self.account(variant, self.mean or mean)
        except KeyError as error:
            id = str(error.args[0])
            return None, (f"研究中没有服务 {id}", f"the study does not have the service {id}")[at]
        except GepError as error:
            return None, _said(error.faults, lang)
        reason = _lost(before, after, touched, lang, whole=not overrides)
        if reason:
            return None, reason
        self.mean = self.mean or mean  # the steps after it stay in the mean climate
        return (variant, after), ""

    def _touched(self, study: Study, overrides: Iterable[str]) -> set[str]:
        """The counted services that a set of overrides can change."""
        binding = bind(study, self.period, self.tools.coefficients)
        priced = [(b.service.id, b.item.price) for b in binding.yields]
        priced += [(t.service.id, y.price) for t in binding.tables for y in t.yields]
        out = set()
        for group, id, _ in (key.split(".") for key in overrides):
            out |= {id} if group == "services" else {service for service, price in priced if price == id}
        return out


def _signature(binding: Binding) -> Any:
    """What a pass computes: equal signatures have equal totals."""

    def plain(value: Any) -> Any:
        return value.tobytes() if hasattr(value, "tobytes") else value

    nodes = [
        (n.name, n.function.__module__, n.function.__qualname__, tuple((a, k, plain(v)) for a, (k, v) in n.args))
        for n in binding.nodes
    ]
    leaves = [
        (leaf.name, leaf.unit, leaf.kind, repr(leaf.spec), leaf.method.id if leaf.method else "",
         tuple((a, k, plain(v)) for a, (k, v) in leaf.inputs))
        for leaf in binding.leaves.values()
    ]  # fmt: skip
    return tuple(binding.groups.items()), tuple(nodes), tuple(leaves)


def _lost(before: pd.DataFrame, after: pd.DataFrame, services: Collection[str], lang: Lang, *, whole: bool) -> str:
    """What keeps a step from being taken: more lines missing than before; no value at all in a service that it is about
    (`whole`: it is about the whole account, where a service may have had none before).
    """
    for service in sorted(services):
        old, new = (t[t["service"] == service] for t in (before, after))
        if not len(old) and not len(new):
            continue  # a service that this profile does not count
        gone = new[new["value"].isna()]
        if len(gone) > int(old["value"].isna().sum()) or not (whole or new["value"].notna().any()):
            if not len(gone):
                return f"{service} 没有账本行" if lang == "zh" else f"{service} has no ledger line"
            return f"{gone['service_name'].iloc[0]}: {lacks(gone['note'].astype(str))}"
    return ""


def _said(faults: Iterable[Fault], lang: Lang) -> str:
    return lacks(" ".join(f.text(lang).split()) for f in faults if f.severity == "error")


def _step(words: Mapping[str, Any], here: pd.DataFrame, before: pd.DataFrame | None) -> Step:
    by = here.assign(_cents=cents(here["value"])).groupby("service", sort=False)["_cents"].sum()
    effect = None if before is None else (int(by.sum()) - int(cents(before["value"]).sum())) / 100
    services = {str(id): int(v) / 100 for id, v in by.items()}
    return Step(words["id"], words["zh"], words["en"], int(by.sum()) / 100, effect, services)


def _checks(steps: Iterable[Step], last: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    taken = [s for s in steps if not s.lacking]
    ends = round(taken[0].total * 100) + sum(round((s.effect or 0.0) * 100) for s in taken)
    out = [check("conventions.sum", "起点 + Σ 各档影响 = 终点", "start + Σ effects = end", period,
                 ends / 100, int(cents(last["value"]).sum()) / 100, 0.0, len(taken) - 1)]  # fmt: skip
    for step in taken:
        total = sum(round(v * 100) for v in step.services.values()) / 100
        zh, en = f"Σ 服务 = 合计：{step.zh}", f"Σ services = total: {step.en}"
        out.append(check(f"conventions.{step.id}", zh, en, period, total, step.total, 0.0, len(step.services)))
    return out
