"""Bad input for settlements, planted in the sample county: code, file, row, column, cause and remedy in both languages.

Everything wrong is told at once; nothing is settled or written until it is mended, and an earlier result stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sample_settled import County
from tiny import contents, untouched

from gep import settle
from gep import study as studies
from gep.errors import Fault, GepError

READINGS, REGISTER, SHARES = "断面监测_2023.csv", "断面名录.csv", "断面责任份额.csv"
WATER, AIR = ("sections",), ("air",)


@dataclass(frozen=True)
class Bad:
    """A slip of a county's: what is planted, and every word that the user must read of it."""

    settle: tuple[str, ...]
    plant: Callable[[County], None]
    code: str
    file: str
    place: str  # how the place begins
    zh: tuple[str, ...]
    en: tuple[str, ...]
    times: int = 1  # how often it is told; 0: once for each rate or span
    also: frozenset[str] = frozenset()  # what follows from it and is told too


def twice(lines: list[str]) -> list[str]:
    return [*lines[:3], lines[2], *lines[3:]]


def agreed(county: County) -> None:
    path = county.folder / "compensation" / "协议_颍溪.yaml"
    path.write_text(path.read_text("utf-8").replace("key: TP, value: 0.25", "key: TP, value: 0.2"), "utf-8")


BAD = {
    "unknown section": Bad(
        WATER, lambda c: c.cell(READINGS, 3, "断面编号", "D999"), "GEP-G100", READINGS, "row 3, column",
        ("断面名录里没有断面", "“D999”", "是否指", "或在断面名录加一行"),
        ("the register has no section", "“D999”", "Did you mean", "or add it to the register"),
    ),
    "unknown township of a section": Bad(
        WATER, lambda c: c.cell(REGISTER, 41, "上游乡镇", "青涧乡"), "GEP-G401", REGISTER, "row 41, column 上游乡镇",
        ("“青涧乡”", "是否指 “青涧镇”", "compensation.parties"),
        ("“青涧乡”", "Did you mean “青涧镇”", "compensation.parties"),
    ),
    "unknown township of an area": Bad(
        ("elements",), lambda c: c.cell("要素补偿面积_2023.csv", 2, "乡镇", "城关镇"), "GEP-G401",
        "要素补偿面积_2023.csv", "row 2, column 乡镇", ("“城关镇”", "城关街道"), ("“城关镇”", "城关街道"),
    ),
    "unknown township of a project": Bad(
        ("farmland_tax",), lambda c: c.cell("占用项目_2023.csv", 6, "乡镇", "石乔镇"), "GEP-G401",
        "占用项目_2023.csv", "row 6, column 乡镇", ("“石乔镇”", "石桥镇"), ("“石乔镇”", "石桥镇"),
    ),
    "unknown township of a quarter": Bad(
        AIR, lambda c: c.cell("空气质量季均值_2023.csv", 2, "乡镇", "城关街"), "GEP-G401",
        "空气质量季均值_2023.csv", "row 2, column 乡镇", ("“城关街”", "城关街道"), ("“城关街”", "城关街道"),
    ),
    "below an unknown detection limit": Bad(
        WATER, lambda c: c.cell(READINGS, 5, "氨氮", "ND"), "GEP-G103", READINGS, "row 5, column",
        ("NH3-N 写作 “ND”", "检出限未知", "0.025L", "detection_limit"),
        ("NH3-N is “ND”", "its detection limit is not known", "0.025L", "detection_limit"),
    ),
    "µg for mg": Bad(
        WATER, lambda c: c.cell(READINGS, 6, "总磷", "120"), "GEP-G104", READINGS, "row 6, column",
        ("TP 120", "可信上限", "µg/L 当作 mg/L", "plausible_max"),
        ("TP 120", "the plausible", "µg/L for mg/L", "plausible_max"),
    ),
    "mg for µg": Bad(
        AIR, lambda c: c.cell("空气质量季均值_2023.csv", 3, "PM2.5", "0.0381"), "GEP-G253",
        "空气质量季均值_2023.csv", "row 3, column", ("0.0381 µg/m³", "mg/m³", "units"),
        ("0.0381 µg/m³", "mg/m³", "units"),
    ),
    "a month twice": Bad(
        WATER, lambda c: c.lines(READINGS, twice), "GEP-G105", READINGS, "row 4, column",
        ("D001 2 月", "有两行：3, 4", "只留一行"), ("D001, month 2", "two rows: 3, 4", "leave one row"), times=4,
    ),
    "no target class": Bad(
        WATER, lambda c: c.cell(REGISTER, 9, "目标类别", ""), "GEP-G110", REGISTER, "row 9, column 目标类别",
        ("D008 的目标类别", "缺失或无法识别", "Ⅲ、III、3、三类"),
        ("D008: target class", "missing or unknown", "Ⅲ, III, 3 or 三类"),
    ),
    "a rate no longer in force": Bad(
        WATER, lambda c: c.put("sections", "scheme", "anhui_2018"), "GEP-G003", "water_sections.csv", "row ",
        ("不在有效期内", "2018-01-01–2021-12-31", "县级费率文件加一行"),
        ("is not in force on", "2018-01-01–2021-12-31", "county's own rates"), times=0,
    ),
    "shares of a section": Bad(
        WATER, lambda c: c.cell(SHARES, 2, "责任份额", "50"), "GEP-G114", SHARES, "row 2, column",
        ("D035", "合计为 0.9，不是 1", "使合计为 1"), ("D035", "add up to 0.9, not 1", "add up to 1 (or 100%)"),
    ),
    "shares by rank": Bad(
        ("air_by_rank",), lambda c: c.term("air_by_rank", "rank_share", 0.5, tier="1"), "GEP-G256", "study.yaml", "",
        ("rank_share", "合计为 1.1，不是 1"), ("rank_share", "add up to 1.1, not to 1"), times=0,
    ),
    "weights of a fund": Bad(
        ("water_source_fund",), lambda c: c.term("water_source_fund", "fund_weight", 0.5, key="area"), "GEP-G035",
        "study.yaml", "", ("合计为 1.1", "area 0.5, quality 0.3, yield 0.3"),
        ("add up to 1.1", "area 0.5, quality 0.3, yield 0.3"), also=frozenset({"GEP-G412"}),
    ),
    "weights of an agreement": Bad(
        ("yingxi",), agreed, "GEP-G035", "协议_颍溪.yaml", "22:",
        ("yingxi 的权重", "合计为 0.95", "TP 0.2"), ("scheme yingxi add up to 0.95", "TP 0.2"),
    ),
    "a cap below the least use": Bad(
        ("water_allocation",), lambda c: c.term("water_allocation", "water_cap", 2200), "GEP-G410",
        "乡镇水权_2023.csv", "", ("小于各乡镇最低生活供水之和 30603300 m³", "差 8603300 m³", "water_cap"),
        ("less than the minimum domestic supply of all townships, 30603300 m³", "8603300 m³ short", "water_cap"),
    ),
    "a cap below the least emission": Bad(
        ("emission_rights",), lambda c: c.cell("总量指标_2023.csv", 2, "总量", "1559.2"), "GEP-G285",
        "总量指标_2023.csv", "row 2", ("COD 的总量 1559.2 t 低于最低需要量 2225.36", "cut_max"),
        ("the cap of COD, 1559.2 t, is below the least", "2225.36", "cut_max"),
    ),
}  # fmt: skip


def errors(county: County) -> list[Fault]:
    """The errors of a settling that must be refused."""
    with pytest.raises(GepError) as raised:
        settle.settle_study(studies.load(county.study, files=False))
    return [f for f in raised.value.faults if f.severity == "error"]


def told(bad: Bad, found: list[Fault]) -> list[Fault]:
    """The faults that say what this slip must say, all of it, in both languages."""
    mine = [f for f in found if f.code == bad.code and str(f.file).endswith(bad.file) and f.place.startswith(bad.place)]
    assert mine, f"no {bad.code} at {bad.file} {bad.place}*:\n" + "\n".join(f.text("en") for f in found)
    first = mine[0]
    for lang, words in (("zh", bad.zh), ("en", bad.en)):
        for word in words:
            assert word in first.text(lang), f"{word!r} is not in {first.text(lang)!r}"
        assert "→" in first.text(lang)  # what to do
    return mine


@pytest.mark.parametrize("name", BAD)
def test_one_slip_is_named_and_nothing_else(tmp_path, name):
    bad = BAD[name]
    county = County(tmp_path / "county", *bad.settle)
    bad.plant(county)
    found = errors(county)
    assert {bad.code} <= {f.code for f in found} <= {bad.code} | bad.also
    mine = told(bad, found)
    assert len(mine) == sum(f.code not in bad.also for f in found)
    if bad.times:
        assert len(mine) == bad.times


def test_the_sample_itself_has_no_error(tmp_path):
    """Else every slip above might be refused for another reason."""
    for name in ("sections", "air", "elements"):
        made, _ = settle.settle_study(studies.load(County(tmp_path / name, name).study, files=False))
        assert len(made.ledger) > 50


def test_all_slips_are_told_at_once_and_an_earlier_result_is_kept(gep, tmp_path):
    county = County(tmp_path / "county", "sections", "air", "elements", "farmland_tax", "emission_rights")
    out = tmp_path / "out"
    assert gep("settle", county.study, "--to", out).exit_code == 0
    before = contents(out)
    names = [n for n, bad in BAD.items() if bad.settle[0] in ("air", "elements", "farmland_tax", "emission_rights")]
    names += ["unknown section", "below an unknown detection limit", "µg for mg", "no target class"]
    names += ["shares of a section", "unknown township of a section"]
    for name in names:
        BAD[name].plant(county)
    found = errors(county)
    for name in names:
        told(BAD[name], found)
    assert len(names) >= 10
    for lang in ("en", "zh"):
        with untouched(out):
            said = gep("settle", county.study, "--to", out, lang=lang)
        assert said.exit_code == 2
        for name in names:
            for word in (BAD[name].code, BAD[name].file, *(BAD[name].zh if lang == "zh" else BAD[name].en)):
                assert word in said.output, f"--lang {lang} lacks {word!r}:\n{said.output}"
    assert contents(out) == before
    new = tmp_path / "new"
    assert gep("settle", county.study, "--to", new).exit_code == 2
    assert not new.exists()


def test_mended_it_settles_again(gep, tmp_path):
    county = County(tmp_path / "county", "elements")
    county.cell("要素补偿面积_2023.csv", 2, "乡镇", "城关镇")
    assert gep("settle", county.study, "--to", tmp_path / "out").exit_code == 2
    county.cell("要素补偿面积_2023.csv", 2, "乡镇", "城关街道")
    assert gep("settle", county.study, "--to", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "compensation" / "settlements.csv").is_file()
