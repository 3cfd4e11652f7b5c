"""The question what simple methods make of the data."""

from __future__ import annotations

from typing import Any, ClassVar

from runtime.questions.asked import Asked


class Baselines(Asked, frozen=True):
    """How well do nearest neighbours and linear classifiers tell the classes of these data?

    Parts:   one for each method as it finishes: ``name``, ``accuracy``, ``seconds``, ``chosen`` ("k" or "C"),
             ``value``, ``tried`` (value -> mean accuracy over the folds).
    Result:  ``baselines``, all of them; ``part`` that they were tested on, ``train`` and ``tested`` (numbers of
             samples), ``notes`` (sentences).
    """

    handler: ClassVar[str] = "runtime.answers.baselines:answer"

    data: dict[str, Any]  # a data choice, as a network file holds it
    base: str  # the folder that relative paths start from
    most: int = 1000  # training samples: of more a sample is taken, so that it takes seconds
