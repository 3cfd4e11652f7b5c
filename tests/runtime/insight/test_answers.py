"""The engine answers every question about a run; what cannot be answered gets a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nodes.graph.files import load, write
from runtime.engine import reply_to
from runtime.protocol import Answer, Refused, decode_request, encode
from runtime.questions import insight
from runtime.questions.asked import Asked
from tests.runtime.insight.conftest import NETWORKS


def ask(request: Asked) -> dict:
    reply = reply_to(encode(request))
    assert isinstance(reply, Answer), reply
    return reply.result


def refused(request: Asked) -> Refused:
    reply = reply_to(encode(request))
    assert isinstance(reply, Refused), reply
    return reply


def is_whole(sheet: dict) -> bool:
    """A PNG file of as many tiles as it says."""
    with Image.open(sheet["path"]) as picture:
        width, height = sheet["tile"]
        rows = -(-sheet["count"] // sheet["columns"])
        wanted = (
            sheet["columns"] * (width + sheet["gap"]) - sheet["gap"],
            rows * (height + sheet["gap"]) - sheet["gap"],
        )
        return picture.size == wanted


def test_layers_are_listed_with_what_can_be_asked_of_them(run):
    told = ask(insight.ListLayers(1, str(run)))
    assert [layer["path"] for layer in told["layers"]][:2] == ["conv1", "bn1"]
    assert {layer["path"] for layer in told["layers"] if layer["has_filters"]} == {"conv1", "conv2"}
    assert told["takes_pictures"]
    assert told["classes"] == [str(n) for n in range(10)]
    assert sum(told["parts"].values()) == 1797
    assert "best.safetensors" in told["checkpoints"]


@pytest.mark.parametrize("which", ["best", "last", "last.safetensors"])
def test_every_kept_weight_can_be_looked_at(run, tmp_path, which):
    told = ask(insight.Filters(1, str(run), str(tmp_path), which, "conv2", 3))
    assert (told["filters"], told["channels"]) == (32, 16)
    assert is_whole(told)


def test_a_sample_is_shown_with_what_each_layer_makes_of_it(run, tmp_path):
    told = ask(insight.Activations(1, str(run), str(tmp_path), paths=("conv1", "fc1"), row=7))
    assert is_whole(told["layers"]["conv1"]["maps"])
    assert is_whole(told["picture"])
    probabilities = [each["probability"] for each in told["predicted"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)


def test_a_picture_from_a_file_is_explained(run, tmp_path):
    file = tmp_path / "digit.png"
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:, 3:5] = 255
    Image.fromarray(pixels).save(file)
    told = ask(insight.Attribute(1, str(run), str(tmp_path), method="grad-cam", picture=str(file)))
    assert told["count"] == 3
    assert is_whole(told)
    assert told["predicted"][0]["index"] == told["target"]


def test_units_are_explored(run, tmp_path):
    assert is_whole(ask(insight.Extremes(1, str(run), str(tmp_path), path="relu2", unit=1, count=4)))
    assert is_whole(ask(insight.Ascend(1, str(run), str(tmp_path), path="conv2", unit=1, steps=3)))
    assert len(ask(insight.Embed(1, str(run), count=50))["points"]) == 50
    assert len(ask(insight.WeightHistograms(1, str(run)))["weights"]) == 8


def test_samples_are_found_by_cell_and_by_loss(run, tmp_path):
    told = ask(insight.Judge(1, str(run)))
    found = ask(insight.FindSamples(1, str(run), str(tmp_path), right=0, given=0, count=9))
    assert len(found["samples"]) == min(9, told["confusion"][0][0]) == found["sheet"]["count"]
    assert len(ask(insight.FindSamples(1, str(run), str(tmp_path), count=5))["samples"]) == 5


def test_data_are_shown_before_any_training(tmp_path):
    told = ask(insight.ShowSamples(1, {"source": "digits"}, ".", str(tmp_path), count=12, label=4))
    assert told["labels"] == [4] * 12
    assert is_whole(told["sheet"])
    assert sum(told["counts"]) == len(load_rows())
    assert told["samples"] == told["counts"][4]


def load_rows() -> list[int]:
    from runtime.data.choice import DataChoice
    from runtime.data.open import open_data

    return open_data(DataChoice()).train.tolist()


def test_a_small_graph_is_followed(run):
    network = load(NETWORKS / "product_of_a_sum.netw").network
    told = ask(insight.FollowGraph(1, write(network).decode()))
    assert {link["source"] for link in told["links"]} == {"x1", "y1", "z1", "q", "f"}
    digits = write(load(run / "network.netw").network).decode()
    trained = ask(insight.FollowGraph(1, digits, str(run)))
    assert len(trained["links"][0]["value"]) == 64


def test_questions_that_mean_nothing_get_a_sentence(run, tmp_path):
    assert refused(insight.Filters(1, str(tmp_path), str(tmp_path), path="conv1")).fact.endswith(
        "it has no network.netw."
    )
    assert (
        "no sample 99999"
        in refused(insight.Activations(1, str(run), str(tmp_path), paths=("conv1",), row=99_999)).fact
    )
    assert "no classes of pixels" in refused(insight.Masks(1, str(run), str(tmp_path))).fact
    gone = refused(insight.Attribute(1, str(run), str(tmp_path), picture=str(tmp_path / "gone.png")))
    assert "gone.png" in gone.fact


def test_every_question_reads_back_as_it_was_asked():
    for kind in insight.OfRun.__subclasses__():
        request = kind(3, "run")
        assert decode_request(encode(request)) == request


def test_masks_are_painted_over_their_pictures(tmp_path):
    run = _road_like_run(tmp_path)
    told = ask(insight.Masks(1, str(run), str(tmp_path), count=2))
    assert told["count"] == 8
    assert is_whole(told)
    assert len(told["colours"]) == len(told["classes"]) == len(told["iou"])


def _road_like_run(folder: Path) -> Path:
    """Squares on a ground, learned for two epochs."""
    from nodes.boundary import Input, Output
    from nodes.conv import Conv2d
    from nodes.graph.model import Graph, Link, Network, Node
    from nodes.loss import CrossEntropyLoss
    from runtime.runs import create_run
    from runtime.train import train

    random = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / "data" / part).mkdir(parents=True)
    for number in range(24):
        mask = np.zeros((16, 16), np.uint8)
        y, x = random.integers(0, 10, 2)
        mask[y : y + 6, x : x + 6] = 1
        Image.fromarray(mask).save(folder / "data" / "masks" / f"{number}.png")
        Image.fromarray(np.uint8(mask * 180 + 40)).convert("RGB").save(folder / "data" / "images" / f"{number}.png")
    graph = Graph().with_node("image", Node(Input(size=(3, 16, 16))))
    for name, settings in (
        ("conv", Conv2d(out_channels=2, padding=(1, 1))),
        ("out", Output()),
        ("loss", CrossEntropyLoss()),
    ):
        graph = graph.with_node(name, Node(settings))
    graph = graph.with_link(Link("image", "output", "conv", "x")).with_link(Link("conv", "output", "out", "x"))
    graph = graph.with_link(Link("conv", "output", "loss", "prediction"))
    network = Network(graph, "squares", data={"source": str(folder / "data")}, recipe={"epochs": 1, "batch_size": 8})
    run = create_run(folder / "runs", network)
    train(run)
    return run
