"""Numbers in words and the digits they are written with: pairs of sentences to try translation on."""

from __future__ import annotations

import numpy as np

from runtime.data.choice import DataChoice
from runtime.data.dataset import Loaded
from runtime.data.pairs import paired

COUNT, LARGEST = 3_000, 9_999
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += [f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")]
TENS = [f"{stem}ty" for stem in ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine")]


def load_numbers(choice: DataChoice) -> Loaded:
    """``source``: four thousand three hundred and five; ``written`` and ``next``: 4 3 0 5. No number comes twice."""
    numbers = np.random.RandomState(choice.seed).permutation(LARGEST + 1)[:COUNT].tolist()
    return paired([in_words(number) for number in numbers], [list(str(number)) for number in numbers], choice)


def in_words(number: int) -> list[str]:
    """A number from 0 to 9,999."""
    words: list[str] = []
    thousands, rest = divmod(number, 1000)
    hundreds, last = divmod(rest, 100)
    if thousands:
        words += [ONES[thousands], "thousand"]
    if hundreds:
        words += [ONES[hundreds], "hundred"]
    if words and last:
        words.append("and")
    if last >= 20:
        words += [TENS[last // 10 - 2], *([ONES[last % 10]] if last % 10 else [])]
    elif last or not words:
        words.append(ONES[last])
    return words
