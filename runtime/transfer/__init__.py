"""Transfer: weights from elsewhere to begin with, and layers that are frozen for a while."""
