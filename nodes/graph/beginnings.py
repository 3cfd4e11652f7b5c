"""What the weights of a layer are told to begin with, and cannot."""

from __future__ import annotations

from nodes.graph.infer import Inference
from nodes.graph.problem import Problem, told
from nodes.spec.training import begins_so, is_offset


def vain_beginnings(inference: Inference) -> list[Problem]:
    """Nodes none of whose weights have enough axes for what was chosen, so that they begin as PyTorch has it."""
    found = []
    for name, node in inference.graph.nodes.items():
        method = node.training.weight_init
        if method == "default":
            continue
        weights = [shape for key, shape in inference.facts[name].weights.items() if not is_offset(key)]
        if not weights or any(begins_so(method, shape) for shape in weights):
            continue
        of = "convolutions" if method == "bilinear" else "weights of two axes or more"
        fact = f"The weights of {name} cannot begin with {method}, which is for {of}: they begin as PyTorch has it."
        remedy = f"Set weight_init of {name} to default or normal."
        found.append(told("remark", name, "vain-beginning", fact, remedy, parameter="weight_init"))
    return found
