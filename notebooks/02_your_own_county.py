# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · 从手头的文件到自己的县 · Your own county from raw files
#
# 手头的文件总有毛病：GBK 而没有 .cpg 的 shp、不对齐的栅格、中文表头、合计行、写错的镇名。先造一份，再查清、改好、核算。
# Raw files are never tidy: a GBK shapefile without .cpg, rasters off the grid, Chinese heads, total rows, a wrong name.

# %%
import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
from IPython.display import HTML

import gep
from gep import showing
from gep.cli.samples import sample_folder
from gep.errors import GepError

raw = Path(tempfile.mkdtemp(prefix="gep-")) / "本县"
raw.mkdir()

# %% [markdown]
# ## 手头有什么 · What lies on the desk
# 五个乡镇：边界 shp、土地覆盖、经纬度 1 km 的降水、统计局的产值表。
# Five townships: a shapefile, land cover, precipitation of 1 km in degrees, a table of the statistics office.

# %%
sample = sample_folder()
towns = gpd.read_file(sample / "townships.gpkg").head(5)[["code", "name", "geometry"]]
towns.columns = ["区划代码", "乡镇名称", "geometry"]
towns.to_file(raw / "乡镇界.shp", encoding="GBK")
(raw / "乡镇界.cpg").unlink()  # 常见：只拷了 shp、dbf、shx、prj / often only four of the files are copied
for name in ("landcover_2023.tif", "precipitation_2023.tif", "local_coefficients.csv"):
    shutil.copy(sample / name, raw)

names = list(towns["乡镇名称"])
rows = [(name, "水稻", 1000 * (n + 1), 280.0 * (n + 1)) for n, name in enumerate(names)]
rows[3] = ("溪岗镇", *rows[3][1:])  # 应为溪岗乡 / it is called 溪岗乡
rows.append(("合计", "水稻", sum(r[2] for r in rows), sum(r[3] for r in rows)))
table = pd.DataFrame(rows, columns=["乡镇", "产品", "产量(吨)", "产值(万元)"])
table.to_csv(raw / "农业产值_2023.csv", index=False, encoding="gb18030")
table

# %% [markdown]
# 任务书也先写得有毛病 · The study, with mistakes of its own

# %%
text = """gep: 1
name: 本县
region: "341699"
periods: [2023]
profile: gbt46869_2025
price_year: 2023
zones: {path: 乡镇界.shp, id: 区划代码, name: 乡镇名称}
grid: {from: landcover}
landcover: {path: "landcover_{year}.tif", legend: clcd}
layers:
  precipitation: {path: "precipitation_{year}.tif", unit: 毫米}
  reference_evapotranspiration: {value: 950, unit: mm/a}
fields: {evapotranspiration: zhang}
tables:
  provisioning:
    path: 农业产值_{year}.csv
    columns: {zone: 乡镇, item: 产品, quantity: 产量, value: 产值}
coefficients: {local: [local_coefficients.csv]}
prices: {water_storage: {basis: annualised}}
services:
  water_conservation: {method: water_balance}
  provisioning: {method: gross_outputs}
"""
(raw / "study.yaml").write_text(text, "utf-8")


def look(path):
    """一次列出全部问题 / all faults at once: code, where, what, what to do."""
    try:
        found = gep.open_study(path).check()
    except GepError as error:
        found = error.faults
    shown = [f for f in found if f.severity != "info"]
    heads = ("", "代码 code", "文件 file", "位置 place", "问题 what", "怎么改 remedy")
    cells = [(f.severity, f.code, Path(f.file).name, f.place, f.zh, f.fix_zh) for f in shown]
    return found, HTML(showing.table(heads, cells))


found, shown = look(raw / "study.yaml")
assert [f for f in found if f.severity == "error"]
shown

# %% [markdown]
# ## 改任务书，再查 · Mend the study, look again
# 每条都说了在哪里、为什么、怎么改；改完一层，再看下一层。
# Each fault says where, why and what to do; once the study reads, the inputs are looked through.

# %%
text = text.replace("gross_outputs", "gross_output")
(raw / "study.yaml").write_text(text, "utf-8")
found, shown = look(raw / "study.yaml")
assert any("毫米/a" in f.zh for f in found)  # 年降水的单位是毫米每年 / rain of a year is in mm a year
shown

# %%
text = text.replace("unit: 毫米", "unit: mm/a")
(raw / "study.yaml").write_text(text, "utf-8")
found, shown = look(raw / "study.yaml")
assert any("溪岗镇" in f.zh for f in found)
shown

# %% [markdown]
# ## 改表 · Mend the table
# 编码、合计行、没有 .cpg、不对齐的栅格都认得，不必动手；镇名要人来改。
# Encoding, total row, missing .cpg and rasters off the grid are dealt with; a name is mended by a person.

# %%
table.loc[3, "乡镇"] = "溪岗乡"
table.to_csv(raw / "农业产值_2023.csv", index=False, encoding="gb18030")
study = gep.open_study(raw / "study.yaml")
found = study.check()
assert not [f for f in found if f.severity == "error"]
study

# %%
result = study.account()
result.ledger

# %% [markdown]
# 还只是部分核算：口径要计的其他服务没有做，也没有写明不适用，所以不叫 GEP。
# A partial account: other services the profile counts are neither there nor said not to apply, so this is no GEP.

# %%
assert not result.meta["completeness"]["complete"]
rice = result.ledger.by("zone_name", service="provisioning")["value"]
assert rice["溪岗乡"] == 280.0 * 4 * 10_000  # 万元 → 元 / the head said 万元
towns_alone = table["产值(万元)"].iloc[:-1].sum() * 10_000  # 合计行没有加两次 / the total row is not added
assert abs(rice.sum() - towns_alone) < 0.005
rice
