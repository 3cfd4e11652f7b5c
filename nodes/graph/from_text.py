"""PyTorch text -> nodes: ``nn.Sequential(...)``, single layers, and what ``print(model)`` shows. Never executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nodes.boundary import Input, Output
from nodes.catalogue import catalogue
from nodes.graph.model import Graph, GraphError, Link, Node, name_fault
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.settings import SettingError

PITCH = 252.0  # scene units from one node to the next
LONGEST = 200_000  # characters
DEEPEST = 40
CONTAINERS = ("Sequential", "ModuleList", "OrderedDict", "ModuleDict")
# What PyTorch wants to be told and follows from the link here, or means nothing in a drawing.
CHANNELS = ("in_channels", "in_features", "in1_features", "in2_features", "num_features", "num_channels")
FOLLOWS = frozenset((*CHANNELS, "input_size", "embed_dim", "d_model", "batch_first", "device", "dtype"))
CONV, POOL = ("in_channels", "out_channels", "kernel_size", "stride", "padding"), ("kernel_size", "stride", "padding")
NORM = ("num_features", "eps", "momentum", "affine", "track_running_stats")
RECURRENT = ("input_size", "hidden_size", "num_layers")
TRANSFORMER = ("d_model", "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "batch_first")
# PyTorch's order of arguments where it is not that of the settings here: by the name without its 1d, 2d, 3d.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "Conv": (*CONV, "dilation", "groups", "bias", "padding_mode"),
    "ConvTranspose": (*CONV, "output_padding", "groups", "bias", "dilation", "padding_mode"),
    "MaxPool": (*POOL, "dilation", "return_indices", "ceil_mode"),
    "LPPool": ("norm_type", "kernel_size", "stride", "ceil_mode"),
    "Linear": ("in_features", "out_features", "bias"),
    "Bilinear": ("in1_features", "in2_features", "out_features", "bias"),
    "LeakyReLU": ("negative_slope", "inplace"),
    "ELU": ("alpha", "inplace"),
    "CELU": ("alpha", "inplace"),
    "Hardtanh": ("min_val", "max_val", "inplace"),
    "BatchNorm": NORM,
    "InstanceNorm": NORM,
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine"),
    "RMSNorm": ("normalized_shape", "eps", "elementwise_affine"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "Dropout": ("p", "inplace"),
    "AlphaDropout": ("p", "inplace"),
    "RNN": RECURRENT,
    "LSTM": RECURRENT,
    "GRU": RECURRENT,
    "MultiheadAttention": ("embed_dim", "num_heads", "dropout", "bias"),
    "TransformerEncoderLayer": (*TRANSFORMER, "norm_first", "bias"),
    "TransformerDecoderLayer": (*TRANSFORMER, "norm_first", "bias"),
    "EmbeddingBag": ("num_embeddings", "embedding_dim", "max_norm", "norm_type", "scale_grad_by_freq", "mode"),
    "Upsample": ("size", "scale_factor", "mode", "align_corners"),
}


@dataclass(frozen=True)
class ReadText:
    """The nodes of a text in a row, joined, and a sentence for everything in it that could not be read."""

    graph: Graph
    faults: tuple[str, ...] = ()


def from_text(text: str) -> ReadText:
    """The layers that a text names. Raises GraphError where it names none."""
    if len(text) > LONGEST:
        raise GraphError(f"This text is longer than {LONGEST:,} characters. Paste the layers alone.")
    reader = _Reader()
    tree = _parsed(text) or _parsed(_as_calls(text))
    if tree is not None:
        for call in _outermost(tree):
            reader.read(call)
    if not reader.graph.nodes:
        raise GraphError(reader.faults[0] if reader.faults else "This text names no layers of PyTorch.")
    return ReadText(reader.graph, tuple(reader.faults))


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(_dedented(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _dedented(text: str) -> str:
    """Lines taken out of a method begin where the first one does, and may end in a comma."""
    return text.strip().removesuffix(",")


def _as_calls(text: str) -> str:
    """What ``print(model)`` shows, as calls: ``(0): Linear(…)`` becomes an argument."""
    lines = []
    for line in text.strip().splitlines():
        found = re.fullmatch(r"(\s*)\((\w+)\): (?:\d+ x )?(.*)", line)
        line = f"{found[1]}_{found[2]}={found[3]}" if found else line
        lines.append(line if line.endswith(("(", ",")) else f"{line},")
    return "\n".join(lines)


def _outermost(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of layers and containers that stand in no other, in the order of the text."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Call) and (_called(child) in CONTAINERS or _called(child) in _types()):
            yield child
        else:
            yield from _outermost(child)


def _called(call: ast.Call) -> str:
    """``nn.Conv2d(…)`` -> ``Conv2d``."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def _types() -> Mapping[str, type[NodeType]]:
    """The layers a text can name: not those that stand for a place in the drawing, nor for other nodes."""
    no_layers = (Input, Output)
    found = {d.torch_name: d for d in catalogue() if d not in no_layers and d.type_id not in ("block", "python_code")}
    return {name: declared for name, declared in found.items() if not declared.is_loss}


class _Reader:
    """Reads call after call into one row."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.faults: list[str] = []
        self._last = ""

    def read(self, value: ast.expr, name: str = "", depth: int = 0) -> None:
        if isinstance(value, ast.Starred) and isinstance(value.value, ast.List | ast.Tuple):
            value = value.value
        if isinstance(value, ast.List | ast.Tuple):
            for inner in value.elts:
                self.read(inner, depth=depth + 1)
        elif isinstance(value, ast.Call) and _called(value) in CONTAINERS and depth < DEEPEST:
            self._read_container(value, depth)
        elif isinstance(value, ast.Call) and _called(value) in _types():
            self._add(value, _types()[_called(value)], name)
        else:
            self.faults.append(f"{_shown(value)} could not be read and was left out.")

    def _read_container(self, call: ast.Call, depth: int) -> None:
        for argument in call.args:
            pairs = _pairs(argument) if _called(call) in ("OrderedDict", "ModuleDict") else None
            if pairs is None:
                self.read(argument, depth=depth + 1)
            for name, value in pairs or ():
                self.read(value, name, depth + 1)
        for keyword in call.keywords:  # of an OrderedDict, or of what print(model) shows
            self.read(keyword.value, (keyword.arg or "").removeprefix("_"), depth + 1)

    def _add(self, call: ast.Call, declared: type[NodeType], name: str) -> None:
        is_free = name and name not in self.graph.nodes and not name_fault(name)
        name = name if is_free else self.graph.fresh_name(declared.stem)
        settings = self._settings(call, declared, name)
        node = Node(settings, PITCH * len(self.graph.nodes))
        self.graph = self.graph.with_node(name, node)
        if self._last and settings.inputs():
            output = self.graph.nodes[self._last].settings.outputs()[0]
            self.graph = self.graph.with_link(Link(self._last, output, name, self.graph.input_ports(name)[0].name))
        self._last = name

    def _settings(self, call: ast.Call, declared: type[NodeType], name: str) -> NodeType:
        """The settings a call gives, as far as they can be kept; the rest are PyTorch's defaults."""
        settings = declared()
        for key, value in self._given(call, declared, name):
            try:
                settings = settings.replaced(**{key: value})
            except (SettingError, TypeError) as error:
                self.faults.append(f"{name}: {error} Its default was taken.")
        return settings

    def _given(self, call: ast.Call, declared: type[NodeType], name: str) -> Iterator[tuple[str, Any]]:
        known = setting_kinds(declared)
        order = ORDERS.get(re.sub(r"\dd$", "", declared.torch_name), tuple(known))
        written: list[tuple[str, ast.expr]] = [*zip(order, call.args, strict=False)]
        written += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
        for key, expression in written:
            try:
                value = ast.literal_eval(expression)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                if key not in FOLLOWS:
                    self.faults.append(
                        f"{name}: {key}={_shown(expression)} is no plain value; its default was taken."
                    )
                continue
            if key == "normalized_shape" and "normalized_axes" in known:
                yield "normalized_axes", len(value) if isinstance(value, tuple | list) else 1
            elif key in known:
                yield key, tuple(value) if isinstance(value, list) else value
            elif key not in FOLLOWS:
                self.faults.append(f"{name}: {declared.torch_name} has no setting {key} here; it was left out.")


def _pairs(value: ast.expr) -> list[tuple[str, ast.expr]] | None:
    """The names and layers in ``[("conv1", …), …]`` or ``{"conv1": …}``; None where it is neither."""
    if isinstance(value, ast.Dict):
        return [(str(getattr(key, "value", "")), inner) for key, inner in zip(value.keys, value.values, strict=True)]
    if not isinstance(value, ast.List | ast.Tuple):
        return None
    pairs = [one.elts for one in value.elts if isinstance(one, ast.Tuple) and len(one.elts) == 2]
    if len(pairs) != len(value.elts):
        return None
    return [(str(getattr(key, "value", "")), inner) for key, inner in pairs]


def _shown(value: ast.expr) -> str:
    text = ast.unparse(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
