"""PictureDialog: what a picture of the drawing shows, how large it is, and where it goes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from designer.canvas.paper import Paper, PictureError, Wish, save_picture
from designer.document import Document
from designer.figures import grouped
from designer.widgets import button, label, restyle

SVG, PNG = "SVG, sharp at any size (*.svg)", "PNG, made of pixels (*.png)"
LEAST_SCALE, GREATEST_SCALE = 0.1, 8.0


class PictureDialog(QDialog):
    """Asks, draws, and says what was written."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._size = QSize()  # at scale 1
        self.setWindowTitle("Export Picture")
        self.setMinimumWidth(420)
        self.everything = QRadioButton("&Everything on the canvas")
        self.selection = QRadioButton("&Selected nodes")
        self.transparent = QCheckBox("&Transparent ground")
        self.table = QCheckBox("&Layer table below")
        self.scale = QDoubleSpinBox()
        self.scale.lineEdit().setTextMargins(6, 0, 0, 0)
        self.outcome = label(wrap=True)
        self.save = button("Save…", self._choose_place, "primary")
        self._dress()
        self._lay_out()
        self._measure()

    def _dress(self) -> None:
        group = QButtonGroup(self)
        for choice in (self.everything, self.selection):
            group.addButton(choice)
            choice.toggled.connect(self._measure)
        has_selection = bool(self._document.selection)
        self.selection.setEnabled(has_selection)
        (self.selection if len(self._document.selection) > 1 else self.everything).setChecked(True)
        self.table.toggled.connect(self._measure)
        self.scale.setRange(LEAST_SCALE, GREATEST_SCALE)
        self.scale.setSingleStep(0.5)
        self.scale.setDecimals(1)
        self.scale.setValue(2.0)
        self.scale.setSuffix(" ×")
        self.scale.setAccessibleName("Scale")
        self.scale.setToolTip("Of a PNG: at 1 × it is as large as on the canvas at 100 %.")
        self.scale.valueChanged.connect(self._tell_size)

    def wish(self) -> Wish:
        """What is asked for."""
        names = self._document.selection if self.selection.isChecked() else ()
        return Wish(names, self.scale.value(), self.transparent.isChecked(), self.table.isChecked())

    def save_to(self, path: Path) -> None:
        """Writes the picture and says so, or what stands in its way."""
        try:
            size = save_picture(self._document.network, path, self.wish(), self._document.scope)
        except PictureError as error:
            restyle(self.outcome, role="fault")
            self.outcome.setText(str(error))
            return
        restyle(self.outcome, role="")
        in_pixels = f", {_pixels(size)}" if path.suffix.lower() == ".png" else ""
        self.outcome.setText(f"Written: {path}{in_pixels}.")

    def _measure(self) -> None:
        """Works out how large the picture is."""
        try:
            wish = dataclasses.replace(self.wish(), scale=1.0)
            paper = Paper(self._document.network, wish, self._document.scope)
        except PictureError as error:
            self.save.setEnabled(False)
            self.outcome.setText(str(error))
            return
        self._size = paper.pixels
        paper.close()
        self._tell_size()

    def _tell_size(self) -> None:
        restyle(self.outcome, role="secondary")
        self.outcome.setText(f"As PNG: {_pixels(self._size * self.scale.value())}. An SVG keeps its text as text.")

    def _choose_place(self) -> None:
        path = self._document.path
        folder = path.parent if path else Path.home()
        dialog = QFileDialog(self, "Export Picture", str(folder))
        dialog.setNameFilters([SVG, PNG])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("svg")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("svg" if chosen == SVG else "png"))
        dialog.selectFile(path.stem if path else "network")
        if dialog.exec():
            self.save_to(Path(dialog.selectedFiles()[0]))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Export Picture", "title"))
        layout.addWidget(self.everything)
        layout.addWidget(self.selection)
        layout.addSpacing(4)
        layout.addWidget(self.transparent)
        layout.addWidget(self.table)
        row = QHBoxLayout()
        row.addWidget(label("Scale"))
        row.addWidget(self.scale)
        row.addStretch()
        layout.addSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.outcome)
        layout.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(button("Close", self.reject))
        buttons.addWidget(self.save)
        layout.addLayout(buttons)
        self.save.setDefault(True)


def _pixels(size: QSize) -> str:
    return f"{grouped(size.width())} × {grouped(size.height())} px"
