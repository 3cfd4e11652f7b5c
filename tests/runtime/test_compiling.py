"""torch.compile in a training: the same losses, kept where it pays, done without where it does not work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from runtime import compiling
from runtime import train as train_module
from runtime.runs import Entry, Noted, Progress, read_entries
from runtime.train import train
from tests.runtime.journals import losses_of
from tests.runtime.networks import digits_run


@pytest.fixture(autouse=True)
def _quick_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces as ever, but writes no C++, which takes a minute."""
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")


def note(run: Path) -> str:
    [sentence] = [entry.sentence for entry in read_entries(run)[0] if isinstance(entry, Noted)]
    return sentence


def timed(monkeypatch: pytest.MonkeyPatch, seconds: Sequence[float]) -> None:
    """What a plain and a compiled step take."""
    told = iter(seconds)
    monkeypatch.setattr(compiling, "seconds_a_step", lambda *_: next(told))


def test_compiled_steps_have_the_losses_of_plain_ones(tmp_path: Path) -> None:
    plain, compiled = digits_run(tmp_path / "a", epochs=1), digits_run(tmp_path / "b", epochs=1, compile="on")
    train(plain)
    train(compiled)
    assert losses_of(compiled) == pytest.approx(losses_of(plain), rel=1e-4)  # dropout and all
    assert note(compiled).startswith("Steps are compiled; that took")


def test_where_there_is_no_compiler_the_run_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise RuntimeError("No working C++ compiler found.")

    monkeypatch.setattr(compiling, "BACKEND", refuse)
    plain, compiled = digits_run(tmp_path / "a", epochs=1), digits_run(tmp_path / "b", epochs=1, compile="on")
    train(plain)
    train(compiled)
    assert losses_of(compiled) == losses_of(plain)
    assert "torch.compile does not work here" in note(compiled)
    assert "No working C++ compiler" in note(compiled)


def test_auto_leaves_a_short_run_alone(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, compile="auto")
    train(run)
    assert note(run).startswith("torch.compile was not tried: the steps of this run take about")


@pytest.mark.parametrize(
    ("compiled", "sentence"),
    [
        (4.0, "torch.compile pays: 4 s a step instead of 8 s, compiled in"),
        (7.9, "torch.compile does not pay and is left out: 7.9 s a step instead of 8 s, compiled in"),
    ],
)
def test_auto_keeps_what_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: float, sentence: str
) -> None:
    timed(monkeypatch, [8.0, compiled])
    run = digits_run(tmp_path, epochs=1, compile="auto")
    train(run)
    assert note(run).startswith(sentence)


def test_a_resumed_run_holds_to_what_was_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timed(monkeypatch, [8.0, 4.0])  # asked once more, it would raise StopIteration
    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.0)
    whole, killed = digits_run(tmp_path / "a", compile="on"), digits_run(tmp_path / "b", compile="auto")
    train(whole)

    class KilledError(BaseException):
        pass

    def kill(entry: Entry) -> None:
        if isinstance(entry, Progress) and entry.first_step > 30:
            raise KilledError

    with pytest.raises(KilledError):
        train(killed, on_entry=kill)
    train(killed, resume=True)
    assert losses_of(killed) == losses_of(whole)


def test_trying_leaves_no_trace(tmp_path: Path) -> None:
    plain, tried = digits_run(tmp_path / "a", epochs=1), digits_run(tmp_path / "b", epochs=1, compile="auto")
    train(plain)
    train(tried)
    assert losses_of(tried) == losses_of(plain)
    torch.compiler.reset()
