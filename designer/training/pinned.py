"""PinnedSamples: up to four samples whose way through the network is seen in the nodes while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir
from PySide6.QtGui import QImage

from designer.canvas.live_figures import by_node
from designer.canvas.view import CanvasView
from designer.data.pinning import pinned_places
from designer.document import Changes, Document
from designer.engine_client import EngineClient
from designer.inspect.canvas_bar import CanvasBar
from designer.preferences import THUMBNAILS, preferences
from designer.snapshot_pictures import (
    SnapshotShown,
    activation_picture,
    decoded,
    strongest_map,
    strongest_unit,
    tiled,
)
from designer.training.trainer import Trainer
from nodes.boundary import Input, Output
from nodes.graph.model import Graph
from runtime.protocol import Answer, Refused
from runtime.questions.insight import ShowSamples
from runtime.questions.stepwise import ReadSnapshot
from runtime.runs import Entry, Snapshot
from runtime.stretches import heard

MOST = 4
ONE, TWO = 80, 40  # px of a sample's side where there is one, where there are up to four
RIGHT, WRONG = "✓", "✕"


class PinnedSamples(QObject):
    """Asks for each snapshot of the run while nodes have thumbnails, and for nothing else."""

    def __init__(
        self, document: Document, canvas: CanvasView, trainer: Trainer, engine: EngineClient, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._canvas, self._trainer, self._engine = document, canvas, trainer, engine
        self._folder = QTemporaryDir()
        self.bar: CanvasBar | None = None  # while it says why nothing is shown
        self._begin()
        trainer.entries.connect(self._hear)
        trainer.run_changed.connect(self._start)
        preferences.changed.connect(self._prefer)
        document.changed.connect(self._follow)

    @property
    def predictions(self) -> list[str]:
        """What each sample is taken for, with ✓ or ✕ where its class is known; empty while nothing is."""
        head = self._head()
        plane = self._shown.planes.get(f"activation/{head}") if self._shown and head else None
        if plane is None or len(plane.shape) != 2 or not self._classes:
            return []
        told = []
        for sample in range(min(MOST, plane.shape[0])):
            given = strongest_unit(plane, sample)
            if given >= len(self._classes):
                return []
            right = self._labels[sample] if sample < len(self._labels) else None
            mark = "" if right is None else RIGHT if right == given else WRONG
            told.append(f"{self._classes[given]}{mark}")
        return told

    # --- what the run tells

    def _begin(self) -> None:
        self._latest: int | None = None  # step of the last snapshot
        self._asked = 0
        self._shown: SnapshotShown | None = None
        self._maps: dict[str, int] = {}  # of each layer the map that is shown, the same through the run
        self._classes: list[str] = []
        self._labels: list[int] = []
        self._inputs: QImage | None = None
        self._has_samples = False

    def _start(self) -> None:
        if self._asked:
            self._engine.forget(self._asked)
        self._put_away()
        self._begin()
        self._show()

    def _hear(self, entries: list[Entry]) -> None:
        steps = [entry.step for entry in heard(entries).of(Snapshot)]
        if steps:
            self._latest = steps[-1]
            self._look()

    def _prefer(self, key: str) -> None:
        if key == THUMBNAILS.key:
            self._look()
            self._show()

    def _look(self) -> None:
        """Asks for the last snapshot, unless one is on its way or nobody wants to see it."""
        run = self._trainer.run
        if self._asked or run is None or self._latest is None or not preferences.value(THUMBNAILS):
            return
        if self._shown is not None and self._shown.step == self._latest:
            return
        self._asked = self._engine.ask(
            self, ReadSnapshot(0, str(run), self._latest, only=("activation/",)), self._take, self._miss
        )

    def _miss(self, refused: Refused) -> None:
        """A training under way brings the next one; after its end nothing comes by itself."""
        self._asked = 0
        if self._trainer.is_live:
            return
        if self.bar is None:
            self.bar = CanvasBar(self._canvas, "Pinned samples", "Without the pinned samples")
            self.bar.again.connect(self._look)
            self.bar.left.connect(self._put_away)
            self.bar.show()
        self.bar.complain(f"The pinned samples cannot be shown. {refused.fact}", refused.remedy)

    def _put_away(self) -> None:
        if self.bar is not None:
            self.bar.hide()
            self.bar.deleteLater()
            self.bar = None

    def _take(self, answer: Answer) -> None:
        self._asked = 0
        self._put_away()
        self._shown = decoded(answer.result)
        if not self._has_samples:
            self._ask_for_samples()
        self._show()
        if self._latest is not None and self._latest > self._shown.step and self._latest in self._shown.steps:
            self._look()

    def _ask_for_samples(self) -> None:
        """The samples themselves, and which class each is of."""
        network, run = self._trainer.trained, self._trainer.run
        if network is None or run is None or self._shown is None:
            return
        self._has_samples = True
        places = tuple(pinned_places(network)) or tuple(range(len(self._shown.samples)))
        request = ShowSamples(0, dict(network.data), str(run), self._folder.path(), "validation", places=places)
        self._engine.ask(self, request, self._take_samples, _pass_over)

    def _take_samples(self, answer: Answer) -> None:
        told = answer.result
        if self._shown is None or told["rows"] != self._shown.samples:  # of another run by now
            return
        self._classes, self._labels = list(told["classes"]), list(told["labels"])
        if "sheet" in told:
            self._inputs = _sheet_picture(told["sheet"])
        self._show()

    # --- what the canvas shows

    def _follow(self, changes: Changes) -> None:
        if self._shown is not None and (changes.scope or changes.opened or changes.added):
            self._show()

    def _show(self) -> None:
        """Pictures for the nodes of the scope that the run trains too."""
        pictures, scope = self._canvas.pictures, self._document.scope
        shown = self._shown
        is_ours = self._trainer.trained is not None and self._trainer.is_shown
        planes = (
            {}
            if shown is None or not is_ours
            else {path: shown.planes[f"activation/{path}"] for path in shown.layers()}
        )
        paths = by_node(scope, planes)
        graph = self._document.graph
        for name, node in graph.nodes.items():
            if name in paths:
                pictures.put(name, self._picture(paths[name][-1]))
            elif isinstance(node.settings, Input) and not scope and is_ours and self._inputs is not None:
                pictures.put(name, self._inputs)
            else:
                pictures.put(name, None)
        said = " ".join(self.predictions) if is_ours and not scope else ""
        for name in _outputs(graph):
            pictures.say(name, said if preferences.value(THUMBNAILS) else "")

    def _picture(self, path: str) -> QImage:
        """All samples of a layer: one alone, or up to four in a square."""
        assert self._shown is not None
        plane = self._shown.planes[f"activation/{path}"]
        if len(plane.shape) == 4 and path not in self._maps:
            self._maps[path] = strongest_map(plane)
        count = min(MOST, plane.shape[0])
        images = [activation_picture(plane, sample, self._maps.get(path, 0)) for sample in range(count)]
        return tiled(images, 1 if count == 1 else 2, ONE if count == 1 else TWO, 2)

    def _head(self) -> str:
        """The path of the layer that the output of the network tells."""
        trained = self._trainer.trained
        if trained is None or self._shown is None:
            return ""
        layers = self._shown.layers()
        return next((path for path in _towards_output(trained.graph) if path in layers), "")


def _towards_output(graph: Graph) -> list[str]:
    """The nodes in front of the first output, the nearest first, as long as there is one way."""
    found: list[str] = []
    here = next(iter(_outputs(graph)), "")
    while here and len(found) < len(graph.nodes):
        sources = [link.source for link in graph.incoming(here).values()]
        here = sources[0] if len(sources) == 1 else ""
        if here:
            found.append(here)
    return found


def _outputs(graph: Graph) -> list[str]:
    return [name for name, node in graph.nodes.items() if isinstance(node.settings, Output)]


def _sheet_picture(sheet: Mapping[str, Any]) -> QImage | None:
    """The samples in a square, of the sheet that the engine wrote."""
    whole = QImage(sheet["path"])
    (width, height), gap, columns, count = sheet["tile"], sheet["gap"], sheet["columns"], min(MOST, sheet["count"])
    if whole.isNull() or not count:
        return None
    tiles = [
        whole.copy(n % columns * (width + gap), n // columns * (height + gap), width, height) for n in range(count)
    ]
    return tiled(tiles, 1 if count == 1 else 2, ONE if count == 1 else TWO, 2)


def _pass_over(_refused: Refused) -> None:
    """Without the samples themselves their activations are still shown."""
