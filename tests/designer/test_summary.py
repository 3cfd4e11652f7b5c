"""The layer table: its columns, sorting, blocks and forms, with mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from designer import dialogs, theme
from designer.document import Document
from designer.main_window import MainWindow
from designer.status_line import StatusLine
from designer.summary import SummaryPanel
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Network, Node
from nodes.linear import Linear
from nodes.reshape import Flatten
from tests.nodes.drawing import chain


def network():
    body = chain(x=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), y=Output())
    graph = chain(
        image=Input(size=(1, 8, 8)),
        stem=Conv2d(4, padding=(1, 1)),
        stage=Block("Stage", body, repeat=2),
        flatten=Flatten(),
        fc=Linear(10),
        digit=Output(),
    )
    return Network(graph, recipe={"batch_size": 32, "optimizer": "Adam"})


@pytest.fixture
def document():
    QSettings().clear()
    return Document(network())


@pytest.fixture
def panel(qtbot, document):
    made = SummaryPanel(document)
    qtbot.addWidget(made)
    made.resize(1100, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def names(panel):
    return [row.cells[0] for row in panel.model.rows]


def choose(menu: QMenu, *words: str) -> None:
    """Triggers an entry of a menu by its words, without their marks for keys."""
    entry = next(a for a in menu.actions() if a.text().replace("&", "") == words[0])
    if len(words) == 1:
        entry.trigger()
    else:
        choose(entry.menu(), *words[1:])


def head(panel):
    return [panel.model.headerData(n, Qt.Orientation.Horizontal) for n in range(panel.model.columnCount())]


def test_a_column_is_added_and_remembered(qtbot, document, panel):
    choose(panel.column_menu(), "FLOPs")
    assert head(panel) == ["Name", "Type", "Output", "Weights", "Multiply-adds", "FLOPs", "Memory", "Sees"]
    again = SummaryPanel(document)
    qtbot.addWidget(again)
    assert "FLOPs" in head(again)
    choose(panel.column_menu(), "Usual Columns")
    assert "FLOPs" not in head(panel)


def test_a_click_on_a_head_sorts_and_leaves_the_totals_at_the_bottom(qtbot, panel):
    header = panel.table.horizontalHeader()
    section = head(panel).index("Weights")
    at = QPoint(header.sectionViewportPosition(section) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    by_weights = names(panel)
    assert by_weights[-2:] == ["fc", "Total"]  # 2,570 weights, more than all others
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert names(panel)[0] == "fc"
    assert names(panel)[-1] == "Total"
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert names(panel)[:3] == ["image", "stem", "stage"]


@pytest.mark.parametrize("order", Qt.SortOrder)
def test_the_arrow_of_the_sorted_column_leaves_its_title_readable(qapp, panel, order):
    theme.apply(qapp, theme.current())
    header = panel.table.horizontalHeader()
    section = [one.key for one in panel.model.columns].index("weights")
    right, text = header.sectionViewportPosition(section) + header.sectionSize(section) - 10, 60
    middle = header.height() // 2
    title = QRect(right - text, middle - 5, text, 12)
    before = header.grab(title).toImage()
    header.setSortIndicator(section, order)
    assert header.grab(title).toImage() == before


def test_sorting_is_reached_by_the_menu_too(panel):
    choose(panel.column_menu(), "Sort by", "Weights")
    assert names(panel)[0] == "fc"
    choose(panel.column_menu(), "Sort by", "Order of Calculation")
    assert names(panel)[0] == "image"


def test_sorted_rows_stay_sorted_and_select_their_nodes(document, panel):
    choose(panel.column_menu(), "Sort by", "Weights")
    panel.table.selectRow(0)
    assert document.selection == ("fc",)
    document.edit(document.graph.with_settings("stem", Conv2d(4, (15, 15), padding=(7, 7))), "Change")
    assert names(panel)[:2] == ["fc", "stem"]
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [0]


def test_expanded_blocks_show_every_layer_and_select_the_block(qtbot, document, panel):
    qtbot.mouseClick(panel.expanded, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.expanded.height() // 2))
    assert names(panel)[2:6] == ["stage.0.conv", "stage.0.y", "stage.1.conv", "stage.1.y"]
    panel.table.selectRow(4)
    assert document.selection == ("stage",)


def test_the_totals_are_the_same_with_blocks_expanded(panel):
    flat = panel.model.rows[-1].cells
    panel.expanded.setChecked(True)
    assert panel.model.rows[-1].cells == flat


def test_the_lecture_view_writes_sums(panel):
    panel.lecture.setChecked(True)
    rows = {row.name: row.cells for row in panel.model.rows}
    assert rows["stem"] == ("stem", "CONV3-4", "[8×8×4]", "8*8*4 = 256", "(3*3*1)*4 = 36")
    assert rows["fc"][4] == "8*8*4*10 = 2,560"
    assert "flatten" not in rows
    assert rows[""][1].startswith("842 * 4 bytes")  # 64 + 256 + 2 · 256 + 10
    assert "| stem | CONV3-4 |" in panel.as_markdown()


def test_what_is_copied_is_what_is_shown(panel):
    choose(panel.column_menu(), "Trainable")
    choose(panel.column_menu(), "Sort by", "Weights")
    lines = panel.as_csv().splitlines()
    assert lines[0] == "name,type,output,weights,trainable_weights,multiply_adds,memory_bytes,sees"
    assert lines[1].startswith("fc,Linear,10,2570,2570,2560,40,everything")
    assert lines[-1].startswith("total,")
    panel.table.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == panel.as_csv()


@pytest.mark.parametrize(("name", "start"), [("t.csv", "name,type,output"), ("t.md", "| name | type |")])
def test_the_table_is_written_in_the_form_of_the_files_ending(panel, tmp_path, name, start):
    panel.write(tmp_path / name)
    assert (tmp_path / name).read_text().startswith(start)


def test_a_folder_that_is_not_there_is_told(panel, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(dialogs, "tell", lambda *words: said.append(words[1:]))
    panel.write(tmp_path / "none" / "t.csv")
    assert "was not written" in said[0][0]


def test_a_column_is_sent_to_the_canvas_from_its_head(qtbot, panel):
    with qtbot.waitSignal(panel.heat_wanted) as wanted:
        choose(panel.column_menu("multiply_adds"), "Show on Canvas")
    assert wanted.args == ["multiply_adds"]
    with qtbot.waitSignal(panel.heat_wanted) as wanted:
        choose(panel.column_menu(), "Show on Canvas", "Nothing")
    assert wanted.args == [""]


def test_the_keys_reach_every_control(qtbot, panel):
    panel.table.setFocus()
    reached = []
    for _ in range(6):
        reached.append(panel.focusWidget())
        qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
    assert reached == [panel.table, panel.lecture, panel.expanded, panel.measure, panel.choose, panel.take]


def test_the_status_line_tells_what_training_takes_and_what_fits(qtbot, document, monkeypatch):
    monkeypatch.setattr("designer.status_line.free_memory", lambda: 10 * 2**20)
    status = StatusLine(document)
    qtbot.addWidget(status)
    qtbot.waitUntil(lambda: "to train at batch 32 · at most batch " in status.memory.text())
    before = status.memory.text()
    document.edit_network(Network(document.graph, recipe={"batch_size": 64}), "Recipe")
    qtbot.waitUntil(lambda: "batch 64" in status.memory.text())
    assert status.memory.text() != before


def test_the_status_line_says_nothing_of_training_before_there_is_a_result(qtbot, monkeypatch):
    monkeypatch.setattr("designer.status_line.free_memory", lambda: 10 * 2**20)
    status = StatusLine(Document(Network(graph=Graph().with_node("image", Node(Input())))))
    qtbot.addWidget(status)
    status.show_memory()
    assert status.memory.text() == ""


def test_the_status_line_names_the_size_that_memory_depends_on(qtbot):
    graph = chain(x=Input(kind="sequence", size=("L", 8)), fc=Linear(4), y=Output())
    status = StatusLine(Document(Network(graph)))
    qtbot.addWidget(status)
    status.show_memory()
    assert status.memory.text() == "training memory depends on L"


def test_the_file_menu_exports_the_table(qtbot, document, tmp_path, monkeypatch):
    window = MainWindow(document)
    qtbot.addWidget(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "layers.md"), ""))
    files = next(a.menu() for a in window.top_bar.menus.actions() if a.text() == "&File")
    choose(files, "Export Layer Table…")
    assert "| fc | Linear | 10 | 2570 |" in (tmp_path / "layers.md").read_text()


def test_the_status_line_says_nothing_of_training_where_a_layer_has_an_error(qtbot, document, monkeypatch):
    monkeypatch.setattr("designer.status_line.free_memory", lambda: 10 * 2**20)
    status = StatusLine(document)
    qtbot.addWidget(status)
    qtbot.waitUntil(lambda: "to train" in status.memory.text())
    name = next(name for name, node in document.graph.nodes.items() if isinstance(node.settings, Conv2d))
    wrong = document.graph.nodes[name].settings.replaced(kernel_size=(99, 99))
    document.edit(document.graph.with_settings(name, wrong), "Change")
    qtbot.waitUntil(lambda: status.memory.text() == "")


def test_operations_by_kind_are_columns_and_tool_tips(panel):
    panel.model.show_columns(["multiply_adds", "exp_flops"])
    tip = Qt.ItemDataRole.ToolTipRole
    row = names(panel).index("fc")
    assert panel.model.index(row, 1).data(tip) == "2.6 k multiply, 2.6 k add for one sample"
    assert "multiply" in panel.model.index(len(names(panel)) - 1, 1).data(tip)
    assert panel.model.index(row, 2).data() == "0"
    assert panel.model.index(row, 0).data(tip) is None


def test_the_status_line_tells_operations_by_kind(qtbot, document):
    line = StatusLine(document)
    qtbot.addWidget(line)
    line.follow()
    assert " multiply, " in line.totals.toolTip()
