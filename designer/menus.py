"""The menus: every action of the window with its shortcut, in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from designer import theme
from designer.bottom_panel import TITLES
from designer.examples import chapters
from nodes.graph.columns import HEATED

if TYPE_CHECKING:
    from designer.main_window import MainWindow

THEME_WORDS = {"auto": "Like the &System", "dark": "&Dark", "light": "&Light"}


def fill_menus(bar: QMenuBar, window: MainWindow) -> None:
    _fill_file(bar.addMenu("&File"), window)
    _fill_edit(bar.addMenu("&Edit"), window)
    _fill_view(bar.addMenu("&View"), window)
    _fill_network(bar.addMenu("&Network"), window)
    _fill_help(bar.addMenu("&Help"), window)


def _add(menu: QMenu, words: str, do: Callable[[], object], key: str | QKeySequence.StandardKey = "") -> QAction:
    action = menu.addAction(words)
    if key:
        action.setShortcut(QKeySequence(key))
    action.triggered.connect(lambda _checked=False: do())
    return action


def _fill_file(menu: QMenu, window: MainWindow) -> None:
    files = window.files
    key = QKeySequence.StandardKey
    _add(menu, "&New", files.new, key.New)
    _add(menu, "&Open…", files.open, key.Open)
    recent = menu.addMenu("Open &Recent")
    recent.aboutToShow.connect(partial(_fill_recent, recent, window))
    ours = menu.addMenu("&Examples")
    ours.aboutToShow.connect(partial(_fill_examples, ours, window))
    menu.addSeparator()
    _add(menu, "&Save", files.save, key.Save)
    _add(menu, "Save &As…", files.save_as, "Ctrl+Shift+S")
    _add(menu, "&Export…", window.export, "Ctrl+E")
    _add(menu, "Export &Layer Table…", window.export_layers)
    menu.addSeparator()
    _add(menu, "&Quit", window.close, "Ctrl+Q")


def _fill_recent(menu: QMenu, window: MainWindow) -> None:
    menu.clear()
    paths = window.files.recent()
    for path in paths:
        _add(menu, path.name, partial(window.files.open_path, path)).setToolTip(str(path))
    if paths:
        menu.addSeparator()
        _add(menu, "Forget These", window.files.forget_recent)
    else:
        menu.addAction("No file was opened yet").setEnabled(False)


def _fill_examples(menu: QMenu, window: MainWindow) -> None:
    menu.clear()
    for chapter, inside in chapters().items():
        part = menu.addMenu(chapter)
        part.setToolTipsVisible(True)
        for example in inside:
            action = _add(part, example.title, partial(window.files.open_example, example.path))
            action.setToolTip(example.figures)
    if menu.isEmpty():
        menu.addAction("No examples are installed").setEnabled(False)


def _fill_edit(menu: QMenu, window: MainWindow) -> None:
    actions = window.canvas.actions_by_name
    names = ("undo", "redo", "", "cut", "copy", "paste", "duplicate", "delete", "", "select_all", "rename")
    for name in (*names, "", "group", "dissolve", "enter", "leave", "save_block"):
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
    menu.addSeparator()
    menu.addAction(actions["tidy"])
    menu.addAction(actions["tidy_down"])
    arrange = menu.addMenu("Align and &Spread")
    for name, action in actions.items():
        if name.startswith(("align_", "spread_")):
            arrange.addAction(action)
    menu.addSeparator()
    menu.addAction(actions["add"])
    _add(menu, "&Find a Layer", window.find_layer, "Ctrl+F")
    _add(menu, "Search &Commands…", window.search_commands, "Ctrl+K")


def _fill_view(menu: QMenu, window: MainWindow) -> None:
    for dock, words in window.docks.items():
        action = dock.toggleViewAction()
        action.setText(words)
        menu.addAction(action)
    arrange = menu.addAction("&Arrange Panels")
    arrange.setCheckable(True)
    arrange.setToolTip("Shows title bars, by which panels can be moved")
    arrange.toggled.connect(window.set_arranging)
    menu.addSeparator()
    for number, title in enumerate(TITLES):
        _add(menu, title, partial(window.enter_panel, number), f"Alt+{number + 1}")
    menu.addSeparator()
    for name in ("zoom_in", "zoom_out", "zoom_reset", "fit", "frame"):
        menu.addAction(window.canvas.actions_by_name[name])
    menu.addSeparator()
    _add_heat(menu.addMenu("&Colour Nodes by"), window)
    looks = menu.addMenu("&Appearance")
    group = QActionGroup(looks)
    for choice, words in THEME_WORDS.items():
        action = _add(looks, words, partial(theme.choose, choice))
        action.setCheckable(True)
        action.setChecked(theme.chosen() == choice)
        group.addAction(action)


def _add_heat(menu: QMenu, window: MainWindow) -> None:
    """One column of the layer table, or nothing."""
    heat, group = window.canvas.heat, QActionGroup(menu)
    actions = {"": _add(menu, "&Nothing", partial(heat.show, ""))}
    menu.addSeparator()
    for one in HEATED:
        actions[one.key] = _add(menu, one.title, partial(heat.show, one.key))
    for key, action in actions.items():
        action.setCheckable(True)
        action.setChecked(key == heat.key)
        group.addAction(action)
    heat.changed.connect(lambda key: actions[key].setChecked(True))


def _fill_network(menu: QMenu, window: MainWindow) -> None:
    _add(menu, "&Train or Pause", window.train_or_pause, "F5")
    _add(menu, "&Stop", window.stop_training, "Shift+F5")
    _add(menu, "&Validate Now", window.validate_now)
    _add(menu, "Learning &Rate…", window.change_learning_rate)
    menu.addSeparator()
    _add(menu, "&Data and Recipe", window.show_data, "Ctrl+Shift+D")
    _add(menu, "&Watch a Run…", window.watch_run)
    menu.addSeparator()
    _add(menu, "Next &Problem", partial(window.go_to_problem, 1), "F8")
    _add(menu, "Pre&vious Problem", partial(window.go_to_problem, -1), "Shift+F8")
    _add(menu, "&Mend a Problem", window.mend_problem, "Ctrl+.")


def _fill_help(menu: QMenu, window: MainWindow) -> None:
    _add(menu, "&Guide", window.show_guide, "F1")
    _add(menu, "&Keys", window.show_keys, "Ctrl+?")
    _add(menu, "&About Netwright", window.show_about)
