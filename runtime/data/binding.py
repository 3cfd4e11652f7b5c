"""Which field of the data each input of a network takes, and what its losses compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes.boundary import Input
from nodes.graph.fit import class_count_fault, takes, takes_the_target, target_fault
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from runtime.data.choice import DataError
from runtime.data.dataset import DataSet, Field
from runtime.source import forward_inputs


@dataclass(frozen=True)
class Binding:
    """A field for each input, in the order of the inputs, and the field that unwired targets take.

    ``forward`` are the fields of those inputs that an output needs: what a trained network is fed.
    ``classifier`` is the loss node whose prediction is one score for each class: accuracy is counted there.
    """

    inputs: tuple[str, ...]
    forward: tuple[str, ...]
    target: str = ""
    classifier: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields a training step needs: those of the inputs, then the target."""
        return (*self.inputs, self.target) if self.target else self.inputs


def bind(graph: Graph, dataset: DataSet) -> Binding:
    """Joins a network and a data set. Raises DataError naming the node, the shapes and the remedy."""
    by_input = {
        name: field_of(name, node.settings, dataset)
        for name, node in graph.nodes.items()
        if isinstance(node.settings, Input)
    }
    inference = _inferred(graph, {name: dataset.field(field).shape for name, field in by_input.items()})
    inputs, forward = tuple(by_input.values()), tuple(by_input[name] for name in forward_inputs(graph))
    losses = [name for name, node in graph.nodes.items() if node.settings.is_loss]
    unwired = [name for name in losses if takes_the_target(graph, name)]
    if not unwired:
        return Binding(inputs, forward)
    target = dataset.target
    if target is None:
        raise DataError(
            f"{unwired[0]} compares with the target of the data, but the data has none.",
            f"Connect something to the target of {unwired[0]}, such as the input.",
            unwired[0],
        )
    classifier = ""
    for name in unwired:
        shape = _judged(inference, name)
        if target.classes and getattr(graph.nodes[name].settings, "judges_classes", False):
            fault = class_count_fault(inference, name, len(target.classes))
            if fault is not None:
                raise DataError(fault.fact, fault.remedy, fault.path[0])
            if shape.axes == "C" and not target.shape:
                classifier = classifier or name
        _require_comparable(inference, name, target)
    return Binding(inputs, forward, target.name, classifier)


def field_of(name: str, settings: Input, dataset: DataSet) -> str:
    """The field that an input takes. Raises DataError."""
    wanted = settings.shape()
    if settings.field:
        chosen = [f for f in dataset.fields if f.name == settings.field]
        if not chosen:
            raise DataError(
                f"{name} takes the field {settings.field}, which the data does not have.",
                f"Set field of {name} to {' or '.join(f.name for f in dataset.fields)}, or leave it empty.",
                name,
            )
    else:
        chosen = sorted(dataset.fields, key=lambda f: f.is_target)
    for candidate in chosen:
        if takes(wanted, candidate.shape):
            return candidate.name
    like = next((f for f in chosen if not f.is_target), chosen[0])
    remedy = (
        f"Set size of {name} to {like.shape}"
        if like.shape.axes == wanted.axes
        else f"Make {name} {like.shape.described()}"
    )
    raise DataError(
        f"{name} takes {wanted.described()}, but the data gives {like.shape.described()}.",
        f"{remedy}, or choose other data.",
        name,
    )


def _inferred(graph: Graph, given: Mapping[str, Shape]) -> Inference:
    """The shapes for the sizes of the data, where the network is drawn for any. Raises DataError."""
    inference = infer(graph, given=given)
    for name, facts in inference.facts.items():
        if facts.error is not None:
            raise DataError(f"{name}, with these data: {facts.error.fact}", facts.error.remedy, name)
    return inference


def _judged(inference: Inference, loss: str) -> Shape:
    """The value that a loss judges: that at its first port."""
    shape = inference.facts[loss].inputs.get(_judged_port(inference.graph, loss))
    if shape is None:
        raise DataError(f"{loss} has no prediction.", f"Connect the last layer to {loss}.", loss)
    return shape


def _judged_port(graph: Graph, loss: str) -> str:
    return graph.nodes[loss].settings.inputs()[0].name


def _require_comparable(inference: Inference, loss: str, target: Field) -> None:
    fault = target_fault(inference, loss, target.shape, len(target.classes or ()))
    if fault is not None:
        raise DataError(f"{loss}: {fault.fact}", fault.remedy, loss)
