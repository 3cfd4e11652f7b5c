"""Whatever is killed, whenever: the panel says so in words, and works again after one click."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from designer.bottom_panel import INSPECT, LAYERS, TRAINING
from designer.main_window import MainWindow
from runtime.runs import Progress, Validated
from tests.benchmarks.window_acts import follow, following, found, view
from tests.designer.networks import digits_classifier
from tests.designer.windows import anew, shown

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
PATIENCE = 90_000
LEFT = Qt.MouseButton.LeftButton
LONG = {"epochs": 4000, "batch_size": 64, "device": "cpu"}
ENDED = "ended unexpectedly"


@pytest.fixture(scope="module")
def shown_window(qapp: object) -> Iterator[MainWindow]:
    """One for all tests: its processes take seconds to import torch."""
    with shown(digits_classifier(**LONG), 1500, 1000) as made:
        yield made
        made.services.trainer.stop()  # type: ignore[union-attr]


@pytest.fixture
def window(shown_window: MainWindow) -> MainWindow:
    return anew(shown_window, digits_classifier(**LONG))


def running(window: MainWindow, qtbot: QtBot) -> None:
    """Until steps come and a checkpoint is there."""
    trainer = window.services.trainer  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: trainer.state == "running" and trainer.run is not None, timeout=PATIENCE)
    window.save_checkpoint()
    qtbot.waitUntil(lambda: trainer.can_go_back and any(trainer.run.glob("checkpoints/last*")), timeout=PATIENCE)


def before_the_first_checkpoint(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.services.trainer.state == "starting")  # type: ignore[union-attr]


def paused(window: MainWindow, qtbot: QtBot) -> None:
    running(window, qtbot)
    window.services.trainer.pause()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: window.services.trainer.state == "paused", timeout=PATIENCE)  # type: ignore[union-attr]


def stopping(window: MainWindow, qtbot: QtBot) -> None:
    running(window, qtbot)
    trainer: Any = window.services.trainer  # type: ignore[union-attr]
    os.kill(trainer._worker.process_id, signal.SIGSTOP)  # it hears that it shall stop, and does not come to it
    trainer.stop()
    assert trainer.state == "stopping"


def validating(window: MainWindow, qtbot: QtBot) -> None:
    """It validates after every step: what was told of last was in the middle of one."""
    running(window, qtbot)
    told: list[object] = []
    trainer: Any = window.services.trainer  # type: ignore[union-attr]
    trainer.entries.connect(told.extend)
    qtbot.waitUntil(lambda: any(isinstance(entry, Validated) for entry in told), timeout=PATIENCE)
    trainer.entries.disconnect(told.extend)


@pytest.mark.parametrize(
    "moment", [before_the_first_checkpoint, running, paused, stopping, validating], ids=lambda moment: moment.__name__
)
def test_a_training_is_killed(window: MainWindow, qtbot: QtBot, moment: Callable[[MainWindow, QtBot], None]) -> None:
    often = {"validate_unit": "steps", "validate_every": 1} if moment is validating else {}
    window.document.open(digits_classifier(**LONG | often), None)
    trainer: Any = window.services.trainer  # type: ignore[union-attr]
    panel: Any = window.bottom.page(TRAINING)
    window.train_or_pause()
    moment(window, qtbot)
    has_checkpoint = moment is not before_the_first_checkpoint
    os.kill(trainer._worker.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: trainer.state == "failed", timeout=PATIENCE)
    assert panel.failure.isVisible()
    assert ENDED in panel.failure.fact.text()
    assert panel.failure.retry.text() == ("Resume" if has_checkpoint else "Retry")
    told: list[object] = []
    trainer.entries.connect(told.extend)
    qtbot.mouseClick(panel.failure.retry, LEFT)
    qtbot.waitUntil(lambda: any(isinstance(entry, Progress) for entry in told), timeout=PATIENCE)
    trainer.entries.disconnect(told.extend)
    assert not panel.failure.isVisible()
    qtbot.waitUntil(lambda: trainer.state == "running", timeout=PATIENCE)
    trainer.stop()
    qtbot.waitUntil(lambda: not trainer.is_live, timeout=PATIENCE)


def kill_engine(window: MainWindow, qtbot: QtBot) -> None:
    """That which answers questions that take a while, at the moment it is asked one."""
    looker = window.services.looker  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: looker.process_id > 0, timeout=PATIENCE)
    os.kill(looker.process_id, signal.SIGKILL)


@pytest.mark.parametrize("name", ["PreflightDialog", "RateFinder"])
def test_the_engine_is_killed_while_a_dialog_asks(window: MainWindow, qtbot: QtBot, name: str) -> None:
    {"PreflightDialog": window.check_before_training, "RateFinder": window.find_rate}[name]()
    dialog = found(window, name)
    kill_engine(window, qtbot)
    qtbot.waitUntil(lambda: ENDED in dialog.sum.text(), timeout=PATIENCE)
    assert "Try again" in dialog.sum.text()
    qtbot.mouseClick(dialog.again, LEFT)
    assert ENDED not in dialog.sum.text()
    heard = {"PreflightDialog": lambda: bool(dialog.results), "RateFinder": lambda: bool(dialog.chart.lines)}[name]
    qtbot.waitUntil(heard, timeout=PATIENCE)
    dialog.close()


def test_the_engine_is_killed_while_layers_are_measured(window: MainWindow, qtbot: QtBot) -> None:
    window.show_panel(LAYERS)
    layers: Any = window.bottom.page(LAYERS)
    layers.measure.click()
    kill_engine(window, qtbot)
    qtbot.waitUntil(lambda: ENDED in layers.measured.text(), timeout=PATIENCE)
    layers.measure.click()
    qtbot.waitUntil(lambda: "ms a step" in layers.measured.text(), timeout=PATIENCE)


def test_the_engine_is_killed_while_a_run_is_looked_into(window: MainWindow, qtbot: QtBot) -> None:
    window.document.open(digits_classifier(**LONG | {"epochs": 2}), None)
    trainer: Any = window.services.trainer  # type: ignore[union-attr]
    window.train_or_pause()
    qtbot.waitUntil(lambda: trainer.state == "finished", timeout=PATIENCE)
    window.show_panel(INSPECT)
    panel: Any = window.bottom.page(INSPECT)
    qtbot.waitUntil(lambda: panel.list.count() > 0, timeout=PATIENCE)
    shown_view = view(panel, "Classes")
    kill_engine(window, qtbot)
    qtbot.waitUntil(lambda: ENDED in shown_view.message.text, timeout=PATIENCE)
    retry = next(b for b in shown_view.findChildren(QPushButton) if b.isVisible() and b is shown_view.retry)
    qtbot.mouseClick(retry, LEFT)
    qtbot.waitUntil(lambda: shown_view._stack.currentWidget() is shown_view.content, timeout=PATIENCE)
    assert shown_view.table.rowCount() == 10


def test_the_engine_is_killed_while_values_are_followed(window: MainWindow, qtbot: QtBot) -> None:
    follow(window)
    bar = following(window)
    qtbot.waitUntil(lambda: bool(bar.texts), timeout=PATIENCE)
    bar.ask()
    kill_engine(window, qtbot)
    qtbot.waitUntil(lambda: not bar.texts, timeout=PATIENCE)
    assert ENDED in bar.bar.words.text()
    qtbot.mouseClick(bar.buttons["back"], LEFT)
    qtbot.waitUntil(lambda: bool(bar.texts), timeout=PATIENCE)
    bar.leave()
