"""SharedSettings: one form for the settings that several selected nodes have in common."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.figures import counted
from designer.foresight import State, foresight
from designer.settings_form import SettingsForm
from designer.widgets import label
from nodes.block import Block
from nodes.graph.model import Graph
from nodes.spec.muted import original
from nodes.spec.node_type import NodeType, chosen_kinds
from nodes.spec.settings import Kind, SettingError, Text


class SharedSettings(QWidget):
    """A change is made in all of them, in one step; where they differ a field says "several"."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._names: tuple[str, ...] = ()
        self._kinds: dict[str, Kind] = {}
        self._begun: tuple[str, State] | None = None
        self.form: SettingsForm | None = None
        self.note = label(role="secondary", wrap=True)
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(8)
        self._stack.addWidget(self.note)

    def show_nodes(self, names: tuple[str, ...]) -> None:
        """Shows what all of them have; nothing where they have nothing in common."""
        settings = [original(self._document.graph.nodes[name].settings) for name in names]
        kinds = common_kinds(settings)
        self.setVisible(bool(kinds))
        if kinds != self._kinds or self.form is None:
            self._make(kinds)
        if names != self._names:
            self._names, self._begun = names, None
            if self.form is not None:
                self.form.forget()
        if self.form is None or not kinds:
            return
        differing = {name for name in kinds if len({getattr(one, name) for one in settings}) > 1}
        self.form.show_settings(settings[0], differing=differing)
        words = ", ".join(sorted(differing, key=list(kinds).index))
        self.note.setText(
            f"A change is made in all {counted(len(names), 'node')}." + (f" They differ in {words}." if words else "")
        )

    def _make(self, kinds: dict[str, Kind]) -> None:
        """Another form: other settings are shared."""
        self._kinds = kinds
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if kinds:
            self.form = SettingsForm(kinds)
            self.form.set_to.connect(self._apply)
            self.form.tried.connect(self._try)
            self.form.untried.connect(lambda: self._document.foresee(None))
            self.form.settled.connect(self._settle)
            self._stack.addWidget(self.form)

    def _changed(self, changes: dict[str, Any]) -> Graph | None:
        """The graph with a change in all nodes; None, with the reason below the field, where one does not take it."""
        graph = self._document.graph
        for name in self._names:
            node = graph.nodes.get(name)
            if node is None:
                return None
            try:
                graph = graph.with_settings(name, node.settings.replaced(**changes))
            except SettingError as error:
                if self.form is not None:
                    self.form.refuse(next(iter(changes)), f"{name} does not take it: {error}")
                return None
        return graph

    def _apply(self, changes: dict[str, Any], gesture: str) -> None:
        graph = self._changed(changes)
        if graph is None:
            return
        if self._begun is None or self._begun[0] != gesture:
            self._begun = gesture, State.of(self._document)
        begun = self._begun
        words = next(iter(changes)) if len(changes) == 1 else "settings"
        self._document.edit(
            graph, f"Change {words} of {len(self._names)} nodes", f"{' '.join(self._names)} {gesture}"
        )
        if self._begun is begun and gesture.partition(" ")[0] != "reset":
            self._document.foresee(begun[1].until(self._document))

    def _try(self, changes: dict[str, Any]) -> None:
        graph = self._changed(changes)
        if graph is not None:
            self._document.foresee(foresight(self._document, graph))

    def _settle(self) -> None:
        if self._begun is not None:
            self._begun = None
            self._document.foresee(None)


def common_kinds(settings: list[NodeType]) -> dict[str, Kind]:
    """The settings that all of them have, of the same kind each; names and code are a node's own."""
    shared = {name: kind for name, kind in chosen_kinds(settings[0]).items() if not isinstance(kind, Text)}
    for one in settings[1:]:
        own = chosen_kinds(one)
        shared = {name: kind for name, kind in shared.items() if own.get(name) == kind}
    if any(isinstance(one, Block) for one in settings):
        shared.pop("body", None)
    return shared
