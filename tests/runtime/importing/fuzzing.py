"""Files of every kind that is read from outside, small ones, and how they are damaged and read."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save

from nodes.graph.model import Network
from runtime.exchange.importing.sources import import_onnx, import_source
from runtime.faults import MENDABLE
from runtime.runs import create_run
from runtime.sealed.archive import seal, unseal
from runtime.transfer.read import read_weights
from tests.runtime.importing.models import CONVERTED
from tests.runtime.networks import digits_graph

CORPUS = Path(__file__).parent / "corpus"
LARGEST = 20_000  # bytes of a file that is mutated


def _unsealed(file: Path) -> object:
    with tempfile.TemporaryDirectory() as folder:
        return unseal(file, Path(folder))


READERS: Mapping[str, Callable[[Path], object]] = {
    ".onnx": import_onnx,
    ".safetensors": lambda file: read_weights(str(file)),
    ".pt": lambda file: read_weights(str(file)),
    ".netwrun": _unsealed,
    ".pt2": lambda file: import_source(str(file), trust=True),
}


def fault(file: Path) -> Exception | None:
    """What reading a file raises that is no sentence."""
    try:
        READERS[file.suffix](file)
    except MENDABLE:
        return None
    except Exception as error:
        return error
    return None


def seeds() -> dict[str, list[bytes]]:
    """Sound files of every kind."""
    weights = {"layer.weight": torch.ones(3, 4), "layer.bias": torch.zeros(3), "count": torch.tensor(2)}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        program = torch.export.export(torch.nn.Sequential(torch.nn.Linear(4, 3)), (torch.ones(2, 4),))
        torch.export.save(program, folder / "p.pt2")
        torch.save(weights, folder / "w.pt")
        torch.save({"state_dict": weights}, folder / "old.pt", _use_new_zipfile_serialization=False)
        seal(create_run(folder, Network(digits_graph(), "digits")), folder / "r.netwrun")
        return {
            ".onnx": [f.read_bytes() for f in sorted(CONVERTED.glob("*/model.onnx")) if f.stat().st_size < LARGEST],
            ".safetensors": [save(weights)],
            ".pt": [(folder / "w.pt").read_bytes(), (folder / "old.pt").read_bytes()],
            ".netwrun": [(folder / "r.netwrun").read_bytes()],
            ".pt2": [(folder / "p.pt2").read_bytes()],
        }


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """Bytes replaced, taken out, doubled, or cut short; of an archive half the time within one of its files."""
    if not zipfile.is_zipfile(io.BytesIO(whole)) or chance.random() < 0.5:
        return _damaged(whole, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = chance.choice(old.namelist())
        for info in old.infolist():
            inner = old.read(info)
            new.writestr(info, _damaged(inner, chance) if inner and info.filename == chosen else inner)
    return out.getvalue()


def _damaged(whole: bytes, chance: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        if not data:
            break
        place = chance.randrange(len(data))
        way = chance.randrange(4)
        if way == 0:
            data[place] = chance.randrange(256)
        elif way == 1:
            del data[place : place + chance.randint(1, 16)]
        elif way == 2:
            data[place:place] = data[place : place + chance.randint(1, 64)]
        else:
            data[place] ^= 1 << chance.randrange(8)
    return bytes(data)
