"""The chapters of the accounting report; each module has `chapter(facts, zone)`: a Chapter, several, or None."""
