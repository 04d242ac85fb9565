"""Layers derived from layers and shared by services. A module's `FIELDS` are found by themselves."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from gep.declare import Field


@functools.cache
def registry() -> dict[str, Field]:
    """All derived fields by id."""
    fields: dict[str, Field] = {}
    for module in pkgutil.iter_modules(__path__):
        for item in getattr(importlib.import_module(f"{__name__}.{module.name}"), "FIELDS", ()):
            if item.id in fields:
                raise ValueError(f"field {item.id!r} is declared twice")
            fields[item.id] = item
    return fields
