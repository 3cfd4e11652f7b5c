"""Thousands of mutated ONNX files: each gives a network or a sentence, soon, and never a fault of ours."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from runtime.exchange.importing.sources import import_onnx
from runtime.faults import MENDABLE
from tests.benchmarks.figures import Figure
from tests.runtime.importing.models import CONVERTED

SECONDS = 60.0
LARGEST = 20_000  # bytes of a file that is mutated


def run() -> Iterable[Figure]:
    files = [f.read_bytes() for f in sorted(CONVERTED.glob("*/model.onnx")) if f.stat().st_size < LARGEST]
    chance, tried, faults, longest = random.Random(0), 0, 0, 0.0
    ends = time.perf_counter() + SECONDS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutated.onnx"
        while time.perf_counter() < ends:
            file.write_bytes(_mutated(chance.choice(files), chance))
            began = time.perf_counter()
            try:
                import_onnx(file)
            except MENDABLE:
                pass
            except Exception:
                faults += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{faults}.onnx"
                kept.write_bytes(file.read_bytes())
            tried += 1
            longest = max(longest, time.perf_counter() - began)
    yield Figure(f"fuzz: faults in {tried:,} mutated ONNX files", faults, "faults", 0.0)
    yield Figure("fuzz: the longest of them", longest, "s", 5.0)


def _mutated(whole: bytes, chance: random.Random) -> bytes:
    """Bytes replaced, taken out, doubled, or cut short."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data))
        way = chance.randrange(4)
        if way == 0:
            data[place] = chance.randrange(256)
        elif way == 1:
            del data[place : place + chance.randint(1, 16)]
        elif way == 2:
            data[place:place] = data[place : place + chance.randint(1, 64)]
        else:
            data[place] ^= 1 << chance.randrange(8)
        if len(data) < 8:
            break
    return bytes(data)
