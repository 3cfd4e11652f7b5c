"""Operations on a trained network from the menus, and the dialog of what it begins with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from designer.command_search import Finder
from designer.main_window import MainWindow
from designer.surgery.desk import cost
from designer.surgery.menu import add_to_context, desk, fill
from designer.surgery.weights_dialog import WeightsDialog
from designer.surgery.weights_known import trained_network
from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.spec.node_type import NodeType
from runtime.questions.surgery import MeasureSurgery, OperateOn
from runtime.questions.transfer import MatchWeights
from tests.designer.doubles import ScriptedEngine
from tests.designer.windows import anew, shown
from tests.runtime.networks import digits_graph

SCORES = {"before": {"loss": 0.1, "accuracy": 0.991}, "after": {"loss": 0.1, "accuracy": 0.985}}
MEASURED = SCORES | {"part": "validation", "samples": 180, "largest_difference": 2e-6}
ROWS = [
    {"node": "conv1", "weight": "weight", "shape": [8, 1, 3, 3], "source": "features.0.weight", "state": "by order"},
    {"node": "fc1", "weight": "weight", "shape": [10, 128], "source": "", "state": "fresh"},
]


@pytest.fixture(scope="module")
def made(qapp: QApplication) -> Iterator[MainWindow]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        with shown(Network()) as window:
            yield window


@pytest.fixture
def window(made: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With a network whose recipe starts from a file of weights beside it, and an engine that a test answers for."""
    network = Network(
        digits_graph(), "digits", data={"source": "digits"}, recipe={"start_from": "w.safetensors", "fresh": "fc"}
    )
    save(network, tmp_path / "digits.netw")
    save(network, tmp_path / "w.netw")
    found = anew(made, network)
    found.files.watch.remember(tmp_path / "digits.netw")  # else it would ask what became of it
    found.document.open(network, tmp_path / "digits.netw")
    assert found.services is not None
    monkeypatch.setattr(found.services, "looker", ScriptedEngine())
    return found


def engine(window: MainWindow) -> ScriptedEngine:
    assert window.services is not None
    assert isinstance(window.services.looker, ScriptedEngine)
    return window.services.looker


def entries(window: MainWindow) -> dict[str, QAction]:
    menu = QMenu(window)
    fill(menu, window)
    return {action.text(): action for action in menu.actions() if action.text()}


def kept(dialog: WeightsDialog) -> WeightsDialog:
    """A dialog that is still there after it was closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    return dialog


def settings(window: MainWindow, name: str) -> NodeType:
    return window.document.graph.nodes[name].settings


def test_widening_is_one_step_with_its_weights_and_undo_takes_both_back(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = window.document
    before, conv = document.network, "conv"
    document.select((conv,))
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (40, True))
    entries(window)["Widen…"].trigger()
    [asked] = engine(window).requests
    assert isinstance(asked, OperateOn)
    assert (asked.operation, asked.node, asked.value) == ("widen", conv, "40")
    assert document.path is not None
    folder = document.path.parent
    assert (asked.source, asked.folder) == (str(folder / "w.safetensors"), str(folder / "weights"))
    assert document.network is before
    written = str(folder / "weights" / "digits-1.safetensors")
    engine(window).tell_part(file=written, kept=97, weights=99, is_exact=True, words=f"Widen {conv} to 40")
    assert settings(window, conv).out_channels == 40  # type: ignore[attr-defined]
    assert document.network.recipe == {"start_from": "weights/digits-1.safetensors"}
    engine(window).answer(file=written, kept=97, weights=99, words=f"Widen {conv} to 40", **MEASURED)
    said = desk(window).said
    assert said.startswith(f"Widen {conv} to 40: 97 of 99 weights kept, accuracy 99.1 % → 98.5 %; outputs")
    assert window.status.sentence.text() == said
    document.undo_stack.undo()
    assert document.network is before
    document.undo_stack.redo()
    assert document.network.recipe == {"start_from": "weights/digits-1.safetensors"}


def test_a_drawing_that_changes_meanwhile_is_left_as_it_is(window: MainWindow) -> None:
    document = window.document
    desk(window).operate("all_convolutional")
    other = dataclasses.replace(document.network, notes="changed")
    document.edit_network(other, "Change the notes")
    engine(window).tell_part(file="w", kept=1, weights=1, is_exact=True, words="Make")
    assert document.network is other
    assert "changed meanwhile" in desk(window).said


def test_without_trained_weights_the_drawing_alone_changes(window: MainWindow) -> None:
    document = window.document
    document.edit_network(dataclasses.replace(document.network, recipe={}), "Clear")
    desk(window).operate("all_convolutional")
    assert not engine(window).requests
    assert not [node for node in document.graph.nodes.values() if node.settings.type_id == "linear"]
    assert "no trained weights" in desk(window).said


def test_a_refusal_is_said_and_changes_nothing(window: MainWindow) -> None:
    before = window.document.network
    desk(window).operate("all_convolutional")
    engine(window).refuse("There is no w.safetensors to start from.", "Name a run.")
    assert window.document.network is before
    assert desk(window).said == "There is no w.safetensors to start from. Name a run."


def test_what_cannot_be_done_is_grey_and_says_why(window: MainWindow) -> None:
    window.document.select(())
    assert not entries(window)["Widen…"].isEnabled()
    assert entries(window)["Widen…"].toolTip() == "Select one layer of the drawing first."
    window.document.select(("flatten",))
    found = entries(window)
    assert "no width of its own" in found["Widen…"].toolTip()
    assert found["Make All Fully Connected Layers Convolutions"].isEnabled()
    assert not found["Fold All Batch Normalisations"].isEnabled()
    assert "no batch normalisation" in found["Fold All Batch Normalisations"].toolTip()


def test_the_menu_of_a_node_has_what_can_be_done_with_it(window: MainWindow) -> None:
    window.document.select(("relu",))
    menu = QMenu(window)
    add_to_context(menu, window)
    [surgery] = [action.menu() for action in menu.actions() if action.text() == "Surgery"]
    assert isinstance(surgery, QMenu)
    words = [action.text() for action in surgery.actions()]
    assert words == ["Delete and Measure", "Replace Activation"]
    window.document.select(("image",))
    menu = QMenu(window)
    add_to_context(menu, window)
    assert not menu.actions()


def test_the_command_search_finds_operations(window: MainWindow) -> None:
    window.document.select(("conv",))
    assert any("Deepen" in option.words for option in Finder(window).find("deepen"))
    assert any("Starting Weights" in option.words for option in Finder(window).find("starting weights"))


def test_nodes_are_marked_by_the_weights_that_the_recipe_starts_from(window: MainWindow) -> None:
    document, items = window.document, window.canvas.canvas_scene.node_items
    conv = "conv"
    assert items[conv].warmth == "warm"
    document.edit(document.graph.with_settings(conv, settings(window, conv).replaced(out_channels=41)), "Widen")
    assert items[conv].warmth == "cold"
    document.edit_network(dataclasses.replace(document.network, recipe={}), "Clear")
    assert items[conv].warmth == ""


def test_weights_of_its_own_run_count_until_others_are_chosen(window: MainWindow, tmp_path: Path) -> None:
    document = window.document
    run = tmp_path / "run"
    run.mkdir()
    resolved = {"start_from": str(tmp_path / "w.safetensors")}
    save(dataclasses.replace(document.network, title="run", recipe=resolved), run / "network.netw")
    assert trained_network(document, run)[0] == str(run)
    document.edit_network(dataclasses.replace(document.network, recipe={"start_from": "torchvision:vgg16"}), "Choose")
    assert trained_network(document, run) == ("torchvision:vgg16", None)


def test_the_dialog_shows_what_matches_and_uses_it_in_one_step(window: MainWindow, qtbot: QtBot) -> None:
    document, asked = window.document, engine(window)
    before = document.network
    dialog = kept(WeightsDialog(document, asked, Path(), window))  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert isinstance(asked.requests[-1], MatchWeights)
    dialog._name_known("resnet18")
    assert asked.requests[-1].source == "torchvision:resnet18"  # type: ignore[union-attr]
    assert not dialog.use.isEnabled()
    asked.answer(source="resnet18", rows=ROWS, left_over=["fc.weight"], sentence="1 of 2 weights begin as there.")
    table = [[dialog.model.index(row, column).data() for column in range(5)] for row in range(2)]
    assert table[0] == ["conv1", "weight", "8 × 1 × 3 × 3", "features.0.weight", "by order"]
    assert table[1][3:] == ["fresh numbers", "fresh"]
    assert "1 of theirs have no place here, such as fc.weight." in dialog.state.text()
    dialog.only_fresh.setChecked(True)
    assert dialog.model.rowCount() == 1
    dialog.use.click()
    assert document.network.recipe["start_from"] == "torchvision:resnet18"
    document.undo_stack.undo()
    assert document.network is before


def test_where_nothing_is_named_nothing_can_be_measured(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    recipe = {key: value for key, value in document.network.recipe.items() if key != "start_from"}
    document.edit_network(dataclasses.replace(document.network, recipe=recipe), "Start fresh")
    dialog = kept(WeightsDialog(document, engine(window), Path(), window))  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert not dialog.measure.isEnabled()
    assert dialog.use.isEnabled()
    document.undo_stack.undo()


def test_the_form_of_the_network_opens_the_dialog(window: MainWindow, qtbot: QtBot) -> None:
    assert window.inspector is not None
    window.inspector.network_form.weights_wanted.emit()
    [dialog] = [found for found in window.findChildren(WeightsDialog) if found.isVisible()]
    assert dialog.source.text() == "w.safetensors"
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()


def test_the_dialog_measures_and_clears(window: MainWindow, qtbot: QtBot) -> None:
    asked = engine(window)
    dialog = kept(WeightsDialog(window.document, asked, Path(), window))  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    asked.answer(source="w", rows=ROWS, left_over=[], sentence="1 of 2 weights begin as there.")
    dialog.measure.click()
    assert isinstance(asked.requests[-1], MeasureSurgery)
    asked.answer(kept=1, weights=2, **MEASURED)
    assert dialog.state.text().startswith("1 of 2 weights found: accuracy 99.1 %")
    dialog.clear.click()
    assert dialog.model.rowCount() == 0
    dialog.use.click()
    assert "start_from" not in window.document.network.recipe


def test_nothing_that_fits_cannot_be_used(window: MainWindow, qtbot: QtBot) -> None:
    asked = engine(window)
    dialog = kept(WeightsDialog(window.document, asked, Path(), window))  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    asked.answer(source="w", rows=ROWS[1:], left_over=[], sentence="0 of 1 weights begin as there.")
    assert not dialog.use.isEnabled()
    dialog._name("nowhere")
    asked.refuse("There is no nowhere to start from.", "Name a run.")
    assert dialog.state.property("role") == "fault"


def test_cost_is_told_in_loss_where_no_classes_are_told() -> None:
    told = MEASURED | {"before": {"loss": 0.25}, "after": {"loss": 0.5}, "largest_difference": None}
    assert cost(told) == "loss 0.25 → 0.5; 180 validation samples"
    assert "cannot be measured: There are no data" in cost({"reason": "There are no data."})
