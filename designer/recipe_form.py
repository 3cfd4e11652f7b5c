"""RecipeForm: seven settings for a beginner, and the rest in folds that say what was changed in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from designer.setting_row import value_words
from designer.settings_form import NOTHING, SettingsForm
from designer.training.rate_curve import RateCurve
from designer.widgets import Fold, button, label
from runtime.recipe import Recipe

MOST_ELSEWHERE = 4  # settings that mean nothing now, of those that are looked for


class RecipeForm(SettingsForm):
    """Only settings that mean something beside the others are shown. A fold is filled when it is first opened."""

    rate_wanted = Signal()

    def __init__(self) -> None:
        self._kinds = Recipe.settings()
        super().__init__({name: kind for name, kind in self._kinds.items() if not kind.group})
        self.curve = RateCurve()
        self.find_rate = button("Find a rate…", self.rate_wanted.emit, tip="Where the loss falls fastest, in seconds")
        self.add_below_main(self.find_rate)
        self.add_below_main(self.curve)
        self.tried.connect(self._draw_tried)
        self.untried.connect(lambda: self._draw_tried({}))
        self.find = QLineEdit()
        self.find.setPlaceholderText("Find a setting")
        self.find.setAccessibleName("Find a setting of the recipe")
        self.find.setClearButtonEnabled(True)
        self.find.textChanged.connect(self._look_for)
        self._stack.insertWidget(self._stack.count() - 1, self.find)
        self.elsewhere = label(role="secondary", wrap=True)
        self.elsewhere.hide()
        self._stack.insertWidget(self._stack.count() - 1, self.elsewhere)
        self._open_before: dict[str, bool] | None = None  # folds, while settings are looked for
        self.folds: dict[str, Fold] = {}
        for group in dict.fromkeys(kind.group for kind in self._kinds.values() if kind.group):
            content = QWidget()
            QVBoxLayout(content).setContentsMargins(0, 0, 0, 0)
            fold = self.folds[group] = Fold(group, content)
            fold.head.toggled.connect(partial(self._fill, group))
            self._stack.insertWidget(self._stack.count() - 1, fold)

    def show_settings(
        self, value: Any, sentences: Mapping[str, str] | None = None, differing: Collection[str] = NOTHING
    ) -> None:
        super().show_settings(value, sentences, differing)
        self._show_what_applies()
        self.curve.show_recipe(value)

    def changed_names(self) -> list[str]:
        """Those below closed folds too."""
        value = self._value
        return [
            name
            for name, kind in self._kinds.items()
            if value is not None and kind.applies_to(value) and getattr(value, name) != self._defaults[name]
        ]

    # --- looking for a setting

    def _look_for(self, words: str) -> None:
        """Opens the folds of what is found and leaves out all else; as it was before once nothing is looked for."""
        looked_for = bool(words.strip())
        if looked_for and self._open_before is None:
            self._open_before = {group: fold.is_open for group, fold in self.folds.items()}
        found = {self._kinds[name].group for name in self._applying()}
        for group, fold in self.folds.items():
            fold.setVisible(not looked_for or group in found)
            if looked_for:
                fold.set_open(group in found)
            elif self._open_before is not None:
                fold.set_open(self._open_before[group])
        if not looked_for:
            self._open_before = None
        self.curve.set_wanted(not looked_for)
        self.find_rate.setVisible(not looked_for)
        self._show_what_applies()

    def _show_what_applies(self) -> None:
        if self._value is not None:
            self.show_rows(self._applying())
            self._say_elsewhere()

    def _applying(self) -> set[str]:
        """The settings that mean something beside the others, of those that are looked for."""
        return {name for name in self._matching() if self._kinds[name].applies_to(self._value)}

    def _matching(self) -> list[str]:
        words = self.find.text().lower().replace("_", " ").split()
        return [
            name
            for name, kind in self._kinds.items()
            if all(word in f"{name} {kind.doc} {kind.group}".lower().replace("_", " ") for word in words)
        ]

    def _say_elsewhere(self) -> None:
        """What is found but means nothing now, and beside which settings it would."""
        is_looking = bool(self.find.text().strip())
        hidden = [name for name in self._matching() if name not in self._applying()] if is_looking else []
        named = self.find.text().lower().split()
        hidden.sort(key=lambda name: not all(word in name.lower() for word in named))  # those called so come first
        lines = [f"{name}: with {self._needed(name)}" for name in hidden[:MOST_ELSEWHERE]]
        if is_looking and not lines and not self._applying():
            lines = ["No setting of the recipe is called so."]
        self.elsewhere.setText("\n".join(lines))
        self.elsewhere.setVisible(bool(lines))

    def _needed(self, name: str) -> str:
        """``schedule step or multistep``."""
        value = self._value
        missing = [
            f"{other} {' or '.join(map(value_words, allowed)) if allowed else 'on'}"
            for other, allowed in self._kinds[name].when
            if not (getattr(value, other) in allowed if allowed else getattr(value, other))
        ]
        return " and ".join(missing)

    def _fill(self, group: str, is_open: bool) -> None:
        layout = self.folds[group].content.layout()
        if not is_open or layout is None or layout.count():
            return
        layout.addWidget(self._grid({name: kind for name, kind in self._kinds.items() if kind.group == group}))
        if self._value is not None:
            self._say_defaults()
            self.show_settings(self._value, self._sentences)

    def _draw_tried(self, changes: dict[str, Any]) -> None:
        """The curve with a number that is under the mouse."""
        if self._value is not None:
            self.curve.show_recipe(self._value.replaced(**changes))

    def _learn_defaults(self, value: Any) -> None:
        defaults = value.defaults()
        if defaults != self._defaults:
            self._defaults = defaults
            self._say_defaults()

    def _say_defaults(self) -> None:
        for name, row in self.rows.items():
            row.show_default(self._defaults[name], partial(value_words, optional=row.kind.optional))

    def _mark_changed(self) -> None:
        super()._mark_changed()
        changed = [self._kinds[name].group for name in self.changed_names()]
        for group, fold in self.folds.items():
            count = changed.count(group)
            fold.set_title(f"{group} · {count} changed" if count else group)
