"""Masks of real roads and numbers that a network tells, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from runtime.insight.judged import Judged, calibration, overview
from runtime.insight.masks import colour_of, masks
from runtime.insight.trained import Trained, open_trained
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image
from tests.runtime.insight.shared import ROADS, needs_roads

VOID = 11  # in the masks of CamVid


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    sketch = Sketch(image=image(3, 120, 160))
    sketch.then(conv1=Conv2d(8, padding=(1, 1)), relu1=ReLU(), scores=Conv2d(11, (1, 1), padding=(0, 0)))
    sketch.put("label", Output(), "scores").put("loss", CrossEntropyLoss(), "scores")
    data = {"source": str(ROADS.resolve()), "ignore": VOID}
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "batch_size": 16, "max_steps": 12, "device": "cpu"}
    run = create_run(tmp_path_factory.mktemp("roads"), Network(sketch.drawn(), "roads", data=data, recipe=recipe))
    train(run)
    return open_trained(run)


@needs_roads
def test_masks_of_real_roads_are_painted_and_counted_as_by_hand(roads, tmp_path):
    rows = roads.data.test[[0, 100]]
    told = masks(roads, rows, tmp_path / "masks.png")
    files = sorted((ROADS / "testannot").iterdir())
    wanted = torch.stack([torch.from_numpy(np.array(Image.open(files[number])).astype(int)) for number in (0, 100)])
    with torch.no_grad():
        given = roads.module(roads.inputs(rows)[0]).argmax(1)
    counts = wanted != VOID
    for number in range(11):
        hit = int(((given == number) & (wanted == number) & counts).sum())
        either = int((((given == number) | (wanted == number)) & counts).sum())
        assert told["iou"][number] == (pytest.approx(hit / either) if either else None)
    assert (told["count"], told["columns"]) == (8, 4)
    sheet = np.asarray(Image.open(told["path"]))[..., :3].astype(float)
    width, height = told["tile"]
    picture, right, answer, wrong = (sheet[:height, n * (width + 1) : n * (width + 1) + width] for n in range(4))
    for painted, classes in ((right, wanted[0]), (answer, given[0])):
        y, x = ((counts[0]) & (classes < 11)).nonzero()[777].tolist()
        expected = 0.35 * picture[y, x] + 0.65 * np.array(colour_of(int(classes[y, x])))
        np.testing.assert_allclose(painted[y, x], expected, atol=1.5)
    missed = ((given[0] != wanted[0]) & counts[0]).numpy()
    assert (np.abs(wrong[missed] - np.array([255, 64, 64])).max(1) < 1.5).all()
    np.testing.assert_allclose(wrong[~missed], picture[~missed] / 2, atol=1.5)
    void = (~counts[0]).numpy()
    np.testing.assert_allclose(right[void], picture[void], atol=1.5)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A straight line through noisy points."""
    folder, random = tmp_path_factory.mktemp("line"), np.random.default_rng(0)
    x = random.uniform(-1, 1, (200, 2)).astype(np.float32)
    y = (3 * x[:, :1] - x[:, 1:] + 0.1 * random.normal(size=(200, 1))).astype(np.float32)
    np.savez(folder / "line.npz", x=x, y=y)
    sketch = Sketch(x=Input("vector", (2,))).then(fc=Linear(1)).judged("told", MSELoss())
    recipe = {"optimizer": "Adam", "learning_rate": 0.05, "batch_size": 20, "epochs": 5, "device": "cpu"}
    run = create_run(
        folder / "runs", Network(sketch.drawn(), "line", data={"source": str(folder / "line.npz")}, recipe=recipe)
    )
    train(run)
    return open_trained(run)


@pytest.mark.parametrize("part", ["test", "train"])
def test_residuals_are_those_of_the_weights_by_hand(line: Trained, part: str):
    told, rows = overview(line, part), line.data.part(part)
    x, y = line.inputs(rows)[0], line.batch(rows)[-1]
    weight, bias = (line.module.state_dict()[f"fc.{name}"] for name in ("weight", "bias"))
    given = (x @ weight.T + bias)[:, 0]
    errors = given - y[:, 0]
    assert told["kind"] == "numbers"
    assert told["rows"] == rows.tolist()
    assert told["given"] == pytest.approx(given.tolist(), abs=1e-5)
    assert told["wanted"] == pytest.approx(y[:, 0].tolist(), abs=1e-6)
    assert told["mae"] == pytest.approx(float(errors.abs().mean()), abs=1e-6)
    assert told["mse"] == pytest.approx(float((errors**2).mean()), abs=1e-6)
    around = float(((y[:, 0] - y[:, 0].mean()) ** 2).mean())
    assert told["r2"] == pytest.approx(1 - float((errors**2).mean()) / around, abs=1e-5)
    assert told["r2"] > 0.5


def test_calibration_of_four_samples_on_paper():
    """Two are 60 % sure and one of them right, two are 95 % sure and both right: (2·0.1 + 2·0.05) / 4 = 0.075."""
    chances = torch.tensor([[0.6, 0.4], [0.6, 0.4], [0.95, 0.05], [0.05, 0.95]])
    judged = Judged("test", torch.arange(4), chances.log(), torch.tensor([0, 1, 0, 1]))
    told = calibration(judged)
    assert told["error"] == pytest.approx(0.075, abs=1e-6)
    assert (told["counts"][6], told["counts"][9]) == (2, 2)
    assert (told["right"][6], told["right"][9]) == (0.5, 1.0)
    sure = calibration(replace(judged, wanted=torch.tensor([0, 0, 0, 1])))
    assert sure["error"] == pytest.approx((2 * 0.4 + 2 * 0.05) / 4, abs=1e-6)
