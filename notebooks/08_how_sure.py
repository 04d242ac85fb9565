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
# # 08 · 有多大把握 · How sure are we
#
# 每个数带着等级；未核实的系数按压在它上面的钱排队；换一套系数、换一种口径，看结果动多少。
# Every number has a grade; unverified rows are queued by the money on them; other sets and conventions move results.

# %%
import tempfile
from pathlib import Path

import pandas as pd
from IPython.display import HTML, Image

import gep
from gep import conventions, showing
from gep.cli.samples import sample_folder
from gep.report import waterfall
from gep.tools import Tools

folder = Path(tempfile.mkdtemp(prefix="gep-"))
study = gep.open_study(sample_folder() / "study.yaml").but(
    periods=[2023], climate=None, extent=None, condition=None, asset_value=None, balance_sheet=None, compensation=None,
    assessment=None,
)  # fmt: skip
result = study.account()

# %% [markdown]
# ## 按等级分 · By grade
# 一行的等级是它所依据的最差的那个。 The grade of a line is the worst of what it rests on.

# %%
shares = result.meta["confidence_shares"]
rows = [(name, showing.bar(shares[name])) for name in shares]
assert all(abs(sum(part.values()) - 1) < 1e-9 for part in shares.values())
HTML(showing.table(("服务 service", "可信度 confidence"), rows))

# %% [markdown]
# ## 未核实的行，压着多少钱 · Unverified rows, by the money that rests on them
# 先核哪一条，看这张表。一元钱可以压在几行上，所以各行不相加。
# Verify from the top. One yuan may rest on several rows: these are not to be added.

# %%
lines = result.ledger.table.query("in_gep and value.notna()")[["lineage", "value"]]
behind = result.ledger.lineage
doubtful = behind[behind["confidence"].isin(["unverified", "judgement"]) & behind["id"].ne("")]
pairs = doubtful[["lineage", "kind", "id", "name", "confidence"]].drop_duplicates(["lineage", "id"])
resting = pairs.merge(lines, on="lineage").assign(value=lambda t: t["value"].abs())
queue = resting.groupby(["kind", "id", "confidence"])["value"].sum().nlargest(10).div(1e4).round(2)
assert queue.max() * 1e4 <= lines["value"].abs().sum() + 1
queue.rename("万元 10 000 yuan").reset_index()

# %% [markdown]
# ## 上下限 · Low and high
# 只有来源给了上下限的行才有区间；价值与价格成正比，价格的区间可直接换成钱。没给就是没有，不编。
# Only a row that gives low and high has a range. Value is proportional to price, so a price's range is one in money.

# %%
known = Tools.of(study.spec).coefficients.table().set_index("id")[["value", "low", "high"]].apply(pd.to_numeric)
known = known.dropna()
prices = behind[(behind["kind"] == "price") & behind["id"].isin(known.index)][["lineage", "id"]].drop_duplicates()
money = prices.merge(lines, on="lineage").groupby("id")["value"].sum().to_frame("value")
rate = known.loc[money.index]
money["low"], money["high"] = (money["value"] * rate[end] / rate["value"] for end in ("low", "high"))
assert (money["low"] <= money["value"]).all()
assert (money["value"] <= money["high"]).all()
money.div(1e4).round(2)  # 万元 / 10 000 yuan

# %% [markdown]
# ## 换一套系数 · Another set of coefficients
# 径流系数：`redline2017` 与 `gong2017`。同一县、同一年，只换这一套。
# Runoff coefficients of two publications; everything else as it was.

# %%
sets = {**study.spec.coefficients.sets, "runoff_coefficient": "gong2017"}
other = study.but(coefficients=study.spec.coefficients.model_copy(update={"sets": sets})).account()
moved = pd.DataFrame(
    {
        name: part.ledger.table.query("service == 'water_conservation'").groupby("item_name")["value"].sum()
        for name, part in (("redline2017", result), ("gong2017", other))
    }
)
moved["change"] = moved["gong2017"] / moved["redline2017"] - 1
moved

# %% [markdown]
# ## 口径阶梯 · The conventions ladder
# 同一县同一年，逐步换口径；算不出的一步写明缺什么，不进合计（此处没有给多年平均气候的年份）。
# One convention after another; a step that cannot be computed says what it lacks (here: years of mean climate).

# %%
ladder = conventions.ladder(study.spec, 2023)
steps = ladder.table().query("service == ''")
taken = steps[steps["lacking"] == ""]
assert len(taken) < len(steps)
assert round(taken["value"].iloc[0] + taken["effect"].sum(), 2) == round(taken["value"].iloc[-1], 2)
steps[["zh", "en", "value", "effect", "lacking"]]

# %%
waterfall.write(ladder.bars(), folder / "ladder.png", "zh", title=f"{study.spec.name} 2023")
Image(folder / "ladder.png", width=800)
