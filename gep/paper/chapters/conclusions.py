"""结论与建议: what stands out and what to do next, every sentence made by rule from the run (gep/paper/standing.py)."""

from __future__ import annotations

from gep.paper.advice import advice
from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Heading, Para
from gep.paper.standing import findings


def chapter(facts: Facts, zone: str = "") -> Chapter | None:
    """What stands out in a township, or in the county, and suggestions; None where nothing does."""
    blocks: list[Block] = []
    for head, found in (
        (facts.say("结论", "What stands out"), findings(facts, zone)),
        (facts.say("建议", "What to do next"), advice(facts, zone)),
    ):
        if found:
            blocks += [Heading(head), *(Para(one.pieces, "item") for one in found)]
    if not blocks:
        return None
    return Chapter("conclusions", facts.say("结论与建议", "Conclusions"), tuple(blocks))
