"""The receptive field's sums with their numbers, as the lectures write them."""

from __future__ import annotations

from nodes.graph.analysis import merged_sight
from nodes.graph.infer import Inference, Receptive
from nodes.spec.node_type import EVERYTHING, Arithmetic, Window

TITLE = "Receptive field"
AXES = {1: ("",), 2: ("high: ", "wide: "), 3: ("deep: ", "high: ", "wide: ")}


def field_sums(inference: Inference, name: str) -> Arithmetic | None:
    """What a node with a window adds to what its input sees: ``1 + (3 − 1)·1 = 3``; None without a window.

    Source:  Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", Distill.
    """
    facts, graph = inference.facts[name], inference.graph
    window = facts.window
    before = merged_sight(inference.sight(link.source) for link in graph.incoming(name).values())
    if not isinstance(window, Window) or not isinstance(before, Receptive):
        return Arithmetic(TITLE, ("every output sees the whole input",)) if window == EVERYTHING else None
    if len(window.kernel) != len(before.size):
        return None
    sums = [_sums(before, window, axis) for axis in range(len(before.size))]
    if len(set(sums)) == 1:
        return Arithmetic(TITLE, sums[0])
    names = AXES[len(sums)]
    return Arithmetic(
        TITLE, tuple(f"{axis}{line}" for axis, lines in zip(names, sums, strict=True) for line in lines)
    )


def _sums(before: Receptive, window: Window, axis: int) -> tuple[str, ...]:
    """Size, and where the step or the start changes, these too."""
    size, jump, start = before.size[axis], before.jump[axis], before.start[axis]
    kernel, stride, padding = window.kernel[axis], window.stride[axis], window.padding[axis]
    lines = [f"{size} + ({kernel} − 1)·{jump} = {size + (kernel - 1) * jump}"]
    if stride != 1:
        lines.append(f"step {jump}·{stride} = {jump * stride}")
    if padding:
        lines.append(f"start {_signed(start)} − {padding}·{jump} = {_signed(start - padding * jump)}")
    return tuple(lines)


def _signed(number: float) -> str:
    return f"{number:g}".replace("-", "−")
