"""What networks of sequences write, what their units follow and what their steps look at, in the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.inspect.attention_view import AttentionView
from designer.inspect.panel import InspectPanel
from designer.inspect.text_views import HiddenView, WritingView
from nodes.attention import MultiheadAttention
from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU
from runtime.runs import create_run
from runtime.train import train
from tests.designer.inspect.conftest import panel_on
from tests.networks.drawn.sketch import Sketch
from tests.runtime.sequences.networks import QUICK, text_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A character network with a recurrent layer and attention."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "text.txt").write_text(text_of(300), encoding="utf-8")
    sketch = Sketch(text=Input("indices", ("L",)))
    look = MultiheadAttention(num_heads=2, causal=True)
    sketch.then(embed=Embedding(8, 8), rnn=GRU(8), look=look, fc=Linear(8)).judged("next")
    data = {"source": str(folder / "text.txt"), "seq_length": 12, "validation": 0.2, "test": 0.1}
    run = create_run(folder / "runs", Network(sketch.drawn(), "reader", data=data, recipe={**QUICK, "epochs": 1}))
    train(run)
    return run


@pytest.fixture
def panel(qtbot: QtBot, reader: Path) -> InspectPanel:
    return panel_on(qtbot, reader)


def test_it_writes_as_it_is_asked_and_the_same_again_from_the_same_seed(panel, qtbot):
    view = panel.choose(WritingView)
    assert isinstance(view, WritingView)
    qtbot.waitUntil(lambda: len(view.strip.tokens) == 400)
    view.length.setValue(50)
    view.start.setText("abc")
    qtbot.keyClick(view.start, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(view.strip.tokens) == 50)
    first = list(view.strip.tokens)
    assert all(0 < value <= 1 for value in view.strip.values)
    assert "was thought" in view.strip.told(0)
    view.seed.setValue(7)
    qtbot.mouseClick(view.go, LEFT)
    qtbot.waitUntil(lambda: list(view.strip.tokens) != first)
    view.seed.setValue(0)
    qtbot.mouseClick(view.go, LEFT)
    qtbot.waitUntil(lambda: list(view.strip.tokens) == first)


def test_it_writes_with_the_weights_that_are_chosen(panel, qtbot):
    view = panel.choose(WritingView)
    qtbot.waitUntil(lambda: len(view.strip.tokens) == 400)
    panel.moments.weights.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    assert panel.asker._engine.asked[-1].which == "last"
    assert len(view.strip.tokens) == 400


def test_a_start_that_it_never_read_gets_a_sentence(panel, qtbot):
    view = panel.choose(WritingView)
    view.start.setText("xyz")
    view.ask()
    qtbot.waitUntil(lambda: "has no x y z" in view.message.text)


def test_a_unit_is_followed_through_a_text(panel, qtbot):
    view = panel.choose(HiddenView)
    assert isinstance(view, HiddenView)
    qtbot.waitUntil(lambda: bool(view.strip.tokens))
    assert view.told.text().startswith("unit ")
    assert max(map(abs, view.strip.values)) == 1
    view.unit.setValue(3)
    view.text.setText("abca")
    qtbot.keyClick(view.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: list(view.strip.tokens) == list("abca"))
    assert view.told.text().startswith("unit 3 of 8")
    qtbot.mouseClick(view.strip, LEFT, pos=view.strip.boxes(view.strip.width())[1].center().toPoint())
    assert view.strip.place == 1
    qtbot.keyClick(view.strip, Qt.Key.Key_Right)
    assert view.strip.place == 2


def test_a_step_shows_what_it_looks_at_and_nothing_later(panel, qtbot):
    view = panel.choose(AttentionView)
    assert isinstance(view, AttentionView)
    view.text.setText("abcdef")
    view.ask()
    qtbot.waitUntil(lambda: list(view.strip.tokens) == list("abcdef"))
    assert view.head.count() == 3
    view.head.setCurrentIndex(1)
    qtbot.mouseClick(view.strip, LEFT, pos=view.strip.boxes(view.strip.width())[2].center().toPoint())
    assert view.told.text().startswith("step 3, “c”, looks most at")
    assert sum(view.weights()[2]) == pytest.approx(1, abs=1e-5)
    assert list(view.strip.values[3:]) == [0, 0, 0]
    qtbot.keyClick(view.grid, Qt.Key.Key_Down)
    assert view.strip.place == 3
