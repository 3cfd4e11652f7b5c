"""A whole training as one Python script, or a notebook, that needs PyTorch and nothing of Netwright."""
