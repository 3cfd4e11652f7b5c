"""What the console says of a training at its end."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from runtime.progress import follow
from tests.runtime.networks import digits_run


def test_console_tells_what_ended_the_run(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=200)
    found = follow(digits_run(tmp_path, epochs=50, monitor="accuracy", target=0.85), resume=False, console=console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert found["reason"] == "target"
    assert f"{found['sentence']}\n" in said
    assert said.index("the target 0.85 is reached.") < said.index("test accuracy")
    assert 0 < found["test_f1"] <= 1


def test_console_tells_what_the_training_did_by_itself(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=200)
    run = digits_run(tmp_path, epochs=3, schedule="plateau", patience=0, threshold=0.9)
    found = follow(run, resume=False, console=console)
    assert found["notes"][0] == "The validation loss is on a plateau: rate 0.005."
    assert found["notes"][0] in console.file.getvalue()  # type: ignore[attr-defined]
