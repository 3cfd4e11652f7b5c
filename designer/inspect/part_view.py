"""Views of a part of the data: all of it, or some samples of it at a time."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QComboBox

from designer.inspect.asker import Asker
from designer.inspect.choosers import named, number_box
from designer.inspect.view import View
from designer.widgets import label
from runtime.questions.insight import OfRun

PARTS = ("test", "validation", "train")


class PartView(View):
    """``part`` chooses among the parts that have samples."""

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.part = QComboBox()
        self.part.setAccessibleName("Part of the data")
        self.part.currentIndexChanged.connect(self.ask)
        self.told = label("", "secondary")

    def prepare(self) -> None:
        self.part.blockSignals(True)
        self.part.clear()
        self.part.addItems([part for part in PARTS if self.about["parts"].get(part)])
        self.part.blockSignals(False)


class PagedView(PartView):
    """Some samples of a part from ``first`` on."""

    kind: ClassVar[type[OfRun]]
    per_page: ClassVar[int]

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.first = number_box("First sample", 0)
        self.first.setSingleStep(self.per_page)
        self.first.valueChanged.connect(self.ask)
        self.controls.add(self.part, named("from sample", self.first), self.first, self.told)

    def ask(self) -> None:
        count = self.about["parts"].get(self.part.currentText(), 1)
        self.first.blockSignals(True)
        self.first.setMaximum(max(0, count - 1))
        self.first.blockSignals(False)
        settings = {"first": self.first.value(), "part": self.part.currentText(), "count": self.per_page}
        self.question(self.kind, self.show_page, **settings)

    def show_page(self, told: dict[str, Any]) -> None:
        """The samples asked for."""
        raise NotImplementedError
