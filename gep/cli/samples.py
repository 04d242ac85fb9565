"""Where the sample county lies: in the checkout, else in the installed package."""

from __future__ import annotations

from pathlib import Path

from gep.errors import GepError, fault


def sample_folder() -> Path:
    """The folder of the synthetic sample county. Raises GepError GEP-R001 when neither place has it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "data" / "sample", package / "_sample"):
        if (folder / "study.yaml").is_file():
            return folder
    raise GepError(fault("GEP-R001", file=package / "_sample" / "study.yaml"))
