"""Coefficients, prices and statistics tables as counties send them: see test_faults_end_to_end.py."""

from __future__ import annotations

import pandas as pd
import tiny as maker
from tiny import computed, refused, told


# coefficients and prices ----------------------------------------------------------------------------------------------
def drop_row(tiny, symbol: str) -> None:
    path = tiny.folder / "county.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    kept = [line for line in lines if f".{symbol}." not in line]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join(kept) + "\n", "utf-8-sig")


def test_a_missing_coefficient_names_the_row_to_add(gep, tiny, tmp_path):
    drop_row(tiny, "soil_phosphorus")
    told(gep, tiny, ["soil_phosphorus", "GEP-B010", "51d"], ["soil_phosphorus", "GEP-B010", "系数表"])
    ledger, text = computed(gep, tiny, tmp_path / "less")
    lines = ledger[ledger["item"] == "phosphorus"]
    assert set(lines["status"]) == {"missing"}
    assert lines["value"].isna().all()
    assert lines["quantity"].isna().all()
    # the row to add, with its columns, stands where the user looks for it: in the ledger's note
    assert lines["note"].str.contains("soil_phosphorus").all()
    assert lines["note"].str.contains(maker.HEADER, regex=False).all()
    assert "lines missing" in text


def test_an_expired_coefficient_hints_at_carry_forward(gep, tiny, tmp_path):
    row = next(line for line in maker.county_rows() if ".bulk_density." in line)
    fields = row.split(",")
    fields[11] = "2021-12-31"  # valid_to
    tiny.edit(row, ",".join(fields), "county.csv")
    ledger, text = computed(gep, tiny, tmp_path / "expired", lang="zh")
    assert "缺" in text
    lost = ledger[ledger["item"] == "sediment"]
    assert set(lost.loc[lost["period"] == 2020, "status"]) == {"ok"}
    late = lost[lost["period"] == 2023]
    assert set(late["status"]) == {"missing"}
    assert late["note"].str.contains("GEP-K035").all()
    assert late["note"].str.contains("carry_forward: [bulk_density]", regex=False).all()
    tiny.edit("  local: [county.csv]", "  local: [county.csv]\n  carry_forward: [bulk_density]")
    ledger, _ = computed(gep, tiny, tmp_path / "carried")
    assert set(ledger.loc[ledger["item"] == "sediment", "status"]) == {"ok"}
    lineage = pd.read_parquet(tmp_path / "carried" / "lineage.parquet")
    rows = lineage[(lineage["kind"] == "coefficient") & (lineage["name"] == "bulk_density")]
    late = rows[rows["lineage"].str.startswith("2023/")]
    assert len(late) > 0
    assert late["note"].str.contains("carry_forward").all()
    assert not rows[rows["lineage"].str.startswith("2020/")]["note"].str.contains("carry_forward").any()


def test_a_price_of_a_year_that_is_not_there(gep, tiny, tmp_path):
    tiny.edit("  dredging: {index: cpi}\n", "")
    told(
        gep,
        tiny,
        ["GEP-K040", "no price of dredging for 2023", "index: cpi"],
        ["GEP-K040", "dredging 没有 2023 年的价格", "index: cpi"],
    )
    ledger, _ = computed(gep, tiny, tmp_path / "unpriced")
    lines = ledger[ledger["item"] == "sediment"]
    assert set(lines["status"]) == {"missing"}
    assert lines["value"].isna().all()
    assert lines["quantity"].notna().all()  # the quantity is known, only its value is not
    assert lines["note"].str.contains("GEP-K040").all()


def test_local_coefficients_with_faults(gep, tiny, out):
    tiny.edit(",soil_depth,*,341699,0.2,m,", ",soil_depth,*,341699,0.2m,m,", "county.csv")
    refused(gep, tiny, out, ["GEP-K009", "county.csv", "0.2m", "not a number"], ["GEP-K009", "county.csv", "不是数"])


# tables ---------------------------------------------------------------------------------------------------------------
def test_an_empty_table(gep, tiny, out):
    path = tiny.folder / "products_2023.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    refused(
        gep, tiny, out, ["GEP-T020", "products_2023.csv", "no rows"], ["GEP-T020", "products_2023.csv", "没有数据行"]
    )


def test_text_and_negative_numbers_in_a_table(gep, tiny, out):
    tiny.edit("东河镇,小麦,3020,t", "东河镇,小麦,约三千,t", "products_2020.csv")
    tiny.edit("西山乡,小麦,4020,t", "西山乡,小麦,-4020,t", "products_2020.csv")
    refused(
        gep,
        tiny,
        out,
        [
            "products_2020.csv",
            "GEP-T012",
            "Row 2, column “产量” should be a number, found “约三千”",
            "GEP-T014",
            "Row 4, column “产量” is -4020",
        ],
        [
            "products_2020.csv",
            "GEP-T012",
            "第 2 行 “产量” 列应为数字，实为 “约三千”",
            "GEP-T014",
            "第 4 行 “产量” 列为负数 -4020",
        ],
    )


def test_a_township_the_boundaries_do_not_know(gep, tiny, out):
    tiny.edit("东河镇,小麦", "东何镇,小麦", "products_2020.csv")
    refused(gep, tiny, out, ["GEP-T030", "东何镇", "products_2020.csv"], ["GEP-T030", "东何镇", "东河镇"])
