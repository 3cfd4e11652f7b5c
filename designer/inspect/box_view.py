"""BoxesView: where a network that locates sees things, over the pictures."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QVBoxLayout

from designer.inspect.asker import Asker
from designer.inspect.layer_views import number_box
from designer.inspect.result_views import part_chooser
from designer.inspect.sheet_view import SheetView
from designer.inspect.view import View
from designer.widgets import label, scrolled
from runtime.questions import insight

PER_PAGE = 18
FOUND = 0.5  # intersection over union from which a box counts as found


class BoxesView(View):
    """The right box in green, the given one in amber."""

    title = "Boxes"
    tip = "Where it sees things, beside where they are"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.first, self.part = number_box("First sample", 0), QComboBox()
        self.part.setAccessibleName("Part of the data")
        self.first.setSingleStep(PER_PAGE)
        self.first.valueChanged.connect(self.ask)
        self.part.currentIndexChanged.connect(self._choose_part)
        self.told = label("", "secondary")
        for one in (self.part, label("from sample", "secondary"), self.first, self.told):
            self.controls.addWidget(one)
        self.controls.addStretch()
        self.sheet = SheetView("Pictures with the right and the given box")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self.sheet))

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["tells_boxes"] and about["takes_pictures"])

    def prepare(self) -> None:
        self.part.blockSignals(True)
        self.part.clear()
        self.part.addItems(part_chooser(self.about))
        self.part.blockSignals(False)
        self._limit()

    def ask(self) -> None:
        settings = {"first": self.first.value(), "part": self.part.currentText(), "count": PER_PAGE}
        self.question(insight.Boxes, self._show, **settings)

    def _choose_part(self) -> None:
        self._limit()
        self.ask()

    def _limit(self) -> None:
        self.first.setMaximum(max(0, self.about["parts"].get(self.part.currentText(), 1) - 1))

    def _show(self, told: dict[str, Any]) -> None:
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
