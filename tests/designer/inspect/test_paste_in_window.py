"""Ctrl+V in the panel goes to what is tried there, and not to the canvas."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage

from designer.bottom_panel import INSPECT
from designer.inspect.decision_view import DecisionView
from designer.inspect.panel import InspectPanel
from tests.designer.inspect.conftest import DirectEngine
from tests.designer.networks import digits_classifier
from tests.designer.windows import shown
from tests.runtime.insight.conftest import run  # noqa: F401  a fixture


def test_a_picture_is_pasted_into_try_it_and_not_onto_the_canvas(qtbot, run: Path):  # noqa: F811
    with shown(digits_classifier()) as window:
        window.show_panel(INSPECT)
        panel = window.findChild(InspectPanel)
        panel.asker._engine = DirectEngine()
        with qtbot.waitSignal(panel.opened):
            panel.show_run(run)
        view = panel.choose(DecisionView)
        panel.list.setFocus()
        before = window.document.graph
        picture = QImage(28, 28, QImage.Format.Format_RGB32)
        picture.fill(0)
        QGuiApplication.clipboard().setImage(picture)
        qtbot.keyClick(panel.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: view._picture.endswith("tried.png"))
        assert window.document.graph == before
