"""The menus: every action of the window with its shortcut, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from designer import theme
from designer.bottom_panel import TITLES
from designer.canvas.commands import HEATS, add_colours
from designer.canvas.shortcuts import shortcuts
from designer.examples import chapters
from designer.export.forms import FURTHER
from designer.panel_walk import walk_panels
from designer.preferences import THUMBNAILS, preferences
from nodes.graph.columns import HEATED

if TYPE_CHECKING:
    from designer.main_window import MainWindow
    from designer.settings_clipboard import SettingsClipboard

THEME_WORDS = {"auto": "Like the &System", "dark": "&Dark", "light": "&Light"}

EDIT = (
    *("undo", "redo", "", "cut", "copy", "paste", "paste_linked", "duplicate", "delete", "delete_plain", ""),
    *("select_all", "rename", "mute", ""),
)
LINKS = ("connect", "unlink", "", "bend", "straighten")
BLOCKS = ("group", "dissolve", "", "enter", "enter_in_tab", "leave", "", "save_block")
FRAMES = ("enframe", "take_out", "unframe", "note", "next_mark")


def fill_menus(bar: QMenuBar, window: MainWindow) -> None:
    _fill_file(bar.addMenu("&File"), window)
    _fill_edit(bar.addMenu("&Edit"), window)
    _fill_view(bar.addMenu("&View"), window)
    _fill_network(bar.addMenu("&Network"), window)
    _fill_help(bar.addMenu("&Help"), window)


def _add(menu: QMenu, words: str, do: Callable[[], object], *keys: str | QKeySequence.StandardKey) -> QAction:
    """A command, which may have keys."""
    action = _add_once(menu, words, do)
    name = re.sub(r"[^a-z]+", "_", words.replace("&", "").lower()).strip("_")
    shortcuts.bind(f"window_{name}", action, [QKeySequence(key).toString() for key in keys])
    return action


def _add_once(menu: QMenu, words: str, do: Callable[[], object]) -> QAction:
    """An entry of a menu that is filled anew each time, or a choice of several."""
    action = menu.addAction(words)
    action.triggered.connect(lambda _checked=False: do())
    return action


def _fill_file(menu: QMenu, window: MainWindow) -> None:
    files = window.files
    key = QKeySequence.StandardKey
    _add(menu, "&New", files.new, key.New)
    _add(menu, "New &Tab", window.tabs.new, "Ctrl+T")
    _add(menu, "&Open…", files.open, key.Open)
    recent = menu.addMenu("Open &Recent")
    recent.aboutToShow.connect(partial(_fill_recent, recent, window))
    ours = menu.addMenu("&Examples")
    ours.aboutToShow.connect(partial(_fill_examples, ours, window))
    menu.addSeparator()
    _add(menu, "&Save", files.save, key.Save)
    _add(menu, "Save &As…", files.save_as, "Ctrl+Shift+S")
    _add(menu, "Earlier &Versions…", window.show_versions)
    menu.addSeparator()
    _add(menu, "&Import…", partial(_import_network, window), "Ctrl+Shift+I")
    _add(menu, "E&xport…", window.export, "Ctrl+E")
    further = menu.addMenu("&Further Exports")
    for form in FURTHER:
        _add(further, f"Export {form.title}…", partial(window.export, form.kind))
    _add(menu, "Export &Picture…", partial(_export_picture, window))
    _add(menu, "Export &Layer Table…", window.export_layers)
    menu.addSeparator()
    _add(menu, "&Close", window.tabs.close_shown, "Ctrl+W")
    _add(menu, "&Quit", window.close, "Ctrl+Q")


def _import_network(window: MainWindow) -> None:
    from designer.importing.dialog import show_import  # not before the first paint

    show_import(window)


def _export_picture(window: MainWindow) -> None:
    from designer.picture_dialog import PictureDialog  # not before the first paint

    PictureDialog(window.document, window).exec()


def _fill_recent(menu: QMenu, window: MainWindow) -> None:
    menu.clear()
    paths = window.files.recent()
    for path in paths:
        _add_once(menu, path.name, partial(window.files.open_path, path)).setToolTip(str(path))
    if paths:
        menu.addSeparator()
        _add_once(menu, "Forget These", window.files.forget_recent)
    else:
        menu.addAction("No file was opened yet").setEnabled(False)


def _fill_examples(menu: QMenu, window: MainWindow) -> None:
    menu.clear()
    for chapter, inside in chapters().items():
        part = menu.addMenu(chapter)
        part.setToolTipsVisible(True)
        for example in inside:
            action = _add_once(part, example.title, partial(window.files.open_example, example.path))
            action.setToolTip(example.figures)
    if menu.isEmpty():
        menu.addAction("No examples are installed").setEnabled(False)


def _fill_edit(menu: QMenu, window: MainWindow) -> None:
    actions = window.canvas.actions_by_name
    _add_named(menu, EDIT, actions)
    _add_named(menu.addMenu("&Links"), LINKS, actions)
    _add_named(menu.addMenu("&Blocks"), BLOCKS, actions)
    marks = menu.addMenu("Frames and &Notes")
    _add_named(marks, FRAMES, actions)
    add_colours(marks, window.canvas.commands.marking)
    settings = menu.addMenu("Se&ttings")
    _add(settings, "&Copy Settings", lambda: _settings(window).copy(), "Ctrl+Alt+C")
    _add(settings, "&Paste Settings", lambda: _settings(window).paste(), "Ctrl+Alt+V")
    _add(settings, "&Give Settings to All of the Kind", lambda: _settings(window).give_to_all())
    arrange = menu.addMenu("&Arrange")
    _add_named(arrange, ("tidy", "tidy_down", ""), actions)
    _add_named(arrange, [name for name in actions if name.startswith(("align_", "spread_"))], actions)
    menu.addSeparator()
    _add_named(menu, ("add", "find"), actions)
    _add(menu, "Loo&k for a Layer", window.find_layer, "Ctrl+Shift+F")
    _add(menu, "&Search Commands…", window.search_commands, "Ctrl+K")
    menu.addSeparator()
    _add(menu, "&Preferences…", window.show_preferences, "Ctrl+,")


def _add_named(menu: QMenu, names: Iterable[str], actions: Mapping[str, QAction]) -> None:
    """Commands of the canvas; an empty name is a line between them."""
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()


def _settings(window: MainWindow) -> SettingsClipboard:
    from designer.settings_clipboard import SettingsClipboard  # not before the first paint

    return SettingsClipboard(window.document, window.status.say)


def _fill_view(menu: QMenu, window: MainWindow) -> None:
    for dock, words in window.docks.items():
        action = dock.toggleViewAction()
        action.setText(words)
        menu.addAction(action)
    arrange = menu.addAction("&Arrange Panels")
    arrange.setCheckable(True)
    arrange.setToolTip("Shows title bars, by which panels can be moved")
    arrange.toggled.connect(window.set_arranging)
    _fill_panels(menu.addMenu("&Go to Panel"), window)
    menu.addSeparator()
    _add_named(menu, ("zoom_in", "zoom_out", "zoom_reset", "fit", "frame"), window.canvas.actions_by_name)
    menu.addSeparator()
    _add_heat(menu.addMenu("&Colour Nodes by"), window)
    pictures = menu.addAction("Thumbnails in &Nodes")
    pictures.setCheckable(True)
    pictures.setToolTip("A small picture in each node of what it gives")
    pictures.triggered.connect(lambda: preferences.set(THUMBNAILS, not preferences.value(THUMBNAILS)))
    menu.aboutToShow.connect(lambda: pictures.setChecked(bool(preferences.value(THUMBNAILS))))
    split = menu.addAction("Split")
    split.setCheckable(True)
    shortcuts.bind("window_split", split, ("Ctrl+\\", "F4"))
    split.setToolTip("Shows the network twice: the whole, and the inside of a block beside it")
    split.toggled.connect(window.split.set_split)
    menu.addSeparator()
    _add(menu, "Next &Tab", partial(window.tabs.step, 1), "Ctrl+Tab")
    _add(menu, "P&revious Tab", partial(window.tabs.step, -1), "Ctrl+Shift+Tab")
    _add(menu, "&Full Screen", window.toggle_full_screen, "F11")
    looks = menu.addMenu("App&earance")
    group = QActionGroup(looks)
    for choice, words in THEME_WORDS.items():
        action = _add_once(looks, words, partial(theme.choose, choice))
        action.setCheckable(True)
        action.setChecked(theme.chosen() == choice)
        group.addAction(action)


def _fill_panels(menu: QMenu, window: MainWindow) -> None:
    for number, title in enumerate(TITLES):
        _add(menu, title, partial(window.enter_panel, number), f"Alt+{number + 1}")
    menu.addSeparator()
    _add(menu, "&Next Panel", partial(walk_panels, window, 1), "F6")
    _add(menu, "Panel &Before", partial(walk_panels, window, -1), "Shift+F6")


def _add_heat(menu: QMenu, window: MainWindow) -> None:
    """One column of the layer table, or nothing."""
    heat, group = window.canvas.heat, QActionGroup(menu)
    actions = {key: window.canvas.actions_by_name[f"heat_{key}"] for key in HEATS}
    for key, action in actions.items():
        action.setCheckable(True)
        action.setChecked(key == heat.key)
        group.addAction(action)
        menu.addAction(action)
        if key in ("", HEATED[-1].key):  # from there on they are of a run
            menu.addSeparator()
    heat.changed.connect(lambda key: actions[key].setChecked(True))


def _fill_network(menu: QMenu, window: MainWindow) -> None:
    _add(menu, "&Data and Recipe", window.show_data, "Ctrl+Shift+D")
    _add(menu, "Samples &of the Data…", partial(_show_samples, window))
    _add(menu, "&Pre-flight…", window.check_before_training, "F7")
    _add(menu, "Find a Learn&ing Rate…", window.find_rate)
    _add(menu, "&Follow Values and Gradients", partial(_follow_graph, window), "Ctrl+Shift+B")
    _add(menu, "&Train or Pause", window.train_or_pause, "F5", "Ctrl+Return", "Ctrl+Enter")
    _add(menu, "&Stop", window.stop_training, "Shift+F5")
    during = menu.addMenu("While It T&rains")
    _add(during, "&Validate Now", window.validate_now)
    _add(during, "Save a &Checkpoint Now", window.save_checkpoint)
    _add(during, "Learning &Rate…", window.change_learning_rate)
    _add(during, "&One Step", window.step_once)
    back = during.addMenu("&Go Back")
    back.aboutToShow.connect(partial(_fill_back, back, window))
    menu.addSeparator()
    _add(menu, "Sear&ch over Settings…", window.search_settings)
    _add(menu, "Cross-Va&lidate…", partial(_open_folds, window))
    _add(menu, "&Baselines…", partial(_open_baselines, window))
    menu.addSeparator()
    _add(menu, "&Add to Queue", partial(_add_to_queue, window))
    _add(menu, "&Queue…", partial(_show_queue, window))
    _add(menu, "Train &Elsewhere…", partial(_train_elsewhere, window))
    _add(menu, "&Watch a Run…", window.watch_run)
    menu.addSeparator()
    _add(menu, "Startin&g Weights…", window.show_weights)
    _add(menu, "New &Head for Classes…", partial(_new_head, window))
    surgery = menu.addMenu("S&urgery")
    surgery.aboutToShow.connect(partial(_fill_surgery, surgery, window))
    window.canvas.commands.more.append(partial(_add_surgery, window))
    menu.addSeparator()
    _add(menu, "&Next Problem", partial(window.go_to_problem, 1), "F8")
    _add(menu, "Pre&vious Problem", partial(window.go_to_problem, -1), "Shift+F8")
    _add(menu, "&Mend a Problem", window.mend_problem, "Ctrl+.")


def _new_head(window: MainWindow) -> None:
    from designer.importing.new_head import ask_new_head  # not before the first paint

    ask_new_head(window)


def _fill_back(menu: QMenu, window: MainWindow) -> None:
    if window.services is not None:
        from designer.training.going_back import fill_going_back  # not before the first paint

        fill_going_back(menu, window.services.trainer)


def _fill_surgery(menu: QMenu, window: MainWindow) -> None:
    from designer.surgery.menu import fill  # not before the first paint

    fill(menu, window)


def _add_surgery(window: MainWindow, menu: QMenu) -> None:
    from designer.surgery.menu import add_to_context  # not before the first paint

    add_to_context(menu, window)


def _add_to_queue(window: MainWindow) -> None:
    if window.services is not None:
        from designer.queue_dialog import add_to_queue  # not before the first paint

        add_to_queue(window, window.services.trainer)


def _show_queue(window: MainWindow) -> None:
    from designer.queue_dialog import show_queue  # not before the first paint

    show_queue(window)


def _train_elsewhere(window: MainWindow) -> None:
    from designer.cluster_dialog import show_cluster  # not before the first paint

    show_cluster(window.document, window)


def _open_folds(window: MainWindow) -> None:
    from designer.search.opening import open_folds  # not before the first paint

    open_folds(window)


def _open_baselines(window: MainWindow) -> None:
    from designer.search.opening import open_baselines  # not before the first paint

    open_baselines(window)


def _show_samples(window: MainWindow) -> None:
    if window.inspector is not None:
        window.inspector.network_form.data_card.show_samples()


def _follow_graph(window: MainWindow) -> None:
    from designer.inspect.following import follow_graph  # not before the first paint

    follow_graph(window)


def _fill_help(menu: QMenu, window: MainWindow) -> None:
    _add(menu, "&Guide", window.show_guide, "F1")
    _add(menu, "&Keys and Gestures", window.show_keys, "?", "Ctrl+?")
    _add(menu, "&About Netwright", window.show_about)
