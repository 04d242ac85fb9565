"""Stacked bars: sorted, signed, missing said, names harmless, the same bytes, nothing overlaps or is cut."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from gep.report import charts

pytest.importorskip("matplotlib")

NAMES = ["垟口街道", "畈源乡", "㙟山镇", "<img src=x onerror=alert(1)>", "=1+1", "$x^2$"]
SERIES = {"a_$b$": [1.0, 2, 3, 4, -5, None], "固碳": [1.0, None, 3, 4, 2, None]}


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draws a chart and gives its figure and file."""
    from matplotlib.figure import Figure

    kept = []
    real = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: (kept.append(self), real(self, *a, **k))[1])

    def draw(categories, series, name="a.png", **more):
        path = charts.stacked(
            tmp_path / name, categories, series, **({"unit": "万元", "lang": "zh", "title": "图"} | more)
        )
        return kept[-1], path

    return draw


def visible(figure):
    """All texts with words and their boxes in pixels."""
    import matplotlib

    renderer = figure.canvas.get_renderer()
    low, high = figure.axes[0].get_xlim()
    unseen = {id(t.label1) for t in figure.axes[0].xaxis.get_major_ticks() if not low <= t.get_loc() <= high}
    texts = [t for t in figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip()]
    texts = [t for t in texts if id(t) not in unseen]
    return [(t, t.get_window_extent(renderer)) for t in texts]


def test_order_totals_and_signs(drawn):
    figure, _ = drawn(NAMES, SERIES)
    assert not any(t.get_parse_math() for t, _ in visible(figure))
    axes = figure.axes[0]
    # totals 2, 2, 6, 8, −3, missing: largest first, ties as given, missing last
    shown = [t.get_text() for t in axes.get_yticklabels()]
    assert shown == ["<img src=x onerror=alert(1)>", "㙟山镇", "垟口街道", "畈源乡", "=1+1", "$x^2$"]
    totals = [t.get_text() for t in axes.texts if t.get_gid() == "total"]
    assert totals == ["8.00", "6.00", "2.00", "2.00 (缺)", "−3.00", "缺"]
    widths = sorted(round(p.get_width(), 6) for p in axes.patches if p.get_width())
    assert widths == [-5, 1, 1, 2, 2, 3, 3, 4, 4]
    falls = [p for p in axes.patches if p.get_width() < 0]
    assert [(p.get_x(), p.get_width()) for p in falls] == [(0, -5)]
    assert axes.get_xlim()[0] < -5


@pytest.mark.filterwarnings("error:Glyph")
def test_nothing_overlaps_or_is_cut_with_25_categories_and_13_series(drawn):
    rng = np.random.default_rng(7)
    categories = [f"{NAMES[k % 3]}{k}" for k in range(25)]
    series = {f"第{k}项服务（调节）": list(rng.random(25) * 10 ** rng.integers(0, 5)) for k in range(13)}
    figure, _ = drawn(categories, series)
    found = visible(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in found:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()  # noqa: PT018
    for (a, one), (b, other) in itertools.combinations(found, 2):
        apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 + 1 or other.y1 <= one.y0 + 1
        assert apart, (a.get_text(), b.get_text())
    assert len({(p.get_facecolor(), p.get_hatch()) for p in figure.findobj() if getattr(p, "get_hatch", None)}) >= 13


def test_same_bytes(drawn):
    for suffix in ("png", "svg"):
        one, two = (drawn(NAMES, SERIES, f"{n}.{suffix}")[1].read_bytes() for n in "ab")
        assert one == two


def test_wrong_lengths(tmp_path):
    for categories, series in ((NAMES, {"a": [1.0]}), (NAMES, {}), ([], {"a": []})):
        with pytest.raises(ValueError, match="categories"):
            charts.stacked(tmp_path / "a.png", categories, series, unit="1", lang="en")
    assert list(tmp_path.iterdir()) == []


def test_lazy():
    code = "import sys, gep.report.charts; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
