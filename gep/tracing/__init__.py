"""check-report: every number of a finished Word file, workbook or page, traced to the run it was made from."""
