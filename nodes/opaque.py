"""A part of an ONNX file that no other node says: it runs as it is, and is not trained."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, ClassVar

from nodes.spec.node_type import EVERYTHING, NodeType, node_type
from nodes.spec.settings import SettingError, integer, text
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

LONGEST = 24_000_000  # characters of the packed part
EXAMPLE = Shape(8)
RELU = "eNrj4BBisHLi4uViqjAUYqxUYglKzSkVYilILCqJEgUL8nPxcjAKcXIxCzH6cTFxcCSJcDFWYog6sXAxCAgCANCuCd0="
Sizes = tuple[int | str, ...]  # a name stands for a size that is left open
Facts = tuple[tuple[Sizes, ...], tuple[Shape, ...]]


@node_type(
    "opaque_onnx",
    title="ONNX part",
    torch_name="OnnxPart",
    example=(EXAMPLE,),
    stem="part",
    also=("opaque", "onnxruntime", "imported", "black box"),
    family="code",
)
class OpaqueOnnx(NodeType):
    """Steps of an imported ONNX file for which there is no other node. onnxruntime runs them as they are.

    Import makes it, so that a file is not refused for one step. Nothing in it is trained, and no gradient goes
    through it: what lies before it is not trained either. An ONNX file that is exported has them as they were.

    Shape:   what onnxruntime gave at import, for inputs of the sizes of then; those that the file left open, such
             as L, may be any.
    Weights: none that are trained.
    Errors:  inputs of other sizes.
    """

    keeps_input: ClassVar[bool] = False

    operators: str = text("Relu", longest=2000, doc="The operators of ONNX in it.", is_found=True)
    model: str = text(RELU, longest=LONGEST, doc="The part itself, packed.", is_found=True)
    facts: str = text(
        '{"inputs":[[8]],"outputs":[{"size":[8],"axes":"C","values":"real"}]}',
        longest=20_000,
        doc="The sizes of its inputs and outputs, found at import.",
        is_found=True,
    )
    count: int = integer(1, low=1, high=64, doc="How many outputs it has.", is_found=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(_facts(self.facts)[1]) != self.count:
            raise SettingError("facts does not tell of each output. Import the file again.")

    def outputs(self) -> tuple[str, ...]:
        return ("output",) if self.count == 1 else tuple(f"output{n}" for n in range(1, self.count + 1))

    def shape(self, *x: Shape) -> dict[str, Shape]:
        inputs, outputs = _facts(self.facts)
        bound = _bound(inputs, x)
        if bound is None:
            wanted = " and ".join(" × ".join(map(str, sizes)) or "a number" for sizes in inputs)
            got = " and ".join(one.described() for one in x)
            raise ShapeError(
                f"This part of an ONNX file takes {wanted}, got {got}.",
                "Give it what it had in the file, or take it out.",
                kind="sizes",
            )
        now = (shape.resized(*(bound.get(str(size), size) for size in shape)) for shape in outputs)
        return dict(zip(self.outputs(), now, strict=True))

    def window(self, *x: Shape) -> str:
        return EVERYTHING

    def module(self, *x: Shape) -> str:
        return f"OnnxPart({self.model!r})"

    def remarks(self, *x: Shape) -> tuple[str, ...]:
        return (
            f"onnxruntime runs {self.operators} as it stands in the imported file: nothing in it or before it is "
            "trained. Put layers of your own in its place to train them.",
        )

    def summary(self) -> str:
        return self.operators[:40]


def _bound(inputs: tuple[Sizes, ...], given: tuple[Shape, ...]) -> dict[str, Size] | None:
    """What each size that was left open is now; None where the others are not as they were."""
    if [len(sizes) for sizes in inputs] != [len(shape) for shape in given]:
        return None
    found: dict[str, Size] = {}
    for sizes, shape in zip(inputs, given, strict=True):
        for wanted, size in zip(sizes, shape, strict=True):
            if size != (found.setdefault(wanted, size) if isinstance(wanted, str) else wanted):
                return None
    return found


@lru_cache(maxsize=500)
def _facts(written: str) -> Facts:
    """Sizes of the inputs, and shapes of the outputs. Raises SettingError where they are damaged."""
    try:
        entry = json.loads(written)
        inputs = tuple(tuple(map(_size, sizes)) for sizes in entry["inputs"])
        outputs = tuple(_shape(output) for output in entry["outputs"])
        if any(shape.names() - set(map(str, sum(inputs, ()))) for shape in outputs):
            raise ValueError("a size that no input has")
        return inputs, outputs
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SettingError("facts is damaged. Import the file again.") from None


def _shape(entry: Any) -> Shape:
    if entry["values"] not in ("real", "index") or not set(entry["axes"]) <= set("LCDHWN"):
        raise ValueError(entry)
    return Shape(*map(_size, entry["size"]), axes=entry["axes"], values=entry["values"])


def _size(value: Any) -> int | str:
    if isinstance(value, str) and value.isidentifier() and len(value) <= 40:
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise ValueError(value)
    return value
