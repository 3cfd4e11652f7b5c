"""What can be said of the data before a training: shapes, range, labels."""

from __future__ import annotations

import torch

from nodes.boundary import Input
from nodes.graph.figures import figure
from nodes.spec.sizes import grouped
from runtime.questions.stepwise import Chart, CheckResult, Verdict
from runtime.stepwise.subject import Subject

SAMPLES = 512
BINS = 30
WIDE, NARROW, OFF = 10.0, 0.02, 3.0  # spread, and mean in spreads
UNEVEN = 10  # times as many samples


def shapes(subject: Subject) -> CheckResult:
    """Do the inputs and losses of the network take what the data gives? What does not is an error of the job."""
    job, inference = subject.job, subject.inference
    taken = [
        f"{name} takes {field}, {job.data.field(field).shape.described()}"
        for name, field in zip(_inputs(subject), job.binding.inputs, strict=True)
    ]
    target = job.data.target
    wanted = f"; the target {target.name} is {target.shape.described()}" if target and job.binding.target else ""
    counts = f"{grouped(len(job.data.train))} samples to train on, {grouped(len(job.data.validation))} to validate"
    verdict: Verdict = "green" if len(job.data.validation) else "amber"
    remedy = "" if verdict == "green" else "Set validation of the data to 0.1, or overfitting stays unseen."
    weights = inference.totals.weights
    sentence = f"{', '.join(taken)}{wanted}. {grouped(weights)} weights, {counts}."
    return CheckResult("shapes", "Shapes", verdict, sentence, remedy)


def _inputs(subject: Subject) -> list[str]:
    return [name for name, node in subject.network.graph.nodes.items() if isinstance(node.settings, Input)]


def data_range(subject: Subject) -> CheckResult:
    """Do the numbers that reach the network lie around 0, neither all alike nor far apart?"""
    batch = subject.batch(SAMPLES)
    charts: list[Chart] = []
    told: list[tuple[Verdict, str, str]] = []
    for name, field, values in zip(_inputs(subject), subject.job.binding.inputs, batch, strict=False):
        if not values.is_floating_point() or _is_only_judged(subject, name):
            continue
        numbers = values.detach().float().flatten().cpu()
        if not bool(torch.isfinite(numbers).all()):
            told.append(("red", name, f"{field} holds numbers that are not finite."))
            continue
        mean, std = numbers.mean().item(), numbers.std(correction=0).item()
        low, high = (value.item() for value in torch.aminmax(numbers))
        is_usual = NARROW <= std <= WIDE and abs(mean) <= OFF * max(std, 1.0)
        sentence = (
            f"{field} lies between {figure(low)} and {figure(high)}, mean {figure(mean, 2)}, spread {figure(std, 2)}."
        )
        told.append(("green" if is_usual else "amber", name, sentence))
        counts = torch.histc(numbers, BINS, low, high).tolist()
        width = (high - low) / BINS
        charts.append(Chart(field, "histogram", {"numbers": counts}, x=[low + n * width for n in range(BINS)]))
    if not told:
        return CheckResult("data_range", "Range of the data", "green", "The inputs are indices: they have no range.")
    verdict, node, _ = max(told, key=lambda one: ("green", "amber", "red").index(one[0]))
    remedies = {
        "green": "",
        "amber": "Set normalise of the data to standardise.",
        "red": "Leave those samples out of the data.",
    }
    sentence = " ".join(one[2] for one in told)
    return CheckResult(
        "data_range",
        "Range of the data",
        verdict,
        sentence,
        remedies[verdict],
        "" if verdict == "green" else node,
        charts,
    )


def _is_only_judged(subject: Subject, name: str) -> bool:
    """Whether an input goes to losses alone: it is no number that layers calculate with."""
    graph = subject.network.graph
    return all(graph.nodes[link.target].settings.is_loss for link in graph.outgoing(name))


def labels(subject: Subject) -> CheckResult:
    """Are there samples of every class, and about as many?"""
    data = subject.job.data
    counts = {part: data.class_counts(part) for part in ("train", "validation")}
    names = list(data.target.classes or ()) if data.target else []
    train = counts["train"]
    if not train:
        return CheckResult("labels", "Labels", "green", "Whole samples have no classes here.")
    chart = Chart(
        "Samples by class", "bars", {p: [float(n) for n in c] for p, c in counts.items() if c}, labels=names
    )
    missing = [name for name, count in zip(names, train, strict=True) if count == 0]
    if missing:
        listed = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        return CheckResult(
            "labels",
            "Labels",
            "red",
            f"{len(missing)} of {len(names)} classes have no sample to train on: {listed}.",
            "Set split of the data to stratified, or leave these classes out.",
            charts=[chart],
        )
    most, least = max(train), min(train)
    told = (
        f"{grouped(sum(train))} samples to train on in {len(train)} classes: {grouped(most)} of "
        f"{names[train.index(most)]}, the largest, and {grouped(least)} of {names[train.index(least)]}, the smallest."
    )
    if most >= UNEVEN * least:
        largest = names[train.index(most)]
        return CheckResult(
            "labels",
            "Labels",
            "amber",
            f"{told} A network that always says {largest} is right {most / sum(train):.0%} of the time.",
            "Give the loss a class_weight, and look at precision and recall instead of accuracy.",
            charts=[chart],
        )
    return CheckResult("labels", "Labels", "green", told, charts=[chart])
