"""Measurement: what each layer took on the device, for the layer table and the canvas; asked for by a button."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from designer.document import Changes, Document
from designer.engine_client import EngineClient
from designer.figures import grouped, memory, moment
from nodes.graph.files import write
from runtime.protocol import Answer, Refused
from runtime.questions.stepwise import LayerTime, LayerTiming

DEVICES = {"cpu": "the CPU"}


class Measurement(QObject):
    """``layers`` by path, of the network as it was when it was measured; another network forgets them."""

    changed = Signal()

    def __init__(self, document: Document, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._engine = document, engine
        self._asked = 0
        self.layers: dict[str, LayerTime] = {}
        self.told = ""
        self.has_failed = False
        document.changed.connect(self._follow)

    @property
    def is_under_way(self) -> bool:
        return bool(self._asked)

    def measure(self) -> None:
        """Asks, unless it is being measured; takes some seconds at most."""
        if self._asked:
            return
        path = self._document.path
        request = LayerTiming(0, write(self._document.network).decode(), str(path.parent if path else Path.cwd()))
        self.told, self.has_failed = "Measuring…", False
        self._asked = self._engine.ask(self, request, self._take, self._refuse)
        self.changed.emit()

    def _take(self, answer: Answer) -> None:
        told = answer.result
        self._asked = 0
        self.layers = {one.path: one for one in msgspec.convert(told["layers"], list[LayerTime])}
        batch, device = grouped(told["batch_size"]), DEVICES.get(told["device"], told["device"])
        peak = f", {memory(told['peak_bytes'])} at most" if told["peak_bytes"] else ""
        self.told = (
            f"{moment(told['step_ms'] / 1_000)} a step, forwards and backwards, at batch {batch} on {device}{peak}"
        )
        self.changed.emit()

    def _refuse(self, refused: Refused) -> None:
        self._asked, self.has_failed = 0, True
        self.told = f"{refused.fact} {refused.remedy}".strip()
        self.changed.emit()

    def _follow(self, changes: Changes) -> None:
        if changes.opened:
            if self._asked:
                self._engine.forget(self._asked)
            self._asked, self.layers, self.told, self.has_failed = 0, {}, "", False
            self.changed.emit()
