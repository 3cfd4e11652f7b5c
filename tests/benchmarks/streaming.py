"""Pictures on disk: the streaming loader beside torch's DataLoader with torchvision's transforms, both decoding.

The same JPEG files, order, batches and number of processes; an epoch of one and an epoch of the other in turn.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from runtime.data.choice import DataChoice
from runtime.data.loader import Loader, epoch_order
from runtime.data.open import open_data
from tests.benchmarks.figures import Figure

EACH, SIDES, SIZE = 300, (320, 240), 128
BATCH_SIZE, WORKERS, ROUNDS = 32, 2, 5
MEAN, STD = torch.full((1, 3, 1, 1), 0.5), torch.full((1, 3, 1, 1), 0.25)


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write_pictures(root)
        ours, theirs = _contenders(root)
        speeds: list[tuple[float, float]] = []
        for number in range(ROUNDS + 1):  # the first warms up
            turn = [ours, theirs] if number % 2 else [theirs, ours]
            took = {contender: contender() for contender in turn}
            speeds.append((2 * EACH / took[ours], 2 * EACH / took[theirs]))
        at = f"{SIDES[0]} × {SIDES[1]} JPEG to {SIZE} × {SIZE}, {WORKERS} processes"
        yield Figure(f"{at}: pictures per second", statistics.median(mine for mine, _ in speeds[1:]), "1/s")
        ratio = statistics.median(mine / other for mine, other in speeds[1:])
        yield Figure("streaming / DataLoader, decode-bound", ratio, "×", 0.95, "higher")


def _contenders(root: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    """Functions that give the seconds of one epoch of batches, normalised."""
    choice = DataChoice(
        source=str(root), picture_size=(SIZE, SIZE), memory=0.0, workers=WORKERS, validation=0.0, test=0.0
    )
    data = open_data(choice)
    loader = Loader(data, ["image", "label"], torch.device("cpu"))
    peer = DataLoader(Pictures(root), BATCH_SIZE, shuffle=True, num_workers=WORKERS, persistent_workers=True)

    def ours() -> float:
        began = time.perf_counter()
        order = loader.rows(epoch_order(data.train, 0, 0))
        for start in range(0, len(order), BATCH_SIZE):
            loader.batch(order[start : start + BATCH_SIZE])
        return time.perf_counter() - began

    def theirs() -> float:
        began = time.perf_counter()
        for images, _ in peer:
            (images.float() / 255 - MEAN) / STD
        return time.perf_counter() - began

    return ours, theirs


class Pictures(Dataset[tuple[Tensor, int]]):
    """A folder for each class, as a script would read it."""

    def __init__(self, root: Path) -> None:
        self._files = [(path, label) for label in (0, 1) for path in sorted((root / str(label)).iterdir())]
        self._transform = v2.Compose([v2.Resize(SIZE), v2.CenterCrop(SIZE), v2.PILToTensor()])

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        path, label = self._files[place]
        with Image.open(path) as picture:
            return self._transform(picture.convert("RGB")), label


def _write_pictures(root: Path) -> None:
    values = np.random.default_rng(0)
    for label in (0, 1):
        (root / str(label)).mkdir()
        for number in range(EACH):
            coarse = Image.fromarray(values.integers(0, 255, (15, 20, 3), dtype=np.uint8))
            coarse.resize(SIDES, Image.Resampling.BICUBIC).save(root / str(label) / f"{number:04d}.jpg", quality=90)
