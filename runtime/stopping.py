"""When a run has come to its end, and when its rate falls because validation gets no better."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from runtime.recipe import Recipe
from runtime.recipe_parts.words import HIGHER_IS_BETTER, TOPS

WORDS = {
    **{f"top{count}_accuracy": f"top-{count} accuracy" for count in TOPS},
    "f1": "F1", "auroc": "AUROC", "iou": "IoU", "dice": "Dice", "mse": "MSE", "mae": "MAE", "r2": "R²",
}  # fmt: skip


class Progression(msgspec.Struct):
    """The best value so far, and how many validations since."""

    best: float | None = None
    since: int = 0
    best_epoch: float = 0.0


class Plateau(msgspec.Struct):
    """What ReduceLROnPlateau remembers."""

    best: float | None = None
    since: int = 0
    cooldown: int = 0
    factor: float = 1.0  # of the learning rate


class Ending(NamedTuple):
    """Why a run ends: a word for programs, a sentence for people."""

    reason: str
    sentence: str = ""


def words_of(metric: str) -> str:
    """A metric in a sentence."""
    return WORDS.get(metric, metric)


def note_progress(recipe: Recipe, progression: Progression, value: float, epoch: float) -> None:
    """Counts one validation for early stopping."""
    if progression.best is None or _gain(recipe.monitor, value, progression.best) > recipe.stop_min_delta:
        progression.best, progression.since, progression.best_epoch = value, 0, epoch
    else:
        progression.since += 1


def ending(recipe: Recipe, progression: Progression, last: float | None, seconds: float) -> Ending | None:
    """Has the run come to an end before its last step? It follows from what is measured and the recipe alone."""
    name = words_of(recipe.monitor)
    if last is not None and recipe.target is not None and _gain(recipe.monitor, last, recipe.target) >= 0:
        return Ending("target", f"The validation {name} is {last:.4g}: the target {recipe.target:g} is reached.")
    if recipe.early_stopping and progression.best is not None and progression.since >= recipe.stop_patience:
        times = f"{progression.since} validation{'s' * (progression.since > 1)}"
        return Ending(
            "early",
            f"The validation {name} has not got better for {times}. "
            f"The best, {progression.best:.4g}, was at epoch {progression.best_epoch:g}.",
        )
    if recipe.time_budget is not None and seconds >= 60 * recipe.time_budget:
        return Ending("time", f"The time budget of {recipe.time_budget:g} min is used up.")
    return None


def lower_on_plateau(recipe: Recipe, plateau: Plateau, value: float) -> bool:
    """One validation for the plateau schedule; gives whether the rate has fallen.

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
    """
    if plateau.best is None or _is_progress(recipe, value, plateau.best):
        plateau.best, plateau.since = value, 0
    else:
        plateau.since += 1
    if plateau.cooldown > 0:
        plateau.cooldown -= 1
        plateau.since = 0
    if plateau.since <= recipe.patience:
        return False
    plateau.cooldown, plateau.since = recipe.cooldown, 0
    before = plateau.factor
    plateau.factor = min(before, max(before * recipe.factor, recipe.min_lr / recipe.learning_rate))
    return plateau.factor < before


def _is_progress(recipe: Recipe, value: float, best: float) -> bool:
    sign = 1 if recipe.monitor in HIGHER_IS_BETTER else -1
    least = best * (1 + sign * recipe.threshold) if recipe.threshold_mode == "rel" else best + sign * recipe.threshold
    return sign * value > sign * least


def _gain(metric: str, value: float, other: float) -> float:
    """How much better ``value`` is."""
    return value - other if metric in HIGHER_IS_BETTER else other - value
