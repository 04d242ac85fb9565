"""`gep transfer`: a table of areas valued with a published or own factor table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import typer

from gep.cli import show

_OPTIONS = {"exchange.rate": "--exchange", "exchange.year": "--exchange-year"}
_EXPECTED = {"int": ("要整数", "a whole number is wanted"), "float": ("要数字", "a number is wanted")}
_BOUNDS = {"gt": ("须大于", "must be above"), "ge": ("不得小于", "must not be below"),
           "le": ("不得大于", "must not be above"), "lt": ("须小于", "must be below")}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Where things stand in a file: heads by canonical name, sheet, rows of the head."""

    columns: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header: tuple[int, ...] = (1,)

    @classmethod
    def of(cls, kind: str, columns: str | None, sheet: str | None, header: str) -> Layout:
        """From the options. Raises GepError GEP-V022 for a name that the kind of table does not have, or no row."""
        from gep.errors import GepError, fault
        from gep.intake.expected import KNOWN

        known, said = KNOWN[kind].columns, pairs(columns)
        place = "--factor-columns" if kind == "transfer_factors" else "--columns"
        reason = {"reason_zh": f"写 名=表头，名可用：{', '.join(known)}",
                  "reason_en": f"write name=head; names: {', '.join(known)}"}  # fmt: skip
        faults = [
            fault("GEP-V022", place=place, given=name, **reason) for name, head in said.items()
            if name not in known or not head
        ]  # fmt: skip
        rows = header.replace("，", ",").split(",")
        if not all(row.strip().isdecimal() and int(row) for row in rows):
            reason = {"reason_zh": "写表头所在的行，如 2 或 1,2", "reason_en": "write the row of the head: 2, or 1,2"}
            faults.append(fault("GEP-V022", place=place.replace("columns", "header"), given=header, **reason))
        if faults:
            raise GepError(faults)
        return cls(said, sheet, tuple(map(int, rows)))


def transfer_areas(
    areas: Path, said: dict[str, Any], *, unit: str | None, layout: Layout, own: Layout, classes: str | None,
    crops: Path | None, region: str, to: Path | None, lang: str | None,
) -> None:  # fmt: skip
    """Read, value, print, and write where `to` is given. `said`: the keys of `transfer:` in study.yaml."""
    from gep import transfer as module
    from gep.intake.monitoring import read_table
    from gep.provenance import digest_file
    from gep.transfer.output import lines

    tongue = show.language(lang)
    legend, mapped = module.class_map(classes) if classes else ("", {})
    chosen = parsed({**said, "classes": dict(mapped)})
    table = module.factor_table(chosen.factors, ".", chosen.factor_unit, **asdict(own))
    frame, told = module.read_areas(module.spec_of(areas, "transfer_areas", area=unit, **asdict(layout)))
    crop_table = read_table(module.spec_of(crops, "staple_crops"), None, ".", "staple_crops") if crops else None
    result = module.transfer(frame, chosen, legend=legend, region=region, crops=crop_table, table=table)
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
    """The options as a `gep.study_parts.Transfer`. Raises GepError: GEP-V025 what is lacking, V022 what is wrong."""
    from pydantic import ValidationError

    from gep.errors import GepError, fault
    from gep.study_parts import Transfer

    try:
        return Transfer(**{k: v for k, v in said.items() if v is not None})
    except ValidationError as error:
        faults = {}
        for one in error.errors(include_url=False):
            loc = [str(p) for p in one["loc"]]
            place = ".".join(loc[:2]) if loc[0] in ("exchange", "adjust") else loc[0]
            option = _OPTIONS.get(place, f"--{loc[0].replace('_', '-')}")
            if one["type"] == "missing" or one["input"] is None:
                faults[place] = fault("GEP-V025", place=place, option=option)
                continue
            zh, en = _reason(one)
            if place == "unit_value":  # a number or a word: pydantic tells of both
                zh, en = "写大于 0 的数（元/hm²），或 published、one_seventh、net_profit", \
                         "give a number above 0 (yuan/hm²), or published, one_seventh, net_profit"  # fmt: skip
            faults.setdefault(place, fault("GEP-V022", place=option, given=one["input"], reason_zh=zh, reason_en=en))
        raise GepError(faults.values()) from None


def _reason(error: Any) -> tuple[str, str]:
    """Why pydantic refuses a value, in both languages."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        known = context["expected"].replace("'", "").replace(" or ", ", ")
        return f"可用：{known}", f"known: {known}"
    for name, (zh, en) in _BOUNDS.items():
        if name in context:
            return f"{zh} {context[name]:g}", f"{en} {context[name]:g}"
    return next((words for start, words in _EXPECTED.items() if kind.startswith(start)), ("格式不对", "wrong form"))


def pairs(text: str | None) -> dict[str, str]:
    """`area=面积,class=地类` as a dict of texts; a name without “=” has the text ""."""
    parts = [part.partition("=") for part in (text or "").replace("，", ",").split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in parts}


def numbers(text: str | None) -> dict[str, float]:
    """`npp=1.1,precipitation=0.9` as a dict of numbers. Raises GepError GEP-V022."""
    from gep.errors import GepError, fault

    out = {}
    for name, value in pairs(text).items():
        try:
            out[name] = float(value)
        except ValueError:
            words = {"reason_zh": "写 名=数，如 npp=1.1", "reason_en": "write name=number, such as npp=1.1"}
            raise GepError(fault("GEP-V022", place="--adjust", given=f"{name}={value}", **words)) from None
    return out
