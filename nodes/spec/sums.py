"""Every sum of a node with its numbers: how its size, its weights and its multiply-adds come about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nodes.spec.node_type import Arithmetic, NodeType
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size, grouped, spaced

OUTPUT_SIZE, WEIGHTS, MULTIPLY_ADDS = "Output size", "Weights", "Multiply-adds"


def sums_of(settings: NodeType, inputs: Sequence[Shape | None]) -> tuple[Arithmetic, ...]:
    """A card for each result: what the node says itself, and what follows from its shapes and weights.

    The last line of the size is the shape of the first output. Raises ShapeError where ``shape`` does.
    """
    found = settings.arithmetic(*inputs)
    titles = {card.title for card in found}
    size = () if OUTPUT_SIZE in titles or settings.is_loss else _size(settings, inputs)
    weights = settings.weights(*inputs)
    if weights and WEIGHTS not in titles:
        found = (*found, Arithmetic(WEIGHTS, (every_weight_sum(weights.values()),)))
    work = () if MULTIPLY_ADDS in titles else _work(settings, inputs)
    return (*size, *found, *work)


def every_weight_sum(weights: Iterable[Shape]) -> str:
    """``64 + 64 = 128``: all weights of a layer, shape by shape; of more than three shapes the count alone."""
    shapes = list(weights)
    count = spaced(sum(shape.known_numel for shape in shapes))
    terms = [product(shape) for shape in shapes]
    return f"{' + '.join(terms)} = {count}" if 0 < len(terms) <= 3 and terms != [count] else count


def product(sizes: Iterable[Size]) -> str:
    """``64·7·7``; sums such as those of unknown sizes in brackets."""
    return "·".join(f"({size})" if " " in str(size) else str(size) for size in sizes) or "1"


def _size(settings: NodeType, inputs: Sequence[Shape | None]) -> tuple[Arithmetic, ...]:
    result = settings.shape(*inputs)
    out = result if isinstance(result, Shape) else next(iter(result.values()))
    given = next((shape for shape in inputs if shape is not None), None)
    if given is None or tuple(given) == tuple(out):
        return ()
    shapes = [shape for shape in inputs if shape is not None]
    lines = settings.size_sums(*inputs) or _same_numbers(given, out) or _repeated(shapes, out)
    return (Arithmetic(OUTPUT_SIZE, (*dict.fromkeys(lines), str(out))),) if lines else ()


def _same_numbers(given: Shape, out: Shape) -> tuple[str, ...]:
    """``16·5·5 = 400``: as many numbers, laid out otherwise."""
    if given.numel != out.numel:
        return ()
    terms = dict.fromkeys((product(given), grouped(given.numel), product(out)))
    if len(terms) == 1 and len(given) != len(out):
        return (f"{given.numel} = {out.numel}",)  # one number, with an axis or without
    return (" = ".join(terms),) if len(terms) > 1 else ()


def _repeated(shapes: Sequence[Shape], out: Shape) -> tuple[str, ...]:
    """``max(1, 28) = 28``: axes of size 1 are repeated, so that values of different sizes can meet."""
    if any(len(shape) != len(out) for shape in shapes):
        return ()
    along = zip(zip(*shapes, strict=True), out, strict=True)
    return tuple(f"max({', '.join(map(str, sizes))}) = {size}" for sizes, size in along if len(set(sizes)) > 1)


def _work(settings: NodeType, inputs: Sequence[Shape | None]) -> tuple[Arithmetic, ...]:
    total = settings.multiply_adds(*inputs)
    if total == 0:
        return ()
    lines = settings.work_sums(*inputs) or _weights_used(settings, inputs, total)
    return (Arithmetic(MULTIPLY_ADDS, lines),) if lines else ()


def _weights_used(settings: NodeType, inputs: Sequence[Shape | None], total: Size) -> tuple[str, ...]:
    """``28·28·(25·6) = 117 600``: each matrix or filter is used at so many places."""
    matrices = [shape for shape in settings.weights(*inputs).values() if len(shape) > 1]
    count = sum(shape.known_numel for shape in matrices)
    times = total // count if count else 0
    if not matrices or times * count != total:
        return ()
    used = product(matrices[0]) if len(matrices) == 1 else " + ".join(map(product, matrices[:4]))
    if len(matrices) > 4:
        used = spaced(count)
    line = used if times == 1 else f"{_places(settings, inputs, times)} · ({used})"
    return (f"{line} = {grouped(total)}",)


def _places(settings: NodeType, inputs: Sequence[Shape | None], times: Size) -> str:
    """How often weights are used, as the positions they are used at."""
    result = settings.shape(*inputs)
    outputs = (result,) if isinstance(result, Shape) else tuple(result.values())
    for shape in (*outputs, *(shape for shape in inputs if shape is not None)):
        sides = [size for size, axis in zip(shape, shape.axes, strict=True) if axis != "C"]
        if Shape(*sides, axes="?" * len(sides)).numel == times:
            return product(sides)
    return product((times,))


def picked_sum(given: Shape, out: Shape) -> str:
    """``3·32·32/3 = 32·32``: one position of an axis."""
    gone = next((size for size, axis in zip(given, given.axes, strict=True) if axis not in out.axes), 1)
    return f"{product(given)}/{product((gone,))} = {product(out)}"
