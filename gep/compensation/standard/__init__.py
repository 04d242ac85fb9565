"""The compensation standard: one small pure function a method, and the plumbing that sets them side by side.

For notebooks: `value`, `stage`, `farmland`, `spillover`, `bounds`, `forest`, `footprint`, `opportunity`, `basin` hold
the formulas and nothing else. `methods` makes them of a county's tables, township by township.
"""
