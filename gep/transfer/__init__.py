"""Unit-value transfer 单位面积价值转移: areas × factor table, beside the account and never added to it."""

from gep.transfer.account import Transferred, transfer, transfer_totals
from gep.transfer.output import written
from gep.transfer.read import class_map, factor_table, read_areas, read_factors, spec_of

__all__ = [
    "Transferred",
    "class_map",
    "factor_table",
    "read_areas",
    "read_factors",
    "spec_of",
    "transfer",
    "transfer_totals",
    "written",
]
