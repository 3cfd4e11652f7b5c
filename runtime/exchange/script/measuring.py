"""The part of a script that measures: the loss of some rows, and what the task asks for beside it."""

from __future__ import annotations

from typing import NamedTuple

from runtime.exchange.script.carried import carried
from runtime.exchange.script.plan import Plan
from runtime.metrics import MOST_CLASSES, Task

MEANS = {
    "precision": "right / predicted.clamp(min=1)",
    "recall": "right / actual.clamp(min=1)",
    "f1": "2 * right / (predicted + actual).clamp(min=1)",
    "dice": "2 * right / (predicted + actual).clamp(min=1)",
    "iou": "right / (predicted + actual - right).clamp(min=1)",
}
"""Of each class or label, whose mean is meant."""
OTHERS = {
    "accuracy": "(correct / count).item()",
    "perplexity": "math.exp(min(surprise / count, 700.0))",
    "auroc": "ranking.mean()",
    "mse": "squared.mean().item()",
    "mae": "absolute.mean().item()",
    "r2": "(1 - squared / spread.clamp(min=1e-12)).mean().item()",
}


class _Lines(NamedTuple):
    """What stands before the batches, in each of them, and after them."""

    begin: list[str]
    add: list[str]
    end: list[str]


def measured_names(task: Task | None) -> tuple[str, ...]:
    """The metrics that a script measures."""
    return task.names if task else ()


def measuring_lines(plan: Plan) -> list[str]:
    """The function ``measured``, which gives ``{"loss": …, "accuracy": …}``."""
    names = measured_names(plan.task)
    lines = _lines_of(plan.task) if plan.task else _Lines([], [], [])
    ranking = "\n\n\n".join(carried(["Ranking"]).values()).splitlines() if "auroc" in names else []
    values = ['"loss": total / max(1, len(rows))', *(f'"{name}": {_formula(name)}' for name in names)]
    return [
        *ranking,
        *["", ""] * bool(ranking),
        "@torch.no_grad()",
        "def measured(network, rows):",
        '    """The mean loss over some rows, and what is measured beside it."""',
        "    network.eval()",
        *_indented(1, ["total = 0.0", *lines.begin, f"for part in rows.split({plan.measured_size}):"]),
        *_indented(2, ["batch = batch_of(part)", *forward_lines(plan, "loss, parts = network.losses(*batch)")]),
        *_indented(2, ["total += loss.item() * len(part)", *lines.add]),
        *_indented(1, lines.end),
        "    return {",
        *(f"        {value}," for value in values),
        "    }",
    ]


def forward_lines(plan: Plan, call: str) -> list[str]:
    """A call of the network in the numbers that the recipe wants."""
    if plan.recipe.precision == "bf16":
        return ["with torch.autocast(device.type, torch.bfloat16):", f"    {call}"]
    return [call]


def _indented(depth: int, lines: list[str]) -> list[str]:
    return [f"{'    ' * depth}{line}" if line else "" for line in lines]


def _formula(name: str) -> str:
    if name in MEANS:
        return f"mean({MEANS[name]})"
    return OTHERS.get(name, "top / count.item()")


def _lines_of(task: Task) -> _Lines:
    if task.kind == "numbers":
        return _of_numbers(task)
    return _of_labels(task) if task.kind == "labels" else _of_classes(task)


def _of_classes(task: Task) -> _Lines:
    classes, names = len(task.classes), task.names
    lines = _Lines(
        [f"table = torch.zeros({classes * classes}, dtype=torch.long, device=device)  # right × predicted"],
        [
            f'scores = parts["{task.loss}"][1].movedim({task.axis}, -1).flatten(0, -2)',
            "wanted = batch[-1].flatten().long()",
            f"counts = (wanted >= 0) & (wanted < {classes})  # others, such as -100, are no class",
            f"cells = wanted * {classes} + scores[:, :{classes}].argmax(1)",
            f"table += torch.bincount(cells[counts], minlength={classes * classes})",
        ],
        [
            f"table = table.view({classes}, {classes}).double()",
            "right, predicted, actual = table.diagonal(), table.sum(0), table.sum(1)",
            "correct, count = right.sum(), table.sum().clamp(min=1)",
        ],
    )
    if task.top_accuracy in names:
        lines.begin.append("top = 0")
        lines.add.append(f"top += scores.topk({task.top}).indices.eq(wanted[:, None]).sum().item()")
    if "perplexity" in names:
        lines.begin.append("surprise = 0.0")
        lines.add.append("known = wanted.where(counts, -100)")
        lines.add.append('surprise += F.cross_entropy(scores.float(), known, reduction="sum").item()')
    if "auroc" in names:
        lines.begin.append(f"ranking = Ranking({classes}, device)")
        lines.add.append(f"odds = torch.logit(scores[:, :{classes}].float().softmax(1))")
        lines.add.append(f"ranking.add(odds, wanted[:, None] == torch.arange({classes}, device=device), counts)")
    if MEANS.keys() & names:
        lines.end.extend(_means("predicted + actual > 0"))
    return lines


def _of_labels(task: Task) -> _Lines:
    axis = task.axis
    labels = f"scores.shape[{axis}]" if axis else "1"
    odds = "scores.float()" if task.yes == 0 else "torch.logit(scores.float())"
    return _Lines(
        ["table = ranking = None  # by label: is it so (no, yes) × what was told (no, yes)"],
        [
            f'scores, wanted = parts["{task.loss}"][1], batch[-1].view_as(parts["{task.loss}"][1])',
            f"labels = {labels} if {labels} <= {MOST_CLASSES} else 1",
            "if table is None:",
            "    table, ranking = torch.zeros(4 * labels, dtype=torch.long, device=device), Ranking(labels, device)",
            f"scores = scores.movedim({axis or -1}, -1).reshape(-1, labels)",
            f"wanted = wanted.movedim({axis or -1}, -1).reshape(-1, labels) >= 0.5",
            f"cells = 4 * torch.arange(labels, device=device) + 2 * wanted.long() + (scores > {task.yes!r}).long()",
            "table += torch.bincount(cells.flatten(), minlength=4 * labels)",
            f"ranking.add({odds}, wanted)",
        ],
        [
            "(no, wrong), (missed, right) = table.view(-1, 2, 2).double().permute(1, 2, 0)",
            "predicted, actual = right + wrong, right + missed",
            "correct, count = (no + right).sum(), table.sum()",
            *_means("right + wrong + missed > 0"),
        ],
    )


def _of_numbers(task: Task) -> _Lines:
    return _Lines(
        ["sums = 0.0  # of squared error, error, target and its square, by number of a sample"],
        [
            "wanted = batch[-1].reshape(len(part), -1).double()",
            f'off = parts["{task.loss}"][1].reshape(len(part), -1).double() - wanted',
            "told = (off.square(), off.abs(), wanted, wanted.square())",
            "sums = sums + torch.stack([one.sum(0) for one in told])",
        ],
        ["squared, absolute, mean, squares = sums / len(rows)", "spread = squares - mean.square()"],
    )


def _means(occurs: str) -> list[str]:
    """A function for the mean over the classes or labels that there are."""
    return [
        f"occurs = {occurs}",
        "",
        "def mean(values):",
        "    return values[occurs].mean().item() if occurs.any() else 0.0",
        "",
    ]
