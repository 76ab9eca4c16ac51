"""A pack for other tools and for people: plain Sigma, indicators as CSV, text and STIX, pages."""
