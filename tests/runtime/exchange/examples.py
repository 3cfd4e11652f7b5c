"""The example networks, and how far what leaves the program is from what they give."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from nodes.graph.files import load
from nodes.graph.model import Graph
from runtime.compile import build
from runtime.exchange.example import fitting_sizes, random_inputs, unknown_names
from runtime.exchange.onnx.build import OPSET, build_model
from runtime.exchange.onnx_file import output_shapes
from runtime.exchange.proof import Proof, of_torch, prove, relative, session_of
from runtime.source import write_source

NETWORKS = sorted((Path(__file__).parents[3] / "resources" / "networks").glob("*.netw"))
BATCHES = (1, 7)
LARGE = (
    "alexnet", "alexnet_one_tower", "densenet201", "inception_v3", "plain34", "resnet101", "resnet152", "resnet34",
    "resnext50_32x4d", "senet50", "wide_resnet28_10", "wide_resnet50_2", "zfnet",
)  # fmt: skip
"""Their proof takes some seconds each; their source is left to the benchmark."""
LARGEST = (
    "deconvnet", "fast_rcnn", "fcn_resnet50", "fcn8s", "unet", "vgg11", "vgg11_lrn", "vgg13", "vgg16", "vgg16_c",
    "vgg19",
)  # fmt: skip
"""These take longer, or gigabytes: ``python -m tests.benchmarks proofs`` has them."""


def graph_of(path: Path) -> Graph:
    return load(path).network.graph


def built(graph: Graph) -> nn.Module:
    torch.manual_seed(0)
    return build(graph, losses=False).eval()


def sizes_of(graph: Graph) -> list[Mapping[str, int]]:
    """Two choices for the sizes left open; one, empty, where none is."""
    found = list(islice(fitting_sizes(graph), 2))
    assert len(found) == (2 if unknown_names(graph) else 1)
    return found


def batches_of(graph: Graph) -> list[dict[str, Tensor]]:
    return [random_inputs(graph, count, sizes) for sizes in sizes_of(graph) for count in BATCHES]


def apart_as_source(graph: Graph, module: nn.Module) -> float:
    """How far the source by itself is from the module with the same weights, as a share of the largest number."""
    source, scope, batch = write_source(graph, "Network"), dict[str, Any](), batches_of(graph)[0]
    exec(source.text, scope)
    alone = scope[source.class_name]().eval()
    alone.load_state_dict(module.state_dict())
    return max(relative(*pair) for pair in zip(of_torch(module, batch), of_torch(alone, batch), strict=True))


def proven(graph: Graph, module: nn.Module) -> Proof:
    """The checker and the proof of what is exported, at batch 1 and 7 and at two sizes where one is left open."""
    outputs = output_shapes(graph)
    model = build_model(graph, module, outputs, OPSET)
    onnx.checker.check_model(model, full_check=True)
    names = list(outputs)
    return prove(session_of(model.SerializeToString(), names), module, names, batches_of(graph), real=False)
