"""The application: one theme, one window, one exception hook."""

from __future__ import annotations

import gc
import signal
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QSettings
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.garbage import Collector
from designer.main_window import MainWindow

DEMO = theme.RESOURCES / "networks" / "digits.netw"


def make_app(arguments: Sequence[str] = ()) -> QApplication:
    """The application with its name, its settings file and its look."""
    QApplication.setOrganizationName("Netwright")
    QApplication.setApplicationName("Netwright")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QLocale.setDefault(QLocale.c())
    app = QApplication(["netwright", *arguments])
    theme.start(app)
    Collector(app)
    return app


def run(file: Path | None = None, *, demo: bool = False, appearance: str = "") -> int:
    """Opens the window and returns when it is closed."""
    app = make_app()
    if appearance:
        theme.show(appearance)
    window = MainWindow(deferred=True, at_start=file is None and not demo)
    window.built.connect(lambda: _guard(window))
    window.when_furnished(gc.freeze)  # what the window consists of stays: looking at all of it takes 40 ms
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends it
    if demo:
        window.when_furnished(lambda: window.files.open_example(DEMO))
    elif file is not None:
        window.when_furnished(lambda: window.files.open_path(file))
    window.show()
    return app.exec()


def _guard(window: MainWindow) -> None:
    from designer.crash import CrashGuard

    CrashGuard(window.document, window).install()


def main(arguments: Sequence[str]) -> int:
    """``python -m designer [FILE] [--demo] [--theme auto|dark|light]``."""
    if not arguments:
        return run()
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="netwright", description="Opens the window.")
    parser.add_argument("file", nargs="?", type=Path, help="a network file")
    parser.add_argument("--demo", action="store_true", help="open the example on handwritten digits")
    parser.add_argument("--theme", choices=theme.CHOICES, default="", help="for this window only")
    given = parser.parse_args(arguments)
    return run(given.file, demo=given.demo, appearance=given.theme)
