"""What moves the view: fingers on a pad, pinches, wheels; and the way from panel to panel."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.main_window import MainWindow
from tests.designer.drawing import Hand
from tests.designer.networks import digits_classifier

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def two_fingers(hand: Hand, pixels: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
    at, phase = QPointF(500, 300), Qt.ScrollPhase.ScrollUpdate
    place = QPointF(hand.canvas.viewport().mapToGlobal(at.toPoint()))
    event = QWheelEvent(at, place, pixels, 8 * pixels, Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(hand.canvas.viewport(), event)


def test_two_fingers_pan(hand: Hand) -> None:
    zoom, before = hand.canvas.zoom, hand.at(QPointF(0, 0))
    two_fingers(hand, QPoint(30, -20))
    assert hand.at(QPointF(0, 0)) - before == QPoint(30, -20)
    assert hand.canvas.zoom == zoom


def test_two_fingers_zoom_with_ctrl(hand: Hand) -> None:
    zoom = hand.canvas.zoom
    two_fingers(hand, QPoint(0, 30), CTRL)
    assert hand.canvas.zoom > zoom


@pytest.mark.parametrize(("value", "factor"), [(0.25, 1.25), (-0.2, 0.8)])
def test_a_pinch_zooms_at_its_place(hand: Hand, value: float, factor: float) -> None:
    zoom, at = hand.canvas.zoom, QPointF(300, 200)
    place = hand.canvas.mapToScene(at.toPoint())
    kind, device = Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(kind, device, 2, at, at, at, value, QPointF())
    QApplication.sendEvent(hand.canvas.viewport(), event)
    assert hand.canvas.zoom == pytest.approx(zoom * factor)
    assert (hand.at(place) - at.toPoint()).manhattanLength() <= 2


def test_f6_goes_from_panel_to_panel_and_shift_f6_back(qtbot: QtBot) -> None:
    window = MainWindow(Document(digits_classifier()))
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.furnished, timeout=20_000):
        window.show()
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.waitUntil(window.canvas.hasFocus)
    seen = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
    docks = [window.inspector_dock, window.lower_dock, window.layers_dock]
    assert all(dock.isAncestorOf(field) for dock, field in zip(docks, seen, strict=False))
    assert seen[-1] is window.canvas
    qtbot.keyClick(window.canvas, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.layers_dock.isAncestorOf(QApplication.focusWidget())
