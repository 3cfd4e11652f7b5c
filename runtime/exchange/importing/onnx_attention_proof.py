"""Whether steps of an ONNX file are attention: onnxruntime and PyTorch give the same with weights made for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor
from torch.nn.functional import multi_head_attention_forward

from nodes.attention import MultiheadAttention
from nodes.spec.sizes import Unknown
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_attention import MOST_STEPS, Attention
from runtime.exchange.importing.onnx_folding import BATCH
from runtime.exchange.importing.onnx_step import tensor_of
from runtime.exchange.importing.onnx_trial import tried

TRIALS = ((2, 5), (3, 7))  # samples, and the steps of each where the file leaves them open
LONG = 600  # steps of one more trial, where the file leaves them open
MOST_NUMBERS, MOST_SCORES = 40_000_000, 2**27  # that go in, and that one head gives
CLOSE = 1e-4  # share of the largest number
MOST_HEADS = 256
BIASES = ("in_proj_bias", "out_proj.bias")


@dataclass(frozen=True)
class Proven:
    """The node, its weights, what its output is called in the file, and the steps that nothing else needs."""

    settings: MultiheadAttention
    weights: Mapping[str, Tensor]
    result: str
    steps: frozenset[int]


@dataclass(frozen=True)
class AttentionProof:
    """``known`` are the values of a model as far as it has been read, ``batch`` the samples that it is fixed to.

    ``makers`` are the steps by what they give, ``reads`` what each reads, ``readers`` the steps by that.
    """

    model: onnx.ModelProto
    known: Mapping[str, Any]
    makers: Mapping[str, int]
    reads: Sequence[Sequence[str]]
    readers: Mapping[str, Sequence[int]]
    batch: int | None

    def of(self, attention: Attention) -> Proven:
        """Raises UnsayableError where it is something else, or what it reads is no sequence."""
        x = self.known.get(attention.source)
        if not isinstance(x, Value) or x.shape.axes != "LC" or x.shape.values != "real" or x.shape[0] == 1:
            raise UnsayableError("Attention takes a sequence of several steps")
        if x.shape[1] != attention.channels:
            raise UnsayableError("Attention takes as many numbers as it gives")
        steps, constants = self._steps(attention, attention.results)
        trials = TRIALS if self.batch is None else tuple((self.batch, length) for _, length in TRIALS)
        samples = list(self._samples(attention, x, constants, trials))
        part = self._part(attention, steps, samples[0], constants)
        found = tried(part, [list(sample.values()) for sample in samples])
        settings, place = self._alike(attention, samples, found, self._heads(attention, steps, constants))
        result = attention.results[place]
        if not x.shape.is_known:
            [sample] = self._samples(attention, x, constants, ((self.batch or 1, LONG),))
            self._require_alike_when_long(part, settings, place, attention, sample)
        weights = _weights(attention, {one.name: one.array for one in attention.weights.values()})
        return Proven(settings, weights, result, self._spare(attention, result))

    def _steps(self, attention: Attention, results: Sequence[str]) -> tuple[set[int], dict[str, Any]]:
        """The steps from what attention reads to some results, and what else they read: constants and sizes."""
        given = {attention.source, *(one.name for one in attention.weights.values())}
        steps: set[int] = set()
        constants: dict[str, Any] = {}
        waiting = list(results)
        while waiting:
            name = waiting.pop()
            known, maker = self.known.get(name), self.makers.get(name)
            if name in given or name in constants or maker in steps:
                continue
            if isinstance(known, np.ndarray | np.generic):
                constants[name] = np.asarray(known)
            elif maker is None or maker < attention.begins or len(steps) > MOST_STEPS:
                raise UnsayableError("It reads something else too")
            else:
                steps.add(maker)
                waiting += self.reads[maker]
        return steps, constants

    def _spare(self, attention: Attention, result: str) -> frozenset[int]:
        """The steps to a result that nothing else reads from. Raises UnsayableError where one has its own readers."""
        spare, _ = self._steps(attention, [result])
        outputs = {output.name for output in self.model.graph.output}
        for number in sorted(spare, reverse=True):
            for name in self.model.graph.node[number].output:
                is_read = name in outputs or any(reader not in spare for reader in self.readers.get(name, ()))
                if is_read and name != result:
                    spare.discard(number)
        if attention.joined not in spare:
            raise UnsayableError("Something else reads from within it")
        return frozenset(spare)

    def _require_alike_when_long(
        self, part: bytes, settings: MultiheadAttention, place: int, attention: Attention, sample: Mapping[str, Any]
    ) -> None:
        """Raises UnsayableError where steps far apart do not look at each other, as in windows; a file may also take
        no sequence so long."""
        try:
            [found] = tried(part, [list(sample.values())])
        except UnsayableError:
            return
        if not _is_close(found[place], _given(settings, attention, sample)):
            raise UnsayableError("Long sequences are looked at in another way")

    def _samples(
        self, attention: Attention, x: Value, constants: Mapping[str, Any], trials: Sequence[tuple[int, int]]
    ) -> Iterator[dict[str, Any]]:
        """What goes into each trial by name: a sequence, weights as large as the file's, and sizes."""
        generator = np.random.default_rng(0)
        weights = {
            one.name: generator.standard_normal(one.array.shape, np.float32) / np.float32(attention.channels**0.5)
            for one in attention.weights.values()
        }
        for batch, steps in trials:
            values = {name: steps for size in x.shape if isinstance(size, Unknown) for name in size.names()}
            length, channels = (int(size) for size in x.shape.at(values))  # type: ignore[arg-type]
            if batch * length * channels + 4 * channels**2 > MOST_NUMBERS or batch * length**2 > MOST_SCORES:
                raise UnsayableError("It is too large to try")
            x_values = generator.standard_normal((batch, length, channels), np.float32)
            yield {attention.source: x_values, **weights} | {
                name: _at(array, {**values, str(BATCH): batch})
                for name, array in constants.items()
                if array.dtype == object
            }

    def _part(
        self, attention: Attention, steps: set[int], sample: Mapping[str, Any], constants: Mapping[str, Any]
    ) -> bytes:
        entering = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), [f"{name}/{n}" for n in range(array.ndim)]
            )
            for name, array in sample.items()
        ]
        held = [numpy_helper.from_array(np.array(a), name) for name, a in constants.items() if name not in sample]
        nodes = [self.model.graph.node[number] for number in sorted(steps)]
        leaving = [onnx.ValueInfoProto(name=name) for name in attention.results]
        graph = helper.make_graph(nodes, "attention", entering, leaving, held)
        opsets, version = list(self.model.opset_import), min(self.model.ir_version or 8, 10)
        part: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=version).SerializeToString()
        return part

    def _heads(self, attention: Attention, steps: set[int], constants: Mapping[str, Any]) -> list[int]:
        """How many heads there may be: whole numbers in the steps that are it, or the numbers of one head."""
        found = list(constants.values())
        for number in steps:
            for one in self.model.graph.node[number].attribute:
                if one.type == onnx.AttributeProto.TENSOR and one.t.ByteSize() < 1000:
                    found.append(numpy_helper.to_array(one.t))
                elif one.type == onnx.AttributeProto.INT:
                    found.append(np.array(one.i))
        numbers = [number for array in found if array.size < 10 for number in array.reshape(-1).tolist()]
        whole = {number for number in numbers if isinstance(number, int)}
        fitting = {n for n in whole if n > 0 and attention.channels % n == 0}
        return sorted(n for n in fitting | {attention.channels // n for n in fitting} if n <= MOST_HEADS)

    def _alike(
        self, attention: Attention, samples: Sequence[Mapping[str, Any]], found: Sequence[Any], heads: Sequence[int]
    ) -> tuple[MultiheadAttention, int]:
        """The attention that gives in all trials what one of the results is, and which one. Raises UnsayableError."""
        for settings in self._likely(attention, heads):
            first = _given(settings, attention, samples[0])
            for place, value in enumerate(found[0]):
                if _is_close(value, first) and all(
                    _is_close(trial[place], _given(settings, attention, sample))
                    for trial, sample in zip(found[1:], samples[1:], strict=True)
                ):
                    return settings, place
        raise UnsayableError("It gives something other than attention")

    def _likely(self, attention: Attention, heads: Sequence[int]) -> Iterator[MultiheadAttention]:
        has_bias = any(name in attention.weights for name in BIASES)
        for causal in (False, True):
            for count in heads:
                yield MultiheadAttention(num_heads=count, bias=has_bias, causal=causal)


def _given(settings: MultiheadAttention, attention: Attention, sample: Mapping[str, Any]) -> Any:
    """What PyTorch's attention gives."""
    x = torch.from_numpy(sample[attention.source]).transpose(0, 1)  # L × N × C
    weights = _weights(attention, sample)
    mask = torch.full((len(x), len(x)), -torch.inf).triu(1) if settings.causal else None
    found, _ = multi_head_attention_forward(
        x, x, x, attention.channels, settings.num_heads, weights["in_proj_weight"], weights.get("in_proj_bias"),
        None, None, False, 0.0, weights["out_proj.weight"], weights.get("out_proj.bias"), training=False,
        need_weights=False, attn_mask=mask,
    )  # fmt: skip
    return found.transpose(0, 1).numpy()


def _weights(attention: Attention, arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """Weights by PyTorch's names, of arrays by the file's; a bias that is left out beside another is zeros."""
    found = {
        name: tensor_of(arrays[one.name].T if one.is_turned else arrays[one.name])
        for name, one in attention.weights.items()
    }
    if any(name in found for name in BIASES):
        sizes = zip(BIASES, (3 * attention.channels, attention.channels), strict=True)
        found |= {name: torch.zeros(size) for name, size in sizes if name not in found}
    return found


def _is_close(one: Any, other: Any) -> bool:
    if not isinstance(one, np.ndarray) or one.shape != other.shape:
        return False
    return bool(np.abs(one - other).max() <= CLOSE * np.abs(other).max())


def _at(array: Any, values: Mapping[str, int]) -> Any:
    """Sizes as whole numbers, once each name in them has one."""
    known = [size.at(values) if isinstance(size, Unknown) else int(size) for size in array.reshape(-1)]
    return np.array(known, np.int64).reshape(array.shape)
