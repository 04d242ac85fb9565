"""Openings from last year's closings: only what is lacking, only records, only that year; differences are listed."""

from __future__ import annotations

import pytest

from gep.balance.complete import complete
from gep.balance.gates import revisions
from gep.balance.opening import fill_opening, from_results
from gep.entries import frame, pick
from gep.errors import GepError
from gep.forms import shipped

FORMS = shipped()
NAMES = {"a": "东河镇", "b": "西山乡"}


def cell(zone, column, row, value, years=(2020, 2021), owner="", source="台账", form="land"):
    return {"form": form, "open": years[0], "close": years[1], "zone": zone, "zone_name": NAMES.get(zone, ""),
            "column": column, "row": row, "value": value, "unit": "ha", "method": "0", "source": source, "owner": owner,
            "confidence": "secondary"}  # fmt: skip


def last():
    rows = [cell(z, c, "closing", v) for z, c, v in (("a", "paddy", 5.0), ("a", "irrigated", 0.0), ("a", "dry", 7.0),
                                                      ("b", "paddy", 1.0), ("b", "irrigated", 2.0), ("b", "dry", 3.0),
                                                      ("a", "forest", 40.0))]  # fmt: skip
    return complete(FORMS["land"], frame([*rows, cell("a", "dry", "opening", 8.0)]), NAMES)


def filled(*rows, before=None):
    return fill_opening(FORMS, frame(rows), last() if before is None else before, (2021, 2022))


def test_what_is_lacking_is_taken_from_the_last_closing():
    table, faults = filled(cell("a", "paddy", "closing", 5.0, (2021, 2022)))
    openings = pick(table, row="opening")
    assert dict(zip(zip(openings["zone"], openings["column"], strict=True), openings["value"], strict=True)) == {
        ("a", "paddy"): 5.0,
        ("a", "irrigated"): 0.0,
        ("a", "dry"): 7.0,
        ("b", "paddy"): 1.0,
        ("b", "irrigated"): 2.0,
        ("b", "dry"): 3.0,
        ("a", "forest"): 40.0,
    }  # no sums of parts, no county: they are made anew
    assert set(openings["source"]) == {"上年期末"}
    assert set(openings["open"]) == {2021}
    assert set(openings["close"]) == {2022}
    assert openings["note"].iloc[0] == "台账"
    assert [f.code for f in faults] == ["GEP-Y031"]
    assert "7 格" in faults[0].zh
    whole = complete(FORMS["land"], table, NAMES)
    assert pick(whole, zone="a", column="cropland", row="opening")["value"].tolist() == [12.0]


def test_what_is_recorded_stays_and_the_difference_is_listed():
    table, _ = filled(cell("a", "paddy", "opening", 5.5, (2021, 2022)), cell("a", "dry", "opening", None, (2021, 2022)))
    assert pick(table, zone="a", column="paddy", row="opening")["value"].tolist() == [5.5]
    assert pick(table, zone="a", column="dry", row="opening")["value"].tolist() == [7.0]  # a blank is no record
    listed = revisions(FORMS, complete(FORMS["land"], table, NAMES), last())
    own = listed[(listed["revision"] != 0) & (listed["zone"] == "a")]
    assert own[["column", "closing_before", "opening_now", "revision"]].to_numpy().tolist() == [
        ["total", 52.0, 52.5, 0.5],  # 5 + 0 + 7 + 40: of the other classes the county has no record at all
        ["cropland", 12.0, 12.5, 0.5], ["paddy", 5.0, 5.5, 0.5]]  # fmt: skip


def test_another_year_fills_nothing():
    table, faults = fill_opening(FORMS, frame([]), last(), (2022, 2023))
    assert not len(table)
    assert [f.code for f in faults] == ["GEP-Y032"]
    assert "有：2021" in faults[0].zh
    assert "closing of 2022" in faults[0].en


def test_remote_sensing_never_becomes_a_records_opening():
    remote = frame([cell("a", "dry", "closing", 9.0, source="遥感推算：2021.tif")])
    table, _ = filled(before=remote)
    assert not len(table)


def test_results_folder(tmp_path):
    with pytest.raises(GepError) as error:
        from_results(tmp_path)
    assert error.value.faults[0].code == "GEP-Y030"
    (tmp_path / "entries.parquet").write_bytes(b"no parquet")
    with pytest.raises(GepError) as error:
        from_results(tmp_path)
    assert error.value.faults[0].code == "GEP-Y030"
    last().drop(columns="owner").to_parquet(tmp_path / "entries.parquet")
    with pytest.raises(GepError) as error:
        from_results(tmp_path)
    assert "owner" in error.value.faults[0].zh
    last().to_parquet(tmp_path / "entries.parquet")
    assert from_results(tmp_path).equals(last())
