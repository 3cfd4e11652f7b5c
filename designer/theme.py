"""Colours, fonts and the light or dark choice of the whole window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as hex strings."""

    name: str
    canvas: str
    dots: str
    panel: str
    raised: str
    hover: str  # a raised control under the mouse
    line: str
    text: str
    secondary: str
    accent: str
    accent_hover: str
    on_accent: str  # text on the filled button
    good: str
    warning: str
    fault: str
    wire: str

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"


DARK = Theme(
    name="dark",
    canvas="#13161b",
    dots="#222730",
    panel="#1a1e25",
    raised="#232932",
    hover="#2b323d",
    line="#2d3440",
    text="#e8ebf0",
    secondary="#97a1b0",
    accent="#4c9dff",
    accent_hover="#68adff",
    on_accent="#0b1220",
    good="#3fb97c",
    warning="#e5a50a",
    fault="#ff6166",
    wire="#5c6675",
)
LIGHT = Theme(
    name="light",
    canvas="#f5f6f8",
    dots="#e1e4e9",
    panel="#ffffff",
    raised="#f0f2f5",
    hover="#e6e9ee",
    line="#d9dde3",
    text="#1c2128",
    secondary="#646e7c",
    accent="#0b6bd6",
    accent_hover="#0a5fbe",
    on_accent="#ffffff",
    good="#1b7f4d",
    warning="#9a6700",
    fault="#c4282d",
    wire="#9aa4b2",
)

FAMILY_COLORS: dict[str, str] = {
    "conv": "#56b4e9",
    "pooling": "#2fb58b",
    "linear": "#e69f00",
    "activation": "#d9c53b",
    "normalization": "#cc79a7",
    "dropout": "#9a9a9a",
    "recurrent": "#e0662e",
    "attention": "#b08cff",
    "embedding": "#b08cff",
    "merge": "#8e7cff",
    "block": "#8e7cff",
    "reshape": "#8b97a7",
    "boundary": "#8b97a7",
    "code": "#8b97a7",
    "arithmetic": "#b0b7c3",
    "loss": "#ff6166",
}
"""After Okabe and Ito: told apart by colour-blind people. Keys are the families of the catalogue."""

CURVE_COLORS = {"training": "#56b4e9", "validation": "#e69f00", "test": "#2fb58b"}

CHOICES = ("auto", "dark", "light")
TEXT_PIXELS = 12
RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_KEY = "window/theme"


class Themes(QObject):
    """Tells listeners that the colours changed."""

    changed = Signal()


themes = Themes()
_current = DARK
_shown_choice = ""  # overrules what is kept, for this process


def family_color(family: str) -> str:
    """The colour of a family of node types; grey for one this version does not know."""
    return FAMILY_COLORS.get(family, "#8b97a7")


def current() -> Theme:
    return _current


def chosen() -> str:
    """What the user picked: auto, dark or light."""
    kept = str(QSettings().value(_KEY, "auto"))
    return kept if kept in CHOICES else "auto"


def choose(choice: str) -> None:
    """Keeps the user's pick and shows it at once."""
    QSettings().setValue(_KEY, choice)
    show(choice)


def show(choice: str) -> None:
    """Shows a pick without keeping it."""
    global _shown_choice
    _shown_choice = choice
    _show_chosen()


def start(app: QApplication) -> None:
    """Dresses the application and follows the system from here on."""
    app.setStyle("Fusion")
    font = app.font()
    font.setPixelSize(TEXT_PIXELS)
    app.setFont(font)
    app.styleHints().colorSchemeChanged.connect(_show_chosen)
    apply(app, _wanted())


def apply(app: QApplication, theme: Theme) -> None:
    """Sets palette and stylesheet, and tells everyone who paints by hand."""
    global _current
    _current = theme
    app.setPalette(_palette(theme))
    app.setStyleSheet(_stylesheet(theme))
    themes.changed.emit()


def mono_font(pixels: int = TEXT_PIXELS) -> QFont:
    """The face of numbers."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels)
    return font


def _wanted() -> Theme:
    choice = _shown_choice or chosen()
    if choice == "auto":
        is_light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if is_light else DARK
    return LIGHT if choice == "light" else DARK


def _show_chosen() -> None:
    app = QApplication.instance()
    wanted = _wanted()
    if isinstance(app, QApplication) and wanted is not _current:
        apply(app, wanted)


def _stylesheet(theme: Theme) -> str:
    words = {**vars(theme), "icons": (RESOURCES / "icons").as_posix()}
    sheet = (RESOURCES / "themes" / "window.qss").read_text(encoding="utf-8")
    return re.sub(r"@(\w+)", lambda word: words.get(word[1], word[0]), sheet)


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for colour, roles in (
        (theme.panel, (role.Window, role.Base, role.ToolTipBase)),
        (theme.raised, (role.Button, role.AlternateBase)),
        (theme.text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText)),
        (theme.secondary, (role.PlaceholderText,)),
        (theme.accent, (role.Highlight, role.Link, role.Accent)),
        (theme.on_accent, (role.HighlightedText,)),
        (theme.line, (role.Mid, role.Dark, role.Midlight, role.Shadow)),
        (theme.raised, (role.Light,)),
    ):
        for one in roles:
            palette.setColor(one, QColor(colour))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(theme.secondary))
    return palette
