"""What is shown of the shared ResNet-20, and of a network trained on MNIST, is what PyTorch by hand says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn import functional

from runtime.insight.activations import activations, extremes
from runtime.insight.attribution import attribution, grad_cam
from runtime.insight.embedding import embedding
from runtime.insight.judged import overview
from runtime.insight.seen import look
from runtime.insight.trained import Trained, open_trained
from runtime.insight.weights import filters
from tests.runtime.insight.shared import kept, mnist_run, needs_mnist, needs_resnet20, resnet20_run
from tests.runtime.transfer.test_resnet20 import by_hand

PATHS = {
    "conv1": "conv1",
    "stage1": "layer1.2",
    "stage1.1.conv2": "layer1.1.conv2",
    "stage2": "layer2.0",
    "rest3.0.bn1": "layer3.1.bn1",
    "rest3": "layer3.2",
    "fc": "linear",
}
"""Of the drawn network, and of the one by hand."""


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(resnet20_run(tmp_path_factory.mktemp("resnet")))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(mnist_run(tmp_path_factory.mktemp("mnist")))


class ByHand(nn.Module):
    """The network of ``mnist_run``."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 5, 2, 2), nn.Conv2d(8, 16, 3, padding=1)
        self.fc = nn.Linear(16 * 7 * 7, 10)
        self.load_state_dict(weights)
        self.eval()

    def features(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(functional.relu(self.conv2(functional.relu(self.conv1(x)))), 2)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.fc(self.features(x).flatten(1))
        return scores


def mnist_by_hand(trained: Trained) -> ByHand:
    return ByHand(trained.module.state_dict())


def resnet_input(trained: Trained, rows: Tensor) -> Tensor:
    """Standardised by each channel's mean and deviation over the training part."""
    known = trained.data.columns["image"][trained.data.train].double() / 255
    mean, std = (found.view(3, 1, 1).float() for found in (known.mean((0, 2, 3)), known.std((0, 2, 3), correction=0)))
    return (trained.data.columns["image"][rows].float() / 255 - mean) / std


def saliency_by_hand(module: nn.Module, x: Tensor, target: int) -> Tensor:
    given = x.clone().requires_grad_(True)
    module(given)[0, target].backward()
    assert given.grad is not None
    heat = given.grad.abs().amax(1)[0]
    return heat / heat.max()


def cam_by_hand(module: nn.Module, path: str, x: Tensor, target: int) -> Tensor:
    values = kept(module, [path], x)
    [gradient] = torch.autograd.grad(values[""][0, target], values[path])
    heat = torch.einsum("c,chw->hw", gradient[0].mean((1, 2)), values[path][0]).relu()
    return functional.interpolate(heat[None, None], x.shape[2:], mode="bilinear", align_corners=False)[0, 0].detach()


@torch.no_grad()
def occlusion_by_hand(module: nn.Module, x: Tensor, target: int, patch: int, stride: int) -> Tensor:
    """The mean fall of the probability over all grey patches that lie on a pixel."""
    side = x.shape[-1]
    whole = module(x).softmax(1)[0, target]
    fall, count = torch.zeros(side, side), torch.zeros(side, side)
    for top in range(0, side, stride):
        for left in range(0, side, stride):
            mask = torch.zeros(side, side, dtype=torch.bool)
            mask[top : top + patch, left : left + patch] = True
            left_over = module(torch.where(mask, x.mean(), x)).softmax(1)[0, target]
            fall[mask] += whole - left_over
            count[mask] += 1
    heat = (fall / count).clamp(min=0)
    return heat / heat.max()


def tile(sheet: dict, number: int) -> np.ndarray:
    """One tile of a sheet in shades of 0 … 255, one pixel for each number that was drawn."""
    width, height = sheet["tile"]
    top = number // sheet["columns"] * (height + sheet["gap"])
    left = number % sheet["columns"] * (width + sheet["gap"])
    return np.asarray(Image.open(sheet["path"]))[top : top + height, left : left + width, :3].astype(float)


@needs_resnet20
def test_activations_of_the_resnet(resnet, tmp_path):
    x = resnet_input(resnet, resnet.data.test[:2])
    inputs = resnet.inputs(resnet.data.test[:2])
    torch.testing.assert_close(inputs[0], x, atol=1e-5, rtol=1e-5)
    expected = kept(by_hand(), list(PATHS.values()), x)
    seen = look(resnet, inputs, list(PATHS))
    for path, theirs in PATHS.items():
        torch.testing.assert_close(seen[path], expected[theirs], atol=1e-4, rtol=1e-4)
    told = activations(resnet, inputs, ["stage1", "fc"], tmp_path)["layers"]
    assert told["stage1"]["shape"] == [16, 32, 32]
    assert told["stage1"]["mean"] == pytest.approx(float(expected["layer1.2"][0].detach().mean()), abs=1e-5)
    assert told["fc"]["values"] == pytest.approx(expected["linear"][0].tolist(), abs=1e-4)


@needs_resnet20
def test_a_sum_within_a_repeated_block_of_the_resnet_is_seen(resnet):
    """It has no module of its own."""
    rows = resnet.data.test[:2]
    x = resnet_input(resnet, rows)
    values = kept(by_hand(), ["layer1.0", "layer1.1.bn2"], x)
    seen = look(resnet, resnet.inputs(rows), ["stage1.1.add", "stage1.0.add"])
    expected = values["layer1.1.bn2"] + values["layer1.0"]
    torch.testing.assert_close(seen["stage1.1.add"], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(seen["stage1.0.add"].relu(), values["layer1.0"], atol=1e-4, rtol=1e-4)


@needs_resnet20
@pytest.mark.parametrize("row", [0, 77])
def test_what_a_decision_of_the_resnet_rests_on(resnet, row):
    rows = resnet.data.test[row : row + 1]
    x, given = resnet_input(resnet, rows), resnet.inputs(rows)[0]
    target = int(by_hand()(x)[0].argmax())
    heat, chosen = attribution(resnet, given, "saliency")
    assert chosen == target
    torch.testing.assert_close(heat, saliency_by_hand(by_hand(), x, target), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(
        grad_cam(resnet, given, target), cam_by_hand(by_hand(), "layer3.2.conv2", x, target), atol=1e-4, rtol=1e-3
    )
    heat, _ = attribution(resnet, given, "occlusion")
    torch.testing.assert_close(heat, occlusion_by_hand(by_hand(), x, target, 4, 2), atol=1e-3, rtol=1e-3)


@needs_resnet20
def test_filters_of_the_resnet_are_its_weights_in_colour(resnet, tmp_path):
    weight = by_hand().conv1.weight.detach()
    told = filters(resnet, "conv1", tmp_path)
    assert told["in_colour"]
    scale = told["tile"][0] // 3
    for number in (0, 7, 15):
        expected = (weight[number] / (2 * weight.abs().max()) + 0.5).permute(1, 2, 0) * 255
        np.testing.assert_allclose(tile(told, number)[::scale, ::scale], expected.numpy(), atol=0.51)


@needs_resnet20
def test_the_embedding_of_the_resnet_is_that_of_its_pooled_features(resnet):
    told = embedding(resnet, "", "pca", 200)
    rows = resnet.data.test[:200]
    with torch.no_grad():
        features = kept(by_hand(), ["layer3.2"], resnet_input(resnet, rows))["layer3.2"].mean((2, 3))
    expected = PCA(2, random_state=0).fit_transform(features.numpy())
    points = np.array(told["points"])
    for axis in (0, 1):
        assert abs(np.corrcoef(points[:, axis], expected[:, axis])[0, 1]) > 0.9999
    assert told["rows"] == rows.tolist()


@needs_resnet20
def test_the_samples_that_move_a_map_of_the_resnet_most(resnet, tmp_path):
    told = extremes(resnet, "stage2.conv1", 5, 4, tmp_path)
    rows = resnet.data.test
    with torch.no_grad():
        parts = [kept(by_hand(), ["layer2.0.conv1"], resnet_input(resnet, part)) for part in rows.split(250)]
    strengths = torch.cat([part["layer2.0.conv1"][:, 5].flatten(1).amax(1) for part in parts])
    assert told["strengths"][:4] == pytest.approx(strengths.topk(4).values.tolist(), abs=1e-3)
    assert told["rows"][:4] == rows[strengths.topk(4).indices].tolist()
    assert told["rows"][4:] == rows[strengths.topk(4, largest=False).indices].tolist()


@needs_mnist
def test_decisions_of_a_network_that_was_trained_on_mnist(digits):
    module = mnist_by_hand(digits)
    rows = digits.data.test[[3, 250]]
    for value in digits.inputs(rows)[0]:
        x = value[None]
        target = int(module(x)[0].argmax())
        heat, chosen = attribution(digits, x, "saliency")
        assert chosen == target
        torch.testing.assert_close(heat, saliency_by_hand(module, x, target), atol=1e-4, rtol=1e-3)
        expected = cam_by_hand(module, "conv2", x, target)
        torch.testing.assert_close(grad_cam(digits, x, target), expected, atol=1e-4, rtol=1e-3)
        heat, _ = attribution(digits, x, "occlusion")
        torch.testing.assert_close(heat, occlusion_by_hand(module, x, target, 4, 2), atol=1e-3, rtol=1e-3)


@needs_mnist
def test_layers_of_a_network_that_was_trained_on_mnist(digits, tmp_path):
    module = mnist_by_hand(digits)
    rows = digits.data.test
    x = torch.cat([digits.inputs(part)[0] for part in rows.split(1000)])
    with torch.no_grad():
        seen = look(digits, [x[:3]], ["pool", "fc"])
        torch.testing.assert_close(seen["pool"], module.features(x[:3]), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(seen["fc"], module(x[:3]), atol=1e-5, rtol=1e-4)
        strengths = torch.cat([module.conv1(part)[:, 2].flatten(1).amax(1) for part in x[:5_000].split(1000)])
    told = extremes(digits, "conv1", 2, 3, tmp_path)
    assert told["searched"] == 5_000
    assert told["strengths"][:3] == pytest.approx(strengths.topk(3).values.tolist(), abs=1e-4)
    assert told["strengths"][3:] == pytest.approx(strengths.topk(3, largest=False).values.tolist(), abs=1e-4)
    sheet, weight = filters(digits, "conv1", tmp_path), module.conv1.weight.detach()
    scale = sheet["tile"][0] // 5
    expected = (weight[6, 0] / (2 * weight.abs().max()) + 0.5) * 255
    np.testing.assert_allclose(tile(sheet, 6)[::scale, ::scale, 0], expected.numpy(), atol=0.51)
    points = np.array(embedding(digits, "", "pca", 300)["points"])
    with torch.no_grad():
        flat = module.features(x[:300]).flatten(1).numpy()
    expected_points = PCA(2, random_state=0).fit_transform(flat)
    for axis in (0, 1):
        assert abs(np.corrcoef(points[:, axis], expected_points[:, axis])[0, 1]) > 0.9999


@needs_mnist
def test_results_of_a_network_that_was_trained_on_mnist(digits):
    """Accuracy, confusion and calibration, counted by hand over the 10,000 test digits."""
    module = mnist_by_hand(digits)
    rows = digits.data.test
    with torch.no_grad():
        chances = torch.cat([module(digits.inputs(part)[0]).softmax(1) for part in rows.split(1000)])
    wanted, told = digits.data.columns["label"][rows].long(), overview(digits, "test")
    surety, given = chances.max(1)
    right = given.eq(wanted)
    assert told["samples"] == 10_000
    assert told["accuracy"] == pytest.approx(float(right.double().mean()), abs=1e-6)
    assert told["accuracy"] > 0.95
    assert told["confusion"][4][9] == int((wanted.eq(4) & given.eq(9)).sum())
    error = 0.0
    for number in range(10):
        inside = (surety >= number / 10) & ((surety < (number + 1) / 10) | (number == 9))
        assert told["calibration"]["counts"][number] == int(inside.sum())
        if inside.any():
            error += abs(float(right[inside].double().mean() - surety[inside].double().mean())) * int(inside.sum())
    assert told["calibration"]["error"] == pytest.approx(error / 10_000, abs=1e-6)
