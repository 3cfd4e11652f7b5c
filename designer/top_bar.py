"""TopBar: name, menus, the one filled button, and the file with its state."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QPushButton, QVBoxLayout, QWidget

from designer import theme
from designer.document import Document
from designer.training.marks import mark
from designer.widgets import button, label, line

HEIGHT = 44


class TopBar(QWidget):
    """Three parts: the outer two share what room the buttons in the middle leave."""

    train_wanted = Signal()
    check_wanted = Signal()
    export_wanted = Signal()
    data_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._training = "idle"
        self.is_open_elsewhere: Callable[[], bool] = lambda: False
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menus = QMenuBar()
        self.train: QPushButton = button("Train", self.train_wanted.emit, "primary")
        self.check = button("Pre-flight", self.check_wanted.emit, tip="Check it before it trains (F7)")
        self.export = button("Export", self.export_wanted.emit, tip="Save as ONNX or PyTorch source (Ctrl+E)")
        self.data = button("Data", self.data_wanted.emit, tip="Choose the data and look into it")
        self.file = label()
        self.state = label(role="secondary")
        self.train.setMinimumWidth(96)
        self._lay_out()
        document.title_changed.connect(self.show_title)
        self.show_title()
        self.show_training("idle")
        theme.themes.changed.connect(self.draw_mark)

    def show_title(self) -> None:
        """The network's name, and whether its file holds what is shown."""
        document = self._document
        if document.is_modified:
            state = "not saved" if document.path is None else "edited"
        else:
            state = "saved" if document.path is not None else "new"
        name = document.title
        self.file.setText(name if len(name) <= 40 else f"{name[:39]}…")
        self.file.setToolTip(str(document.path) if document.path else "This network has no file yet")
        self.state.setText(f"· {'open in another window' if self.is_open_elsewhere() else state}")

    def show_parts(self, *, has_network: bool) -> None:
        """Only name and menus where there is no network to train, to save or to name."""
        for part in (self.train, self.check, self.export, self.data, self.file, self.state):
            part.setVisible(has_network)

    def show_training(self, state: str) -> None:
        """Train while nothing runs, Pause and Resume while something does."""
        words = {"running": "Pause", "paused": "Resume", "starting": "Starting …", "stopping": "Stopping …"}
        self._training = state
        self.train.setText(words.get(state, "Train"))
        self.draw_mark()
        tips = {"running": "Wait after the current step (F5)", "paused": "Go on where it stands (F5)"}
        self.train.setToolTip(tips.get(state, "Train the network as it is drawn now (F5)"))

    def draw_mark(self) -> None:
        """The sign on the filled button, in the colours of now."""
        sign = "pause" if self._training == "running" else "play"
        self.train.setIcon(mark(sign, theme.current().on_accent))

    def _lay_out(self) -> None:
        name = label("Netwright", "title")
        left, middle, right = QWidget(), QHBoxLayout(), QWidget()
        left_row, right_row = QHBoxLayout(left), QHBoxLayout(right)
        for row in (left_row, middle, right_row):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
        left_row.addWidget(name)
        left_row.addWidget(self.menus, alignment=Qt.AlignmentFlag.AlignVCenter)
        left_row.addStretch()
        for one in (self.train, self.check, self.export, self.data):
            middle.addWidget(one)
        right_row.addStretch()
        right_row.addWidget(self.file)
        right_row.addWidget(self.state)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(left, 1)
        row.addLayout(middle)
        row.addWidget(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(line())
        self.setFixedHeight(HEIGHT)
