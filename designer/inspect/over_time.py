"""OverTimeView: filters, activations of the pinned samples, weights and confusion, moved through the run."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSlider, QStackedLayout

from designer.figures import grouped
from designer.inspect.asker import Asker
from designer.inspect.bars import Bars
from designer.inspect.choosers import fill, layer_chooser
from designer.inspect.matrix import Matrix
from designer.inspect.tiles import Tiles
from designer.inspect.view import View
from designer.snapshot_pictures import SnapshotShown, activation_picture, decoded, filter_pictures
from designer.widgets import button, label, scrolled
from runtime.questions.stepwise import ReadSnapshot

FILTERS, ACTIVATIONS, WEIGHTS, CONFUSION = "Filters", "Activations", "Weights", "Confusion"
BEGINNINGS = {FILTERS: "filters", ACTIVATIONS: "activation/", WEIGHTS: "histogram/", CONFUSION: "confusion"}
PLAY, PAUSE = "▶ Play", "❚❚ Pause"
FRAME_MS = 150  # between two snapshots while it plays
MOST_KEPT = 256  # answers, of some kilobytes each


class OverTimeView(View):
    """A slider over the snapshots of a run. What was asked once is at hand."""

    title = "Over time"
    tip = "Filters, activations, weights and confusion at each snapshot of the run"
    moved = Signal(int)  # to the snapshot of a step

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.steps: list[int] = []
        self._names: list[str] = []
        self._kept: dict[tuple[int, str], SnapshotShown] = {}
        self.kind = layer_chooser("What is moved through the run")
        self.of = layer_chooser("Layer or weight")
        self.play = button(PLAY, self._play_or_pause, tip="Shows one snapshot after the other")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Snapshot")
        self.slider.setPageStep(5)
        self.told = label("", "secondary")
        self.controls.add(self.kind, self.of, self.play, self.slider, self.told)
        self.tiles, self.bars, self.matrix = Tiles("Pictures"), Bars("Histogram of weights"), Matrix()
        self._shown = QStackedLayout(self.content)
        self._table = scrolled(self.matrix)
        for widget in (self.tiles, self.bars, self._table):
            self._shown.addWidget(widget)
        self._frames = QTimer(self, interval=FRAME_MS)
        self._frames.timeout.connect(self._next)
        self.kind.currentIndexChanged.connect(self._choose_kind)
        self.of.currentIndexChanged.connect(self.ask)
        self.slider.valueChanged.connect(self._move)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about.get("snapshots"))

    @property
    def step(self) -> int:
        """That which is shown."""
        return self.steps[min(self.slider.value(), len(self.steps) - 1)] if self.steps else 0

    def prepare(self) -> None:
        self._kept.clear()
        self._names = []
        self._take_steps(self.about.get("snapshots", []))

    def note_steps(self, steps: list[int]) -> None:
        """The training has kept more; who looks at the last goes on with it."""
        self._take_steps(sorted({*self.steps, *steps}))
        if self.isVisible():
            self.ask()

    def ask(self) -> None:
        beginning = self._beginning()
        kept = self._kept.get((self.step, beginning))
        if kept is not None:
            self.show_content()
            self._show(kept)
            return
        request = ReadSnapshot(0, str(self.asker.run), self.step, only=(beginning,))
        if not self._names:
            self.say("Reading the snapshots…")
        self.asker.put(self, request, self._take, self._miss)

    def _move(self) -> None:
        self.moved.emit(self.step)
        self.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pause()
        super().hideEvent(event)

    # --- what is asked for

    def _beginning(self) -> str:
        beginning = BEGINNINGS[self.kind.currentText() or FILTERS]
        return beginning + (self.of.currentText() if beginning.endswith("/") else "")

    def _take(self, result: dict[str, Any]) -> None:
        self._take_steps(result["steps"])
        if not self._names:
            self._names = result["names"]
            self._fill_kinds()
            self.ask()
            return
        shown = decoded(result)
        if len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[shown.step, self._beginning()] = shown
        self.show_content()
        self._show(shown)

    def _miss(self, fact: str, remedy: str) -> None:
        self._pause()
        self.complain(fact, remedy)

    def _take_steps(self, steps: list[int]) -> None:
        """Other steps: the one shown stays, and the last stays the last."""
        if steps == self.steps:
            return
        was_last = self.slider.value() >= len(self.steps) - 1
        step = self.step
        self.steps = list(steps)
        place = len(steps) - 1 if was_last else max(0, sum(one <= step for one in steps) - 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(steps) - 1))
        self.slider.setValue(place)
        self.slider.blockSignals(False)

    def _fill_kinds(self) -> None:
        there = [kind for kind, beginning in BEGINNINGS.items() if any(n.startswith(beginning) for n in self._names)]
        fill(self.kind, there)
        self._fill_of()

    def _fill_of(self) -> None:
        beginning = BEGINNINGS[self.kind.currentText() or FILTERS]
        has_several = beginning.endswith("/")
        names = [name.removeprefix(beginning) for name in self._names if name.startswith(beginning)]
        fill(self.of, names if has_several else [])
        self.of.setVisible(has_several)

    def _choose_kind(self) -> None:
        self._fill_of()
        self.ask()

    # --- playing

    def _play_or_pause(self) -> None:
        if self._frames.isActive():
            self._pause()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self.play.setText(PAUSE)
        self._frames.start()

    def _pause(self) -> None:
        self._frames.stop()
        self.play.setText(PLAY)

    def _next(self) -> None:
        if (self.step, self._beginning()) not in self._kept:
            return  # it is still on its way
        if self.slider.value() < self.slider.maximum():
            self.slider.setValue(self.slider.value() + 1)
        else:
            self._pause()

    # --- what is shown

    def _show(self, shown: SnapshotShown) -> None:
        kind = self.kind.currentText()
        place = f"step {grouped(shown.step)}, {self.slider.value() + 1} of {len(self.steps)}"
        {FILTERS: self._show_filters, ACTIVATIONS: self._show_maps, WEIGHTS: self._show_weights}.get(
            kind, self._show_confusion
        )(shown)
        of = f"{shown.filters_of} · " if kind == FILTERS else ""
        self.told.setText(of + place)
        self.slider.setToolTip(place)

    def _show_filters(self, shown: SnapshotShown) -> None:
        self.tiles.show_all(filter_pictures(shown.planes["filters"]))
        self._shown.setCurrentWidget(self.tiles)

    def _show_maps(self, shown: SnapshotShown) -> None:
        plane = shown.planes[f"activation/{self.of.currentText()}"]
        samples = range(plane.shape[0])
        maps = plane.shape[1] if len(plane.shape) == 4 else 1
        pictures = [activation_picture(plane, sample, number) for sample in samples for number in range(maps)]
        self.tiles.show_rows(pictures, [f"sample {shown.samples[sample]}" for sample in samples])
        self._shown.setCurrentWidget(self.tiles)

    def _show_weights(self, shown: SnapshotShown) -> None:
        name = f"histogram/{self.of.currentText()}"
        self.bars.show_values(shown.planes[name].numbers, shown.ends(name))
        self._shown.setCurrentWidget(self.bars)

    def _show_confusion(self, shown: SnapshotShown) -> None:
        plane = shown.planes.get("confusion")
        if plane is None:
            self.say("Before the first validation nothing was counted. Move the slider on.")
            return
        count = plane.shape[0]
        names = self.about["classes"] or [str(number) for number in range(count)]
        numbers = plane.numbers
        self.matrix.show_counts([numbers[row * count : (row + 1) * count] for row in range(count)], names)
        self._shown.setCurrentWidget(self._table)
