"""The page: one HTML file that needs nothing else, of a run or of a release."""

from __future__ import annotations

from gep.page.frame import html, write
from gep.page.nouns import Page
from gep.page.of_release import of_release
from gep.page.of_run import of_run

__all__ = ["Page", "html", "of_release", "of_run", "write"]
