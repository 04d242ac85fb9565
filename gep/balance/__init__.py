"""The natural-resource balance sheet: records, gates, the valued layer, liabilities, terms of office."""
