"""Transfer: the shared ResNet-20 fine-tuned on a few pictures, against its weights untouched and against none.

Six epochs on 1,800 lossy pictures of CIFAR-10 with the recipe's own mirroring; from scratch it gets twice the time.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import resources
from nodes.graph.files import load
from runtime.evaluate_runs import Members, evaluated
from runtime.runs import create_run
from runtime.train import train
from tests.benchmarks.figures import AbsentError, Figure

WEIGHTS = Path("../shared/data/resnet20-cifar10/resnet20_cifar10_state_dict.pt").absolute()
PICTURES = Path("../shared/data/cifar10-small").absolute()
EXAMPLE = Path(resources.__file__).parent / "networks" / "resnet20.netw"
COMMON: dict[str, Any] = {
    "device": "cpu", "batch_size": 64, "schedule": "cosine", "horizontal_flip": 0.5, "keep": "last",
}  # fmt: skip


def run() -> Iterable[Figure]:
    """Raises AbsentError where weights or pictures are not beside the project."""
    for path in (WEIGHTS, PICTURES):
        if not path.exists():
            raise AbsentError(f"{path} is not here.")
    untouched = _untouched()
    yield Figure("ResNet-20 on cifar10-small: untouched", 100 * untouched, "%")
    tuned = _trained(start_from=str(WEIGHTS), learning_rate=0.01, epochs=6)
    yield Figure("ResNet-20 on cifar10-small: fine-tuned", 100 * tuned, "%")
    yield Figure("ResNet-20: fine-tuned over untouched", 100 * (tuned - untouched), "points", 1.5, "higher")
    fresh = _trained(learning_rate=0.1, weight_decay=1e-4, epochs=12)
    yield Figure("ResNet-20 on cifar10-small: from scratch", 100 * fresh, "%")
    yield Figure("ResNet-20: fine-tuned over from scratch", 100 * (tuned - fresh), "points", 25.0, "higher")


def _untouched() -> float:
    """Accuracy on the test part with the weights as they came."""
    settings = [f"data.source={PICTURES}", f"recipe.start_from={WEIGHTS}", "recipe.device=cpu"]
    return float(evaluated(Members(settings).opened(EXAMPLE))["accuracy"])


def _trained(**recipe: Any) -> float:
    """Accuracy on the test part after a training."""
    network = load(EXAMPLE).network
    network = dataclasses.replace(network, data={"source": str(PICTURES)}, recipe={**COMMON, **recipe})
    with tempfile.TemporaryDirectory() as folder:
        accuracy = train(create_run(Path(folder), network)).test_accuracy
    assert accuracy is not None
    return accuracy
