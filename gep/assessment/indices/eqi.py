"""区域生态质量指数 EQI (2021): classes of the published figure; an unverified formula; forbidden names.

    EQI = 0.36·格局 + 0.35·功能 + 0.19·生物多样性 + 0.10·(100 − 胁迫)      [U]

Two indices, one abbreviation: 生态系统质量指数 of HJ 1172 (cuts 75/55/35/20) is another one (gep.accounts.quality).
The EQI of a county is what was published of it; what is computed, or has weights of one's own, is never called EQI.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

from gep.assessment.catalogue import Indicator
from gep.assessment.indices.scheme import WHOLE, Scheme, clipped
from gep.compensation.nouns import Words, dec
from gep.errors import Fault, fault
from gep.rates import Rate

SCHEME = "eqi_2021"
FIRST = ("pattern", "function", "biodiversity", "stress")
CLASSES = (("一类", "class 1"), ("二类", "class 2"), ("三类", "class 3"), ("四类", "class 4"), ("五类", "class 5"))
CHANGES = (("轻微", "slightly"), ("一般", "moderately"), ("明显", "clearly"))
STABLE = "基本稳定", "stable"
OF_EI = ("ei", "ei_township")  # the measures of HJ 192
OFFICIAL = "eqi"  # the measure that imports it, the only one whose indicators may bear its name


def eqi(
    pattern: float, function: float, biodiversity: float, stress: float, weights: Mapping[str, Decimal] | None = None
) -> float:
    """The sum of the four first-level indices (0–100), unrounded. UNVERIFIED weights: never to be shown as an EQI."""
    w = weights or Scheme.of(SCHEME).numbers("eqi_weight")
    parts = dict(zip(FIRST, (pattern, function, biodiversity, stress), strict=True))
    good = {k: dec(WHOLE) - dec(clipped(x)) if k == "stress" else dec(clipped(x)) for k, x in parts.items()}
    return float(sum((w[k] * x for k, x in good.items()), Decimal(0)))


def first_level(name: str, parts: Mapping[str, float], scheme: Scheme | None = None) -> float:
    """A first-level index of its third-level ones. Their weights were not found: raises GepError GEP-G002 (blank)
    until the county's own rates (eqi_part_weight, scheme eqi_2021) say them."""
    w = (scheme or Scheme.of(SCHEME)).numbers("eqi_part_weight", tier=name)
    return float(sum((number * dec(clipped(parts[id])) for id, number in w.items()), Decimal(0)))


def class_of(value: float, scheme: Scheme | None = None) -> tuple[int, Words, Rate]:
    """Class of an EQI: 一 from 70, 二 from 55, 三 from 40, 四 from 30, 五; its words, and the rate that says so."""
    rate = (scheme or Scheme.of(SCHEME)).rate("eqi_class", at=value)
    n = int(rate.number)
    return n, Words(*CLASSES[n - 1]), rate


def class_named(text: str) -> int | None:
    """The number of a class as written: 二类, 二, 2, Ⅱ, "Class 2"; None where it is none."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace(" ", "").removesuffix("类").removeprefix("class")
    words = ("一二三四五", "12345")
    roman = dict(zip(("i", "ii", "iii", "iv", "v"), range(1, len(CLASSES) + 1), strict=True))
    found = next((w.index(plain) + 1 for w in words if len(plain) == 1 and plain in w), None)
    return found or roman.get(plain)


def change(delta: float, scheme: Scheme | None = None) -> tuple[Words, Rate]:
    """What a change of EQI is called: |Δ| < 1 stable, < 2 slight, < 4 moderate, else clear; better or worse. [U]"""
    rate = (scheme or Scheme.of(SCHEME)).rate("eqi_change", at=abs(delta))
    if not rate.number:
        return Words(*STABLE), rate
    zh, en = CHANGES[int(rate.number) - 1]
    return Words(f"{zh}变{'好' if delta > 0 else '差'}", f"{en} {'better' if delta > 0 else 'worse'}"), rate


_JOINT = r"[\s._·•-]*"
_EQI = re.compile(rf"(?<![a-z])e{_JOINT}q{_JOINT}i(?![a-z])")
_EI = re.compile(r"(?<![a-z])e[.·]?i(?![a-z])")
_ZH = re.compile("生态质量[^，。；、（(]{0,6}指数")  # 区域生态质量(综合|评价)指数; not 生态系统质量指数 (HJ 1172)
_ZH_EI = re.compile("生态环境(状况|质量)[^，。；、（(]{0,4}指数")
_EN = ("ecological quality index", "regional ecosystem quality index", "index of ecological quality",
       "index of regional ecological quality")  # fmt: skip
_EN_EI = ("ecological environment index", "ecological environment status index", "index of ecological environment",
          "eco environmental status index")  # fmt: skip


def _folded(zh: str, en: str) -> tuple[str, str, str]:
    """Chinese without what stands between characters, and both texts with blanks for what joins words."""
    zh, en = (unicodedata.normalize("NFKC", text).casefold() for text in (zh, en))
    return re.sub(r"[\s·_\u200b-]", "", zh), re.sub(r"[\s_-]+", " ", zh), re.sub(r"[\s_-]+", " ", en)


def forbidden_name(zh: str, en: str) -> bool:
    """Whether a name claims to be the regional EQI, which only the published figure is; 生态系统质量指数 may stay."""
    plain, *spaced = _folded(zh, en)
    return any(_EQI.search(text) for text in spaced) or bool(_ZH.search(plain)) or any(w in spaced[1] for w in _EN)


def claims_ei(zh: str, en: str) -> bool:
    """Whether a name claims to be the EI of HJ 192 (生态环境状况指数), which only its measures are."""
    plain, *spaced = _folded(zh, en)
    return any(_EI.search(text) for text in spaced) or bool(_ZH_EI.search(plain)) or any(w in spaced[1] for w in _EN_EI)


def name_faults(rows: Iterable[Indicator], evaluations: Mapping[str, str], study: object = "") -> list[Fault]:
    """GEP-J124 for indicators whose measure is not the import, and evaluations ({id: name}), that say EQI in name,
    code or id; GEP-J126 for those that say EI and are none of its measures."""
    out = []
    for row in rows:
        said = row.zh, f"{row.en} / {row.code}"
        column = "code" if not (forbidden_name(row.zh, row.en) or claims_ei(row.zh, row.en)) else "zh"
        place = f"row {row.line}, column {column}"
        if row.measure != OFFICIAL and forbidden_name(*said):
            out.append(fault("GEP-J124", file=row.file, place=place, name=row.zh))
        elif row.measure not in OF_EI and claims_ei(*said):
            out.append(fault("GEP-J126", file=row.file, place=place, name=row.zh))
    for id, name in evaluations.items():
        code = "GEP-J124" if forbidden_name(name, f"{name} / {id}") else ""
        code = code or ("GEP-J126" if claims_ei(name, f"{name} / {id}") else "")
        if code:
            out.append(fault(code, file=study, place=f"assessment.evaluate.{id}", name=name or id))
    return out
