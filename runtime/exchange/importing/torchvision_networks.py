"""The networks of torchvision that can be imported, by name."""

from __future__ import annotations

from typing import Any

from torch import nn

from runtime.exchange.importing.torch_trace import unfilled

WITHOUT_HELPERS = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def importable() -> tuple[str, ...]:
    """The names of torchvision's networks that can be imported."""
    from torchvision import models

    names = (*models.list_models(module=models), *models.list_models(module=models.segmentation))
    return tuple(n for n in names if not n.startswith("quantized_"))


def made(name: str, **more: Any) -> nn.Module:
    """A network of torchvision without weights."""
    from torchvision import models

    more = {**WITHOUT_HELPERS.get(name, {}), **more}
    if name in models.list_models(module=models.segmentation):
        more["weights_backbone"] = None
    with unfilled():
        module: nn.Module = models.get_model(name, weights=None, **more)
    return module
