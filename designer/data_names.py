"""Data that are chosen by a name: the bundled digits, toys, and sets that are downloaded once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from PySide6.QtWidgets import QMenu

from runtime.data.choice import DIGITS
from runtime.data.forms import MASKED, PHOTOGRAPHS, READY_SETS, TORCHVISION, TOY, TOYS


def fill_with_names(menu: QMenu, take: Callable[[str], object], without: Collection[str] = ()) -> None:
    """An entry for each source that is a name, but for some toys; ``take`` gets the one that is chosen."""
    menu.addAction("Handwritten digits, 8 × 8", lambda: take(DIGITS))
    menu.addSection("Toys")
    for name, words in TOYS.items():
        if name not in without:
            menu.addAction(f"{name.capitalize()}: {words}", partial(take, TOY + name))
    menu.addSection("Downloaded once")
    for name, (size, classes) in READY_SETS.items():
        shape = " × ".join(map(str, size))
        menu.addAction(f"{name}: {shape}, {classes} classes", partial(take, TORCHVISION + name))
    menu.addSection("Photographs, downloaded once")
    for name, (classes, side) in PHOTOGRAPHS.items():
        menu.addAction(f"{name}: {side} × {side}, {classes} classes", partial(take, TORCHVISION + name))
    for name, classes in MASKED.items():
        menu.addAction(f"{name}: masks of {classes} classes", partial(take, TORCHVISION + name))
