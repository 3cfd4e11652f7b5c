"""The part of a script that trains: the loop over epochs and steps, and which weights are kept."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.exchange.script.adversarial import adversarial_step
from runtime.exchange.script.measuring import forward_lines
from runtime.exchange.script.optimizing import has_l1, has_max_norm, has_penalty, waits
from runtime.exchange.script.plan import Plan
from runtime.recipe import Recipe
from runtime.recipe_parts.augmentation import SAMPLING
from runtime.recipe_parts.words import ADAMS, HIGHER_IS_BETTER
from runtime.schedules import moves_momentum


def order_lines(plan: Plan) -> list[str]:
    """The function that gives the rows of an epoch in their order."""
    head = [
        "def order_of(epoch):",
        '    """The training rows of an epoch, in the order of a run."""',
        "    generator = torch.Generator().manual_seed((SEED << 20) + epoch)",
    ]
    if plan.recipe.balancing != SAMPLING:
        return [*head, "    return train[torch.randperm(len(train), generator=generator).to(device)]"]
    return [
        "labels = data[FIELDS[-1]][train].long().cpu()",
        "reach = (1 / torch.bincount(labels).double())[labels].cumsum(0)  # each class is drawn equally often",
        "",
        "",
        *head,
        "    drawn = torch.rand(len(labels), dtype=torch.float64, generator=generator) * reach[-1]",
        "    return train[torch.searchsorted(reach, drawn, right=True).clamp(max=len(labels) - 1).to(device)]",
    ]


def training_lines(plan: Plan) -> list[str]:
    """The loop, and saving the weights that the recipe keeps."""
    recipe = plan.recipe
    validation = list(_validated(plan)) if len(plan.dataset.validation) else []
    return [
        *order_lines(plan),
        "",
        "",
        f"step, {_names(recipe, bool(validation))}",
        "for epoch in range(EPOCHS):",
        "    if step >= len(rates):",
        "        break",
        "    model.train()",
        *["    freeze(epoch)"] * waits(plan),
        *_batches(recipe),
        *(f"        {line}" for line in _step(plan)),
        *_after_epoch(recipe),
        *(f"    {line}" for line in validation),
        "",
        *_final(plan, bool(validation)),
        'test = data["rows.test"]',
        "if len(test):",
        "    scores = measured(network, test)",
        '    print("test: " + ", ".join(f"{name} {value:.6f}" for name, value in scores.items()))',
        "state = {name: value.cpu().contiguous().clone() for name, value in network.state_dict().items()}",
        f'save_file(state, folder / "{plan.source.class_name}.safetensors")',
    ]


def _names(recipe: Recipe, is_validated: bool) -> str:
    """What the loop remembers, and what it begins with."""
    begins = {"best": "None", "kept": "None"} if is_validated and recipe.keep == "best" else {}
    if is_validated and recipe.early_stopping:
        begins |= {"highest" if recipe.monitor in HIGHER_IS_BETTER else "lowest": "None", "waited": "0"}
    return f"{', '.join(begins)} = 0, {', '.join(begins.values())}" if begins else "moves = 0, 0"


def _batches(recipe: Recipe) -> list[str]:
    """The head of the loop over steps: ``rows`` are those of one, ``batches`` where several are one step."""
    lines = ["    batches = order_of(epoch).split(BATCH_SIZE)[: min(STEPS, len(rates) - step)]"]
    if recipe.accumulation_steps == 1:
        return [*lines, "    for rows in batches:"]
    return [
        *lines,
        f"    for first in range(0, len(batches), {recipe.accumulation_steps}):",
        f"        together = batches[first : first + {recipe.accumulation_steps}]  # count as one batch",
    ]


def _step(plan: Plan) -> Iterator[str]:
    recipe = plan.recipe
    factor = ' * follower.param_groups[0]["lr"]' if recipe.schedule == "plateau" else ""
    yield "for group in optimizer.param_groups:"
    yield f'    group["lr"] = rates[step]{factor} * group.get("learning_rate_factor", 1.0)'
    if moves_momentum(recipe):
        betas, momentum = 'group["betas"] = (momenta[step], group["betas"][1])', 'group["momentum"] = momenta[step]'
        yield f"    {betas if recipe.optimizer in ADAMS else momentum}"
    if recipe.optimizer == "LBFGS":
        yield from _searched(plan)
    else:
        move = list(_move(plan))
        yield from adversarial_step(plan, move) if recipe.adversarial else (
            "optimizer.zero_grad()", *_backward(plan), *move
        )  # fmt: skip
    if has_max_norm(plan):
        yield "shorten()"
    if recipe.averaging == "EMA":
        yield f"average(1 if count == 0 else {1 - recipe.ema_decay!r})"
        yield "count += 1"
    elif recipe.averaging == "Polyak":
        yield f"if epoch >= {recipe.swa_start}:"
        yield "    average(1 / (count + 1))"
        yield "    count += 1"
    yield "step += 1" if recipe.accumulation_steps == 1 else "step += len(together)"


def _move(plan: Plan) -> Iterator[str]:
    """From the gradients to other weights."""
    recipe = plan.recipe
    if recipe.clip_grad_value:
        yield f"nn.utils.clip_grad_value_(model.parameters(), {recipe.clip_grad_value!r})"
    if recipe.clip_grad_norm:
        yield f"nn.utils.clip_grad_norm_(model.parameters(), {recipe.clip_grad_norm!r})"
    if has_l1(plan):
        yield "add_l1()"
    yield "optimizer.step()"


def _backward(plan: Plan) -> Iterator[str]:
    """The gradient of a batch, or of several that count as one."""
    call = "loss, _ = model.losses(*batch_of(rows, epoch))"
    if plan.recipe.accumulation_steps == 1:
        yield from [*forward_lines(plan, call), "loss.backward()"]
        return
    share = "loss" if plan.is_summed else "(loss * (len(rows) / sum(map(len, together))))"
    yield "for rows in together:"
    yield from (f"    {line}" for line in (*forward_lines(plan, call), f"{share}.backward()"))


def _searched(plan: Plan) -> Iterator[str]:
    """LBFGS asks for the loss of the same samples as often as it likes."""
    yield from ["", "def closure():", "    optimizer.zero_grad()"]
    if plan.recipe.accumulation_steps == 1:
        yield from (f"    {line}" for line in _backward(plan))
        yield "    total = loss.detach()"
    else:
        share = "loss" if plan.is_summed else "loss * (len(rows) / sum(map(len, together)))"
        call = "loss, _ = model.losses(*batch_of(rows, epoch))"
        yield from ["    total = 0.0", "    for rows in together:"]
        lines = (*forward_lines(plan, call), f"share = {share}", "share.backward()", "total = total + share.detach()")
        yield from (f"        {line}" for line in lines)
    if has_penalty(plan):
        yield from ["    added = penalty()", "    added.backward()", "    total = total + added.detach()"]
    yield from ["    return total", "", "optimizer.step(closure)"]


def _after_epoch(recipe: Recipe) -> list[str]:
    if recipe.averaging != "SWA":
        return []
    return [
        f"    if len(batches) == STEPS and epoch >= {recipe.swa_start}:",
        "        average(1 / (count + 1))",
        "        count += 1",
    ]


def _network(recipe: Recipe) -> list[str]:
    """What is measured and kept: the mean of the weights where there is one."""
    if recipe.averaging == "none":
        return ["network = model"]
    anew = [] if recipe.averaging == "EMA" else ["if count:", "    measure_normalisation()"]
    return ["network = averaged if count else model", *anew]


def _validated(plan: Plan) -> Iterator[str]:
    """What follows from a validation: which weights are kept, the factor of the rate, the end."""
    recipe, every = plan.recipe, validated_every(plan.recipe)
    if every > 1:
        yield from [f"if (epoch + 1) % {every} and epoch + 1 < EPOCHS and step < len(rates):", "    continue"]
    yield from _network(recipe)
    yield 'scores = measured(network, data["rows.validation"])'
    yield 'told = ", ".join(f"{name} {value:.6f}" for name, value in scores.items())'
    yield 'print(f"epoch {epoch + 1}: {told}")'
    if recipe.keep == "best":
        yield f"merit = {_merit(plan)}"
        yield "if best is None or merit > best:"
        yield "    best, kept = merit, {name: value.clone() for name, value in network.state_dict().items()}"
    value, sign = f'scores["{recipe.monitor}"]', 1 if recipe.monitor in HIGHER_IS_BETTER else -1
    if recipe.schedule == "plateau":
        yield f"plateau.step({value})"
    if recipe.target is not None:
        yield from [f"if {value} {'>=' if sign > 0 else '<='} {recipe.target!r}:", "    break"]
    if recipe.early_stopping:
        name = "highest" if sign > 0 else "lowest"
        gain = f"{value} - {name}" if sign > 0 else f"{name} - {value}"
        yield f"is_better = {name} is None or {gain} > {recipe.stop_min_delta!r}"
        yield f"{name}, waited = ({value}, 0) if is_better else ({name}, waited + 1)"
        yield from [f"if waited >= {recipe.stop_patience}:", "    break"]


def validated_every(recipe: Recipe) -> int:
    """Epochs from one validation to the next; a script counts no steps between them."""
    return recipe.validate_every if recipe.validate_unit == "epochs" else 1


def _merit(plan: Plan) -> str:
    """How good a validation is, as what compares."""
    name = plan.recipe.best_by
    if name == "auto":
        return '(scores["accuracy"], -scores["loss"])' if plan.binding.classifier else '-scores["loss"]'
    return f'scores["{name}"]' if name in HIGHER_IS_BETTER else f'-scores["{name}"]'


def _final(plan: Plan, is_validated: bool) -> list[str]:
    """The weights that are tested and saved."""
    network = _network(plan.recipe)
    if not is_validated or plan.recipe.keep == "last":
        return network
    return [*network[:1], "network.load_state_dict(kept)"]
