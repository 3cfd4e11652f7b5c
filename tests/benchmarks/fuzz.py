"""Thousands of mutated files: each gives a network, weights, a run or a sentence, soon, and never a fault of ours.

What fails is kept in the temporary folder; made as small as it goes, it belongs into the corpus that pytest replays.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.runtime.importing.fuzzing import fault, mutated, seeds

SECONDS = 30.0  # for each kind of file


def run() -> Iterable[Figure]:
    for suffix, files in seeds().items():
        yield from _fuzzed(suffix, files)


def _fuzzed(suffix: str, files: list[bytes]) -> Iterable[Figure]:
    chance, tried, faults, longest = random.Random(0), 0, 0, 0.0
    ends = time.perf_counter() + SECONDS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"mutated{suffix}"
        while time.perf_counter() < ends:
            file.write_bytes(mutated(chance.choice(files), chance))
            began = time.perf_counter()
            if fault(file) is not None:
                faults += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{faults}{suffix}"
                kept.write_bytes(file.read_bytes())
            tried += 1
            longest = max(longest, time.perf_counter() - began)
    yield Figure(f"fuzz: faults in {tried:,} mutated {suffix} files", faults, "faults", 0.0)
    yield Figure(f"fuzz: the longest of the {suffix} files", longest, "s", 5.0)
