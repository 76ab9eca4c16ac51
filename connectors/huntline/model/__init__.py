"""Frozen values, UTC only: the nouns of the engine."""
