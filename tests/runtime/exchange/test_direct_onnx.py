"""The rules that write ONNX from the graph: for random settings, open sizes and opsets, what PyTorch gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import hypothesis
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from nodes.arithmetic import Constant
from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.catalogue import catalogue
from nodes.embedding import Embedding
from nodes.graph.model import Graph, Link, Node
from nodes.merge import Add
from nodes.reshape_resize import Upsample
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from runtime.compile import build
from runtime.exchange.example import random_inputs
from runtime.exchange.onnx import build as builder
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx.older import OLDEST_WRITTEN
from runtime.exchange.onnx.rules import RULES, NoRuleError
from runtime.exchange.onnx_file import output_shapes
from runtime.questions.exchange import OPSETS
from tests.nodes.cases import cases
from tests.nodes.test_contract import with_unknowns

DIRECT = [t for t in catalogue() if t.type_id in RULES and t.type_id != "opaque_onnx" and t._inputs]
WRITTEN = [opset for opset in OPSETS if opset >= OLDEST_WRITTEN]
CLOSE = 1e-5  # of the largest number of an output, or of 1
LARGEST = 40_000  # numbers of an input, so that a case takes a moment
FEW = hypothesis.settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)


def alone(settings: NodeType, shapes: tuple[Shape | None, ...]) -> Graph:
    """One node between as many inputs and outputs as it has; what comes from no data is added to something."""
    kinds = {axes: kind for kind, axes in AXES_BY_KIND.items()}
    graph, ports = Graph().with_node("layer", Node(settings)), settings.inputs()
    for number, shape in enumerate(shapes):
        if shape is not None:
            port = f"{ports[0].name}{number + 1}" if ports[0].variadic else ports[number].name
            sizes = tuple(size if isinstance(size, int) else str(size) for size in shape)
            entry = Input(kind=kinds[shape.axes], size=sizes, values=shape.values)
            graph = graph.with_node(f"in_{port}", Node(entry)).with_link(Link(f"in_{port}", "output", "layer", port))
    for port in settings.outputs():
        graph = graph.with_node(f"out_{port}", Node(Output())).with_link(Link("layer", port, f"out_{port}", "x"))
    return graph


def is_light(settings: NodeType, inputs: tuple[Shape | None, ...], outputs: Iterable[Shape]) -> bool:
    """Whether it takes a moment: few numbers in, within and out."""
    numbers = [shape.known_numel for shape in (*outputs, *settings.weights(*inputs).values())]
    return max(numbers, default=0) < LARGEST and settings.multiply_adds(*inputs) < 50 * LARGEST


def differences(
    graph: Graph, module: nn.Module, model: onnx.ModelProto, batch: int, sizes: Mapping[str, int]
) -> float:
    """The largest difference of any output, as a share of its largest number."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = random_inputs(graph, batch, sizes)
    try:
        with torch.no_grad():
            wanted = module(*inputs.values())
    except ValueError:  # PyTorch normalises no group of one number in a batch of one
        hypothesis.reject()
    got = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    worst = 0.0
    for ours, theirs in zip((wanted,) if isinstance(wanted, Tensor) else wanted, got, strict=True):
        assert tuple(ours.shape) == theirs.shape
        difference = (ours.double() - torch.from_numpy(theirs).double()).abs()
        difference[(ours == torch.from_numpy(theirs)) | (ours.isnan() & torch.from_numpy(theirs).isnan())] = 0.0
        scale = max(1.0, float(ours.double().nan_to_num(0, 0, 0).abs().max()) if ours.numel() else 1.0)
        worst = max(worst, float(difference.max() / scale) if difference.numel() else 0.0)
    return worst


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("declared", DIRECT, ids=lambda t: t.type_id)
@FEW
@hypothesis.given(data=st.data())
def test_a_rule_gives_what_pytorch_gives(declared, data):
    settings, inputs = data.draw(cases(declared))
    if getattr(settings, "inplace", False):
        settings = settings.replaced(inplace=False)  # which would write over what belongs to the data
    opset, is_open = data.draw(st.sampled_from(WRITTEN)), data.draw(st.booleans())
    hypothesis.assume(all(shape is None or shape.axes in AXES_BY_KIND.values() for shape in inputs))
    hypothesis.assume(all(shape is None or shape.known_numel < LARGEST for shape in inputs))
    sizes: dict[str, int] = {}
    try:
        outputs = settings.shape(*inputs)
        hypothesis.assume(is_light(settings, inputs, (outputs,) if isinstance(outputs, Shape) else outputs.values()))
        if is_open:
            inputs, sizes = with_unknowns(settings, inputs)
            settings.shape(*inputs)
    except ShapeError:
        hypothesis.reject()
    graph = alone(settings, inputs)
    torch.manual_seed(0)
    module = build(graph, losses=False).eval()
    for name, value in module.named_buffers():
        if "running" in name:
            value.uniform_(0.5, 1.5)
    try:
        model = built_directly(graph, module, opset)
    except NoRuleError:
        hypothesis.reject()
    onnx.checker.check_model(model, full_check=True)
    for batch in (1, 7):
        assert differences(graph, module, model, batch, sizes) <= CLOSE
    larger = {name: size + 2 for name, size in sizes.items()}
    if larger and fits(settings, inputs, larger):
        assert differences(graph, module, model, 2, larger) <= CLOSE


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [1.25, 2.3, 0.4])
@pytest.mark.parametrize("antialias", [False, True])
def test_resizing_by_factors_that_are_rounded_is_written_exactly(mode, factor, antialias):
    settings, image = Upsample(scale_factor=factor, mode=mode, antialias=antialias and mode != "nearest"), (3, 9, 10)
    graph = alone(settings, (Shape(*image),))
    module = build(graph, losses=False).eval()
    assert differences(graph, module, built_directly(graph, module, 20), 2, {}) <= CLOSE


def test_indices_of_a_constant_are_looked_up():
    """Learned vectors that are added to each step: what is looked up comes from no data."""
    nodes = {"x": Input("sequence", (3, 4)), "c": Constant("indices", (3,), (2, 0, 1)), "look": Embedding(5, 4),
             "sum": Add(), "out": Output()}  # fmt: skip
    links = [("x", "sum", "x1"), ("c", "look", "x"), ("look", "sum", "x2"), ("sum", "out", "x")]
    graph = Graph()
    for name, settings in nodes.items():
        graph = graph.with_node(name, Node(settings))
    for source, target, port in links:
        graph = graph.with_link(Link(source, "output", target, port))
    module = build(graph, losses=False).eval()
    assert differences(graph, module, built_directly(graph, module, 20), 2, {}) <= CLOSE


def fits(settings: NodeType, inputs: tuple[Shape | None, ...], sizes: Mapping[str, int]) -> bool:
    try:
        settings.shape(*(None if shape is None else shape.at(sizes) for shape in inputs))
    except ShapeError:
        return False
    return True


def built_directly(graph: Graph, module: nn.Module, opset: int) -> onnx.ModelProto:
    """Without PyTorch's exporter: raises NoRuleError where that would be asked."""

    def refuse(*_: object) -> list[str]:
        raise NoRuleError("no rule")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builder, "traced_node", refuse)
        return build_model(graph, module, output_shapes(graph), opset)
