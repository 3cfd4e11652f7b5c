"""What a network wrote while it was trained stands beside its curves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from designer.training.dock import TrainingPanel
from designer.training.writing import WrittenSamples
from runtime.runs import Sampled
from tests.designer.test_training_panel import panel, progress, show, started  # noqa: F401 — a fixture

LEFT = Qt.MouseButton.LeftButton


def sample(step: int, text: str, temperature: float = 0.8) -> Sampled:
    return Sampled(step, temperature, text, "T", [0.5] * len(text))


@pytest.fixture
def written(panel: TrainingPanel) -> WrittenSamples:  # noqa: F811
    return panel.written


def seen(widget: QWidget, above: QWidget) -> bool:
    return widget.isVisibleTo(above)


def test_the_last_sample_stands_beside_the_curves(panel, written):  # noqa: F811
    show(panel, started(), progress(0, 2.0))
    assert not seen(written, panel)
    show(panel, sample(4, "he\n"))
    assert seen(written, panel)
    assert "".join(written.strip.tokens) == "The\n"
    assert list(written.strip.values) == [0.0, 0.5, 0.5, 0.5]
    assert written.strip.told(1) == "“h” was thought 50.0 % likely"
    assert written.strip.told(0) == ""
    show(panel, sample(8, "hou"))
    assert written.told == "step 8 · at 0.8"
    assert "".join(written.strip.tokens) == "Thou"


def test_one_who_looks_back_is_left_in_peace(panel, written, qtbot):  # noqa: F811
    show(panel, started(), sample(4, "a"), sample(4, "b", 1.2), sample(8, "c"))
    assert not written.on.isEnabled()
    qtbot.mouseClick(written.back, LEFT)
    assert written.told == "step 4 · at 1.2"
    show(panel, sample(8, "d", 1.2))
    assert written.told == "step 4 · at 1.2"
    qtbot.mouseClick(written.on, LEFT)
    qtbot.mouseClick(written.on, LEFT)
    assert written.told == "step 8 · at 1.2"
    assert not written.on.isEnabled()
    show(panel, sample(12, "e"))
    assert written.told == "step 12 · at 0.8"


def test_the_doctors_cards_take_its_place(panel, written):  # noqa: F811
    show(panel, started(), sample(4, "a"))
    panel.header.doctor_wanted.emit()
    assert (seen(written, panel), seen(panel.cards, panel)) == (False, True)
    show(panel, sample(8, "b"))
    assert not seen(written, panel)
    panel.header.doctor_wanted.emit()
    assert (seen(written, panel), seen(panel.cards, panel)) == (True, False)


def test_another_run_begins_without_samples(panel, written, tmp_path):  # noqa: F811
    show(panel, started(), sample(4, "a"))
    other = tmp_path / "other"
    other.mkdir()
    panel.trainer.attach(other)
    assert not seen(written, panel)
    assert written.samples == []
