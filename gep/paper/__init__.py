"""The accounting report 核算报告 of a run: one content, told in chapters."""
