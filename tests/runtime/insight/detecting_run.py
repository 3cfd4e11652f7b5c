"""A small detector: bright squares in pictures, told as a grid of 5 × 5 cells with one box and two classes each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.loss import MSELoss
from nodes.pooling import MaxPool2d
from nodes.reshape_parts import Split
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image

CELLS, SIDE = 5, 40


def written_data(file: Path, count: int = 240) -> None:
    """Of each picture one or two squares; the class says how bright."""
    random = np.random.default_rng(0)
    pictures = np.zeros((count, 1, SIDE, SIDE), np.float32)
    objects = np.zeros((count, 1, CELLS, CELLS), np.float32)
    boxes = np.zeros((count, 4, CELLS, CELLS), np.float32)
    classes = np.zeros((count, 2, CELLS, CELLS), np.float32)
    for number in range(count):
        for cell in random.choice(CELLS * CELLS, random.integers(1, 3), replace=False):
            row, column = divmod(int(cell), CELLS)
            kind, side, step = int(random.integers(2)), 6, SIDE // CELLS
            y, x = row * step + step // 2, column * step + step // 2
            pictures[number, 0, y - side // 2 : y + side // 2, x - side // 2 : x + side // 2] = 0.5 + 0.5 * kind
            objects[number, 0, row, column] = 1
            boxes[number, :, row, column] = [0.5, 0.5, (side / SIDE) ** 0.5, (side / SIDE) ** 0.5]
            classes[number, kind, row, column] = 1
    np.savez(file, image=pictures, objects=objects, right_boxes=boxes, right_classes=classes)


def detecting_run(folder: Path, epochs: int = 30) -> Path:
    written_data(folder / "squares.npz")
    sketch = Sketch(image=Input("image", (1, SIDE, SIDE), field="image"))
    for number in (1, 2, 3):
        sketch.then(
            **{f"conv{number}": Conv2d(16, padding=(1, 1)), f"relu{number}": ReLU(), f"pool{number}": MaxPool2d()}
        )
    sketch.then(grid=Conv2d(7, kernel_size=(1, 1), padding=(0, 0))).put("cells", Output(), "grid")
    sketch.put("parts", Split((4, 1, 2)), "grid")
    for number, (name, channels) in enumerate((("right_boxes", 4), ("objects", 1), ("right_classes", 2)), start=1):
        sketch.put(name, image(channels, CELLS, CELLS).replaced(field=name))
        sketch.put(f"loss_{name}", MSELoss(), f"parts.part{number}", name)
    data = {"source": str(folder / "squares.npz"), "normalise": "none"}
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "batch_size": 32, "epochs": epochs, "device": "cpu"}
    run = create_run(folder / "runs", Network(sketch.drawn(), "squares", data=data, recipe=recipe))
    train(run)
    return run
