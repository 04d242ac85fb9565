"""Soil retention 土壤保持 by RUSLE: soil kept in place by its cover, with its silt, nitrogen and phosphorus.

Open water (42, 43 and their sub-types) has no slope to erode and takes no part: with C = 0 it would be credited with
its whole potential erosion.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Layer, Method, Of, Service, Yield


def retained(area, potential_erosion, cover_factor):
    """Q_sr = A·R·K·L·S·(1 − C).

    A area hm², R·K·L·S potential erosion t/(hm²·a), C cover and management factor (1); Q_sr t/a.
    Source: HJ 1173-2021 A.2–A.4 (potential minus actual erosion; the standard has no practice factor P).
    """
    return area * (potential_erosion * (1 - cover_factor))


def retained_practice(area, potential_erosion, cover_factor, support_practice):
    """Q_sr = A·R·K·L·S·(1 − C·P).

    P support practice factor of the type (1); the rest as in `retained`; t/a.
    Source: RUSLE with P as in the 2020 guideline (original not consulted).
    """
    return area * (potential_erosion * (1 - cover_factor * support_practice))


def sediment(retained_soil, deposition_share, bulk_density):
    """V_silt = λ·Q_sr / ρ.

    Q_sr retained soil t/a, λ share of eroded soil that silts up rivers and reservoirs (1), ρ bulk density t/m³;
    m³/a. Source: 白玛卓嘎等 2017 (Garzê), 博文静等 2017.
    """
    return retained_soil * deposition_share / bulk_density


def nitrogen(retained_soil, soil_nitrogen):
    """Q_N = Q_sr·C_N.

    Nitrogen kept out of the water: all of the retained soil times its nitrogen content C_N (t/t); t/a.
    Source: 白玛卓嘎等 2017 (Garzê), 博文静等 2017.
    """
    return retained_soil * soil_nitrogen


def phosphorus(retained_soil, soil_phosphorus):
    """Q_P = Q_sr·C_P.

    Phosphorus kept out of the water; C_P phosphorus content of the soil (t/t); t/a. Source as for nitrogen.
    """
    return retained_soil * soil_phosphorus


_SOIL = Of("retained_soil", "t/a")
_KEPT_WITH_IT = (
    Yield("sediment", "减少泥沙淤积", "Siltation avoided", "m³/a", sediment,
          (_SOIL, Coefficient("deposition_share", "1"), Coefficient("bulk_density", "t/m³", by_type=True)),
          "dredging", "yuan/m³"),
    Yield("nitrogen", "减少氮面源污染", "Diffuse nitrogen avoided", "t/a", nitrogen,
          (_SOIL, Coefficient("soil_nitrogen", "1", by_type=True)), "nitrogen", "yuan/t"),
    Yield("phosphorus", "减少磷面源污染", "Diffuse phosphorus avoided", "t/a", phosphorus,
          (_SOIL, Coefficient("soil_phosphorus", "1", by_type=True)), "phosphorus", "yuan/t"),
)  # fmt: skip
_LAYERS = (Area("hm²"), Layer("potential_erosion", "t/(hm²·a)"), Layer("cover_factor", "1"))
_TYPES = ("1", "2", "3", "4", "5", "6", "7", "8")
_PRODUCTS = (("potential_erosion", "cover_factor"),)


SERVICE = Service(
    id="soil_retention",
    zh="土壤保持",
    en="Soil retention",
    account="regulating",
    methods=(
        Method("rusle", "修正通用土壤流失方程（不含 P）", "RUSLE without practice factor", "class",
               (Yield("retained_soil", "土壤保持量", "Soil retained", "t/a", retained, _LAYERS), *_KEPT_WITH_IT),
               "HJ1173", "附录 A 式 A.2–A.13；减淤与减面源：GARZE §2", dt.date(2021, 7, 1), _TYPES, ("42", "43"),
               _PRODUCTS, verified=True),
        Method("rusle_p", "修正通用土壤流失方程（含 P）", "RUSLE with practice factor", "class",
               (Yield("retained_soil", "土壤保持量", "Soil retained", "t/a", retained_practice,
                      (*_LAYERS, Coefficient("support_practice", "1", by_type=True))), *_KEPT_WITH_IT),
               "MEE20", "土壤保持：R·K·L·S·(1−C·P)", dt.date(2020, 9, 1), _TYPES, ("42", "43"), _PRODUCTS),
    ),
)  # fmt: skip
