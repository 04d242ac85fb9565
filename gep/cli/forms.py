"""`gep forms`: which tables there are, what is in one, and blank ones to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gep.cli import show
from gep.errors import GepError, Lang, fault, refuse
from gep.forms import Form, forms_of, shipped
from gep.report import labels

if TYPE_CHECKING:
    from gep.study import Study

FILE = {"zh": "填报表_{year}.xlsx", "en": "forms_{year}.xlsx"}


def run(
    shown: str | None,
    to: Path | None,
    study: Path | None,
    year: int | None,
    opening: Path | None,
    only: str | None,
    lang: str | None,
) -> None:
    """List the forms, show one, or write blank ones. Raises GepError (GEP-H…, and what the study's reading finds)."""
    tongue = show.language(lang)
    from gep.study import load

    asked = load(study, files=False) if study else None
    own = asked.balance_sheet.forms if asked and asked.balance_sheet else {}
    known = forms_of(own, asked.folder if asked else Path())
    where = {id: str(_file(id)) for id in shipped()}
    where |= {id: str(asked.folder / name) for id, name in own.items()} if asked else {}
    if shown:
        _show(_one(shown, known), where, tongue)
    elif to is None:
        for form in known.values():
            _list(form, tongue)
    else:
        _write(to, asked, known, year, opening, only, tongue)


def _one(id: str, known: Mapping[str, Form]) -> Form:
    """A form by its id or number. Raises GepError GEP-H115."""
    found = known.get(id) or next((f for f in known.values() if id in (f.number, f.zh, f.en)), None)
    if found is None:
        raise GepError(fault("GEP-H115", form=id, known=", ".join(known)))
    return found


def _file(id: str) -> Path:
    from gep.coefficient_tables import folder

    return next((f for f in sorted((folder() / "forms").glob("*.yaml")) if f.stem.partition("_")[2] == id), Path(id))


def _list(form: Form, lang: Lang) -> None:
    size = labels.label("form_listed", lang).format(rows=len(form.rows), columns=len(form.columns))
    show.say(f"{form.form}  {form.number}  {form.zh if lang == 'zh' else form.en}  {size}")
    basis = form.basis_zh if lang == "zh" else form.basis_en
    show.say(f"  {basis} [{labels.word(form.confidence, lang)}]")


def _show(form: Form, where: Mapping[str, str], lang: Lang) -> None:
    """Where the YAML of a form lies, then its rows and columns."""
    _list(form, lang)
    show.say(f"  {where.get(form.form, '')}")
    for key, items in (("form_row", form.rows), ("form_column", form.columns)):
        show.say(f"{labels.label(key, lang)}:")
        for item in items:
            name = item.zh if lang == "zh" else item.en
            of = f" = {' + '.join(item.of)}" if item.of else ""
            what = f" ({item.role})" if hasattr(item, "role") else f" [{form.unit_of(item.id)}]"
            show.say(f"  {item.id}  {name}{what}{of}")


def _write(
    to: Path,
    study: Study | None,
    known: Mapping[str, Form],
    year: int | None,
    opening: Path | None,
    only: str | None,
    lang: Lang,
) -> None:
    from gep.report import filled, form_blank

    if only:
        chosen = [_one(name.strip(), known) for name in only.replace("，", ",").split(",") if name.strip()]
    else:
        chosen = [f for f in known.values() if f.kind == "stock" and f.by_hand]
    interval = _interval(study, year)
    zones = townships(study, interval[1]) if study else {}
    carried = None
    if opening is not None:
        carried, found = filled.last(opening, {f.form: f for f in chosen}, zones, interval)
        show.faults(refuse(found), lang)
    path = to if to.suffix == ".xlsx" else to / FILE[lang].format(year=interval[1])
    prepared = study.balance_sheet.prepared if study and study.balance_sheet else None
    title = study.name if study else ""
    form_blank.write(path, chosen, zones, interval, lang=lang, opening=carried, prepared=prepared, title=title)
    show.say(f"√ {path}")


def _interval(study: Study | None, year: int | None) -> tuple[int, int]:
    """The years a blank form opens and closes with: the last period's, or `year`'s.

    The year before, unless the study's balance sheet runs from one date of land cover to the next. Raises GepError
    GEP-H114 where neither study nor year is given.
    """
    if study is None:
        if year is None:
            raise GepError(fault("GEP-H114"))
        return year - 1, year
    close = year or max(study.periods)
    dates = (study.extent.dates if study.extent else None) or study.periods
    before = [d for d in dates if d < close]
    by_year = study.balance_sheet is None or study.balance_sheet.interval == "year" or close not in dates
    return (close - 1 if by_year or not before else max(before)), close


def townships(study: Study, period: int) -> dict[str, str]:
    """The study's townships, id → name, from its map or table of zones. Raises GepError with all faults of it."""
    from gep.intake.areas import is_table, read_zone_table
    from gep.intake.vectors import read_vector
    from gep.intake.zones import ZoneSpec, inspect_zones

    z = study.zones
    spec = ZoneSpec(study.resolve(z.path, period), z.id, z.name, z.layer, z.crs, z.encoding, z.repair)
    if is_table(spec.path):
        zones, faults = read_zone_table(spec)
    else:
        table, _, faults = read_vector(spec.path, layer=spec.layer, crs=spec.crs, encoding=spec.encoding)
        if table is None:
            raise GepError(faults)
        zones, faults = inspect_zones(spec, table.crs.to_wkt())
    refuse(faults)
    assert zones is not None
    return dict(zip(zones.ids, zones.names, strict=True))
