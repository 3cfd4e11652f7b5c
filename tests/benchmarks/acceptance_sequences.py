"""What networks of sequences, masks and chance come to on real data, each with a network and recipe of the examples.

Shakespeare takes about five minutes on one core, CamVid as long, the others under a minute each.
"""

from __future__ import annotations

import dataclasses
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.merge import Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.recurrent import LSTM
from nodes.reshape_parts import SelectLast
from nodes.reshape_resize import Upsample
from runtime.checkpoint import load_run
from runtime.data.dataset import DataSet
from runtime.generating import as_raw, generated
from runtime.runs import create_run
from runtime.sequences.opening import open_writer
from runtime.summary import Summary
from runtime.train import train
from tests.benchmarks.figures import AbsentError, Figure
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.resnet import conv
from tests.networks.drawn.sketch import Sketch, image

DATA = Path("../shared/data")
SECONDS = 600  # that Shakespeare may take
CLASSES = 11  # of CamVid; its void, number 11, counts for nothing
SPEAKER = re.compile(r"^[A-Z][A-Za-z ]{1,30}:$", re.MULTILINE)  # a line that says who speaks


def run() -> Iterable[Figure]:
    """Raises AbsentError where the data are not beside the project."""
    if not DATA.is_dir():
        raise AbsentError(f"{DATA} is not here.")
    with tempfile.TemporaryDirectory() as folder:
        for part in (moons, temperatures, captions, ring, camvid, shakespeare):
            yield from part(Path(folder))


def moons(folder: Path) -> Iterable[Figure]:
    sketch = (
        Sketch(point=Input("vector", (2,))).then(Linear(64), ReLU(), Linear(64), ReLU(), Linear(2)).judged("moon")
    )
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "schedule": "cosine", "epochs": 30, "batch_size": 64}
    _, summary = _trained(folder, Network(sketch.drawn(), "moons", data={"source": "toy:moons"}, recipe=recipe))
    yield Figure("two moons: test_accuracy", summary.test_accuracy or 0.0, "", 1.0, "higher")


def temperatures(folder: Path) -> Iterable[Figure]:
    """Tomorrow from thirty days, beside taking it to be as today: squared error in °C²."""
    sketch = Sketch(days=Input("sequence", ("L", 1))).then(lstm=LSTM(32), last=SelectLast(), fc=Linear(1))
    sketch.judged("tomorrow", MSELoss())
    source = next((DATA / "timeseries").glob("*temp*.csv"))
    network = Network(
        sketch.drawn(),
        "temperatures",
        data={"source": str(source.resolve()), "form": "series", "seq_length": 30, "test": 0.2},
        recipe={"optimizer": "Adam", "learning_rate": 0.005, "schedule": "cosine", "epochs": 12, "batch_size": 32},
    )
    path, summary = _trained(folder, network)
    data = load_run(path).dataset
    today, tomorrow = data.columns["series"][data.test][:, -1, 0], data.columns["next"][data.test][:, 0]
    affine = data.affine("next")
    assert affine is not None
    ours = (summary.test_loss or 0.0) / float(affine.scale.flatten()[0]) ** 2
    same = float((today - tomorrow).square().mean())
    yield Figure("temperatures, LSTM: test_mse", ours, "°C²")
    yield Figure("temperatures: LSTM / same as yesterday, test_mse", ours / same, "×", 0.99)


def captions(folder: Path) -> Iterable[Figure]:
    _, summary = _trained(folder, DRAWINGS["caption_shapes"]())
    yield Figure("captions of shapes: test token accuracy", summary.test_metrics["accuracy"], "", 0.98, "higher")
    yield Figure("captions of shapes: test_bleu", summary.test_metrics["bleu"], "", 0.95, "higher")
    yield Figure("captions of shapes: seconds", summary.seconds, "s")
    _, summary = _trained(folder, DRAWINGS["number_words"]())
    yield Figure("numbers in words to digits: test_bleu", summary.test_metrics["bleu"], "", 0.95, "higher")


def ring(folder: Path) -> Iterable[Figure]:
    """Made points within three deviations of one of the eight clusters, and the share of the rarest cluster."""
    path, summary = _trained(folder, DRAWINGS["gan_ring"]())
    loaded = load_run(path)
    points = as_raw(loaded.dataset, generated(loaded, 4_000))
    angles = torch.arange(8) * torch.pi / 4
    far = torch.cdist(points, torch.stack([angles.cos(), angles.sin()], 1)).min(1)
    inside = far.values < 0.15
    counts = torch.bincount(far.indices[inside], minlength=8)
    yield Figure("adversaries on a ring: made points in a cluster", float(inside.float().mean()), "", 0.7, "higher")
    yield Figure("adversaries on a ring: rarest cluster", float(counts.min() / 4_000), "", 0.04, "higher")
    yield Figure("adversaries on a ring: sliced Wasserstein", summary.test_loss or 0.0, "", 0.2)


def camvid(folder: Path) -> Iterable[Figure]:
    """Mean IoU over the classes, beside that of predicting the commonest class everywhere."""
    if not (DATA / "camvid-small").is_dir():
        return
    network = Network(
        small_unet(),
        "camvid",
        data={
            "source": str((DATA / "camvid-small").resolve()),
            "form": "masks",
            "ignore": 11,
            "picture_size": [72, 96],
        },
        recipe={"optimizer": "Adam", "learning_rate": 0.003, "schedule": "one_cycle", "epochs": 8, "batch_size": 16},
    )
    path, summary = _trained(folder, network)
    common = commonest_iou(load_run(path).dataset)
    ours = summary.test_metrics["iou"]
    yield Figure("CamVid, small U-Net: test mean IoU", ours, "")
    yield Figure("CamVid: commonest class, test mean IoU", common, "")
    yield Figure("CamVid: small U-Net / commonest class", ours / common, "×", 3.0, "higher")


def small_unet() -> Any:
    """Three levels down and up again, each joined with the level it came from."""
    sketch = Sketch(image=image(3, 72, 96))
    for level, channels in enumerate((16, 32, 64), start=1):
        sketch.then(**{f"down{level}": conv(channels, 3), f"bn{level}": BatchNorm2d(), f"relu{level}": ReLU()})
        if level < 3:
            sketch.then(**{f"pool{level}": MaxPool2d()})
    for level, channels in ((2, 32), (1, 16)):
        sketch.then(**{f"up{level}": Upsample()})
        sketch.put(f"join{level}", Concat(), f"up{level}", f"relu{level}")
        sketch.then(**{f"back{level}": conv(channels, 3), f"bbn{level}": BatchNorm2d(), f"brelu{level}": ReLU()})
    sketch.then(scores=conv(CLASSES, 1)).judged("classes", CrossEntropyLoss())
    return sketch.drawn()


def commonest_iou(data: DataSet) -> float:
    """Mean IoU over the classes that occur, where all pixels are told to be of the class commonest in training."""
    assert data.target is not None
    masks, count = data.columns[data.target.name].long(), len(data.target.classes or ())
    trained, tested = (masks[rows] for rows in (data.train, data.test))
    common = int(torch.bincount(trained[(trained >= 0) & (trained < count)]).argmax())
    counts = torch.bincount(tested[(tested >= 0) & (tested < count)], minlength=count)
    return float(counts[common] / counts.sum() / (counts > 0).sum())


def shakespeare(folder: Path) -> Iterable[Figure]:
    """Nats a character of the test part, and whether a sample is parted as a play is."""
    network = DRAWINGS["char_lstm"]()
    source = {**network.data, "source": str((DATA / "shakespeare" / "input.txt").resolve())}
    path, summary = _trained(folder, dataclasses.replace(network, data=source), {"time_budget": SECONDS / 60})
    yield Figure("shakespeare, character LSTM: test_loss", summary.test_loss or 0.0, "nats", 1.75)
    yield Figure("shakespeare, character LSTM: seconds", summary.seconds, "s", SECONDS)
    text = "".join(letter.text for letter in open_writer(path).write("ROMEO:", 2_000, 0.8, 1))
    speakers = SPEAKER.findall(text)
    yield Figure("shakespeare: speakers in a sample of 2,000 characters", len(speakers), "", 5, "higher")
    sys.stderr.write(f"{text[:600]}\n")  # whether it looks like a play is for a reader to judge


def _trained(folder: Path, network: Network, changes: Mapping[str, Any] | None = None) -> tuple[Path, Summary]:
    recipe = {**network.recipe, "device": "cpu", **(changes or {})}
    path = create_run(folder, dataclasses.replace(network, recipe=recipe))
    return path, train(path)
