"""Services: the processes beside the window, and the trainer. Made after the first paint."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from designer.document import Document
from designer.engine_client import EngineClient
from designer.measurement import Measurement
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from nodes.graph.files import NetworkFileError, load
from runtime import runs


class Services(QObject):
    """The engine, the spare worker, and the trainer that uses it."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.engine = EngineClient(parent=self)
        self.pool = WorkerPool(parent=self)
        self.looker = EngineClient(parent=self)
        """For looking into runs: its answers may take seconds, and nothing else shall wait for them."""
        self.trainer = Trainer(document, self.pool, self)
        self.measurement = Measurement(document, self.looker, self)

    def start(self) -> None:
        """Starts both processes; importing torch takes them seconds, and the window none."""
        self.pool.warm()
        self.engine.start()

    def close(self) -> None:
        self.trainer.let_go()
        self.pool.close()
        self.engine.close()
        self.looker.close()

    def trained_run(self) -> Path | None:
        """The run of the trainer, if it trained the graph shown now and has weights."""
        run = self.trainer.run
        if run is None or not any((run / runs.CHECKPOINTS).glob("*.safetensors")):
            return None
        try:
            trained = load(run / runs.NETWORK).network
        except NetworkFileError:
            return None
        return run if trained.graph.structure == self._document.root_graph.structure else None
