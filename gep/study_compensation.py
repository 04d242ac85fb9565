"""The part of a study.yaml that asks for compensation: who the parties are, what is settled by which rule."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gep.compensation_terms import Agreed
from gep.study_parts import Part, Text

Year = Annotated[int, Field(ge=1900, le=2200)]


class Settlement(Part):
    """One thing to settle: a rule, the tables it reads, the terms it goes by."""

    rule: str = Field(description="规则 id, 见 gep rules / id of a rule, see gep rules")
    name: str = Field(default="", description="表头上的名称 / name on the sheets")
    tables: dict[str, str] = Field(default={}, description="角色: tables 中的表 / role: table of the study")
    agreement: Text | None = Field(default=None, description="协议 id / id of an agreement")
    scheme: str | None = Field(default=None, description="费率库中的方案 / scheme of the rate library")
    terms: list[Agreed] = Field(default=[], description="本县自定的费率 / rates of the county's own")
    choices: dict[str, Text] = Field(default={}, description="规则的选项 / options of the rule")
    years: list[Year] = Field(default=[], description="只在这些年 / only in these years")
    note: str | None = None


class Compensation(Part):
    """What is settled, and between whom."""

    years: list[Year] = Field(default=[], description="结算年份, 缺省 periods / years settled, default: periods")
    treasury: str = Field(description="本级财政的名称, 也是一方 / name of the county's treasury, a party")
    parties: str | None = Field(default=None, description="tables 中的各方名录 / table of parties that are no township")
    rates: list[str] = Field(default=[], description="县级费率文件 / the county's own rate files")
    agreements: list[str] = Field(default=[], description="协议 YAML / agreements")
    settle: dict[str, Settlement] = Field(min_length=1, description="结算 id: 规则与表 / id: rule and tables")
    note: str | None = None

    @property
    def tables(self) -> set[str]:
        """The tables of the study that only compensation reads."""
        own = {self.parties} if self.parties is not None else set()
        return {*own, *(name for one in self.settle.values() for name in one.tables.values())}
