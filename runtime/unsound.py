"""Where a loss that is no number came from: the data, or the first layer that made one of sound numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from runtime.job import Job

MOST_BATCHES = 200  # that are looked through


class Origin(NamedTuple):
    """A sentence, and the node on the canvas; empty where it is the data."""

    sentence: str
    node: str = ""


@torch.no_grad()
def origin_of(job: Job, weights: Mapping[str, Tensor]) -> Origin | None:
    """Looks through the training part with sound weights; None where nothing unsound appears with them.

    Then the weights have grown from step to step, and no single layer is to blame.
    """
    if not all(torch.isfinite(value).all() for value in weights.values() if value.is_floating_point()):
        return None
    job.module.load_state_dict(weights)
    job.module.eval()
    rows, size = job.order(0), job.recipe.batch_size
    with first_unsound(job.module) as found:
        for start in range(0, min(len(rows), MOST_BATCHES * size), size):
            batch = job.batch(rows[start : start + size])
            for name, value in zip(job.binding.fields, batch, strict=False):
                if not _is_sound(value):
                    return Origin(f"The field {name} of the data has a number that is not finite.")
            job.module.losses(*batch)
            if found:
                return found[0]
    return None


@contextmanager
def first_unsound(module: nn.Module) -> Iterator[list[Origin]]:
    """Fills with the first layer whose input or output is not finite."""
    found: list[Origin] = []

    def look(name: str) -> Any:
        def hear(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if found or _is_sound(output):
                return
            makes = "makes it of numbers that are finite" if _is_sound(inputs) else "is given it by what comes before"
            found.append(Origin(f"{name} {makes}.", name.partition(".")[0]))

        return hear

    leaves = {name: layer for name, layer in module.named_modules() if name and not [*layer.children()]}
    hooks = [layer.register_forward_hook(look(name)) for name, layer in leaves.items()]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _is_sound(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_sound, value))
    return not (isinstance(value, Tensor) and value.is_floating_point()) or bool(torch.isfinite(value).all())
