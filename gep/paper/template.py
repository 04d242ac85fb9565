"""The user's own Word template filled with the figures of a report: `{{ title }}`, `{{ value.2023.total }}`, tables.

What a template may ask for (every text as the report prints it, figures with their thousands marks):

- `title`, `name` (of the township or the county), `lang`, `unit` (of money), `head` (list of `what`, `text`)
- `periods`: list of years; `first`, `last`: the first and the last of them
- `value.<year>.total`, `.provisioning`, `.regulating`, `.cultural`, `.<id of a service>`: money in `unit`
- `change.total` (and the accounts, and the services), `rate.total` …: from the first period to the last, money and %
- `area.<year>.total` in hm²
- `tables.<id>.title`, `.note`, `.heads` (list), `.rows` (list of lists): `{%tr for row in tables.<id>.rows %}`
- `pictures.<id>`: the picture itself, drawn when it is asked for; `captions.<id>`: its title
- `text.<chapter>`: the paragraphs of a chapter, a list

A `-`, `/` or `.` in an id is written `_`. Names that are not known are told all at once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gep.errors import Fault, GepError, fault
from gep.paper.facts import Facts
from gep.paper.nouns import Document, Para, Picture, Table, said
from gep.paper.printing import printed
from gep.report.atomic import atomic_path
from gep.report.word import clean


class Keys:
    """Names and what stands under them. Not a dict: a service may be called `items`. `path`: as a template says it."""

    __slots__ = ("_made", "_path")

    def __init__(self, made: Mapping[str, Any], path: str = ""):
        self._made, self._path = dict(made), path

    def __getitem__(self, key: object) -> Any:
        found = self._made[str(key)]
        return found() if callable(found) else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)


def context(document: Document, facts: Facts | None = None) -> dict[str, Any]:
    """What a template may ask for, see above. Without `facts` only what the document itself holds."""
    tables: dict[str, Any] = {}
    pictures: dict[str, Picture] = {}
    for _, block in document.blocks():
        if isinstance(block, Table):
            key = _key(block.id)
            tables[key] = Keys({
                "title": clean(block.title), "note": clean(block.note), "heads": [clean(h) for h in block.heads],
                "rows": [[clean(said(cell)) for cell in row] for row in block.rows],
            }, f"tables.{key}")  # fmt: skip
        elif isinstance(block, Picture):
            pictures[_key(block.id)] = block
    made: dict[str, Any] = {
        "title": clean(document.title), "name": clean(document.name), "lang": document.lang,
        "head": [{"what": clean(what), "text": clean(words)} for what, words in document.head],
        "tables": Keys(tables, "tables"), "pictures": Keys(pictures, "pictures"),
        "captions": Keys({key: clean(one.title) for key, one in pictures.items()}, "captions"),
        "text": Keys({_key(c.id): [clean(printed(b.text, document.lang)) for b in c.blocks if isinstance(b, Para)]
                      for c in document.chapters}, "text"),
    }  # fmt: skip
    return made | (_figures(document.zone, facts) if facts else {})


def _figures(zone: str, facts: Facts) -> dict[str, Any]:
    years = facts.periods
    accounts = dict.fromkeys(facts.account_of(service) for service in facts.services)
    chosen: dict[str, dict[str, str]] = {
        "total": {}, **{a: {"account": a} for a in accounts}, **{s: {"service": s} for s in facts.services}
    }  # fmt: skip
    made: dict[str, Any] = {"unit": facts.money, "periods": years, "first": years[0], "last": years[-1]}
    made["value"] = Keys({
        str(year): Keys({key: facts.value(year, zone=zone, **where).text for key, where in chosen.items()},
                        f"value.{year}") for year in years
    }, "value")  # fmt: skip
    made["area"] = Keys({str(y): Keys({"total": facts.area(y, zone).text}, f"area.{y}") for y in years}, "area")
    if len(years) > 1:
        for name, ask in (("change", facts.change), ("rate", facts.rate)):
            found = {key: ask(years[0], years[-1], zone=zone, **where).text for key, where in chosen.items()}
            made[name] = Keys(found, name)
    return made


def _key(id: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in id)


def fill(
    template: str | os.PathLike[str], document: Document, path: str | os.PathLike[str], facts: Facts | None = None
) -> Path:  # fmt: skip
    """Fill a template and write it to `path`. Every text is escaped: a name can neither be markup nor a placeholder.

    Raises GepError: GEP-O140 without the extra, GEP-O141 for each placeholder that is not known, GEP-O142 where the
    template cannot be read, GEP-O143 where it is no Word file, GEP-O144 where a picture cannot be drawn.
    """
    try:
        from docx.opc.exceptions import PackageNotFoundError
        from docx.shared import Cm
        from docxtpl import DocxTemplate, InlineImage
        from jinja2 import TemplateError
        from jinja2.sandbox import SandboxedEnvironment
    except ImportError as error:
        raise GepError(fault("GEP-O140", file=template)) from error
    faults: dict[str, Fault] = {}
    known = context(document, facts)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            made = DocxTemplate(os.fspath(template))
            made.init_docx()
        except (PackageNotFoundError, KeyError, ValueError, OSError) as error:
            raise GepError(fault("GEP-O143", file=template, reason=str(error) or type(error).__name__)) from error
        known["pictures"] = Keys(
            {key: _drawn(made, InlineImage, Cm, Path(scratch, f"{key}.png"), one)
             for key, one in ((k, known["pictures"]._made[k]) for k in known["pictures"])}, "pictures")  # fmt: skip
        environment = SandboxedEnvironment(undefined=_recorder(faults, str(template), known), autoescape=True)
        try:
            made.render(known, environment)
        except TemplateError as error:
            raise GepError(fault("GEP-O142", file=template, reason=str(error))) from error
        if faults:
            raise GepError(faults.values())
        made.docx.core_properties.identifier = f"gep:template:{document.zone or 'county'}:{document.lang}"
        from gep.report import word

        with atomic_path(path) as temporary:
            word.save(made.docx, temporary)
    return Path(path)


def _drawn(template: Any, image: Any, cm: Any, file: Path, one: Picture) -> Callable[[], Any]:
    """A picture that is drawn when a template asks for it, once."""

    def make() -> Any:
        if not file.is_file():
            try:
                one.draw(file)
            except GepError as error:
                reason = error.faults[0].en
                raise GepError(fault("GEP-O144", place=one.id, name=one.id, reason=reason)) from error
        return image(template, str(file), width=cm(one.width))

    return make


def _recorder(faults: dict[str, Fault], file: str, known: Mapping[str, Any]) -> type:
    """An Undefined of Jinja that notes what was asked for and reads as nothing, so that all of it is told at once."""
    from jinja2 import Undefined

    class Recorded(Undefined):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            above = self._undefined_obj
            beside = list(above) if isinstance(above, Keys) else list(known)
            front = f"{above._path}." if isinstance(above, Keys) and above._path else ""
            name = f"{front}{self._undefined_name}"
            close = get_close_matches(str(self._undefined_name), [str(b) for b in beside], 1, 0.6)
            hint = (f"；是不是 {front}{close[0]}？", f"; did you mean {front}{close[0]}?") if close else ("", "")
            one = fault("GEP-O141", file=file, place=name, name=name, hint="{hint}")
            from dataclasses import replace

            faults[name] = replace(one, zh=one.zh.replace("{hint}", hint[0]), en=one.en.replace("{hint}", hint[1]))

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return self

        def __getitem__(self, key: object) -> Any:
            return self

    return Recorded


def example(path: str | os.PathLike[str], document: Document, facts: Facts | None = None) -> Path:
    """Write a template to begin with: its placeholders are those of `document`, each with a word about it."""
    from gep.report import word

    zh = document.lang == "zh"
    known = context(document, facts)
    made = word.document("{{ title }}", document.lang)
    word.paragraph(made, "{%p for line in head %}", document.lang)
    word.paragraph(
        made, "{{ line.what }}：{{ line.text }}" if zh else "{{ line.what }}: {{ line.text }}", document.lang
    )
    word.paragraph(made, "{%p endfor %}", document.lang)
    if "value" in known:
        last = known["last"]
        word.heading(made, "数字" if zh else "Figures")
        for key in known["value"][last]:
            word.paragraph(made, f"{key}: {{{{ value.{last}.{key} }}}} {{{{ unit }}}}", document.lang)
    word.heading(made, "表：带 tr 的 for 每行重复一次" if zh else "Tables: a for with tr repeats its row")
    for key in list(known["tables"])[:3]:
        heads = known["tables"][key]["heads"]
        rows = [[f"{{%tr for row in tables.{key}.rows %}}", *[""] * (len(heads) - 1)],
                [f"{{{{ row[{n}] }}}}" for n in range(len(heads))],
                ["{%tr endfor %}", *[""] * (len(heads) - 1)]]  # fmt: skip
        word.table(made, f"{{{{ tables.{key}.title }}}}", heads, rows, document.lang)
    word.heading(made, "图" if zh else "Pictures")
    for key in list(known["pictures"])[:2]:
        word.paragraph(made, f"{{{{ pictures.{key} }}}}", document.lang)
        word.paragraph(made, f"{{{{ captions.{key} }}}}", document.lang)
    with atomic_path(path) as temporary:
        word.save(made, temporary)
    return Path(path)
