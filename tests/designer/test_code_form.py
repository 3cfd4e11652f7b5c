"""Python code in the window: typed, found by the engine, and asked about where it came with a file."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from designer.code_editor import CodeEditor
from designer.document import Document
from designer.file_actions import FileActions
from designer.inspector import Inspector
from designer.pages.html import page
from designer.settings_clipboard import settings_text
from designer.trusting import TrustDialog
from nodes.boundary import Input, Output
from nodes.code import BEGINNING, PythonCode
from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.spec.shapes import Shape
from runtime import trust
from runtime.questions.basic import FindShape, Shaped
from tests.designer.doubles import ScriptedEngine
from tests.nodes.drawing import chain

DOUBLED = "class Doubled(nn.Module):\n    def forward(self, x):\n        return 2 * x\n"


@pytest.fixture(autouse=True)
def nothing_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "user_config_path", lambda *_, **__: tmp_path / "config")


@pytest.fixture
def document():
    return Document(Network(chain(image=Input(size=(3, 8, 8)), code1=PythonCode(), y=Output())))


@pytest.fixture
def engine():
    return ScriptedEngine()


@pytest.fixture
def inspector(qtbot, document, engine):
    made = Inspector(document, engine)
    qtbot.addWidget(made)
    made.resize(360, 900)
    made.show()
    qtbot.waitExposed(made)
    document.select(("code1",))
    return made


def editor(inspector: Inspector) -> CodeEditor:
    found = inspector.node_form.form.rows["code"].editor
    assert isinstance(found, CodeEditor)
    return found


def write(inspector: Inspector, text: str) -> None:
    """As a user who selects all and pastes."""
    field = editor(inspector).field
    field.selectAll()
    field.insertPlainText(text)


def answer_dialog(button: str) -> list[str]:
    """Presses a button of the next dialog that asks for trust; gives the code that it shows, in time."""
    shown: list[str] = []

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TrustDialog)
        shown.append(dialog.code.toPlainText())
        getattr(dialog, button).click()

    QTimer.singleShot(0, press)
    return shown


def found(**more):
    return {"size": [3, 8, 8], "values": "real", "weights": {}, "buffers": {}, "multiply_adds": 0} | more


def test_code_typed_here_is_tried_and_its_shape_noted(qtbot, document, engine, inspector):
    write(inspector, DOUBLED)
    qtbot.mouseClick(inspector.find_shape.find_button, Qt.MouseButton.LeftButton)
    assert engine.requests == [FindShape(0, DOUBLED, [[Shaped([3, 8, 8], "CHW")]])]
    assert trust.untrusted([DOUBLED]) == ()
    engine.answer(answers=[found(weights={"w": [4]})])
    assert document.inference.facts["code1"].outputs["output"] == Shape(3, 8, 8)
    assert document.inference.facts["code1"].weight_count == 4
    assert inspector.find_shape.message.text() == "It gives an image (3 × 8 × 8)."
    document.undo_stack.undo()
    assert document.inference.facts["code1"].error is not None


def test_what_the_engine_refuses_is_said_and_its_line_marked(qtbot, engine, inspector):
    write(inspector, DOUBLED)
    inspector.find_shape.ask()
    engine.refuse("Line 3 (return 2 * x): TypeError: no.", "Mend the code.")
    assert "Line 3" in inspector.find_shape.message.text()
    [mark] = editor(inspector).field.extraSelections()
    assert mark.cursor.blockNumber() == 2
    assert inspector.find_shape.find_button.isEnabled()


def test_an_answer_to_code_that_was_changed_meanwhile_is_not_noted(document, engine, inspector):
    write(inspector, DOUBLED)
    inspector.find_shape.ask()
    write(inspector, DOUBLED + "\n")
    engine.answer(answers=[found()])
    assert document.inference.facts["code1"].error is not None
    assert "Press Find shape again" in inspector.find_shape.message.text()


def test_code_that_is_no_class_is_not_sent(engine, inspector):
    write(inspector, "class Doubled(nn.Module:\n")
    inspector.find_shape.ask()
    assert engine.requests == []
    assert "Line 1 is no valid Python" in inspector.find_shape.message.text()
    assert editor(inspector).field.extraSelections()[0].cursor.blockNumber() == 0


def test_without_inputs_it_says_what_to_do(document, engine, inspector):
    document.edit(document.graph.without_links([document.graph.incoming("code1")["x1"]]), "Unlink")
    inspector.find_shape.ask()
    assert engine.requests == []
    assert inspector.find_shape.message.text().startswith("Connect its inputs first")


def test_tab_and_enter_indent_as_code_wants_it(qtbot, inspector):
    field = editor(inspector).field
    write(inspector, "class A(nn.Module):")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClicks(field, "a = 1")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert field.toPlainText() == "class A(nn.Module):\n    a = 1\n        "


def test_the_card_is_only_there_for_code(document, inspector):
    assert inspector.find_shape.isVisible()
    document.select(("image",))
    assert not inspector.find_shape.isVisible()


@pytest.fixture
def foreign(tmp_path):
    """A file with code that nobody has trusted."""
    file = tmp_path / "foreign.netw"
    graph = chain(image=Input(size=(3, 8, 8)), code1=PythonCode(DOUBLED), y=Output())
    save(Network(graph), file)
    return file


@pytest.mark.parametrize(("button", "is_trusted"), [("trust", True), ("without", False)])
def test_opening_a_file_with_code_asks_once(qtbot, foreign, button, is_trusted):
    window, document = QWidget(), Document()
    qtbot.addWidget(window)
    shown = answer_dialog(button)
    files = FileActions(document, window)
    assert files.open_path(foreign)
    assert shown == [DOUBLED]
    assert trust.is_trusted(document.root_graph) is is_trusted
    if is_trusted:
        assert files.open_path(foreign)  # nothing asks: a dialog would never be answered


def test_code_that_came_with_a_file_is_asked_about_before_it_is_tried(document, engine, inspector):
    document.edit(document.graph.with_settings("code1", PythonCode(DOUBLED)), "Paste")
    answer_dialog("without")
    inspector.find_shape.ask()
    assert engine.requests == []
    assert inspector.find_shape.message.text() == "The code was not run."
    answer_dialog("trust")
    inspector.find_shape.ask()
    assert len(engine.requests) == 1


def test_code_of_a_new_node_is_ours_and_needs_no_trust(engine, inspector):
    inspector.find_shape.ask()
    assert engine.requests[0].code == BEGINNING


def test_what_the_program_notes_for_itself_is_neither_shown_nor_reset(document, inspector):
    form = inspector.node_form.form
    assert set(form.rows) == {"code", "output_axes", "output_values"}
    code = document.graph.nodes["code1"].settings
    numbers = '{"weights":{},"buffers":{},"multiply_adds":3}'
    noted = code.replaced(output_size=(3, 8, 8), output_axes="CHW", found_for="0", found_numbers=numbers)
    document.edit(document.graph.with_settings("code1", noted), "Find shape")
    assert form.changed_names() == ["output_axes"]
    assert not form.reset_button.isVisible()
    assert "found" not in page(PythonCode, has_picture=False).partition("Settings")[2]
    assert "found_for" not in settings_text(noted)
