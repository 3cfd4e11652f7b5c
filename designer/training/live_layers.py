"""LiveLayers: what a run tells of its layers, for the nodes on the canvas that are coloured by it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer

from designer.canvas.heat import Heat
from designer.canvas.live_figures import LIVE, LiveFigure, Reading, by_node
from designer.document import Document
from designer.measurement import Measurement
from designer.training.trainer import Trainer
from runtime.questions.stepwise import LayerTime
from runtime.runs import Entry, LayerNumbers, LayerStatistics, Started

KEPT = 40  # watched steps that a node's curve shows
AT_MOST_EVERY = 250  # ms


class LiveLayers(QObject):
    """Keeps the last watched steps, and tells the canvas of them while it is coloured by a number of theirs."""

    def __init__(
        self, document: Document, heat: Heat, trainer: Trainer, measurement: Measurement, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._heat, self._trainer, self._measurement = document, heat, trainer, measurement
        self._watched: deque[LayerStatistics] = deque(maxlen=KEPT)
        self._round = QTimer(self, interval=AT_MOST_EVERY, singleShot=True)
        self._round.timeout.connect(self._show)
        heat.source = self
        heat.changed.connect(self._measure)
        trainer.entries.connect(self._hear)
        trainer.run_changed.connect(self._begin)
        measurement.changed.connect(self._show)

    def readings(self, key: str, scope: tuple[str, ...]) -> Mapping[str, Reading]:
        """Of the nodes in a scope that the run trains too."""
        figure = LIVE[key]
        if figure.is_measured:
            return self._measured(figure, scope)
        if not self._watched or not self._trainer.is_shown:
            return {}
        field = key.removeprefix("live_")
        now = {
            path: value for path, n in self._watched[-1].layers.items() if (value := _number(n, field)) is not None
        }
        found = {}
        for node, paths in by_node(scope, now).items():
            worst = max(paths, key=lambda path: figure.oddness(now[path]))
            found[node] = Reading(now[worst], self._trail(worst, field))
        return {name: reading for name, reading in found.items() if self._has_node(scope, name)}

    def _measured(self, figure: LiveFigure, scope: tuple[str, ...]) -> Mapping[str, Reading]:
        """Times and sizes add up in a block, and one that was measured whole has its own."""
        layers = self._measurement.layers
        number = _milliseconds if figure.key == "measured_ms" else _bytes
        found = {}
        for node, paths in by_node(scope, layers).items():
            whole = ".".join((*scope, node))
            counted = [whole] if whole in layers else paths
            found[node] = Reading(sum(number(layers[path]) for path in counted))
        return found

    def _trail(self, path: str, field: str) -> tuple[float, ...]:
        numbers = (watched.layers.get(path) for watched in self._watched)
        return tuple(v for n in numbers if n is not None and (v := _number(n, field)) is not None)

    def _has_node(self, scope: tuple[str, ...], name: str) -> bool:
        """Does the run train a node of that kind? Within blocks its block counts."""
        top = scope[0] if scope else name
        trained, drawn = self._trainer.trained, self._document.root_graph
        return (
            trained is not None
            and top in trained.graph.nodes
            and top in drawn.nodes
            and type(trained.graph.nodes[top].settings) is type(drawn.nodes[top].settings)
        )

    def _begin(self) -> None:
        self._watched.clear()
        self._show()

    def _hear(self, entries: list[Entry]) -> None:
        has_news = False
        for entry in entries:
            if isinstance(entry, LayerStatistics):
                self._watched.append(entry)
                has_news = True
            elif isinstance(entry, Started):
                kept = [watched for watched in self._watched if watched.step < entry.resumed_at]
                self._watched = deque(kept, maxlen=KEPT)
        if has_news and self._heat.key in LIVE and not self._round.isActive():
            self._round.start()

    def _show(self) -> None:
        if self._heat.key in LIVE:
            self._heat.refresh()

    def _measure(self, key: str) -> None:
        """Who asks for what was never measured wants it measured."""
        if key in LIVE and LIVE[key].is_measured and not self._measurement.layers:
            self._measurement.measure()


def _number(numbers: LayerNumbers, field: str) -> float | None:
    value: float | None = getattr(numbers, field)
    return value


def _milliseconds(layer: LayerTime) -> float:
    return layer.forward_ms + layer.backward_ms


def _bytes(layer: LayerTime) -> float:
    return float(layer.output_bytes + layer.weight_bytes)
