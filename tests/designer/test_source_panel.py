"""The source beside the drawing: lines and nodes are chosen together, the text keeps its place, and is searched."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor

from designer.document import Document
from designer.main_window import MainWindow
from designer.source_panel import SourcePanel
from designer.source_view import SourceView
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.blocks import grouped
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from runtime.source import write_source
from tests.designer.networks import digits_classifier


def with_block() -> Network:
    """image -> flatten1 -> block1 (linear1 -> relu1) -> digit."""
    network = digits_classifier()
    graph = network.graph.without(("loss1",)).with_node("relu1", Node(ReLU(), 600))
    links = [link for link in graph.links if link.target != "digit"]
    links += [Link("linear1", "output", "relu1", "x"), Link("relu1", "output", "digit", "x")]
    graph = Graph(graph.nodes, tuple(links))
    made, name = grouped(graph, infer(graph), ("linear1", "relu1"))
    assert isinstance(made.nodes[name].settings, Block)
    return Network(made, title="digits")


def deep(layers: int) -> Network:
    nodes = {"image": Node(Input(kind="vector", size=(8,)))}
    links, before = [], "image"
    for number in range(layers):
        nodes[f"fc{number}"] = Node(Linear(out_features=8))
        links.append(Link(before, "output", f"fc{number}", "x"))
        before = f"fc{number}"
    nodes["out"] = Node(Output())
    return Network(Graph(nodes, (*links, Link(before, "output", "out", "x"))))


@pytest.fixture
def shown(qtbot):
    def show(document: Document) -> SourcePanel:
        panel = SourcePanel(document)
        qtbot.addWidget(panel)
        panel.resize(700, 320)
        panel.show()
        panel.activateWindow()
        qtbot.waitExposed(panel)
        return panel

    return show


def line_with(panel: SourcePanel, words: str) -> int:
    lines = panel.text.toPlainText().split("\n")
    return next(number for number, line in enumerate(lines, 1) if words in line)


def click(qtbot, view: SourceView, number: int) -> None:
    cursor = QTextCursor(view.document().findBlockByNumber(number - 1))
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    at: QRect = view.cursorRect(cursor)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at.center())


def test_a_click_on_a_line_selects_its_node(qtbot, shown):
    document = Document(digits_classifier())
    panel = shown(document)
    click(qtbot, panel.text, line_with(panel, "nn.Linear(64, 10)"))
    assert document.selection == ("linear1",)


def test_enter_on_a_line_selects_its_node(qtbot, shown):
    document = Document(digits_classifier())
    panel = shown(document)
    line = line_with(panel, "self.flatten1(")
    panel.text.setTextCursor(QTextCursor(panel.text.document().findBlockByNumber(line - 1)))
    qtbot.keyClick(panel.text, Qt.Key.Key_Return)
    assert document.selection == ("flatten1",)


def test_a_click_in_the_class_of_a_block_goes_inside(qtbot, shown):
    document = Document(with_block())
    block = next(name for name, node in document.graph.nodes.items() if isinstance(node.settings, Block))
    panel = shown(document)
    click(qtbot, panel.text, line_with(panel, "nn.Linear("))
    assert document.scope == (block,)
    assert document.selection == ("linear1",)
    click(qtbot, panel.text, line_with(panel, "self.flatten1("))
    assert document.scope == ()
    assert document.selection == ("flatten1",)


def test_inside_a_block_the_lines_of_its_class_are_marked(shown):
    document = Document(with_block())
    block = next(name for name, node in document.graph.nodes.items() if isinstance(node.settings, Block))
    panel = shown(document)
    document.enter((block,))
    document.select(("linear1",))
    lines = panel.text.toPlainText().split("\n")
    assert any("nn.Linear(64, 10)" in lines[number - 1] for number in panel.text.marked)


def test_the_place_is_kept_while_the_drawing_changes(qtbot, shown):
    document = Document(deep(80))
    panel = shown(document)
    bar = panel.text.verticalScrollBar()
    bar.setValue(60)
    top = panel.text.firstVisibleBlock().text()
    graph = document.graph.with_settings("fc70", Linear(out_features=8, bias=False))
    document.edit(graph, "Change fc70")
    qtbot.waitUntil(lambda: "bias=False" in panel.text.toPlainText())
    assert bar.value() == 60
    assert panel.text.firstVisibleBlock().text() == top


def test_lines_that_come_above_do_not_move_what_is_read(qtbot, shown):
    document = Document(deep(80))
    panel = shown(document)
    panel.text.verticalScrollBar().setValue(60)
    top = panel.text.firstVisibleBlock().text()
    nodes = {**document.graph.nodes, "first": Node(Linear(out_features=8))}
    links = [link for link in document.graph.links if link.target != "fc0"]
    links += [Link("image", "output", "first", "x"), Link("first", "output", "fc0", "x")]
    document.edit(Graph(nodes, tuple(links)), "Add first")
    qtbot.waitUntil(lambda: "self.first = " in panel.text.toPlainText())
    assert panel.text.firstVisibleBlock().text() == top


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc", "a\nx\nc"),
        ("a\nb\nc", "a\nc"),
        ("a\nb\nc", "a\nb"),
        ("a", "a\nb\nc"),
        ("", "a\nb"),
        ("a\nb", "x\ny\nz"),
        ("a\nb\n", "a\n"),
        ("a\na\na", "a\na"),
        ("a\nb", ""),
    ],
)
def test_only_what_differs_is_put_anew_and_nothing_is_lost(qtbot, old, new):
    view = SourceView()
    qtbot.addWidget(view)
    view.show_text(old)
    assert view.toPlainText() == old
    view.show_text(new)
    assert view.toPlainText() == new


def test_a_selected_node_comes_into_view(shown):
    document = Document(deep(80))
    panel = shown(document)
    document.select(("fc79",))
    assert any(panel.text.is_seen(number) for number in panel.text.marked)


def test_ctrl_f_searches_in_it(qtbot, shown):
    panel = shown(Document(deep(30)))
    panel.text.setFocus()
    qtbot.keyClick(panel.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.focusWidget() is panel.search.field
    qtbot.keyClicks(panel.search.field, "fc7")
    assert panel.text.textCursor().selectedText() == "fc7"
    first = panel.text.textCursor().blockNumber()
    qtbot.keyClick(panel.search.field, Qt.Key.Key_Return)
    assert panel.text.textCursor().blockNumber() > first
    assert panel.search.found.text().startswith("2 of ")
    qtbot.keyClick(panel.search.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.text.textCursor().blockNumber() == first
    qtbot.keyClick(panel.search.field, Qt.Key.Key_Escape)
    assert not panel.search.isVisible()
    assert panel.focusWidget() is panel.text


def test_what_is_not_in_it_is_said(qtbot, shown):
    panel = shown(Document(deep(3)))
    panel.search.begin()
    qtbot.keyClicks(panel.search.field, "lstm")
    assert panel.search.found.text() == "not found"


def test_only_what_is_selected_is_copied(qtbot, shown):
    panel = shown(Document(deep(3)))
    cursor = QTextCursor(panel.text.document().findBlockByNumber(2))
    cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor)
    panel.text.setTextCursor(cursor)
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.text.toPlainText().split("\n")[2] + "\n"


def test_what_stops_the_source_is_said_with_its_remedy_and_shown(qtbot):
    document = Document(digits_classifier())
    revealed = []
    panel = SourcePanel(document, revealed.append)
    qtbot.addWidget(panel)
    panel.show()
    document.edit(
        document.graph.with_node("loose", Node(ReLU())).with_link(Link("loose", "output", "digit", "x")), "Cut"
    )
    qtbot.waitUntil(panel.go_button.isVisible)
    assert "loose has nothing at its input x. Connect a value to it." in panel.state.text()
    assert not panel.text.isVisible()
    qtbot.mouseClick(panel.go_button, Qt.MouseButton.LeftButton)
    assert document.selection == ("loose",)
    assert revealed == ["loose"]
    document.undo_stack.undo()
    qtbot.waitUntil(panel.text.isVisible)


def test_a_panel_that_is_not_seen_writes_nothing(qtbot, monkeypatch):
    document = Document(digits_classifier())
    panel = SourcePanel(document)
    qtbot.addWidget(panel)
    written = []
    monkeypatch.setattr("designer.source_panel.write_source", lambda *_, **__: written.append(1))
    document.edit(document.graph.renamed("linear1", "scores"), "Rename")
    qtbot.wait(200)
    assert written == []


def test_the_source_stands_beside_the_canvas(qtbot):
    window = MainWindow(Document(digits_classifier()))
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    window.resize(1400, 900)
    with qtbot.waitSignal(window.furnished):
        window.show()
    window.source_dock.toggleViewAction().trigger()
    panel = window.source_dock.widget()
    qtbot.waitUntil(lambda: "nn.Linear(64, 10)" in panel.text.toPlainText())
    canvas, dock, inspector = window.canvas, window.source_dock, window.inspector_dock
    qtbot.waitUntil(lambda: canvas.mapTo(window, canvas.rect().topRight()).x() < dock.x() < inspector.x())
    click(qtbot, panel.text, line_with(panel, "nn.Linear(64, 10)"))
    assert window.inspector.node_form.node == "linear1"
    window.source_dock.toggleViewAction().trigger()
    assert not window.source_dock.isVisible()


def test_places_of_nested_blocks_lead_there_and_back():
    source = write_source(with_block().graph, "digits")
    places = source.places
    [((outer, block), inner)] = places.inner.items()
    assert outer == places.root == source.class_name
    built = places.lines_of((block,), ("linear1",))[0]
    assert "nn.Linear" in source.text.split("\n")[built - 1]
    assert places.node_at(built) == ((block,), "linear1")
    assert places.class_at((block,)) == inner
    assert places.lines_of((), ("linear1",)) == ()


def test_what_was_selected_before_is_in_view_when_it_is_shown(qtbot, shown):
    document = Document(deep(80))
    document.select(("fc79",))
    panel = shown(document)
    assert any(panel.text.is_seen(number) for number in panel.text.marked)
