"""What layers do that weigh, add to, drop or hold numbers: each as panels of a few of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from designer.pictures.panels import PADDED, Cell, Panel, Part, plain

FOUR = (3, 1, 2, 4)
BRANCHES = ((3, 1, 2), (1, 5, 2), (5, 3, 5))
LOST = 1  # of the branches
WAYS = ("–c–aat", "ccaa–t", "c–a–t–")  # of spreading “cat” over six steps
SELU_LOWEST = -1.7580993408473766  # what SELU gives for −∞
DROPPED = (False, True, False, True)


def _each(sign: str, rule: Callable[[int], int]) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        return Panel(plain([FOUR]), "every number"), sign, Panel(plain([[rule(x) for x in FOUR]], 2), "by itself")

    return parts


def _bilinear() -> Sequence[Part]:
    first, weights, second = (1, 2), ((1, 0), (-1, 2)), (3, 1)
    result = sum(a * w * b for a, row in zip(first, weights, strict=True) for w, b in zip(row, second, strict=True))
    return (
        Panel(plain([first]), "x1"),
        "·",
        Panel(plain([[_short(w) for w in row] for row in weights], 2), "W, learned:\none for each output"),
        "·",
        Panel(plain([[b] for b in second]), "x2"),
        "=",
        Panel(plain([[result]], 1), "y"),
    )


def _drop_path() -> Sequence[Part]:
    kept = [row for number, row in enumerate(BRANCHES) if number != LOST]
    rows = [[Cell(f"{x}", PADDED if number == LOST else 2) for x in row] for number, row in enumerate(BRANCHES)]
    return (
        Panel(rows, "branches,\none is lost"),
        "→",
        Panel(plain([_means(kept)], 1), "while training:\nmean of the others"),
        "or",
        Panel(plain([_means(BRANCHES)], 1), "once trained:\nmean of all"),
    )


def _means(rows: Sequence[Sequence[int]]) -> list[str]:
    return [f"{sum(column) / len(rows):g}" for column in zip(*rows, strict=True)]


def alpha_dropped(x: float, p: float, *, is_dropped: bool) -> float:
    """A dropped number becomes SELU's lowest; then all are scaled and shifted back to mean 0 and variance 1."""
    scale = 1 / math.sqrt((1 - p) * (1 + p * SELU_LOWEST**2))
    return scale * (SELU_LOWEST if is_dropped else x) - scale * p * SELU_LOWEST


def _alpha_dropout() -> Sequence[Part]:
    values = (0.5, -1.2, 0.3, 1.4)
    pairs = list(zip(values, DROPPED, strict=True))
    lowest = [Cell(_short(SELU_LOWEST), PADDED) if drops else Cell(_short(x)) for x, drops in pairs]
    ends = [Cell(_short(alpha_dropped(x, 0.5, is_dropped=drops)), 3 if drops else 1) for x, drops in pairs]
    return (
        Panel([[Cell(_short(x)) for x in values]], "before"),
        "→",
        Panel([lowest], "dropped ones are\nSELU's lowest value"),
        "→",
        Panel([ends], "scaled and shifted:\nmean 0, variance 1"),
    )


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".").replace("-", "−")


def _ctc() -> Sequence[Part]:
    rows = [[Cell(letter, PADDED if letter == "–" else 1 + "cat".index(letter)) for letter in way] for way in WAYS]
    label = [[Cell(letter, 1 + place) for place, letter in enumerate("cat")]]
    return Panel(rows, "some ways over six steps\n(– is the blank)"), "→", Panel(label, "repeats once,\nblanks gone")


def _constant() -> Sequence[Part]:
    return (
        Panel(plain([["1"]], 1), "as set"),
        "→",
        Panel(plain([["1"]] * 3, 1), "the same\nfor every sample"),
    )


def _parameter() -> Sequence[Part]:
    begun, rate = (1.0, -2.0), 0.1
    stepped = [[_short(w * (1 - rate) ** step) for w in begun] for step in range(3)]  # for f = w²/2
    words = ("as set", "w − rate · ∂f/∂w", "and so on")
    first, second, third = (Panel(plain([row], 1), said) for row, said in zip(stepped, words, strict=True))
    return first, "→", second, "→", third


COMBINED: dict[str, Callable[[], Sequence[Part]]] = {
    "bilinear": _bilinear,
    "drop_path": _drop_path,
    "alpha_dropout": _alpha_dropout,
    "ctc_loss": _ctc,
    "constant": _constant,
    "parameter": _parameter,
    "add_scalar": _each("+ 1 =", lambda x: x + 1),
    "multiply_scalar": _each("× 2 =", lambda x: 2 * x),
}
