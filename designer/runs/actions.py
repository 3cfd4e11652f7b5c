"""What the window does with runs that the table names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from designer import dialogs
from designer.bottom_panel import INSPECT, RUNS, TRAINING
from designer.dropping import attach_run, start_from
from nodes.graph.files import NetworkFileError, load
from runtime.runs import NETWORK
from runtime.search.folder import RUNS as TRIALS

if TYPE_CHECKING:
    from designer.main_window import MainWindow
    from designer.runs.panel import RunsPanel


def connect(panel: RunsPanel, window: MainWindow) -> None:
    """Lets the window do what the panel asks for."""
    panel.watch_wanted.connect(partial(attach_run, window))
    panel.curves_wanted.connect(partial(show_curves, window))
    panel.inspection_wanted.connect(partial(inspect, window))
    panel.drawing_wanted.connect(partial(open_drawing, window))
    panel.weights_wanted.connect(partial(start_from, window))
    panel.wanted.connect(lambda wish, runs: WISHES[wish](window, runs))
    assert window.services is not None
    window.services.trainer.state_changed.connect(lambda _state: panel.refresh())
    _link_curves(panel, window)


def _link_curves(panel: RunsPanel, window: MainWindow) -> None:
    """What stands out in the table does so among the curves of the training, and the other way round."""
    from designer.training.dock import TrainingPanel

    page = window.bottom.page(TRAINING)
    assert isinstance(page, TrainingPanel)
    panel.highlighted.connect(lambda paths: page.highlight([Path(path) for path in paths]))
    page.run_pointed.connect(panel.point_at_name)
    page.run_chosen.connect(panel.choose_name)


def show_curves(window: MainWindow, runs: list[Path]) -> None:
    """Beside the run that is watched; the first is watched where none is."""
    from designer.training.dock import TrainingPanel

    assert window.services is not None
    if window.services.trainer.run is None:
        attach_run(window, runs[0])
    window.show_panel(TRAINING)
    page = window.bottom.page(TRAINING)
    assert isinstance(page, TrainingPanel)
    page.show_beside(runs)


def show_trials(window: MainWindow, search: Path) -> None:
    """The trials of a search in the panel of runs, as a table, points or lines."""
    from designer.runs.panel import RunsPanel

    window.show_panel(RUNS)
    page = window.bottom.page(RUNS)
    assert isinstance(page, RunsPanel)
    page.show_folder(search / TRIALS)


def inspect(window: MainWindow, run: Path) -> None:
    """Looks into a run."""
    from designer.inspect.panel import InspectPanel

    window.show_panel(INSPECT)
    page = window.bottom.page(INSPECT)
    assert isinstance(page, InspectPanel)
    page.show_run(run)


def open_drawing(window: MainWindow, run: Path) -> None:
    """What was trained, as a network without a file."""
    try:
        opened = load(run / NETWORK)
    except NetworkFileError as error:
        dialogs.tell(window, str(error))
        return
    window.files.show(opened.network)


def restore_drawing(window: MainWindow, runs: list[Path]) -> None:
    """What was trained takes the place of the drawing; undo takes it back."""
    try:
        graph = load(runs[0] / NETWORK).network.graph
    except NetworkFileError as error:
        dialogs.tell(window, str(error))
        return
    network = dataclasses.replace(window.document.network, graph=graph)
    window.document.edit_network(network, f"Restore the drawing of {runs[0].name}")
    window.status.say(f"The drawing is that of {runs[0].name} again. Undo takes it back.")


def show_drawn_differences(window: MainWindow, runs: list[Path]) -> None:
    """Both drawings in one."""
    from designer.runs.drawn_differences import show_differences

    show_differences(window, *runs)


def show_disagreements(window: MainWindow, runs: list[Path]) -> None:
    """Samples that two runs decide differently."""
    from designer.runs.together import DisagreementDialog

    assert window.services is not None
    DisagreementDialog(window.services.looker, runs[0], runs[1], window).open()


def show_ensemble(window: MainWindow, runs: list[Path]) -> None:
    """What runs score alone, and all as one."""
    from designer.runs.together import EnsembleDialog

    assert window.services is not None
    EnsembleDialog(window.services.looker, runs, window).open()


def write_report(window: MainWindow, runs: list[Path]) -> None:
    """Of one run, or of several beside each other."""
    from designer.runs.sealed_runs import report_runs

    report_runs(window, runs)


def seal(window: MainWindow, runs: list[Path]) -> None:
    """As one file."""
    from designer.runs.sealed_runs import seal_run

    seal_run(window, runs[0])


def verify(window: MainWindow, runs: list[Path]) -> None:
    """By doing its first steps again."""
    from designer.runs.sealed_runs import verify_run

    verify_run(window, runs[0]).start()


WISHES: dict[str, Callable[[MainWindow, list[Path]], None]] = {
    "restore": restore_drawing,
    "differences": show_drawn_differences,
    "disagreements": show_disagreements,
    "ensemble": show_ensemble,
    "report": write_report,
    "seal": seal,
    "verify": verify,
}
