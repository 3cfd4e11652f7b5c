"""Fields that several views choose with."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget

from designer.widgets import label


def layer_chooser(name: str) -> QComboBox:
    chooser = QComboBox()
    chooser.setAccessibleName(name)
    chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return chooser


def named(words: str, field: QWidget) -> QLabel:
    """A word that stands before a field, and goes where it goes."""
    made = label(words, "secondary")
    made.setBuddy(field)
    return made


def fill(chooser: QComboBox, paths: list[str]) -> None:
    """Keeps the choice where it is still there."""
    chosen = chooser.currentText()
    chooser.blockSignals(True)
    chooser.clear()
    chooser.addItems(paths)
    chooser.setCurrentIndex(max(0, paths.index(chosen) if chosen in paths else 0))
    chooser.blockSignals(False)


def number_box(name: str, most: int) -> QSpinBox:
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setRange(0, most)
    box.lineEdit().setTextMargins(6, 0, 0, 0)
    return box
