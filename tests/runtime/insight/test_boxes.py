"""Boxes: one a picture, and those of a grid of cells, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss_numbers import SmoothL1Loss
from nodes.reshape import Flatten
from runtime.engine import reply_to
from runtime.insight.boxes import boxes, overlap, tells_boxes
from runtime.insight.grid_boxes import LEAST_SCORE, given_boxes, grid_fields
from runtime.insight.trained import Trained, open_trained
from runtime.protocol import Answer, encode
from runtime.questions.insight import Boxes, ListLayers
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image
from tests.runtime.insight.detecting_run import CELLS, SIDE, detecting_run


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(detecting_run(tmp_path_factory.mktemp("squares")))


@pytest.fixture(scope="module")
def locator(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One box a picture, in pixels in the table."""
    folder = tmp_path_factory.mktemp("located")
    random, lines = np.random.default_rng(0), ["image,x1,y1,x2,y2,kind"]
    for number in range(60):
        x, y = (int(n) for n in random.integers(0, 10, 2))
        pixels = np.zeros((16, 16, 3), np.uint8)
        pixels[y : y + 6, x : x + 6] = 200
        Image.fromarray(pixels).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{x},{y},{x + 6},{y + 6},{('one', 'two')[number % 2]}")
    (folder / "list.csv").write_text("\n".join(lines))
    sketch = Sketch(image=image(3, 16, 16), right_box=Input("vector", (4,), field="box"))
    sketch.at("image").then(flatten=Flatten(), scores=Linear(2)).judged("label", name="loss_class")
    sketch.at("flatten").then(box=Linear(4)).put("loss_box", SmoothL1Loss(weight=5.0, beta=0.1), "box", "right_box")
    recipe = {"optimizer": "Adam", "learning_rate": 0.003, "batch_size": 16, "epochs": 10, "device": "cpu"}
    network = Network(
        sketch.drawn(), "located", data={"source": str(folder / "list.csv"), "form": "listed"}, recipe=recipe
    )
    run = create_run(folder / "runs", network)
    train(run)
    return open_trained(run)


def shared_by_hand(one: list[float], other: list[float]) -> float:
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide * high / (areas - wide * high)


def test_one_box_a_picture_is_what_the_network_gives(locator, tmp_path):
    rows = locator.data.test[:5]
    told = boxes(locator, rows, tmp_path / "boxes.png")
    with torch.no_grad():
        given = locator.module.box(locator.inputs(rows)[0].flatten(1))
    field = locator.data.field("box")
    right = locator.data.columns["box"][rows] / (1 if field.are_shares else 16)
    for number in range(5):
        [box], [wanted] = told["given"][number], told["right"][number]
        assert box == pytest.approx((given[number] / (1 if field.are_shares else 16)).tolist(), abs=1e-5)
        assert wanted == pytest.approx(right[number].tolist(), abs=1e-6)
        assert wanted[2] - wanted[0] == pytest.approx(6 / 16)
        assert told["iou"][number] == pytest.approx(shared_by_hand(wanted, box), abs=1e-5)
    assert told["given_words"] == [[""]] * 5


def test_a_grid_becomes_boxes_with_class_and_score(detector):
    """Of 5 × 5 cells that of row 1 and column 3 is 90 % sure of a box of a quarter by a ninth, of class 1."""
    fields = grid_fields(detector)
    assert fields is not None
    cells = torch.zeros(1, 7, CELLS, CELLS)
    cells[0, :, 1, 3] = torch.tensor([0.5, 0.25, 0.5, 1 / 3, 0.9, 0.1, 0.8])
    [found] = given_boxes(detector, fields, cells)
    x, y = (3 + 0.5) / 5, (1 + 0.25) / 5
    assert found.boxes[0].tolist() == pytest.approx([x - 1 / 8, y - 1 / 18, x + 1 / 8, y + 1 / 18])
    assert found.scores.tolist() == pytest.approx([0.9 * 0.8])
    assert found.classes.tolist() == [1]


def test_less_sure_boxes_of_the_same_class_are_left_out_where_they_overlap(detector):
    fields = grid_fields(detector)
    assert fields is not None
    cells = torch.zeros(1, 7, CELLS, CELLS)
    cells[0, :, 2, 2] = torch.tensor([0.9, 0.5, 0.6, 0.6, 0.9, 1.0, 0.0])
    cells[0, :, 2, 3] = torch.tensor([0.1, 0.5, 0.6, 0.6, 0.8, 1.0, 0.0])  # nearly the same place
    cells[0, :, 0, 0] = torch.tensor([0.5, 0.5, 0.2, 0.2, LEAST_SCORE - 0.01, 1.0, 0.0])  # hardly sure
    [found] = given_boxes(detector, fields, cells)
    assert found.scores.tolist() == pytest.approx([0.9])
    cells[0, 5:, 2, 3] = torch.tensor([0.0, 1.0])  # of another class
    [found] = given_boxes(detector, fields, cells)
    assert found.scores.tolist() == pytest.approx([0.9, 0.8])
    assert found.classes.tolist() == [0, 1]


def test_a_trained_detector_finds_every_square(detector, tmp_path):
    told = boxes(detector, detector.data.test, tmp_path / "boxes.png")
    assert [len(right) for right in told["right"]] == [
        int(detector.data.columns["objects"][row].sum()) for row in detector.data.test.tolist()
    ]
    assert set(map(len, told["right"])) == {1, 2}
    found = [len(given) == len(right) for given, right in zip(told["given"], told["right"], strict=True)]
    assert np.mean(found) > 0.9
    assert np.mean(told["iou"]) > 0.8
    box = told["right"][0][0]
    assert box[2] - box[0] == pytest.approx(6 / SIDE)
    best = max(shared_by_hand(box, given) for given in told["given"][0])
    assert float(overlap(torch.tensor([box]), torch.tensor([told["given"][0][0]]))) == pytest.approx(
        shared_by_hand(box, told["given"][0][0]), abs=1e-5
    )
    assert best > 0.8


def test_the_engine_answers_for_both(detector, locator, tmp_path):
    for trained in (detector, locator):
        assert tells_boxes(trained)
        about, reply = (
            reply_to(encode(request))
            for request in (ListLayers(1, str(trained.run)), Boxes(2, str(trained.run), str(tmp_path), count=3))
        )
        assert isinstance(about, Answer)
        assert about.result["tells_boxes"]
        assert isinstance(reply, Answer)
        assert len(reply.result["given"]) == reply.result["count"] == 3
