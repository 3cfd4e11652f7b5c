"""The samples before a training, and downloads of ready sets in the data card."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer import theme
from designer.data.pinning import pinned_places, with_pin
from designer.data.samples import PAGE, SamplesDialog
from designer.data_card import DataCard
from designer.document import Document
from nodes.graph.model import Network
from runtime.questions.augmentation import AugmentationSheet
from runtime.questions.insight import ShowSamples
from tests.designer.doubles import ScriptedEngine


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def dialog(qtbot: QtBot, document: Document, engine: ScriptedEngine) -> SamplesDialog:
    shown = SamplesDialog(document, engine)  # type: ignore[arg-type]
    qtbot.addWidget(shown)
    shown.show()
    return shown


@pytest.fixture
def answer(engine: ScriptedEngine, tmp_path: Path) -> Callable[..., None]:
    """The engine's answer: some of 300 samples of three classes."""
    path = str(tmp_path / "sheet.png")
    image = QImage(80, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.save(path)
    sheet = {"path": path, "tile": [16, 16], "gap": 2, "columns": 4, "count": 3}

    def told(**rest: Any) -> None:
        found = {"rows": [0, 5, 7], "labels": [0, 2, 1], "samples": 300, "sheet": sheet}
        engine.answer(**found | {"classes": ["a", "b", "c"], "counts": [100, 150, 50]} | rest)

    return told


def test_counts_are_bars_and_samples_bear_their_class(dialog: SamplesDialog, answer: Callable[..., None]) -> None:
    answer()
    assert list(dialog.plain.bars.values) == [100, 150, 50]
    assert list(dialog.plain.sheet.captions) == ["a", "c", "b"]
    assert dialog.plain.place.text() == "1–3 of 300"
    assert [dialog.plain.of_class.itemText(n) for n in range(4)] == ["All classes", "a (100)", "b (150)", "c (50)"]


def test_a_class_a_part_and_the_next_page_are_asked_for(
    qtbot: QtBot, dialog: SamplesDialog, engine: ScriptedEngine, answer: Callable[..., None]
) -> None:
    answer()
    qtbot.mouseClick(dialog.plain.forth, Qt.MouseButton.LeftButton)
    assert engine.requests[-1].first == PAGE
    answer()
    dialog.plain.of_class.setFocus()
    qtbot.keyClick(dialog.plain.of_class, Qt.Key.Key_Down)
    dialog.plain.of_class.activated.emit(1)
    request = engine.requests[-1]
    assert isinstance(request, ShowSamples)
    assert (request.first, request.label, request.part) == (0, 0, "train")
    dialog.plain.part.setCurrentText("Test")
    dialog.plain.part.activated.emit(2)
    assert engine.requests[-1].part == "test"


def test_the_varied_sheet_is_drawn_anew_as_the_recipe_changes(
    qtbot: QtBot, dialog: SamplesDialog, document: Document, engine: ScriptedEngine, tmp_path: Path
) -> None:
    dialog.tabs.setCurrentIndex(1)
    assert isinstance(engine.requests[-1], AugmentationSheet)
    image = QImage(400, 100, QImage.Format.Format_RGB32)
    image.save(str(tmp_path / "varied.png"))
    engine.answer(path=str(tmp_path / "varied.png"), is_varied=False, width=400, height=100, samples=6, draws=7)
    assert dialog.varied.words.text().startswith("The recipe varies nothing yet")
    assert dialog.varied.picture.pixmap().width() == 400
    before = len(engine.requests)
    document.edit_network(dataclasses.replace(document.network, recipe={"rotation": 30.0}), "Rotate")
    qtbot.waitUntil(lambda: len(engine.requests) > before)
    assert engine.requests[-1].recipe == {"rotation": 30.0}
    assert engine.requests[-1].ink[0] == theme.current().panel


def test_data_without_pictures_and_faults_are_said(
    dialog: SamplesDialog, engine: ScriptedEngine, answer: Callable[..., None]
) -> None:
    answer(sheet=None)
    assert dialog.plain.words.text().startswith("These samples are no pictures")
    dialog.plain.ask()
    engine.refuse("There is no data folder x.", "Choose another.")
    assert dialog.plain.words.text() == "There is no data folder x. Choose another."


@pytest.mark.parametrize("page", ["plain", "varied"])
def test_what_was_refused_is_asked_for_again_with_one_click(
    dialog: SamplesDialog, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path, page: str
) -> None:
    shown = getattr(dialog, page)
    dialog.tabs.setCurrentWidget(shown)
    dialog.show()
    shown.ask()
    engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    before = len(engine.requests)
    assert shown.retry.isVisible()
    qtbot.mouseClick(shown.retry, Qt.MouseButton.LeftButton)
    assert len(engine.requests) == before + 1
    assert type(engine.requests[-1]) is type(engine.requests[-2])
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.save(str(tmp_path / "varied.png"))
    engine.answer(
        path=str(tmp_path / "varied.png"), is_varied=False, classes=[], counts=[], rows=[], labels=[], samples=0
    )
    assert shown.retry.isHidden()


def test_a_download_is_shown_and_can_be_ended(qtbot: QtBot, document: Document, engine: ScriptedEngine) -> None:
    card = DataCard(document, engine)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.show()
    card.describe()
    engine.tell_part(file="train.gz", bytes=5_000_000, total=20_000_000)
    assert card.download.isVisible()
    assert card.download.words.text().startswith("Downloading train.gz: ")
    assert card.download.bar.value() * 4 == card.download.bar.maximum()
    stop_file = Path(engine.requests[-1].stop_file)
    assert not stop_file.exists()
    qtbot.mouseClick(card.download.cancel, Qt.MouseButton.LeftButton)
    assert stop_file.exists()
    engine.refuse("The download of MNIST was ended.", "Begin it again: it goes on where it ended.")
    assert not card.download.isVisible()
    assert card.state.text().startswith("The download of MNIST was ended.")


def test_a_click_on_a_validation_sample_pins_it_and_a_second_one_lets_it_go(
    dialog: SamplesDialog, document: Document, answer: Callable[..., None]
) -> None:
    answer()
    dialog.plain.sheet.clicked.emit(1)
    assert "pinned_samples" not in document.network.recipe  # of the training part nothing is pinned
    dialog.plain.part.setCurrentText("Validation")
    dialog.plain.part.activated.emit(1)
    answer()
    dialog.plain.sheet.clicked.emit(2)
    dialog.plain.sheet.clicked.emit(0)
    assert document.network.recipe["pinned_samples"] == "2, 0"
    dialog.ask()
    answer()
    assert list(dialog.plain.sheet.captions) == ["◆ a", "c", "◆ b"]
    assert "Pinned: 2, 0." in dialog.plain.words.text()
    dialog.plain.sheet.clicked.emit(2)
    assert document.network.recipe["pinned_samples"] == "0"


def test_of_five_pinned_samples_the_first_goes() -> None:
    network = Network()
    for place in (9, 8, 7, 6, 5):
        network = with_pin(network, place)
    assert pinned_places(network) == [8, 7, 6, 5]
    for place in (8, 7, 6, 5):
        network = with_pin(network, place)
    assert "pinned_samples" not in network.recipe
