"""Several networks in one window: each keeps its file, its steps, its place and what is selected."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer import dialogs
from designer.document import Document
from designer.examples import EXAMPLES
from designer.file_actions import CANCEL, DISCARD
from designer.main_window import MainWindow
from designer.recovery import left_behind, recovery_folder
from nodes.activation import ReLU
from nodes.block import Block
from nodes.graph.files import save
from nodes.graph.model import Network, Node
from tests.designer.networks import digits_classifier
from tests.designer.windows import anew, shown

NO_KEYS, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def made(qapp: QApplication) -> Iterator[MainWindow]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        with shown(digits_classifier(), 1200, 800) as window:
            yield window


@pytest.fixture
def window(made: MainWindow) -> MainWindow:
    return anew(made, digits_classifier())


def key(qtbot: QtBot, window: MainWindow, pressed: Qt.Key, keys: Qt.KeyboardModifier = CTRL) -> None:
    qtbot.keyClick(window.canvas, pressed, keys)


def add(document: Document, name: str) -> None:
    document.edit(document.graph.with_node(name, Node(ReLU())), f"Add {name}")


def test_a_new_tab_shows_the_start_page_and_going_back_the_drawing(qtbot: QtBot, window: MainWindow) -> None:
    before = window.document.network
    key(qtbot, window, Qt.Key.Key_T)
    assert window.tabs.count() == 2
    assert window.start_page.isVisible()
    assert not window.document.graph.nodes
    window.tabs.setCurrentIndex(0)
    assert window.document.network is before
    assert not window.start_page.isVisible()


def test_each_tab_has_its_own_steps_file_selection_and_place(window: MainWindow, tmp_path: Path) -> None:
    document = window.document
    add(document, "relu9")
    document.select(("linear1",))
    window.canvas.show_place(2.0, window.canvas.visible_middle())
    window.files.new()
    add(document, "relu1")
    assert [document.undo_stack.count(), document.undo_stack.undoText()] == [1, "Add relu1"]
    window.canvas.actions_by_name["undo"].trigger()
    assert not document.graph.nodes
    window.tabs.step(-1)
    assert document.undo_stack.undoText() == "Add relu9"
    assert document.selection == ("linear1",)
    assert window.canvas.zoom == pytest.approx(2.0)
    window.canvas.actions_by_name["undo"].trigger()
    assert "relu9" not in document.graph.nodes
    assert not document.is_modified


def test_a_file_is_opened_in_a_tab_of_its_own_and_only_once(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "other.netw"
    save(Network(digits_classifier().graph, title="other"), path)
    assert window.files.open_path(path)
    assert [window.tabs.tabText(n) for n in range(2)] == ["digits", "other"]
    window.tabs.step(1)
    assert window.document.title == "digits"
    assert window.files.open_path(path)
    assert (window.tabs.count(), window.document.title) == (2, "other")


def test_the_inside_of_a_block_stays_entered(window: MainWindow) -> None:
    document = window.document
    document.select(("flatten1", "linear1"))
    window.canvas.actions_by_name["group"].trigger()
    name = document.selection[0]
    document.enter((name,))
    window.files.new()
    assert document.scope == ()
    window.tabs.step(1)
    assert document.scope == (name,)
    assert "linear1" in document.graph.nodes


def test_closing_asks_about_what_is_not_saved(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.files.new()
    add(window.document, "relu1")
    answers = [CANCEL, DISCARD]
    monkeypatch.setattr(dialogs, "ask", lambda *_: answers.pop(0))
    key(qtbot, window, Qt.Key.Key_W)
    assert window.tabs.count() == 2
    key(qtbot, window, Qt.Key.Key_W)
    assert window.tabs.count() == 1
    assert window.document.title == "digits"
    assert answers == []


def test_closing_the_last_tab_leads_to_the_start_page(qtbot: QtBot, window: MainWindow) -> None:
    key(qtbot, window, Qt.Key.Key_W)
    assert window.start_page.isVisible()
    assert window.windowTitle() == "Netwright"
    window.files.new()


def test_leaving_asks_for_each_tab_that_is_not_saved(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    add(window.document, "relu9")
    window.files.new()
    add(window.document, "relu1")
    window.files.new()
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, *rest: asked.append(fact) or DISCARD)
    assert window.tabs.may_leave()
    assert len(asked) == 2


def test_every_tab_is_written_down_until_it_is_closed(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(recovery_folder().iterdir())) if recovery_folder().is_dir() else 0
    add(window.document, "relu9")
    window.files.new()
    add(window.document, "relu1")
    window.tabs.step(1)
    window.tabs.step(1)
    assert len(list(recovery_folder().iterdir())) == before + 2
    monkeypatch.setattr(dialogs, "ask", lambda *_: DISCARD)
    window.tabs.close_shown()
    assert len(list(recovery_folder().iterdir())) == before + 1
    assert list(left_behind()) == []  # it is in use


def test_tabs_change_places(window: MainWindow) -> None:
    window.files.new()
    add(window.document, "relu1")
    window.tabs.moveTab(1, 0)
    assert "relu1" in window.document.graph.nodes
    window.tabs.setCurrentIndex(1)
    assert window.document.title == "digits"
    window.tabs.close_tab(1)
    assert "relu1" in window.document.graph.nodes


def test_the_panel_names_the_network_in_training_while_another_is_shown(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from designer.training.dock import TrainingPanel

    panel, services = window.bottom.page(0), window.services
    assert isinstance(panel, TrainingPanel)
    assert services is not None
    services.trainer.run, services.trainer.network_title = Path("run"), "digits"
    services.trainer.run_changed.emit()
    assert not panel.header.network.isVisible()
    window.files.new()
    assert panel.header.network.text() == "digits:"
    assert panel.header.network.isVisible()
    window.tabs.step(1)
    assert not panel.header.network.isVisible()
    services.trainer.run = None


def test_steps_taken_before_the_history_is_seen_stand_below_each_other(qtbot: QtBot, window: MainWindow) -> None:
    from designer.bottom_panel import HISTORY
    from designer.history import History

    for number in range(3):
        add(window.document, f"relu{number}")
    window.show_panel(HISTORY)
    history = window.bottom.page(HISTORY)
    assert isinstance(history, History)
    rows = [history.list.model().index(number, 0) for number in range(4)]

    def apart() -> bool:
        boxes = [history.list.visualRect(row) for row in rows]
        return all(one.bottom() < other.top() for one, other in itertools.pairwise(boxes))

    qtbot.waitUntil(apart, timeout=5000)


def test_the_history_lists_the_steps_of_the_tab_shown(qtbot: QtBot, window: MainWindow) -> None:
    from designer.bottom_panel import HISTORY
    from designer.history import FIRST, History

    window.enter_panel(HISTORY)
    history = window.bottom.page(HISTORY)
    assert isinstance(history, History)
    before = window.document.network
    for number in range(3):
        add(window.document, f"relu{number}")
    steps = history.list.model()
    assert [steps.index(row, 0).data() for row in range(steps.rowCount())] == [
        FIRST,
        *(f"Add relu{number}" for number in range(3)),
    ]
    place = history.list.visualRect(steps.index(1, 0)).center()
    qtbot.mouseClick(history.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert "relu0" in window.document.graph.nodes
    assert "relu1" not in window.document.graph.nodes
    window.document.undo_stack.setIndex(0)
    assert window.document.network is before
    window.files.new()
    assert history.list.model().rowCount() == 1


def test_a_file_open_in_another_tab_is_not_written_over(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "other.netw"
    save(digits_classifier(), path)
    window.files.open_path(path)
    window.tabs.step(1)
    said: list[str] = []
    monkeypatch.setattr(dialogs, "tell", lambda _, fact, remedy="": said.append(f"{fact} {remedy}"))
    before = path.read_bytes()
    assert not window.files._write(path)
    assert said == ["other.netw is open in another tab. Save under another name."]
    assert path.read_bytes() == before


def test_control_tab_goes_round_the_tabs(qtbot: QtBot, window: MainWindow) -> None:
    window.files.new()
    window.files.open_example(EXAMPLES / "lenet5.netw")
    assert window.tabs.count() == 2  # an empty network gives its tab
    window.files.open_example(EXAMPLES / "mlp.netw")
    shown = []
    for keys in (CTRL, CTRL, CTRL, CTRL | Qt.KeyboardModifier.ShiftModifier):
        key(qtbot, window, Qt.Key.Key_Tab if keys == CTRL else Qt.Key.Key_Backtab, keys)
        shown.append(window.tabs.currentIndex())
    assert shown == [0, 1, 2, 1]


@pytest.fixture
def block(window: MainWindow) -> str:
    """A block in the network shown."""
    window.document.select(("flatten1", "linear1"))
    window.canvas.actions_by_name["group"].trigger()
    window.canvas.setFocus()
    return window.document.selection[0]


def texts(window: MainWindow) -> list[str]:
    return [window.tabs.tabText(number).removesuffix(" •") for number in range(window.tabs.count())]


def open_block(qtbot: QtBot, window: MainWindow, block: str) -> None:
    window.document.select((block,))
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, CTRL | Qt.KeyboardModifier.AltModifier)


def test_a_block_in_a_tab_of_its_own_is_edited_as_part_of_its_network(
    qtbot: QtBot, window: MainWindow, block: str
) -> None:
    document = window.document
    whole = document.root_graph
    open_block(qtbot, window, block)
    assert texts(window) == ["digits", f"digits › {block}"]
    assert document.scope == (block,)
    add(document, "relu9")
    window.tabs.step(-1)
    assert document.scope == ()
    settings = document.graph.nodes[block].settings
    assert isinstance(settings, Block)
    assert "relu9" in settings.body.nodes
    window.canvas.actions_by_name["undo"].trigger()  # where the step was taken, there it is undone
    assert (document.root_graph, window.tabs.currentIndex(), document.scope) == (whole, 1, (block,))


def test_going_up_from_the_tab_of_a_block_leads_to_the_tab_of_its_network(
    qtbot: QtBot, window: MainWindow, block: str
) -> None:
    open_block(qtbot, window, block)
    window.canvas.actions_by_name["leave"].trigger()
    assert (window.tabs.currentIndex(), window.document.selection) == (0, (block,))
    window.document.enter((block,))
    assert (window.tabs.currentIndex(), window.tabs.count()) == (1, 2)


def test_a_block_opened_twice_has_one_tab(qtbot: QtBot, window: MainWindow, block: str) -> None:
    for _ in range(2):
        open_block(qtbot, window, block)
        window.tabs.step(-1)
    assert window.tabs.count() == 2


def test_the_tab_of_a_block_follows_its_name_and_goes_with_it(qtbot: QtBot, window: MainWindow, block: str) -> None:
    open_block(qtbot, window, block)
    window.tabs.step(-1)
    window.canvas.commands.rename(block, "tail")
    assert texts(window) == ["digits", "digits › tail"]
    window.document.select(("tail",))
    window.canvas.actions_by_name["delete"].trigger()
    assert texts(window) == ["digits"]
    assert window.document.scope == ()


def test_tabs_of_blocks_are_closed_with_their_network_and_alone_without_a_question(
    qtbot: QtBot, window: MainWindow, block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, *rest: asked.append(fact) or DISCARD)
    open_block(qtbot, window, block)
    key(qtbot, window, Qt.Key.Key_W)
    assert (texts(window), asked, window.document.scope) == (["digits"], [], ())
    open_block(qtbot, window, block)
    window.files.new()
    window.tabs.step(-1)
    assert (texts(window)[:2], window.document.scope) == (["digits", f"digits › {block}"], (block,))
    window.tabs.close_tab(0)
    assert (window.tabs.count(), len(asked)) == (1, 1)
    assert not window.document.root_graph.nodes


def test_what_is_seen_of_a_block_in_a_tab_is_as_it_was_left(qtbot: QtBot, window: MainWindow, block: str) -> None:
    open_block(qtbot, window, block)
    window.canvas.show_place(1.5, window.canvas.visible_middle())
    window.document.select(("linear1",))
    window.files.new()
    window.tabs.step(-1)
    assert window.canvas.zoom == pytest.approx(1.5)
    assert window.document.selection == ("linear1",)
    window.tabs.step(-1)
    window.tabs.step(1)
    assert window.canvas.zoom == pytest.approx(1.5)
    assert window.document.selection == ("linear1",)


@pytest.mark.parametrize("seed", [1, 2])
def test_tabs_of_blocks_stay_true_whatever_is_done(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(dialogs, "ask", lambda *_: DISCARD)
    window.files.open_example(EXAMPLES / "resnet20.netw")
    document, tabs, actions, chance = window.document, window.tabs, window.canvas.actions_by_name, random.Random(seed)

    def on_a_block(name: str) -> None:
        blocks = [node for node, one in document.graph.nodes.items() if isinstance(one.settings, Block)]
        document.select(blocks[:1] if chance.random() < 0.5 else blocks[-1:])
        actions[name].trigger()

    deeds = [
        *(partial(on_a_block, name) for name in ("enter_in_tab", "enter_in_tab", "enter", "delete", "dissolve")),
        *(partial(actions[name].trigger) for name in ("leave", "undo", "undo", "redo")),
        *(partial(tabs.step, by) for by in (1, -1)),
        lambda: tabs.close_tab(chance.randrange(tabs.count())) if chance.random() < 0.2 else None,
    ]
    for _ in range(60):
        chance.choice(deeds)()
        paths = texts(window)
        shown = " › ".join((document.title, *document.scope))
        if not tabs.is_at_start:
            assert paths[tabs.currentIndex()] == shown
        assert len({*paths}) == len(paths)
        assert window.canvas.canvas_scene.node_items.keys() == document.graph.nodes.keys()
