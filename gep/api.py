"""The Python face: open a study, check it, compute it, look at a finished run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep import check, run
from gep import study as studies
from gep.accounts.totals import Totals
from gep.again import StoredRun
from gep.again import open_run as _open_run
from gep.before import ahead, before
from gep.bind import bind
from gep.errors import Fault, GepError, fault
from gep.opening import open_space
from gep.steps import measure
from gep.tools import Tools

if TYPE_CHECKING:
    from gep.assessments import Assessed
    from gep.compare import Comparison
    from gep.settlements import Settlements

__all__ = ["Study", "changes", "open_run", "open_study"]


class Study:
    """A study.yaml, opened. `spec` is its frozen content; every method computes anew and changes nothing in it."""

    def __init__(self, spec: studies.Study):
        self.spec = spec
        self._found: list[Fault] | None = None  # what the last check said, for notebooks

    def check(self) -> list[Fault]:
        """All faults of the study and its inputs, errors and warnings."""
        self._found = list(check.inspect(self.spec, before, ahead))
        return list(self._found)

    def but(self, **keys: Any) -> Study:
        """A copy of the study in which these keys of study.yaml are said anew; this one stays as it is.

        `study.but(periods=[2023], climate=None)`. A value is what YAML would say, or a part of a study already made.
        Raises TypeError for a key that a study does not have, ValueError for what cannot stand there.
        """
        from pydantic import TypeAdapter

        known = studies.Study.model_fields
        if strange := sorted(set(keys) - set(known)):
            raise TypeError(f"a study has no key {', '.join(strange)}; keys: {', '.join(known)}")
        said = {}
        for key, value in keys.items():
            try:
                said[key] = TypeAdapter(known[key].rebuild_annotation()).validate_python(value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        return Study(self.spec.model_copy(update=said))

    def settle(self, run: str | Path | StoredRun | None = None, span: str = "") -> Settlements:
        """Who owes whom, from the monitoring tables; no raster is opened (`gep settle`).

        `run`: a finished run, whose accounts the rules may read; without it the rules that need one are listed in
        `missing`. `span` keeps one month, quarter or year. Raises GepError.
        """
        from gep.settle import settle_study

        return settle_study(self.spec, _folder(run), span)[0]

    def assess(self, run: str | Path | StoredRun | None = None) -> Assessed:
        """Indicators and scores; no raster is opened (`gep assess`). `run` as for `settle`. Raises GepError."""
        from gep.assess import assess_study

        return assess_study(self.spec, _folder(run))[0]

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

    def _repr_html_(self) -> str:
        """Name, periods, what is asked, and what the last check said, for notebooks; opens nothing."""
        from gep.views import of_study

        return of_study(self.spec, self._found)

    def __repr__(self) -> str:
        return f"<gep study {self.spec.name!r}, periods {', '.join(map(str, self.spec.periods))}>"


def _folder(run: str | Path | StoredRun | None) -> Path | None:
    """Where a finished run lies."""
    return run.folder if isinstance(run, StoredRun) else Path(run) if run is not None else None


def changes(
    of: StoredRun | run.Result, first: int | None = None, second: int | None = None, deflator: float | None = None
) -> Comparison:
    """Two periods of one run side by side (by default the first and the last): what changed and why (`gep compare`).

    Raises GepError GEP-M001 for a period it does not have, GEP-M002 where it has only one.
    """
    from gep import compare

    known = compare.periods(of)
    if len(known) == 1 and first is None and second is None:
        raise GepError(fault("GEP-M002", file=getattr(of, "folder", ""), period=known[0]))
    sides = [
        compare.Side.of(of, p) for p in (known[0] if first is None else first, known[-1] if second is None else second)
    ]
    return compare.compare(*sides, deflator)


def open_study(path: str | Path) -> Study:
    """Read a study.yaml. Raises GepError with all its faults."""
    return Study(studies.load(path))


def open_run(folder: str | Path) -> StoredRun:
    """Read the folder of a finished run. Raises GepError GEP-E012 when it is not whole."""
    return _open_run(folder)
