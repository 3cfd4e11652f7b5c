"""LeNet-5, the example as it is opened, on all of MNIST: accuracy on the 10,000 test pictures after five epochs."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable
from pathlib import Path

import resources
from nodes.graph.files import load
from runtime.runs import create_run
from runtime.train import train
from tests.benchmarks.figures import AbsentError, Figure

MNIST = Path("../shared/data/mnist").absolute()
EXAMPLE = Path(resources.__file__).parent / "networks" / "lenet5.netw"
EPOCHS = 5


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST is not beside the project."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    network = load(EXAMPLE).network
    recipe = network.recipe | {"epochs": EPOCHS, "device": "cpu"}
    network = dataclasses.replace(network, data=network.data | {"source": str(MNIST)}, recipe=recipe)
    with tempfile.TemporaryDirectory() as folder:
        summary = train(create_run(Path(folder), network))
    assert summary.test_accuracy is not None
    yield Figure(
        f"LeNet-5 on MNIST, {EPOCHS} epochs: test accuracy", 100 * summary.test_accuracy, "%", 99.2, "higher"
    )
    yield Figure(f"LeNet-5 on MNIST, {EPOCHS} epochs: seconds", summary.seconds, "s")
