"""The bundled font: every place name, checked before it is drawn; never tofu."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys

import pytest

from gep.errors import GepError
from gep.report import fonts

pytest.importorskip("matplotlib")

RARE = "垟畈㙟堨塆埗圳墈垭峁磜岽漈疃圐圙尕㘵㟂䢺氹"  # characters of place names, many outside GB2312


def test_digest_and_licence():
    font = fonts.folder() / fonts.FILE
    readme = (fonts.folder() / "README.md").read_text("utf-8")
    said = re.search(rf"{re.escape(fonts.FILE)} \| ([0-9a-f]{{64}})", readme)[1]
    assert hashlib.sha256(font.read_bytes()).hexdigest() == said
    assert font.stat().st_size < 10e6
    licence = (fonts.folder() / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Adobe" in licence


def test_every_ideograph_of_the_bmp_that_place_names_use():
    gbk = "".join(
        bytes([a, b]).decode("gbk", "ignore")
        for a in range(0x81, 0xFF)
        for b in (*range(0x40, 0x7F), *range(0x80, 0xFF))
    )
    hanzi = {c for c in gbk if "\u4e00" <= c <= "\u9fff"}
    assert len(hanzi) > 20_000
    assert fonts.missing("".join(hanzi)) == set()
    assert fonts.missing("".join(map(chr, range(0x3400, 0x4DB6)))) == set()  # Extension A
    assert fonts.missing(RARE) == set()
    assert fonts.missing("hm² km² m³ 10¹²³⁴ − – — × ÷ ± ≤ ≥ Σ Δ α β ρ · ° ′ ‰ √ → （）：；，。、《》〔〕①②—…") == set()
    # no subscripts in Noto CJK, nor all superscripts: DejaVu Sans comes with matplotlib
    assert fonts.choose({"a": "CO₂", "b": "10⁹"}).families == (fonts.FAMILY, "DejaVu Sans")
    assert fonts.missing("\U0001f600x") == {"\U0001f600"}


@pytest.fixture(scope="module")
def gb2312(tmp_path_factory):
    """The same font with only what GB2312 has of some names: it loses 垟 and 㙟."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    def has(c):
        try:
            return bool(c.encode("gb2312"))
        except UnicodeEncodeError:
            return False

    path = tmp_path_factory.mktemp("f") / "gb2312.otf"
    font = TTFont(fonts.folder() / fonts.FILE)
    worker = subset.Subsetter(subset.Options(layout_features=[], hinting=False))
    worker.populate(text="".join(c for c in "垟口街道畈源乡㙟山镇0123456789U+[]ABCDEF " if has(c)))
    worker.subset(font)
    font.save(path)
    return path


def test_a_gb2312_font_is_found_out(gb2312):
    assert fonts.missing("垟口街道 畈源乡 㙟山镇", gb2312) == {"垟", "㙟"}
    names = {"341699001": "垟口街道", "341699002": "源乡", "341699003": "㙟山镇"}
    chosen = fonts.choose(names, gb2312, search=False)
    assert [f.code for f in chosen.faults] == ["GEP-O180", "GEP-O180"]
    assert [f.severity for f in chosen.faults] == ["warning", "warning"]
    assert "垟 (U+579F)" in chosen.faults[0].zh
    assert "㙟山镇" in chosen.faults[1].zh
    assert chosen.texts == {
        "341699001": "[U+579F]口街道 341699001", "341699002": "源乡", "341699003": "[U+365F]山镇 341699003",
    }  # fmt: skip
    assert not fonts.missing("".join(chosen.texts.values()), gb2312)
    bundled = fonts.choose(names)
    assert bundled.faults == ()
    assert bundled.texts == names
    assert bundled.families == (fonts.FAMILY,)


def test_another_installed_font_is_found(gb2312, monkeypatch):
    monkeypatch.setattr(fonts, "_installed", lambda c: "Some Song" if c == "垟" else None)
    chosen = fonts.choose({"1": "垟口", "2": "㙟"}, gb2312)
    assert chosen.families == (fonts.FAMILY, "Some Song")
    assert chosen.texts == {"1": "垟口", "2": "[U+365F] 2"}
    assert len(chosen.faults) == 1


def test_plain_text():
    assert fonts.plain("a\u202eb\u200bc\x07d\ne") == "abcd e"
    assert fonts.plain("$x^2$ <b> =1+1") == "$x^2$ <b> =1+1"
    assert fonts.plain("山" * 100) == "山" * 59 + "…"


def test_no_matplotlib_is_told(monkeypatch):
    fonts.family.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(GepError) as found:
        fonts.family()
    assert found.value.faults[0].code == "GEP-L515"
    monkeypatch.undo()
    assert fonts.family() == fonts.FAMILY


def test_lazy():
    code = "import sys, gep.report.fonts; assert 'matplotlib' not in sys.modules and 'fontTools' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
