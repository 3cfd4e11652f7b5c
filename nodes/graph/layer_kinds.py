"""Node types that rules speak of together, by their type_id."""

from __future__ import annotations

NORMS = ("batch_norm1d", "batch_norm2d", "batch_norm3d", "instance_norm1d", "instance_norm2d", "instance_norm3d")
BATCH_NORMS = NORMS[:3]
CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
LINEAR_MAPS = ("linear", *CONVOLUTIONS)
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout")
UNPOOLINGS = {"max_unpool1d": "max_pool1d", "max_unpool2d": "max_pool2d", "max_unpool3d": "max_pool3d"}
