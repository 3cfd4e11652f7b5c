"""Cards of the inspector: a node's arithmetic, its weights and its remarks."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from designer import theme
from designer.document import Document
from designer.figures import memory, rounded, seen
from designer.foresight import State
from designer.problem_words import WORDS, fact_of
from designer.remedy_list import RemedyList
from designer.widgets import ShareBar, empty, label
from nodes.graph.check import Problem
from nodes.graph.infer import Facts, Sight, arguments
from nodes.graph.lecture import every_weight_sum
from nodes.graph.receptive import TITLE as FIELD
from nodes.graph.receptive import field_sums
from nodes.spec.node_type import Arithmetic

NO_BREAK = "\u00a0"
OUTPUT_SIZE = "Output size"


class Card(QFrame):
    """A raised panel with a heading and lines, the last of them bold where it is a result."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
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
            font = theme.mono_font()
            font.setBold(bold)
            line.setFont(font)
        self.body.addWidget(line)
        return line


class Cards(QWidget):
    """What is known of one node."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(12)
        self._shown: object = None

    def show_node(self, document: Document, name: str, tried: State | None = None, *, with_size: bool = True) -> None:
        """Shows what is known, or would be of what is tried; ``with_size`` with the sum of the output's size."""
        state = tried or State.of(document)
        inference = state.inference
        settings, facts = inference.graph.nodes[name].settings, inference.facts[name]
        problems = tuple(problem for problem in state.problems if problem.node == name)
        known = (name, settings, facts, problems, state.root.totals.weights, with_size)
        if known == self._shown:
            return  # it was only moved
        self._shown = known
        empty(self._stack)
        is_so = inference is document.inference
        for card in (*self._of_problems(document, problems, is_so), *self._of_facts(state, name, with_size)):
            self._stack.addWidget(card)

    def _of_problems(self, document: Document, problems: tuple[Problem, ...], is_so: bool) -> list[Card]:
        """``is_so`` unless they are problems that there would be."""
        cards = []
        for problem in problems:
            card = Card(WORDS[problem.severity])
            role = {"error": "fault", "warning": "warning", "remark": ""}[problem.severity]
            card.add_line(fact_of(problem), mono=False, role=role)
            if problem.reason:
                card.add_line(problem.reason, mono=False, role="secondary")
            sentence = card.add_line(problem.remedy, mono=False) if problem.remedy else None
            if is_so:
                mended = RemedyList(document)
                mended.show_problem(problem)
                if sentence is not None:
                    mended.found.connect(partial(_give_way, sentence))
                card.body.addWidget(mended)
            cards.append(card)
        return cards

    def _of_facts(self, state: State, name: str, with_size: bool) -> list[Card]:
        settings, facts = state.inference.graph.nodes[name].settings, state.inference.facts[name]
        if facts.error:
            return []
        if facts.waits:
            card = Card(OUTPUT_SIZE)
            card.add_line("Known once its inputs are connected and their shapes are known.", mono=False)
            return [card]
        cards = []
        sums = settings.arithmetic(*arguments(settings, facts.inputs))
        if not any(entry.title == OUTPUT_SIZE for entry in sums):
            shapes = tuple(
                f"{port}: {shape}" if len(facts.outputs) > 1 else str(shape) for port, shape in facts.outputs.items()
            )
            sums = (Arithmetic(OUTPUT_SIZE, shapes), *sums) if shapes else sums
        if not with_size:
            sums = tuple(entry for entry in sums if entry.title != OUTPUT_SIZE)
        seen_by = field_sums(state.inference, name)
        for entry in (*sums, *([seen_by] if seen_by else ())):
            card = Card(entry.title)
            for number, text in enumerate(entry.lines):
                is_result = entry.title not in ("Weights", FIELD) and number == len(entry.lines) - 1
                card.add_line(text, bold=is_result)
            cards.append(card)
        self._add_costs(cards, state, facts, state.inference.sight(name))
        return cards

    def _add_costs(self, cards: list[Card], state: State, facts: Facts, sight: Sight) -> None:
        weighed = next((card for card in cards if facts.weights and card.title == "Weights"), None)
        if weighed is None:
            if facts.weights:
                weighed = Card("Weights")
                weighed.add_line(every_weight_sum(facts.weights.values()))
                cards.append(weighed)
            elif cards:
                weighed = cards[-1]
            else:
                return
        weighed.add_line(costs(facts, sight), role="secondary", mono=False)
        total = state.root.totals.weights
        if facts.weights and total:
            bar = ShareBar()
            bar.show_share(facts.weight_count / total)
            weighed.body.addWidget(bar)


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
