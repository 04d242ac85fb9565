"""The multi-year mean climate: the account of a period with the weather of several years, everything else unchanged.

Each year named in `climate.years` lends its climate inputs (precipitation, evapotranspiration, erosivity, …) to one
pass; land cover, vegetation, tables and coefficients stay those of the period. Areas and sums are averaged over the
years: what is computed pixel by pixel is the mean of the years' results, not the result of a mean year.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.decompose import decompose
from gep.accounts.totals import Totals
from gep.bind import bind
from gep.check import STATION_TABLES
from gep.coefficient_tables import folder
from gep.errors import Fault, GepError, fault
from gep.opening import open_space
from gep.steps import account, measure
from gep.study import Study
from gep.tools import Tools

if TYPE_CHECKING:
    import pandas as pd


@functools.cache
def conventions() -> Mapping[str, Any]:
    """coefficients/conventions.yaml: start, rungs, climate_inputs."""
    from ruamel.yaml import YAML

    return YAML(typ="safe").load((folder() / "conventions.yaml").read_text("utf-8"))  # type: ignore[no-any-return]


def is_climate(study: Study, name: str) -> bool:
    """Whether an input is climate: as `climate.inputs` says, else by the patterns of conventions.yaml.

    A table from which a climate layer is interpolated is climate too.
    """
    said = study.climate.inputs if study.climate and study.climate.inputs else conventions()["climate_inputs"]
    behind = [n for n, spec in study.layers.items() if spec.stations is not None and spec.stations.table == name]
    return any(fnmatch.fnmatchcase(n, pattern) for n in (name, *behind) for pattern in said)


def flows(study: Study) -> Study:
    """The study without stocks and compensation, for variants that ask for the ledger alone: they would read more."""
    later = ("extent", "condition", "asset_value", "balance_sheet", "compensation")
    return study.model_copy(update=dict.fromkeys(later))


def held(study: Study, period: int) -> Study:
    """The flows of a study, every path that is not climate held at `period`: only climate follows the year asked."""

    def at(path: Any) -> Any:
        if isinstance(path, Mapping):
            return path.get(period, path)
        return path.replace("{year}", str(period)) if isinstance(path, str) else path

    def of(part: Any, *names: str) -> Any:
        return part.model_copy(update={name: at(getattr(part, name)) for name in names})

    def table(spec: Any) -> Any:
        kept = of(spec, "path")
        return kept if spec.stations is None else kept.model_copy(update={"stations": of(spec.stations, "path")})

    cover = study.landcover
    if cover is not None:
        cover = of(cover, "path").model_copy(update={"splits": [of(s, "path") for s in cover.splits]})
    update = {
        "zones": of(study.zones, "path"),
        "landcover": cover,
        "areas": None if study.areas is None else table(study.areas),
        "layers": {n: s if is_climate(study, n) else of(s, "path", "mask") for n, s in study.layers.items()},
        "tables": {n: s if is_climate(study, n) else table(s) for n, s in study.tables.items()},
    }
    return flows(study).model_copy(update=update)


def lacking(study: Study) -> list[Fault]:
    """What the mean climate lacks: years (GEP-M031), a file of a year (GEP-M032), inputs that vary (GEP-M033)."""
    if study.climate is None:
        return [fault("GEP-M031", file=study.file)]
    found, varies = [], False
    inputs = {**study.layers, **study.tables}
    for name, spec in inputs.items():
        if not is_climate(study, name):
            continue
        path = spec.path
        if name in STATION_TABLES and path is not None and getattr(spec, "years", "") == "period":
            varies = True
        if not (isinstance(path, Mapping) or (isinstance(path, str) and "{year}" in path)):
            continue
        varies = True
        for year in study.climate.years:
            try:
                file = study.resolve(path, year)
            except KeyError:
                found.append(fault("GEP-M032", file=study.file, year=year, name=name, path=f"path: {{{year}: …}}"))
                continue
            if not file.exists():
                found.append(fault("GEP-M032", file=study.file, year=year, name=name, path=file.name))
    return found if varies else [fault("GEP-M033", file=study.file)]


def mean_climate(study: Study, period: int, tools: Tools | None = None) -> Totals:
    """Totals of `period` with the climate of each of `climate.years`, averaged. One pass a year.

    Raises GepError with what is `lacking`, and as opening the inputs does.
    """
    found = lacking(study)
    if found or study.climate is None:
        raise GepError(found)
    tools = tools or Tools.of(study)
    fixed = held(study, period)
    parts, space = [], None
    for year in study.climate.years:
        # coefficients are those of the period, inputs those of the year
        binding = dataclasses.replace(bind(fixed, period, tools.coefficients), period=year)
        space = open_space(fixed, binding, tools.digests, tools.types, like=space)
        space.digest()  # the files of every year stand in run.json
        parts.append(measure(fixed, binding, space))
    return mean(parts, period)


def mean(parts: Sequence[Totals], period: int) -> Totals:
    """Areas and sums averaged over totals of the same zones and types."""
    first = parts[0]

    def of(arrays: list[np.ndarray]) -> np.ndarray:
        return np.sum(arrays, axis=0) / len(arrays)

    return Totals(
        period,
        first.zones,
        first.types,
        {group: of([p.areas[group] for p in parts]) for group in first.areas},
        {key: of([p.sums[key] for p in parts]) for key in first.sums},
        first.polygon_m2,
    )


def climate_table(
    study: Study, period: int, actual: pd.DataFrame, names: Mapping[str, str], tools: Tools | None = None
) -> pd.DataFrame:
    """Actual year beside multi-year mean, by service, yuan; the total last (service "").

    actual: ledger lines of the period; names: zone id → name. Columns service, service_name, actual, mean_climate,
    difference (mean − actual), lines, not_compared (lines missing on either side, left out of both numbers).
    Raises GepError as `mean_climate`.
    """
    import pandas as pd

    tools = tools or Tools.of(study)
    actual = actual[actual["period"] == period]
    totals = mean_climate(study, period, tools)
    spec = flows(study)
    table, _, _ = account(spec, bind(spec, period, tools.coefficients), totals, tools, names)
    table = table[table["service"].isin(set(actual["service"]))]  # a run of some services only
    change = decompose(actual, table)
    keys = ["service", "service_name"]
    sums = change.lines.groupby(keys, sort=False).agg(v0=("v0", "sum"), v1=("v1", "sum"), lines=("v0", "size"))
    gone = change.absent.groupby(keys, sort=False).size()
    index = sums.index.union(gone.index, sort=False)
    out = sums.reindex(index)
    out["lines"] = out["lines"].fillna(0).astype(int)
    out["not_compared"] = gone.reindex(index, fill_value=0)
    out["actual"], out["mean_climate"] = out.pop("v0") / 100, out.pop("v1") / 100
    out = out.reset_index()
    out.loc[len(out)] = {"service": "", "service_name": "合计" if study.lang == "zh" else "Total"} | {
        c: out[c].sum() for c in ("lines", "not_compared", "actual", "mean_climate")
    }
    out["difference"] = (out["mean_climate"] * 100).round() / 100 - (out["actual"] * 100).round() / 100
    return pd.DataFrame(out[[*keys, "actual", "mean_climate", "difference", "lines", "not_compared"]])
