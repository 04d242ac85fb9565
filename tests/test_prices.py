"""Prices: the year asked for, an index named, or an error; nothing is borrowed in silence."""

import csv
import datetime as dt
from pathlib import Path

import pytest

from gep import units
from gep.coefficient_check import UNDATED, is_price, years
from gep.coefficients import COLUMNS, Coefficients, folder
from gep.errors import GepError
from gep.prices import Prices

HEADER = ",".join(COLUMNS)
SPEC = Path(__file__).resolve().parents[2] / "shared" / "spec" / "coefficients"


@pytest.fixture(scope="module")
def prices():
    return Prices(Coefficients.load())


def local(tmp_path, *rows, **load):
    path = tmp_path / "county.csv"
    lines = [HEADER]
    for number, cells in enumerate(rows):
        base = {"id": f"county.{number}", "type": "*", "region": "341699", "confidence": "secondary", "source": "年鉴"}
        lines.append(",".join(str((base | cells).get(c, "")) for c in COLUMNS))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return Prices(Coefficients.load([path], **load))


def code(function, *args, **kwargs):
    with pytest.raises(GepError) as caught:
        function(*args, **kwargs)
    return caught.value.faults[0]


def test_every_dated_price_row_is_found_in_its_year():
    rows = [r for r in Coefficients.load().rows if is_price(r.unit) and r.value is not None and r.basis != UNDATED]
    assert len(rows) > 60
    for row in rows:
        own = Prices(Coefficients.load(sets={row.symbol: row.set}))
        year = max(years(row)[0], row.price_year)
        found = own.find(row.symbol, region=row.region, year=year, unit=row.unit, basis=row.basis)
        assert found.rows == (row.id,)
        assert found.value == row.value
        assert found.price_year == year
        assert found.confidence == row.confidence


def test_unit_is_converted(prices):
    # 0.69 yuan/kg = 690 yuan/t
    own = Prices(Coefficients.load(sets={"so2": "miao2017"}))
    assert own.find("so2", region="34", year=2014, unit="yuan/t").value == pytest.approx(690, rel=1e-12)
    fault = code(prices.find, "carbon", region="34", year=2022, unit="yuan/tC")
    assert fault.code == "GEP-K038"
    assert fault.place.startswith("row ")


def test_a_tax_in_force_needs_no_index(prices):
    found = prices.find("so2", region="341699", year=2023, unit="yuan/t")
    assert (found.value, found.price_year, found.basis, found.confidence) == (1263.16, 2023, "tax_value", "unverified")
    # the discharge fee ends with 2017; the tax starts in 2018
    levy = Prices(Coefficients.load(sets={"so2": "levy_2003"}))
    assert levy.find("so2", region="5133", year=2010, unit="yuan/t").value == 1200
    assert code(levy.find, "so2", region="5133", year=2018, unit="yuan/t").code == "GEP-K040"
    assert "2003–2017" in code(levy.find, "so2", region="5133", year=2018, unit="yuan/t").en


def test_no_default_tax_outside_its_province(prices):
    # the default set has Anhui rows only: elsewhere the rate must be given or the statutory minimum chosen
    assert code(prices.find, "cod", region="3301", year=2023, unit="yuan/t").code == "GEP-K031"


def test_an_absent_year_names_years_and_remedy(prices):
    fault = code(prices.find, "water_storage", region="341699", year=2020, unit="yuan/m³", basis="one_off")
    assert fault.code == "GEP-K040"
    assert "2005, 2010, 2011" in fault.zh
    assert "index: cpi" in fault.fix_en
    assert "ppi" in fault.fix_en


def test_conversion_by_a_chained_index(prices):
    # 7.53 (2011) to 2013 by World Bank CPI: 2.620 % in 2012, 2.621 % in 2013
    found = prices.find("water_storage", region="341699", year=2013, unit="yuan/m³", basis="one_off", index="cpi")
    assert found.value == pytest.approx(7.53 * 1.0262 * 1.02621, rel=1e-12)
    assert found.price_year == 2013
    assert found.rows == (
        "prices.reservoir_cost.water_storage.all.cn.2011",
        "price_indices.cpi.cn.2012",
        "price_indices.cpi.cn.2013",
    )
    assert "2011" in found.how_zh
    assert "cpi" in found.how_zh
    assert "moved to 2013 by cpi" in found.how_en
    assert "moved to 2013 by cpi" in found.how
    # PPI is unverified: the price takes the worst grade. 106.0 is not used (2011 is the base year); 98.3, 98.1 are
    ppi = prices.find("water_storage", region="34", year=2013, unit="yuan/m³", basis="one_off", index="ppi")
    assert ppi.value == pytest.approx(7.53 * 0.983 * 0.981, rel=1e-12)
    assert ppi.confidence == "unverified"


def test_backwards_and_nearest(prices):
    # 2007 lies 2 from 2005 and 3 from 2010: from 2005, up by 1.649 % (2006) and 4.817 % (2007)
    found = prices.find("water_storage", region="34", year=2007, unit="yuan/m³", basis="one_off", index="cpi")
    assert found.value == pytest.approx(6.1107 * 1.01649 * 1.04817, rel=1e-12)
    # carbon of 2020 from 2021 (0.981 % in 2021), low and high along
    carbon = prices.find("carbon", region="34", year=2020, unit="yuan/tCO2", index="cpi")
    assert carbon.value == pytest.approx(42.85 / 1.00981, rel=1e-12)
    assert (carbon.low, carbon.high) == (pytest.approx(38.5 / 1.00981), pytest.approx(62.29 / 1.00981))


def test_two_equally_near_years_take_the_earlier(tmp_path):
    rows = [
        {"symbol": "crop", "value": v, "unit": "yuan/t", "price_year": y, "basis": "market"}
        for y, v in ((2010, 1), (2014, 3))
    ]
    found = local(tmp_path, *rows).find("crop", region="341699", year=2012, unit="yuan/t", index="keep")
    assert (found.value, found.price_year) == (1, 2010)


def test_keep_shows_its_own_year(prices):
    found = prices.find("water_storage", region="34", year=2023, unit="yuan/m³", basis="one_off", index="keep")
    assert (found.value, found.price_year, found.rows) == (
        7.53,
        2011,
        ("prices.reservoir_cost.water_storage.all.cn.2011",),
    )
    assert "未换算" in found.how_zh


def test_an_index_that_lacks_years_is_named(prices):
    fault = code(prices.find, "water_storage", region="34", year=2026, unit="yuan/m³", basis="one_off", index="cpi")
    assert fault.code == "GEP-K042"
    assert "2025, 2026" in fault.en
    assert code(prices.find, "dredging", region="34", year=2020, unit="yuan/m³", index="cpx").code == "GEP-K041"


def test_basis_is_a_visible_choice(prices):
    fault = code(prices.find, "water_storage", region="34", year=2010, unit="yuan/m³")
    assert fault.code == "GEP-K043"
    assert "annualised, one_off" in fault.en
    assert code(prices.find, "dredging", region="34", year=2010, unit="yuan/m³", basis="tax_value").code == "GEP-K044"


def test_annualised_says_what_to_supply(prices):
    fault = code(prices.find, "water_storage", region="341699", year=2010, unit="yuan/m³", basis="annualised")
    assert fault.code == "GEP-K045"
    for needed in (
        "reservoir_depreciation_rate",
        "reservoir_operation_cost",
        "county.water_storage.all.341699.2010",
        HEADER,
    ):
        assert needed in fault.fix_zh


def test_annualised_row_of_the_county(tmp_path):
    row = {"symbol": "water_storage", "value": 0.5, "unit": "元/(m³·a)", "price_year": 2023, "basis": "annualised"}
    own = local(tmp_path, row)
    found = own.find("water_storage", region="341699", year=2023, unit="yuan/m³", basis="annualised")
    assert (found.value, found.unit, found.basis, found.price_year) == (0.5, "yuan/m³", "annualised", 2023)
    assert found.rows == ("county.0",)
    assert own.find("water_storage", region="341699", year=2023, unit="yuan/m³").value == 0.5  # the only one that near


def test_annualised_from_its_parts(tmp_path):
    own = local(
        tmp_path,
        {"symbol": "reservoir_depreciation_rate", "value": 2, "unit": "%/a"},
        {
            "symbol": "reservoir_operation_cost",
            "value": 0.1,
            "unit": "yuan/(m³·a)",
            "price_year": 2010,
            "basis": "annualised",
        },
    )
    found = own.find("water_storage", region="341699", year=2010, unit="yuan/m³", basis="annualised")
    # C·D_r + O = 7.06 × 0.02 + 0.1 = 0.2412
    assert found.value == pytest.approx(0.2412, rel=1e-12)
    assert found.rows == ("prices.reservoir_cost.water_storage.all.cn.2010", "county.0", "county.1")
    assert found.confidence == "secondary"
    assert "7.06 × 0.02 + 0.1" in found.how_en
    fault = code(own.find, "water_storage", region="341699", year=2012, unit="yuan/m³", basis="annualised")
    assert fault.code == "GEP-K040"  # the capital cost of 2012 is absent and no index is named


def test_blank_year_is_an_error_without_an_index(prices):
    fault = code(prices.find, "carbon", region="34", year=2025, unit="yuan/tCO2")
    assert fault.code == "GEP-K037"
    assert "county.carbon.all.34.2025" in fault.fix_en


def test_undated_prices_are_never_used():
    own = Prices(Coefficients.load(sets={"oxygen": "chen2017_lancang"}))
    assert code(own.find, "oxygen", region="34", year=2010, unit="yuan/t").code == "GEP-K037"


def test_county_price_outranks(tmp_path):
    row = {
        "symbol": "carbon",
        "region": "CN",
        "value": 60,
        "unit": "yuan/tCO2",
        "price_year": 2022,
        "basis": "market_mean",
    }
    assert local(tmp_path, row).find("carbon", region="34", year=2022, unit="yuan/tCO2").value == 60


def test_tax_values_are_rate_over_equivalent():
    coefficients = Coefficients.load()
    day = dt.date(2020, 1, 1)
    water = {"cod", "nh3n", "nitrogen", "phosphorus", "bod5", "suspended_solids"}
    checked = 0
    for row in coefficients.rows:
        if row.set not in ("env_tax_2018", "env_tax_2018_minimum") or row.symbol.startswith("env_tax_rate"):
            continue
        own = Coefficients.load(sets=dict.fromkeys(("env_tax_rate_air", "env_tax_rate_water"), row.set))
        medium = "water" if row.symbol in water else "air"
        rate = own.find(f"env_tax_rate_{medium}", region=row.region, date=day, unit="yuan/equivalent").value
        per = own.find(f"pollution_equivalent_{row.symbol}", region=row.region, date=day, unit="t/equivalent").value
        assert row.value == pytest.approx(rate / per, abs=0.005)
        checked += 1
    assert checked == 21


def _spec(name):
    if not (SPEC / name).exists():
        pytest.skip("the fact sheets are not beside the checkout")
    with open(SPEC / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["11_prices.csv", "11b_pollution_equivalents.csv", "11c_carbon_price.csv"])
def test_prices_are_those_gathered(name):
    ours = [r for r in Coefficients.load().rows if r.file.endswith("prices.csv")]
    spellings = {"yuan/t C": "yuan/tC", "yuan/t CO2": "yuan/tCO2", "kg per equivalent": "kg/equivalent"}
    for fact in _spec(name):
        try:
            value = float(fact["value"])
        except ValueError:  # blank, or a range: kept as low and high
            continue
        if "101.21" in fact["value"]:  # a day in December, told in a note
            continue
        unit = spellings.get(fact["unit"], fact["unit"]).replace("m3", "m³")
        numbers = {
            n
            for r in ours
            for n in (r.value, r.low, r.high)
            if n is not None
            for u in [r.unit]
            if _same(u, unit, n, value)
        }
        assert numbers, fact["key"]


def _same(have, want, number, value):
    try:
        return number * units.factor(have, want) == pytest.approx(value, rel=1e-4)
    except ValueError:
        return False


def test_indices_are_those_gathered(prices):
    names = {"cpi.worldbank": "cpi", "cpi.nbs": "cpi_nbs", "ppi.nbs": "ppi"}
    yearly = {(r.symbol, r.price_year): r.value for r in prices.coefficients.indices}
    facts = _spec("11d_price_indices.csv")
    for fact in facts:
        index, year, value = names[".".join(fact["key"].split(".")[:2])], int(fact["year"]), float(fact["value"])
        if "index2020" in fact["key"]:
            assert 100 * prices.ratio(index, 2020, year)[0] == pytest.approx(value, abs=0.0051)
        else:
            assert yearly.pop((index, year)) == value
    assert set(yearly.values()) <= {None}  # indices that were not found stand there blank
    assert (folder() / "price_indices.csv").exists()


@pytest.mark.parametrize(
    ("begin", "end", "span"),
    [
        ("2012-07-01", "2019-07-01", (2012, 2019)),  # in force on 1 July of both years
        ("2012-07-02", "2019-06-30", (2013, 2018)),
        ("2012-01-01", "2012-12-31", (2012, 2012)),
    ],
)
def test_in_force_is_judged_at_mid_year(tmp_path, begin, end, span):
    row = {"symbol": "fare", "value": 1, "unit": "yuan", "price_year": 2012, "basis": "tariff"}
    own = local(tmp_path, row | {"valid_from": begin, "valid_to": end})
    first, last = span
    assert [own.find("fare", region="341699", year=y, unit="yuan").price_year for y in span] == [first, last]
    for year in (first - 1, last + 1):
        assert code(own.find, "fare", region="341699", year=year, unit="yuan").code == "GEP-K040"


@pytest.mark.parametrize(
    ("price", "value", "unit", "chosen"),
    [  # the prices of the Garzê account of 2010 (GARZE, table 3), as its replica asks for them
        ("water_storage", 7.06, "yuan/m³", "reservoir_cost"), ("dredging", 15.58, "yuan/m³", "garze2010"),
        ("water_domestic", 2.6, "yuan/m³", "garze2010"), ("water_industry", 3.6, "yuan/m³", "garze2010"),
        ("water_agriculture", 0.07, "yuan/m³", "garze2010"), ("electricity", 0.53, "yuan/kWh", "garze2010"),
        ("carbon", 380, "yuan/tCO2", "garze2010"), ("oxygen", 727, "yuan/t", "garze2010"),
        ("so2", 1200, "yuan/t", "levy_2003"), ("nox", 630, "yuan/t", "levy_2003"), ("dust", 150, "yuan/t", "levy_2003"),
        ("cod", 700, "yuan/t", "levy_2003"), ("nh3n", 875, "yuan/t", "levy_2003"),
        ("nitrogen", 875, "yuan/t", "levy_2003"), ("phosphorus", 2800, "yuan/t", "levy_2003"),
    ],
)  # fmt: skip
def test_the_prices_of_the_garze_account(price, value, unit, chosen):
    own = Prices(Coefficients.load(sets={price: chosen}))
    basis = "one_off" if price == "water_storage" else None
    found = own.find(price, region="5133", year=2010, unit=unit, basis=basis)
    assert (found.value, found.price_year, found.confidence) == (value, 2010, "verified")


@pytest.mark.parametrize(("year", "mean"), [(2021, 42.85), (2022, 55.30), (2023, 68.15), (2024, 95.72)])
def test_carbon_is_the_national_market_mean_per_tonne_of_co2(prices, year, mean):
    found = prices.find("carbon", region="341699", year=year, unit="yuan/tCO2")
    assert (found.value, found.basis, found.confidence) == (mean, "market_mean", "verified")


@pytest.mark.parametrize(
    ("pollutant", "value"),
    [("so2", 1263.16), ("nox", 1263.16), ("dust", 300), ("cod", 1400), ("nh3n", 1750), ("nitrogen", 1750),
     ("phosphorus", 5600)],
)  # fmt: skip
def test_tax_values_of_anhui_are_the_default(prices, pollutant, value):
    found = prices.find(pollutant, region="341699", year=2020, unit="yuan/t")
    assert (found.value, found.basis, found.confidence) == (value, "tax_value", "unverified")


def test_a_county_brings_its_own_index(prices, tmp_path):
    # 15.58 yuan/m³ of 2010 by 102 and 105 (previous year = 100): × 1.02 × 1.05 = × 1.071 = 16.68618
    lacking = code(prices.find, "dredging", region="341699", year=2012, unit="yuan/m³", index="construction")
    assert lacking.code == "GEP-K042"
    assert "symbol construction" in lacking.fix_en
    steps = [
        {"symbol": "construction", "basis": "index", "price_year": year, "value": value, "unit": "previous year=100"}
        for year, value in ((2011, 102), (2012, 105))
    ]
    own = local(tmp_path, *steps)
    found = own.find("dredging", region="341699", year=2012, unit="yuan/m³", index="construction")
    assert found.value == pytest.approx(15.58 * 1.02 * 1.05, rel=1e-12, abs=0)
    assert found.rows[1:] == ("county.0", "county.1")
