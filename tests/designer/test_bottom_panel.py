"""The panels below the drawing: pages that need more room than there is scroll."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.bottom_panel import MOST_HEIGHT, TITLES, BottomPanel


def panel_of(qtbot: QtBot, width: int, height: int) -> tuple[BottomPanel, QWidget]:
    page = QWidget()
    page.setMinimumSize(width, height)
    panel = BottomPanel(tuple((lambda page=page: page) for _ in TITLES))
    qtbot.addWidget(panel)
    panel.furnish()
    panel.resize(700, 400)
    panel.show()
    return panel, page


def test_a_wide_page_asks_for_no_width_and_scrolls(qtbot: QtBot) -> None:
    panel, page = panel_of(qtbot, 1_500, 100)
    assert panel.minimumSizeHint().width() < 700
    assert page.width() == 1_500


def test_a_page_fills_the_room_and_follows_it(qtbot: QtBot) -> None:
    panel, page = panel_of(qtbot, 200, 100)
    assert page.width() == 700
    panel.resize(900, 500)
    qtbot.waitUntil(lambda: page.width() == 900)


def test_a_high_page_claims_a_part_of_a_low_window(qtbot: QtBot) -> None:
    panel, page = panel_of(qtbot, 200, 900)
    assert MOST_HEIGHT <= panel.minimumSizeHint().height() < MOST_HEIGHT + 60
    assert page.height() == 900
