"""What counts twice is refused with the rule's own words, runs when the study sets the rule aside, and says so.

The tiny county, one service more a case: quantities given in a table, or constants for the layers it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import openpyxl
import pandas as pd
import pytest
import tiny as maker

from gep import check, run
from gep import study as studies
from gep.errors import GepError

LAYERS = "layers:\n"
STORMS = LAYERS + "  storm_precipitation: {value: 300, unit: mm/a}\n  storm_runoff: {value: 120, unit: mm/a}\n"
AMOUNTS = """乡镇,服务,项目,数量,单位
东河镇,species_conservation,shannon_1_2,12,hm²
西山乡,species_conservation,shannon_1_2,8,hm²
南湖街道,species_conservation,shannon_1_2,5,hm²
东河镇,forest_crosscheck,water,1000,m³/a
西山乡,forest_crosscheck,water,2000,m³/a
南湖街道,forest_crosscheck,water,3000,m³/a
东河镇,negative_ions,negative_ions,1e18,1/a
西山乡,negative_ions,negative_ions,1e18,1/a
南湖街道,negative_ions,negative_ions,1e18,1/a
"""
OTHER_CLASSES = "[shannon_lt1, shannon_2_3, shannon_3_4, shannon_4_5, shannon_5_6, shannon_ge6]"


@dataclass(frozen=True)
class Case:
    """A service that would count twice: its lines of the study, and the rule's words from methods.md."""

    rule: str
    service: str
    choice: str  # what stands in services, with {role}
    zh: str
    en: str
    names: tuple[str, str]  # of the other side, zh and en, "" where the rule names every service


CASES = (
    Case("supporting_services", "species_conservation",
         f"{{method: shannon_by_type, given: amounts, without: {OTHER_CLASSES}ROLE}}",
         "物种保育属支持服务，与最终服务相加即重复计算", "Species conservation supports the final services", ("", "")),
    Case("one_photosynthesis", "oxygen_release", "{method: nppROLE}",
         "固碳与释氧出自同一光合通量；两者都计须用同一基数（32/44），释氧不得另以 NPP",
         "Carbon and oxygen share one photosynthetic flux", ("固定二氧化碳", "Carbon dioxide fixation")),
    Case("storm_water_twice", "flood_mitigation",
         "{method: with_vegetation, without: [lakes, reservoirs, measured_storage]ROLE}",
         "植被拦蓄的暴雨水量已在水源涵养（P − R − ET）之中", "Storm water held by vegetation already stands",
         ("水源涵养", "Water conservation")),
    Case("forest_family", "forest_crosscheck", "{method: forest_standard, given: amountsROLE}",
         "林业规范核对项与各项调节服务同量", "The forestry cross-check measures the same flows", ("", "")),
)  # fmt: skip
each = pytest.mark.parametrize("case", CASES, ids=[c.rule for c in CASES])


def with_service(tiny, case: Case, role: str = ", role: in", accept: str = ""):
    """The tiny county with one service more."""
    (tiny.folder / "amounts.csv").write_text(AMOUNTS, "utf-8-sig")
    tiny.edit(LAYERS, STORMS)
    columns = "{zone: 乡镇, service: 服务, item: 项目, quantity: 数量, unit: 单位}"
    tiny.edit("tables:\n", f"tables:\n  amounts: {{path: amounts.csv, columns: {columns}}}\n")
    tiny.edit("prices:\n", "prices:\n  species_shannon_1_2: {index: cpi}\n  oxygen: {index: cpi}\n")
    tiny.edit("{soc_rate: straw_return}", "{soc_rate: straw_return, oxygen: garze2010, carbon_element: byd2011}")
    accepted = f"accept: {{{case.rule}: {accept}}}\n" if accept else ""
    tiny.edit("services:\n", f"{accepted}services:\n  {case.service}: {case.choice.replace('ROLE', role)}\n")
    return tiny


def needs_role(case: Case) -> str:
    """Flood mitigation counts by itself; the others are memos that the study would turn on."""
    return "" if case.service == "flood_mitigation" else ", role: in"


@each
def test_refused_on_the_command_line_with_the_words_of_the_rule(gep, tiny, out, case):
    with_service(tiny, case, needs_role(case))
    accept = f"accept: {{{case.rule}: "
    maker.refused(gep, tiny, out, en=["GEP-E011", "must not be added", case.en, case.names[1], "role: memo", accept],
                  zh=["GEP-E011", "不得相加", case.zh, case.names[0], "role: memo", accept])  # fmt: skip


@each
def test_refused_in_python(tiny, case):
    with_service(tiny, case, needs_role(case))
    spec = studies.load(tiny.study)
    with pytest.raises(GepError) as caught:
        run.compute(spec)
    refused = [f for f in caught.value.faults if f.code == "GEP-E011"]
    assert refused
    assert all(case.zh in f.text("zh") and case.en in f.text("en") for f in refused)
    # it stands at the line of the service
    assert {f.place.split(":")[0] for f in refused} == {str(tiny.line(f"  {case.service}:"))}
    assert [f for f in check.inspect(spec) if f.code == "GEP-E011"] == refused


def test_a_rule_over_every_service_is_told_once(tiny):
    with_service(tiny, CASES[0])
    with pytest.raises(GepError) as caught:
        run.compute(studies.load(tiny.study))
    assert [f.code for f in caught.value.faults if f.severity == "error"] == ["GEP-E011"]


@each
def test_accepted_it_runs_and_the_conformity_table_says_so(gep, tiny, tmp_path, case):
    reason = "复现已发表的核算，见附件三"
    with_service(tiny, case, needs_role(case), accept=reason)
    table, _ = maker.computed(gep, tiny, tmp_path / "out", lang="zh")
    lines = table[(table["service"] == case.service) & table["value"].notna()]
    assert len(lines) >= 3
    assert lines["in_gep"].all()
    conformity = pd.read_csv(tmp_path / "out" / "conformity.csv", dtype=str, keep_default_na=False)
    rows = conformity[conformity.apply(lambda r: reason in " ".join(r), axis=1)].to_dict("records")
    assert len(rows) == 1
    assert (rows[0]["status"], rows[0]["service"]) == ("departs", case.service)
    assert case.zh in rows[0]["zh"]
    assert case.en in rows[0]["en"]
    book = openpyxl.load_workbook(tmp_path / "out" / "accounts.xlsx", read_only=True)
    sheet = [" ".join(str(c) for c in r if c) for r in book["一致性"].iter_rows(values_only=True)]
    assert sum(reason in line for line in sheet) == 1
    book.close()
    listed = gep("check", tiny.study, lang="zh")
    assert listed.exit_code == 0
    assert f"规则 {case.rule} 由任务书搁置：{reason}" in listed.output


@each
def test_as_a_memo_it_stands_beside_the_sum(gep, tiny, out, tmp_path, case):
    """The same service as a memo: no fault, its value shown, the total that of the county without it."""
    before = pd.read_parquet(out / "ledger.parquet")
    with_service(tiny, case, ", role: memo")
    table, _ = maker.computed(gep, tiny, tmp_path / "memo")
    lines = table[table["service"] == case.service]
    assert lines["value"].sum() > 0
    assert not lines["in_gep"].any()
    counted = [round(t.loc[t["in_gep"], "value"].sum(), 2) for t in (before, table)]
    assert counted[0] == counted[1] > 0


def test_oxygen_on_the_base_of_carbon_is_no_double_count(tiny):
    case = Case("one_photosynthesis", "oxygen_release", "{method: from_co2ROLE}", "", "", ("", ""))
    with_service(tiny, case)
    found = check.inspect(studies.load(tiny.study))
    assert not {"GEP-E011", "GEP-E028"} & {f.code for f in found}


def test_ions_beside_health_tourism(tiny):
    case = Case("ions_and_health", "negative_ions", "{method: forest_standard, given: amountsROLE}", "", "", ("", ""))
    with_service(tiny, case)
    assert "GEP-E011" not in {f.code for f in check.inspect(studies.load(tiny.study))}
    tiny.edit("services:\n", "services:\n  tourism_health: {method: travel_cost}\n")
    [refused] = [f for f in check.inspect(studies.load(tiny.study)) if f.code == "GEP-E011"]
    assert "负氧离子 与 旅游康养 不得相加：负氧离子的效益体现在旅游康养中" in refused.text("zh")


NOTES = (
    ("water_used_and_kept", "  water_supply: {method: by_use, role: in}\n", "所取用的水来自涵养的水",
     "The water withdrawn comes from the water kept"),
    ("nutrients_twice", "  water_purification: {method: area_capped}\n", "同一千克氮磷",
     "The same kilogram of nitrogen"),
    ("same_visitors", "  recreation: {method: time_value}\n  tourism_health: {method: travel_cost}\n",
     "休闲游憩与旅游康养的游客须互斥", "Visitors of recreation and of tourism"),
    ("same_premium", "  landscape_premium: {method: hedonic}\n  tourism_health: {method: travel_cost}\n",
     "景观增值与旅游（住宿）不得用同一对象", "must not rest on the same objects"),
    ("pest_in_yield", "  pest_control: {method: natural_area, role: in}\n", "农田病虫害控制已体现在产量中",
     "Pest control on farmland is already in the yields"),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "more", "zh", "en"), NOTES, ids=[n[0] for n in NOTES])
def test_notes_are_warnings_until_the_study_says_how_they_are_told_apart(gep, tiny, rule, more, zh, en):
    tiny.edit("services:\n", f"services:\n{more}")
    maker.told(gep, tiny, en=["GEP-E028", "both count", en, f"{{{rule}: "], zh=["GEP-E028", "同时计入", zh])
    noted = [f for f in check.inspect(studies.load(tiny.study)) if f.code == "GEP-E028"]
    assert [f.severity for f in noted] == ["warning"]
    tiny.edit("services:\n", f"accept: {{{rule}: 两项对象不同}}\nservices:\n")
    found = check.inspect(studies.load(tiny.study))
    assert "GEP-E028" not in {f.code for f in found}
    [said] = [f for f in found if f.code == "GEP-E029"]
    assert said.severity == "info"
    assert "两项对象不同" in said.text("zh")


def test_a_note_does_not_stop_the_run_and_is_kept_with_the_results(gep, tiny, tmp_path):
    tiny.edit("services:\n", "services:\n  pest_control: {method: natural_area, role: in}\n")
    tiny.edit("prices:\n", "prices:\n  pest_control_forest: {index: cpi}\n  pest_control_grass: {index: cpi}\n")
    table, printed = maker.computed(gep, tiny, tmp_path / "out", lang="zh")
    assert "GEP-E028" in printed
    assert table.loc[table["service"] == "pest_control", "in_gep"].all()
    book = openpyxl.load_workbook(tmp_path / "out" / "accounts.xlsx", read_only=True)
    cover = " ".join(str(c) for r in book["说明"].iter_rows(values_only=True) for c in r if c)
    book.close()
    assert "农田病虫害控制已体现在产量中" in cover
    assert "农田病虫害控制已体现在产量中" in (tmp_path / "out" / "run.json").read_text("utf-8")
