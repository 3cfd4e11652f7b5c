"""BoxesView: where a network that locates sees things, over the pictures."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from designer.figures import percent
from designer.inspect.asker import Asker
from designer.inspect.part_view import PagedView
from designer.inspect.sheet_view import SheetView
from designer.widgets import scrolled
from runtime.questions import insight

ENLARGED = 2.5  # where words stand at the boxes
FOUND = 0.5  # intersection over union from which a box counts as found


class BoxesView(PagedView):
    """The right boxes in green, the given ones in amber with their class and score."""

    title = "Boxes"
    tip = "Where it sees things, beside where they are"

    kind = insight.Boxes
    per_page = 18

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.sheet = SheetView("Pictures with the right and the given box")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self.sheet))

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["tells_boxes"] and about["takes_pictures"])

    def show_page(self, told: dict[str, Any]) -> None:
        shares = told["iou"]
        self.sheet.show_sheet(told, ["no object" if s is None else f"overlap {percent(s)}" for s in shares])
        self.sheet.boxes, self.sheet.right_boxes = told["given"], told["right"]
        self.sheet.box_words = told["given_words"]
        self.sheet.tips = [_tip(told, number) for number in range(len(shares))]
        self.sheet.enlarge(ENLARGED if any(map(any, told["given_words"])) else 1.5)
        known = [one for one in shares if one is not None]
        found = sum(one >= FOUND for one in known)
        self.told.setText(f"green: right, amber: given. {found} of {len(known)} overlap by half or more")


def _tip(told: dict[str, Any], number: int) -> str:
    """What is told of a sample, box by box."""
    share, right, given = told["iou"][number], told["right_words"][number], told["given_words"][number]
    said = f"Sample {told['rows'][number]}: "
    if not any((*right, *given)):
        return said + ("no box" if share is None else f"the boxes share {percent(share)} of what they cover together")
    return f"{said}right class {', '.join(right) or 'none'}; given class {', '.join(given) or 'none'}"
