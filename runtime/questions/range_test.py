"""A question about the learning rate."""

from __future__ import annotations

from typing import ClassVar

from runtime.questions.asked import Asked


class FindRate(Asked, frozen=True):
    """At which rate does the loss fall fastest? A short training of its own is done for it.

    Result:  the fields of ``runtime.range_test.RangeTest``. Before it come parts with ``rates`` and ``losses``.
    """

    handler: ClassVar[str] = "runtime.answers.range_test:find_rate"

    network: str  # the JSON text of a network file
    base: str  # the folder that relative paths start from
    steps: int = 100
    stop_file: str = ""  # once there is such a file, what is under way is given up
