"""Charts: curves of any length that are thinned without losing an extreme, drawn by Qt's own painter."""
