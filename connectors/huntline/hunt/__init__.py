"""Wanted minus finished: agenda, search, split, resume."""
