"""The papers of a run and check-report: Word, page and workbooks hold; one digit changed by hand is found."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gep import run, study
from gep.errors import GepError
from gep.reports import Wanted, report, zones_named
from gep.tracing.check import check_files

HOSTILE = ("<img src=x onerror=alert(1)>", "=1+1", "垟畈㙟 $x^2$ #eval")


@pytest.fixture(scope="module")
def papers(results, tmp_path_factory) -> Path:
    """A run with its papers: the county's and one township's report, the page, the working papers."""
    folder = shutil.copytree(results, tmp_path_factory.mktemp("papers") / "run")
    report(folder, wanted=Wanted(zones=zones_named(folder, ["西山乡"]), maps=False))
    return folder


def found(folder: Path, *files: Path) -> dict[str, int]:
    """File → what does not hold."""
    return {one.path.name: len(one.findings) for one in check_files(folder, files)}


def test_all_papers_of_a_run_hold(papers):
    checked = list(check_files(papers))
    assert {one.path.name for one in checked} == {
        "accounts.xlsx", "report.docx", "341699002.docx", "index.html", "workpapers.xlsx",
    }  # fmt: skip
    for one in checked:
        assert one.findings == (), (one.path, one.findings[:3])
        assert one.numbers > 0
    listed = json.loads((papers / "report" / "report.json").read_text("utf-8"))["files"]
    assert "townships/341699002.docx" in listed


def edited(path: Path, to: Path, part: str, change) -> Path:
    """A copy of a docx or xlsx with the text of one part changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode("utf-8")).encode("utf-8") if name == part else data)
    return to


def other_digit(text: str) -> str:
    """A number with its last digit changed."""
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def spots(xml: str) -> list[re.Match[str]]:
    """The numbers that a reader sees in the body of a Word document: in runs and in formulas."""
    return list(re.finditer(r"<(?:w|m):t(?: [^>]*)?>[^<]*?\d[^<]*</(?:w|m):t>", xml))


@pytest.mark.parametrize("which", range(0, 100, 9))
def test_a_digit_changed_in_word_is_found(papers, tmp_path, which):
    path = papers / "report" / "report.docx"
    xml = zipfile.ZipFile(path).read("word/document.xml").decode("utf-8")
    # numbers that Word writes itself (of captions and pages) are fields, not what the run says
    places = [m for m in spots(xml) if not re.search(r"fldCharType=.separate.(?:(?!fldCharType=.end.).)*$",
                                                     xml[max(0, m.start() - 400) : m.start()], re.S)]  # fmt: skip
    hit = places[which * len(places) // 100]
    digit = next(m for m in re.finditer(r"\d", hit.group()) if m.start() > hit.group().index(">"))
    at = hit.start() + digit.start()
    changed = xml[:at] + other_digit(xml[at]) + xml[at + 1 :]
    copy = edited(path, tmp_path / "report.docx", "word/document.xml", lambda _: changed)
    assert found(papers, copy)["report.docx"] > 0, hit.group()


def test_a_digit_changed_on_the_page_is_found(papers, tmp_path):
    text = (papers / "report" / "index.html").read_text("utf-8")
    cells = list(re.finditer(r'<td class="n"[^>]*>([\d.,]+)</td>', text))
    data = list(re.finditer(r'"([\d,]+\.\d\d)"', text[text.index('id="page-data"') :]))
    start = text.index('id="page-data"')
    ends = [cells[3].end(1) - 1, cells[-1].end(1) - 1, start + data[5].end(1) - 1]
    for n, at in enumerate(ends):
        copy = tmp_path / f"{n}.html"
        copy.write_text(text[:at] + other_digit(text[at]) + text[at + 1 :], "utf-8")
        assert found(papers, copy)[f"{n}.html"] > 0


@pytest.mark.parametrize("name", ["accounts.xlsx", "report/workpapers.xlsx"])
def test_a_digit_changed_in_a_workbook_is_found(papers, tmp_path, name):
    path = papers / name
    sheets = [n for n in zipfile.ZipFile(path).namelist() if n.startswith("xl/worksheets/sheet")]
    changed = 0
    for sheet in sorted(sheets)[:6]:
        xml = zipfile.ZipFile(path).read(sheet).decode("utf-8")
        cells = [m for m in re.finditer(r'<c [^>]*?(?:t="(\w+)")?[^>]*>(?:<f>[^<]*</f>)?<v>([\d.]+)</v>', xml)
                 if 't="s"' not in m.group()]  # fmt: skip
        if not cells:
            continue
        at = cells[len(cells) // 2].end(2) - 1
        new = xml[:at] + other_digit(xml[at]) + xml[at + 1 :]
        copy = edited(path, tmp_path / Path(name).name, sheet, lambda _, new=new: new)
        assert found(papers, copy)[copy.name] > 0, sheet
        changed += 1
    assert changed > 1


def test_the_command_says_so_and_fails(papers, gep, tmp_path):
    good = gep("check-report", papers, papers / "report" / "report.docx")
    assert good.exit_code == 0, good.output
    assert "√" in good.output
    copy = tmp_path / "report.docx"
    from docx import Document

    word = Document(str(papers / "report" / "report.docx"))
    cell = next(c for t in word.tables for c in t._cells if re.fullmatch(r"[\d,]+\.\d\d", c.text))
    cell.paragraphs[0].runs[0].text = other_digit(cell.text)
    word.add_paragraph("经研究，同意上报。")  # words may be added
    word.save(str(copy))
    bad = gep("check-report", papers, copy)
    assert bad.exit_code == 1
    assert "says" in bad.output
    assert bad.output.count("the run has") == 1


def test_a_file_that_is_no_paper_is_refused(papers, tmp_path):
    other = tmp_path / "other.docx"
    from docx import Document

    Document().save(str(other))
    with pytest.raises(GepError, match="GEP-O002"):
        found(papers, other)
    with pytest.raises(GepError, match="GEP-O003"):
        list(check_files(tmp_path))


def test_unknown_townships_are_told_together(results):
    with pytest.raises(GepError) as error:
        zones_named(results, ["西山乡", "东山乡", "北湖街道"])
    assert [f.code for f in error.value.faults] == ["GEP-O001", "GEP-O001"]
    assert "西山乡" in error.value.faults[0].text("zh")  # did you mean


def test_names_do_no_harm_in_any_paper(tiny, tmp_path):
    import geopandas as gpd

    townships = gpd.read_file(tiny.folder / "townships.gpkg")
    townships["name"] = list(HOSTILE)
    townships.to_file(tiny.folder / "townships.gpkg")
    table = next(iter(tiny.folder.glob("*.csv")), None)
    if table is not None:
        for path in tiny.folder.glob("*.csv"):
            text = path.read_text("utf-8-sig", errors="ignore")
            for old, new in zip(("东河镇", "西山乡", "南湖街道"), HOSTILE, strict=True):
                text = text.replace(old, new)
            path.write_text(text, "utf-8")
    spec = study.load(tiny.folder / "study.yaml")
    made = run.compute(spec, only=["soil_retention", "carbon_sequestration"])
    out = tmp_path / "out"
    run.write(made, out, spec)
    report(out, wanted=Wanted(zones=tuple(made.zones["zone"].astype(str))))
    for one in check_files(out):
        assert one.findings == (), (one.path, one.findings[:3])
    page = (out / "report" / "index.html").read_text("utf-8")
    assert "<img src=x" not in page
    import openpyxl

    for path in (out / "accounts.xlsx", out / "report" / "workpapers.xlsx"):
        cells = [c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row]
        assert any(c.value == "=1+1" and c.data_type == "s" for c in cells), path
        assert not any(c.data_type == "f" and c.value == "=1+1" for c in cells), path


def changed_word(papers: Path, to: Path, change) -> list[str]:
    """Kinds of what does not hold in the county's report after a change with python-docx."""
    from docx import Document

    word = Document(str(papers / "report" / "report.docx"))
    change(word)
    word.save(str(to))
    (one,) = check_files(papers, [to])
    return [finding.kind for finding in one.findings]


def _township(word) -> None:
    cell = next(c for t in word.tables for c in t._cells if c.text == "西山乡")
    cell.paragraphs[0].runs[0].text = "东山乡"


def _caption(word) -> None:
    mine = [p for p in word.paragraphs if p.style.name == "Caption"]
    mine[2].runs[-2 if mine[2].runs[-2].text else 4].text = "12"


def _footer(word) -> None:
    word.sections[-1].footer.paragraphs[0].runs[0].text = "总值 999 亿元 — "


def _contents(word) -> None:
    word.paragraphs[0].insert_paragraph_before("生态产品总值 999 亿元", style="TOC1")


def _property(word) -> None:
    word.core_properties.title = "示例县1999年生态产品总值核算报告"


def _alt(word) -> None:
    from docx.oxml.ns import qn

    next(word.element.body.iter(qn("wp:docPr"))).set("descr", "总值 999 亿元")


@pytest.mark.parametrize(
    ("change", "kind"),
    [(_township, "word"), (_caption, "order"), (_footer, "untraced"), (_contents, "untraced"),
     (_property, "untraced"), (_alt, "untraced")],
)  # fmt: skip
def test_what_a_hand_changes_around_the_numbers_is_found(papers, tmp_path, change, kind):
    assert changed_word(papers, tmp_path / "report.docx", lambda word: None) == []
    assert kind in changed_word(papers, tmp_path / "report.docx", change)


def test_a_workbook_saved_by_another_program_holds_and_what_it_hides_is_found(papers, tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(papers / "accounts.xlsx")
    book.save(tmp_path / "accounts.xlsx")  # without the results of formulas
    (one,) = check_files(papers, [tmp_path / "accounts.xlsx"])
    assert one.findings == ()
    assert one.sums > 100
    sheet = next(s for s in book if s.sheet_state == "visible" and isinstance(s["C8"].value, int | float))
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet["C8"].number_format = "0.0,"
    sheet.oddHeader.center.text = "总值 999 亿元"
    book.worksheets[-1].sheet_state = "hidden"
    book.save(tmp_path / "accounts.xlsx")
    (one,) = check_files(papers, [tmp_path / "accounts.xlsx"])
    assert {(f.place, f.found) for f in one.findings if f.kind == "hidden"} == {
        (sheet.title, "row 7"), (sheet.title, "column B"), (book.sheetnames[-1], book.sheetnames[-1]),
    }  # fmt: skip
    assert [f.place for f in one.findings if f.kind == "untraced"] == [f"{sheet.title}: page header"]
    assert [f.place for f in one.findings if f.kind == "digit"] == [f"{sheet.title}!C8"]


def test_a_stranger_does_not_stop_the_others(papers, tmp_path):
    from docx import Document

    out = shutil.copytree(papers, tmp_path / "out")
    word = Document(str(out / "report" / "townships" / "341699002.docx"))
    word.core_properties.identifier = "gep:report:341699099:zh"
    word.save(str(out / "report" / "townships" / "341699099.docx"))
    Document().save(str(out / "report" / "minutes.docx"))
    (out / "english").mkdir()
    shutil.copy(out / "report" / "index.html", out / "english")
    (out / "english" / "report.json").write_text(json.dumps({"files": {"index.html": "", "gone.html": ""}}), "utf-8")
    checked = {one.path.relative_to(out).as_posix(): [f.kind for f in one.findings] for one in check_files(out)}
    assert checked.pop("report/townships/341699099.docx") == ["foreign"]
    assert checked.pop("report/minutes.docx") == ["foreign"]
    assert "english/index.html" in checked
    assert set(map(tuple, checked.values())) == {()}
    stranger = out / "report" / "townships" / "341699099.docx"
    assert found(out, stranger, out / "report" / "index.html") == {"341699099.docx": 1, "index.html": 0}
    with pytest.raises(GepError, match="GEP-O002"):
        found(out, stranger)
    with pytest.raises(GepError, match="GEP-O002"):
        found(out, out / "report" / "minutes.docx", out / "report" / "index.html")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sample_county_holds_in_three_formats(sample_run, tmp_path, lang):
    zones = zones_named(sample_run, ["溪岗乡"])
    report(sample_run, tmp_path / "report", lang, Wanted(zones=zones, maps=False))
    files = [p for p in sorted((tmp_path / "report").rglob("*")) if p.suffix in (".docx", ".html", ".xlsx")]
    files += [sample_run / "accounts.xlsx"] if lang == "zh" else []
    assert len(files) >= 4
    for one in check_files(sample_run, files):
        assert one.findings == (), (one.path, one.findings[:3])
    word = zipfile.ZipFile(tmp_path / "report" / "report.docx").read("word/document.xml").decode("utf-8")
    hit = re.search(r">(\d{1,3},\d{3}\.\d\d)<", word)
    assert hit is not None
    at = hit.end(1) - 1
    copy = edited(tmp_path / "report" / "report.docx", tmp_path / "bad.docx", "word/document.xml",
                  lambda _: word[:at] + other_digit(word[at]) + word[at + 1 :])  # fmt: skip
    assert found(sample_run, copy)["bad.docx"] > 0


@pytest.mark.cases
@pytest.mark.slow
def test_dianbu_holds_in_three_formats(tmp_path):
    case = Path(__file__).parent / "cases" / "dianbu" / "study.yaml"
    if not (Path(__file__).resolve().parents[2] / "shared" / "cases" / "real" / "dianbu").is_dir():
        pytest.skip("the real case is not beside the checkout")
    spec = study.load(case)
    out = tmp_path / "out"
    run.write(run.compute(spec), out, spec)
    report(out, wanted=Wanted(maps=False))
    checked = list(check_files(out))
    assert {one.path.suffix for one in checked} == {".docx", ".html", ".xlsx"}
    for one in checked:
        assert one.findings == (), (one.path, one.findings[:3])
    page = (out / "report" / "index.html").read_text("utf-8")
    assert "生态产品总值（GEP）核算结果" not in page  # a partial account is not called GEP
    cell = next(re.finditer(r'<td class="n"[^>]*>([\d,]+\.\d\d)</td>', page))
    at = cell.end(1) - 1
    (tmp_path / "bad.html").write_text(page[:at] + other_digit(page[at]) + page[at + 1 :], "utf-8")
    assert found(out, tmp_path / "bad.html")["bad.html"] > 0


def test_township_reports_of_one_ledger_stand_together_those_of_another_go(results, tmp_path):
    out = shutil.copytree(results, tmp_path / "out")
    plain = Wanted(county=False, page=False, maps=False, workpapers=False)
    for name in ("东河镇", "西山乡"):
        report(out, wanted=replace(plain, zones=zones_named(out, [name])))
    names = {p.name for p in (out / "report" / "townships").iterdir()}
    assert names == {"341699001.docx", "341699002.docx"}
    listed = json.loads((out / "report" / "report.json").read_text("utf-8"))["files"]
    assert set(listed) == {f"townships/{name}" for name in names}
    report(out, lang="en", wanted=replace(plain, zones=zones_named(out, ["南湖街道"])))  # not of the same make
    assert {p.name for p in (out / "report" / "townships").iterdir()} == {"341699003.docx"}
    with pytest.raises(GepError, match="GEP-O004"):
        report(out, out, wanted=plain)
