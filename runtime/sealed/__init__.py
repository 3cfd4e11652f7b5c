"""Sealed runs: one file that opens anywhere, with a hash of everything in it."""
