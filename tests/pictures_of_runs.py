"""Pictures of looking into trained runs: ``python -m tests.pictures_of_runs RUNS FOLDER``.

``RUNS`` holds runs of the examples on real data, found by the end of their names: mnist (LeNet-5), camvid (a small
U-Net) and shakespeare (the character LSTM).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer

from designer.bottom_panel import INSPECT, TRAINING
from designer.inspect.panel import InspectPanel
from designer.main_window import MainWindow
from tests.pictures import every, is_inspected, leave, looks, parsed, waited

VIEWS = {
    "mnist": (
        "Confusion",
        "Classes",
        "Try it",
        "Activations",
        "Filters",
        "Units",
        "Embedding",
        "Weights",
        "Over time",
    ),
    "camvid": ("Masks", "Filters", "Activations"),
    "shakespeare": ("Writes", "Try it", "Hidden units"),
}
TRAINING_VIEW = "Training"
SETTLING_MS = 4_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--view", help="one of them, such as Masks")
    given = parsed(parser)
    for look in looks(given.theme, [240, 320, 480]):
        for run, titles in found(given.runs):
            window = MainWindow()
            window.resize(*given.size)
            waited(window, window.furnished.connect, window.show)
            wanted = [title for title in (TRAINING_VIEW, *titles) if given.view in (None, title)]
            for title, path in pictured(window, run, wanted):
                target = given.folder / f"{path}-{look}.png"
                window.grab().save(str(target))
                sys.stdout.write(f"{target}: {title}\n")
            leave(window)
    return 0


def found(folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for name, titles in VIEWS.items():
        for run in sorted(folder.glob(f"*-{name}"))[-1:]:
            yield run, titles


def pictured(window: MainWindow, run: Path, titles: list[str]) -> Iterator[tuple[str, str]]:
    """Gives the curves of the run, and each way of looking in, once it is shown."""
    name = run.name.rpartition("-")[2]
    window.services.start()
    window.files.open_path(run / "network.netw")
    if TRAINING_VIEW in titles:
        window.show_panel(TRAINING)
        window.services.trainer.attach(run)
        settle(window)
        yield TRAINING_VIEW, f"{name}-training"
    window.show_panel(INSPECT)
    panel: InspectPanel = window.bottom.page(INSPECT)
    panel.show_run(run)
    waited(window, lambda done: every(window, partial(is_inspected, panel), done), lambda: None)
    for title in titles:
        if title == TRAINING_VIEW:
            continue
        rows = [n for n in range(panel.list.count()) if panel.list.item(n).text() == title]
        if not rows:
            sys.stderr.write(f"{run.name} has nothing for {title}.\n")
            continue
        panel.list.setCurrentRow(rows[0])
        settle(window)
        yield title, f"{name}-{title.lower().replace(' ', '-')}"


def settle(window: MainWindow) -> None:
    waited(window, lambda done: QTimer.singleShot(SETTLING_MS, done), lambda: None)


if __name__ == "__main__":
    sys.exit(main())
