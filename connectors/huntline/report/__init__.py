"""From the ledger to one report."""
