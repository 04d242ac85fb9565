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
# # 01 · 第一份账，十行 · A first account in ten lines
#
# 示例县是合成的；换成自己的 `study.yaml`，每一步都一样。
# The sample county is synthetic; on your own `study.yaml` every step is the same.

# %%
import tempfile
from pathlib import Path

import gep
from gep.cli.samples import sample_folder

folder = Path(tempfile.mkdtemp(prefix="gep-"))
study = gep.open_study(sample_folder() / "study.yaml")
study = study.but(periods=[2023], climate=None, extent=None, condition=None, asset_value=None, balance_sheet=None,
                  compensation=None, assessment=None)  # fmt: skip
run = study.run(to=folder / "out")
run

# %% [markdown]
# 上面就是十行。`but` 是任务书的一份副本，只改写出的键；资产负债表、补偿、考核见后面几本。
# Those were the ten lines. `but` is a copy of the study with some keys said anew; notebooks 05–07 bring back the rest.
#
# ## 台账：一切结果都是它的视图 · The ledger: every result is a view of it

# %%
run.ledger

# %% [markdown]
# 完整才有总值：口径计入的服务都已核算或写明不适用，且没有缺值。
# Only a whole account has a GEP: every service it counts is there or does not apply; no line lacks a value.

# %%
assert run.meta["completeness"]["complete"]
total = run.ledger.gep(period=2023)
by_zone = run.ledger.by("zone", "zone_name")["value"]
assert abs(by_zone.sum() - total) < 0.005  # 分乡镇之和 = 全县，分毫不差 / townships add up to the county, to the cent
total, len(by_zone)

# %%
by_zone.nlargest(5)

# %% [markdown]
# ## 地图 · A map

# %%
import matplotlib.pyplot as plt

zones = run.zones().merge(by_zone.rename("value").reset_index()[["zone", "value"]], on="zone")
zones["million yuan per hm²"] = zones["value"] / 1e6 / (zones.geometry.area / 1e4)
axes = zones.plot(column="million yuan per hm²", cmap="YlGn", edgecolor="grey", legend=True, figsize=(6, 5),
                  legend_kwds={"label": "million yuan per hm²"})  # fmt: skip
axes.set_axis_off()
plt.show()

# %% [markdown]
# ## 一个数怎么来的 · How did a number come about?
# 公式、代入的数、系数的来源与等级、乘积，直到与台账一致。
# Formula, the numbers put in, rows with source and grade, the product, equal to the ledger.

# %%
text = run.ledger.explain("溪岗乡", "water_conservation", period=2023, type="51d")
assert "与台账一致" in text
print(text)

# %% [markdown]
# 备查项列在总值之外 · Memo lines stand beside the sum, never in it

# %%
memo = run.ledger.table.query("not in_gep and value.notna()")
memo.groupby("service_name")["value"].sum()

# %%
assert all(check["passed"] for check in run.checks)
f"{len(run.checks)} identities hold"
