"""Unit-value transfer 单位面积价值转移: areas × factor table, beside the account and never added to it."""

from gep.transfer.account import Transferred, transfer, transfer_totals
from gep.transfer.ahead import study_faults
from gep.transfer.heads import spec_of
from gep.transfer.output import facts, results, written
from gep.transfer.read import class_map, factor_table, read_areas, read_factors

__all__ = [
    "Transferred",
    "class_map",
    "factor_table",
    "facts",
    "read_areas",
    "read_factors",
    "results",
    "spec_of",
    "study_faults",
    "transfer",
    "transfer_totals",
    "written",
]
