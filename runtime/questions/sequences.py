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
    which: str = "best"  # of its weights


class CaptionPicture(Asked, frozen=True):
    """How does a trained network describe this picture?

    Result:  ``text``, ``words`` and ``probabilities`` (of each word).
    """

    handler: ClassVar[str] = "runtime.answers.sequences:caption_picture"

    run: str
    input: str  # a picture file
    temperature: float = 0.0  # 0: the likeliest word each time
    seed: int = 0
    which: str = "best"  # of its weights


class TranslateText(Asked, frozen=True):
    """What does a network that was trained on pairs of sentences make of this one?

    Result:  as of CaptionPicture.
    """

    handler: ClassVar[str] = "runtime.answers.sequences:translate_text"

    run: str
    text: str
    temperature: float = 0.0
    seed: int = 0
    which: str = "best"  # of its weights


class MakeSamples(Asked, frozen=True):
    """What does a generative network make from chance alone? A generator's samples, or a variational autoencoder's.

    Result:  ``shape`` of one sample, and ``path`` of a sheet where samples are pictures, else ``values`` (raw).
    """

    handler: ClassVar[str] = "runtime.answers.sequences:make_samples"

    run: str
    out: str = ""  # a PNG file to write
    count: int = 64
    seed: int = 0
