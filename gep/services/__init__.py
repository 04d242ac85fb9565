"""One file a service, formula on its first screen. A file that declares `SERVICE` is found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path

from gep.declare import Service


@functools.cache
def registry() -> dict[str, Service]:
    """All services by id, in the order of the accounts: provisioning, regulating, cultural."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        service = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SERVICE", None)
        if service is not None:
            found.append(service)
    order = ("provisioning", "regulating", "cultural")
    found.sort(key=lambda service: (order.index(service.account), service.id))
    services = {service.id: service for service in found}
    if len(services) != len(found):
        raise ValueError("two services share one id")
    return services


def add_folder(folder: str | Path) -> None:
    """Services of a county's own: every module of the folder that declares `SERVICE` is found from now on.

    It lasts as long as the process. A module takes the name `gep.services.<file>`; the toolkit's own come first. Raises
    NotADirectoryError.
    """
    path = Path(folder).resolve()
    if not path.is_dir():
        raise NotADirectoryError(str(folder))
    if str(path) not in __path__:
        __path__.append(str(path))
    importlib.invalidate_caches()
    registry.cache_clear()
