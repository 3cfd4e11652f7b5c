"""The page of every layer, made from its declaration."""
