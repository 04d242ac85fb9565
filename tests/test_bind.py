"""Binding: every wrong name at once, with line and suggestion; what is lacking is a line in the ledger, not a stop."""

from __future__ import annotations

import pandas as pd
import pytest
import tiny as maker

from gep import run, study
from gep.bind import bind
from gep.errors import GepError


def bound(tiny, period: int = 2020, only: tuple[str, ...] = ()):
    spec = study.load(tiny.study)
    return bind(spec, period, run.Tools.of(spec).coefficients, only)


def test_all_wrong_names_come_at_once_with_line_and_suggestion(tiny):
    tiny.edit("  water_conservation: {method: water_balance}", "  water_conservatoin: {method: water_balance}")
    tiny.edit("soil_retention: {method: rusle}", "soil_retention: {method: rusel}")
    tiny.edit("  evapotranspiration: zhang", "  evapotranspiration: zang\n  vegetation_covr: ndvi")
    tiny.edit("  npp: {path", "  nppp: {path")
    with pytest.raises(GepError) as caught:
        bound(tiny)
    found = {f.en.split("“")[1].split("”")[0]: f for f in caught.value.faults}
    want = {
        "water_conservatoin": ("service", "water_conservation"), "rusel": ("method", "rusle"),
        "zang": ("field method", "zhang"), "vegetation_covr": ("field", "vegetation_cover"), "nppp": ("layer", "npp"),
    }  # fmt: skip
    assert set(found) == set(want)
    for name, (what, near) in want.items():
        fault = found[name]
        assert fault.code == "GEP-B001"
        assert f"no {what} named" in fault.en
        assert f"did you mean “{near}”" in fault.fix_en
        assert f"是否指 “{near}”" in fault.fix_zh
        assert fault.place.startswith(f"{tiny.line(name)}:"), fault.place
        assert fault.file.endswith("study.yaml")


def test_an_unknown_name_for_only(tiny):
    with pytest.raises(GepError, match="did you mean “provisioning”"):
        bound(tiny, only=("provisoning",))
    assert [t.service.id for t in bound(tiny, only=("provisioning",)).tables] == ["provisioning"]


def test_a_layer_given_and_derived_is_refused(tiny):
    tiny.edit("  evapotranspiration: zhang", "  evapotranspiration: zhang\n  cover_factor: class_table")
    with pytest.raises(GepError) as caught:
        bound(tiny)
    (found,) = [f for f in caught.value.faults if f.code in ("GEP-B003", "GEP-C034")]
    assert "cover_factor" in found.zh
    assert "cover_factor" in found.en
    # the study's line of the field; the layer's own line is named or easily found
    assert found.place.startswith(f"{tiny.line('class_table')}:")


def test_a_missing_layer_leaves_missing_lines_that_say_so(gep, tiny, tmp_path):
    tiny.edit("""  soil_respiration: {path: respiration.tif, unit: gC/(m²·a)}\n""", "")
    binding = bound(tiny)
    codes = [(f.code, f.severity) for f in binding.faults]
    assert ("GEP-B002", "warning") in codes
    said = gep("run", tiny.study, "--to", tmp_path / "out", lang="zh")
    assert said.exit_code == 0, said.output
    assert "GEP-B002" in said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet")
    lines = ledger[(ledger["service"] == "carbon_sequestration") & (ledger["item"] == "co2")]
    assert len(lines) == 2 * 3 * 2  # periods × townships × (forest, grass): one line each, none dropped
    assert set(lines["status"]) == {"missing"}
    assert lines["value"].isna().all()
    assert lines["quantity"].isna().all()
    assert lines["note"].str.contains("soil_respiration").all()
    # the other yield of the same service does not need the layer and is there
    soil = ledger[ledger["item"] == "cropland_soil_co2"]
    assert set(soil["status"]) == {"ok"}
    assert "缺" in said.output


def test_a_missing_layer_names_the_methods_that_would_derive_it(tiny):
    tiny.edit("""  cover_factor: {path: "c_{year}.tif", unit: "1"}\n""", "")
    found = [f for f in bound(tiny).faults if f.code == "GEP-B002"]
    assert found
    for method in ("class_table", "hj1173", "cai2000"):
        assert any(method in f.en for f in found)


def test_a_missing_table_leaves_missing_lines(gep, tiny, tmp_path):
    text = tiny.study.read_text("utf-8")
    start, end = text.index("tables:"), text.index("coefficients:")
    tiny.study.write_text(text[:start] + text[end:], "utf-8")
    said = gep("run", tiny.study, "--to", tmp_path / "out")
    assert said.exit_code == 0, said.output
    assert "GEP-B008" in said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet")
    lines = ledger[ledger["service"] == "provisioning"]
    assert sorted(zip(lines["period"], lines["zone_name"], strict=True)) == sorted(
        (p, n) for p in maker.PERIODS for n in maker.NAMES
    )
    assert set(lines["status"]) == {"missing"}
    assert lines["value"].isna().all()
    assert lines["note"].str.contains("provisioning").all()


def test_constants_coefficients_and_layers_find_their_places(tiny):
    """Level and group of each yield: a product of two rasters goes to the pixels, what is linear stays on classes."""
    yields = {b.key: b for b in bound(tiny).yields}
    assert yields["soil_retention.retained_soil"].level == "pixel"
    assert yields["soil_retention.sediment"].level == "derived"
    assert yields["water_conservation.water_retention"].level == "class"
    assert yields["local_climate.plant_cooling"].group == "extent"  # a constant number of days needs no layer
    assert yields["carbon_sequestration.co2"].group != "extent"


def test_a_constant_cover_factor_stays_on_classes(tiny):
    tiny.edit("""cover_factor: {path: "c_{year}.tif", unit: "1"}""", """cover_factor: {value: 0.1, unit: "1"}""")
    yields = {b.key: b for b in bound(tiny).yields}
    assert yields["soil_retention.retained_soil"].level == "class"
