"""Weights that were trained elsewhere: a run, a .safetensors file, a PyTorch state dict, torchvision's own."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nodes.graph.files import NetworkFileError, load
from runtime.checkpoint import EXTRA, load_weights
from runtime.compile import build
from runtime.recipe_parts.transfer import TORCHVISION
from runtime.run_folder import runs_within
from runtime.runs import NETWORK, TrainingError
from runtime.source import SourceError
from runtime.transfer.match import in_natural_order
from runtime.trust import TrustError

WITHIN = ("state_dict", "model_state_dict", "model", "weights", "net", "params")  # where checkpoints keep weights


@dataclass(frozen=True)
class Given:
    """Weights by name, in the order of their layers; the module they come from where it is known."""

    title: str
    weights: Mapping[str, Tensor]
    module: nn.Module | None = None


def read_weights(source: str) -> Given:
    """What a recipe starts from. Nothing in it is run. Raises TrainingError."""
    if source.startswith(TORCHVISION):
        return _of_torchvision(source.removeprefix(TORCHVISION))
    path = Path(source)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:  # a name that is too long, or with a zero in it
        raise _unreadable(path, error) from None
    if is_folder:
        if not (path / NETWORK).is_file():
            raise TrainingError(
                f"{path} holds no weights to start from: it is no run.",
                runs_within(path) or "Name a run's folder or a file of weights.",
            )
        return Given(path.name, _in_order_of(path, load_weights(path)))
    if not is_file:
        raise TrainingError(
            f"There is no {path} to start from.", "Set start_from to a run, a file of weights or nothing."
        )
    weights = _of_safetensors(path) if path.suffix.lower() == ".safetensors" else _of_pytorch(path)
    if not weights:
        raise TrainingError(f"{path} holds no weights.", "Name a file with a network's state dict.")
    return Given(path.name, weights)


def _in_order_of(run: Path, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Files of weights keep no order: the run's network has it."""
    try:
        module = build(load(run / NETWORK).network.graph)
    except (NetworkFileError, SourceError, TrustError):
        return in_natural_order(weights)
    return {name: weights[name] for name in module.state_dict() if name in weights}


def _of_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        found = load_file(path)
    except Exception as error:  # of many kinds, for damage of many kinds
        raise _unreadable(path, error) from None
    return in_natural_order({name: value for name, value in found.items() if not name.startswith(EXTRA)})


def _of_pytorch(path: Path) -> dict[str, Tensor]:
    try:
        _require_true_sizes(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise TrainingError(
            f"{path} holds more than weights, so it is not opened: it could run code.",
            "Save its state_dict() by itself, as torch.save(model.state_dict(), …) or as .safetensors.",
        ) from None
    except Exception as error:  # of many kinds, for damage of many kinds
        raise _unreadable(path, error) from None
    return _tensors(found)


def _require_true_sizes(path: Path) -> None:
    """Raises ValueError for an archive that unpacks to more than it is: PyTorch packs nothing."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > path.stat().st_size:
                raise ValueError("it unpacks to more than it is")


def _tensors(found: Any) -> dict[str, Tensor]:
    """The weights in what was loaded: itself, or one level below."""
    if not isinstance(found, Mapping):
        return {}
    inner = next((found[name] for name in WITHIN if isinstance(found.get(name), Mapping)), found)
    return {str(name): value for name, value in inner.items() if isinstance(value, Tensor)}


def _of_torchvision(name: str) -> Given:
    """A network of torchvision with the weights that its makers call the best, fetched once and kept.

    Source: torchvision.models.get_model_weights, which knows addresses and checksums.
    """
    from torchvision import models

    try:
        choice = models.get_model_weights(name).DEFAULT
    except (ValueError, AttributeError):
        raise TrainingError(
            f"torchvision has no weights for a network {name}.", "Write its name, such as torchvision:resnet18."
        ) from None
    try:
        weights = choice.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError, RuntimeError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds its connection
        raise TrainingError(
            f"The weights of {name} cannot be fetched from {choice.url} ({error}).",
            f"Go online, or put that file into {Path(torch.hub.get_dir(), 'checkpoints')}.",
        ) from None
    module = models.get_model(name, weights=None)
    module.load_state_dict(weights)
    return Given(f"{TORCHVISION}{name}", module.state_dict(), module.eval())


def _unreadable(path: Path, error: Exception) -> TrainingError:
    reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    return TrainingError(f"{path} cannot be read ({reason}).", "Fetch or save it anew, or start from other weights.")
