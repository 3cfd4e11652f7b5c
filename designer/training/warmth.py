"""TrainedState: marks the nodes that the weights of the run followed now, or of where it starts from, still fit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from designer.canvas.scene import CanvasScene
from designer.document import Changes, Document
from designer.surgery.weights_known import start_of, trained_network
from designer.training.liveness import has_checkpoint
from designer.training.trainer import Trainer
from nodes.graph.infer import Inference, infer
from nodes.graph.scope import body_at, given_at, walkable
from nodes.graph.warmth import warmth


class TrainedState(QObject):
    """Follows a trainer and the document; nodes without a namesake in the run get no mark."""

    def __init__(self, document: Document, scene: CanvasScene, trainer: Trainer, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._scene, self._trainer = document, scene, trainer
        self._run: Path | None = None
        self._start = ""  # what the recipe starts from
        self._known: Inference | None = None  # of the scope shown, as it was trained
        trainer.state_changed.connect(lambda _state: self.look())
        trainer.run_changed.connect(self.look)
        document.changed.connect(self._follow)

    def look(self) -> None:
        """Reads what the run of the trainer trained, once it has weights."""
        run = self._trainer.run
        if run != self._run and (run is None or has_checkpoint(run)):
            self._run = run
            self._enter()

    def _follow(self, changes: Changes) -> None:
        is_other_start = changes.recipe and start_of(self._document) != self._start
        if changes.opened or changes.scope or changes.title or is_other_start:
            self._enter()
        elif self._known is not None:
            self._show(changes.added | changes.changed | changes.facts)

    def _enter(self) -> None:
        """Works out what was trained of the scope shown; of another network nothing was."""
        document = self._document
        self._known, self._start = None, start_of(document)
        scope = document.scope
        is_of_run = self._run is not None and self._trainer.is_shown
        _, network = trained_network(document, self._run if is_of_run else None)
        if network is not None:
            whole = infer(network.graph)
            if walkable(network.graph, scope) == scope:
                body = body_at(network.graph, scope)
                self._known = infer(body, None, given_at(whole, scope)) if scope else whole
        self._show(frozenset(document.graph.nodes))

    def _show(self, names: frozenset[str]) -> None:
        items = self._scene.node_items
        known = names & items.keys()
        found = warmth(self._document.inference, self._known, known) if self._known is not None else {}
        for name in known:
            item, state = items[name], found.get(name, "")
            if item.warmth != state:
                item.warmth = state
                item.fit_texts()
                self._scene.sprites.drop(name)
                self._scene.update(item.boundingRect())
