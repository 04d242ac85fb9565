"""The part of a study.yaml that asks for assessment: indicators, registers, evaluations, and what is released."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from gep.study_parts import Part, Text

Year = Annotated[int, Field(ge=1900, le=2200)]


class Evaluate(Part):
    """One evaluation: how, of what, against which targets."""

    by: str = Field(description="评价方法 id, 见 gep evaluations / id of an evaluation")
    name: str = Field(default="", description="表头上的名称 / name on the sheets")
    indicators: list[str] = Field(default=[], description="指标代码 / codes of indicators")
    card: str = Field(default="", description="计分卡 id 或 CSV / score card: id or the county's own CSV")
    tables: dict[str, str] = Field(default={}, description="角色: tables 中的表 / role: table of the study")
    choices: dict[str, Text] = Field(default={}, description="选项 / options")
    years: list[Year] = Field(default=[], description="只在这些年 / only in these years")
    publication: Literal["public", "internal"] = Field(default="internal", description="发布级别 / publication level")
    note: str | None = None


class Release(Part):
    """What stands on a release (信息发布): who makes the forms, by which approval, when it was formed."""

    authority: str = Field(default="", description="制定机关 / authority that made the forms")
    approval: str = Field(default="", description="批准或备案文号 / number of approval")
    valid_until: dt.date | None = Field(default=None, description="有效期至 / forms are in force until")
    map_approval: str = Field(default="", description="审图号, 没有就不发布界线 / without it no boundaries")
    formed: dt.date | None = Field(default=None, description="信息形成日期 / day the information was formed")
    holidays: list[str] = Field(default=[], description="本县的节假日文件 / own holiday files")
    tables: dict[str, Literal["public", "internal"]] = Field(default={}, description="另行发布的表 / other tables")
    contact: str = ""
    note: str | None = None


class Assessment(Part):
    """What is assessed, in which years, and what is released of it."""

    years: list[Year] = Field(default=[], description="评价年份, 缺省 periods / years assessed, default: periods")
    base_year: Year | None = Field(default=None, description="不变价的基年, 缺省最早一年 / base of constant prices")
    catalogue: list[str] = Field(default=[], description="本县的指标目录 / the county's own catalogue files")
    rates: list[str] = Field(default=[], description="县级标准值文件 / the county's own rate files")
    indicators: list[str] = Field(default=[], description="另外要的指标, 缺省全部目录 / indicators besides those used")
    tables: dict[str, str] = Field(default={}, description="角色: tables 中的表 / role: table of the study")
    registers: dict[str, str] = Field(default={}, description="台账 id: tables 中的表 / register: table of the study")
    choices: dict[str, Text] = Field(default={}, description="指标计算的选项 / options of measures")
    evaluate: dict[str, Evaluate] = Field(default={}, description="评价 id: 方法与表 / id: evaluation")
    release: Release | None = Field(default=None, description="信息发布 / release")
    note: str | None = None

    @property
    def named(self) -> set[str]:
        """The tables of the study that only assessment reads."""
        own = {*self.tables.values(), *self.registers.values()}
        return own | {name for one in self.evaluate.values() for name in one.tables.values()}
