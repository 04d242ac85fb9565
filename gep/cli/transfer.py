"""`gep transfer`: a table of areas valued with a published or own factor table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from gep.cli import show


def transfer_areas(
    areas: Path, said: dict[str, Any], *, unit: str | None, classes: str | None, crops: Path | None, region: str,
    to: Path | None, lang: str | None,
) -> None:  # fmt: skip
    """Read, value, print, and write where `to` is given. `said`: the keys of `transfer:` in study.yaml."""
    from gep import transfer as module
    from gep.intake.monitoring import read_table
    from gep.provenance import digest_file
    from gep.transfer.output import lines

    tongue = show.language(lang)
    legend, own = module.class_map(classes) if classes else ("", {})
    chosen = parsed({**said, "classes": dict(own)})
    frame, told = module.read_areas(module.spec_of(areas, "transfer_areas", area=unit))
    crop_table = read_table(module.spec_of(crops, "staple_crops"), None, ".", "staple_crops") if crops else None
    result = module.transfer(frame, chosen, legend=legend, region=region, crops=crop_table)
    show.faults([*told, *result.faults], tongue, err=True)
    for line in lines(result, tongue):
        show.say(line)
    if to is not None:
        more = {"areas": areas.name, "areas_sha256": digest_file(areas), "legend": legend}
        for path in module.written(result, to, more):
            show.say(f"√ {path}")
    if not all(c["passed"] for c in result.checks):
        raise typer.Exit(show.SOME_FAILED)


def parsed(said: dict[str, Any]) -> Any:
    """The options as a `gep.study_parts.Transfer`. Raises GepError GEP-V022 with what each option lacks."""
    from pydantic import ValidationError

    from gep.errors import GepError, fault
    from gep.study_parts import Transfer

    try:
        return Transfer(**{k: v for k, v in said.items() if v is not None})
    except ValidationError as error:
        raise GepError(
            [
                fault("GEP-V022", place=".".join(map(str, e["loc"])), given=e["input"], reason=e["msg"])
                for e in error.errors()
            ]
        ) from None


def pairs(text: str | None) -> dict[str, float]:
    """`npp=1.1,precipitation=0.9` as a dict. Raises GepError GEP-V022."""
    from gep.errors import GepError, fault

    out = {}
    for part in filter(None, (text or "").replace("，", ",").split(",")):
        name, _, number = part.partition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError:
            raise GepError(fault("GEP-V022", place="--adjust", given=part, reason="name=number")) from None
    return out
