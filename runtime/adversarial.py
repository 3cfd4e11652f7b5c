"""Two networks in one drawing that learn against each other: which node belongs to which, and how well they do.

The generator is what an Output needs; it begins with the field ``noise``. The discriminator is what the losses need:
it looks at a field of the data, or at what was generated in its place, and its loss compares with the field ``real``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nodes.boundary import Input, Output
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from nodes.spec.shapes import Shape
from runtime.data.binding import Binding
from runtime.data.dataset import NOISE, REAL
from runtime.job import Job
from runtime.runs import TrainingError
from runtime.source import forward_inputs

DIRECTIONS = 64  # along which generated samples are compared with real ones
MOST_COMPARED = 2_000
HOW = "See Generative networks in the guide, or the example Adversarial: points on a ring."


@dataclass(frozen=True)
class Adversaries:
    """``judged`` and ``real`` are places among what ``losses`` takes, ``fed`` those that ``forward`` takes."""

    judged: int
    real: int
    fed: tuple[int, ...]
    output: int  # of those that ``forward`` gives, the one that is judged
    generator: frozenset[str]  # nodes
    discriminator: frozenset[str]

    def generated(self, module: Any, batch: list[Tensor]) -> Tensor:
        """What the generator makes of the noise of a batch."""
        result = module(*(batch[place] for place in self.fed))
        made: Tensor = result if isinstance(result, Tensor) else result[self.output]
        return made

    def loss(self, module: Any, batch: list[Tensor], judged: Tensor, is_real: bool) -> Tensor:
        """The discriminator's loss for some samples that it is told to be real or made."""
        values = list(batch)
        values[self.judged] = judged
        values[self.real] = torch.full_like(batch[self.real], float(is_real))
        loss: Tensor = module.losses(*values)[0]
        return loss

    def weights(self, module: nn.Module, nodes: frozenset[str]) -> list[nn.Parameter]:
        return [weight for name, weight in module.named_parameters() if name.partition(".")[0] in nodes]


def adversaries_of(job: Job) -> Adversaries:
    """Raises TrainingError where the drawing has no two networks."""
    return adversaries_in(job.network.graph, job.binding)


def adversaries_in(graph: Graph, binding: Binding) -> Adversaries:
    """Raises TrainingError where the drawing has no two networks."""
    graph, fields = without_muted(graph), binding.inputs
    inputs = [name for name, node in graph.nodes.items() if isinstance(node.settings, Input)]
    outputs = [name for name, node in graph.nodes.items() if isinstance(node.settings, Output)]
    losses = [name for name, node in graph.nodes.items() if node.settings.is_loss]
    facts = infer(graph).facts
    if binding.target or NOISE not in fields or REAL not in fields:
        raise TrainingError(
            "adversarial is on, but no Input takes the field noise, or the target of the loss is not the field real.",
            f"Set noise of the data above 0, and field of the Inputs to noise and real. {HOW}",
        )
    judging = _before(graph, losses)
    for number, output in enumerate(outputs):
        generating, made = _before(graph, [output]), facts[output].outputs["output"]
        wanted = [
            n for n in inputs if n in judging and n not in generating and _alike(facts[n].outputs["output"], made)
        ]
        judged = [name for name in wanted if fields[inputs.index(name)] not in (NOISE, REAL)]
        if NOISE in {fields[inputs.index(name)] for name in inputs if name in generating} and judged:
            return Adversaries(
                inputs.index(judged[0]),
                fields.index(REAL),
                tuple(inputs.index(name) for name in forward_inputs(graph)),
                number,
                *_parted(generating, judging, set(inputs)),
            )
    raise TrainingError(
        "adversarial is on, but no Output is made from noise and as large as what the discriminator looks at.",
        f"Draw the generator from the Input with the field noise to an Output, without a link to the rest. {HOW}",
    )


def distance(real: Tensor, made: Tensor) -> float:
    """How far made samples lie from as many real ones: the sliced Wasserstein distance.

    The mean, over directions drawn once, of the distance between the sorted places along each.
    Source: Bonneel, Rabin, Peyré & Pfister 2015, "Sliced and Radon Wasserstein Barycenters of Measures".
    """
    size = real[0].numel()
    directions = torch.randn(size, DIRECTIONS, generator=torch.Generator().manual_seed(0)).to(real.device)
    directions = directions / directions.norm(dim=0)
    ours, theirs = (samples.flatten(1).float() @ directions for samples in (made, real))
    return float((ours.sort(0).values - theirs.sort(0).values).abs().mean())


@torch.inference_mode()
def measured_distance(job: Job, rows: Tensor) -> float:
    """Between some real samples and what the generator makes of their noise, which is the same each time."""
    adversaries = adversaries_of(job)
    was_training = job.module.training
    job.module.eval()
    batch = job.batch(job.loader.rows(rows[:MOST_COMPARED]))
    found = distance(batch[adversaries.judged], adversaries.generated(job.module, batch))
    job.module.train(was_training)
    return found


def _before(graph: Graph, ends: list[str]) -> set[str]:
    """The nodes that some nodes need, these among them."""
    found, waiting = set[str](), list(ends)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [link.source for link in graph.incoming(name).values()]
    return found


def _alike(one: Shape | None, other: Shape | None) -> bool:
    return one is not None and other is not None and one == other


def _parted(generating: set[str], judging: set[str], inputs: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    shared = sorted((generating & judging) - inputs)
    if shared:
        raise TrainingError(
            f"adversarial is on, but {', '.join(shared)} stand{'s' * (len(shared) == 1)} both before the Output and "
            "before the loss.",
            f"Part the generator from the discriminator. {HOW}",
            shared[0],
        )
    return frozenset(generating), frozenset(judging)
