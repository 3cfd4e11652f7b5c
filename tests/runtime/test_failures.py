"""What can befall a training: each has its sentence, and nothing that was written is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nodes.arithmetic import Log
from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime import train as train_module
from runtime.checkpoint import LAST, load_weights
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.job import Job
from runtime.lock import locked
from runtime.runs import (
    JOURNAL,
    NETWORK,
    Checkpointed,
    Entry,
    Failed,
    Finished,
    Journal,
    Noted,
    Progress,
    Stop,
    TrainingError,
    Validated,
    create_run,
    read_entries,
    send,
)
from runtime.train import train
from runtime.train_command import prepare_run
from tests.runtime.networks import QUICK, chained, digits_graph, digits_run

needs_posix = pytest.mark.skipif(os.name != "posix", reason="Limits of a process are POSIX's.")


@contextmanager
def no_room_for(size: int) -> Iterator[Callable[[], None]]:
    """Gives what lets no file of this process grow past so many bytes, as where a disk is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def losses(run: Path) -> dict[int, float]:
    found: dict[int, float] = {}
    for entry in read_entries(run)[0]:
        if isinstance(entry, Progress):
            found |= dict(enumerate(entry.loss, entry.first_step))
    return found


def failure(run: Path, **arguments: Any) -> Failed:
    """What the journal ends with; the error says the same."""
    with pytest.raises(TrainingError) as caught:
        train(run, **arguments)
    last = read_entries(run)[0][-1]
    assert isinstance(last, Failed)
    assert f"{last.fact} {last.remedy}".strip() == str(caught.value)
    return last


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    run = digits_run(tmp_path_factory.mktemp("whole"))
    train(run)
    return losses(run)


@needs_posix
def test_a_full_disk_costs_nothing_that_was_kept(tmp_path: Path, undisturbed: dict[int, float]) -> None:
    """The journal needs less than 20 kB, a checkpoint more."""
    run = digits_run(tmp_path)
    with no_room_for(20_000) as fill:

        def fill_after_an_epoch(entry: Entry) -> None:
            if isinstance(entry, Checkpointed) and entry.file == LAST:
                fill()

        with pytest.raises(TrainingError, match=r"cannot be written: File too large\. .* make room\."):
            train(run, on_entry=fill_after_an_epoch)
    assert isinstance(read_entries(run)[0][-1], Failed)
    assert load_weights(run, "last")
    assert not list((run / "checkpoints").glob(".*"))  # nothing half written stays
    train(run, resume=True)
    assert losses(run) == undisturbed


def in_a_namespace(*command: str) -> list[str]:
    """A command that may mount, seen by nobody else."""
    return ["unshare", "--user", "--map-root-user", "--mount", *command]


def may_mount() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    tried = subprocess.run(in_a_namespace("mount", "-t", "tmpfs", "none", "/mnt"), capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not may_mount(), reason="Nobody but root may make a small disk here.")
def test_a_disk_that_is_really_full_fails_in_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    whole = digits_run(tmp_path / "whole", epochs=3)
    train(whole)
    (tmp_path / "disk").mkdir()
    command = in_a_namespace(sys.executable, "-m", "tests.runtime.full_disk", str(tmp_path / "disk"))
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert "No space left on device" in found["sentence"]
    assert "make room" in found["sentence"]
    assert found["weights"] > 0
    assert found["half"] == []
    assert found["losses"] == list(losses(whole).values())


def test_a_line_that_is_written_in_part_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is filling up takes a part of a line without an error."""
    with Journal(tmp_path) as journal:
        journal.append(Noted(1, "whole"))
        file = journal._file

        class Filling:
            def write(self, line: bytes) -> int:
                return file.write(line[:5])

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

        monkeypatch.setattr(journal, "_file", Filling())
        with pytest.raises(TrainingError, match="No space left on device"):
            journal.append(Noted(2, "torn"))
        monkeypatch.setattr(journal, "_file", file)
        journal.append(Noted(3, "after"))
    assert read_entries(tmp_path)[0] == [Noted(1, "whole"), Noted(3, "after")]


def test_what_follows_a_torn_line_is_read(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"type":"Noted","step":1,"sent')
    with Journal(tmp_path) as journal:
        journal.append(Failed("It was killed.", "Resume it."))
    assert read_entries(tmp_path)[0] == [Failed("It was killed.", "Resume it.")]


def test_what_a_kill_left_half_written_is_removed(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    torn = run / "checkpoints" / ".last.safetensors.abc123"
    torn.write_bytes(b"half")
    train(run)
    assert not torn.exists()


@needs_posix
def test_two_processes_on_one_folder(tmp_path: Path, undisturbed: dict[int, float]) -> None:
    """The second is refused; killed, the first leaves the folder to the next."""
    run = digits_run(tmp_path)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom runtime.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(run)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        before = (run / NETWORK).read_bytes()
        with pytest.raises(TrainingError, match=r"Another process is training in .* Wait until it has ended"):
            train(run)
        with pytest.raises(TrainingError, match="Another process is training"):
            prepare_run(None, tmp_path, run, ["recipe.epochs=7"])
        assert (run / NETWORK).read_bytes() == before
        assert read_entries(run)[0] == []
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    train(run)
    assert losses(run) == undisturbed


def test_data_that_are_gone_are_told_and_the_run_waits_for_them(tmp_path: Path) -> None:
    file, away = tmp_path / "data.npz", tmp_path / "away.npz"
    numbers = np.random.default_rng(0)
    np.savez(file, x=numbers.integers(0, 16, (200, 1, 8, 8), dtype=np.uint8), y=numbers.integers(0, 10, 200))
    run, whole = (create_run(tmp_path / name, _on(file)) for name in "ab")
    train(whole)
    send(run, Stop())
    train(run)
    file.rename(away)
    assert "data.npz" in failure(run, resume=True).fact
    away.rename(file)
    train(run, resume=True)
    assert losses(run) == losses(whole)


def test_data_that_go_while_a_run_trains_are_not_missed(tmp_path: Path) -> None:
    file = tmp_path / "data.npz"
    np.savez(file, x=np.zeros((200, 1, 8, 8), np.uint8), y=np.arange(200) % 10)
    run = create_run(tmp_path / "runs", _on(file))

    def remove(entry: Entry) -> None:
        if isinstance(entry, Progress):
            file.unlink(missing_ok=True)

    assert train(run, on_entry=remove).reason == "done"


def _on(file: Path) -> Network:
    return Network(digits_graph(), "digits", data={"source": str(file)}, recipe=QUICK)


def test_a_loss_that_is_no_number_names_the_layer_it_came_from(tmp_path: Path) -> None:
    layers = (("flatten", Flatten()), ("log", Log()), ("fc", Linear(10)))
    run = create_run(tmp_path, Network(chained(Input(size=(1, 8, 8)), *layers), "log", recipe=QUICK))
    failed = failure(run)
    assert failed.node == "fc"
    assert "is not a number at step 1" in failed.fact
    assert "fc is given it by what comes before." in failed.fact


def test_a_layer_that_overflows_is_named(tmp_path: Path) -> None:
    layers = [(f"fc{n}", Linear(64)) for n in range(1, 8)]
    graph = chained(Input(size=(1, 8, 8)), ("flatten", Flatten()), *layers, ("fc", Linear(10)))
    for name, _ in layers:
        graph = graph.with_training(name, NodeTraining(weight_init="constant", weight_value=1e6))
    run = create_run(tmp_path, Network(graph, "large", data={"normalise": "scale"}, recipe=QUICK))
    failed = failure(run)
    assert failed.node == "fc5"
    assert "fc5 makes it of numbers that are finite." in failed.fact


def test_a_number_in_the_data_that_is_none_is_found(tmp_path: Path) -> None:
    """One that came in behind the back of what reads files, which leaves such samples out."""
    data = open_data(DataChoice(normalise="none"))
    pixels = data.columns["image"].float()
    pixels[:, 0, 3, 3] = torch.nan
    data.columns["image"] = pixels
    failed = failure(create_run(tmp_path, Network(digits_graph(), "digits", recipe=QUICK)), prepared=data)
    assert "The field image of the data has a number that is not finite." in failed.fact


def test_a_rate_that_is_too_high_blames_no_layer_and_keeps_the_last_good_epoch(tmp_path: Path) -> None:
    run = digits_run(tmp_path, learning_rate=100.0, epochs=3)
    failed = failure(run)
    assert failed.node == ""
    assert "Set the learning rate to" in failed.remedy
    assert not (run / LAST).is_file() or all(v.isfinite().all() for v in load_weights(run, "last").values())


def limited(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """A computer on which no more than ``most`` samples fit in a batch."""
    plain: Callable[..., list[Tensor]] = Job.batch

    def batch(job: Job, rows: Tensor, *rest: Any) -> list[Tensor]:
        if len(rows) > most:
            raise torch.OutOfMemoryError("Tried to allocate 20.00 GiB.")
        return plain(job, rows, *rest)

    monkeypatch.setattr(Job, "batch", batch)


@pytest.mark.parametrize(
    ("most", "remedy"), [(40, "Set batch size to 32 or less."), (0, "Make the network smaller.")]
)
def test_out_of_memory_names_a_batch_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, remedy: str
) -> None:
    run = digits_run(tmp_path, batch_size=256)
    limited(monkeypatch, most)
    failed = failure(run)
    assert failed == Failed("The computer ran out of memory at batch size 256.", remedy)


def test_validation_makes_do_with_the_batches_of_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[int, float]
) -> None:
    limited(monkeypatch, 32)  # validation tries 128 first
    run = digits_run(tmp_path)
    train(run)
    assert losses(run) == undisturbed
    assert sum(isinstance(entry, Validated) for entry in read_entries(run)[0]) == 3


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[int, float], jump: float
) -> None:
    """Set back or forward a day at every look: what is timed runs by a clock that nobody sets."""
    true, looks = time.time, iter(range(1, 1_000_000))
    monkeypatch.setattr(time, "time", lambda: true() + jump * next(looks))
    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.05)
    run = digits_run(tmp_path, time_budget=5.0)
    train(run)
    assert losses(run) == undisturbed
    entries = read_entries(run)[0]
    assert isinstance(entries[-1], Finished)
    assert entries[-1].reason == "done"
    assert 0 < entries[-1].seconds < 300
    assert all(entry.seconds_left >= 0 for entry in entries if isinstance(entry, Progress))
    with locked(run):
        pass
