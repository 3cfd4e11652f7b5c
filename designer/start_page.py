"""StartPage: what there is to open and to begin with, while nothing is drawn yet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from designer import dialogs, theme
from designer.data_names import fill_with_names
from designer.examples import chapters
from designer.start_cards import Card, Gallery, Row, with_text
from designer.thumbnails import Thumbnails
from designer.widgets import button, label, line, restyle, scrolled
from runtime.data.choice import DIGITS
from runtime.data.forms import FORMS, form_named

if TYPE_CHECKING:
    from designer.main_window import MainWindow

WIDEST, LEFT, MARGIN = 1560, 272, 32  # px
BAR = 14  # px that a scroll bar takes beside the rows
MISSING = "no longer there"
NAMES = 3  # the row of data that are chosen by a name
CANCEL = "Cancel"
TWO_INPUTS = ("captions", "numbers")  # toys for which a network is drawn by hand
READINGS = {  # of a table: the form, and what its rows are then
    "Table": ("table", "a row is a sample."),
    "Time Series": ("series", "rows follow each other in time."),
    "Labelled Texts": ("texts", "a column of texts, one of labels."),
}


class StartPage(QWidget):
    """Lies over everything below the bars; on the left what is begun, on the right what can be opened."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._from_data: QObject | None = None
        self._thumbnails = Thumbnails(self)
        self.setProperty("role", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Start page")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search files and examples")
        self.search.setAccessibleName("Search files and examples")
        self.search.setClearButtonEnabled(True)
        self.gallery = Gallery()
        self.search.textChanged.connect(self.gallery.search)
        self.search.returnPressed.connect(self._open_first)
        self.search.installEventFilter(self)
        self.state = label(role="secondary", wrap=True)
        self.cancel = button("Cancel", self._stop_looking, "link")
        self.rows = list(self._make_rows())
        self._lay_out()
        self._say("")
        window.files.recent_changed.connect(self._fill_if_seen)
        theme.themes.changed.connect(self._fill_if_seen)
        window.installEventFilter(self)
        self.hide()

    def follow(self) -> None:
        """Is there where the window has nothing to show, and away as soon as there is something."""
        is_wanted = self._window.tabs.is_at_start
        if is_wanted == self.isVisibleTo(self._window):
            return
        self._window.top_bar.show_parts(has_network=not is_wanted)
        if is_wanted:
            self.fill()
            self.stand()
            self.show()
            self.raise_()
            self.search.setFocus()
        else:
            self._stop_looking()
            self.hide()
            self._window.canvas.setFocus()

    def stand(self) -> None:
        """Covers what is below the bars."""
        bars = self._window.menuWidget()
        top = bars.height() if bars is not None else 0
        self.setGeometry(0, top, self._window.width(), self._window.height() - top)

    def fill(self) -> None:
        """Recent files first, then the examples in the order of the course."""
        self._side.setFixedWidth(with_text(LEFT) + BAR)
        for row in self.rows:
            row.fit()
        self._thumbnails.clear()
        recent = [self._recent_card(path) for path in self._window.files.remembered()]
        parts = [("Recent", recent)] if recent else []
        for chapter, inside in chapters().items():
            open_it = self._window.files.open_example
            cards = [Card(one.title, one.figures, partial(open_it, one.path), one.path.stem) for one in inside]
            for card, one in zip(cards, inside, strict=True):
                self._ask_picture(card, one.path)
            parts.append((chapter, cards))
        self.gallery.fill(parts)
        self.gallery.search(self.search.text())

    # --- what is done

    def look_into(self, source: str) -> None:
        """Makes a network for data: digits, a set with a name, a file or a folder."""
        from designer.from_data import NewFromData

        form = self._form_of(source)
        if form is None:
            return

        def begin() -> None:
            services = self._window.services
            if services is None:
                return
            if not isinstance(self._from_data, NewFromData):
                self._from_data = NewFromData(services.engine, self._window.files.show, self)
                self._from_data.said.connect(self._say)
                self._from_data.refused.connect(lambda fact, remedy: self._say(f"{fact} {remedy}", "fault"))
            self._from_data.start(source, form)

        self._window.when_furnished(begin)

    def _form_of(self, source: str) -> str | None:
        """How a table is to be read, as its user says; None where that was given up."""
        path = Path(source)
        if path.suffix.lower() not in form_named("table").suffixes or not path.is_file():
            return ""
        fact = f"{path.name} can be read in {len(READINGS)} ways."
        remedy = " ".join(f"{answer}: {words}" for answer, (_, words) in READINGS.items())
        chosen = dialogs.ask(self._window, fact, remedy, (*READINGS, CANCEL))
        return READINGS[chosen][0] if chosen in READINGS else None

    def _choose_name(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_with_names(menu, self.look_into, without=TWO_INPUTS)
        row = self.rows[NAMES]
        menu.popup(row.mapToGlobal(row.rect().bottomLeft()))

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of data")
        if folder:
            self.look_into(folder)

    def _choose_file(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, "File of data", "", data_files())
        if file:
            self.look_into(file)

    def _stop_looking(self) -> None:
        from designer.from_data import NewFromData

        if isinstance(self._from_data, NewFromData):
            self._from_data.cancel()
        self._say("")

    def _open_first(self) -> None:
        card = next((one for one in self.gallery.cards if one.isEnabled()), None)
        if self.search.text().strip() and card is not None:
            card.click()

    def _say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.state, role=role)
        self.state.setText(sentence)
        self.state.setVisible(bool(sentence))
        self.cancel.setVisible(bool(sentence) and role != "fault")

    # --- how it is made

    def _make_rows(self) -> Iterator[Row]:
        window = self._window
        yield Row("Empty network", "Draw from nothing", window.tabs.leave_start, "Ctrl+N")
        yield Row("Open a file…", "A .netw file; or drop it here", window.files.open, "Ctrl+O")
        yield Row("Handwritten digits", "8 × 8 pixels, 10 classes, bundled", partial(self.look_into, DIGITS))
        yield Row("Toys and ready sets…", "Points, signals; MNIST, CIFAR-10 and more", self._choose_name)
        yield Row("A folder of data…", "IDX files, a folder for each class, masks", self._choose_folder)
        yield Row("A file of data…", "Text, table, time series, labelled texts", self._choose_file)
        yield Row("The guide", "Your first network in five minutes", window.show_guide, "F1")

    def _recent_card(self, path: Path) -> Card:
        is_there = path.is_file()
        note = str(path.parent) if is_there else MISSING
        card = Card(path.stem, note, partial(self._window.files.open_path, path), str(path))
        card.setEnabled(is_there)
        card.setToolTip(str(path))
        if is_there:
            self._ask_picture(card, path)
        return card

    def _ask_picture(self, card: Card, path: Path) -> None:
        self._thumbnails.ask(path, self.devicePixelRatioF(), card.show_picture)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        for number, row in enumerate(self.rows):
            heading = {0: "New", 2: "New from data", 6: "Learn"}.get(number)
            if heading:
                left.addSpacing(12 if number else 0)
                left.addWidget(label(heading, "heading"))
            left.addWidget(row)
            if number == 5:
                left.addWidget(self.state)
                left.addWidget(self.cancel)
        left.addStretch()
        rows = QWidget()
        rows.setLayout(left)
        left.setContentsMargins(0, 0, BAR, MARGIN)
        self._side = side = scrolled(rows)
        right = QVBoxLayout()
        right.setSpacing(16)
        right.addWidget(self.search)
        right.addWidget(scrolled(self.gallery), 1)
        middle = QWidget()
        middle.setMaximumWidth(WIDEST)
        parts = QHBoxLayout(middle)
        parts.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        parts.setSpacing(MARGIN - BAR)
        parts.addWidget(side)
        parts.addWidget(line(vertical=True))
        parts.addSpacing(BAR)
        parts.addLayout(right, 1)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(middle)

    # --- Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.stand)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.stand()
        elif watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._search_key(event)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """An arrow that the gallery or a row passed on."""
        focused = next((number for number, row in enumerate(self.rows) if row.hasFocus()), None)
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if focused is None:
            self.search.setFocus()
        elif step is None:
            self._focus_gallery()
        else:
            self._focus(self.rows[(focused + step) % len(self.rows)])

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round on this page: what lies below it is not seen."""
        inside = [*self.rows, self.search, *self.gallery.cards]
        inside = [one for one in inside if one.isEnabled()]
        here = next((number for number, one in enumerate(inside) if one.hasFocus()), -1)
        self._focus(inside[(here + (1 if forward else -1)) % len(inside)])
        return True

    def _focus(self, part: QWidget) -> None:
        part.setFocus(Qt.FocusReason.TabFocusReason)
        if part in self.rows:
            self._side.ensureWidgetVisible(part)

    def _search_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Down:
            self._focus_gallery()
            return True
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        return False

    def _focus_gallery(self) -> None:
        first = next((card for card in self.gallery.cards if card.isEnabled()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def _fill_if_seen(self) -> None:
        if self.isVisible():
            self.fill()


def data_files() -> str:
    """What the dialog for files of data shows."""
    endings = " ".join(f"*{suffix}" for form in FORMS for suffix in form.suffixes)
    return f"Data ({endings});;All files (*)"
