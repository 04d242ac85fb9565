"""Reading: grid, layers, zones, land cover, tables; everything that comes from outside is checked here."""
