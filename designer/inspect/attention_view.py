"""What each step looks at: words at words, words at places of a picture, places at places."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from designer.figures import share
from designer.inspect.asker import Asker
from designer.inspect.choosers import fill, layer_chooser, named, number_box
from designer.inspect.grid import Grid
from designer.inspect.places_view import PlacesView
from designer.inspect.sample_picker import SamplePicker
from designer.inspect.view import View
from designer.picture_files import picture_from
from designer.strip import Strip, shown
from designer.widgets import label, scrolled
from runtime.questions import insight

CLASS_TOKEN, STATE = "class token", "the state"


class AttentionView(View):
    """Choose a word, a row of the square or a place: what it looks at is coloured, or lit in the picture."""

    title = "Attention"
    tip = "What each word or place looks at, head by head"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.layer, self.head = layer_chooser("Attention"), QComboBox()
        self.head.setAccessibleName("Head")
        self.head.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.text = QLineEdit()
        self.text.setPlaceholderText("A text of your own; empty: a sample of the data")
        self.text.setAccessibleName("Text that it reads")
        self.text.setMinimumWidth(240)
        self.text.returnPressed.connect(self.ask)
        self.row = number_box("Sample", 0)
        self.row.valueChanged.connect(self.ask)
        self.layer.currentIndexChanged.connect(self.ask)
        self.head.currentIndexChanged.connect(self._draw)
        self.told = label("", "secondary")
        self.picker = SamplePicker(asker, self.row)
        sample = (named("sample", self.row), self.row, self.picker)
        self.controls.add(self.layer, self.head, self.text, *sample, self.told)
        self.strip, self.keys = Strip("Words that look"), Strip("Words that are looked at")
        self.grid, self.places = Grid(), PlacesView()
        self.strip.chosen.connect(self._look_from)
        self.grid.chosen.connect(self._look_from)
        self.places.chosen.connect(self._look_from_place)
        self._weights: list[list[float]] = []
        self._told: dict[str, Any] = {"layers": [], "weights": [], "query_words": [], "key_words": []}
        self._lay_out()

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["attends"])

    def prepare(self) -> None:
        self.text.setVisible(bool(self.about["reads_text"] or self.about["reads_sentence"]))
        self.picker.show_run(self.about)
        self.row.setMaximum(max(0, sum(self.about["parts"].values()) - 1))

    def ask(self) -> None:
        settings = {"text": self.text.text(), "row": self.row.value(), "layer": max(0, self.layer.currentIndex())}
        self.question(insight.Attention, self._show, **settings)

    def weights(self) -> list[list[float]]:
        """L × S of the chosen head, or the mean of all."""
        return self._weights

    def _chosen(self) -> list[list[float]]:
        heads, head = self._told["weights"], self.head.currentIndex()
        if head > 0:
            return list(heads[head - 1])
        rows = zip(*heads, strict=True)
        return [[sum(column) / len(heads) for column in zip(*each, strict=True)] for each in rows]

    def _lay_out(self) -> None:
        self._words, self._looked_at = QWidget(), label("looks at", "secondary")
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(4)
        for one in (self.strip, self._looked_at, self.keys):
            words.addWidget(one)
        words.addStretch()
        left = QVBoxLayout()
        self._scrolled_words = scrolled(self._words)
        left.addWidget(self._scrolled_words, 2)
        left.addWidget(self.grid, 3)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(left, 3)
        row.addWidget(self.places, 2)

    # --- what is shown

    def _show(self, told: dict[str, Any]) -> None:
        self._told = told
        fill(self.layer, [f"{number + 1}  {layer['path']}" for number, layer in enumerate(told["layers"])])
        heads = told["layers"][told["layer"]]["heads"]
        fill(self.head, ["all heads", *(f"head {number + 1}" for number in range(heads))])
        self.head.setVisible(heads > 1)
        grid = told["key_grid"]
        self.places.setVisible(grid is not None)
        if grid is not None:
            self.places.show_places(picture_from(told["picture"]["path"]), grid[0], grid[1])
        self._draw()

    def _draw(self) -> None:
        told, weights = self._told, self._chosen()
        self._weights = weights
        if not weights:
            return
        queries = self._names("query", len(weights))
        self.grid.show_weights(weights, queries, queries if told["is_self"] else self._names("key", len(weights[0])))
        self._scrolled_words.setVisible(bool(told["query_words"]))
        for one in (self._looked_at, self.keys):
            one.setVisible(bool(told["key_words"]) and not told["is_self"])
        self.strip.show_tokens(told["query_words"], [], lambda n: f"Click: what “{shown(queries[n])}” looks at")
        first = 0 if told["key_grid"] else len(weights) - 1
        self._look_from(self.grid.place if 0 <= self.grid.place < len(weights) else first)

    def _names(self, side: str, count: int) -> list[str]:
        """Of all that looks, or is looked at."""
        words, grid = self._told[f"{side}_words"], self._told[f"{side}_grid"]
        if words:
            return list(words)
        if grid is not None:
            return [CLASS_TOKEN] * grid[2] + [self.places.named(n) for n in range(count - grid[2])]
        return [STATE] if count == 1 else [str(number + 1) for number in range(count)]

    def _look_from_place(self, place: int) -> None:
        """A place of the picture was chosen: it looks itself only where places look at places."""
        if self._told["query_grid"] is not None:
            self._look_from(place + self._told["query_grid"][2])

    def _look_from(self, number: int) -> None:
        weights = self.weights()
        if not 0 <= number < len(weights):
            return
        told, row = self._told, weights[number]
        queries = self._names("query", len(weights))
        keys = queries if told["is_self"] else self._names("key", len(row))
        most = max(row, default=0.0) or 1.0
        shares = [value / most for value in row]

        def looked(place: int) -> str:
            return f"{share(row[place])}" if place < len(row) else ""

        self.strip.place = self.grid.place = number
        own = told["is_self"] and bool(told["query_words"])
        self.strip.show_tokens(told["query_words"], shares if own else [], looked if own else lambda _: "")
        self.keys.show_tokens(told["key_words"], shares, looked)
        grid = told["key_grid"]
        if grid is not None:
            self.places.light(row[grid[2] :], number - grid[2] if told["query_grid"] else -1)
        best = max(range(len(row)), key=row.__getitem__)
        step = f"step {number + 1}, " if told["query_words"] else ""
        named = f"“{shown(queries[number])}”" if told["query_words"] else queries[number]
        seen = f"“{shown(keys[best])}”" if told["key_words"] else keys[best]
        self.told.setText(f"{step}{named}, looks most at {seen} ({share(row[best], 0)})")
        self.grid.update()
