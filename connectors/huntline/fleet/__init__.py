"""One verb over many tenants; one failing tenant never stops the rest."""
