"""The page of a run and of a release: the right numbers, nothing that runs, nothing more than is published."""

from __future__ import annotations

import hashlib
import html as entities
import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest
from page_county import IMG, NAMES, SCRIPT, TOWNSHIP_1, make, zone
from release_sample import RELEASE
from release_sample import make as make_released

from gep import page as pages
from gep.page import back, frame
from gep.page.nouns import place_of, whole_of
from gep.release import page as release_page
from gep.release.build import release
from gep.tracing.evaluate import Folder, differs

FEW = NAMES[:3]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make(tmp_path_factory.mktemp("page") / "run", names=FEW, lacking=((2, "recreation"),),
                partial=((3, "provisioning"),))  # fmt: skip


@pytest.fixture(scope="module")
def page(run):
    return pages.of_run(run)


@pytest.fixture(scope="module")
def text(page):
    return pages.html(page)


def said(page, id, year, zone=""):
    return [one.text for one in page.by_id[id].cells[year, zone].figures]


class Tables(HTMLParser):
    """The tables of a page: [(caption, rows of texts)]; and every tag with its attributes."""

    def __init__(self):
        super().__init__()
        self.tags, self.tables, self.cell, self.caption = [], [], None, None

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append(["", []])
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "caption":
            self.caption = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][1][-1].append(self.cell.strip())
            self.cell = None
        elif tag == "caption":
            self.tables[-1][0], self.caption = self.caption.strip(), None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data
        elif self.caption is not None:
            self.caption += data


def parsed(text):
    out = Tables()
    out.feed(text)
    return out


# numbers --------------------------------------------------------------------------------------------------------------
def test_numbers_by_hand(page):
    assert TOWNSHIP_1 == 102_422_000
    # township 1 in 2020: 102 422 000 yuan on 1 km²; in 2023 a quarter more
    assert said(page, "total", 2020, zone(1)) == ["10,242.20", "102.42", "1.0242", "0.1024"]
    assert said(page, "density.total", 2020, zone(1)) == ["10,242.20", "102.42"]
    assert said(page, "total", 2023, zone(1)) == ["12,802.75", "128.03", "1.2803", "0.1280"]  # 12 802.75, 128.0275
    assert said(page, "rate", 2023, zone(1))[0] == "+25.0"
    # the county: (1 + 2 + 3) × 102 422 000 less the 2 × 900 000 that are lacking, on 6 km²
    assert said(page, "total", 2020) == ["61,273.20", "612.73", "6.1273", "0.6127"]
    assert said(page, "density.total", 2020)[0] == "10,212.20"
    assert said(page, "area", 2020)[0] == "6.00"
    assert said(page, "share", 2020, zone(1))[0] == "16.7"  # 10 242.20 / 61 273.20
    assert said(page, "recreation", 2020, zone(2))[0] == "…"
    assert said(page, "recreation", 2020)[0] == "360.00"  # 90 × (1 + 3)
    status = {z: page.by_id["total"].cells[2020, z].status for z in ("", zone(1), zone(2), zone(3))}
    assert status == {"": "partial", zone(1): "ok", zone(2): "partial", zone(3): "partial"}


def test_every_number_is_traced_to_the_run(page, run):
    folder = Folder(run)
    figures = list(page.figures())
    assert len(figures) > 500
    assert [(place, wrong) for place, one in figures if (wrong := differs(one, folder))] == []


def test_printed_parts_add_up_to_printed_totals(page):
    def number(measure, at, way):
        text = measure.cells[at].figures[way].text.replace(",", "")
        return 0 if text == "…" else round(float(text) * 10**4)

    total, zones = page.by_id["total"], [zone(i) for i in (1, 2, 3)]
    for way in range(4):
        for year in page.years:
            assert sum(number(total, (year, z), way) for z in zones) == number(total, (year, ""), way)
            for z in ("", *zones):
                accounts = page.kind("account")
                assert sum(number(a, (year, z), way) for a in accounts) == number(total, (year, z), way)
                for a in accounts:
                    parts = [m for m in page.kind("service") if m.of == a.id]
                    assert sum(number(m, (year, z), way) for m in parts) == number(a, (year, z), way)


def test_every_table_stands_in_the_html(page, text):
    found = parsed(text).tables
    assert len(found) == 3 * 2  # composition, townships, matrix; a year each
    townships = next(rows for caption, rows in found if caption == "2023")
    assert [row[0] for row in townships] == ["分区", *FEW, "全县"]
    assert townships[1][1:] == ["12,802.75", "12,802.75", "1.00", "+25.0"]
    assert townships[2][1].endswith("†")
    matrix = next(rows for caption, rows in found if caption.startswith("2020,"))
    assert "…" in matrix[2]
    assert not any(cell == "0.00" for row in matrix for cell in row[1:])  # missing is never nought
    assert len(matrix[0]) == 1 + 1 + 3 + 13


def test_english(run):
    found = parsed(pages.html(pages.of_run(run, "en")))
    assert dict(found.tags)["html"]["lang"] == "en"
    rows = next(rows for caption, rows in found.tables if caption == "2020")
    assert rows[0][0] == "Zone"
    assert rows[1][1:3] == ["102.42", "102.42"]


def test_a_partial_account_is_never_called_gep(tmp_path):
    made = pages.of_run(make(tmp_path / "run", names=FEW, whole=False))
    rest = frame.without_own_code(pages.html(made))
    assert "GEP" not in rest.replace("gep", "")
    assert "生态产品总值" not in rest
    assert "gross ecosystem" not in rest
    assert "部分核算" in rest
    assert not {"share", "rate"} & set(made.by_id)  # no ratios of partial sums
    whole = frame.without_own_code(pages.html(pages.of_run(make(tmp_path / "whole", names=FEW))))
    assert "生态产品总值（GEP）" in whole


def test_without_a_map_and_with_one_year(tmp_path):
    made = pages.of_run(make(tmp_path / "run", names=FEW, mapped=False, years=(2023,)))
    assert made.outlines == ()
    text = pages.html(made)
    assert 'id="map"' not in text
    assert 'id="bars"' in text
    assert "rate" not in made.by_id
    assert parsed(text).tables[1][1][1][1] == "10,242.20"


def test_words_for_the_whole_and_its_parts():
    assert whole_of("青山县")[0] == "全县"
    assert whole_of("临江市")[0] == "全市"
    assert whole_of("店埠河上游")[0] == "全域"
    assert place_of(["S01", "S02"]) == ("分区", "Zone")
    assert place_of(["S01", "龙田乡"])[0] == "乡镇"


# safety ---------------------------------------------------------------------------------------------------------------
def test_nothing_of_a_name_is_markup(page, text):
    assert {name for _, name in page.zones} == set(FEW)
    tags = {tag for tag, _ in parsed(text).tags}
    assert not tags & {"img", "iframe", "object", "embed", "form", "base"}
    assert text.count("<script") == text.count("</script>") == 3
    assert not [a for _, attrs in parsed(text).tags for a in attrs if a.startswith("on")]
    data = re.search(r'id="page-data">(.*?)</script>', text, re.S)[1]
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["zoneList"][0] == [zone(1), IMG]
    assert json.loads(data)["zoneList"][2] == [zone(3), SCRIPT]
    assert frame.embedded(["</script>\u2028&"]) == '["\\u003c/script\\u003e\\u2028\\u0026"]'


def test_only_own_scripts_run_and_nothing_is_fetched(text):
    policy = re.search('Security-Policy" content="([^"]*)"', text)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in rules["script-src"] + rules["style-src"]
    assert "connect-src" not in rules
    rest = frame.without_own_code(text)
    assert len(text) - len(rest) > 1_000_000
    assert not re.search(r"https?:|//[a-z]", rest)


def test_same_run_same_bytes(run, page, text):
    assert pages.html(pages.of_run(run)) == text
    assert pages.html(page) == text


def test_echarts_is_the_one_that_was_published():
    vendor = resources.files("gep.page") / "vendor"
    digest = hashlib.sha256((vendor / "echarts.min.js").read_bytes()).hexdigest()
    assert f"sha256 {digest}" in (vendor / "VERSION").read_text("utf-8")
    assert digest == "bf4a223524e40b77c304bec67e1222cf551f14880cf42c69dc046558e11c07b1"
    assert "Apache License" in (vendor / "LICENSE").read_text("utf-8")
    assert "Apache ECharts" in (vendor / "NOTICE").read_text("utf-8")


# reading back ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">12,802.75<", ">12,802.76<"),  # a cell of a table
        ('"12,802.75"', '"12,902.75"'),  # the data of the charts
        ('data-en="612.73"', 'data-en="612.74"'),  # a headline in the other language
        ("25.00</span> %", "26.00</span> %"),  # a share
    ],
)
def test_a_digit_changed_by_hand_is_found(page, text, tmp_path, old, new):
    path = pages.write(tmp_path / "index.html", page)
    assert back.differences(path, page) == []
    if old not in text:
        old, new = old.replace("612.73", "765.92"), new.replace("612.74", "765.93")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = back.differences(path, page)
    assert found
    assert all(re.search(r"\d", wanted) for _, wanted, _ in found)


def test_what_is_no_page_is_told(page, tmp_path):
    (tmp_path / "a.html").write_text("<p>", "utf-8")
    with pytest.raises(ValueError, match="no page"):
        back.differences(tmp_path / "a.html", page)


# a release ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("released")
    return release(make_released(folder), folder / "r1")


def test_a_release_shows_what_is_released_and_no_digit_more(package):
    made = release_page.made(package.content)
    assert made.by_id["total"].name[0] == "生态产品总值"
    # 1110 yuan: 0.11 of 10 000, 0.00 million
    assert said(made, "total", 2023)[:2] == ["0.11", "0.00"]
    assert {m.id for m in made.kind("service")} == {"gep_provision", "gep_regulation"}
    folder = Folder(package.folder)
    figures = list(made.figures())
    assert len(figures) > 50
    assert [(place, wrong) for place, one in figures if (wrong := differs(one, folder))] == []
    cover = made.by_id["forest_cover"].cells[2023, "T1"]
    assert cover.texts == ["51.0"]


def test_what_is_held_back_stays_so(package):
    made = release_page.made(package.content)
    held = {(f.indicator, f.year, "" if f.zone == "county" else f.zone) for f in package.content.figures
            if f.status == "suppressed"}  # fmt: skip
    assert ("helped_households", 2022, "T1") in held
    for code, year, place in held:
        cell = made.by_id[code].cells[year, place]
        assert (cell.texts, cell.status, cell.there) == (["*"], "hidden", False)
    data = frame.payload(made)
    ids = [m["measureId"] for m in data["measureList"]]
    assert data["cellTexts"][0][ids.index("helped_households")][1] == ["*"]


def test_no_outlines_without_the_approval_of_the_map(package, tmp_path):
    text = (package.folder / "index.html").read_text("utf-8")
    assert 'id="map"' in text
    assert RELEASE["map_approval"] in text
    assert len(frame.data_of(text)["outlineList"]) == 4
    less = {k: v for k, v in RELEASE.items() if k != "map_approval"}
    other = release(make_released(tmp_path, release=less), tmp_path / "r1")
    text = (other.folder / "index.html").read_text("utf-8")
    assert 'id="map"' not in text
    assert frame.data_of(text)["outlineList"] == []
    # outlines that are handed over all the same are not shown
    outline = {"features": [{"id": "T1", "geometry": {"type": "Polygon", "coordinates": []}}]}
    assert release_page.made(other.content, outline).outlines == ()


def test_the_forms_of_a_release_stand_on_its_page(package):
    text = (package.folder / "index.html").read_text("utf-8")
    captions = [caption for caption, _ in parsed(text).tables]
    assert any("tables/gep_1.csv" in caption for caption in captions)
    assert 'href="release.xlsx"' in text
    assert entities.unescape(text).count("云溪县统计局") >= 1
