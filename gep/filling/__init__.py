"""The entry workbook 填报模板: its tables by the declarations, the book itself, and its reader for `gep check`."""
