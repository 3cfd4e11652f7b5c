"""FormulaLine: below the settings that shape a node's output, the lectures' sum with the numbers of now."""

from __future__ import annotations

from designer.cards import Card
from designer.foresight import State
from nodes.graph.infer import arguments
from nodes.spec.sums import OUTPUT_SIZE
from nodes.spec.sums import sums_of as every_sum_of


class FormulaLine(Card):
    """The sums, and the shape they lead to; while a number is dragged, the shape of now and the one it would be."""

    def __init__(self) -> None:
        super().__init__(OUTPUT_SIZE)
        self._shown: tuple[str, ...] = ()
        self.setAccessibleName("Size of the output")

    def show_node(self, state: State, name: str, tried: State | None = None) -> bool:
        """Shows the sums of a node, of those it would have where a number is tried; whether there are any."""
        lines = sums_of(tried or state, name)
        now = sums_of(state, name)
        if tried and lines and now and lines[-1] != now[-1]:
            lines = (*lines[:-1], f"{now[-1]} → {lines[-1]}")
        self.setVisible(bool(lines))
        if lines != self._shown:
            self._shown = lines
            self._write(lines)
        return bool(lines)

    @property
    def text(self) -> str:
        return "\n".join(self._shown)

    def _write(self, lines: tuple[str, ...]) -> None:
        """Labels that are not needed now are kept: they come back with the next number."""
        for _ in lines[len(self.lines) :]:
            self.add_line("")
        for number, label in enumerate(self.lines):
            label.setVisible(number < len(lines))
            label.setText(lines[number] if number < len(lines) else "")
            label.setFont(self.font_of(bold=number == len(lines) - 1))
        self.setAccessibleDescription(", ".join(lines))


def sums_of(state: State, name: str) -> tuple[str, ...]:
    """The lines of the sum that gives the output's size; none where a node has no such sum, or no size yet."""
    facts = state.inference.facts.get(name)
    if facts is None or facts.error or facts.waits:
        return ()
    settings = state.inference.graph.nodes[name].settings
    sums = every_sum_of(settings, arguments(settings, facts.inputs))
    return next((entry.lines for entry in sums if entry.title == OUTPUT_SIZE), ())
