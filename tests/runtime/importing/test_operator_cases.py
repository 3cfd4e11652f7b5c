"""Single operators, as the onnx package tries them: nodes give the outputs wanted, or the operator is not said."""

from __future__ import annotations

from functools import cache

from tests.runtime.importing.operator_cases import light_operators, operator_cases, said, verdict

TORCHVISION = {
    "Add", "AveragePool", "BatchNormalization", "Clip", "Concat", "ConstantOfShape", "Conv", "Div", "Einsum",
    "Equal", "Expand", "Gather", "GatherND", "Gelu", "Gemm", "HardSigmoid", "HardSwish", "LayerNormalization",
    "MatMul", "MaxPool", "Mul", "Not", "Pad", "ReduceL2", "ReduceMean", "Relu", "Reshape", "ScatterND",
    "Sigmoid", "Slice", "Softmax", "Split", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where",
}  # fmt: skip
"""What torch 2.9 writes for torchvision's classifiers: ``python -m tests.benchmarks operators`` prints it anew."""


@cache
def verdicts() -> dict[str, tuple[str, str]]:
    return {case.name: verdict(case) for case in operator_cases()}


def test_no_case_gets_other_outputs_than_those_wanted() -> None:
    assert {name: why for name, (became, why) in verdicts().items() if became == "wrong"} == {}


def test_more_than_half_of_the_cases_become_nodes() -> None:
    became = [name for name, (verdict, _) in verdicts().items() if verdict == "same"]
    assert len(verdicts()) >= 440
    assert len(became) >= 255


def test_most_operators_of_the_light_networks_and_of_torchvisions_become_nodes() -> None:
    used = light_operators() | TORCHVISION
    print(f"{len(said(used))} of {len(used)} operators; not said: {', '.join(sorted(used - said(used)))}")
    assert len(said(used)) / len(used) >= 0.8
