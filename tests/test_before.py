"""Faults of later steps are told before the pass, by `gep check` and `gep run` alike."""

import pytest

from gep import run


@pytest.fixture
def spoilt(tiny):
    (tiny.folder / "outside.csv").write_text("乡镇,服务,比例\n东河镇,provisioning,1.5\n西山乡,provisioning,\n", "utf-8")
    table = "  outside: {path: outside.csv, columns: {zone: 乡镇, service: 服务, share: 比例}}\n"
    tiny.edit("coefficients:\n", f"{table}transfer: {{factors: xie2014}}\ncoefficients:\n")
    return tiny


def test_deductions_and_transfer_are_checked_before_the_pass(gep, spoilt, out, monkeypatch):
    monkeypatch.setattr(run, "measure_both", lambda *a, **k: pytest.fail("the pass has begun"))
    earlier = (out / "ledger.csv").read_bytes()
    for words in (("check", spoilt.study), ("run", spoilt.study, "--to", out)):
        said = gep(*words)
        assert said.exit_code == 2, said.output
        for code in ("GEP-Q016", "GEP-Q014", "GEP-V"):  # a share of 1.5, neither value nor share, no such factor table
            assert code in said.output
    assert (out / "ledger.csv").read_bytes() == earlier


def test_a_misspelt_table_and_price_are_told(gep, tiny):
    tiny.edit("  provisioning:\n    path", "  provisoning:\n    path")
    tiny.edit("water_storage: {basis", "water_storag: {basis")
    said = gep("check", tiny.study).output
    assert "“water_storag”" in said
    assert "water_storage" in said
    tiny.edit("water_storag: {basis", "water_storage: {basis")
    said = gep("check", tiny.study).output
    assert "GEP-B012" in said
    assert "GEP-B008" in said  # and the service that lacks its table says so


def test_a_reason_must_say_something(gep, tiny):
    tiny.edit("services:\n", 'not_applicable: {coastal_protection: " "}\nservices:\n')
    assert gep("check", tiny.study).exit_code == 2


def test_coefficients_of_two_regressions_are_told(gep, tiny):
    (tiny.folder / "lakes.csv").write_text("乡镇,湖泊,面积(km²)\n东河镇,东湖,2\n", "utf-8")
    tiny.edit("  provisioning:\n    path", "  lakes: {path: lakes.csv, columns: {zone: 乡镇, name: 湖泊, area: 面积}}\n"
              "  provisioning:\n    path")  # fmt: skip
    tiny.edit("soc_rate: straw_return", "soc_rate: straw_return, lake_intercept: eastern_plain, lake_exponent: yungui, "
              "lake_exchanges: eastern_plain")  # fmt: skip
    tiny.edit("  provisioning: {method", "  flood_mitigation: {without: [reservoirs, measured_storage]}\n"
              "  provisioning: {method")  # fmt: skip
    said = gep("check", tiny.study).output
    assert "GEP-B013" in said
    tiny.edit("lake_exponent: yungui", "lake_exponent: eastern_plain")
    assert "GEP-B013" not in gep("check", tiny.study).output
