"""Small pictures of coloured shapes, each with the sentence that describes it: for networks that write captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice
from runtime.data.dataset import Field, Loaded
from runtime.data.written import SPECIAL, forced, forced_fields

COUNT = 2_400
SIDE, ROOM = 24, 8  # of a picture; of the three places for shapes in it, in pixels
COLOURS = {"red": (230, 60, 50), "green": (60, 190, 80), "blue": (60, 100, 230), "yellow": (235, 210, 60)}
BLANK = np.arange(ROOM - 1) - 3  # −3 … 3: places of a shape around its middle
OUTLINES: dict[str, NDArray[np.bool_]] = {
    "square": np.ones((7, 7), dtype=bool),
    "circle": BLANK[:, None] ** 2 + BLANK**2 <= 11,
    "triangle": 2 * np.abs(BLANK) <= (BLANK + 3)[:, None],
}
VOCABULARY = (*SPECIAL, "a", "and", ",", *COLOURS, *OUTLINES)

Drawn = tuple[str, str]  # a colour and an outline


def load_captions(choice: DataChoice) -> Loaded:
    """``image`` 3 × 24 × 24 with one to three shapes; ``written`` and ``next``: their names from left to right."""
    random = np.random.RandomState(choice.seed)
    images, sentences = np.empty((COUNT, 3, SIDE, SIDE), dtype=np.uint8), []
    for image in images:
        shapes = [
            (str(random.choice(list(COLOURS))), str(random.choice(list(OUTLINES))))
            for _ in range(random.randint(1, 4))
        ]
        image[:] = _picture(shapes, random)
        sentences.append(sentence(shapes))
    numbers = {word: number for number, word in enumerate(VOCABULARY)}
    columns = forced([[numbers[word] for word in words] for words in sentences], max(map(len, sentences)) + 1)
    return Loaded(
        (
            Field("image", Shape(3, SIDE, SIDE), high=255),
            *forced_fields(columns["written"].shape[1], VOCABULARY),
        ),
        {"image": images, **columns},
    )


def sentence(shapes: Sequence[Drawn]) -> list[str]:
    """``a red square , a blue circle and a green triangle``, word by word."""
    words: list[str] = []
    for number, (colour, outline) in enumerate(shapes):
        if number:
            words.append("and" if number == len(shapes) - 1 else ",")
        words += ["a", colour, outline]
    return words


def _picture(shapes: Sequence[Drawn], random: np.random.RandomState) -> NDArray[np.uint8]:
    """Shapes on dark noisy ground, at some of three places from left to right and at any height."""
    picture = random.randint(0, 60, size=(3, SIDE, SIDE)).astype(np.uint8)
    places = np.sort(random.permutation(SIDE // ROOM)[: len(shapes)])
    for place, (colour, outline) in zip(places, shapes, strict=True):
        left, top = place * ROOM + random.randint(0, 2), random.randint(0, SIDE - len(BLANK) + 1)
        patch = picture[:, top : top + len(BLANK), left : left + len(BLANK)]
        patch[:, OUTLINES[outline]] = np.array(COLOURS[colour], dtype=np.uint8)[:, None]
    return picture
