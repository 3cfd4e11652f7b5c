"""Tests of searches in the window."""
