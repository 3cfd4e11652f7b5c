"""The lectures' small graphs, followed on the canvas, show the lectures' numbers; steps, keys, edits, the way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from pytestqt.qtbot import QtBot

from designer.inspect.following import Following, follow_graph
from designer.inspect.passing import number, numbers, parsed
from designer.main_window import MainWindow
from nodes.activation import ReLU
from nodes.graph.files import load
from nodes.graph.model import Graph, Network, Node
from runtime.insight.passes import MOST_NODES
from tests.designer.doubles import ScriptedEngine
from tests.designer.inspect.conftest import DirectEngine
from tests.designer.windows import anew, shown

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"


@pytest.fixture(scope="module")
def whole() -> Iterator[MainWindow]:
    with shown(Network()) as window:
        yield window


@pytest.fixture
def window(whole: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(whole.services, "looker", DirectEngine())
    return whole


def followed(window: MainWindow, name: str, qtbot: QtBot) -> Following:
    anew(window, load(NETWORKS / f"{name}.netw").network)
    follow_graph(window)
    following = window.canvas.findChild(Following)
    assert following is not None
    qtbot.waitUntil(lambda: bool(following.texts))
    return following


def on_link(following: Following, source: str) -> tuple[str, str]:
    return next(texts for link, texts in following.texts.items() if link.source == source)


def test_a_product_of_a_sum_shows_its_numbers_on_the_links(window, qtbot):
    following = followed(window, "product_of_a_sum", qtbot)
    assert on_link(following, "x1") == ("−2.00", "−4.00")
    assert on_link(following, "y1") == ("5.00", "−4.00")
    assert on_link(following, "z1") == ("−4.00", "3.00")
    assert on_link(following, "f") == ("−12.00", "1.00")
    following.leave()


def test_a_sigmoid_neuron_shows_the_numbers_of_the_lecture(window, qtbot):
    following = followed(window, "sigmoid_neuron", qtbot)
    texts = set(following.texts.values())
    assert {"0.73", "1.37", "0.37", "−1.00"} <= {value for value, _ in texts}
    assert {"1.00", "−0.53", "0.20", "0.39"} <= {gradient for _, gradient in texts}
    following.leave()


def test_a_squared_norm_shows_vectors_and_matrices(window, qtbot):
    following = followed(window, "squared_norm", qtbot)
    texts = set(following.texts.values())
    assert ("[0.22; 0.26]", "[0.44; 0.52]") in texts
    assert any(gradient == "[0.09, 0.18; 0.10, 0.21]" for _, gradient in texts)
    assert any(gradient == "[−0.11; 0.64]" for _, gradient in texts)
    following.leave()


def test_keys_step_through_it_and_escape_leads_out(window, qtbot):
    following = followed(window, "product_of_a_sum", qtbot)
    bar = following.bar
    assert following.buttons["back"].hasFocus()
    qtbot.keyClick(following.buttons["back"], Qt.Key.Key_Home)
    assert following.place == 0
    assert set(following.texts.values()) == {("", "")}
    assert not following.buttons["back"].isEnabled()
    following.buttons["on"].setFocus()
    order = following.passed.order
    for _ in order:
        qtbot.keyClick(following.buttons["on"], Qt.Key.Key_Right)
    assert bar.words.text().startswith(f"Forward {len(order)} of {len(order)}")
    assert all(value and not gradient for value, gradient in following.texts.values())
    qtbot.mouseClick(following.buttons["on"], Qt.MouseButton.LeftButton)
    assert bar.words.text() == f"Back 1 of {len(order)}: {order[-1]} passes 1.00 to f"
    qtbot.keyClick(following.buttons["on"], Qt.Key.Key_Escape)
    assert window.canvas.findChild(Following) is None


def test_an_edited_input_is_followed_anew_and_undo_takes_it_back(window, qtbot):
    following = followed(window, "product_of_a_sum", qtbot)
    field = following.fields["x1"]
    field.setText("3")
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: on_link(following, "f") == ("−32.00", "1.00"))
    window.document.undo_stack.undo()
    qtbot.waitUntil(lambda: on_link(following, "f") == ("−12.00", "1.00"))
    field.setText("three")
    field.editingFinished.emit()
    assert "no number" in following.bar.words.text()
    following.leave()


def test_the_numbers_are_painted_in_green_and_red(window, qtbot):
    following = followed(window, "product_of_a_sum", qtbot)
    item = next(item for link, item in window.canvas.canvas_scene.link_items.items() if link.source == "f")
    window.canvas.show_place(2.0, QPointF(*item.way.label))
    middle = window.canvas.viewport().rect().center()
    picture = window.canvas.viewport().grab(QRect(middle.x() - 60, middle.y() - 40, 120, 80)).toImage()
    colours = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    assert any(c.green() > 1.3 * c.red() and c.green() > 1.2 * c.blue() > 60 for c in colours)
    assert any(c.red() > 1.5 * c.green() and c.red() > 1.5 * c.blue() > 60 for c in colours)
    following.leave()


def test_too_large_a_drawing_is_refused_with_a_sentence(window, qtbot, monkeypatch):
    graph = Graph()
    for number_of_it in range(MOST_NODES + 1):
        graph = graph.with_node(f"relu{number_of_it}", Node(ReLU()))
    anew(window, Network(graph=graph))
    follow_graph(window)
    bar = window.canvas.findChild(Following).bar
    qtbot.waitUntil(
        lambda: bar.words.text() == "121 nodes are too many to follow by eye. Open a block, or a drawing of 120."
    )
    bar.left.emit()
    assert window.canvas.findChild(Following) is None
    said: list[str] = []
    monkeypatch.setattr("designer.inspect.following.dialogs.tell", lambda _w, *words: said.append(" ".join(words)))
    anew(window, Network())
    follow_graph(window)
    assert said[-1].startswith("There is nothing to follow yet.")


def test_an_engine_that_died_is_said_and_one_click_follows_again(whole, qtbot, monkeypatch):
    engine = ScriptedEngine()
    monkeypatch.setattr(whole.services, "looker", engine)
    anew(whole, load(NETWORKS / "product_of_a_sum.netw").network)
    follow_graph(whole)
    following = whole.canvas.findChild(Following)
    assert following is not None
    engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    assert following.bar.words.text().startswith("The engine process ended")
    before = len(engine.requests)
    qtbot.mouseClick(following.bar.retry, Qt.MouseButton.LeftButton)
    assert len(engine.requests) == before + 1
    engine.answer(order=["f"], links=[], weights={}, inputs={})
    assert following.bar.retry.isHidden()
    following.leave()


def test_numbers_are_written_as_in_the_lectures():
    assert [number(value) for value in (-0.528, 0.2, 1e-4, 0)] == ["−0.53", "0.20", "1e−04", "0.00"]
    assert numbers([1, 2, 3, 4, 5, 6], (2, 3)) == "[1.00, 2.00, 3.00; 4.00, …]"
    assert parsed("−1, 2; 3") == [-1.0, 2.0, 3.0]
    assert parsed("1, x") is None


def test_a_drawing_that_is_shown_whole_stays_so_above_the_bar(window, qtbot):
    anew(window, load(NETWORKS / "sigmoid_neuron.netw").network)
    canvas = window.canvas
    canvas.fit()
    following = followed(window, "sigmoid_neuron", qtbot)
    content = canvas.mapFromScene(canvas.canvas_scene.content_rect()).boundingRect()
    assert content.bottom() < following.bar.geometry().top()
    assert content.top() >= 0
    following.leave()
    assert canvas.covered == 0
