"""What the inspector shows while several nodes are selected: their sum, shared settings, and common actions."""

from __future__ import annotations

from collections import Counter
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from designer.cards import Card
from designer.document import Document
from designer.figures import counted, grouped, rounded
from designer.node_training import TrainingSection
from designer.shared_settings import SharedSettings
from designer.widgets import button, empty, label

COLUMNS = 2  # of buttons: a narrow inspector holds no more


class SeveralForm(QWidget):
    """Count, kinds, sums and common actions."""

    asked = Signal(str)  # one of the canvas's actions: group, copy, duplicate, delete

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.title = label(role="title")
        self.kinds = label(role="secondary", wrap=True)
        self._card_place = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(self.kinds)
        layout.addLayout(self._card_place)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, words in enumerate(("Group", "Copy", "Duplicate", "Delete")):
            grid.addWidget(button(words, partial(self.asked.emit, words.lower())), *divmod(place, COLUMNS))
        layout.addLayout(grid)
        self.shared = SharedSettings(document)
        layout.addWidget(self.shared)
        self.training = TrainingSection(document)
        layout.addWidget(self.training)
        layout.addStretch()

    def show_nodes(self, names: tuple[str, ...]) -> None:
        graph, facts = self._document.graph, self._document.inference.facts
        self.title.setText(f"{counted(len(names), 'node')} selected")
        kinds = Counter(graph.nodes[name].settings.torch_name for name in names)
        self.kinds.setText(", ".join(f"{count} × {kind}" if count > 1 else kind for kind, count in kinds.items()))
        empty(self._card_place)
        card = Card("Together")
        adds = sum((facts[name].multiply_adds for name in names), start=0)
        card.add_line(f"{grouped(sum(facts[name].weight_count for name in names))} weights")
        card.add_line(f"{rounded(adds)} multiply-adds")
        self._card_place.addWidget(card)
        self.shared.show_nodes(names)
        self.training.show_nodes(names)
