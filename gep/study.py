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

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gep import study_checks, yaml_places
from gep.errors import Fault, GepError, fault, refuse
from gep.study_accounts import AssetValue, BalanceSheet, Condition, Extent
from gep.study_assessment import Assessment
from gep.study_compensation import Compensation
from gep.study_parts import (
    Areas,
    Chosen,
    Climate,
    Coefficients,
    GridSpec,
    LandCover,
    LayerSpec,
    Part,
    PriceChoice,
    Reason,
    Region,
    Run,
    TableSpec,
    Text,
    Transfer,
    Zones,
)


class Study(Part):
    """A whole study, valid from birth. Made by `load`; paths are relative to `folder`."""

    gep: Literal[1] = Field(description="本文件格式版本 / version of this file's format")
    name: str
    region: Region = Field(description="行政区划代码 / administrative code")
    periods: list[Annotated[int, Field(ge=1900, le=2200)]] = Field(min_length=1)
    profile: Literal["gbt46869_2025", "ndrc_2022", "mee_2020", "custom"]
    lang: Literal["zh", "en"] = "zh"
    price_year: Annotated[int, Field(ge=1900, le=2200)] | Literal["current"] = Field(
        description="可比价的年份, 或 current 当年价 / year of comparable prices, or current: each period's own"
    )
    zones: Zones
    grid: GridSpec = GridSpec(from_="landcover")
    landcover: LandCover | None = None
    areas: Areas | None = Field(default=None, description="没有栅格时的面积表 / table of areas, instead of landcover")
    layers: dict[str, LayerSpec] = {}
    fields: dict[str, Text] = {}
    tables: dict[str, TableSpec] = {}
    coefficients: Coefficients = Coefficients()
    prices: dict[str, PriceChoice] = {}
    services: dict[str, Chosen] = {}
    not_applicable: dict[str, Reason] = Field(
        default={}, description="服务: 本县不适用的理由 / service: why it does not apply"
    )
    accept: dict[str, Reason] = Field(
        default={}, description="重复计算规则: 仍相加的理由 / double-counting rule: why it is set aside"
    )
    confirmed: dict[str, str] = Field(
        default={}, description="条款: 谁何时核对了原文 / clause: who checked the text, when"
    )
    climate: Climate | None = None
    transfer: Transfer | None = None
    extent: Extent | None = Field(default=None, description="范围账户 / extent account")
    condition: Condition | None = Field(default=None, description="状况账户 / condition account")
    asset_value: AssetValue | None = Field(default=None, description="资产价值账户 / monetary asset account")
    balance_sheet: BalanceSheet | None = Field(default=None, description="自然资源资产负债表 / balance sheet")
    compensation: Compensation | None = Field(default=None, description="生态保护补偿 / compensation")
    assessment: Assessment | None = Field(default=None, description="绩效评估与信息发布 / assessment, release")
    run: Run = Run()
    note: str | None = None

    @model_validator(mode="after")
    def _one_cover(self) -> Study:
        if (self.landcover is None) == (self.areas is None):
            raise PydanticCustomError("gep_cover", "cover")
        return self

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

    def priced(self, period: int) -> Study:
        """The study at the prices of a period: itself, or with the period's own year where prices are `current`."""
        return self.model_copy(update={"price_year": period}) if self.price_year == "current" else self

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
