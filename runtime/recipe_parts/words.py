"""Words that several parts of the recipe use."""

from __future__ import annotations

from nodes.spec.settings import Value, When

USUAL: dict[str, dict[str, float]] = {
    "SGD": {"learning_rate": 0.05, "momentum": 0.9},
    "Adagrad": {"learning_rate": 0.01, "eps": 1e-10},
    "Adadelta": {"learning_rate": 1.0, "eps": 1e-6},
    "RMSprop": {"learning_rate": 0.01, "momentum": 0.0},
    "Adam": {"learning_rate": 0.001},
    "AdamW": {"learning_rate": 0.001, "weight_decay": 0.01},
    "NAdam": {"learning_rate": 0.002},
    "RAdam": {"learning_rate": 0.001},
    "Adamax": {"learning_rate": 0.002},
    "LBFGS": {"learning_rate": 1.0},
}
"""What each optimizer begins with: PyTorch's own numbers, but for SGD."""
OTHERWISE = {"momentum": 0.9, "eps": 1e-8, "weight_decay": 0.0}
FOLLOWS = ("learning_rate", *OTHERWISE)  # settings that go with the optimizer until they are set
OPTIMIZERS = tuple(USUAL)
BY_GRADIENT = tuple(name for name in OPTIMIZERS if name != "LBFGS")  # one gradient a step
ADAMS = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
TOP, TOPS = 5, (2, 3, 5, 10)  # likeliest classes among which the right one may be
TOP_ACCURACIES = tuple(f"top{count}_accuracy" for count in TOPS)
HIGHER_IS_BETTER = ("accuracy", *TOP_ACCURACIES, "precision", "recall", "f1", "auroc", "iou", "dice", "r2", "bleu")
SHARES = ("accuracy", *TOP_ACCURACIES, "precision", "recall", "f1", "auroc", "iou", "dice")  # between 0 and 1
METRICS = ("loss", *HIGHER_IS_BETTER, "mse", "mae", "perplexity")


def given(setting: str, *values: Value) -> When:
    """The other settings that give a setting its meaning."""
    return ((setting, values),)
