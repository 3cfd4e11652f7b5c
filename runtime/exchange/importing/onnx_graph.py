"""An ONNX file -> a drawing: each node said by a rule, constants folded, the rest run by onnxruntime as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from nodes.spec.settings import SettingError
from nodes.spec.shapes import ShapeError
from runtime.exchange.importing import onnx_layers, onnx_sequences, onnx_shapes, onnx_simple
from runtime.exchange.importing.drawing import Drawing, UnsayableError, Value, pruned
from runtime.exchange.importing.onnx_attention import Attention, AttentionFinder
from runtime.exchange.importing.onnx_attention_proof import AttentionProof
from runtime.exchange.importing.onnx_beside import Beside
from runtime.exchange.importing.onnx_boundary import TOLD, input_of, told_otherwise
from runtime.exchange.importing.onnx_claims import AGAIN
from runtime.exchange.importing.onnx_folding import folded
from runtime.exchange.importing.onnx_opaque import opaque
from runtime.exchange.importing.onnx_reading import array_of
from runtime.exchange.importing.onnx_scopes import Scopes
from runtime.exchange.importing.onnx_step import OnnxStep, attributes_of
from runtime.exchange.importing.repeats import with_repeats
from runtime.exchange.onnx_names import read_by
from runtime.faults import RefusalError

Rule = Callable[[OnnxStep], Any]
RULES: Mapping[str, Rule] = {
    **onnx_layers.RULES, **onnx_shapes.RULES, **onnx_simple.RULES, **onnx_sequences.RULES
}  # fmt: skip
UNSAID = (UnsayableError, ShapeError, SettingError)
CARELESS = (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, ZeroDivisionError)
"""What rules meet in files whose attributes are of the wrong kind."""
MOST_PENDING = 2000
ALLOWANCE, MOST_GROWTH = 2**30, 4  # bytes that an import may make, beside so many times what the files hold


@dataclass(frozen=True)
class Pending:
    """A value that only steps of onnxruntime give, which wait until they give one that a link can carry."""

    steps: tuple[int, ...]


@dataclass
class OnnxReader:
    """Goes through the nodes of a model once. ``unsaid`` tells why some became opaque."""

    model: onnx.ModelProto
    folder: Path
    name: str
    sizes: Sequence[int] = ()  # of one sample of the first input, where the file leaves them open
    notes: list[str] = field(default_factory=list)
    drawing: Drawing = field(default_factory=Drawing)
    unsaid: dict[str, str] = field(default_factory=dict)
    folded: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.notes += told_otherwise(graph)
        self.env: dict[str, Any] = {"": None}
        self.fixed: set[str] = set()
        self.reads = [read_by(node) for node in graph.node]
        self.uses = Counter(name for names in self.reads for name in names)
        self.last_read = {name: number for number, names in enumerate(self.reads) for name in names}
        for output in graph.output:
            self.uses[output.name] += 1
            self.last_read[output.name] = len(graph.node)
        self.scopes = Scopes(graph.node)
        self.version = max((s.version for s in self.model.opset_import if s.domain in ("", "ai.onnx")), default=1)
        self.batch = self._batch()
        self.layers_of: Counter[str] = Counter()  # how many layers have a matrix or kernel as their weight
        self.made_by = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
        self.read_by: dict[str, list[str]] = {}
        for node in graph.node:
            for name in node.input:
                self.read_by.setdefault(name, []).append(node.op_type)

    def drawn(self) -> Drawing:
        """Raises RefusalError with what is wrong with the file."""
        graph, beside = self.model.graph, Beside(self.folder, self.name)
        for tensor in graph.initializer:
            self.env[tensor.name] = array_of(tensor, beside)
        self.allowance = ALLOWANCE + MOST_GROWTH * (self.model.ByteSize() + beside.bytes_read)
        for given in graph.input:
            if given.name not in self.env:
                self.env[given.name] = self._input(given)
        produced = {name for node in graph.node for name in node.output}
        finder = AttentionFinder(self.model, self.env, self.made_by, self.reads)
        attentions = finder.found()
        proof = AttentionProof(self.model, self.env, self.made_by, self.reads, finder.readers, self.batch)
        said: set[int] = set()
        for number, node in enumerate(graph.node):
            if number in attentions and attentions[number].joined not in said:
                said |= self._attention(attentions[number], proof)
            if number in said:
                continue
            missing = [name for name in self.reads[number] if name not in self.env]
            if missing:
                circle = missing[0] in produced
                fact = "feed each other in a circle or stand out of order" if circle else "read what nothing gives"
                raise RefusalError(f"Nodes of {self.name} {fact} ({missing[0][:60]}).", AGAIN)
            self._node(number, node)
        self._results()
        self._tell_of_shared()
        drawing = pruned(self.drawing)
        if not self.scopes.are_told:
            drawing, told = with_repeats(drawing)
            self.notes += told
        return drawing

    def _tell_of_shared(self) -> None:
        shared = [name for name, layers in self.layers_of.items() if layers > 1]
        if shared:
            named = ", ".join(name[:60] for name in shared[:3]) + (" and more" if len(shared) > 3 else "")
            self.notes.append(
                f"Several layers of the file share a weight ({named}). Here each has a copy of its own, so that they "
                "give the same but are trained apart."
            )

    def _batch(self) -> int | None:
        """The number of samples that the file is fixed to; None where it is open."""
        held = {tensor.name for tensor in self.model.graph.initializer}
        for given in self.model.graph.input:
            dims = given.type.tensor_type.shape.dim
            if given.name not in held and dims:
                return dims[0].dim_value if dims[0].HasField("dim_value") and dims[0].dim_value > 0 else None
        return None

    def _input(self, given: onnx.ValueInfoProto) -> Value:
        asked = () if self.drawing.items else self.sizes
        settings = input_of(given, self.name, asked, self.read_by.get(given.name, ()))
        return self.drawing.one(settings, name=given.name, origin="input")

    def _node(self, number: int, node: onnx.NodeProto) -> None:
        given = [self.env[name] for name in node.input]
        within = [self.env.get(name) for name in self.reads[number]]
        waiting = sorted({n for one in within if isinstance(one, Pending) for n in one.steps})
        try:
            if waiting:
                raise UnsayableError("It reads what only onnxruntime gives")
            self._said(number, node, given)
        except (*UNSAID, *CARELESS) as error:
            reason = str(error) if isinstance(error, UNSAID) else f"{node.op_type} is not as ONNX describes it"
            self.unsaid.setdefault(node.op_type, reason)
            self._opaque([*waiting, number])

    def _attention(self, attention: Attention, proof: AttentionProof) -> frozenset[int]:
        """Says steps by one node where they are proven to be attention. Gives those that are said by it."""
        try:
            found = proof.of(attention)
            value = self.env[attention.source]
            path, name = self.scopes.place(attention.joined, self.env)
            given = self.drawing.add(
                found.settings, [value], path=path, name=name, weights=found.weights, origin="Attention"
            )
        except (*UNSAID, *CARELESS):
            return frozenset()
        self._spend(sum(one.numel() * one.element_size() for one in found.weights.values()))
        self.layers_of.update(one.name for one in attention.weights.values() if one.array.ndim > 1)
        self.env[found.result] = given["output"]
        return found.steps

    def _said(self, number: int, node: onnx.NodeProto, given: list[Any]) -> None:
        if node.domain not in ("", "ai.onnx"):
            raise UnsayableError(f"{node.domain[:40]} has operators of its own")
        attributes = attributes_of(node)
        known = [one for one in given if one is not None]
        if all(isinstance(one, np.ndarray | np.generic) for one in known) and (known or not node.input):
            found = folded(node.op_type, given, attributes)
            self._spend(found.nbytes if isinstance(found, np.ndarray) and found.base is None else 0)
            self._name(node, [found])
            self.folded[node.op_type] += 1
            is_part = node.op_type == "Constant" or any(name in self.fixed for name in node.input)
            self.fixed |= set(node.output) if is_part else set()
            return
        if node.op_type == "Expand" and isinstance(given[0], np.ndarray):
            self._name(node, [folded(node.op_type, given, attributes)])
            return
        rule = RULES.get(node.op_type)
        if rule is None:
            raise UnsayableError(f"There is no node for {node.op_type[:40]}")
        path, name = self.scopes.place(number, self.env)
        step = OnnxStep(
            self.drawing, path, name, node.op_type, self.version, self.batch, given, attributes,
            max((n for n, output in enumerate(node.output, 1) if self.uses[output] and output), default=1),
            lambda place: self.uses[node.input[place]] == 1,
            lambda place: node.input[place] in self.fixed,
        )  # fmt: skip
        before = len(self.drawing.items)
        try:
            found = rule(step)
        except Exception:
            del self.drawing.items[before:]
            raise
        if len(self.drawing.items) == before:
            self.folded[node.op_type] += 1
        made = [value for item in self.drawing.items[before:] for value in item.weights.values()]
        self._spend(sum(value.numel() * value.element_size() for value in made))
        if made:
            held = {name for name in node.input if np.ndim(self.env[name]) > 1 and _is_carried(self.env[name])}
            self.layers_of.update(name for name in held if not isinstance(self.env[name], Value))
        self._name(node, found if isinstance(found, list) else [found])

    def _spend(self, count: int) -> None:
        """Counts bytes of constants that were worked out, and of weights that will be written."""
        self.allowance -= count
        if self.allowance < 0:
            raise RefusalError(
                f"{self.name} would grow to more than {MOST_GROWTH} times its size and {ALLOWANCE:,} bytes.",
                "Import a part of it.",
            )

    def _name(self, node: onnx.NodeProto, values: list[Any]) -> None:
        if not node.output or any(self.uses[name] for name in node.output[len(values) :]):
            raise UnsayableError(f"{node.op_type} gives more values than its node")
        for name, value in zip(node.output, values, strict=False):
            if name:
                self.env[name] = value

    def _opaque(self, steps: list[int]) -> None:
        """An opaque node for some steps, or their values wait for the steps that read them."""
        given = {name for n in steps for name in self.model.graph.node[n].output if name}
        wanted = self._leaving(steps)
        numbers = self._with_makers(steps)
        nodes = [self.model.graph.node[n] for n in numbers]
        inside = {name for node in nodes for name in node.output if name}
        inputs: dict[str, Value] = {}
        constants: dict[str, Any] = {}
        try:
            for name in dict.fromkeys(name for n in numbers for name in self.reads[n] if name not in inside):
                value = self.env.get(name)
                if isinstance(value, Value):
                    inputs[name] = value
                elif isinstance(value, np.ndarray | np.generic):
                    constants[name] = value
            if not inputs:
                raise UnsayableError("It reads no value")
            settings = opaque(self.model, nodes, {n: v.shape for n, v in inputs.items()}, constants, wanted)
            path, name = self.scopes.place(numbers[-1], self.env)
            outputs = self.drawing.add(settings, list(inputs.values()), path=path, name=name, origin="opaque")
            self.env |= dict(zip(wanted, outputs.values(), strict=True))
        except UNSAID as error:
            self.unsaid[f"{nodes[-1].op_type} "] = str(error)
            if len(steps) > MOST_PENDING:
                raise RefusalError(f"Most of {self.name} is made of steps that no node says.", AGAIN) from None
            self.env |= dict.fromkeys(given, Pending(tuple(steps)))

    def _with_makers(self, steps: list[int]) -> list[int]:
        """These steps, and those before them whose values no link carries, such as sizes: they are done once more."""
        found, waiting = set(steps), list(steps)
        while waiting:
            for name in self.reads[waiting.pop()]:
                maker = self.made_by.get(name)
                if maker is not None and maker not in found and not _is_carried(self.env.get(name)):
                    found.add(maker)
                    waiting.append(maker)
        return sorted(found)

    def _leaving(self, steps: list[int]) -> list[str]:
        """What steps behind some, or the outputs, read of them."""
        given = (name for n in steps for name in self.model.graph.node[n].output)
        return [name for name in given if self.last_read.get(name, -1) > steps[-1]]

    def _results(self) -> None:
        """The outputs; those of text are left out where there are others."""
        for output in self.model.graph.output:
            value, name = self.env.get(output.name), output.name.removesuffix(TOLD)
            if isinstance(value, onnx_sequences.Cell):
                value = value.value if "NL" in value.order or value.order.startswith("N") else value
            if isinstance(value, Value):
                self.drawing.results[name] = value
            elif output.type.tensor_type.elem_type == onnx.TensorProto.STRING and len(self.model.graph.output) > 1:
                self.notes.append(f"The output {name[:60]} is text, and was left out.")
            else:
                reasons = "; ".join(dict.fromkeys(self.unsaid.values()))[:300]
                raise RefusalError(
                    f"The output {name[:60]} of {self.name} is nothing that nodes can give."
                    + (f" {reasons}." if reasons else ""),
                    "Export the network with the batch as first axis of its inputs and outputs, or, where sizes are "
                    "open, give them: --input 3,32,32.",
                )
        if not self.drawing.results:
            raise RefusalError(f"{self.name} gives nothing but text.", AGAIN)


def _is_carried(value: Any) -> bool:
    """Whether a value goes into a part as it is: by a link, or as numbers that are held there."""
    return isinstance(value, Value) or (isinstance(value, np.ndarray | np.generic) and value.dtype != object)
