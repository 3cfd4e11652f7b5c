"""The window by keys alone: every panel takes them, none keeps them, and Escape closes what was opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.bottom_panel import TITLES
from designer.inspect.panel import InspectPanel
from designer.inspect.sample_views import Cloud
from designer.main_window import MainWindow
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier
from tests.designer.windows import shown


class Windows(QObject):
    """Every window that is shown while it is installed."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


@pytest.fixture
def windows() -> Iterator[Windows]:
    noted = Windows()
    QApplication.instance().installEventFilter(noted)  # type: ignore[union-attr]
    yield noted
    QApplication.instance().removeEventFilter(noted)  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def window(qapp: QApplication) -> Iterator[MainWindow]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        with shown(digits_classifier()) as window:
            yield window


@pytest.mark.parametrize("number", range(len(TITLES)), ids=TITLES)
def test_a_panel_takes_the_keys_and_opens_no_window(window: MainWindow, windows: Windows, number: int) -> None:
    window.canvas.setFocus()
    window.enter_panel(number)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert window.bottom.isAncestorOf(focus)
    assert windows.shown == []


def test_escape_closes_the_guide(qtbot: QtBot, window: MainWindow, windows: Windows) -> None:
    window.show_guide()
    (guide,) = windows.shown
    assert isinstance(guide, QWidget)
    qtbot.waitUntil(guide.isActiveWindow)
    with qtbot.waitSignal(guide.destroyed):
        qtbot.keyClick(guide, Qt.Key.Key_Escape)


def test_looking_again_gives_the_keys_to_no_other_panel(qtbot: QtBot) -> None:
    panel = InspectPanel(ScriptedEngine())  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.again.setFocus()
    panel.asker.busy.emit(True)
    assert not panel.again.isEnabled()
    assert panel.moments.weights.hasFocus()


def test_samples_as_points_are_walked_with_the_keys(qtbot: QtBot) -> None:
    cloud = Cloud()
    qtbot.addWidget(cloud)
    cloud.show_points([[2.0, 0.0], [0.0, 1.0], [1.0, 0.5]], [0, 1, 0], ["cat", "dog"])
    for _ in range(2):
        qtbot.keyClick(cloud, Qt.Key.Key_Right)
    assert cloud.accessibleDescription() == "cat"
    with qtbot.waitSignal(cloud.chosen) as chosen:
        qtbot.keyClick(cloud, Qt.Key.Key_Return)
    assert chosen.args == [2]
