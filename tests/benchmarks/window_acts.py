"""What a user does beside looking at the panels, each act with a test of whether it is done.

Nothing of what is opened is imported here: that is part of opening it for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.bottom_panel import RUNS
from designer.main_window import MainWindow

Act = tuple[str, Callable[[], object], Callable[[], bool]]


def acts_before(window: MainWindow) -> Iterator[Act]:
    """Before a training: its checks, its rate and its data; then a first, short training to compare with."""
    yield "Pre-flight", window.check_before_training, lambda: _is_enabled(window, "PreflightDialog", "again")
    yield "closing", lambda: found(window, "PreflightDialog").close(), _yes
    yield "Find a Learning Rate", window.find_rate, lambda: _is_enabled(window, "RateFinder", "use")
    yield "closing", lambda: found(window, "RateFinder").close(), _yes
    assert window.inspector is not None
    card = window.inspector.network_form.data_card
    yield "Samples", card.show_samples, lambda: found(window, "SamplesDialog") is not None
    yield "Samples varied", lambda: found(window, "SamplesDialog").tabs.setCurrentIndex(1), _yes
    yield "closing", lambda: found(window, "SamplesDialog").close(), _yes
    yield "Following", lambda: follow(window), lambda: bool(following(window).texts)
    yield "Following on", lambda: following(window).step(3), _yes
    yield "leaving", lambda: following(window).leave(), _yes
    assert window.services is not None
    trainer = window.services.trainer
    yield "a first training", window.train_or_pause, lambda: trainer.state == "finished"


def acts_after(window: MainWindow, panel: Any) -> Iterator[Act]:
    """After it: what is asked for within the views of Inspect, and the runs beside each other."""
    embedding = view(panel, "Embedding")
    yield "t-SNE", lambda: embedding.method.setCurrentIndex(1), lambda: bool(embedding.told.text())
    decision = view(panel, "Try it")
    yield "the pad", lambda: _draw(decision.pad), lambda: bool(decision.best.text())
    units = view(panel, "Units")
    yield "gradient ascent", units.dream.click, lambda: units.told.text().startswith("moved from")
    runs: Any = window.bottom.page(RUNS)
    yield "Runs", lambda: window.show_panel(RUNS), lambda: len(runs.table.rows) > 1
    for number, name in ((1, "Points"), (2, "Lines"), (0, "Table")):
        yield f"Runs as {name}", lambda number=number: runs.shown_as.setCurrentIndex(number), _yes
    yield "Compare", lambda: _compare(runs), lambda: found(runs, "Comparison") is not None
    yield "closing", lambda: found(runs, "Comparison").close(), _yes
    yield "colours by time", lambda: window.canvas.heat.show("measured_ms"), _yes


def look_again(panel: Any, turn: int) -> None:
    """Another view of Inspect, with its questions and answers."""
    panel.list.setCurrentRow(turn % panel.list.count())


def view(panel: Any, title: str) -> Any:
    """One of Inspect's, shown."""
    titles = [panel.list.item(number).text() for number in range(panel.list.count())]
    panel.list.setCurrentRow(titles.index(title))
    return panel.view


def found(parent: QWidget, name: str) -> Any:
    """A widget within another, by the name of its class; None where there is none."""
    return next((child for child in parent.findChildren(QWidget) if type(child).__name__ == name), None)


def follow(window: MainWindow) -> None:
    """As the menu does."""
    from designer.inspect.following import follow_graph

    follow_graph(window)


def following(window: MainWindow) -> Any:
    return next(child for child in window.canvas.children() if type(child).__name__ == "Following")


def _compare(runs: Any) -> None:
    runs.view.selectAll()
    runs._compare()


def _draw(pad: QWidget) -> None:
    for place in range(20, 80, 4):
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, place))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, place + 2))


def _is_enabled(parent: QWidget, name: str, button: str) -> bool:
    """Is a dialog there, and one of its buttons ready again?"""
    dialog = found(parent, name)
    return dialog is not None and bool(getattr(dialog, button).isEnabled())


def _yes() -> bool:
    return True
