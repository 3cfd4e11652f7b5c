"""Questions about a network, its data and a picture: does it compile, what does it give, what does it say of one."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from runtime.questions.asked import Asked


class CompileCheck(Asked, frozen=True):
    """Does the network build and run? It is compiled, and a batch of zeros goes through it.

    Result:  ``outputs`` (name -> shape without the batch axis), ``weights`` (their number), ``seconds``.
    """

    handler: ClassVar[str] = "runtime.answers.basic:check_compiles"

    network: str  # the JSON text of a network file


class DescribeData(Asked, frozen=True):
    """What does this data choice give?

    Result:  ``fields`` (list of ``name``, ``shape``, ``classes``, ``is_target``),
             ``samples`` (part -> count), ``class_counts`` (part -> count of each class), ``notes`` (sentences),
             ``mean`` and ``std`` per channel of the training part.
    Parts:   while a set is downloaded, ``file``, ``bytes`` and ``total`` (0 where that is not known).
    """

    handler: ClassVar[str] = "runtime.answers.basic:describe_data"

    data: dict[str, Any]  # a data choice, as a network file holds it
    base: str  # the folder that relative paths start from
    stop_file: str = ""  # once there is such a file, a download ends


class Shaped(msgspec.Struct, frozen=True):
    """A value without its batch axis."""

    size: list[int]
    axes: str
    values: Literal["real", "index"] = "real"


class FindShape(Asked, frozen=True):
    """What does a user's Python code give? It runs once for each trial, if it is trusted.

    Result:  ``answers``, one for each trial: ``size`` and ``values`` of the output, ``weights`` and ``buffers``
             (name -> size), ``multiply_adds`` of one sample.
    """

    handler: ClassVar[str] = "runtime.answers.basic:find_shape"

    code: str
    trials: list[list[Shaped]]  # shapes of all inputs


class Predict(Asked, frozen=True):
    """What does a trained network say of one picture?

    Result:  ``outputs`` (name -> list of numbers), and for a classification ``class_name``, ``probability``
             and ``classes`` (list of ``name``, ``probability``, most likely first).
    """

    handler: ClassVar[str] = "runtime.answers.basic:predict"

    run: str
    input: str  # a picture file
