"""The sample county released and read back by a reader of its own: nothing internal, the right numbers, every revision.

What its tables alone give serves the fast tests; the whole run is slow.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from sample_assessed import LIGHT, SAMPLE, Copy, frames, written
from sample_settled import encoding_of

STUDY = SAMPLE / "study.yaml"
DRAWN = "xl/drawings"  # a workbook of ours has none: a picture could hold anything


# an independent reader ------------------------------------------------------------------------------------------------
class Page(HTMLParser):
    """All of a page: tags, attributes and their values, texts, comments."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.links, self.said = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.said += [f"{k} {v}" for k, v in attrs]
        self.links += [v for k, v in attrs if k in ("href", "src")]

    def handle_data(self, data):
        self.said.append(data)

    def handle_comment(self, data):
        self.said.append(data)


def leaves(value) -> list[str]:
    """Every key and value of a JSON value."""
    if isinstance(value, dict):
        return [t for k, v in value.items() for t in (str(k), *leaves(v))]
    return [t for v in value for t in leaves(v)] if isinstance(value, list) else [str(value)]


def read(name: str, data: bytes) -> dict[str, str]:
    """{place: text} of a file, of what lies in it, of its name; of a page without ECharts and the scripts of ours."""
    if name.endswith(".html"):
        data = re.sub(b"<script>.*?</script>", b"", data, flags=re.S)
    out = {f"{name} name": name, f"{name} raw": data.decode("utf-8", "replace")}
    kind = Path(name).suffix
    if kind in (".zip", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            out[f"{name} comment"] = archive.comment.decode()
            for info in archive.infolist():
                assert DRAWN not in info.filename
                out |= {f"{name}!{k}": v for k, v in read(info.filename, archive.read(info)).items()}
                out[f"{name}!{info.filename} comment"] = (info.comment + info.extra).decode("utf-8", "replace")
        out.pop(f"{name} raw")
    if kind in (".xml", ".rels"):
        tree = ElementTree.fromstring(data)
        said = (t for n in tree.iter() for t in (n.tag, n.text or "", n.tail or "", *n.attrib.values()))
        out[f"{name} xml"] = "\n".join(said)
    if kind == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [t for s in book for r in s.iter_rows() for c in r for t in (str(c.value), str(c.comment or ""))]
        props = [str(v) for v in vars(book.properties).values()]
        out[f"{name} cells"] = "\n".join([*book.sheetnames, *book.defined_names, *props, *cells])
    if kind in (".json", ".geojson"):
        out[f"{name} json"] = "\n".join(leaves(json.loads(data)))
    if kind == ".html":
        page = Page()
        page.feed(data.decode())
        out[f"{name} html"] = "\n".join(page.said)
    if kind == ".csv":
        assert data.startswith(b"\xef\xbb\xbf")
        out[f"{name} csv"] = "\n".join(c for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for c in row)
    return out


def everything(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {k: v for p in files for k, v in read(p.relative_to(folder).as_posix(), p.read_bytes()).items()}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module", params=["tables", pytest.param("run", marks=pytest.mark.slow)])
def package(request, tmp_path_factory) -> SimpleNamespace:
    """The release made by the command, its folder read back; the results it was made from."""
    from typer.testing import CliRunner

    from gep.cli.app import app

    whole = request.param == "run"
    results = request.getfixturevalue("sample_run" if whole else "sample_tables")
    to = tmp_path_factory.mktemp("release") / "r1"
    words = ["release", str(results), "--to", str(to), "--study", str(STUDY), "--lang", "zh"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    rows = pd.read_csv(results / "assessment" / "catalogue.csv", encoding="utf-8-sig", keep_default_na=False)
    return SimpleNamespace(folder=to, read=everything(to), said=said.output, whole=whole, rows=rows.set_index("code"),
                           words=words, **frames(results))  # fmt: skip


# nothing internal -----------------------------------------------------------------------------------------------------
def inside(word: str, text: str, longer: list[str]) -> bool:
    """Whether a word stands in a text by itself, not within one of the public words that hold it."""
    text = text.casefold()
    for one in longer:
        text = text.replace(one.casefold(), "\0")
    at = re.escape(word.casefold())
    return re.search(rf"(?<![a-z0-9_]){at}(?![a-z0-9_])" if word.isascii() else at, text) is not None


def test_no_code_and_no_name_of_an_internal_indicator_is_in_any_file(package):
    closed = package.rows[package.rows["publication"] != "public"]
    public = package.rows[package.rows["publication"] == "public"]
    known = [w for c in ("zh", "en") for w in public[c]] + list(public.index)
    assert len(closed) >= 25
    assert len(public) > 150
    assert len(package.read) > 150
    words = [*closed.index, *closed["zh"], *closed["en"]]
    found = []
    for word in words:
        longer = [o for o in known if word.casefold() in o.casefold()]
        assert word not in known, word
        found += [(word, place) for place, text in package.read.items()
                  if word.casefold() in text.casefold() and inside(word, text, longer)]  # fmt: skip
    assert found == []
    # the reader does see what is there, in every kind of file
    for place in ("release.xlsx!docProps/core.xml xml", "release.xlsx!xl/workbook.xml xml", "release.xlsx cells",
                  "index.html html", "data.json json", "indicators.csv csv", "method.md raw", "manifest.json json",
                  "release.zip!release.xlsx cells", "release.zip!data.json json"):  # fmt: skip
        assert place in package.read
    for place in ("release.xlsx cells", "index.html html", "data.json json", "release.zip!method.md raw"):
        assert "公众生态环境满意度" in package.read[place], place


def tokens(text: str) -> set[str]:
    """Every number in a text, marks of thousands taken out."""
    return set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])", text.replace(",", "") + " " + text))


def test_no_value_of_an_internal_indicator_is_in_any_file(package):
    o = package.observations[package.observations["value"].notna()].copy()
    o["public"] = o["indicator"].map(package.rows["publication"]) == "public"
    decimals = o["indicator"].map(package.rows["decimals"]).astype(int)

    def ways(value: float, places: int) -> set[str]:
        said = {repr(value), f"{value / 1e4:.2f}", *(f"{value:{how}}" for how in (f".{places}f", ".10g", ".6g", ".2f"))}
        return {t for t in said if len(re.sub(r"^0*|e.*", "", t.lstrip("-").replace(".", ""))) >= 5 and "e" not in t}

    secret, open_ = set(), set()
    for row, places in zip(o.itertuples(), decimals, strict=True):
        (open_ if row.public else secret).update(ways(row.value, places))
    secret -= open_  # a number that a public indicator has too gives nothing away
    assert len(secret) > 250
    texts = (text for place, text in package.read.items() if "geojson" not in place and not place.endswith(" name"))
    bare = (re.sub(r'"coordinates":[\s\d.,\[\]-]+', "", text) for text in texts)
    there = set().union(*map(tokens, bare))  # degrees of a boundary are no values
    assert len(there) > 3000
    assert secret & there == set()
    assert len(open_ & there) > 1000  # the public ones are found in the same way


def test_no_internal_evaluation_and_no_register_row(package):
    public = {"targets", "gep_growth", "fund_performance"}
    assert {r["evaluation"] for r in table(package.folder / "scores.csv")} == public
    names = ("试点", "激励名单", "TOPSIS", "耦合协调度", "乡镇生态综合指数")
    s = package.scores
    hidden = set(s["evaluation"]) - public
    assert hidden
    for place, text in package.read.items():
        for word in (*names, "township_topsis", "coordination", "score/incentive"):
            assert word not in text, (word, place)
        assert "register." not in text, place
    assert not any(row["item"] for row in table(package.folder / "revisions.csv"))
    keys = {r["status"] for r in table(package.folder / "scores.csv")}
    assert keys <= {"ok", "partial", "veto", "missing"}


# the numbers ----------------------------------------------------------------------------------------------------------
def test_the_numbers_are_the_observations_at_their_decimals(package):
    o = package.observations.assign(zone=package.observations["zone"].replace("", "county"))
    values = o.set_index(["indicator", "zone", "year"])
    rows = table(package.folder / "indicators.csv")
    public = set(package.rows.index[package.rows["publication"] == "public"])
    assert {r["indicator"] for r in rows} <= public
    assert len(rows) == len(o[o["indicator"].isin(public)])
    shown = 0
    for row in rows:
        value = values.loc[(row["indicator"], row["zone"], int(row["year"]))]
        places = int(package.rows.loc[row["indicator"], "decimals"])
        if row["value"] == "*":
            assert row["status"] == "suppressed"
            assert value["status"] != "missing"
            continue
        if row["value"] == "..":
            assert (row["status"], value["status"]) == ("missing", "missing")
            continue
        assert len(row["value"].partition(".")[2]) == places
        step = 10.0**-places  # a township's last digit may be moved by largest remainder, that the sum be right
        assert abs(float(row["value"]) - value["value"]) <= (0.5 + (row["zone"] != "county") * 0.5) * step * (1 + 1e-9)
        shown += 1
    assert shown > 4000
    total = package.scores[package.scores["kind"] == "total"].set_index(["evaluation", "zone", "year"])
    for row in table(package.folder / "scores.csv"):
        score = total.loc[(row["evaluation"], row["zone"], int(row["year"]))]
        if row["score"] == "..":
            assert pd.isna(score["score"])
            continue
        assert abs(float(row["score"]) - score["score"]) <= 0.05 * (1 + 1e-9)
        assert row["rank"] == ("" if pd.isna(score["rank"]) else str(score["rank"]))


def test_townships_as_printed_add_up_to_the_county_as_printed(package):
    from decimal import Decimal

    groups: dict[tuple[str, str], dict[str, str]] = {}
    for row in table(package.folder / "indicators.csv"):
        if package.rows.loc[row["indicator"], "aggregation"] == "sum":
            groups.setdefault((row["indicator"], row["year"]), {})[row["zone"]] = row["value"]
    n = 0
    for at, cells in groups.items():
        if not {"*", ".."} & set(cells.values()):
            assert sum(Decimal(v) for z, v in cells.items() if z != "county") == Decimal(cells["county"]), at
            n += 1
    assert n >= (20 if package.whole else 2)


def test_small_cells_are_stars_everywhere(package):
    o = package.observations
    few = o[(o["n"] > 0) & (o["n"] < 3) & o["value"].notna()]
    few = few[few["indicator"].map(package.rows["publication"]) == "public"]
    assert len(few) > 100
    shown = {(r["indicator"], r["zone"], r["year"]): r["value"] for r in table(package.folder / "indicators.csv")}
    assert {shown[r.indicator, r.zone or "county", str(r.year)] for r in few.itertuples()} == {"*"}
    data = json.loads((package.folder / "data.json").read_text("utf-8"))
    assert all(f.get("value") is None for f in data["figures"] if f["text"] in ("*", ".."))
    zero = o[(o["n"] == 0) & o["value"].notna()]
    assert len(zero) > 100  # nobody to protect: a true nought may be read


def test_due_day_and_what_a_form_says(package):
    # 29 March 2024 + 20 working days: 1–3 April 3, 7 April (made up for 清明) 4, 8–12 9, 15–19 14, 22–26 19, and
    # Sunday 28 April, made up for 劳动节, 20
    said = json.loads((package.folder / "manifest.json").read_text("utf-8"))
    assert (said["formed"], said["due"], said["release"]) == ("2024-03-29", "2024-04-28", "r1")
    assert "2024-04-28" in package.said
    for words in ("示例县统计局", "示例统制〔2023〕1号", "2026-12-31"):
        assert words in package.read["release.xlsx cells"]
        assert words in package.read["index.html html"]


def test_the_page_links_to_what_is_there(package):
    page = Page()
    page.feed((package.folder / "index.html").read_text("utf-8"))
    assert page.links
    assert {name for name in page.links if ":" in name or name.startswith("#")} == {"data:,", "#content"}
    files = [name for name in page.links if name not in ("data:,", "#content")]
    assert len(files) > 10
    assert [name for name in files if not (package.folder / name).is_file()] == []


def test_boundaries_only_with_the_approval_of_the_map(package, gep, tmp_path):
    there = package.folder / "townships.geojson"
    assert there.is_file() == package.whole  # `gep assess` has no boundaries to give
    if package.whole:
        assert "示例S(2024)001号" in there.read_text("utf-8")
    copy = Copy(tmp_path / "county")
    copy.said(lambda part: part["release"].pop("map_approval"))
    results = package.words[1]
    said = gep("release", results, "--to", tmp_path / "r1", "--study", copy.study)
    assert said.exit_code == 0, said.output
    assert "GEP-J409" in said.output
    for place, text in everything(tmp_path / "r1").items():
        assert "coordinates" not in text, place
        assert "geojson" not in text, place


def test_same_inputs_same_digests(package, gep, tmp_path):
    said = gep(*package.words[:3], tmp_path / "r1", *package.words[4:], lang=None)
    assert said.exit_code == 0, said.output
    assert contents(tmp_path / "r1") == contents(package.folder)


# a second release -----------------------------------------------------------------------------------------------------
def light(folder: Path) -> Copy:
    """A copy that observes four indicators and judges the funds."""
    copy = Copy(folder, "fund_performance", only=LIGHT, registers=("fund_flow", "eco_project_register"))
    copy.said(lambda part: part["evaluate"]["fund_performance"].pop("indicators"))
    return copy


def moved(one: Path, two: Path) -> dict[tuple[str, str, str, str], tuple[str, str]]:
    """What differs between the figures and totals of two packages, found without gep."""
    out = {}
    for name, item, columns in (("indicators.csv", "indicator", ("value",)),
                                ("scores.csv", "evaluation", ("score", "grade", "rank"))):  # fmt: skip
        old, new = ({(r[item], c, r["zone"], r["year"]): r[c] for r in table(f / name) for c in columns}
                    for f in (one, two))  # fmt: skip
        assert old.keys() == new.keys()
        out |= {at: (old[at], new[at]) for at in old if old[at] != new[at]}
    return out


WHOLE = "全年"
REASONS = "item,zone,year,kind,reason\n,,2023,error,监测站更正一次读数\n"


def second_release(gep, tmp_path, copy: Copy, change, run: Path | None) -> dict:
    """Release, change one cell, assess again, release again; the numbers that moved."""
    first, second = tmp_path / "r1", tmp_path / "r2"
    before = written(copy.study, tmp_path / "before", run)
    assert gep("release", before, "--to", first, "--study", copy.study).exit_code == 0
    old = contents(first)
    change()
    after = written(copy.study, tmp_path / "after", run)
    words = ("release", after, "--to", second, "--study", copy.study, "--previous", first)
    refused = gep(*words)
    assert refused.exit_code != 0
    assert "GEP-J422" in refused.output
    assert not second.exists()
    why = tmp_path / "why.csv"
    why.write_text(REASONS, "utf-8")
    said = gep(*words, "--reasons", why)
    assert said.exit_code == 0, said.output
    want = moved(first, second)
    rows = table(second / "revisions.csv")
    assert {(r["item"], r["what"], r["zone"], r["year"]): (r["old"], r["new"]) for r in rows} == want
    assert len(rows) == len(want)
    assert {(r["kind"], r["reason"], r["change"]) for r in rows} == {("error", "监测站更正一次读数", "changed")}
    assert contents(first) == old
    manifest = [json.loads((f / "manifest.json").read_text("utf-8")) for f in (first, second)]
    assert (manifest[1]["previous"], manifest[1]["release"]) == (manifest[0]["digest"], "r2")
    for place, text in everything(second).items():  # every number that moved stands in every format
        if place in ("index.html html", "revisions.csv csv", "release.xlsx cells"):
            assert "监测站更正一次读数" in text, place
    assert gep("release", after, "--to", first, "--study", copy.study).exit_code != 0  # never written over
    assert contents(first) == old
    return want


def test_one_changed_reading_lists_exactly_what_moved(gep, tmp_path):
    copy, name = light(tmp_path / "county"), "compensation/空气质量季均值_2023.csv"
    rows = [(copy.read(name, n, "乡镇"), copy.read(name, n, "季度")) for n in range(2, 99)]
    at = rows.index(("城关街道", WHOLE)) + 2

    def change() -> None:
        copy.cell(name, at, "PM2.5", str(float(copy.read(name, at, "PM2.5")) + 9))

    want = second_release(gep, tmp_path, copy, change, None)
    # 9 µg/m³ more in the year: the township's figure, and the county's where it is made from the townships
    assert ("pm25", "value", "341699001", "2023") in want
    assert set(want) <= {("pm25", "value", z, "2023") for z in ("341699001", "county")}
    old, new = want["pm25", "value", "341699001", "2023"]
    assert float(new) - float(old) == pytest.approx(9, rel=0, abs=0.01)


@pytest.mark.slow
def test_one_changed_reading_of_the_whole_county(gep, sample_run, tmp_path):
    copy, name = Copy(tmp_path / "county"), "compensation/断面监测_2023.csv"
    at = next(n for n in range(2, 3000) if copy.read(name, n, "化学需氧量") not in ("", "断流") and n > 14)

    def change() -> None:
        copy.cell(name, at, "化学需氧量", str(float(copy.read(name, at, "化学需氧量")) + 30))

    want = second_release(gep, tmp_path, copy, change, sample_run)
    assert any(item == "section_p_mean" for item, *_ in want)
    assert any(item == "targets" and what == "score" for item, what, *_ in want)
    assert {year for *_, year in want} == {"2023"}
    assert {item for item, *_ in want} < set(table_items(tmp_path / "r2"))


def table_items(folder: Path) -> list[str]:
    return [r["indicator"] for r in table(folder / "indicators.csv")] + [
        r["evaluation"] for r in table(folder / "scores.csv")]  # fmt: skip


# names that would do harm ---------------------------------------------------------------------------------------------
EVIL = {"溪岗乡": "<img src=x onerror=alert(1)>", "柳堤镇": "=1+1"}


def renamed(copy: Copy) -> None:
    """Two townships by other names, in the boundaries and in every table that is read."""
    import geopandas as gpd

    path = copy.folder / "townships.gpkg"
    towns = gpd.read_file(path)
    towns["name"] = towns["name"].replace(EVIL)
    path.unlink()
    towns.to_file(path, driver="GPKG")
    for file in [p for f in ("assessment", "compensation") for p in (copy.folder / f).glob("*.csv")]:
        data = file.read_bytes()
        text = data.decode(encoding_of(data))
        for old, new in EVIL.items():
            text = text.replace(old, new)
        file.write_bytes(text.encode(encoding_of(data)))


def test_names_that_would_run_do_no_harm(gep, tmp_path):
    copy = light(tmp_path / "county")
    keep = {"figures", "sections", "section_readings", "section_shares", "section_notes", "section_parties",
            "air_readings"}  # fmt: skip
    copy.said(lambda part: part.update(tables={k: v for k, v in part["tables"].items() if k in keep}))
    renamed(copy)
    results = written(copy.study, tmp_path / "results")
    assert gep("release", results, "--to", tmp_path / "r1", "--study", copy.study).exit_code == 0
    assert gep("annual", results, "--to", tmp_path / "annual").exit_code == 0
    page = Page()
    page.feed((tmp_path / "r1" / "index.html").read_text("utf-8"))
    assert not page.tags & {"img", "iframe"}
    text = (tmp_path / "r1" / "index.html").read_text("utf-8")
    assert text.count("<script") == 3  # its data, ECharts, its own
    assert any("onerror=alert(1)" in said for said in page.said)  # as text it is there
    for text in tmp_path.glob("r1/**/*.md"):
        assert "<img" not in text.read_text("utf-8"), text.name
    books = [results / "assessment.xlsx", tmp_path / "r1" / "release.xlsx", tmp_path / "annual" / "annual.xlsx"]
    for path in books:
        with zipfile.ZipFile(path) as archive:
            sheets = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")]
        assert sheets
        assert not any("<f>" in s for s in sheets), path.name  # no cell is a formula
        cells = [c for s in openpyxl.load_workbook(path) for r in s.iter_rows() for c in r if c.value is not None]
        assert not any(c.data_type == "f" for c in cells)
        assert any("=1+1" in str(c.value) for c in cells), path.name
    for path in (tmp_path / "r1").rglob("*.csv"):
        rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row), path.name
    assert len(list((tmp_path / "annual").glob("*.docx"))) == 26
