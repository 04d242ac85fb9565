"""An agreement on ecological compensation (生态保护补偿协议), as 条例 2024 art. 17 asks for it: its seven matters.

A YAML file; its `terms` are rates like those of the library and come before them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gep import study_checks, yaml_places
from gep.coefficient_tables import near
from gep.compensation.nouns import Parties, first_day
from gep.compensation.rule import Rule, registry
from gep.compensation_terms import Agreed
from gep.errors import Fault, GepError, fault
from gep.rate_check import together_faults
from gep.rates import Rate, Rates
from gep.study_parts import Part, Reason, Text

Channel = Literal["vertical", "horizontal", "market"]  # 条例 2024 art. 2
Form = Literal["funds", "对口协作", "产业转移", "人才培训", "共建园区", "购买生态产品和服务"]  # art. 2
Element = Literal["森林", "草原", "湿地", "荒漠", "海洋", "水流", "耕地", "水生生物", "野生动植物"]  # art. 9
Area = Literal["江河上下游左右岸干支流", "重要要素所在区", "引调水水源地及沿线", "其他协议"]  # art. 15
# the seven matters of art. 17 by their key: what each is called when it lacks
MATTERS: Mapping[str, tuple[str, str]] = {
    "scope": ("补偿范围", "the scope"),
    "targets": ("预期目标及监测评判指标", "the targets and the indicators they are judged by"),
    "duties": ("保护责任", "the duties of protection"),
    "method": ("补偿方式", "the way of compensation"),
    "term": ("期限", "the term"),
    "breach": ("违约处理", "what follows a breach"),
    "other": ("其他事项", "other matters"),
}


def _day(value: Any) -> Any:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[dt.date, BeforeValidator(_day)]


class Targets(Part):
    """预期目标及监测评判指标 / targets and the indicators they are judged by."""

    goal: Reason
    indicators: list[Text] = Field(min_length=1, description="监测评判指标 / indicators")


class Method(Part):
    """补偿方式 / how compensation is made."""

    channel: Channel
    forms: list[Form] = Field(min_length=1, description="资金等形式 / forms, art. 2")
    rule: str | None = Field(default=None, description="gep 的规则 id / id of a rule, for funds")
    scheme: str | None = Field(default=None, description="费率库中的方案 / scheme of the rate library")
    terms: list[Agreed] = Field(default=[], description="约定的费率 / agreed rates")
    choices: dict[str, Text] = Field(default={}, description="规则的选项 / options of the rule")


class Period(Part):
    """期限 / term."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def _forward(self) -> Period:
        if self.end < self.start:
            raise PydanticCustomError("gep_agreement", "term: it ends before it begins")
        return self


class Agreement(Part):
    """An agreement; the seven matters of art. 17 are scope, targets, duties, method, term, breach and other."""

    agreement: Literal[1] = Field(description="本文件格式版本 / version of this file's format")
    id: Text
    name: str
    parties: list[Text] = Field(min_length=2, description="各方 / parties")
    area: Area | None = None
    elements: list[Element] = Field(min_length=1)
    scope: Reason = Field(description="补偿范围 / scope")
    targets: Targets
    duties: Reason = Field(description="保护责任 / duties of protection")
    method: Method
    term: Period
    breach: Reason = Field(description="违约处理 / what follows a breach")
    other: Reason = Field(description="其他事项 / other matters")
    note: str | None = None

    _file: str = PrivateAttr("")
    _places: dict[Any, tuple[int, int]] = PrivateAttr(default_factory=dict)

    @property
    def file(self) -> str:
        """The file it was read from, "" where it was made in Python."""
        return self._file

    def place(self, *keys: Any) -> str:
        """`line:column a.b` of one of its parts in that file."""
        return yaml_places.place(keys, self._places, self._places)

    def rates(self, file: str = "") -> tuple[Rate, ...]:
        """Its terms as rates of the scheme that bears its id, in force while it is; `line` is that of the file."""
        who, term = "、".join(self.parties), (self.term.start, self.term.end)
        made = (t.rate(self.id, n, term, who, self.name, file or self.file) for n, t in enumerate(self.method.terms, 1))
        lines = (self._places.get(("method", "terms", n), (0, 0))[0] for n in range(len(self.method.terms)))
        return tuple(replace(rate, line=line) for rate, line in zip(made, lines, strict=True))


def load_agreement(path: str | Path, shown: str = "") -> Agreement:
    """Read an agreement. Raises GepError with all faults, each with line and column; GEP-G010 names the matter of
    art. 17 that is missing or blank, GEP-G011…G015 the rule, option or rate that nothing knows."""
    tree = yaml_places.load(path)
    tree.file = shown or tree.file
    faults: list[Fault] = [replace(f, file=tree.file) for f in tree.faults if f.severity == "error"]
    if not isinstance(tree.data, dict):
        raise GepError(faults or [fault("GEP-C008", file=tree.file)])
    blank = [key for key in MATTERS if _blank(tree.data.get(key))]
    for key in blank:
        zh, en = MATTERS[key]
        place = tree.place((key,), key=True) if key in tree.data else f"1:1 {key}"
        faults.append(fault("GEP-G010", file=tree.file, place=place, key=key, matter_zh=zh, matter_en=en))
    try:
        made: Agreement | None = Agreement.model_validate(tree.data)
    except ValidationError as error:
        made = None
        said = study_checks.translate(error, tree, Agreement)
        faults += [f for f in said if f.place.partition(" ")[2].split(".")[0] not in blank]
    faults += _method_faults(tree)
    if made is not None:
        made._file, made._places = tree.file, {**tree.values}
        said = together_faults(made.rates())
        faults += [replace(f, place=re.sub(r"^row (\d+).*", r"\1:1 method.terms", f.place)) for f in said]
    if faults or made is None:
        raise GepError(sorted(faults, key=study_checks.order))
    return made


def _blank(value: Any) -> bool:
    """Whether nothing is said: no value, white space, an empty list, a mapping whose every value is blank."""
    if isinstance(value, dict):
        return all(_blank(v) for v in value.values())
    return value is None or (isinstance(value, (str, list)) and not str(value).strip("[] \u3000\n\t"))


def _method_faults(tree: yaml_places.Tree) -> list[Fault]:
    """The rule, options and rates under `method` that no rule knows; on plain data, whatever else is wrong."""
    method = tree.data.get("method")
    if not isinstance(method, dict):
        return []
    faults: list[Fault] = []
    rules = registry()
    named, choices = method.get("rule"), method.get("choices")
    rule = rules.get(named) if isinstance(named, str) else None
    if isinstance(named, str) and rule is None:
        place = tree.place(("method", "rule"))
        faults.append(fault("GEP-G011", file=tree.file, place=place, rule=named, near=near(named, list(rules)) or "-"))
    if rule is not None and isinstance(choices, dict):
        places = {option: tree.place(("method", "choices", option)) for option in choices}
        faults += choice_faults(rule, choices, tree.file, places)
    symbols = sorted({term.symbol for rule in rules.values() for term in rule.terms})
    terms = method.get("terms")
    for n, term in enumerate(terms if isinstance(terms, list) else ()):
        symbol = term.get("symbol") if isinstance(term, dict) else None
        if isinstance(symbol, str) and symbol not in symbols:
            place = tree.place(("method", "terms", n, "symbol"))
            like = near(symbol, symbols) or "-"
            faults.append(fault("GEP-G015", file=tree.file, place=place, symbol=symbol, near=like))
    return faults


def choice_faults(rule: Rule, choices: Mapping[str, Any], file: str, places: Mapping[str, str]) -> list[Fault]:
    """The choices that a rule has no option for, and values that an option does not take."""
    faults = []
    options = {option.id: option for option in rule.options}
    for id, value in choices.items():
        place = places.get(id, "")
        if id not in options:
            known = ", ".join(options) or "-"
            faults.append(fault("GEP-G013", file=file, place=place, rule=rule.id, option=id, known=known))
        elif options[id].values and str(value) not in options[id].values:
            known = ", ".join(options[id].values)
            faults.append(fault("GEP-G014", file=file, place=place, option=id, value=value, known=known))
    return faults


def held_faults(
    agreement: Agreement, parties: Parties, spans: Iterable[str | int] = (), rates: Rates | None = None
) -> list[Fault]:
    """An agreement held against a study: parties it does not have, a scheme that `rates` does not, and settled
    `spans` (2023, "2023Q3", "2023-05") that its term does not hold at all (error) or in part (warning)."""
    faults = []
    names = [word for p in parties.all.values() for word in (p.name, p.id)]
    for n, party in enumerate(agreement.parties):
        if parties.find(party) is None:
            place = agreement.place("parties", n)
            like = near(party, names) or "-"
            faults.append(fault("GEP-G016", file=agreement.file, place=place, party=party, near=like))
    scheme = agreement.method.scheme
    schemes = sorted({row.scheme for row in rates.rows if row.scheme}) if rates is not None else []
    if scheme is not None and rates is not None and scheme not in schemes:
        place = agreement.place("method", "scheme")
        faults.append(fault("GEP-G012", file=agreement.file, place=place, scheme=scheme, near=near(scheme, schemes)))
    begin, end = agreement.term.start, agreement.term.end
    for span in dict.fromkeys(map(str, spans)):
        first, last = first_day(span), last_day(span)
        if begin <= first and last <= end:
            continue
        code = "GEP-G018" if begin <= last and first <= end else "GEP-G017"
        at = agreement.place("term")
        faults.append(fault(code, file=agreement.file, place=at, id=agreement.id, start=begin, end=end, span=span))
    return faults


def last_day(span: str) -> dt.date:
    """The last day of a span: "2023", "2023Q3" or "2023-05". Raises ValueError."""
    first = first_day(span)
    months = 12 if len(span) == 4 else 3 if "Q" in span else 1
    year, month = divmod(first.month - 1 + months, 12)
    return dt.date(first.year + year, month + 1, 1) - dt.timedelta(days=1)
