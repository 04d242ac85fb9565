"""`gep layers STUDY --service S --to DIR`: a service's quantity a hm² in every pixel, as Cloud Optimized GeoTIFF."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from gep.cli import show


def run(study: Path, services: list[str], to: Path, periods: list[int] | None, lang: str | None) -> None:
    """Write the layers and say which files, and what has none. Raises GepError."""
    tongue, begin = show.language(lang), time.monotonic()
    made, faults = write(study, services, to, periods)
    errors, rest = show.faults(faults, tongue)
    show.say(show.counted(errors, rest, tongue))
    for layer in made:
        show.say(f"√ {layer.path}  {layer.unit}")
    show.say(f"  {len(made)} × COG  {time.monotonic() - begin:.1f} s")


def write(study: Path, services: list[str], to: Path, periods: list[int] | None = None) -> Any:
    """The layers of these services and periods (all of the study unless given): (layers, warnings). Raises GepError."""
    from gep.bind import bind
    from gep.check import ready
    from gep.opening import Opened
    from gep.report import cog
    from gep.study import load
    from gep.tools import Tools

    spec = load(study)
    tools = Tools.of(spec)
    wanted = [p for p in spec.periods if not periods or p in periods]
    bindings = {p: bind(spec, p, tools.coefficients) for p in wanted}
    spaces, faults = ready(spec, bindings, tools)
    made = []
    for period, binding in bindings.items():
        for service in services:
            space = spaces[period]
            if not isinstance(space, Opened):
                raise cog.without_pixels(service)
            layers, found = cog.write(space.plan(binding), binding, service, to, {"GEP_STUDY": spec.name})
            made += layers
            faults += found
    return made, list(dict.fromkeys(faults))
