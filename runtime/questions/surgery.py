"""Questions about operations on trained networks."""

from __future__ import annotations

from typing import ClassVar

from runtime.questions.asked import Asked


class OperateOn(Asked, frozen=True):
    """Does an operation on a trained network, and measures at once what it costs.

    Parts:   ``file`` (the weights that were written), ``kept`` of ``weights`` that are learned ones, ``is_exact``,
             ``words`` (as an undo step is called).
    Result:  the same with what MeasureSurgery tells; ``reason`` in place of that where it cannot be measured.
    """

    handler: ClassVar[str] = "runtime.answers.surgery:operate_on"

    network: str  # the JSON text of a network file
    source: str  # the weights it has, as recipe.start_from takes them
    base: str  # the folder that relative paths start from
    operation: str  # as nodes.graph.surgery names it
    folder: str  # where the weights are written
    name: str  # of the file, before its number
    ways: tuple[tuple[str, ...], ...] = ((),)  # to the bodies that are operated on, all of them alike
    node: str = ""
    value: str = ""


class MeasureSurgery(Asked, frozen=True):
    """What does a network score with the weights of another that fit it, and what did that one score?

    Result:  ``part`` of the data and ``samples``; ``before`` and ``after``: ``loss``, and ``accuracy`` where classes
             are told; ``largest_difference`` of their outputs, None where those have other shapes; ``kept`` of
             ``weights``.
    """

    handler: ClassVar[str] = "runtime.answers.surgery:measure_surgery"

    network: str  # the JSON text of a network file
    source: str  # a run, or weights that an operation wrote
    base: str
    fresh: str = ""  # nodes that take nothing, with commas
