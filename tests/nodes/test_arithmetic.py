"""The computational graphs of the lectures, through the compiled source and autograd."""

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.arithmetic import (
    AddScalar,
    Clamp,
    Constant,
    Dot,
    Exp,
    GaussianSample,
    MultiplyScalar,
    Negate,
    Parameter,
    Power,
    Reciprocal,
)
from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.loss_numbers import GaussianKLLoss
from nodes.loss_pairs import BCEWithLogitsLoss
from nodes.merge import Add, Multiply
from nodes.merge_matmul import MatMul
from nodes.reshape_over import Sum
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from runtime.compile import build, build_node
from runtime.source import write_source
from tests.nodes.drawing import joined

NUMBER = Input("number", ())


def drawn(nodes: dict[str, NodeType], links: dict[str, str]) -> Graph:
    graph = Graph()
    for name, settings in nodes.items():
        graph = graph.with_node(name, Node(settings))
    return joined(graph, links)


def numbers(*values: float) -> list[Tensor]:
    """Each as a batch of one."""
    return [torch.tensor([float(value)], requires_grad=True) for value in values]


def gradients(values: list[Tensor]) -> list[float]:
    return [float(value.grad) for value in values if value.grad is not None]


def test_a_sum_times_a_number_of_the_lectures() -> None:
    graph = drawn(
        {"x": NUMBER, "y": NUMBER, "z": NUMBER, "q": Add(), "f": Multiply(), "out": Output()},
        {"x.output": "q.x1", "y.output": "q.x2", "q.output": "f.x1", "z.output": "f.x2", "f.output": "out.x"},
    )
    values = numbers(-2, 5, -4)
    f = build(graph)(*values)
    f.backward()
    assert float(f.detach()) == -12
    assert gradients(values) == [-4, -4, 3]


def sigmoid_neuron() -> Graph:
    nodes: dict[str, NodeType] = dict.fromkeys(("w0", "x0", "w1", "x1", "w2"), NUMBER)
    nodes |= {"first": Multiply(), "second": Multiply(), "score": Add()}
    nodes |= {"minus": Negate(), "power": Exp(), "below": AddScalar(1), "f": Reciprocal(), "out": Output()}
    return drawn(
        nodes,
        {
            "w0.output": "first.x1", "x0.output": "first.x2", "w1.output": "second.x1", "x1.output": "second.x2",
            "first.output": "score.x1", "second.output": "score.x2", "w2.output": "score.x3",
            "score.output": "minus.x", "minus.output": "power.x", "power.output": "below.x", "below.output": "f.x",
            "f.output": "out.x",
        },
    )  # fmt: skip


def test_the_sigmoid_neuron_of_the_lectures_step_by_step() -> None:
    values = numbers(2, -1, -3, -2, -3)
    f = build(sigmoid_neuron())(*values)
    f.backward()
    assert float(f.detach()) == pytest.approx(0.73, abs=0.005)
    assert gradients(values) == pytest.approx([-0.20, 0.39, -0.39, -0.59, 0.20], abs=0.005)


def test_the_squared_norm_of_a_product_of_the_lectures() -> None:
    weight = Parameter("map", (2, 2), (0.1, 0.5, -0.3, 0.8))
    graph = drawn(
        {"w": weight, "x": Input("vector", (2,)), "q": MatMul(), "squares": Power(), "f": Sum(), "out": Output()},
        {
            "w.output": "q.x1",
            "x.output": "q.x2",
            "q.output": "squares.x",
            "squares.output": "f.x",
            "f.output": "out.x",
        },
    )
    module: Any = build(graph)
    x = torch.tensor([[0.2, 0.4]], requires_grad=True)
    f = module(x)
    f.backward()
    assert float(f.detach()) == pytest.approx(0.116)
    assert module.w.value.grad.flatten().tolist() == pytest.approx([0.088, 0.176, 0.104, 0.208])
    assert x.grad is not None
    assert x.grad.flatten().tolist() == pytest.approx([-0.112, 0.636])


def test_a_constant_meets_every_sample_of_a_batch() -> None:
    graph = drawn(
        {"x": Input("image", (3, 2, 2)), "c": Constant("image", (3, 1, 1), (1, 2, 3)), "y": Add(), "out": Output()},
        {"x.output": "y.x1", "c.output": "y.x2", "y.output": "out.x"},
    )
    result = build(graph)(torch.zeros(5, 3, 2, 2))
    assert result.shape == (5, 3, 2, 2)
    assert result[4, :, 1, 1].tolist() == [1, 2, 3]


def test_a_constant_is_written_with_its_numbers_and_not_saved() -> None:
    module = build_node(Constant("map", (2, 2), (1, 2, 3, 4)))
    assert module()[0].tolist() == [[1, 2], [3, 4]]
    assert not module.state_dict()
    assert Constant("map", (2, 2), (1, 2, 3, 4)).module() == "FixedValue(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))"
    assert Constant(value=(0.5,)).module() == "FixedValue(torch.tensor(0.5))"


def test_a_parameter_is_a_weight_with_a_name() -> None:
    module = build_node(Parameter("vector", (3,), (0.5,)))
    assert {name: weight.tolist() for name, weight in module.named_parameters()} == {"layer.value": [0.5, 0.5, 0.5]}
    assert module().shape == (1, 3)


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        (Constant("vector", ()), r"A vector has 1 sizes \(C\), not 0"),
        (Constant("vector", (3,), (1, 2)), "has 3 places, but 2 numbers are given"),
    ],
)
def test_a_value_has_a_number_for_each_place(value: Constant, fact: str) -> None:
    with pytest.raises(ShapeError, match=fact) as refused:
        value.shape()
    assert refused.value.kind == "setting"
    assert refused.value.fixes


def test_a_sample_is_the_mean_in_evaluation_and_spreads_by_the_variance_in_training() -> None:
    layer = build_node(GaussianSample(), Shape(20_000), Shape(20_000))
    mean, log_variance = torch.full((1, 20_000), 3.0), torch.full((1, 20_000), 2.0, requires_grad=True)
    assert layer.eval()(mean, log_variance).equal(mean)
    torch.manual_seed(0)
    sample = layer.train()(mean, log_variance)
    assert float(sample.detach().mean()) == pytest.approx(3, abs=0.05)
    assert float(sample.detach().std()) == pytest.approx(torch.e, abs=0.05)  # √e² = e
    sample.sum().backward()
    assert log_variance.grad is not None


def test_steps_are_written_as_one_would_write_them() -> None:
    source = write_source(sigmoid_neuron()).text
    assert "w0 * x0" in source
    assert "x = x.reciprocal()" in source
    assert Clamp(min=None, max=6).expression("", "x") == "x.clamp(max=6.0)"
    assert MultiplyScalar(0.5).expression("", "x") == "x * 0.5"
    assert Dot().expression("", "a", "b") == "(a * b).sum(dim=1)"


def test_limits_that_cross_are_swapped_by_the_remedy() -> None:
    with pytest.raises(ShapeError, match="min 2 above max 1") as refused:
        Clamp(2, 1).shape(Shape(3))
    assert refused.value.fixes[0].changes == {"min": 1.0, "max": 2.0}  # type: ignore[union-attr]


def autoencoder() -> Graph:
    nodes: dict[str, NodeType] = {"image": Input("vector", (16,)), "mean": Linear(3), "spread": Linear(3)}
    nodes |= {"code": GaussianSample(), "decoder": Linear(16), "out": Output()}
    nodes |= {"drawn": BCEWithLogitsLoss(reduction="sum"), "kl": GaussianKLLoss(reduction="sum", weight=0.5)}
    return drawn(
        nodes,
        {
            "image.output": "mean.x", "mean.output": "code.mean", "spread.output": "code.log_variance",
            "code.output": "decoder.x", "decoder.output": "out.x",
        },
    )  # fmt: skip


def test_a_variational_autoencoder_learns_to_draw_what_it_sees() -> None:
    graph = joined(
        autoencoder(),
        {
            "image.output": "spread.x", "decoder.output": "drawn.prediction", "mean.output": "kl.mean",
            "spread.output": "kl.log_variance",
        },
    )  # fmt: skip
    graph = graph.with_link(Link("image", "output", "drawn", "target"))
    torch.manual_seed(0)
    module: Any = build(graph)
    images = (torch.rand(8, 1) > 0.5).float().repeat(1, 16)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    history = []
    for _ in range(60):
        total, parts = module.losses(images)
        assert float(total.detach()) == pytest.approx(
            float(parts["drawn"][0].detach() + 0.5 * parts["kl"][0].detach()), rel=1e-5
        )
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        history.append(float(total.detach()))
    assert history[-1] < history[0] / 3


def test_a_constant_holds_indices():
    words = Constant("indices", (3,), (2, 0, 1))
    assert words.shape() == Shape(3, axes="L", values="index")
    assert words.module() == "FixedValue(torch.tensor([2, 0, 1]))"
    assert build_node(words)().dtype == torch.int64
    assert Constant("map", (2, 2), 1, "index").module() == "FixedValue(torch.full((2, 2), 1))"
    with pytest.raises(ShapeError, match="whole numbers, but value holds"):
        Constant(value=0.5, values="index").shape()
