"""What samples are laid out by, in networks with and without a Linear at their end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor

from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.loss import CrossEntropyLoss
from nodes.pooling import GlobalAvgPool
from runtime.compile import build
from runtime.insight.embedding import embedding, head_of
from runtime.insight.trained import Trained, open_trained
from runtime.metrics import Task
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image
from tests.runtime.insight.conftest import NETWORKS
from tests.runtime.insight.shared import fresh_run


@pytest.fixture(scope="module")
def without_linear(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """As Network in Network ends: a convolution with a map for each class, and the mean of each map."""
    sketch = Sketch(image=image(1, 8, 8))
    sketch.then(conv1=Conv2d(16, padding=(1, 1)), relu1=ReLU(), maps=Conv2d(10, (1, 1), padding=(0, 0)))
    sketch.then(pool=GlobalAvgPool()).judged("digit")
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "epochs": 2, "device": "cpu"}
    run = create_run(tmp_path_factory.mktemp("nin"), Network(sketch.drawn(), "nin", recipe=recipe))
    train(run)
    return open_trained(run)


def on_the_plane(features: Tensor) -> np.ndarray:
    return PCA(2, random_state=0).fit_transform(features.numpy())


def test_without_a_linear_the_maps_before_the_last_convolution_are_laid_out(without_linear):
    told = embedding(without_linear, "", "pca", 150)
    assert (told["layer"], head_of(without_linear)) == ("relu1", "maps")
    [x] = without_linear.inputs(without_linear.data.test[:150])
    with torch.no_grad():
        expected = on_the_plane(without_linear.module.conv1(x).relu().mean((2, 3)))
    points = np.array(told["points"])
    for axis in (0, 1):
        assert abs(np.corrcoef(points[:, axis], expected[:, axis])[0, 1]) > 0.9999


@pytest.mark.parametrize(("name", "head"), [("vit_digits", "fc"), ("caption_attention", "fc")])
def test_the_head_is_the_last_in_the_order_of_calculation(tmp_path: Path, name: str, head: str):
    assert head_of(open_trained(fresh_run(tmp_path, name))) == head


@pytest.mark.parametrize("name", ["nin", "squeezenet1_1", "fcn_resnet50", "resnet18", "classify_and_locate"])
def test_example_classifiers_have_a_head_that_gives_a_score_for_each_class(name: str):
    network = load(NETWORKS / f"{name}.netw").network
    with torch.device("meta"):
        module = build(network.graph)
    loss = next(n for n, node in network.graph.nodes.items() if isinstance(node.settings, CrossEntropyLoss))
    scores = network.graph.incoming(loss)["prediction"].source
    opened = SimpleNamespace(network=network, module=module, task=Task("classes", loss, ("cat", "dog")))
    layer = module.get_submodule(head_of(opened))  # type: ignore[arg-type]
    classes = infer(network.graph).facts[scores].outputs["output"][0]
    assert layer.weight.shape[0] == classes
