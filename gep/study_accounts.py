"""The part of a study.yaml that asks for accounts of stocks: extent, condition, assets, the balance sheet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gep.study_parts import Part, Pattern, Reason, Text

# tables of fixed names that only these accounts read, beside those that balance_sheet names
STOCK_TABLES = ("obligations", "overuse", "footprint", "binding_targets", "asset_grades", "service_users")
Year = Annotated[int, Field(ge=1900, le=2200)]


class Extent(Part):
    """The extent account: which dates of land cover, and what change is not believed."""

    dates: list[Year] = Field(default=[], description="地类各期, 缺省 periods / dates of land cover, default: periods")
    minimum_mapping_unit: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="最小图斑, hm²; 更小的变化计为重估 / ha; smaller patches of change are reappraisal"
    )
    edge_pixels: Annotated[int, Field(ge=0, le=10)] | None = Field(
        default=None, description="配准误差, 像元; 缺省取系数表 / misregistration in pixels; default: coefficient row"
    )
    rules: str | None = Field(default=None, description="本县的变化归因表 CSV / the county's own attribution rules")
    confusion: Pattern | None = Field(default=None, description="混淆矩阵 CSV / confusion matrix, for figures beside")
    note: str | None = None


class Condition(Part):
    """The condition account: variables of coefficients/condition_variables.csv, the quality index, the landscape."""

    variables: list[str] = Field(default=[], description="状况变量 id / ids of condition variables")
    quality: bool = Field(default=False, description="HJ 1172 生态系统质量指数 / ecosystem quality index")
    landscape: bool = Field(default=False, description="HJ 1171 景观指数 / landscape indices")
    references: str | None = Field(default=None, description="参照值 CSV / reference levels")
    note: str | None = None


class AssetValue(Part):
    """The monetary asset account: net present value of the services. Nothing here has a default."""

    rate: Annotated[float, Field(gt=0, lt=1)] = Field(description="折现率 / discount rate")
    horizon: Annotated[int, Field(gt=0, le=1000)] = Field(description="年限 / years")
    timing: Literal["end", "due"] = Field(description="年末 end 或年初 due / end-year or annuity-due")
    basis: Reason = Field(description="折现率与年限的依据 / what rate and horizon rest on")
    note: str | None = None


class Prepared(Part):
    """The block under a form: who filled it in, and when. Nothing of it is made up."""

    unit: str = Field(default="", description="填报单位 / reporting body")
    person: str = Field(default="", description="填表人 / filled in by")
    reviewer: str = Field(default="", description="审核人 / checked by")
    date: Text = Field(default="", description="填报日期 / date")


class Term(Part):
    """A term of office (离任审计): opening and closing of the term instead of the year."""

    start: Year
    end: Year
    office: str = Field(default="", description="职务, 不写姓名也可 / office; a name is not needed")


class Indebted(Part):
    """A liability convention and why it was chosen; L0 needs nothing."""

    convention: Literal["L1", "L2", "L3", "L4"]
    reason: Reason


class BalanceSheet(Part):
    """The natural-resource balance sheet: records first, remote sensing beside them, value as an optional layer."""

    forms: dict[str, str] = Field(default={}, description="表式 id: 本县表式 YAML / form id: the county's own form")
    records: dict[str, str] = Field(default={}, description="tables 中的表: 表式 id / table of the study: form id")
    interval: Literal["dates", "year"] = Field(
        default="dates",
        description="期初为上一期地类 dates, 或上年末 year / opening: previous date, or year before",
    )
    opening: Pattern | None = Field(
        default=None, description="上年结果目录或上年填好的表 / last year's results folder or filled workbook"
    )
    tolerance: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={}, description="表式 id: 记录四舍五入允许的差 / form id: what rounding of records may leave"
    )
    valued: list[str] = Field(default=[], description="估价的表式 / forms that are valued")
    prices: list[str] = Field(default=[], description="tables 中的资产价格表 / tables of the study with asset prices")
    liabilities: list[Indebted] = Field(default=[], description="负债口径, 空为 L0 / conventions; none is L0")
    term: Term | None = None
    prepared: Prepared = Prepared()
    note: str | None = None

    @property
    def tables(self) -> set[str]:
        """The tables of the study that hold its records and prices, whatever they are called."""
        return {*self.records, *self.prices}
