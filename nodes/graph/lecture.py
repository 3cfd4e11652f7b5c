"""The layer table as the lectures on convolutional networks write it: sizes, and every number with its sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nodes.boundary import Input, Output
from nodes.graph.analysis import Layer
from nodes.graph.figures import memory
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size, grouped

HEAD = ("Layer", "Size", "Memory", "Weights")
QUIET = ("activation", "dropout", "reshape", "loss")  # families that lectures leave out: they count as done in place


@dataclass(frozen=True)
class LectureRow:
    """One line: ``CONV3-64``, ``224×224×64``, ``224*224*64 = 3.2M``, ``(3*3*3)*64 = 1,728``."""

    path: str
    cells: tuple[str, str, str, str]


@dataclass(frozen=True)
class Lecture:
    """The lines, and under them the sums over exactly these lines."""

    rows: tuple[LectureRow, ...]
    totals: tuple[str, str]


def lecture(layers: Sequence[Layer]) -> Lecture:
    """The lectures' table. Biases are left out of the lines, as there, and named in the total.

    Source:  Li, Karpathy & Johnson 2016, CS231n. Their total for VGG-16, 24 M numbers (93 MB), is more than the sum
             of their lines, which is 15.2 M (61 MB or 58 MiB); here the total is the sum.
    """
    listed = [layer for layer in layers if _is_listed(layer)]
    unrolled = _unrolled(layers)
    rows = tuple(
        LectureRow(layer.path, (_title(layer), _size(layer), _memory(layer), _weights(layer, unrolled)))
        for layer in listed
    )
    numbers: Size = 0
    for layer in listed:
        numbers = numbers + _numbers(layer)
    return Lecture(rows, (_memory_total(numbers), _weight_total(listed)))


def short(count: Size) -> str:
    """``3.2M``, ``803K``, ``4096``."""
    if not isinstance(count, int):
        return str(count)
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}".removesuffix(".0") + "M"
    return f"{count / 1e3:.0f}K" if count >= 10_000 else str(count)


def weight_sum(weights: Iterable[Shape]) -> str:
    """``(3*3*64)*128 = 73,728``; vectors count only where there is nothing else."""
    shapes = list(weights)
    wide = [shape for shape in shapes if len(shape) > 1] or shapes
    if not wide:
        return "0"
    terms = [_product(shape) for shape in wide]
    count = sum(shape.known_numel for shape in wide)
    if len(terms) > 2:
        return f"{count:,}"
    text = " + ".join(terms)
    return f"{text} = {count:,}" if text != str(count) else text


def _product(shape: Shape) -> str:
    """Filters as the lectures write them: what each spans, times how many there are."""
    if len(shape) < 2:
        return str(shape[0]) if shape else "1"
    filters, depth, *sides = shape
    if sides:
        return f"({'*'.join(map(str, (*sides, depth)))})*{filters}"
    return f"{depth}*{filters}"


def _is_listed(layer: Layer) -> bool:
    if isinstance(layer.settings, Output):
        return False
    return bool(layer.weight_count) or layer.settings.family not in QUIET


def _title(layer: Layer) -> str:
    settings = layer.settings
    if isinstance(settings, Input):
        return "INPUT"
    kernel = getattr(settings, "kernel_size", None)
    side = str(kernel[0]) if isinstance(kernel, tuple) and len(set(kernel)) == 1 else "×".join(map(str, kernel or ()))
    if settings.family == "conv" and side:
        return f"CONV{side}-{getattr(settings, 'out_channels', '')}"
    if settings.family == "pooling":
        return f"POOL{side}"
    return "FC" if settings.family == "linear" else settings.torch_name


def _size(layer: Layer) -> str:
    return ", ".join(f"[{_sides(shape, '×')}]" for shape in layer.outputs.values()) or "–"


def _sides(shape: Shape, sign: str) -> str:
    """Width and height before depth, as lectures write sizes."""
    if shape.axes == "C":
        return sign.join(("1", "1", str(shape[0])))
    if shape.axes.startswith("C"):
        shape = Shape(*shape[1:], shape[0], axes=shape.axes[1:] + "C")
    return sign.join(map(str, shape)) or "1"


def _numbers(layer: Layer) -> Size:
    return layer.activation_bytes // 4


def _memory(layer: Layer) -> str:
    shapes, numbers = list(layer.outputs.values()), _numbers(layer)
    if len(shapes) != 1 or numbers != shapes[0].numel or shapes[0].values == "index":
        return "in place" if numbers == 0 and layer.outputs else short(numbers)
    if len(shapes[0]) < 2:
        return short(numbers)
    return f"{_sides(shapes[0], '*')} = {short(numbers)}"


def _weights(layer: Layer, unrolled: Mapping[int, Shape]) -> str:
    """Of the first fully connected layer, ``7*7*512*4096``: what it unrolls, times its outputs."""
    text = weight_sum(layer.weights.values())
    weight = layer.weights.get("weight", Shape())
    if layer.settings.family == "linear" and len(weight) == 2 and weight[1] in unrolled:
        return text.replace(f"{weight[1]}*", f"{_sides(unrolled[int(str(weight[1]))], '*')}*", 1)
    return text


def _unrolled(layers: Iterable[Layer]) -> dict[int, Shape]:
    """The pictures that are laid out in a row, by how many numbers they have."""
    laid_out = [s for layer in layers if layer.settings.family == "reshape" for s in layer.inputs.values()]
    return {s.numel: s for s in laid_out if isinstance(s.numel, int) and len(s) == 3 and s[1:] != (1, 1)}


def _memory_total(numbers: Size) -> str:
    if not isinstance(numbers, int):
        return f"{numbers} numbers * 4 bytes / sample (forward)"
    return f"{short(numbers)} * 4 bytes ≈ {memory(4 * numbers)} / sample (forward)"


def _weight_total(listed: Iterable[Layer]) -> str:
    shapes = [shape for layer in listed for shape in layer.weights.values()]
    vectors = sum(shape.known_numel for shape in shapes if len(shape) < 2)
    whole = sum(shape.known_numel for shape in shapes)
    if not vectors or vectors == whole:
        return f"{grouped(whole)} weights"
    return f"{grouped(whole - vectors)} weights and {grouped(vectors)} biases or scales = {grouped(whole)}"
