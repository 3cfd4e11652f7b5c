"""Why it decides so: a picture or drawing, what it is taken for, and the map of what the decision rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from designer.figures import share
from designer.inspect.asker import Asker
from designer.inspect.bars import Bars
from designer.inspect.choosers import named, number_box
from designer.inspect.pad import Pad
from designer.inspect.sample_picker import SamplePicker
from designer.inspect.sheet_view import SheetView
from designer.inspect.view import View
from designer.widgets import button, label, scrolled
from runtime.questions import insight

METHODS = {
    "Grad-CAM": "grad-cam",
    "Saliency": "saliency",
    "Smooth saliency": "smooth saliency",
    "Occlusion": "occlusion",
}
PICTURES = "Pictures (*.png *.jpg *.jpeg *.bmp *.webp)"
AFTER_STROKE = 120  # ms of rest before a drawing is looked at
LISTED = 5


class DecisionView(View):
    """For a sample of the data, a picture from a file or the clipboard, or a drawing."""

    title = "Try it"
    tip = "Draw, paste or choose a picture: what it is taken for, and why"

    layers_wanted = Signal(int, str)  # a row of the data, and a picture file in its place

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self._picture = ""
        self.row = number_box("Sample", 0)
        self.row.valueChanged.connect(self._choose_row)
        self.method = QComboBox()
        self.method.setAccessibleName("How the decision is explained")
        self.method.addItems(list(METHODS))
        self.method.currentIndexChanged.connect(self.ask)
        self.open = button("Picture…", self._open, tip="A picture from a file; one can be dropped here too")
        self.from_clipboard = button("Paste", self.paste, tip="The picture on the clipboard (Ctrl+V)")
        self.clear = button("Clear the pad", self._clear)
        self.picker = SamplePicker(asker, self.row)
        self.layers = button("In Activations", self._show_layers, tip="What each layer makes of it")
        given = (named("Sample", self.row), self.row, self.picker, self.open, self.from_clipboard, self.clear)
        self.controls.add(*given, self.method, self.layers)
        self.pad = Pad()
        self._rest = QTimer(self, singleShot=True, interval=AFTER_STROKE)
        self._rest.timeout.connect(self._look_at_pad)
        self.pad.drawn.connect(self._rest.start)
        self.sheet = SheetView("Picture, map, and map over picture")
        self.sheet.across = 3
        self.bars = Bars("Probability of each class")
        self.bars.setFixedHeight(104)
        self.best, self.words = label("", "title"), label("", "secondary", wrap=True)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.best)
        column.addWidget(self.words)
        column.addWidget(self.bars)
        column.addStretch()
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.pad, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(scrolled(self.sheet), 2)
        row.addWidget(side, 1)
        self.setAcceptDrops(True)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["takes_pictures"] and about["classes"])

    def prepare(self) -> None:
        self.picker.show_run(self.about)
        self.row.setMaximum(max(0, sum(self.about["parts"].values()) - 1))

    def ask(self) -> None:
        given: dict[str, Any] = {"picture": self._picture} if self._picture else {"row": self.row.value()}
        self.question(insight.Attribute, self._show, method=METHODS[self.method.currentText()], **given)

    def look_at(self, picture: Path) -> None:
        """A picture file."""
        self._picture = str(picture)
        self.ask()

    def show_row(self, row: int) -> None:
        """A sample of the data."""
        self._picture = ""
        self.row.setValue(row)
        self.ask()

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
        if urls:
            self.look_at(Path(urls[0].toLocalFile()))
        elif event.mimeData().hasImage():
            self._take(QImage(event.mimeData().imageData()))

    def _show(self, told: dict[str, Any]) -> None:
        predicted = told["predicted"]
        self.sheet.show_sheet(told, ("picture", "where it looks", "both"))
        self.sheet.enlarge(2.0)
        likely = ", ".join(f"{p['name']}: {share(p['probability'])}" for p in predicted[:LISTED])
        self.best.setText(predicted[0]["name"])
        self.words.setText(likely)
        by_class = sorted(predicted, key=lambda each: int(each["index"]))
        self.bars.show_values([p["probability"] for p in by_class], names=[p["name"] for p in by_class])

    def _show_layers(self) -> None:
        self.layers_wanted.emit(self.row.value(), self._picture)

    def _choose_row(self) -> None:
        self._picture = ""
        self.ask()

    def _open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a Picture", "", PICTURES)
        if chosen:
            self.look_at(Path(chosen))

    def paste(self) -> None:
        """The picture on the clipboard, or the file that was copied."""
        given = QGuiApplication.clipboard().mimeData()
        files = [url.toLocalFile() for url in given.urls() if url.isLocalFile()]
        if given.hasImage():
            self._take(QGuiApplication.clipboard().image())
        elif files:
            self.look_at(Path(files[0]))
        else:
            self.words.setText("There is no picture on the clipboard.")

    def _clear(self) -> None:
        self.pad.clear()

    def _look_at_pad(self) -> None:
        self._take(self.pad.picture())

    def _take(self, picture: QImage) -> None:
        file = Path(self.asker.folder) / "tried.png"
        if picture.save(str(file)):
            self.look_at(file)
