"""Plain functions on monitoring: trophic state, shares of classes, means of the air, completeness. No table is read."""
