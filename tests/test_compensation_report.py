"""compensation.xlsx read back: every number against the ledger, what is missing, what is unverified, equal bytes."""

from __future__ import annotations

import re

import openpyxl
import pytest
import settled_sample as sample
from openpyxl.utils import get_column_letter

from gep.compensation.nouns import TREASURY
from gep.report import compensation_book, labels, settled_frames
from gep.report.frame_sheet import localised

META = {"study": "表格县", "region": "341699", "gep": "1", "coefficients_version": "1"}
HEADS = 4  # row of the heads


@pytest.fixture(scope="module")
def made():
    return sample.made()


@pytest.fixture(scope="module")
def books(made, tmp_path_factory):
    """The workbook in both languages: (computed values, formulas)."""
    folder, out = tmp_path_factory.mktemp("book"), {}
    for lang in ("zh", "en"):
        path = compensation_book.write(folder / f"{lang}.xlsx", made, META, lang=lang)
        out[lang] = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    return out


def sheet(books, key, lang="zh", formulas=False):
    return books[lang][formulas][labels.label(f"sheet_{key}", lang)]


def rows(page, first=HEADS):
    """The rows of a sheet as dicts by head."""
    heads = [c.value for c in page[first]]
    return [dict(zip(heads, (c.value for c in row), strict=True)) for row in page.iter_rows(min_row=first + 1)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_ledger_sheet_is_the_ledger(books, made, lang):
    shown = rows(sheet(books, "comp_ledger", lang))
    assert len(shown) == len(made.ledger) == 6
    for one, row in zip(shown, made.ledger.to_dict("records"), strict=True):
        said = {k: one[labels.label(k, lang)] for k in ("settled_year", "span", "subject", "payer", "payee", "lineage")}
        assert said == {"settled_year": row["period"], **{k: row[k] for k in said if k != "settled_year"}}
        for key, column in (("amount_yuan", "amount"), ("signed_yuan", "signed")):
            shown_amount = one[labels.label(key, lang)]
            if row["status"] == "missing":  # the word, not 0 and not a number
                assert shown_amount == labels.label("missing", lang)
            else:
                assert shown_amount == row[column]
    assert [r["amount"] for r in made.ledger.to_dict("records")][:3] == [2407.5, 72.22, 160.5]


def test_what_is_missing_says_why_and_how_to_supply_it(books):
    page = sheet(books, "comp_ledger")
    (lacking,) = [c for row in page.iter_rows() for c in row if c.value == "缺" and c.column_letter == "M"]
    assert "费率库没有 bonus" in lacking.comment.text
    assert "has no" not in lacking.comment.text
    page = sheet(books, "comp_missing")
    said = rows(page)
    assert [r["缺什么"] for r in said] == ["未结算：需要核算结果", "费率库没有 bonus"]
    assert (said[1]["笔数"], said[1]["时段"], said[1]["对象"]) == (1, "2023-06", "断面A")
    assert "compensation.rates" in page["A2"].value


def test_positions_are_live_sums_over_the_ledger_and_balance(books, made):
    cells, formulas = sheet(books, "comp_positions"), sheet(books, "comp_positions", formulas=True)
    ledger = sheet(books, "comp_ledger")
    heads = {c.value: get_column_letter(c.column) for c in ledger[HEADS]}
    lines = rows(ledger)
    wanted = {(r["period"], r["party"]): r for r in made.positions.to_dict("records")}
    seen = 0
    for n in range(HEADS + 1, cells.max_row + 1):
        year, party = cells.cell(n, 1).value, cells.cell(n, 2).value
        if party is None:
            continue
        seen += 1
        row = wanted[year, party]
        mine = [r for r in lines if r["结算年"] == year and isinstance(r["金额（元）"], int | float)]
        paid = sum(round(r["金额（元）"] * 100) for r in mine if r["付款方代码"] == party)
        received = sum(round(r["金额（元）"] * 100) for r in mine if r["收款方代码"] == party)
        shown = [cells.cell(n, c).value for c in (4, 5, 6)]
        assert shown == [paid / 1_000_000, received / 1_000_000, (received - paid) / 1_000_000]
        assert [round(v * 10_000, 2) for v in shown] == [row["pays"], row["receives"], row["net"]]
        for col, side in ((4, "付款方代码"), (5, "收款方代码")):
            formula = formulas.cell(n, col).value
            for head, other in (("结算年", f"$A{n}"), (side, f"$B{n}")):
                assert re.search(rf"\('结算台账'!\${heads[head]}\$5:\${heads[head]}\$10={re.escape(other)}\)", formula)
            assert f"'结算台账'!${heads['金额（元）']}$5:${heads['金额（元）']}$10)" in formula
        assert formulas.cell(n, 6).value == f"=ROUND(E{n}-D{n},6)"
    assert seen == len(made.positions) == 5
    totals = [n for n in range(HEADS + 1, cells.max_row + 1) if cells.cell(n, 3).value == "合计"]
    assert formulas.cell(totals[0], 4).value == f"=ROUND(SUM(D5:D{totals[0] - 1}),6)"
    assert cells.cell(totals[0], 4).value == cells.cell(totals[0], 5).value == 264_022 / 1_000_000  # 2640.22 yuan
    assert cells.cell(totals[0] + 1, 4).value == 0
    assert formulas.cell(totals[0] + 1, 4).value == f"=ROUND(D{totals[0]}-E{totals[0]},6)"


def test_sums_say_what_rests_on_unverified_rates(books):
    page = sheet(books, "comp_positions")
    (note,) = [page.cell(n, 8).value for n in range(5, 10) if page.cell(n, 3).value == "合计"]
    assert note == "其中 2.74% 依据未核实的标准（0.007222 万元）"  # 72.22 / 2640.22
    west = next(r for r in rows(page) if r["当事方"] == "西山乡")
    assert west["收付中依据未核实标准"] == 7222 / 1_000_000
    summary = sheet(books, "comp_summary")
    first = next(n for n in range(1, 12) if summary.cell(n, 1).value == "结算年")
    forest, later, register, standard = rows(summary, first)
    assert (forest["结算"], forest["笔数"], forest["缺（笔）"], forest["停考、不结算（笔）"]) == ("森林补偿", 5, 1, 1)
    assert forest["合计"] == 264_022 / 1_000_000
    assert [forest[g] for g in ("已核原文", "二手引用", "未核实", "判断取值")] == [0, 0.9726, 0.0274, 0]
    for part in ("2.74%", "1 条未核实", "未核对原文", "缺 1 笔"):
        assert part in forest["备注"]
    assert "未核实" not in later["备注"]
    assert later["合计"] == 1e-6
    assert (register["合计"], register["备注"]) == (None, "只有公开表，不产生应付应收")
    assert standard["备注"] == "未结算，见“缺什么”"


def test_a_settlement_of_which_every_amount_is_missing_has_no_sum(made, tmp_path):
    from dataclasses import replace

    only = replace(made, ledger=made.ledger[made.ledger["status"] == "missing"], missing=[], tables={})
    (row,) = settled_frames.summary(only, "zh", {"comp_missing": "缺什么"}).to_dict("records")
    assert row["sum_money"] is None
    assert row["dues_missing"] == 1


def test_each_rate_once_with_its_document_article_and_term(books):
    said = rows(sheet(books, "comp_rates"))
    assert [r["编号"] for r in said] == ["x.s.mu_rate.forest", "x.bad"]
    good, bad = said
    assert (good["数值"], good["单位"], good["可信度"]) == (16.05, "元/mu", "二手引用")
    assert (good["机关与文件"], good["条款/页"]) == ("某县政府 某政〔2021〕3号", "第五条")
    assert (good["有效期"], bad["有效期"]) == ("2021-01-01–2023-12-31", "2021-01-01–")
    assert good["用于"] == "森林补偿"


def test_public_tables_checks_and_notes(books, made):
    page = books["zh"][0]["planted_table"]
    said = rows(page)
    assert [(r["结算"], r["金额（元）"]) for r in said] == [("森林补偿", 2407.5), ("试验规则", 2407.5)]
    assert [c.value for c in page[HEADS]][-1] == labels.word("state", "zh")
    assert said[0][labels.word("state", "zh")] == "好"
    checks = rows(sheet(books, "comp_checks"))
    assert [r["左边"] for r in checks] == [c["left"] for c in made.checks]
    assert {r["通过"] for r in checks} == {"是"}
    notes = rows(sheet(books, "comp_notes"))[0]
    assert (notes["规则"], notes["出处"], notes["条文已核原文"]) == ("试验规则", "本工具约定 第 7 条第 3 款", "否")


def test_too_long_a_table_is_named_not_written(made, tmp_path, monkeypatch):
    monkeypatch.setattr(compensation_book, "ROWS", 1)
    path = compensation_book.write(tmp_path / "b.xlsx", made, META, lang="zh")
    book = openpyxl.load_workbook(path)
    assert "planted_table" not in book.sheetnames
    assert any("planted_table" in str(c.value) for row in book["缺什么"].iter_rows() for c in row)
    assert "CSV" in book["结算台账"]["A2"].value
    assert book["各方收付净额"]["D5"].value == 0.247972  # a number: there is nothing to sum over


def test_same_bytes(made, tmp_path):
    written = [compensation_book.write(tmp_path / name, made, META, lang="zh").read_bytes() for name in ("a", "b")]
    assert written[0] == written[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_settled_still_makes_a_book(lang, tmp_path):
    empty = sample.together([])
    path = compensation_book.write(tmp_path / "e.xlsx", empty, {}, lang=lang)
    assert len(openpyxl.load_workbook(path).sheetnames) == 8  # the contents among them


def test_names_of_sheets_are_whole_and_never_twice(made, tmp_path):
    from dataclasses import replace

    table = made.tables["planted_table"]
    names = ("a" * 40, "a" * 41, "x/y:z", "结算台账")
    book = openpyxl.load_workbook(compensation_book.write(
        tmp_path / "n.xlsx", replace(made, tables=dict.fromkeys(names, table)), META, lang="zh"))  # fmt: skip
    assert len({n.casefold() for n in book.sheetnames}) == len(book.sheetnames)
    assert "x_y_z" in book.sheetnames


# real rules -----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def real():
    return sample.real(2)


def test_every_column_of_every_public_table_has_words(real):
    lacking: dict[str, set[str]] = {}
    for case, outcome in real:
        for name, table in outcome.tables.items():
            shown = table.drop(columns=[c for c in table if {f"{c}_zh", f"{c}_en"} <= set(table)])
            own = {"unit", "unit_name", "period"} if {"unit", "unit_name"} <= set(table) else {"period"}
            columns = {c for c in map(str, localised(shown, "zh")) if c not in own and not labels.known(c)}
            if columns:
                lacking.setdefault(f"{case.rule.id}: {name}", set()).update(columns)
            if not labels.known(f"sheet_{name}"):
                lacking.setdefault(f"{case.rule.id}: {name}", set()).add(f"sheet_{name}")
    assert not lacking, "\n".join(f"{k}: {', '.join(sorted(v))}" for k, v in sorted(lacking.items()))


def test_the_book_of_all_rules_is_their_ledger(real, tmp_path):
    made = sample.together(real)
    book = openpyxl.load_workbook(compensation_book.write(tmp_path / "r.xlsx", made, META, lang="en"), data_only=True)
    shown = rows(book["Settlement ledger"])
    assert len(shown) == len(made.ledger) > 100
    for one, row in zip(shown, made.ledger.to_dict("records"), strict=True):
        assert one["Amount (yuan)"] == ("missing" if row["status"] == "missing" else row["amount"])
    treasury = [r for r in rows(book["Positions"]) if r["Id"] == TREASURY]
    wanted = made.positions[made.positions["party"] == TREASURY]
    assert sorted(r["Net"] for r in treasury) == sorted(wanted["net"])


def test_a_judgement_beside_an_unverified_rate_does_not_hide_it(tmp_path):
    # 72.22 yuan rests on an unverified rate and a judgement: graded a judgement, yet told in every sum
    one = sample.made()
    doubtful = one.ledger["confidence"] == "unverified"
    one.ledger.loc[doubtful, "confidence"] = "judgement"
    (year, parties), _ = settled_frames.positions(one)
    assert {p["party_name"]: p["doubtful"] for p in parties}["西山乡"] == 7222
    forest = settled_frames.summary(one, "zh", {"comp_missing": "缺什么"}).iloc[0]
    assert (year, forest["judgement"], forest["unverified"]) == (2023, 0.0274, 0)
    assert "2.74% 依据未核实的标准" in forest["note"]
    shown = settled_frames.ledger_rows(one, "zh")
    assert shown["on_unverified"].tolist() == ["是" if d else "" for d in doubtful]
