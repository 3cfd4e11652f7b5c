"""Formatting, lint, types and import contracts: part of the one test command."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from torch import fx, nn

from nodes.graph.model import RESERVED

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    ["ruff format --check .", "ruff check .", "mypy", "lint-imports --no-cache"],
    ids=["formatting", "lint", "types", "import contracts"],
)
def test_house_rules(command):
    program, *arguments = command.split()
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_reserved_names_cover_what_a_module_has():
    exported = fx.GraphModule(nn.Module(), fx.Graph())  # what ONNX export makes of a network
    assert {name for name in (*dir(nn.Module()), *dir(exported)) if not name.startswith("_")} <= RESERVED


def test_no_version_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert not [line for line in ranges if "==" in line.split(";")[0]]
