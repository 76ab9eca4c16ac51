"""Tenants and customers: who is hunted, where, with what."""
