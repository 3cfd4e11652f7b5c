"""The part of a script that makes network and optimizer, and what else the recipe does to the weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nodes.graph.model import Graph
from runtime.exchange.script.plan import Plan
from runtime.optimizers import KINDS
from runtime.recipe_parts.transfer import ALL
from runtime.recipe_parts.words import ADAMS, HIGHER_IS_BETTER
from runtime.transfer.freezing import head_of

IS_WITHIN = [
    "def is_within(path, nodes):",
    '    """Is it one of these nodes, or a layer or weight in one?"""',
    '    return any(f"{path}.".startswith(f"{node}.") for node in nodes)',
]


def optimizing_lines(plan: Plan) -> list[str]:
    """The recipe's numbers, the network with its first weights, and the optimizer."""
    recipe = plan.recipe
    lines = [
        f"EPOCHS, BATCH_SIZE, SEED = {recipe.epochs}, {recipe.batch_size}, {recipe.seed}",
        f"STEPS = {plan.epoch_steps}  # batches in an epoch",
        f'rates = data["rates"].tolist()  # of every step: {recipe.schedule} from {recipe.learning_rate:g}',
        "torch.manual_seed(SEED)",
        f"model = {plan.source.class_name}().to(device)",
    ]
    if recipe.start_from:
        lines += [
            "# The weights that the recipe starts from; fresh ones where those did not fit.",
            'model.load_state_dict({name: data[f"start.{name}"] for name in model.state_dict()})',
        ]
    head, spared, trunk = head_of(recipe, plan.graph), not recipe.decay_biases, _has_trunk(plan)
    if trunk or waits(plan):
        lines += ["", "", *IS_WITHIN, "", "", f"HEAD = {list(head)!r}"]
    lines += _groups(plan)
    if trunk:
        lines += ["names = {weight: name for name, weight in model.named_parameters()}"]
        lines += _parted(
            "# The trunk learns at another rate than the head.",
            "is_within(names[w], HEAD)",
            f'"learning_rate_factor": group.get("learning_rate_factor", 1.0) * {recipe.trunk_factor!r}',
        )
    if spared and recipe.optimizer != "LBFGS":
        lines += _parted("# Biases and normalisations are not pulled.", "w.dim() > 1", '"weight_decay": 0.0')
    return [*lines, *_optimizer(plan), *_more(plan)]


def _has_trunk(plan: Plan) -> bool:
    return plan.recipe.trunk_factor != 1 and plan.recipe.optimizer != "LBFGS"


def waits(plan: Plan) -> bool:
    """Whether weights are frozen until an epoch."""
    return bool(plan.recipe.head_epochs or plan.recipe.freed_at)


def has_own(graph: Graph, setting: str) -> bool:
    """Whether a node has a strength of its own: ``l1`` or ``max_norm``."""
    return any(
        getattr(node.training, setting) is not None
        or (isinstance(body := getattr(node.settings, "body", None), Graph) and has_own(body, setting))
        for node in graph.nodes.values()
    )


def has_penalty(plan: Plan) -> bool:
    """Whether the loss itself grows with the weights: LBFGS has no other way."""
    is_pulled = bool(plan.recipe.weight_decay) or has_own(plan.graph, "weight_decay") or has_l1(plan)
    return plan.recipe.optimizer == "LBFGS" and is_pulled


def has_l1(plan: Plan) -> bool:
    return bool(plan.recipe.l1) or has_own(plan.graph, "l1")


def has_max_norm(plan: Plan) -> bool:
    return plan.recipe.max_norm is not None or has_own(plan.graph, "max_norm")


def _groups(plan: Plan) -> list[str]:
    decay = plan.recipe.weight_decay
    if "def parameter_groups(self" in plan.source.text:
        made = f"model.parameter_groups(rates[0], {decay!r})"
    else:
        made = '[{"params": list(model.parameters())}]'
    return [
        f"groups = {made}",
        "for group in groups:",
        '    group["params"] = [weight for weight in group["params"] if weight.requires_grad]',
    ]


def _parted(why: str, condition: str, others: str) -> list[str]:
    """Each group without some of its weights, and those with another setting."""
    return [
        why,
        "groups = [",
        "    part",
        "    for group in groups",
        f'    for part in ({{**group, "params": [w for w in group["params"] if {condition}]}},',
        f'                 {{**group, "params": [w for w in group["params"] if not ({condition})], {others}}})',
        "]",
    ]


def _optimizer(plan: Plan) -> list[str]:
    recipe = plan.recipe
    _, names = KINDS[recipe.optimizer]
    arguments: dict[str, Any] = {name: getattr(recipe, name) for name in names}
    weights = '[group for group in groups if group["params"]]'
    if recipe.optimizer == "LBFGS":
        weights = '[weight for group in groups for weight in group["params"]]'
    else:
        arguments["weight_decay"] = recipe.weight_decay
    if recipe.optimizer in ADAMS:
        arguments["betas"] = (recipe.beta1, recipe.beta2)
    written = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return [f"weights = {weights}", f"optimizer = torch.optim.{recipe.optimizer}(weights, lr=rates[0]{written})"]


def _more(plan: Plan) -> Iterator[str]:
    recipe = plan.recipe
    if recipe.schedule == "plateau":
        yield from _plateau(plan)
    if waits(plan):
        yield from ["", "", *_freezing(plan)]
    if has_penalty(plan):
        yield from ["", "", *_penalty(plan)]
    elif has_l1(plan):
        yield from ["", "", *_l1(plan)]
    if has_max_norm(plan):
        yield from ["", "", *_max_norm(plan)]
    if recipe.averaging != "none":
        yield from ["", "", *_averages(plan)]


def _plateau(plan: Plan) -> list[str]:
    """PyTorch's own rule, followed by the rate of an optimizer of nothing: the factor of all rates."""
    recipe = plan.recipe
    mode = "max" if recipe.monitor in HIGHER_IS_BETTER else "min"
    return [
        "follower = torch.optim.SGD([torch.zeros(1)], lr=1.0)  # its rate is what all rates are multiplied by",
        "plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(",
        f"    follower, {mode!r}, factor={recipe.factor!r}, patience={recipe.patience!r}, "
        f"threshold={recipe.threshold!r},",
        f"    threshold_mode={recipe.threshold_mode!r}, cooldown={recipe.cooldown!r}, "
        f"min_lr={recipe.min_lr / recipe.learning_rate!r}, eps=0.0,",
        ")",
    ]


def _freezing(plan: Plan) -> list[str]:
    recipe = plan.recipe
    freed = {name: epoch for name, epoch in recipe.freed_at.items() if name != ALL}
    others = recipe.freed_at.get(ALL)
    rest = f"{others!r}" if others is not None else f"0 if is_within(path, HEAD) else {recipe.head_epochs!r}"
    return [
        f"FREED = {freed!r}  # after how many epochs",
        "learned = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}",
        "",
        "",
        "def epochs_frozen(path):",
        '    """How many epochs a weight or layer waits; the innermost part that was named counts."""',
        "    named = [node for node in FREED if is_within(path, [node])]",
        f"    return FREED[max(named, key=len)] if named else {rest}",
        "",
        "",
        "def freeze(epoch):",
        '    """Takes gradients from what waits, and keeps its running averages as they are."""',
        "    for name, weight in learned.items():",
        "        weight.requires_grad_(epoch >= epochs_frozen(name))",
        "    for name, layer in model.named_modules():",
        '        if getattr(layer, "track_running_stats", False) and epoch < epochs_frozen(name):',
        "            layer.eval()",
    ]


def _pulled(plan: Plan) -> str:
    """Which weights of a group are pulled towards zero."""
    return "" if plan.recipe.decay_biases else " and weight.dim() > 1"


def _l1(plan: Plan) -> list[str]:
    return [
        "@torch.no_grad()",
        "def add_l1():",
        '    """Adds the gradient of strength · Σ|w| to the gradients."""',
        "    for group in optimizer.param_groups:",
        '        for weight in group["params"]:',
        f"            if weight.grad is not None{_pulled(plan)}:",
        f'                weight.grad.add_(weight.sign(), alpha=group.get("l1", {plan.recipe.l1!r}))',
    ]


def _penalty(plan: Plan) -> list[str]:
    """LBFGS looks at the loss itself, so that the pull has to be in it."""
    recipe = plan.recipe
    return [
        "def penalty():",
        '    """What the loss grows by with the weights: L1 and L2."""',
        "    total = 0.0",
        "    for group in groups:",
        f'        l1, l2 = group.get("l1", {recipe.l1!r}), group.get("weight_decay", {recipe.weight_decay!r})',
        '        for weight in group["params"]:',
        *([] if recipe.decay_biases else ["            if weight.dim() <= 1:", "                continue"]),
        "            total = total + l1 * weight.abs().sum() + l2 / 2 * weight.square().sum()",
        "    return total",
    ]


def _max_norm(plan: Plan) -> list[str]:
    return [
        "TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)",
        'own = {weight: group.get("max_norm") for group in groups for weight in group["params"]}',
        "",
        "",
        "@torch.no_grad()",
        "def shorten():",
        '    """Shortens the weights into one filter or unit that are too long."""',
        "    for layer in model.modules():",
        "        axis = 1 if isinstance(layer, TRANSPOSED) else 0",
        "        for weight in layer.parameters(recurse=False):",
        f"            longest = own.get(weight) or {plan.recipe.max_norm!r}",
        "            if weight.requires_grad and weight.dim() > 1 and longest is not None:",
        "                weight.copy_(weight.renorm(2, axis, longest))",
    ]


def _averages(plan: Plan) -> list[str]:
    lines = [
        "averaged, count = copy.deepcopy(model), 0  # the mean of so many weights, which is measured and kept",
        "",
        "",
        "@torch.no_grad()",
        "def average(share):",
        '    """Lets the weights, as they are now, have a share of their mean."""',
        "    kept, live = ([*net.parameters(), *net.buffers()] for net in (averaged, model))",
        "    for mean, value in zip(kept, live, strict=True):",
        "        mean.lerp_(value, share) if mean.is_floating_point() else mean.copy_(value)",
    ]
    if plan.recipe.averaging == "EMA":
        return lines
    return [
        *lines,
        "",
        "",
        "@torch.no_grad()",
        "def measure_normalisation():",
        '    """Lets every batch normalisation of the mean measure its averages anew, over the training part."""',
        "    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)",
        "    pairs = zip(averaged.modules(), model.modules(), strict=True)",
        "    layers = [one for one, live in pairs if isinstance(one, kinds) and live.training]  # frozen ones stay",
        "    layers = [layer for layer in layers if layer.track_running_stats]",
        "    averaged.eval()",
        "    momenta = [layer.momentum for layer in layers]",
        "    for layer in layers:",
        "        layer.reset_running_stats()",
        "        layer.momentum = None  # the mean of all batches",
        "        layer.train()",
        "    if layers:",
        "        for part in train.split(BATCH_SIZE)[:STEPS]:",
        "            averaged.losses(*batch_of(part))",
        "    for layer, momentum in zip(layers, momenta, strict=True):",
        "        layer.momentum = momentum",
    ]
