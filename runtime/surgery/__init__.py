"""Operations on a trained network: weights that are made from those that were learned, and what it costs."""
