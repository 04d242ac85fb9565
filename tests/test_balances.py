"""The accounts of stocks from the study to the files: small counties whose every number is known."""

from __future__ import annotations

import shutil

import balance_county as county
import numpy as np
import openpyxl
import pandas as pd
import pytest
import tiny as maker

from gep import again, check, hand_over, run, study
from gep.before import ahead, before
from gep.entries import pick

RECORDED = tuple(county.TABLES)
TABLES = (
    "transitions", "extent_dynamics", "land_difference", "condition", "landscape", "quality_index", "quality_grades",
    "revisions", "section_transitions", "asset_grade", "asset_price", "valued_detail", "liability_detail",
    "liability_conventions", "binding_targets",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The raster county with everything asked for: (study, result of two threads, folder of its files)."""
    folder = tmp_path_factory.mktemp("whole")
    made = county.Raster(folder / "c")
    result = made.compute(threads=2, work=folder / "work")
    run.write(result, folder / "out", study.load(made.path))
    return made, result, folder / "out"


def value(table, **where):
    """The one number of one entry."""
    rows = pick(table, **{"owner": "", **where})
    assert len(rows) == 1, (where, rows)
    return rows["value"].iloc[0]


def test_every_form_is_there_and_every_identity_holds(whole):
    _, result, _ = whole
    assert [c["id"] for c in result.checks if not c["passed"]] == []
    assert {f"G{n}" for n in range(1, 9)} <= {c["id"] for c in result.checks}
    assert {"G9", "B3", "B4", "B5", "extent_identity", "extent_chain"} <= {c["id"] for c in result.checks}
    terms = {f"{form}_term" for form in RECORDED}
    pixels = {"extent", "land_remote", "ecological_asset", "supply_use", "supply_use_physical", "asset_value"}
    value = {"valued_land", "valued_timber", "valued_water", "valued", "liabilities", "net_assets"}
    assert set(result.stocks.forms) == {*RECORDED, *terms, *pixels, *value}
    assert set(result.stocks.entries["form"]) == set(result.stocks.forms)
    assert set(result.stocks.tables) == set(TABLES)


def test_figures_by_hand(whole):
    held = whole[1].stocks.entries
    one = {"open": 2020, "close": 2023, "zone_name": "东河镇"}
    # land: arbor 30 + 2 in each of two intervals; the county's dry land 112 − 3 − 3
    assert value(held, form="land", column="arbor", row="closing", **one) == 34.0
    assert value(held, form="land", column="dry", row="closing", open=2020, close=2023, zone="") == 106.0
    assert value(held, form="land", column="cropland", row="red_human", open=2020, close=2023, zone="") == 3.0
    # timber: (1000 + 2·30) m³ on 10 ha; all kinds (1060 + 1020 + 60) m³ on (10 + 22 + 2) ha = 62.941…
    assert value(held, form="timber", column="natural_per_ha", row="closing", **one) == 106.0
    assert value(held, form="timber", column="per_ha", row="closing", **one) == 62.94
    # (5·30 + 6·18) / 48 = 5.375, half to even 5.38
    assert value(held, form="cropland_grade", column="mean", row="closing", **one) == 5.38
    # rivers 10 + 12 − 9 − 3 = 10, groundwater 30 + 4 − 5 a step
    assert value(held, form="water", column="groundwater", row="closing", **one) == 28.0
    assert value(held, form="water", column="surface", row="abstraction", **one) == 9.0
    # the quarry: 400 + 10 − 15 a step
    assert value(held, form="minerals", column="stone", row="closing", **one) == 390.0
    assert value(held, form="minerals", column="stone", row="closing", **{**one, "zone_name": "西山乡"}) == 0.0
    # sections: one from Ⅳ to Ⅲ by 2020, both Ⅲ since
    assert value(held, form="water_quality", column="sections_4", row="opening", open=2017, close=2020, zone="") == 1.0
    assert value(held, form="water_quality", column="sections_3", row="closing", open=2017, close=2020, zone="") == 2.0
    # 48 ha · 50 000 + 34 ha · 1000/0.05; 1060 m³ · (800 − 400 − 100) + 1020 m³ · 250; 28·10⁴ m³ · 0.5
    land, timber, water = 2_400_000 + 680_000, 318_000 + 255_000, 140_000
    assert value(held, form="valued_land", column="total", row="closing", **one) == land
    assert value(held, form="valued_timber", column="volume", row="closing", **one) == timber
    assert value(held, form="valued", column="total", row="closing", **one) == land + timber + water
    # obligations 100 + 20 − 30 = 90, 90 + 0 − 40 = 50 (万元)
    assert value(held, form="liabilities", column="L4", row="opening", **one) == 900_000
    assert value(held, form="liabilities", column="L4", row="closing", **one) == 500_000
    assert value(held, form="net_assets", column="L0", row="closing", **one) == land + timber + water
    assert value(held, form="net_assets", column="L4", row="closing", **one) == land + timber + water - 500_000
    # the term of office spans both intervals
    assert value(held, form="land_term", column="dry", row="opening", open=2017, close=2023, zone="") == 112.0
    assert value(held, form="land_term", column="dry", row="construction", open=2017, close=2023, zone="") == 2.0
    target = whole[1].stocks.tables["binding_targets"].set_index("zh").loc["耕地保有量"]
    assert (target["actual_end"], target["status"]) == (106.0, "met")


def test_records_stand_as_recorded_and_remote_sensing_stands_beside(whole):
    made, result, _ = whole
    held = result.stocks.entries.set_index(["close", "form", "zone_name", "column", "row", "owner"])
    for (year, form, zone, *rest), number in made.books.values.items():
        entry = held.loc[(year, form, "" if zone == "全县" else zone, *rest)]
        assert entry["value"] == number
        assert (entry["source"], entry["confidence"]) == ("年度调查", "secondary")
        assert entry["method"] == ("1" if form == "water" else "0")
    # the dry land (code 1) that lies in the township: a pixel on its border counts with the part that lies inside
    import shapely

    r, c = np.mgrid[0 : made.ROWS, 0 : made.COLS]
    x, y = maker.LEFT + c * maker.STEP, maker.TOP - r * maker.STEP
    boxes = shapely.box(x, y - maker.STEP, x + maker.STEP, y)
    inside = shapely.area(shapely.intersection(boxes, maker.polygons(made.ROWS, made.COLS)[0]))
    for opened, close, row, year in (
        (2017, 2020, "opening", 2017),
        (2017, 2020, "closing", 2020),
        (2020, 2023, "closing", 2023),
    ):
        cover = maker.Tiny(made.folder).read(f"landcover_{year}.tif")
        hectares = inside[cover == 1].sum() / 10_000
        where = {"open": opened, "close": close, "zone_name": "东河镇", "column": "dry", "row": row}
        assert value(result.stocks.entries, form="land_remote", **where) == pytest.approx(hectares, rel=0, abs=1e-4)
        table = result.stocks.tables["land_difference"]
        lines = pick(table, zone_name="东河镇", column="dry", row=row)
        line = lines[(lines["close"] == year) | (lines["open"] == year)].iloc[0]
        record = value(result.stocks.entries, form="land", **where)
        assert (line["record"], line["remote"]) == (record, pytest.approx(hectares, rel=0, abs=1e-4))
        assert line["difference"] == pytest.approx(hectares - record, rel=0, abs=1e-4)
    leaves = pick(result.stocks.entries, form="land_remote", column="dry", row="opening")
    leaves = leaves[leaves["zone"] != ""]
    assert set(leaves["method"]) == {"2"}
    assert leaves["source"].str.startswith("遥感推算").all()
    # what is made of other entries says so by an empty method; all else names method, source and grade
    own = result.stocks.entries
    own = own[own["form"].isin([*RECORDED, "extent", "land_remote"])]
    assert (own[own["method"] != ""]["source"] != "").all()
    assert set(own["method"]) == {"", "0", "1", "2"}
    assert (own[own["form"].isin(RECORDED)]["confidence"] != "").all()


def test_files_read_back_as_they_were_made(whole):
    _, result, out = whole
    held = pd.read_parquet(out / "entries.parquet")
    pd.testing.assert_frame_equal(held, result.stocks.entries.reset_index(drop=True), check_dtype=False)
    names = {p.stem for p in (out / "accounts").glob("*.csv")}
    assert names == {*result.stocks.forms, *result.stocks.tables}
    text = dict.fromkeys(("区划代码", "权属", "估计方法", "数据来源", "可信度", "备注", "乡镇"), str)
    for id, form in result.stocks.forms.items():
        own = pick(held, form=id)
        table = pd.read_csv(out / "accounts" / f"{id}.csv", encoding="utf-8-sig", dtype=text, keep_default_na=False,
                            na_values={"值": [""]}, float_precision="round_trip")  # fmt: skip
        assert len(table) == len(own)
        np.testing.assert_array_equal(table["值"].to_numpy(), own["value"].to_numpy())
        for column, name in (("区划代码", "zone"), ("权属", "owner"), ("估计方法", "method"), ("数据来源", "source"),
                             ("可信度", "confidence"), ("年份", "close"), ("期初年份", "open")):  # fmt: skip
            assert list(table[column]) == list(own[name]), (id, column)
        assert list(table["指标代码"]) == [
            f"{form.form}.{r}.{c}" for r, c in zip(own["row"], own["column"], strict=True)
        ]
    sheets = openpyxl.load_workbook(out / "accounts.xlsx", read_only=True).sheetnames
    for id in RECORDED:
        number = result.stocks.forms[id].number
        assert [s for s in sheets if s.startswith(number)], (number, sheets)


def stored(result, folder):
    """The files of the accounts of stocks alone: {name: bytes}."""
    folder.mkdir(parents=True)
    hand_over._write_stocks(result, folder)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Killed(Exception):
    pass


def test_resumed_after_a_kill_with_one_thread_the_bytes_are_the_same(whole, tmp_path):
    made, _, out = whole

    def die(period, done, total):
        if period == 2023:
            raise Killed

    with pytest.raises(Killed):
        made.compute(threads=1, work=tmp_path / "work", progress=die)
    kept = sorted(p.name[:11] for p in (tmp_path / "work").iterdir())
    assert kept == ["moves-2020-", "totals-2020"]
    result = made.compute(threads=1, work=tmp_path / "work", resume=True)
    files = stored(result, tmp_path / "again")
    assert {"entries.parquet", "transitions.parquet", "accounts/land.csv", "accounts/landscape.csv"} <= set(files)
    for name, data in files.items():
        assert (out / name).read_bytes() == data, name
    assert len(files) == 2 + len(list((out / "accounts").iterdir()))


def test_revalued_at_the_same_prices_nothing_changes(whole, tmp_path):
    _, _, out = whole
    result, _ = again.revalue(out, None)
    for name, data in stored(result, tmp_path / "again").items():
        assert (out / name).read_bytes() == data, name


def test_revalued_at_other_prices_only_money_changes(whole):
    _, first, out = whole
    result, _ = again.revalue(out, 2020)
    old, new = first.stocks, result.stocks
    money = {"supply_use", "asset_value"}
    same = [id for id in old.forms if id not in money]
    assert list(new.forms) == list(old.forms)
    for id in same:
        pd.testing.assert_frame_equal(
            pick(new.entries, form=id).reset_index(drop=True),
            pick(old.entries, form=id).reset_index(drop=True),
            check_dtype=False,
        )
    for name in old.tables:  # the services' present value stands beside the assets, for comparison
        a, b = (t[t["form"] != "ecosystem_services"] if name == "valued_detail" else t
                for t in (new.tables[name], old.tables[name]))  # fmt: skip
        assert len(a)
        pd.testing.assert_frame_equal(a, b, check_dtype=False, check_exact=True)
    # the services' values follow the ledger's at both price levels
    top = next(c.id for c in old.forms["supply_use"].columns if c.of)
    sums = []
    for one in (first, result):
        rows = one.ledger.table
        ledger = rows[(rows["period"] == 2023) & (rows["service"] == "soil_retention") & rows["in_gep"]]["value"].sum()
        entry = pick(one.stocks.entries, form="supply_use", close=2023, zone="", row="soil_retention", column=top)
        assert entry["value"].tolist() == [pytest.approx(ledger, rel=1e-9, abs=0.01)]
        sums.append(ledger)
    assert sums[0] != sums[1]
    assert not pick(new.entries, form="asset_value")["value"].equals(pick(old.entries, form="asset_value")["value"])
    assert result.passed


def test_verify_compares_the_accounts_too(tmp_path, gep):
    made = county.Plain(tmp_path / "c", ("land", "timber"), bulletin=False)
    out = tmp_path / "out"
    assert gep("run", made.path, "--to", out).exit_code == 0
    said = gep("verify", out)
    assert said.exit_code == 0, said.output
    for name in ("entries.parquet", "accounts.xlsx", "accounts/land.csv", "accounts/timber.csv"):
        assert f"√ {name}" in said.output
    table = out / "accounts" / "land.csv"
    text = table.read_text("utf-8-sig")
    assert ",52.0," in text
    table.write_text(text.replace(",52.0,", ",53.0,"), "utf-8-sig")
    said = gep("verify", out)
    assert said.exit_code == 1
    assert "land.csv" in next(line for line in said.output.splitlines() if "GEP-E014" in line)
    (out / "accounts" / "land.csv").unlink()
    assert gep("verify", out).exit_code == 1


TIMBER = """form: timber
number: 林3
zh: 本县林木清查表
en: Timber survey
unit: 亩
decimals: 1
basis_zh: 本县林业局
basis_en: county forestry office
confidence: judgement
columns:
  - {id: stand, zh: 林分面积, en: Stand area}
  - {id: growing, zh: 活立木蓄积, en: Growing stock, unit: m³, decimals: 0}
rows:
  - {id: start, zh: 年初数, en: Start of year, role: opening}
  - {id: planted, zh: 本年造林, en: Planted, role: addition, cause: human}
  - {id: storm, zh: 台风倒伏, en: Storm damage, role: reduction, cause: natural}
  - {id: felled, zh: 限额采伐, en: Felled, role: reduction, cause: human}
  - {id: end, zh: 年末数, en: End of year, role: closing}
"""
WATER = """form: water
number: 水5
zh: 本县蓄水表
en: Water stored
unit: 万m³
decimals: 1
basis_zh: 本县水利局
basis_en: county water office
confidence: judgement
columns:
  - {id: ponds, zh: 塘坝蓄水, en: Ponds}
rows:
  - {id: closing, zh: 年末蓄水, en: Closing, role: closing}
  - {id: taken, zh: 灌溉取水, en: Irrigation, role: reduction, cause: human}
  - {id: rain, zh: 降雨补给, en: Rain, role: addition, cause: natural}
  - {id: opening, zh: 年初蓄水, en: Opening, role: opening}
"""


def test_a_countys_own_forms_need_no_code(tmp_path):
    made = county.Plain(
        tmp_path / "c", ("timber", "water"), "  forms: {timber: 林木.yaml, water: 蓄水.yaml}\n", bulletin=False
    )
    (made.folder / "林木.yaml").write_text(TIMBER, "utf-8")
    (made.folder / "蓄水.yaml").write_text(WATER, "utf-8")
    made.edit("lang: en", "lang: zh")
    made.edit("trees_{year}.csv}", "trees_{year}.csv, wide: value}")
    # 10 ha = 150 亩: 150 + 15 − 6 − 0 = 159; 1000 + 0 − 40 − 60 = 900 m³
    (made.folder / "trees_2023.csv").write_text(
        "zone,row,林分面积 (公顷),活立木蓄积 (m³)\n东河镇,年初数,10,1000\n东河镇,本年造林,1,\n东河镇,台风倒伏,0.4,40\n"
        "东河镇,限额采伐,,60\n东河镇,年末数,10.6,900\n西山乡,年初数,0,0\n西山乡,年末数,0,0\n", "utf-8")  # fmt: skip
    (made.folder / "waters_2023.csv").write_text(
        "zone,column,row,value,unit\n东河镇,塘坝蓄水,年初蓄水,5,万m³\n东河镇,塘坝蓄水,降雨补给,3,万m³\n"
        "东河镇,塘坝蓄水,灌溉取水,2.5,万m³\n东河镇,塘坝蓄水,年末蓄水,55000,m³\n西山乡,ponds,opening,0,m³\n西山乡,ponds,closing,0,m³\n",
        "utf-8")  # fmt: skip
    result = made.compute()
    assert result.passed
    held = result.stocks.entries
    assert value(held, form="timber", zone_name="东河镇", column="stand", row="end") == 159.0
    assert value(held, form="timber", zone="", column="growing", row="storm") == 40.0
    assert value(held, form="water", zone="", column="ponds", row="closing") == 5.5  # 5 + 3 − 2.5
    run.write(result, tmp_path / "out", study.load(made.path))
    table = pd.read_csv(tmp_path / "out" / "accounts" / "timber.csv", encoding="utf-8-sig")
    assert set(table["指标代码"]) >= {"timber.start.stand", "timber.storm.growing", "timber.felled.growing"}
    assert set(table["表号"]) == {"林3"}
    assert set(table["单位"]) == {"亩", "m³"}
    book = openpyxl.load_workbook(tmp_path / "out" / "accounts.xlsx")
    for number, rows, columns, lost in (
        ("林3", ["年初数", "本年造林", "台风倒伏", "限额采伐", "年末数"], ["林分面积", "活立木蓄积"], "天然林"),
        ("水5", ["年末蓄水", "灌溉取水", "降雨补给", "年初蓄水"], ["塘坝蓄水"], "地下水"),
    ):
        sheet = next(book[name] for name in book.sheetnames if name.startswith(number))
        texts = [cell for line in sheet.iter_rows(values_only=True) for cell in line if isinstance(cell, str)]
        for wanted in columns:
            assert [t for t in texts if wanted in t], (wanted, texts)
        places = [next(n for n, t in enumerate(texts) if t.strip() == row) for row in rows]
        assert places == sorted(places)  # in the order of the county's form
        assert not [t for t in texts if lost in t]


@pytest.fixture
def two_years(tmp_path):
    """A county that kept books for 2022 (closed, in a results folder) and for 2023, of which no opening is recorded."""
    some = ("land", "timber")
    last = county.Plain(tmp_path / "c", some, years=(2022,), bulletin=False)
    now = county.Plain(tmp_path / "d", some, "  opening: ../last\n", years=(2023,), bulletin=False)
    both = county.Books(now.books.zones, now.books.areas, (2022, 2023))
    now.books.values = {c: v for c, v in both.values.items() if c[0] == 2023 and c[4] != "opening"}
    now.save()
    return last, now, tmp_path


def test_openings_come_from_last_years_results(two_years):
    last, now, folder = two_years
    run.write(last.compute(), folder / "last", study.load(last.path))
    result = now.compute()
    assert result.passed
    assert {c["id"]: c["n"] for c in result.checks}["G2"] > 10
    held = result.stocks.entries
    one = pick(held, form="land", zone_name="东河镇", column="arbor", row="opening", owner="")
    # 30 + 2 = 32 at the end of 2022
    assert one[["open", "close", "value", "source", "method"]].to_numpy().tolist() == [
        [2022, 2023, 32.0, "上年期末", "0"]
    ]
    assert value(held, form="land", zone_name="东河镇", column="arbor", row="closing") == 34.0
    assert value(held, form="timber", zone_name="东河镇", column="natural_volume", row="opening") == 1030.0
    told = [f for f in result.faults if f.code == "GEP-Y031"]
    assert len(told) == 1
    assert "2022" in told[0].zh
    # this year's office has another opening: it stays, and the revision is listed, not made
    now.books.values[2023, "land", "东河镇", "arbor", "opening", ""] = 31.5
    now.books.values[2023, "land", "东河镇", "other", "opening", ""] = 1508.5
    now.save()
    result = now.compute()
    assert value(result.stocks.entries, form="land", zone_name="东河镇", column="arbor", row="opening") == 31.5
    table = pick(result.stocks.tables["revisions"], form="land", zone_name="东河镇", column="arbor", owner="")
    assert table[["year", "closing_before", "opening_now", "revision"]].to_numpy().tolist() == [
        [2022, 32.0, 31.5, -0.5]
    ]
    assert "G2" in {c["id"] for c in result.checks if not c["passed"]}


def test_a_year_that_last_years_file_holds_too_is_taken_from_this_run(tmp_path):
    """Results of 2020 are named as last year's for a study of 2020 and 2023: 2020 is what its records say now."""
    last = county.Plain(tmp_path / "c", ("land",), years=(2020,), bulletin=False)
    last.books.values[2020, "land", "东河镇", "arbor", "closing", ""] = 33
    last.save()
    run.write(last.compute(), tmp_path / "last", study.load(last.path))
    now = county.Plain(tmp_path / "d", ("land",), "  opening: ../last\n", years=(2020, 2023), bulletin=False)
    now.books.values = {c: v for c, v in now.books.values.items() if (c[0], c[4]) != (2023, "opening")}
    now.save()
    result = now.compute()
    assert result.passed
    held = result.stocks.entries
    assert not held.duplicated(["form", "open", "close", "zone", "column", "row", "owner"]).any()
    one = pick(held, form="land", zone_name="东河镇", column="arbor", row="opening", close=2023)
    assert one[["value", "source"]].to_numpy().tolist() == [[32.0, "上年期末"]]


def test_periods_in_any_order_make_one_chain(tmp_path):
    made = county.Plain(tmp_path / "c", ("land",), years=(2020, 2023), bulletin=False)
    made.books.values = {c: v for c, v in made.books.values.items() if (c[0], c[4]) != (2023, "opening")}
    made.save()
    made.edit("periods: [2020, 2023]", "periods: [2023, 2020]")
    result = made.compute()
    assert result.passed
    assert "G2" in {c["id"] for c in result.checks}
    assert value(result.stocks.entries, form="land", zone="", column="dry", row="opening", close=2023) == 89.0  # 92 − 3


def test_openings_come_from_a_filled_workbook(two_years, gep):
    last, now, folder = two_years
    path = folder / "last.xlsx"
    said = gep("forms", "--study", last.path, "--only", "timber", "--to", path, "--year", 2022, lang="zh")
    assert said.exit_code == 0, said.output
    book = openpyxl.load_workbook(path)
    from gep.report import form_blank

    lines = list(book[form_blank.MAP].iter_rows(values_only=True))
    places = [dict(zip(form_blank.MAP_COLUMNS, line, strict=True)) for line in lines[1:]]
    numbers = {("opening", "planted_area"): 9, ("ingrowth", "planted_area"): 2.5, ("closing", "planted_area"): 11.5}
    for zone in ("341699001", "341699002"):
        for (row, column), number in numbers.items():
            at = [
                p
                for p in places
                if (p["form"], p["zone"], p["row"], p["column"], p["owner"] or "") == ("timber", zone, row, column, "")
            ]
            at = [p for p in at if p["kind"] in (None, "", "value", "entry", "figure")] or at
            book[at[0]["sheet"]][at[0]["cell"]] = number
    book.save(path)
    now.edit("opening: ../last", "opening: ../last.xlsx")
    result = now.compute()
    one = pick(result.stocks.entries, form="timber", zone_name="西山乡", column="planted_area", row="opening", owner="")
    assert one[["value", "source"]].to_numpy().tolist() == [[11.5, "上年期末"]]


def test_last_year_that_cannot_be_read_is_told_before_the_pass(two_years, gep):
    _, now, folder = two_years
    for lang, words in (("zh", "上年结果读不到"), ("en", "Last year's results cannot be read")):
        said = gep("run", now.path, "--to", folder / "out", lang=lang)
        assert said.exit_code == 2, said.output
        assert words in said.output


def test_one_period_has_books_but_no_extent(tmp_path):
    made = county.Raster(tmp_path / "c")
    made.edit("extent: {dates: [2017, 2020, 2023]}\n", "")
    made.edit("periods: [2020, 2023]", "periods: [2023]")
    made.edit("  term: {start: 2017, end: 2023}\n", "")
    result = made.compute()
    assert result.passed
    assert result.chain == ()
    assert not {"extent", "land_remote"} & set(result.stocks.forms)
    assert set(pick(result.stocks.entries, form="asset_value")["row"]) == {"closing"}  # nothing to open with
    assert {*RECORDED} <= set(result.stocks.forms)
    assert set(map(tuple, pick(result.stocks.entries, form="land")[["open", "close"]].to_numpy())) == {(2022, 2023)}


def test_an_extent_account_of_one_date_is_refused(tmp_path, gep):
    made = county.Raster(tmp_path / "c")
    made.edit("extent: {dates: [2017, 2020, 2023]}", "extent: {dates: [2023]}")
    made.edit("periods: [2020, 2023]", "periods: [2023]")
    for lang, words in (("zh", "范围账户至少要两期土地覆被"), ("en", "An extent account needs two dates")):
        said = gep("run", made.path, "--to", tmp_path / "out", lang=lang)
        assert said.exit_code == 2
        assert "GEP-X006" in said.output
        assert words in said.output


def test_a_date_without_a_file_is_refused(tmp_path, gep):
    made = county.Raster(tmp_path / "c")
    made.edit("dates: [2017, 2020, 2023]", "dates: [2017, 2020, 2023, 2026]")
    said = gep("check", made.path, lang="en")
    assert said.exit_code == 2
    assert "landcover_2026.tif" in said.output


def test_dates_need_not_be_periods_nor_periods_dates(tmp_path):
    """A land cover of 2026 that is no period, none compared for 2020: each account keeps to its own dates."""
    made = county.Raster(tmp_path / "c")
    shutil.copy(made.folder / "landcover_2017.tif", made.folder / "landcover_2026.tif")
    made.edit("dates: [2017, 2020, 2023]", "dates: [2017, 2023, 2026]")
    made.edit("  term: {start: 2017, end: 2023}\n", "")
    made.edit("{" + ", ".join(f"{county.TABLES[f]}: {f}" for f in RECORDED) + "}", "{survey: land}")
    for form in RECORDED:
        if form != "land":
            line = next(x for x in county.tables().splitlines() if x.startswith(f"  {county.TABLES[form]}:"))
            made.edit(line + "\n", "")
    made.edit("valued: [land, timber, water]", "valued: [land]")
    result = made.compute()
    assert result.passed, [c for c in result.checks if not c["passed"]]
    held = result.stocks.entries

    def pairs(form):
        return pick(held, form=form)[["open", "close"]].drop_duplicates().to_numpy().tolist()

    assert pairs("extent") == [[2017, 2023], [2023, 2026]]
    assert pairs("land_remote") == [[2017, 2023], [2023, 2026]]
    assert pairs("land") == [[2017, 2020], [2020, 2023]]  # no interval of the books spans another
    # 2017 → 2023 → 2026 (the map of 2017 again): dry land comes back to where it was
    ends = [value(held, form="land_remote", open=a, close=b, zone="", column="dry", row=r)
            for a, b, r in ((2017, 2023, "opening"), (2023, 2026, "closing"))]  # fmt: skip
    assert ends[0] == ends[1] == 90.09


def test_without_a_balance_sheet_there_are_the_accounts_of_pixels(tmp_path):
    made = county.Raster(tmp_path / "c")
    text = made.path.read_text("utf-8")
    made.path.write_text(text[: text.index("balance_sheet:")], "utf-8")
    for line in county.tables().splitlines():  # nothing reads these tables now
        made.edit(line + "\n", "")
    result = made.compute()
    assert result.passed
    assert set(result.stocks.forms) == {
        "extent", "land_remote", "ecological_asset", "supply_use", "supply_use_physical", "asset_value",
    }  # fmt: skip
    assert "land_difference" not in result.stocks.tables
    assert not [f for f in result.faults if f.code == "GEP-B012"]


@pytest.mark.parametrize("sheet", ["balance_sheet: {}\n", "balance_sheet: {records: {}}\n"])
def test_a_balance_sheet_without_records_makes_up_nothing(tmp_path, sheet):
    made = county.Plain(tmp_path / "c", ("land",), bulletin=False)
    text = made.path.read_text("utf-8")
    made.path.write_text(text[: text.index("balance_sheet:")] + sheet, "utf-8")
    made.edit("  survey: {path: survey_{year}.csv}\n", "")
    result = made.compute()
    assert result.passed
    assert set(result.stocks.entries["form"]) <= {"supply_use", "supply_use_physical"}
    run.write(result, tmp_path / "out", study.load(made.path))
    assert not (tmp_path / "out" / "accounts" / "land.csv").exists()


def test_without_rasters_the_books_run_from_period_to_period(tmp_path):
    made = county.Plain(tmp_path / "c", ("land",), years=(2020, 2023), bulletin=False)
    result = made.compute()
    assert result.passed
    pairs = pick(result.stocks.entries, form="land")[["open", "close"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[2019, 2020], [2020, 2023]]
    # where the study keeps books of single years, 2022 follows on nothing: that is no fault of anybody's file
    made.path.write_text(made.path.read_text("utf-8") + "  interval: year\n", "utf-8")
    result = made.compute()
    pairs = pick(result.stocks.entries, form="land")[["open", "close"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[2019, 2020], [2022, 2023]]
    assert [f.code for f in result.faults if f.severity != "info"] == []
    assert "G2" not in {c["id"] for c in result.checks}


def test_a_sound_study_is_told_nothing_of_its_records(whole):
    made, result, _ = whole
    found = check.inspect(study.load(made.path), before, ahead)
    assert [f.en for f in found if f.severity == "error"] == []
    # the price of forest land lies outside the published ones, npp has no reference levels: both are so
    assert {f.code for f in found if f.severity == "warning"} <= {"GEP-U012", "GEP-D010"}
    assert {f.code for f in result.faults if f.severity == "warning"} <= {"GEP-U012", "GEP-D010"}


def test_the_sample_is_told_nothing_of_its_records(monkeypatch):
    from pathlib import Path

    from gep.cli.forms import townships
    from gep.stock_inputs import read_inputs
    from gep.tools import Tools

    sample = study.load(Path(__file__).resolve().parents[1] / "data" / "sample" / "study.yaml")
    names = townships(sample, 2023)
    found = [*check._unread(sample), *read_inputs(sample, names, Tools.of(sample))[1]]
    for period in sample.periods:
        found += check._tables(sample, period, None, set(sample.tables) - check._of_later(sample))
    assert [(f.code, f.file, f.place) for f in found if f.severity != "info"] == []
