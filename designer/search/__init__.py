"""Searches in the window: settings that are marked, the search itself, its table."""
