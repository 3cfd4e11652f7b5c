"""What the menus open: the search, the folds and the baselines of the network shown. Dialogs are made once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from designer.main_window import MainWindow


def open_search(window: MainWindow) -> None:
    """The search over marked settings, with the one that was begun last."""
    from designer.runs.actions import show_trials
    from designer.search.search_dialog import SearchDialog

    if window.services is None:
        return
    dialog = window.findChild(SearchDialog)
    if dialog is None:
        dialog = SearchDialog(window.document, searches_folder(window), window)
        dialog.open_wanted.connect(window.files.open_path)
        dialog.trials_wanted.connect(lambda folder: show_trials(window, folder))
    dialog.root = searches_folder(window)
    dialog.show_search()


def open_folds(window: MainWindow) -> None:
    """The cross-validation of the network shown."""
    from designer.search.folds_dialog import FoldsDialog

    if window.services is None:
        return
    dialog = window.findChild(FoldsDialog) or FoldsDialog(window.document, Path(), window)
    dialog.root = searches_folder(window).with_name("folds")
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def open_baselines(window: MainWindow) -> None:
    """What simple methods make of the data; measured as it opens."""
    from designer.search.baselines_dialog import BaselinesDialog

    if window.services is None:
        return
    dialog = BaselinesDialog(window.document, window.services.engine, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.measure()


def searches_folder(window: MainWindow) -> Path:
    """Beside the folder of runs."""
    assert window.services is not None
    return window.services.trainer.runs_folder().parent / "searches"
