"""Commands as a training reads them."""

from __future__ import annotations

from pathlib import Path

from runtime.control import Control
from runtime.runs import Pause, RollBack, Stop, send


def test_what_is_sent_after_going_back_is_not_lost_with_what_is_left(tmp_path: Path) -> None:
    control = Control(tmp_path, from_now=False)
    for command in (Pause(), RollBack(10), Stop()):
        send(tmp_path, command)
    assert control.new() == [Pause(), RollBack(10)]
    assert control.new() == [Stop()]
    assert control.new() == []
