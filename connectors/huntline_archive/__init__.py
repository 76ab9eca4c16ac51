"""Exported logs on disk, hunted by DuckDB: the embedded default."""
