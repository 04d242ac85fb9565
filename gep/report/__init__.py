"""Reports: the accounts as tables, workbook, GeoPackage and maps; plain functions of the ledger."""
