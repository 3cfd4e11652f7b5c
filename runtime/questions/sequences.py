"""Questions to networks that write: go on with a text, translate a sentence, describe a picture."""

from __future__ import annotations

from typing import ClassVar

from runtime.questions.asked import Asked


class SampleText(Asked, frozen=True):
    """What does a trained network write? A character network goes on from ``start``.

    Parts:   ``text`` and ``probabilities`` so far, about ten times a second.
    Result:  ``text``, ``start``, ``probabilities`` (of each character, as the network thought of it at
             temperature 1).
    """

    handler: ClassVar[str] = "runtime.answers.sequences:sample_text"

    run: str
    start: str = ""
    length: int = 300
    temperature: float = 0.8
    seed: int = 0
