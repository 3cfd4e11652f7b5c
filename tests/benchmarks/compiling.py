"""torch.compile on this computer, with its real compiler: what it takes, what it gains, and whether sums agree."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from runtime import compiling
from runtime.runs import Noted, Progress, read_entries
from runtime.train import train
from tests.benchmarks.figures import Figure
from tests.runtime.networks import digits_run

TIMES = re.compile(r"([\d.]+) (m?s) a step instead of ([\d.]+) (m?s), compiled in (\d+) s")


def run() -> Iterable[Figure]:
    """One epoch of the digits as it is written, one compiled, and the trial that *auto* makes."""
    plain, _ = _trained("off")
    compiled, _ = _trained("on")
    apart = max(abs(one - other) / other for one, other in zip(compiled, plain, strict=True))
    yield Figure("torch.compile: losses apart from plain ones", apart, "relative", 1e-4)
    before, compiling.LEAST_SECONDS = compiling.LEAST_SECONDS, 0.0
    try:
        _, sentence = _trained("auto")
    finally:
        compiling.LEAST_SECONDS = before
    found = TIMES.search(sentence)
    if found:
        took = float(found[5])
        ours, usual = (float(found[n]) * (1 if found[n + 1] == "s" else 1e-3) for n in (1, 3))
        yield Figure("torch.compile: seconds, where its cache has it", took, "s")
        yield Figure("torch.compile: a plain step / a compiled one", usual / ours, "×")
        yield Figure("torch.compile: is kept", float("does not pay" not in sentence), "1 or 0")


def _trained(how: str) -> tuple[list[float], str]:
    """The losses, and what was said of compiling."""
    with tempfile.TemporaryDirectory() as folder:
        run_folder = digits_run(Path(folder), epochs=1, compile=how)
        train(run_folder)
        entries = read_entries(run_folder)[0]
    losses = [loss for entry in entries if isinstance(entry, Progress) for loss in entry.loss]
    return losses, next((entry.sentence for entry in entries if isinstance(entry, Noted)), "")
