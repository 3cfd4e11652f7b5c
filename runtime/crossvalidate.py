"""k-fold cross-validation: one run for each fold, and mean and deviation of what they were judged at.

Every run keeps its weights by its own fold, as any training does by its validation part.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import torch

from nodes.graph.files import load, save, write, write_atomically
from nodes.graph.model import Network
from runtime import runs
from runtime.checkpoint import LAST
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.faults import RefusalError
from runtime.folds import CSV, RUNS, STATE, FoldScore, Report, State, read_state, report_of
from runtime.recipe import Recipe
from runtime.runs import Validated, create_run, read_entries, unwritable, write_json
from runtime.summary import Summary
from runtime.train import train

Listener = Callable[[int, runs.Entry], None]


def begin(folder: Path, network: Network, folds: int) -> State:
    """Makes the folder, or takes up what stands there. ``network`` has its data source in full.

    Raises RefusalError, TrainingError, DataError, SettingError.
    """
    state = read_state(folder)
    if state is not None:
        if state.folds != folds or write(network) != (folder / runs.NETWORK).read_bytes():
            raise RefusalError(
                f"{folder} holds the folds of another network, or another number of them.", "Choose another --out."
            )
        return state
    _require_folds(network, folds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    if any(folder.iterdir()):
        raise RefusalError(f"{folder} is not empty, and holds no folds.", "Name an empty or a new folder with --out.")
    save(network, folder / runs.NETWORK)
    state = State(folds)
    write_json(folder / STATE, state)
    return state


def cross_validate(folder: Path, state: State, hear: Listener | None = None) -> Report:
    """Trains the folds that are not done yet, those begun from their last checkpoints. Raises TrainingError."""
    network = load(folder / runs.NETWORK).network
    for fold in range(1, state.folds + 1):
        if fold not in state.scores:
            run = _run_of(folder, state, network, fold)

            def tell(entry: runs.Entry, fold: int = fold) -> None:
                if hear is not None:
                    hear(fold, entry)

            summary = train(run, resume=(run / LAST).exists(), on_entry=tell)
            if summary.reason == "stopped":
                break
            state.scores[fold] = _score(fold, run, summary)
            write_json(folder / STATE, state)
    report = report_of(state)
    write_atomically(folder / CSV, as_csv(report).encode())
    return report


def as_csv(report: Report) -> str:
    """A line for each fold, and below them mean and deviation."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    columns = [("validation", name) for name in report.validation] + [("test", name) for name in report.test]
    writer.writerow(["fold", *(f"{part}_{name}" for part, name in columns), "seconds", "run"])
    for score in report.scores:
        values = [getattr(score, part)[name] for part, name in columns]
        writer.writerow([score.fold, *values, round(score.seconds, 3), score.run])
    for word in ("mean", "deviation"):
        writer.writerow([word, *(getattr(getattr(report, part)[name], word) for part, name in columns), "", ""])
    return lines.getvalue()


def of_fold(network: Network, folds: int, fold: int) -> Network:
    """The network with one fold as its validation part."""
    return dataclasses.replace(network, data={**network.data, "folds": folds, "fold": fold})


def _require_folds(network: Network, folds: int) -> None:
    """Raises RefusalError where the data are parted otherwise, whatever folds are asked for."""
    first, second = (
        open_data(DataChoice.read(of_fold(network, folds, fold).data)).validation.clone() for fold in (1, 2)
    )
    if torch.equal(first, second):
        raise RefusalError(
            "These data have a validation part of their own, or an order in time: there are no folds to change.",
            "Train them as they are, or name a source without parts.",
        )
    if not len(first) or not len(second):
        raise RefusalError(f"There are fewer samples than {folds} folds.", "Set --folds lower.")


def _run_of(folder: Path, state: State, network: Network, fold: int) -> Path:
    known = state.runs.get(fold)
    if known and (folder / RUNS / known / runs.NETWORK).is_file():
        return folder / RUNS / known
    run = create_run(folder / RUNS, of_fold(network, state.folds, fold), f"fold {fold}", folder)
    state.runs[fold] = run.name
    write_json(folder / STATE, state)
    return run


def _score(fold: int, run: Path, summary: Summary) -> FoldScore:
    recipe = Recipe.read(load(run / runs.NETWORK).network.recipe)
    validated = [e for e in read_entries(run)[0] if isinstance(e, Validated) and e.part == "validation"]
    kept = summary.best.step if summary.best and recipe.keep != "last" else None
    entry = next((e for e in reversed(validated) if kept is None or e.step == kept), None)
    validation = {"loss": entry.loss, **entry.metrics} if entry else {}
    test = {} if summary.test_loss is None else {"loss": summary.test_loss, **summary.test_metrics}
    return FoldScore(fold, run.name, summary.seconds, validation, test)
