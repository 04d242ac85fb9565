"""Evaluations: one module a method, each declares EVALUATIONS; found by scanning (gep.assessment.evaluation)."""
