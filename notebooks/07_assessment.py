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
# # 07 · 考核与发布 · Assessment and release
#
# 账、监测和台账变成指标，指标变成得分和名次；先看名次稳不稳，再发布。
# Accounts and monitoring become indicators, these become scores and ranks; see how firm a rank is before releasing it.

# %%
import tempfile
from pathlib import Path

import gep
from gep import hand_over
from gep.cli.samples import sample_folder
from gep.release.build import release

folder = Path(tempfile.mkdtemp(prefix="gep-"))
study = gep.open_study(sample_folder() / "study.yaml")
said = study.spec.assessment
few = {id: said.evaluate[id] for id in ("targets", "gep_growth", "township_index")}
study = study.but(
    assessment=said.model_copy(update={"evaluate": few, "registers": {}, "indicators": []}),
    climate=None, extent=None, condition=None, asset_value=None, balance_sheet=None, compensation=None,
)  # fmt: skip
result = study.account()
judged = result.assessed
judged

# %% [markdown]
# ## 指标：缺的就是缺的，并写明缺什么 · Indicators: what is missing is missing, and says what it lacks

# %%
seen = judged.observations
lack = seen[seen["status"] == "missing"]
assert lack["value"].isna().all()
lack[["indicator", "zone_name", "year", "note_zh"]].drop_duplicates("indicator").head(5)

# %% [markdown]
# ## 得分 · Scores

# %%
totals = judged.scores.query("kind == 'total' and evaluation == 'township_index' and year == 2023")
ranked = totals.sort_values("rank")[["rank", "zone_name", "score", "status"]]
items = judged.scores.query("kind == 'item' and evaluation == 'township_index' and year == 2023")
whole = items[items["score"].notna()].groupby("zone")["score"].sum()
mine = totals.set_index("zone")["score"].dropna()
assert (whole[mine.index] - mine).abs().max() < 1e-9  # 总分 = 各项之和 / a total is the sum of its items
ranked.head(8)

# %% [markdown]
# ## 名次稳不稳 · How firm are the ranks?
# 换一种定权、去掉一项指标，名次在哪两头之间动；动得多的，不宜拿来奖惩。
# Between which ends a rank moves under other weights or without one indicator; what moves far is no ground for reward.

# %%
firm = judged.tables["rank_stability"].query("year == 2023 and evaluation == 'township_index'")
assert (firm["leave_one_out_min"] <= firm["rank_used"]).all()
assert (firm["rank_used"] <= firm["leave_one_out_max"]).all()
firm.sort_values("rank_used").head(8)

# %%
import matplotlib.pyplot as plt

order = firm.sort_values("rank_used")
figure, axes = plt.subplots(figsize=(8, 3.5))
axes.vlines(order["zone"], order["leave_one_out_min"], order["leave_one_out_max"], color="#999999", linewidth=4)
axes.plot(order["zone"], order["rank_used"], "o", color="#31a354")
axes.invert_yaxis()
axes.set_ylabel("rank, and its range")
axes.tick_params(axis="x", rotation=90)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## 发布前看一眼 · A release, looked at first
# 内部指标不出门，小单元抑制，形成之日起二十个工作日内公开。
# Internal indicators stay inside, small cells are held back, due twenty working days after the day formed.

# %%
facts = {**result.meta, "evaluations": judged.names}
hand_over.write_assessment(judged, folder / "assessed", study.spec, facts)
made = release(folder / "assessed", folder / "r1", study=study.spec)
content = made.content
print(content.facts.label, content.facts.formed, "→", content.facts.due)
[(row.code, row.zh) for row in content.rows][:8]

# %%
inside = set(judged.catalogue.query("publication == 'internal'")["code"])
shown = {figure.indicator for figure in content.figures}
assert inside
assert not inside & shown
held = [figure for figure in content.figures if figure.status == "suppressed"]
len(content.figures), len(held), made.files[:6]
