"""Flood mitigation 洪水调蓄: flood water that marsh, lakes, reservoirs, rivers, ponds and vegetation can hold back.

A lake's storage is a power of its own area, so lakes are rows of a table, not pixels. Water bodies are counted here
only, never in water conservation.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Column, Layer, Method, Service, Yield
from gep.units import fitted


def marsh_surface(area, marsh_depth, storage_fillings):
    """C = S·h·n.

    S marsh area m², h depth of water that stands on it m (0.3), n times a year it is filled 1/a (1); m³/a. Source:
    白玛卓嘎等 2017 (0.3·S·1e6 with S in km² gives m³; the unit printed there, 万m³, is wrong).
    """
    return area * marsh_depth * storage_fillings


def marsh_soil(
    area, marsh_soil_depth, marsh_soil_density, marsh_saturation, marsh_field_capacity, water_density,
    storage_fillings,
):  # fmt: skip
    """C = S·h·ρ·(F − E)/ρ_w·n.

    S marsh area m², h depth of the storing soil m, ρ its bulk density kg/m³, F water content by mass at saturation (1),
    E before the flood (1), ρ_w density of water kg/m³, n 1/a; m³/a. Source: 2020 guideline (original not consulted).
    """
    soil = marsh_soil_depth * marsh_soil_density * (marsh_saturation - marsh_field_capacity)
    return area * soil / water_density * storage_fillings


def lake(area, lake_intercept, lake_exponent, lake_volume, lake_exchanges):
    """C = exp(a)·A^b·T.

    A area of the one lake km², a and b of the lake region's regression (C in 万m³: `lake_volume`), T exchanges 1/a;
    m³/a. Source: 饶恩明等 2014, read in 白玛卓嘎等 2017 for the Qinghai-Tibet plateau.
    """
    regression = np.exp(fitted(lake_intercept, "1")) * fitted(area, "km²") ** fitted(lake_exponent, "1")
    return regression * lake_volume * lake_exchanges


def reservoir(capacity, reservoir_flood_share, storage_fillings):
    """C = 0.35·C_t·n.

    C_t total capacity m³, share of it that holds floods (1), n 1/a; m³/a. Source: 白玛卓嘎等 2017.
    """
    return capacity * reservoir_flood_share * storage_fillings


def reservoir_published(flood_capacity, storage_fillings):
    """C = C_f·n. C_f flood-control capacity that the reservoir's operator publishes m³, n 1/a; m³/a."""
    return flood_capacity * storage_fillings


def measured(rise):
    """C = Σ (S_max − S_min): storage of a river reach, pond or sluice gained in the year's floods, m³/a.

    Source: 江波等 2017 (Baiyangdian).
    """
    return rise


def vegetation(area, storm_precipitation, storm_runoff):
    """C = A·(P_h − R_h).

    A area m², P_h rain of the days with 50 mm and more m/a, R_h its runoff m/a; m³/a.
    Source: 2020 guideline (original not consulted).
    """
    return area * (storm_precipitation - storm_runoff)


_PRICE = ("water_storage", "yuan/m³")
_FILLINGS = Coefficient("storage_fillings", "1/a")
_MARSH = Yield("marsh_surface", "沼泽地表滞水", "Water standing on marsh", "m³/a", marsh_surface,
               (Area("m²"), Coefficient("marsh_depth", "m"), _FILLINGS), *_PRICE, ("41",))  # fmt: skip
_SOIL = Yield("marsh_soil", "沼泽土壤蓄水", "Water stored in marsh soil", "m³/a", marsh_soil,
              (Area("m²"), Coefficient("marsh_soil_depth", "m"), Coefficient("marsh_soil_density", "kg/m³"),
               Coefficient("marsh_saturation", "1"), Coefficient("marsh_field_capacity", "1"),
               Coefficient("water_density", "kg/m³"), _FILLINGS), *_PRICE, ("41",))  # fmt: skip
_LAKES = Yield("lakes", "湖泊调蓄", "Lakes", "m³/a", lake,
               (Column("area", "km²"), Coefficient("lake_intercept", "1"), Coefficient("lake_exponent", "1"),
                Coefficient("lake_volume", "m³"), Coefficient("lake_exchanges", "1/a")),
               *_PRICE, ("42",), "lakes")  # fmt: skip
_RESERVOIRS = Yield("reservoirs", "水库调蓄", "Reservoirs", "m³/a", reservoir,
                    (Column("capacity", "m³"), Coefficient("reservoir_flood_share", "1"), _FILLINGS),
                    *_PRICE, ("42r",), "reservoirs")  # fmt: skip
_PUBLISHED = Yield("reservoirs", "水库调蓄（防洪库容）", "Reservoirs, published flood capacity", "m³/a",
                   reservoir_published, (Column("flood_capacity", "m³"), _FILLINGS),
                   *_PRICE, ("42r",), "reservoirs")  # fmt: skip
_MEASURED = Yield("measured_storage", "河道坑塘闸坝实测蓄水", "Rivers, ponds and sluices, measured", "m³/a", measured,
                  (Column("rise", "m³/a"),), *_PRICE, ("43", "43c", "42p"), "storage_records")  # fmt: skip
_VEGETATION = Yield("vegetation_storage", "植被拦蓄暴雨", "Storm rain held by vegetation", "m³/a", vegetation,
                    (Area("m²"), Layer("storm_precipitation", "m/a"), Layer("storm_runoff", "m/a")),
                    *_PRICE, ("1", "2", "3"))  # fmt: skip


def _method(id, zh, en, yields, source, clause, year, verified=False):
    """A method: which storages are counted."""
    return Method(id, zh, en, "class", yields, source, clause, year, verified=verified)


SERVICE = Service(
    id="flood_mitigation",
    zh="洪水调蓄",
    en="Flood mitigation",
    account="regulating",
    methods=(
        _method("storage", "沼泽、湖泊、水库（0.35 总库容）与实测蓄水",
                "Marsh, lakes, reservoirs (0.35 of capacity), records",
                (_MARSH, _LAKES, _RESERVOIRS, _MEASURED), "GARZE",
                "§2 洪水调蓄：0.3·S；exp(a)·A^b·T；0.35·C_t；实测：BYD", dt.date(2017, 10, 1), True),
        _method("storage_published", "沼泽、湖泊、水库（防洪库容）与实测蓄水",
                "Marsh, lakes, reservoirs (published flood capacity), records",
                (_MARSH, _LAKES, _PUBLISHED, _MEASURED), "GARZE",
                "§2 洪水调蓄；水库用公布的防洪库容；实测：BYD", dt.date(2017, 10, 1)),
        _method("storage_soil", "同 storage，另计沼泽土壤蓄水", "As storage, with water stored in marsh soil",
                (_MARSH, _SOIL, _LAKES, _RESERVOIRS, _MEASURED), "MEE20",
                "洪水调蓄：沼泽地表滞水与土壤蓄水", dt.date(2020, 9, 1)),
        _method("with_vegetation", "同 storage，另计植被拦蓄暴雨（不得与水源涵养相加）",
                "As storage, with storm rain held by vegetation (never added to water conservation)",
                (_MARSH, _LAKES, _RESERVOIRS, _MEASURED, _VEGETATION), "MEE20",
                "洪水调蓄：Σ (P_h − R_h)·A", dt.date(2020, 9, 1)),
    ),
)  # fmt: skip
