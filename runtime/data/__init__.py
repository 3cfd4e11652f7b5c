"""Data sources, their parts and how they reach the device."""
