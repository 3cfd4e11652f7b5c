"""A PyTorch module -> a drawing: traced by torch.fx, each step said by a node, what none says kept as Python code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import fx, nn
from torch.overrides import TorchFunctionMode

from nodes.boundary import AXES_BY_KIND, Input
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape, ShapeError
from runtime.exchange.importing.drawing import Drawing, Level, Path, UnsayableError, Value, pruned
from runtime.exchange.importing.torch_code import CodePart, as_code
from runtime.exchange.importing.torch_functions import Held, Step, function_of
from runtime.exchange.importing.torch_modules import is_windowed, said
from runtime.exchange.importing.torch_partitions import is_partitioned, partitioned
from runtime.faults import RefusalError

RANDOM = ("uniform_", "normal_", "erfinv_", "orthogonal_", "kaiming_uniform_", "kaiming_normal_",
          "xavier_uniform_", "xavier_normal_")  # fmt: skip
MOST_ROUNDS = 60
UNSAID = (UnsayableError, ShapeError, SettingError)


class _Unfilled(TorchFunctionMode):
    """Leaves out the filling of fresh weights, which takes most of the time that a large network is built in."""

    def __torch_function__(
        self, function: Callable[..., Any], kinds: Any, given: Sequence[Any] = (), named: Any = None
    ) -> Any:
        named, name = named or {}, getattr(function, "__name__", "")
        if name not in RANDOM:
            return function(*given, **named)
        tensor = given[0] if given else named["tensor"]
        if name == "normal_":  # some code draws again until all numbers lie within bounds: those of memory may never
            tensor.detach().fill_(named.get("mean", given[1] if len(given) > 1 else 0.0))
        return tensor


@contextmanager
def unfilled() -> Iterator[None]:
    """Modules that are made within get memory for weights, but no numbers that are worth their time."""
    drawing_again, nn.init.trunc_normal_ = nn.init.trunc_normal_, lambda tensor, *_, **__: tensor
    try:
        with _Unfilled():
            yield
    finally:
        nn.init.trunc_normal_ = drawing_again


def sentence(error: BaseException) -> str:
    """The first line of what somebody else's code complains of, with its kind and one full stop."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}{': ' if lines else ''}{lines[0].rstrip('. ') if lines else ''}."


class _Tracer(fx.Tracer):
    """Goes into every module but those that one node says."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return is_windowed(m) or is_partitioned(m) or super().is_leaf_module(m, module_qualified_name)


def drawn(module: nn.Module, inputs: Mapping[str, Shape]) -> Drawing:
    """The drawing of a module that takes values of these shapes. Its code is run as far as tracing does.

    Raises RefusalError where it cannot be traced.
    """
    module.eval()
    try:
        graph = _Tracer().trace(module)
    except Exception as error:  # whatever the code of a module does
        raise RefusalError(
            f"{type(module).__name__} cannot be traced: {sentence(error)}",
            "Keep decisions that depend on values out of forward, or export it to ONNX and import that.",
        ) from error
    coded: dict[str, str] = {}  # path of a module -> why
    for _ in range(MOST_ROUNDS):
        reader = _Reader(module, graph, inputs, coded)
        failed = reader.read()
        if failed is None:
            return pruned(reader.drawing)
        coded |= failed
    raise RefusalError("The module has too many parts that no node says.", "Export it to ONNX and import that.")


@dataclass
class _Reader:
    """One way through the traced graph; modules in ``coded`` become Python code."""

    module: nn.Module
    graph: fx.Graph
    inputs: Mapping[str, Shape]
    coded: Mapping[str, str]

    def __post_init__(self) -> None:
        self.drawing = Drawing()
        self.env: dict[fx.Node, Any] = {}
        self.modules = dict(self.module.named_modules())
        self.callers = _weighted_calls(self.graph, self.modules)

    def read(self) -> dict[str, str] | None:
        """Fills the drawing; else gives the modules that have to be code too. Raises RefusalError."""
        nodes = list(self.graph.nodes)
        place = 0
        while place < len(nodes):
            node = nodes[place]
            owner = next((key for key, path, _ in _stack(node) if path in self.coded), None)
            run = [node]
            if owner is not None:
                run = [n for n in nodes[place:] if any(key == owner for key, _, _ in _stack(n))]
            try:
                if owner is None:
                    self.env[node] = self._step(node)
                else:
                    self._code(run, owner)
            except UNSAID as error:
                return self._failed(node, str(error), owner)
            place += len(run)
        return None

    def _failed(self, node: fx.Node, why: str, owner: str | None) -> dict[str, str]:
        """The innermost module around a step, and all others of its class."""
        paths = [path for _, path, _ in _stack(node)]
        if owner is not None:
            paths = paths[: paths.index(owner.partition("@")[0])]
        if node.op == "call_module" and paths and paths[-1] == node.target:
            paths = paths[:-1] if not _is_foreign(self.modules[str(node.target)]) else paths
        if not paths:
            raise RefusalError(
                f"{type(self.module).__name__} does something that no node says, outside its modules: {why}.",
                "Put that step into a module of its own, or export it to ONNX and import that.",
            )
        found = self.modules[paths[-1]]
        if type(found) is nn.Sequential:
            return {paths[-1]: why}
        return {path: why for path, one in self.modules.items() if type(one) is type(found)}

    def _step(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return self._input(node)
        if node.op == "get_attr":
            return self._held(str(node.target))
        given, named = fx.map_arg(node.args, self.env.__getitem__), fx.map_arg(node.kwargs, self.env.__getitem__)
        if node.op == "output":
            self._results(given[0])
            return None
        if node.op == "call_module":
            return self._call(node, given, named)
        step = Step(self.drawing, _path(node))
        return function_of(node)(step, *given, **named)

    def _input(self, node: fx.Node) -> Any:
        name = str(node.target)
        if len(self.inputs) == 1 and not self.drawing.items:
            name = next(iter(self.inputs))  # whatever the module calls it
        if name not in self.inputs:
            if node.args:
                return node.args[0]  # its default
            raise RefusalError(f"The module takes {name} too, but no shape was given for it.", "Give its shape.")
        shape = self.inputs[name]
        kind = next(kind for kind, axes in AXES_BY_KIND.items() if axes == shape.axes)
        sizes = tuple(size if isinstance(size, int) else str(size) for size in shape)
        values = "index" if shape.values == "index" else "real"
        wanted = "input" if len(self.inputs) == 1 else name
        return self.drawing.one(Input(kind, sizes, values), name=wanted, origin="input")

    def _held(self, target: str) -> Held:
        value: Any = self.module
        for part in target.split("."):
            value = getattr(value, part)
        return Held(value.detach(), target.rpartition(".")[2], isinstance(value, nn.Parameter))

    def _call(self, node: fx.Node, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        target = str(node.target)
        layer = self.modules[target]
        values = [*given, *(value for key, value in named.items() if isinstance(value, Value))]
        if not values or not all(isinstance(value, Value) for value in values):
            raise UnsayableError(f"{type(layer).__name__} is given something other than values")
        if self.callers.get(target, 0) > 1:
            raise UnsayableError(f"{target} is used several times with the same weights")
        if isinstance(layer, nn.MultiheadAttention) and named.get("need_weights") is False:
            values = values[:1] if values[0] == values[1] == values[2] else values[:3]
        if is_partitioned(layer):
            level = Level(target.rpartition(".")[2], type(layer).__name__, 0)
            return partitioned(self.drawing, (*_path(node), level), layer, values[0])
        settings, weights = said(layer, values[0].shape)
        outputs = self.drawing.add(
            settings, values, path=_path(node), name=target.rpartition(".")[2], weights=weights,
            origin=type(layer).__name__,
        )  # fmt: skip
        found = list(outputs.values())
        if isinstance(layer, nn.MultiheadAttention):
            return (found[0], None)
        if isinstance(layer, nn.LSTM):
            return (found[0], (found[1], found[2]))
        return tuple(found) if len(found) > 1 else found[0]

    def _code(self, run: Sequence[fx.Node], owner: str) -> None:
        path = owner.partition("@")[0]
        part = CodePart(self.module, path, run, self.env)
        depth = next(n for n, (key, _, _) in enumerate(_stack(run[0])) if key == owner)
        self.env[part.result] = as_code(
            part, self.drawing, _path(run[0])[:depth], path.rpartition(".")[2], self.coded[path]
        )

    def _results(self, found: Any) -> None:
        if isinstance(found, Value):
            self.drawing.results["output"] = found
            return
        named = found if isinstance(found, Mapping) else {f"output{n}": v for n, v in enumerate(found, 1)}
        for name, value in named.items():
            if not isinstance(value, Value):
                raise RefusalError("The module gives something other than tensors.", "Let it return tensors.")
            self.drawing.results[name] = value


def _weighted_calls(graph: fx.Graph, modules: Mapping[str, nn.Module]) -> dict[str, int]:
    """How often each layer with weights is used."""
    found: dict[str, int] = {}
    for node in graph.nodes:
        if node.op == "call_module" and any(True for _ in modules[str(node.target)].parameters()):
            found[str(node.target)] = found.get(str(node.target), 0) + 1
    return found


def _stack(node: fx.Node) -> list[tuple[str, str, str]]:
    """The modules around a step: key (with the number of the call), path and class, the outermost first."""
    stack = node.meta.get("nn_module_stack", {})
    return [(key, path, kind.__name__) for key, (path, kind) in stack.items() if path]


def _path(node: fx.Node) -> Path:
    """The modules around a step as levels; the layer that it calls is none of them."""
    stack = _stack(node)
    if node.op == "call_module" and stack and stack[-1][1] == node.target:
        stack = stack[:-1]
    return tuple(Level(path.rpartition(".")[2], kind, int(key.partition("@")[2] or 0)) for key, path, kind in stack)


def _is_foreign(module: nn.Module) -> bool:
    return not type(module).__module__.startswith("torch.nn.")
