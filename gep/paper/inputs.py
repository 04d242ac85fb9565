"""What each input file of a run is: said by the lineage, else by the place in the study that names it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gep.paper.facts import Facts
from gep.paper.nouns import Figure, Rows, figure
from gep.paper.rest_words import place
from gep.paper.rests import rests
from gep.report import labels

PLACES = {  # parts of a study that are no tables or layers
    "zones": ("{}界线", "borders of the {}"),
    "landcover": ("土地覆盖", "land cover"),
    "coefficients": ("本地系数与价格", "coefficients and prices of the study's own"),
    "study": ("任务书", "the study"),
    "stations": ("气象站点", "weather stations"),
    "weather": ("逐日气象", "daily weather"),
    "emissions": ("污染物排放量", "emissions"),
    "lakes": ("湖泊", "lakes"),
    "reservoirs": ("水库", "reservoirs"),
    "storage_records": ("蓄水记录", "records of storage"),
    "roads": ("道路绿化带", "green belts of roads"),
    "tourism": ("旅游", "tourism"),
    "landscape": ("景观溢价", "landscape premium"),
    "outside": ("来自区域外的份额", "shares from outside"),
    "county": ("区域统计", "figures of the whole area"),
    "zone_statistics": ("{}统计", "figures of the {}"),
    "water_bulletin": ("水资源公报", "water bulletin"),
    "land_survey": ("国土变更调查", "land survey"),
    "cropland_grades": ("耕地质量等别", "grades of cropland"),
    "grassland_grades": ("草地质量", "grades of grassland"),
    "forest_stock": ("森林资源", "forest stock"),
    "forest_ages": ("森林质量", "quality of forest"),
    "water_stock": ("水资源存量", "stock of water"),
    "section_classes": ("断面水质类别", "water classes of river sections"),
    "mines": ("矿产", "minerals"),
    "asset_prices": ("资产价格", "prices of assets"),
    "obligations": ("义务台账", "register of obligations"),
    "binding_targets": ("约束性指标", "binding targets"),
    "confusion": ("混淆矩阵", "confusion matrix"),
    "compensation": ("补偿结算", "settlement of compensation"),
    "assessment": ("考核评价", "assessment"),
}


@dataclass(frozen=True)
class InputFile:
    """An input file: what it is in words, the services whose values rest on it (none: used beside the values)."""

    file: str
    digest: str
    what: str
    services: tuple[str, ...]
    size: Figure


@functools.lru_cache(maxsize=4)
def inputs(facts: Facts) -> tuple[InputFile, ...]:
    """The input files of run.json, in its order."""
    behind = _behind(facts)
    places = _places(facts)
    out = []
    for n, row in enumerate(facts.meta.get("inputs", [])):
        file = str(row.get("file", ""))
        name = file.replace("\\", "/").rsplit("/", 1)[-1]
        words, rows = behind.get(file) or behind.get(name) or ({}, [])
        place = next((said for pattern, said in places if pattern.fullmatch(file)), "")
        services = rests(facts).services(rows)
        if place.startswith(("zones", "landcover")):
            services = _everywhere(facts, file, place)
        what = facts.say("、", ", ").join(words) or _place_said(facts, file, place)
        size = figure(
            None if row.get("bytes") is None else float(row["bytes"]), Rows("run", f"inputs.{n}.bytes"), decimals=0
        )
        out.append(InputFile(file, str(row.get("digest", "")), what, services, size))
    return tuple(out)


def _everywhere(facts: Facts, file: str, place: str) -> tuple[str, ...]:
    """Borders: every service; land cover: those with lines by the map, and only in the year of a period."""
    every = rests(facts).all_services
    year = re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", file)
    if place.startswith("zones"):
        return every
    if year and int(year[0]) not in facts.periods:
        return ()
    table = facts.run.ledger.table
    mapped = set(table.loc[table["coverage"].notna(), "service"])
    return tuple(service for service in every if service in mapped)


def _behind(facts: Facts) -> dict[str, tuple[dict[str, None], list[Any]]]:
    """File name → (what it holds, lineage rows that name it)."""
    out: dict[str, tuple[dict[str, None], list[Any]]] = {}
    for kind in ("layer", "table", "coefficient", "price", "field"):
        for row in rests(facts).used.get(kind, []):
            if row.file.startswith("coefficients/"):
                continue
            for file in row.file.split(", ") if row.file else ():
                words, rows = out.setdefault(file, ({}, []))
                rows.append(row)
                if kind in ("layer", "table"):
                    words[_named(facts, row.id)] = None
                elif kind in ("coefficient", "price"):
                    words[facts.say(*PLACES["coefficients"])] = None
    return out


def _named(facts: Facts, id: str) -> str:
    """A layer or a table of statistics in words; its id where it has none."""
    from gep.intake.dataset import LONG_NAMES
    from gep.services import registry

    pair = LONG_NAMES.get(id) or PLACES.get(id)
    if pair is not None:
        called = place(facts)
        return facts.say(pair[0].format(called.one), pair[1].format(called.many))
    return facts.service_name(id) if id in registry() else labels.word(id, facts.lang)


def _places(facts: Facts) -> list[tuple[re.Pattern[str], str]]:
    """(pattern of a file, dotted place) of every path that the study in the folder names."""
    name = str(facts.meta.get("study_file") or "study.yaml")
    path = facts.folder / name
    found: list[tuple[re.Pattern[str], str]] = [(re.compile(re.escape(name)), "study")]
    if not path.is_file():
        return found
    from ruamel.yaml import YAML

    for dotted, text in _leaves(YAML(typ="safe").load(path.read_text("utf-8"))):
        if re.search(r"\.[A-Za-z0-9]{2,5}$", text):
            pattern = re.escape(text.removeprefix("./")).replace(r"\{year\}", r"\d{4}")
            found.append((re.compile(pattern), dotted))
    return found


def _leaves(part: Any, place: str = "") -> Iterator[tuple[str, str]]:
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in pairs:
        yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    if isinstance(part, str):
        yield place, part


def _place_said(facts: Facts, file: str, place: str) -> str:
    """A dotted place of the study in words: the layer or table, or the part or folder it belongs to."""
    folder = file.replace("\\", "/").split("/")[0]
    if folder in ("compensation", "assessment"):
        return facts.say(*PLACES[folder])
    keys = [key for key in place.split(".") if not key.isdigit() and key not in ("path", "splits")]
    if not keys:
        return "—"
    return _named(
        facts,
        keys[1]
        if keys[0] in ("tables", "layers") and len(keys) > 1 and "stations" not in keys
        else "stations"
        if "stations" in keys
        else keys[0],
    )
