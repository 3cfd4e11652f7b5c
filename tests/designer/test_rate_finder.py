"""The window in which a learning rate is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from designer.document import Document
from designer.recipe_form import RecipeForm
from designer.training.rate_finder import RateFinder
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier

FOUND = {
    "rates": [1e-4, 1e-3, 1e-2],
    "losses": [2.3, 1.5, 40.0],
    "smoothed": [2.3, 1.6, 3.0],
    "steepest": 1e-3,
    "suggestion": 1e-3,
    "sentence": "The loss falls fastest at 0.001. Begin with 0.001.",
}


@pytest.fixture
def finder(qtbot):
    document, engine = Document(digits_classifier(learning_rate=0.5)), ScriptedEngine()
    made = RateFinder(document, engine)
    qtbot.addWidget(made)
    made.show()
    made.find()
    return made, document, engine


def test_the_curve_grows_while_it_is_tried(finder):
    dialog, _, engine = finder
    engine.tell_part(rates=[1e-4, 1e-3], losses=[2.3, 1.5])
    assert [len(line.values) for line in dialog.chart.lines] == [2]
    assert not dialog.use.isEnabled()


def test_the_rate_found_is_taken_with_one_click_and_can_be_undone(finder, qtbot):
    dialog, document, engine = finder
    engine.answer(**FOUND)
    assert dialog.sum.text() == FOUND["sentence"]
    assert dialog.use.text() == "Use 0.001"
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert document.network.recipe["learning_rate"] == 0.001
    document.undo_stack.undo()
    assert document.network.recipe["learning_rate"] == 0.5


def test_closing_gives_up_what_is_under_way(finder):
    dialog, _, engine = finder
    dialog.close()
    assert Path(engine.requests[0].stop_file).exists()
    assert engine.forgotten == [1]


def test_an_engine_that_died_is_said_and_asked_again(finder):
    dialog, _, engine = finder
    engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    assert "Try again" in dialog.sum.text()
    dialog.again.click()
    engine.answer(**FOUND)
    assert dialog.use.isEnabled()


def test_where_no_rate_works_none_can_be_taken(finder):
    dialog, _, engine = finder
    engine.answer(**FOUND | {"suggestion": None, "steepest": None, "sentence": "The loss did not fall at any rate."})
    assert not dialog.use.isEnabled()


def test_the_recipe_form_asks_for_it(qtbot):
    form = RecipeForm()
    qtbot.addWidget(form)
    with qtbot.waitSignal(form.rate_wanted):
        form.find_rate.click()
