"""Drawn pictures for the pages of the catalogue."""
