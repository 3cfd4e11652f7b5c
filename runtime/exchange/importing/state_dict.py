"""Weights without a network: recognised by their names and sizes as those of an example or of torchvision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import resources
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.graph.model import Network
from runtime.compile import build
from runtime.exchange.importing.imported import Imported, blocks_in, trained_numbers
from runtime.exchange.importing.torchvision_networks import importable, made
from runtime.transfer.match import unwrapped
from runtime.transfer.read import read_weights

COUNTER = "num_batches_tracked"  # of batch normalisation: many files leave it out
Sizes = Mapping[str, tuple[int, ...]]


def weights_in(file: str) -> dict[str, Tensor]:
    """The weights of a file by name. Raises TrainingError."""
    return dict(unwrapped(read_weights(file).weights))


def torchvision_of(weights: Mapping[str, Tensor]) -> tuple[str, int] | None:
    """The network of torchvision with just these weights, and its number of classes."""
    given = _sizes(weights)
    for name in importable():
        known = _known(name)
        if not _same_names(known, given):
            continue
        last = [key for key, value in known.items() if value.dim() > 1][-1]
        classes = given[last][0]
        known = _known(name, num_classes=classes)
        if all(given[key] == tuple(value.shape) for key, value in known.items() if not key.endswith(COUNTER)):
            return name, classes
    return None


def _known(name: str, **more: Any) -> Mapping[str, Tensor]:
    """The weights of a network of torchvision, without memory for them where it can be made so."""
    try:
        with torch.device("meta"):
            return made(name, **more).state_dict()
    except NotImplementedError:  # RegNets work their widths out with tensors
        return made(name, **more).state_dict()


def example_of(weights: Mapping[str, Tensor]) -> Imported | None:
    """The example network that has just these weights, with them."""
    given, numbers = _sizes(weights), trained_numbers(weights)
    for path, network in _examples():
        if infer(network.graph).totals.weights != numbers:
            continue
        with torch.device("meta"):
            known = _sizes(build(network.graph, losses=False).state_dict())
        if known == given:
            note = f"Recognised by the names and sizes of its weights: the example {path.stem}."
            return Imported(network, weights, _report(network, numbers, note))
    return None


def _examples() -> Iterator[tuple[Path, Network]]:
    for path in sorted((Path(resources.__file__).parent / "networks").glob("*.netw")):
        yield path, load(path).network


def _sizes(weights: Mapping[str, Tensor]) -> Sizes:
    return {name: tuple(value.shape) for name, value in weights.items() if not name.endswith(COUNTER)}


def _same_names(known: Mapping[str, Tensor], given: Sizes) -> bool:
    """Whether all are there, and what else is given belongs to helpers of the training alone."""
    names = {name for name in known if not name.endswith(COUNTER)}
    return names <= given.keys() and all(name.lower().startswith("aux") for name in given.keys() - names)


def _report(network: Network, numbers: int, note: str) -> dict[str, Any]:
    return {
        "title": network.title, "nodes": len(network.graph.nodes), "blocks": blocks_in(network.graph),
        "weights": numbers, "inputs": {}, "became": [], "opaque": [], "python_code": [], "reasons": {}, "folded": {},
        "problems": [], "notes": [note],
    }  # fmt: skip
