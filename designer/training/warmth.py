"""TrainedState: marks the nodes that the weights of the run followed now still fit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from designer.canvas.scene import CanvasScene
from designer.document import Changes, Document
from designer.training.liveness import has_checkpoint
from designer.training.trainer import Trainer
from nodes.graph.files import NetworkFileError, load
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Network
from nodes.graph.scope import body_at, given_at, walkable
from nodes.graph.warmth import warmth
from runtime import runs


class TrainedState(QObject):
    """Follows a trainer and the document; nodes without a namesake in the run get no mark."""

    def __init__(self, document: Document, scene: CanvasScene, trainer: Trainer, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._scene, self._trainer = document, scene, trainer
        self._run: Path | None = None
        self._network: Network | None = None
        self._known: Inference | None = None  # of the scope shown, as it was trained
        trainer.state_changed.connect(lambda _state: self.look())
        trainer.run_changed.connect(self.look)
        document.changed.connect(self._follow)

    def look(self) -> None:
        """Reads what the run of the trainer trained, once it has weights."""
        run = self._trainer.run
        if run != self._run and (run is None or has_checkpoint(run)):
            self._run, self._network = run, _network_of(run)
            self._enter()

    def _follow(self, changes: Changes) -> None:
        if self._network is None:
            return
        if changes.opened or changes.scope or changes.title:
            self._enter()
        else:
            self._show(changes.added | changes.changed | changes.facts)

    def _enter(self) -> None:
        """Works out what was trained of the scope shown; of another network nothing was."""
        document, network = self._document, self._network
        self._known = None
        scope = document.scope
        if network is not None and self._trainer.network_title == document.title:
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


def _network_of(run: Path | None) -> Network | None:
    if run is None:
        return None
    try:
        return load(run / runs.NETWORK).network
    except NetworkFileError:
        return None
