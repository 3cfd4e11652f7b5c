"""InputRows: what a network takes, a row for each input: real numbers or indices, and their sizes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

KINDS = {"Real numbers": "", "Indices (a text)": "indices:"}
HINTS = {"": "as the network says, or such as 3,32,32", "indices:": "how many, such as 20"}


class InputRows(QWidget):
    """One row without a name to begin with, for the sample of a file or of torchvision's networks."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.rows: list[tuple[QLabel, QComboBox, QLineEdit]] = []
        self.show_for(())

    def show_for(self, names: Sequence[str]) -> None:
        """A row for each input of these names; what was written stays where there is a row for it."""
        written = [(kind.currentIndex(), line.text()) for _, kind, line in self.rows]
        for row in self.rows:
            for part in row:
                self._grid.removeWidget(part)
                part.hide()  # until it is gone
                part.deleteLater()
        self.rows = [self._row(place, name) for place, name in enumerate(names or ("",))]
        for (_, kind, line), (index, text) in zip(self.rows, written, strict=False):
            kind.setCurrentIndex(index)
            line.setText(text)

    def text(self) -> str:
        """As the import takes it: ``3,32,32; indices:20``."""
        told = [(KINDS[kind.currentText()], line.text().strip()) for _, kind, line in self.rows]
        return "; ".join(f"{kind}{sizes}" for kind, sizes in told if sizes)

    def focus(self) -> None:
        self.rows[0][2].setFocus()

    def _row(self, place: int, name: str) -> tuple[QLabel, QComboBox, QLineEdit]:
        label, kind, line = QLabel(name), QComboBox(), QLineEdit()
        kind.addItems(list(KINDS))
        kind.setAccessibleName(f"Kind of {name or 'one sample'}")
        line.setAccessibleName(f"Size of {name or 'one sample'}")
        line.setPlaceholderText(HINTS[""])
        kind.currentTextChanged.connect(lambda chosen: line.setPlaceholderText(HINTS[KINDS[chosen]]))
        label.setVisible(bool(name))
        for column, part in enumerate((label, kind, line)):
            self._grid.addWidget(part, place, column)
        return label, kind, line
