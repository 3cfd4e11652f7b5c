"""BoxesView: where a network that locates sees things, over the pictures."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from designer.inspect.asker import Asker
from designer.inspect.part_view import PagedView
from designer.inspect.sheet_view import SheetView
from designer.widgets import scrolled
from runtime.questions import insight

FOUND = 0.5  # intersection over union from which a box counts as found


class BoxesView(PagedView):
    """The right box in green, the given one in amber."""

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
        self.sheet.show_sheet(told, [f"overlap {share:.0%}" for share in shares])
        self.sheet.boxes, self.sheet.right_boxes = told["given"], told["right"]
        self.sheet.tips = [
            f"Sample {row}: the boxes share {share:.1%} of what they cover together"
            for row, share in zip(told["rows"], shares, strict=True)
        ]
        self.sheet.enlarge(1.5)
        found = sum(share >= FOUND for share in shares)
        self.told.setText(f"green: right, amber: given. {found} of {len(shares)} overlap by half or more")
