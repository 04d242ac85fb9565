"""Registers: one module a topic, each declares REGISTERS; found by scanning (gep.assessment.register)."""
