"""Embedding: from an index to numbers that can be calculated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.fixes import set_to
from nodes.spec.node_type import EVERYTHING, Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import WIDEST, choice, flag, integer, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, grouped, spaced
from nodes.spec.sums import product

ROWS = ("", "L", "C")  # one index, or a row of them: an input of kind vector may hold indices too


def require_indices(title: str, x: Shape) -> None:
    """Raises ShapeError where the values are real numbers."""
    if x.values != "index":
        raise ShapeError(
            f"{title} expects indices, got {x.described()}.",
            f"Set the values of the input to index, or leave the {title} out.",
            kind="values",
        )


@dataclass(frozen=True)
class Lookup(NodeType):
    """What layers with a learned vector for each index share."""

    num_embeddings: int = integer(256, low=1, high=1_000_000_000, doc="How many different indices there are.")
    embedding_dim: int = integer(64, low=1, high=65536, doc="Length of each vector.")
    padding_idx: int | None = integer(
        None,
        low=-10_000_000,
        high=10_000_000,
        optional="none",
        doc="The index whose vector stays zero and is not trained; below zero it counts from the end.",
    )
    max_norm: float | None = real(
        None, low=0.0, high=1e6, optional="no limit", doc="Longer vectors are shortened to this.", advanced=True
    )
    norm_type: float = real(2.0, low=0.0, high=100.0, doc="The p of the p-norm that max_norm limits.", advanced=True)
    scale_grad_by_freq: bool = flag(
        False, doc="Divide each vector's gradient by how often its index occurs in the batch.", advanced=True
    )
    sparse: bool = flag(False, doc="Sparse gradients, which SGD takes and Adam does not.", advanced=True)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self.num_embeddings, self.embedding_dim, axes="OI")}

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        count = self.num_embeddings * self.embedding_dim
        return (Arithmetic("Weights", (f"{self.num_embeddings} · {self.embedding_dim} = {spaced(count)}",)),)

    def module(self, x: Shape) -> str:
        return call_with(
            self,
            f"nn.{self.torch_name}",
            self.num_embeddings,
            self.embedding_dim,
            skip=("num_embeddings", "embedding_dim"),
        )

    def summary(self) -> str:
        return f"{self.num_embeddings} × {self.embedding_dim}"

    def _require_padding_row(self) -> None:
        rows = self.num_embeddings
        if self.padding_idx is not None and not -rows <= self.padding_idx < rows:
            raise ShapeError(
                f"padding_idx {self.padding_idx} has no row: there are {rows}.",
                f"Set padding_idx to a number from {-rows} to {rows - 1}, or num_embeddings higher.",
                parameter="padding_idx",
                kind="setting",
                fixes=(set_to(padding_idx=rows - 1 if self.padding_idx > 0 else -rows), set_to(padding_idx=None)),
            )


@node_type(
    "embedding",
    title="Embedding",
    example=(Shape(20, axes="L", values="index"),),
    stem="embed",
    also=("word vector", "lookup table", "word2vec"),
)
class Embedding(Lookup):
    """Looks up a learned vector for each index: a word, a character, a class.

    Shape:   L -> L × embedding_dim, and a single index -> embedding_dim.
    Weights: num_embeddings · embedding_dim.
    Errors:  real numbers instead of indices; padding_idx without a row of its own.
    """

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (f"{product(x)} indices · {self.embedding_dim} = {grouped(x.numel * self.embedding_dim)}",)

    def shape(self, x: Shape) -> Shape:
        require_indices(self.title, x)
        if x.axes not in ROWS:
            raise ShapeError(
                f"{self.title} expects one index or a row of them, got {x.described()}.",
                "Put a Flatten before it.",
                kind="rank",
            )
        self._require_padding_row()
        return Shape(*x, self.embedding_dim)


@node_type(
    "embedding_bag",
    title="Embedding bag",
    torch_name="EmbeddingBag",
    example=(Shape(20, axes="L", values="index"),),
    stem="bag",
    also=("bag of words",),
)
class EmbeddingBag(Lookup):
    """Looks up a learned vector for each index and joins them into one: a text without its order.

    Shape:   L -> embedding_dim.
    Weights: num_embeddings · embedding_dim.
    Errors:  not a row of indices; padding_idx without a row of its own; scale_grad_by_freq or sparse with max.
    Source:  Joulin et al. 2016, arXiv:1607.01759.
    """

    mode: str = choice("mean", "mean", "sum", "max", doc="How the vectors are joined.")

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (f"{product(x)} rows of {self.embedding_dim} become one",)

    def shape(self, x: Shape) -> Shape:
        require_indices(self.title, x)
        if not x or x.axes not in ROWS:
            raise ShapeError(
                f"{self.title} expects a row of indices (L), got {x.described()}.",
                "Use an Embedding for a single index.",
                kind="rank",
            )
        self._require_padding_row()
        for name in ("scale_grad_by_freq", "sparse"):
            if self.mode == "max" and getattr(self, name):
                raise ShapeError(
                    f"{name} cannot go with mode max.",
                    f"Turn {name} off, or set mode to mean.",
                    parameter=name,
                    kind="setting",
                    fixes=(set_to(**{name: False}), set_to(mode="mean")),
                )
        return Shape(self.embedding_dim)

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"compare" if self.mode == "max" else "add": x[0] * self.embedding_dim}

    def kept_bytes(self, x: Shape) -> Size:
        places = self.embedding_dim if self.mode == "max" else 0  # of each largest number
        return (x[0] + places + 3) * 8  # which bag each index is in, and where each bag begins and ends

    def window(self, x: Shape) -> str:
        return EVERYTHING


@node_type(
    "one_hot",
    title="One-hot",
    torch_name="OneHot",
    example=(Shape(20, axes="L", values="index"),),
    stem="onehot",
    also=("dummy", "indicator"),
)
class OneHot(NodeType):
    """Writes each index as a row of zeros with a single one, at the place of the index.

    Shape:   L -> L × num_classes, a single index -> num_classes, a map H × W -> num_classes × H × W.
    Weights: none.
    Errors:  real numbers instead of indices; an index of num_classes or more, when it runs.
    """

    keeps_input: ClassVar[bool] = False

    num_classes: int = integer(10, low=1, high=WIDEST, doc="How many different indices there are.")

    def shape(self, x: Shape) -> Shape:
        require_indices(self.title, x)
        if x.axes not in (*ROWS, "HW"):
            raise ShapeError(
                f"{self.title} expects one index, a row of them or a map, got {x.described()}.",
                "Put a Flatten before it.",
                kind="rank",
            )
        return Shape(self.num_classes, *x) if x.axes == "HW" else Shape(*x, self.num_classes)

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (f"{product(x)} indices · {self.num_classes} classes = {grouped(x.numel * self.num_classes)}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        rows = f"F.one_hot({values[0]}, {self.num_classes})"
        is_map = bool(inputs) and inputs[0] is not None and inputs[0].axes == "HW"
        return f"{rows}.permute(0, 3, 1, 2).float()" if is_map else f"{rows}.float()"

    def summary(self) -> str:
        return f"{self.num_classes} classes"
