"""Settings of a training by several processes."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag

GROUP = "Several processes"


@dataclass(frozen=True)
class ScaleSettings:
    """What matters where torchrun starts several processes; one process passes it over."""

    # fmt: off
    strategy: str = choice(
        "ddp", "ddp", "fsdp", group=GROUP,
        doc="ddp keeps all weights in each process; fsdp parts weights, gradients and optimizer memory among them.",
    )
    sync_batch_norm: bool = flag(
        False, group=GROUP,
        doc="Batch normalisation over the samples of all processes, as in one; two messages a layer and step.",
    )
    # fmt: on
