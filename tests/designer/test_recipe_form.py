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
    groups = dict.fromkeys(kind.group for kind in Recipe.settings().values() if kind.group)
    assert list(form.folds) == list(groups)
    assert not any(fold.is_open for fold in form.folds.values())


def test_folds_have_all_the_rest(qtbot, form):
    for fold in form.folds.values():
        qtbot.mouseClick(fold.head, Qt.MouseButton.LeftButton)
    assert set(form.rows) == set(Recipe.settings())


def test_only_settings_of_the_chosen_optimizer_are_shown(qtbot, form):
    qtbot.mouseClick(form.folds["Optimizer"].head, Qt.MouseButton.LeftButton)
    assert visible(form)[7:] == ["momentum", "dampening", "nesterov", "maximize"]
    choose(qtbot, form, "optimizer", "Adadelta")
    assert visible(form)[7:] == ["rho", "eps", "maximize"]


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
    assert form.curve.accessibleDescription() == (
        "Begins at 0.004, is highest with 0.1 at epoch 3, ends at 4 · 10⁻⁷."
    )


def test_long_run_is_drawn_in_few_points(form):
    form.show_settings(Recipe(schedule="cosine", epochs=100_000))
    assert len(form.curve.rates) <= 480
    form.show_settings(Recipe(schedule="cosine", max_steps=1))
    assert form.curve.rates == [0.05]
    assert STEPS == 100


def test_a_setting_is_found_by_a_word_of_its_help(qtbot, form):
    qtbot.keyClicks(form.find, "look ahead")
    assert visible(form) == ["nesterov"]
    assert [group for group, fold in form.folds.items() if fold.isVisible()] == ["Optimizer"]


def test_what_was_looked_for_goes_with_the_words(qtbot, form):
    form.folds["Rate"].set_open(True)
    qtbot.keyClicks(form.find, "l1")
    assert "l1" in visible(form)
    assert "optimizer" not in visible(form)
    form.find.clear()
    assert [group for group, fold in form.folds.items() if fold.is_open] == ["Rate"]
    assert all(fold.isVisible() for fold in form.folds.values())
    assert set(SEVEN) <= set(visible(form))


def test_what_means_nothing_now_is_said_with_what_it_needs(qtbot, form):
    qtbot.keyClicks(form.find, "cycle_gamma")
    assert visible(form) == []
    assert form.elsewhere.text().splitlines()[0] == "cycle_gamma: with schedule cyclic and cycle_mode exp_range"
    form.find.clear()
    qtbot.keyClicks(form.find, "no such thing")
    assert form.elsewhere.text() == "No setting of the recipe is called so."


def test_a_fold_says_how_many_of_its_settings_were_changed(form):
    form.show_settings(Recipe(momentum=0.5, nesterov=True, l1=0.1))
    assert form.folds["Optimizer"].head.text().endswith("Optimizer · 2 changed")
    assert form.folds["Regularisation"].head.text().endswith("Regularisation · 1 changed")
    assert form.folds["Stopping"].head.text().endswith("Stopping")


def test_rate_follows_the_real_steps_once_the_data_are_known(form):
    recipe = Recipe(schedule="cosine", epochs=10, max_steps=50, batch_size=64)
    form.show_settings(recipe)
    assert (form.curve.epoch_steps, form.curve._steps[-1]) == (100, 49)
    assert form.curve.said_at(1.0).startswith("epoch 0.49")
    form.curve.know_samples(1258)  # the digits: 19 batches of 64 and a last one of 42
    assert form.curve.epoch_steps == 20
    assert form.curve.said_at(1.0).startswith("epoch 2.45")
    form.curve.know_samples(None)
    assert form.curve.epoch_steps == 100
