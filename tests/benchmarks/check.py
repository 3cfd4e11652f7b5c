"""``netwright check`` of ResNet-152 within a process that has started: reading, shapes, problems, costs, printing."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import resources
from tests.benchmarks.figures import Figure

FILE = Path(resources.__file__).parent / "networks" / "resnet152.netw"
TRIALS = 5
SCRIPT = """
import io, pathlib, sys, time
from rich.console import Console
from nodes.catalogue import catalogue
from nodes.graph.files import load
from runtime.check_report import checked, print_check

catalogue()  # imports the node types
every = sys.argv[2] == "all"
console = Console(file=io.StringIO(), width=160)
began = time.perf_counter()
network = load(pathlib.Path(sys.argv[1])).network
print_check(console, checked(network), every=every)
taken = time.perf_counter() - began
assert "Training:" in console.file.getvalue()
print(taken * 1000)
"""


def run() -> Iterable[Figure]:
    for form, name in (("lecture", "check: ResNet-152, median"), ("all", "check: ResNet-152, every layer, median")):
        times = [_trial(form) for _ in range(TRIALS)]
        yield Figure(name, statistics.median(times), "ms", 50.0)


def _trial(form: str) -> float:
    """Milliseconds in a fresh process, so that nothing is remembered; its imports do not count."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FILE), form], capture_output=True, text=True, check=True
    )
    return float(ended.stdout)
