"""Half precision: weights and sums of an ONNX model in 16 bits, and what onnxruntime's converter leaves to do."""

from __future__ import annotations

import heapq
import warnings
from graphlib import TopologicalSorter

import onnx
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

from runtime.exchange.onnx_names import read_by

RECURRENT = ("LSTM", "GRU", "RNN")  # which onnxruntime has for float32 alone: on others its CPU part dies
INTO_HALF, OUT_OF_HALF = "_cast_to_fp16_node", "_cast_to_fp32_node"  # how the converter names its own casts
TURNING = ("Transpose", "Squeeze", "Unsqueeze", "Reshape")


def as_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights and sums in half precision; inputs, outputs and recurrent layers stay as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weights that are too small for it
        converted: onnx.ModelProto = convert_float_to_float16(
            model,
            keep_io_types=True,
            disable_shape_infer=False,
            op_block_list=[*DEFAULT_OP_BLOCK_LIST, *RECURRENT],
            node_block_list=_beside_recurrent(model.graph),
        )
    put_in_order(converted.graph)
    _drop_vain_casts(converted.graph)
    return converted


def _beside_recurrent(graph: onnx.GraphProto) -> list[str]:
    """Names of what turns values before and after recurrent layers: in half precision onnxruntime 1.32 dies of it."""
    kept = [node for node in graph.node if node.op_type in RECURRENT]
    given, read = {name for node in kept for name in node.output}, {node.input[0] for node in kept}
    beside: dict[str, None] = {}
    for node in graph.node:
        if node.op_type in TURNING and node.input[0] in given:
            given.add(node.output[0])
            beside[node.name] = None
    for node in reversed(graph.node):
        if node.op_type in TURNING and node.output[0] in read:
            read.add(node.input[0])
            beside[node.name] = None
    return [name for name in beside if name]


def put_in_order(graph: onnx.GraphProto) -> None:
    """Every node behind those that it reads, else as they stand: the converter puts its casts behind all others."""
    makers = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
    sorter = TopologicalSorter(
        {number: {makers[name] for name in read_by(node) if name in makers} for number, node in enumerate(graph.node)}
    )
    sorter.prepare()
    ready: list[int] = []
    ordered: list[onnx.NodeProto] = []
    while sorter.is_active():
        for number in sorter.get_ready():
            heapq.heappush(ready, number)
        first = heapq.heappop(ready)
        ordered.append(graph.node[first])
        sorter.done(first)
    _replace(graph, ordered)


def _drop_vain_casts(graph: onnx.GraphProto) -> None:
    """Takes out casts to 16 bits and back again, and of what nothing reads, such as last states."""
    halves = {node.output[0]: node.input[0] for node in graph.node if node.name.endswith(INTO_HALF)}
    back = {
        node.output[0]: halves[node.input[0]]
        for node in graph.node
        if node.name.endswith(OUT_OF_HALF) and node.input[0] in halves
    }
    for node in graph.node:
        node.input[:] = [back.get(name, name) for name in node.input]
    left = list(graph.node)
    results = {output.name for output in graph.output}
    while True:
        read = results.union(name for node in left for name in read_by(node))
        wanted = [node for node in left if node.op_type != "Cast" or node.output[0] in read]
        if len(wanted) == len(left):
            break
        left = wanted
    _replace(graph, left)


def _replace(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
