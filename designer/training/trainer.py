"""Trainer: starts a training, follows its journal and steers it; any number of views listen."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from platformdirs import user_data_path
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from designer.document import Changes, Document
from designer.preferences import DEVICE, RUNS_FOLDER, preferences
from designer.training.liveness import has_checkpoint, is_trained, live_run
from designer.worker_pool import Worker, WorkerPool
from nodes.graph.files import NetworkFileError, load
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime import runs
from runtime.collecting import no_collection
from runtime.milestones import step_kept_before
from runtime.runs import Entry, JournalReader, TrainingError
from runtime.stretches import Heard

EAGER_MS = 5  # until the first value is there
STEADY_MS = 40
SILENCE_MS = 2_000
CLOSED = -1  # the number of a drawing that is open no more
LIVE = ("starting", "running", "paused", "stopping")
KILLED = "It was killed, as the system does when memory runs out."
RESUMABLE = ("failed", "stopped")
ENDED = (*RESUMABLE, "finished")


class Trainer(QObject):
    """One training at a time, of the network that the document shows or of a run folder.

    States:  idle, starting, running, paused, stopping, finished, stopped, failed.
    Errors:  ``failed`` carries the fact and the remedy; ``can_resume`` says whether a checkpoint is there.
    """

    entries = Signal(object)  # list[Entry]; as a list Qt would copy each into one of its own
    state_changed = Signal(str)
    run_changed = Signal()
    failed = Signal(str, str)
    finished = Signal()

    def __init__(self, document: Document, pool: WorkerPool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._pool = document, pool
        self.run: Path | None = None
        self.network_title = ""  # of the network that the run trains
        self.state = "idle"
        self.failure: tuple[str, str] = ("", "")
        self._trained: tuple[Path, Network | None] | None = None  # what a run trains, as it was read
        self._drawing: int | None = None  # the number of the network that was seen to be the run's
        self._seen = document.number  # of the drawing that was shown last
        self._steps = 0  # of the whole run
        self._worker: Worker | None = None
        self._reader: JournalReader | None = None
        self._last: Entry | None = None  # of the journal, as far as it is read
        self._told = "starting"  # the state that the journal tells
        self._started_at = 0.0
        self.learning_rate = 0.0  # of the last step seen
        self._silent_polls = 0
        self._resumed_from: float | None = None  # while resuming: the time of the Started line before
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.poll)
        document.changed.connect(self._on_document_changed)
        pool.failed.connect(self._on_pool_failed)
        self._prepare()

    @property
    def is_live(self) -> bool:
        """Is a training under way, paused ones included?"""
        return self.state in LIVE

    @property
    def can_resume(self) -> bool:
        if self.state == "paused":
            return True
        return self.state in RESUMABLE and self.run is not None and has_checkpoint(self.run)

    def runs_folder(self) -> Path:
        """As preferred; else beside the network's file, and for one never saved in the user's data folder."""
        path, chosen = self._document.path, str(preferences.value(RUNS_FOLDER))
        if chosen:
            return Path(chosen).expanduser()
        return path.parent / "runs" if path else user_data_path("netwright", appauthor=False) / "runs"

    def start(self) -> None:
        """Trains the network that the document shows."""
        if self.is_live:
            return
        try:
            run = self.make_run()
        except TrainingError as error:
            self._fail(error.fact, error.remedy)
        except SettingError as error:
            self._fail(str(error), "")
        else:
            self._set_run(run)
            self.network_title, self._drawing = self._document.title, self._document.number
            self._give_to_worker(resume=False)
            self.run_changed.emit()  # after: the worker computes while the views make ready

    def make_run(self) -> Path:
        """A folder to train the shown network in, as it is now. Raises TrainingError, SettingError."""
        document = self._document
        for problem in document.root_problems:
            if problem.severity == "error":
                raise TrainingError(problem.fact, problem.remedy)
        base = document.path.parent if document.path else None
        return runs.create_run(self.runs_folder(), _on_device(document.network), document.title, base)

    def pause(self) -> None:
        if self.state in ("starting", "running"):
            self._send(runs.Pause())

    def resume(self) -> None:
        """Goes on: a paused training where it waits, one that ended from its last checkpoint."""
        if self.state == "paused":
            self._send(runs.Resume())
        elif self.can_resume:
            self._resumed_from = self._started_at
            self._give_to_worker(resume=True)

    @property
    def can_end_now(self) -> bool:
        """Was it told to stop, and could its process be ended without waiting for it?"""
        return self.state == "stopping" and self._worker is not None

    def stop(self) -> None:
        """Ends it after the current step, with a checkpoint; the second time at once, without one."""
        if self.state in ("starting", "running", "paused") and self._send(runs.Stop()):
            self._set_state("stopping")
        elif self.state == "stopping" and self._worker is not None:
            worker, self._worker = self._worker, None
            worker.kill()
            worker.deleteLater()
            self._end("stopped")
            self.finished.emit()

    def validate_now(self) -> None:
        """Measures the validation part after the current step, without waiting for the end of the epoch."""
        if self.state == "running":
            self._send(runs.ValidateNow())

    def set_learning_rate(self, value: float) -> None:
        """From the next step on; the schedule goes on from there in proportion."""
        if self.state in ("running", "paused"):
            self._send(runs.SetLearningRate(value))

    def save_now(self) -> None:
        """Writes a checkpoint after the current step."""
        if self.state in ("running", "paused"):
            self._send(runs.SaveNow())

    def step_once(self) -> None:
        """One step of a training that waits."""
        if self.state == "paused":
            self._send(runs.StepOnce())

    @property
    def can_go_back(self) -> bool:
        """Is it under way, or has it ended? While it starts or stops it hears nothing."""
        return self.state in ("running", "paused", *ENDED)

    def go_back(self, step: int, factor: float = 1.0) -> bool:
        """To the last kept checkpoint at a step or before it, and on at a share of the rate.

        A training that has ended resumes there. False where no such checkpoint, or nothing after it, is left.
        """
        kept = step_kept_before(self.run, step) if self.run is not None else None
        if kept is None or self.has_passed(step) or not self.can_go_back:
            return False
        if self.state in ("running", "paused"):
            return self._send(runs.RollBack(step, factor))
        self._resumed_from = self._started_at
        self._give_to_worker(resume=True, back=runs.RollBack(kept, factor))
        return True

    def has_passed(self, step: int) -> bool:
        """Has it come to its end, with nothing left to train after the last checkpoint up to a step?"""
        kept = step_kept_before(self.run, step) if self.state in ENDED and self.run is not None else None
        return kept is not None and kept >= self._steps

    @property
    def drawing(self) -> int | None:
        """The number of the network that the run trains, among those of the window; None where it was not seen.

        A run that was begun elsewhere is known by its graph, or by its name where the drawing has changed since.
        """
        if self._drawing is None and self.run is not None:
            has_its_name = self._document.is_named and self.network_title == self._document.title
            if has_its_name or self._is_of_this_network(self.trained):
                self._drawing = self._document.number
        return self._drawing

    @property
    def is_shown(self) -> bool:
        """Does the run train the network that the window shows, or one that was opened anew and is the same?"""
        if self.run is None or self.drawing == self._document.number:
            return self.run is not None
        return self.network_title == self._document.title and self._is_of_this_network(self.trained)

    @property
    def trained(self) -> Network | None:
        """The network that the run trains, as it was when it began; None where it cannot be read."""
        if self.run is None:
            return None
        if self._trained is None or self._trained[0] != self.run:
            self._trained = (self.run, _network_of(self.run))
        return self._trained[1]

    def watch_live(self) -> None:
        """Shows the training of this network that a window before this one, or a command line, left running."""
        run = None if self.is_live else live_run(self.runs_folder())
        if run is not None and self._is_of_this_network(_network_of(run)):
            self.attach(run)

    def attach(self, run: Path) -> None:
        """Shows a run: one that has ended, or one that a window before this one, or a command line, started."""
        if self.is_live:
            self.let_go()
        self._set_run(run)
        self.network_title = (self.trained.title if self.trained else "") or run.name
        self.run_changed.emit()
        self._set_state("starting")
        self.poll()
        if self.is_live and not self.is_behind:
            self._timer.start(STEADY_MS)

    @property
    def is_behind(self) -> bool:
        """Is a long journal still being read, a part each time that the event loop turns?"""
        return self._timer.isActive() and self._timer.interval() == 0

    def let_go(self) -> None:
        """Stops watching; the training itself goes on without the window."""
        self._timer.stop()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.let_go()
            worker.deleteLater()
        self._set_state("idle")

    def poll(self) -> None:
        """Reads what the journal has gained."""
        if self.run is None or not self.is_live:
            return
        if self._resumed_from is not None and not self._has_resumed(self.run):
            return
        was_behind = self.is_behind
        with no_collection():
            has_new = self._read_on()
        if (has_new or was_behind) and not self.is_behind:
            self._conclude()
        elif not has_new and self._worker is None:
            self._look_for_life(self.run)

    def _read_on(self) -> bool:
        """Takes the next part of the journal; was there any?"""
        new, was_behind = self._gain(), self.is_behind
        is_behind = self._reader is not None and self._reader.is_behind
        if is_behind != was_behind:
            self._timer.start(0 if is_behind else STEADY_MS)
        if new:
            self._silent_polls = 0
            self._take(new)
        return bool(new)

    def _is_of_this_network(self, trained: Network | None) -> bool:
        return trained is not None and trained.graph.structure == self._document.root_graph.structure

    def _set_run(self, run: Path) -> None:
        self.run, self._drawing = run, None
        self._reader, self._started_at, self._resumed_from = JournalReader(run), 0.0, None
        self._last, self._told = None, "starting"

    def _give_to_worker(self, *, resume: bool, back: runs.RollBack | None = None) -> None:
        assert self.run is not None
        self._worker = worker = self._pool.start(self.run, resume=resume, back=back)
        worker.ended.connect(self._on_worker_ended)
        self._set_state("starting")
        self._timer.start(EAGER_MS)

    def _look_for_life(self, run: Path) -> None:
        """Of a training that is not ours only the lock tells; it is tried now and then, when nothing is heard."""
        self._silent_polls += 1
        if self._silent_polls * STEADY_MS >= SILENCE_MS:
            self._silent_polls = 0
            if not is_trained(run):
                self._fail_unexpectedly()

    def _gain(self) -> list[Entry]:
        """The next part of the journal."""
        try:
            return self._reader.read() if self._reader is not None else []
        except OSError:
            return []  # a shared disk may be away for a moment

    def _has_resumed(self, run: Path) -> bool:
        """Has the journal a Started line that was not there before? Then it is read anew from its beginning.

        A training that resumes cuts off what it will compute again, and writes on: where the part that was
        read ends is no sure place to read on from.
        """
        try:
            told = runs.last_entries(run)
        except OSError:
            return False
        started = next((entry for entry in reversed(told) if isinstance(entry, runs.Started)), None)
        if started is None or started.time == self._resumed_from:
            return False
        self._resumed_from, self._reader, self._told = None, JournalReader(run), "starting"
        return True

    def _take(self, new: list[Entry]) -> None:
        told = Heard(new)
        for progress, others in told.stretches:
            for _, entry in others:
                if isinstance(entry, runs.Started):
                    self._begin_again(entry)
                elif isinstance(entry, runs.StateChanged):
                    self._told = entry.state
            if progress:
                self.learning_rate = progress[-1].learning_rate
                if self._timer.interval() == EAGER_MS:
                    self._timer.setInterval(STEADY_MS)
        self._last = new[-1]
        self.entries.emit(told)

    def _begin_again(self, entry: runs.Started) -> None:
        self._started_at, self._told = entry.time, "running"
        self._steps = entry.steps or entry.epochs * entry.steps_per_epoch

    def _conclude(self) -> None:
        """What the last entry says of the training, once nothing comes after it."""
        last = self._last
        if isinstance(last, runs.Failed):
            self._fail(last.fact, last.remedy)
        elif isinstance(last, runs.Finished):
            self._end("stopped" if last.reason == "stopped" else "finished")
            self.finished.emit()
        elif self.state != "stopping":
            self._set_state(self._told)

    def _on_worker_ended(self) -> None:
        worker = self.sender()
        if not isinstance(worker, Worker):
            return
        worker.deleteLater()
        if worker is not self._worker:  # one of before, after which another was started
            return
        self._worker = None
        if not self.is_live or self.run is None:
            return
        self.poll()
        while self.is_live and self.is_behind:
            self.poll()
        if not self.is_live:
            return
        told = runs.last_entries(self.run)
        if told and isinstance(told[-1], runs.Failed):  # it failed before it could start
            self._fail(told[-1].fact, told[-1].remedy)
        else:
            said = f"It said: {worker.last_words}" if worker.last_words else ""
            self._fail_unexpectedly(KILLED if worker.was_killed else said)

    def _on_pool_failed(self, sentence: str) -> None:
        if self.state == "starting":
            self._fail(sentence, "")

    def _fail_unexpectedly(self, reason: str = "") -> None:
        assert self.run is not None
        self._fail(
            f"The training process ended unexpectedly. {reason}".strip(),
            "Resume from the last checkpoint." if has_checkpoint(self.run) else "Train again.",
        )

    def _fail(self, fact: str, remedy: str) -> None:
        self.failure = (fact, remedy)
        self._end("failed")
        self.failed.emit(fact, remedy)

    def _end(self, state: str) -> None:
        self._timer.stop()
        self._resumed_from = None
        self._set_state(state)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _send(self, command: runs.Command) -> bool:
        assert self.run is not None
        try:
            runs.send(self.run, command)
        except TrainingError as error:
            self.failed.emit(error.fact, error.remedy)
            return False
        return True

    def _on_document_changed(self, changes: Changes) -> None:
        if changes.data or changes.opened:
            self._prepare()
        if changes.opened:
            self._note_drawing()
            self.watch_live()

    def _note_drawing(self) -> None:
        """Another tab is shown, or another network in the same: that of the run is then open no more."""
        if self._seen == self._drawing == self._document.number:
            self._drawing = CLOSED
        self._seen = self._document.number

    def _prepare(self) -> None:
        path = self._document.path
        self._pool.prepare(self._document.network.data, path.parent if path else Path.cwd())


def _network_of(run: Path) -> Network | None:
    try:
        return load(run / runs.NETWORK).network
    except NetworkFileError:
        return None


def _on_device(network: Network) -> Network:
    """With the device that is preferred, where the recipe leaves it open."""
    device = str(preferences.value(DEVICE))
    if network.recipe.get("device", "auto") != "auto" or device == "auto":
        return network
    return dataclasses.replace(network, recipe={**network.recipe, "device": device})
