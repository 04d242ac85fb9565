"""Vegetation cover from NDVI or by type, and the cover factor C of the soil loss equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.units import fitted


def ndvi(ndvi: Any, ndvi_soil: Any, ndvi_veg: Any) -> Any:
    """Vegetation cover 0-1: (NDVI − NDVI_soil)/(NDVI_veg − NDVI_soil), clipped (HJ 1172-2021).

    All dimensionless. The two ends depend on sensor and season and have no default.
    """
    return np.clip((ndvi - ndvi_soil) / (ndvi_veg - ndvi_soil), 0, 1)


def ndvi_percentile(ndvi: Any, ndvi_low_percentile: Any, ndvi_high_percentile: Any) -> Any:
    """Vegetation cover 0-1 with the ends at two percentiles of the WHOLE layer (5 % and 95 % in WEIBEI).

    ndvi: (rows, cols), NaN where missing; percentiles as shares 0-1. The ends move with the extent of the raster: two
    dates or two districts are comparable only with fixed ends (method ndvi). A constant layer has no ends: NaN.
    """
    index, ends = fitted(ndvi, "1"), (fitted(ndvi_low_percentile, "1"), fitted(ndvi_high_percentile, "1"))
    low, high = np.nanquantile(index, ends)
    return np.clip((index - low) / np.where(high > low, high - low, np.nan), 0, 1)


def cover_class_table(vegetation_cover_class: Any) -> Any:
    """Vegetation cover 0-1: one value for each ecosystem type."""
    return vegetation_cover_class


def factor_class_table(cover_factor_class: Any) -> Any:
    """Cover factor C (dimensionless): one value for each ecosystem type, from the set that the study names."""
    return cover_factor_class


def hj1173(
    vegetation_cover: Any, c_break_1: Any, c_break_2: Any, c_break_3: Any, c_break_4: Any, c_break_5: Any,
    c_lt10: Any, c_10_30: Any, c_30_50: Any, c_50_70: Any, c_70_90: Any, c_gt90: Any, c_log_slope: Any,
) -> Any:  # fmt: skip
    """Cover factor C of HJ 1173-2021: table A.1 by type and cover class; dryland 0.221 − 0.595 lg c, clipped to 0-1.

    vegetation_cover c: 0-1; c_break_*: 0.1, 0.3, 0.5, 0.7, 0.9; c_lt10 … c_gt90, c_log_slope: by type. One form for
    all types, C = clip(table − b·lg c, 0, 1): b = 0 but for dryland, whose table cells all hold 0.221; there c ≤ 0
    gives C = 1. A class begins at its lower bound; only above 0.9 is the last.
    """
    cover = vegetation_cover
    low = np.where(cover >= c_break_1, c_10_30, c_lt10)
    middle = np.where(cover >= c_break_3, c_50_70, c_30_50)
    high = np.where(cover > c_break_5, c_gt90, c_70_90)
    table = np.where(cover >= c_break_2, np.where(cover >= c_break_4, high, middle), low)
    bare = np.where(c_log_slope > 0, 1, table)
    vegetated = table - c_log_slope * np.log10(np.where(cover > 0, cover, 1))
    return np.clip(np.where(cover > 0, vegetated, bare), 0, 1) + 0 * cover  # missing cover stays missing


def cai2000(
    vegetation_cover: Any, cai_constant: Any, cai_slope: Any, cai_cover_unit: Any, cai_bare: Any, cai_full: Any
) -> Any:
    """Cover factor C = 0.6508 − 0.3436 lg f, f in %; 1 for f ≤ 0.1 %, 0 for f ≥ 78.3 % (Cai et al. 2000).

    vegetation_cover: 0-1; cai_cover_unit: 1 % as a share (f is counted in it); cai_bare, cai_full as shares.
    """
    cover = vegetation_cover
    middle = cai_constant - cai_slope * np.log10(np.where(cover > cai_bare, cover, cai_bare) / cai_cover_unit)
    fitted_range = np.where(cover >= cai_full, 0, np.clip(middle, 0, 1))
    return np.where(cover <= cai_bare, 1, fitted_range) + 0 * cover


_CLASSES = ("c_lt10", "c_10_30", "c_30_50", "c_50_70", "c_70_90", "c_gt90")
_COVER = Layer("vegetation_cover", "1")

FIELDS = (
    Field(
        id="vegetation_cover",
        zh="植被覆盖度",
        en="Vegetation cover",
        unit="1",
        default="",
        plausible=(0, 1),
        methods=(
            FieldMethod(
                id="ndvi",
                zh="像元二分模型，两端值给定",
                en="Dimidiate pixel model, ends given",
                formula=ndvi,
                inputs=(Layer("ndvi", "1"), Coefficient("ndvi_soil", "1"), Coefficient("ndvi_veg", "1")),
                source="HJ1172",
                clause="附录 植被覆盖度",
                verified=True,
            ),
            FieldMethod(
                id="ndvi_percentile",
                zh="像元二分模型，两端取全图百分位数",
                en="Dimidiate pixel model, ends at percentiles of the layer",
                formula=ndvi_percentile,
                inputs=(
                    Layer("ndvi", "1"),
                    Coefficient("ndvi_low_percentile", "1"),
                    Coefficient("ndvi_high_percentile", "1"),
                ),
                source="WEIBEI",
                clause="5 %/95 %",
                reach="global",
                verified=True,
            ),
            FieldMethod(
                id="class_table",
                zh="按生态系统类型取值",
                en="One value for each ecosystem type",
                formula=cover_class_table,
                inputs=(Coefficient("vegetation_cover_class", "1", by_type=True),),
                source="toolkit",
                clause="-",
                verified=True,
            ),
        ),
    ),
    Field(
        id="cover_factor",
        zh="植被覆盖因子 C",
        en="Cover factor C",
        unit="1",
        default="",
        plausible=(0, 1),
        methods=(
            FieldMethod(
                id="class_table",
                zh="按生态系统类型取值（集合由 study.yaml 指定）",
                en="One value for each ecosystem type (the study names the set)",
                formula=factor_class_table,
                inputs=(Coefficient("cover_factor_class", "1", by_type=True),),
                source="HJ1173",
                clause="附录A 表A.1 与条文；其他集合见系数表",
                verified=True,
            ),
            FieldMethod(
                id="hj1173",
                zh="按类型与覆盖度分级查表，旱地用对数式（HJ 1173-2021）",
                en="Table by type and cover class, logarithm for dryland (HJ 1173-2021)",
                formula=hj1173,
                inputs=(
                    _COVER,
                    *(Coefficient(f"c_break_{i}", "1") for i in range(1, 6)),
                    *(Coefficient(name, "1", by_type=True) for name in _CLASSES),
                    Coefficient("c_log_slope", "1", by_type=True),
                ),
                source="HJ1173",
                clause="附录A 式A.2–A.13、表A.1",
                verified=True,
            ),
            FieldMethod(
                id="cai2000",
                zh="蔡崇法（2000）对数式",
                en="Cai Chongfa's logarithm (2000)",
                formula=cai2000,
                inputs=(
                    _COVER,
                    *(
                        Coefficient(name, "1")
                        for name in ("cai_constant", "cai_slope", "cai_cover_unit", "cai_bare", "cai_full")
                    ),
                ),
                source="WEIBEI",
                clause="蔡崇法 2000 式，读自该文",
                verified=True,
            ),
        ),
    ),
)
