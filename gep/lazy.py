"""Plain functions of a package by name, imported where they are used, so that the package itself stays light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def exported(package: str, homes: Mapping[str, tuple[str, ...]]) -> tuple[list[str], Callable[[str], Any]]:
    """`__all__` and `__getattr__` of a package. `homes`: module → names; "own name: name there" where the two differ.

    Raises ValueError for a name said twice; the function raises AttributeError for one that is not there.
    """
    said = [(one, module) for module, names in homes.items() for one in names]
    places: dict[str, tuple[str, str]] = {}
    for one, module in said:
        name, _, there = one.partition(": ")
        if name in places:
            raise ValueError(f"{package}: {name} is exported twice")
        places[name] = (module, there or name)

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        import importlib

        module, there = places[name]
        return getattr(importlib.import_module(module), there)

    return sorted(places), find
