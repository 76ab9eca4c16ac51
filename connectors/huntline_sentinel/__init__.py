"""Microsoft Sentinel: rules, hunts and search jobs over a Log Analytics workspace."""
