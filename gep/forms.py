"""Forms: what a table of stocks and flows looks like, as data. A county puts its own official form in its place.

A form has columns (what is held: land classes, grades, kinds of water) and rows (opening, additions, reductions,
closing). Either may have parts (`of`), which it is the sum of. Names, order, units and decimals stand in the YAML file
(coefficients/forms/), so that another form needs no line of code.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gep import study_checks, yaml_places
from gep.coefficient_tables import folder
from gep.errors import Fault, GepError, fault
from gep.study_parts import Part, Reason, Text, Unit

Role = Literal["opening", "addition", "reduction", "closing", "memo", "derived"]
STOCKS = ("opening", "closing")


class FormColumn(Part):
    """What is held. `of`: the columns it is the sum of. `types`: ecosystem types that remote sensing counts as it.

    Derived columns take no part in identities and stand beside stocks only: `ratio` [a, b] is a ÷ b in the column's
    unit, `mean` of some columns is their `weight` (grade number, each has one) averaged over what
    they hold.
    """

    id: Text
    zh: str
    en: str
    aliases: list[str] = Field(default=[], description="记录中的其他叫法 / what records also call it")
    of: list[Text] = Field(default=[])
    unit: Unit | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    types: list[Text] = Field(default=[])
    weight: float | None = None
    ratio: tuple[Text, Text] | None = None
    mean: list[Text] = Field(default=[])
    group: str | None = Field(default=None, description="上方合并的表头 zh / en, a head above several columns")
    memo: bool = Field(default=False, description="不参加恒等式 / takes no part in identities")

    @property
    def derived(self) -> bool:
        """Whether it is made of other columns otherwise than by adding."""
        return self.ratio is not None or bool(self.mean)


class FormRow(Part):
    """A stock or a flow. `of`: the rows it is the sum of. `cause` says whether people or nature made the change."""

    id: Text
    zh: str
    en: str
    role: Role
    aliases: list[str] = Field(default=[])
    of: list[Text] = Field(default=[])
    cause: Literal["human", "natural", "doubtful", "reappraisal", ""] = ""
    seea: str = Field(default="", description="SEEA 对应行 / the row of the SEEA account it corresponds to")
    note: str | None = None


class Form(Part):
    """A table of stocks and flows, valid from birth. `kind` other: no identity of stocks (tables of another shape)."""

    form: Text
    number: str = Field(default="", description="表号 / number of the form")
    zh: str
    en: str
    unit: Unit
    decimals: int = Field(default=2, ge=0, le=6)
    kind: Literal["stock", "other"] = "stock"
    down: Literal["rows", "columns"] = Field(default="rows", description="纵向为行还是栏 / what goes down the page")
    owners: bool = Field(default=False, description="分全民、集体 / split into state and collective")
    by_hand: bool = Field(default=True, description="由部门填报, false 由程序生成 / filled in by departments")
    columns: list[FormColumn] = Field(min_length=1)
    rows: list[FormRow] = Field(min_length=1)
    authority: str = Field(default="", description="制定机关 / who sets the form")
    approval: str = Field(default="", description="批准文号 / number of approval")
    valid_until: str = Field(default="", description="有效期至 / valid until")
    basis_zh: Reason = Field(description="表式依据与核实程度 / what the layout rests on, and how sure that is")
    basis_en: Reason
    confidence: Literal["verified", "secondary", "unverified", "judgement"]
    notes: list[str] = Field(default=[])

    @model_validator(mode="after")
    def _whole(self) -> Form:
        for what, items in (("columns", self.columns), ("rows", self.rows)):
            ids = [i.id for i in items]
            if twice := sorted({i for i in ids if ids.count(i) > 1}):
                raise PydanticCustomError("gep_form", "{what}: twice {ids}", {"what": what, "ids": ", ".join(twice)})
            known, parts = set(ids), [p for i in items for p in i.of]
            extra = [p for c in self.columns for p in (*(c.ratio or ()), *c.mean)] if what == "columns" else []
            if lost := sorted({p for p in (*parts, *extra) if p not in known}):
                raise PydanticCustomError("gep_form", "{what}: unknown {ids}", {"what": what, "ids": ", ".join(lost)})
            if shared := sorted({p for p in parts if parts.count(p) > 1} if what == "rows" else ()):
                raise PydanticCustomError(
                    "gep_form", "{what}: part of two {ids}", {"what": what, "ids": ", ".join(shared)}
                )
            _no_ring(what, {i.id: i.of for i in items})
        weights = {c.id: c.weight for c in self.columns}
        if bare := [p for c in self.columns for p in c.mean if weights[p] is None]:
            said = ", ".join(dict.fromkeys(bare))
            raise PydanticCustomError("gep_form", "columns: a mean needs the weight of {ids}", {"ids": said})
        if self.kind == "stock":
            for role in STOCKS:
                if sum(r.role == role for r in self.rows) != 1:
                    raise PydanticCustomError("gep_form", "rows: one {role} is needed", {"role": role})
            roles = {r.id: r.role for r in self.rows}
            if bad := [r.id for r in self.rows if any(roles[p] != r.role for p in r.of)]:
                raise PydanticCustomError("gep_form", "rows: parts of another role in {ids}", {"ids": ", ".join(bad)})
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Form:
        """A copy; it looks up its own rows and columns, not those of the form it was made from."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("_columns", "_rows", "_firsts", "_tops", "_words"):
            copied.__dict__.pop(name, None)
        return copied

    @functools.cached_property
    def _columns(self) -> dict[str, FormColumn]:
        return {c.id: c for c in self.columns}

    @functools.cached_property
    def _rows(self) -> dict[str, FormRow]:
        return {r.id: r for r in self.rows}

    @functools.cached_property
    def _firsts(self) -> dict[str, str]:
        return {r.role: r.id for r in reversed(self.rows)}

    @functools.cached_property
    def _tops(self) -> dict[str, tuple[str, ...]]:
        parts = {p for r in self.rows for p in r.of}
        return {
            role: tuple(r.id for r in self.rows if r.role == role and r.id not in parts)
            for role in dict.fromkeys(r.role for r in self.rows)
        }

    def column(self, id: str) -> FormColumn:
        """The column of that id. Raises KeyError."""
        return self._columns[id]

    def row(self, id: str) -> FormRow:
        """The row of that id. Raises KeyError."""
        return self._rows[id]

    def the(self, role: str) -> str:
        """The id of the form's opening or closing row."""
        return self._firsts[role]

    def top(self, role: str) -> tuple[str, ...]:
        """The rows of a role that are no part of another row: what the identity of stocks adds."""
        return self._tops.get(role, ())

    def leaves(self, axis: Literal["rows", "columns"]) -> tuple[str, ...]:
        """The rows or columns that are not made of others: what is entered."""
        if axis == "rows":
            return tuple(r.id for r in self.rows if not r.of and r.role != "derived")
        return tuple(c.id for c in self.columns if not c.of and not c.derived)

    def unit_of(self, column: str) -> str:
        """The unit of a column."""
        return self.column(column).unit or self.unit

    def decimals_of(self, column: str) -> int:
        """The decimals a column is rounded to, once."""
        own = self.column(column).decimals
        return self.decimals if own is None else own

    def named(self, axis: Literal["rows", "columns"], word: str) -> str | None:
        """The id of what a record calls `word`: an id, a Chinese or an English name, blanks and full width aside.

        A word with its numbering is looked for first (2.1.6 and 3.1.2 may have one name, 5等 is not 等), then without.
        """
        for plain, known in zip((_spelled, _plain), self._words[axis], strict=True):
            if found := known.get(plain(word)):
                return next(iter(found)) if len(found) == 1 else None
        return None

    @functools.cached_property
    def _words(self) -> dict[str, list[dict[str, set[str]]]]:
        """By axis: the ids that each word stands for, with its numbering and without."""
        items: Mapping[str, Iterable[Any]] = {"rows": self.rows, "columns": self.columns}
        out: dict[str, list[dict[str, set[str]]]] = {}
        for axis, own in items.items():
            out[axis] = [{}, {}]
            for known, plain in zip(out[axis], (_spelled, _plain), strict=True):
                for item in own:
                    for word in (item.id, item.zh, item.en, *item.aliases):
                        known.setdefault(plain(word), set()).add(item.id)
        return out


def _spelled(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", str(word)).split()).casefold()


def _plain(word: str) -> str:
    return _spelled(word).lstrip("0123456789.、()其中:")


def _no_ring(what: str, parts: Mapping[str, list[str]]) -> None:
    def walk(id: str, above: tuple[str, ...]) -> None:
        if id in above:
            raise PydanticCustomError("gep_form", "{what}: {ids} is part of itself", {"what": what, "ids": id})
        for part in parts.get(id, ()):
            walk(part, (*above, id))

    for id in parts:
        walk(id, ())


def load_form(path: str | Path) -> Form:
    """Read a form. Raises GepError with all faults, each with line and column (GEP-C…, GEP-H001)."""
    tree = yaml_places.load(path)
    faults: list[Fault] = [f for f in tree.faults if f.severity == "error"]
    if not isinstance(tree.data, dict):
        raise GepError(faults or [fault("GEP-C008", file=path)])
    try:
        form = Form.model_validate(tree.data)
    except ValidationError as error:
        own = [e for e in error.errors(include_url=False) if e["type"] == "gep_form"]
        others = [e for e in error.errors(include_url=False) if e["type"] != "gep_form"]
        faults += [fault("GEP-H001", file=path, reason=e["msg"]) for e in own]
        faults += study_checks.translate(error, tree, Form) if others else []
        raise GepError(faults) from None
    if faults:
        raise GepError(faults)
    return form


@functools.cache
def shipped() -> Mapping[str, Form]:
    """The forms that come with the toolkit, by id, in the order of their files."""
    forms = [load_form(path) for path in sorted((folder() / "forms").glob("*.yaml"))]
    return {form.form: form for form in forms}


@functools.cache
def shipped_form(id: str) -> Form:
    """One form that comes with the toolkit, without reading the others. Raises KeyError for none of that id."""
    for path in (folder() / "forms").glob(f"*_{id}.yaml"):
        if (form := load_form(path)).form == id:
            return form
    raise KeyError(id)


def forms_of(own: Mapping[str, str], base: Path) -> dict[str, Form]:
    """All forms of a study: those shipped, with the county's `own` (form id → YAML file under `base`) in their place.

    Raises GepError with the faults of all files; GEP-H002 where a file describes another form than it is named for.
    """
    forms = dict(shipped())
    faults: list[Fault] = []
    for id, name in own.items():
        try:
            form = load_form(base / name)
        except GepError as error:
            faults += error.faults
            continue
        if form.form != id:
            faults.append(fault("GEP-H002", file=base / name, place="form", form=form.form, wanted=id))
        forms[id] = form
    if faults:
        raise GepError(faults)
    return forms
