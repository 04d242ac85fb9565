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
# # 03 · 加一项服务 · Add a service
#
# 一个文件说清公式和声明，表里加几行系数和价格，一次手算核对；包本身不动。
# One file with formula and declaration, a few rows of coefficients, one check by hand; the package stays as it is.

# %%
import tempfile
from pathlib import Path

import gep
from gep import services
from gep.cli.samples import sample_folder

home = Path(tempfile.mkdtemp(prefix="gep-"))

# %% [markdown]
# ## 公式和声明 · Formula and declaration
# 授粉：没有野生传粉者时果农要租多少蜂箱。只是示例，没有文献依据。
# Pollination, at the rent of the hives a grower would need instead. An example; no source is claimed for it.

# %%
SOURCE = '''"""Pollination 授粉: hives that wild pollinators spare the growers of orchards."""

import datetime as dt

from gep.declare import Area, Coefficient, Method, Service, Yield


def spared(area, hives_per_area):
    """N = A·h.

    A area hm², h hives rented for one hectare where no wild pollinators are left 1/(hm²·a); hives a year.
    """
    return area * hives_per_area


SERVICE = Service(
    "pollination", "授粉", "Pollination", "regulating",
    (Method("hive_rental", "蜂箱租用替代成本法", "Rent of hives replaced", "class",
            (Yield("hives", "少租的蜂箱", "Hives spared", "1/a", spared,
                   (Area("hm²"), Coefficient("hives_per_area", "1/(hm²·a)", by_type=True)), "hive_rental", "yuan"),),
            "toolkit", "本页示例 / the example of this page", dt.date(2026, 1, 1), ("52",)),),
)
'''
(home / "services").mkdir()
(home / "services" / "pollination.py").write_text(SOURCE, "utf-8")
services.add_folder(home / "services")
services.registry()["pollination"]

# %% [markdown]
# 公式先单独手算一次：120 hm² 果园、每公顷 2.5 箱，共 300 箱。
# The formula by hand first: 120 hm² of orchard at 2.5 hives are 300 hives.

# %%
from gep.services.pollination import spared

assert spared(120.0, 2.5) == 300.0

# %% [markdown]
# ## 系数和价格是表里的行 · Coefficient and price are rows of a table
# 有单位、地区、日期、等级和来源；公式里没有数。
# With unit, region, dates, grade and source; the formula holds no number.

# %%
HEAD = ("id,set,symbol,type,region,value,unit,low,high,distribution,valid_from,valid_to,price_year,basis,confidence,"
        "source,locator,note")  # fmt: skip
ROWS = [
    "local.hives.52.341699.x,,hives_per_area,52,341699,2.5,1/(hm²·a),2,3,triangular,,,,,judgement,sample,,示例",
    "local.rent.all.341699.2023,,hive_rental,*,341699,200,yuan,,,,,,2023,market_price,judgement,sample,,示例",
]
(home / "own.csv").write_text("\n".join([HEAD, *ROWS]) + "\n", "utf-8")

# %% [markdown]
# ## 算 · Compute
# 口径用 `custom`：标准没有列的服务，只有自定口径才计入。
# Under the profile `custom`: a service that no standard lists counts only where the county says so.

# %%
study = gep.open_study(sample_folder() / "study.yaml").but(
    periods=[2023], profile="custom", services={"pollination": {"method": "hive_rental"}}, not_applicable={}, accept={},
    coefficients={"local": [str(home / "own.csv")]}, prices={}, layers={}, fields={}, tables={}, climate=None,
    extent=None, condition=None, asset_value=None, balance_sheet=None, compensation=None, assessment=None,
)  # fmt: skip
result = study.account()
result.ledger

# %% [markdown]
# ## 对手算 · Against the hand
# 台账的价值 = 果园面积（hm²）× 2.5 × 200，面积取自同一次汇总。
# The ledger's value = orchard hm² × 2.5 × 200, the area from the same totals.

# %%
totals = result.totals[2023]
orchard = [code for code in totals.types if code.startswith("52")]
hm2 = sum(totals.extent[:, totals.types.index(code)].sum() for code in orchard) / 10_000
value = result.ledger.gep(service="pollination")
assert abs(value - hm2 * 2.5 * 200) < 0.01 * len(result.ledger.table)
hm2, value

# %%
zone = result.ledger.table["zone_name"].iloc[0]
print(result.ledger.explain(zone, "pollination", period=2023, lang="zh"))

# %% [markdown]
# 要留用：文件移进 `gep/services/`，行写进 `coefficients/`，手算变成一个测试（见 CONTRIBUTING.md）。
# To keep it: the file into `gep/services/`, the rows into `coefficients/`, the hand check a test (CONTRIBUTING.md).
