"""F6 goes on to the next panel, so that the keyboard reaches all of them although Tab adds layers on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from designer.main_window import MainWindow


def walk_panels(window: MainWindow, step: int) -> None:
    """Gives the keys to the panel after the one that has them, or before it: layers, canvas, inspector, below."""
    panels = [panel for panel in _panels(window) if panel.isVisible() and _first_field(panel)]
    focus = QApplication.focusWidget()
    here = next((n for n, panel in enumerate(panels) if focus is not None and _holds(panel, focus)), None)
    following = panels[(here + step) % len(panels)] if here is not None else window.canvas
    field = _first_field(following)
    if field is not None:
        field.setFocus(Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason)


def _panels(window: MainWindow) -> list[QWidget]:
    return [window.layers_dock, window.canvas, window.inspector_dock, window.lower_dock]


def _holds(panel: QWidget, field: QWidget) -> bool:
    return panel is field or panel.isAncestorOf(field)


def _first_field(panel: QWidget) -> QWidget | None:
    """What takes the keys first: the panel itself, or the first of its fields that is shown and can be used."""
    if panel.focusPolicy() == Qt.FocusPolicy.StrongFocus:
        return panel
    fields = (field for field in panel.findChildren(QWidget) if field.isVisible() and field.isEnabled())
    return next((field for field in fields if field.focusPolicy() & Qt.FocusPolicy.TabFocus), None)
