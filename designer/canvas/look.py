"""Pens, brushes and fonts of the canvas, made once for a theme and never while painting."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from designer.theme import FAMILY_COLORS, current, family_color, mono_font

DETAILS, NAMES, BLOCKS = 0.55, 0.35, 0.18
"""Below these zooms go the second line and the shapes, the names, and everything but blocks of colour."""

NAME_PIXELS, DETAIL_PIXELS, SHAPE_PIXELS = 13, 11, 10

CIVIDIS = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
)  # fmt: skip
"""From little to much in the dark, where much shines; the other way round on light ground.

Source: Nuñez, Anderton & Renslow 2018, PLOS ONE 13(7): told apart, and in the same order, by colour-blind people.
"""
HEAT_STEPS = 33


class Shade(NamedTuple):
    """A node's ground, and what is written on it."""

    brush: QBrush
    text: QColor


class Look:
    """What everything on the canvas is painted with. ``restyle`` fills it for the theme shown now."""

    def restyle(self) -> None:
        theme = current()
        self.theme = theme
        self.canvas = QColor(theme.canvas)
        self.text, self.secondary = QColor(theme.text), QColor(theme.secondary)
        self.accent, self.good = QColor(theme.accent), QColor(theme.good)
        self.warning, self.fault = QColor(theme.warning), QColor(theme.fault)
        self.on_badge = QColor(theme.canvas)
        self.node = QBrush(QColor(theme.raised if theme.is_dark else theme.panel))
        self.edge = QBrush(QColor(theme.line))
        self.selection = QBrush(with_alpha(theme.accent, 28))
        self.families = {family: QBrush(QColor(color)) for family, color in FAMILY_COLORS.items()}
        self.family = QBrush(QColor(family_color("")))
        self.muted = QBrush(QColor(mixed(theme.wire, theme.canvas, 0.5)))
        self.heat = _ramp(CIVIDIS if theme.is_dark else CIVIDIS[::-1])
        self._make_pens()
        self._make_fonts()

    def _make_pens(self) -> None:
        theme = self.theme
        self.outline = QPen(QColor(theme.line), 1)
        self.outline_by_state = {
            "": self.outline,
            "error": QPen(self.fault, 1.5),
            "good": QPen(self.good, 2),
            "refused": QPen(self.fault, 2),
            "selected": QPen(self.accent, 2),
        }
        self.wire = _wire(theme.wire, 1.75)
        self.wire_by_state = {  # in the order of painting
            "dim": _wire(mixed(theme.wire, theme.canvas, 0.45), 1.75),
            "": self.wire,
            "waits": _wire(theme.wire, 1.75, Qt.PenStyle.DashLine),
            "trail": _wire(mixed(theme.wire, theme.accent, 0.55), 1.75),
            "lit": _wire(theme.text, 2),
            "error": _wire(theme.fault, 1.75),
            "selected": _wire(theme.accent, 2.5),
            "good": _wire(theme.good, 2.5),
            "refused": _wire(theme.fault, 2.5, Qt.PenStyle.DashLine),
            "draft": _wire(theme.accent, 2),
        }
        self.thin_outline = _thin(self.outline)
        self.thin_by_state = {state: _thin(pen) for state, pen in self.wire_by_state.items()}
        self.muted_outline = QPen(QColor(theme.wire), 1.5, Qt.PenStyle.DashLine)
        self.bypass = _wire(theme.wire, 1.75, Qt.PenStyle.DotLine)
        self.frozen = QPen(self.secondary, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        self.frozen_afar = _thin(QPen(QColor(theme.canvas if theme.is_dark else theme.text)))
        self.trained, self.trained_fill = QPen(self.secondary, 1.5), QBrush(self.secondary)
        self.port = QPen(QColor(theme.wire), 1.5)
        self.port_spare = QPen(QColor(theme.wire), 1.5, Qt.PenStyle.DotLine)
        self.port_hovered = QPen(self.accent, 2)
        self.port_fill, self.port_hovered_fill = QBrush(self.canvas), QBrush(self.accent)
        self.dots = QPen(QColor(theme.dots), 2)
        self.dots.setCosmetic(True)
        self.dots.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.rim = QPen(self.accent, 2)
        self.rim.setCosmetic(True)
        self.box = QPen(self.accent, 1)
        self.box.setCosmetic(True)

    def _make_fonts(self) -> None:
        self.name_font, self.detail_font, self.badge_font = QFont(), QFont(), QFont()
        self.name_font.setPixelSize(NAME_PIXELS)
        self.name_font.setBold(True)
        self.detail_font.setPixelSize(DETAIL_PIXELS)
        self.badge_font.setPixelSize(DETAIL_PIXELS)
        self.badge_font.setBold(True)
        self.shape_font = mono_font(SHAPE_PIXELS)
        self.name_metrics = QFontMetricsF(self.name_font)
        self.detail_metrics = QFontMetricsF(self.detail_font)
        self.shape_metrics = QFontMetricsF(self.shape_font)
        self._shape_widths: dict[str, float] = {}

    def shape_width(self, text: str) -> float:
        """Width of a shape's text. There are few shapes on many wires."""
        width = self._shape_widths.get(text)
        if width is None:
            width = self._shape_widths[text] = self.shape_metrics.horizontalAdvance(text)
        return width


def _ramp(anchors: tuple[str, ...]) -> tuple[Shade, ...]:
    """Shades between the anchors; text is black or white, whichever stands out more: at least 4.5 : 1."""
    shades = []
    for number in range(HEAT_STEPS):
        place = number / (HEAT_STEPS - 1) * (len(anchors) - 1)
        left = min(int(place), len(anchors) - 2)
        one, other, part = QColor(anchors[left]), QColor(anchors[left + 1]), place - left
        mixed = QColor.fromRgbF(
            *(
                a + (b - a) * part
                for a, b in zip(one.getRgbF()[:3], other.getRgbF()[:3], strict=True)  # type: ignore[index]
            )
        )
        text = QColor("#000000" if luminance(mixed) > 0.179 else "#ffffff")
        shades.append(Shade(QBrush(mixed), text))
    return tuple(shades)


def luminance(color: QColor) -> float:
    """How bright a colour is, from 0 to 1, as the guidelines on contrast count it (WCAG 2)."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(one: str, other: str, part: float) -> str:
    """A colour with so large a part of another."""
    a, b = QColor(one), QColor(other)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * part) for x, y in pairs)).name()


def with_alpha(color: str, alpha: int) -> QColor:
    faded = QColor(color)
    faded.setAlpha(alpha)
    return faded


def _wire(color: str, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    return QPen(QColor(color), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _thin(pen: QPen) -> QPen:
    thin = QPen(pen)
    thin.setWidthF(1.0)
    thin.setCosmetic(True)
    return thin


look = Look()
