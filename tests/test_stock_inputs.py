"""What the accounts of stocks are made of stands in run.json: every file that is read, none that is not."""

from __future__ import annotations

import balance_county as county
import pytest

from gep import run, study
from gep.provenance import digest_file
from gep.stock_inputs import read_inputs
from gep.tools import Tools

OWED = "\n".join(county.FILES["obligations.csv"].splitlines()[:2]) + "\n"  # one obligation of 2020
NAMES = {"341699001": "东河镇", "341699002": "西山乡"}


def noted(made):
    """The files that reading the inputs takes note of: name → digest."""
    spec = study.load(made.path)
    tools = Tools.of(spec)
    _, faults = read_inputs(spec, NAMES, tools)
    assert [f.en for f in faults if f.severity == "error"] == []
    return {row["file"]: row["digest"] for row in tools.digests.table() if row["file"] != made.path.name}


@pytest.fixture
def made(tmp_path):
    return county.Plain(tmp_path / "c", ("land",), "  interval: year\n", years=(2020, 2023), bulletin=False)


def test_tables_of_the_years_that_intervals_open_with(made):
    prices = "form,column,zone,year,method,unit_price,price_unit,source,confidence\n"
    prices += "land,dry,,2020,replacement,5,yuan/ha,示例,judgement\n"
    for year in (2019, 2020, 2021, 2022, 2023):
        (made.folder / f"worth_{year}.csv").write_text(prices.replace("2020", str(year)), "utf-8")
        (made.folder / f"owed_{year}.csv").write_text(OWED.replace("2020", str(year)), "utf-8")
    made.edit("services:", "  worth: {path: 'worth_{year}.csv'}\n  obligations: {path: 'owed_{year}.csv'}\nservices:")
    made.path.write_text(made.path.read_text("utf-8") + "  prices: [worth]\n", "utf-8")
    (made.folder / "survey_2019.csv").write_text((made.folder / "survey_2020.csv").read_text("utf-8"), "utf-8")
    found = noted(made)
    # the intervals are 2019–2020 and 2022–2023; records are those of the periods alone
    assert set(found) == {
        *(f"worth_{y}.csv" for y in (2019, 2020, 2022, 2023)), *(f"owed_{y}.csv" for y in (2019, 2020, 2022, 2023)),
        "survey_2020.csv", "survey_2023.csv",
    }  # fmt: skip
    assert found["worth_2019.csv"] == digest_file(made.folder / "worth_2019.csv")


def test_obligations_of_all_years_of_an_interval(made):
    made.edit("  interval: year\n", "")
    for year in (2019, 2020, 2021, 2022, 2023):
        (made.folder / f"owed_{year}.csv").write_text(OWED.replace("2020", str(year)), "utf-8")
    made.edit("services:", "  obligations: {path: 'owed_{year}.csv'}\nservices:")
    assert {f"owed_{y}.csv" for y in (2019, 2020, 2021, 2022, 2023)} <= set(noted(made))


def test_last_years_results_and_the_reference_levels_stand_in_run_json(tmp_path):
    last = county.Plain(tmp_path / "c", ("land",), years=(2019,), bulletin=False)
    run.write(last.compute(), tmp_path / "last", study.load(last.path))
    now = county.Plain(tmp_path / "d", ("land",), "  opening: ../last\n", years=(2020,), bulletin=False)
    (now.folder / "levels.csv").write_text("variable,type,low,high\nnpp,1,0,1200\n", "utf-8")
    (now.folder / "users.csv").write_text("service,user,share\n", "utf-8")
    now.path.write_text(now.path.read_text("utf-8") + "condition: {references: levels.csv}\n", "utf-8")
    held = {row["file"]: row["digest"] for row in now.compute().meta["inputs"]}
    assert held["entries.parquet"] == digest_file(tmp_path / "last" / "entries.parquet")
    assert held["levels.csv"] == digest_file(now.folder / "levels.csv")
    assert "users.csv" not in held  # nothing reads it


def test_who_uses_the_services_is_noted_without_a_balance_sheet(tmp_path):
    made = county.Plain(tmp_path / "c", ("land",), years=(2023,), bulletin=False)
    text = made.path.read_text("utf-8")
    made.path.write_text(text[: text.index("balance_sheet:")], "utf-8")
    made.edit("services:", "  service_users: {path: users.csv}\nservices:")
    (made.folder / "users.csv").write_text("service,user,share\nprovisioning,agriculture,1\n", "utf-8")
    assert set(noted(made)) == {"users.csv"}
