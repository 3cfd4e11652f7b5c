"""ProblemWalk: from one problem to the next by key, each shown on its node with what mends it."""

from __future__ import annotations

from designer.canvas.problem_card import ProblemCard
from designer.canvas.view import CanvasView
from nodes.graph.check import Problem
from nodes.graph.scope import place_of


class ProblemWalk:
    """F8 and Shift+F8 go on and back among errors and warnings; Ctrl+. chooses what mends the one shown."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document
        self.card = ProblemCard(canvas)
        self._last: Problem | None = None

    def show(self, problem: Problem) -> None:
        """Brings the problem's node into view, with its card; one that lies inside a block is shown there."""
        problem = self._last = self._entered(problem)
        if problem.node:
            self._canvas.show_node(problem.node)
        self._canvas.setFocus()
        self.card.show_problem(problem)

    def _entered(self, problem: Problem) -> Problem:
        """The problem itself, or the one inside the block that it comes from, with that inside shown."""
        way, name = place_of(self._document.inference, problem)
        if not way:
            return problem
        before = self._document.scope
        self._document.enter((*before, *way))
        alike = [p for p in self._document.problems_of(name) if p.severity == problem.severity]
        found = next((p for p in alike if p.kind == problem.kind and not p.within), alike[0] if alike else None)
        if found is None or (problem.within and found.kind != problem.kind):  # only the whole shows it
            self._document.enter(before)
            return problem
        return found

    def go(self, step: int) -> None:
        problems = [p for p in self._document.problems if p.severity != "remark"]
        if not problems:
            self._canvas.status.emit("No problems. Shapes fit from input to output.")
            return
        if self._last in problems:
            place = (problems.index(self._last) + step) % len(problems)
        else:
            place = 0 if step > 0 else -1
        self.show(problems[place])

    def mend(self) -> None:
        """Opens the card of the selected node, or the first problem's, and lets the keys choose a remedy."""
        selection = self._document.selection
        if self.card.problem is None and not (len(selection) == 1 and self.card.show_node(selection[0])):
            self.go(1)
        if self.card.problem is not None:
            self.card.focus_remedies()
