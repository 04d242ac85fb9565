"""Entries for forms, made up but whole: every leaf filled, closing from the flows, sums and the county complete."""

import random
import shutil
import subprocess

import openpyxl
import pytest

from gep import entries as E

# a county's own form: other names, another order, rows of its own
OWN = """
form: land
number: 县土01
zh: 某县土地变动情况表
en: Land of a county
unit: ha
decimals: 1
owners: true
authority: 某县统计局
approval: 县统〔2024〕1号
valid_until: 2026年6月
basis_zh: 县里发的表，抄录于此
basis_en: The county's own form, copied
confidence: secondary
columns:
  - {id: field, zh: 田, en: Fields, of: [wet, drained]}
  - {id: wet, zh: 水田, en: Wet fields, group: 田 / Fields}
  - {id: drained, zh: 旱田, en: Dry fields, group: 田 / Fields}
  - {id: wood, zh: =山林, en: '=Woods', unit: km²}
rows:
  - {id: e, zh: 年末数, en: End of year, role: closing}
  - {id: a, zh: 年初数, en: Start of year, role: opening}
  - {id: up, zh: 本年增, en: Up, role: addition, of: [up1, up2]}
  - {id: up1, zh: 开荒, en: Cleared, role: addition}
  - {id: up2, zh: 其他增, en: Other up, role: addition}
  - {id: down, zh: 本年减, en: Down, role: reduction}
"""


def fill(form, zones, seed=1, owners=()):
    """Whole entries of a form for 2022 → 2023; whole steps throughout, so that every identity holds exactly."""
    rnd = random.Random(seed)
    leaf_rows = [form.row(r) for r in form.leaves("rows")]
    steps = {}
    for zone in zones:
        for column in form.leaves("columns"):
            d, total = form.decimals_of(column), 0
            for row in leaf_rows:
                if row.role == "closing":
                    continue
                high = 900 if row.role == "opening" else 10
                value = E.ticks(rnd.uniform(high / 2, high), d)
                steps[zone, column, row.id] = value
                total += {"opening": value, "addition": value, "reduction": -value}.get(row.role, 0)
            steps[zone, column, form.the("closing")] = total

    def value(zone, column, row, share=lambda step: step):
        if row.of:
            return sum(value(zone, column, form.row(p), share) for p in row.of)
        if column.of:
            return sum(value(zone, form.column(p), row, share) for p in column.of)
        return sum(share(steps[z, column.id, row.id]) for z in ([zone] if zone else zones))

    rows = []
    for zone in ("", *zones):
        for column in form.columns:
            for row in form.rows:
                if column.derived or row.role == "derived":
                    continue
                made = bool(row.of or column.of or not zone)
                told = {} if made else {"method": "0", "source": "国土变更调查 2023", "confidence": "secondary"}
                where = {
                    "form": form.form,
                    "open": 2022,
                    "close": 2023,
                    "zone": zone,
                    "column": column.id,
                    "row": row.id,
                }
                where |= {"zone_name": zones[zone] if zone else "", "unit": form.unit_of(column.id)}
                d, whole = form.decimals_of(column.id), value(zone, column, row)
                rows.append({**where, **told, "value": E.value_of(whole, d)})
                if row.id in owners:
                    third = value(zone, column, row, lambda step: step // 3)
                    rows += [
                        {**where, **told, "owner": "state", "value": E.value_of(third, d)},
                        {**where, **told, "owner": "collective", "value": E.value_of(whole - third, d)},
                    ]
    return E.frame(rows)


def recalculated(path, folder, edit=None):
    """The workbook as LibreOffice calculates it: cached values are dropped first, `edit(book)` may change cells."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    bare, out = folder / "bare" / path.name, folder / "out"
    bare.parent.mkdir(exist_ok=True)
    book = openpyxl.load_workbook(path)
    if edit:
        edit(book)
    book.save(bare)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, bare]
    subprocess.run(command, check=True, timeout=240, capture_output=True)
    return openpyxl.load_workbook(out / path.name, data_only=True)
