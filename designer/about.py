"""Help: the keys, and what this program is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from designer import dialogs, theme
from designer.widgets import button, label

KEYS = (
    ("Ctrl+F", "find a layer; arrows choose, Enter adds it after the selected node"),
    ("Drag from port to port", "connect; what does not fit says why at the cursor"),
    ("Arrow keys", "go from node to node"),
    ("F2", "rename the selected node"),
    ("Delete", "remove what is selected"),
    ("Ctrl+Z · Ctrl+Shift+Z", "undo · redo, settings too"),
    ("Ctrl+G · Ctrl+Shift+G", "group into a block · dissolve the block"),
    ("Alt+Enter · Ctrl+Up", "go inside the selected block · back out"),
    ("Ctrl+C · Ctrl+V · Ctrl+D", "copy · paste · duplicate"),
    ("Wheel · middle button · Space", "zoom at the cursor · pan"),
    ("Home · F", "show all · show the selection"),
    ("F8 · Shift+F8 · Ctrl+.", "next problem · the one before · what mends it"),
    ("F5 · Shift+F5", "train or pause · stop"),
    ("Alt+1 … Alt+5", "training, problems, layers, source, history"),
    ("Ctrl+T · Ctrl+W · Ctrl+Tab", "new tab · close it · next tab"),
    ("F11 · Ctrl+,", "full screen · preferences"),
    ("F1 · Shift+F1", "the guide, or the page of the layer searched for · of the layer selected"),
    ("Ctrl+E", "export as ONNX or PyTorch source"),
)


def show_keys(parent: QWidget) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keys")
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(8)
    for row, (keys, what) in enumerate(KEYS):
        name = label(keys)
        name.setFont(theme.mono_font())
        grid.addWidget(name, row, 0)
        grid.addWidget(label(what, "secondary"), row, 1)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 20, 20, 20)
    layout.setSpacing(16)
    layout.addWidget(label("Keys and mouse", "title"))
    layout.addLayout(grid)
    layout.addWidget(button("Close", dialog.accept), alignment=Qt.AlignmentFlag.AlignRight)
    dialog.exec()


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
