"""Can the network learn twenty samples by heart? One that cannot has a fault somewhere."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from runtime.optimizers import make_optimizer
from runtime.questions.stepwise import Chart, CheckResult
from runtime.recipe import Recipe
from runtime.stepwise.subject import Subject, same_random

SAMPLES = 20
STEPS = 400
SECONDS = 15.0
LEARNED, LEARNED_NUMBERS, LEARNED_CHANCE, NEARLY = 0.02, 0.1, 0.6, 0.25  # of the first loss
DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)
TITLE = "Twenty samples by heart"


def overfits(subject: Subject) -> CheckResult:
    """Trains a copy on a few samples: with the recipe's optimizer, and with Adam where that does not do."""
    recipe = subject.job.recipe
    plain = recipe.replaced(weight_decay=0.0, l1=0.0, max_norm=None, averaging="none")
    wanted = _wanted(subject)
    own = _losses(subject, plain, wanted)
    series = {f"{recipe.optimizer}, rate {recipe.learning_rate:g}": own}
    share = _share(own)
    if share <= wanted:
        sentence = (
            f"{SAMPLES} samples are known by heart after {len(own)} steps: the loss fell from {own[0]:.4g} "
            f"to {min(own):.2g}."
        )
        return CheckResult("overfit", TITLE, "green", sentence, charts=[_chart(series)])
    adam = _losses(subject, Recipe(optimizer="Adam", learning_rate=0.003), wanted)
    series["Adam, rate 0.003"] = adam
    fell = f"In {len(own)} steps the loss of {SAMPLES} samples fell from {own[0]:.4g} to {_last(own):.4g} only"
    if _share(adam) <= wanted:
        return CheckResult(
            "overfit",
            TITLE,
            "amber",
            f"{fell}; with Adam at rate 0.003 it reaches {min(adam):.2g}.",
            "Choose another learning rate, or Adam.",
            charts=[_chart(series)],
        )
    return CheckResult(
        "overfit",
        TITLE,
        "amber" if min(share, _share(adam)) <= NEARLY else "red",
        f"{fell}, and with Adam to {_last(adam):.4g}.",
        "Look whether samples and labels belong together, whether all layers are connected and none is frozen, "
        "and at the layers' beginnings.",
        charts=[_chart(series)],
    )


def _wanted(subject: Subject) -> float:
    """What may be left of the first loss: numbers are never told exactly, and what is drawn by chance has a floor."""
    losses = [node.settings for node in subject.network.graph.nodes.values() if node.settings.is_loss]
    if any(loss.type_id == "gaussian_kl_loss" for loss in losses):
        return LEARNED_CHANCE
    return LEARNED if all(getattr(loss, "judges_classes", False) for loss in losses) else LEARNED_NUMBERS


def _losses(subject: Subject, recipe: Recipe, wanted: float) -> list[float]:
    """The losses of a copy that sees the same samples at every step, without dropout, until it knows them."""
    module = subject.module().train()
    for layer in module.modules():
        if isinstance(layer, DROPOUTS):
            layer.p = 0.0
    batch = subject.batch(SAMPLES)
    optimizer = make_optimizer(recipe, module)
    patience = subject.patience.within(SECONDS)
    losses: list[float] = []
    with same_random():
        while len(losses) < STEPS and not patience.is_over:
            losses.append(_step(module, optimizer, batch))
            if not math.isfinite(losses[-1]) or losses[-1] < wanted / 2 * losses[0]:
                break
    return losses


def _step(module: Any, optimizer: torch.optim.Optimizer, batch: list[Tensor]) -> float:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = module.losses(*batch)[0]
        loss.backward()
        return loss

    if isinstance(optimizer, torch.optim.LBFGS):
        return float(optimizer.step(closure).detach())  # type: ignore[no-untyped-call]
    loss = closure()
    optimizer.step()
    return float(loss.detach())


def _share(losses: list[float]) -> float:
    """What is left of the first loss; 1 where it did not fall."""
    if not losses or not math.isfinite(losses[0]) or losses[0] <= 0:
        return 1.0
    last = _last(losses)
    return last / losses[0] if math.isfinite(last) else 1.0


def _last(losses: list[float]) -> float:
    """What it came to: the mean of the last few steps."""
    few = losses[-5:]
    return min(losses[-1], sum(few) / len(few))


def _chart(series: dict[str, list[float]]) -> Chart:
    kept = {name: [value for value in values if math.isfinite(value)] for name, values in series.items()}
    return Chart("Loss of twenty samples", "lines", kept, x_title="step", y_title="loss", is_logarithmic=True)
