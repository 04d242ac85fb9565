"""Registers of money, projects, labels, purchases, finance, help in kind and wardens, and targets of funds, both years.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEARS = (2020, 2023)
RURAL = [n for n in NAMES if not n.endswith("街道")]
BROKE = "槐林乡"  # was given no money in 2020: it has no execution rate that year
MISUSED = "石桥镇"  # spent part of its money on something else
PRODUCTS = (  # product, label, unit, t (or head) a certificate, price with label, price without
    ("小麦", "绿色食品", "吨", 900, 3050, 2650), ("蔬菜", "有机农产品", "吨", 420, 5200, 2450),
    ("中药材", "地理标志", "吨", 65, 14200, 11500), ("水产品", "绿色食品", "吨", 120, 17800, 14300),
)  # fmt: skip


def write(folder: Path) -> None:
    """Nine tables a year, with the heads that county offices use."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20_246)
    for year in YEARS:
        projects = _projects(rng, year)
        _save(folder / f"生态项目_{year}.csv", projects)
        _save(folder / f"补偿资金_{year}.csv", _funds(rng, year, projects), "gb18030")
        _save(folder / f"资金绩效目标_{year}.csv", _targets(rng, projects))
        _save(folder / f"绿色标识_{year}.csv", _labels(rng, year))
        _save(folder / f"绿色采购_{year}.csv", _purchases(rng, year))
        _save(folder / f"绿色金融_{year}.csv", _finance(rng, year), "gb18030")
        _save(folder / f"非资金补偿_{year}.csv", _in_kind(rng, year))
        _save(folder / f"生态保护员_{year}.csv", _wardens(rng, year))
        _save(folder / f"生态产品交易_{year}.csv", _sales(rng, year))


def _save(path: Path, rows: list[dict[str, object]], encoding: str = "utf-8-sig") -> None:
    write_csv(pd.DataFrame(rows), path, encoding)


def _projects(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """One project a township: restoration in most, sewage works where the number is odd."""
    out = []
    for n, name in enumerate(NAMES):
        planned = round(float(rng.uniform(60, 240)) * (1.0 if year == YEARS[0] else 1.25), 1)
        actual = round(planned * float(rng.uniform(0.82, 1.0)), 1)
        works = n % 4 == 3
        done = n % 3 == 0
        out.append({
            "项目编号": f"ST{year}-{n + 1:02d}", "项目名称": f"{name}{'污水处理提升' if works else '生态修复'}项目",
            "项目类型": "污水治理" if works else "生态修复", "乡镇": name,
            "受益户数": int(rng.integers(90, 620)), "总投资(万元)": round(planned * 1.8, 1),
            "本年计划投资(万元)": planned, "本年完成投资(万元)": actual, "开工日期": f"{year}-03-{10 + n % 18}",
            "竣工日期": f"{year}-11-{10 + n % 18}" if done else "", "状态": "已完工" if done else "在建",
            "修复面积(公顷)": 0 if works else round(actual * float(rng.uniform(0.16, 0.24)), 2),
            "COD削减量(吨)": round(actual * float(rng.uniform(0.05, 0.09)), 2) if works else 0,
        })  # fmt: skip
    return out


def _funds(rng: np.random.Generator, year: int, projects: list[dict[str, object]]) -> list[dict[str, object]]:
    """Two or three documents a township: provincial money for its project, horizontal money, social money in some."""
    out = []
    for n, (name, project) in enumerate(zip(NAMES, projects, strict=True)):
        if name == BROKE and year == YEARS[0]:
            continue
        base = float(project["本年完成投资(万元)"]) * 0.6  # type: ignore[arg-type]
        work = "生态环境修复" if project["修复面积(公顷)"] != 0 else "生态环境治理"
        lent = "其他" if name == MISUSED else "直接补偿" if n % 2 else "民生改善"
        sets = [
            ("皖财资环", "省级", "纵向", 1.0, work, project["项目编号"], f"{year}-06-30", f"{year}-0{5 + n % 3}-20"),
            ("市财建", "市级", "横向", 0.45, lent, "", f"{year}-09-30", f"{year}-09-{10 + n % 18}"),
        ]
        if n % 5 == 0:
            sets.append(("社会捐赠", "社会资金", "市场", 0.3, "自然资源保护", "", "", f"{year}-08-08"))
        for word, source, channel, share, use, id, due, arrived in sets:
            told = round(base * share, 2)
            received = round(told * (1.0 if rng.uniform() < 0.7 else float(rng.uniform(0.8, 0.97))), 2)
            opening = round(told * float(rng.uniform(0, 0.12)), 2)
            spent = round((opening + received) * float(rng.uniform(0.84, 0.995)), 2)
            out.append({
                "资金文号": f"{word}〔{year}〕{31 + n}号", "乡镇": name, "资金来源": source, "补偿机制": channel,
                "补偿方式": "资金补偿", "上年结转(万元)": opening, "下达金额(万元)": told, "到位金额(万元)": received,
                "支出金额(万元)": spent, "年末结余(万元)": round(opening + received - spent, 2), "应到位日期": due,
                "到位日期": arrived, "资金用途": use,
                "发放农户金额(万元)": round(spent * float(rng.uniform(0.5, 0.9)), 2) if use == "直接补偿" else 0.0,
                "项目编号": id,
            })  # fmt: skip
    return out


def _targets(rng: np.random.Generator, projects: list[dict[str, object]]) -> list[dict[str, object]]:
    """Targets of each township: 产出 50, 效益 30, 满意度 10; what registers know is read from them."""
    out = []
    for project in projects:
        name, restores = project["乡镇"], project["修复面积(公顷)"] != 0
        planned = float(project["本年计划投资(万元)"])  # type: ignore[arg-type]
        made = ("修复治理面积", "project_restored_area", "公顷", round(planned * 0.19, 1)) if restores else \
               ("COD削减量", "project_cod_cut", "吨", round(planned * 0.068, 1))  # fmt: skip
        rows = (
            ("产出", *made, "", 30), ("产出", "投资完成率", "project_investment_rate", "%", 100, "", 20),
            ("效益", "受益户数", "project_households", "1", int(rng.integers(150, 420)), "", 30),
            ("满意度", "受益群众满意度", "", "%", 90, round(float(rng.uniform(82, 97)), 1), 10),
        )  # fmt: skip
        heads = ("一级指标", "绩效指标", "指标代码", "单位", "目标值", "实际值", "分值")
        out += [{"乡镇": name, "方向": "正向"} | dict(zip(heads, row, strict=True)) for row in rows]
    return out


def _labels(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Certificates of rural townships; the last one has lapsed before the year."""
    out = []
    for n, name in enumerate(RURAL):
        for k in range(1 + n % 3):
            product, label, unit, tonnes, price, plain = PRODUCTS[(n + k) % len(PRODUCTS)]
            rise = 1.0 if year == YEARS[0] else 1.08
            lapsed = name == RURAL[-1] and k == 0
            out.append({
                "证书编号": f"LB{year - (4 if lapsed else 1)}{n:02d}{k}", "认证类别": label, "产品": product,
                "乡镇": name, "持证主体": f"{name}{product}专业合作社", "认证面积(公顷)": round(tonnes * 0.14, 1),
                "产量": round(tonnes * float(rng.uniform(0.5, 1.3)), 1), "单位": unit,
                "销售单价(元/吨)": round(price * rise), "同类普通产品单价(元/吨)": round(plain * rise),
                "有效期起": f"{year - (4 if lapsed else 1)}-05-01",
                "有效期止": f"{year - 1 if lapsed else year + 2}-04-30",
            })  # fmt: skip
    return out


def _purchases(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Purchases of each township's office and of three county offices."""
    units = [(f"{name}人民政府", name) for name in NAMES]
    units += [(f"县{word}", "") for word in ("教育局", "生态环境局", "机关事务中心")]
    out = []
    for unit, name in units:
        amount = round(float(rng.uniform(40, 260)), 2)
        share = float(rng.uniform(0.2, 0.6)) * (0.8 if year == YEARS[0] else 1.0)
        out.append(
            {"采购单位": unit, "乡镇": name, "采购金额(万元)": amount, "绿色采购金额(万元)": round(amount * share, 2)}
        )
    return out


def _finance(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Loans of two banks, of which one is flagged as hidden debt in 2023; insurance of two insurers."""
    heads = ("机构", "业务类别", "笔数", "贷款余额(万元)", "是否隐性债务", "保费(万元)", "保险金额(万元)", "赔付(万元)")
    grow = 1.0 if year == YEARS[0] else 1.6
    rows: list[tuple[object, ...]] = [
        ("县农村商业银行", "绿色贷款", int(86 * grow), round(8200 * grow, 1), "否", "", "", ""),
        (
            "县村镇银行",
            "绿色贷款",
            int(31 * grow),
            round(2400 * grow, 1),
            "是" if year == YEARS[-1] else "否",
            "",
            "",
            "",
        ),
    ]
    for insurer, kind, number, premium, sums in (("甲财险县支公司", "绿色保险", 5200, 640, 21000),
                                                 ("乙财险县支公司", "环责险", 18, 42, 5400)):  # fmt: skip
        rows.append((insurer, kind, int(number * grow), "", "", round(premium * grow, 1), round(sums * grow, 1),
                     round(premium * grow * float(rng.uniform(0.3, 0.7)), 1)))  # fmt: skip
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _in_kind(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Six records: every form of art. 2 that is no money; a record without a value stays without one."""
    forms = ("对口协作", "产业转移", "人才培训", "共建园区", "购买生态产品和服务", "人才培训")
    out = []
    for n, form in enumerate(forms):
        value = "" if form == "产业转移" else round(float(rng.uniform(20, 180)), 1)
        out.append({
            "编号": f"FX{year}-{n + 1:02d}", "补偿方式": form, "提供方": "下游结对县", "乡镇": RURAL[n * 3],
            "折算金额(万元)": value, "折算依据": "" if value == "" else "协议价或实际支出",
            "人数": int(rng.integers(30, 140)) if form == "人才培训" else "", "日期": f"{year}-0{n + 3}-15",
        })  # fmt: skip
    return out


def _wardens(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Wardens of each rural township: numbers and pay, no names."""
    out = []
    for name in RURAL:
        count = int(rng.integers(8, 36))
        pay = 0.6 if year == YEARS[0] else 0.8
        poor = int(count * float(rng.uniform(0.4, 0.8)))
        out.append({"乡镇": name, "岗位类别": "护林员", "人数": count, "其中脱贫人口": poor,
                    "劳务报酬(万元)": round(count * pay, 2)})  # fmt: skip
    return out


def _sales(rng: np.random.Generator, year: int) -> list[dict[str, object]]:
    """Tourism, uncertified local products, and a trade in carbon sinks."""
    grow = 1.0 if year == YEARS[0] else 1.15
    out = []
    for n, name in enumerate(NAMES):
        out.append((name, "乡村旅游", "旅游康养", float(rng.uniform(60, 420)) * grow if n % 2 == 0 else 0.0))
        if n % 3 == 0:
            out.append((name, "林下产品", "生态物质产品", float(rng.uniform(30, 160)) * grow))
    out.append((RURAL[2], "林业碳汇", "调节服务交易", 18.6 * grow))
    return [{"乡镇": a, "项目": b, "类别": c, "交易金额(万元)": round(d, 2), "依据": "部门统计"} for a, b, c, d in out]


if __name__ == "__main__":
    write(Path(__file__).parent / "assessment")
