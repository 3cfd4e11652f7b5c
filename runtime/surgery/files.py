"""Where the weights of an operation are written: a file of their own, and beside it the network that they fit."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save
from torch import nn

from nodes.graph.files import save as save_network
from nodes.graph.files import write_atomically
from nodes.graph.model import Network
from runtime.surgery.places import network_of


def write_weights(module: nn.Module, network: Network, folder: Path, name: str) -> Path:
    """``NAME-1.safetensors`` under the next free number. Raises NetworkFileError."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (file := folder / f"{name}-{number}.safetensors").exists():
        number += 1
    weights = {key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()}
    write_atomically(file, save(weights, {"format": "pt"}))
    save_network(network, network_of(file))
    return file
