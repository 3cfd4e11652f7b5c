"""What the lectures work out by hand: computational graphs with their numbers, and the linear classifier."""

from __future__ import annotations

from nodes.arithmetic import AddScalar, Exp, Negate, Parameter, Power, Reciprocal
from nodes.boundary import Output
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.merge import Add, Multiply
from nodes.merge_matmul import MatMul
from nodes.reshape import Flatten
from nodes.reshape_over import Sum
from nodes.spec.training import NodeTraining
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Basics"


def linear_classifier() -> Network:
    sketch = Sketch(image=image(3, 32, 32)).then(flatten=Flatten(), fc=Linear(10)).judged("label")
    sketch.graph = sketch.graph.with_training("fc", NodeTraining(weight_init="normal", bias_init="zeros"))
    return network(
        sketch.drawn(),
        "Linear classifier",
        "The lectures' first classifier (Li, Karpathy & Johnson 2016, CS231n): scores s = W · x + b of a picture "
        "with 32 × 32 · 3 = 3 072 numbers: W has 10 rows of 3 072, one template for each class, so 30 730 weights "
        "with b. It begins with small random numbers (σ 0.01), so the first loss is about ln 10 = 2.303; with the "
        "multi-class hinge loss in place of cross-entropy it is the SVM, whose first loss here is 9/10. On "
        "CIFAR-10 it comes to about 40 % right.",
        {"learning_rate": 0.01, "weight_decay": 0.0001, "batch_size": 128, "epochs": 20},
    )


def number(value: float) -> Parameter:
    return Parameter(value=(value,))


def product_of_a_sum() -> Network:
    sketch = Sketch()
    for name, value in (("x1", -2.0), ("y1", 5.0), ("z1", -4.0)):
        sketch.put(name, number(value))
    sketch.put("q", Add(), "x1", "y1").put("f", Multiply(), "q", "z1").put("result", Output(), "f")
    return Network(
        sketch.drawn(),
        "(x + y) · z",
        "The lectures' first computational graph (Li, Karpathy & Johnson 2016, CS231n). Forward with x = −2, y = "
        "5, z = −4: q = x + y = 3, f = q · z = −12. Backward from ∂f/∂f = 1: a product hands each factor the other "
        "one, ∂f/∂q = z = −4 and ∂f/∂z = q = 3; a sum hands on what it gets, ∂f/∂x = ∂f/∂y = −4. Set other values "
        "at x1, y1 and z1.",
    )


def sigmoid_neuron() -> Network:
    sketch = Sketch()
    for name, value in (("w0", 2.0), ("x0", -1.0), ("w1", -3.0), ("x1", -2.0), ("w2", -3.0)):
        sketch.put(name, number(value))
    sketch.put("product0", Multiply(), "w0", "x0").put("product1", Multiply(), "w1", "x1")
    sketch.put("weighted", Add(), "product0", "product1", "w2")
    sketch.then(negative=Negate(), power=Exp(), plus1=AddScalar(other=1.0), inverse=Reciprocal(), neuron=Output())
    return Network(
        sketch.drawn(starts=("negative",)),
        "Sigmoid neuron step by step",
        "σ(w0·x0 + w1·x1 + w2) by its elementary steps (Li, Karpathy & Johnson 2016, CS231n). Forward with w = (2, "
        "−3, −3) and x = (−1, −2): products −2 and 6, sum 1, −1, e⁻¹ = 0.37, 1.37, 0.73. Backward: 1, then −0.53 "
        "(times −1/1.37²), −0.53, −0.20 (times 0.37) and 0.20, which the sum copies: w2 0.20, w0 −0.20, x0 0.39, "
        "w1 −0.39, x1 −0.59. The last four steps together are the Sigmoid node, whose gradient is (1 − σ)·σ = 0.27 "
        "· 0.73 = 0.20. The lectures round on the way.",
    )


def squared_norm() -> Network:
    sketch = Sketch()
    sketch.put("W", Parameter("map", (2, 2), (0.1, 0.5, -0.3, 0.8))).put("x1", Parameter("map", (2, 1), (0.2, 0.4)))
    sketch.put("q", MatMul(), "W", "x1").then(squares=Power(), f=Sum(), result=Output())
    return Network(
        sketch.drawn(),
        "‖W · x‖²",
        "The lectures' graph with vectors (Li, Johnson & Yeung 2017, CS231n). Forward with W = [0.1 0.5; −0.3 0.8] "
        "and x = [0.2; 0.4]: q = W · x = [0.22; 0.26], f = q1² + q2² = 0.116. Backward: ∂f/∂q = 2q = [0.44; 0.52], "
        "∂f/∂W = 2q · xᵀ = [0.088 0.176; 0.104 0.208] and ∂f/∂x = Wᵀ · 2q = [−0.112; 0.636]: each gradient has the "
        "shape of its value.",
    )


DRAWINGS = {
    "linear_classifier": linear_classifier,
    "product_of_a_sum": product_of_a_sum,
    "sigmoid_neuron": sigmoid_neuron,
    "squared_norm": squared_norm,
}
