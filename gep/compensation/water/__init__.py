"""What the rules on water read and share: readings, classes, the register of sections, means, a month assessed.

`readings` → `classes`, `means`; `sections` → `assessed` → `section_settling`, `section_tables`; `p_tables` for P index,
loads and gaps. The formulas stand in `gep.compensation.rules` (water_*.py, p_index.py).
"""
