"""Check: everything that can be known to be wrong before the long work starts, in one list.

`inspect` goes on after a fault wherever it can, so that the user repairs all of them in one round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gep.bind import bind
from gep.bound import Binding
from gep.coefficients import softened
from gep.errors import Fault, GepError, fault, refuse
from gep.intake import plausible
from gep.intake.ecosystems import check_splits
from gep.intake.monitoring import match_zones, read_table
from gep.intake.weather import check_weather
from gep.opening import Opened, open_space, station_table
from gep.study import Study
from gep.tools import Tools

STATION_TABLES = ("weather", "precipitation_daily")


def ready(study: Study, bindings: Mapping[int, Binding], tools: Tools) -> tuple[dict[int, Opened], list[Fault]]:
    """Open the space and read the tables of every period, before the long work starts.

    Returns the spaces by period and all warnings. Raises GepError with the faults of ALL periods and inputs together.
    """
    spaces: dict[int, Opened] = {}
    found: list[Fault] = list(study.warnings)
    last = None
    for period, binding in bindings.items():
        found += [*binding.faults, *_prices(study, binding, tools)]
        try:
            last = spaces[period] = open_space(study, binding, tools.digests, tools.types, like=last)
            found += last.faults
        except GepError as error:
            found += error.faults
        found += _tables(study, period, spaces.get(period), {table.table for table in binding.tables})
    return spaces, refuse(_once(found))


def inspect(study: Study) -> list[Fault]:
    """All faults of a study and its inputs, each once: errors, warnings and notices. Raises nothing."""
    try:
        tools = Tools.of(study)
        bindings = {period: bind(study, period, tools.coefficients) for period in study.periods}
    except GepError as error:
        return _once([*study.warnings, *error.faults])
    found: list[Fault] = list(study.warnings)
    seen: dict[str, dict[int, Any]] = {}
    files: dict[str, dict[int, Any]] = {}
    space = None
    for period, binding in bindings.items():
        found += [*binding.faults, *_prices(study, binding, tools)]
        opened = None
        try:
            opened = space = open_space(study, binding, tools.digests, tools.types, like=space)
            found += [*space.faults, *_layers(study, space, seen, files), *_types(binding, space, tools)]
        except GepError as error:
            found += error.faults
        found += _tables(study, period, opened, set(study.tables))
    for name, stats in seen.items():
        allow = study.layers[name].allow if name in study.layers else ()
        found += plausible.check_periods(name, stats, files[name], allow)
    return _once(found)


def _once(found: list[Fault]) -> list[Fault]:
    return list(dict.fromkeys(found))


def _prices(study: Study, binding: Binding, tools: Tools) -> list[Fault]:
    found: list[Fault] = []
    for bound in binding.yields:
        item = bound.item
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


def _layers(
    study: Study, space: Opened, seen: dict[str, dict[int, Any]], files: dict[str, dict[int, Any]]
) -> list[Fault]:
    """Plausibility of every raster of the study, gaps inside the zones, texture sums."""
    found: list[Fault] = []
    flat: dict[str, Any] = {}
    for name, reader in space.readers.items():
        spec = study.layers.get(name)
        allow = spec.allow if spec else ()
        for band in reader if isinstance(reader, list) else [reader]:
            stats = plausible.look(band, space.grid, spec.plausible if spec else None)
            found += plausible.check_layer(
                band, space.grid, name=name, plausible=spec.plausible if spec else None, allow=allow, stats=stats
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
    found += plausible.gaps(flat.values(), space.zones, space.grid, space.types)[0]
    return found + check_splits(space.types, space.grid)


def _types(binding: Binding, space: Opened, tools: Tools) -> list[Fault]:
    """Types of the land cover for which a coefficient has no row: one fault a coefficient set, with the area."""
    areas: dict[str, float] = space.codes.groupby("type")["area_ha"].sum().to_dict()
    found: dict[tuple[str, str], list[str]] = {}
    for bound in binding.yields:
        for index, words in bound.missing.items():
            if index >= 0 and bound.types[index] and (code := space.types.types[index]) in areas:
                key = (bound.service.id, _symbol(words[1], tools))
                entry = f"{code} ({areas[code]:,.1f} ha)"
                if entry not in found.setdefault(key, []):
                    found[key].append(entry)
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


def _symbol(words: str, tools: Tools) -> str:
    """The coefficient that a reason speaks of: the longest symbol of the tables that stands in its words."""
    known = {row.symbol for row in tools.coefficients.rows}
    said = [symbol for symbol in known if symbol in words]
    return max(said, key=len) if said else words.split("\n")[0]


def _tables(study: Study, period: int, space: Opened | None, wanted: Collection[str]) -> list[Fault]:
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
            table = read_table(spec, period, study, name)
            found += table.attrs.get("warnings", ())
            if "zone" in table and not spec.allocate and space is not None:
                found += match_zones(table, space.names, spec.zone_key)[1]
        except GepError as error:
            found += error.faults
    return found


def _latitude(table: Any, space: Opened | None) -> float | None:
    """The stations' mean latitude, else that of the county's middle."""
    if "lat" in table:
        return float(table["lat"].mean())
    if space is None:
        return None
    from pyproj import Transformer

    left, bottom, right, top = space.grid.bounds
    to_degrees = Transformer.from_crs(space.grid.crs, "EPSG:4326", always_xy=True)
    return float(to_degrees.transform((left + right) / 2, (bottom + top) / 2)[1])
