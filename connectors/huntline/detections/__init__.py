"""Packs of Sigma rules: load, lint, lower, match."""
