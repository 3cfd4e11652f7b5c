"""What the menus open: the search, the folds and the baselines of the network shown. Dialogs are made once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from designer.main_window import MainWindow


def open_search(window: MainWindow) -> None:
    """The search over marked settings, with the one that was begun last."""
    from designer.search.search_dialog import SearchDialog

    if window.services is None:
        return
    dialog = window.findChild(SearchDialog)
    if dialog is None:
        dialog = SearchDialog(window.document, searches_folder(window), window)
        dialog.open_wanted.connect(window.files.open_path)
    dialog.root = searches_folder(window)
    dialog.show_search()


def searches_folder(window: MainWindow) -> Path:
    """Beside the folder of runs."""
    assert window.services is not None
    return window.services.trainer.runs_folder().parent / "searches"
