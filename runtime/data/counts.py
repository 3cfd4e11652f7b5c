"""How many samples a choice trains on, as far as that is known without reading anything."""

from __future__ import annotations

from runtime.data.choice import DIGITS, DataChoice

DIGITS_COUNT = 1797


def training_count(choice: DataChoice) -> int | None:
    """Samples of the training part; None where the data have to be looked into."""
    if choice.source != DIGITS:
        return None
    rest = DIGITS_COUNT - round(choice.test * DIGITS_COUNT)
    if choice.folds:  # the first folds are the larger ones
        whole, more = divmod(rest, choice.folds)
        return rest - whole - (choice.fold <= more)
    return max(0, rest - round(choice.validation * DIGITS_COUNT))
