"""The study: what is asked, in one YAML file. Frozen, unknown keys are errors, every fault has its line and column.

`load(path)` reads a study.yaml, reports all faults at once and hands back a `Study`. Which fields, services, prices
and coefficient sets exist is not known here: their ids are free text, and binding says which are unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gep import study_checks, yaml_places
from gep.errors import Fault, GepError, fault, refuse


def _text(value: Any) -> Any:
    """Codes and names that YAML reads as numbers (341699, column 62903180) are text here."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _pattern(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not value or not all(isinstance(k, int) and isinstance(v, str) for k, v in value.items()):
            raise PydanticCustomError("gep_path", "path")
        return value
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("gep_path", "path")
    return value


def _mask(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else _pattern(value)


def _region(value: Any) -> Any:
    value = _text(value)
    if not isinstance(value, str) or not (value.isdigit() and value.isascii()) or len(value) not in (2, 4, 6, 9, 12):
        raise PydanticCustomError("gep_region", "region")
    return value


def _range(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value):
        if not value[0] < value[1]:
            raise PydanticCustomError("gep_range", "range")
        return value
    raise PydanticCustomError("gep_range", "range")


def _unit(value: Any) -> Any:
    from gep import units

    value = _text(value)
    if not isinstance(value, str):
        return value
    try:
        units.parse(value)
    except ValueError:
        raise PydanticCustomError("gep_unit", "unit") from None
    return value


def _choice(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else {} if value is None else value


def _stations(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
Unit = Annotated[str, BeforeValidator(_unit)]
Region = Annotated[str, BeforeValidator(_region)]
Pattern = Annotated[str | dict[int, str], BeforeValidator(_pattern)]
Range = Annotated[tuple[float, float], BeforeValidator(_range)]
Align = Literal["exact", "nearest", "mode", "mean", "bilinear", "sum"]


class Part(BaseModel):
    """Base of all parts of a study: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class Zones(Part):
    """The townships (or any zones) accounts are made for."""

    path: Pattern = Field(description="矢量文件 / vector file (gpkg, shp, geojson, gdb)")
    layer: str | None = None
    id: str = Field(description="编码字段 / field of the zone code")
    name: str = Field(description="名称字段 / field of the zone name")
    crs: Text | None = None
    encoding: str = "auto"
    repair: bool = True
    note: str | None = None


class GridSpec(Part):
    """The grid of the work: that of the land cover, or an explicit one."""

    from_: Literal["landcover"] | None = Field(default=None, alias="from")
    crs: Text | None = None
    resolution: float | None = Field(default=None, gt=0)
    bounds: tuple[float, float, float, float] | None = None
    area: Literal["projected", "geodesic"] = "projected"

    @model_validator(mode="after")
    def _one_way(self) -> GridSpec:
        explicit = self.crs is not None or self.resolution is not None or self.bounds is not None
        if explicit and (self.from_ is not None or self.crs is None or self.resolution is None):
            raise PydanticCustomError("gep_grid", "grid")
        return self

    @property
    def explicit(self) -> bool:
        """Whether the grid is given by crs and resolution instead of by the land cover."""
        return self.crs is not None


class Split(Part):
    """A class layer that refines a type, e.g. cropland into paddy and irrigated land."""

    path: Pattern
    within: list[Text] = Field(min_length=1)
    values: dict[Text, Text] = Field(min_length=1)
    band: int = Field(default=1, ge=1)
    nodata: int | Literal["none"] | None = None
    crs: Text | None = None
    note: str | None = None


class LandCover(Part):
    """Land cover of each period: a class raster, or survey polygons with a code field."""

    path: Pattern
    legend: str = Field(description="coefficients/crosswalks 中的名称, 或 CSV / crosswalk name or CSV path")
    nodata: int | Literal["none"] | None = None
    splits: list[Split] = []
    crs: Text | None = None
    band: int = Field(default=1, ge=1)
    code: str | None = Field(default=None, description="图斑地类编码字段 / code field of survey polygons")
    layer: str | None = None
    encoding: str = "auto"
    note: str | None = None


class StationValues(Part):
    """Where station values come from: a table of the study, and the field or column that gives the value."""

    table: str
    value: str


class LayerSpec(Part):
    """A layer: a raster (`path`), a constant (`value`), or interpolated stations (`stations`)."""

    path: Pattern | None = None
    value: float | None = None
    stations: StationValues | None = None
    unit: Unit
    band: int | None = Field(default=None, ge=1)
    bands: Annotated[int, Field(ge=1)] | list[Annotated[int, Field(ge=1)]] | None = None
    scale: float | None = None  # None: the file's own
    offset: float | None = None
    nodata: float | Literal["none"] | None = None
    crs: Text | None = None
    align: Align | None = None
    mask: Annotated[bool | Pattern | None, BeforeValidator(_mask)] = None  # false: the file's own mask is not heeded
    method: Literal["idw", "nearest", "constant"] | None = None
    power: float = Field(default=2.0, gt=0)
    plausible: Range | None = None
    allow: list[str] = []
    note: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> LayerSpec:
        if sum(given is not None for given in (self.path, self.value, self.stations)) != 1:
            raise PydanticCustomError("gep_layer", "layer")
        if self.band is not None and self.bands is not None:
            raise PydanticCustomError("gep_bands", "bands")
        return self

    @property
    def kind(self) -> Literal["raster", "constant", "stations"]:
        """Which of the three variants this layer is."""
        return "raster" if self.path is not None else "constant" if self.value is not None else "stations"


class Stations(Part):
    """The table of station positions: `station`, and `x`,`y` in `crs` or `lon`,`lat`."""

    path: Pattern
    columns: dict[str, Text] = {}
    crs: Text | None = None
    encoding: str = "auto"


class TableSpec(Part):
    """A monitoring or statistics table as the county keeps it (see `gep.intake.monitoring`)."""

    path: Pattern
    sheet: Text | None = None
    header: Annotated[int, Field(ge=1, le=2)] | list[Annotated[int, Field(ge=1)]] = 1
    columns: dict[str, Text] = Field(default={}, description="标准列名: 表中列名 / canonical name: your column")
    units: dict[str, Text] = {}
    zone_key: Literal["name", "code"] = "name"
    allocate: str | None = Field(default=None, description="县级数按此指标分摊到乡镇 / key for sharing county figures")
    encoding: str = "auto"
    delimiter: Literal[",", ";", "\t"] | None = None
    wide: str | None = Field(default=None, description="一站一列时的要素名 / what a one-column-a-station table holds")
    stations: Annotated[Stations | None, BeforeValidator(_stations)] = None
    missing: list[Text] = []
    years: Literal["period", "all"] = Field(default="period", description="站点逐日表取当年或全部年份平均 / days used")
    allow: list[str] = []
    note: str | None = None


class Coefficients(Part):
    """Own coefficient files, chosen sets, and whether expired values may be carried forward."""

    local: list[str] = []
    sets: dict[str, Text] = {}
    carry_forward: bool | list[str] = False


class PriceChoice(Part):
    """Which basis and which index a price is taken with."""

    basis: str | None = None
    index: str | None = None
    note: str | None = None


class Choice(BaseModel):
    """The method chosen for a service (None: its default) and its options."""

    model_config = ConfigDict(extra="allow", frozen=True)
    method: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options beside `method`, as written."""
        return dict(self.model_extra or {})


class Run(Part):
    """How the machine is used; never changes a number."""

    threads: int | None = Field(default=None, ge=1)
    cache: str | None = None


Chosen = Annotated[Choice, BeforeValidator(_choice)]


class Study(Part):
    """A whole study, valid from birth. Made by `load`; paths are relative to `folder`."""

    gep: Literal[1] = Field(description="本文件格式版本 / version of this file's format")
    name: str
    region: Region = Field(description="行政区划代码 / administrative code")
    periods: list[Annotated[int, Field(ge=1900, le=2200)]] = Field(min_length=1)
    profile: Literal["gbt46869_2025", "ndrc_2022", "mee_2020", "custom"]
    lang: Literal["zh", "en"] = "zh"
    price_year: Annotated[int, Field(ge=1900, le=2200)]
    zones: Zones
    grid: GridSpec = GridSpec(from_="landcover")
    landcover: LandCover
    layers: dict[str, LayerSpec] = {}
    fields: dict[str, Text] = {}
    tables: dict[str, TableSpec] = {}
    coefficients: Coefficients = Coefficients()
    prices: dict[str, PriceChoice] = {}
    services: dict[str, Chosen] = {}
    run: Run = Run()
    note: str | None = None

    _file: Path = PrivateAttr(default=Path("study.yaml"))
    _text: str = PrivateAttr(default="")
    _values: dict[tuple[Any, ...], tuple[int, int]] = PrivateAttr(default_factory=dict)
    _keys: dict[tuple[Any, ...], tuple[int, int]] = PrivateAttr(default_factory=dict)
    _warnings: tuple[Fault, ...] = PrivateAttr(default=())

    @property
    def file(self) -> Path:
        """The study file as it was named to `load`."""
        return self._file

    @property
    def path(self) -> Path:
        """The study file (same as `file`)."""
        return self._file

    @property
    def file_name(self) -> str:
        """The study file as it was written by the user, for faults."""
        return str(self._file)

    @property
    def folder(self) -> Path:
        """The folder relative paths start from."""
        return self._file.parent

    @property
    def text(self) -> str:
        """The text of the file as read."""
        return self._text

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What was found but did not stop the reading."""
        return self._warnings

    def source_line(self, number: int) -> str:
        """Line `number` (from 1) of the study file, '' beyond its end."""
        lines = self._text.splitlines()
        return lines[number - 1] if 1 <= number <= len(lines) else ""

    def place(self, *loc: str | int, key: bool = False) -> str:
        """`line:column a.b.c` of a value (or its key), for faults found later: `place("services", "x", "method")`."""
        return yaml_places.place(loc, self._keys if key else self._values, self._values)

    def resolve(self, pattern: str | Mapping[int, str], period: int | None = None) -> Path:
        """The path of a pattern (`{year}` is the period) or of a mapping {period: path}, relative to the study file.

        Raises KeyError when a mapping lacks the period, ValueError when a pattern needs a period and none is given.
        """
        return study_checks.resolve(self.folder, pattern, period)

    def digest(self) -> str:
        """SHA-256 of what the study says; comments, order of keys and layout do not change it."""
        said = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON schema of study.yaml, for completion and checking in editors."""
        schema = cls.model_json_schema(by_alias=True)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "gep study.yaml"}


def write_schema(path: str | Path) -> Path:
    """Write the JSON schema for editors (`# yaml-language-server: $schema=study.schema.json`)."""
    path = Path(path)
    path.write_text(json.dumps(Study.json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    return path


def load(path: str | Path, *, files: bool = True) -> Study:
    """Read a study.yaml. Raises GepError with ALL faults; what is only a warning stands in `study.warnings`.

    `files=False` leaves out the look for input files (for work on an existing run directory).
    """
    path = Path(path)
    tree = yaml_places.load(path)
    faults = list(tree.faults)
    if not isinstance(tree.data, dict):
        if not any(f.severity == "error" for f in faults):
            faults.append(fault("GEP-C008", file=path))
        raise GepError(faults)
    study: Study | None = None
    try:
        study = Study.model_validate(tree.data)
    except ValidationError as error:
        faults += study_checks.translate(error, tree, Study)
    faults += study_checks.across(tree, files=files)
    faults.sort(key=study_checks.order)
    warnings = refuse(faults)
    assert study is not None
    study._file, study._text, study._values, study._keys = path, tree.text, tree.values, tree.keys
    study._warnings = tuple(warnings)
    return study
