"""The spare training process: it waits, warm, for one run.

It says ``{"type":"Ready"}`` once torch is loaded and a small step is done, which costs as much as the import.
Then it takes lines: ``Prepare`` reads data ahead, ``Start`` trains a run, after which the process ends. Without
a Start it ends with its input.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import torch
from torch import nn

from nodes.catalogue import catalogue
from nodes.graph.files import NetworkFileError, load
from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data, signature
from runtime.devices import leave_a_core
from runtime.optimizers import FUSED, make_optimizer
from runtime.recipe import Recipe
from runtime.runs import NETWORK, RollBack, TrainingError
from runtime.train import train

FAILED = 1


class Prepare(msgspec.Struct, tag=True, frozen=True):
    """Read these data ahead; ``base`` is where a relative folder starts."""

    data: dict[str, Any]
    base: str


class Start(msgspec.Struct, tag=True, frozen=True):
    """Train this run; one that resumes goes on ``back`` at an earlier checkpoint where that is asked for."""

    run: str
    resume: bool = False
    back: RollBack | None = None


class Ready(msgspec.Struct, tag=True, frozen=True):
    """From now on a training starts at once."""


class Failed(msgspec.Struct, tag=True, frozen=True):
    """The training could not be, or has ended; where its folder can be written, its journal says so too."""

    fact: str
    remedy: str
    node: str


class Ahead:
    """The data read ahead, as long as they are still what their source holds."""

    def __init__(self) -> None:
        self._dataset: DataSet | None = None
        self._signature: tuple[object, ...] = ()

    def prepare(self, request: Prepare) -> None:
        """Reads; what is wrong with the data is said when a training asks for them."""
        with suppress(DataError, SettingError, OSError):
            choice = DataChoice.read(request.data).resolved(Path(request.base))
            if self._dataset is None or not self._is_current(choice):
                self._dataset = None
                self._signature = signature(choice)
                dataset = open_data(choice)
                _ = dataset.moments, dataset.fingerprint  # worked out now, so that Start need not
                self._dataset = dataset

    def dataset(self, run: Path) -> DataSet | None:
        """The data set of a run if it is here."""
        with suppress(NetworkFileError, SettingError, OSError):
            choice = DataChoice.read(load(run / NETWORK).network.data).resolved(run)
            return self._dataset if self._is_current(choice) else None
        return None

    def _is_current(self, choice: DataChoice) -> bool:
        return self._dataset is not None and self._dataset.choice == choice and self._signature == signature(choice)


def warm_up() -> None:
    """One small step of everything that a first step would otherwise wait for."""
    catalogue()
    images, labels = torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.zeros(4, dtype=torch.long)
    for name in FUSED:
        module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10))
        optimizer = make_optimizer(Recipe(optimizer=name), module)
        scores = module(images.index_select(0, torch.arange(4)).mul(torch.ones(1)))
        loss = nn.functional.cross_entropy(scores, labels)
        torch.autograd.backward(loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        torch.stack([loss.detach()]).tolist()
        scores.detach().argmax(1).eq(labels).sum().item()


def serve(requests: BinaryIO, answers: BinaryIO) -> int:
    """Takes lines until one starts a run; gives the exit status."""
    decoder: msgspec.json.Decoder[Prepare | Start] = msgspec.json.Decoder(Prepare | Start)
    ahead = Ahead()
    for line in requests:
        try:
            request = decoder.decode(line)
        except msgspec.DecodeError:
            sys.stderr.write(f"A line that is no request was passed over: {line[:80]!r}\n")
            continue
        if isinstance(request, Prepare):
            ahead.prepare(request)
            continue
        run = Path(request.run)
        try:
            train(run, resume=request.resume, back=request.back, prepared=ahead.dataset(run))
        except TrainingError as error:
            with suppress(OSError):
                sys.stderr.write(f"{error}\n")
                _say(answers, Failed(error.fact, error.remedy, error.node))
            return FAILED
        return 0
    return 0


def _say(answers: BinaryIO, message: Ready | Failed) -> None:
    answers.write(msgspec.json.encode(message) + b"\n")
    answers.flush()


def main() -> None:
    """Speaks on standard output; whatever libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the window; a run outlives it
    leave_a_core()
    warm_up()
    _say(answers, Ready())
    sys.exit(serve(sys.stdin.buffer, answers))


if __name__ == "__main__":
    main()
