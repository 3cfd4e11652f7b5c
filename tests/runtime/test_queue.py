"""Runs that are trained one after another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime import queue, queue_worker
from runtime.commands import run as command
from runtime.lock import locked
from runtime.runs import Finished, Stop, TrainingError, read_commands, read_entries
from runtime.train import train
from tests.runtime.networks import digits_graph, digits_run


@pytest.fixture
def line(tmp_path) -> Path:
    """A queue with three runs."""
    for name in ("a", "b", "c"):
        queue.add(tmp_path / "queue", digits_run(tmp_path / name, epochs=1, batch_size=400), name)
    return tmp_path / "queue"


@pytest.fixture
def in_this_process(monkeypatch) -> list[str]:
    """Trains without a process for each run; the order in which they had their turn."""
    order: list[str] = []

    def act(run: Path) -> None:
        order.append(run.parent.name)
        train(run, resume=True)

    monkeypatch.setattr(queue_worker, "_train", act)
    return order


def states(folder: Path) -> list[tuple[str, str]]:
    return [(queued.title, queued.state) for queued in queue.listed(folder)]


def test_runs_are_trained_in_their_order(line, in_this_process):
    queue.move(line, "0003", -1)
    queue.move(line, "0003", -1)
    assert queue_worker.work_off(line) == 3
    assert in_this_process == ["c", "a", "b"]
    assert states(line) == [("c", "finished"), ("a", "finished"), ("b", "finished")]


def test_a_removed_run_has_no_turn_and_keeps_its_folder(line, in_this_process):
    removed = queue.listed(line)[0].run
    queue.remove(line, "0001")
    queue_worker.work_off(line)
    assert in_this_process == ["b", "c"]
    assert removed.is_dir()


def test_removing_what_is_trained_stops_it(line):
    first = queue.listed(line)[0]
    with locked(first.run):
        assert states(line)[0] == ("a", "running")
        queue.remove(line, first.name)
    assert read_commands(first.run)[0] == [Stop()]
    assert [title for title, _ in states(line)] == ["b", "c"]


def test_a_failure_leaves_the_others_their_turn(line, monkeypatch):
    turns: list[Path] = []
    monkeypatch.setattr(queue_worker, "_train", turns.append)  # each ends without a word
    assert queue_worker.work_off(line) == 3
    assert states(line) == [("a", "failed"), ("b", "failed"), ("c", "failed")]


def test_one_worker_at_a_time(line, in_this_process):
    held = queue_worker.take_now(line / queue.LOCK)
    assert held is not None
    assert queue.is_worked_off(line)
    assert not queue.start(line)
    assert queue_worker.work_off(line) == 0
    assert in_this_process == []


def test_a_run_may_have_another_turn(line, in_this_process):
    queue_worker.work_off(line)
    queue.again(line, "0002")
    assert states(line)[1] == ("b", "waiting")


def test_a_run_whose_folder_is_gone_is_passed_over(line, in_this_process):
    (queue.listed(line)[0].run / "network.netw").unlink()
    queue_worker.work_off(line)
    assert states(line) == [("a", "gone"), ("b", "finished"), ("c", "finished")]


def test_a_half_written_entry_is_passed_over(line):
    (line / "0009.json").write_text('{"run": "/x')
    assert len(queue.listed(line)) == 3


def test_what_is_not_there_is_said(line):
    with pytest.raises(TrainingError, match="no run 0042 in the queue"):
        queue.remove(line, "0042")


def test_the_commands_add_list_remove_and_work_off_in_processes_of_their_own(tmp_path, capsys):
    file, line = tmp_path / "digits.netw", tmp_path / "queue"
    save(Network(digits_graph(), data={"source": "digits"}, recipe={"epochs": 1, "batch_size": 400}), file)
    there = ["--queue", str(line), "--json"]
    assert command(["queue", "add", str(file), str(file), "--out", str(tmp_path / "runs"), *there]) == 0
    assert command(["queue", "remove", "0002", *there]) == 0
    capsys.readouterr()
    assert command(["queue", "start", "--wait", *there]) == 0
    (told,) = json.loads(capsys.readouterr().out)["runs"]
    assert (told["name"], told["state"]) == ("0001", "finished")
    assert isinstance(read_entries(Path(told["run"]))[0][-1], Finished)


def test_listing_loads_no_torch():
    program = "import sys; import runtime.queue, runtime.queue_command; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
