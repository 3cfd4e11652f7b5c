"""The first loss beside what it should be, and what regularisation adds to it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from nodes.boundary import Input, Output
from nodes.graph.figures import figure
from nodes.graph.model import Graph, Link, Node
from nodes.spec.shapes import Shape
from runtime.compile import compile_text
from runtime.questions.stepwise import Chart, CheckResult, Verdict
from runtime.regularisation import penalty, pulls
from runtime.source import write_source
from runtime.stepwise.subject import Subject, same_random

SAMPLES = 256
LOGARITHMS = ("nll_loss", "kl_div_loss")  # losses that take logarithms of probabilities
PROBABILITIES = ("bce_loss",)
CLOSE, FAR = 1.35, 2.0  # times the expected loss
STRENGTHS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
FIRST, RISES = "First loss", "Regularisation"


def first_loss(subject: Subject) -> CheckResult:
    """The loss of each loss node before the first step, beside that of a network that does not know anything yet."""
    module = subject.module().train()
    batch = subject.batch(SAMPLES)
    with torch.no_grad(), same_random():
        _, parts = module.losses(*batch)
    told = [_judged(subject, name, value, prediction, batch) for name, (value, prediction) in parts.items()]
    verdict = max((one[0] for one in told), key=("green", "amber", "red").index)
    bars = {
        "measured": [one[2] for one in told],
        "expected": [one[3] for one in told],
    }
    sentences = " ".join(one[1] for one in told)
    worst = next((name for name, one in zip(parts, told, strict=True) if one[0] == verdict), "")
    node = _before(subject.network.graph, worst) if verdict != "green" else ""
    chart = Chart("First loss", "bars", bars, labels=list(parts))
    return CheckResult("first_loss", FIRST, verdict, sentences, _remedy(told, node), node, [chart])


Judged = tuple[Verdict, str, float, float]


def _judged(subject: Subject, name: str, value: Tensor, prediction: Tensor, batch: list[Tensor]) -> Judged:
    measured = value.item()
    expected, formula = expectation(subject, name, prediction, batch)
    if expected is None or not math.isfinite(measured):
        verdict: Verdict = "green" if math.isfinite(measured) else "red"
        beside = "nothing is known of what to expect" if verdict == "green" else "which is no number"
        return verdict, f"{name} begins at {measured:.4g}; {beside}.", measured, expected or 0.0
    ratio = measured / expected if expected else 1.0 + measured
    verdict = "green" if 1 / CLOSE <= ratio <= CLOSE else "amber" if 1 / FAR <= ratio <= FAR else "red"
    as_told = f"{formula} is" if formula else f"{expected:.4g} is"
    return verdict, f"{name} begins at {measured:.4g}; {as_told} to be expected.", measured, expected


def _remedy(told: list[Judged], node: str) -> str:
    if not node:
        return ""
    if any(measured > expected for verdict, _, measured, expected in told if verdict != "green"):
        return f"Let the weights of {node} begin smaller: normal with σ 0.01; and look at the range of the data."
    return "Look whether the answer is among the inputs, and whether labels and classes belong together."


def expectation(subject: Subject, name: str, prediction: Tensor, batch: list[Tensor]) -> tuple[float | None, str]:
    """The loss where all scores are alike: ln C, margin · (C − 1) / C, the mean square of the target, …

    None where that cannot be asked. The second is its formula, where it has one.
    """
    settings: Any = subject.network.graph.nodes[name].settings
    ports = [port.name for port in settings.inputs()]
    inputs = subject.inference.facts[name].inputs
    target = subject.job.data.target
    if ports != ["prediction", "target"] or "target" in subject.network.graph.incoming(name) or target is None:
        return None, ""
    shape: Shape = inputs["prediction"]
    classes = prediction.shape[shape.axes.index("C") + 1] if "C" in shape.axes else 2
    level = -math.log(classes) if settings.type_id in LOGARITHMS else 0.5 * (settings.type_id in PROBABILITIES)
    alone = loss_alone(settings, shape, target.shape).to(prediction.device)
    with torch.no_grad():
        value = alone.losses(torch.full_like(prediction, level), batch[-1])[0] / (settings.weight or 1.0)
    sums = settings.arithmetic(shape) if getattr(settings, "reduction", "mean") == "mean" else ()
    told = next((one.lines[0] for one in sums if one.title == "First loss to expect" and one.lines), "")
    return value.item(), told


def loss_alone(settings: Any, prediction: Shape, target: Shape) -> Any:
    """The module of a loss by itself, which takes prediction and target."""
    graph = Graph().with_node("prediction", Node(Input())).with_node("target_value", Node(Input()))
    graph = graph.with_node("loss", Node(settings)).with_node("result", Node(Output()))
    for link in (
        Link("prediction", "output", "loss", "prediction"),
        Link("target_value", "output", "loss", "target"),
        Link("prediction", "output", "result", "x"),
    ):
        graph = graph.with_link(link)
    given = {"prediction": prediction, "target_value": target}
    source = write_source(graph, losses=True, given=given)
    return compile_text(source.text, source.class_name)()


def _before(graph: Graph, loss: str) -> str:
    """The layer whose results a loss judges."""
    port = graph.nodes[loss].settings.inputs()[0].name
    link = graph.incoming(loss).get(port)
    return link.source if link else loss


def rises_with_regularisation(subject: Subject) -> CheckResult:
    """The first loss with L2 of growing strength, λ/2 · Σw² over the weights that the recipe pulls."""
    job = subject.job
    module = subject.module().train()
    with torch.no_grad(), same_random():
        plain = module.losses(*subject.batch(SAMPLES))[0].item()
    own_pulls = pulls(job.optimizer, job.recipe)
    pulled = [weight.detach() for pull in own_pulls for weight in pull.weights]
    added = [penalty(pulled, 0.0, strength).item() if pulled else 0.0 for strength in STRENGTHS]
    is_apart = job.recipe.optimizer == "AdamW" or job.recipe.decoupled_weight_decay  # no part of the loss then
    own = sum(penalty(pull.weights, pull.l1, 0.0 if is_apart else pull.l2).item() for pull in own_pulls)
    losses = [plain + more for more in added]
    chart = Chart(
        "First loss by strength of L2",
        "lines",
        {"loss": losses},
        x=[max(strength, STRENGTHS[1] / 10) for strength in STRENGTHS],
        x_title="weight_decay",
        is_logarithmic=True,
    )
    sentence = (
        f"The first loss is {figure(plain, 4)}; it would be {figure(losses[4], 4)} with a weight_decay of 0.1, and "
        f"{figure(losses[5], 4)} with 1."
    )
    if not all(later > earlier for earlier, later in pairwise(losses)):
        return CheckResult(
            "regularisation",
            RISES,
            "red",
            f"{sentence} It does not rise.",
            "Turn decay_biases on, or unfreeze a layer: there is no weight to pull.",
            charts=[chart],
        )
    if own > plain:
        return CheckResult(
            "regularisation",
            RISES,
            "amber",
            f"The recipe's penalty is {own:.4g}, more than the first loss itself ({plain:.4g}).",
            f"Set weight_decay to {job.recipe.weight_decay * plain / own / 10:.1g} or less, and l1 likewise.",
            charts=[chart],
        )
    return CheckResult("regularisation", RISES, "green", f"{sentence} The recipe adds {own:.3g}.", charts=[chart])
