"""The parts of the recipe: a class of settings for each group of its form."""
