"""The warm training process, as the window uses it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from runtime.lock import locked
from runtime.runs import Progress, TrainingError, read_entries
from runtime.train_command import main
from tests.runtime.networks import digits_run

READY = b'{"type":"Ready"}\n'


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    command, pipe = [sys.executable, "-m", "runtime.worker"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def say(process: subprocess.Popen[bytes], **message: object) -> None:
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(message) + b"\n")
    process.stdin.flush()


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def test_worker_trains_the_run_it_is_given_and_ends(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    assert first_line(worker) == READY
    say(worker, type="Prepare", data={"source": "digits"}, base=str(tmp_path))
    say(worker, type="Start", run=str(run), resume=False)
    assert worker.wait(60) == 0
    assert any(isinstance(entry, Progress) for entry in read_entries(run)[0])


def test_values_are_written_from_the_first_step_on(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    say(worker, type="Prepare", data={"source": "digits"}, base=str(tmp_path))
    assert first_line(worker) == READY
    time.sleep(0.2)
    say(worker, type="Start", run=str(run), resume=False)
    while not (values := [entry for entry in read_entries(run)[0] if isinstance(entry, Progress)]):
        time.sleep(0.001)
    assert values[0].first_step == 0


def test_worker_without_a_start_ends_with_its_input(worker: subprocess.Popen[bytes]) -> None:
    assert first_line(worker) == READY
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(10) == 0


def test_strange_line_and_bad_data_are_survived(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    say(worker, type="Dance")
    say(worker, type="Prepare", data={"source": "/nowhere"}, base=str(tmp_path))
    run = digits_run(tmp_path, epochs=1)
    say(worker, type="Start", run=str(run))
    assert worker.wait(60) == 0


def test_run_that_cannot_be_is_told_on_both_channels(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    with locked(run):
        say(worker, type="Start", run=str(run))
        output, words = worker.communicate(timeout=60)
    assert b"Another process is training" in output.removeprefix(READY)
    assert b"Another process is training" in words
    assert b"Traceback" not in words
    assert read_entries(run)[0] == []


def test_command_trains_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = digits_run(tmp_path) / "network.netw"
    out = tmp_path / "out"
    main([str(file), "--out", str(out), "--epochs", "1", "--set", "recipe.batch_size=64"])
    (run,) = out.iterdir()
    assert "20 steps" in capsys.readouterr().out
    main(["--resume", str(run), "--epochs", "2"])
    assert "40 steps" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.netw"], "There is no file"),
        ([], "nothing to train"),
        (["--resume", "missing"], "is no run"),
        (["--resume", "missing", "--epochs", "3"], "There is no file"),
    ],
)
def test_command_refuses_with_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    words = capsys.readouterr().err
    assert sentence in words
    assert len(words.splitlines()) == 1


def test_training_error_reads_as_fact_and_remedy() -> None:
    assert str(TrainingError("It broke.", "Mend it.")) == "It broke. Mend it."
