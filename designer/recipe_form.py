"""RecipeForm: seven settings for a beginner, and the rest in folds that say what was changed in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.setting_row import value_words
from designer.settings_form import NOTHING, SettingsForm
from designer.training.rate_curve import RateCurve
from designer.widgets import Fold
from runtime.recipe import Recipe


class RecipeForm(SettingsForm):
    """Only settings that mean something beside the others are shown. A fold is filled when it is first opened."""

    def __init__(self) -> None:
        self._kinds = Recipe.settings()
        super().__init__({name: kind for name, kind in self._kinds.items() if not kind.group})
        self.curve = RateCurve()
        self.add_below_main(self.curve)
        self.tried.connect(self._draw_tried)
        self.untried.connect(lambda: self._draw_tried({}))
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
        self.show_rows({name for name, kind in self._kinds.items() if kind.applies_to(value)})
        self.curve.show_recipe(value)

    def changed_names(self) -> list[str]:
        """Those below closed folds too."""
        value = self._value
        return [
            name
            for name, kind in self._kinds.items()
            if value is not None and kind.applies_to(value) and getattr(value, name) != self._defaults[name]
        ]

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
