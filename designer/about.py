"""Help: what this program is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtWidgets import QWidget

from designer import dialogs


def show_about(parent: QWidget) -> None:
    try:
        number = version("netwright")
    except PackageNotFoundError:
        number = "from its source folder"
    dialogs.tell(
        parent,
        f"Netwright {number}",
        "Draw a neural network, see every shape and cost, train it, and take it away as ONNX or PyTorch source.",
    )
