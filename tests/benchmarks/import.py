"""Import of torchvision's networks: weights, outputs, and the way to ONNX and back; the time of ResNet-152."""  # noqa: N999

from __future__ import annotations

import time
from collections.abc import Iterable

from torchvision import models

from runtime.exchange.importing.sources import import_source
from runtime.exchange.importing.torchvision_networks import importable
from tests.benchmarks.figures import Figure
from tests.runtime.importing.round_trip import round_trip

SIDES = {"inception_v3": 299}
SEGMENTED_SIDE = 128  # px
CLOSE = 1e-5  # of the largest number of an output


def run() -> Iterable[Figure]:
    """A row for each network and each way, then how many there are."""
    yield from _resnet()
    segmenting = models.list_models(module=models.segmentation)
    same = back = whole = 0
    for name in importable():
        trip = round_trip(name, SEGMENTED_SIDE if name in segmenting else SIDES.get(name, 224))
        kept = f", {trip.code} parts as code" if trip.code else ""
        yield Figure(f"import: {name}{kept}", trip.there, "apart", CLOSE)
        yield Figure(f"import: {name}, to ONNX and back", trip.back, "apart", CLOSE)
        same, whole = same + (trip.there <= CLOSE), whole + (not trip.code)
        back += trip.back <= CLOSE
    yield Figure(
        "import: torchvision networks with the same weights and outputs to 1e-5", same, "of 86", 86.0, "higher"
    )
    yield Figure("import: of them without Python code", whole, "of 86", 86.0, "higher")
    yield Figure("import: of them to ONNX and back, the same to 1e-5", back, "of 86", 86.0, "higher")


def _resnet() -> Iterable[Figure]:
    import_source("torchvision:resnet18", "none")
    began = time.perf_counter()
    import_source("torchvision:resnet152", "none")
    yield Figure("import: ResNet-152, drawn, laid out and checked", time.perf_counter() - began, "s", 2.0)
