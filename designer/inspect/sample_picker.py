"""Choosing a sample by eye: a sheet of pictures, or a list of texts, beside the number of the sample."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QListWidget, QPushButton, QSpinBox, QVBoxLayout

from designer.figures import grouped
from designer.inspect.asker import Asker
from designer.inspect.part_view import PagedView
from designer.inspect.sheet_view import SheetView
from designer.widgets import scrolled
from runtime.questions import insight

SIZE = (720, 480)


class SamplesView(PagedView):
    """Samples of a part of the data; a click or Enter chooses one."""

    title = "Samples"
    tip = "Samples of the data to choose from"
    kind = insight.Samples
    per_page = 60

    chosen = Signal(int)  # a row of the data

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.sheet, self.texts = SheetView("Samples"), QListWidget()
        self.texts.setAccessibleName("Samples")
        self._scrolled = scrolled(self.sheet)
        self._rows: list[int] = []
        self.sheet.clicked.connect(self._choose)
        self.texts.itemActivated.connect(lambda item: self._choose(self.texts.row(item)))
        self.texts.itemClicked.connect(lambda item: self._choose(self.texts.row(item)))
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scrolled)
        column.addWidget(self.texts)

    def show_page(self, told: dict[str, Any]) -> None:
        self._rows, names = told["rows"], told["names"]
        self.told.setText(f"of {grouped(told['samples'])}")
        has_pictures = "sheet" in told
        self._scrolled.setVisible(has_pictures)
        self.texts.setVisible(not has_pictures)
        words = names or [str(row) for row in self._rows]
        self.sheet.show_sheet(told.get("sheet"), words)
        self.sheet.tips = [f"Sample {row}: {word}" for row, word in zip(self._rows, words, strict=True)]
        self.texts.clear()
        texts = told["texts"] or [""] * len(words)
        self.texts.addItems([f"{word}  {text}".strip() for word, text in zip(words, texts, strict=True)])

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._rows):
            self.chosen.emit(self._rows[number])


class SamplePicker(QPushButton):
    """Opens the samples, and puts the number of the one that is chosen into a field."""

    def __init__(self, asker: Asker, field: QSpinBox) -> None:
        super().__init__("Choose…")
        self.setToolTip("A sample of the data, by eye")
        self._asker, self._field = asker, field
        self._about: dict[str, Any] = {}
        self.view: SamplesView | None = None
        self.clicked.connect(self._open)

    def show_run(self, about: dict[str, Any]) -> None:
        """Another run, or other weights."""
        self._about = about
        if self.view is not None:
            self.view.show_run(about)

    def _open(self) -> None:
        if self.view is None:
            dialog = QDialog(self)
            dialog.setWindowTitle("Choose a Sample")
            dialog.resize(*SIZE)
            self.view = SamplesView(self._asker)
            self.view.chosen.connect(self._field.setValue)
            column = QVBoxLayout(dialog)
            column.setContentsMargins(16, 16, 16, 16)
            column.addWidget(self.view)
            self.view.show_run(self._about)
        self.view.window().show()
        self.view.window().raise_()
