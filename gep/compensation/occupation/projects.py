"""The register of occupation projects (占用项目台账): who occupied what land, for what use, when; read row by row.

Shared by every charge on occupation. A register may hold several years: a charge settles the events of its period.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import TREASURY, Case, Parties, dec
from gep.compensation.rows import party
from gep.compensation.rule import Table
from gep.errors import Fault, fault
from gep.intake import values
from gep.intake.expect import ZONE, Expect, Expected
from gep.lineage import Line
from gep.study_checks import did_you_mean


@dataclass(frozen=True)
class Land:
    """A class of land as registers call it. `tax`: its class in 耕地占用税法 ("" not taxed); `forest`: its class in
    the scales of the forest restoration fee; `group`: what land cover can tell apart."""

    tax: str
    group: str
    forest: str = ""


def _woods(**kinds: str) -> dict[str, Land]:
    return {word: Land("forest", "forest", kind) for kind, words in kinds.items() for word in words.split()}


LANDS: Mapping[str, Land] = {
    **dict.fromkeys(("耕地", "水田", "水浇地", "旱地"), Land("cropland", "cropland")),
    "园地": Land("orchard", "orchard"), "草地": Land("grassland", "grassland"),
    "农田水利用地": Land("irrigation_land", "wetland"), "养殖水面": Land("fish_water", "wetland"),
    "渔业水域滩涂": Land("tidal_flat", "wetland"), "其他农用地": Land("other_farmland", "other"),
    "林地": Land("forest", "forest"),
    **_woods(arbor="乔木林地", bamboo="竹林地", nursery="苗圃地", shrub="灌木林地", sparse="疏林地",
             young="未成林造林地 未成林地", bare="宜林地", cut_over="采伐迹地 火烧迹地", timber="用材林林地",
             economic="经济林林地", fuel="薪炭林林地", protective="防护林林地", special="特种用途林林地",
             key_protective="国家重点防护林林地 国家重点特种用途林林地"),
    "湿地": Land("", "wetland"), "未利用地": Land("", "other"), "建设用地": Land("", "built"),
}  # fmt: skip
# word: (id, how 耕地占用税法 treats it): exempt art. 7 ¶1, fixed ¶2, house ¶3, moved ¶3, relief ¶4, works art. 2,
# farming art. 12 ¶3; "" the full rate
USES: Mapping[str, tuple[str, str]] = {
    "军事设施": ("military", "exempt"), "学校": ("school", "exempt"), "幼儿园": ("kindergarten", "exempt"),
    "社会福利机构": ("welfare", "exempt"), "医疗机构": ("medical", "exempt"), "铁路线路": ("railway", "fixed"),
    "公路线路": ("highway", "fixed"), "飞机场跑道": ("runway", "fixed"), "停机坪": ("apron", "fixed"),
    "港口": ("port", "fixed"), "航道": ("waterway", "fixed"), "水利工程": ("waterworks", "fixed"),
    "农村自用住宅": ("house", "house"), "搬迁自用住宅": ("house_moved", "moved"),
    "优抚低保自用住宅": ("house_relief", "relief"), "农田水利设施": ("irrigation_works", "works"),
    "农业生产设施": ("farm_facility", "farming"), "工业": ("industry", ""), "仓储": ("storage", ""),
    "商业": ("commerce", ""), "住宅": ("housing", ""), "采矿": ("mining", ""), "能源": ("energy", ""),
    "市政": ("municipal", ""), "公共设施": ("public", ""), "其他": ("other", ""),
}  # fmt: skip
YES, NO = frozenset(("是", "有", "1", "y", "yes", "√")), frozenset(("否", "无", "0", "n", "no", "×"))
FLAGS = ("basic_farmland", "public_forest", "planned_area", "commercial", "important_wetland", "rebuilt_equal",
         "temporary")  # fmt: skip
DAYS = ("expires", "reclaimed", "changed", "failed_on")  # blank where it did not happen


def _text(*aliases: str, required: bool = False) -> Expect:
    return Expect("text", required=required, aliases=aliases)


def _square(*aliases: str, required: bool = False) -> Expect:
    return Expect(unit="m²", required=required, aliases=aliases)


PROJECTS = Table("projects", "占用项目", "occupation projects", Expected(
    {
        "project": _text("项目", "项目名称", "项目编号", required=True),
        "zone": ZONE,
        "occupier": _text("用地单位", "占用人", "纳税人", required=True),
        "land": _text("占用地类", "地类", required=True),
        "area": _square("占用面积", "面积", required=True),
        "use": _text("用途", "项目用途", required=True),
        "date": Expect("date", required=True, aliases=("日期", "批准日期", "书面通知日期")),
        "basic_farmland": _text("永久基本农田", "基本农田"),
        "public_forest": _text("公益林"),
        "planned_area": _text("城市规划区", "规划区"),
        "commercial": _text("经营性"),
        "important_wetland": _text("重要湿地"),
        "rebuilt": _square("恢复重建湿地面积", "重建面积"),
        "rebuilt_equal": _text("质量相当"),
        "temporary": _text("临时占用", "临时"),
        "expires": _text("期满日期"),
        "reclaimed": _text("复垦验收日期"),
        "changed": _text("改变用途日期"),
        "new_use": _text("改变后用途"),
        "standard_area": _square("规定标准面积"),
        "former_area": _square("原宅基地面积"),
        "damage": _text("损毁程度"),
        "failed_area": _square("未复垦面积", "验收不合格面积"),
        "failed_on": _text("复垦认定日期"),
        "exemption": _text("减免依据", "减免文件"),
    },
    key=("project",), unique=False,
))  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A row of the register, names resolved. Areas m²; a flag or area that is not told is None."""

    row: int
    id: str
    zone: str
    occupier: str
    land: str
    use: str
    area: Decimal
    date: dt.date
    flags: Mapping[str, bool | None]
    days: Mapping[str, dt.date | None]
    areas: Mapping[str, Decimal | None]
    new_use: str = ""
    damage: str = ""
    exemption: str = ""
    file: str = ""

    @property
    def kind(self) -> Land:
        """What its land is."""
        return LANDS[self.land]

    def place(self, column: str) -> str:
        """Where a column of it stands."""
        return f"row {self.row}, column {column}"

    def reading(self, area: Decimal | None = None, name: str = "占用面积 / area occupied") -> Line:
        """Its area as the line an auditor reads."""
        value = float(self.area if area is None else area)
        return Line("reading", self.id, name, value, "m²", self.land, self.file, note=f"row {self.row}; {self.use}")


@dataclass
class Register:
    """The projects of a register, and its faults."""

    projects: list[Project] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def square(value: float) -> Decimal:
    """m² as registers print them: to 1 cm², so that 1.2345 hm² is 12 345 m²."""
    return dec(round(float(value), 4))


def read_projects(case: Case, role: str = "projects") -> Register:
    """All rows of the register; every fault of every row: unknown township, party, land, use, flag, day, area."""
    out = Register()
    table = case.tables.get(role)
    if table is None:
        return out
    file, heads = case.file(role), table.attrs.get("columns", {})
    twice = table.astype(object).where(table.notna(), None).duplicated(keep="first")
    for row, again, said in zip(table.index, twice, table.to_dict("records"), strict=True):
        reader = _Row(case.parties, file, heads, int(row), said)
        if again:
            reader.wrong("GEP-G346", "project", project=said.get("project"))
        made = reader.project()
        out.faults += reader.faults
        if made is not None and not reader.faults:
            out.projects.append(made)
    return out


class _Row:
    """One row being read."""

    def __init__(
        self, parties: Parties, file: str, heads: Mapping[str, str], row: int, said: Mapping[Any, Any]
    ):  # fmt: skip
        self.parties, self.file, self.heads, self.row, self.said = parties, file, heads, row, said
        self.faults: list[Fault] = []

    def wrong(self, code: str, at: str, **words: object) -> None:
        self.faults.append(fault(code, file=self.file, place=self.place(at), **words))  # type: ignore[arg-type]

    def place(self, column: str) -> str:
        return f"row {self.row}, column {self.heads.get(column, column)}"

    def text(self, column: str) -> str:
        return values.tidy(self.said.get(column))

    def project(self) -> Project | None:
        zone, occupier = self.party("zone", "township"), self.party("occupier")
        if occupier == TREASURY:
            self.wrong("GEP-G345", "occupier", name=self.text("occupier"))
        land = self.word("land", LANDS, "GEP-G332")
        use = self.word("use", USES, "GEP-G333")
        new_use = self.word("new_use", USES, "GEP-G333") if self.text("new_use") else ""
        area = self.area("area")
        if area is None or area <= 0:
            self.wrong("GEP-G340", "area", value=self.said.get("area"))
        flags = {name: self.flag(name) for name in FLAGS}
        days = {name: self.day(name) for name in DAYS}
        said = self.said.get("date")
        date = None if said is None or said != said else values.date(said)  # a blank date is not equal to itself
        if date is None:
            self.wrong("GEP-G336", "date", value=self.text("date"))
        elif early := [name for name, day in days.items() if day is not None and day < date]:
            for name in early:
                self.wrong("GEP-G342", name, day=days[name], date=date)
        if self.faults or area is None or date is None:
            return None
        areas = {name: self.area(name) for name in ("rebuilt", "standard_area", "former_area", "failed_area")}
        return Project(self.row, self.text("project"), zone, occupier, land, use, area, date, flags, days, areas,
                       new_use, self.text("damage"), self.text("exemption"), self.file)  # fmt: skip

    def party(self, column: str, kind: str = "") -> str:
        return party(self.parties, self.said.get(column), self.file, self.place(column), self.faults, kind) or ""

    def word(self, column: str, known: Mapping[str, Any], code: str) -> str:
        text = values.key(self.said.get(column))
        if text in known:
            return text
        zh, en = did_you_mean(text, list(known))
        self.wrong(code, column, word=self.text(column), zh=zh, en=en, known="、".join(known))
        return ""

    def area(self, column: str) -> Decimal | None:
        value = self.said.get(column)
        return None if value is None or math.isnan(value) else square(value)

    def flag(self, column: str) -> bool | None:
        text = values.key(self.said.get(column))
        if not text:
            return None
        if text not in YES | NO:
            self.wrong("GEP-G334", column, column=self.heads.get(column, column), value=text)
        return text in YES

    def day(self, column: str) -> dt.date | None:
        text = self.text(column)
        found = values.date(text) if text else None
        if text and found is None:
            self.wrong("GEP-G336", column, value=text)
        return found
