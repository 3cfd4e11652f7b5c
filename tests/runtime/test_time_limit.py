"""Code that goes on forever is ended, and what runs afterwards is left alone."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest

import runtime.user_code
from nodes.spec.shapes import Shape
from runtime import trust
from runtime.faults import RefusalError
from runtime.time_limit import OverdueError, time_limit
from runtime.user_code import tried

ENDLESS = """class Endless(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        count = 0
        while True:
            try:
                count += 1
            except Exception:
                pass
"""


def spin() -> None:
    while True:
        pass


def test_a_loop_without_end_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(OverdueError), time_limit(0.05):
        spin()
    assert time.monotonic() - began < 5


def test_what_runs_afterwards_is_left_alone() -> None:
    for _ in range(20):
        with contextlib.suppress(OverdueError), time_limit(0.02):
            time.sleep(0.02)  # ends about when the time does
    for _ in range(100_000):
        pass


def test_find_shape_names_the_line_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.user_code, "SECONDS", 0.2)
    trust.trust_code([ENDLESS])
    with pytest.raises(RefusalError, match=r"Line [4-8] \(.*\): no end after 0.2 seconds\. See whether a loop"):
        tried(ENDLESS, [[Shape(3)]])


def test_a_process_that_does_not_listen_ends_with_a_sentence() -> None:
    code = (
        "import time, runtime.time_limit as limit\n"
        "limit.GRACE = 0.1\n"
        "with limit.time_limit(0.1):\n"
        "    time.sleep(60)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 1
    assert found.stderr.strip() == "The code ran for more than 0.2 seconds."
