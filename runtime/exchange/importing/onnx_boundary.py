"""What goes into an ONNX file and comes out of it, as nodes have it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import onnx

from nodes.boundary import Input
from runtime.exchange.importing.onnx_claims import AGAIN
from runtime.faults import RefusalError

REALS, INDICES, AS_REALS = (1, 10, 11), (6, 7), (2, 3, 4, 5, 9)  # types of ONNX; the last are whole numbers and bool
LARGEST = 1_000_000  # of one size
CHANNELS_FIRST = ("Conv", "BatchNormalization", "MaxPool", "AveragePool", "PRelu", "InstanceNormalization", "Pad",
                  "GlobalAveragePool", "ConvTranspose", "Resize", "LRN", "LpPool", "GroupNormalization")  # fmt: skip
TOLD = "/told"  # behind the name of an output that was of another type


def input_of(given: onnx.ValueInfoProto, file: str, asked: Sequence[int], read_by: Collection[str]) -> Input:
    """The node of an input; ``asked`` are sizes of one sample, none where the file's hold; ``read_by`` are operators.

    Raises RefusalError.
    """
    kind = given.type.tensor_type
    if not given.type.HasField("tensor_type") or kind.elem_type not in (*REALS, *INDICES, *AS_REALS):
        raise RefusalError(
            f"The input {given.name[:60]} of {file} holds neither real numbers nor indices.",
            "Export the network with float32 inputs.",
        )
    sizes = _sizes(given, file, asked)
    if len(sizes) > 4 or any(isinstance(size, int) and size > LARGEST for size in sizes):
        raise RefusalError(f"The input {given.name[:60]} of {file} has sizes that no node takes.", AGAIN)
    is_index = kind.elem_type in INDICES
    values = "index" if is_index else "real"
    return Input(_kind(len(sizes), is_index, read_by), tuple(sizes), values)


def _sizes(given: onnx.ValueInfoProto, file: str, asked: Sequence[int]) -> list[int | str]:
    """Those of one sample: as the file has them, or as they were asked for."""
    dims = given.type.tensor_type.shape.dim
    told: list[int | str] = [
        dim.dim_value if dim.dim_value > 0 else _named(dim.dim_param, place)
        for place, dim in enumerate(dims)
        if place
    ]
    if not asked:
        if not dims:
            raise RefusalError(
                f"The input {given.name[:60]} of {file} has no sizes.", "Give them, such as --input 3,32,32."
            )
        return told
    wrong = [one for one, other in zip(told, asked, strict=False) if isinstance(one, int) and one != other]
    if dims and (wrong or len(told) != len(asked)):
        raise RefusalError(
            f"{file} takes {' × '.join(map(str, told)) or 'a number'}, not {' × '.join(map(str, asked))}.",
            "Give the sizes it has, and any for those that have a name.",
        )
    return list(asked)


def _kind(rank: int, is_index: bool, read_by: Collection[str]) -> str:
    if is_index and rank < 2:
        return ("index", "indices")[rank]
    if rank == 2:
        return "signal" if any(user in CHANNELS_FIRST for user in read_by) else "sequence"
    return {0: "number", 1: "vector", 3: "image", 4: "volume"}[rank]


def told_otherwise(graph: onnx.GraphProto) -> list[str]:
    """Lets inputs and outputs of other types than a link has be real numbers or indices. Gives what is to be said."""
    notes: list[str] = []
    held = {tensor.name for tensor in graph.initializer}
    for given in graph.input:
        if given.type.tensor_type.elem_type in AS_REALS and given.name not in held:
            word = onnx.TensorProto.DataType.Name(given.type.tensor_type.elem_type).lower()
            notes.append(
                f"The input {given.name[:60]} is {word} in the file; here it takes the same as real numbers."
            )
    for output in graph.output:
        kind = output.type.tensor_type.elem_type
        wanted = {6: 7, **dict.fromkeys((9, 10, 11), 1), **dict.fromkeys((2, 3, 4, 5, 12, 13), 7)}.get(kind)
        if wanted is None:
            continue
        name = f"{output.name}{TOLD}"
        graph.node.append(onnx.helper.make_node("Cast", [output.name], [name], to=wanted))
        output.name, output.type.tensor_type.elem_type = name, wanted
        if kind == onnx.TensorProto.BOOL:
            notes.append(f"The output {name.removesuffix(TOLD)[:60]} is 1 where the file gives true, else 0.")
    return notes


def _named(word: str, place: int) -> str:
    clean = re.sub(r"\W", "_", word)[:20]
    return clean if clean.isidentifier() and clean != "N" else f"{'LHWD'[min(place, 3) - 1]}{place}"
