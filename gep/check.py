"""Check: everything that can be known to be wrong before the long work starts, in one list.

`inspect` goes on after a fault wherever it can, so that the user repairs all of them in one round.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from gep import services
from gep.bind import bind
from gep.bound import Binding
from gep.coefficients import softened
from gep.dates import open_dates
from gep.declare import Coefficient
from gep.errors import Fault, GepError, fault, refuse
from gep.fields import registry
from gep.fields.materialise import implausible
from gep.given import asked, check_given, table_kind
from gep.intake import plausible
from gep.intake.cited import in_sheet
from gep.intake.ecosystems import check_splits
from gep.intake.monitoring import KNOWN, gather, match_zones, read_table
from gep.intake.weather import check_weather
from gep.opening import Opened, open_space, station_table
from gep.scope import scope_faults
from gep.study import Study
from gep.study_accounts import STOCK_TABLES
from gep.study_checks import did_you_mean
from gep.tabled import Tabled
from gep.tools import Tools

Later = Callable[[Mapping[str, str], Mapping[int, Mapping[str, float]]], list[Fault]]
STATION_TABLES = ("weather", "precipitation_daily")
_GLANCE = 2_000_000  # pixels of a layer that a run looks at for likely mistakes; `gep check` looks at ten times as many


def ready(
    study: Study, bindings: Mapping[int, Binding], tools: Tools, more: Iterable[Fault] = (), then: Later | None = None
) -> tuple[dict[int, Opened | Tabled], list[Fault]]:
    """Open the space and read the tables of every period, before the long work starts.

    `more`: what was found by those who know later steps (`gep.before`); `then`: what reads the inputs of later steps by
    township, given {zone: name} as soon as the zones are open, and date → type → ha of the land covers compared.
    Returns the spaces by period and all warnings. Raises GepError with the faults of ALL periods and inputs together.
    """
    spaces: dict[int, Opened | Tabled] = {}
    found: list[Fault] = [*study.warnings, *scope_faults(study, bindings), *_unread(study), *more]
    last = None
    for period, binding in bindings.items():
        found += [*binding.faults, *_prices(study, binding, tools), *_by_table(study, binding, tools)]
        try:
            last = spaces[period] = open_space(study, binding, tools.digests, tools.types, like=last)
            found += [*last.faults, *_glance(study, last)]
        except GepError as error:
            found += error.faults
        found += _tables(study, period, spaces.get(period), {table.table for table in binding.tables})
    found += [*open_dates(study, spaces, tools)[1], *_later(spaces, then)]
    return spaces, refuse(_once(found))


def _later(spaces: Mapping[int, Opened | Tabled], then: Later | None) -> list[Fault]:
    if then is None or not spaces:
        return []
    space = next(iter(spaces.values()))
    dates = getattr(space, "dates", None)
    return then(space.names, dates.mapped if dates is not None else {})


def inspect(
    study: Study,
    more: Callable[[Study, Tools], list[Fault]] | None = None,
    then: Callable[[Study, Tools], Later] | None = None,
) -> list[Fault]:
    """All faults of a study and its inputs, each once: errors, warnings and notices. Raises nothing.

    `more` finds what only later steps know (`gep.before.before`), `then` what their tables by township hold.
    """
    try:
        tools = Tools.of(study)
        bindings = {period: bind(study, period, tools.coefficients) for period in study.periods}
    except GepError as error:
        return _once([*study.warnings, *error.faults])
    found: list[Fault] = [*study.warnings, *scope_faults(study, bindings), *_unread(study)]
    found += more(study, tools) if more else []
    seen: dict[str, dict[int, Any]] = {}
    files: dict[str, dict[int, Any]] = {}
    spaces: dict[int, Opened | Tabled] = {}
    space = None
    for period, binding in bindings.items():
        found += [*binding.faults, *_prices(study, binding, tools), *_by_table(study, binding, tools)]
        opened = None
        try:
            opened = space = spaces[period] = open_space(study, binding, tools.digests, tools.types, like=space)
            found += [*space.faults, *_layers(study, space, seen, files), *_types(binding, space, tools)]
        except GepError as error:
            found += error.faults
        found += _tables(study, period, opened, set(study.tables) - _of_later(study) - {*_strangers(study)})
    found += [*open_dates(study, spaces, tools)[1], *_later(spaces, then(study, tools) if then else None)]
    for name, stats in seen.items():
        allow = study.layers[name].allow if name in study.layers else ()
        found += plausible.check_periods(name, stats, files[name], allow)
    return _once(found)


def _once(found: list[Fault]) -> list[Fault]:
    return list(dict.fromkeys(found))


def _prices(study: Study, binding: Binding, tools: Tools) -> list[Fault]:
    found: list[Fault] = []
    study = study.priced(binding.period)
    listed = [item for table in binding.tables for item in table.yields if item.price not in ("product", "value")]
    for item in (*(bound.item for bound in binding.yields), *listed):
        if item.price is None:
            continue
        spec = study.prices.get(item.price)
        try:
            tools.prices.find(
                item.price,
                region=study.region,
                year=study.price_year,
                unit=item.price_unit,
                basis=spec.basis if spec else None,
                index=spec.index if spec else None,
            )
        except GepError as error:
            found += softened(error)
    return _once(found)


def _by_table(study: Study, binding: Binding, tools: Tools) -> list[Fault]:
    """What formulas over table rows lack, known before any row: tables, coefficients; sets that do not go together."""
    found: list[Fault] = []
    date = dt.date(binding.period, 12, 31)
    for table in binding.tables:
        texts = {"service_zh": table.service.zh, "service_en": table.service.en}
        if table.table not in study.tables:
            found.append(fault("GEP-B008", file=study.file, place=f"tables.{table.table}", table=table.table, **texts))
        for item in () if table.given else table.yields:
            wanted = [i for i in item.inputs if isinstance(i, Coefficient)]
            for needed in wanted:
                code = item.types[0] if len(item.types) == 1 else "*"
                try:
                    tools.coefficients.find(needed.key, type=code, region=study.region, date=date, unit=needed.unit)
                except GepError as error:
                    found += softened(error)
            found += _mixed(study, table.service, item, wanted, tools)
    return found


def _mixed(study: Study, service: Any, item: Any, wanted: list[Coefficient], tools: Tools) -> list[Fault]:
    """GEP-B013: sets chosen for the coefficients of one formula that differ, though each has rows for all of them."""
    chosen = {i.key: study.coefficients.sets[i.key] for i in wanted if i.key in study.coefficients.sets}
    sets = {symbol: {r.set for r in tools.coefficients.rows if r.symbol == symbol} for symbol in chosen}
    shared = [s for s in chosen.values() if all(s in known for known in sets.values())]
    if len(set(chosen.values())) < 2 or len(shared) < 2:
        return []
    said = {"service_zh": service.zh, "service_en": service.en, "item_zh": item.zh, "item_en": item.en}
    listed = ", ".join(f"{symbol}: {name}" for symbol, name in chosen.items())
    return [
        fault("GEP-B013", file=study.file, place=study.place("coefficients", "sets", key=True), sets=listed, **said)
    ]


def _strangers(study: Study) -> list[str]:
    """Tables that nothing reads."""
    used = {spec.given for spec in study.services.values()}
    for layer in study.layers.values():
        used |= {part.table for part in (layer.stations, layer.means) if part is not None}
    used |= _of_later(study)
    used |= {(spec.allocate or "").partition(".")[0] for spec in study.tables.values()}
    return [name for name in study.tables if name not in KNOWN and name not in used]


def _unread(study: Study) -> list[Fault]:
    """GEP-B012: tables that nothing reads, most likely a name misspelt."""
    found = []
    for name in _strangers(study):
        zh, en = did_you_mean(name, list(KNOWN))
        place = study.place("tables", name, key=True)
        found.append(fault("GEP-B012", file=study.file, place=place, name=name, near_zh=zh, near_en=en))
    return found


def _of_later(study: Study) -> set[str]:
    """Tables that the accounts of stocks, compensation and assessment read themselves."""
    stocks = study.balance_sheet.tables if study.balance_sheet is not None else set()
    owed = study.compensation.tables - set(KNOWN) if study.compensation is not None else set()
    judged = study.assessment.named - set(KNOWN) if study.assessment is not None else set()
    return {*STOCK_TABLES, *stocks, *owed, *judged}


def _glance(study: Study, space: Opened | Tabled) -> list[Fault]:
    """The likely mistakes of each raster from a small sample: what a run looks at before it begins."""
    found: list[Fault] = []
    for name, reader in space.readers.items():
        if (spec := study.layers.get(name)) is None:
            continue
        for band in reader if isinstance(reader, list) else [reader]:
            stats = plausible.look(band, space.grid, spec.plausible, _GLANCE)
            if stats.valid or stats.whole:  # a sample may fall beside a small county
                found += plausible.check_layer(
                    band, space.grid, name=name, plausible=spec.plausible, allow=spec.allow, stats=stats
                )
    return [f for f in found if f.severity != "info"]


def _layers(
    study: Study, space: Opened | Tabled, seen: dict[str, dict[int, Any]], files: dict[str, dict[int, Any]]
) -> list[Fault]:
    """Plausibility of every raster of the study, gaps inside the zones, texture sums."""
    found: list[Fault] = []
    flat: dict[str, Any] = {}
    for name, reader in space.readers.items():
        spec = study.layers.get(name)
        if spec is None:  # derived here: the field's own range, not the likely mistakes of a supplier
            found += [
                replace(f, file="", place=f"fields.{name}") for f in implausible(registry()[name], reader.files[0])
            ]
            flat[name] = reader
            continue
        allow = spec.allow
        for band in reader if isinstance(reader, list) else [reader]:
            stats = plausible.look(band, space.grid, spec.plausible)
            found += plausible.check_layer(
                band, space.grid, name=name, plausible=spec.plausible, allow=allow, stats=stats
            )
            if not isinstance(reader, list):
                seen.setdefault(name, {})[space.period] = stats
                files.setdefault(name, {})[space.period] = band.files[0] if band.files else ""
                flat[name] = band
    if {"sand", "silt", "clay"} <= set(flat):
        found += plausible.check_texture(
            flat["sand"], flat["silt"], flat["clay"], space.grid, study.layers["sand"].allow
        )
    if {"precipitation", "evapotranspiration"} <= set(flat):
        found += plausible.check_water(flat["precipitation"], flat["evapotranspiration"], space.grid)
    if isinstance(space, Tabled):
        return found
    for gap in plausible.gaps(flat.values(), space.zones, space.grid, space.types)[0]:
        found.append(replace(gap, file="") if gap.place in registry() and gap.place not in study.layers else gap)
    return found + check_splits(space.types, space.grid)


def _types(binding: Binding, space: Opened | Tabled, tools: Tools) -> list[Fault]:
    """Types of the land cover for which a coefficient has no row: one fault a service and symbol, with the areas."""
    areas: dict[str, float] = space.codes.groupby("type")["area_ha"].sum().to_dict()
    known = _symbols_by_type()
    found: dict[tuple[str, str], list[str]] = {}
    for bound in binding.yields:
        for index, words in bound.missing.items():
            if index >= 0 and bound.types[index] and (code := space.types.types[index]) in areas:
                entry = f"{code} ({areas[code]:,.1f} ha)"
                for symbol in _symbols(words[1], known):
                    listed = found.setdefault((bound.service.id, symbol), [])
                    if entry not in listed:
                        listed.append(entry)
    names = {b.service.id: b.service for b in binding.yields}
    return [
        fault(
            "GEP-B010",
            file=tools.coefficients.version,
            place=service,
            symbol=symbol,
            service_zh=names[service].zh,
            service_en=names[service].en,
            types="、".join(codes),
        )
        for (service, symbol), codes in found.items()
    ]


def _symbols_by_type() -> set[str]:
    """The symbols of all coefficients that have one value a type, of services and of fields."""
    inputs = [i for s in services.registry().values() for m in s.methods for y in m.yields for i in y.inputs]
    inputs += [i for f in registry().values() for m in f.methods for i in m.inputs]
    return {i.key for i in inputs if isinstance(i, Coefficient) and i.by_type}


def _symbols(words: str, known: Collection[str]) -> list[str]:
    """The coefficients that reasons speak of: the symbols of the tables that stand in them as whole words."""
    said = set(re.findall(r"[a-z0-9_]+", words))
    return sorted(symbol for symbol in known if symbol in said) or [words.split("\n")[0]]


def _tables(study: Study, period: int, space: Opened | Tabled | None, wanted: Collection[str]) -> list[Fault]:
    found: list[Fault] = []
    for name, spec in study.tables.items():
        if name not in wanted:
            continue
        try:
            if name in STATION_TABLES:
                table, _ = station_table(study, name, period)
                found += table.attrs.get("warnings", ())
                found += check_weather(
                    table,
                    latitude=_latitude(table, space),
                    period=period,
                    file=str(table.attrs.get("file", "")),
                    allow=spec.allow,
                )
                continue
            kind = table_kind(study, name)
            table = read_table(spec, period, study, kind)
            if kind == "quantities":
                found += check_given(table, asked(study, name), study, name)
            found += table.attrs.get("warnings", ())
            if space is not None:
                found += _strange_zones(table, spec, space)
        except GepError as error:
            found += error.faults
            found += _strange_zones_at_least(study, spec, period, name, space)
    return found


def _strange_zones_at_least(
    study: Study, spec: Any, period: int, name: str, space: Opened | Tabled | None
) -> list[Fault]:
    """Of a table that is refused for something else, its townships: so that all is repaired in one round."""
    if space is None or name in STATION_TABLES:
        return []
    try:
        table, _ = gather(spec, period, study, table_kind(study, name))
    except GepError:
        return []
    return [f for f in _strange_zones(table, spec, space) if f.severity == "error"]


def _strange_zones(table: Any, spec: Any, space: Opened | Tabled) -> list[Fault]:
    """What of a table's townships is not those of the zones."""
    if "zone" not in table or spec.allocate:
        return []
    sheet = str(table.attrs.get("sheet", "")) if spec.sheet else ""
    matched = match_zones(table[table["zone"].notna()], space.names, spec.zone_key)[1]
    return [in_sheet(f, sheet, table.attrs.get("letters", {})) for f in matched]


def _latitude(table: Any, space: Opened | Tabled | None) -> float | None:
    """The stations' mean latitude, else that of the county's middle."""
    if "lat" in table:
        return float(table["lat"].mean())
    if space is None or isinstance(space, Tabled):
        return None
    from pyproj import Transformer

    left, bottom, right, top = space.grid.bounds
    to_degrees = Transformer.from_crs(space.grid.crs, "EPSG:4326", always_xy=True)
    return float(to_degrees.transform((left + right) / 2, (bottom + top) / 2)[1])
