"""The waterfall chart: bars that add up, a cut axis that is marked, the same bytes, no matplotlib at import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gep.report import waterfall
from gep.report.waterfall import Bar, axis, spans

BARS = [
    Bar("2020", "2020", 1000.0, "total"),
    Bar("面积效应", "Area", -50.25),
    Bar("平均气候", "Mean climate", None, "missing"),
    Bar("价格效应", "Price", 90.5),
    Bar("2023", "2023", 1040.25, "total"),
]


def test_bars_stand_on_each_other():
    # 1000 − 50.25 = 949.75; + 90.5 = 1040.25; what is missing takes no part
    assert spans(BARS) == [(0.0, 1000.0), (1000.0, 949.75), None, (949.75, 1040.25), (0.0, 1040.25)]


def test_a_total_that_does_not_follow_is_refused():
    with pytest.raises(ValueError, match=r"end at 1040\.25"):
        spans([*BARS[:-1], Bar("2023", "2023", 1040.26, "total")])
    with pytest.raises(ValueError, match="nothing"):
        spans([Bar("x", "x", None, "missing")])


def test_axis_is_cut_only_where_it_must_and_says_so():
    # all that happens lies between 949.75 and 1040.25: 90.5 < 25 % of 1040.25 → from 949.75 − 90.5
    assert axis(spans(BARS)) == (pytest.approx(859.25, rel=1e-12, abs=0), True)
    wide = [Bar("a", "a", 100.0, "total"), Bar("b", "b", -60.0), Bar("c", "c", 40.0, "total")]
    assert axis(spans(wide)) == (0.0, False)
    below = [Bar("a", "a", 100.0, "total"), Bar("b", "b", -130.0), Bar("c", "c", -30.0, "total")]
    assert axis(spans(below)) == (-30.0, False)
    same = [Bar("a", "a", 100.0, "total"), Bar("c", "c", 100.0, "total")]
    assert axis(spans(same)) == (0.0, False)


def texts(path, monkeypatch, bars, lang):
    """The words drawn, with fonttype none so that they stand in the SVG as text."""
    matplotlib = pytest.importorskip("matplotlib")
    real = matplotlib.rc_context
    monkeypatch.setattr(matplotlib, "rc_context", lambda settings: real({**settings, "svg.fonttype": "none"}))
    return waterfall.write(bars, path, lang, title="T").read_text("utf-8")


def test_the_mark_of_a_cut_axis_is_drawn(tmp_path, monkeypatch):
    cut = texts(tmp_path / "a.svg", monkeypatch, BARS, "en")
    assert "the axis is cut" in cut
    assert "missing" in cut
    assert "+90.50" in cut
    wide = [Bar("a", "a", 100.0, "total"), Bar("b", "b", -60.0), Bar("c", "c", 40.0, "total")]
    assert "the axis is cut" not in texts(tmp_path / "b.svg", monkeypatch, wide, "en")


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.filterwarnings("error:Glyph")  # matplotlib warns when a character has no glyph
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_bytes_and_never_tofu(tmp_path, suffix, lang):
    pytest.importorskip("matplotlib")
    first = waterfall.write(BARS, tmp_path / f"a.{suffix}", lang, title="小县 2020→2023", source="来源")
    second = waterfall.write(BARS, tmp_path / f"b.{suffix}", lang, title="小县 2020→2023", source="来源")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[:4] == (b"\x89PNG" if suffix == "png" else b"<?xm")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a.{suffix}", f"b.{suffix}"]


def test_names_are_not_read_as_mathematics_and_rare_ones_are_spelled(tmp_path, monkeypatch):
    bars = [Bar("2020", "2020", 100.0, "total"), Bar("㙟山镇$x^2$", "a", -160.0), Bar("\ue123乡", "b", 20.0),
            Bar("2023", "2023", -40.0, "total")]  # fmt: skip
    drawn = texts(tmp_path / "a.svg", monkeypatch, bars, "zh")
    assert "㙟山镇$x^2$<" in drawn
    assert "−160.00" in drawn
    assert "-160.00" not in drawn
    assert "\ue123" not in drawn  # private use: no font has it


def test_nothing_is_cut_where_all_falls_below_zero(tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    kept = []
    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", lambda self, *a, **k: kept.append(self))
    bars = [Bar("a", "a", 100.0, "total"), Bar("b", "b", -160.0), Bar("c", "c", -60.0, "total")]
    with pytest.raises(Exception):  # noqa: B017, PT011 - nothing was saved, so that nothing can be renamed
        waterfall.write(bars, tmp_path / "a.png", "en")
    left, right = kept[0].axes[0].get_xlim()
    assert left < -60
    assert right > 100


def test_matplotlib_is_not_imported_with_the_module():
    code = "import sys, gep.report.waterfall; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
