"""The parts of a study.yaml: frozen models with no unknown keys. `gep.study` puts them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError


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
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
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
    pixels: Literal["exact", "centre"] = Field(
        default="exact",
        description="像元分摊: 精确面积 exact, 像元中心 centre / shares of pixels: exact, or by centres",
    )
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


class ZoneValues(Part):
    """Where zone means come from, in a study without rasters: a table and its column (by zone, or zone and type)."""

    table: str
    value: str


class StationValues(Part):
    """Where station values come from: a table of the study, and the field or column that gives the value."""

    table: str
    value: str


class LayerSpec(Part):
    """A layer: a raster (`path`), a constant (`value`), interpolated stations (`stations`), or zone `means`."""

    path: Pattern | None = None
    value: float | None = None
    stations: StationValues | None = None
    means: ZoneValues | None = None
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
        if sum(given is not None for given in (self.path, self.value, self.stations, self.means)) != 1:
            raise PydanticCustomError("gep_layer", "layer")
        if self.band is not None and self.bands is not None:
            raise PydanticCustomError("gep_bands", "bands")
        return self

    @property
    def kind(self) -> Literal["raster", "constant", "stations", "means"]:
        """Which of the four variants this layer is."""
        kinds = {"raster": self.path, "constant": self.value, "stations": self.stations, "means": self.means}
        return next(kind for kind, given in kinds.items() if given is not None)  # type: ignore[return-value]


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


class Areas(TableSpec):
    """Areas of ecosystem types by zone, for a study without rasters: columns zone, code, area."""

    legend: str = Field(description="coefficients/crosswalks 中的名称, 或 CSV / crosswalk name or CSV path")


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


class Choice(Part):
    """The method chosen for a service (None: its default), and how it is taken."""

    method: str | None = None
    given: str | None = Field(default=None, description="实物量取自此表 / table that gives the quantities")
    role: Literal["in", "memo"] | None = Field(
        default=None, description="计入或仅备查, 偏离口径时写 / other than the profile"
    )
    without: list[str] = Field(default=[], description="本县没有的项目 / items that the county has none of")
    note: str | None = None


class Exchange(Part):
    """Yuan for one unit of a table's currency (US$, or Int.$ by purchasing power), and the year of that rate."""

    rate: Annotated[float, Field(gt=0)]
    year: Annotated[int, Field(ge=1900, le=2200)]


class Transfer(Part):
    """Unit-value transfer beside the account: factor table, value of one equivalent, adjustments."""

    factors: str = Field(description="xie2003 | xie2008 | xie2015 | costanza1997 | costanza2014 | degroot2012 | CSV")
    factor_unit: Text | None = Field(default=None, description="自备系数表的单位 / unit of an own factor table")
    unit_value: Annotated[float, Field(gt=0)] | Literal["published", "one_seventh", "net_profit"] = Field(
        default="published", description="一个当量的价值, 元/hm² / value of one equivalent, yuan/hm²"
    )
    mix: str | None = Field(default=None, description="与他表当量价值混用的理由 / why another table's value is used")
    year: int | None = Field(default=None, description="价格年份 / money of this year, moved by index")
    index: str | None = None
    exchange: Exchange | None = None
    adjust: dict[Literal["npp", "precipitation", "soil_retention"], Annotated[float, Field(gt=0)]] = Field(
        default={}, description="本地值 ÷ 全国均值 / local value ÷ national mean"
    )
    province: Literal["farmland", "all"] | None = Field(
        default=None, description="省级农田生物量因子用于农田或全部类型 / province factor on farmland or on all classes"
    )
    classes: dict[Text, Text] = Field(default={}, description="地类: 系数表中的类 / land class: class of the table")
    note: str | None = None


class Climate(Part):
    """Years whose climate is averaged beside the actual year's, and the inputs that are climate."""

    years: list[Annotated[int, Field(ge=1900, le=2200)]] = Field(min_length=2)
    inputs: list[str] = []
    note: str | None = None


class Run(Part):
    """How the machine is used; never changes a number."""

    threads: int | None = Field(default=None, ge=1)
    cache: str | None = None


Chosen = Annotated[Choice, BeforeValidator(_choice)]
