"""The pool keeps one warm training process, and says so when it cannot."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from designer import worker_pool
from designer.worker_pool import MOST_TRIES, WorkerPool
from tests.designer.programs import ECHO_WORKER, program


@pytest.fixture
def pool(tmp_path, qtbot):
    pool = WorkerPool(program(tmp_path, ECHO_WORKER), retry_ms=1, replace_ms=1)
    yield pool
    pool.close()


def heard(folder: Path) -> list[dict[str, object]]:
    path = folder / "program.heard"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_spare_becomes_ready(pool, qtbot):
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    assert pool.is_ready


def test_a_run_goes_to_the_warm_spare(pool, qtbot, tmp_path):
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    worker = pool.start(tmp_path / "run", resume=True)
    with qtbot.waitSignal(worker.ended):
        pass
    assert heard(tmp_path) == [{"type": "Start", "run": str(tmp_path / "run"), "resume": True}]
    assert worker.last_words == "trained"


def test_a_run_may_come_before_the_spare_is_warm(pool, qtbot, tmp_path):
    worker = pool.start(tmp_path / "run")
    with qtbot.waitSignal(worker.ended):
        pass
    assert heard(tmp_path)[0]["type"] == "Start"


def test_a_used_spare_is_replaced(pool, qtbot, tmp_path):
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    with qtbot.waitSignal(pool.ready):
        pool.start(tmp_path / "run")
    assert pool.is_ready


def test_only_the_last_data_choice_is_prepared(pool, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_pool, "PREPARE_MS", 20)
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    for source in ("d", "di", "digits"):
        pool.prepare({"source": source}, tmp_path)
    qtbot.waitUntil(lambda: bool(heard(tmp_path)))
    assert heard(tmp_path) == [{"type": "Prepare", "data": {"source": "digits"}, "base": str(tmp_path)}]


def test_a_spare_that_crashed_is_started_again(pool, qtbot):
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    with qtbot.waitSignal(pool.ready):
        os.kill(pool._spare.process_id, signal.SIGTERM)
    assert pool.is_ready


def test_a_spare_that_never_starts_is_told_in_a_sentence(tmp_path, qtbot):
    pool = WorkerPool(program(tmp_path, "raise SystemExit('no torch here')"), retry_ms=1)
    with qtbot.waitSignal(pool.failed) as told:
        pool.warm()
    assert pool.failures == MOST_TRIES
    assert "It said: no torch here" in told.args[0]
    pool.close()


def test_a_missing_program_is_told_in_a_sentence(tmp_path, qtbot):
    pool = WorkerPool((str(tmp_path / "nowhere"),), retry_ms=1)
    with qtbot.waitSignal(pool.failed) as told:
        pool.warm()
    assert "does not start" in told.args[0]


def test_closing_ends_the_spare(pool, qtbot):
    with qtbot.waitSignal(pool.ready):
        pool.warm()
    process = pool._spare.process_id
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


SLOW_WORKER = """
    import pathlib, sys, time
    print('{"type": "Ready"}', flush=True)
    sys.stdin.readline()
    print('{"type": "Busy"}', flush=True)
    time.sleep(0.5)
    pathlib.Path(__file__).with_suffix(".done").touch()
"""


def test_a_worker_let_go_finishes_without_the_window(tmp_path, qtbot):
    pool = WorkerPool(program(tmp_path, SLOW_WORKER))
    worker = pool.start(tmp_path / "run")
    with qtbot.waitSignal(worker._program.line):
        pass
    worker.let_go()
    worker.deleteLater()
    pool.close()
    qtbot.waitUntil((tmp_path / "program.done").exists)
