"""Measures: one module a topic, each declares MEASURES; found by scanning (gep.assessment.measure)."""
