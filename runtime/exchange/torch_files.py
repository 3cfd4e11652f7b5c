"""Files that PyTorch reads: an exported program (.pt2), and weights under torchvision's names."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as as_safetensors
from torch import Tensor, nn
from torch.export import Dim

from nodes.graph.files import write_atomically
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from nodes.opaque import OpaqueOnnx
from nodes.spec.sizes import Unknown
from runtime.exchange import ExportError
from runtime.exchange.example import fitting_sizes, input_shapes, random_inputs
from runtime.exchange.onnx.traced import first_line
from runtime.exchange.proof import ALLOWED, differs, distance, of_torch
from runtime.exchange.torchvision_weights import matching

LEAST_ENTRIES = 16  # of a state dict: AlexNet has the fewest of torchvision's networks


def write_program(graph: Graph, module: nn.Module, out: Path) -> float:
    """``torch.export`` of the network, loaded again and compared; gives the largest difference.

    Raises ExportError, NetworkFileError.
    """
    _require_no_parts(graph)
    sizes = next(fitting_sizes(graph), {})
    example = random_inputs(graph, 3, sizes)
    axes = tuple(
        {0: Dim.AUTO} | {n: Dim.AUTO for n, size in enumerate(shape, start=1) if isinstance(size, Unknown)}
        for shape in input_shapes(graph).values()
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        place = Path(folder) / "network.pt2"
        try:
            program = torch.export.export(module, tuple(example.values()), dynamic_shapes=axes)
            torch.export.save(program, place)
            again = torch.export.load(place).module()
        except Exception as error:  # torch.export's own have no common class
            raise ExportError(f"PyTorch could not trace this network: {first_line(error)}",
                              "Export it as source instead.") from error  # fmt: skip
        largest = _largest(module, again, random_inputs(graph, 5, sizes))
        write_atomically(out, place.read_bytes())
    return largest


def _require_no_parts(graph: Graph) -> None:
    """A part of an ONNX file is run by onnxruntime, which no program of PyTorch can call."""
    if found := next(_parts_in(without_muted(graph)), None):
        path, operators = found
        raise ExportError(
            f"{path} is a part of an ONNX file ({operators}), which onnxruntime runs: PyTorch cannot trace it.",
            "Export as ONNX, which has it as it was, or as source; or put other nodes in its place.",
            path.partition(".")[0],
        )


def _parts_in(graph: Graph, before: str = "") -> Iterator[tuple[str, str]]:
    """The parts in a graph and its blocks, by their paths, and what is in them."""
    for name, node in graph.nodes.items():
        if isinstance(node.settings, OpaqueOnnx):
            yield f"{before}{name}", node.settings.operators
        elif isinstance(body := getattr(node.settings, "body", None), Graph):
            yield from _parts_in(body, f"{before}{name}.")


def _largest(module: nn.Module, again: nn.Module, inputs: Mapping[str, Tensor]) -> float:
    pairs = list(zip(of_torch(module, inputs), of_torch(again, inputs), strict=True))
    found = max((float(distance(ours, theirs).max()) for ours, theirs in pairs if ours.numel()), default=0.0)
    if any(differs(ours, theirs, ALLOWED) for ours, theirs in pairs):
        raise ExportError(f"The exported program differs by {found:.1e} from the network.", "Export it as source.")
    return found


def write_weights(graph: Graph, module: nn.Module, out: Path) -> str:
    """The state dict as safetensors; gives the torchvision network whose names it has, or "" for its own.

    Raises NetworkFileError.
    """
    values: dict[str, Tensor] = dict(module.state_dict())
    name, names = torchvision_names(graph, module)
    if name:
        values = {names[ours]: value for ours, value in values.items()}
    kept = {key: value.detach().cpu().contiguous().clone() for key, value in values.items()}
    write_atomically(out, as_safetensors(kept, {"format": "pt", "torchvision": name} if name else {"format": "pt"}))
    return name


def torchvision_names(graph: Graph, module: nn.Module) -> tuple[str, Mapping[str, str]]:
    """A network of torchvision with just these weights, and its name for each of ours; "" where there is none."""
    from torchvision import models

    shapes = sorted(tuple(value.shape) for value in module.state_dict().values())
    if len(shapes) < LEAST_ENTRIES:
        return "", {}
    classes = _classes(module)
    for name in models.list_models(module=models):
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other = _made(models, name, classes)
        if other is None or sorted(tuple(value.shape) for value in other.state_dict().values()) != shapes:
            continue
        found = matching(_made(models, name, classes), module, *random_inputs(graph, 2, {}).values())
        if found.is_whole:
            return name, found.weights
    return "", {}


def _made(models: Any, name: str, classes: int) -> Any:
    more: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    try:
        return models.get_model(name, weights=None, num_classes=classes, **more)
    except (TypeError, ValueError, RuntimeError):
        return None


def _classes(module: nn.Module) -> int:
    """How many numbers the last layer gives."""
    weights = [value for name, value in module.named_parameters() if name.endswith("weight") and value.dim() > 1]
    return len(weights[-1]) if weights else 1000
