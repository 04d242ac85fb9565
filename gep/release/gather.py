"""What a release is made from: the folder of a run or of `gep assess`, its study, the rates; refused where it lacks."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep import __version__
from gep.assessment import catalogue as rows
from gep.assessment.catalogue import Indicator
from gep.assessment.nouns import COUNTY
from gep.errors import Fault, GepError, fault
from gep.rates import Rate, Rates
from gep.release import behind, calendar, revisions, tables
from gep.release.cells import Figure
from gep.release.content import COUNTY_ID, Facts, Score
from gep.release.words import word
from gep.study import Study, load
from gep.study_assessment import Assessment, Release

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = ("score_decimals", "share_score_decimals")  # rates: of points, and of scores within 0 … 1
_LINEAGES = ("lineage.parquet", "compensation/lineage.parquet")  # of the accounts, where the folder has them

_APPROVAL = re.compile(r"(S[A-Z]?|审字)[\u4e00-\u9fff]?[(\[〔【]\d{4}[)\]〕】][A-Z第]*\d+(-\d+)?号", re.IGNORECASE)


@dataclass(frozen=True)
class Gathered:
    """All that lies in the folder and the study, public and internal. `evaluations`: id → (name, whether public)."""

    folder: Path
    study: Study
    said: Release
    meta: Mapping[str, Any]
    catalogue: Mapping[str, Indicator]
    observations: pd.DataFrame
    table: pd.DataFrame  # scores
    lineage: pd.DataFrame
    checks: list[Mapping[str, Any]]
    evaluations: Mapping[str, tuple[str, bool]]
    rates: Rates

    @property
    def zones(self) -> dict[str, str]:
        """{id: name} in the order of the observations, the county last."""
        pairs = self.observations[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None)
        named = {str(zone): str(name) for zone, name in pairs if zone != COUNTY}
        return named | {COUNTY_ID: word("county", self.study.lang)}

    def rate(self, symbol: str, day: dt.date, unit: str = "1") -> Rate:
        """A rate in force on a day. Raises GepError."""
        return self.rates.find(symbol, date=day, region=self.study.region, unit=unit)


def read(folder: Path, study: Study | None) -> Gathered:
    """Read a folder. Raises GepError: GEP-E012 it is not whole, GEP-J400 the study asks for no release, the faults of
    the catalogue (GEP-J003: an indicator without publication level), GEP-J401 an indicator without row."""
    import pandas as pd

    inside = folder / "assessment"
    names = ("observations.parquet", "scores.parquet", "lineage.parquet", "catalogue.csv")
    facts = next((folder / n for n in ("run.json", "assess.json") if (folder / n).is_file()), None)
    faults = [fault("GEP-E012", file=folder, name=f"assessment/{n}") for n in names if not (inside / n).is_file()]
    if facts is None:
        faults.append(fault("GEP-E012", file=folder, name="run.json, assess.json"))
    if faults or facts is None:
        raise GepError(faults)
    meta = json.loads(facts.read_text("utf-8"))
    spec = study or _study(folder)
    said = spec.assessment.release if spec.assessment is not None else None
    if spec.assessment is None or said is None:
        raise GepError(fault("GEP-J400", file=spec.file))
    listed, faults = rows.read(inside / "catalogue.csv", "assessment/catalogue.csv")
    if any(f.severity == "error" for f in faults):
        raise GepError(faults)
    observations, scores, lineage = (pd.read_parquet(inside / name) for name in names[:3])
    catalogue = _levels(listed, spec)
    strange = sorted(set(observations["indicator"]) - set(catalogue))
    if strange:  # no row, no publication level: nothing can be said of it
        raise GepError([fault("GEP-J401", file="assessment/catalogue.csv", id=code) for code in strange])
    checks = folder / "checks.json"
    kept = json.loads(checks.read_text("utf-8")) if checks.is_file() else meta.get("checks", [])
    rates = Rates.load([spec.folder / name for name in spec.assessment.rates])
    return Gathered(folder, spec, said, meta, catalogue, observations, scores, lineage, kept,
                    _evaluations(spec.assessment, scores), rates)  # fmt: skip


def _study(folder: Path) -> Study:
    """The study that a folder was made from."""
    origin = folder / "origin.json"
    if not origin.is_file():
        raise GepError(fault("GEP-E012", file=folder, name="origin.json (--study)"))
    return load(folder / json.loads(origin.read_text("utf-8"))["study"], files=False)


def _levels(listed: Iterable[Indicator], study: Study) -> dict[str, Indicator]:
    """The rows of the run; public only where the catalogue of the study as it stands now says so too. Raises GepError
    for a catalogue that cannot be read."""
    assert study.assessment is not None
    names = study.assessment.catalogue
    now = rows.load([study.folder / name for name in names], names)
    shut = {row.code for row in listed if not (row.code in now and now[row.code].public)}
    return {row.code: replace(row, publication=rows.INTERNAL) if row.code in shut else row for row in listed}


def _evaluations(said: Assessment, scores: pd.DataFrame) -> dict[str, tuple[str, bool]]:
    """Every evaluation with its name; public only where the scores and the study both say so."""
    found = dict(zip(scores["evaluation"].astype(str), scores["publication"].astype(str), strict=True))
    asked = {id: (one.name or id, one.publication) for id, one in said.evaluate.items()}
    out = {id: (name, level == rows.PUBLIC == found.get(id, level)) for id, (name, level) in asked.items()}
    return {id: (id, False) for id in found} | out


def formed_on(made: Gathered, formed: dt.date | None) -> tuple[dt.date | None, list[Fault]]:
    """The day the information was formed; GEP-J406 where nobody says it (there is no clock), GEP-J407 forms that are
    no longer in force, GEP-J408 what 统计法 wants on a form and is not given, GEP-J409 no approval of the map, GEP-J419
    what is written there is none."""
    when, said, file = formed or made.said.formed, made.said, made.study.file
    if when is None:
        return None, [fault("GEP-J406", file=file, place="assessment.release.formed")]
    faults = []
    if said.valid_until is not None and said.valid_until < when:
        faults.append(fault("GEP-J407", file=file, place="assessment.release.valid_until", until=said.valid_until,
                            formed=when))  # fmt: skip
    for key in ("authority", "approval", "valid_until"):
        if not getattr(said, key):
            faults.append(fault("GEP-J408", severity="warning", file=file, place=f"assessment.release.{key}",
                                what_zh=word(key, "zh"), what_en=word(key, "en")))  # fmt: skip
    if not map_approval(said):
        written = said.map_approval.strip()
        code, severity = ("GEP-J419", "warning") if written else ("GEP-J409", "info")
        place = "assessment.release.map_approval"
        faults.append(fault(code, severity=severity, file=file, place=place, text=written))  # type: ignore[arg-type]
    return when, faults


def map_approval(said: Release) -> str:
    """The approval number of the map, 皖S(2024)12号, GS京(2022)1061号, 浙审字(2021)第9号; blank for anything else."""
    text = said.map_approval.strip()
    return text if _APPROVAL.search(re.sub(r"\s", "", unicodedata.normalize("NFKC", text))) else ""


def follows(made: Gathered, before: revisions.Before, when: dt.date) -> list[Fault]:
    """GEP-J425: the release before is another study's, or younger."""
    same = before.study == made.study.name and before.region == made.study.region
    if same and before.formed <= when.isoformat():
        return []
    return [fault("GEP-J425", file=made.study.file, study=before.study, region=before.region, before=before.formed,
                  formed=when)]  # fmt: skip


def facts(made: Gathered, when: dt.date, before: revisions.Before | None) -> Facts:
    """What stands on the release. Raises GepError GEP-J405 where a year's holidays are not known."""
    said, study = made.said, made.study
    known = calendar.load([study.folder / name for name in said.holidays], said.holidays)
    due, rate = calendar.due(when, made.rates, known, study.region)
    keys = ("gep", "coefficients_version", "coefficients_digest", "profile")
    versions = {"gep_release": __version__} | {k: str(made.meta[k]) for k in keys if made.meta.get(k)}
    return Facts(
        study.name, study.region, study.lang, said.authority, said.approval, said.valid_until, map_approval(said),
        said.contact, when, due, int(rate.number), 1 if before is None else before.number + 1,
        "" if before is None else before.digest, "" if before is None else before.formed, versions,
    )  # fmt: skip


def scores(made: Gathered, places: Mapping[str, int]) -> list[Score]:
    """The totals of public evaluations: no item, no block, nothing an internal indicator goes into by itself.

    `places`: decimals by symbol (DECIMALS); an evaluation whose scores all lie within 0 … 1 has more of them.
    """
    import pandas as pd

    out = []
    totals = made.table[made.table["kind"] == "total"]
    points, shares = (places[symbol] for symbol in DECIMALS)
    small = {id: bool(part.dropna().between(0, 1).all()) for id, part in totals.groupby("evaluation")["score"]}
    for r in totals.itertuples():
        decimals = shares if small[r.evaluation] else points
        name, public = made.evaluations[str(r.evaluation)]
        if public:
            score = None if pd.isna(r.score) else float(r.score)
            text = ".." if score is None else f"{score:.{decimals}f}"
            rank = None if pd.isna(r.rank) else int(r.rank)
            shown = None if score is None else float(text)
            out.append(Score(str(r.evaluation), name, int(r.year), str(r.zone) or COUNTY_ID, shown, text,
                             str(r.grade or ""), rank, str(r.status)))  # fmt: skip
    return out


def sources(made: Gathered) -> list[dict[str, Any]]:
    """The files behind public observations."""
    import pandas as pd

    known = made.observations
    public = known[[made.catalogue[code].public for code in known["indicator"]]]
    keys = {str(r.lineage): (str(r.indicator), int(r.year)) for r in public.itertuples() if r.status != "missing"}
    more = [pd.read_parquet(made.folder / name) for name in _LINEAGES if (made.folder / name).is_file()]
    digests = {row["file"]: row["digest"] for row in made.meta.get("inputs", [])}
    return behind.sources(keys, [made.lineage, *more], digests)


def other_tables(made: Gathered, shown: Iterable[Figure]) -> dict[str, pd.DataFrame]:
    """Other tables that the study releases, masked like the figures `shown`. Raises GepError (`tables.read`)."""
    held = {(f.indicator, f.zone) for f in shown if f.status == "suppressed"}
    return tables.read(made.folder, made.said.tables, made.study.file, made.catalogue, made.evaluations, made.zones,
                       held)  # fmt: skip


def sole_faults(made: Gathered) -> list[Fault]:
    """Public evaluations of one internal indicator (GEP-J418)."""
    code_of = dict(zip(made.observations["lineage"], made.observations["indicator"], strict=True))
    lines: dict[str, set[str]] = {}
    said = made.lineage[made.lineage["kind"] == "indicator"]
    for key, id in zip(said["lineage"], said["id"], strict=True):
        if id in code_of:
            lines.setdefault(str(key), set()).add(str(code_of[id]))
    return tables.sole_faults(made.table, lines, made.catalogue, made.evaluations, made.study.file)
