"""Breadcrumbs: the way to the block whose inside is shown, and which of several alike an edit there changes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.document import Changes, Document
from designer.widgets import button, label, line
from nodes.graph.check import Problem
from nodes.graph.scope import Way, block_of, body_at, place_of

HEIGHT = 36
ROOT = "Network"


class Breadcrumbs(QWidget):
    """A row above the canvas while the inside of a block is shown; a click on a crumb goes there."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._shown: Way | None = None
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._crumbs = QHBoxLayout()
        self._crumbs.setSpacing(6)
        self.alike = AlikeChoice(document)
        self.outside = button("", self._go_outside, "link")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addLayout(self._crumbs)
        row.addStretch(1)
        row.addWidget(self.outside)
        row.addWidget(self.alike)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(line())
        self.setFixedHeight(HEIGHT)
        document.changed.connect(self._follow)
        self._follow()

    def _follow(self, _changes: Changes | None = None) -> None:
        scope = self._document.scope
        self.setVisible(bool(scope))
        self.alike.follow()
        self._count_outside()
        if scope != self._shown:
            self._shown = scope
            self._show_way(scope)

    def _count_outside(self) -> None:
        """Says that the whole has errors elsewhere: the list of problems is that of what is shown."""
        outside = self._outside()
        self.outside.setVisible(bool(outside))
        self.outside.setText("1 error outside" if len(outside) == 1 else f"{len(outside)} errors outside")
        self.outside.setToolTip(str(outside[0][2]) if outside else "")

    def _outside(self) -> list[tuple[Way, str, Problem]]:
        """The errors of the whole that lie elsewhere, each with its place."""
        document = self._document
        if not document.scope:
            return []
        errors = [problem for problem in document.root_problems if problem.severity == "error"]
        placed = [(*place_of(document.root_inference, one), one) for one in errors]
        return [place for place in placed if place[0] != document.scope]

    def _go_outside(self) -> None:
        way, node, _ = self._outside()[0]
        self._document.enter(way)
        self._document.select((node,))

    def _show_way(self, scope: Way) -> None:
        while self._crumbs.count():
            old = self._crumbs.takeAt(0).widget()
            old.hide()
            old.deleteLater()  # it may be the one that was clicked
        for depth, words in enumerate((ROOT, *scope)):
            if depth:
                self._crumbs.addWidget(label("›", "secondary"))
            if depth == len(scope):
                self._crumbs.addWidget(label(words, "crumb"))
                self._crumbs.addWidget(label(self._described(scope), "secondary"))
            else:
                crumb = button(words, partial(self._document.enter, scope[:depth]), "link", f"Go to {words}")
                self._crumbs.addWidget(crumb)

    def _described(self, scope: Way) -> str:
        """What the block is, and how often it is used at this place."""
        if not scope:
            return ""
        block = block_of(body_at(self._document.root_graph, scope[:-1]), scope[-1])
        name = block.name if block.name != scope[-1] else ""
        return " ".join(filter(None, (name, f"× {block.repeat}" if block.repeat > 1 else "")))


class AlikeChoice(QWidget):
    """Which blocks an edit changes, where the one shown has others like it."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.words = label(role="secondary")
        self.this_one = _option("This one")
        self.all_alike = _option("All alike")
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.words)
        row.addSpacing(4)
        for option in (self.this_one, self.all_alike):
            group.addButton(option)
            row.addWidget(option)
        self.this_one.clicked.connect(lambda _checked: document.change_alike(False))
        self.all_alike.clicked.connect(lambda _checked: document.change_alike(True))

    def follow(self) -> None:
        others = len(self._document.alike())
        self.setVisible(others > 0)
        if others:
            self.words.setText("Change:")
            self.all_alike.setText(f"All {others + 1} alike")
            chosen = self.all_alike if self._document.changes_alike else self.this_one
            chosen.setChecked(True)


def _option(words: str) -> QToolButton:
    made = QToolButton()
    made.setText(words)
    made.setCheckable(True)
    made.setProperty("role", "option")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setToolTip("Which of the blocks with the same inside an edit here changes")
    return made
