"""Detections and scopes to queries."""
