"""Saved searches, of which hunting queries and functions are kinds: kept as Microsoft.OperationalInsights does (2025-07-01)."""
