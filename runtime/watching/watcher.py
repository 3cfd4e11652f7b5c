"""The companion that watches layers and the time of steps, and tells of them in the journal."""

from __future__ import annotations

import time

from nodes.graph.files import load
from runtime.companions import Accompanied, Companion
from runtime.devices import memory_taken
from runtime.runs import NETWORK, ClassCounts, LayerStatistics, StepTime
from runtime.step import Measured, passed_over
from runtime.watching.pace import Look, Pace
from runtime.watching.probe import Probe
from runtime.watching.step_clock import StepClock
from runtime.watching.watched_layers import watched_layers


class Watcher(Companion):
    """Looks at some of the steps; the others do not know of it."""

    name = "watcher"
    only_watches = True

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        job = training.job
        self._pace = Pace(job.recipe)
        graph = load(training.run / NETWORK).network.graph
        self._probe = Probe(watched_layers(graph, job.module))
        self._clock = StepClock(job.device)
        self._look: Look = ""
        self._began = 0.0
        self._plain_seconds = 0.0  # of a step that nobody looks at
        self._step = 0  # the last that was watched
        self._has_news = False
        # A hooked step is not a compiled one and may differ from it in the last bits: which step it is must not
        # depend on the clock.
        self._looks_at_outputs = job.recipe.compile == "off" or job.recipe.watch == "by steps"

    def begin(self) -> None:
        data = self.training.job.data
        counts = data.class_counts("train")
        if counts and data.target:
            self.training.write(ClassCounts(counts, list(data.target.classes or ())))

    def before_step(self, step: int) -> None:
        self._look = self._pace.look(step)
        if not self._look:
            return
        self._began = time.perf_counter()
        stepper = self.training.stepper
        if self._look == "time":
            stepper.mark = self._clock.mark
            self._clock.begin()
            return
        self._tell_layers()  # of a step that no poll came after
        self._step = step
        stepper.mark = self._on_mark
        self._probe.attach(with_outputs=self._looks_at_outputs)

    def after_step(self, step: int, measured: list[Measured]) -> None:
        if not self._look:
            return
        self.training.stepper.mark = passed_over
        if self._look == "time":
            self._clock.end()
            self._plain_seconds = self._clock.step_seconds
        else:
            self._probe.moved()
            self._probe.detach()
            self._has_news = True
            self._pace.spend(max(0.0, time.perf_counter() - self._began - self._plain_seconds))
        self._look = ""

    def _on_mark(self, part: str) -> None:
        if part == "gradients":
            scaler = self.training.stepper.scaler
            self._probe.gradients(scaler.get_scale() if scaler else 1.0)

    def poll(self) -> None:
        began = time.perf_counter()
        self._tell_layers()
        times = self._clock.take()
        if times:
            parts = {part: _short(times[part]) for part in times}
            memory = memory_taken(self.training.job.device)
            self.training.write(StepTime(self.training.at.step, **parts, memory=memory))
        self._pace.spend(time.perf_counter() - began)

    def _tell_layers(self) -> None:
        if self._has_news:
            self._has_news = False
            window = self._probe.window
            self.training.write(LayerStatistics(self._step, window, self._probe.fetch()))

    def end(self) -> None:
        self._probe.detach()
        self.poll()


def make_watcher(training: Accompanied) -> Companion | None:
    """The watcher, unless the recipe wants none."""
    return None if training.job.recipe.watch == "off" else Watcher(training)


def _short(seconds: float) -> float:
    return float(f"{seconds:.4g}")
