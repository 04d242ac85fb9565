"""`gep indicators`, `gep registers`, `gep evaluations`: what is declared, blank forms and tables, filled forms read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.assessment import evaluation, measure, register
from gep.assessment.catalogue import BLOCKS, COLUMNS, Indicator, load, packaged
from gep.cli import show
from gep.compensation.rule import Option, Table
from gep.errors import Lang

if TYPE_CHECKING:
    import pandas as pd

    from gep.study import Study

FORMS = {"zh": "统计表式.xlsx", "en": "statistical_forms.xlsx"}
FIGURES = {"zh": "上报数.csv", "en": "figures.csv"}


def list_indicators(code: str | None, block: str | None, lang: str | None) -> None:
    """The catalogue by block, a line each; one block, or one indicator with all that the catalogue says of it."""
    tongue = show.language(lang)
    rows = packaged()
    if code is not None:
        if code not in rows:
            show.unknown(code, list(rows), tongue)
        for column in COLUMNS:
            show.say(f"{column}  {_cell(rows[code], column)}")
        return
    if block is not None and block not in BLOCKS:
        show.unknown(block, list(BLOCKS), tongue)
    for id, title in BLOCKS.items():
        part = [row for row in rows.values() if row.block == id and block in (None, id)]
        if part:
            show.say(f"{title[tongue == 'en']} [{id}]")
        for row in part:
            name = row.zh if tongue == "zh" else row.en
            show.say(
                f"  {row.code}  {name}  [{row.unit}]  {row.form}  {row.publication}  {row.measure} {row.of}".rstrip()
            )


def blank_forms(to: Path, study: Study | None, lang: str | None) -> list[Path]:
    """Write the blank statistical forms and the CSV of reported figures into the folder `to`; of a study, with its
    catalogue, townships and years. Raises GepError."""
    from gep.cli.forms import townships
    from gep.report import statistical_blank, statistical_forms

    tongue = show.language(lang)
    said = study.assessment if study is not None else None
    known: Mapping[str, Indicator] = packaged()
    if study is not None and said is not None and said.catalogue:
        known = load([study.folder / name for name in said.catalogue], said.catalogue)
    years = sorted(set((said.years if said else None) or study.periods)) if study is not None else []
    zones = townships(study, max(study.periods)) if study is not None else {}
    rows = _frame(known.values())
    to.mkdir(parents=True, exist_ok=True)
    head, title = statistical_forms.head_of(study), study.name if study is not None else ""
    forms = statistical_forms.declared()
    paths = [
        statistical_blank.write(to / FORMS[tongue], forms, rows, zones, years, head, lang=tongue, title=title),
        statistical_blank.template(to / FIGURES[tongue], rows, zones, years),
    ]
    for path in paths:
        show.say(f"√ {path}")
    return paths


def read_filled(path: Path, to: Path, lang: str | None) -> Path:
    """Write the figures of a filled workbook as the CSV that the role `figures` reads. Raises GepError."""
    from gep.report import statistical_filled
    from gep.report.atomic import atomic_path

    show.language(lang)
    made = statistical_filled.figures_of(path)
    with atomic_path(to) as beside:
        made.to_csv(beside, index=False, encoding="utf-8-sig")
    show.say(f"√ {to}  {len(made)}")
    return to


def list_registers(id: str | None, to: Path | None, lang: str | None) -> None:
    """The registers, a line each; one with its columns and figures. `to`: a workbook with the blank tables (of one
    register, or of all)."""
    tongue = show.language(lang)
    known = register.registry()
    if id is not None and id not in known:
        show.unknown(id, list(known), tongue)
    for one in known.values() if id is None else [known[id]]:
        show.say(f"{one.id}  {show.named(one, tongue)}  {one.item}  {_source(one, tongue)}".rstrip())
        if id is not None:
            _columns(one.table, tongue)
            for figure in one.figures:
                show.say(f"  {'合计' if tongue == 'zh' else 'figure'} {one.id}.{figure.id} [{figure.unit}]  "
                         f"{show.named(figure, tongue)}  {figure.formula}".rstrip())  # fmt: skip
            _note(one, tongue)
    if to is not None:
        _blank_tables([(one.id, one.table) for one in known.values() if id in (None, one.id)], to, tongue)


def list_evaluations(id: str | None, to: Path | None, lang: str | None) -> None:
    """The evaluations, a line each; one with its tables, rates and options. `to`: a workbook with its blank tables."""
    tongue = show.language(lang)
    known = evaluation.registry()
    if id is None:
        for one in known.values():
            show.say(f"{one.id}  {show.named(one, tongue)}  {one.formula}")
        return
    if id not in known:
        show.unknown(id, list(known), tongue)
    one = known[id]
    show.say(f"{one.id}  {show.named(one, tongue)}")
    show.say(f"  {one.formula}")
    show.say(f"  {_source(one, tongue)}")
    for table in one.tables:
        _columns(table, tongue)
    for item in one.terms:
        show.say(f"  {'费率' if tongue == 'zh' else 'rate'} {item.symbol} [{item.unit}]  {show.named(item, tongue)}")
    _options(one.options, tongue)
    _note(one, tongue)
    if to is not None and one.tables:
        _blank_tables([(table.role, table) for table in one.tables], to, tongue)


def list_measures(lang: str | None) -> None:
    """The measures, a line each: id, name, formula, the tables they read."""
    tongue = show.language(lang)
    for one in measure.registry().values():
        tables = ", ".join(t.role for t in one.tables)
        show.say(f"{one.id}  {show.named(one, tongue)}  {one.formula}" + (f"  ({tables})" if tables else ""))


def _frame(rows: Iterable[Indicator]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([[getattr(row, c) for c in COLUMNS] for row in rows], columns=list(COLUMNS))


def _cell(row: Indicator, column: str) -> str:
    value = getattr(row, column)
    return "" if value is None else str(value)


def _columns(table: Table, lang: Lang) -> None:
    mark = "" if table.required else ("  (可缺)" if lang == "zh" else "  (optional)")
    show.say(f"  {'表' if lang == 'zh' else 'table'} {table.role}  {show.named(table, lang)}{mark}")
    for name, column in table.expected.columns.items():
        unit = f" [{column.unit}]" if column.unit else ""
        show.say(f"    {name}{'*' if column.required else ''}{unit}  {'、'.join(column.aliases)}".rstrip())


def _options(options: Iterable[Option], lang: Lang) -> None:
    for option in options:
        values = " | ".join(f"{v}*" if v == option.default else v for v in option.values) or option.default or "…"
        show.say(f"  {'选项' if lang == 'zh' else 'option'} {option.id}  {show.named(option, lang)}: {values}")


def _blank_tables(listed: Iterable[tuple[str, Table]], to: Path, lang: Lang) -> None:
    """Tables as blank sheets, with the heads that are found without `columns` in the study."""
    from gep.report import labels, table_blank

    words = ("必填", "可空") if lang == "zh" else ("required", "may be blank")
    tables = []
    for name, table in listed:
        columns = [(c.aliases[0] if c.aliases else column, labels.unit(c.unit or "", "zh"), c.required)
                   for column, c in table.expected.columns.items()]  # fmt: skip
        tables.append((name, show.named(table, lang), columns))
    table_blank.write(to, tables, words)
    show.say(f"√ {to}")


def _source(one: Any, lang: Lang) -> str:
    from gep.report.settled_words import source_of

    return source_of(one, lang) if one.source else ""


def _note(one: Any, lang: Lang) -> None:
    if note := one.note_zh if lang == "zh" else one.note_en:
        show.say(f"  {note}")
