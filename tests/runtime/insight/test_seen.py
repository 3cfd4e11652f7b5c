"""What is shown of layers, weights and decisions is what PyTorch says by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten
from runtime.faults import RefusalError
from runtime.insight.activations import activations, extremes
from runtime.insight.attribution import ascended, attribution, grad_cam
from runtime.insight.embedding import embedding, head_of
from runtime.insight.seen import look
from runtime.insight.tiles import evened, write_sheet
from runtime.insight.trained import Trained, open_trained
from runtime.insight.weights import filters, histograms
from runtime.runs import create_run
from runtime.train import train


def by_hand(trained: Trained, value: torch.Tensor) -> dict[str, torch.Tensor]:
    """Each value of the digits network, one layer after the other."""
    module, found = trained.module, {}
    for name in ("conv1", "bn1", "relu1", "conv2", "bn2", "relu2", "pool1", "flatten", "fc1"):
        value = found[name] = getattr(module, name)(value)
    return found


def test_every_layer_is_seen_as_it_was(trained):
    inputs = trained.inputs(trained.some_rows(5))
    with torch.no_grad():
        expected = by_hand(trained, inputs[0])
    seen = look(trained, inputs, [*expected, "image"])
    for name, value in expected.items():
        torch.testing.assert_close(seen[name], value)
    torch.testing.assert_close(seen["image"], inputs[0])  # no layer: an output is added for it
    torch.testing.assert_close(seen.outputs[0], expected["fc1"])


def test_gradients_come_back_to_every_value(trained):
    inputs = [trained.inputs(trained.some_rows(2))[0].requires_grad_(True)]
    seen = look(trained, inputs, ["conv2"], with_gradients=True)
    seen.outputs[0][:, 3].sum().backward()
    value = seen["conv2"].detach().requires_grad_(True)
    module = trained.module
    result = module.fc1(module.flatten(module.pool1(module.relu2(module.bn2(value)))))
    result[:, 3].sum().backward()
    torch.testing.assert_close(seen["conv2"].grad, value.grad)


def test_what_has_no_value_is_refused_in_a_sentence(trained):
    with pytest.raises(RefusalError, match="nothing_there has no value"):
        look(trained, trained.inputs(trained.some_rows(1)), ["nothing_there"])["nothing_there"]


def test_one_layer_that_cannot_be_seen_keeps_no_other_from_it(trained, tmp_path):
    told = activations(trained, trained.inputs(trained.some_rows(1)), ["conv1", "nothing_there"], tmp_path)["layers"]
    assert told["conv1"]["maps"]["count"] == 16
    assert told["nothing_there"]["missing"].startswith("nothing_there has no value")


def test_filters_are_the_weights_to_the_last_grey(trained, tmp_path):
    told = filters(trained, "conv1", tmp_path)
    weight = trained.module.conv1.weight.detach()
    assert (told["filters"], told["channels"], told["in_colour"]) == (16, 1, False)
    picture = np.asarray(Image.open(told["path"]))
    width, height = told["tile"]
    for number in (0, 5, 15):
        top = number // told["columns"] * (height + told["gap"])
        left = number % told["columns"] * (width + told["gap"])
        tile = picture[top : top + height, left : left + width, 0]
        expected = (weight[number, 0] / (2 * weight.abs().max()) + 0.5) * 255
        np.testing.assert_allclose(tile[:: height // 3, :: width // 3], expected.numpy(), atol=0.51)


def test_a_layer_without_filters_says_so(trained, tmp_path):
    with pytest.raises(RefusalError, match="relu1 has no filters"):
        filters(trained, "relu1", tmp_path)
    with pytest.raises(RefusalError, match="no input channel 40"):
        filters(trained, "conv2", tmp_path, channel=40)


def test_histograms_count_every_weight(trained):
    told = {each["weight"]: each for each in histograms(trained)["weights"]}
    assert set(told) == {name for name, _ in trained.module.named_parameters()}
    for name in told:
        weight = trained.module.state_dict()[name]
        assert sum(told[name]["counts"]) == weight.numel()
        assert told[name]["mean"] == pytest.approx(float(weight.mean()), abs=1e-6)
        assert told[name]["std"] == pytest.approx(float(weight.std(correction=0)), abs=1e-6)


def test_activations_tell_maps_and_numbers(trained, tmp_path):
    inputs = trained.inputs(trained.some_rows(1))
    told = activations(trained, inputs, ["relu1", "fc1"], tmp_path)["layers"]
    with torch.no_grad():
        expected = by_hand(trained, inputs[0])
    assert told["relu1"]["maps"]["count"] == 16
    assert told["relu1"]["zeros"] == pytest.approx(float((expected["relu1"] == 0).float().mean()))
    assert told["fc1"]["values"] == pytest.approx(expected["fc1"][0].tolist(), abs=1e-5)


def test_numbers_that_are_not_finite_are_said(trained, tmp_path):
    given = trained.inputs(trained.some_rows(1))[0].clone()
    given[0, 0, 0, 0] = float("nan")
    told = activations(trained, [given], ["conv1"], tmp_path)["layers"]["conv1"]
    assert told["missing"].endswith("numbers that conv1 gave are not finite.")


def test_the_samples_that_move_a_unit_most_do(trained, tmp_path):
    told = extremes(trained, "relu2", 4, 3, tmp_path)
    rows = trained.some_rows(5_000)
    with torch.no_grad():
        strengths = by_hand(trained, trained.inputs(rows)[0])["relu2"][:, 4].flatten(1).amax(1)
    assert told["strengths"][:3] == pytest.approx(strengths.sort(descending=True).values[:3].tolist(), abs=1e-5)
    assert told["strengths"][3] == pytest.approx(float(strengths.min()), abs=1e-5)
    assert told["count"] == 6


def test_saliency_is_the_gradient_of_the_score(trained):
    value = trained.inputs(trained.some_rows(1))[0]
    heat, target = attribution(trained, value, "saliency")
    given = value.clone().requires_grad_(True)
    scores = by_hand(trained, given)["fc1"]
    assert target == int(scores[0].argmax())
    scores[0, target].backward()
    expected = given.grad.abs()[0, 0]
    torch.testing.assert_close(heat, expected / expected.max())


def test_grad_cam_weighs_maps_by_their_mean_gradient(trained):
    value = trained.inputs(trained.some_rows(1))[0]
    module = trained.module
    maps = module.conv2(module.relu1(module.bn1(module.conv1(value)))).detach().requires_grad_(True)
    module.fc1(module.flatten(module.pool1(module.relu2(module.bn2(maps)))))[0, 7].backward()
    expected = (maps.grad.mean((2, 3), keepdim=True) * maps).sum(1).relu()[0].detach()
    torch.testing.assert_close(grad_cam(trained, value, 7), expected)


@pytest.mark.parametrize("method", ["saliency", "smooth saliency", "grad-cam", "occlusion"])
def test_a_map_rests_on_what_was_drawn_and_not_on_the_empty_edge(trained, method):
    """Over many digits: the two outer columns are empty in this data."""
    shares = []
    for row in trained.some_rows(12).tolist():
        heat, _ = attribution(trained, trained.inputs(torch.tensor([row]))[0], method)
        shares.append(float(heat[:, 2:6].mean() / (heat[:, [0, 7]].mean() + 1e-6)))
    assert sorted(shares)[6] > 1.2


def test_an_unknown_way_is_refused(trained):
    with pytest.raises(RefusalError, match="Choose saliency"):
        attribution(trained, trained.inputs(trained.some_rows(1))[0], "magic")


def test_ascent_makes_a_picture_that_the_network_is_sure_of(trained):
    picture, strengths = ascended(trained, "fc1", 3, steps=40)
    assert strengths[-1] > strengths[0] + 3
    assert int(by_hand(trained, picture)["fc1"][0].argmax()) == 3


@pytest.mark.parametrize("method", ["pca", "t-sne"])
def test_samples_of_a_class_lie_together(trained, method):
    told = embedding(trained, "", method, 200)
    assert (told["layer"], head_of(trained)) == ("flatten", "fc1")
    points, labels = np.array(told["points"]), np.array(told["labels"])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert np.mean(labels[distance.argmin(1)] == labels) > (0.5 if method == "pca" else 0.85)


def test_sheets_lay_tiles_row_by_row(tmp_path: Path):
    tiles = torch.arange(6).view(6, 1, 1, 1).expand(6, 1, 40, 50) / 5
    sheet = write_sheet(tiles, tmp_path / "sheet.png", columns=4)
    picture = np.asarray(Image.open(sheet.path))
    assert picture.shape == (81, 203, 4)
    assert picture[0, 0, 0] == 0
    assert picture[0, 51, 0] == 51
    assert picture[41, 51, 0] == 255
    assert picture[41, 102, 3] == 0  # no tile there


def test_zero_becomes_a_half_where_values_are_evened_around_it():
    values = torch.tensor([[-1.0, 0.0, 0.5]])
    torch.testing.assert_close(evened(values, by_tile=False, around_zero=True), torch.tensor([[0.0, 0.5, 0.75]]))
    assert functional.l1_loss(evened(values, by_tile=True), torch.tensor([[0.0, 2 / 3, 1.0]])) < 1e-6


def test_what_a_layer_in_place_overwrites_within_a_block_is_seen_as_it_was(tmp_path: Path):
    body = Graph().with_node("x_in", Node(Input(size=(1, 8, 8)))).with_node("result", Node(Output()))
    for name, settings in (("conv", Conv2d(out_channels=4)), ("relu", ReLU(inplace=True))):
        body = body.with_node(name, Node(settings))
    for link in ("x_in conv", "conv relu", "relu result"):
        body = body.with_link(Link(link.split()[0], "output", link.split()[1], "x"))
    graph = Graph().with_node("image", Node(Input(size=(1, 8, 8)))).with_node("stage", Node(Block("Stage", body)))
    rest = {"flatten": Flatten(), "fc": Linear(out_features=10), "loss": CrossEntropyLoss(), "digit": Output()}
    for name, settings in rest.items():
        graph = graph.with_node(name, Node(settings))
    links = ("image output stage x_in", "stage result flatten x", "flatten output fc x")
    for link in (*links, "fc output loss prediction", "fc output digit x"):
        graph = graph.with_link(Link(*link.split()))
    run = create_run(tmp_path, Network(graph, "stages", recipe={"epochs": 1}))
    train(run)
    trained = open_trained(run)
    inputs = trained.inputs(trained.some_rows(3))
    with torch.no_grad():
        expected = trained.module.stage.conv(inputs[0])
    assert (expected < 0).any()
    torch.testing.assert_close(look(trained, inputs, ["stage.conv"])["stage.conv"], expected)
