"""How many of the operators that real networks are made of become nodes, and how many cases of single ones do.

The networks are the light ones of the onnx package, and one of each family of torchvision's classifiers as torch
exports it today: the other sizes of a family have the same operators.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout

import torch
from torchvision import models

from runtime.exchange.importing.torchvision_networks import WITHOUT_HELPERS
from tests.benchmarks.figures import Figure
from tests.runtime.importing.operator_cases import light_operators, operator_cases, said, verdict

FAMILIES = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18",
    "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11_bn", "vit_b_16",
    "wide_resnet50_2",
)  # fmt: skip


def run() -> Iterable[Figure]:
    used = light_operators()
    for name in FAMILIES:
        used |= exported_operators(name)
    lacking = sorted(used - said(used))
    sys.stderr.write(f"{len(used)} operators: {' '.join(sorted(used))}; without a node: {', '.join(lacking)}\n")
    share = 100 * len(said(used)) / len(used)
    yield Figure(f"operators: of {len(used)} in light and torchvision networks", share, "%", 80.0, "higher")
    found = Counter(verdict(case)[0] for case in operator_cases())
    yield Figure(f"operators: cases said by nodes, of {found.total()}", found["same"], "cases", 250.0, "higher")
    yield Figure("operators: of these with other outputs", found["wrong"], "cases", 0.0)


def exported_operators(name: str) -> set[str]:
    """The kinds of operators that torch writes for a network of torchvision."""
    module = models.get_model(name, weights=None, **WITHOUT_HELPERS.get(name, {})).eval()
    side = 299 if name == "inception_v3" else 224
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(module, (torch.zeros(1, 3, side, side),), dynamo=True, verbose=False)
    assert program is not None
    return {node.op_type for node in program.model_proto.graph.node}
