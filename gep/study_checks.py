"""Checks of a study file that work on its plain data, so that they run even when other parts of it are wrong."""

from __future__ import annotations

import difflib
import re
import types
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gep.errors import Fault, fault
from gep.yaml_places import Loc, Tree

# pydantic's error type (its beginning) → what was expected
_EXPECTED = {
    "int": ("整数", "a whole number"),
    "float": ("数字", "a number"),
    "string": ("文字", "text"),
    "bool": ("true 或 false", "true or false"),
    "list": ("列表 [a, b]", "a list [a, b]"),
    "tuple": ("列表 [a, b]", "a list [a, b]"),
    "dict": ("“键: 值” 的映射", "a mapping of key: value"),
    "model": ("“键: 值” 的映射", "a mapping of key: value"),
    "mapping": ("“键: 值” 的映射", "a mapping of key: value"),
    "gep_path": ("文件路径, 或 {年份: 路径} 的映射", "a path, or a mapping {year: path}"),
    "gep_range": ("[下限, 上限], 下限小于上限", "[low, high] with low < high"),
}
_OWN = {
    "gep_region": "GEP-C023",
    "gep_layer": "GEP-C032",
    "gep_bands": "GEP-C037",
    "gep_grid": "GEP-C038",
    "gep_cover": "GEP-C040",
    "gep_unit": "GEP-C039",
}
_FOLDERS_THAT_ARE_DATA = (".gdb", ".zarr")


def resolve(folder: Path, pattern: str | Mapping[int, str], period: int | None) -> Path:
    """See `gep.study.Study.resolve`."""
    if isinstance(pattern, Mapping):
        if period is None:
            raise ValueError("this path is given by year: name the period")
        pattern = pattern[period]
    if "{year}" in pattern:
        if period is None:
            raise ValueError(f"{pattern!r} holds {{year}}: name the period")
        pattern = pattern.replace("{year}", str(period))
    return folder / pattern.replace("\\", "/")


def order(found: Fault) -> tuple[int, int, str]:
    """Sort key: by line and column of the file."""
    match = re.match(r"(\d+):(\d+)", found.place)
    return (int(match[1]), int(match[2]), found.code) if match else (0, 0, found.code)


def did_you_mean(word: object, known: Sequence[str]) -> tuple[str, str]:
    """` 是否指 “x”?` and ` Did you mean “x”?`, or two empty strings."""
    folded = {unicodedata.normalize("NFKC", k).casefold(): k for k in map(str, known)}
    near = difflib.get_close_matches(
        unicodedata.normalize("NFKC", str(word)).casefold(), folded, n=1, cutoff=0.6 if len(str(word)) > 3 else 0.5
    )
    return (f"是否指 “{folded[near[0]]}”? ", f"Did you mean “{folded[near[0]]}”? ") if near else ("", "")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, list, dict, tuple) or hasattr(annotation, "__metadata__"):
        for arg in get_args(annotation):
            yield from _models(arg)


def _names(model: type[BaseModel]) -> dict[str, Any]:
    return {f.alias or n: f for n, f in model.model_fields.items()}


def _model_at(root: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model that describes the mapping at `loc`."""
    model: type[BaseModel] | None = root
    for part in loc:
        if model is None:
            return None
        info = _names(model).get(str(part))
        if info is not None:
            model = next(_models(info.annotation), None)
        # else: an id inside a dict, an index of a list: the model stays
    return model


def _homes(root: type[BaseModel], key: str) -> str:
    """Where else in the study a key belongs ('grid.resolution')."""
    for name, info in _names(root).items():
        model = next(_models(info.annotation), None)
        if model is not None and key in _names(model):
            return f"{name}.{key}" if get_origin(info.annotation) is not dict else f"{name}.<id>.{key}"
    return key if key in _names(root) else ""


def _real(loc: Loc, data: Any) -> Loc:
    """The location without pydantic's own parts (union members, '[key]')."""
    out: list[Any] = []
    for i, part in enumerate(loc):
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            out.append(part)
            data = data[part]
        elif i == len(loc) - 1 and isinstance(part, str) and isinstance(data, dict):
            out.append(part)  # a missing or unknown key
    return tuple(out)


def translate(error: ValidationError, tree: Tree, root: type[BaseModel]) -> list[Fault]:
    """pydantic's errors as faults with places, in both languages, each place once."""
    faults: dict[tuple[str, Loc], Fault] = {}
    for item in error.errors(include_url=False):
        kind, loc = str(item["type"]), tuple(item["loc"])
        loc = loc if kind in ("missing", "extra_forbidden") else _real(loc, tree.data)
        code, place, values = "GEP-C022", tree.place(loc), {}
        if kind == "extra_forbidden":
            loc = _real(loc, tree.data)
            code, place, values = _unknown(loc, tree, root)
        elif kind == "missing":
            parent = _real(loc[:-1], tree.data)
            spot = tree.place(parent, key=True).split(" ")[0]
            loc = (*parent, loc[-1])
            code, place, values = "GEP-C010", f"{spot} {'.'.join(map(str, loc))}", {"key": loc[-1]}
        elif kind in _OWN:
            code, values = _OWN[kind], {"value": _at(tree.data, loc)}
        elif kind == "literal_error":
            allowed = re.findall(r"'([^']*)'|\b(\d+)\b", str(item["ctx"]["expected"]))
            options = [a or b for a, b in allowed]
            zh, en = did_you_mean(_at(tree.data, loc), options)
            code = "GEP-C036" if loc == ("gep",) else "GEP-C021"
            values = {"value": _at(tree.data, loc), "options": ", ".join(options), "zh": zh, "en": en}
        else:
            for start, (zh, en) in _EXPECTED.items():
                if kind.startswith(start):
                    code, values = "GEP-C020", {"value": _shown(_at(tree.data, loc)), "zh": zh, "en": en}
                    break
            else:
                values = {"value": _shown(_at(tree.data, loc)), "reason": item["msg"]}
        faults.setdefault((code, loc), fault(code, file=tree.file, place=place, **values))
    # of the two members of a union (list or whole number) one fault is enough
    seen: set[tuple[str, str]] = set()
    return [f for f in faults.values() if not ((f.code, f.place) in seen or seen.add((f.code, f.place)))]


def _unknown(loc: Loc, tree: Tree, root: type[BaseModel]) -> tuple[str, str, dict[str, Any]]:
    model = _model_at(root, loc[:-1])
    known = list(_names(model)) if model else []
    zh, en = did_you_mean(loc[-1], known)
    home = _homes(root, str(loc[-1]))
    if home:
        zh, en = f"该键属于 “{home}”。", f"That key belongs to “{home}”. "
    values = {"key": loc[-1], "zh": zh, "en": en, "known": ", ".join(known)}
    return "GEP-C011", tree.place(loc, key=True), values


def _at(data: Any, loc: Loc) -> Any:
    for part in loc:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _shown(value: Any) -> str:
    text = str(value) if not isinstance(value, (dict, list)) else ("{…}" if isinstance(value, dict) else f"{value}")
    return text if len(text) <= 60 else text[:57] + "…"


def _paths(data: dict[str, Any]) -> Iterator[Loc]:
    """The location of every path in a study, whatever else is wrong with it."""

    def has(loc: Loc) -> Iterator[Loc]:
        if isinstance(_at(data, loc), (str, dict)):
            yield loc

    for top in ("zones", "landcover", "areas"):
        yield from has((top, "path"))
    splits = _at(data, ("landcover", "splits"))
    for i in range(len(splits) if isinstance(splits, list) else 0):
        yield from has(("landcover", "splits", i, "path"))
    for top, keys in (("layers", ("path", "mask")), ("tables", ("path", "stations"))):
        group = data.get(top)
        for id in group if isinstance(group, dict) else ():
            for key in keys:
                if key == "stations" and isinstance(_at(data, (top, id, key)), dict):
                    yield from has((top, id, key, "path"))
                else:
                    yield from has((top, id, key))
    local = _at(data, ("coefficients", "local"))
    for i in range(len(local) if isinstance(local, list) else 0):
        yield from has(("coefficients", "local", i))
    for cover in ("landcover", "areas"):
        legend = _at(data, (cover, "legend"))
        if isinstance(legend, str) and re.search(r"[/\\]|\.csv$", legend, re.I):
            yield (cover, "legend")


def across(tree: Tree, *, files: bool) -> list[Fault]:
    """Checks between parts of the study, and (with `files`) that each named file exists for each period."""
    data, faults = tree.data, []
    raw = data.get("periods")
    periods = [p for p in raw if isinstance(p, int)] if isinstance(raw, list) else []
    for i, period in enumerate(periods):
        if period in periods[:i]:
            faults.append(fault("GEP-C024", file=tree.file, place=tree.place(("periods", i)), period=period))
    periods = list(dict.fromkeys(periods))
    owed = _owed(data, periods)
    for loc in _paths(data):
        years = owed.get(str(loc[1]), periods) if loc[0] == "tables" and len(loc) > 1 else periods
        faults += _pattern(tree, loc, years, files)
    groups = (data.get(key) for key in ("layers", "fields", "tables"))
    layers, fields, tables = (group if isinstance(group, dict) else {} for group in groups)
    for id in layers:
        if id in fields:
            line = tree.place(("layers", id), key=True).split(":")[0]
            place = tree.place(("fields", id), key=True)
            faults.append(fault("GEP-C034", file=tree.file, place=place, id=id, line=line))
        table = _at(data, ("layers", id, "stations", "table"))
        if isinstance(table, str) and table not in tables:
            zh, en = did_you_mean(table, list(tables))
            loc = ("layers", id, "stations", "table")
            known = ", ".join(map(str, tables)) or "—"
            faults.append(
                fault("GEP-C033", file=tree.file, place=tree.place(loc), table=table, zh=zh, en=en, known=known)
            )
    return faults


def _owed(data: dict[str, Any], periods: list[int]) -> dict[str, list[int]]:
    """The tables that settlements and assessment read, and the years they are read for, which need be no periods."""
    owed, judged = data.get("compensation"), data.get("assessment")
    settle, evaluate = _at(owed, ("settle",)), _at(judged, ("evaluate",))
    parts = [(_at(one, ("tables",)), _at(one, ("years",)) or _at(owed, ("years",))) for one in _values(settle)]
    own = [_at(judged, ("tables",)), _at(judged, ("registers",)), *(_at(e, ("tables",)) for e in _values(evaluate))]
    parts += [(names, _at(judged, ("years",))) for names in own]
    out: dict[str, list[int]] = {}
    for names, years in parts:
        for name in _values(names):
            known = out.setdefault(str(name), [])
            said = years or periods
            known += [y for y in said if isinstance(y, int) and y not in known] if isinstance(said, list) else []
    return out


def _values(said: Any) -> list[Any]:
    return list(said.values()) if isinstance(said, dict) else []


def _pattern(tree: Tree, loc: Loc, periods: list[int], files: bool) -> Iterator[Fault]:
    pattern, where = _at(tree.data, loc), {"file": tree.file, "place": tree.place(loc)}
    if isinstance(pattern, dict):
        for period in periods:
            if period not in pattern:
                have = ", ".join(map(str, pattern))
                yield fault("GEP-C025", **where, period=period, have=have)
        texts = {p: (pattern[p], tree.place((*loc, p))) for p in periods if isinstance(pattern.get(p), str)}
    else:
        texts = dict.fromkeys(periods or [None], (pattern, where["place"]))
        if loc == ("landcover", "path") and len(periods) > 1 and "{year}" not in pattern:
            yield fault("GEP-C026", **where, path=pattern, periods=", ".join(map(str, periods)))
    done: set[str] = set()
    for period, (text, place) in texts.items():
        broken = next((c for c in text if ord(c) < 32), None)
        strange = re.search(r"\{(?!year\})[^}]*\}", text)
        if broken or strange:
            if text not in done:
                shown = text.encode("unicode_escape").decode() if broken else text
                what = repr(broken) if broken else strange[0]  # type: ignore[index]
                yield fault("GEP-C035", file=tree.file, place=place, path=shown, what=what)
            done.add(text)
            continue
        if not files or (period is None and "{year}" in text):
            continue
        path = resolve(Path(tree.file).parent, text, period)
        if str(path) in done:
            continue
        done.add(str(path))
        yield from _exists(path, tree.file, place, text, loc)


def _exists(path: Path, file: str, place: str, text: str, loc: Loc) -> Iterator[Fault]:
    if path.is_dir():
        if path.suffix.lower() not in _FOLDERS_THAT_ARE_DATA:
            inside = [p.name for p in sorted(path.iterdir()) if p.is_file()][:5]
            yield fault("GEP-C031", file=file, place=place, path=path, inside=", ".join(inside) or "—")
        return
    if path.exists() or str(path).startswith("/vsi") or ".zip/" in path.as_posix():
        return
    folder = path.parent
    if not folder.is_dir():
        known, above = [], next((p for p in folder.parents if p.is_dir()), folder)
        missing = folder.relative_to(above).parts[0] if above != folder else str(folder)
        near = did_you_mean(missing, [p.name for p in above.iterdir() if p.is_dir()] if above.is_dir() else [])
        zh, en = f"文件夹 “{missing}” 也不存在。{near[0]}", f"The folder “{missing}” does not exist either. {near[1]}"
    else:
        known = sorted(p.name for p in folder.iterdir() if p.is_file())
        zh, en = did_you_mean(path.name, known)
    yield fault("GEP-C030", file=file, place=place, path=path, zh=zh, en=en)
