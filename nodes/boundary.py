"""Where values enter and leave: Input and Output. In a block's body they are the block's ports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nodes.spec.fixes import set_to
from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import SettingError, choice, dims, text
from nodes.spec.shapes import KIND_BY_AXES, Shape, ShapeError

AXES_BY_KIND = {
    "image": "CHW",
    "vector": "C",
    "sequence": "LC",
    "indices": "L",
    "index": "",
    "signal": "CL",
    "volume": "CDHW",
    "images": "LCHW",
    "map": "HW",
    "number": "",
}


def axes_for(kind: str, size: Sequence[object], kinds: Iterable[str] = AXES_BY_KIND) -> str:
    """The axes of a kind of value. Raises ShapeError for another number of sizes; some of ``kinds`` may suit."""
    axes = AXES_BY_KIND[kind]
    if len(size) == len(axes):
        return axes
    raise ShapeError(
        f"{KIND_BY_AXES[axes].capitalize()} has {len(axes)} sizes ({' × '.join(axes) or 'none'}), not {len(size)}.",
        f"Set size to {len(axes)} sizes, or choose another kind.",
        parameter="size",
        kind="setting",
        fixes=[set_to(kind=other) for other in kinds if len(AXES_BY_KIND[other]) == len(size)],
    )


@node_type("input", title="Input", example=(), stem="input", also=("data", "placeholder", "features"))
class Input(NodeType):
    """Brings one field of the data into the network; its name is the input's name in ONNX.

    Shape:   as set, without the batch axis. A size may be a name, such as L, H or W, for values of any length
             or picture size; such an axis is dynamic in ONNX.
    Errors:  the number of sizes does not suit the kind.
    """

    kind: str = choice(
        "image",
        *AXES_BY_KIND,
        doc="What a sample is: an image is C × H × W, a sequence L × C, images follow each other in time.",
    )
    size: tuple[int | str, ...] = dims(1, 28, 28, doc="Sizes without the batch: numbers, or a name such as L.")
    values: str = choice("real", "real", "index", doc="Real numbers, or whole numbers that stand for classes.")
    field: str = text(doc="The field of the data it takes; empty: the one of the same shape.", advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        axes = AXES_BY_KIND[self.kind]
        if len(self.size) != len(axes):
            raise SettingError(
                f"size: {KIND_BY_AXES[axes]} has {len(axes)} sizes ({' × '.join(axes) or 'none'}), "
                f"not {len(self.size)}."
            )

    def shape(self) -> Shape:
        values = "index" if self.kind in ("indices", "index") or self.values == "index" else "real"
        return Shape(*self.size, axes=AXES_BY_KIND[self.kind], values=values)  # type: ignore[arg-type]

    def summary(self) -> str:
        return f"{self.kind} · {self.shape()}" if self.size else self.kind


@node_type("output", title="Output", example=(Shape(10),), stem="output", also=("prediction", "result"))
class Output(NodeType):
    """Marks a value as a result; its name is the output's name in ONNX.

    Shape:   that of its input.
    """

    def shape(self, x: Shape) -> Shape:
        return x

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return str(values[0])

    def summary(self) -> str:
        return "output"
