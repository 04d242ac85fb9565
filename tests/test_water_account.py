"""T5 from Bozhou's water bulletin of 2023 (worked_policy.md W6): its identities hold; the account stays incomplete."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gep.balance.complete import added, complete, completeness
from gep.balance.gates import gates
from gep.balance.records import read_records
from gep.balance.water import bulletin_entries, water_gates
from gep.entries import concat, frame, pick
from gep.forms import shipped
from gep.gates import faults
from gep.intake.monitoring import read_table
from gep.study_parts import TableSpec

WATER = shipped()["water"]
NAMES = {"341602": "谯城区", "341621": "涡阳县", "341622": "蒙城县", "341623": "利辛县"}
# resources in 亿m³, use in 万m³, as the bulletin prints them
W6 = """区县,栏,项目,数值,单位,来源
全市,合计,地表水资源量,16.62,亿m³,亳州市水资源公报2023
全市,合计,地下水资源量,14.57,亿m³,亳州市水资源公报2023
全市,合计,重复计算量,0.90,亿m³,亳州市水资源公报2023
全市,合计,地下水不重复量,13.67,亿m³,亳州市水资源公报2023
全市,合计,水资源总量,30.29,亿m³,亳州市水资源公报2023
谯城区,合计,水资源总量,8.18,亿m³,亳州市水资源公报2023
涡阳县,合计,水资源总量,7.63,亿m³,亳州市水资源公报2023
蒙城县,合计,水资源总量,7.41,亿m³,亳州市水资源公报2023
利辛县,合计,水资源总量,7.07,亿m³,亳州市水资源公报2023
全市,合计,用水总量,107036,万m³,亳州市水资源公报2023
全市,合计,地表水源供水,54094,万m³,亳州市水资源公报2023
全市,合计,地下水源供水,48287,万m³,亳州市水资源公报2023
全市,合计,其他水源供水,4655,万m³,亳州市水资源公报2023
"""
COLUMNS = {"zone": "区县", "column": "栏", "row": "项目", "value": "数值", "unit": "单位", "source": "来源"}


def account(folder, text=W6):
    (folder / "w6.csv").write_text(text, "utf-8")
    study = SimpleNamespace(tables={"w": TableSpec(path="w6.csv", columns=COLUMNS)}, folder=folder, name="亳州市")
    found, told = read_records(study, "w", WATER, 2023, (2022, 2023), NAMES)
    assert [f.code for f in told] == ["GEP-Y008"]
    table = complete(WATER, found, NAMES)
    return table, {c["id"]: c for c in [*gates({"water": WATER}, table), *water_gates(WATER, table)]}


def value(table, **where):
    found = pick(table, **where)
    assert len(found) == 1
    return float(found["value"].iloc[0])


def test_w6_identities_hold(tmp_path):
    table, checks = account(tmp_path)
    # 30.29 亿m³ = 302 900 万m³ = 16.62 + 14.57 − 0.90 = 16.62 + 13.67 = 8.18 + 7.63 + 7.41 + 7.07
    assert value(table, zone="", row="resource_total") == 302_900
    assert value(table, zone="341602", row="resource_total") == 81_800
    assert all(c["passed"] for c in checks.values())
    assert checks["B3"]["n"] == 3
    assert checks["G3"]["n"] == 1  # of the counties' totals only
    assert checks["G1 sums"]["n"] == 1  # 54 094 + 48 287 + 4 655 = 107 036
    assert set(checks) == {"B3", "G3", "G1 sums"}


def test_w6_is_incomplete_and_never_closed(tmp_path):
    table, checks = account(tmp_path)
    assert not set(table["row"]) & {"opening", "closing", "additions", "reductions", "other_gain", "other_loss"}
    assert "G1" not in checks  # nothing to compare: not passed, not made up
    lacking, told = completeness(WATER, table, NAMES)
    assert set(lacking["lacks"]) == {"opening;closing"}
    assert set(lacking["zone"]) == set(NAMES)
    said = next(f for f in told if f.code == "GEP-Y010")
    assert said.severity == "warning"
    assert "表 water，2022 至 2023 年：缺期初存量、期末存量，账不完整，不用另一端倒推" in said.zh
    assert "谯城区、涡阳县、蒙城县、利辛县：合计" in said.zh
    assert (
        "no opening stock, closing stock; the account is incomplete and never closed by a balancing figure" in said.en
    )


@pytest.mark.parametrize(("old", "new", "id", "zh", "en"), [
    ("重复计算量,0.90", "重复计算量,0.80", "B3",
     "全县：水资源总量 = 地表水 + 地下水 − 重复量 不成立，302900.0 对 303900.0 万m³，差 -1000.0 万m³"
     "（表 water，行 resource_total，栏 total）",
     "total resources = surface + groundwater − counted twice does not hold"),
    ("蒙城县,合计,水资源总量,7.41", "蒙城县,合计,水资源总量,7.14", "G3",
     "各乡镇之和 = 全县 不成立，300200.0 对 302900.0 万m³",
     "Σ townships = county does not hold, 300200.0 against 302900.0"),
    ("其他水源供水,4655", "其他水源供水,4565", "G1 sums",
     "107036.0 对 106946.0 万m³，差 90.0 万m³（表 water，行 use_total",
     "107036.0 against 106946.0"),
])  # fmt: skip
def test_w6_a_wrong_figure_is_found(tmp_path, old, new, id, zh, en):
    assert old in W6
    _, checks = account(tmp_path, W6.replace(old, new))
    assert not checks[id]["passed"]
    told = faults([checks[id]])
    assert any(zh in f.zh and en in f.en for f in told), told
    assert [c["id"] for c in checks.values() if not c["passed"]] == [id]


BULLETIN = """指标,数值,单位
降水量,933.8,mm
地表水资源量,16.62,亿m³
地下水资源量,14.57,亿m³
水资源总量,30.29,亿m³
用水总量,107036,万m³
"""


def bulletin(folder, text=BULLETIN):
    (folder / "b.csv").write_text(text, "utf-8")
    spec = TableSpec(path="b.csv", columns={"item": "指标", "quantity": "数值", "unit": "单位"})
    return bulletin_entries(read_table(spec, 2023, folder, "water_bulletin"), WATER, (2022, 2023))


def test_a_bulletin_gives_memo_rows_only(tmp_path):
    table, told = bulletin(tmp_path)
    assert told == []
    assert dict(zip(table["row"], table["value"], strict=True)) == {
        "resource_surface": 166_200, "resource_ground": 145_700, "resource_total": 302_900,
        "use_total": 107_036}  # fmt: skip
    assert set(table["zone"]) == {""}
    table, told = bulletin(tmp_path, BULLETIN.replace("30.29,亿m³", "355.5,mm"))  # a depth is left to the water balance
    assert told == []
    assert "resource_total" not in set(table["row"])
    _, told = bulletin(tmp_path, BULLETIN.replace("30.29,亿m³", "30.29,km²"))
    assert [f.code for f in told] == ["GEP-Y040"]


def test_records_against_the_bulletin(tmp_path):
    own, _ = account(tmp_path)
    beside, _ = bulletin(tmp_path)
    checks = {c["id"]: c for c in water_gates(WATER, own, beside)}
    assert checks["B3 bulletin"]["passed"]
    assert checks["B3 bulletin"]["n"] == 4
    beside, _ = bulletin(tmp_path, BULLETIN.replace("16.62", "16.26"))
    checks = {c["id"]: c for c in water_gates(WATER, own, beside)}
    assert not checks["B3 bulletin"]["passed"]
    assert "records = water bulletin does not hold, 166200.0 against 162600.0" in faults([checks["B3 bulletin"]])[0].en
    # what the records say stays, what they lack the bulletin gives
    assert value(added(own, beside), zone="", row="resource_surface") == 166_200
    assert value(added(frame([]), beside), zone="", row="resource_surface") == 162_600


def row(column, id, number, zone="a"):
    return {"form": "water", "open": 2022, "close": 2023, "zone": zone, "zone_name": "东河镇", "column": column,
            "row": id, "value": number, "unit": "万m³", "method": "0"}  # fmt: skip


def whole():
    """Reservoirs 100 + 50 (rain) − 30 (use) − 5 (to the sea) = 115; lakes and rivers 0; groundwater 80 − 20 = 60."""
    rows = [row("reservoirs", r, v) for r, v in (("opening", 100), ("precipitation", 50), ("agricultural", 30),
                                                  ("outflow_sea", 5), ("closing", 115))]  # fmt: skip
    rows += [row(c, r, 0) for c in ("lakes", "rivers") for r in ("opening", "closing")]
    rows += [row("groundwater", r, v) for r, v in (("opening", 80), ("domestic", 20), ("closing", 60))]
    return [*rows, row("total", "use_surface", 30), row("total", "use_ground", 20), row("total", "use_other", 0)]


def checked(rows):
    table = complete(WATER, frame(rows), {"a": "东河镇"})
    return table, {c["id"]: c for c in concat_checks(table)}


def concat_checks(table):
    return [*gates({"water": WATER}, concat([table])), *water_gates(WATER, table)]


def test_a_whole_account_and_use_by_source():
    table, checks = checked(whole())
    assert all(c["passed"] for c in checks.values())
    assert value(table, zone="", column="total", row="closing") == 175
    assert value(table, zone="a", column="surface", row="reductions") == 35
    assert value(table, zone="a", column="total", row="abstraction") == 50
    assert checks["B3 use"]["n"] == 4  # surface and groundwater, township and county
    assert completeness(WATER, table, {"a": "东河镇"})[1] == []


def test_use_by_source_that_departs_from_abstraction():
    rows = [r if r["row"] != "use_ground" else {**r, "value": 21} for r in whole()]
    _, checks = checked(rows)
    assert not checks["B3 use"]["passed"]
    said = faults([checks["B3 use"]])[0]
    assert "东河镇：按水源的取水 = 按水源的供水 不成立，20.0 对 21.0 万m³" in said.zh
    assert "东河镇: abstraction from a stock = use by source does not hold" in said.en


def test_a_reservoir_shared_by_townships_is_recorded_as_their_shares(tmp_path):
    # 1 000 万m³, of which 60 % is 东河镇's: two rows of one name
    text = """乡镇,名称,栏,项目,数值,单位,备注
东河镇,大湾水库,水库,期初,600,万m³,份额60%
西山乡,大湾水库,水库,期初,400,万m³,份额40%
全县,大湾水库,水库,期初,1000,万m³,
"""
    (tmp_path / "r.csv").write_text(text, "utf-8")
    columns = {
        "zone": "乡镇",
        "name": "名称",
        "column": "栏",
        "row": "项目",
        "value": "数值",
        "unit": "单位",
        "note": "备注",
    }
    study = SimpleNamespace(tables={"r": TableSpec(path="r.csv", columns=columns)}, folder=tmp_path, name="县")
    names = {"a": "东河镇", "b": "西山乡"}
    found, _ = read_records(study, "r", WATER, 2023, (2022, 2023), names)
    checks = {c["id"]: c for c in gates({"water": WATER}, complete(WATER, found, names))}
    assert checks["G3"]["passed"]
    assert not np.isnan(checks["G3"]["left"])
