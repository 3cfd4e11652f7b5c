"""The recipe's form: seven settings, folds for the rest, only what applies, and the rate drawn beforehand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from designer.recipe_form import RecipeForm
from designer.training.rate_curve import STEPS
from runtime.recipe import Recipe

SEVEN = ["optimizer", "learning_rate", "schedule", "batch_size", "epochs", "early_stopping", "device"]


@pytest.fixture
def form(qtbot):
    made = RecipeForm()
    qtbot.addWidget(made)
    made.edited.connect(lambda recipe, _: made.show_settings(recipe))
    made.show_settings(Recipe())
    made.resize(320, 900)
    made.show()
    qtbot.waitExposed(made)
    return made


def visible(form: RecipeForm) -> list[str]:
    return [name for name, row in form.rows.items() if row.editor.isVisible()]


def choose(qtbot, form: RecipeForm, name: str, value: str) -> None:
    (field,) = form.rows[name].editor.fields()
    field.setFocus()
    field.setCurrentText(value)


def test_a_beginner_sees_seven_settings(form):
    assert visible(form) == SEVEN
    assert list(form.folds) == [
        "Optimizer", "Rate", "Regularisation", "Batches and precision", "Stopping", "Weights kept", "Validation",
    ]  # fmt: skip


def test_folds_have_all_the_rest(qtbot, form):
    for fold in form.folds.values():
        qtbot.mouseClick(fold.head, Qt.MouseButton.LeftButton)
    assert set(form.rows) == set(Recipe.settings())


def test_only_settings_of_the_chosen_optimizer_are_shown(qtbot, form):
    qtbot.mouseClick(form.folds["Optimizer"].head, Qt.MouseButton.LeftButton)
    assert visible(form)[7:] == ["momentum", "dampening", "nesterov"]
    choose(qtbot, form, "optimizer", "Adadelta")
    assert visible(form)[7:] == ["rho", "eps"]


def test_another_optimizer_brings_its_usual_rate(qtbot, form):
    choose(qtbot, form, "optimizer", "Adam")
    assert form.rows["learning_rate"].editor.field.number == 0.001
    assert form.changed_names() == ["optimizer"]


def test_fold_says_how_much_was_changed_in_it(form):
    form.show_settings(Recipe(l1=0.1, max_norm=3.0, epochs=7))
    assert form.folds["Regularisation"].head.text() == "▸  Regularisation · 2 changed"
    assert form.folds["Stopping"].head.text() == "▸  Stopping"


def test_reset_all_reaches_into_closed_folds(qtbot, form):
    form.show_settings(Recipe(l1=0.1, epochs=7))
    with qtbot.waitSignal(form.edited) as told:
        qtbot.mouseClick(form.reset_button, Qt.MouseButton.LeftButton)
    assert told.args[0] == Recipe()


def test_rate_is_drawn_where_it_moves(qtbot, form):
    assert not form.curve.isVisible()
    choose(qtbot, form, "schedule", "cosine")
    assert form.curve.isVisible()
    assert form.curve.rates[0] == 0.05
    assert form.curve.rates[-1] < 0.0001
    form.show_settings(Recipe(warmup_epochs=2.0))
    assert form.curve.isVisible()


def test_rate_is_read_under_the_mouse(qtbot, form):
    form.show_settings(Recipe(schedule="step", step_size=5, epochs=10))
    assert form.curve.said_at(0.25) == "epoch 2.5: 0.05"
    assert form.curve.said_at(0.75) == "epoch 7.49: 0.005"
    plain = form.curve.grab().toImage()
    qtbot.mouseMove(form.curve, QPoint(100, 40))
    form.curve.repaint()
    assert form.curve.grab().toImage() != plain


def test_rate_is_told_to_those_who_cannot_see_it(form):
    form.show_settings(Recipe(schedule="one_cycle", learning_rate=0.1, epochs=10))
    assert form.curve.accessibleDescription() == ("Begins at 0.004, is highest with 0.1 at epoch 3, ends at 4e-07.")


def test_long_run_is_drawn_in_few_points(form):
    form.show_settings(Recipe(schedule="cosine", epochs=100_000))
    assert len(form.curve.rates) <= 480
    form.show_settings(Recipe(schedule="cosine", max_steps=1))
    assert form.curve.rates == [0.05]
    assert STEPS == 100
