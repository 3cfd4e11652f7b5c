"""Is the gradient right? Of the whole network's loss, and of one node by itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.figures import figure
from nodes.graph.infer import Inference, arguments
from nodes.graph.model import Node
from nodes.spec.shapes import Shape
from runtime.compile import build_node
from runtime.faults import RefusalError
from runtime.out_of_place import out_of_place
from runtime.questions.stepwise import Chart, CheckResult, Verdict
from runtime.stepwise.differences import ALIKE, STEP, Comparison, compare
from runtime.stepwise.first_loss import PROBABILITIES, loss_alone
from runtime.stepwise.subject import Subject, as_double, loss_of, node_of, same_random

SECONDS = 12.0
SAMPLES = 4
NUMBERS_IN_ALL = 160
WRONG = 1e-3  # relative: beyond rounding
TITLE = "Numeric against analytic gradient"


def network_gradient(subject: Subject) -> CheckResult:
    """The gradient of the training loss by the weights, on a few samples."""
    module = out_of_place(subject.module().train())
    batch = as_double(module, subject.batch(SAMPLES))
    for part in module.modules():
        if isinstance(part, nn.Embedding):
            part.padding_idx = None  # its gradient is left out by intent
    for weight in module.parameters():
        weight.data = weight.data.contiguous()
    named = [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
    each = max(1, min(6, NUMBERS_IN_ALL // max(1, len(named))))
    try:
        found = compare(lambda: loss_of(module, batch), named, subject.patience.within(SECONDS), each)
    except RuntimeError as error:
        return _impossible("", error)
    return _told("the network", found, "")


def node_gradient(subject: Subject, path: str) -> CheckResult:
    """The gradient of one node by its inputs and weights, at random inputs. Raises RefusalError."""
    node, inputs = _found(subject.inference, path)
    if node.settings.is_loss:
        return _loss_gradient(subject, path, inputs)
    if isinstance(node.settings, Input | Output):
        raise RefusalError(f"{path} calculates nothing.", "Choose another node.")
    with same_random(1):
        layer = build_node(node.settings, *inputs).to(torch.float64).train()
        values = [_random(shape) for shape in inputs]
        first = _results(layer, values)
        directions = [torch.randn(result.shape, dtype=torch.float64) for result in first]
    named = [(f"input {n + 1}", v) for n, v in enumerate(values) if v.requires_grad]
    named += [(name, weight) for name, weight in layer.named_parameters() if weight.requires_grad]
    if not named or not directions:
        return CheckResult("gradient", TITLE, "green", f"{path} has nothing to be differentiated by.", node=path)

    def value() -> Tensor:
        with same_random(2):
            parts = [(r * d).sum() for r, d in zip(_results(layer, values), directions, strict=True)]
        return torch.stack(parts).sum()

    try:
        found = compare(value, named, subject.patience.within(SECONDS))
    except RuntimeError as error:
        return _impossible(path, error)
    return _told(path, found, node_of(path))


def _loss_gradient(subject: Subject, path: str, inputs: tuple[Shape, ...]) -> CheckResult:
    """The gradient of a loss by the prediction, at random numbers and a random target."""
    target = subject.job.data.target
    shapes = inputs if len(inputs) > 1 or target is None else (*inputs, target.shape)
    node = subject.network.graph.nodes[path]
    if [port.name for port in node.settings.inputs()] != ["prediction", "target"] or len(shapes) != 2:
        raise RefusalError(f"{path} compares more than a prediction with a target.", "Ask for the whole network.")
    alone = loss_alone(node.settings, *shapes).to(torch.float64)
    with same_random(1):
        prediction, goal = _random(shapes[0]), _random(shapes[1]).detach()
        if goal.is_floating_point():
            goal = goal.sigmoid()
        if node.settings.type_id in PROBABILITIES:
            prediction = prediction.detach().sigmoid().requires_grad_()
    found = compare(lambda: alone.losses(prediction, goal)[0], [("prediction", prediction)], subject.patience)
    return _told(path, found, path)


def _results(layer: nn.Module, values: list[Tensor]) -> list[Tensor]:
    result = layer(*values)
    results = (result,) if isinstance(result, Tensor) else result
    return [one for one in results if one.is_floating_point()]


def _random(shape: Shape) -> Tensor:
    sizes = (SAMPLES, *(size if isinstance(size, int) else 4 for size in shape))
    if shape.values == "index":
        return torch.randint(2, sizes)
    return torch.randn(sizes, dtype=torch.float64).requires_grad_()


def _found(inference: Inference, path: str) -> tuple[Node, tuple[Shape, ...]]:
    """A node and what it is given; within blocks by the names on the way. Raises RefusalError."""
    first, _, rest = path.partition(".")
    node = inference.graph.nodes.get(first)
    if node is None:
        raise RefusalError(f"There is no node {first}.", f"Choose {', '.join(list(inference.graph.nodes)[:12])}.")
    inputs = tuple(s for s in arguments(node.settings, inference.facts[first].inputs) if s is not None)
    if rest and isinstance(node.settings, Block):
        return _found(node.settings.inside(*inputs), rest)
    return node, inputs


def _told(what: str, found: Comparison, node: str) -> CheckResult:
    worst, count = found.worst, len(found.compared)
    if not count or (worst is None and not found.kinks):
        return CheckResult("gradient", TITLE, "amber", "There was no time to compare a single number.", "Try again.")
    error = worst.error if worst else 0.0
    verdict: Verdict = "green" if error <= ALIKE else "amber" if error <= WRONG else "red"
    beside = (
        f"; {len(found.kinks)} lie{'s' * (len(found.kinks) == 1)} at a kink of a ReLU or maximum"
        if found.kinks
        else ""
    )
    sentence = (
        f"Of {count} numbers of {what}, compared in double precision with h = {STEP:g}, the largest relative "
        f"difference is {figure(error, 2)}{beside}."
    )
    remedy = ""
    if worst and verdict != "green":
        sentence += f" It is at {worst.name}: {worst.analytic:.4g} by the chain rule, {worst.numeric:.4g} by slope."
        remedy = "Look for a detach, a rounding or a gradient of its own in that layer's code."
        node = node or node_of(worst.name)
    errors = [max(one.error, 1e-16) for one in found.compared]
    chart = Chart(
        "Relative difference of each number", "lines", {"difference": errors}, is_logarithmic=True, x_title="number"
    )
    return CheckResult("gradient", TITLE, verdict, sentence, remedy, node, [chart])


def _impossible(node: str, error: RuntimeError) -> CheckResult:
    reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    return CheckResult(
        "gradient",
        TITLE,
        "amber",
        f"It cannot be calculated in double precision: {reason}.",
        "Code that converts to float32 by itself stands in the way.",
        node,
    )
