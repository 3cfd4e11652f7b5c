"""Where the weights of an operation are written: a file of their own, and beside it the network that they fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from nodes.graph.files import save as save_network
from nodes.graph.files import write_atomically
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice
from runtime.surgery.operate import Operated
from runtime.surgery.places import network_of


def free_file(folder: Path, name: str) -> Path:
    """``NAME-1.safetensors`` under the next free number, in a folder that is there after it."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (file := folder / f"{name}-{number}.safetensors").exists():
        number += 1
    return file


def write_weights(done: Operated, file: Path, base: Path) -> None:
    """Both files; the network starts from the weights, and names its data in full. Raises NetworkFileError."""
    write_atomically(file, save(_plain(done.after), {"format": "pt"}))
    save_network(_started(done.network, file, base), network_of(file))


def _plain(module: nn.Module) -> dict[str, torch.Tensor]:
    return {key: value.detach().cpu().contiguous() for key, value in module.state_dict().items()}


def _started(network: Network, file: Path, base: Path) -> Network:
    recipe = {key: setting for key, setting in network.recipe.items() if key != "fresh"}
    try:
        data = {**network.data, "source": DataChoice.read(network.data).resolved(base).source}
    except SettingError:  # it is kept as it is written, wrong as it is
        data = dict(network.data)
    return dataclasses.replace(network, data=data, recipe=recipe | {"start_from": file.name})
