"""What an edit costs, in words: weights, or where they stay, multiply-adds or memory."""

from __future__ import annotations

from nodes.graph.infer import Inference, Totals

SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))  # less is not worth a word


def price(before: Inference, after: Inference, best: Inference) -> str:
    """What is more or less after an edit: ``+0 weights``, ``−1.6 M weights``, ``+12 M multiply-adds``.

    Where the drawing could not be worked out before, the rest of it has no price yet: then an edit is compared with
    the ``best`` one without the nodes that one brought.
    """
    if _is_known(before) or not _is_known(best):
        return _words(_less(after.totals, before.totals))
    brought = best.graph.nodes.keys() - before.graph.nodes.keys()
    own = [best.facts[name] for name in brought]
    weights = best.totals.weights - sum(facts.weight_count for facts in own)
    if after is best or after.totals.weights != best.totals.weights:
        return _counted(after.totals.weights - weights, "weights")
    return _words(_less(after.totals, best.totals))


def _is_known(inference: Inference) -> bool:
    return not any(facts.error or facts.waits for facts in inference.facts.values())


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
