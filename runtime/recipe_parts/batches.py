"""Settings of batches and precision."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, real
from runtime.recipe_parts.words import BY_GRADIENT, PRECISIONS, given

GROUP = "Batches and precision"


@dataclass(frozen=True)
class BatchSettings:
    """Batches, gradients and the numbers of a step."""

    # fmt: off
    accumulation_steps: int = integer(
        1, low=1, high=10_000, unit="batches", group=GROUP,
        doc="Batches whose gradients are summed before the weights move: a larger batch in the same memory.",
    )
    clip_grad_norm: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=GROUP,
        doc="Longest that the gradient of all weights together may be.", when=given("optimizer", *BY_GRADIENT),
    )
    clip_grad_value: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=GROUP,
        doc="Largest that any number of the gradient may be.", when=given("optimizer", *BY_GRADIENT),
    )
    precision: str = choice(
        "fp32", *PRECISIONS, group=GROUP,
        doc="Numbers of the forward pass. tf32 is a GPU's quick fp32; bf16 and fp16 take half the memory.",
    )
    channels_last: bool = flag(
        False, doc="Keep the channels of a pixel together in memory: often faster for convolutions.", group=GROUP
    )
    compile: str = choice(
        "off", "off", "auto", "on", group=GROUP,
        doc="torch.compile makes one program of a step, which takes about a minute. auto measures, and keeps it only "
        "where it pays.",
    )
    deterministic: bool = flag(
        False, doc="Refuse operations whose sums differ from run to run on a GPU; slower.", group=GROUP
    )
    seed: int = integer(0, low=0, high=2**31 - 1, doc="Fixes first weights, shuffling and dropout.", group=GROUP)
    # fmt: on
