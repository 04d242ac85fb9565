"""The page in a browser with the network off: what a reader does with mouse, keys, a phone and paper."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
import subprocess
import time
import urllib.parse

import pytest
from page_county import IMG, NAMES, SCRIPT, SUM, make, zone

from gep import page as pages

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not on this machine"),
]
FLAGS = ("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
         "disable-component-update", "disable-sync", "window-size=1280,1000")  # fmt: skip


class Reader:
    """A browser at a page: what is there, and what a reader can do."""

    def __init__(self, driver, url, downloads):
        self.driver, self.url, self.downloads = driver, url, downloads

    def js(self, script, *given):
        return self.driver.execute_script(script, *given)

    def cdp(self, command, **given):
        return self.driver.execute_cdp_cmd(command, given)

    def open(self, hash="", width=1280, height=1000, scripts=True):
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=width < 500)  # fmt: skip
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(self.url + hash)
        return self

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def press(self, selector, which=0):
        self.js("document.querySelectorAll(arguments[0])[arguments[1]].click()", selector, which)

    def keys(self, *names):
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*names).perform()

    def column(self, place):
        """The texts of a column (0: names) of the table of the year that is shown."""
        return self.js(
            "return [...[...document.querySelectorAll('table.townships')].find(t => t.offsetParent).tBodies[0].rows]"
            ".map(r => r.cells[arguments[0]].textContent)", place)  # fmt: skip

    def bars(self):
        """The texts drawn in the bar chart."""
        return self.js("return [...document.querySelectorAll('#bars svg text')].map(t => t.textContent)")

    def click_map(self, id):
        """A click with the mouse into the middle of a township."""
        from selenium.webdriver.common.action_chains import ActionChains

        x, y, width, height = self.js(
            """const box = document.getElementById('map'), chart = echarts.getInstanceByDom(box);
            box.scrollIntoView({block: 'center', behavior: 'instant'});
            const data = JSON.parse(document.getElementById('page-data').textContent);
            const ring = data.outlineList.find(f => f.id === arguments[0]).geometry.coordinates[0];
            const mid = [0, 1].map(k => (Math.min(...ring.map(p => p[k])) + Math.max(...ring.map(p => p[k]))) / 2);
            const [x, y] = chart.convertToPixel({seriesIndex: 0}, mid);
            return [x, y, box.clientWidth, box.clientHeight];""", id)  # fmt: skip
        box = self.driver.find_element("id", "map")
        ActionChains(self.driver).move_to_element_with_offset(box, x - width / 2, y - height / 2).click().perform()

    def quiet(self):
        """Nothing on the console, no alert, and no request but the page itself."""
        assert self.driver.get_log("browser") == []
        assert self.js("return performance.getEntriesByType('resource').length") == 0
        sent = [json.loads(line["message"])["message"] for line in self.driver.get_log("performance")]
        urls = [m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"]
        assert [u for u in urls if not u.startswith(("data:", "blob:", "about:"))] in ([], [self.url])
        assert self.js("return document.querySelectorAll('img, iframe, script[src], object').length") == 0


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    run = make(folder / "run", lacking=((5, "recreation"),), partial=((6, "provisioning"),))
    made = pages.of_run(run)
    pages.write(folder / "index.html", made)
    return folder, made


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def browser(driver, county, tmp_path_factory):
    downloads = tmp_path_factory.mktemp("downloads")
    reader = Reader(driver, (county[0] / "index.html").as_uri(), downloads)
    reader.cdp("Network.enable")
    reader.cdp("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    reader.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
    return reader


def texts(made, id, year=2023, way=0):
    """What the column of a measure must read, in the order of the townships."""
    out = []
    for place, _ in made.zones:
        cell = made.by_id[id].cells.get((year, place))
        out.append(cell.figures[min(way, len(cell.figures) - 1)].text + "†" * (cell.status == "partial"))
    return out


def number(text):
    return float(text.rstrip("†").replace(",", ""))


# the page as it opens -------------------------------------------------------------------------------------------------
def test_it_opens_offline_in_one_request_with_a_clean_console(browser):
    browser.open()
    assert browser.driver.title == "青山县生态产品总值（GEP）核算结果"
    assert browser.js("return document.querySelectorAll('#map path').length") >= len(NAMES)
    assert browser.text("#legend").count("（") == 5
    browser.quiet()


def test_the_legend_counts_every_township(browser):
    browser.open()
    said = browser.js("return [...document.querySelectorAll('#legend li')].slice(1).map(e => e.textContent)")
    assert sum(int(line.split("（")[1].rstrip("）")) for line in said) == len(NAMES)
    browser.js("const s = document.getElementById('mapped'); s.value = 'density.recreation';"
               "s.dispatchEvent(new Event('change'))")  # fmt: skip
    said = browser.js("return [...document.querySelectorAll('#legend li')].slice(1).map(e => e.textContent)")
    assert said[-1] == "无数（1）"  # township 5 has none; it is not the lowest class
    assert "休闲游憩" in browser.text("#map-title")


# choose ---------------------------------------------------------------------------------------------------------------
def test_a_click_on_the_map_shows_a_township_and_a_second_the_county(browser, county):
    browser.open()
    made = county[1]
    whole = made.by_id["tourism_health"].cells[2023, ""].texts[0]
    part = made.by_id["tourism_health"].cells[2023, zone(7)].texts[0]
    assert whole in browser.bars()
    browser.click_map(zone(7))
    assert "龙田乡" in browser.text("#parts-title")
    assert part in browser.bars()
    assert whole not in browser.bars()
    assert browser.js("return decodeURIComponent(location.hash)") == "#龙田乡"
    assert "龙田乡" in browser.text("#said")
    assert made.by_id["total"].cells[2023, zone(7)].texts[0] in browser.text("#said")
    browser.click_map(zone(7))
    assert whole in browser.bars()
    assert browser.js("return location.hash") == ""
    browser.click_map(zone(8))
    browser.keys("\ue00c")  # Esc
    assert whole in browser.bars()
    browser.quiet()


@pytest.mark.parametrize("name", ["畈㙟镇", IMG, SUM, SCRIPT])
def test_a_link_opens_a_township(browser, county, name):
    browser.open("#" + urllib.parse.quote(name, safe=""))
    assert name in browser.text("#parts-title")
    place = {n: z for z, n in county[1].zones}[name]
    assert county[1].by_id["local_climate"].cells[2023, place].texts[0] in browser.bars()
    assert browser.js("return document.querySelector('tr.chosen').dataset.zone") == place
    assert browser.js("return document.getElementById('zone').selectedOptions[0].textContent") == name
    browser.quiet()


def test_a_link_to_nowhere_opens_the_county(browser):
    browser.open("#%E0%A4%A")
    assert "青山县" in browser.text("#parts-title")
    browser.quiet()


def test_years(browser, county):
    browser.open()
    assert browser.column(1) == texts(county[1], "total", 2023)
    browser.press("#years button", 0)
    assert browser.column(1) == texts(county[1], "total", 2020)
    assert browser.js("return [...document.querySelectorAll('#years button')].map(b => b.ariaPressed)") == [
        "true",
        "false",
    ]
    assert county[1].by_id["provisioning"].cells[2020, ""].texts[0] in browser.bars()


# sort -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_every_column_sorts_both_ways(browser, place):
    browser.open()
    head = f"table.townships thead th:nth-child({place + 1})"
    for sign, way in ((-1, "descending"), (1, "ascending")):
        browser.js("[...document.querySelectorAll(arguments[0])].find(e => e.offsetParent).querySelector('button')"
                   ".click()", head)  # fmt: skip
        found = [number(text) for text in browser.column(place)]
        assert found == sorted(found, key=lambda v: sign * v)
        assert browser.js("return [...document.querySelectorAll(arguments[0])].find(e => e.offsetParent).ariaSort",
                          head) == way  # fmt: skip
    if place == 1:  # no two are the same, so the names must have moved with them
        assert browser.column(0) == list(NAMES)


def test_names_sort_and_back(browser):
    browser.open()
    browser.press("table.townships thead th:first-child button", 1)
    found = browser.column(0)
    assert sorted(found) == sorted(NAMES)
    assert found.index("畈㙟镇") < found.index("桂岗乡") < found.index("云山镇")  # by pinyin
    browser.press("table.townships thead th:first-child button", 1)
    assert browser.column(0) == found[::-1]


# language and unit ----------------------------------------------------------------------------------------------------
def test_english_and_back(browser, county):
    browser.open()
    browser.press("#langs button", 1)
    assert browser.js("return document.documentElement.lang") == "en"
    assert browser.driver.title == "青山县: gross ecosystem product (GEP)"
    assert browser.column(1) == texts(county[1], "total", way=1)
    assert "million yuan" in browser.text(".card .unit")
    shown = browser.js(
        "const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), out = [];"
        "while (walk.nextNode()) { const e = walk.currentNode.parentElement;"
        "if (!e.closest('script, style, noscript') && e.checkVisibility()) out.push(walk.currentNode.textContent); }"
        "return out.join(' ')")  # fmt: skip
    for name in (*NAMES, "青山县", "中文"):
        shown = shown.replace(name, "")
    assert [c for c in shown if "一" <= c <= "鿿"] == []  # the whole page is in English
    browser.press("#langs button", 0)
    assert browser.column(1) == texts(county[1], "total")
    browser.quiet()


def test_large_units(browser, county):
    browser.open()
    browser.js("const s = document.getElementById('unit'); s.value = '1'; s.dispatchEvent(new Event('change'))")
    assert browser.column(1) == texts(county[1], "total", way=2)
    assert county[1].by_id["provisioning"].cells[2023, ""].texts[2] in browser.bars()
    assert "亿元" in browser.text("#parts-title")


# download -------------------------------------------------------------------------------------------------------------
def test_the_download_lands_and_holds_the_data(browser, county):
    browser.open()
    browser.press("#download")
    path = browser.downloads / "townships_2020_2023_zh.csv"
    for _ in range(50):
        if path.is_file() and path.stat().st_size:
            break
        time.sleep(0.1)
    data = path.read_bytes()
    path.unlink()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    made = county[1]
    assert rows[0][:4] == ["代码", "乡镇", "年份", "生态产品总值（GEP） (万元)"]
    assert len(rows) == 1 + 2 * (len(NAMES) + 1)
    names = {row[1] for row in rows[1:]}
    assert names == {*(n for n in NAMES if n != SUM), f"'{SUM}", "全县"}  # a spreadsheet does not run it
    for row in rows[1:]:
        place = "" if row[1] == "全县" else row[0]
        for measure, text in zip(made.measures, row[3:], strict=True):
            cell = measure.cells.get((int(row[2]), place))
            assert text == ("" if cell is None else cell.texts[0].replace(",", ""))
    browser.quiet()


# phone, paper, no scripts ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", [0, 1])
def test_a_phone_shows_all_of_it(browser, lang):
    browser.open(width=390, height=844)
    browser.press("#langs button", lang)
    wide, room = browser.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room == 390
    cards = browser.js(
        "return [...document.querySelectorAll('.card')].filter(e => e.offsetParent).map(e => {"
        "const b = e.querySelector('b'), r = document.createRange(); r.selectNodeContents(b);"
        "const i = e.getBoundingClientRect(), lines = r.getBoundingClientRect().height / parseFloat(getComputedStyle(b)"
        ".fontSize);"
        "return [i.left, i.top, i.right, i.bottom, lines, b.getBoundingClientRect().right]; })")  # fmt: skip
    assert len(cards) == 4
    for i, (left, top, right, bottom, lines, end) in enumerate(cards):
        assert lines < 1.9  # a number is never broken into two lines
        assert end <= right
        for other in cards[i + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_on_paper_every_table_stands_open(browser, tmp_path):
    browser.open()
    pdf = base64.b64decode(browser.cdp("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        (tmp_path / "a.pdf").write_bytes(pdf)
        said = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, check=True).stdout
        text = said.decode()
        for name in NAMES[3:]:
            assert text.count(name) >= 4, name  # two years of two tables
        assert "下载" not in text
    assert browser.js("return document.querySelectorAll('details[open]').length") == 0  # folded again


def test_without_scripts_the_tables_stand(browser, county):
    browser.open(scripts=False)
    source = browser.cdp("DOM.getDocument", depth=0)["root"]["nodeId"]
    html = browser.cdp("DOM.getOuterHTML", nodeId=source)["outerHTML"]
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    # what is laid out, asked of the page that ran nothing
    shown = browser.js("return [...document.querySelectorAll('table')].filter(e => e.checkVisibility()).length")
    assert shown == 6
    assert browser.js("return document.querySelector('.controls').checkVisibility()") is False
    assert "scripted" not in html[:200]
    row = "return [...document.querySelectorAll('table.townships')][1].tBodies[0].rows[6].textContent"
    assert texts(county[1], "total")[6] in browser.js(row)


# keys and readers -----------------------------------------------------------------------------------------------------
def test_everything_by_keys_alone(browser):
    from selenium.webdriver.common.keys import Keys

    browser.open()
    reached = []
    for _ in range(60):
        browser.keys(Keys.TAB)
        reached.append(
            browser.js("const e = document.activeElement; return [e.tagName, e.id, e.textContent.slice(0, 20)]")
        )
    seen = {(tag, id or said) for tag, id, said in reached}
    wanted = [("SELECT", "zone"), ("SELECT", "unit"), ("SELECT", "mapped"), ("SUMMARY", "构成表")]
    for what in (*wanted, *(("BUTTON", name) for name in ("2020", "English", "download", "print", "龙田乡"))):
        assert what in seen, what
    browser.js("document.querySelector('#zone').focus()")
    browser.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert SUM in browser.text("#parts-title")
    assert browser.js("return document.activeElement.id") == "zone"
    browser.keys(Keys.ESCAPE)
    browser.js("[...document.querySelectorAll('#years button')][0].focus()")
    browser.keys(Keys.SPACE)
    assert browser.js("return document.activeElement.textContent + document.activeElement.ariaPressed") == "2020true"
    browser.js("[...document.querySelectorAll('tr[data-zone] th button')].find(b => b.offsetParent"
               " && b.textContent === '龙田乡').focus()")  # fmt: skip
    browser.keys(Keys.ENTER)
    assert "龙田乡" in browser.text("#parts-title")
    assert browser.js("return document.activeElement.ariaPressed") == "true"


def test_what_a_screen_reader_is_told(browser):
    browser.open()
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    found = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n.get("ignored")]
    images = [name for role, name in found if role in ("image", "img")]
    assert len(images) == 3
    assert all("2023" in name for name in images)
    controls = [pair for pair in found if pair[0] in ("button", "combobox")]
    assert controls
    assert [role for role, name in controls if not name.strip()] == []
    assert any(role == "columnheader" and name.startswith("乡镇") for role, name in found)
    assert any(role == "status" for role, _ in found)
    assert ("main", "") in found


# the flow -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("lang", [0, 1])
def test_labels_of_the_flow_never_overlap(browser, width, lang):
    browser.open(width=width)
    browser.press("#langs button", lang)
    boxes = browser.js(
        "return [...document.querySelectorAll('#flow svg text')].map(t => { const r = t.getBoundingClientRect();"
        "return [t.textContent, r.left, r.top, r.right, r.bottom]; }).filter(t => t[0].trim())")  # fmt: skip
    assert len(boxes) >= 10
    edge = browser.js("return document.getElementById('flow').getBoundingClientRect().right")
    lines = {}
    for said, left, top, right, bottom in boxes:
        lines.setdefault((said, round(left), round(top)), (left, top, right, bottom))  # a halo is drawn beneath
    boxes = list(lines.items())
    for i, (one, (left, top, right, bottom)) in enumerate(boxes):
        assert right <= edge + 1, one
        for other, (left2, top2, right2, bottom2) in boxes[i + 1 :]:
            across, down = min(right, right2) - max(left, left2), min(bottom, bottom2) - max(top, top2)
            assert across <= 0 or down <= 0.5, (one, other)


def test_names_that_would_run_are_only_words(browser):
    browser.open("#" + urllib.parse.quote(IMG, safe=""))
    from selenium.common.exceptions import NoAlertPresentException

    browser.press("#langs button", 1)
    browser.click_map(zone(3))
    with pytest.raises(NoAlertPresentException):
        _ = browser.driver.switch_to.alert.text
    assert SCRIPT in browser.text("#parts-title")
    assert browser.js("return document.querySelectorAll('#map img, #map script, td img, th img').length") == 0
    assert browser.js("return document.scripts.length") == 3
    drawn = browser.js("return [...document.querySelectorAll('#map svg text')].map(t => t.textContent)")
    assert any("onerror" in text for text in drawn)
    # pointed at: what stands beside the pointer is drawn text too
    browser.js("echarts.getInstanceByDom(document.getElementById('map'))"
               ".dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 0})")  # fmt: skip
    time.sleep(0.2)
    told = browser.js("return [...document.querySelectorAll('#map svg text')].map(t => t.textContent)")
    assert told.count(IMG) == drawn.count(IMG) + 1
    assert browser.js("return document.querySelectorAll('#map div *:not(svg):not(svg *)').length") == 0
    browser.quiet()


def test_calm_where_motion_is_not_wanted(browser):
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    browser.open()
    still = ("return ['map', 'bars', 'flow'].map(i => echarts.getInstanceByDom(document.getElementById(i)))"
             ".map(c => c.getOption().animation)")  # fmt: skip
    assert browser.js(still) == [False] * 3
    browser.cdp("Emulation.setEmulatedMedia", features=[])
