"""Analytics rules: kept, checked and run as Microsoft.SecurityInsights does (api-version 2025-09-01 and its neighbours)."""
