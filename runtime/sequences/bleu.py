"""BLEU: how far sentences that were written agree with right ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

LONGEST = 4  # words in a row that are compared


def bleu(written: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """0 to 1 over all sentences, each beside one right one.

    The geometric mean of the shares of right 1-, 2-, 3- and 4-grams, each counted as often as the right sentence has
    it, times exp(1 − r / c) where what was written (c words) is shorter than what is right (r). Lengths that no
    written sentence has are left out.
    Source: Papineni, Roukos, Ward & Zhu 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation".
    """
    logarithms = []
    for size in range(1, LONGEST + 1):
        matching = total = 0
        for ours, theirs in zip(written, right, strict=True):
            counts = _runs(ours, size)
            matching += (counts & _runs(theirs, size)).total()
            total += counts.total()
        if total:
            if not matching:
                return 0.0
            logarithms.append(math.log(matching / total))
    if not logarithms:
        return 0.0
    length, wanted = sum(map(len, written)), sum(map(len, right))
    return math.exp(min(0.0, 1 - wanted / length) + sum(logarithms) / len(logarithms))


def _runs(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))
