"""A training on the console: a progress bar, and what is worth telling at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from runtime import runs
from runtime.counted import counted
from runtime.data.downloads import Fetched, heard_by
from runtime.faults import RefusalError
from runtime.run_folder import runs_within
from runtime.stopping import words_of
from runtime.train import train
from runtime.train_command import stop_on_interrupt
from runtime.transfer.table import as_table

TELLING = ("iou", "perplexity", "bleu", "r2")  # metrics that are told of a task, beside its accuracy or loss


def follow(run: Path, *, resume: bool, console: Console | None = None, is_quiet: bool = False) -> dict[str, Any]:
    """Trains in this process with a progress bar, and reports as programs read it.

    Ctrl-C stops after the current step and keeps everything. Raises TrainingError, DataError, SourceError.
    """
    if resume and not (run / runs.NETWORK).is_file():
        raise RefusalError(
            f"{run} is no run: there is no {runs.NETWORK} in it.", runs_within(run) or "Name the folder of a run."
        )
    console = console or Console(stderr=is_quiet)
    summary = _Summary(run)
    with stop_on_interrupt(run), _Bar(console, hidden=is_quiet) as bar, heard_by(bar.fetch):

        def hear(entry: runs.Entry) -> None:
            summary.hear(entry)
            bar.hear(entry)
            if isinstance(entry, runs.WeightsTaken) and not is_quiet:
                console.print(as_table(entry.rows))

        train(run, resume=resume, on_entry=hear)
    if not is_quiet:
        summary.tell(console)
    return summary.report()


class _Summary:
    """What is worth telling of a training, gathered from its journal entries."""

    def __init__(self, run: Path) -> None:
        self._found: dict[str, Any] = {"run": str(run)}

    def hear(self, entry: runs.Entry) -> None:
        match entry:
            case runs.Started():
                self._found |= {"device": entry.device, "weights": entry.weights, "notes": list(entry.notes)}
            case runs.Progress():
                self._found |= {"loss": entry.loss[-1], "samples_per_second": entry.samples_per_second}
            case runs.Validated():
                self._found[f"{entry.part}_loss"] = entry.loss
                self._found |= {f"{entry.part}_{name}": value for name, value in entry.metrics.items()}
            case runs.WeightsTaken():
                taken = sum(bool(row.source) for row in entry.rows)
                self._found["started_from"] = {"source": entry.source, "taken": taken, "of": len(entry.rows)}
            case runs.Noted():
                self._found.setdefault("notes", []).append(entry.sentence)
            case runs.Finished():
                self._found |= {"steps": entry.step, "seconds": entry.seconds, "reason": entry.reason}
                if entry.sentence:
                    self._found["sentence"] = entry.sentence

    def report(self) -> dict[str, Any]:
        return dict(self._found)

    def tell(self, console: Console) -> None:
        run = self._found["run"]
        for note in (*self._found.get("notes", ()), *filter(None, [self._found.get("sentence")])):
            console.print(note, highlight=False, soft_wrap=True, markup=False)
        if self._found.get("reason") == "stopped":
            console.print(
                f"Stopped after {counted(self._found['steps'], 'step')}. Go on with: netwright train --resume {run}",
                highlight=False,
                soft_wrap=True,
            )
            return
        told = [f"{counted(self._found.get('steps', 0), 'step')} in {self._found.get('seconds', 0):.1f} s"]
        for part in ("validation", "test"):
            if f"{part}_accuracy" in self._found:
                told.append(f"{part} accuracy {self._found[f'{part}_accuracy']:.2%}")
            elif f"{part}_loss" in self._found:
                told.append(f"{part} loss {self._found[f'{part}_loss']:.4g}")
            told += [
                f"{part} {words_of(name)} {self._found[f'{part}_{name}']:.4g}"
                for name in TELLING
                if f"{part}_{name}" in self._found
            ]
        console.print(f"{', '.join(told)}. Run: {run}", highlight=False, soft_wrap=True)


class _Bar:
    """A progress bar that journal entries move."""

    def __init__(self, console: Console, hidden: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            disable=hidden,
        )
        self._task = self._progress.add_task("Loading the data", total=None, figures="")
        self._figures: dict[str, str] = {}
        self._epochs = 0

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def fetch(self, fetched: Fetched) -> None:
        """A ready set is downloaded."""
        self._show(description=f"Downloading {fetched.file}", total=fetched.total or None, completed=fetched.bytes)

    def hear(self, entry: runs.Entry) -> None:
        match entry:
            case runs.Started():
                self._epochs = entry.epochs
                self._show(description="Training", total=entry.steps, completed=entry.resumed_at)
            case runs.Progress():
                self._figures["loss"] = f"loss {entry.loss[-1]:.3f}"
                self._figures["rate"] = f"{entry.samples_per_second:,.0f}/s"
                self._show(
                    description=f"Epoch {entry.epoch:.1f}/{self._epochs}",
                    completed=entry.first_step + len(entry.loss),
                )
            case runs.Sampled():
                when = f"After {counted(entry.step, 'step')}, at temperature {entry.temperature:g}"
                told = f"{when}:\n{entry.start}{entry.text}\n"
                self._progress.console.print(told, highlight=False, markup=False)
            case runs.Validated() if entry.part == "validation":
                self._figures["validation"] = (
                    f"validation {entry.accuracy:.1%}"
                    if entry.accuracy is not None
                    else f"validation {entry.loss:.3f}"
                )
                self._show()

    def _show(self, **changes: Any) -> None:
        self._progress.update(self._task, figures=" · ".join(self._figures.values()), **changes)
