"""What is done to raw values before a network takes them, as exports carry it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save as as_safetensors
from torch import Tensor

from nodes.graph.files import write_atomically
from runtime.data.dataset import Affine, DataSet
from runtime.data.whitening import Whitening

MOST_WRITTEN_OUT = 32  # numbers of a mean or deviation that stand in the source itself
RULE = "x = (value − mean) · matrix, all numbers of a sample in a row"


def sizes_of(dataset: DataSet) -> dict[str, Any]:
    """How pictures were brought to size; nothing where they are as they came."""
    choice = dataset.choice
    if choice.picture_size is None:
        return {}
    found: dict[str, Any] = {"picture_size": list(choice.picture_size), "fit": choice.fit}
    return found | ({"shorter_side": choice.shorter_side} if choice.shorter_side and choice.fit == "crop" else {})


def whitening_tensors(dataset: DataSet, inputs: Mapping[str, str]) -> dict[str, Tensor]:
    """``INPUT.mean`` and ``INPUT.matrix`` for each input whose field is turned or whitened."""
    found: dict[str, Tensor] = {}
    for name, field in inputs.items():
        conversion = dataset.conversion(field)
        if isinstance(conversion, Whitening):
            found |= {f"{name}.mean": conversion.mean, f"{name}.matrix": conversion.matrix}
    return found


def preparation_path(out: Path) -> Path:
    """The file of tensors beside an export."""
    return out.with_suffix(".preparation.safetensors")


def write_tensors(tensors: Mapping[str, Tensor], out: Path) -> None:
    """Writes them beside an export. Raises NetworkFileError."""
    kept = {name: value.contiguous() for name, value in tensors.items()}
    write_atomically(preparation_path(out), as_safetensors(kept))


def source_of(dataset: DataSet, inputs: Mapping[str, str], out: Path) -> tuple[list[str], dict[str, Tensor]]:
    """A function ``prepare_INPUT`` for each input of real numbers, and the tensors that they read from beside."""
    lines: list[str] = []
    tensors: dict[str, Tensor] = {}
    for name, field in inputs.items():
        conversion = dataset.conversion(field)
        if conversion is None:
            continue
        size = " × ".join(map(str, ("N", *dataset.field(field).shape)))
        lines += ["", "", f"def prepare_{name}(raw: Tensor) -> Tensor:"]
        lines += [f'    """Raw values ({size}) as the network takes them: measured on what it was trained on."""']
        if isinstance(conversion, Whitening):
            lines += _read([f"{name}.mean", f"{name}.matrix"], out)
            lines += ["    return ((raw.flatten(1) - mean) @ matrix).view(raw.shape)"]
            tensors |= {f"{name}.mean": conversion.mean, f"{name}.matrix": conversion.matrix}
        elif conversion.offset.numel() > MOST_WRITTEN_OUT:
            lines += _read([f"{name}.scale", f"{name}.offset"], out)
            lines += ["    return raw * scale + offset"]
            tensors |= {f"{name}.scale": conversion.scale, f"{name}.offset": conversion.offset}
        else:
            lines += _written_out(conversion)
    return lines, tensors


def _written_out(affine: Affine) -> list[str]:
    shape = tuple(affine.offset.shape)
    scale, offset = (value.expand(shape).tolist() for value in (affine.scale, affine.offset))
    return ["    import torch", "", f"    scale = torch.tensor({scale!r})", f"    offset = torch.tensor({offset!r})",
            "    return raw * scale + offset"]  # fmt: skip


def _read(names: list[str], out: Path) -> list[str]:
    """Lines that load tensors into variables of the last part of their names."""
    file = preparation_path(out).name
    return [
        "    from pathlib import Path",
        "",
        "    from safetensors.torch import load_file",
        "",
        f"    told = load_file(Path(__file__).with_name({file!r}))",
        f"    {', '.join(name.rpartition('.')[2] for name in names)} = "
        f"{', '.join(f'told[{name!r}]' for name in names)}",
    ]
