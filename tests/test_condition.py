"""The condition account: means by township and type, references, what is missing, identities and planted errors."""

from __future__ import annotations

import numpy as np
import pytest
import tiny as maker
from hypothesis import given, settings
from hypothesis import strategies as st
from tabled import County

from gep import study as studies
from gep.accounts.condition import condition_account, condition_checks, indicator
from gep.accounts.totals import Totals
from gep.bind import bind
from gep.condition_variables import References, references, variables
from gep.errors import GepError
from gep.opening import open_space
from gep.steps import measure
from gep.tools import Tools

TYPES = ("11e", "31", "42", "51d")
CODES = ("341699001", "341699002")
NAMES = {"341699001": "东河镇", "341699002": "西山乡"}


class Study:
    """Just what the account asks of a study."""

    file = "study.yaml"

    def __init__(self, said, folder):
        self.condition, self.folder = said, folder

    def place(self, *loc, key=False):
        return ".".join(map(str, loc))

    def resolve(self, pattern):
        return self.folder / pattern


def asks(tmp_path, references=None, rows="", variables=("vegetation_cover", "npp")):
    from gep.study_accounts import Condition

    if references:
        (tmp_path / references).write_text(rows, "utf-8")
    return Study(Condition(variables=list(variables), references=references), tmp_path)


def totals(period, extent, cover, npp, valid=None):
    """Totals of two townships: areas in m², means by (zone, type); `valid`: area where the cover has values."""
    extent = np.array(extent, float)
    mask = np.array([[1, 1, 0, 1]] * 2, float)
    area = extent * mask if valid is None else np.array(valid, float) * mask
    areas = {"extent": extent, "condition.vegetation_cover": area, "condition.npp": extent * mask}
    sums = {
        ("condition.vegetation_cover", "vegetation_cover"): np.array(cover) * area,
        ("condition.npp", "npp"): np.array(npp) * extent * mask,
    }
    return Totals(period, CODES, TYPES, areas, sums, extent.sum(axis=1))


EXTENT = [[100, 50, 10, 200], [300, 0, 0, 100]]
COVER_0 = [[0.8, 0.4, 0, 0.5], [0.6, 0, 0, 0.2]]
COVER_1 = [[0.9, 0.4, 0, 0.45], [0.5, 0, 0, 0.3]]
NPP = [[600, 300, 0, 400], [500, 0, 0, 350]]


def pick(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def account(study, *more, **kw):
    found = more or (totals(2020, EXTENT, COVER_0, NPP), totals(2023, EXTENT, COVER_1, NPP))
    return condition_account({t.period: t for t in found}, study, NAMES, **kw)


def test_values_changes_and_the_county_as_weighed_by_area(tmp_path):
    got = account(asks(tmp_path))
    forest = pick(got.table, zone="341699001", variable="vegetation_cover", level="type", type="11e")
    assert (forest["opening"], forest["closing"], forest["change"]) == (0.8, 0.9, 0.1)
    assert (forest["unit"], forest["ect"], forest["coverage_opening"]) == ("1", "biotic_structural", 1)
    # the definition's bounds 0 and 1 are levels of judgement: (0.8 − 0)/(1 − 0)
    assert (forest["indicator_opening"], forest["reference_confidence"]) == (0.8, "judgement")
    # county, forest: (0.8·100 + 0.6·300)/400 = 0.65, not the mean of means 0.7; closing (0.9·100 + 0.5·300)/400 = 0.6
    county = pick(got.table, zone="", variable="vegetation_cover", level="I", type="1")
    assert (county["opening"], county["closing"], county["change"]) == (0.65, 0.6, -0.05)
    # water is not what vegetation cover speaks of; the second township has no grass
    assert "42" not in set(got.table["type"])
    assert got.table[(got.table["zone"] == "341699002") & (got.table["type"] == "31")].empty
    # npp has no reference levels: a value, no indicator, and it is said which to supply
    npp = pick(got.table, zone="341699001", variable="npp", level="type", type="51d")
    assert npp["opening"] == 400
    assert np.isnan(npp["indicator_opening"])
    (told,) = [f for f in got.faults if f.code == "GEP-D010"]
    assert "净初级生产力" in told.zh
    assert "1, 3, 5" in told.zh
    assert "condition.references" in told.fix_en


def test_the_identities_hold_and_a_planted_error_names_township_variable_and_amount(tmp_path):
    got = account(asks(tmp_path))
    assert {c["id"]: c["passed"] for c in got.checks} == {"condition_change": True, "condition_county": True}
    broken = got.table.copy()
    at = broken[(broken["zone"] == "341699001") & (broken["type"] == "51d") & (broken["variable"] == "npp")].index[0]
    broken.loc[at, "closing"] = 401.0  # the change says 0
    checks = {c["id"]: c for c in condition_checks(broken)}
    cell = checks["condition_change"]["failed"][0]
    assert (cell["zone_name"], cell["column"], cell["row"]) == ("东河镇", "51d", "npp change")
    assert cell["difference"] == pytest.approx(-1, rel=1e-12, abs=0)
    # the county's cropland: (401·200 + 350·100)/300 = 384 against (400·200 + 350·100)/300 = 383.3 printed
    (far,) = checks["condition_county"]["failed"]
    assert (far["zone"], far["column"]) == ("", "51d")
    assert far["difference"] == pytest.approx(0.7, rel=1e-9, abs=0)


def test_three_dates_chain_and_a_broken_chain_fails(tmp_path):
    three = [totals(y, EXTENT, c, NPP) for y, c in ((2017, COVER_1), (2020, COVER_0), (2023, COVER_1))]
    got = account(asks(tmp_path), *three)
    checks = {(c["id"], c["period"]): c["passed"] for c in got.checks}
    assert checks["condition_chain", 2023] is True
    broken = got.table.copy()
    at = broken[(broken["open"] == 2020) & (broken["zone"] == "") & (broken["type"] == "11e")].index[0]
    broken.loc[at, ["opening", "change"]] = [0.66, -0.06]
    (chain,) = [c for c in condition_checks(broken) if c["id"] == "condition_chain"]
    assert not chain["passed"]
    assert chain["failed"][0]["difference"] == pytest.approx(-0.01, rel=1e-9, abs=0)


def test_a_missing_value_is_shown_as_missing_with_its_coverage(tmp_path):
    valid = [[50, 50, 10, 0], [300, 0, 0, 100]]
    got = account(asks(tmp_path), totals(2020, EXTENT, COVER_0, NPP, valid), totals(2023, EXTENT, COVER_1, NPP))
    forest = pick(got.table, zone="341699001", variable="vegetation_cover", level="type", type="11e")
    assert (forest["coverage_opening"], forest["coverage_closing"]) == (0.5, 1)
    crop = pick(got.table, zone="341699001", variable="vegetation_cover", level="type", type="51d")
    assert np.isnan(crop["opening"])
    assert np.isnan(crop["change"])
    assert (crop["coverage_opening"], crop["closing"]) == (0, 0.45)
    assert "没有有效像元" in crop["note"]
    # county cropland at the opening: the second township alone
    assert pick(got.table, zone="", variable="vegetation_cover", level="type", type="51d")["opening"] == 0.2


def test_a_variable_without_a_layer_stands_there_as_missing(tmp_path):
    got = account(asks(tmp_path, variables=("lai",)))
    assert set(got.table["variable"]) == {"lai"}
    assert got.table["opening"].isna().all()
    assert got.table["note"].str.contains("缺该变量的图层").all()
    assert got.checks == []  # nothing was compared: no gate


def test_one_date_makes_no_account(tmp_path):
    got = account(asks(tmp_path), totals(2020, EXTENT, COVER_0, NPP))
    assert got.table.empty
    assert [f.code for f in got.faults] == ["GEP-D012"]


def test_the_countys_reference_levels_take_precedence_the_narrowest_type_first(tmp_path):
    head = "变量,类型,下限,上限,单位,来源\n"
    rows = head + "npp,*,100,900,,样地\nnpp,51d,3,5,tC/(hm²·a),试验站\nvegetation_cover,1,0.1,0.7,,\n"
    got = account(asks(tmp_path, "refs.csv", rows))
    forest = pick(got.table, zone="341699001", variable="npp", level="type", type="11e")
    assert forest["indicator_opening"] == 0.625  # (600 − 100)/800
    crop = pick(got.table, zone="341699001", variable="npp", level="type", type="51d")
    # 3 tC/(hm²·a) = 300 gC/(m²·a): (400 − 300)/(500 − 300)
    assert (crop["low"], crop["high"], crop["indicator_opening"]) == pytest.approx((300, 500, 0.5), rel=1e-9, abs=0)
    assert crop["reference_source"] == "试验站"
    # out of range: shown as it is and told, never clipped: (0.8 − 0.1)/0.6 = 1.1667, (0.9 − 0.1)/0.6 = 1.3333
    cover = pick(got.table, zone="341699001", variable="vegetation_cover", level="type", type="11e")
    assert (cover["indicator_opening"], cover["indicator_closing"]) == (1.1667, 1.3333)
    (told,) = [f for f in got.faults if f.code == "GEP-D011"]
    assert "东河镇" in told.zh
    assert "1.1667" in told.en


def test_all_faults_of_the_reference_table_come_at_once(tmp_path):
    rows = (
        "variable,type,low,high,maximum,unit\nndpp,1,0,1,,\nnpp,99,0,1,,\nnpp,1,9,3,,\nnpp,2,a,1,,\nnpp,3,0,1,,mm\n"
        "lai,1,,,0,\nlai,2,,,5,\nlai,2,,,6,\ngpp,1,1,,,\n"
    )
    with pytest.raises(GepError) as caught:
        references(asks(tmp_path, "refs.csv", rows))
    found = [(f.code, f.place) for f in caught.value.faults]
    assert found == [
        ("GEP-D005", "row 2, column variable"), ("GEP-D005", "row 3, column type"), ("GEP-D007", "row 4, column low"),
        ("GEP-D006", "row 5, column low"), ("GEP-D007", "row 5, column low"), ("GEP-D008", "row 6, column unit"),
        ("GEP-D006", "row 7, column maximum"), ("GEP-D009", "row 9, column variable"),
        ("GEP-D007", "row 10, column low"),
    ]  # fmt: skip
    assert all(f.fix_zh and f.fix_en and f.file == "refs.csv" for f in caught.value.faults)
    with pytest.raises(GepError, match="GEP-D004"):
        references(asks(tmp_path, "refs.csv", "变量,型\nnpp,1\n"))


def test_no_reference_level_is_made_up():
    # only what a definition gives: the bounds of vegetation cover, as judgement
    given = {v.id: (v.low, v.high, v.confidence) for v in variables().values() if v.low is not None}
    assert given == {"vegetation_cover": (0.0, 1.0, "judgement")}
    assert References({}).of(variables()["lai"], "11e").maximum is None


def test_less_is_better_turns_the_indicator_round():
    assert indicator(30.0, 20.0, 60.0, "low") == 0.75  # (60 − 30)/40
    assert indicator(30.0, 20.0, 60.0, "high") == 0.25
    assert np.isnan(indicator(30.0, 20.0, 60.0, ""))  # no direction, no indicator


def test_landscape_indices_are_rows_of_the_landscape_class(tmp_path):
    import pandas as pd

    def map_of(patches):
        rows = [("341699001", "", "patches", patches, "1"), ("", "", "contagion", 61.23456, "%")]
        return pd.DataFrame(rows, columns=["zone", "type", "index", "value", "unit"])

    got = account(asks(tmp_path), landscapes={2020: map_of(12.0), 2023: map_of(15.0)})
    row = pick(got.table, variable="patches")
    assert (row["opening"], row["closing"], row["change"], row["ect"], row["zone_name"]) == (
        12, 15, 3, "landscape", "东河镇",
    )  # fmt: skip
    assert pick(got.table, variable="contagion")["opening"] == 61.2346


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_identities_hold_for_any_numbers_and_townships_may_change_places(seed):
    rng = np.random.default_rng(seed)
    make = [
        totals(p, rng.integers(0, 3, (2, 4)) * 900.0, rng.random((2, 4)), rng.random((2, 4)) * 900)
        for p in (2020, 2023)
    ]
    got = condition_account({t.period: t for t in make}, asks(None), NAMES)
    assert all(c["passed"] for c in got.checks)

    def turned(t):
        swap = {k: v[::-1] for k, v in t.areas.items()}, {k: v[::-1] for k, v in t.sums.items()}
        return Totals(t.period, t.zones[::-1], t.types, *swap, t.polygon_m2[::-1])

    other = condition_account({t.period: turned(t) for t in make}, asks(None), NAMES)
    keys = ["zone", "level", "type", "variable"]
    one, two = (a.table.set_index(keys).sort_index() for a in (got, other))
    assert one[["opening", "closing", "change"]].equals(two[["opening", "closing", "change"]])


# bound and measured ------------------------------------------------------------------------------------------------
def add_layers(tiny, *names, said="condition: {variables: [vegetation_cover, npp]}\n"):
    """Give the tiny county rasters (name, low, high, unit) at both dates, and ask for condition."""
    lines = ""
    for k, (name, low, high, unit) in enumerate(names):
        for year in maker.PERIODS:
            values = maker.layer(50 + k + year, maker.ROWS, maker.COLS, low, high)
            maker.write_raster(tiny.folder / f"{name}_{year}.tif", values, nodata=-9999)
        lines += f'  {name}: {{path: "{name}_{{year}}.tif", unit: "{unit}"}}\n'
    tiny.edit("layers:\n", "layers:\n" + lines)
    tiny.edit("services:\n", said + "services:\n")
    return studies.load(tiny.study)


def opened(study):
    tools = Tools.of(study)
    types = tuple(t.code for t in tools.coefficients.types)
    bindings = {p: bind(study, p, tools.coefficients) for p in study.periods}
    spaces = {}
    for p, binding in bindings.items():
        spaces[p] = open_space(study, binding, tools.digests, types, next(iter(spaces.values()), None))
    return bindings, spaces, types


COVER = ("vegetation_cover", 0.1, 0.9, "1")


def test_condition_variables_go_through_the_pass(tiny):
    study = add_layers(tiny, COVER)
    bindings, spaces, _ = opened(study)
    assert bindings[2020].groups["condition.npp"][0] == ("npp",)
    got = {p: measure(study, bindings[p], spaces[p]) for p in study.periods}
    account = condition_account(got, study, spaces[2020].names)
    assert all(c["passed"] for c in account.checks)
    assert len(account.checks) == 2
    # an oracle of its own: pixels weighted by the shares of the first township, forest (CLCD 2)
    share = np.zeros((maker.ROWS, maker.COLS))
    s = spaces[2020].shares
    for row in range(s.rows):
        for k in range(s.row_ptr[row], s.row_ptr[row + 1]):
            if s.zone[k] == 0:
                share[row, s.col0[k] : s.col1[k]] += s.weight[k]
    values = maker.layer(50 + 2020, maker.ROWS, maker.COLS, 0.1, 0.9).astype(float)
    forest = share * (maker.landcover(2020, maker.ROWS, maker.COLS) == 2)
    row = pick(account.table, zone="341699001", variable="vegetation_cover", level="I", type="1")
    assert row["opening"] == pytest.approx((values * forest).sum() / forest.sum(), rel=0, abs=5.1e-5)
    assert row["coverage_opening"] == 1


def test_a_lacking_layer_is_a_warning_with_a_remedy_and_an_unknown_variable_an_error(tiny):
    study = add_layers(tiny, said="condition: {variables: [vegetation_cover, npp], quality: true}\n")
    binding = bind(study, 2020, Tools.of(study).coefficients)
    codes = {f.code: f for f in binding.faults}
    assert "vegetation_cover" in codes["GEP-D002"].zh
    assert all(word in codes["GEP-D003"].en for word in ("lai", "gpp", "vegetation_cover", "never computed from fewer"))
    assert codes["GEP-D003"].place.startswith(f"{tiny.line('quality: true')}:")
    assert "condition.npp" in binding.groups
    assert not {"condition.vegetation_cover", "condition.quality"} & set(binding.groups)
    tiny.edit("[vegetation_cover, npp]", "[vegetation_covr]")
    study = studies.load(tiny.study)
    with pytest.raises(GepError, match="GEP-D001"):
        bind(study, 2020, Tools.of(study).coefficients)


def test_a_bad_reference_table_is_refused_before_any_raster_is_opened(tiny):
    (tiny.folder / "refs.csv").write_text("variable,type,low,high\nnpp,1,900,100\n", "utf-8")
    study = add_layers(tiny, said="condition: {variables: [npp], references: refs.csv}\n")
    with pytest.raises(GepError, match="GEP-D007"):
        bind(study, 2020, Tools.of(study).coefficients)


def test_a_constant_tells_nothing_of_condition(tiny):
    tiny.edit("layers:\n", 'layers:\n  vegetation_cover: {value: 0.5, unit: "1"}\n')
    study = add_layers(tiny)
    binding = bind(study, 2020, Tools.of(study).coefficients)
    (told,) = [f for f in binding.faults if f.code == "GEP-D002"]
    assert "常数" in told.zh
    assert "condition.vegetation_cover" not in binding.groups


def test_zone_means_of_a_study_without_rasters(tmp_path):
    county = County(tmp_path)
    means = "  npp: {means: {table: et, value: et}, unit: gC/(m²·a)}\nlayers_end:"
    county.edit("study.yaml", "tables:\n", means.replace("layers_end:", "tables:\n"))
    county.edit("study.yaml", "services:\n", "condition: {variables: [npp], landscape: true}\nservices:\n")
    county.edit("study.yaml", "periods: [2023]", "periods: [2022, 2023]")
    county.edit("et.csv", "蒸散发(mm/a)", "蒸散发")
    study = studies.load(county.path)
    bindings, spaces, _ = opened(study)
    assert "GEP-D016" in [f.code for f in bindings[2022].faults]  # no map: no landscape indices
    got = {p: measure(study, bindings[p], spaces[p]) for p in study.periods}
    table = condition_account(got, study, spaces[2022].names).table
    # 东河镇 forest 800 on 1000 hm², 西山乡 700 on 400 hm²: (800·1000 + 700·400)/1400 = 771.4
    assert pick(table, zone="", level="I", type="1")["closing"] == 771.4
