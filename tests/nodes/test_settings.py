"""Settings against PyTorch's own: none is missing, and all begin as PyTorch's do."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from torch import nn
from torchvision import ops

from nodes.catalogue import catalogue
from nodes.spec.node_type import NodeType, setting_kinds

FOUND = {  # from the links, or the same everywhere
    *("in_channels", "in_features", "in1_features", "in2_features", "num_features", "num_channels"),
    *("normalized_shape", "input_channels", "input_size", "embed_dim", "kdim", "vdim", "d_model"),
    *("batch_first", "device", "dtype"),
}
PAST = {"size_average", "reduce", "min_value", "max_value"}  # names that PyTorch keeps for old code
WITHOUT = {
    "conv_transpose1d": {"padding_mode"},  # zeros is the only one
    "conv_transpose2d": {"padding_mode"},
    "conv_transpose3d": {"padding_mode"},
    "embedding": {"_weight", "_freeze"},
    "embedding_bag": {"_weight", "include_last_offset"},  # bags are drawn as rows, not as offsets into one
    "rnn": {"mode", "proj_size"},
    "gru": {"mode", "proj_size"},
    "lstm": {"mode"},
}
NORMS = ("batch_norm", "instance_norm", "group_norm")
OTHERWISE = {  # settings that begin in another way, and why that is
    ("prelu", "num_parameters"),  # its number of channels is known, so it is a choice of one or all
    ("softmax", "dim"),  # an axis is named by its letter, so are the next two
    ("log_softmax", "dim"),
    ("glu", "dim"),
    ("upsample", "scale_factor"),  # a layer that does nothing yet would be an error
    ("kl_div_loss", "reduction"),  # PyTorch warns of its default, whose mean is not the divergence
}
RECURRENT = {"rnn", "gru", "lstm"}


def torch_class(declared: type[NodeType]) -> Any:
    if declared.type_id in RECURRENT:
        return nn.RNNBase  # theirs take just *args
    return getattr(nn, declared.torch_name, None) or getattr(ops, declared.torch_name, None)


NO_LAYERS = ("parameter", "permute")  # nn.Parameter is a tensor; axes are named by their letters
OF_TORCH = [t for t in catalogue() if inspect.isclass(torch_class(t)) and t.type_id not in NO_LAYERS]


def arguments_of(declared: type[NodeType]) -> dict[str, Any]:
    """The arguments that a setting should stand for, with their defaults."""
    parameters = inspect.signature(torch_class(declared)).parameters.values()
    left_out = FOUND | PAST | WITHOUT.get(declared.type_id, set())
    if declared.type_id.startswith(NORMS):
        left_out.add("bias")  # newer than the oldest PyTorch that is supported
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return {p.name: p.default for p in named if p.name not in left_out}


@pytest.mark.parametrize("declared", OF_TORCH, ids=lambda t: t.type_id)
def test_each_argument_of_pytorch_is_a_setting_with_its_default(declared: type[NodeType]) -> None:
    arguments = arguments_of(declared)
    assert arguments.keys() <= setting_kinds(declared).keys()
    for name, default in arguments.items():
        if default is not inspect.Parameter.empty and (declared.type_id, name) not in OTHERWISE:
            assert meaning(declared, name, getattr(declared(), name)) == meaning(declared, name, default), name


def meaning(declared: type[NodeType], name: str, value: Any) -> Any:
    """A value as PyTorch reads it."""
    if callable(value):
        return value.__name__  # nn.ReLU
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else value or None
    if name == "weight" and declared.is_loss:
        return None if value == 1.0 else value  # here the factor of the whole loss
    return value or None if name in ("align_corners", "recompute_scale_factor") else value


def test_most_of_the_catalogue_is_compared() -> None:
    assert len(OF_TORCH) > 85
