"""One training on the digits, that all tests of looking in share."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.graph.files import load
from runtime.insight.trained import Trained, open_trained
from runtime.recipe import override
from runtime.runs import create_run
from runtime.train import train

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = load(NETWORKS / "digits.netw").network
    run = create_run(tmp_path_factory.mktemp("runs"), override(network, "recipe.epochs=3"))
    train(run)
    return run


@pytest.fixture
def trained(run: Path) -> Trained:
    return open_trained(run)
