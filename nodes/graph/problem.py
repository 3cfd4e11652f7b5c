"""Problem: what a check says of a network, and the reasons it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nodes.graph.model import Link
from nodes.spec.shapes import Shape

Severity = Literal["error", "warning", "remark"]

REASONS = {
    # What the rules of the node types find.
    "shape": "Every layer calculates with an input of a certain form; another form has no result.",
    "rank": "A layer gives each axis of its input a meaning; a value with other axes has no meaning for it.",
    "channels": "Weights are made for a fixed number of channels, so both sides have to agree on it.",
    "groups": "Each group gets an equal share of the channels, so the channels must divide by the groups.",
    "kernel": "A window that is larger than its padded input has no place to stand.",
    "shrinks": "Each stride makes a picture smaller; when nothing is left there is no result.",
    "sizes": "Values are combined position by position, so they must have as many positions.",
    "values": "Indices are names of classes: nothing can be multiplied with them before they become vectors.",
    "unknown": "Weights are made before the data is seen, so the sizes they depend on must be numbers.",
    "padding": "Padding can only copy what is there, and a window that sees nothing else has no result.",
    "repeat": "Each repetition is fed with what the one before gives, so both must have the same form.",
    "setting": "These settings ask for things that exclude each other.",
    "boxes": "A region of interest is cut out of the feature map where a box says so: x1, y1, x2, y2 in pixels.",
    "unpool": "Unpooling puts each number back where its pooling took it from, so both need the same window.",
    "port": "A block meets the rest of the network at the Input and Output nodes inside it.",
    "code": "What the code does is known only after it was run once.",
    # What the drawing as a whole shows.
    "cycle": "A value cannot depend on itself: there is no order in which the layers could be worked out.",
    "no-input": "Data enters a network at its Input nodes.",
    "no-output": "Only what reaches an Output node is kept, predicted and exported.",
    "no-loss": "Training lowers the loss; without one there is nothing to lower.",
    "unwired": "A layer without its input has nothing to calculate with.",
    "occupied": "An input takes one value. Several have to become one first: by their sum, or side by side.",
    "unused": "What leads to no output and no loss changes nothing, and is left out of the source.",
    "unused-input": "A field of the data that nobody reads is loaded for nothing.",
    "overwritten": "Working in place writes the result over the input, so that nobody else finds it there.",
    "remainder": "Where the steps do not come out even, the last rows or columns count for nothing.",
    "remark": "It works, but it may not be what was meant.",
    "softmax-before-loss": "The loss takes the softmax or sigmoid itself. Taken twice, gradients become tiny.",
    "log-softmax-missing": "NLLLoss only picks the number of the right class, and KLDivLoss weighs those of all: "
    "of anything but log-probabilities they have no least value.",
    "sigmoid-missing": "BCELoss takes the logarithm of probabilities: a number below 0 or above 1 ends the training.",
    "bias-before-norm": "The normalization subtracts the mean, and the bias with it: it is trained for nothing.",
    "dropout-before-norm": "Dropout changes the variance in training only, so the averages that the normalization "
    "keeps do not suit prediction (Li et al. 2018, arXiv:1801.05134).",
    "batch-of-one": "The mean and variance of a single number say nothing: PyTorch refuses to train on them.",
    "no-activation": "Two linear maps in a row are one linear map: the second adds weights, but no abilities.",
    "saturating": "The gradient of a sigmoid is at most 1/4 and of tanh at most 1, so it fades from layer to layer.",
    "vain-beginning": "Xavier, Kaiming and orthogonal go by the numbers into and out of a layer, bilinear by the "
    "sides of a filter: weights without those axes have none.",
    "frozen": "Frozen weights stay as they are, so training would change nothing.",
    "same-field": "Both hold the same numbers; one Input can feed several layers.",
    "alike-names": "Some file systems and tools take capital and small letters for the same.",
    "class-count": "There is one score for each class; the right class is found by its number.",
    "target": "A loss compares each number with one of the target, or the scores of classes with the right class.",
    "data-shape": "An Input takes a field of the data as it is.",
}
"""Why each kind of problem matters. Every kind there is stands here."""


OF_TRAINING = frozenset({"class-count", "target", "data-shape", "batch-of-one"})
"""Kinds that lie in the data and the recipe: the network itself is sound, and can be exported."""


@dataclass(frozen=True)
class Problem:
    """Something to mend (error), to think about (warning) or to know (remark), and where it is."""

    severity: Severity
    node: str  # empty: the network as a whole
    fact: str
    remedy: str = ""
    parameter: str = ""
    link: Link | None = None
    kind: str = ""  # what sort of problem it is, for its remedies: "cycle", "no-loss", or the kind of a ShapeError
    reason: str = ""  # why it matters, a sentence for those who want to know
    within: tuple[str, ...] = ()  # where it lies in the body of a block: the names from the outside in

    def __str__(self) -> str:
        return f"{self.fact} {self.remedy}".strip()


@dataclass(frozen=True)
class DataFacts:
    """What is known of the data: how many classes its target has (0: none), and the shape of each field.

    Data that nobody chose is what a training would take; nothing is held against it before an Input takes it.
    """

    classes: int = 0
    fields: Mapping[str, Shape] = field(default_factory=dict)
    target: str = ""
    is_chosen: bool = True


def told(
    severity: Severity,
    node: str,
    kind: str,
    fact: str,
    remedy: str = "",
    *,
    parameter: str = "",
    link: Link | None = None,
    within: tuple[str, ...] = (),
) -> Problem:
    """A problem with the reason of its kind."""
    return Problem(severity, node, fact, remedy, parameter, link, kind, REASONS.get(kind, REASONS["shape"]), within)
