"""gep: what every township's nature is worth, and what follows from it (生态产品总值核算工具箱).

    >>> import gep
    >>> study = gep.open_study("study.yaml")
    >>> run = study.run(to="out")
    >>> run.ledger.by("zone")

Heavy libraries are imported where they are used, so that `import gep` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Ledger", "Study", "__version__", "changes", "open_run", "open_study"]

if TYPE_CHECKING:
    from gep.accounts.ledger import Ledger
    from gep.api import Study, changes, open_run, open_study

_HOMES = {
    **dict.fromkeys(("open_study", "open_run", "changes", "Study"), "gep.api"), "Ledger": "gep.accounts.ledger",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gep' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
