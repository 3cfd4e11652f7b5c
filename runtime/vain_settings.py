"""What a recipe asks for in vain: settings that cannot take effect in a run as short as it is."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.counted import counted
from runtime.recipe import Recipe
from runtime.team import team

DECAYS = 10  # times that an average should forget itself within a run


def vain_settings(recipe: Recipe, samples: int) -> Iterator[str]:
    """A sentence for each, with what would change it; ``samples`` are those to train on."""
    in_epoch = recipe.epoch_steps(samples)
    steps = recipe.total_steps(in_epoch)
    epochs = steps / in_epoch
    run = f"the run has {counted(round(epochs), 'epoch') if epochs >= 1 else counted(steps, 'step')}"
    if recipe.batch_size > samples:
        yield f"batch_size is {recipe.batch_size:,}, and there are {samples:,} samples: each step takes them all."
    if recipe.accumulation_steps > in_epoch:
        yield (
            f"accumulation_steps is {recipe.accumulation_steps:,}, and an epoch has {in_epoch} batches: "
            "the weights move once an epoch."
        )
    if recipe.warmup_epochs >= epochs:
        yield f"The warm-up takes {recipe.warmup_epochs:g} epochs, and {run}: the rate stays below its height."
    if recipe.max_steps is not None and recipe.max_steps > recipe.epochs * in_epoch:
        needed = -(-recipe.max_steps // in_epoch)
        yield (
            f"max_steps is {recipe.max_steps:,}, and {counted(recipe.epochs, 'epoch')} have "
            f"{recipe.epochs * in_epoch:,}: the run ends after those. Set epochs to {needed:,}."
        )
    if recipe.strategy == "fsdp" and team().size == 1:
        yield "strategy fsdp parts the weights among processes, and this run has one: nothing is parted."
    yield from _line_search(recipe)
    yield from _averages(recipe, steps, epochs, run)
    yield from _late(recipe, epochs, run)


def _line_search(recipe: Recipe) -> Iterator[str]:
    """What LBFGS, which looks for the length of its steps by itself, passes over."""
    off = {"clip_grad_norm": None, "clip_grad_value": None, "trunk_factor": 1.0}
    given = [name for name, value in off.items() if getattr(recipe, name) != value]
    if recipe.optimizer == "LBFGS" and given:
        yield f"LBFGS passes over {' and '.join(given)}: choose another optimizer for that."


def _averages(recipe: Recipe, steps: int, epochs: float, run: str) -> Iterator[str]:
    if recipe.averaging in ("SWA", "Polyak") and recipe.swa_start >= epochs:
        yield (
            f"{recipe.averaging} begins after epoch {recipe.swa_start}, and {run}: nothing is averaged. "
            "Lower swa_start."
        )
    moves = max(1, steps // recipe.accumulation_steps)
    memory = 1 / (1 - recipe.ema_decay)
    if recipe.averaging == "EMA" and memory > moves:
        better = round(1 - DECAYS / moves, 2)
        remedy = f"Set ema_decay to {better:g}." if better > 0 else "Turn averaging off."
        yield (
            f"EMA looks back on about {memory:,.0f} steps, and the run has {moves:,}: the average stays near the "
            f"first weights. {remedy}"
        )


def _late(recipe: Recipe, epochs: float, run: str) -> Iterator[str]:
    """What begins after the last epoch."""
    late = [f"{name} (after epoch {epoch})" for name, epoch in recipe.freed_at.items() if epoch >= epochs]
    if recipe.head_epochs >= epochs:
        late.append(f"the trunk (after epoch {recipe.head_epochs})")
    if late:
        yield f"To the end of the run stays frozen: {', '.join(late)}; {run}."
    falls = {"step": [float(recipe.step_size)], "multistep": list(recipe.milestones)}.get(recipe.schedule, [])
    if falls and min(falls) + recipe.warmup_epochs >= epochs:
        yield f"The rate of the schedule {recipe.schedule} first falls after epoch {min(falls):g}, and {run}."
