"""Blocks kept and placed: the shelves, the palette's sections, and what becomes of damaged files."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QInputDialog, QMenu

from designer import dialogs, library, library_section
from designer.block_card import BlockCard
from designer.chooser import Chooser
from designer.document import Document
from designer.library_section import REMOVE, SaveBlockDialog, add_library_actions, library_entries
from designer.pages import html
from designer.palette import Palette
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input
from nodes.graph.files import NetworkFileError
from nodes.graph.model import Graph, Link, Network, Node
from nodes.spec.training import NodeTraining
from tests.designer.test_document_scope import nested, unit


@pytest.fixture(autouse=True)
def shelf(tmp_path, monkeypatch):
    """A library of one's own that is empty."""
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path / "blocks")
    return tmp_path / "blocks"


def unit_node() -> Node:
    return Node(Block("Unit", unit()), 24, 48, NodeTraining(frozen=True))


def own() -> list[str]:
    return [kept.title for kept in library.kept_blocks("own")]


def test_what_is_kept_is_found_again_with_its_notes_and_training():
    library.keep("My unit", unit_node(), "From a lecture.")
    [kept] = library.kept_blocks("own")
    assert (kept.title, kept.notes, kept.fault, kept.key) == ("My unit", "From a lecture.", "", "block:own/My unit")
    assert kept.node == Node(Block("Unit", unit()), training=NodeTraining(frozen=True))
    assert kept.stem == "my_unit"


@pytest.mark.parametrize(
    ("title", "stem"), [("3 × 3", "block"), ("Größe", "gr_e"), ("for", "for"), ("Unit 2", "unit")]
)
def test_a_node_is_named_after_its_block(title, stem):
    library.keep(title, unit_node())
    assert library.kept_blocks("own")[0].stem == stem


def test_titles_that_are_ways_stay_in_the_folder(shelf):
    library.keep("../../etc/passwd", unit_node())
    assert [path.name for path in shelf.iterdir()] == ["etc passwd.netw"]


@pytest.mark.parametrize("title", ["", "  ", "/", "…"])
def test_a_title_without_letters_is_refused_in_words(title):
    with pytest.raises(NetworkFileError, match="letters or digits"):
        library.keep(title, unit_node())


def test_rename_and_remove():
    library.rename(library.keep("One", unit_node()), "Two")
    assert own() == ["Two"]
    library.keep("Three", unit_node())
    with pytest.raises(NetworkFileError, match="There is a block Three"):
        library.rename(library.kept_blocks("own")[1], "Three")
    library.remove(library.kept_blocks("own")[0])
    assert own() == ["Two"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no network", "This is no network file"),
        (b"\xff\xfe\x00", "This is no network file"),
        (b'{"format": "netwright", "version": 1, "nodes": {}}', "holds no single block"),
        (b'{"format": "netwright", "version": 99}', "newer Netwright"),
        (b'{"format": "netwright", "version": 1, "nodes": {"a": {"type": "unheard", "at": [0, 0]}}}', "unheard"),
    ],
)
def test_damaged_files_are_listed_with_a_sentence(shelf, data, words):
    shelf.mkdir()
    (shelf / "broken.netw").write_bytes(data)
    [kept] = library.kept_blocks("own")
    assert (kept.title, kept.node) == ("broken", None)
    assert words in kept.fault
    entry = next(entry for entry in library_entries() if entry.key == kept.key)
    assert words.split()[0] in entry.headline
    assert entry.name == "broken (cannot be placed)"


def test_a_file_where_the_folder_should_be_is_told(shelf):
    shelf.write_text("in the way")
    assert library.kept_blocks("own") == ()
    with pytest.raises(NetworkFileError, match="cannot be made"):
        library.keep("Unit", unit_node())


def test_palette_has_sections_for_ready_and_own_blocks(qtbot):
    library.keep("My unit", unit_node())
    palette = Palette()
    qtbot.addWidget(palette)
    palette.fill()
    headings = [palette.list.item(row).text() for row in range(palette.list.count())]
    assert headings.index("Blocks") < headings.index("Residual, bottleneck") < headings.index("Library")
    assert headings[-1] == "My unit"


def test_palette_finds_blocks_and_adds_them(qtbot):
    palette = Palette()
    qtbot.addWidget(palette)
    palette.fill()
    qtbot.keyClicks(palette.search, "bottleneck")
    assert palette.list.entry_keys()[0] == "block:ready/bottleneck"
    with qtbot.waitSignal(palette.add_requested) as told:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert told.args == ["block:ready/bottleneck"]


def test_palette_follows_the_library(qtbot, monkeypatch):
    palette = Palette()
    qtbot.addWidget(palette)
    palette.fill()
    kept = library.keep("One", unit_node())
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Two", True))
    library_section.ask_rename(kept, palette)
    assert "block:own/Two" in palette.list.entry_keys()
    monkeypatch.setattr(dialogs, "ask", lambda *_: REMOVE)
    library_section.ask_remove(library.kept_blocks("own")[0], palette)
    assert not [key for key in palette.list.entry_keys() if key.startswith("block:own")]


def test_only_ones_own_blocks_can_be_renamed_and_removed(qtbot):
    library.keep("One", unit_node())
    palette = Palette()
    qtbot.addWidget(palette)
    for key, words in (("block:own/One", ["Rename…", "Remove…"]), ("block:ready/basic", []), ("conv2d", [])):
        menu = QMenu(palette)
        add_library_actions(menu, key, palette)
        assert [action.text() for action in menu.actions()] == words


def test_ready_block_is_placed_after_the_selected_node_and_fitted(hand):
    document = hand.canvas.document
    document.select(("relu1",))
    name = hand.canvas.add_node("block:ready/basic")
    assert name == "basic1"
    assert Link("relu1", "output", "basic1", "x_in") in document.graph.links
    assert document.inference.facts["basic1"].outputs["result"] == (6, 24, 24)


def test_a_layer_dropped_on_a_link_goes_into_it(hand):
    canvas, document = hand.canvas, hand.canvas.document
    start, end = (canvas.canvas_scene.node_items[n] for n in ("conv1", "relu1"))
    middle = (start.output_spot("output") + end.input_spot("x")) / 2
    name = canvas.add_node("block:ready/conv_bn_relu", middle)
    assert [str(k) for k in document.graph.links if name in (k.source, k.target)] == [
        f"conv1.output -> {name}.features",
        f"{name}.result -> relu1.x",
    ]
    assert document.undo_stack.count() == 1


def test_a_wire_let_go_in_nothing_offers_blocks_that_take_its_value(hand):
    document = hand.canvas.document
    hand.drag(hand.output("relu1"), QPoint(hand.canvas.viewport().width() - 60, hand.canvas.viewport().height() - 60))
    chooser = hand.canvas.findChild(Chooser)
    words = [option.words for option in chooser.options()]
    assert "Residual, basic" in words
    assert "U-Net step up" not in words  # it takes two values
    QTest.keyClicks(chooser.field, "residual basic")
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert Link("relu1", "output", "basic1", "x_in") in document.graph.links
    assert document.inference.facts["basic1"].outputs["result"] == (6, 24, 24)


def test_a_block_that_is_gone_is_told(qtbot, hand):
    with qtbot.waitSignal(hand.canvas.status) as told:
        assert hand.canvas.add_node("block:own/gone") == ""
    assert told.args == ["This block is no longer in the library."]


def test_saving_asks_for_a_name_and_notes(qtbot, hand, monkeypatch):
    document = hand.canvas.document
    document.select(("conv1", "relu1"))
    hand.canvas.commands.blocking.group()
    hand.press(Qt.Key.Key_Escape)

    def fill(dialog: SaveBlockDialog) -> int:
        assert dialog.title.text() == "Block"
        dialog.title.clear()
        assert not dialog.buttons.button(dialog.buttons.StandardButton.Save).isEnabled()
        qtbot.keyClicks(dialog.title, "Stem")
        dialog.notes.setPlainText("Mine.")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(SaveBlockDialog, "exec", fill)
    document.select((next(n for n, node in document.graph.nodes.items() if isinstance(node.settings, Block)),))
    hand.canvas.actions_by_name["save_block"].trigger()
    [kept] = library.kept_blocks("own")
    assert (kept.title, kept.notes) == ("Stem", "Mine.")


def test_form_of_a_block_says_its_ports_and_how_many_are_alike(qtbot):
    document = Document(Network(graph=nested()))
    card = BlockCard(document)
    qtbot.addWidget(card)
    card.show_node("stage1")
    assert card.ports.text() == "into ← 3 × 28 × 28\nresult → 8 × 28 × 28"
    assert card.alike.text().startswith("One other block is alike")
    qtbot.mouseClick(card.enter, Qt.MouseButton.LeftButton)
    assert document.scope == ("stage1",)


def test_every_block_has_a_page_with_its_notes():
    library.keep("My <unit>", unit_node(), "Mine & yours.")
    assert "He, Zhang, Ren &amp; Sun 2016" in html.block_page("block:ready/basic")
    assert html.title_of("block:own/My unit") == "My <unit>"
    assert "My &lt;unit&gt;" in html.block_page("block:own/My unit")
    assert "No such layer" in html.block_page("block:own/gone")
    assert html.title_of("block:own/gone") == ""


def test_form_of_a_layer_says_nothing_of_blocks(qtbot):
    document = Document(Network(graph=Graph({"a": Node(Input()), "b": Node(ReLU())})))
    card = BlockCard(document)
    qtbot.addWidget(card)
    card.show_node("b")
    assert card.isHidden()
