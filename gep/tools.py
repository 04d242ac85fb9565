"""What every step of a study needs beside the study itself: coefficients, prices, digests of what is read."""

from __future__ import annotations

from dataclasses import dataclass

from gep.coefficients import Coefficients
from gep.prices import Prices
from gep.provenance import Digests
from gep.study import Study


@dataclass(frozen=True)
class Tools:
    """Coefficients with the county's own rows, prices, and the digests of every file that is read."""

    coefficients: Coefficients
    prices: Prices
    digests: Digests

    @classmethod
    def of(cls, study: Study) -> Tools:
        """Load them for a study. Raises GepError with all faults of the county's files."""
        spec = study.coefficients
        local = [study.folder / path for path in spec.local]
        coefficients = Coefficients.load(local, sets=dict(spec.sets), carry_forward=spec.carry_forward)
        digests = Digests(study.folder)
        for path in (*local, study.file):
            digests.of(path)
        return cls(coefficients, Prices(coefficients), digests)

    @property
    def types(self) -> tuple[str, ...]:
        """All ecosystem type codes; a type's place here is its index in rasters and totals."""
        return tuple(t.code for t in self.coefficients.types)
