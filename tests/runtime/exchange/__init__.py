"""Tests of what is taken in and out."""
