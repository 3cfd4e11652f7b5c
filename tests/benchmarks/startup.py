"""From the start of the process to the first paint, and memory then, against a bare PySide6 window."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.figures import Figure

ROUNDS = 7
ROOT = Path(__file__).resolve().parent.parent.parent

REPORT = """
def report():
    import json, os, time
    now = time.time()
    import psutil
    print(json.dumps({"painted": now, "rss": psutil.Process().memory_info().rss}), flush=True)
    os._exit(0)
"""
BARE = (
    REPORT
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, report)

app = QApplication([])
window = Window()
window.resize(1200, 800)
window.show()
app.exec()
"""
)
_WINDOW = (
    REPORT
    + """
from designer.app import make_app
from designer.main_window import MainWindow

app = make_app()
window = MainWindow(deferred=True, at_start=True)
(window.painted if {first} else window.furnished).connect(report)
window.show()
app.exec()
"""
)

OURS, WHOLE = (_WINDOW.replace("{first}", str(first)) for first in (True, False))


def run() -> Iterable[Figure]:
    seconds: dict[str, list[float]] = {BARE: [], OURS: [], WHOLE: []}
    memory: dict[str, list[float]] = {BARE: [], OURS: [], WHOLE: []}
    with tempfile.TemporaryDirectory() as home:
        for number in range(ROUNDS + 1):
            for program in seconds:
                elapsed, rss = first_paint(program, Path(home))
                if number:  # the first round fills the disk cache
                    seconds[program].append(elapsed)
                    memory[program].append(rss)
    bare, ours = statistics.median(seconds[BARE]), statistics.median(seconds[OURS])
    yield Figure("startup: first paint, bare window", bare * 1e3, "ms")
    yield Figure("startup: first paint, Netwright", ours * 1e3, "ms")
    yield Figure("startup: first paint against bare", ours / bare, "×", 1.5)
    yield Figure("startup: every panel filled", statistics.median(seconds[WHOLE]) * 1e3, "ms")
    light, heavy = statistics.median(memory[BARE]), statistics.median(memory[OURS])
    yield Figure("startup: memory at first paint, Netwright", heavy / 2**20, "MiB")
    yield Figure("startup: memory against bare", heavy / light, "×", 1.5)


def first_paint(program: str, home: Path) -> tuple[float, float]:
    """Seconds from the start of a process to its first paint, and its bytes of memory then."""
    surroundings = {
        "QT_QPA_PLATFORM": "offscreen",
        **os.environ,
        "XDG_CONFIG_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    begin = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env=surroundings, cwd=ROOT, timeout=60
    )
    said = json.loads(done.stdout)
    return said["painted"] - begin, said["rss"]
