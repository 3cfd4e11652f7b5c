"""Embedding: a learned vector for each index."""

from __future__ import annotations

from nodes.spec.node_type import Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import flag, integer, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import spaced


@node_type("embedding", title="Embedding", example=(Shape(20, axes="L", values="index"),), stem="embed")
class Embedding(NodeType):
    """Looks up a learned vector for each index: a word, a character, a class.

    Shape:   L -> L × embedding_dim, and a single index -> embedding_dim.
    Weights: num_embeddings · embedding_dim.
    Errors:  real numbers instead of indices; padding_idx without a row of its own.
    """

    num_embeddings: int = integer(256, low=1, high=10_000_000, doc="How many different indices there are.")
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

    def shape(self, x: Shape) -> Shape:
        if x.values != "index":
            raise ShapeError(
                f"{self.title} expects indices, got {x.described()}.",
                "Set the values of the input to index, or leave the Embedding out.",
            )
        self._require_padding_row()
        return Shape(*x, self.embedding_dim, axes=x.axes.replace("C", "L") + "C")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self.num_embeddings, self.embedding_dim, axes="OI")}

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        count = self.num_embeddings * self.embedding_dim
        return (Arithmetic("Weights", (f"{self.num_embeddings} · {self.embedding_dim} = {spaced(count)}",)),)

    def module(self, x: Shape) -> str:
        return call_with(
            self,
            "nn.Embedding",
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
            )
