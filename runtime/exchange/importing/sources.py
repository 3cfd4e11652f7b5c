"""What can be imported: an ONNX file, a network of torchvision, a class of a Python file, an exported program."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch
from torch import Tensor, nn

from nodes.spec.shapes import Shape
from runtime.exchange.importing.imported import Imported, Told, finished, title_of
from runtime.exchange.importing.onnx_graph import OnnxReader
from runtime.exchange.importing.onnx_reading import read_model
from runtime.exchange.importing.sample_shapes import shape_of
from runtime.exchange.importing.state_dict import example_of, torchvision_of, weights_in
from runtime.exchange.importing.torch_trace import drawn, sentence
from runtime.exchange.importing.torchvision_networks import importable, made
from runtime.exchange.onnx.traced import silence
from runtime.faults import RefusalError
from runtime.recipe_parts.transfer import TORCHVISION
from runtime.trust import trust_code, untrusted

TRAINED, NONE = "trained", "none"
SEGMENTED_SIDE = 256  # px; those networks take any


def import_source(source: str, weights: str = TRAINED, trust: bool = False, inputs: Sequence[Shape] = ()) -> Imported:
    """The network of a source. ``weights`` are "trained", "none" or a file; ``inputs`` is the shape of one sample, of
    a Python class that of each input.

    Raises RefusalError with what to do instead.
    """
    size = _only_size(inputs) if inputs and not _of_python(source) else ()
    if source.startswith(TORCHVISION):
        return _torchvision(source.removeprefix(TORCHVISION), weights, size)
    path, _, name = source.rpartition(":")
    if path.endswith(".py"):
        return _python(Path(path), name, weights, inputs, trust)
    file = Path(source)
    suffix = file.suffix.lower()
    if suffix in (".onnx", ".pt2") and weights not in (TRAINED, NONE):
        raise RefusalError(
            f"{file.name} has weights of its own.", "Leave out --weights, and start from others later."
        )
    if suffix == ".onnx":
        return import_onnx(file, size, with_weights=weights != NONE)
    if suffix == ".pt2":
        return _exported(file, trust, size, with_weights=weights != NONE)
    if suffix in (".safetensors", ".pt", ".pth", ".bin"):
        return _of_weights(file)
    if suffix == ".py":
        raise RefusalError(f"{source} does not say which class is the network.", f"Write {source}:ClassName.")
    raise RefusalError(
        f"{source} is nothing that can be imported.",
        "Name a file (.onnx, .pt2), torchvision:resnet50, or module.py:ClassName.",
    )


def _of_python(source: str) -> bool:
    return source.rpartition(":")[0].endswith(".py")


def _only_size(inputs: Sequence[Shape]) -> tuple[int, ...]:
    if len(inputs) > 1 or inputs[0].values == "index":
        raise RefusalError(
            "Only a class of a Python file needs to be told each of its inputs.",
            "Give the size of one sample, such as 3,224,224.",
        )
    return tuple(int(side) for side in inputs[0])  # type: ignore[arg-type]


def import_onnx(file: Path, size: Sequence[int] = (), with_weights: bool = True) -> Imported:
    """The network of an ONNX file. Nothing of it is run but what no node says, by onnxruntime."""
    reader = OnnxReader(read_model(file), file.parent.resolve(), file.name, size)
    try:
        drawing = reader.drawn()
    except MemoryError:
        raise RefusalError(f"There is not enough memory for {file.name}.", "Import a part of it.") from None
    notes = [f"Imported from {file.name}.", *reader.notes]
    return finished(drawing, title_of(file.stem), Told(notes, reader.unsaid, reader.folded), with_weights)


def _of_weights(file: Path) -> Imported:
    """The network that weights belong to, where their names and sizes are those of one that is known."""
    weights = weights_in(str(file))
    if known := torchvision_of(weights):
        return _torchvision(known[0], str(file), (), classes=known[1], given=weights)
    if example := example_of(weights):
        return example
    raise RefusalError(
        f"{file.name} holds weights and no network, and no example or network of torchvision has such ones.",
        "Import the network itself, or draw it and name this file in Start from.",
    )


def _torchvision(
    name: str,
    weights: str,
    size: Sequence[int],
    classes: int | None = None,
    given: Mapping[str, Tensor] | None = None,
) -> Imported:
    """``given`` are the weights of that file, where it has been read."""
    from torchvision import models

    if name not in importable():
        raise RefusalError(
            f"torchvision has no network {name[:60]}.", "Write its name, such as torchvision:resnet18."
        )
    module, notes = None, [f"Imported from torchvision: {name}."]
    if weights == TRAINED:
        try:
            module = models.get_model(name, weights="DEFAULT")
        except (URLError, OSError, RuntimeError) as error:
            notes.append(f"The trained weights could not be fetched ({error}); it begins with fresh ones.")
    has_weights = module is not None
    if module is None:
        module = made(name, **({} if classes is None else {"num_classes": classes}))
    if weights not in (TRAINED, NONE):
        _load(module, weights, given)
        has_weights = True
    sides = tuple(size) or _size(module, name)
    drawing = drawn(module, {"input": shape_of(sides)})
    return finished(drawing, name, Told([*notes, *_preparation(name)]), has_weights)


def _size(module: Any, name: str) -> tuple[int, ...]:
    """The size of a picture that a network of torchvision was made for."""
    from torchvision import models

    side = getattr(module, "image_size", None)
    if side is None and name in models.list_models(module=models.segmentation):
        side = SEGMENTED_SIDE
    if side is None:
        transforms = models.get_model_weights(name).DEFAULT.transforms
        side = getattr(transforms, "keywords", {}).get("crop_size", 224) if name != "maxvit_t" else 224
    return (3, int(side), int(side))


def _preparation(name: str) -> list[str]:
    from torchvision import models

    transforms = models.get_model_weights(name).DEFAULT.transforms()
    mean, deviation = getattr(transforms, "mean", None), getattr(transforms, "std", None)
    if mean is None or deviation is None:
        return []
    return [f"Its pictures: 0…1, then mean {' '.join(map(str, mean))}, std {' '.join(map(str, deviation))}."]


def _load(module: nn.Module, weights: str, given: Mapping[str, Tensor] | None = None) -> None:
    """Puts the weights of a file into a module. Raises RefusalError where they are another network's."""
    given = weights_in(weights) if given is None else given
    known = module.state_dict()
    fitting = {name: value for name, value in given.items() if name in known and known[name].shape == value.shape}
    lacking = [n for n in known if n not in fitting and not n.endswith("num_batches_tracked")]
    if lacking:
        raise RefusalError(
            f"{weights} lacks {len(lacking)} of the {len(known)} weights of this network, such as {lacking[0]}.",
            "Choose the weights of the same network, or import it with --weights none.",
        )
    module.load_state_dict(fitting, strict=False)


def _python(path: Path, name: str, weights: str, inputs: Sequence[Shape], trust: bool) -> Imported:
    """A class of a Python file, which is run for it: only after its user has said so."""
    try:
        code = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{path} cannot be read as Python ({error}).", "Check its name and folder.") from None
    if trust:
        trust_code([code])
    if untrusted([code]):
        raise RefusalError(
            f"{path} is Python code, which runs when it is imported, and nobody has said to trust it.",
            "Read it; on the command line add --trust, in the window press Run It.",
        )
    if not inputs:
        raise RefusalError(
            f"What {name} takes does not stand in its code.",
            "Give the size of a sample, such as 3,32,32, or indices:20 for a text; of each where it takes several.",
        )
    module = _made(path, name)
    if weights not in (TRAINED, NONE):
        _load(module, weights)
    drawing = drawn(module, _by_name(module, inputs))
    return finished(drawing, title_of(name), Told([f"Imported from {path.name}: {name}."]))


def _by_name(module: nn.Module, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """The shapes by the names that ``forward`` has for them."""
    if len(inputs) == 1:
        return {"input": inputs[0]}
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [one.name for one in inspect.signature(module.forward).parameters.values() if one.kind in kinds]
    if len(names) < len(inputs):
        raise RefusalError(
            f"{type(module).__name__} takes {len(names)} inputs, and {len(inputs)} were told.",
            "Give one size for each.",
        )
    return dict(zip(names, inputs, strict=False))


def _made(path: Path, name: str) -> nn.Module:
    spec = importlib.util.spec_from_file_location(f"netwright_import_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
        found = getattr(module, name, None)
        if not isinstance(found, type) or not issubclass(found, nn.Module):
            raise RefusalError(f"{path.name} has no class {name} of nn.Module.", "Write module.py:ClassName.")
        torch.manual_seed(0)
        made: nn.Module = found()
    except RefusalError:
        raise
    except (Exception, SystemExit) as error:
        raise RefusalError(
            f"{name} of {path.name} cannot be made: {sentence(error)}",
            "Give its class defaults for all that it takes.",
        ) from error
    finally:
        sys.path.pop(0)
    return made


def _exported(file: Path, trust: bool, size: Sequence[int], with_weights: bool) -> Imported:
    """A program of torch.export, by way of ONNX, which keeps the names of its modules."""
    if not file.is_file():
        raise RefusalError(f"There is no file {file}.", "Check its name and folder.")
    if not trust:
        raise RefusalError(
            f"{file.name} is a program of PyTorch, and reading it can run code.",
            "If you trust it, add --trust; in the window press Run It.",
        )
    with tempfile.TemporaryDirectory() as folder, silence():
        middle = Path(folder) / f"{file.stem}.onnx"
        try:
            torch.onnx.export(torch.export.load(file), f=str(middle), dynamo=True, verbose=False, external_data=False)
        except Exception as error:
            raise RefusalError(
                f"{file.name} cannot be read: {str(error).splitlines()[0][:200]}.", "Save it again."
            ) from error
        return import_onnx(middle, size, with_weights)
