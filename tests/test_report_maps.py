"""Maps: drawn, deterministic, never tofu."""

from __future__ import annotations

import subprocess
import sys

import ledger_sample
import pytest

from gep.errors import GepError

pytest.importorskip("matplotlib")

from gep.report import maps

S = ledger_sample.sample()


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_map_is_drawn_and_deterministic(tmp_path, suffix):
    first = maps.write(S.zones, S.ledger, "gep_density", tmp_path / f"a.{suffix}")
    second = maps.write(S.zones, S.ledger, "gep_density", tmp_path / f"b.{suffix}")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[:4] == (b"\x89PNG" if suffix == "png" else b"<?xm")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a.{suffix}", f"b.{suffix}"]


@pytest.mark.filterwarnings("error:Glyph")  # matplotlib warns when a character has no glyph
def test_never_tofu(tmp_path):
    maps.write(
        S.zones,
        S.ledger,
        "v_local_climate",
        tmp_path / "a.png",
        "zh",
        title="垟口街道局部气候调节",
        source="来源：示例",
    )


def test_glyph_check():
    file = maps._file("DejaVu Sans")
    assert maps._has("DejaVu Sans", file, "GEP per km² (10⁴ yuan)")
    assert not maps._has("DejaVu Sans", file, "垟口街道")
    assert maps._plain("垟口街道", "341699002000") == "341699002000"


def test_unknown_column_is_told(tmp_path):
    with pytest.raises(GepError) as found:
        maps.write(S.zones, S.ledger, "v_locl_climate", tmp_path / "a.png")
    fault = found.value.faults[0]
    assert fault.code == "GEP-L514"
    assert "v_local_climate" in fault.fix_zh


def test_matplotlib_is_not_imported_with_the_module():
    code = "import sys, gep.report.maps; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
