"""Small programs that play the training process or the engine, well or badly."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path


def program(folder: Path, body: str, name: str = "program.py") -> tuple[str, ...]:
    """The command that runs ``body`` as a Python program."""
    path = folder / name
    path.write_text(textwrap.dedent(body), encoding="utf-8")
    return (sys.executable, str(path))


ECHO_WORKER = """
    import json, sys, pathlib
    print(json.dumps({"type": "Ready"}), flush=True)
    heard = pathlib.Path(__file__).with_suffix(".heard")
    for line in sys.stdin:
        with heard.open("a") as file:
            file.write(line)
        if json.loads(line)["type"] == "Start":
            print("trained", file=sys.stderr)
            sys.exit(0)
"""

TRAINING = """
    import json, pathlib, sys, time
    print(json.dumps({"type": "Ready"}), flush=True)
    start = next(m for m in map(json.loads, sys.stdin) if m["type"] == "Start")
    run = pathlib.Path(start["run"])
    journal = (run / "journal.jsonl").open("ab", buffering=0)

    def write(kind, **values):
        journal.write(json.dumps({"type": kind, **values}).encode() + b"\\n")

    def command():
        while True:
            lines = (run / "control.jsonl").read_text().splitlines()
            if len(lines) > heard[0]:
                heard[0] += 1
                return json.loads(lines[heard[0] - 1])["type"]
            time.sleep(0.005)

    def begin(resumed_at=0):
        samples = {"train": 80, "validation": 10, "test": 10}
        write("Started", time=time.time(), epochs=2, steps_per_epoch=4, samples=samples, batch_size=20,
              device="cpu", weights=10, resumed_at=resumed_at)

    def step(number):
        write("Progress", first_step=number, epoch=(number + 1) / 4, loss=[2.0 - number / 8], accuracy=[number / 8],
              learning_rate=0.1, samples_per_second=1234.0, seconds_left=41.0)

    def finish():
        write("Validated", step=8, epoch=2.0, part="test", loss=0.083, accuracy=0.9)
        write("Finished", step=8, seconds=3.0, reason="done")

    heard = [0]
"""
"""A training process without torch, up to the point where it would begin; add what it is to do."""


def training(folder: Path, body: str) -> tuple[str, ...]:
    """The command that plays a training: ``begin()``, ``step(number)``, ``command()``, ``write(kind, …)``."""
    return program(folder, textwrap.dedent(TRAINING) + textwrap.dedent(body))
