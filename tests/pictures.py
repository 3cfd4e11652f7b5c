"""Pictures of the window for the README, made by running it: ``python -m tests.pictures FOLDER``.

``--state NAME --theme dark|light --size 1600x1000`` makes one picture instead of all; ``--help`` lists the names.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from designer import skeleton, theme
from designer.app import DEMO, make_app
from designer.bottom_panel import INSPECT, LAYERS, PROBLEMS, RUNS
from designer.doctor.preflight import PreflightDialog
from designer.main_window import MainWindow
from runtime.runs import Entry, Progress

LENET = DEMO.with_name("lenet5.netw")
RESNET = DEMO.with_name("resnet50.netw")
VGG = DEMO.with_name("vgg16.netw")
STATES = (
    *("start", "network", "dragged", "problem", "inside", "costs", "split", "training"),
    *("preflight", "doctor", "inspect", "runs", "empty"),
)
THEMES = ("dark", "light")
LONGEST_MS = 180_000
EPOCH_OF_THE_PICTURE = 9.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--state", choices=STATES)
    given = parsed(parser)
    for look in looks(given.theme, [240, 320, 300]):
        for state in [given.state] if given.state else STATES:
            window = opened(state, *given.size)
            path = given.folder / f"{state}-{look}.png"
            (window.findChild(PreflightDialog) or window).grab().save(str(path))
            leave(window)
            sys.stdout.write(f"{path}\n")
    return 0


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """With ``theme``, ``size`` as width and height, and the folder made."""
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--size", type=lambda text: tuple(map(int, text.split("x"))), default="1600x1000")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    return given


def looks(chosen: str | None, panels: list[int]) -> Iterator[str]:
    """The themes to make pictures in, each shown, in a program with settings of its own."""
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        make_app()
        QSettings().setValue(skeleton.PANELS, panels)
        for look in [chosen] if chosen else THEMES:
            theme.show(look)
            yield look


def opened(state: str, width: int, height: int) -> MainWindow:
    """The window in that state, settled."""
    is_start = state == "start"
    window = MainWindow(deferred=is_start, at_start=is_start)
    window.resize(width, height)
    waited(window, window.furnished.connect, window.show)
    if state in OPENED:
        window.files.open_example(OPENED[state])
    PREPARED.get(state, lambda _: None)(window)
    waited(window, lambda done: QTimer.singleShot(3_000 if is_start else 400, done), lambda: None)
    return window


def show_problem(window: MainWindow) -> None:
    """A kernel larger than what arrives, with what mends it."""
    document = window.document
    large = document.graph.nodes["conv2"].settings.replaced(kernel_size=(17, 17))
    document.edit(document.graph.with_settings("conv2", large), "Change conv2")
    window.show_panel(PROBLEMS)
    window.show_problem(next(problem for problem in document.problems if problem.severity == "error"))


def show_dragged(window: MainWindow) -> None:
    """A stride under the mouse, and what it would change."""
    window.document.select(("conv1",))
    window.lower_dock.hide()
    waited(window, lambda done: QTimer.singleShot(400, done), lambda: None)
    window.canvas.fit()
    stride = window.inspector.node_form.form.rows["stride"].editor
    stride.begin_drag()
    stride.numbers()[0].setValue(4)


def show_costs(window: MainWindow) -> None:
    window.canvas.heat.show("multiply_adds")
    window.show_panel(LAYERS)


def show_split(window: MainWindow) -> None:
    window.document.select(("stage2",))
    window.split.set_split(True)


def train(window: MainWindow) -> None:
    """Really trains, until the curves have something to tell."""
    window.document.select(("conv2",))

    def follow(entries: list[Entry], done) -> None:
        if any(isinstance(entry, Progress) and entry.epoch >= EPOCH_OF_THE_PICTURE for entry in entries):
            done()

    trainer = window.services.trainer
    window.services.start()
    waited(window, lambda done: trainer.entries.connect(lambda entries: follow(entries, done)), window.train_or_pause)


def check(window: MainWindow) -> None:
    """The pre-flight, to its end."""
    services = window.services
    services.start()
    window.check_before_training()
    dialog = window.findChild(PreflightDialog)
    waited(window, lambda done: every(window, lambda: dialog.bar.isHidden(), done), lambda: None)
    dialog.resize(dialog.width(), 620)


def train_to_the_end(window: MainWindow, **recipe: object) -> None:
    """A whole training, with other settings of the recipe."""
    network = window.document.network
    window.document.edit_network(replace(network, recipe=dict(network.recipe) | recipe), "Set the recipe")
    trainer = window.services.trainer
    window.services.start()
    waited(window, trainer.finished.connect, window.train_or_pause)


def show_doctor(window: MainWindow) -> None:
    """A rate far too high, and what the doctor says of it."""
    train_to_the_end(window, optimizer="SGD", learning_rate=4.0, epochs=6, schedule="constant")
    panel = window.bottom.page(0)
    waited(window, lambda done: every(window, lambda: bool(panel.ward.findings), done), lambda: None)
    panel.cards.show()


def inspect(window: MainWindow) -> None:
    """The confusions of a trained network."""
    train_to_the_end(window, epochs=4)
    window.show_panel(INSPECT)
    panel = window.bottom.page(INSPECT)
    is_told = partial(is_inspected, panel)
    waited(window, lambda done: every(window, is_told, done), lambda: None)


def is_inspected(panel) -> bool:
    return panel.list.count() > 0 and panel.again.isEnabled()


def show_runs(window: MainWindow) -> None:
    """Three trainings at other rates, side by side."""
    for rate in (0.0003, 0.002, 0.02):
        train_to_the_end(window, epochs=3, learning_rate=rate)
    window.show_panel(RUNS)
    panel = window.bottom.page(RUNS)
    waited(window, lambda done: every(window, lambda: len(panel.table.rows) > 2, done), lambda: None)
    panel.view.selectRow(0)


def every(window: MainWindow, is_so: Callable[[], bool], done: Callable[[], object]) -> None:
    """Looks ten times a second whether it is so."""
    timer = QTimer(window, interval=100)
    timer.timeout.connect(lambda: (timer.stop(), done()) if is_so() else None)
    timer.start()


OPENED = {
    "network": LENET,
    "dragged": RESNET,
    "problem": LENET,
    "inside": RESNET,
    "costs": VGG,
    "split": RESNET,
    **dict.fromkeys(("training", "preflight", "doctor", "inspect", "runs"), DEMO),
}
PREPARED: dict[str, Callable[[MainWindow], None]] = {
    "network": lambda window: window.document.select(("conv2",)),
    "dragged": show_dragged,
    "problem": show_problem,
    "inside": lambda window: window.document.enter(("stage2",)),
    "costs": show_costs,
    "split": show_split,
    "training": train,
    "preflight": check,
    "doctor": show_doctor,
    "inspect": inspect,
    "runs": show_runs,
}


def leave(window: MainWindow) -> None:
    trainer = window.services.trainer
    if trainer.is_live:
        waited(window, trainer.finished.connect, trainer.stop)
    window.services.close()
    window.deleteLater()


def waited(window: MainWindow, when, act) -> None:
    """Acts, and returns when ``when`` says it is done."""
    loop = QEventLoop(window)
    when(lambda *_: loop.quit())
    QTimer.singleShot(LONGEST_MS, loop, loop.quit)
    act()
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
