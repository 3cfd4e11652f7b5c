"""What the doctor found, a card each: the sentence, the chart that convinced him, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from designer.widgets import button, empty, label, restyle, scrolled
from runtime.doctor.findings import Action, Finding

WIDTH, MOST_WIDTH, BAR = 340, 460, 20  # px
ROLES = {"severe": "fault", "warning": "warning", "remark": ""}
NOTHING = "The doctor finds nothing wrong so far. What he looks at: gradients, dead and saturated units, the rate, "
NOTHING += "the gap between training and validation, labels and batches."


class FindingCard(QFrame):
    """One finding."""

    action_wanted = Signal(object)
    node_wanted = Signal(str)

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        from designer.doctor.small_chart import evidence_chart

        self.finding = finding
        self.setProperty("role", "card")
        self.setAccessibleName(finding.title)
        title = label(finding.title)
        restyle(title, role=ROLES[finding.severity])
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        if finding.node:
            head.addWidget(
                button(finding.node, lambda: self.node_wanted.emit(finding.node), "link", "Show this node")
            )
        column.addLayout(head)
        column.addWidget(label(finding.sentence, "secondary", wrap=True))
        if any(series.values for series in finding.evidence.series):
            column.addWidget(evidence_chart(finding.evidence))
        self.buttons = [button(action.title, self._asking(action)) for action in finding.actions]
        for one in self.buttons:
            column.addWidget(one, 0, Qt.AlignmentFlag.AlignLeft)

    def _asking(self, action: Action) -> object:
        return lambda: self.action_wanted.emit(action)


class DoctorCards(QWidget):
    """All cards, below each other."""

    action_wanted = Signal(object)
    node_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[FindingCard] = []
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(self._content))
        self.show_findings(())

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Cards of findings that are still the same stay as they are."""
        if self.cards and [card.finding for card in self.cards] == list(findings):
            return
        empty(self._column)
        self.cards = [FindingCard(finding) for finding in findings]
        for card in self.cards:
            card.action_wanted.connect(self.action_wanted)
            card.node_wanted.connect(self.node_wanted)
            self._column.addWidget(card)
        if not self.cards:
            self._column.addWidget(label(NOTHING, "secondary", wrap=True))
        self._column.addStretch()
        wanted = self._content.minimumSizeHint().width() + BAR  # a remedy in many words is not cut off
        self.setFixedWidth(min(MOST_WIDTH, max(WIDTH, wanted)))
