"""A county of two townships without rasters, in tables small enough for a pencil. `County` makes and breaks it."""

from __future__ import annotations

import pytest
import tiny as maker

from gep import run, study
from gep.errors import GepError

STUDY = """gep: 1
name: 表格县
region: "341699"
periods: [2023]
profile: custom
lang: en
price_year: 2023
zones: {path: zones.csv, id: 代码, name: 乡镇}
areas: {path: areas.csv, legend: hj1166, columns: {zone: 乡镇, code: 类型, area: 面积}}
layers:
  precipitation: {means: {table: rain, value: rain}, unit: mm/a}
  evapotranspiration: {means: {table: et, value: et}, unit: mm/a}
  cooling_days: {value: 60, unit: d/a}
  cooling_evaporation: {value: 300, unit: mm/a}
tables:
  rain: {path: rain.csv, columns: {zone: 乡镇, rain: 降水量}}
  et: {path: et.csv, columns: {zone: 乡镇, type: 类型, et: 蒸散发}}
  provisioning: {path: provisioning.csv, columns: {zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价}}
  amounts: {path: amounts.csv, columns: {zone: 乡镇}}
coefficients:
  local: [county.csv]
prices: {water_storage: {basis: annualised}, dredging: {index: cpi}, nitrogen: {index: keep}, phosphorus: {index: keep}}
services:
  water_conservation: water_balance
  local_climate: transpiration_heat
  provisioning: gross_output
  soil_retention: {method: rusle, given: amounts}
"""
COUNTY = (
    "runoff_coefficient,11d,0.10,1",
    "runoff_coefficient,5,0.20,1",
    "bulk_density,*,1.25,t/m³",
    "soil_nitrogen,*,0.001,1",
    "soil_nitrogen,5,0.002,1",
    "soil_phosphorus,*,0.0005,1",
    "transpiration_heat,1,3600,kJ/(m²·d)",
)
FILES = {
    "zones.csv": "代码,乡镇\n341699001,东河镇\n341699002,西山乡\n",
    "areas.csv": (
        "乡镇,类型,面积(hm²)\n东河镇,森林,1000\n东河镇,湖泊,100\n东河镇,耕地,500\n西山乡,森林,400\n西山乡,耕地,600\n"
        "西山乡,湖泊,0\n"
    ),
    "rain.csv": "乡镇,降水量(mm/a)\n东河镇,1200\n西山乡,1000\n",
    "et.csv": "乡镇,类型,蒸散发(mm/a)\n东河镇,1,800\n东河镇,农田,600\n西山乡,1,700\n西山乡,农田,500\n",
    "provisioning.csv": "乡镇,产品,产量,单位,单价(元/t)\n东河镇,小麦,100,t,2500\n西山乡,小麦,50,t,2500\n",
    "amounts.csv": (
        "乡镇,service,item,type,quantity,unit\n东河镇,土壤保持,土壤保持量,森林,12,万t\n东河镇,soil_retention,retained_soil,"
        "51,30000,t\n西山乡,Soil retention,Soil retained,,5,万t\n"
    ),
}


class County:
    """The study in a folder, to be broken."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "study.yaml"
        self.path.write_text(STUDY, "utf-8")
        for name, text in FILES.items():
            (folder / name).write_text(text, "utf-8")
        rows = []
        for row in COUNTY:
            symbol, code, value, unit = row.split(",")
            id = f"local.table.{symbol}.{'all' if code == '*' else code}.341699.2020"
            rows.append(f"{id},,{symbol},{code},341699,{value},{unit},,,,,,,,judgement,sample,,test")
        price = "local.table.water_storage.all.341699.2023,,water_storage,*,341699,0.5,yuan/(m³·a),,,,,,2023,annualised"
        power = "local.table.electricity.all.341699.2023,,electricity,*,341699,0.6,yuan/kWh,,,,,,2023,tariff"
        more = [f"{row},judgement,sample,,test" for row in (price, power)]
        (folder / "county.csv").write_text("\n".join([maker.HEADER, *rows, *more]) + "\n", "utf-8")

    def edit(self, name, old, new):
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        return self

    def compute(self):
        return run.compute(study.load(self.path))

    def codes(self):
        """The fault codes of a run that is refused."""
        with pytest.raises(GepError) as caught:
            self.compute()
        return [f.code for f in caught.value.faults if f.severity == "error"]


def line(result, zone, service, item, type=None):
    table = result.ledger.table
    rows = table[(table["zone_name"] == zone) & (table["service"] == service) & (table["item"] == item)]
    rows = rows if type is None else rows[rows["type"] == type]
    assert len(rows) == 1
    return rows.iloc[0]
