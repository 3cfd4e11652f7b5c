"""The import dialog and the new head, as somebody uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer import dialogs
from designer.document import Document
from designer.importing.dialog import ImportDialog, place_for
from designer.importing.new_head import give_new_head
from designer.importing.python_classes import networks_in
from nodes.graph.infer import infer
from runtime.questions.importing import ImportNetwork, ListImportable
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def shown() -> list[Path]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, engine: ScriptedEngine, shown: list[Path]) -> ImportDialog:
    made = ImportDialog(engine, shown.append, None)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_name_is_found_by_typing_and_imported(
    qtbot: QtBot, dialog: ImportDialog, engine: ScriptedEngine, shown: list[Path], tmp_path: Path
) -> None:
    assert isinstance(engine.requests[0], ListImportable)
    engine.answer(names=["resnet18", "resnet50", "vit_b_16"])
    qtbot.keyClicks(dialog.search, "vit b")
    visible = [row for row in range(dialog.names.count()) if not dialog.names.item(row).isHidden()]
    assert visible == [2]
    dialog.names.setCurrentRow(2)
    assert dialog.source.text() == "torchvision:vit_b_16"
    dialog.out.setText(str(tmp_path / "vit.netw"))
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    request = engine.requests[-1]
    assert isinstance(request, ImportNetwork)
    assert (request.source, request.weights, request.trust) == ("torchvision:vit_b_16", "trained", False)
    engine.answer(path=str(tmp_path / "vit.netw"), lines=["vit_b_16: 143 nodes.", "12 Linear became Linear"])
    assert shown == [tmp_path / "vit.netw"]
    assert "12 Linear became Linear" in dialog.report.toPlainText()


def test_a_dropped_file_is_imported_beside_itself(
    dialog: ImportDialog, engine: ScriptedEngine, tmp_path: Path
) -> None:
    (tmp_path / "model.netw").write_text("")
    dialog.take(tmp_path / "model.onnx")
    assert engine.requests[-1].out == str(tmp_path / "model_2.netw")


MINE = """
from torch import nn
class Part(nn.Module):
    def forward(self, x): return x
"""


def test_a_dropped_python_file_waits_for_the_size_of_its_class(
    dialog: ImportDialog, engine: ScriptedEngine, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    dialog.take(file)
    assert dialog.source.text() == f"{file}:Part"
    assert "Give the size" in dialog.outcome.text()
    assert [label.text() for label, _, _ in dialog.inputs.rows] == ["x"]
    file.write_text(f"{MINE}\nclass Net(Part):\n    def forward(self, x, mask, scale=1): return x\n")
    assert networks_in(file) == {"Part": ("x",), "Net": ("x", "mask")}
    dialog.take(file)
    assert dialog.source.text() == f"{file}:"
    assert "Part, Net" in dialog.outcome.text()
    file.write_text("x = 1 +")
    dialog.take(file)
    assert "no class of nn.Module" in dialog.outcome.text()
    assert not any(isinstance(request, ImportNetwork) for request in engine.requests)


def test_each_input_of_a_class_has_its_kind_and_sizes(
    dialog: ImportDialog, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, remedy, answers: answers[0])
    file = tmp_path / "mine.py"
    file.write_text(MINE.replace("self, x", "self, picture, words"))
    dialog.take(file)
    assert [label.text() for label, _, _ in dialog.inputs.rows] == ["picture", "words"]
    dialog.inputs.rows[0][2].setText("3,32,32")
    dialog.inputs.rows[1][1].setCurrentIndex(1)
    dialog.inputs.rows[1][2].setText("20")
    dialog.start()
    request = engine.requests[-1]
    assert isinstance(request, ImportNetwork)
    assert request.size == "3,32,32; indices:20"
    dialog.source.setText("torchvision:resnet18")
    assert len(dialog.inputs.rows) == 1


def test_a_dropped_program_is_imported_after_consent(
    dialog: ImportDialog, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, remedy, answers: answers[0])
    dialog.take(tmp_path / "net.pt2")
    request = engine.requests[-1]
    assert isinstance(request, ImportNetwork)
    assert (request.source, request.trust) == (str(tmp_path / "net.pt2"), True)


def test_code_is_imported_only_after_consent(
    dialog: ImportDialog, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask", lambda _, fact, remedy, answers: asked.append(fact) or answers[-1])
    dialog.source.setText("mine.py:Net")
    dialog.start()
    assert "runs code" in asked[0]
    assert not any(isinstance(request, ImportNetwork) for request in engine.requests)


def test_a_refusal_is_shown_and_another_try_can_be_made(dialog: ImportDialog, engine: ScriptedEngine) -> None:
    dialog.take(Path("absent.onnx"))
    engine.refuse("There is no file absent.onnx.", "Check its name.")
    assert "There is no file absent.onnx. Check its name." in dialog.outcome.text()
    assert dialog.go.isEnabled()


def test_places_are_free(tmp_path: Path) -> None:
    assert place_for(str(tmp_path / "mine.py:Net")) == tmp_path / "Net.netw"


def test_a_new_head_is_one_step_and_begins_fresh(qtbot: QtBot) -> None:
    document = Document(digits_classifier())
    network = document.network
    document.edit_network(
        type(network)(network.graph, network.title, recipe={"start_from": "a.safetensors"}), "Start from"
    )
    said = give_new_head(document, 7)
    assert "7 scores" in said
    outputs = infer(document.root_graph)
    head = document.network.recipe["fresh"]
    assert outputs.facts[head].outputs["output"][-1] == 7
    document.undo_stack.undo()
    assert "fresh" not in document.network.recipe
