"""Colours, fonts and the light or dark choice of the whole window."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from designer.preferences import ACCENT, TEXT, preferences


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

ACCENTS = {
    "blue": ("#4c9dff", "#0b6bd6"),
    "green": ("#3fb97c", "#1b7f4d"),
    "violet": ("#a78bfa", "#6d45d9"),
    "orange": ("#f0883e", "#b4500a"),
    "pink": ("#f472b6", "#b8276f"),
    "grey": ("#a3adba", "#57606c"),
}
"""For the dark and the light appearance; text on them is read at 4.5 : 1."""

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
_text_pixels = 0  # of the stylesheet now shown
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
    app.styleHints().colorSchemeChanged.connect(_show_chosen)
    apply(app, _wanted())


def apply(app: QApplication, theme: Theme) -> None:
    """Sets palette and stylesheet, and tells everyone who paints by hand."""
    global _current, _text_pixels
    _current = theme
    if _text_pixels != text_pixels():
        _text_pixels = text_pixels()
        font = app.font()
        font.setPixelSize(_text_pixels)
        app.setFont(font)
    app.setPalette(_palette(theme))
    app.setStyleSheet(_stylesheet(theme))
    themes.changed.emit()


def text_pixels() -> int:
    """The height of plain text in panels and forms, as the user likes it."""
    return int(preferences.value(TEXT))


def mono_font(pixels: int = 0) -> QFont:
    """The face of numbers; as high as plain text where no height is given."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels or text_pixels())
    return font


def with_accent(theme: Theme, name: str) -> Theme:
    """The theme with another colour for what is filled, selected or under way."""
    accent = ACCENTS[name][not theme.is_dark]
    if accent == theme.accent:
        return theme
    shade = QColor(accent)
    hover = shade.lighter(112) if theme.is_dark else shade.darker(112)
    return replace(theme, accent=accent, accent_hover=hover.name())


def _wanted() -> Theme:
    choice = _shown_choice or chosen()
    if choice == "auto":
        is_light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    else:
        is_light = choice == "light"
    return with_accent(LIGHT if is_light else DARK, preferences.value(ACCENT))


def _show_chosen() -> None:
    app = QApplication.instance()
    wanted = _wanted()
    if isinstance(app, QApplication) and (wanted != _current or _text_pixels != text_pixels()):
        apply(app, wanted)


def _show_preferred(key: str) -> None:
    if key in (ACCENT.key, TEXT.key):
        _show_chosen()


def _stylesheet(theme: Theme) -> str:
    words = {**vars(theme), "icons": (RESOURCES / "icons").as_posix()}
    sheet = (RESOURCES / "themes" / "window.qss").read_text(encoding="utf-8")
    sheet = re.sub(r"@(\w+)", lambda word: words.get(word[1], word[0]), sheet)
    larger = text_pixels() - TEXT_PIXELS
    return re.sub(r"font-size: (\d+)px", lambda size: f"font-size: {int(size[1]) + larger}px", sheet)


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


preferences.changed.connect(_show_preferred)
