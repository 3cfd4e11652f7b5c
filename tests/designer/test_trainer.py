"""The trainer starts, follows and steers a training, and says how it ended."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from designer.document import Document
from designer.processes import module_command
from designer.training.liveness import live_run
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from nodes.graph.files import load, save
from runtime import runs
from runtime.runs import Finished, Progress, Started, Validated
from tests.designer.networks import digits_classifier
from tests.designer.programs import training

ALL_STEPS = """
    begin()
    for number in range(8):
        step(number)
    finish()
"""


class Desk:
    """A document, a pool and a trainer, and what the trainer has said."""

    def __init__(self, folder: Path, command: tuple[str, ...], **recipe: object) -> None:
        self.document = Document(digits_classifier(**recipe))
        self.document.path = folder / "digits.netw"
        self.pool = WorkerPool(command, replace_ms=60_000)
        self.trainer = Trainer(self.document, self.pool)
        self.entries: list[runs.Entry] = []
        self.states: list[str] = []
        self.trainer.entries.connect(self.entries.extend)
        self.trainer.state_changed.connect(self.states.append)

    def close(self) -> None:
        if self.trainer._worker is not None:
            self.trainer._worker.kill()
        self.trainer.let_go()
        self.pool.close()

    def of(self, kind: type[runs.Entry]) -> list[runs.Entry]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


@pytest.fixture
def desk(tmp_path, qtbot):
    desks: list[Desk] = []

    def make(body: str) -> Desk:
        desks.append(Desk(tmp_path, training(tmp_path, body)))
        return desks[-1]

    yield make
    for one in desks:
        one.close()


def test_a_training_is_followed_to_its_end(desk, qtbot):
    one = desk(ALL_STEPS)
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.start()
    assert [entry.first_step for entry in one.of(Progress)] == list(range(8))
    assert one.of(Validated)[0].accuracy == 0.9
    assert one.states == ["starting", "running", "finished"] or one.states == ["starting", "finished"]


def test_the_run_lies_beside_the_saved_file(desk, qtbot, tmp_path):
    one = desk(ALL_STEPS)
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.start()
    assert one.trainer.run.parent == tmp_path / "runs"
    assert (one.trainer.run / "network.netw").exists()


def test_the_run_of_a_network_never_saved_lies_in_the_users_data_folder(desk):
    one = desk(ALL_STEPS)
    one.document.path = None
    assert one.trainer.runs_folder().parts[-2:] == ("netwright", "runs")


def test_a_network_with_an_error_is_not_trained(desk, qtbot):
    one = desk(ALL_STEPS)
    graph = one.document.graph
    one.document.edit(graph.without_links(graph.incoming("linear1").values()), "cut")
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert "linear1" in told.args[0]
    assert one.trainer.run is None


def test_a_recipe_that_cannot_be_is_told(desk, qtbot):
    one = desk(ALL_STEPS)
    one.document.edit_network(dataclasses.replace(one.document.network, recipe={"batch_size": 0}), "x")
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert "batch_size" in told.args[0]


def test_a_folder_that_cannot_be_written_is_told(desk, qtbot, tmp_path):
    (tmp_path / "runs").write_text("in the way")
    one = desk(ALL_STEPS)
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert str(tmp_path / "runs") in told.args[0]


def test_validating_now_and_another_learning_rate_reach_the_training(desk, qtbot):
    one = desk(
        """
        begin()
        step(0)
        write("StateChanged", state=command())
        write("StateChanged", state=command())
        finish()
        """
    )
    one.trainer.start()
    qtbot.waitUntil(lambda: one.trainer.learning_rate == 0.1)
    one.trainer.validate_now()
    one.trainer.set_learning_rate(0.01)
    qtbot.waitUntil(lambda: one.trainer.state == "finished")
    commands, _ = runs.read_commands(one.trainer.run)
    assert commands == [runs.ValidateNow(), runs.SetLearningRate(0.01)]


def test_pause_and_resume_reach_the_training(desk, qtbot):
    one = desk("""
        begin(); step(0)
        assert command() == "Pause"
        write("StateChanged", state="paused")
        assert command() == "Resume"
        write("StateChanged", state="running")
        finish()
    """)
    one.trainer.start()
    qtbot.waitUntil(lambda: bool(one.of(Progress)))
    one.trainer.pause()
    qtbot.waitUntil(lambda: one.trainer.state == "paused")
    assert one.trainer.can_resume
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.resume()


def test_stop_ends_in_the_state_stopped(desk, qtbot):
    one = desk("""
        begin(); step(0)
        assert command() == "Stop"
        write("Finished", step=1, seconds=0.1, reason="stopped")
    """)
    one.trainer.start()
    qtbot.waitUntil(lambda: bool(one.of(Progress)))
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.stop()
    assert one.states[-2:] == ["stopping", "stopped"]


def test_a_training_that_does_not_stop_is_ended_the_second_time(desk, qtbot):
    one = desk("begin(); step(0); time.sleep(600)")
    one.trainer.start()
    qtbot.waitUntil(lambda: bool(one.of(Progress)))
    one.trainer.stop()
    process = one.trainer._worker.process_id
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.stop()
    assert one.trainer.state == "stopped"
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_failure_in_the_journal_reaches_the_user(desk, qtbot):
    one = desk("""
        begin(); step(0)
        write("Failed", fact="The loss is not a number at step 1.", remedy="Lower the learning rate.")
    """)
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert told.args == ["The loss is not a number at step 1.", "Lower the learning rate."]
    assert one.trainer.state == "failed"


def test_a_process_that_died_is_told_with_its_last_words(desk, qtbot):
    one = desk("begin(); step(0); sys.exit('CUDA error: out of luck')")
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert told.args == [
        "The training process ended unexpectedly. It said: CUDA error: out of luck",
        "Train again.",
    ]
    assert len(one.of(Progress)) == 1
    assert not one.trainer.can_resume


RESUMED = """
    if not start["resume"]:
        begin()
        for number in range(5):
            step(number)
        (run / "checkpoints" / "last.safetensors").write_text("{}")
        sys.exit("killed")
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    journal.truncate(sum(map(len, lines[:-2])))
    begin(resumed_at=3)
    for number in range(3, 8):
        step(number)
    finish()
"""


def test_a_training_that_died_is_resumed_from_its_checkpoint(desk, qtbot):
    one = desk(RESUMED)
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.start()
    assert told.args[1] == "Resume from the last checkpoint."
    one.entries.clear()
    with qtbot.waitSignal(one.trainer.finished):
        one.trainer.resume()
    assert [entry.resumed_at for entry in one.of(Started)] == [0, 3]
    assert [entry.first_step for entry in one.of(Progress)] == list(range(8))


def test_a_resumption_that_fails_at_once_is_told(desk, qtbot):
    one = desk("""
        if start["resume"]:
            write("Failed", fact="The data are gone.", remedy="Bring them back.")
            sys.exit(1)
        begin(); step(0)
        (run / "checkpoints" / "last.safetensors").write_text("{}")
        sys.exit("killed")
    """)
    with qtbot.waitSignal(one.trainer.failed):
        one.trainer.start()
    with qtbot.waitSignal(one.trainer.failed) as told:
        one.trainer.resume()
    assert told.args[0] == "The data are gone."


def test_a_run_that_has_ended_is_shown_whole(desk, qtbot):
    first = desk(ALL_STEPS)
    with qtbot.waitSignal(first.trainer.finished):
        first.trainer.start()
    second = desk(ALL_STEPS)
    with qtbot.waitSignal(second.trainer.finished):
        second.trainer.attach(first.trainer.run)
    assert second.entries == first.entries
    assert second.trainer.state == "finished"


def test_a_long_journal_is_read_a_part_at_a_time(desk, qtbot, tmp_path):
    """What ended it in the middle, before it was resumed, ends nothing."""
    run = tmp_path / "long"
    run.mkdir()
    line = msgspec.json.encode(Progress(0, 0.1, [2.0], [0.1], 0.1, 1.0, 1.0)) + b"\n"
    many = line * (3 * runs.PART // len(line))
    started = Started(1.0, 2, 10, runs.Samples(10, 1, 1), 1, "cpu", 650)
    with runs.Journal(run) as journal:
        for entry in (started, many, runs.Failed("Out of memory."), started, many, Finished(20, 1.0, "done")):
            if isinstance(entry, bytes):
                journal._file.write(entry)
            else:
                journal.append(entry)
    one = desk(ALL_STEPS)
    told = []
    one.trainer.entries.connect(lambda entries: told.append(len(entries)))
    one.trainer.attach(run)
    assert one.trainer.is_behind
    assert len(told) == 1
    qtbot.waitUntil(lambda: not one.trainer.is_behind)
    assert one.trainer.state == "finished"
    assert one.states == ["starting", "finished"]
    assert sum(told) == 2 * many.count(b"\n") + 4
    assert max(told) <= runs.PART // len(line) + 1


def test_a_run_left_behind_by_a_dead_process_is_told(desk, qtbot):
    first = desk("begin(); step(0); sys.exit('killed')")
    with qtbot.waitSignal(first.trainer.failed):
        first.trainer.start()
    second = desk(ALL_STEPS)
    with qtbot.waitSignal(second.trainer.failed) as told:
        second.trainer.attach(first.trainer.run)
    assert told.args[0] == "The training process ended unexpectedly."


@pytest.fixture
def real(tmp_path, qtbot):
    one = Desk(tmp_path, module_command("runtime.worker"), epochs=3)
    with qtbot.waitSignal(one.pool.ready, timeout=60_000):
        one.pool.warm()
    yield one
    one.close()


@pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
def test_a_real_training_that_is_killed_is_resumed_and_runs_to_its_end(real, qtbot):
    document = real.document
    document.edit_network(dataclasses.replace(document.network, recipe={"epochs": 20}), "longer")
    real.trainer.start()
    qtbot.waitUntil(lambda: len(real.of(Progress)) > 3, timeout=60_000)
    real.trainer.pause()
    qtbot.waitUntil(lambda: real.trainer.state == "paused", timeout=60_000)
    with qtbot.waitSignal(real.trainer.failed) as told:
        os.kill(real.trainer._worker.process_id, signal.SIGKILL)
    assert "It was killed" in told.args[0]
    assert real.trainer.can_resume
    with qtbot.waitSignal(real.trainer.finished, timeout=120_000):
        real.trainer.resume()
    assert real.trainer.state == "finished"
    losses = [loss for entry in real.of(Progress) for loss in entry.loss]
    assert losses[-1] < losses[0]
    assert real.of(Finished)[0].reason == "done"
    tests = [entry for entry in real.of(Validated) if entry.part == "test"]
    assert tests[-1].accuracy > 0.8


def test_a_training_outlives_the_window_and_is_found_by_the_next(real, qtbot, tmp_path):
    document = real.document
    document.edit_network(dataclasses.replace(document.network, recipe={"epochs": 100_000}), "longer")
    real.trainer.start()
    qtbot.waitUntil(lambda: bool(real.of(Progress)), timeout=60_000)
    run = real.trainer.run
    real.trainer.let_go()
    real.pool.close()
    after = Desk(tmp_path, training(tmp_path, ALL_STEPS))
    after.document.open(document.network, document.path)
    assert after.trainer.run == run
    seen = len(after.of(Progress))
    qtbot.waitUntil(lambda: len(after.of(Progress)) > seen, timeout=60_000)
    with qtbot.waitSignal(after.trainer.finished, timeout=60_000):
        after.trainer.stop()
    assert after.trainer.state == "stopped"
    after.close()


def test_a_training_begun_by_the_command_line_is_found_and_watched(tmp_path, qtbot):
    network = digits_classifier(epochs=100_000)
    save(network, tmp_path / "digits.netw")
    command = [sys.executable, "-m", "runtime.train", str(tmp_path / "digits.netw"), "--out", str(tmp_path / "runs")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        one = Desk(tmp_path, training(tmp_path, ALL_STEPS))
        try:
            qtbot.waitUntil(lambda: live_run(tmp_path / "runs") is not None, timeout=60_000)
            one.document.open(load(tmp_path / "digits.netw").network, tmp_path / "digits.netw")
            qtbot.waitUntil(lambda: bool(one.of(Progress)), timeout=60_000)
            with qtbot.waitSignal(one.trainer.finished, timeout=60_000):
                one.trainer.stop()
            assert one.trainer.state == "stopped"
        finally:
            process.kill()
            one.close()
