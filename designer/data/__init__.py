"""Looking at the data before a training."""
