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
