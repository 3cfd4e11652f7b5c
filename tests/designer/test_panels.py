"""Problems, layer table and source: they follow the document, and choosing in them selects."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer import theme
from designer.document import Document
from designer.problems import PROBLEM, ProblemsPanel
from designer.source_panel import SourcePanel
from designer.status_line import StatusLine
from designer.summary import SummaryPanel
from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Link, Network, Node
from nodes.graph.remedies import Remedy
from tests.designer.networks import digits_classifier


@pytest.fixture
def document():
    return Document(digits_classifier())


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(900, 300)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


def test_a_sound_network_has_no_problems(document, shown):
    panel = shown(ProblemsPanel(document))
    assert panel.empty.isVisible()
    assert panel.empty.text.startswith("No problems.")


def test_a_click_on_a_problem_asks_for_its_node(qtbot, document, shown):
    panel = shown(ProblemsPanel(document))
    with qtbot.waitSignal(panel.count_changed) as counted:
        document.edit(document.graph.with_node("loose", Node(ReLU())), "Add")
    assert counted.args == [len(document.problems)]
    assert panel.list.item(0).data(PROBLEM).node == "loose"
    with qtbot.waitSignal(panel.problem_wanted) as wanted:
        at = panel.list.visualItemRect(panel.list.item(0)).center()
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert wanted.args[0].node == "loose"


def test_enter_on_a_problem_asks_for_its_node(qtbot, document, shown):
    document.edit(document.graph.with_node("loose", Node(ReLU())), "Add")
    panel = shown(ProblemsPanel(document))
    panel.list.setCurrentRow(0)
    with qtbot.waitSignal(panel.problem_wanted):
        qtbot.keyClick(panel.list, Qt.Key.Key_Return)


def test_the_table_sums_up_a_linear_layer_for_digits(document, shown):
    panel = shown(SummaryPanel(document))
    rows = {row.name: row.cells for row in panel.model.rows}
    assert rows["linear1"] == ("linear1", "Linear", "10", "650", "640", "40 B", "everything")
    assert rows[""][:4] == ("Total", "", "", "650")


def test_the_table_and_the_document_select_together(qtbot, document, shown):
    panel = shown(SummaryPanel(document))
    row = [r.name for r in panel.model.rows].index("linear1")
    at = panel.table.visualRect(panel.model.index(row, 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert document.selection == ("linear1",)
    document.select(("image", "digit"))
    chosen = {panel.model.rows[index.row()].name for index in panel.table.selectionModel().selectedRows()}
    assert chosen == {"image", "digit"}


def test_the_table_is_copied_with_plain_numbers(qtbot, document, shown):
    panel = shown(SummaryPanel(document))
    lines = panel.as_csv().splitlines()
    assert lines[0] == "name,type,output,weights,multiply_adds,memory_bytes,sees"
    assert "linear1,Linear,10,650,640,40,everything" in lines
    assert "| linear1 | Linear | 10 | 650 | 640 | 40 | everything |" in panel.as_markdown()


def test_what_is_not_known_is_a_dash(shown):
    panel = shown(SummaryPanel(Document(Network(Graph({"conv1": Node(Conv2d())})))))
    assert panel.model.rows[0].cells == ("conv1", "Conv2d", "–", "–", "–", "–", "–")


def test_the_source_follows_the_drawing(qtbot, document, shown):
    panel = shown(SourcePanel(document))
    assert "nn.Linear(64, 10)" in panel.text.toPlainText()
    document.edit(document.graph.renamed("linear1", "scores"), "Rename")
    qtbot.waitUntil(lambda: "self.scores = nn.Linear(64, 10)" in panel.text.toPlainText())


def test_the_lines_of_the_selected_node_are_marked(document, shown):
    panel = shown(SourcePanel(document))
    document.select(("linear1",))
    marked = [mark.cursor.block().text() for mark in panel.text.extraSelections()]
    assert any("nn.Linear" in line for line in marked)
    assert any("self.linear1(" in line for line in marked)


def test_the_source_is_copied(qtbot, document, shown):
    panel = shown(SourcePanel(document))
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.text.toPlainText()


def test_a_network_with_errors_has_no_source_but_a_sentence(qtbot, document, shown):
    panel = shown(SourcePanel(document))
    document.edit(document.graph.without(("digit",)), "Delete")
    qtbot.waitUntil(lambda: "The network has no output." in panel.state.text())
    assert not panel.copy_button.isEnabled()


def test_the_status_line_tells_totals_at_the_batch_size(qtbot, document):
    status = StatusLine(document)
    qtbot.addWidget(status)
    assert status.totals.text() == "5 nodes · 650 weights · 640 multiply-adds"


def test_remarks_are_folded_until_asked_for(qtbot, document, shown):
    strided = Conv2d(kernel_size=(3, 3), stride=(2, 2))
    graph = document.graph.with_node("conv1", Node(strided)).with_link(Link("image", "output", "conv1", "x"))
    document.edit(graph, "Add")
    panel = shown(ProblemsPanel(document))
    remarks = sum(p.severity == "remark" for p in document.problems)
    assert remarks > 0
    assert panel.list.count() == len(document.problems) - remarks
    qtbot.mouseClick(panel.filters["remark"], Qt.MouseButton.LeftButton)
    assert panel.list.count() == len(document.problems)


def test_the_chosen_problem_shows_what_mends_it_and_a_key_goes_there(qtbot, document, shown, monkeypatch):
    monkeypatch.setattr(
        "designer.document.remedies", lambda graph, *_: (Remedy("Remove loose", "", graph.without(("loose",))),)
    )
    document.edit(document.graph.with_node("loose", Node(ReLU())), "Add")
    panel = shown(ProblemsPanel(document))
    assert not panel.detail.isVisible()
    panel.list.setCurrentRow(0)
    qtbot.keyClick(panel.list, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert panel.window().focusWidget() is panel.detail.remedies.buttons[0]
    qtbot.keyClick(panel.detail.remedies.buttons[0], Qt.Key.Key_Return)
    assert "loose" not in document.graph.nodes
    assert panel.empty.isVisible()


def test_the_default_button_of_a_dialog_is_no_bolder_than_its_size_was_taken_for():
    style = (theme.RESOURCES / "themes" / "window.qss").read_text()
    rules = [rule for rule in style.split("}") if ":default" in rule.partition("{")[0]]
    assert rules
    assert not any("font" in rule.partition("{")[2] for rule in rules)
