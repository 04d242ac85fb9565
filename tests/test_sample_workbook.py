"""The sample county's accounts.xlsx as LibreOffice recalculates it: every figure is the entry's, every check is 0."""

import shutil
from pathlib import Path

import form_entries
import pytest

from gep import entries as E
from gep import run, study
from gep.report import form_layout, labels

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "study.yaml"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("soffice") or shutil.which("libreoffice")), reason="needs LibreOffice"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    if not SAMPLE.is_file():
        pytest.skip("the sample county is not here")
    said = study.load(SAMPLE)
    result = run.compute(said)
    folder = tmp_path_factory.mktemp("sample")
    run.write(result, folder / "out", said)
    return said, result, form_entries.recalculated(folder / "out" / "accounts.xlsx", folder)


def texts(book):
    return [(s.title, c) for s in book for row in s.iter_rows() for c in row if isinstance(c.value, str)]


def test_no_error_values(made):
    bad = ("#REF!", "#NAME?", "#DIV/0!", "#VALUE!", "#N/A", "#NUM!", "#NULL!", "Err:")
    assert [(name, c.coordinate, c.value) for name, c in texts(made[2]) if c.value.startswith(bad)] == []
    assert [c.coordinate for _, c in texts(made[2]) if c.data_type == "e"] == []


def test_sheet_names(made):
    names = made[2].sheetnames
    assert len(names) > 40
    assert max(map(len, names)) <= 31
    assert len({n.casefold() for n in names}) == len(names)


def placed(made):
    """Each form with its layout and sheet: the first block's row is found by the county's title."""
    said, result, book = made
    order = [str(z) for z in result.zones["zone"]]
    taken = [labels.label(f"sheet_{k}", said.lang) for k in ("cover", "accounts")]
    county = labels.label("form_county", said.lang) + "  "
    for id, form in result.stocks.forms.items():
        name = form_layout.sheet_name(form, taken, said.lang)
        taken.append(name)
        own = E.pick(result.stocks.entries, form=id)
        first = next(c.row for c in book[name]["A"] if str(c.value or "").startswith(county)) - 1
        blocks = form_layout.ordered(own, order)
        yield form, own, form_layout.layout(form, blocks, form_layout.owned(form, own), first), book[name]


def test_every_figure_of_a_form_is_its_entry(made):
    seen, wrong = 0, []
    for form, own, plan, sheet in placed(made):
        blocks = {(b.zone, b.open, b.close): b for b in plan.blocks}
        lines = {(line.row, line.owner): line for line in plan.lines if line.kind == "entry"}
        for r in own.to_dict("records"):
            line = lines.get((r["row"], r["owner"]))
            if line is None:
                continue
            at = plan.at(blocks[r["zone"], r["open"], r["close"]], line, r["column"])
            shown, d = sheet[at].value, form.decimals_of(r["column"])
            if r["value"] != r["value"]:  # missing: a word, or nothing, and never 0
                wrong += [(sheet.title, at, shown)] if isinstance(shown, int | float) else []
            elif not isinstance(shown, int | float) or E.ticks(shown, d) != E.ticks(r["value"], d):
                wrong.append((sheet.title, at, shown, r["value"]))
            else:
                seen += 1
    assert wrong[:5] == []
    assert seen > 100_000


def test_every_live_check_is_zero(made):
    """A check of what is missing (the owners of 2017 in the account of the term) is a word; a number is 0."""
    seen, wrong = 0, []
    for form, _, plan, sheet in placed(made):
        for line in plan.lines:
            for block in plan.blocks if line.kind != "entry" else ():
                for column in form.columns:
                    value = sheet[plan.at(block, line, column.id)].value
                    seen += isinstance(value, int | float)
                    if isinstance(value, int | float) and value:
                        wrong.append((sheet.title, plan.at(block, line, column.id), value))
    assert wrong[:5] == []
    assert seen > 5_000


def test_gep_is_the_ledgers(made):
    """The accounts' total of each period, and of each service, to the cent; the checks of edited prices are 0."""
    said, result, book = made
    table = result.ledger.table
    counted = table[table["in_gep"] & table["value"].notna()]

    def cents(rows):
        return sum(round(v * 100) for v in rows["value"])

    sheet = book[labels.label("sheet_accounts", said.lang)]
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=4)]
    total = next(r for r in rows if r[0] == labels.label("gep", said.lang))
    values = {p: next(h for h in range(2, len(total)) if str(rows[0][h]).startswith(str(p))) for p in said.periods}
    for period, col in values.items():
        own = counted[counted["period"] == period]
        assert round(total[col] * 100) == cents(own)
        for name, part in own.groupby("service_name"):
            line = next(r for r in rows if r[1] == name)
            assert round(line[col] * 100) == cents(part), name
    checks = [[c.value for c in row] for row in book[labels.label("sheet_checks", said.lang)].iter_rows(min_row=5)]
    live = [r[4] for r in checks if r[0] in {labels.label(k, said.lang) for k in ("live_check", "ledger_check")}]
    assert len(live) == 2 * len(said.periods)
    assert live == pytest.approx([0.0] * len(live), abs=0.005, rel=0)
