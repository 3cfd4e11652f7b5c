"""Pictures as bytes in, probabilities and the name of the class out: what is done around a network, in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import TensorProto, compose, helper, numpy_helper
from torch import Tensor, nn

from nodes.spec.shapes import Shape
from runtime.data.dataset import Affine
from runtime.data.depth import BYTE
from runtime.exchange import ExportError
from runtime.exchange.onnx.light import changed

PICTURE, PROBABILITIES, CLASS = "picture", "probabilities", "class"


@dataclass(frozen=True)
class Preparation:
    """How the raw pictures N × H × W × C become what the input takes, and what the scores stand for."""

    input: str
    shape: Shape  # C × H × W
    affine: Affine
    output: str
    classes: tuple[str, ...]
    white: float | None = BYTE  # of the raw pictures; None: they are real numbers

    @property
    def kind(self) -> tuple[int, torch.dtype]:
        """What the raw pictures are made of, in ONNX and in torch."""
        if self.white is None:
            return TensorProto.FLOAT, torch.float32
        return (TensorProto.UINT8, torch.uint8) if self.white <= BYTE else (TensorProto.UINT16, torch.uint16)

    def __call__(self, pictures: Tensor) -> Tensor:
        """The same in PyTorch."""
        return pictures.permute(0, 3, 1, 2).float() * self.affine.scale + self.affine.offset


class Prepared(nn.Module):
    """The network with its preparation: pictures as bytes -> probabilities."""

    def __init__(self, module: nn.Module, preparation: Preparation) -> None:
        super().__init__()
        self.module, self._preparation = module, preparation

    def prepared_batch(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the network within takes of a batch of raw pictures."""
        return {self._preparation.input: self._preparation(batch[PICTURE])}

    def forward(self, pictures: Tensor) -> Tensor:
        scores: Tensor = self.module(self._preparation(pictures))
        return scores.softmax(1)


def require_prepared(
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    affine: Affine | None,
    classes: Sequence[str],
    white: float | None = BYTE,
) -> Preparation:
    """Raises ExportError where the network does not take one picture and give scores of classes."""
    [[name, shape], *more] = inputs.items()
    [[output, scores], *others] = outputs.items()
    if more or others or shape.axes != "CHW" or scores.axes != "C" or not classes:
        raise ExportError(
            "Preparation can be put into the file where one picture goes in and scores of named classes come out.",
            "Turn it off, or give the network a data set of labelled pictures.",
        )
    if affine is None:
        raise ExportError(
            "These pictures are whitened or turned before the network, which the file cannot hold.",
            "Turn preparation off: what is done then stands beside the file.",
        )
    if len(classes) != scores[0]:
        raise ExportError(
            f"The network gives {scores[0]} scores, but the data have {len(classes)} classes.",
            "Turn preparation off, or let the last layer give as many.",
        )
    return Preparation(name, shape, affine, output, tuple(classes), white)


def with_preparation(model: onnx.ModelProto, preparation: Preparation) -> onnx.ModelProto:
    """The model between what makes its input of bytes, and what makes probabilities and names of its scores."""
    before, after = _before(preparation, model), _after(preparation, model)

    def joined(light: onnx.ModelProto) -> onnx.ModelProto:
        begun = compose.merge_models(before, light, io_map=[("prepared", preparation.input)])
        found: onnx.ModelProto = compose.merge_models(
            begun, after, io_map=[(preparation.output, "scores_of_network")]
        )
        return found

    return changed(model, joined)


def _model(graph: onnx.GraphProto, like: onnx.ModelProto) -> onnx.ModelProto:
    return helper.make_model(graph, opset_imports=list(like.opset_import), ir_version=like.ir_version)


def _before(preparation: Preparation, like: onnx.ModelProto) -> onnx.ModelProto:
    channels, height, width = (size if isinstance(size, int) else str(size) for size in preparation.shape)
    nodes = [
        helper.make_node("Transpose", [PICTURE], ["picture.channels_first"], "picture.channels_first",
                         perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["picture.channels_first"], ["picture.real"], "picture.real", to=TensorProto.FLOAT),
        helper.make_node("Mul", ["picture.real", "picture.scale"], ["picture.scaled"], "picture.scaled"),
        helper.make_node("Add", ["picture.scaled", "picture.offset"], ["prepared"], "picture.normalised"),
    ]  # fmt: skip
    numbers = {"picture.scale": preparation.affine.scale, "picture.offset": preparation.affine.offset}
    graph = helper.make_graph(
        nodes,
        "preparation",
        [helper.make_tensor_value_info(PICTURE, preparation.kind[0], ["batch", height, width, channels])],
        [helper.make_tensor_value_info("prepared", TensorProto.FLOAT, ["batch", channels, height, width])],
        [numpy_helper.from_array(value.float().cpu().numpy(), name) for name, value in numbers.items()],
    )
    return _model(graph, like)


def _after(preparation: Preparation, like: onnx.ModelProto) -> onnx.ModelProto:
    count = len(preparation.classes)
    nodes = [
        helper.make_node("Softmax", ["scores_of_network"], [PROBABILITIES], PROBABILITIES, axis=1),
        helper.make_node("ArgMax", [PROBABILITIES], ["class.number"], "class.number", axis=1, keepdims=0),
        helper.make_node("Gather", ["class.names", "class.number"], [CLASS], CLASS),
    ]
    names = numpy_helper.from_array(
        np.array([str(name) for name in preparation.classes], dtype=object), "class.names"
    )
    graph = helper.make_graph(
        nodes,
        "names",
        [helper.make_tensor_value_info("scores_of_network", TensorProto.FLOAT, ["batch", count])],
        [
            helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["batch", count]),
            helper.make_tensor_value_info(CLASS, TensorProto.STRING, ["batch"]),
        ],
        [names],
    )
    return _model(graph, like)


def raw_batch(preparation: Preparation, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A batch of what the network takes as one of pictures."""
    return {PICTURE: raw_pictures(preparation, batch[preparation.input])}


def raw_pictures(preparation: Preparation, prepared: Tensor) -> Tensor:
    """Numbers that become these values, as near as whole ones can: N × C × H × W -> N × H × W × C."""
    raw = (prepared - preparation.affine.offset) / preparation.affine.scale
    if preparation.white is not None:
        raw = raw.round().clamp(0, max(BYTE, preparation.white)).to(preparation.kind[1])
    return raw.permute(0, 2, 3, 1).contiguous()
