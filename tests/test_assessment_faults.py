"""Bad input for assessment, planted in the sample county: code, file, row, column, cause and remedy in both languages.

Everything wrong is told at once; nothing is computed or written until it is mended, and an earlier result stays.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ruamel.yaml import YAML
from sample_assessed import SAMPLE, YEARS, Copy, assess
from tiny import contents, untouched

from gep.errors import Fault, GepError

TARGETS, EVENTS, FIGURES = (f"assessment/{name}_2023.csv" for name in ("考核目标", "考核事项", "上报数"))
FUNDS, PROJECTS, TENURE = (f"assessment/{name}_2023.csv" for name in ("补偿资金", "生态项目", "自然资源产权台账"))
RESTORED, WARDENS, PAIRS = (
    "assessment/生态修复台账_2023.csv",
    "assessment/生态保护员_2023.csv",
    "assessment/判断矩阵.csv",
)
OWN, STUDY, WEIGHTS = "自定指标.csv", "study.yaml", "assessment/权重.csv"
QUICK = {"by": "composite", "indicators": ["satisfaction", "agreements_complete"],
         "choices": {"weights": "entropy", "aggregate": "sum"}}  # fmt: skip
SMALL = {"figures": "reported_figures"}  # the one table that every copy reads


@dataclass(frozen=True)
class Bad:
    """A slip of a county's: what is planted, and every word that the user must read of it."""

    plant: Callable[[Copy], None]
    code: str
    file: str
    place: str  # how the place begins; of the study: its path ends so
    zh: tuple[str, ...]
    en: tuple[str, ...]
    keep: tuple[str, ...] = ()  # evaluations
    registers: tuple[str, ...] = ()
    times: int = 1


def county(folder, keep: tuple[str, ...] = (), registers: tuple[str, ...] = ()) -> Copy:
    """A copy that reads little: reported figures, and what the evaluations and registers kept need."""
    copy = Copy(folder, *keep, only=("satisfaction",), registers=registers)

    def small(part: dict) -> None:
        part["tables"] = dict(SMALL)
        part["evaluate"] = {id: part["evaluate"][id] for id in keep}

    copy.said(small)
    return copy


def said(*keys: str, **values: object) -> Callable[[Copy], None]:
    """Write values under a key of `assessment`."""

    def plant(copy: Copy) -> None:
        def change(part: dict) -> None:
            for key in keys:
                part = part[key]
            part.update(values)

        copy.said(change)

    return plant


def cell(file: str, row: int, column: str, value: str) -> Callable[[Copy], None]:
    return lambda copy: copy.cell(file, row, column, value)


def again(file: str, row: int) -> Callable[[Copy], None]:
    """A row typed a second time, at the end."""
    return lambda copy: copy.lines(file, lambda lines: [*lines, lines[row - 1]])


def own(**values: str) -> Callable[[Copy], None]:
    """A catalogue of the county's own with one row."""
    from gep.assessment.catalogue import COLUMNS

    row = dict.fromkeys(COLUMNS, "") | {
        "code": "own_one", "form": "perf_1", "block": "institution", "zh": "本县自定数", "en": "own figure",
        "unit": "%",
        "definition_zh": "定义", "definition_en": "definition", "formula": "x", "measure": "reported",
        "direction": "positive", "decimals": "1", "aggregation": "none", "period": "year", "deadline": "+03-31",
        "department_zh": "某局", "department_en": "an office", "publication": "public", "revision": "annual",
        "confidence": "judgement",
    } | values  # fmt: skip

    def plant(copy: Copy) -> None:
        with (copy.folder / OWN).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(COLUMNS))
            writer.writeheader()
            writer.writerow(row)
        copy.said(lambda part: part.update(catalogue=[OWN]))

    return plant


def negative_weight(copy: Copy) -> None:
    (copy.folder / WEIGHTS).write_text("指标,权重\nsatisfaction,1.2\nagreements_complete,-0.2\n", "utf-8-sig")
    study = YAML(typ="safe").load(copy.study.read_text("utf-8"))
    study["tables"]["own_weights"] = {"path": WEIGHTS}
    choices = {"weights": "given", "aggregate": "sum"}
    study["assessment"]["evaluate"]["weighed"] = QUICK | {"choices": choices, "tables": {"weights": "own_weights"}}
    copy._write(study)


def one_township(copy: Copy) -> None:
    import geopandas as gpd

    path = copy.folder / "townships.gpkg"
    towns = gpd.read_file(path)
    path.unlink()
    towns[towns["name"] == "溪岗乡"].to_file(path, driver="GPKG")
    for year in YEARS:
        copy.lines(
            f"assessment/上报数_{year}.csv", lambda lines: [lines[0], *(row for row in lines if "溪岗乡" in row)]
        )
    copy.said(lambda part: part["evaluate"].update(quick=QUICK))


def personal(copy: Copy) -> None:
    copy.lines(WARDENS, lambda lines: [f"{lines[0]},身份证号", *(f"{row},341222199001011234" for row in lines[1:])])


def no_targets(copy: Copy) -> None:
    copy.said(lambda part: part["evaluate"]["targets"].pop("tables"))


CARD = ("targets",)
BAD = {
    "no targets": Bad(
        no_targets, "GEP-J028", STUDY, "assessment.evaluate.targets",
        ("targets 缺表 targets（目标值）", "在 tables 里写明它"),
        ("targets lacks the table targets", "describe it under tables"),
        CARD,
    ),
    "one township": Bad(
        one_township, "GEP-J200", STUDY, "assessment.evaluate.quick",
        ("只有 1 个", "至少两个乡镇"), ("the study has 1", "two townships or more"),
    ),
    "a negative weight": Bad(
        negative_weight, "GEP-J208", WEIGHTS, "row 3", ("-0.2", "小于 0", "权重不能为负"),
        ("-0.2", "below zero"), times=2,
    ),
    "a year without data": Bad(
        said(years=[2020, 2022, 2023]), "GEP-T002", "assessment/上报数_2022.csv", "",
        ("读不到表格文件", "检查路径"), ("cannot be read", "path"),
    ),
    "no publication level": Bad(
        own(publication=""), "GEP-J003", OWN, "row 2, column publication",
        ("own_one 没有发布级别", "public（公开）或 internal（内部）"),
        ("own_one has no publication level", "public or internal"),
    ),
    "own weights called EQI": Bad(
        own(zh="乡镇生态质量指数", en="township index"), "GEP-J124", OWN, "row 2, column zh",
        ("自称区域生态质量指数", "换个名称"), ("calls itself the regional EQI", "→"),
    ),
    "a composite called EQI": Bad(
        said("evaluate", quick=QUICK | {"name": "乡镇 EQI"}), "GEP-J124", STUDY, "assessment.evaluate.quick",
        ("自称区域生态质量指数",), ("calls itself the regional EQI",),
    ),
    "a ratio of ratios": Bad(
        own(measure="ratio", of="regulating_share / satisfaction", unit="%"), "GEP-J011", OWN, "row 2, column of",
        ("own_one 是两个指标之比", "regulating_share", "本身不是比值"),
        ("own_one is a ratio", "regulating_share", "no ratios"),
    ),
    "an unknown role": Bad(
        said("tables", section_reading="monitored_sections"), "GEP-J020", STUDY, "assessment.tables.section_reading",
        ("section_reading", "是否指 “section_readings”"), ("section_reading", "Did you mean “section_readings”"),
    ),
    "an unknown table": Bad(
        said("tables", air_readings="monitored_airs"), "GEP-J021", STUDY, "assessment.tables.air_readings",
        ("monitored_airs", "是否指 “monitored_air”"), ("monitored_airs", "Did you mean “monitored_air”"), times=2,
    ),
    "an unknown register": Bad(
        said("registers", fund_flows="funds"), "GEP-J023", STUDY, "assessment.registers.fund_flows",
        ("没有台账 “fund_flows”", "是否指 “fund_flow”"), ("no register “fund_flows”", "Did you mean “fund_flow”"),
    ),
    "an unknown evaluation": Bad(
        said("evaluate", "targets", by="score_card"), "GEP-J024", STUDY, "assessment.evaluate.targets.by",
        ("没有评价方法 “score_card”", "是否指 “scorecard”"),
        ("no evaluation “score_card”", "Did you mean “scorecard”"), CARD,
    ),
    "an unknown indicator": Bad(
        said("evaluate", quick=QUICK | {"indicators": ["satisfactions", "pm25"]}), "GEP-J025", STUDY,
        "assessment.evaluate.quick.indicators.0",
        ("没有指标 “satisfactions”", "是否指 “satisfaction”"),
        ("no indicator “satisfactions”", "Did you mean “satisfaction”"),
    ),
    "an unknown option": Bad(
        said("evaluate", "targets", "choices", without_before="levels"), "GEP-J027", STUDY,
        "assessment.evaluate.targets.choices.without_before", ("“levels” 不存在", "missing, level"),
        ("no such option or value “levels”", "missing, level"), CARD,
    ),
    "a year that is not assessed": Bad(
        said("evaluate", "targets", years=[2021]), "GEP-J031", STUDY, "assessment.evaluate.targets.years",
        ("2021 年不在评价年份里", "2020、2023"), ("asks for 2021", "2020、2023"), CARD,
    ),
    "an unknown card": Bad(
        said("evaluate", "targets", card="recomended"), "GEP-J250", STUDY, "assessment.evaluate.targets",
        ("没有计分卡“recomended”", "recommended"), ("no score card “recomended”", "recommended"), CARD, times=1,
    ),
    "a list made of what stands below it": Bad(
        lambda copy: None, "GEP-J280", STUDY, "assessment.evaluate.incentive",
        ("“targets”", "不在本评价之前"), ("“targets”", "does not stand above it"), ("incentive",),
    ),
    "the unit of a target": Bad(
        cell(TARGETS, 2, "单位", "公顷"), "GEP-J263", TARGETS, "row 2",
        ("人均到位补偿资金", "公顷", "yuan/person", "改单位栏"), ("公顷", "yuan/person", "mend the unit"), CARD,
    ),
    "a target twice": Bad(
        again(TARGETS, 5), "GEP-J262", TARGETS, "row 31", ("第 5 行已经有了", "留下一行"),
        ("row 5 has a target", "keep one"), CARD,
    ),
    "a target of nothing": Bad(
        cell(TARGETS, 3, "指标", "fund_per_revenue"), "GEP-J261", TARGETS, "row 3",
        ("fund_per_revenue", "是否指 “fund_per_fiscal_revenue”"), ("Did you mean “fund_per_fiscal_revenue”",), CARD,
    ),
    "a target of nought": Bad(
        cell(TARGETS, 2, "目标值", "0"), "GEP-J264", TARGETS, "row 2",
        ("完成率没有意义", "distance"), ("ratio to a target that is not above zero", "distance"), CARD,
    ),
    "a target in words": Bad(
        cell(TARGETS, 2, "目标值", "约一百"), "GEP-T012", TARGETS, "row 2, column 目标值",
        ("“约一百”", "应为数字"), ("should be a number", "“约一百”"), CARD,
    ),
    "an unknown township of a target": Bad(
        cell(TARGETS, 20, "乡镇", "龙弯乡"), "GEP-T030", TARGETS, "row 20, column",
        ("“龙弯乡”", "是否指 “龙湾乡”"), ("“龙弯乡”", "Did you mean “龙湾乡”"), CARD,
    ),
    "an unknown kind of event": Bad(
        cell(EVENTS, 2, "类型", "奖励"), "GEP-J270", EVENTS, "row 2", ("“奖励”", "加分、扣分、一票否决"),
        ("“奖励”", "veto"), CARD,
    ),
    "a veto without its document": Bad(
        cell(EVENTS, 5, "依据", ""), "GEP-J274", EVENTS, "row 5", ("一票否决没有写", "文号"),
        ("a veto without", "document"), CARD,
    ),
    "judgements that contradict": Bad(
        cell(PAIRS, 3, "重要程度", "1/9"), "GEP-J216", PAIRS, "row 3, column 重要程度",
        ("CR = 0.407", "不小于 0.1", "重新比较这一对"), ("CR = 0.407", "not below 0.1", "compare that pair again"),
        ("township_index",), times=2,
    ),
    "a judgement below zero": Bad(
        cell(PAIRS, 3, "重要程度", "-3"), "GEP-J211", PAIRS, "row 3, column 重要程度",
        ("“-3”", "大于 0"), ("“-3”", "above zero"), ("township_index",), times=2,
    ),
    "a pair not judged": Bad(
        lambda copy: copy.lines(PAIRS, lambda lines: lines[:-1]), "GEP-J215", PAIRS, "",
        ("判断矩阵不完整", "加一行"), ("not complete", "add a row"), ("township_index",), times=2,
    ),
    "a project registered twice": Bad(
        cell(RESTORED, 3, "项目编号", "XF2023-01-1"), "GEP-J302", RESTORED, "row 3, column 项目编号",
        ("第 3 行与第 2 行重复", "XF2023-01-1"),
        ("rows 2 and 3 are the same", "XF2023-01-1"), (), ("restoration_ledger",),
    ),
    "spent more than there was": Bad(
        cell(FUNDS, 2, "支出金额", "99.99"), "GEP-J351", FUNDS, "row 2, column 支出金额",
        ("999900", "超出 366600 元", "核对四个金额"), ("999900", "366600 more than there was"), (),
        ("fund_flow", "eco_project_register"),
    ),
    "money for an unknown project": Bad(
        cell(FUNDS, 2, "项目编号", "ST2023-99"), "GEP-J350", FUNDS, "row 2, column 项目编号",
        ("ST2023-99", "是否指"), ("ST2023-99", "Did you mean"), (), ("fund_flow", "eco_project_register"),
    ),
    "an unknown township of a register": Bad(
        cell(PROJECTS, 3, "乡镇", "城东街"), "GEP-T030", PROJECTS, "row 3, column",
        ("“城东街”", "城东街道"), ("“城东街”", "城东街道"), (), ("eco_project_register",),
    ),
    "a share as a fraction among per cent": Bad(
        cell(TENURE, 3, "全民所有比例", "0.2"), "GEP-J310", TENURE, "row 3, column 全民所有比例",
        ("合计 0.802，应等于 1", "单位"), ("add up to 0.802, not to 1",), (), ("tenure_register",),
    ),
    "identity numbers": Bad(
        personal, "GEP-J353", WARDENS, "column 身份证号",
        ("个人信息", "删去该列"), ("personal data",), (), ("ecological_wardens",),
    ),
    "a figure twice": Bad(
        again(FIGURES, 2), "GEP-J037", FIGURES, "row 52", ("有两个数（第 2 行）", "留一行"),
        ("stands there twice (row 2)",),
    ),
    "a figure of nothing": Bad(
        cell(FIGURES, 2, "指标", "公众满意率"), "GEP-J035", FIGURES, "row 2", ("“公众满意率”", "catalogue"),
        ("“公众满意率”",),
    ),
    "the unit of a figure": Bad(
        cell(FIGURES, 2, "单位", "万元"), "GEP-J036", FIGURES, "row 2", ("万元", "改该行的单位"),
        ("万元", "mend the unit"),
    ),
}  # fmt: skip


def errors(copy: Copy) -> list[Fault]:
    """The errors of an assessment that must be refused."""
    with pytest.raises(GepError) as raised:
        assess(copy.study)
    return [f for f in raised.value.faults if f.severity == "error"]


def told(bad: Bad, found: list[Fault]) -> list[Fault]:
    """The faults that say what this slip must say, all of it, in both languages."""

    def here(f: Fault) -> bool:
        place = f.place.partition(" ")[2] or f.place if bad.file == STUDY else f.place  # after line:column
        return f.code == bad.code and str(f.file).endswith(bad.file) and place.startswith(bad.place)

    mine = [f for f in found if here(f)]
    assert mine, f"no {bad.code} at {bad.file} {bad.place}*:\n" + "\n".join(f.text("en") for f in found)
    for lang, words in (("zh", bad.zh), ("en", bad.en)):
        for word in words:
            assert word in mine[0].text(lang), f"{word!r} is not in {mine[0].text(lang)!r}"
        assert "→" in mine[0].text(lang)  # what to do
    return mine


@pytest.mark.parametrize("name", BAD)
def test_one_slip_is_named_and_nothing_else(tmp_path, name):
    bad = BAD[name]
    copy = county(tmp_path / "county", bad.keep, bad.registers)
    bad.plant(copy)
    found = errors(copy)
    assert {f.code for f in found} == {bad.code}
    assert len(told(bad, found)) == len(found) <= bad.times


def test_the_copies_have_no_error_themselves(tmp_path):
    """Else every slip above might be refused for another reason."""
    registers = ("fund_flow", "eco_project_register", "tenure_register", "restoration_ledger", "ecological_wardens")
    made = assess(county(tmp_path / "county", ("targets", "township_index"), registers).study)
    assert made.observations["indicator"].nunique() > 15
    assert all(check["passed"] for check in made.checks)


def test_all_equal_is_said_and_nobody_is_ranked(tmp_path):
    """An indicator that is equal everywhere weighs nothing; where all are, there is nothing to weigh: no totals."""
    copy = county(tmp_path / "county")
    copy.said(lambda part: part["evaluate"].update(quick=QUICK))

    def level(lines: list[str]) -> list[str]:
        rows = [row.split(",") for row in lines[1:]]
        return [lines[0], *(",".join([*row[:2], "90", *row[3:]]) for row in rows)]

    copy.lines(FIGURES, level)
    made = assess(copy.study)
    [one] = [f for f in made.faults if f.code == "GEP-J220"]
    assert one.severity == "warning"
    assert "2023 年各指标各乡镇都相等" in one.text("zh")
    assert "nothing to weigh" in one.text("en")
    totals = made.scores[(made.scores["kind"] == "total") & (made.scores["year"] == 2023)]
    assert len(totals) == 25
    assert totals["score"].isna().all()
    assert totals["rank"].isna().all()
    then = made.scores[(made.scores["kind"] == "total") & (made.scores["year"] == 2020)]
    assert then["rank"].notna().all()


def test_one_of_two_equal_weighs_nothing(tmp_path):
    copy = county(tmp_path / "county")
    copy.said(lambda part: part["evaluate"].update(quick=QUICK))
    copy.lines(FIGURES, lambda lines: [
        line if "公众生态环境满意度" not in line else ",".join([*line.split(",")[:2], "90", *line.split(",")[3:]])
        for line in lines])  # fmt: skip
    copy.cell(FIGURES, 3, "数值", "80")  # agreements of one township: else both are equal
    made = assess(copy.study)
    weights = made.tables["weights"]
    mine = weights[(weights["year"] == 2023) & (weights["indicator"] == "satisfaction")]
    assert len(mine)
    column = next(c for c in mine if "weight" in c and mine[c].dtype.kind == "f")
    assert (mine[column] == 0).all()
    totals = made.scores[(made.scores["kind"] == "total") & (made.scores["year"] == 2023)]
    assert totals["rank"].notna().all()


def test_targets_left_out_are_a_warning_with_all_of_them(tmp_path):
    copy = county(tmp_path / "county", CARD)
    gone = ("satisfaction", "report_on_time")
    copy.lines(TARGETS, lambda lines: [line for line in lines if not any(g in line for g in gone)])
    made = assess(copy.study)
    [one] = [f for f in made.faults if f.code == "GEP-J265"]
    assert (one.severity, str(one.file).endswith(TARGETS)) == ("warning", True)
    assert "50 个目标没有写" in one.text("zh")
    for word in ("公众生态环境满意度", "全部乡镇", "不是 0"):
        assert word in one.text("zh")


# told while tables and registers are read, all in one list
READ = ("an unknown role", "an unknown table", "an unknown register", "an unknown indicator", "an unknown option",
        "a project registered twice", "spent more than there was", "money for an unknown project",
        "an unknown township of a target", "an unknown township of a register",
        "a share as a fraction among per cent", "identity numbers")  # fmt: skip


def test_all_slips_are_told_at_once_and_an_earlier_result_is_kept(gep, tmp_path):
    registers = ("fund_flow", "eco_project_register", "tenure_register", "restoration_ledger", "ecological_wardens")
    copy = county(tmp_path / "county", CARD, registers)
    out = tmp_path / "out"
    said_ = gep("assess", copy.study, "--to", out)
    assert said_.exit_code == 0, said_.output
    before = contents(out)
    assert len(before) > 10
    for name in READ:
        BAD[name].plant(copy)
    found = errors(copy)
    for name in READ:
        told(BAD[name], found)
    assert len(READ) >= 12
    for lang in ("en", "zh"):
        with untouched(out):
            said_ = gep("assess", copy.study, "--to", out, lang=lang)
        assert said_.exit_code == 2
        for name in READ:
            for word in (BAD[name].code, BAD[name].file, *(BAD[name].zh if lang == "zh" else BAD[name].en)):
                assert word in said_.output, f"--lang {lang} lacks {word!r}:\n{said_.output}"
    assert contents(out) == before
    new = tmp_path / "new"
    assert gep("assess", copy.study, "--to", new).exit_code == 2
    assert not new.exists()


def test_what_tables_say_is_told_at_once(tmp_path):
    """Faults of what stands in the tables, once they can be read: targets, events, figures, in one list."""
    names = ("the unit of a target", "a target twice", "a target of nothing", "an unknown kind of event",
             "a veto without its document", "a figure of nothing")  # fmt: skip
    copy = county(tmp_path / "county", CARD)
    for name in names:
        BAD[name].plant(copy)
    found = errors(copy)
    for name in names:
        told(BAD[name], found)


def test_mended_it_assesses_again(gep, tmp_path):
    copy = county(tmp_path / "county", CARD)
    was = copy.read(TARGETS, 2, "单位")
    copy.cell(TARGETS, 2, "单位", "公顷")
    assert gep("assess", copy.study, "--to", tmp_path / "out").exit_code == 2
    copy.cell(TARGETS, 2, "单位", was)
    assert gep("assess", copy.study, "--to", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "assessment" / "scores.csv").is_file()


@pytest.mark.slow
def test_a_run_is_refused_before_its_long_work(gep, tmp_path):
    """`gep check` and `gep run` tell the same faults, before any raster is read."""
    copy = county(tmp_path / "county", CARD)
    for path in SAMPLE.glob("*.tif"):
        (copy.folder / path.name).symlink_to(path)
    BAD["a target twice"].plant(copy)
    for words in (("check", copy.study), ("run", copy.study, "--to", tmp_path / "out")):
        said_ = gep(*words)
        assert said_.exit_code != 0
        assert "GEP-J262" in said_.output, said_.output
    assert not (tmp_path / "out" / "ledger.csv").exists()
