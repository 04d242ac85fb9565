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
# # 06 · 谁该付给谁 · Who owes whom
#
# 监测数加规则，得出付款方、收款方和金额；不打开任何栅格。
# Monitoring and rules give payer, payee and amount; no raster is opened.

# %%
import gep
from gep import compensation
from gep.cli.samples import sample_folder

study = gep.open_study(sample_folder() / "study.yaml")
owed = study.settle()
owed

# %% [markdown]
# 需要核算结果的规则没有结算，列在“没有算的”里；给一次运行就能算：`study.settle(run)`。
# Rules that need accounts are listed as not computed; with a run they are settled: `study.settle(run)`.

# %%
assert owed.missing
assert all(check["passed"] for check in owed.checks)  # 付款合计 = 收款合计 / payments = receipts
nets = owed.positions
assert abs(nets["net"].sum()) < 0.005 * len(nets)
nets.sort_values("net").iloc[[0, 1, 2, -3, -2, -1]]

# %% [markdown]
# ## 一笔怎么来的 · How did a due come about?

# %%
from gep.compensation import explain_due

sections = owed.ledger[(owed.ledger["settlement"] == "sections") & (owed.ledger["amount"] > 0)]
one = sections.nlargest(1, "amount").iloc[0]
print(explain_due(owed.ledger, owed.lineage, settlement="sections", subject=one["subject"], span=one["span"]))

# %% [markdown]
# ## 规则和费率都是声明 · Rules and rates are declarations

# %%
compensation.registry()["section_payout"]

# %%
rates = [rate for rate in compensation.packaged() if rate.scheme == "guzhen_2021"]
rates[0]

# %% [markdown]
# ## 协议签订之前，用往年的监测试算 · An agreement tried on past years before it is signed
# 颍溪协议（虚构）：P 值超过 1 上游付下游，低于 0.95 下游付上游。再看系数改一改会怎样。
# The agreement (fictional): above P = 1 upstream pays, below it downstream does. And what if a term were another.

# %%
from gep.cli.simulate import cases_of, variations

agreement = sample_folder() / "compensation" / "协议_颍溪.yaml"
cases, _ = cases_of(agreement, sample_folder() / "study.yaml")
tried = compensation.simulate(cases, variations(["k0=0.9,1", "readings=1.1"], cases[0].rule))
tried[["scenario", "year", "p", "payer_name", "payee_name", "amount", "working"]]

# %%
agreed = tried[tried["scenario"] == "as_agreed"]
assert sorted(agreed["year"]) == sorted({case.period for case in cases})
# 达到与否只看 P；读数都加一成，P 不会变小 / readings a tenth higher never lower P
higher = tried[tried["scenario"].str.startswith("readings")].set_index("year")["p"]
assert (higher >= agreed.set_index("year")["p"]).all()

# %% [markdown]
# 离下一档还有多远 · How far is it to the next step?

# %%
compensation.sensitivity(cases, each=False)

# %%
import matplotlib.pyplot as plt

net = nets[nets["party"].str.fullmatch(r"\d{9}")].set_index("party")["net"].sort_values() / 1e4
figure, axes = plt.subplots(figsize=(8, 3.5))
net.plot.bar(ax=axes, color=["#d9902f" if value < 0 else "#31a354" for value in net])
axes.set_ylabel("net, 10 000 yuan")
axes.set_xlabel("township code")
figure.tight_layout()
plt.show()
