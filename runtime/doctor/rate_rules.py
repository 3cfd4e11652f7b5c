"""Rules about the loss as a whole: the lectures' four shapes, a plateau, and a loss that is no number."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from nodes.graph.layer_kinds import DROPOUTS
from runtime.doctor.findings import Action, Evidence, Finding, GoBack, LookAtData, SetRecipe
from runtime.doctor.layer_rules import DEAD, SATURATED, began_vanishing
from runtime.doctor.view import View, node_of
from runtime.runs import LayerNumbers

PARTS = 12  # that the run so far is looked at in
LEAST_STEPS, LEAST_LEVEL_STEPS = 24, 50
LEFT = "The loss left the numbers"
RISEN = 1.5  # times the first loss
BAD = 0.5  # of the first loss, at which a loss that has levelled off is bad
LARGE_STEP, SMALL_STEP, GOOD_STEP = 1e-2, 5e-4, 3e-3  # beside the weights
FAR_TOO_LARGE_STEP = 3e-2
FLAT = 0.97  # of what it was, for a loss that does not fall
LEARNED = 0.9  # of the first loss, below which something has been learned
HARDLY = 0.7  # of the first loss, above which it has hardly fallen
LEVEL = 0.02  # share by which a loss on a plateau still falls in a third of the run
GOOD_ACCURACY, GOOD_LOSS = 0.95, 0.05
LEAST_EPOCHS = 3
FALLEN = 0.02  # of the highest rate, below which a rate has come to nothing


def not_finite(view: View) -> Finding | None:
    """The run has ended, or gone back, because its loss left the numbers."""
    failed = view.history.failed
    told = (
        failed.fact
        if failed
        else next((n.sentence for n in reversed(view.history.notes) if "Back to" in n.sentence), "")
    )
    if not any(words in told for words in ("is not a number", "is infinite", "times its first")):
        return None
    evidence = Evidence("Loss", [view.history.loss.series("loss")], view.history.first_loss, is_logarithmic=True)
    at_once = _broken(view, 0)
    if at_once:
        node = _culprit(view, at_once)
        told += f" {node} gives what is no number in the very first step, before any weight has moved."
        actions: list[Action] = [LookAtData(f"Look at what {node} is given")]
        return Finding("not_finite", LEFT, "severe", told, evidence, actions, node)
    broken = _broken(view, -1)
    node = failed.node if failed and failed.node else node_of(broken) if broken else _steepest(view)
    lower = float(f"{view.recipe.learning_rate * _lowering(view):.1g}")
    actions = [
        SetRecipe(f"Set the learning rate to {lower:g}", {"learning_rate": lower}),
        SetRecipe("Clip the gradient's length to 1", {"clip_grad_norm": 1.0}),
        SetRecipe("Go back by itself when it explodes", {"when_exploding": "go back", "explosion_factor": 3.0}),
    ]
    where = f" {node} is the first to leave the numbers." if broken else f" {node} moved most." if node else ""
    return Finding("not_finite", LEFT, "severe", told + where, evidence, actions, node, view.history.step)


def _broken(view: View, number: int) -> str:
    """The first layer that was not finite in a watched step; empty where all were."""
    if not view.history.watches:
        return ""
    layers = view.history.watches[number].layers
    return next((path for path in view.paths if path in layers and not layers[path].is_finite), "")


def _culprit(view: View, path: str) -> str:
    """The node that made the first bad number: what is calculated without a layer of its own is not watched."""
    graph, name = view.network.graph, node_of(path)
    watched = {node_of(one) for one in view.paths}
    found = name
    while link := next(iter(graph.incoming(name).values()), None):
        name = link.source
        settings = graph.nodes[name].settings
        if name in watched or not settings.inputs():
            break
        if not settings.is_view and settings.type_id not in DROPOUTS:
            found = name
    return found


def _steepest(view: View) -> str:
    """The node whose gradient was longest beside its weights, when it was last looked at."""
    if not view.history.watches:
        return ""
    layers = view.history.watches[-1].layers
    told = {p: n.gradient_norm / n.weight_norm for p, n in layers.items() if n.gradient_norm and n.weight_norm}
    return node_of(max(told, key=lambda path: told[path])) if told else ""


def _lowering(view: View) -> float:
    """What to multiply the rate by, so that a step is at most about 1e-2 of the weights; at most a tenth."""
    first = next((ratio for watch in view.history.watches if (ratio := _ratio_of(watch.layers.values()))), None)
    if not first:
        return 0.1
    # Steps in one direction add up to so many times a single one.
    run_up = 1 / (1 - view.recipe.momentum) if view.recipe.optimizer in ("SGD", "RMSprop") else 1.0
    return 10.0 ** min(-1, -round(math.log10(run_up * first / LARGE_STEP)))


def _peak(view: View) -> float | None:
    """The largest step of a typical layer beside its weights, in any watched step."""
    return max((ratio for watch in view.history.watches if (ratio := _ratio_of(watch.layers.values()))), default=None)


def _ratio_of(layers: Iterable[LayerNumbers]) -> float | None:
    """The median over the layers of one watched step; None where the numbers have been left."""
    told = list(layers)
    ratios = [one.update_ratio for one in told if one.update_ratio is not None]
    return statistics.median(ratios) if ratios and all(one.is_finite for one in told) else None


def _typical_ratio(view: View) -> float | None:
    ratios = list(view.all_now("update_ratio").values())
    return statistics.median(ratios) if ratios else None


def rate_too_high(view: View) -> Finding | None:
    """A loss that rises, or that levels off early at a bad value with large steps."""
    history = view.history
    means = history.loss.means(PARTS)
    if history.step < LEAST_STEPS or len(means) < PARTS or history.first_loss is None or history.failed:
        return None
    if view.began_with("dead", DEAD) or view.began_with("saturated", SATURATED) or began_vanishing(view):
        return None
    first, last, best = history.first_loss, statistics.fmean(means[-3:]), min(means)
    ratio = _peak(view)
    rises = last > RISEN * first or (last > RISEN * best and last > 0.8 * first)
    is_level = last > FLAT * min(first, statistics.fmean(means[3:6])) and _has_seen_all(view)
    levels = is_level and last > BAD * first and (_peak(view) or 0.0) > FAR_TOO_LARGE_STEP
    if not (rises or levels) or (_peak(view) or LARGE_STEP) < SMALL_STEP:
        return None
    has_learned = best < LEARNED * first  # else nothing before is worth going back to
    step = round((means.index(best) + 0.5) * history.step / len(means)) if has_learned else 0
    shape = (
        f"The loss rises: {best:.4g} at best, {last:.4g} now, and {first:.4g} at first."
        if rises
        else f"The loss has levelled off early at {last:.4g}, from {first:.4g} at first."
    )
    beside = f" A step moved the weights by up to {ratio:.1e}; about 1e-3 is usual." if ratio is not None else ""
    factor = _lowering(view)
    rate = float(f"{view.recipe.learning_rate * factor:.1g}")
    actions: list[Action] = [
        GoBack(f"{f'Go back to step {step}' if step else 'Begin again'} at {factor:g} of the rate", step, factor),
        SetRecipe(f"Set the learning rate to {rate:g}", {"learning_rate": rate}),
        SetRecipe("Raise the rate slowly over the first epoch", {"warmup_epochs": 1.0}),
    ]
    return Finding(
        "rate_too_high",
        "Learning rate too high",
        "severe" if rises else "warning",
        shape + beside,
        Evidence("Loss", [history.loss.series("loss")], first),
        actions,
        step=step,
    )


def rate_too_low(view: View) -> Finding | None:
    """A loss that falls steadily but hardly, with steps far smaller than usual."""
    history = view.history
    means = history.loss.means(PARTS)
    ratio = _typical_ratio(view)
    if history.step < LEAST_STEPS or len(means) < PARTS or ratio is None or history.first_loss is None:
        return None
    if ratio >= SMALL_STEP or means[-1] < HARDLY * history.first_loss or _has_fallen(view):
        return None
    started = history.started
    if started and history.step < (1 + view.recipe.warmup_epochs) * started.steps_per_epoch:
        return None
    factor = 10.0 ** min(3, max(1, round(math.log10(GOOD_STEP / max(ratio, 1e-9)))))
    rate = float(f"{min(view.recipe.learning_rate * factor, 100.0):.2g}")
    return Finding(
        "rate_too_low",
        "Learning rate too low",
        "warning",
        f"In {history.step:,} steps the loss went from {history.first_loss:.4g} to {means[-1]:.4g} only. A step "
        f"moves the weights by {ratio:.1e}; about 1e-3 is usual.",
        Evidence("Loss", [history.loss.series("loss")], history.first_loss),
        [SetRecipe(f"Set the learning rate to {rate:g}", {"learning_rate": rate})],
        step=history.step,
    )


def plateau(view: View) -> Finding | None:
    """A loss that has stopped falling where it is still bad."""
    history = view.history
    means = history.loss.means(PARTS)
    started = history.started
    if started is None or history.first_loss is None or len(means) < PARTS:
        return None
    if history.step < max(LEAST_LEVEL_STEPS, LEAST_EPOCHS * started.steps_per_epoch) or _is_good(view, means[-1]):
        return None
    late, before = statistics.fmean(means[-4:]), statistics.fmean(means[-8:-4])
    if late < (1 - LEVEL) * before or late > RISEN * min(means):
        return None
    actions: list[Action] = []
    told = (
        f"The loss has not fallen by more than {LEVEL:.0%} in the last third of {history.step:,} steps: {late:.4g}."
    )
    if _has_fallen(view):
        told += f" The rate has come down to {history.rates[-1][1]:.2g}, from {_highest(view):.2g}."
        actions.append(SetRecipe("Let the rate fall by a cosine, down to the end", {"schedule": "cosine"}))
        actions.append(SetRecipe("Keep the rate constant", {"schedule": "constant"}))
    else:
        step = history.validations[-1].step if history.validations else history.step
        actions.append(SetRecipe("Let the rate fall whenever it is on a plateau", {"schedule": "plateau"}))
        actions.append(GoBack(f"Go on from step {step} at a tenth of the rate", step, 0.1))
    return Finding(
        "plateau",
        "A plateau",
        "remark",
        told,
        Evidence("Loss", [history.loss.series("loss")]),
        actions,
        step=history.step,
    )


def _has_seen_all(view: View) -> bool:
    """Whether an epoch is done."""
    started = view.history.started
    return started is not None and view.history.step >= started.steps_per_epoch


def _is_good(view: View, loss: float) -> bool:
    accuracy = view.history.accuracy.means(PARTS)
    if accuracy:
        return accuracy[-1] >= GOOD_ACCURACY
    return loss < GOOD_LOSS * (view.history.first_loss or 0.0)


def _highest(view: View) -> float:
    return max((rate for _, rate in view.history.rates), default=0.0)


def _has_fallen(view: View) -> bool:
    """Whether the schedule has brought the rate down to nothing."""
    rates = view.history.rates
    return bool(rates) and rates[-1][1] < FALLEN * _highest(view)
