"""Questions about what training samples look like."""

from __future__ import annotations

from typing import Any, ClassVar

from runtime.questions.asked import Asked


class AugmentationSheet(Asked, frozen=True):
    """Draw training samples as they are and as the first epochs will see them, masks and boxes upon them.

    Result:  ``path``, ``width`` and ``height`` of the PNG file; ``samples`` (rows), ``draws`` (columns beside the
             original), ``is_varied`` (is anything of the augmentation on?).
    """

    handler: ClassVar[str] = "runtime.answers.augmentation:draw_sheet"

    data: dict[str, Any]  # as in the network file
    recipe: dict[str, Any]
    out: str  # a PNG file
    base: str = ""  # the folder that a relative source starts from
    samples: int = 6
    draws: int = 7
    ink: tuple[str, ...] = ()  # colours of ground, text and headings; none for those of paper
