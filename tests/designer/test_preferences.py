"""Preferences: each is seen at once, kept, and sound whatever a settings file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from designer import preferences as declared
from designer import theme
from designer.canvas.geometry import snapped
from designer.canvas.look import luminance
from designer.canvas.mouse import mouse
from designer.document import Document
from designer.preferences import (
    ACCENT,
    DEVICE,
    GRID,
    RUNS_FOLDER,
    TEXT,
    VERSIONS,
    Preference,
    preferences,
)
from designer.preferences_dialog import PreferencesDialog
from designer.training.trainer import Trainer
from designer.widgets import Switch
from designer.worker_pool import WorkerPool
from nodes.graph.files import load
from runtime import runs
from tests.designer.drawing import Hand
from tests.designer.networks import digits_classifier

EVERY = [one for one in vars(declared).values() if isinstance(one, Preference)]


@pytest.fixture(autouse=True)
def as_they_were(qapp: QApplication) -> Iterator[None]:
    yield
    for one in EVERY:
        preferences.set(one, one.default)
    mouse.reset()


@pytest.fixture
def dialog(qtbot: QtBot) -> PreferencesDialog:
    made = PreferencesDialog(None)  # type: ignore[arg-type]
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def field(dialog: PreferencesDialog, name: str, kind: type) -> object:
    return next(one for one in dialog.findChildren(kind) if one.accessibleName() == name)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.key)
def test_what_makes_no_sense_is_passed_over(one: Preference) -> None:
    if one.choices or not isinstance(one.default, str):
        assert one.sound("nonsense") == one.default
        assert one.sound("-7") == one.default


def test_what_is_set_is_read_again_as_what_it_was() -> None:
    for one, value in ((TEXT, 15), (GRID, False), (VERSIONS, 0)):
        preferences.set(one, value)
        QSettings().sync()
        preferences.forget()
        assert preferences.value(one) == value
        assert type(preferences.value(one)) is type(value)


def test_the_accent_is_seen_at_once(qapp: QApplication, dialog: PreferencesDialog) -> None:
    theme.apply(qapp, theme.DARK)
    box = field(dialog, "Accent", QComboBox)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("violet"))
    box.activated.emit(box.currentIndex())
    assert theme.current().accent == theme.ACCENTS["violet"][not theme.current().is_dark]
    preferences.set(ACCENT, "blue")
    assert theme.current() in (theme.DARK, theme.LIGHT)


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ACCENT.choices)
@pytest.mark.parametrize("base", [theme.DARK, theme.LIGHT], ids=lambda base: base.name)
def test_every_accent_can_be_read(base: theme.Theme, name: str) -> None:
    shown = theme.with_accent(base, name)
    assert contrast(shown.accent, shown.on_accent) >= 4.5
    assert contrast(shown.accent_hover, shown.on_accent) >= 4.5
    assert contrast(shown.accent, shown.panel) >= 3.0


def test_larger_letters_reach_every_label(qapp: QApplication, dialog: PreferencesDialog) -> None:
    number = field(dialog, "Text", QSpinBox)
    assert isinstance(number, QSpinBox)
    number.setValue(16)
    assert qapp.font().pixelSize() == 16
    assert theme.mono_font().pixelSize() == 16
    assert "font-size: 15px" in qapp.styleSheet()
    number.setValue(12)
    assert "font-size: 11px" in qapp.styleSheet()


def test_without_snap_nodes_stand_where_they_are_put(qtbot: QtBot, dialog: PreferencesDialog) -> None:
    assert snapped(31.4) == 36.0
    switch = field(dialog, "Snap", Switch)
    assert isinstance(switch, Switch)
    switch.click()
    assert snapped(31.4) == 31.0


def test_without_the_grid_there_are_no_dots(hand: Hand) -> None:
    def colours() -> set[int]:
        picture = hand.canvas.viewport().grab().toImage()
        return {picture.pixel(x, y) for x in range(0, 900, 1) for y in range(2, 40, 1)}

    with_dots = colours()
    preferences.set(GRID, False)
    assert len(with_dots) > len(colours()) == 1


def test_the_wheel_moves_where_that_is_preferred(hand: Hand) -> None:
    def turn(keys: Qt.KeyboardModifier) -> None:
        at = QPointF(500, 300)
        ground = hand.canvas.viewport()
        event = QWheelEvent(
            at,
            QPointF(ground.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(ground, event)

    zoom, middle = hand.canvas.zoom, hand.canvas.visible_middle()
    mouse.set_keys("scroll", ("Wheel",))
    turn(Qt.KeyboardModifier.NoModifier)
    assert hand.canvas.zoom == pytest.approx(zoom)
    assert hand.canvas.visible_middle().y() < middle.y()
    turn(Qt.KeyboardModifier.ControlModifier)
    assert hand.canvas.zoom > zoom


def test_runs_and_device_are_those_preferred(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document(digits_classifier())
    pool = WorkerPool(["true"])
    trainer = Trainer(document, pool)
    monkeypatch.setattr(trainer, "_give_to_worker", lambda *, resume: None)
    preferences.set(RUNS_FOLDER, str(tmp_path / "elsewhere"))
    preferences.set(DEVICE, "cpu")
    trainer.start()
    assert trainer.run is not None
    assert trainer.run.parent == tmp_path / "elsewhere"
    assert load(trainer.run / runs.NETWORK).network.recipe["device"] == "cpu"
    assert "device" not in document.network.recipe
    pool.close()


def test_a_recipe_with_a_device_keeps_it(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = WorkerPool(["true"])
    trainer = Trainer(Document(digits_classifier(device="cuda")), pool)
    monkeypatch.setattr(trainer, "_give_to_worker", lambda *, resume: None)
    preferences.set(RUNS_FOLDER, str(tmp_path))
    preferences.set(DEVICE, "cpu")
    trainer.start()
    assert trainer.run is not None
    assert load(trainer.run / runs.NETWORK).network.recipe["device"] == "cuda"
    pool.close()
