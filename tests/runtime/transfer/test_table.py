"""The table of what a network began with, on the command line."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from runtime.progress import follow
from runtime.runs import MatchedWeight
from runtime.train import train
from runtime.transfer.table import by_node
from tests.runtime.networks import digits_run

ROWS = [
    MatchedWeight("stage.0.conv", "weight", [4, 3, 3, 3], "layer1.0.conv1.weight", "by order"),
    MatchedWeight("stage.0.bn", "weight", [4], "layer1.0.bn1.weight", "by order"),
    MatchedWeight("fc", "weight", [2, 4], "", "fresh"),
    MatchedWeight("fc", "bias", [2], "", "fresh"),
]


def test_a_block_is_one_line() -> None:
    assert [tuple(line) for line in by_node(ROWS)] == [
        ("stage", 2, 2, "layer1.0.conv1.weight … layer1.0.bn1.weight", "by order"),
        ("fc", 0, 2, "", "fresh"),
    ]


def test_training_shows_the_table_and_reports_the_counts(tmp_path: Path) -> None:
    first = digits_run(tmp_path, epochs=1)
    train(first)
    second = digits_run(tmp_path, epochs=1, start_from=str(first), fresh="fc")
    text = io.StringIO()
    report = follow(second, resume=False, console=Console(file=text, width=100))
    assert report["started_from"] == {"source": first.name, "taken": 2, "of": 4}
    assert f"2 of 4 weights begin as in {first.name} (2 by name); fresh: fc." in text.getvalue()
    assert "conv.weight … conv.bias" in text.getvalue()
