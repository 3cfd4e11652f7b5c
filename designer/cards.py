"""Cards of the inspector: a node's arithmetic, its weights and its remarks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from designer import theme
from designer.document import Document
from designer.figures import by_kind, memory, rounded, seen
from designer.foresight import State
from designer.problem_words import WORDS, fact_of
from designer.remedy_list import RemedyList
from designer.widgets import ShareBar, label
from nodes.graph.analysis import layer
from nodes.graph.check import Problem
from nodes.graph.infer import Facts, Sight, arguments
from nodes.graph.receptive import TITLE as FIELD
from nodes.graph.receptive import field_sums
from nodes.spec.node_type import Arithmetic
from nodes.spec.sums import OUTPUT_SIZE, sums_of

NO_BREAK = "\u00a0"


class Line(NamedTuple):
    """A line of a card, bold where it is a result."""

    text: str
    bold: bool = False
    role: str = ""
    mono: bool = True


@dataclass(frozen=True)
class Content:
    """What a card says: lines, the buttons that mend a problem, a bar for a share of all weights."""

    title: str
    lines: tuple[Line, ...]
    mended: Problem | None = None
    share: float | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """Cards of one form differ in their texts alone."""
        lines = tuple(line._replace(text="") for line in self.lines)
        return self.title, lines, self.mended is None, self.share is None


class Card(QFrame):
    """A raised panel with a heading and lines."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.lines: list[QLabel] = []
        self.setProperty("role", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 10, 12, 10)
        self.body.setSpacing(4)
        self.add_heading()

    def add_heading(self) -> None:
        self.body.addWidget(label(self.title, "heading"))

    def add_line(self, text: str, *, bold: bool = False, role: str = "", mono: bool = True) -> QLabel:
        line = label(text, role, wrap=True)
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if mono:
            line.setFont(self.font_of(bold=bold))
        self.body.addWidget(line)
        self.lines.append(line)
        return line

    def font_of(self, *, bold: bool) -> QFont:
        """Of a line with numbers."""
        font = theme.mono_font()
        font.setBold(bold)
        return font

    def show_texts(self, texts: Iterable[str]) -> None:
        """Other texts in the same lines: making labels anew would take longer than all that they say."""
        for line, text in zip(self.lines, texts, strict=True):
            if line.text() != text:
                line.setText(text)


class NodeCard(Card):
    """A card that can say something else of the same form."""

    def __init__(self, document: Document, content: Content) -> None:
        super().__init__(content.title)
        self.form = content.form
        for text, bold, role, mono in content.lines:
            self.add_line(text, bold=bold, role=role, mono=mono)
        self._remedies = self._bar = None
        if content.mended is not None:
            self._remedies = RemedyList(document)
            if content.mended.remedy:
                self._remedies.found.connect(partial(_give_way, self.lines[-1]))
            self.body.addWidget(self._remedies)
        if content.share is not None:
            self._bar = ShareBar()
            self.body.addWidget(self._bar)
        self.show_content(content)

    def show_content(self, content: Content) -> None:
        self.show_texts(line.text for line in content.lines)
        if self._remedies is not None:
            self.lines[-1].show()
            self._remedies.show_problem(content.mended)
        if self._bar is not None and content.share is not None:
            self._bar.show_share(content.share)


class Cards(QWidget):
    """What is known of one node."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(12)
        self._cards: list[NodeCard] = []
        self._shown: object = None

    def show_node(self, document: Document, name: str, tried: State | None = None, *, with_size: bool = True) -> None:
        """Shows what is known, or would be of what is tried; ``with_size`` with the sum of the output's size."""
        state = tried or State.of(document)
        inference = state.inference
        settings, facts = inference.graph.nodes[name].settings, inference.facts[name]
        problems = tuple(problem for problem in state.problems if problem.node == name)
        known = (name, settings, facts, inference.sight(name), problems, state.root.totals.weights, with_size)
        if known == self._shown:
            return  # it was only moved
        self._shown = known
        is_so = inference is document.inference
        told = [_of_problem(problem, is_so=is_so) for problem in problems] + _of_facts(state, name, with_size)
        for place, content in enumerate(told):
            self._show(document, place, content)
        for card in self._cards[len(told) :]:
            self._drop(card)
        del self._cards[len(told) :]

    def _show(self, document: Document, place: int, content: Content) -> None:
        old = self._cards[place] if place < len(self._cards) else None
        if old is not None and old.form == content.form:
            old.show_content(content)
            return
        made = NodeCard(document, content)
        self._cards[place : place + 1] = [made]
        self._stack.insertWidget(place, made)
        if old is not None:
            self._drop(old)

    def _drop(self, card: NodeCard) -> None:
        self._stack.removeWidget(card)
        card.hide()
        card.deleteLater()


def _of_problem(problem: Problem, *, is_so: bool) -> Content:
    """``is_so`` unless it is a problem that there would be."""
    role = {"error": "fault", "warning": "warning", "remark": ""}[problem.severity]
    lines = [Line(fact_of(problem), role=role, mono=False)]
    if problem.reason:
        lines.append(Line(problem.reason, role="secondary", mono=False))
    if problem.remedy:
        lines.append(Line(problem.remedy, mono=False))
    return Content(WORDS[problem.severity], tuple(lines), problem if is_so else None)


def _of_facts(state: State, name: str, with_size: bool) -> list[Content]:
    settings, facts = state.inference.graph.nodes[name].settings, state.inference.facts[name]
    if facts.error:
        return []
    if facts.waits:
        words = "Known once its inputs are connected and their shapes are known."
        return [Content(OUTPUT_SIZE, (Line(words, mono=False),))]
    sums = sums_of(settings, arguments(settings, facts.inputs))
    if not any(entry.title == OUTPUT_SIZE for entry in sums):
        shapes = tuple(
            f"{port}: {shape}" if len(facts.outputs) > 1 else str(shape) for port, shape in facts.outputs.items()
        )
        sums = (Arithmetic(OUTPUT_SIZE, shapes), *sums) if shapes else sums
    if not with_size:
        sums = tuple(entry for entry in sums if entry.title != OUTPUT_SIZE)
    seen_by = field_sums(state.inference, name)
    told = []
    for entry in (*sums, *([seen_by] if seen_by else ())):
        result = -1 if entry.title in ("Weights", FIELD) else len(entry.lines) - 1
        told.append(Content(entry.title, tuple(Line(text, bold=n == result) for n, text in enumerate(entry.lines))))
    return _with_costs(told, state, name)


def _with_costs(told: list[Content], state: State, name: str) -> list[Content]:
    """What it costs stands below its weights, or below the last sum, with its operations by kind."""
    if not told:
        return told
    facts, sight = state.inference.facts[name], state.inference.sight(name)
    kinds = by_kind(layer(state.inference, name).flops_by_kind)
    lines = [Line(costs(facts, sight), role="secondary", mono=False)]
    if kinds:
        lines.append(Line(f"FLOPs: {kinds}", role="secondary", mono=False))
    titles = [content.title for content in told]
    place = titles.index("Weights") if facts.weights else len(told) - 1
    total = state.root.totals.weights
    told[place] = dataclasses.replace(
        told[place],
        lines=(*told[place].lines, *lines),
        share=facts.weight_count / total if facts.weights and total else None,
    )
    return told


def _give_way(sentence: QLabel, count: int) -> None:
    """Where buttons say what mends a problem, the sentence need not."""
    sentence.setVisible(not count)


def costs(facts: Facts, sight: Sight) -> str:
    """``240 k multiply-adds · 6.3 KiB out · sees 14 × 14 px``."""
    parts = [f"{rounded(facts.multiply_adds)} multiply-adds"] if facts.multiply_adds else []
    parts.append(f"{memory(facts.activation_bytes)} out")
    if seen(sight):
        parts.append(f"sees {seen(sight)}")
    return " · ".join(part.replace(" ", NO_BREAK) for part in parts)
