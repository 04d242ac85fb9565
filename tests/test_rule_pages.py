"""docs/rules.md says what the rules declare."""

from __future__ import annotations

from gep.compensation.rule import registry
from gep.rule_pages import PAGE, page


def test_the_page_is_of_the_declarations():
    assert PAGE.read_text("utf-8") == page(), "python -m gep.rule_pages"


def test_every_rule_stands_there_once():
    text = page()
    assert registry()
    for id in registry():
        assert text.count(f"### `{id}` ") == 1
