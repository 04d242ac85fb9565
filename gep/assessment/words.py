"""Names of evaluations and registers as they are declared, for reports (which know no declarations)."""

from __future__ import annotations

from gep.assessment import evaluation, register


def words() -> dict[str, tuple[str, str]]:
    """{"evaluation.<id>" | "register.<id>": (中文, English)} of everything declared."""
    out = {f"evaluation.{id}": (one.zh, one.en) for id, one in evaluation.registry().items()}
    return out | {f"register.{id}": (one.zh, one.en) for id, one in register.registry().items()}
