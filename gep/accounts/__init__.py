"""From totals to the ledger: quantities, values, identities, and how each number came about."""
