"""Binding: what each service of a study is computed from, decided once and without opening a raster.

`bind(study, period, coefficients)` resolves every input of every formula: a raster, a constant, a derived field (by the
method the study names), a coefficient row, an earlier yield. What is left is data: leaves to open, nodes to evaluate a
pixel, groups to sum, and for each yield its arguments, its missing inputs and the rows it rests on.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gep import condition_variables, fields, services, units
from gep.asked import unknown, wanted
from gep.bound import Argument, Binding, BoundNode, BoundTable, BoundYield, Leaf, Ref
from gep.coefficients import Coefficients, Found, softened
from gep.declare import Area, Coefficient, Field, FieldMethod, Figure, Layer, Method, Of, Service, Whole, Yield
from gep.errors import Fault, GepError, fault
from gep.lineage import Line, Lines, coefficient_line, field_line


@dataclass(frozen=True)
class _Source:
    """A resolved layer: constant, one value a type, or something that varies from pixel to pixel."""

    kind: Literal["const", "bytype", "leaf", "node"]
    unit: str
    ref: Ref
    lines: Lines = ()
    grades: tuple[str, ...] = ()
    missing: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def varies(self) -> bool:
        return self.kind in ("leaf", "node")


class _Lacking(Exception):
    """A layer that nothing gives: (zh, en) say which and how to supply it."""

    def __init__(self, zh: str, en: str):
        self.words = (zh, en)


def scaled(value: Any, by: Any) -> Any:
    """A layer in another unit."""
    return value * by


def canonical_units() -> dict[str, str]:
    """The unit in which each layer is held: that of the field deriving it, else of the first formula reading it."""
    known = {f.id: f.unit for f in fields.registry().values()}
    declared = [i for f in fields.registry().values() for m in f.methods for i in m.inputs]
    declared += [i for s in services.registry().values() for m in s.methods for y in m.yields for i in y.inputs]
    for item in declared:
        if isinstance(item, Layer):
            known.setdefault(item.name, item.unit)
    return condition_variables.layer_units() | known


class _Binder:
    def __init__(self, study: Any, period: int, coefficients: Coefficients, types: tuple[str, ...]):
        self.study, self.period, self.coefficients, self.types = study, period, coefficients, types
        self.date = dt.date(period, 12, 31)
        self.units = canonical_units()
        self.leaves: dict[str, Leaf] = {}
        self.nodes: dict[str, BoundNode] = {}
        self.groups: dict[str, tuple[tuple[str, ...], tuple[bool, ...] | None]] = {"extent": ((), None)}
        self.sources: dict[str, _Source] = {}
        self.faults: list[Fault] = []

    # layers ------------------------------------------------------------------------------------------------------
    def layer(self, name: str) -> _Source:
        if name not in self.sources:
            self.sources[name] = self._given(name) if name in self.study.layers else self._derived(name)
        return self.sources[name]

    def _given(self, name: str) -> _Source:
        spec, unit = self.study.layers[name], self.units.get(name)
        if unit is None:
            unit = spec.unit
        if spec.value is not None:
            value = spec.value * units.factor(spec.unit, unit)
            line = Line(
                kind="option", id=name, name=name, value=value, unit=unit, file=self.study.file.name, note="layers"
            )
            return _Source("const", unit, ("const", value), (line,), options={name: f"{value:g} {unit}"})
        kind = spec.kind
        self.leaves[name] = Leaf(name, unit, kind, spec)
        line = Line(kind="layer", id=name, name=name, unit=unit, note=spec.note or "")
        return _Source("leaf", unit, ("layer", name), (line,))

    def _derived(self, name: str) -> _Source:
        known = fields.registry().get(name)
        if known is None:
            raise _Lacking(
                f"图层 {name}（study.yaml 的 layers 中没有）", f"the layer {name} (not in layers of study.yaml)"
            )
        said = self.study.fields.get(name)
        chosen = said or known.default or (known.methods[0].id if len(known.methods) == 1 else "")
        ids = [m.id for m in known.methods]
        if chosen not in ids:
            if chosen:
                self.faults.append(unknown("field method", f"fields.{name}", chosen, ids, self.study))
            zh = f"图层 {name}：请在 layers 中给出，或在 fields 中选择方法（{'、'.join(ids)}）"
            raise _Lacking(
                zh, f"the layer {name}: give it under layers, or choose a method under fields ({', '.join(ids)})"
            )
        return self._field(known, known.method(chosen))

    def _field(self, known: Field, method: FieldMethod) -> _Source:
        cube = any(
            isinstance(i, Layer) and i.name in self.study.layers and self.study.layers[i.name].bands
            for i in method.inputs
        )
        once = method.static or method.reach != "pixel" or cube
        refs: dict[str, Ref] = {}
        lines: list[Line] = [field_line(known, method)]
        grades = ["verified" if method.verified else "unverified"]
        missing: dict[int, tuple[str, str]] = {}
        options = {known.id: method.id}
        if method.table and method.table not in self.study.tables:
            raise _Lacking(
                f"表 {method.table}（推算 {known.zh} 用）", f"the table {method.table} (to derive {known.en})"
            )
        for item in method.inputs:
            source = self._input(item)
            refs[item.name] = self._in_unit(source, item.unit) if not once else source.ref
            lines += source.lines
            grades += source.grades
            _more(missing, source.missing)
            options.update(source.options)
        facts = {"lines": tuple(lines), "grades": tuple(grades), "missing": missing, "options": options}
        if once:
            inputs = tuple((k, ("leaf", v[1]) if v[0] == "layer" else v) for k, v in refs.items())
            if any(kind == "node" for kind, _ in inputs):
                raise _Lacking(f"{known.zh}的输入须为图层", f"{known.en} needs its inputs as layers")
            self.leaves[known.id] = Leaf(known.id, known.unit, "field", None, method, inputs, tuple(lines))
            return _Source("leaf", known.unit, ("layer", known.id), **facts)
        if all(kind in ("const", "lut") for kind, _ in refs.values()):
            with np.errstate(all="ignore"):
                value = np.asarray(method.formula(**{k: v for k, (_, v) in refs.items()}), dtype=float)
            kind: Literal["const", "bytype"] = "const" if value.ndim == 0 else "bytype"
            ref: Ref = ("const", float(value)) if value.ndim == 0 else ("lut", value)
            return _Source(kind, known.unit, ref, **facts)
        self.nodes[known.id] = BoundNode(known.id, method.formula, tuple(refs.items()))
        return _Source("node", known.unit, ("node", known.id), **facts)

    def _in_unit(self, source: _Source, unit: str) -> Ref:
        by = units.factor(source.unit, unit)
        if by == 1.0:
            return source.ref
        if source.kind in ("const", "bytype"):
            return source.ref[0], source.ref[1] * by
        node = f"{source.ref[1]} [{unit}]"
        self.nodes.setdefault(node, BoundNode(node, scaled, (("value", source.ref), ("by", ("const", by)))))
        return "node", node

    # coefficients ------------------------------------------------------------------------------------------------
    def _input(self, item: Any) -> _Source:
        return self.layer(item.name) if isinstance(item, Layer) else self._coefficient(item)

    def _coefficient(self, item: Coefficient) -> _Source:
        if not item.by_type:
            try:
                found = self.coefficients.find(item.key, region=self.study.region, date=self.date, unit=item.unit)
            except GepError as error:
                words = (error.faults[0].text("zh"), error.faults[0].text("en"))
                self.faults += softened(error)
                return _Source("const", item.unit, ("const", math.nan), missing={-1: words})
            return _Source("const", item.unit, ("const", found.value), self._lines(item, found), (found.confidence,))
        by_type = self.coefficients.by_type(
            item.key, self.types, region=self.study.region, date=self.date, unit=item.unit
        )
        values, lines, grades, missing = np.full(len(self.types), math.nan), [], [], {}
        for index, code in enumerate(self.types):
            found = by_type[code]
            if isinstance(found, Found):
                values[index] = found.value
                lines += self._lines(item, found, code)
                grades.append(f"{index}:{found.confidence}")
            else:
                missing[index] = (found.faults[0].text("zh"), found.faults[0].text("en"))
                self.faults += [f for f in softened(found) if f.severity == "error"]
        return _Source("bytype", item.unit, ("lut", values), tuple(lines), tuple(grades), missing)

    def _lines(self, item: Coefficient, found: Found, code: str = "") -> Lines:
        return tuple(coefficient_line(self.coefficients, row, item, found, code) for row in found.rows)

    # services ----------------------------------------------------------------------------------------------------
    def service(self, service: Service, method: Method, items: Iterable[Yield]) -> Iterable[BoundYield]:
        done: dict[str, BoundYield] = {}
        for item in items:
            done[item.id] = self._yield(service, method, item, done)
            yield done[item.id]

    def _yield(self, service: Service, method: Method, item: Yield, done: Mapping[str, BoundYield]) -> BoundYield:
        grades: list[str] = ["verified" if method.verified else "unverified"]
        lines: list[Line] = []
        missing: dict[int, tuple[str, str]] = {}
        options: dict[str, str] = {}
        sources: dict[str, _Source] = {}
        earlier = [done[i.name] for i in item.inputs if isinstance(i, Of)]
        base = earlier[0] if earlier else None
        for needed in item.inputs:
            if isinstance(needed, Area | Of | Whole | Figure):
                continue
            try:
                source = self._input(needed)
            except _Lacking as lacking:
                missing[-1] = lacking.words
                self.faults.append(_lacks(service, item, lacking.words, self.study))
                continue
            sources[needed.name] = source
            lines += source.lines
            grades += source.grades
            _more(missing, source.missing)
            options.update(source.options)
        if base is not None:
            types = tuple(any(of_type) for of_type in zip(*(e.types for e in earlier), strict=True))
            for one in reversed(earlier):
                grades += one.grades
                lines = [*one.lines, *lines]
                _more(missing, one.missing)
                options = {**one.options, **options}
        else:
            leaves = set(self.coefficients.expand(item.types or method.types, method.without))
            types = tuple(code in leaves for code in self.types)
        varying = [n for n, s in sources.items() if s.varies]
        clash = any(sum(name in varying for name in product) > 1 for product in method.products)
        by_pixel = clash or (method.level == "pixel" and bool(varying))  # what does not vary has no pixels to go to
        level = "derived" if base is not None else "pixel" if by_pixel else "class"
        common: dict[str, Any] = dict(  # noqa: C408
            service=service,
            method=method,
            item=item,
            types=types,
            missing=missing,
            grades=tuple(dict.fromkeys(grades)),
            lines=tuple(dict.fromkeys(lines)),
            options=options,
        )
        if -1 in missing and len(sources) < sum(not isinstance(i, Area | Of | Whole | Figure) for i in item.inputs):
            return BoundYield(level=level, group="extent", args=(), **common)
        if level == "pixel":
            return self._pixel(item, sources, common)
        args = tuple(self._argument(needed, sources, done) for needed in item.inputs)
        terms = tuple(a.term for a in args if a.kind == "term")
        group = base.group if base is not None else self._group(f"{service.id}.{item.id}", terms, types)
        return BoundYield(level=level, group=group, args=args, **common)

    def condition(self, said: Any) -> None:
        """Groups of the condition account: the mean of each variable; the parts of the quality index on one ground."""
        asked, found = condition_variables.asked(said, self.study)
        self.faults += found
        for group, items, types in asked:
            terms, lacking = [], []
            for item in items:
                try:
                    source = self.layer(item.input)
                except _Lacking as lack:
                    lacking.append(lack.words)
                    continue
                terms.append(source.ref[1])
                if -1 in source.missing or not source.varies:
                    lacking.append(source.missing.get(-1) or condition_variables.flat(item.input))
            if lacking:
                self.faults.append(condition_variables.lacking(group, lacking, self.study))
                continue
            leaves = set(self.coefficients.expand(types, ()))
            self.groups[group] = (tuple(terms), tuple(code in leaves for code in self.types))

    def _argument(self, needed: Any, sources: Mapping[str, _Source], done: Mapping[str, BoundYield]) -> Argument:
        if isinstance(needed, Area):
            return Argument(needed.name, needed.unit, "area", units.factor("m²", needed.unit))
        if isinstance(needed, Of | Whole):
            base = done[needed.name if isinstance(needed, Of) else needed.of]
            by = units.factor(base.item.unit, needed.unit)
            return Argument(needed.name, needed.unit, "of" if isinstance(needed, Of) else "whole", by, term=base.key)
        if isinstance(needed, Figure):
            return Argument(needed.name, needed.unit, "figure", term=f"{needed.table}.{needed.item}")
        source = sources[needed.name]
        by = units.factor(source.unit, needed.unit)
        if source.kind == "const":
            return Argument(needed.name, needed.unit, "const", value=source.ref[1] * by)
        if source.kind == "bytype":
            return Argument(needed.name, needed.unit, "bytype", values=tuple(float(v) * by for v in source.ref[1]))
        return Argument(needed.name, needed.unit, "term", by, term=source.ref[1])

    def _pixel(self, item: Yield, sources: Mapping[str, _Source], common: dict[str, Any]) -> BoundYield:
        node = f"{common['service'].id}.{item.id}"
        refs = tuple(
            (n.name, ("const", 1.0) if isinstance(n, Area) else self._in_unit(sources[n.name], n.unit))
            for n in item.inputs
        )
        self.nodes[node] = BoundNode(node, item.formula, refs)
        area = next((n.unit for n in item.inputs if isinstance(n, Area)), "m²")
        group = self._group(node, (node,), common["types"])
        args = (Argument(node, item.unit, "term", 1.0, term=node),)
        return BoundYield(level="pixel", group=group, args=args, factor=units.factor("m²", area), **common)

    def _group(self, id: str, terms: tuple[str, ...], types: tuple[bool, ...]) -> str:
        if not terms:
            return "extent"
        for known, value in self.groups.items():
            if value == (terms, types):
                return known
        self.groups[id] = (terms, types)
        return id


def bind(study: Any, period: int, coefficients: Coefficients, only: Iterable[str] = ()) -> Binding:
    """Bind all services of a study (or those named in `only`) for one period.

    Raises GepError with every unknown service, method and field name at once. Inputs and coefficients that are merely
    lacking do not stop the work: they come back as warnings, and the lines they leave open say so in the ledger.
    """
    types = tuple(t.code for t in coefficients.types)
    binder = _Binder(study, period, coefficients, types)
    asked, wrong = wanted(study, tuple(only), set(binder.units))
    if wrong:
        raise GepError(wrong)
    bound: list[BoundYield] = []
    tables: list[BoundTable] = []
    for service, method, items in asked:
        if given := study.services[service.id].given:
            tables.append(BoundTable(service, method, given, items, given=True))
            continue
        for name in dict.fromkeys(item.table or service.id for item in items if item.tabular):
            rows = tuple(item for item in items if item.tabular and (item.table or service.id) == name)
            tables.append(BoundTable(service, method, name, rows))
        bound += binder.service(service, method, [item for item in items if not item.tabular])
    if study.condition is not None:
        binder.condition(study.condition)
    errors = [f for f in binder.faults if f.severity == "error"]
    if errors:
        raise GepError(binder.faults)
    return Binding(
        period,
        binder.leaves,
        tuple(binder.nodes.values()),
        binder.groups,
        tuple(bound),
        tuple(tables),
        tuple(dict.fromkeys(binder.faults)),
    )


def _more(missing: dict[int, tuple[str, str]], found: Mapping[int, tuple[str, str]]) -> None:
    """Add reasons to those there are: a type that lacks two coefficients is told of both."""
    for index, words in found.items():
        known = missing.get(index)
        if known is None:
            missing[index] = words
        elif words[0] not in known[0]:
            missing[index] = (f"{known[0]}；{words[0]}", f"{known[1]}; {words[1]}")


def _lacks(service: Service, item: Yield, words: tuple[str, str], study: Any) -> Fault:
    return fault(
        "GEP-B002",
        file=study.file,
        place=f"services.{service.id}",
        service_zh=service.zh,
        service_en=service.en,
        item_zh=item.zh,
        item_en=item.en,
        lack_zh=words[0],
        lack_en=words[1],
    )
