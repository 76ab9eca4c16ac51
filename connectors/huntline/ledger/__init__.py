"""The ledger: facts, in SQL."""
