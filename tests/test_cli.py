"""The command line as a user meets it: exit codes, many studies, dry run, languages, a GBK console, light start-up."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
import rasterio
from tiny import environment, untouched

HEAVY = ("pandas", "rasterio", "geopandas", "xarray", "numba", "pint", "scipy", "pyogrio", "dask", "matplotlib")
COMMANDS = (
    "demo", "init", "check", "run", "revalue", "explain", "verify", "forms", "services", "coefficients", "doctor",
)  # fmt: skip


def python(*words: object, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *map(str, words)], env=environment(**more), capture_output=True, timeout=300)


def loaded(code: str) -> set[str]:
    """Which heavy libraries a program has imported when it ends, whatever way it ends."""
    program = f"import atexit, sys\natexit.register(lambda: print('MODULES', *sys.modules))\n{code}\n"
    said = python("-c", program)
    assert said.returncode == 0, said.stderr.decode()
    line = next(line for line in said.stdout.decode().splitlines() if line.startswith("MODULES"))
    return {name for name in line.split()[1:] if name in HEAVY}


def test_help_lists_all_commands(gep):
    said = gep("--help", lang=None)
    assert said.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in said.output, f"{command} is not listed:\n{said.output}"


def test_help_and_import_are_light():
    assert loaded("import gep") == set()
    assert loaded("import sys; sys.argv = ['gep', '--help']; from gep.cli import main; main()") == set()
    assert loaded("import pandas") >= {"pandas"}  # the measure itself can fail


def test_version(gep):
    import gep as package

    said = gep("--version", lang=None)
    assert said.output.strip() == package.__version__


def test_exit_codes(gep, tiny, tmp_path):
    assert gep("check", tiny.study).exit_code == 0
    assert gep("run", tiny.study, "--to", tmp_path / "one").exit_code == 0
    tiny.edit("legend: clcd", "legend: clcdd")
    assert gep("check", tiny.study).exit_code == 2
    assert gep("run", tiny.study, "--to", tmp_path / "two").exit_code == 2
    assert gep("run", tmp_path / "nowhere.yaml", "--to", tmp_path / "three").exit_code == 2
    assert gep("explain", "GEP-X999").exit_code == 2


def test_a_broken_identity_is_exit_1_and_says_so(gep, tiny, tmp_path, monkeypatch):
    from gep import run

    real = run.account

    def planted(*args):
        frame, lines, checks = real(*args)
        return frame, lines, [*checks, checks[-1] | {"id": "planted", "en": "planted", "zh": "种下的", "passed": False}]

    monkeypatch.setattr(run, "account", planted)
    said = gep("run", tiny.study, "--to", tmp_path / "broken")
    assert said.exit_code == 1, said.output
    assert "GEP-E013" in said.output
    assert "planted" in said.output
    said = gep("run", tiny.study, "--to", tmp_path / "broken", lang="zh")
    assert "恒等式不成立：种下的" in said.output


def test_one_failing_study_of_three_stops_nothing(gep, tiny, tmp_path):
    a, b, c = (tiny.copy(tmp_path / name) for name in ("甲县", "乙县", "丙县"))
    b.edit("legend: clcd", "legend: clcdd")
    for lang, words in (("en", "2/3 studies done"), ("zh", "2/3 项研究完成")):
        said = gep("run", a.study, b.study, c.study, "--to", tmp_path / lang, lang=lang)
        assert said.exit_code == 1, said.output
        summary = said.output[said.output.index(words) :]
        assert str(b.study) in summary
        assert str(a.study) not in summary
        for name in ("甲县", "丙县"):
            assert (tmp_path / lang / name / "run.json").is_file()
        assert not (tmp_path / lang / "乙县" / "run.json").exists()


def test_studies_of_one_name_get_folders_of_their_own(gep, tiny, tmp_path):
    a, b = tiny.copy(tmp_path / "x" / "county"), tiny.copy(tmp_path / "y" / "county")
    said = gep("run", a.study, b.study, "--to", tmp_path / "all")
    assert said.exit_code == 0, said.output
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == ["county", "county-2"]


def test_an_internal_error_in_one_of_many_studies_stops_nothing(gep, tiny, tmp_path, monkeypatch):
    from gep import run

    real = run.compute

    def compute(spec, **options):
        if spec.folder.name == "甲县":
            raise RuntimeError("not foreseen")
        return real(spec, **options)

    monkeypatch.setattr(run, "compute", compute)
    a, b = tiny.copy(tmp_path / "甲县"), tiny.copy(tmp_path / "乙县")
    said = gep("run", a.study, b.study, "--to", tmp_path / "all")
    assert said.exit_code == 1, said.output
    assert "GEP-E020" in said.output
    assert "not foreseen" in said.output
    assert "1/2 studies done" in said.output
    assert (tmp_path / "all" / "乙县" / "run.json").is_file()


def test_dry_run_opens_no_raster_and_writes_nothing(gep, tiny, out, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError(f"opened {args}")

    monkeypatch.setattr(rasterio, "open", refuse)
    with untouched(out):
        said = gep("run", tiny.study, "--to", out, "--dry-run")
    assert said.exit_code == 0, said.output
    for word in (
        "2020",
        "2023",
        "Water conservation",
        "water_balance",
        "Soil retention",
        "pixel",
        "precipitation",
        "npp",
        "gross_output",
    ):
        assert word in said.output
    said = gep("run", tiny.study, "--to", out, "--dry-run", lang="zh")
    assert "水源涵养" in said.output


def test_only(gep, tiny, tmp_path):
    said = gep("run", tiny.study, "--to", tmp_path / "few", "--only", "water_conservation, provisioning")
    assert said.exit_code == 0, said.output
    ledger = pd.read_parquet(tmp_path / "few" / "ledger.parquet")
    assert set(ledger["service"]) == {"water_conservation", "provisioning"}
    said = gep("run", tiny.study, "--to", tmp_path / "none", "--only", "water_conservatio")
    assert said.exit_code == 2
    assert "did you mean “water_conservation”" in said.output


def test_language_follows_the_option_then_the_environment(gep, tiny, monkeypatch):
    tiny.edit("legend: clcd", "legnd: clcd")
    assert "未知的键" in gep("check", tiny.study, lang="zh").output
    assert "Unknown key" in gep("check", tiny.study, lang="en").output
    monkeypatch.setenv("GEP_LANG", "zh")
    assert "未知的键" in gep("check", tiny.study, lang=None).output
    monkeypatch.setenv("GEP_LANG", "en")
    assert "Unknown key" in gep("check", tiny.study, lang=None).output
    monkeypatch.delenv("GEP_LANG")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "未知的键" in gep("check", tiny.study, lang=None).output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_gbk_console_does_not_crash(tiny, tmp_path, lang):
    words = ("-m", "gep", "run", tiny.study, "--to", tmp_path / "结果", "--lang", lang)
    said = python(*words, PYTHONIOENCODING="gbk")
    assert said.returncode == 0, said.stderr.decode("gbk")
    text = said.stdout.decode("gbk")  # strict: what is not GBK was replaced, not sent
    assert ("水源涵养" if lang == "zh" else "Water conservation") in text
    assert b"Traceback" not in said.stderr
    tiny.edit("legend: clcd", "legnd: clcd")
    said = python("-m", "gep", "check", tiny.study, "--lang", lang, PYTHONIOENCODING="gbk")
    assert said.returncode == 2
    assert "GEP-C011" in said.stdout.decode("gbk")


def test_check_as_json(gep, tiny):
    tiny.edit("legend: clcd", "legnd: clcd")
    said = gep("check", tiny.study, "--json")
    assert said.exit_code == 2
    faults = json.loads(said.output)
    assert {f["code"] for f in faults} == {"GEP-C011", "GEP-C010"}
    assert all(f["zh"] and f["en"] and f["place"] and f["file"] for f in faults)


def test_a_fault_of_the_study_shows_its_line(gep, tiny):
    tiny.edit("water_conservation: {method: water_balance}", "water_conservation: {method: water_balanc}")
    said = gep("check", tiny.study)
    line = tiny.line("water_balanc}")
    assert f"{line:>5} │   water_conservation: {{method: water_balanc}}" in said.output


@pytest.mark.parametrize(("lang", "words"), [("zh", "栅格没有坐标系"), ("en", "The raster has no CRS")])
def test_explain_a_code(gep, lang, words):
    said = gep("explain", "gep-r010", lang=lang)
    assert said.exit_code == 0
    assert words in said.output
    assert "→" in said.output


def test_explain_a_line_and_an_unknown_township(gep, results):
    said = gep("explain", results, "--zone", "东河镇", "--service", "水源涵养", "--period", "2020", lang="zh")
    assert said.exit_code == 0, said.output
    assert "Q_wr = A·(P − α·P − ET)" in said.output
    said = gep("explain", results, "--zone", "东何镇", "--service", "水源涵养")
    assert said.exit_code == 2
    assert "GEP-E010" in said.output
    assert "东河镇" in said.output


def test_init_then_refuse_to_overwrite(gep, tmp_path):
    said = gep("init", tmp_path / "新 县")
    assert said.exit_code == 0, said.output
    assert sorted(p.name for p in (tmp_path / "新 县").iterdir()) == [
        "county_coefficients.csv",
        "study.schema.json",
        "study.yaml",
        "填报模板.xlsx",
    ]
    with untouched(tmp_path / "新 县"):
        said = gep("init", tmp_path / "新 县")
    assert said.exit_code == 2
    assert "GEP-E016" in said.output


@pytest.mark.parametrize("command", ["services", "doctor", "coefficients"])
def test_lists(gep, command):
    for lang in ("zh", "en"):
        said = gep(command, lang=lang)
        assert said.exit_code == 0, said.output
        assert len(said.output.splitlines()) > 3


def test_a_folder_that_is_no_run(gep, tmp_path):
    for command in ("verify", "revalue"):
        said = gep(command, tmp_path)
        assert said.exit_code == 2
        assert "GEP-E012" in said.output
