"""Document: the network shown now, its undo stack, file name and selection, and one signal for every view."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoGroup, QUndoStack

from designer.foresight import Foresight
from nodes.graph.check import DataFacts, Problem, problems
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, Link, Network
from nodes.graph.remedies import Remedy, remedies
from nodes.graph.scope import Way, batch_at, body_at, given_at, walkable, ways_like, with_bodies_at
from nodes.spec.settings import SettingError

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Changes:
    """What differs between the network shown before and the one shown now.

    ``changed`` are nodes with other settings, trained otherwise or at another place, ``facts`` those of which
    something else is known now (shapes, weights, an error), ``problems`` those whose problems differ.
    ``marks`` says that frames, notes or bends of links differ.
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
    marks: bool = False
    opened: bool = False
    scope: bool = False
    alike: bool = False


class Edit(QUndoCommand):
    """One undoable step. Edits in a row with the same `gesture`, named when the mouse goes down,
    become one: undoing the drag of a spin box from 3 to 31 takes one step, not 28."""

    def __init__(
        self, document: Document, after: Network, text: str, gesture: str = "", *, turns_alike: bool = False
    ) -> None:
        """``turns_alike`` where from this step on all blocks alike are changed, and before it one."""
        super().__init__(text)
        self._turns_alike = turns_alike
        # A strong reference would be a circle through Qt: collected as one, it takes the process along.
        self._document, self._gesture = weakref.ref(document), gesture
        self._before, self._after = document.network, after
        self._scope = document.scope

    def id(self) -> int:
        return 1 if self._gesture else -1  # Qt merges only commands with equal ids, never -1

    def mergeWith(self, later: QUndoCommand) -> bool:
        if not isinstance(later, Edit) or (later._gesture, later._scope) != (self._gesture, self._scope):
            return False
        self._after = later._after
        return True

    def redo(self) -> None:
        self._show(self._after, is_done=True)

    def undo(self) -> None:
        self._show(self._before, is_done=False)

    def _show(self, network: Network, *, is_done: bool) -> None:
        """Goes to where the graph was edited, and shows it as it was."""
        document = self._document()
        if document is None:
            return
        if self._before.graph is not self._after.graph:
            document.enter(self._scope)
        if self._turns_alike:
            document.changes_alike = is_done
        document.show(network)


@dataclass(frozen=True)
class Sheet:
    """All that a document keeps of one network while it shows another: one tab of the window."""

    number: int
    network: Network
    inference: Inference
    problems: tuple[Problem, ...]
    data_facts: DataFacts | None
    scope: Way
    path: Path | None
    selection: tuple[str, ...]
    undo_stack: QUndoStack
    saved: Network | None

    @property
    def batch_size(self) -> int:
        """Samples in a step, as the recipe says; 0 where it does not."""
        return _batch_size(self.network)

    @property
    def is_modified(self) -> bool:
        return self.network is not self.saved


class Document(QObject):
    """The one mutable thing: it swaps one immutable network for another and says what differs.

    ``scope`` is the way to the block whose inside is shown. ``graph``, ``inference`` and ``problems`` are of
    what is shown; those that begin with ``root`` are of the whole network. ``number`` tells the networks of
    several tabs apart: each has its undo stack, its file and its scope.
    """

    changed = Signal(object)  # Changes
    selected = Signal(tuple)  # names
    title_changed = Signal()
    refused = Signal(str)  # why an edit could not be
    foreseen = Signal(object)  # Foresight of an edit that is only tried; None once it is no longer

    def __init__(self, network: Network | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network = network or Network()
        self.root_inference: Inference = infer(self.network.graph)
        self.data_facts: DataFacts | None = None  # what a glance at the data says, as far as it is known
        self.root_problems: tuple[Problem, ...] = self._found()
        self.scope: Way = ()
        self.inference, self.problems = self.root_inference, self.root_problems
        self.path: Path | None = None
        self.selection: tuple[str, ...] = ()
        self.undo_group = QUndoGroup(self)
        self.number, self.undo_stack = 0, QUndoStack(self)
        self._numbers = count(1)
        self._follow_stack()
        self.changes_alike = False  # whether edits inside a block reach all blocks like it
        self._entered = self.network.graph  # the body as it was when the scope was entered
        self._saved: Network | None = self.network
        self._said_modified = False
        self._is_foreseeing = False

    @property
    def graph(self) -> Graph:
        """What is shown: the whole network, or the inside of a block."""
        return self.inference.graph

    @property
    def root_graph(self) -> Graph:
        """The whole network, whatever is shown of it."""
        return self.network.graph

    @property
    def batch_size(self) -> int:
        """Samples in a step, as the recipe says; 0 where it does not."""
        return _batch_size(self.network)

    @property
    def shown_batch(self) -> int:
        """Samples that reach the graph shown at once: inside a block over time the steps of them all."""
        return batch_at(self.root_inference, self.scope, self.batch_size)

    @property
    def is_modified(self) -> bool:
        return self.network is not self._saved

    @property
    def title(self) -> str:
        """The network's title, or the name of its file."""
        return self.network.title or (self.path.stem if self.path else "Untitled")

    @property
    def is_named(self) -> bool:
        """Has it a title, or a file?"""
        return bool(self.network.title or self.path)

    # --- editing

    def edit(self, graph: Graph, text: str, gesture: str = "") -> None:
        """Shows another graph in the place of the one shown, as one undoable step called ``text``."""
        if graph is not self.graph:
            self._edit_body(graph, [self.scope, *(self.alike() if self.changes_alike else ())], text, gesture)

    def edit_network(self, network: Network, text: str, gesture: str = "", *, turns_alike: bool = False) -> None:
        """Shows another network: graph, title, notes, data choice or recipe; one undoable step."""
        if network is not self.network:
            self.undo_stack.push(Edit(self, network, text, gesture, turns_alike=turns_alike))

    def _edit_body(
        self, body: Graph, ways: Iterable[Way], text: str, gesture: str = "", *, turns_alike: bool = False
    ) -> None:
        try:
            root = with_bodies_at(self.root_graph, ways, body)
        except SettingError as error:  # too deep, or too many nodes
            self.refused.emit(str(error))
        else:
            network = dataclasses.replace(self.network, graph=root)
            self.edit_network(network, text, gesture, turns_alike=turns_alike)

    def foresee(self, foresight: Foresight | None) -> None:
        """Tells every view what an edit that is only tried would change; None takes that back."""
        if foresight is not None or self._is_foreseeing:
            self._is_foreseeing = foresight is not None
            self.foreseen.emit(foresight)

    # --- inside blocks

    def enter(self, scope: Way) -> None:
        """Shows the inside of the block that a way leads to, or the whole network for an empty one."""
        left = self.scope
        scope = walkable(self.root_graph, scope)
        if scope == left:
            return
        self.show(self.network, scope)
        if left[: len(scope)] == scope:
            self.select((left[len(scope)],))

    def alike(self) -> tuple[Way, ...]:
        """The ways to the other blocks that are like the one shown, or were when it was entered."""
        if not self.scope:
            return ()
        kinds = {self._entered.structure: None, self.graph.structure: None}
        ways = ways_like(self.root_graph, kinds)
        return tuple(way for way in ways if way[: len(self.scope)] != self.scope)

    def change_alike(self, all_alike: bool) -> None:
        """Lets edits reach all blocks like the one shown, those made so far too; or this one only."""
        self.changes_alike = all_alike
        others = self.alike() if all_alike else ()
        if any(body_at(self.root_graph, way) is not self.graph for way in others):
            self._edit_body(self.graph, others, f"Change all {len(others) + 1} alike", turns_alike=True)
        self.changed.emit(Changes(alike=True))

    # --- opening, saving, selecting

    def open(self, network: Network, path: Path | None, *, modified: bool = False) -> None:
        """Puts another document in the place of this one; ``modified`` where its file does not hold it."""
        self.undo_stack.clear()
        self.path = path
        self._saved = None if modified else network
        self.select(())
        self.show(network, (), opened=True)
        self._say_title(always=True)

    def sheet(self) -> Sheet:
        """What is shown now, to be taken up again."""
        return Sheet(
            self.number,
            self.network,
            self.root_inference,
            self.root_problems,
            self.data_facts,
            self.scope,
            self.path,
            self.selection,
            self.undo_stack,
            self._saved,
        )

    def take_up(self, sheet: Sheet | None) -> None:
        """Shows what was put aside, or an empty network; what is shown now is to be kept before."""
        if sheet is None:
            self.number, self.undo_stack = next(self._numbers), QUndoStack(self)
        else:
            self.number, self.undo_stack = sheet.number, sheet.undo_stack
        self._follow_stack()
        self.path = sheet.path if sheet else None
        self.select(())
        network = sheet.network if sheet else Network()
        self._saved = sheet.saved if sheet else network
        self.show(network, sheet.scope if sheet else (), opened=True, known=sheet)
        self.select(sheet.selection if sheet else ())
        self._say_title(always=True)

    def let_go(self, sheet: Sheet) -> None:
        """Forgets what was put aside, its undo steps too."""
        self.undo_group.removeStack(sheet.undo_stack)
        sheet.undo_stack.deleteLater()

    def _follow_stack(self) -> None:
        if self.undo_stack not in self.undo_group.stacks():
            self.undo_group.addStack(self.undo_stack)
        self.undo_group.setActiveStack(self.undo_stack)

    def mark_unsaved(self) -> None:
        """No file holds the network shown now, whatever was saved or opened before."""
        self._saved = None
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

    def know_data(self, facts: DataFacts | None) -> None:
        """Takes what is known of the data; the problems are those that the network has with it."""
        if facts == self.data_facts:
            return
        self.data_facts = facts
        said, self.root_problems = self.problems, self._found()
        if not self.scope:
            self.problems = self.root_problems
        self.changed.emit(Changes(problems=_other_problems(said, self.problems)))

    def remedies_of(self, problem: Problem) -> tuple[Remedy, ...]:
        """What would mend a problem of the graph shown."""
        data = None if self.scope else self.data_facts
        return remedies(self.graph, self.inference, problem, data, self.shown_batch)

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.node == name)

    # --- showing

    def show(
        self, network: Network, scope: Way | None = None, *, opened: bool = False, known: Sheet | None = None
    ) -> None:
        """Shows a network without an undo step; for :class:`Edit`, for entering blocks and for opening.

        ``known`` is what was worked out of it before.
        """
        before, learnt, said = self.network, self.inference, self.problems
        self.foresee(None)
        scope = walkable(network.graph, self.scope if scope is None else scope)
        is_elsewhere = scope != self.scope or opened
        self.network, self.scope = network, scope
        if opened:
            self.data_facts = None
        if known is not None:
            self.root_inference, self.root_problems = known.inference, known.problems
            self.data_facts = known.data_facts
        self._learn(before if known is None else network, is_elsewhere=is_elsewhere)
        if is_elsewhere:
            self.changes_alike, self._entered = False, self.graph
        changes = dataclasses.replace(
            difference(before, network, learnt.graph, self.graph),
            facts=_other_facts(learnt, self.inference),
            problems=_other_problems(said, self.problems),
            opened=opened,
            scope=is_elsewhere,
        )
        before_selection, self.selection = self.selection, self._selection_after(changes)
        self.changed.emit(changes)
        if self.selection != before_selection:
            self.selected.emit(self.selection)
        self._say_title(always=changes.title)

    def _learn(self, before: Network, *, is_elsewhere: bool) -> None:
        """Works out what is known of the whole and of what is shown."""
        graph, is_other_batch = self.network.graph, _batch_size(before) != self.batch_size
        is_moved = graph is not before.graph and _is_only_moved(before.graph, graph)
        if is_moved:
            self.root_inference = self.root_inference.moved(graph)
        elif graph is not before.graph:
            self.root_inference = infer(graph, self.root_inference)
        if is_other_batch or (graph is not before.graph and not is_moved):
            self.root_problems = self._found()
        if self.scope:
            self._learn_body(body_at(graph, self.scope), is_afresh=is_elsewhere or is_other_batch)
        else:
            self.inference, self.problems = self.root_inference, self.root_problems

    def _learn_body(self, body: Graph, *, is_afresh: bool) -> None:
        given = given_at(self.root_inference, self.scope)
        before = self.inference
        if body is before.graph and given == before.given and not is_afresh:
            return
        known = before if not is_afresh and given.keys() == before.given.keys() else None
        self.inference = infer(body, known, given)
        found = problems(body, self.inference, batch=self.shown_batch)
        self.problems = tuple(p for p in found if p.node or p.severity == "error")

    def _found(self) -> tuple[Problem, ...]:
        """The problems of the whole network, with its data and its batches."""
        return problems(self.root_graph, self.root_inference, self.data_facts, self.batch_size)

    def _selection_after(self, changes: Changes) -> tuple[str, ...]:
        """What has just appeared is selected: added, pasted, renamed, or brought back by an undo."""
        if changes.scope:
            return ()
        if changes.added:
            return tuple(name for name in self.graph.nodes if name in changes.added)
        return tuple(name for name in self.selection if name in self.graph.nodes)

    def _say_title(self, *, always: bool = False) -> None:
        if always or self._said_modified != self.is_modified:
            self._said_modified = self.is_modified
            self.title_changed.emit()


def difference(before: Network, after: Network, old_graph: Graph, new_graph: Graph) -> Changes:
    """What differs between two networks and the graphs shown of them, as far as they themselves say."""
    old, new = old_graph.nodes, new_graph.nodes
    links_added = links_removed = frozenset[Link]()
    if old_graph.links is not new_graph.links:
        links_before, links_after = frozenset(old_graph.links), frozenset(new_graph.links)
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
        marks=old_graph.marks is not new_graph.marks and old_graph.marks != new_graph.marks,
    )


_gestures = count(1)


def new_gesture(name: str) -> str:
    """A gesture no other has: edits under it become one step, and none joins those of an earlier gesture."""
    return f"{name} {next(_gestures)}"


def _is_only_moved(before: Graph, after: Graph) -> bool:
    if before.nodes.keys() != after.nodes.keys() or before.links != after.links:
        return False
    return all(node.settings is after.nodes[name].settings for name, node in before.nodes.items())


def _batch_size(network: Network) -> int:
    size = network.recipe.get("batch_size", 0)
    return size if isinstance(size, int) else 0


def _other_problems(before: tuple[Problem, ...], after: tuple[Problem, ...]) -> frozenset[str]:
    return frozenset(p.node for p in {*before} ^ {*after}) if before is not after else NOTHING


def _other_facts(before: Inference, after: Inference) -> frozenset[str]:
    old = before.facts
    if old is after.facts:
        return NOTHING
    others = [(name, facts) for name, facts in after.facts.items() if old.get(name, facts) is not facts]
    kept: dict[tuple[int, int], bool] = {}  # nodes alike share what is known of them
    for name, facts in others:
        pair = id(old[name]), id(facts)
        if pair not in kept:
            kept[pair] = old[name] == facts
    return frozenset(name for name, facts in others if not kept[id(old[name]), id(facts)])
