"""Huntline: detection content and retro-hunts that say clean only when they can prove it."""
