"""What a network takes, as it is written: ``3,32,32`` for real numbers, ``indices:20`` for a text of 20 words."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.spec.shapes import Shape
from runtime.faults import RefusalError

INDICES = "indices"
MOST_AXES = 4


def shapes_in(written: Sequence[str]) -> tuple[Shape, ...]:
    """A shape for each input, in the order in which the network takes them. Raises RefusalError."""
    return tuple(_shape_in(one.strip()) for one in written if one.strip())


def shape_of(sizes: Sequence[int]) -> Shape:
    """Real numbers of these sizes. Raises RefusalError."""
    if not 1 <= len(sizes) <= MOST_AXES or any(side < 1 for side in sizes):
        raise RefusalError(f"{' × '.join(map(str, sizes)) or 'Nothing'} is no size of a sample.", "Write 3,224,224.")
    return Shape(*sizes)


def _shape_in(written: str) -> Shape:
    kind, _, sizes = written.rpartition(":")
    if kind not in ("", INDICES):
        raise RefusalError(f"{written} is no input.", "Write 3,224,224, or indices:20 for a text.")
    try:
        numbers = tuple(int(part) for part in sizes.replace("x", ",").split(","))
    except ValueError:
        raise RefusalError(f"{sizes} are no sizes.", "Write them with commas, such as 3,224,224.") from None
    if not kind:
        return shape_of(numbers)
    if len(numbers) != 1 or numbers[0] < 1:
        raise RefusalError(f"{written} is no text.", "Indices have one size, their count: indices:20.")
    return Shape(*numbers, axes="L", values="index")
