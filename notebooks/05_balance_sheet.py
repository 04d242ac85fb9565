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
# # 05 · 自然资源资产负债表 · The balance sheet of natural resources
#
# 部门记录在前，遥感并列而不混用；期初 + 增加 − 减少 = 期末，逐格核对。
# Records first, remote sensing beside them, never mixed in; opening + additions − reductions = closing in every cell.

# %%
from IPython.display import HTML

import gep
from gep import showing
from gep.cli.samples import sample_folder

study = gep.open_study(sample_folder() / "study.yaml").but(
    periods=[2023], climate=None, condition=None, asset_value=None, compensation=None, assessment=None
)
result = study.account(only=["provisioning"])  # 资产表不用流量核算，留一项 / stocks need no flow account: one is kept
stocks = result.stocks
stocks

# %% [markdown]
# ## 土地：2020–2023 · Land

# %%
land = stocks.sheet("land")
land

# %%
table = land.table
additions = next(name for name in table.index if name.startswith("2 "))
reductions = next(name for name in table.index if name.startswith("3 "))
opening, closing = table.index[0], table.index[-1]
gap = table.loc[opening] + table.loc[additions] - table.loc[reductions] - table.loc[closing]
assert gap.abs().max() < 1e-6  # 每一栏 / every column
gap.abs().max()

# %% [markdown]
# 乡镇之和等于全县 · Townships add up to the county

# %%
own = stocks.entries.query("form == 'land' and column == 'total' and owner == '' and close == 2023")
closing_row = stocks.forms["land"].the("closing")
ha = own[own["row"] == closing_row].set_index("zone")["value"]
assert abs(ha.drop("").sum() - ha[""]) < 1e-6
ha[""]

# %% [markdown]
# ## 记录与遥感差多少 · Records against remote sensing
# 差异另列，不改任何一边；遥感分不出的地类（…）不比。
# The difference stands beside, neither side is changed; classes that land cover cannot tell apart (…) are not compared.

# %%
apart = stocks.tables["land_difference"]
row = stocks.forms["land"].the("closing")
apart = apart[(apart["row"] == row) & (apart["close"] == 2023) & (apart["zone"].fillna("") != "")]
county = apart.groupby("column", sort=False)[["record", "remote", "difference"]].sum(min_count=1)
known = county.dropna()
assert (known["remote"] - known["record"] - known["difference"]).abs().max() < 1e-6
heads = {"column": "地类 class", "record": "记录 record（ha）", "remote": "遥感 remote（ha）", "difference": "差（ha）"}
HTML(showing.frame(county.reset_index(), heads))

# %% [markdown]
# ## 值多少，欠多少 · What it is worth, what is owed
# 单价是示例；不估价的栏目不进合计，并且写明。 Prices are examples; what is not valued is in no total, and is named.

# %%
stocks.sheet("valued")

# %%
stocks.sheet("net_assets")

# %% [markdown]
# 恒等式 G1–G9、B3–B5 全部列出，逐条核对 · Every identity, G1–G9 and B3–B5, is listed and checked

# %%
import pandas as pd

checks = pd.DataFrame(stocks.checks)
assert len(checks)
assert checks["passed"].all()
checks[["id", "zh", "period", "n", "passed"]].head(12)

# %%
import matplotlib.pyplot as plt

land_only = stocks.entries.query("form == 'land' and zone == '' and owner == '' and close == 2023")
pair = land_only[land_only["row"].isin([stocks.forms["land"].the("opening"), closing_row])]
wide = pair.pivot_table(index="column", columns="row", values="value", sort=False).drop("total")
leaves = [c for c in stocks.forms["land"].leaves("columns") if c in wide.index]
move = (wide[closing_row] - wide[stocks.forms["land"].the("opening")])[leaves].sort_values()
assert abs(move.sum()) < 1e-6  # 一类多出的就是另一类少的 / what one class gains another loses
figure, axes = plt.subplots(figsize=(8, 3.5))
move.plot.barh(ax=axes, color="#31a354")
axes.set_xlabel("ha, 2020 → 2023")
figure.tight_layout()
plt.show()
