"""Local climate regulation 局部气候调节: electricity that air conditioning would need to cool as plants and water do.

Cropland has no constant in the sources and is left out; `with_cropland` counts it by its transpiration.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Layer, Method, Service, Yield


def plants(area, transpiration_heat, cooling_days, cop):
    """E_pt = EPP·S·D / r.

    S area m², EPP heat taken up by transpiration kWh/(m²·d), D cooling days d/a, r energy efficiency of the air
    conditioner (1); kWh/a. Source: 博文静等 2017, 白玛卓嘎等 2017 (EPP printed in kJ: 1 kWh = 3600 kJ).
    """
    return area * transpiration_heat * cooling_days / cop


def water(area, cooling_evaporation, water_density, latent_heat, cop):
    """E_we = E_w·ρ·q / r.

    E_w = S·e water evaporated in the cooling period (S area m², e depth m/a), ρ density of water kg/m³, q latent heat
    kWh/kg, r energy efficiency of the air conditioner (1); kWh/a. Source: 白玛卓嘎等 2017, divided by r as plants are.
    """
    return area * cooling_evaporation * water_density * latent_heat / cop


def water_undivided(area, cooling_evaporation, water_density, latent_heat):
    """E_we = E_w·ρ·q. As `water`, without division by r (as printed in 白玛卓嘎等 2017, cooling term); kWh/a."""
    return area * cooling_evaporation * water_density * latent_heat


def water_humidifier(area, cooling_evaporation, water_density, latent_heat, cop, humidifier_energy):
    """E_we = E_w·ρ·q / r + E_w·γ.

    γ electricity with which a humidifier evaporates 1 m³, kWh/m³: only where air below 45 % relative humidity would be
    humidified anyway; the rest as in `water`; kWh/a.
    """
    return area * cooling_evaporation * (water_density * latent_heat / cop + humidifier_energy)


def water_garze(area, cooling_evaporation, water_density, latent_heat, humidifier_energy):
    """E_we = E_w·ρ·q + E_w·γ. As printed in 白玛卓嘎等 2017: no division by r, humidifier included; kWh/a."""
    return area * cooling_evaporation * (water_density * latent_heat + humidifier_energy)


def cropland(area, cooling_evaporation, transpiration_share, water_density, latent_heat, cop):
    """E = S·e·k·ρ·q / r.

    k transpiration of the crops : water evaporated in the cooling period (1); the rest as in `water`; kWh/a.
    Own derivation: the sources give no cropland.
    """
    return area * (transpiration_share * cooling_evaporation) * water_density * latent_heat / cop


_EVAPORATION = Layer("cooling_evaporation", "m/a")
_DENSITY = Coefficient("water_density", "kg/m³")
_HEAT = Coefficient("latent_heat", "kWh/kg")
_COP = Coefficient("cop", "1")
_HUMIDIFIER = Coefficient("humidifier_energy", "kWh/m³")
_PRICE = ("electricity", "yuan/kWh")


def _water(formula, *inputs):
    """The yield of open water by one of its formulas."""
    taken = (Area("m²"), _EVAPORATION, *inputs)
    return Yield(
        "water_cooling", "水面蒸发降温", "Cooling by open water", "kWh/a", formula, taken, *_PRICE, ("42", "43")
    )


_PLANTS = Yield("plant_cooling", "植被蒸腾降温", "Cooling by transpiration", "kWh/a", plants,
                (Area("m²"), Coefficient("transpiration_heat", "kWh/(m²·d)", by_type=True),
                 Layer("cooling_days", "d/a"), _COP), *_PRICE, ("1", "2", "3"))  # fmt: skip
_DIVIDED = _water(water, _DENSITY, _HEAT, _COP)
_CROPLAND = Yield("cropland_cooling", "农田蒸腾降温", "Cooling by crops", "kWh/a", cropland,
                  (Area("m²"), _EVAPORATION, Coefficient("transpiration_share", "1", by_type=True), _DENSITY,
                   _HEAT, _COP), *_PRICE, ("51",))  # fmt: skip
_TYPES = ("1", "2", "3", "42", "43")
_DAY = dt.date(2017, 10, 1)

SERVICE = Service(
    id="local_climate",
    zh="局部气候调节",
    en="Local climate regulation",
    account="regulating",
    methods=(
        Method("transpiration_heat", "蒸腾蒸发耗热法（水面除以能效比）", "Heat of transpiration and evaporation",
               "class", (_PLANTS, _DIVIDED), "BO17", "E_pt；水面项同除以 r（本工具约定）", _DAY, _TYPES),
        Method("transpiration_heat_undivided_water", "蒸腾蒸发耗热法（水面不除以能效比）",
               "As before, open water not divided by r", "class", (_PLANTS, _water(water_undivided, _DENSITY, _HEAT)),
               "GARZE", "E_pt 与 E_we 的降温项", _DAY, _TYPES, verified=True),
        Method("transpiration_heat_humidifier", "蒸腾蒸发耗热法（水面加湿项）",
               "As the first, with the humidifier term", "class",
               (_PLANTS, _water(water_humidifier, _DENSITY, _HEAT, _COP, _HUMIDIFIER)),
               "GARZE", "E_we 含加湿项，降温项除以 r（本工具约定）", _DAY, _TYPES),
        Method("transpiration_heat_garze2017", "甘孜 2017 原式（水面不除以能效比，含加湿项）",
               "As printed for Garzê: undivided, with humidifier", "class",
               (_PLANTS, _water(water_garze, _DENSITY, _HEAT, _HUMIDIFIER)), "GARZE", "E_pt、E_we 原式", _DAY, _TYPES,
               verified=True),
        Method("with_cropland", "蒸腾蒸发耗热法（含农田蒸腾）", "As the first, with cropland by its transpiration",
               "class", (_PLANTS, _DIVIDED, _CROPLAND), "toolkit", "农田 = 蒸腾量 × 汽化热 / r（本工具推导）",
               dt.date(2025, 1, 1), (*_TYPES, "51")),
    ),
)  # fmt: skip
