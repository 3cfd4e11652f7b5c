"""Layers that PyTorch does not have. Each is written out whole in the source of a network that uses it.

A module here imports only math, torch, ``torch.nn``, ``torch.nn.functional as F`` and torchvision's ``ops``, and its
classes and functions use of each other only what is named by a call.
"""
