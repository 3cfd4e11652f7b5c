"""Operations on a trained network in the window, and the weights that it begins with."""
