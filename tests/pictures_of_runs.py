"""Pictures of looking into trained runs: ``python -m tests.pictures_of_runs RUNS FOLDER``.

``RUNS`` holds runs of the examples on real data, found by the end of their names: mnist (LeNet-5), camvid (a small
U-Net) and shakespeare (the character LSTM).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer

from designer import skeleton, theme
from designer.app import make_app
from designer.bottom_panel import INSPECT
from designer.inspect.panel import InspectPanel
from designer.main_window import MainWindow
from tests.pictures import THEMES, every, leave, waited

VIEWS = {
    "mnist": ("Confusion", "Try it", "Activations", "Filters", "Embedding", "Weights"),
    "camvid": ("Masks", "Classes"),
    "shakespeare": ("Writes", "Hidden units"),
}
SETTLING_MS = 4_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--view", help="one of them, such as Masks")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--size", default="1600x1000")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    width, height = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        make_app()
        QSettings().setValue(skeleton.PANELS, [240, 320, 480])
        for look in [given.theme] if given.theme else THEMES:
            theme.show(look)
            for run, titles in found(given.runs):
                window = MainWindow()
                window.resize(width, height)
                waited(window, window.furnished.connect, window.show)
                wanted = [title for title in titles if given.view in (None, title)]
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
    """Gives each way of looking in once it is shown."""
    window.services.start()
    window.files.open_path(run / "network.netw")
    window.show_panel(INSPECT)
    panel: InspectPanel = window.bottom.page(INSPECT)
    panel.show_run(run)
    settled(window, partial(is_open, panel))
    for title in titles:
        rows = [n for n in range(panel.list.count()) if panel.list.item(n).text() == title]
        if not rows:
            sys.stderr.write(f"{run.name} has nothing for {title}.\n")
            continue
        panel.list.setCurrentRow(rows[0])
        waited(window, lambda done: QTimer.singleShot(SETTLING_MS, done), lambda: None)
        yield title, f"{run.name.rpartition('-')[2]}-{title.lower().replace(' ', '-')}"


def settled(window: MainWindow, is_so: Callable[[], bool]) -> None:
    waited(window, lambda done: every(window, is_so, done), lambda: None)


def is_open(panel: InspectPanel) -> bool:
    return panel.list.count() > 0 and panel.again.isEnabled()


if __name__ == "__main__":
    sys.exit(main())
