"""Indices of published schemes, as plain functions: EI (HJ 192-2015), EQI (2021), the green development index."""
