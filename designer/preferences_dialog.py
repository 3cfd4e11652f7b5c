"""Edit > Preferences: what is set once for every network; each change is seen at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.mouse_page import MousePage
from designer.preferences import (
    ACCENT,
    DEVICE,
    GRID,
    HINTS,
    KEEP_STEPS,
    RUNS_FOLDER,
    SNAP,
    TEXT,
    THUMBNAILS,
    VERSIONS,
    Preference,
    preferences,
)
from designer.shortcut_page import ShortcutPage
from designer.spins import spin_box
from designer.widgets import Switch, button, label

LOOKS = {"auto": "Like the system", "dark": "Dark", "light": "Light"}
DEVICES = {"auto": "The GPU where there is one", "cpu": "CPU", "cuda": "GPU"}
FIELD = 240  # px


class PreferencesDialog(QDialog):
    """A page for each part of the program."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        self.pages = QTabWidget()
        self.pages.addTab(self._appearance(), "Appearance")
        self.pages.addTab(self._canvas(), "Canvas")
        self.pages.addTab(self._files(), "Files and runs")
        self.pages.addTab(ShortcutPage(), "Keys")
        self.pages.addTab(MousePage(), "Mouse")
        self.pages.tabBar().setDrawBase(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self.pages)
        below = QHBoxLayout()
        below.addWidget(label("Changes are seen at once and kept.", "secondary"))
        below.addStretch()
        below.addWidget(button("Close", self.accept))
        layout.addLayout(below)
        self.setMinimumWidth(600)

    def _appearance(self) -> QWidget:
        look = _choices(LOOKS, theme.chosen())
        look.activated.connect(lambda number: theme.choose(str(look.itemData(number))))
        accent = _choice_of(ACCENT, {name: name.capitalize() for name in ACCENT.choices})
        for number, name in enumerate(ACCENT.choices):
            accent.setItemIcon(number, _dot(theme.ACCENTS[name][not theme.current().is_dark]))
        return _page(
            ("Theme", look, ""),
            ("Accent", accent, "Of what is filled, selected or under way"),
            ("Text", _number_of(TEXT, "px"), "Height of the letters in panels and forms"),
            ("Hints", _switch_of(HINTS), "For the first steps on the canvas"),
        )

    def _canvas(self) -> QWidget:
        return _page(
            ("Grid", _switch_of(GRID), "Dots behind the drawing"),
            ("Snap", _switch_of(SNAP), "Nodes that are moved stand on the grid"),
            ("Thumbnails", _switch_of(THUMBNAILS), "A small picture in each node of what it gives"),
        )

    def _files(self) -> QWidget:
        folder = QLineEdit(str(preferences.value(RUNS_FOLDER)))
        folder.setPlaceholderText("Beside the network's file")
        folder.editingFinished.connect(lambda: preferences.set(RUNS_FOLDER, folder.text().strip()))
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        across.addWidget(folder, 1)
        across.addWidget(_plain(button("Folder…", lambda: _choose_folder(self, folder))))
        row.setFocusProxy(folder)
        return _page(
            ("Recovery", _switch_of(KEEP_STEPS), "Each step is kept until the file is saved"),
            ("Versions", _number_of(VERSIONS, "versions"), "Kept of each file; 0 keeps none"),
            ("Runs", row, "Where trainings are written"),
            ("Device", _choice_of(DEVICE, DEVICES), "For networks whose recipe names none"),
        )


def _page(*rows: tuple[str, QWidget, str]) -> QWidget:
    page = QWidget()
    form = QFormLayout(page)
    form.setContentsMargins(0, 16, 0, 8)
    form.setHorizontalSpacing(24)
    form.setVerticalSpacing(12)
    for name, field, doc in rows:
        field.setAccessibleName(name)
        field.setAccessibleDescription(doc)
        if not isinstance(field, Switch):
            field.setMinimumWidth(FIELD)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(
            field, alignment=Qt.AlignmentFlag.AlignLeft if isinstance(field, Switch) else Qt.AlignmentFlag(0)
        )
        if doc:
            column.addWidget(label(doc, "secondary"))
        head = label(name)
        head.setFixedHeight(28)
        head.setBuddy(field)
        form.addRow(head, column)
    return page


def _switch_of(preference: Preference) -> Switch:
    switch = Switch()
    switch.setChecked(bool(preferences.value(preference)))
    switch.toggled.connect(lambda is_on: preferences.set(preference, is_on))
    return switch


def _number_of(preference: Preference, unit: str) -> QWidget:
    field = spin_box(preference.low, preference.high, unit)
    field.setValue(int(preferences.value(preference)))
    field.lineEdit().setTextMargins(6, 0, 0, 0)
    field.valueChanged.connect(lambda value: preferences.set(preference, value))
    return field


def _choice_of(preference: Preference, words: dict[str, str]) -> QComboBox:
    field = _choices(words, str(preferences.value(preference)))
    field.activated.connect(lambda number: preferences.set(preference, str(field.itemData(number))))
    return field


def _choices(words: dict[str, str], chosen: str) -> QComboBox:
    field = QComboBox()
    for value, said in words.items():
        field.addItem(said, value)
    field.setCurrentIndex(max(0, field.findData(chosen)))
    return field


def _plain(made: QPushButton) -> QPushButton:
    """Not what Enter presses."""
    made.setAutoDefault(False)
    return made


def _dot(colour: str) -> QIcon:
    picture = QPixmap(QSize(24, 24))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(4, 4, 16, 16)
    painter.end()
    return QIcon(picture)


def _choose_folder(parent: QWidget, field: QLineEdit) -> None:
    folder = QFileDialog.getExistingDirectory(parent, "Folder for runs", field.text())
    if folder:
        field.setText(folder)
        preferences.set(RUNS_FOLDER, folder)
