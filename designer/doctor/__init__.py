"""Checks before a training, and what the doctor says of one under way."""
