"""Registers of projects, funds, labels, purchases, finance, help in kind, wardens: figures by hand, and refusals with
row and column."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from social_tables import codes, figure, given_of, kept

from gep.assessment.catalogue import packaged
from gep.assessment.measure import registry as measures
from gep.assessment.nouns import COUNTY
from gep.assessment.register import registry
from gep.assessment.registers.green import in_force

FUNDS = """资金文号,乡镇,资金来源,补偿机制,补偿方式,上年结转(万元),下达金额(万元),到位金额(万元),支出金额(万元),年末结余(万元),应到位日期,到位日期,资金用途,发放农户金额(万元),项目编号
皖财1号,东乡,中央,纵向,资金补偿,10,100,90,80,20,2023-06-30,2023-06-30,生态环境修复,0,P1
皖财2号,东乡,市级,横向,资金补偿,0,50,40,40,0,2023-06-30,2023-07-01,民生改善,10,
捐1号,东乡,社会资金,市场,,0,13,13,13,0,,2023-03-01,自然资源保护,0,
皖财3号,西镇,省级,纵向,资金补偿,0,20,20,10,10,,2023-05-01,民生改善,5,
"""  # noqa: E501
PROJECTS = """项目编号,项目名称,乡镇,受益户数,总投资(万元),本年计划投资(万元),本年完成投资(万元),开工日期,竣工日期,状态,修复面积(亩),COD削减量(吨)
P1,河岸修复,东乡,120,300,100,90,2023-02-01,2023-11-30,已完工,150,0
P2,污水厂提标,西镇,300,500,200,150,2023-03-01,,在建,0,12
"""  # noqa: E501
LABELS = """证书编号,认证类别,产品,乡镇,持证主体,认证面积(公顷),产量,单位,销售单价(元/公斤),同类普通产品单价(元/吨),有效期起,有效期止
L1,绿色食品,小麦,东乡,甲社,60,400,吨,3,2500,2022-05-01,2025-04-30
L2,有机,蔬菜,东乡,乙社,5,80,吨,5,2400,2023-12-31,2026-12-30
L3,有机,蔬菜,西镇,乙社,5,90,吨,5,2400,2019-01-01,2022-12-31
"""  # noqa: E501


def words(faults, code):
    return next(f for f in faults if f.code == code)


# --- funds and projects


def test_fund_figures_by_hand(tmp_path):
    one, faults = kept(tmp_path, "fund_flow", FUNDS)
    assert not faults
    # 东乡: received 90 + 40 + 13 = 143, appropriated 100 + 50 + 13 = 163 → 0.877301
    assert figure(one, "arrival_rate", "01")[0] == pytest.approx(143 / 163, rel=1e-12, abs=0)
    # available 10 + 143 = 153, spent 80 + 40 + 13 = 133 → 0.869281
    assert figure(one, "execution_rate", "01")[0] == pytest.approx(133 / 153, rel=1e-12, abs=0)
    # in time: 90 of the 150 that had a due day (40 came a day late); the 13 had none
    assert figure(one, "timely_rate", "01")[0] == pytest.approx(0.6, rel=1e-12, abs=0)
    assert figure(one, "leverage", "01")[0] == pytest.approx(13 / 130, rel=1e-12, abs=0)
    assert figure(one, "farmers_share", "01")[0] == pytest.approx(10 / 133, rel=1e-12, abs=0)
    assert figure(one, "received_fiscal")[0] == 1_500_000.0  # 90 + 40 + 20 万元
    assert figure(one, "received_horizontal")[0] == 400_000.0
    assert figure(one, "received")[1] is None  # public money: no unit behind it that release hides


def test_livelihood_is_a_use_of_horizontal_money_only(tmp_path):
    one, _ = kept(tmp_path, "fund_flow", FUNDS)
    assert figure(one, "compliance_rate", "01")[0] == 1.0  # 民生改善 of horizontal money: art. 17
    assert figure(one, "compliance_rate", "02")[0] == 0.0  # of vertical money: not of art. 13


def test_no_money_has_no_rate(tmp_path):
    text = FUNDS.splitlines()[0] + "\n皖财9号,南乡,省级,纵向,,0,0,0,0,0,,,,0,\n"
    one, faults = kept(tmp_path, "fund_flow", text)
    assert not faults
    for id in ("arrival_rate", "execution_rate", "timely_rate", "compliance_rate", "leverage", "farmers_share"):
        assert figure(one, id, "03")[0] is None, id
    assert figure(one, "received", "03")[0] == 0.0


def test_balance_identity(tmp_path):
    one, _ = kept(tmp_path, "fund_flow", FUNDS)
    (balance,) = one.identities
    # opening 10 + received 163 − spent 143 = 30 万元 = closing 20 + 0 + 0 + 10
    assert balance.left == balance.right == 300_000


def test_funds_refuse_all_at_once(tmp_path):
    head = FUNDS.splitlines()[0].replace("补偿方式", "补偿方式,户主姓名")
    text = (
        head
        + """
A,东乡,中央,纵向,资金补偿,某某,0,100,110,50,60,,2023-05-01,生态修复,0,
B,东乡,天上,纵向,资金补偿,,0,100,90,95,0,,2023-05-01,生态修复,0,
C,东乡,中央,纵向,发钱,,0,100,90,80,11,2023-06-30,,生态修复,90,P9
D,西镇,中央,纵向,资金补偿,,,100,90,80,,,2022-05-01,,0,P1
"""
    )
    projects, _ = kept(tmp_path, "eco_project_register", PROJECTS)
    _, faults = kept(tmp_path, "fund_flow", text, given=given_of(projects))
    found = {(f.code, f.place) for f in faults}
    assert ("GEP-J309", "row 2, column 到位金额(万元)") in found  # 110 received of 100
    assert ("GEP-J303", "row 3, column 资金来源") in found
    assert ("GEP-J351", "row 3, column 支出金额(万元)") in found  # 95 of 90
    assert ("GEP-J303", "row 4, column 补偿方式") in found
    assert ("GEP-J352", "row 4, column 年末结余(万元)") in found  # 0 + 90 − 80 = 10, not 11
    assert ("GEP-J364", "row 4, column 到位日期") in found
    assert ("GEP-J309", "row 4, column 发放农户金额(万元)") in found
    assert ("GEP-J350", "row 4, column 项目编号") in found
    assert ("GEP-J300", "row 5, column 上年结转(万元)") in found
    assert ("GEP-J307", "row 5, column 到位日期") in found
    assert ("GEP-J365", "row 5, column 资金用途") in found
    assert ("GEP-J353", "column 户主姓名") in found
    assert "某某" not in "".join(f.text("zh") for f in faults)  # what is refused is not shown
    assert all(f.file == "fund_flow.csv" and f.fix_zh and f.fix_en for f in faults)


def test_a_fund_without_a_project_register_is_not_held_against_it(tmp_path):
    _, faults = kept(tmp_path, "fund_flow", FUNDS)
    assert "GEP-J350" not in codes(faults)


def test_projects(tmp_path):
    one, faults = kept(tmp_path, "eco_project_register", PROJECTS)
    assert not faults
    assert figure(one, "households") == (420.0, 420)
    assert figure(one, "restored")[0] == pytest.approx(10, rel=1e-12, abs=0)  # 150 mu = 10 hm²
    assert figure(one, "restoration_cost")[0] == pytest.approx(90_000, rel=1e-12, abs=0)  # 90 万元 / 10 hm²
    assert figure(one, "cod_cost")[0] == pytest.approx(125_000, rel=1e-12, abs=0)  # 150 万元 / 12 t
    assert figure(one, "restoration_cost", "02")[0] is None  # nothing restored: no cost, not 0
    assert figure(one, "investment_rate")[0] == pytest.approx(240 / 300, rel=1e-12, abs=0)


def test_projects_refuse(tmp_path):
    text = (
        PROJECTS.splitlines()[0]
        + """
P1,甲,东乡,1.5,100,120,110,2023-05-01,2023-04-01,未开工,0,0
P1,乙,东乡,3,100,50,50,2023-05-01,,已完工,0,0
,丙,西镇,3,100,50,50,2024-05-01,,快好了,0,0
"""
    )
    _, faults = kept(tmp_path, "eco_project_register", text)
    found = {(f.code, f.place.partition(",")[0]) for f in faults}
    assert {("GEP-J358", "row 2"), ("GEP-J309", "row 2"), ("GEP-J308", "row 2"), ("GEP-J357", "row 2"),
            ("GEP-J361", "row 2"), ("GEP-J302", "row 3"), ("GEP-J357", "row 3"), ("GEP-J300", "row 4"),
            ("GEP-J303", "row 4"), ("GEP-J306", "row 4")} <= found  # fmt: skip
    assert words(faults, "GEP-J361").severity == "warning"


# --- labels


@pytest.mark.parametrize(("start", "end", "said"), [
    ("2022-01-01", "2022-12-31", False), ("2022-01-01", "2023-01-01", True), ("2023-12-31", "2026-01-01", True),
    ("2024-01-01", "2026-01-01", False), ("2020-01-01", "2030-01-01", True),
])  # fmt: skip
def test_in_force_on_any_day(start, end, said):
    assert in_force(pd.Timestamp(start).date(), pd.Timestamp(end).date(), 2023) is said


def test_labels_by_hand(tmp_path):
    one, faults = kept(tmp_path, "green_label_register", LABELS)
    assert codes(faults) == ["GEP-J356"]  # L3 ended the day before the year
    assert faults[0].severity == "warning"
    assert faults[0].place == "row 4, column 有效期止"
    # 400 t × 3 000 yuan/t + 80 t × 5 000 yuan/t; the prices stand in yuan a kilogram
    assert figure(one, "realised", "01") == (1_600_000.0, 2)
    assert figure(one, "realised", "02") == (0.0, 0)
    # 400 × 500 + 80 × 2 600 = 408 000 over 400 × 2 500 + 80 × 2 400 = 1 192 000
    assert figure(one, "premium")[0] == pytest.approx(408_000, rel=1e-12, abs=0)
    assert figure(one, "premium_rate")[0] == pytest.approx(408 / 1192, rel=1e-12, abs=0)
    assert figure(one, "area")[0] == 65.0
    assert figure(one, "lapsed")[0] == 1.0


def test_a_blank_plain_price_has_no_premium(tmp_path):
    one, _ = kept(tmp_path, "green_label_register", LABELS.replace("5,2400,2023", "5,,2023"))
    assert figure(one, "premium", "01")[0] is None
    assert figure(one, "realised", "01")[0] == 1_600_000.0


def test_a_price_in_the_wrong_unit(tmp_path):
    _, faults = kept(tmp_path, "green_label_register", LABELS.replace("销售单价(元/公斤)", "销售单价(元/亩)"))
    assert [f.place for f in faults if f.code == "GEP-J355"] == [f"row {n}, column 销售单价(元/亩)" for n in (2, 3, 4)]
    _, faults = kept(tmp_path, "green_label_register", LABELS.replace("销售单价(元/公斤)", "销售单价"))
    assert "GEP-J355" in codes(faults)  # a price whose unit nobody states is not guessed


def test_a_label_below_the_plain_price_is_told(tmp_path):
    _, faults = kept(tmp_path, "green_label_register", LABELS.replace("吨,3,2500", "吨,2,2500"))
    assert words(faults, "GEP-J363").severity == "warning"


# --- purchases, finance


def test_purchases(tmp_path):
    text = "采购单位,乡镇,采购金额(万元),绿色采购金额(万元)\n东乡政府,东乡,100,40\n县教育局,,300,60\n"
    one, faults = kept(tmp_path, "green_procurement", text)
    assert not faults
    assert figure(one, "share")[0] == pytest.approx(0.25, rel=1e-12, abs=0)  # 100 of 400, the county's own among them
    assert figure(one, "share", "01")[0] == pytest.approx(0.4, rel=1e-12, abs=0)
    assert figure(one, "amount", "03") == (None, 0)  # not told where it buys: not 0
    _, faults = kept(tmp_path, "green_procurement", text.replace("300,60", "300,301"))
    assert [(f.code, f.place) for f in faults] == [("GEP-J309", "row 3, column 绿色采购金额(万元)")]


FINANCE = """机构,业务类别,笔数,贷款余额(万元),是否隐性债务,保费(万元),保险金额(万元),赔付(万元)
甲行,绿色贷款,10,500,否,,,
乙行,绿色贷款,2,200,是,,,
丙险,绿色保险,90,,,40,900,10
丁险,环责险,3,,,6,600,0
"""


def test_finance(tmp_path):
    one, faults = kept(tmp_path, "green_finance_register", FINANCE)
    assert [(f.code, f.severity, f.place) for f in faults] == [("GEP-J359", "warning", "row 3, column 是否隐性债务")]
    assert figure(one, "loans") == (5_000_000.0, 1)  # hidden debt is no green loan
    assert figure(one, "hidden_debt")[0] == 2_000_000.0
    assert figure(one, "loss_ratio")[0] == pytest.approx(0.25, rel=1e-12, abs=0)
    assert figure(one, "liability_insured")[0] == 6_000_000.0
    assert figure(one, "loans", "01") == (None, 0)


def test_finance_refuses(tmp_path):
    text = FINANCE.replace("绿色贷款,10,500,否", "绿色贷款,0,500,").replace("40,900,10", "40,900,901")
    _, faults = kept(tmp_path, "green_finance_register", text.replace("环责险,3,,,6", "环责险,3.5,,,"))
    found = {(f.code, f.place.partition(",")[0]) for f in faults}
    assert {("GEP-J362", "row 2"), ("GEP-J300", "row 2"), ("GEP-J309", "row 4"), ("GEP-J358", "row 5"),
            ("GEP-J300", "row 5")} <= found  # fmt: skip


# --- help in kind, wardens

IN_KIND = """编号,补偿方式,提供方,乡镇,折算金额(万元),折算依据,人数,日期
1,人才培训,下游县,东乡,20,实际支出,60,2023-05-01
2,产业转移,下游县,东乡,,,,2023-06-01
3,购买生态产品和服务,某公司,西镇,30,合同,,2023-06-01
"""


def test_help_in_kind(tmp_path):
    one, faults = kept(tmp_path, "noncash_ledger", IN_KIND)
    assert not faults
    assert figure(one, "value", "01") == (200_000.0, None)  # the unvalued record is counted, not taken as 0
    assert figure(one, "unvalued", "01")[0] == 1.0
    assert figure(one, "records")[0] == 3.0
    assert figure(one, "trained") == (60.0, 60)


def test_help_in_kind_refuses(tmp_path):
    text = IN_KIND.replace("产业转移", "资金补偿").replace("30,合同", "30,").replace("实际支出,60", "实际支出,")
    _, faults = kept(tmp_path, "noncash_ledger", text)
    assert {(f.code, f.place.partition(",")[0]) for f in faults} == {
        ("GEP-J360", "row 3"), ("GEP-J300", "row 4"), ("GEP-J300", "row 2"),
    }  # fmt: skip


WARDENS = "乡镇,岗位类别,人数,其中脱贫人口,劳务报酬(万元)\n东乡,护林员,20,15,16\n西镇,护林员,5,1,4\n"


def test_wardens(tmp_path):
    one, faults = kept(tmp_path, "ecological_wardens", WARDENS)
    assert not faults
    assert figure(one, "poor_share") == (pytest.approx(16 / 25, rel=1e-12, abs=0), 25)
    assert figure(one, "pay_per_head", "01")[0] == pytest.approx(8_000, rel=1e-12, abs=0)


@pytest.mark.parametrize("head", ["姓名", "身份证号", "联系电话", "银行账号"])
def test_no_personal_data(tmp_path, head):
    lines = WARDENS.splitlines()
    text = "\n".join([f"{lines[0]},{head}", *(f"{line},甲乙丙" for line in lines[1:])])
    _, faults = kept(tmp_path, "ecological_wardens", text)
    assert [(f.code, f.severity, f.place) for f in faults] == [("GEP-J353", "error", f"column {head}")]
    assert "甲乙丙" not in faults[0].text("zh") + faults[0].text("en")


def test_an_identity_number_in_a_cell(tmp_path):
    number = "34160219800101001X"
    _, faults = kept(tmp_path, "ecological_wardens", WARDENS.replace("东乡,护林员", f"东乡,护林员{number}"))
    assert [(f.code, f.place) for f in faults] == [("GEP-J354", "row 2, column 岗位类别")]
    assert number not in faults[0].text("zh")


def test_more_poor_than_wardens(tmp_path):
    _, faults = kept(tmp_path, "ecological_wardens", WARDENS.replace("20,15", "20,21"))
    assert [(f.code, f.place) for f in faults] == [("GEP-J309", "row 2, column 其中脱贫人口")]


# --- all of them

MINE = ("eco_project_register", "fund_flow", "green_label_register", "green_procurement", "green_finance_register",
        "noncash_ledger", "ecological_wardens")  # fmt: skip


def test_every_row_of_the_catalogue_computes(tmp_path):
    texts = dict(zip(MINE, (PROJECTS, FUNDS, LABELS, "采购单位,乡镇,采购金额(万元),绿色采购金额(万元)\n甲,东乡,9,3\n",
                            FINANCE, IN_KIND, WARDENS), strict=True))  # fmt: skip
    given = given_of(*(kept(tmp_path, id, text)[0] for id, text in texts.items()))
    seen = 0
    for indicator in packaged().values():
        if indicator.measure == "register" and indicator.of.partition(".")[0] in MINE:
            found = measures()["register"].compute(indicator, 2023, given)
            assert not found.faults, indicator.code
            county = next(o for o in found.observations if o.zone == COUNTY)
            assert county.value is not None, indicator.code
            assert county.lines, indicator.code
            seen += 1
    assert seen


SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
KEPT_IN = dict(
    zip(MINE, ("生态项目", "补偿资金", "绿色标识", "绿色采购", "绿色金融", "非资金补偿", "生态保护员"), strict=True)
)


@pytest.mark.parametrize("year", [2020, 2023])
def test_the_sample_county(year, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SAMPLE))
    import assess_registers_social as maker
    from landscape import NAMES

    monkeypatch.setattr("social_tables.ZONES", {f"{n:02d}": name for n, name in enumerate(NAMES)})
    maker.write(tmp_path)
    projects = None
    for id, name in KEPT_IN.items():
        made = (tmp_path / f"{name}_{year}.csv").read_bytes()
        assert made == (SAMPLE / "assessment" / f"{name}_{year}.csv").read_bytes(), name
        text = made.decode("gb18030" if id in ("fund_flow", "green_finance_register") else "utf-8-sig")
        one, faults = kept(tmp_path, id, text, year, given=projects)
        projects = projects or given_of(one, year=year)
        assert not [f for f in faults if f.severity == "error"], [f.text("en") for f in faults]
        assert all(i.left == i.right for i in one.identities)


@settings(deadline=None, max_examples=50)
@drawn(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 100), st.integers(0, 100), st.booleans()), min_size=1))
def test_rates_lie_between_0_and_1_and_do_not_hang_on_the_order(drawn_rows):
    rows = []
    for told, arrived, paid, late in drawn_rows:
        received = told * arrived // 100
        rows.append({"zone": "01", "source": "中央", "channel": "纵向", "use": "修复", "opening": 0.0,
                     "appropriated": float(told), "received": float(received), "spent": float(received * paid // 100),
                     "farmers": 0.0, "due": pd.Timestamp("2023-06-30"),
                     "arrived": pd.Timestamp("2023-07-01" if late else "2023-06-01")})  # fmt: skip
    register = registry()["fund_flow"]
    table = register.derive(pd.DataFrame(rows), 2023)
    turned = register.derive(pd.DataFrame(rows[::-1]), 2023)
    for id in ("arrival_rate", "execution_rate", "timely_rate", "compliance_rate"):
        value = register.figure(id).compute(table)[0]
        assert value is None or 0 <= value <= 1, id
        assert register.figure(id).compute(turned)[0] == value, id
    arrival, timely = (register.figure(i).compute(table)[0] for i in ("arrival_rate", "timely_rate"))
    assert arrival is None or timely <= arrival  # nothing arrives in time that does not arrive
