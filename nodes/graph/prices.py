"""What an edit costs, in words: weights, or where they stay, multiply-adds or memory."""

from __future__ import annotations

from nodes.block import Block
from nodes.graph.infer import Inference, Totals
from nodes.spec.shapes import ShapeError

SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))  # less is not worth a word


def price(before: Inference, after: Inference, best: Inference) -> str:
    """What is more or less after an edit: ``+0 weights``, ``−1.6 M weights``, ``+12 M multiply-adds``.

    Where the drawing could not be worked out before, what was known of it is compared with what it was, what is new
    with nothing, and the rest, inside blocks too, with what the ``best`` edit makes of it.
    """
    if _is_known(before) or not _is_known(best):
        return _words(_less(after.totals, before.totals))
    more = _more_weights(before, after, best)
    return _counted(more, "weights") if more or after is best else _words(_less(after.totals, best.totals))


def _is_known(inference: Inference) -> bool:
    return all(_knows(inference, name) for name in inference.facts)


def _knows(inference: Inference, name: str) -> bool:
    facts = inference.facts.get(name)
    return facts is None or not (facts.error or facts.waits)


def _more_weights(before: Inference, after: Inference, best: Inference) -> int:
    """How many weights an edit adds, as far as they can be known."""
    more = 0
    for name in before.facts.keys() | after.facts.keys():
        if _knows(before, name) and _knows(after, name):
            more += _count(after, name) - _count(before, name) - _moved_in(before, after, name)
        elif _knows(after, name) and _knows(best, name):
            bodies = _bodies((before, after, best), name)
            repeat = getattr(after.graph.nodes[name].settings, "repeat", 1) if bodies else 1
            more += repeat * _more_weights(*bodies) if bodies else _count(after, name) - _count(best, name)
    return more


def _moved_in(before: Inference, after: Inference, name: str) -> int:
    """Weights in a new block of nodes that stood outside before, where they could not be worked out."""
    block = after.graph.nodes[name].settings if name in after.graph.nodes else None
    if name in before.graph.nodes or not isinstance(block, Block):
        return 0
    inside = block.inside(*after.facts[name].inputs.values())
    moved = [one for one in inside.facts if one in before.facts and one not in after.facts]
    return block.repeat * sum(_count(inside, one) for one in moved if not _knows(before, one))


def _count(inference: Inference, name: str) -> int:
    return inference.facts[name].weight_count if name in inference.facts else 0


def _bodies(
    inferences: tuple[Inference, Inference, Inference], name: str
) -> tuple[Inference, Inference, Inference] | None:
    """What is known inside a block before and after; None where it is none, or repeated another number of times."""
    blocks = [inference.graph.nodes[name].settings for inference in inferences if name in inference.graph.nodes]
    found = [block for block in blocks if isinstance(block, Block)]
    if len(found) < len(inferences) or len({block.repeat for block in found}) > 1:
        return None
    try:
        before, after, best = (
            block.inside(*inference.facts[name].inputs.values())
            for block, inference in zip(found, inferences, strict=True)
        )
    except (ShapeError, ValueError):  # a step of no sequence; a port that nothing reaches
        return None
    return before, after, best


def _less(after: Totals, before: Totals) -> Totals:
    return Totals(
        after.weights - before.weights,
        after.multiply_adds - before.multiply_adds,
        after.activation_bytes - before.activation_bytes,
    )


def _words(change: Totals) -> str:
    if change.weights:
        return _counted(change.weights, "weights")
    if isinstance(change.multiply_adds, int) and change.multiply_adds:
        return _counted(change.multiply_adds, "multiply-adds")
    size = change.activation_bytes
    if isinstance(size, int) and abs(size) >= BYTES[-1][0]:
        scale, unit = next((s, u) for s, u in BYTES if abs(size) >= s)
        return f"{_signed(size / scale)} {unit} of memory for each sample"
    return "+0 weights"


def _counted(count: int, what: str) -> str:
    scale, unit = next(((s, u) for s, u in SCALES if abs(count) >= s), (1.0, ""))
    return f"{_signed(count / scale)} {unit}{' ' if unit else ''}{what}"


def _signed(value: float) -> str:
    """``+0``, ``−1.6``, ``+12``."""
    digits = f"{abs(value):.0f}" if abs(value) >= 10 or value == int(value) else f"{abs(value):.1f}"
    return f"{'−' if value < 0 else '+'}{digits}"
