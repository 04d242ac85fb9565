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
# # 04 · 两年为什么不同 · Two years, and why they differ
#
# 面积、强度、价格各占多少；各效应之和等于变化，分毫不差。
# How much is area, intensity and price; the effects add up to the change, to the cent.

# %%
import tempfile
from pathlib import Path

from IPython.display import Image

import gep
from gep import compare
from gep.cli.samples import sample_folder
from gep.report import waterfall

folder = Path(tempfile.mkdtemp(prefix="gep-"))
study = gep.open_study(sample_folder() / "study.yaml").but(
    climate=None, extent=None, condition=None, asset_value=None, balance_sheet=None, compensation=None, assessment=None
)
result = study.account()
result

# %% [markdown]
# ## 2020 → 2023

# %%
change = gep.changes(result)
table = change.table("service")
table[["service_name", "v0", "area", "intensity", "unsplit", "price", "undivided", "v1"]]

# %%
total = change.change.total()  # 整分 / whole cents
parts = ("area", "intensity", "unsplit", "price", "undivided", "definition")
assert total["v1"] - total["v0"] == sum(total[part] for part in parts)
assert round((result.ledger.gep(period=2023) - result.ledger.gep(period=2020)) * 100) == total["v1"] - total["v0"]
assert all(check["passed"] for check in change.checks)

# %% [markdown]
# ## 变化最大的三项，主要因为什么 · The three largest changes, and what they come from

# %%
words = {"area": "面积 area", "intensity": "单位面积 intensity", "unsplit": "数量 quantity", "price": "价格 price",
         "undivided": "仅金额 money only", "definition": "口径 definition"}  # fmt: skip
services = table[table["service"] != ""]
for n in services["change"].abs().nlargest(3).index:
    row = services.loc[n]
    why = max(words, key=lambda part: abs(row[part]))
    print(f"{row['service_name']}  {row['change'] / 1e4:+,.2f} 万元，其中 {words[why]} {row[why] / 1e4:+,.2f} 万元")

# %%
waterfall.write(change.bars(), folder / "waterfall.png", "zh", title=compare.title(change, "zh"))
Image(folder / "waterfall.png", width=800)

# %% [markdown]
# ## 不变价增长与价格指数 · Growth at constant prices, and the price index
# 两年按 2023 年价格；价格效应只来自统计表自带的单价。
# Both years at prices of 2023; a price effect comes only from tables that bring their own prices.

# %%
{"不变价增长 growth": change.growth.growth, "隐含价格指数 index": change.growth.index}

# %% [markdown]
# 不可比的另行说明，不算到数量或价格头上 · What cannot be compared is said, not laid to quantity or price

# %%
for note in change.notes:
    print(note.text("zh"))

# %% [markdown]
# ## 分乡镇：谁升谁降 · Townships: who gained, who lost

# %%
import matplotlib.pyplot as plt

zones = change.table("zone")
zones = zones[zones["zone"] != ""].set_index("zone")
assert abs(zones["change"].sum() * 100 - (total["v1"] - total["v0"])) < 1
figure, axes = plt.subplots(figsize=(8, 3.5))
(zones["change"].sort_values() / 1e6).plot.bar(ax=axes, color="#31a354")
axes.axhline(0, color="black", linewidth=0.8)
axes.set_ylabel("million yuan, 2020 → 2023")
axes.set_xlabel("township code")
figure.tight_layout()
plt.show()
