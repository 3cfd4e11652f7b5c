"""The menu of the panel of runs: what can be done with those that are selected, and with the list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from designer.runs.panel import RunsPanel

Entry = tuple[str, Callable[[], object], bool]  # words, what is done, whether it can be done now


def run_menu(panel: RunsPanel) -> QMenu:
    """Made anew each time it opens; archived runs can be shown also where none is selected."""
    menu = QMenu(panel)
    menu.aboutToHide.connect(menu.deleteLater)
    has_rows = bool(panel.selected())
    if has_rows:
        for entries in (_wishes(panel), _marks(panel)):
            for words, do, is_possible in entries:
                action = menu.addAction(words)
                action.setEnabled(is_possible)
                action.triggered.connect(partial(_call, do))
            menu.addSeparator()
    shown = menu.addAction("Show Arc&hived Runs")
    shown.setCheckable(True)
    shown.setChecked(panel.table.shows_archived)
    shown.toggled.connect(panel.show_archived)
    if has_rows:
        menu.addSeparator()
        menu.addAction("De&lete").triggered.connect(partial(_call, panel.marking.delete))
    return menu


def _wishes(panel: RunsPanel) -> list[Entry]:
    """What the window does with one run, with two, and with several."""
    rows, pair = [Path(row.path) for row in panel.selected()], panel.pair()
    two, is_one = [Path(row.path) for row in pair] if pair else [], len(rows) == 1
    return [
        ("&Watch", panel.watch, is_one),
        ("Open the &Drawing", lambda: panel.drawing_wanted.emit(rows[0]), is_one),
        ("&Start from These Weights", lambda: panel.weights_wanted.emit(rows[0]), is_one),
        ("&Restore This Drawing", lambda: panel.wanted.emit("restore", rows), is_one),
        ("Differences on the &Canvas", lambda: panel.wanted.emit("differences", two), bool(two)),
        ("Where They Dis&agree…", lambda: panel.wanted.emit("disagreements", two), bool(two)),
        ("Runs as &One…", lambda: panel.wanted.emit("ensemble", rows), len(rows) > 1),
        ("Write a Re&port…", lambda: panel.wanted.emit("report", rows), True),
        ("&Verify…", lambda: panel.wanted.emit("verify", rows), is_one),
        ("S&eal as a File…", lambda: panel.wanted.emit("seal", rows), is_one),
    ]


def _marks(panel: RunsPanel) -> list[Entry]:
    """What is noted on runs."""
    marks, marking = panel.selected()[0].marks, panel.marking
    return [
        ("&Note…", marking.note, True),
        ("&Tags…", marking.tag, True),
        ("Un&pin" if marks.is_pinned else "&Pin as Baseline", marking.pin, True),
        ("Take Out of the &Archive" if marks.is_archived else "&Archive", marking.archive, True),
    ]


def _call(do: Callable[[], object], _checked: bool = False) -> None:
    do()
