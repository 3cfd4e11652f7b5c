"""Every declaration against PyTorch itself, for hundreds of random settings and inputs."""

import importlib
import math
import pkgutil
import warnings
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision import ops

import runtime.layers
from nodes.catalogue import catalogue
from nodes.spec.elementwise import AlongAxis
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import grouped
from nodes.spec.sums import sums_of
from runtime.compile import build_node
from tests.nodes import sequential, spatial
from tests.nodes.cases import cases

TYPES = [t for t in catalogue() if t.family not in ("boundary", "block", "code")]
BATCH = 2
NAMES: dict[str, Any] = {"nn": nn, "F": nn.functional, "torch": torch, "math": math, "ops": ops}
for _layers in pkgutil.iter_modules(runtime.layers.__path__):
    NAMES.update(vars(importlib.import_module(f"runtime.layers.{_layers.name}")))
IN_TRAINING = SimpleNamespace(training=True)  # the module around a node that is a call
HARMLESS = (
    "Using padding='same' with even kernel lengths",
    "LSTM with projections is not supported",
    "Since version 1.3.0",
    "reduction: 'mean' divides the total loss",
)

each_type = pytest.mark.parametrize("declared", TYPES, ids=lambda t: t.type_id)
# Draws that a rule refuses are many where a type is choosy; what is left is enough to compare.
thoroughly = hypothesis.settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[hypothesis.HealthCheck.filter_too_much]
)
briefly = hypothesis.settings(thoroughly, max_examples=thoroughly.max_examples // 3)


def by_port(settings: NodeType, *inputs: Shape | None) -> Mapping[str, Shape]:
    result = settings.shape(*inputs)
    return {settings.outputs()[0]: result} if isinstance(result, Shape) else result


def values_for(inputs: tuple[Shape | None, ...]) -> dict[str, Tensor]:
    kinds = {"real": torch.float32, "index": torch.int64}
    return {
        f"x{number}": torch.zeros(BATCH, *shape, dtype=kinds[shape.values])
        for number, shape in enumerate(inputs)
        if shape is not None
    }


def built(settings: NodeType, inputs: tuple[Shape | None, ...]) -> nn.Module | None:
    """The layer that the declaration's source builds; None where it builds none."""
    with warnings.catch_warnings():
        for harmless in HARMLESS:
            warnings.filterwarnings("ignore", harmless)
        source = settings.module(*inputs)
        return eval(source, dict(NAMES)) if source else None


def called(
    settings: NodeType, inputs: tuple[Shape | None, ...], layer: nn.Module | None, values: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """What the declaration's source gives for the values x0, x1, …, by output port."""
    names = [f"x{number}" if shape is not None else None for number, shape in enumerate(inputs)]
    scope: dict[str, Any] = {**NAMES, **values, "layer": layer, "self": IN_TRAINING}
    with warnings.catch_warnings():
        for harmless in HARMLESS:
            warnings.filterwarnings("ignore", harmless)
        scope["result"] = eval(settings.expression("layer", *names, inputs=inputs), scope)
    return {port: eval(settings.picked(port, "result"), scope) for port in settings.outputs()}


def run_in_torch(settings: NodeType, inputs: tuple[Shape | None, ...]) -> tuple[nn.Module | None, dict[str, Tensor]]:
    """The layer that the declaration's source builds, and what it gives; whatever the shape rule says of it."""
    layer = built(settings, inputs)
    return layer, called(settings, inputs, layer, values_for(inputs))


@each_type
@thoroughly
@hypothesis.given(data=st.data())
def test_declaration_agrees_with_pytorch(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = data.draw(cases(declared))
    try:
        expected = by_port(settings, *inputs)
    except ShapeError:
        # Each layer of PyTorch refuses in its own way.
        with pytest.raises(Exception):  # noqa: B017, PT011
            run_in_torch(settings, inputs)
        return
    layer, got = run_in_torch(settings, inputs)
    # What comes from no data is the same for every sample: its batch axis of 1 is repeated.
    batch = () if settings.is_loss else (BATCH,) if settings.inputs() else (1,)
    assert {port: tuple(value.shape) for port, value in got.items()} == {
        port: (*batch, *shape) for port, shape in expected.items()
    }
    assert {p for p, value in got.items() if value.dtype == torch.int64} == {
        p for p, shape in expected.items() if shape.values == "index"
    }
    require_same_numbers(settings, inputs, layer)


def require_same_numbers(settings: NodeType, inputs: tuple[Shape | None, ...], layer: nn.Module | None) -> None:
    weights = {name: tuple(w.shape) for name, w in layer.named_parameters()} if layer else {}
    buffers = {name: tuple(b.shape) for name, b in layer.named_buffers()} if layer else {}
    assert settings.weights(*inputs) == weights
    assert settings.buffers(*inputs) == buffers


@each_type
@briefly
@hypothesis.given(data=st.data())
def test_every_setting_reaches_the_layer(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = data.draw(cases(declared))
    try:
        settings.shape(*inputs)
    except ShapeError:
        hypothesis.reject()
    layer, _ = run_in_torch(settings, inputs)
    layer = getattr(layer, "layer", layer)  # the one inside a layer of ours
    for name in setting_kinds(settings):
        if layer is not None and name not in elsewhere(settings):
            value, got = kept_value(settings, name), getattr(layer, name)
            if isinstance(value, tuple) and isinstance(got, int):
                got = (got,) * len(value)
            assert got in (value, getattr(settings, name)), name


def elsewhere(settings: Any) -> set[str]:
    """Settings that the layer keeps in another form, seen in its shapes or its weights."""
    names = set(sequential.ELSEWHERE.get(settings.type_id, ()) or spatial.ELSEWHERE.get(settings.type_id, ()))
    if settings.family == "conv" and settings.padding != kept_value(settings, "padding"):
        names.add("padding_mode")  # F.pad does it
    if isinstance(settings, AlongAxis):
        names.add("dim")
    if settings.is_loss or settings.family == "arithmetic":
        names |= set(setting_kinds(settings))  # written where the layer's value is used, or its value itself
    if settings.family != "recurrent":
        names.add("bias")  # there it is the layer's vector of offsets
    else:
        names |= {"skip_padding"} | ({"dropout"} if settings.num_layers == 1 else set())  # another class of layer
    return names


def kept_value(settings: Any, name: str) -> Any:
    value = getattr(settings, name)
    if name == "stride" and value is None:
        return settings.kernel_size
    if name == "padding" and isinstance(value, tuple) and len(value) > len(settings.kernel_size):
        return value[::2] if value[::2] == value[1::2] else (0,) * len(settings.kernel_size)
    if name == "padding_idx" and value is not None:
        return value % settings.num_embeddings
    return value


@each_type
@briefly
@hypothesis.given(data=st.data())
def test_unknown_sizes_flow_through(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = data.draw(cases(declared))
    try:
        expected = by_port(settings, *inputs)
    except ShapeError:
        hypothesis.reject()
    open_inputs, sizes = with_unknowns(settings, inputs)
    got = by_port(settings, *open_inputs)
    assert {port: shape.at(sizes) for port, shape in got.items()} == expected
    assert settings.weights(*open_inputs) == settings.weights(*inputs)


def with_unknowns(
    settings: NodeType, inputs: tuple[Shape | None, ...]
) -> tuple[tuple[Shape | None, ...], dict[str, int]]:
    """The inputs with names for their sizes in space and time, and what each name stands for."""
    sizes: dict[str, int] = {}
    opened: list[Shape | None] = []
    for number, shape in enumerate(inputs):
        if shape is None or (settings.family == "recurrent" and number):
            opened.append(shape)
            continue
        named: list[int | str] = []
        for place, (axis, size) in enumerate(zip(shape.axes, shape, strict=True)):
            assert isinstance(size, int)
            is_open = size > 1 and axis != "C" and place < len(shape) - getattr(settings, "normalized_axes", 0)
            named.append(f"{axis}{size}" if is_open else size)
            sizes[f"{axis}{size}"] = size
        opened.append(shape.resized(*named))
    return tuple(opened), sizes


@each_type
@briefly
@hypothesis.given(data=st.data())
def test_what_has_weights_or_another_shape_shows_its_sum(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = data.draw(cases(declared))
    try:
        outputs = by_port(settings, *inputs)
    except ShapeError:
        hypothesis.reject()
    sums = {card.title: card.lines for card in sums_of(settings, inputs)}
    first, given = next(iter(outputs.values())), next((shape for shape in inputs if shape is not None), None)
    if given is not None and tuple(given) != tuple(first) and not settings.is_loss:
        *lines, result = sums["Output size"]
        assert lines
        assert result == str(first)
    weights = settings.weights(*inputs)
    assert bool(weights) == ("Weights" in sums)
    if weights and getattr(settings, "num_layers", 1) < 3:  # of more layers two are shown
        results = [
            line.rpartition(" = ")[2].removeprefix("in all ").replace("\u202f", "") for line in sums["Weights"]
        ]
        counts = [int(text) for text in results if text.isdigit()]
        assert sum(weight.known_numel for weight in weights.values()) in (*counts, sum(counts))
    for line in sums.get("Multiply-adds", ())[-1:]:
        assert line.endswith(f"= {grouped(settings.multiply_adds(*inputs))}")
    sums_of(settings, with_unknowns(settings, inputs)[0])  # they can be said with unknown sizes too


@each_type
def test_the_example_suits_its_node(declared: type[NodeType]) -> None:
    settings = declared()
    assert by_port(settings, *declared.example)
    assert len(declared.doc().split("\n")) > 2
    assert all(kind.doc for kind in setting_kinds(settings).values())
    assert settings.summary()
    if not settings.is_loss:
        module = build_node(settings, *declared.example)
        names = {name.removeprefix("layer.") for name, _ in module.named_parameters()}
        assert names == set(settings.weights(*declared.example))
