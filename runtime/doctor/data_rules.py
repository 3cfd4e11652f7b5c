"""Rules about data and batches: overfitting, uneven classes, shuffled labels, tiny batches, waiting for data."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from nodes.block import Block
from nodes.graph.layer_kinds import BATCH_NORMS
from nodes.graph.model import Graph
from runtime.doctor.findings import Action, Evidence, Finding, GoBack, LookAtData, ReplaceNodes, Series, SetRecipe
from runtime.doctor.view import View
from runtime.recipe_parts.augmentation import CLASS_WEIGHTS, SAMPLING, UNBALANCED

LEAST_VALIDATIONS = 4
SINCE_BEST = 5  # validations
WORSE = 1.1  # times the validation loss around the best
GAP = 0.7  # training loss beside the validation loss
UNEVEN = 10  # times as many samples
TINY = 8  # samples
WAITING = 0.5  # share of a step
LEAST_SECONDS = 0.003  # below which nobody has to wait
SPREADS = 3  # of a share that is drawn by chance
LEARNED = 0.2  # above chance


def overfitting(view: View) -> Finding | None:
    """Validation gets worse while training still gets better."""
    told = view.history.validations
    if len(told) <= SINCE_BEST:
        return None
    best = min(range(len(told)), key=lambda n: told[n].loss)
    since = len(told) - 1 - best
    around = statistics.median(one.loss for one in told[max(0, best - 1) : best + 2])  # a single one may be luck
    late = statistics.median(one.loss for one in told[-3:])
    train = view.history.loss.means(len(told))[-1]
    if since < SINCE_BEST or view.recipe.early_stopping:  # which ends the run by itself
        return None
    if late < WORSE * around or train > GAP * late:
        return None
    actions: list[Action] = [
        SetRecipe("Stop early, when validation gets no better", {"early_stopping": True, "stop_patience": 3}),
        SetRecipe("Pull the weights with a weight decay of 0.001", {"weight_decay": 0.001}),
        GoBack(f"Go back to step {told[best].step}, the best", told[best].step, 1.0),
    ]
    validation = Series("validation", [float(one.step) for one in told], [one.loss for one in told])
    return Finding(
        "overfitting",
        "Overfitting",
        "warning",
        f"The validation loss was {told[best].loss:.4g} at epoch {told[best].epoch:g} and is {late:.4g} now, while "
        f"the training loss fell to {train:.4g}.",
        Evidence("Loss", [view.history.loss.series("training"), validation], is_logarithmic=True),
        actions,
        step=told[best].step,
    )


def class_imbalance(view: View) -> Finding | None:
    """Some classes have many times as many samples as others, and nothing makes up for it."""
    classes = view.history.classes
    counts = [count for count in classes.train if count] if classes else []
    if classes is None or len(counts) < 2 or max(counts) < UNEVEN * min(counts):
        return None
    losses = [n for n, node in view.network.graph.nodes.items() if getattr(node.settings, "judges_classes", False)]
    if view.recipe.balancing != UNBALANCED or not losses:
        return None
    if any(getattr(view.network.graph.nodes[name].settings, "class_weight", ()) for name in losses):
        return None
    most, least = (classes.train.index(pick(counts)) for pick in (max, min))
    names = classes.names or [str(n) for n in range(len(classes.train))]
    share = max(counts) / sum(counts)
    actions: list[Action] = [
        SetRecipe("Weigh rare classes more in the loss", {"balancing": CLASS_WEIGHTS}),
        SetRecipe("Draw samples of rare classes more often", {"balancing": SAMPLING}),
    ]
    bars = Series("samples", [float(n) for n in range(len(classes.train))], [float(n) for n in classes.train])
    return Finding(
        "class_imbalance",
        "Uneven classes",
        "warning",
        f"{names[most]} has {max(counts):,} training samples, {names[least]} {min(counts):,}: always saying "
        f"{names[most]} is right {share:.0%} of the time.",
        Evidence("Samples by class", [bars], x_title="class"),
        actions,
        losses[0],
    )


def shuffled_labels(view: View) -> Finding | None:
    """What is learned by heart helps nothing with samples that were not seen."""
    history = view.history
    told = [one for one in history.validations if one.accuracy is not None]
    accuracy = history.accuracy.means(max(2, len(told)))
    if history.classes is None or history.started is None or len(told) < LEAST_VALIDATIONS or not accuracy:
        return None
    total, held = sum(history.classes.train), history.started.samples.validation
    if not total or not held:
        return None
    chance = max(history.classes.train) / total
    limit = chance + SPREADS * math.sqrt(chance * (1 - chance) / held)
    late = told[len(told) // 2 :]
    if statistics.fmean(one.accuracy or 0.0 for one in late) > limit or accuracy[-1] < chance + LEARNED:
        return None
    series = [
        history.accuracy.series("training"),
        Series("validation", [float(one.step) for one in told], [one.accuracy or 0.0 for one in told]),
    ]
    return Finding(
        "shuffled_labels",
        "Labels look shuffled",
        "severe",
        f"Training samples are known to {accuracy[-1]:.0%}, others are guessed: {told[-1].accuracy:.0%} of the "
        f"validation part are right, and chance gives {chance:.0%}.",
        Evidence("Accuracy", series, chance),
        [LookAtData("Look at samples and their labels")],
        step=told[0].step,
    )


def tiny_batches(view: View) -> Finding | None:
    """Batch normalization that measures mean and variance over a few samples."""
    started = view.history.started
    names = list(_batch_norms(view.network.graph))
    size = min(started.batch_size, started.samples.train) if started else TINY
    if not names or size >= TINY:
        return None
    node = names[0].partition(".")[0]
    group = {name: "group_norm" for name in names if "." not in name}
    actions: list[Action] = [SetRecipe("Set the batch size to 32", {"batch_size": 32})]
    if group:
        actions.append(ReplaceNodes("Use GroupNorm instead", group))
    norm = next((path for path in view.paths if path in names), "")
    series = [view.series(norm, "std")] if norm else [view.history.loss.series("loss")]
    return Finding(
        "tiny_batches",
        "Batch normalization with tiny batches",
        "warning",
        f"{names[0]} measures mean and variance over {size} sample{'s' * (size > 1)}: they jump from batch to batch, "
        f"and the running averages of evaluation are others.",
        Evidence(f"Spread of the results of {norm}" if norm else "Loss", series),
        actions,
        node,
    )


def _batch_norms(graph: Graph, prefix: str = "") -> Iterator[str]:
    for name, node in graph.nodes.items():
        if node.settings.type_id in BATCH_NORMS:
            yield prefix + name
        elif isinstance(node.settings, Block):
            yield from _batch_norms(node.settings.body, f"{prefix}{name}.")


def waits_for_data(view: View) -> Finding | None:
    """Steps that spend most of their time on their batch."""
    times = view.history.times[-8:]
    if len(times) < 2:
        return None
    data = statistics.median(one.data for one in times)
    whole = statistics.median(one.data + one.forward + one.backward + one.update for one in times)
    if data < LEAST_SECONDS or data / whole < WAITING:
        return None
    actions: list[Action] = []
    if view.recipe.augments:
        off = {name: getattr(type(view.recipe)(), name) for name in ("rotation", "zoom", "hue", "saturation")}
        actions.append(SetRecipe("Leave out the slow augmentations", off))
    actions.append(SetRecipe("Do twice as much with each batch", {"batch_size": 2 * view.recipe.batch_size}))
    series = [
        Series(
            part, [float(one.step) for one in view.history.times], [getattr(one, part) for one in view.history.times]
        )
        for part in ("data", "forward", "backward", "update")
    ]
    return Finding(
        "waits_for_data",
        "Waiting for data",
        "remark",
        f"{data / whole:.0%} of a step of {1e3 * whole:.3g} ms goes into its batch ({1e3 * data:.3g} ms).",
        Evidence("Seconds of a step", series),
        actions,
        step=view.history.step,
    )
