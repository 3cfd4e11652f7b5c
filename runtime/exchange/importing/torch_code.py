"""What no node says as a Python code node: the traced steps of a module, written out as a class of their own."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from torch import Tensor, fx, nn

from nodes.code import PythonCode, found_settings, trials
from nodes.spec.shapes import Shape
from runtime.exchange.importing.drawing import Drawing, Path, UnsayableError, Value
from runtime.faults import RefusalError
from runtime.trust import trust_code
from runtime.user_code import tried

LONGEST = 20_000  # characters, as the node takes them
GIVEN = ("torch", "nn", "math", "device", "inf", "nan")


@dataclass(frozen=True)
class CodePart:
    """The steps ``run`` of a module at ``path``; ``env`` holds what was said before them."""

    module: nn.Module
    path: str
    run: Sequence[fx.Node]
    env: Mapping[fx.Node, Any]

    @cached_property
    def result(self) -> fx.Node:
        """The step whose value the rest uses. Raises UnsayableError where there are several."""
        inside = set(self.run)
        found = [node for node in self.run if any(user not in inside for user in node.users)]
        if len(found) != 1:
            raise UnsayableError(f"{self.path} gives {len(found)} values")
        return found[0]

    @cached_property
    def entering(self) -> list[fx.Node]:
        """Steps outside whose values it takes."""
        inside = set(self.run)
        used = dict.fromkeys(given for node in self.run for given in node.all_input_nodes if given not in inside)
        return [node for node in used if isinstance(self.env[node], Value)]


def as_code(part: CodePart, drawing: Drawing, path: Path, name: str, why: str) -> Value:
    """Adds the part as a Python code node, trusted since it was written here. Raises UnsayableError, ShapeError."""
    lines, weights = _beginnings(part)
    values: list[Value] = [part.env[node] for node in part.entering]
    if not values:
        raise UnsayableError(f"{part.path} takes no value")
    forward, imports = _forward(part)
    owner = part.module.get_submodule(part.path)
    title = type(owner).__name__ if type(owner) is not nn.Sequential else "Steps"
    if any(line.startswith("        self.register_buffer") for line in lines):
        imports += ["import base64", "import zlib"]
    signature = ", ".join(f"x{n}: Tensor" for n in range(1, len(values) + 1))
    text = "\n".join(
        [
            *sorted(set(imports)), *([""] * 2 if imports else []),
            f"class {title}(nn.Module):", "    def __init__(self) -> None:", "        super().__init__()", *lines, "",
            f"    def forward(self, {signature}) -> Tensor:", *forward,
        ]
    ) + "\n"  # fmt: skip
    if len(text) > LONGEST:
        raise UnsayableError(f"{part.path} would be {len(text):,} characters of code")
    shapes = [value.shape for value in values]
    trust_code([text])
    try:
        found = found_settings(text, shapes, _answers(text, trials(shapes)))
    except RefusalError as error:
        raise UnsayableError(f"{part.path} cannot be written as code: {error}") from error
    return next(
        iter(
            drawing.add(
                PythonCode(code=text, **found),
                values,
                path=path,
                name=name,
                weights=weights,
                origin=f"{title}: {why}",
            ).values()
        )
    )


@lru_cache(maxsize=1000)
def _answers(text: str, tries: tuple[tuple[Shape, ...], ...]) -> list[dict[str, Any]]:
    return tried(text, tries)


def _beginnings(part: CodePart) -> tuple[list[str], dict[str, Tensor]]:
    """The lines that make its layers and weights, and their trained numbers."""
    lines: dict[str, str] = {}
    weights: dict[str, Tensor] = {}
    for node in part.run:
        name = _name(part, node)
        if name in lines or node.op not in ("call_module", "get_attr"):
            continue
        if node.op == "call_module":
            layer = part.module.get_submodule(str(node.target))
            if not type(layer).__module__.startswith("torch.nn."):
                raise UnsayableError(f"There is no node for {type(layer).__name__}")
            lines[name] = f"        self.{name} = nn.{layer!r}"
            weights |= {f"{name}.{key}": value for key, value in layer.state_dict().items()}
            continue
        value: Any = part.module
        for step in str(node.target).split("."):
            value = getattr(value, step)
        if isinstance(value, nn.Parameter):
            lines[name] = f"        self.{name} = nn.Parameter({_fresh(value)})"
            weights[name] = value.detach()
        else:
            lines[name] = f'        self.register_buffer("{name}", {_written(value)}, persistent=False)'
    return list(lines.values()), weights


def _fresh(value: Tensor) -> str:
    """Source of what a weight begins with."""
    sizes = list(value.shape)
    if value.numel() and bool((value == value.flatten()[0]).all()):
        return f"torch.full({sizes}, {value.flatten()[0].item()!r})"
    return f"torch.randn({sizes}) * 0.02"


def _written(value: Tensor) -> str:
    """Source of a tensor of fixed numbers."""
    packed = base64.b85encode(zlib.compress(value.detach().contiguous().numpy().tobytes(), 9)).decode()
    numbers = f"bytearray(zlib.decompress(base64.b85decode({packed!r})))"
    return f"torch.frombuffer({numbers}, dtype={value.dtype}).reshape({list(value.shape)})"


def _forward(part: CodePart) -> tuple[list[str], list[str]]:
    """The body of forward, and the imports it needs."""
    graph = fx.Graph()
    known: dict[fx.Node, Any] = {}
    for number, node in enumerate(part.entering, 1):
        known[node] = graph.placeholder(f"x{number}")

    def given(node: fx.Node) -> Any:
        if node in known:
            return known[node]
        value = part.env[node]
        if isinstance(value, bool | int | float | tuple | list):
            return value
        raise UnsayableError(f"{part.path} takes something other than values")

    for node in part.run:
        copy = graph.create_node(
            node.op,
            _name(part, node) if node.op in ("call_module", "get_attr") else node.target,
            fx.map_arg(node.args, given),
            fx.map_arg(node.kwargs, given),
        )
        known[node] = copy
    graph.output(known[part.result])
    code = graph.python_code("self")
    imports = [
        f"from {thing.__module__} import {thing.__name__} as {name}"
        for name, thing in code.globals.items()
        if name not in GIVEN and re.search(rf"\b{name}\(", code.src) and hasattr(thing, "__module__")
    ]
    body = code.src.partition("def forward(")[2].partition("\n")[2]
    body = re.sub(r"\btraining = (True|False)", "training = self.training", body)
    lines = [f"    {line.partition(';  ')[0]}" for line in body.splitlines() if line.strip()]
    return lines, imports


def _name(part: CodePart, node: fx.Node) -> str:
    """The attribute for a layer or weight of the part."""
    target = str(node.target).removeprefix(part.path).lstrip(".")
    name = re.sub(r"\W", "_", target)
    return f"layer{name}" if name[:1].isdigit() else name
