"""Classes of unequal size: rare ones weighed more in the loss, or drawn more often."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from nodes.graph.infer import infer
from nodes.graph.model import Graph, Network
from nodes.loss import ClassLoss
from runtime.data.dataset import DataSet
from runtime.recipe_parts.augmentation import CLASS_WEIGHTS, SAMPLING, UNBALANCED
from runtime.runs import TrainingError

TOLD = 12  # classes that a note counts one by one
AT_ONCE = 256  # masks that are counted together


def counts_of(dataset: DataSet, setting: str) -> list[int]:
    """How many training samples, or pixels of masks, each class has. Raises TrainingError where there are none."""
    target = dataset.target
    if target is None or not target.classes or target.shape.values != "index":
        raise TrainingError(
            "balancing goes by classes, and the target of the data has none.", "Set balancing to none."
        )
    if not target.shape:
        return dataset.class_counts("train")
    if setting == SAMPLING:
        raise TrainingError(
            f"Samples with many classes in {target.name} cannot be drawn by their class.",
            f"Set balancing to {CLASS_WEIGHTS}.",
        )
    found = torch.zeros(len(target.classes), dtype=torch.int64)
    for start in range(0, len(dataset.train), AT_ONCE):
        rows = dataset.train[start : start + AT_ONCE]
        labels = dataset.columns[target.name].index_select(0, rows).flatten().long()
        found += torch.bincount(labels[labels >= 0], minlength=len(found))
    return found.tolist()


def class_weights(counts: Sequence[int]) -> tuple[float, ...]:
    """N / (k · n) for each class of n among N samples of k classes, as scikit-learn's "balanced"; 1 where n is 0."""
    there = [count for count in counts if count]
    return tuple(sum(there) / (len(there) * count) if count else 1.0 for count in counts)


def weighed(graph: Graph, counts: Sequence[int]) -> Graph:
    """The graph with class weights in every loss of classes that takes the data's target and has none of its own.

    Raises TrainingError where there is no such loss.
    """
    facts, weights, is_met = infer(graph).facts, class_weights(counts), False
    for name, node in graph.nodes.items():
        loss = node.settings
        if not isinstance(loss, ClassLoss) or "target" in graph.incoming(name):
            continue
        is_met = True
        if not loss.class_weight:
            scores = facts[name].inputs["prediction"]
            count = scores[scores.axes.index("C")]
            more = (1.0,) * (count - len(weights)) if isinstance(count, int) else ()
            weighing = dataclasses.replace(loss, class_weight=weights + more)
            graph = graph.with_node(name, dataclasses.replace(node, settings=weighing))
    if not is_met:
        raise TrainingError(
            "No loss of the network takes class weights.", "Use CrossEntropyLoss, or set balancing to sampling."
        )
    return graph


def balanced_order(dataset: DataSet, seed: int, epoch: int) -> Tensor:
    """As many training rows as there are, each class drawn as often as the others; it follows from seed and epoch.

    Source: torch.utils.data.WeightedRandomSampler with weights 1 / n, with replacement.
    """
    target = dataset.target
    assert target is not None
    labels = dataset.columns[target.name].index_select(0, dataset.train).long()
    reach = (1 / torch.bincount(labels).double())[labels].cumsum(0)
    generator = torch.Generator().manual_seed((seed << 20) + epoch)
    drawn = torch.rand(len(labels), dtype=torch.float64, generator=generator) * reach[-1]
    return dataset.train[torch.searchsorted(reach, drawn, right=True).clamp_(max=len(labels) - 1)]


def note_on(setting: str, dataset: DataSet) -> str:
    """What balancing does, with the counts of the classes."""
    target, counts = dataset.target, counts_of(dataset, setting)
    assert target is not None
    names = target.classes or ()
    told = ", ".join(f"{name} {count:,}" for name, count in list(zip(names, counts, strict=True))[:TOLD])
    more = f" and {len(names) - TOLD} more classes" if len(names) > TOLD else ""
    if setting == SAMPLING:
        return f"Classes are drawn equally often. Of the training part they have: {told}{more}."
    weights = class_weights(counts)
    factors = f"from {min(weights):.3g} to {max(weights):.3g}"
    return f"Classes are weighed {factors} in the losses. Of the training part they have: {told}{more}."


def balanced(network: Network, setting: str, dataset: DataSet) -> Network:
    """The network with class weights in its losses, where that is asked for. Raises TrainingError."""
    if setting != UNBALANCED:
        counts = counts_of(dataset, setting)
        if setting == CLASS_WEIGHTS:
            return dataclasses.replace(network, graph=weighed(network.graph, counts))
    return network
