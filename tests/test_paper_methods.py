"""Chapters of method: what a report says of its grounds, on two made-up runs by hand and on the sample county."""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path

import ledger_sample
import pandas as pd
import pytest

from gep import services
from gep.columns import LEDGER
from gep.formula_words import has_chinese
from gep.lineage import COLUMNS
from gep.paper import formulas
from gep.paper.facts import Facts
from gep.paper.nouns import Document, Figure, Heading, Para, Table, said
from gep.paper.rest_words import digits, half, price_note
from gep.paper.rests import rests
from gep.tracing.evaluate import Folder, differs

NAMES = ("scope", "region", "products", "data", "methods", "prices", "limits", "annexes")
WEAK_PRICE, WEAK_SHARE, KNOWN = "prices.x.water_storage.all.cn.2023", "own.share.all.any.x", "own.known.all.any.x"


def chapters(facts: Facts, zone: str = "", *names: str) -> Document:
    found = []
    for name in names or NAMES:
        made = importlib.import_module(f"gep.paper.chapters.{name}").chapter(facts, zone)
        found += [] if made is None else made if isinstance(made, tuple) else [made]
    return Document(zone, facts.zone_name(zone), facts.lang, "t", tuple(found))


def table(document: Document, id: str) -> Table:
    return next(b for _, b in document.blocks() if isinstance(b, Table) and b.id == id)


def rows(found: Table) -> list[tuple[str, ...]]:
    return [tuple(said(cell) for cell in row) for row in found.rows]


def texts(document: Document) -> str:
    return "\n".join(b.text for _, b in document.blocks() if isinstance(b, Para | Heading))


def wrong(document: Document, folder: Path) -> list[tuple[str, str]]:
    again = Folder(folder)
    return [(place, fault) for place, one in document.figures() if (fault := differs(one, again))]


def write(folder: Path, ledger, lineage, totals, checks, meta) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (("ledger", ledger), ("lineage", lineage), ("totals", totals)):
        frame.to_parquet(folder / f"{name}.parquet")
    (folder / "checks.json").write_text(json.dumps(checks), "utf-8")
    (folder / "run.json").write_text(json.dumps(meta), "utf-8")
    return folder


def extent(cells: dict[tuple[int, str, str], float]) -> pd.DataFrame:
    rows = [(p, z, t, "extent", "", a, float("nan")) for (p, z, t), a in cells.items()]
    return pd.DataFrame(rows, columns=["period", "zone", "type", "group", "term", "area_m2", "total"])


def line(zone: str, service: str, key: str, value: float, grade: str, counts: bool = True, **more: object) -> dict:
    base = dict.fromkeys(LEDGER, "") | {
        "period": 2023,
        "zone": zone,
        "zone_name": {"1": "垟口镇", "2": "=1+1"}[zone],
        "type": "11d",
        "service": service,
        "service_name": service,
        "item": "q",
        "item_name": "q",
        "account": "regulating",
        "method": "m",
        "unit": "m³",
        "quantity": 1.0,
        "price": None,
        "price_year": None,
        "value": value,
        "low": None,
        "high": None,
        "in_gep": counts,
        "from_outside": 0.0,
        "status": "ok",
        "confidence": grade,
        "coverage": None,
        "lineage": key,
    }
    return base | more


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """Two townships, three lines that count (100 + 50 and 30 yuan) and one that does not (999)."""
    ledger = pd.DataFrame(
        [
            line("1", "water_conservation", "2023/a", 100.0, "unverified", low=80.0, high=130.0),
            line("2", "water_conservation", "2023/a", 50.0, "unverified", low=40.0, high=60.0),
            line("1", "soil_retention", "2023/c", 30.0, "judgement"),
            line("1", "oxygen_release", "2023/a", 999.0, "unverified", counts=False),
        ]
    )[list(LEDGER)]
    for column in ("price", "low", "high", "coverage"):
        ledger[column] = ledger[column].astype("float64")
    ledger["price_year"] = ledger["price_year"].astype("Int64")
    ledger["in_gep"] = ledger["in_gep"].astype(bool)
    grounds = [
        ("2023/a", "price", WEAK_PRICE, "water_storage", 0.5, "unverified"),
        ("2023/a", "coefficient", WEAK_SHARE, "share", 0.55, "judgement"),
        ("2023/c", "coefficient", WEAK_SHARE, "share", 0.55, "judgement"),
        ("2023/c", "coefficient", KNOWN, "known", 0.0267, "verified"),
    ]
    lineage = pd.DataFrame(
        [
            dict.fromkeys(COLUMNS, "")
            | dict(zip(("lineage", "kind", "id", "name", "value", "confidence"), row, strict=True))
            for row in grounds
        ]
    )
    lineage["value"] = lineage["value"].astype(float)
    totals = extent({(2023, "1", "11d"): 30_000.0, (2023, "1", "51p"): 10_000.0, (2023, "2", "11d"): 20_000.0})
    meta = {
        "study": "X",
        "profile": "gbt46869_2025",
        "profile_note_zh": "参照公开信息，未核对原文",
        "profile_note_en": "public",
        "periods": [2023],
        "price_year": 2023,
        "lang": "zh",
        "coefficients_version": "1",
        "study_digest": "ab" * 32,
        "zones": {"names": [["1", "垟口镇"], ["2", "=1+1"]]},
        "inputs": [{"file": "a.tif", "digest": "cd" * 32, "bytes": 12}],
        "warnings": [{"code": "GEP-T001", "zh": "提示", "en": "told", "severity": "info", "file": "a.csv"}] * 2,
        "completeness": {"complete": False, "lacking_services": ["sand_fixation"], "missing_lines": 0},
    }
    checks = [
        {
            "id": "k.a",
            "zh": "甲 = 乙",
            "en": "a = b",
            "period": 2023,
            "left": 2.0,
            "right": 3.0,
            "passed": False,
            "n": 4,
        },
        {
            "id": "k.b",
            "zh": "丙 = 丁",
            "en": "c = d",
            "period": 2023,
            "left": 1.0,
            "right": 1.0,
            "passed": True,
            "n": 6,
        },
    ]
    return write(tmp_path_factory.mktemp("paper") / "run", ledger, lineage, totals, checks, meta)


@pytest.fixture(scope="module")
def gappy(tmp_path_factory) -> Path:
    """The ledger of tests/ledger_sample.py: nasty names, missing and partial lines, coverage of 0.83, two prices."""
    made = ledger_sample.sample()
    meta = made.meta | {
        "zones": {"names": [[z, n] for z, n in ledger_sample.ZONES.items()]},
        "warnings": [],
        "completeness": {"complete": False, "lacking_services": [], "missing_lines": 6},
    }
    totals = extent({(p, z, t): 5000.0 for p in (2020, 2023) for z in ledger_sample.ZONES for t in ("11", "31")})
    folder = tmp_path_factory.mktemp("gappy") / "run"
    return write(folder, made.ledger, made.lineage, totals, made.checks, meta)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0267, 4), (1250.0, 0), (0.0, 0), (356.60999999999996, 2), (495.8634497098198, 3), (6e-18, 18), (5.256e15, 0)],
)
def test_a_number_keeps_the_digits_it_was_written_with(value, shown):
    assert digits(value) == shown


def test_a_reader_gets_his_half_of_a_note():
    assert half("森林 / forest；原文未核 / original not consulted", "zh") == "森林；原文未核"
    assert half("森林 / forest；原文未核 / original not consulted", "en") == "forest; original not consulted"
    assert half("synthetic: 林分平均高 mean height of the stand", "en") == "synthetic: mean height of the stand"
    assert half("synthetic: 林分平均高 mean height of the stand", "zh") == "林分平均高"
    assert (
        half("附录 A 式 A.1；减淤：GARZE §2", "en") == "附录 A 式 A.1；减淤：GARZE §2"
    )  # no English of it: left whole


def test_how_a_price_was_moved_is_told_apart_from_its_note():
    note = (
        "由 2010 年价格 3.75 yuan/m² 按 cpi 指数换算到 2023 年（×1.32） / price of 2010, 3.75 yuan/m²,"
        " moved to 2023 by cpi (×1.32) 治沙"
    )
    assert price_note(note, "zh") == ("由 2010 年价格 3.75 元/m² 按 cpi 指数换算到 2023 年（×1.32）", "治沙")
    assert price_note(note, "en")[0] == "price of 2010, 3.75 yuan/m², moved to 2023 by cpi (×1.32)"
    assert price_note("2023 年价格 / price of 2023 in force since 2012", "en") == ("", "in force since 2012")


def test_what_the_most_value_rests_on_by_hand(tiny):
    """The share stands under all 180 yuan, the price under 150; the memo line of 999 on both does not count."""
    found = rests(Facts.of(tiny)).weights(2023)
    assert [(w.kind, w.value.value) for w in found] == [("coefficient", 180.0), ("price", 150.0)]
    here = rests(Facts.of(tiny)).weights(2023, "1")
    assert [(w.kind, w.value.value) for w in here] == [("coefficient", 130.0), ("price", 100.0)]
    assert len(rests(Facts.of(tiny)).weights(2023, most=1)) == 1


def test_grades_by_value_add_up_and_ranges_are_shown(tiny):
    document = chapters(Facts.of(tiny, "en"), "", "limits")
    # 150 and 30 of 180 yuan: 0.00015 and 0.00003 million yuan print as 0.00
    assert [(r[0], r[2]) for r in rows(table(document, "limits_grades"))] == [
        ("unverified", "83.33"),
        ("judgement", "16.67"),
        ("Total", "100.00"),
    ]
    low, value, high = (cell.value for cell in table(document, "limits_ranges").rows[0][1:])
    assert (low, value, high) == (120.0, 150.0, 190.0)
    assert "Worth checking first" in texts(document)


def test_equal_coefficients_stand_in_one_row(gappy):
    found = [p for p in rests(Facts.of(gappy)).parameters() if p.types]
    assert [(p.value.text, p.types, p.source) for p in found] == [("0.0267", ("11", "31", "51p"), "redline2017")]
    assert rests(Facts.of(gappy)).parameters("341699001000", "provisioning")[0].types == ()


def test_prices_of_rows_show_lowest_and_highest(gappy):
    shown = {r[0]: (r[2], r[3], r[4]) for r in rows(table(chapters(Facts.of(gappy), "", "prices"), "prices"))}
    assert shown["=小麦（最低）"] == ("2,500", "元/t", "2023")
    assert shown["=小麦（最高）"] == ("2,600", "元/t", "2023")
    one = rows(table(chapters(Facts.of(gappy), "341699001000", "prices"), "prices"))
    assert [r[2] for r in one if r[0].startswith("=小麦")] == ["2,500", "2,500"]  # 2020 and 2023, one price there


def test_missing_lines_and_gaps_are_told_with_their_reasons(gappy):
    document = chapters(Facts.of(gappy), "", "limits", "data")
    assert {r[1:] for r in rows(table(document, "limits_missing"))} == {
        ("不完整", "降水图层覆盖 83 %", "6"),
        ("缺", "缺 2023 年气象站", "4"),
        ("缺", "土壤氮含量图层无数据", "2"),
    }
    assert rows(table(document, "data_coverage"))[0][1] == "83.0"
    assert "没有缺值" not in texts(document)


def test_a_failed_check_is_shown_in_full_and_counted(tiny):
    document = chapters(Facts.of(tiny), "", "annexes")
    assert rows(table(document, "annex_checks")) == [("甲 = 乙 等", "2", "1", "10")]
    assert "甲 = 乙（2023）：左边 2，右边 3。" in texts(document)
    assert "共核对 2 项，不符 1 项。" in texts(document)


def test_a_partial_account_is_never_called_gep(tiny):
    for lang, name in (("zh", "生态产品总值（GEP）"), ("en", "GEP")):
        document = chapters(Facts.of(tiny, lang))
        assert name not in [r[0] for r in rows(table(document, "annex_terms"))]
        assert Facts.of(tiny, lang).total_name in texts(document)


def test_land_is_summed_by_class_of_level_one(tiny):
    assert rows(table(chapters(Facts.of(tiny), "", "region"), "region_land")) == [
        ("森林", "5.00", "83.33"),
        ("农田", "1.00", "16.67"),
        ("合计", "6.00", "100.00"),
    ]
    assert rows(table(chapters(Facts.of(tiny), "2", "region"), "region_land"))[0] == ("森林", "2.00", "100.00")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_is_found_again_in_the_files(tiny, gappy, lang):
    for folder in (tiny, gappy):
        facts = Facts.of(folder, lang)
        for zone in ("", *facts.zones_by_id):
            document = chapters(facts, zone)
            assert list(document.figures())
            assert wrong(document, folder) == []


def test_a_figure_that_left_its_rows_is_found(tiny, tmp_path):
    """The report of one ledger does not stand beside another: the check above can fail."""
    document = chapters(Facts.of(tiny))
    for path in tiny.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    ledger = pd.read_parquet(tmp_path / "ledger.parquet")
    ledger.loc[0, "value"] += 1000.0
    ledger.to_parquet(tmp_path / "ledger.parquet")
    assert any("limits_weights" in place for place, _ in wrong(document, tmp_path))


def test_the_fixed_words_of_an_english_report_are_english(tiny):
    for _, block in chapters(Facts.of(tiny, "en")).blocks():
        words = {Heading: lambda b: [b.text], Table: lambda b: [b.title, *b.heads, b.note]}.get(type(block))
        assert not [w for w in (words(block) if words else ()) if has_chinese(w)]


YIELDS = {f"{s.id}.{m.id}.{y.id}": y for s in services.registry().values() for m in s.methods for y in m.yields}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_registered_formula_becomes_an_equation(lang):
    assert len(YIELDS) > 100
    for name, item in YIELDS.items():
        shown = formulas.equation(item, lang)
        left, _, right = shown.text.partition("=")
        assert left.strip(), name
        assert right.strip(), name
        assert not shown.text.endswith("."), name
        assert shown.symbols, name
        assert "`" not in "".join(shown.symbols), name
        if lang == "zh":
            assert has_chinese("".join(shown.symbols)), name


def test_a_formula_named_by_another_lends_its_equation():
    so2, balance = YIELDS["air_purification.area_capped.so2"], YIELDS["water_purification.mass_balance.nitrogen"]
    assert formulas.equation(so2, "en").text == "Q = C·E / max(E, ΣC)"
    assert formulas.equation(balance, "en").text == "Q = inflow + local − outflow"
    assert formulas.equation(YIELDS["provisioning.gross_output.product"], "en").text == "V_i = E_i·P_i"
    assert formulas.of_line("V_silt = λ·Q_sr / ρ.").text == "V_silt = λ·Q_sr / ρ"
    assert formulas.of_line("Dust retained; t/a.") is None


def made(folder: Path, tiny: Path, values: list[float], zones: dict[str, str] | None = None, **meta: object) -> Path:
    """The tiny run with other values (lines 1 and 2 on the price, 3 beside them), zones and meta."""
    ledger, totals = pd.read_parquet(tiny / "ledger.parquet"), pd.read_parquet(tiny / "totals.parquet")
    ledger.loc[[0, 1, 2], "value"] = values
    lineage = pd.read_parquet(tiny / "lineage.parquet")
    told = json.loads((tiny / "run.json").read_text("utf-8")) | meta
    if zones:
        told["zones"] = {"names": [[z, n] for z, n in zones.items()]}
        ledger["zone_name"] = ledger["zone"].map(zones)
    return write(folder / "run", ledger, lineage, totals, [], told)


def test_coefficients_of_two_symbols_never_share_a_row(tiny, tmp_path):
    """SO2 of grass and NOx of forest are 0.04 both, under one name in the formula: two rows, each of its own types."""
    run = made(tmp_path, tiny, [100.0, 50.0, 30.0])
    lineage = pd.read_parquet(run / "lineage.parquet")
    rates = [("so2", "3", 0.04), ("so2", "1", 0.15), ("nox", "1", 0.04), ("so2", "33", 0.04)]
    more = [
        dict.fromkeys(COLUMNS, "")
        | {"lineage": "2023/a", "kind": "coefficient", "id": f"local.x.{s}_purification_rate.{t}.34.2020"}
        | {"name": "purification_rate", "type": t, "value": v, "confidence": "judgement"}
        for s, t, v in rates
    ]
    pd.concat([lineage, pd.DataFrame(more)]).to_parquet(run / "lineage.parquet")
    found = [p for p in rests(Facts.of(run)).parameters() if p.name == "purification_rate"]
    assert [(p.ids[0].split(".")[2][:3], p.value.text, p.types) for p in found] == [
        ("so2", "0.04", ("3", "33")),
        ("so2", "0.15", ("1",)),
        ("nox", "0.04", ("1",)),
    ]
    weak = [w.name for w in rests(Facts.of(run)).weights(2023)]
    assert len(weak) == len(set(weak)) == 4  # share, price, and each of the two pollutants


def test_shares_count_deductions_with_their_size(tiny, tmp_path):
    """100, −50 and 30 yuan: sizes 180, net 80; 150 and 30 of 180 by grade, 150 under the price, net 50."""
    run = made(tmp_path, tiny, [1e6, -5e5, 3e5])
    document = chapters(Facts.of(run), "", "limits")
    assert [r[1:3] for r in rows(table(document, "limits_grades"))] == [
        ("150.00", "83.33"),
        ("30.00", "16.67"),
        ("180.00", "100.00"),
    ]
    assert [r[4:] for r in rows(table(document, "limits_weights"))] == [("180.00", "100.00"), ("150.00", "83.33")]
    assert "绝对值合计 180.00 万元，抵减后净额 80.00 万元" in texts(document)
    assert "180.00 万元的价值依赖它（扣减的负值账行按大小计入，抵减后净额 80.00 万元）" in texts(document)
    assert wrong(document, run) == []
    here = chapters(Facts.of(run), "2", "limits")  # a township of deductions alone
    assert [r[1:3] for r in rows(table(here, "limits_grades"))] == [("50.00", "100.00"), ("50.00", "100.00")]
    assert "-100" not in texts(here)
    assert wrong(here, run) == []


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [float("nan")] * 3, [-100.0, -50.0, 0.0], [50.0, -50.0, 0.0]])
def test_no_share_of_nothing_and_none_below_zero(tiny, tmp_path, values):
    run = made(tmp_path, tiny, values)
    for zone in ("", "1", "2"):
        document = chapters(Facts.of(run), zone, "limits", "region", "scope")
        assert "…%" not in texts(document)
        assert "占 -" not in texts(document)
        shown = [b for _, b in document.blocks() if isinstance(b, Table)]
        share = {"limits_grades": 2, "limits_weights": 5}
        printed = [r[share[b.id]] for b in shown if b.id in share for r in rows(b)]
        assert not [one for one in printed if one == "…" or one.startswith("-")]
        assert wrong(document, run) == []


def test_shares_of_land_add_up_as_printed(tiny, tmp_path):
    """Three classes of a third each: 33.33 and 33.33 and 33.34."""
    run = made(tmp_path, tiny, [1.0, 1.0, 1.0])
    extent({(2023, "1", t): 30_000.0 for t in ("11d", "33", "51p")}).to_parquet(run / "totals.parquet")
    land = table(chapters(Facts.of(run), "", "region"), "region_land")
    assert sorted(r[2] for r in rows(land)) == ["100.00", "33.33", "33.33", "33.34"]
    assert [(one.row, one.column, len(one.parts)) for one in land.sums] == [(3, 1, 3), (3, 2, 3)]
    extent({(2023, "1", "11d"): 30.0, (2023, "1", "33"): 12.0}).to_parquet(run / "totals.parquet")
    small = chapters(Facts.of(run), "", "region", "scope")
    assert [r[1] for r in rows(table(small, "region_land"))] == ["0.0030", "0.0012", "0.0042"]
    assert texts(small).count(" 0.0042 hm²") == 2
    assert wrong(small, run) == []


def test_zones_of_a_project_are_not_called_townships(tiny, tmp_path):
    run = made(tmp_path, tiny, [100.0, 50.0, 30.0], {"1": "一号地块", "2": "二号地块"})
    for lang, word, other in (("zh", "乡镇", "分区"), ("en", "township", "zone")):
        facts = Facts.of(run, lang)
        for zone in ("", "1"):
            document = chapters(facts, zone)
            said_ = texts(document) + "".join(b.title for _, b in document.blocks() if isinstance(b, Table))
            assert word not in said_.lower()
            assert other in said_
            assert "全县" not in said_
            assert "county" not in said_
    assert " 个乡镇（街道）" in texts(chapters(Facts.of(tiny), "", "scope"))


def test_the_profile_is_named_and_prices_of_one_year_are_constant(tiny, tmp_path, monkeypatch):
    from gep.paper import content

    made_ = texts(chapters(Facts.of(tiny), "", "scope"))
    assert "口径：国家标准 GB/T 46869-2025（参照公开信息，未核对原文）" in made_
    assert "不变价" not in made_  # one period: nothing to compare
    two = made(tmp_path, tiny, [1.0, 1.0, 1.0])
    ledger = pd.read_parquet(two / "ledger.parquet")
    pd.concat([ledger, ledger.assign(period=2020)]).to_parquet(two / "ledger.parquet")
    both = texts(chapters(Facts.of(two), "", "scope"))
    assert "按这些价格计价的账行是 2023 年不变价" in both
    monkeypatch.setattr(content, "CHAPTERS", ())
    monkeypatch.setattr(Facts, "note", ("", ""))
    head = dict(content.document(Facts.of(two, "en")).head)
    assert head["Profile"] == "National standard GB/T 46869-2025 (public)"


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sample_county_and_two_townships(sample_run, lang):
    facts = Facts.of(sample_run, lang)
    for zone in ("", *list(facts.zones_by_id)[:2]):
        document = chapters(facts, zone)
        assert wrong(document, sample_run) == []
        assert len(list(document.figures())) > (600 if not zone else 200)
        for _, block in document.blocks():
            for one in getattr(block, "sums", ()):
                cell = block.rows[one.row][one.column]
                parts = [float(block.rows[r][c].text.replace(",", "")) for r, c in one.parts]
                assert isinstance(cell, Figure)
                assert round(sum(parts), 2) == float(cell.text.replace(",", ""))
    document = chapters(facts, "", "methods", "annexes")
    unnamed = [row[0] for row in rows(table(document, "annex_parameters")) if "_" in str(row[0])]
    assert unnamed == []


@pytest.mark.slow
def test_chapters_of_all_townships_are_quick(sample_run):
    facts = Facts.of(sample_run)
    chapters(facts, next(iter(facts.zones_by_id)))
    start = time.perf_counter()
    for zone in facts.zones_by_id:
        chapters(facts, zone)
    assert time.perf_counter() - start < 8
