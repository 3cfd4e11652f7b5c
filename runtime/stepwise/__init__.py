"""The stepwise questions of a careful person before a training, each answered with a verdict and its numbers."""
