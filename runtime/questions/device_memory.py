"""A question about the memory of the device that a recipe chooses."""

from __future__ import annotations

from typing import ClassVar

from runtime.questions.asked import Asked


class DeviceMemory(Asked, frozen=True):
    """How much memory has the device, and how much of it is free?

    Result:  ``kind`` ("cpu", "cuda", …), ``title``, ``total`` and ``free`` in bytes (0: not known).
    """

    handler: ClassVar[str] = "runtime.answers.device_memory:device_memory"

    device: str = "auto"  # as a recipe names it
