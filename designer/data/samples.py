"""SamplesDialog: the data before a training: how many of each class, samples, and samples as they are varied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTemporaryDir, QTimer
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from designer import theme
from designer.data.pinning import pinned_places, with_pin
from designer.document import Document
from designer.engine_client import EngineClient
from designer.figures import grouped
from designer.inspect.bars import Bars
from designer.inspect.sheet_view import SheetView
from designer.picture_files import picture_from
from designer.widgets import TryAgain, button, label, restyle, scrolled
from runtime.protocol import Answer, Refused
from runtime.questions.augmentation import AugmentationSheet
from runtime.questions.insight import ShowSamples

SIZE = (760, 680)
PARTS = {"Training": "train", "Validation": "validation", "Test": "test"}
PAGE = 96  # samples
MARGIN = 20  # px beside the picture, for its scroll bar
WAIT = 250  # ms after the last change of the recipe
PIN = "Click a sample to pin it: its way through the network is shown in the nodes while it trains. "
PINNED = "◆"  # before the name of a pinned sample
EVERY_CLASS = "All classes"
PLAIN = "The recipe varies nothing yet: turn on something under Augmentation, and see it here."
VARIED = "Each row is a training sample: as it is, and as the first epochs will see it."


class SamplesDialog(QDialog):
    """Asks the engine when it is shown, and again when the data or the recipe are others."""

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Samples")
        self.resize(*SIZE)
        self.plain = SamplesPage(document, engine)
        self.varied = VariedPage(document, engine)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.plain, "As they are")
        self.tabs.addTab(self.varied, "As they are varied")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.tabs)
        self._document = document
        self._known: object = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT)
        self._later.timeout.connect(self.ask)
        document.changed.connect(self._notice)
        theme.themes.changed.connect(self._later.start)  # the sheet is drawn in the window's colours
        self.tabs.currentChanged.connect(self.ask)
        self.ask()

    def ask(self) -> None:
        """The page that is shown, of the network as it is now."""
        network = self._document.network
        self._known = (network.data, network.recipe)
        self.tabs.currentWidget().ask()

    def done(self, result: int) -> None:
        for page in (self.plain, self.varied):
            page.give_up()
        super().done(result)

    def _notice(self) -> None:
        if (self._document.network.data, self._document.network.recipe) != self._known:
            self._later.start()


class Page(QWidget):
    """Asks one question at a time; an older answer is passed over."""

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__()
        self._document, self._engine = document, engine
        self._folder = QTemporaryDir()
        self._asked = 0
        self.words = label("", role="secondary", wrap=True)
        self.retry = TryAgain(self.ask)
        self.said = QHBoxLayout()
        self.said.addWidget(self.words, 1)
        self.said.addWidget(self.retry)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(300)
        self._wait.timeout.connect(lambda: self.say("Reading the data …"))

    @property
    def base(self) -> str:
        """Where relative paths start."""
        path = self._document.path
        return str(path.parent if path else Path.cwd())

    def ask(self) -> None:
        """Asks for what it shows."""
        raise NotImplementedError

    def put(self, request: ShowSamples | AugmentationSheet) -> None:
        self.give_up()
        self._wait.start()
        self._asked = self._engine.ask(self, request, self._answered, self._refused)

    def give_up(self) -> None:
        """Waits for no answer any more."""
        self._engine.forget(self._asked)
        self._wait.stop()

    def say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.words, role=role)
        self.retry.setVisible(role == "fault")
        self.words.setText(sentence)

    def show_result(self, result: dict[str, Any]) -> None:
        """What came."""

    def _answered(self, answer: Answer) -> None:
        self._wait.stop()
        self.say("")
        self.show_result(answer.result)

    def _refused(self, refused: Refused) -> None:
        self._wait.stop()
        self.say(f"{refused.fact} {refused.remedy}".strip(), role="fault")


class SamplesPage(Page):
    """Counts of the classes as bars, and the samples of one class or of all, some on a page."""

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__(document, engine)
        self._first = self._count = 0
        self.part, self.of_class = QComboBox(), QComboBox()
        self.part.addItems(list(PARTS))
        self.part.setAccessibleName("Part of the data")
        self.of_class.addItem(EVERY_CLASS)
        self.of_class.setAccessibleName("Class")
        self.bars = Bars("Samples of each class")
        self.sheet = SheetView("Samples")
        self.back = button("Back", lambda: self._turn(-1), tip="The samples before")
        self.forth = button("More", lambda: self._turn(1), tip="The samples that follow")
        for one in (self.back, self.forth):
            one.setAutoDefault(False)
            one.setEnabled(False)
        self.place = label("", role="secondary")
        above = QHBoxLayout()
        above.setSpacing(8)
        for one in (self.part, self.of_class):
            above.addWidget(one)
        above.addStretch()
        for one in (self.place, self.back, self.forth):
            above.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(above)
        column.addLayout(self.said)
        column.addWidget(self.bars)
        column.addWidget(scrolled(self.sheet), 1)
        self.part.activated.connect(self._choose_part)
        self.of_class.activated.connect(self._choose_class)
        self.sheet.clicked.connect(self._pin)

    def ask(self) -> None:
        """The samples of this page."""
        self.put(
            ShowSamples(
                0,
                dict(self._document.network.data),
                self.base,
                self._folder.path(),
                PARTS[self.part.currentText()],
                self._first,
                PAGE,
                self.of_class.currentIndex() - 1,
            )
        )

    def show_result(self, result: dict[str, Any]) -> None:
        classes, counts, rows = result["classes"], result["counts"], result["rows"]
        self._count = result["samples"]
        self._show_classes(classes, counts)
        first = self._first + 1 if rows else 0
        self.place.setText(f"{grouped(first)}–{grouped(self._first + len(rows))} of {grouped(self._count)}")
        self.back.setEnabled(self._first > 0)
        self.forth.setEnabled(self._first + len(rows) < self._count)
        named = [classes[label] for label in result["labels"]] if _are_single(result["labels"]) else []
        captions = named if self.of_class.currentIndex() == 0 else []
        self.sheet.show_sheet(result.get("sheet"), self._marked(captions, len(rows)) if self._can_pin else captions)
        if rows and self._can_pin:
            places = ", ".join(map(str, pinned_places(self._document.network)))
            self.say(PIN + (f"Pinned: {places}." if places else "Without any the first four are."))
        if not rows:
            self.say("This part has no samples.")
        elif not result.get("sheet"):
            self.say("These samples are no pictures; the counts say what there is.")

    @property
    def _can_pin(self) -> bool:
        """Pins are counted within the whole validation part."""
        return PARTS[self.part.currentText()] == "validation" and self.of_class.currentIndex() <= 0

    def _marked(self, names: list[str], count: int) -> list[str]:
        """The captions of a page, with a mark before those that are pinned."""
        pinned = pinned_places(self._document.network)
        shown = names or [str(self._first + number) for number in range(count)]
        return [f"{PINNED} {name}" if self._first + n in pinned else name for n, name in enumerate(shown)]

    def _pin(self, number: int) -> None:
        if self._can_pin:
            place = self._first + number
            self._document.edit_network(with_pin(self._document.network, place), f"Pin sample {place}")

    def _show_classes(self, classes: list[str], counts: list[int]) -> None:
        self.bars.setVisible(bool(counts))
        self.of_class.setVisible(bool(counts))
        if counts:
            self.bars.show_values(counts, names=classes)
        entries = [EVERY_CLASS, *(f"{name} ({grouped(count)})" for name, count in zip(classes, counts, strict=False))]
        if entries != [self.of_class.itemText(number) for number in range(self.of_class.count())]:
            chosen = self.of_class.currentIndex()
            self.of_class.clear()
            self.of_class.addItems(entries)
            self.of_class.setCurrentIndex(chosen if chosen < len(entries) else 0)

    def _choose_part(self) -> None:
        self._first = 0
        self.ask()

    def _choose_class(self) -> None:
        self._first = 0
        self.ask()

    def _turn(self, pages: int) -> None:
        self._first = max(0, self._first + pages * PAGE)
        self.ask()


class VariedPage(Page):
    """The contact sheet of the recipe's augmentation."""

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__(document, engine)
        self._picture = QPixmap()
        self.picture = QLabel()
        self.picture.setAccessibleName("Samples as they are varied")
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.said)
        column.addWidget(scrolled(self.picture), 1)

    def ask(self) -> None:
        """A sheet of the recipe as it is now."""
        network, out = self._document.network, f"{self._folder.path()}/sheet.png"
        look = theme.current()
        ink = look.panel, look.text, look.secondary
        self.put(AugmentationSheet(0, dict(network.data), dict(network.recipe), out, self.base, ink=ink))

    def show_result(self, result: dict[str, Any]) -> None:
        self.say(VARIED if result["is_varied"] else PLAIN)
        self.picture.setAccessibleDescription(self.words.text())
        self._picture = picture_from(result["path"])
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._picture.isNull():
            width = min(self._picture.width(), max(1, self.width() - MARGIN))
            smooth = Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(self._picture.scaledToWidth(width, smooth))


def _are_single(labels: list[Any]) -> bool:
    """One class each; masks and boxes have many."""
    return all(isinstance(label, int) for label in labels)
