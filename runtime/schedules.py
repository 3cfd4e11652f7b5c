"""Learning rates over a run, as pure functions of the step, so that a run goes on with the very rates it had.

``rate_at`` gives the rate of a step, ``momentum_at`` the momentum where a schedule moves that too. A schedule begins
after the warm-up; its times are epochs, counted there. Plateau alone depends on what was measured: see stopping.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.recipe import Recipe

SCHEDULES = (
    "constant", "step", "multistep", "exponential", "inverse_time", "cosine", "warm_restarts", "one_cycle", "cyclic",
    "polynomial", "linear", "plateau",
)  # fmt: skip
MOVES_MOMENTUM = ("one_cycle", "cyclic")
HAS_CYCLED_MOMENTUM = ("SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax")


def rate_at(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """The rate of a step, counted from 0.

    Source: torch.optim.lr_scheduler; Loshchilov & Hutter 2017, arXiv:1608.03983; Smith 2017, arXiv:1506.01186;
            Smith & Topin 2018, arXiv:1708.07120. Exponential and inverse time are the lectures' α0·e^(−kt) and
            α0/(1 + kt) with t in epochs.
    """
    warm = warmup_steps(recipe, steps_per_epoch)
    rate = RATES[recipe.schedule](recipe, *_place(recipe, step, steps_per_epoch))
    if step < warm:
        return rate * (recipe.warmup_start + (1 - recipe.warmup_start) * step / warm)
    return rate


def momentum_at(recipe: Recipe, step: int, steps_per_epoch: int) -> float | None:
    """The momentum of a step where the schedule moves it against the rate; None where it stays."""
    if not moves_momentum(recipe):
        return None
    t, total, per = _place(recipe, step, steps_per_epoch)
    low, high = recipe.base_momentum, recipe.max_momentum
    if recipe.schedule == "cyclic":
        return high - (high - low) * _cyclic_scale(recipe, t, per)
    return _in_phases(recipe, t, total, (high, low, high, high))


def moves_momentum(recipe: Recipe) -> bool:
    return recipe.cycle_momentum and recipe.schedule in MOVES_MOMENTUM and recipe.optimizer in HAS_CYCLED_MOMENTUM


def warmup_steps(recipe: Recipe, steps_per_epoch: int) -> int:
    return round(recipe.warmup_epochs * steps_per_epoch)


def _place(recipe: Recipe, step: int, steps_per_epoch: int) -> tuple[int, int, int]:
    """Steps since the warm-up, how many there are in all, and how many in an epoch."""
    warm = warmup_steps(recipe, steps_per_epoch)
    t = max(step - warm, 0)
    if recipe.rate_changes == "each epoch":
        t -= t % steps_per_epoch
    return t, max(recipe.total_steps(steps_per_epoch) - warm, 1), steps_per_epoch


def _constant(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate


def _step(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate * float(r.gamma ** (t // per // r.step_size))


def _multistep(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate * float(r.gamma ** sum(t >= round(epoch * per) for epoch in r.milestones))


def _exponential(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate * math.exp(-r.decay_rate * t / per)


def _inverse_time(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate / (1 + r.decay_rate * t / per)


def _cosine(r: Recipe, t: int, total: int, per: int) -> float:
    return r.eta_min + (r.learning_rate - r.eta_min) * (1 + math.cos(math.pi * min(t / total, 1.0))) / 2


def _warm_restarts(r: Recipe, t: int, total: int, per: int) -> float:
    period = r.T_0 * per
    while t >= period:
        t, period = t - period, period * r.T_mult
    return _cosine(r, t, period, per)


def _one_cycle(r: Recipe, t: int, total: int, per: int) -> float:
    first = r.learning_rate / r.div_factor
    return _in_phases(r, t, total, (first, r.learning_rate, first, first / r.final_div_factor))


def _in_phases(r: Recipe, t: int, total: int, values: Sequence[float]) -> float:
    """Up, down and (in three phases) further down. ``values`` are those at the ends of the phases."""
    start, top, back, end = values
    ends = [r.pct_start * total - 1, float(total - 1)]
    levels = [start, top, end]
    if r.three_phase:
        ends.insert(1, 2 * r.pct_start * total - 2)
        levels = [start, top, back, end]
    began = 0.0
    for number, ended in enumerate(ends):
        if t <= ended or number == len(ends) - 1:
            part = min(max((t - began) / (ended - began), 0.0), 1.0) if ended > began else 1.0
            return _annealed(r, levels[number], levels[number + 1], part)
        began = ended
    raise AssertionError


def _annealed(r: Recipe, start: float, end: float, part: float) -> float:
    if r.anneal_strategy == "linear":
        return start + (end - start) * part
    return end + (start - end) / 2 * (1 + math.cos(math.pi * part))


def _cyclic(r: Recipe, t: int, total: int, per: int) -> float:
    return r.base_lr + (r.learning_rate - r.base_lr) * _cyclic_scale(r, t, per)


def _cyclic_scale(r: Recipe, t: int, per: int) -> float:
    """How far between the lower and the upper rate, 0 to 1."""
    up = max(1, round(r.step_size_up * per))
    down = up if r.step_size_down is None else max(1, round(r.step_size_down * per))
    cycle, along = divmod(t, up + down)
    height = along / up if along <= up else (up + down - along) / down
    if r.cycle_mode == "triangular2":
        return height / float(2**cycle)
    return height * float(r.cycle_gamma**t) if r.cycle_mode == "exp_range" else height


def _polynomial(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate * float((1 - min(t / total, 1.0)) ** r.power)


def _linear(r: Recipe, t: int, total: int, per: int) -> float:
    return r.learning_rate * (1 + (r.end_factor - 1) * min(t / total, 1.0))


RATES: dict[str, Callable[[Recipe, int, int, int], float]] = {
    "constant": _constant,
    "step": _step,
    "multistep": _multistep,
    "exponential": _exponential,
    "inverse_time": _inverse_time,
    "cosine": _cosine,
    "warm_restarts": _warm_restarts,
    "one_cycle": _one_cycle,
    "cyclic": _cyclic,
    "polynomial": _polynomial,
    "linear": _linear,
    "plateau": _constant,
}
