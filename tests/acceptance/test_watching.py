"""A real training in the real window, with every panel looked at while it goes on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from designer.bottom_panel import INSPECT, LAYERS, TITLES
from designer.inspect.over_time import OverTimeView
from designer.preferences import THUMBNAILS, preferences
from tests.benchmarks.window import messages
from tests.designer.networks import digits_classifier
from tests.designer.windows import anew, shown

PATIENCE = 60_000
WATCHED = {"epochs": 6, "batch_size": 64, "watch": "by steps", "watch_every": 5, "device": "cpu"}


@pytest.fixture(scope="module")
def shown_window(qapp):
    """One for all tests: its processes take seconds to import torch."""
    with shown(digits_classifier(**WATCHED), 1500, 1000) as made:
        yield made
        made.services.trainer.stop()


@pytest.fixture
def window(shown_window):
    preferences.set(THUMBNAILS, True)
    yield anew(shown_window, digits_classifier(**WATCHED))
    preferences.set(THUMBNAILS, False)


def train(window, qtbot, **recipe):
    window.document.open(digits_classifier(**WATCHED | recipe), None)
    qtbot.waitUntil(lambda: window.services.pool.is_ready, timeout=PATIENCE)
    window.train_or_pause()


def ended(window):
    return window.services.trainer.state in ("finished", "failed")


def test_every_panel_shows_a_real_training(window, qtbot):
    """How long the event loop stands still meanwhile is measured by ``python -m tests.benchmarks window``."""
    window.canvas.heat.show("live_gradient_norm")
    train(window, qtbot)
    turn = 0
    while not ended(window):
        window.show_panel(turn % len(TITLES))
        turn += 1
        qtbot.wait(20)
    assert window.services.trainer.state == "finished", window.services.trainer.failure
    items = window.canvas.canvas_scene.node_items
    qtbot.waitUntil(lambda: items["linear1"].has_trail, timeout=PATIENCE)
    assert items["linear1"].heat is not None
    qtbot.waitUntil(lambda: len(window.live.pinned.predictions) == 4, timeout=PATIENCE)
    assert items["digit"].detail_text == " ".join(window.live.pinned.predictions)

    window.show_panel(LAYERS)
    layers = window.bottom.page(LAYERS)
    qtbot.mouseClick(layers.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "ms a step" in layers.measured.text(), timeout=PATIENCE)

    window.show_panel(INSPECT)
    inspect = window.bottom.page(INSPECT)
    qtbot.waitUntil(lambda: inspect.list.count() > 0, timeout=PATIENCE)
    view = inspect.choose(OverTimeView)
    qtbot.waitUntil(lambda: bool(view.told.text()), timeout=PATIENCE)
    assert len(view.steps) > 3


def test_what_the_canvas_keeps_of_a_run_does_not_grow_with_it(window):
    trainer, live = window.services.trainer, window.live
    for second in range(3600):
        trainer.entries.emit(list(messages(second))[1:3])
    assert len(live.layers._watched) <= 40
