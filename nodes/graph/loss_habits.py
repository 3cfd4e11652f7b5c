"""What losses expect of the numbers they judge: scores, probabilities or logarithms of them."""

from __future__ import annotations

from nodes.graph.layer_kinds import LINEAR_MAPS, NORMS
from nodes.graph.level import Level, Spot, origin
from nodes.graph.look import Look
from nodes.graph.model import Link
from nodes.graph.problem import Problem, told

SIGMOIDS = ("sigmoid", "hardsigmoid")
SQUASHING = {
    "cross_entropy_loss": ("softmax", "log_softmax", *SIGMOIDS),
    "focal_loss": ("softmax", "log_softmax", *SIGMOIDS),
    "ctc_loss": ("softmax", "log_softmax", *SIGMOIDS),
    "multi_margin_loss": ("softmax", "log_softmax", *SIGMOIDS),
    "multi_label_margin_loss": ("softmax", "log_softmax", *SIGMOIDS),
    "dice_loss": ("softmax", *SIGMOIDS),
    "bce_with_logits_loss": ("softmax", *SIGMOIDS),
    "sigmoid_focal_loss": ("softmax", *SIGMOIDS),
}
"""What should not stand before a loss, because the loss does it itself or wants plain scores."""
REPEATABLE = ("cross_entropy_loss", "focal_loss", "ctc_loss")  # of a log-softmax their softmax changes nothing
OF_LOGARITHMS = ("nll_loss", "kl_div_loss")
OF_PROBABILITIES = ("bce_loss",)
UNKNOWN = ("input", "python_code", "opaque_onnx", "constant", "parameter")  # which may give anything
BEYOND_ONE = (*LINEAR_MAPS, *NORMS, "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "log_softmax", "layer_norm")
"""What gives numbers that are no probabilities: below 0 or above 1."""


def judged(look: Look, name: str) -> tuple[Link, Spot] | None:
    """The link that ends at the first port of a loss, and the node that made its numbers."""
    link = look.incoming(name).get(look.ports(name)[0].name)
    spot = origin(Level(look), link) if link else None
    return (link, spot) if link and spot else None


def squashed_twice(look: Look, name: str) -> list[Problem]:
    """A softmax or sigmoid before a loss that takes its own, in a block or before a layer that hands it on too."""
    found, settings = judged(look, name), look.settings(name)
    if found is None or found[1].settings.type_id not in SQUASHING[settings.type_id]:
        return []
    link, (path, before, _) = found
    place, title = ".".join(path), before.torch_name
    again = before.type_id == "log_softmax" and settings.type_id in REPEATABLE
    fact = f"{settings.torch_name} takes scores as they come, but {place} is a {title}."
    if before.type_id == "log_softmax":
        fact = f"{settings.torch_name} does not need the LogSoftmax of {place}."
    is_direct = path == (link.source,)
    remedy = f"Connect {name} to the value before {place}." if is_direct else f"Remove {place}."
    return [told("remark" if again else "warning", name, "softmax-before-loss", fact, remedy, link=link)]


def without_log(look: Look, name: str) -> list[Problem]:
    """A loss of log-probabilities that gets anything else."""
    found, settings = judged(look, name), look.settings(name)
    if found is None or found[1].settings.type_id in ("log_softmax", "log", "subtract", *UNKNOWN):
        return []
    link, (path, before, _) = found
    fact = f"{settings.torch_name} expects log-probabilities, but {'.'.join(path)} is a {before.torch_name}."
    remedy = "Insert a LogSoftmax before it, or use CrossEntropyLoss."
    if before.type_id == "softmax":
        remedy = f"Replace {'.'.join(path)} by LogSoftmax."
    elif settings.type_id != "nll_loss":
        remedy = "Insert a LogSoftmax before it."
    return [told("warning", name, "log-softmax-missing", fact, remedy, link=link)]


def without_sigmoid(look: Look, name: str) -> list[Problem]:
    """A loss of probabilities that gets plain scores."""
    found, settings = judged(look, name), look.settings(name)
    if found is None or found[1].settings.type_id not in BEYOND_ONE:
        return []
    link, (path, before, _) = found
    fact = f"{settings.torch_name} expects probabilities, but {'.'.join(path)} is a {before.torch_name}."
    remedy = "Use BCEWithLogitsLoss, or insert a Sigmoid before it."
    return [told("warning", name, "sigmoid-missing", fact, remedy, link=link)]
