"""The doctor's ward: listens to the training that is watched, and says what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from designer.training.trainer import LIVE, Trainer
from nodes.graph.files import NetworkFileError, load
from nodes.graph.model import Network
from runtime.doctor.findings import Finding
from runtime.doctor.history import History
from runtime.runs import NETWORK, Entry

ROUND_MS = 2_000  # between two rounds while a training is under way


class Ward(QObject):
    """``findings`` are those of the last round, the worst first."""

    changed = Signal()

    def __init__(self, trainer: Trainer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self.findings: list[Finding] = []
        self._history = History()
        self._network: Network | None = None
        self._has_news = False
        self._round = QTimer(self, interval=ROUND_MS)
        self._round.timeout.connect(self.look)
        trainer.entries.connect(self._hear)
        trainer.run_changed.connect(self._begin)
        trainer.state_changed.connect(self._follow)
        self._begin()

    @property
    def network(self) -> Network | None:
        """What is trained."""
        return self._network

    def look(self) -> None:
        """A round, if there is news."""
        if not self._has_news or self._network is None:
            return
        self._has_news = False
        from runtime.doctor.diagnosis import diagnose  # not before there is a training

        found = diagnose(self._history, self._network)
        if found != self.findings:
            self.findings = found
            self.changed.emit()

    def _begin(self) -> None:
        self._history, self._network = History(), None
        self.findings = []
        run = self._trainer.run
        if run is not None:
            try:
                self._network = load(run / NETWORK).network
            except NetworkFileError:  # gone: there is nothing to say
                self._network = None
        self.changed.emit()

    def _hear(self, entries: list[Entry]) -> None:
        self._history.take(entries)
        self._has_news = True

    def _follow(self, state: str) -> None:
        if state in LIVE:
            self._round.start()
        else:
            self._round.stop()
            self.look()
