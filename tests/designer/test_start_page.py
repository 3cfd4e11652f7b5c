"""The start page: what can be opened and begun is found by mouse, by keys and by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from designer import dialogs
from designer.drop_hint import DropHint
from designer.examples import chapters
from designer.file_actions import RECENT
from designer.from_data import NewFromData
from designer.importing import dialog as import_dialog
from designer.main_window import MainWindow
from designer.preferences import HINTS, HINTS_DONE, preferences
from designer.start_cards import Card
from designer.start_page import NAMES
from designer.thumbnails import Thumbnails
from nodes.boundary import Input
from nodes.graph.files import save
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.graph.starting import Known, starting_network
from nodes.spec.shapes import Shape
from runtime.questions.basic import DescribeData
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    QSettings().setValue(RECENT, [])
    preferences.set(HINTS, True)
    preferences.set(HINTS_DONE, "")
    made = MainWindow(deferred=True, at_start=True)
    qtbot.addWidget(made, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    made.resize(1280, 720)
    with qtbot.waitSignal(made.furnished):
        made.show()
    yield made
    preferences.set(HINTS, True)
    preferences.set(HINTS_DONE, "")


def card(window: MainWindow, title: str) -> Card:
    return next(one for one in window.start_page.gallery.cards if one.title == title)


def test_all_examples_stand_under_their_chapters_with_their_figures(window: MainWindow) -> None:
    shown = {one.title: one.note for one in window.start_page.gallery.cards}
    assert shown == {one.title: one.figures for inside in chapters().values() for one in inside}
    assert window.start_page.geometry().height() > 600


def test_a_click_on_an_example_opens_it(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(card(window, "LeNet-5"), Qt.MouseButton.LeftButton)
    assert window.document.title == "LeNet-5"
    assert not window.start_page.isVisible()
    assert window.tabs.count() == 1
    assert window.canvas.hasFocus()


def test_words_find_examples_and_enter_opens_the_first(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClicks(window.start_page.search, "resnet 50")
    assert window.start_page.gallery.cards[0].title == "ResNet-50"
    qtbot.keyClick(window.start_page.search, Qt.Key.Key_Return)
    assert window.document.title == "ResNet-50"


def test_words_that_find_nothing_are_answered(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClicks(window.start_page.search, "zebra")
    assert window.start_page.gallery.cards == []
    assert "“zebra”" in window.start_page.gallery.nothing.text()
    assert window.start_page.gallery.nothing.isVisible()


def test_arrow_keys_and_enter_reach_every_card(qtbot: QtBot, window: MainWindow) -> None:
    page = window.start_page
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    cards = page.gallery.cards
    assert cards[0].hasFocus()
    QTest.keyClick(cards[0], Qt.Key.Key_Right)
    assert cards[1].hasFocus()
    QTest.keyClick(cards[1], Qt.Key.Key_Down)
    below = next(one for one in cards if one.hasFocus())
    assert (below.x(), below.y() > cards[1].y()) == (cards[1].x(), True)
    QTest.keyClick(below, Qt.Key.Key_Return)
    assert window.document.title == below.title


def test_tab_goes_round_the_page(window: MainWindow) -> None:
    page = window.start_page
    page.rows[0].setFocus()
    for _ in page.rows:
        page.focusNextPrevChild(True)
    assert page.search.hasFocus()


def test_a_recent_file_that_is_gone_is_grey_and_says_so(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    there, gone = tmp_path / "there.netw", tmp_path / "gone.netw"
    save(digits_classifier(), there)
    QSettings().setValue(RECENT, [str(there), str(gone)])
    window.start_page.fill()
    first, second = window.start_page.gallery.cards[:2]
    assert (first.title, first.isEnabled()) == ("there", True)
    assert (second.title, second.note, second.isEnabled()) == ("gone", "no longer there", False)
    qtbot.waitUntil(lambda: not first.picture.isNull())
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert window.document.path == there


def test_thumbnails_are_drawn_once(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "one.netw"
    save(digits_classifier(), path)
    given: list[object] = []
    thumbnails = Thumbnails(window, tmp_path / "cache")
    thumbnails.ask(path, 1.0, given.append)
    thumbnails.ask(tmp_path / "absent.netw", 1.0, given.append)
    qtbot.waitUntil(lambda: len(given) == 1)
    [kept] = (tmp_path / "cache").iterdir()
    drawn = kept.stat().st_mtime_ns
    thumbnails.ask(path, 1.0, given.append)
    qtbot.waitUntil(lambda: len(given) == 2)
    assert kept.stat().st_mtime_ns == drawn


def test_an_empty_network_is_drawn_from_nothing(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.start_page.rows[0], Qt.MouseButton.LeftButton)
    assert not window.start_page.isVisible()
    assert window.tabs.count() == 1
    assert window.top_bar.train.isVisible()


def test_the_digits_give_a_network_of_their_size(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.start_page.rows[2], Qt.MouseButton.LeftButton)
    document = window.document
    assert document.network.data == {"source": "digits"}
    assert document.inference.facts["scores"].inputs["x"] == (10,)
    assert document.root_problems == ()


def test_a_folder_is_looked_into_by_the_engine(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    engine = ScriptedEngine()
    shown: list[Network] = []
    maker = NewFromData(engine, lambda network: bool(shown.append(network)) or True, window)  # type: ignore[arg-type]
    folder = tmp_path / "flowers"
    folder.mkdir()
    maker.start(str(folder))
    assert isinstance(engine.requests[-1], DescribeData)
    image = field("image", Shape(3, 96, 96))
    label = field("label", Shape(axes="", values="index"), ["rose", "tulip", "lily"], is_target=True)
    engine.answer(fields=[image, label])
    [network] = shown
    assert network.title == "flowers"
    assert network.data == {"source": str(folder)}
    assert infer(network.graph).facts["scores"].inputs["x"] == (3,)


def field(name: str, shape: Shape, classes: Sequence[str] = (), *, is_target: bool = False) -> dict[str, object]:
    """As the engine describes one."""
    known = {"shape": list(shape), "axes": shape.axes, "values": shape.values}
    return {"name": name, **known, "classes": list(classes), "is_target": is_target}


def made_for(window: MainWindow, folder: Path, *fields: dict[str, object]) -> Network:
    """What is drawn for data with these fields."""
    engine = ScriptedEngine()
    shown: list[Network] = []
    maker = NewFromData(engine, lambda network: bool(shown.append(network)) or True, window)  # type: ignore[arg-type]
    maker.start(str(folder))
    engine.answer(fields=list(fields))
    [network] = shown
    return network


def test_text_has_a_score_for_each_character_after_each(window: MainWindow, tmp_path: Path) -> None:
    letters = list("abcdefg")
    text = field("text", Shape(128, axes="L", values="index"), letters)
    after = field("next", Shape(128, axes="L", values="index"), letters, is_target=True)
    inference = infer(made_for(window, tmp_path, text, after).graph)
    assert inference.facts["scores"].inputs["x"] == (128, 7)
    assert not any(facts.error for facts in inference.facts.values())


def test_masks_have_a_score_for_every_pixel(window: MainWindow, tmp_path: Path) -> None:
    picture = field("image", Shape(3, 40, 60))
    mask = field("mask", Shape(40, 60, axes="HW", values="index"), ["sky", "road"], is_target=True)
    inference = infer(made_for(window, tmp_path, picture, mask).graph)
    assert inference.facts["scores"].inputs["x"] == (2, 40, 60)
    assert not any(facts.error for facts in inference.facts.values())


def test_numbers_have_a_number_each(window: MainWindow, tmp_path: Path) -> None:
    features, prices = field("features", Shape(9)), field("price", Shape(2), is_target=True)
    inference = infer(made_for(window, tmp_path, features, prices).graph)
    assert inference.facts["result"].inputs["x"] == (2,)
    assert not any(facts.error for facts in inference.facts.values())


@pytest.mark.parametrize(
    ("value", "classes", "weights"),
    [
        (Shape(1, 8, 8), 10, 16 * 9 + 32 + 16 * 4 * 4 * 10 + 10),
        (Shape(13), 0, 13 * 64 + 64 + 64 * 64 + 64 + 64 + 1),
    ],
)
def test_networks_to_start_from_suit_their_data(value: Shape, classes: int, weights: int) -> None:
    network = starting_network(Known("digits", value, classes), "first")
    inference = infer(network.graph)
    assert inference.totals.weights == weights
    assert all(not facts.error for facts in inference.facts.values())


@pytest.mark.parametrize("size", [(1, 28, 28), (3, 32, 32), (3, 224, 224), (3, 2, 3), (1, 100, 700)])
def test_pictures_of_any_size_have_a_network(size: tuple[int, int, int]) -> None:
    network = starting_network(Known("digits", Shape(*size), 7), "pictures")
    inference = infer(network.graph)
    [given] = [node.settings for node in network.graph.nodes.values() if isinstance(node.settings, Input)]
    assert given.size == size
    assert inference.facts["scores"].inputs["x"] == (7,)
    assert 100 < inference.totals.weights < 1_000_000


@pytest.mark.parametrize(
    ("value", "target", "classes", "layers"),
    [
        (Shape(1, 40, axes="CL"), Shape(), 10, {"Conv1d", "MaxPool1d", "Flatten", "Linear"}),
        (Shape(128, 3), Shape(3), 0, {"LSTM", "SelectLast", "Linear"}),
        (Shape(2), Shape(), 3, {"Linear"}),
    ],
)
def test_signals_series_and_points_have_networks_of_their_kind(
    value: Shape, target: Shape, classes: int, layers: set[str]
) -> None:
    network = starting_network(Known("here.csv", value, classes, target, form="series"), "rows")
    inference = infer(network.graph)
    assert layers <= {type(node.settings).__name__ for node in network.graph.nodes.values()}
    assert network.data == {"source": "here.csv", "form": "series"}
    result = "scores" if classes else "result"
    assert inference.facts[result].inputs["x"] == (classes or 3,)


def test_labelled_texts_are_read_to_the_end() -> None:
    known = Known("reviews.csv", Shape(64, axes="L", values="index"), 2, Shape(values="index"), 500, "texts")
    graph = starting_network(known, "reviews").graph
    assert infer(graph).facts["scores"].inputs["x"] == (2,)
    assert "last1" in graph.nodes


def test_a_toy_is_chosen_by_its_name_and_drawn_for_at_once(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.start_page.rows[NAMES], Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(one for one in menu.actions() if one.text().startswith("Spirals"))
    entry.trigger()
    menu.close()
    assert (window.document.title, window.document.network.data["source"]) == ("Spirals", "toy:spirals")
    assert window.document.inference.facts["scores"].inputs["x"] == (3,)


def test_a_table_is_read_as_its_user_says(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("day,degrees\n1,2.5\n")
    asked: list[str] = []
    begun: list[tuple[str, str]] = []
    answers = ["Cancel", "Time Series"]
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, *rest: asked.append(fact) or answers.pop(0))
    monkeypatch.setattr(NewFromData, "start", lambda self, source, form="": begun.append((source, form)))
    window.start_page.look_into(str(path))
    window.start_page.look_into(str(path))
    assert asked[0] == "weather.csv can be read in 3 ways."
    assert begun == [(str(path), "series")]


# --- files that are dropped


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, button, keys))


def test_a_dropped_network_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "dropped.netw"
    save(digits_classifier(), path)
    drop(window, path)
    qtbot.waitUntil(lambda: window.document.path == path)


def test_a_dropped_run_is_watched(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    assert window.services is not None
    with qtbot.waitSignal(window.services.trainer.run_changed):
        drop(window, tmp_path)
    assert window.services.trainer.run == tmp_path
    window.services.trainer.let_go()


def test_a_dropped_folder_is_the_data_of_what_is_drawn(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.files.show(digits_classifier())
    drop(window, tmp_path)
    qtbot.waitUntil(lambda: window.document.network.data["source"] == str(tmp_path))
    assert window.document.undo_stack.undoText() == "Choose the data"


@pytest.mark.parametrize("name", ["net.onnx", "net.pt2", "net.py"])
def test_a_network_of_elsewhere_that_is_dropped_is_imported(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_text("")
    taken: list[Path] = []
    monkeypatch.setattr(import_dialog, "show_import", lambda _, path: taken.append(path))
    assert drag_over(window, tmp_path / name).words == f"Import {name}"
    drop(window, tmp_path / name)
    qtbot.waitUntil(lambda: taken == [tmp_path / name])


def test_dropped_weights_are_where_the_drawing_starts_from(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "learned.safetensors"
    path.write_text("")
    taken: list[Path] = []
    monkeypatch.setattr(import_dialog, "show_import", lambda _, path: taken.append(path))
    drop(window, path)
    qtbot.waitUntil(lambda: taken == [path])
    window.files.show(digits_classifier())
    assert drag_over(window, path).words == "Start digits from the weights learned.safetensors"
    drop(window, path)
    qtbot.waitUntil(lambda: window.document.network.recipe.get("start_from") == str(path))
    window.document.undo_stack.undo()
    assert "start_from" not in window.document.network.recipe


@pytest.mark.parametrize(
    ("name", "said"),
    [("notes.doc", "no network, no folder"), ("absent", "not there any more")],
)
def test_what_cannot_be_opened_is_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    if name != "absent":
        (tmp_path / name).write_text("")
    heard: list[str] = []
    monkeypatch.setattr(dialogs, "tell", lambda _, fact, remedy="": heard.append(f"{fact} {remedy}"))
    drop(window, tmp_path / name)
    qtbot.waitUntil(lambda: len(heard) == 1)
    assert said in heard[0]
    assert "Drop a network (.netw, .onnx, .pt2, .py)" in heard[0]


def drag_over(window: MainWindow, *paths: Path) -> DropHint:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, button, keys))
    hint = window.findChild(DropHint)
    assert hint is not None
    return hint


def test_files_dragged_over_the_window_say_what_letting_go_does(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "dropped.netw"
    save(digits_classifier(), path)
    hint = drag_over(window, path, path)
    assert (hint.isVisible(), hint.words) == (True, "Open dropped, and 1 more")
    window.dragLeaveEvent(QDragLeaveEvent())
    assert not hint.isVisible()
    assert drag_over(window, tmp_path).words == f"Draw a network for {tmp_path.name}"
    window.files.show(digits_classifier())
    assert drag_over(window, tmp_path).words == f"Let {tmp_path.name} be the data of digits"
    (tmp_path / "notes.doc").touch()
    hint = drag_over(window, tmp_path / "notes.doc")
    assert (hint.words.split()[:3], hint.is_refused) == (["notes.doc", "is", "no"], True)
    drop(window, path)
    assert not hint.isVisible()


# --- hints


def test_hints_follow_what_is_done(qtbot: QtBot, window: MainWindow) -> None:
    hints = window.hints
    assert hints is not None
    assert not hints.isVisible()
    window.tabs.leave_start()
    assert hints.isVisible()
    assert "Drag a layer" in hints.words.text()
    window.add_node("input")
    assert not hints.isVisible()
    window.document.select(())
    window.add_node("linear")
    assert "Pull from a port" in hints.words.text()
    qtbot.mouseClick(hints.got_it, Qt.MouseButton.LeftButton)
    window.files.show(digits_classifier())
    assert "press Train" in hints.words.text()


def test_hints_are_dismissed_for_good(qtbot: QtBot, window: MainWindow) -> None:
    window.tabs.leave_start()
    assert window.hints is not None
    qtbot.mouseClick(window.hints.no_more, Qt.MouseButton.LeftButton)
    assert not window.hints.isVisible()
    window.add_node("input")
    window.tabs.new(at_start=False)
    assert not window.hints.isVisible()
    preferences.forget()
    assert preferences.value(HINTS) is False


def test_a_new_network_leaves_the_start_page(window: MainWindow) -> None:
    window.files.new()
    assert not window.start_page.isVisible()
    assert window.canvas.hasFocus()
