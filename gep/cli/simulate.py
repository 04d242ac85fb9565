"""`gep simulate AGREEMENT --study STUDY`: past years' monitoring under an agreement before it is signed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gep.cli import show
from gep.compensation.agreement import Agreement, load_agreement
from gep.compensation.nouns import Case
from gep.compensation.rule import Rule, registry
from gep.compensation.simulation import (
    AGREED,
    Change,
    Variation,
    as_if_in_force,
    positions,
    sensitivity,
    simulate,
)
from gep.errors import Fault, GepError, Lang, fault, refuse
from gep.study import Study
from gep.study import load as load_study
from gep.study_compensation import Settlement

_LARGE = 2000  # cells of readings beyond which determinands are not moved one by one: minutes, not seconds
_TERM = re.compile(r"([^:.]+)(?::([^:]*?))?(?::([^:]*?))?(?:\.(over|upto))?")


def simulate_agreement(agreement: Path, study: Path, vary: Sequence[str], to: Path | None, lang: str | None) -> None:
    """Replay, print who would have paid whom, and write simulation, positions and sensitivity as CSV into `to`.

    `vary`: see `variations`. Raises GepError with all faults of the agreement, the tables and the words.
    """
    from gep.report.folder import atomic_folder

    tongue = show.language(lang)
    cases, notes = cases_of(agreement, study)
    asked = variations(vary, cases[0].rule)
    show.faults(notes, tongue)
    found = simulate(cases, asked)
    net = positions(found)
    few = max(len(t) for case in cases for t in case.tables.values()) <= _LARGE
    steps = sensitivity(cases, tuple(t.symbol for t in cases[0].rule.terms if t.symbol == "k0"), each=few)
    _print(found, net, steps, tongue)
    to = to or Path("out") / "simulate"
    with atomic_folder(to) as folder:
        for name, table in (("simulation", found), ("positions", net), ("sensitivity", steps)):
            _headed(table, tongue).to_csv(
                folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
            )
    show.say(f"√ {to}/  simulation.csv positions.csv sensitivity.csv")


def cases_of(agreement: Path, study: Path) -> tuple[list[Case], list[Fault]]:
    """The cases of an agreement, one for each year whose tables are there, as if it were in force; and the warnings.

    The tables are those of the study's settlement of this agreement, else of its settlements by the same rule.
    """
    from gep.settlements import asked
    from gep.tabled import names_of
    from gep.tools import Tools

    held, spec = load_agreement(agreement, str(agreement)), load_study(study, files=False)
    chosen = _settlements(held, agreement, spec)
    said = spec.compensation
    assert said is not None
    change = {"agreements": [str(agreement.resolve())], "settle": chosen}
    spec = spec.model_copy(update={"compensation": said.model_copy(update=change)})
    tools = Tools.of(spec)
    what, found = asked(spec, names_of(spec), tools)
    early = {"GEP-G003", "GEP-G017", "GEP-G018"}  # not in force yet, or not then: that is why it is simulated
    notes = refuse(f for f in found if f.code not in early)
    return [as_if_in_force(case) for case in what.cases], notes


def _settlements(held: Agreement, file: Path, spec: Study) -> dict[str, Settlement]:
    """The settlements whose tables the agreement is tried on, with the years to replay."""
    said, rule = spec.compensation, held.method.rule
    if said is None:
        raise GepError(fault("GEP-G060", file=spec.file))
    if rule is None or rule not in registry():
        raise GepError(fault("GEP-G203", file=file, place="method.rule", rule=rule or "-", known=", ".join(registry())))
    named = {id: one for id, one in said.settle.items() if one.agreement == held.id and one.rule == rule}
    same = named or {
        id: one.model_copy(update={"agreement": held.id, "scheme": None, "terms": [], "choices": {}})
        for id, one in said.settle.items()
        if one.rule == rule
    }
    if not same:
        known = ", ".join(dict.fromkeys(one.rule for one in said.settle.values()))
        raise GepError(fault("GEP-G204", file=spec.file, place="compensation.settle", rule=rule, known=known))
    return {id: one.model_copy(update={"years": _years(spec, one)}) for id, one in same.items()}


def _years(spec: Study, one: Settlement) -> list[int]:
    """The years for which every table of a settlement that comes by year has its file."""
    found: set[int] | None = None
    for name in one.tables.values():
        pattern = spec.tables[name].path if name in spec.tables else ""
        if isinstance(pattern, Mapping):
            here = {int(year) for year in pattern}
        elif "{year}" in str(pattern):
            before, _, after = str(pattern).partition("{year}")
            glob = spec.folder.glob(f"{before}[0-9][0-9][0-9][0-9]{after}".replace("{year}", "*"))
            at = len((spec.folder / f"{before}0").name) - 1
            here = {int(path.name[at : at + 4]) for path in glob}
        else:
            continue
        found = here if found is None else found & here
    assert spec.compensation is not None
    return sorted(found) if found else list(one.years or spec.compensation.years or spec.periods)


def variations(words: Iterable[str], rule: Rule) -> list[Variation]:
    """What the words of `--vary` ask for: one scenario a value, changes joined by & in one scenario.

    `k0=0.85,0.9` a term; `weight:TN=0.3` with its key; `transfer:down>up:2=500` with its tier, in the unit of its row;
    `transfer:down>up:2.upto=0.93` a threshold; `readings=1.05` or `readings:TN=1.1` a factor; `missing_month=carry` an
    option. Raises GepError GEP-G202, G200 for all that cannot be read.
    """
    faults: list[Fault] = []
    out: list[Variation] = []
    for word in words:
        parts = [part.partition("=") for part in word.split("&")]
        count = max(len(values.split(",")) for _, _, values in parts)
        for n in range(count):
            made, names = Variation(""), []
            for name, _, values in parts:
                listed = values.split(",")
                value = listed[n if len(listed) > 1 else 0].strip() if n < len(listed) or len(listed) == 1 else ""
                names.append(f"{name.strip()}={value}")
                made = _with(made, name.strip(), value, rule, faults)
            out.append(Variation("&".join(names), made.changes, made.choices, made.readings))
    if faults:
        raise GepError(list(dict.fromkeys(faults)))
    return out


def _with(made: Variation, name: str, value: str, rule: Rule, faults: list[Fault]) -> Variation:
    """The variation with one more change; what cannot be read goes to `faults`."""
    options = {o.id: o for o in rule.options}
    if name in options:
        if options[name].values and value not in options[name].values:
            faults.append(fault("GEP-G202", word=f"{name}={value}", known=", ".join(options[name].values)))
        return Variation("", made.changes, {**made.choices, name: value}, made.readings)
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    match = _TERM.fullmatch(name)
    if match is None or not number.is_finite():
        faults.append(fault("GEP-G202", word=f"{name}={value}", known="k0=0.85,0.9; readings=1.05"))
        return made
    symbol, key, tier, part = match.groups()
    if symbol == "readings":
        return Variation("", made.changes, made.choices, {**made.readings, key or "*": number})
    if symbol not in {t.symbol for t in rule.terms}:
        known = ", ".join(t.symbol for t in rule.terms)
        faults.append(fault("GEP-G200", word=symbol, rule=rule.id, known=known))
        return made
    change = Change(symbol, number, key or "", tier or "", part or "value")  # type: ignore[arg-type]
    return Variation("", (*made.changes, change), made.choices, made.readings)


def _headed(table: Any, lang: Lang) -> Any:
    from gep.report.labels import known, label

    words = {AGREED: label(AGREED, lang)}
    made = table.replace({"scenario": words}) if "scenario" in table else table
    return made.rename(columns={c: label(c, lang) for c in table if known(c)})


def _print(found: Any, net: Any, steps: Any, lang: Lang) -> None:
    """Scenario by scenario and year by year: the index, what each party nets; then how near the next step is."""
    zh = lang == "zh"
    for (scenario, year), part in found.groupby(["scenario", "year"], sort=False):
        name = ("按协议" if zh else "as agreed") if scenario == AGREED else scenario
        index = part["p"].dropna()
        said = f"P {index.min():.4g}" + (f"–{index.max():.4g}" if index.nunique() > 1 else "") if len(index) else ""
        here = net[(net["scenario"] == scenario) & (net["year"] == year)]
        nets = "  ".join(f"{r.party_name} {show.money(r.net, lang)}" for r in here.itertuples())
        lack = int(part["amount"].isna().sum())
        more = (f"（缺 {lack} 笔）" if zh else f" ({lack} missing)") if lack else ""
        show.say(f"  {name}  {year}  {said}  {nets}{more}")
        for note in dict.fromkeys(part.loc[part["status"].isin(["fault", "missing"]), "note"]):
            show.say(f"      {note}")
    for row in steps[steps["what"] == "readings"].drop_duplicates(["year", "settlement", "direction"]).itertuples():
        up = row.direction == "up"
        moved = f"{'+' if up else '−'}{row.moved_pct or 1:.2f} %"
        change = show.money(row.change, lang)
        text = f"浓度 {moved}：{row.party_name} 变动 {change}" if zh else f"readings {moved}: {row.party_name} {change}"
        show.say(f"  {row.year} {row.settlement}  {text}")
