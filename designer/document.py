"""Document: the network shown now, its undo stack, file name and selection, and one signal for every view."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from nodes.graph.check import Problem, problems
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, Link, Network

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Changes:
    """What differs between the network shown before and the one shown now.

    ``changed`` are nodes with other settings, trained otherwise or at another place, ``facts`` those of which
    something else is known now (shapes, weights, an error), ``problems`` those whose problems differ.
    ``opened`` says that another document took the place of the one before.
    """

    added: frozenset[str] = NOTHING
    removed: frozenset[str] = NOTHING
    changed: frozenset[str] = NOTHING
    links_added: frozenset[Link] = frozenset()
    links_removed: frozenset[Link] = frozenset()
    facts: frozenset[str] = NOTHING
    problems: frozenset[str] = NOTHING
    data: bool = False
    recipe: bool = False
    title: bool = False
    opened: bool = False


class Edit(QUndoCommand):
    """One undoable step. Edits in a row with the same `gesture`, named when the mouse goes down,
    become one: undoing the drag of a spin box from 3 to 31 takes one step, not 28."""

    def __init__(self, document: Document, after: Network, text: str, gesture: str = "") -> None:
        super().__init__(text)
        self._document, self._gesture = document, gesture
        self._before, self._after = document.network, after

    def id(self) -> int:
        return 1 if self._gesture else -1  # Qt merges only commands with equal ids, never -1

    def mergeWith(self, later: QUndoCommand) -> bool:
        if not isinstance(later, Edit) or later._gesture != self._gesture:
            return False
        self._after = later._after
        return True

    def redo(self) -> None:
        self._document.show(self._after)

    def undo(self) -> None:
        self._document.show(self._before)


class Document(QObject):
    """The one mutable thing: it swaps one immutable network for another and says what differs."""

    changed = Signal(object)  # Changes
    selected = Signal(tuple)  # names
    title_changed = Signal()

    def __init__(self, network: Network | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network = network or Network()
        self.inference: Inference = infer(self.network.graph)
        self.problems: tuple[Problem, ...] = problems(self.network.graph, self.inference)
        self.path: Path | None = None
        self.selection: tuple[str, ...] = ()
        self.undo_stack = QUndoStack(self)
        self._saved: Network | None = self.network
        self._said_modified = False

    @property
    def graph(self) -> Graph:
        return self.network.graph

    @property
    def is_modified(self) -> bool:
        return self.network is not self._saved

    @property
    def title(self) -> str:
        """The network's title, or the name of its file."""
        return self.network.title or (self.path.stem if self.path else "Untitled")

    def edit(self, graph: Graph, text: str, gesture: str = "") -> None:
        """Shows another graph, as one undoable step called ``text``."""
        if graph is not self.graph:
            self.edit_network(dataclasses.replace(self.network, graph=graph), text, gesture)

    def edit_network(self, network: Network, text: str, gesture: str = "") -> None:
        """Shows another network: graph, title, notes, data choice or recipe; one undoable step."""
        if network is not self.network:
            self.undo_stack.push(Edit(self, network, text, gesture))

    def open(self, network: Network, path: Path | None, *, modified: bool = False) -> None:
        """Puts another document in the place of this one; ``modified`` where its file does not hold it."""
        self.undo_stack.clear()
        self.path = path
        self._saved = None if modified else network
        self.select(())
        self.show(network, opened=True)
        self._say_title(always=True)

    def mark_saved(self, path: Path) -> None:
        """The network shown now is what the file at ``path`` holds."""
        self.path = path
        self._saved = self.network
        self.undo_stack.setClean()
        self._say_title(always=True)

    def select(self, names: Iterable[str]) -> None:
        """Selects nodes by name; those that are not there are passed over."""
        selection = tuple(name for name in dict.fromkeys(names) if name in self.graph.nodes)
        if selection != self.selection:
            self.selection = selection
            self.selected.emit(selection)

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.node == name)

    def show(self, network: Network, *, opened: bool = False) -> None:
        """Shows a network without an undo step; for :class:`Edit`, and for opening."""
        before, known, said = self.network, self.inference, self.problems
        self.network = network
        changes = difference(before, network)
        if _is_only_moved(before.graph, network.graph, changes):
            self.inference = Inference(network.graph, known.facts)
        elif network.graph is not before.graph:
            self.inference = infer(network.graph, known)
            self.problems = problems(network.graph, self.inference)
        changes = dataclasses.replace(
            changes,
            facts=_other_facts(known, self.inference),
            problems=frozenset(p.node for p in {*said} ^ {*self.problems}) if said is not self.problems else NOTHING,
            opened=opened,
        )
        before_selection, self.selection = self.selection, self._selection_after(changes)
        self.changed.emit(changes)
        if self.selection != before_selection:
            self.selected.emit(self.selection)
        self._say_title(always=changes.title)

    def _selection_after(self, changes: Changes) -> tuple[str, ...]:
        """What has just appeared is selected: added, pasted, renamed, or brought back by an undo."""
        if changes.added and not changes.opened:
            return tuple(name for name in self.graph.nodes if name in changes.added)
        return tuple(name for name in self.selection if name in self.graph.nodes)

    def _say_title(self, *, always: bool = False) -> None:
        if always or self._said_modified != self.is_modified:
            self._said_modified = self.is_modified
            self.title_changed.emit()


def difference(before: Network, after: Network) -> Changes:
    """What differs between two networks, as far as the networks themselves say."""
    old, new = before.graph.nodes, after.graph.nodes
    links_added = links_removed = frozenset[Link]()
    if before.graph.links is not after.graph.links:
        links_before, links_after = frozenset(before.graph.links), frozenset(after.graph.links)
        links_added, links_removed = links_after - links_before, links_before - links_after
    return Changes(
        added=frozenset(name for name in new if name not in old),
        removed=frozenset(name for name in old if name not in new),
        changed=frozenset(name for name, node in new.items() if name in old and old[name] is not node),
        links_added=links_added,
        links_removed=links_removed,
        data=before.data != after.data,
        recipe=before.recipe != after.recipe,
        title=(before.title, before.notes) != (after.title, after.notes),
    )


_gestures = count(1)


def new_gesture(name: str) -> str:
    """A gesture no other has: edits under it become one step, and none joins those of an earlier gesture."""
    return f"{name} {next(_gestures)}"


def _is_only_moved(before: Graph, after: Graph, changes: Changes) -> bool:
    if changes.added or changes.removed or changes.links_added or changes.links_removed:
        return False
    pairs = ((before.nodes[name], after.nodes[name]) for name in changes.changed)
    return all(old.settings is new.settings and old.training is new.training for old, new in pairs)


def _other_facts(before: Inference, after: Inference) -> frozenset[str]:
    if before.facts is after.facts:
        return NOTHING
    return frozenset(
        name
        for name, facts in after.facts.items()
        if name in before.facts and before.facts[name] is not facts and before.facts[name] != facts
    )
