"""What nouns show of themselves in a notebook: right cells, all escaped, no script, nothing made up, no long work."""

import dataclasses
import time
from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import gep
from gep import services, showing, views
from gep.accounts.ledger import Ledger, frame
from gep.compensation.rule import registry
from gep.rates import packaged

EVIL = "<img src=x onerror=alert(1)>"
META = {"study": EVIL, "lang": "zh", "completeness": {"complete": True}}


class Seen(HTMLParser):
    """The tags, attributes and cells of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.rows = [], [], []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def harmless(html):
    """Only tags of tables and their like, no handler, no script, no address."""
    seen = Seen(html)
    assert set(seen.tags) <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "p"}
    assert {name for name, _ in seen.attributes} <= {"style", "colspan", "role", "aria-label"}
    assert not any("url(" in (value or "") or "://" in (value or "") for _, value in seen.attributes)
    return seen


def line(service, value, *, period=2023, status="ok", confidence="judgement", zone="S1"):
    return {"period": period, "zone": zone, "zone_name": EVIL, "service": service, "service_name": f"{service} 服务",
            "value": value, "in_gep": True, "status": status, "confidence": confidence}  # fmt: skip


def ledger(*lines, **meta):
    empty = pd.DataFrame()
    return Ledger(frame(lines), empty, empty, {**META, **meta})


def test_table_cells_by_hand():
    seen = harmless(showing.table(("a", "b（元）"), [(EVIL, 1234), (None, 0.5), ("=1+1", float("nan"))], "题"))
    assert seen.rows == [["a", "b（元）"], [EVIL, "1,234"], ["…", "0.5000"], ["=1+1", "…"]]


def test_long_tables_say_what_they_leave_out():
    seen = harmless(showing.table(("n",), [(n,) for n in range(100)], limit=30))
    assert [row[0] for row in seen.rows[1:31]] == [str(n) for n in range(30)]
    assert seen.rows[31] == ["… 还有 70 行 70 more"]
    many = pd.DataFrame({"n": range(100), "v": np.linspace(0, 1, 100)})
    assert harmless(showing.frame(many, {"v": "值"}, limit=2, lang="en")).rows == [
        ["值"],
        ["0.00"],
        ["0.01"],
        ["… 98 more"],
    ]


def test_a_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match="2 cells under 1"):
        showing.table(("a",), [(1, 2)])


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, np.float64("nan"), Decimal("NaN")])
def test_missing_is_never_a_number(value):
    assert showing.text(value) == "…"


def test_numbers_as_people_read_them():
    assert [showing.text(v) for v in (1234567, np.int64(1234), 2.0, Decimal("0.25"), True)] == [
        "1,234,567", "1,234", "2", "0.2500", "√",
    ]  # fmt: skip
    # 12 345 678 yuan = 1 234.5678 万元 = 12.345678 million yuan
    assert (showing.money(12_345_678), showing.money(12_345_678, "en")) == ("1,234.57", "12.35")
    assert showing.money(None) == "…"


def test_bar_shows_shares_and_says_them():
    # half verified, a quarter each: widths in per cent, nothing for a grade without share
    html = showing.bar({"verified": 0.5, "judgement": 0.25, "unverified": 0.25, "secondary": 0.0}, "en")
    seen = harmless(html)
    widths = [value.split(";")[0] for name, value in seen.attributes if name == "style" and value.startswith("width")]
    assert widths == ["width:50.00%", "width:25.00%", "width:25.00%"]
    assert dict(seen.attributes)["aria-label"] == "verified 50% · unverified 25% · judgement 25%"
    assert showing.bar({}) == "…"
    assert "color:#" not in html.replace("background:#", "")  # words take the colour of the theme


def test_ledger_cells_by_hand():
    shown = ledger(
        line("water", 10_000.0, confidence="verified"), line("water", 30_000.0), line("soil", None, status="missing"),
    )._repr_html_()  # fmt: skip
    seen = harmless(shown)
    # 10 000 + 30 000 yuan = 4 万元, a quarter of it verified; a service with nothing but missing lines has no value
    assert seen.rows[0] == ["年份", "服务", "价值（万元）", "缺（行）", "可信度"]
    assert seen.rows[1] == ["2023", "water 服务", "4.00", "0", "已核 25% · 判断 75%"]
    assert seen.rows[2] == ["2023", "soil 服务", "…", "1", "…"]
    assert EVIL not in shown
    assert "&lt;img" in shown


def test_a_partial_account_is_not_called_gep():
    lacks = {"complete": False, "lacking_services": [EVIL], "missing_lines": 3}
    for lang, word in (("zh", "部分核算"), ("en", "partial account")):
        shown = ledger(line("water", 1.0), completeness=lacks, lang=lang)._repr_html_()
        harmless(shown)
        assert word in shown
        assert "GEP" not in shown
        assert "3" in shown
    assert "部分核算" in ledger(line("water", 1.0), completeness=None)._repr_html_()  # unsaid is not whole
    assert "生态产品总值（GEP）" in ledger(line("water", 1.0))._repr_html_()


def test_an_empty_ledger_shows_itself():
    harmless(ledger()._repr_html_())


def test_study_opens_nothing(tiny):
    """All its files are gone, and it still shows itself, at once; what the last check said stands in it."""
    study = gep.open_study(tiny.study)
    for path in tiny.folder.iterdir():
        if path.name != "study.yaml":
            path.unlink()
    begin = time.perf_counter()
    shown = study._repr_html_()
    assert time.perf_counter() - begin < 0.2
    harmless(shown)
    assert "还没有检查" in shown
    assert "小县" in shown
    errors = sum(fault.severity == "error" for fault in study.check())
    assert errors > 0
    assert f"错误 {errors} ·" in study._repr_html_()


def test_study_escapes(tiny):
    tiny.edit("name: 小县", f"name: '{EVIL}'")
    shown = gep.open_study(tiny.study)._repr_html_()
    harmless(shown)
    assert EVIL not in shown


def test_but_says_keys_anew(tiny):
    study = gep.open_study(tiny.study)
    other = study.but(periods=[2020], services={"provisioning": {"method": "gross_output"}})
    assert (other.spec.periods, list(other.spec.services)) == ([2020], ["provisioning"])
    assert other.spec.services["provisioning"].method == "gross_output"
    assert study.spec.periods == [2020, 2023]
    assert other.spec.digest() != study.spec.digest()
    with pytest.raises(TypeError, match="no key serviecs"):
        study.but(serviecs={})
    with pytest.raises(ValueError, match="profile"):
        study.but(profile="my own")


def test_runs_show_totals_and_identities(finished, results):
    """In memory and stored; the stored one by the names of its files alone."""
    run = gep.open_run(results)
    begin = time.perf_counter()
    stored = run._repr_html_()
    assert time.perf_counter() - begin < 0.2
    for shown in (stored, finished._repr_html_()):
        seen = harmless(shown)
        assert f"恒等式 {len(finished.checks)}/{len(finished.checks)} 成立" in shown
        by_period = {row[0]: row[1] for row in seen.rows if row[0] in ("2020", "2023")}
        for period in (2020, 2023):
            assert by_period[str(period)] == f"{finished.ledger.gep(period=period) / 10_000:,.2f}"


def test_a_failed_identity_is_seen(finished):
    failed = dataclasses.replace(finished, checks=[{**finished.checks[0], "passed": False}, *finished.checks[1:]])
    assert f"× 恒等式 {len(finished.checks) - 1}/{len(finished.checks)}" in failed._repr_html_()
    assert "没有恒等式" in dataclasses.replace(finished, checks=[])._repr_html_()


def test_stored_stocks_are_those_of_the_run(finished, results):
    run = gep.open_run(results)
    stocks = run.stocks
    pd.testing.assert_frame_equal(
        stocks.entries.reset_index(drop=True), finished.stocks.entries.reset_index(drop=True), check_dtype=False
    )
    assert list(stocks.forms) == list(finished.stocks.forms)
    assert [c["id"] for c in stocks.checks] == [c["id"] for c in finished.stocks.checks]
    for id in stocks.forms:  # rows that an account adds to a form have their names again
        stored, mine = stocks.sheet(id), finished.stocks.sheet(id)
        assert set(stored.table.index) == set(mine.table.index)
        pd.testing.assert_frame_equal(stored.table.loc[mine.table.index], mine.table)
    harmless(stocks._repr_html_())
    assert (run.settlements, run.assessed) == (None, None)
    assert "indicators" in run.tables


def test_a_sheet_is_its_entries(finished):
    stocks = finished.stocks
    id = next(iter(stocks.forms))
    for zone in ("", stocks.entries.query("zone != '' and form == @id")["zone_name"].iloc[0]):
        sheet = stocks.sheet(id, zone)
        own = stocks.entries.query("form == @id and owner == '' and (zone == @zone or zone_name == @zone)")
        own = own[own["close"] == own["close"].max()]
        assert sheet.table.notna().sum().sum() == own["value"].notna().sum() > 0
        assert np.isclose(sheet.table.sum().sum(), own["value"].sum())
        harmless(sheet._repr_html_())
    with pytest.raises(KeyError, match="no form 'nothing'"):
        stocks.sheet("nothing")
    with pytest.raises(ValueError, match="no entry"):
        stocks.sheet(id, "无此镇")


def test_what_a_sheet_lacks_is_shown_as_missing():
    table = pd.DataFrame([[1.25, float("nan")]], index=[EVIL], columns=["甲", "乙"])
    shown = views.Sheet("题", table, {"甲": 1, "乙": 2})._repr_html_()
    assert harmless(shown).rows == [["", "甲", "乙"], [EVIL, "1.2", "…"]]  # half to even, as everywhere


def test_settlements_show_payers_and_what_is_missing():
    from gep.settlements import Settlements

    rows = pd.DataFrame({"period": [2023, 2023, 2023], "settlement": [EVIL, EVIL, "b"], "rule": ["r", "r", "s"],
                         "amount": [10_000.0, None, None], "status": ["ok", "missing", "missing"]})  # fmt: skip
    lacking = [{"period": 2023, "settlement": "c", "what_zh": EVIL, "what_en": "x"}]
    made = Settlements(rows, pd.DataFrame(), pd.DataFrame(), missing=lacking, names={"b": "乙"})
    seen = harmless(made._repr_html_())
    assert seen.rows[1] == ["2023", EVIL, "r", "2", "1.00", "1"]
    assert seen.rows[2] == ["2023", "b 乙", "s", "1", "…", "1"]
    assert seen.rows[4] == ["2023", "c", EVIL, "x"]


def test_assessment_shows_scores_and_what_is_missing():
    from gep.assessments import Assessed

    scores = pd.DataFrame({"evaluation": "e", "year": 2023, "zone": ["1", "2", "3"], "kind": "total",
                           "score": [80.0, 60.5, None]})  # fmt: skip
    seen = pd.DataFrame({"indicator": ["a", "a", "b"], "status": ["ok", "missing", "ok"]})
    made = Assessed(seen, scores, pd.DataFrame(), pd.DataFrame(), names={"e": EVIL})
    shown = made._repr_html_()
    assert harmless(shown).rows[1] == ["2023", f"e {EVIL}", "3", "80.00", "60.50", "1"]
    assert "指标 2 项，观测 3 个，缺 1 个" in shown


def test_every_rule_service_and_rate_shows_itself():
    for noun in (*registry().values(), *services.registry().values(), *packaged()):
        harmless(noun._repr_html_())
    blank = dataclasses.replace(packaged()[0], value=None, note=EVIL, valid_from=None, valid_to=None)
    shown = {row[0]: row[1] for row in harmless(blank._repr_html_()).rows}
    assert (shown["值 value"], shown["有效期 in force"], shown["说明 note"]) == ("…", "… – …", EVIL)


def test_a_service_says_formula_units_and_price():
    shown = services.registry()["water_conservation"]._repr_html_()
    first = services.registry()["water_conservation"].methods[0].yields[0]
    assert f"（{first.unit}）" in shown
    assert str(first.price) in shown


def test_a_folder_of_services_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "__path__", list(services.__path__))
    (tmp_path / "planted_fog.py").write_text(
        "import datetime as dt\n"
        "from gep.declare import Area, Method, Service, Yield\n"
        "def fog(area):\n    return area\n"
        "SERVICE = Service('planted_fog', '雾', 'Fog', 'regulating', (Method('by_area', '面积法', 'By area', 'class',\n"
        "    (Yield('fog', '雾', 'Fog', 'hm²', fog, (Area('hm²'),)),), 'toolkit', '-', dt.date(2026, 1, 1),\n"
        "    ('1',)),))\n",
        "utf-8",
    )
    try:
        services.add_folder(tmp_path)
        services.add_folder(tmp_path)  # twice is once
        assert services.registry()["planted_fog"].zh == "雾"
        with pytest.raises(NotADirectoryError):
            services.add_folder(tmp_path / "nowhere")
    finally:
        monkeypatch.undo()
        services.registry.cache_clear()
    assert "planted_fog" not in services.registry()
