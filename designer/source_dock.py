"""SourceDock: the source beside the canvas, to read while one draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from designer.canvas.shortcuts import shortcuts

if TYPE_CHECKING:
    from designer.main_window import MainWindow

KEY = "Ctrl+U"
LEAST, USUAL = 300, 440  # px


class SourceDock(QDockWidget):
    """Between canvas and inspector, or wherever it is dragged to. What is in it is made when it is first shown."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__("Source", window)
        self._window = window
        self._is_filled = False
        self.setObjectName("Source")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.setTitleBarWidget(QWidget(self))
        shortcuts.bind("window_source_beside", self.toggleViewAction(), (KEY,), "Source Beside")
        self.toggleViewAction().setToolTip("The PyTorch source beside the drawing, with the selected nodes marked")
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
        self.hide()

    def place(self) -> None:
        """To the left of the inspector."""
        self._window.splitDockWidget(self, self._window.inspector_dock, Qt.Orientation.Horizontal)
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_filled:
            self._fill()

    def _fill(self) -> None:
        from designer.source_panel import SourcePanel  # not before it is wanted

        self._is_filled = True
        panel = SourcePanel(self._window.document, self._window.canvas.reveal)
        panel.setProperty("role", "panel")
        panel.setMinimumWidth(LEAST)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip(f"Close the source ({KEY})")
        close.setAccessibleName("Close the source")
        close.clicked.connect(self.close)
        panel.add_button(close)
        self.setWidget(panel)
        if self._window.dockWidgetArea(self) == Qt.DockWidgetArea.RightDockWidgetArea:
            self._window.resizeDocks([self], [min(USUAL, self._window.width() // 3)], Qt.Orientation.Horizontal)
