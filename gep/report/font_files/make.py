"""Makes NotoSansSC-gep.otf from an installed Noto Sans CJK (NotoSansCJK-Regular.ttc; Debian: fonts-noto-cjk).

    python gep/report/font_files/make.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needs fontTools (comes with matplotlib). The same source file gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

FACE = "Noto Sans CJK SC"
FAMILY = "Noto Sans SC gep"  # a name of its own, so that an installed Noto Sans SC is never taken for it
KEPT = (
    (0x0020, 0x017F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x1E00, 0x1EFF),  # Latin of pinyin and of Vietnamese names
    (0x2000, 0x23FF),  # punctuation, super- and subscripts, units, arrows, mathematics
    (0x2460, 0x26FF),  # circled numbers, box drawing, shapes
    (0x2E80, 0x303F),  # radicals, 〇 々 、。
    (0x3400, 0x4DBF),  # Extension A: 㙟 and other rare place names
    (0x4E00, 0x9FFF),  # the unified ideographs: 垟 畈
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x323AF),  # what Noto has of Extensions B to H
)


def make(source: Path, target: Path) -> int:
    """Write the subset and return how many characters it has. Raises StopIteration where the face is lacking."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    font = next(f for f in TTCollection(source).fonts if f["name"].getDebugName(1) == FACE)
    wanted = {c for first, last in KEPT for c in range(first, last + 1)} & set(font.getBestCmap())
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"], glyph_names=False)
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=wanted)
    worker.subset(font)
    for record in list(font["name"].names):
        name = {1: FAMILY, 3: f"{FAMILY} 2.004", 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}.get(record.nameID)
        if name is not None:
            font["name"].setName(name, record.nameID, record.platformID, record.platEncID, record.langID)
    top = font["CFF "].cff
    top.fontNames[0] = FAMILY.replace(" ", "")
    top[0].FamilyName = top[0].FullName = FAMILY
    font["head"].modified = font["head"].created  # no clock
    font.recalcTimestamp = False
    font.save(target)
    return len(wanted)


if __name__ == "__main__":
    made = Path(__file__).with_name("NotoSansSC-gep.otf")
    print(make(Path(sys.argv[1]), made), "characters,", made.stat().st_size, "bytes")
