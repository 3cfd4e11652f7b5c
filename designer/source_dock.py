"""SourceDock: the source beside the canvas, to read while one draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from designer.canvas.shortcuts import shortcuts

if TYPE_CHECKING:
    from designer.main_window import MainWindow

KEY, KEPT = "Ctrl+U", "source/beside"
LEAST, USUAL = 300, 440  # px
NARROW = 1200  # px: a window that is not wider begins without it, to leave the canvas its room


class SourceDock(QDockWidget):
    """Between canvas and inspector, or wherever it is dragged to. What is in it is made when it is first shown."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__("Source", window)
        self._window = window
        self._inspector_width = 0
        self.setObjectName("Source")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.setTitleBarWidget(QWidget(self))
        action = self.toggleViewAction()
        shortcuts.bind("window_source_beside", action, (KEY,), "Source Beside")
        action.setToolTip("The PyTorch source beside the drawing, with the selected nodes marked")
        action.triggered.connect(lambda is_on: QSettings().setValue(KEPT, is_on))
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
        self.hide()

    def come_back(self) -> None:
        """Shows itself at the start where it was shown last, once the other panels have their sizes."""
        self.hide()
        if QSettings().value(KEPT, False, type=bool) is True and self._window.width() > NARROW:
            QTimer.singleShot(0, self, self.show)

    def setVisible(self, visible: bool) -> None:
        if visible and self.isHidden():
            self._inspector_width = self._window.inspector_dock.width()
        super().setVisible(visible)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.widget() is None:
            self._fill()
        self._stand_beside()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._inspector_width:
            QTimer.singleShot(0, self, self._give_room_back)

    def _stand_beside(self) -> None:
        """To the left of the inspector, which keeps its width."""
        window = self._window
        if window.dockWidgetArea(self) == Qt.DockWidgetArea.RightDockWidgetArea and not self.isFloating():
            window.splitDockWidget(self, window.inspector_dock, Qt.Orientation.Horizontal)
            widths = [min(USUAL, window.width() // 3), self._inspector_width]
            window.resizeDocks([self, window.inspector_dock], widths, Qt.Orientation.Horizontal)

    def put_away(self) -> None:
        """Leaves the panels as they are without it: a hidden neighbour would keep the inspector from its width."""
        window, width = self._window, self._inspector_width
        if width and window.dockWidgetArea(self) == Qt.DockWidgetArea.RightDockWidgetArea:
            self._inspector_width = 0
            window.removeDockWidget(self)
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
            self.hide()
            window.resizeDocks([window.inspector_dock], [width], Qt.Orientation.Horizontal)

    def _give_room_back(self) -> None:
        """To the canvas, not to the inspector."""
        if self.isHidden():
            self.put_away()

    def _fill(self) -> None:
        from designer.source_panel import SourcePanel  # not before it is wanted

        panel = SourcePanel(self._window.document, self._window.canvas.reveal)
        panel.setProperty("role", "panel")
        panel.setMinimumWidth(LEAST)
        panel.layout().setContentsMargins(16, 12, 16, 12)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip(f"Close the source ({KEY})")
        close.setAccessibleName("Close the source")
        close.clicked.connect(self.toggleViewAction().trigger)
        panel.add_button(close)
        self.setWidget(panel)
