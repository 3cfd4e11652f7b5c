"""What the palette lists, and how a few typed words find it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

FAMILY_TITLES = {
    "boundary": "In and out",
    "conv": "Convolution",
    "pooling": "Pooling",
    "linear": "Linear",
    "activation": "Activation",
    "normalization": "Normalisation",
    "dropout": "Dropout",
    "recurrent": "Recurrent",
    "attention": "Attention",
    "embedding": "Embedding",
    "merge": "Merge",
    "reshape": "Reshape",
    "arithmetic": "Arithmetic",
    "loss": "Loss",
    "code": "Code",
    "block": "Block",
}
USUAL = {  # what most networks are made of; of a family that is named here the others are shown when asked for
    "conv": ("conv1d", "conv2d", "conv3d", "conv_transpose2d"),
    "pooling": ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "global_avg_pool"),
    "activation": ("relu", "leaky_relu", "gelu", "sigmoid", "tanh", "softmax"),
    "normalization": ("batch_norm1d", "batch_norm2d", "layer_norm", "group_norm"),
    "dropout": ("dropout", "dropout2d", "stochastic_depth"),
    "attention": ("multihead_attention", "transformer_encoder_layer", "positional_encoding"),
    "merge": ("add", "multiply", "concat", "matmul"),
    "reshape": ("flatten", "reshape", "permute", "upsample", "select_last"),
    "arithmetic": ("constant", "parameter", "exp", "power"),
    "loss": ("cross_entropy_loss", "mse_loss", "bce_with_logits_loss", "multi_margin_loss"),
}
IN_HELP = 6  # the rank of what only the help text knows


@dataclass(frozen=True)
class Entry:
    """One thing to add. ``section`` is the heading it stands below: its family, unless it is of a library."""

    key: str  # the type_id of a node type
    name: str
    title: str
    family: str
    section: str
    also: tuple[str, ...] = ()
    headline: str = ""
    doc: str = ""

    @cached_property
    def names(self) -> tuple[str, str, str]:
        """Name, title and key as they are searched."""
        return _plain(self.name), _plain(self.title), _plain(self.key.replace("_", " "))

    @cached_property
    def others(self) -> tuple[str, ...]:
        return tuple(_plain(word) for word in self.also)

    @cached_property
    def help(self) -> str:
        return _plain(self.doc)


def entries() -> tuple[Entry, ...]:
    """The catalogue, family by family. An empty block would be of no use: one is made of a selection."""
    from nodes.block import Block
    from nodes.catalogue import catalogue

    return tuple(
        Entry(
            key=declared.type_id,
            name=declared.torch_name,
            title=declared.title,
            family=declared.family,
            section=declared.family,
            also=declared.also,
            headline=declared.headline(),
            doc=declared.doc(),
        )
        for declared in catalogue()
        if declared is not Block
    )


def found(among: Iterable[Entry], text: str) -> list[Entry]:
    """What matches the words, best first. The help text is asked only where no name has them.

    Where nothing has all of the words, what has the most of them in its names.
    """
    among, wanted = list(among), _plain(text)
    ranked = [(_rank(entry, wanted), entry) for entry in among]
    best = min((rank for rank, _ in ranked if rank is not None), default=None)
    if best is None:
        return _having_most(among, wanted.split())
    kept = [(rank, entry) for rank, entry in ranked if rank is not None and (rank < IN_HELP or best == IN_HELP)]
    return [entry for _, entry in sorted(kept, key=lambda pair: (pair[0], _dimension(pair[1])))]


def _having_most(among: Iterable[Entry], words: list[str]) -> list[Entry]:
    counted = [(sum(f" {word}" in f" {' '.join((*e.names, *e.others))}" for word in words), e) for e in among]
    most = max((count for count, _ in counted), default=0)
    return sorted((e for count, e in counted if count == most), key=_dimension) if most and len(words) > 1 else []


def _dimension(entry: Entry) -> int:
    """Of layers alike but for their number of axes, the one for images comes first."""
    return {"1d": 1, "2d": 0, "3d": 2}.get(entry.key[-2:], 0)


def _rank(entry: Entry, wanted: str) -> int | None:
    """0 for a whole name, 1 for another whole name, then beginnings, parts and the help; None without a match."""
    squeezed, words = wanted.replace(" ", ""), wanted.split()
    names = entry.names
    bare = [name.replace(" ", "") for name in names]
    if squeezed in bare or squeezed in [re.sub(r"[123]d$", "", name) for name in bare]:
        return 0
    if wanted in entry.others:
        return 1
    if any(name.startswith(squeezed) for name in bare):
        return 2
    if any(part.startswith(wanted) for name in names[1:] for part in name.split()):
        return 3
    if any(other.startswith(wanted) or f" {wanted}" in other for other in entry.others):
        return 4
    everything = " ".join((*names, *bare, *entry.others))
    if all(word in everything for word in words):
        return 5
    return IN_HELP if all(word in entry.help for word in words) else None


def _plain(text: str) -> str:
    """In small letters, with one space for hyphens and the like: ``1 × 1-conv`` is ``1 × 1 conv``."""
    return " ".join(re.sub(r"[-_/.,()]", " ", text.lower()).split())
