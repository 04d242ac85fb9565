"""The Python face: open a study, check it, compute it, look at a finished run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gep import check, run
from gep import study as studies
from gep.accounts.totals import Totals
from gep.again import StoredRun
from gep.again import open_run as _open_run
from gep.before import ahead, before
from gep.bind import bind
from gep.errors import Fault
from gep.opening import open_space
from gep.steps import measure
from gep.tools import Tools

__all__ = ["Study", "open_run", "open_study"]


class Study:
    """A study.yaml, opened. `spec` is its frozen content; every method computes anew and changes nothing in it."""

    def __init__(self, spec: studies.Study):
        self.spec = spec

    def check(self) -> list[Fault]:
        """All faults of the study and its inputs, errors and warnings."""
        return list(check.inspect(self.spec, before, ahead))

    def layers(self, period: int | None = None) -> Any:
        """The layers of a period on the study's grid: one lazy xarray.Dataset with units and CRS."""
        from gep.intake.dataset import to_dataset

        period = period or self.spec.periods[0]
        tools = Tools.of(self.spec)
        space = open_space(self.spec, bind(self.spec, period, tools.coefficients), tools.digests, tools.types)
        readers = {k: v for k, v in space.readers.items() if not isinstance(v, list)}
        for name, bands in space.readers.items():
            if isinstance(bands, list):
                readers |= {f"{name}_{n:02d}": band for n, band in enumerate(bands, start=1)}
        return to_dataset(readers, space.types, space.grid)

    def totals(self, period: int, **options: Any) -> Totals:
        """The pass over the pixels of one period: zone × ecosystem type × term."""
        tools = Tools.of(self.spec)
        binding = bind(self.spec, period, tools.coefficients)
        return measure(self.spec, binding, open_space(self.spec, binding, tools.digests, tools.types), **options)

    def account(self, only: Iterable[str] = (), **options: Any) -> run.Result:
        """The whole account in memory: ledger, totals, checks, run facts."""
        return run.compute(self.spec, only=only, **options)

    def run(self, to: str | Path, only: Iterable[str] = (), **options: Any) -> StoredRun:
        """Compute and write all files into `to`; the finished run, opened."""
        to = Path(to)
        run.writable(to)
        run.write(run.compute(self.spec, only=only, **options), to, self.spec)
        return _open_run(to)

    def __repr__(self) -> str:
        return f"<gep study {self.spec.name!r}, periods {', '.join(map(str, self.spec.periods))}>"


def open_study(path: str | Path) -> Study:
    """Read a study.yaml. Raises GepError with all its faults."""
    return Study(studies.load(path))


def open_run(folder: str | Path) -> StoredRun:
    """Read the folder of a finished run. Raises GepError GEP-E012 when it is not whole."""
    return _open_run(folder)
