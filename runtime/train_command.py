"""``python -m runtime.train``: trains a network file, or goes on with a run."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from nodes.graph.files import NetworkFileError, load
from nodes.spec.settings import SettingError
from runtime.counted import counted
from runtime.lock import locked
from runtime.recipe import override
from runtime.runs import NETWORK, Stop, TrainingError, create_run, revise_run, send
from runtime.team import team
from runtime.train import train
from runtime.trust import TrustError, require_trusted, trust_file

BAD_INPUT, INTERRUPTED = 2, 130
LAUNCHED = "WORLD_SIZE"  # torchrun sets it


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with status 2 and one sentence where something has to be changed."""
    status = _trained(arguments)
    if LAUNCHED in os.environ:
        from runtime.distributed.launch import leave

        leave(status)
    if status:
        sys.exit(status)


def _trained(arguments: Sequence[str] | None) -> int:
    """The exit status."""
    options = _parser().parse_args(arguments)
    try:
        with _in_a_team():
            run, is_resumed = _run_of_the_team(options)
            with stop_on_interrupt(run):
                summary = train(run, resume=is_resumed)
            is_leader = team().is_leader
    except (TrainingError, SettingError, NetworkFileError, TrustError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    if not is_leader:
        return 0
    accuracy = "" if summary.test_accuracy is None else f", test accuracy {summary.test_accuracy:.2%}"
    sentence = f". {summary.sentence}" if summary.sentence else ""
    sys.stdout.write(f"{run}: {counted(summary.steps, 'step')} in {summary.seconds:.1f} s{accuracy}{sentence}\n")
    return 0


def _in_a_team() -> AbstractContextManager[None]:
    """With the other processes where torchrun has started this one."""
    if LAUNCHED not in os.environ:
        return nullcontext()
    from runtime.distributed.launch import in_a_team

    return in_a_team()


def _run_of_the_team(options: argparse.Namespace) -> tuple[Path, bool]:
    """The run folder, which the leader makes, and whether it is resumed. Raises as prepare_run does."""
    if not team().is_several:
        return _prepared(options), options.resume is not None
    from runtime.distributed.launch import mark, run_before

    found: tuple[Path, bool] | None = None
    if team().is_leader:
        before = None if options.resume else run_before(options.out)
        found = (before or _prepared(options), bool(before or options.resume))
        if not found[1]:
            mark(found[0])
    found = team().told(found)
    assert found is not None
    return found


def _prepared(options: argparse.Namespace) -> Path:
    return prepare_run(options.file, options.out, options.resume, assignments(options), trust=options.trust)


def prepare_run(
    file: Path | None, out: Path, resumed: Path | None, assigned: Sequence[str], *, trust: bool = False
) -> Path:
    """The run folder to train in: a new one below ``out``, or the one to resume, with ``assigned`` settings.

    With ``trust`` the Python code of the file may run from now on; without, nothing is made where it may not.

    Raises TrainingError, SettingError, NetworkFileError, TrustError.
    """
    subject = resumed or file
    if trust and subject is not None:
        trust_file(subject)
    if resumed is not None:
        if assigned:
            with locked(resumed) if (resumed / NETWORK).is_file() else nullcontext():  # another may be training there
                revise_run(resumed, assigned)
        return resumed
    if file is None:
        raise TrainingError("There is nothing to train.", "Name a network file, or a run with --resume.")
    opened = load(file)
    if opened.faults:
        raise TrainingError(f"{file} is damaged: {opened.faults[0]}", "Open it in the window and save it again.")
    network = opened.network
    require_trusted(network.graph)
    for assignment in assigned:
        network = override(network, assignment, Path.cwd())
    return create_run(out, network, file.stem, file.parent)


def assignments(options: argparse.Namespace) -> list[str]:
    """``--epochs`` and ``--device`` are short for two settings."""
    short = [f"recipe.{name}={getattr(options, name)}" for name in ("epochs", "device") if getattr(options, name)]
    return [*short, *options.set]


@contextmanager
def stop_on_interrupt(run: Path) -> Iterator[None]:
    """Ctrl-C stops the run as the window would: with a checkpoint and a test. A second one ends it at once.

    Of several processes the leader hears it; the others follow.
    """

    def stop(signal_number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if team().is_leader:
            send(run, Stop())

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime.train", description="Train a network file.")
    parser.add_argument("file", nargs="?", type=Path, help="network file (.netw)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder that the run's folder is made in")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="such as recipe.batch_size=64"
    )
    parser.add_argument("--trust", action="store_true", help="run the Python code that came with this file")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="run folder to go on with")
    return parser
