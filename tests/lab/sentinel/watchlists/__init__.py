"""Watchlists: kept, filled, asked for and queried as Microsoft.SecurityInsights does (api-version 2025-09-01).

Documented [watchlists*.md of azure-docs, the REST specification, M13]: fields, states, codes, limits, that an upload appends and
never removes, that a list cannot be deleted while it is uploaded, that queries see changes up to five minutes late and may see
the deleted and the new entries of an alias together. Seen: a page of items is 100; an alias whose deletion goes on is refused;
the columns of `_GetWatchlist`. From memory: a PUT replaces all properties. The lab's: the order of states, how long each takes,
half of the items first, status and words of most refusals.
"""
