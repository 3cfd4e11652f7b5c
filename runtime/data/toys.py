"""Generated data to play with, offline and fixed by a seed: points in a plane, and signals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.captions import load_captions
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.forms import TOY, TOYS
from runtime.data.number_words import load_numbers

COUNT = 2_000
NOISE = 0.1
TURNS = 1.75  # of each spiral
LENGTH = 40  # numbers of a signal
KNOTS = np.array(
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)
"""Heights of ten digits drawn as lines, after S. Greydanus & D. Kobak 2020, Scaling down Deep Learning with MNIST-1D,
arXiv:2011.14439."""

Made = tuple[NDArray[np.float32], NDArray[np.int64]]
Random = np.random.RandomState  # its streams are frozen for good, so that a seed gives the same data with every NumPy


def load_toy(choice: DataChoice) -> Loaded:
    """The data that ``toy:name`` names. Raises DataError."""
    name = choice.source.removeprefix(TOY)
    if name in LAYOUTS:
        return LAYOUTS[name](choice)
    if name not in MAKERS:
        raise DataError(f"There is no toy {name or 'without a name'}.", f"Choose {', '.join(TOY + n for n in TOYS)}.")
    values, labels = MAKERS[name](Random(choice.seed))
    classes = tuple(map(str, range(int(labels.max()) + 1)))
    given = ("point", Shape(2)) if values.ndim == 2 else ("signal", Shape(*values.shape[1:], axes="CL"))
    fields = (Field(*given, high=None), Field("label", Shape(values="index"), classes, is_target=True))
    return Loaded(fields, {given[0]: values, "label": labels})


def moons(random: Random) -> Made:
    """Two half circles that reach into each other, as scikit-learn's make_moons."""
    angle, labels = random.uniform(0, np.pi, COUNT), _halves()
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _noisy(random, np.where(labels[:, None] == 0, outer, inner)), labels


def circles(random: Random) -> Made:
    """One circle within another of twice its radius."""
    angle, labels = random.uniform(0, 2 * np.pi, COUNT), _halves()
    return _noisy(random, np.stack([np.cos(angle), np.sin(angle)], axis=1) / (1 + labels[:, None])), labels


def spirals(random: Random) -> Made:
    """Three arms that wind around each other."""
    labels = np.arange(COUNT) % 3
    radius = np.sqrt(random.uniform(0.01, 1, COUNT))
    angle = 2 * np.pi * (TURNS * radius + labels / 3)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _noisy(random, points, 0.2 * NOISE), labels.astype(np.int64)


def ring(random: Random) -> Made:
    """Eight small clusters on a circle of radius 1: what a network that generates points is tried on."""
    labels = (np.arange(COUNT) % 8).astype(np.int64)
    angle = labels * np.pi / 4
    return _noisy(random, np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.5 * NOISE), labels


def signals(random: Random) -> Made:
    """Ten digits as lines of 12 heights, moved, stretched and made noisy: 40 numbers each."""
    labels = (np.arange(2 * COUNT) % len(KNOTS)).astype(np.int64)
    values = np.empty((len(labels), 1, LENGTH), dtype=np.float32)
    for value, label in zip(values, labels, strict=True):
        width = random.randint(16, 29)
        start = random.randint(0, LENGTH - width + 1)
        heights = (KNOTS[label] - 5) * (1 + 0.4 * random.uniform(-1, 1))
        drawn = np.interp(np.linspace(0, 11, width), np.arange(12), heights)
        value[0] = 0.25 * np.convolve(random.normal(size=LENGTH + 4), np.full(5, 0.2), "valid")
        value[0, start : start + width] += drawn
    return values, labels


MAKERS: dict[str, Callable[[Random], Made]] = {
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
    "signals": signals,
    "ring": ring,
}
LAYOUTS: dict[str, Callable[[DataChoice], Loaded]] = {"captions": load_captions, "numbers": load_numbers}
"""Toys whose samples have other fields than a value and its class."""


def _halves() -> NDArray[np.int64]:
    return (np.arange(COUNT) % 2).astype(np.int64)


def _noisy(random: Random, points: NDArray[np.float64], noise: float = NOISE) -> NDArray[np.float32]:
    return (points + random.normal(scale=noise, size=points.shape)).astype(np.float32)
