"""BottomPanel: the training, problems, layers, source, runs and history; a page is made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QTabBar, QVBoxLayout, QWidget

TRAINING, PROBLEMS, LAYERS, SOURCE, INSPECT, RUNS, HISTORY = range(7)
TITLES = ("Training", "Problems", "Layers", "Source", "Inspect", "Runs", "History")
MOST_HEIGHT = 288  # px that a page may claim of a low window


class BottomPanel(QWidget):
    """Tabs over pages that ``makers`` make."""

    def __init__(self, makers: tuple[Callable[[], QWidget], ...]) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._makers = makers
        self._pages: dict[int, QWidget] = {}
        self._holders: dict[int, QWidget] = {}
        self._is_furnished = False
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Panels below the drawing")
        for title in TITLES:
            self.tabs.addTab(title)
        self._stack = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(16, 0, 16, 0)
        top.addWidget(self.tabs)
        layout.addLayout(top)
        layout.addLayout(self._stack, 1)
        self.tabs.currentChanged.connect(self._show)

    def furnish(self) -> None:
        """From now on pages are made; before the first paint there are only their tabs."""
        self._is_furnished = True
        self._show(self.tabs.currentIndex())

    def page(self, number: int) -> QWidget:
        """A page, made if it is not there yet."""
        if number not in self._pages:
            page = self._pages[number] = self._makers[number]()
            holder = self._holders[number] = _Holder(page)
            self._stack.addWidget(holder)
        return self._pages[number]

    def show_page(self, number: int) -> None:
        self.tabs.setCurrentIndex(number)
        self._show(number)

    def show_problem_count(self, count: int) -> None:
        self.tabs.setTabText(PROBLEMS, f"Problems {count}" if count else "Problems")

    def _show(self, number: int) -> None:
        if self._is_furnished:
            self.page(number)
            self._stack.setCurrentWidget(self._holders[number])


class _Holder(QScrollArea):
    """Scrolls a page that needs more room than there is; else it would squeeze the panels beside it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)
        self.setWidget(page)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._fit()
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As large as the room, not smaller than the page can be; Qt itself would ask for what it would like."""
        room, least = self.maximumViewportSize(), self._least
        if least.width() > room.width():
            room.setHeight(room.height() - self.horizontalScrollBar().sizeHint().height())
        if least.height() > room.height():
            room.setWidth(room.width() - self.verticalScrollBar().sizeHint().width())
        self.widget().resize(room.expandedTo(least))

    @property
    def _least(self) -> QSize:
        page = self.widget()
        return page.minimumSizeHint().expandedTo(page.minimumSize())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), min(self._least.height(), MOST_HEIGHT))
