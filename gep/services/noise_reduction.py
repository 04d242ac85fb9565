"""Noise reduction 噪声消减: green belts along roads in the place of sound barriers."""

from __future__ import annotations

import datetime as dt

from gep.declare import Column, Method, Service, Yield


def quietened(length, reduction):
    """N = l·ΔL.

    l length of green belt along the road km, ΔL noise it takes away, in decibels (a count of dB); km·dB, for each row
    of the table. Source: NDRC 2022 (original not consulted).
    """
    return length * reduction


# The unit registry knows dB as a logarithm, which cannot be multiplied: decibels stand as a plain number.
_QUIET = Yield("roadside", "道路绿化带降噪（千米·分贝）", "Noise taken away along roads (km × dB)", "km", quietened,
               (Column("length", "km"), Column("reduction", "1")), "noise_barrier", "yuan/(km·a)",
               table="roads")  # fmt: skip

SERVICE = Service(
    id="noise_reduction",
    zh="噪声消减",
    en="Noise reduction",
    account="regulating",
    methods=(
        Method("barrier_cost", "隔音屏替代成本法", "Annual cost of the sound barrier replaced", "table", (_QUIET,),
               "NDRC22", "噪声消减：绿化带长度 × 降噪分贝", dt.date(2022, 3, 1)),
    ),
)  # fmt: skip
