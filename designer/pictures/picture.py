"""The picture of a node type: which drawing it gets, and the drawing as an image for its page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from designer.pictures import cubes, curves, numbers, pooling, windows
from designer.pictures.curves import Curve
from designer.pictures.diagrams import draw_diagram
from designer.pictures.functions import function_of
from designer.pictures.layers import DIAGRAMS, recurrent
from designer.pictures.panels import draw_panels, height_of
from designer.pictures.rearranging import parts_of
from designer.pictures.sketch import WIDTH, Sketch
from nodes.spec.node_type import NodeType

SHARPNESS = 2  # px of the image for each of the page: sharp on fine screens


@dataclass(frozen=True)
class Drawing:
    """What is drawn below what, each with its height."""

    parts: tuple[tuple[float, Callable[[Sketch], None]], ...]

    @property
    def height(self) -> float:
        return sum(height for height, _ in self.parts)


def drawing_of(settings: NodeType) -> Drawing | None:
    """The drawing that helps with this layer; None where words do better."""
    for find in (_of_window, _of_curve, _of_numbers, _of_cube, _of_panels, _of_steps):
        parts = find(settings)
        if parts:
            return Drawing(tuple(parts))
    return None


def image_of(settings: NodeType) -> QImage | None:
    drawing = drawing_of(settings)
    if drawing is None:
        return None
    image = QImage(
        round(WIDTH * SHARPNESS), round(drawing.height * SHARPNESS), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(SHARPNESS, SHARPNESS)
    sketch = Sketch(painter, settings.family)
    for height, draw in drawing.parts:
        painter.save()
        draw(sketch)
        painter.restore()
        painter.translate(0, height)
    painter.end()
    return image


Parts = list[tuple[float, Callable[[Sketch], None]]]


def _of_window(settings: Any) -> Parts:
    kind = settings.type_id
    if kind.startswith("conv_transpose"):
        return [(_window_height(settings), lambda s: windows.draw_transposed(s, settings))]
    if kind.startswith("conv"):
        return [(_window_height(settings), lambda s: windows.draw_convolution(s, settings))]
    draw = None
    if kind.startswith("max_unpool"):
        draw = pooling.draw_unpooling
    elif kind.startswith("adaptive_"):
        draw = pooling.draw_adaptive
    elif kind.startswith("global_"):
        draw = pooling.draw_global
    elif "_pool" in kind and not kind.startswith("roi"):
        draw = pooling.draw_pooling
    if draw is None:
        return []
    is_flat = kind.endswith("1d") and draw is pooling.draw_pooling
    return [(pooling.FLAT_HEIGHT if is_flat else pooling.HEIGHT, partial(_draw_with, draw, settings))]


def _draw_with(draw: Callable[[Sketch, Any], None], settings: NodeType, sketch: Sketch) -> None:
    draw(sketch, settings)


def _window_height(settings: Any) -> float:
    return windows.HEIGHT if len(settings.kernel_size) > 1 else 150.0


def _of_curve(settings: Any) -> Parts:
    function = function_of(settings)
    curve = Curve(function) if function is not None else None
    make = LOSSES.get(settings.type_id) or ARITHMETIC.get(settings.type_id)
    if make is not None:
        curve = make(settings)
    return [(curves.HEIGHT, partial(_draw_curve, curve))] if curve is not None else []


def _draw_curve(curve: Curve, sketch: Sketch) -> None:
    curves.draw_curve(sketch, curve)


def _of_numbers(settings: Any) -> Parts:
    kind = settings.type_id
    if kind in numbers.MERGES:
        parts: Parts = [(numbers.MERGE_HEIGHT, lambda s: numbers.draw_merge(s, settings))]
        return parts + (_of_steps(settings) if kind == "add" else [])
    if kind in ("concat", "stack"):
        return [(110.0, lambda s: numbers.draw_concat(s, settings))]
    if kind.startswith(("dropout", "stochastic")) and hasattr(settings, "p"):
        return [(numbers.DROPOUT_HEIGHT, lambda s: numbers.draw_dropout(s, settings))]
    if kind in ("softmax", "log_softmax"):
        return [(numbers.BARS_HEIGHT, lambda s: numbers.draw_softmax(s, settings))]
    return []


def _of_cube(settings: Any) -> Parts:
    part = cubes.part_of(settings)
    return [(cubes.HEIGHT, lambda s: cubes.draw_cube(s, part))] if part else []


def _of_panels(settings: Any) -> Parts:
    parts = parts_of(settings)
    return [(height_of(parts), lambda s: draw_panels(s, parts))] if parts else []


def _of_steps(settings: Any) -> Parts:
    diagram = DIAGRAMS.get(settings.type_id)
    if settings.type_id in ("rnn", "lstm", "gru"):
        diagram = recurrent(settings)
    return [(diagram.height, lambda s: draw_diagram(s, diagram))] if diagram is not None else []


LOSSES: dict[str, Callable[[Any], Curve]] = {
    "cross_entropy_loss": lambda _: Curve(
        lambda p: -math.log(max(p, 1e-4)), 0.0, 1.0, "probability of the right class", "loss", (-3.0, 5.0)
    ),
    "nll_loss": lambda _: Curve(lambda x: -x, -5.0, 0.0, "log-probability", "loss"),
    "mse_loss": lambda _: Curve(lambda d: d * d, -2.0, 2.0, "prediction − target", "loss"),
    "l1_loss": lambda _: Curve(abs, -3.0, 3.0, "prediction − target", "loss"),
    "smooth_l1_loss": lambda s: Curve(_smooth(s.beta), -3.0, 3.0, "prediction − target", "loss"),
    "huber_loss": lambda s: Curve(_huber(s.delta), -3.0, 3.0, "prediction − target", "loss"),
    "multi_margin_loss": lambda s: Curve(
        lambda d: max(0.0, s.margin - d) ** float(s.p), -3.0, 3.0, "score of the right class − another's", "loss"
    ),
    "bce_loss": lambda _: Curve(
        lambda p: -math.log(max(p, 1e-4)), 0.0, 1.0, "probability, where the target is 1", "loss", (-3.0, 5.0)
    ),
    "focal_loss": lambda s: Curve(_focal(s.gamma), 0.0, 1.0, "probability of the right class", "loss", (-3.0, 5.0)),
    "sigmoid_focal_loss": lambda s: Curve(
        _focal(s.gamma), 0.0, 1.0, "probability of the right answer", "loss / alpha", (-3.0, 5.0)
    ),
    "multi_label_margin_loss": lambda _: Curve(
        lambda d: max(0.0, 1.0 - d), -3.0, 3.0, "score of a right class − a wrong one's", "loss"
    ),
    "triplet_margin_loss": lambda s: Curve(
        lambda d: max(0.0, s.margin + d), -3.0, 3.0, "distance to the positive − to the negative", "loss"
    ),
    "cosine_embedding_loss": lambda _: Curve(
        lambda c: 1.0 - c, -1.0, 1.0, "cosine, where both should be alike", "loss", (-1.3, 2.2)
    ),
    "kl_div_loss": lambda _: Curve(
        _divergence(0.3), 0.0, 1.0, "probability of one of two classes, 0.3 in the target", "loss", (-2.0, 2.0)
    ),
    "gaussian_kl_loss": lambda _: Curve(lambda mu: 0.5 * mu * mu, -3.0, 3.0, "mean, where the variance is 1", "loss"),
    "bce_with_logits_loss": lambda _: Curve(
        lambda x: math.log1p(math.exp(-x)), -5.0, 5.0, "score, where the target is 1", "loss"
    ),
}

ARITHMETIC: dict[str, Callable[[Any], Curve]] = {
    "exp": lambda _: Curve(math.exp, -3.0, 3.0, reach=(-1.0, 8.0)),
    "log": lambda _: Curve(lambda x: math.log(max(x, 1e-6)), 0.0, 5.0, reach=(-4.0, 4.0)),
    "sqrt": lambda _: Curve(lambda x: math.sqrt(max(x, 0.0)), 0.0, 9.0, reach=(-0.3, 3.2)),
    "negate": lambda _: Curve(lambda x: -x),
    "abs": lambda _: Curve(abs),
    "power": lambda s: Curve(_power(s.exponent), -3.0, 3.0, reach=(-4.0, 9.0)),
    "clamp": lambda s: Curve(
        lambda x: min(max(x, -math.inf if s.min is None else s.min), math.inf if s.max is None else s.max), -3.0, 3.0
    ),
    "maxout": lambda _: Curve(lambda x: max(-0.8 * x - 1.5, 0.2 * x, 1.4 * x - 1.5), name="largest of three"),
    "reciprocal": lambda _: Curve(lambda x: 1 / x if abs(x) > 1e-3 else math.inf, reach=(-4.0, 4.0)),
}


def _divergence(target: float) -> Callable[[float], float]:
    """Of a coin that falls with the probability q from one that falls with that of the target."""

    def divergence(q: float) -> float:
        q = min(max(q, 1e-6), 1 - 1e-6)
        return target * math.log(target / q) + (1 - target) * math.log((1 - target) / (1 - q))

    return divergence


def _focal(gamma: float) -> Callable[[float], float]:
    return lambda p: -((1 - p) ** gamma if p < 1 else 0.0) * math.log(max(p, 1e-4))


def _power(exponent: float) -> Callable[[float], float]:
    """Not a number, and not drawn, where the root of a negative number would be taken."""

    def power(x: float) -> float:
        try:
            result = x**exponent
        except ZeroDivisionError:
            return math.inf
        return result if isinstance(result, float) else math.inf

    return power


def _smooth(beta: float) -> Callable[[float], float]:
    return lambda d: 0.5 * d * d / beta if abs(d) < beta else abs(d) - 0.5 * beta


def _huber(delta: float) -> Callable[[float], float]:
    return lambda d: 0.5 * d * d if abs(d) < delta else delta * (abs(d) - 0.5 * delta)
