"""Views of layers: filters, what a sample makes of each layer, what moves a unit most, how weights are spread."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.figures import figure, grouped, share
from designer.inspect.asker import Asker
from designer.inspect.bars import Bars
from designer.inspect.choosers import fill, layer_chooser, named, number_box
from designer.inspect.sample_picker import SamplePicker
from designer.inspect.sheet_view import SheetView
from designer.inspect.view import View
from designer.widgets import button, empty, label, scrolled
from designer.wrapping import WrappingRow
from runtime.questions import insight

CELL = 184  # px of a histogram
MOST_MAPS = 12  # layers whose maps are asked for at once


class FiltersView(View):
    """The filters of a convolution as pictures: grey is 0, white positive, black negative."""

    title = "Filters"
    tip = "What each filter of a convolution looks for"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.layer = layer_chooser("Layer")
        self.channel = number_box("Input channel", 0)
        self.told = label("", "secondary")
        self.sheet = SheetView("Filters")
        self.layer.currentIndexChanged.connect(self.ask)
        self.channel.valueChanged.connect(self.ask)
        self._channel_word = named("channel", self.channel)
        self.controls.add(self.layer, self._channel_word, self.channel, self.told)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self.sheet))

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return any(layer["has_filters"] for layer in about["layers"])

    def prepare(self) -> None:
        fill(self.layer, [layer["path"] for layer in self.about["layers"] if layer["has_filters"]])

    def choose(self, path: str) -> None:
        """Shows a layer, if it has filters."""
        self.layer.setCurrentText(path)

    def ask(self) -> None:
        self.question(insight.Filters, self._show, path=self.layer.currentText(), channel=self.channel.value())

    def _show(self, told: dict[str, Any]) -> None:
        has_choice = not told["in_colour"] and told["channels"] > 1
        self._channel_word.setVisible(has_choice)
        self.channel.setVisible(has_choice)
        self.channel.setMaximum(max(0, told["channels"] - 1))
        shown = f", {told['count']} shown" if told["count"] < told["filters"] else ""
        self.told.setText(f"{grouped(told['filters'])} filters{shown}, largest number {figure(told['largest'])}")
        self.sheet.show_sheet(told, [str(n) for n in range(told["count"])])


class MapsView(View):
    """What each layer makes of one sample."""

    title = "Activations"
    tip = "What each layer makes of one sample of the data"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.shown: dict[str, Any] = {}  # path -> what is told of the layer
        self.row = number_box("Sample", 0)
        self.start = layer_chooser("First layer shown")
        self.told = label("", "secondary")
        self._picture = ""  # a file that is looked at in the place of a sample
        self.row.valueChanged.connect(self._choose_row)
        self.start.currentIndexChanged.connect(self.ask)
        self.picker = SamplePicker(asker, self.row)
        chosen = (named("Sample", self.row), self.row, self.picker)
        self.controls.add(*chosen, named("from", self.start), self.start, self.told)
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(4)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self._list))

    def prepare(self) -> None:
        self._picture = ""
        self.row.setMaximum(max(0, sum(self.about["parts"].values()) - 1))
        self.picker.show_run(self.about)
        fill(self.start, [layer["path"] for layer in self.about["layers"]])

    def ask(self) -> None:
        paths = [layer["path"] for layer in self.about["layers"]]
        first = max(0, self.start.currentIndex())
        wanted = tuple(paths[first : first + MOST_MAPS])
        given: dict[str, Any] = {"picture": self._picture} if self._picture else {"row": self.row.value()}
        self.question(insight.Activations, self._show, paths=wanted, **given)

    def show_row(self, row: int) -> None:
        """A sample of the data."""
        self.look_at(row, "")

    def look_at(self, row: int, picture: str) -> None:
        """A sample of the data, or a picture file."""
        self.row.blockSignals(True)
        self.row.setValue(row)
        self.row.blockSignals(False)
        self._picture = picture
        self.ask()

    def _choose_row(self) -> None:
        self._picture = ""
        self.ask()

    def _show(self, told: dict[str, Any]) -> None:
        empty(self._rows)
        self.shown = told["layers"]
        predicted = told.get("predicted", ())
        self.told.setText(", ".join(f"{p['name']}: {share(p['probability'])}" for p in predicted[:3]))
        if "picture" in told:
            self._add("sample", "", told["picture"])
        for path, layer in told["layers"].items():
            if "missing" in layer:
                self._head(path, layer["missing"])
                continue
            shape, zeros = " × ".join(map(str, layer["shape"])), share(layer["zeros"], 0)
            words = f"{shape} · mean {figure(layer['mean'])} · {zeros} zero"
            if "maps" in layer:
                self._add(path, words, layer["maps"])
            else:
                self._add_numbers(path, words, layer["values"])
        self._rows.addStretch()

    def _add(self, path: str, words: str, sheet: dict[str, Any]) -> None:
        self._head(path, words)
        view = SheetView(f"Maps of {path}")
        view.show_sheet(sheet)
        self._rows.addWidget(view)

    def _add_numbers(self, path: str, words: str, values: list[float]) -> None:
        self._head(path, words)
        bars = Bars(f"Values of {path}")
        bars.show_values(values)
        bars.setFixedHeight(56)
        self._rows.addWidget(bars)

    def _head(self, path: str, words: str) -> None:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 6, 0, 0)
        line.addWidget(label(path))
        line.addWidget(label(words, "secondary"))
        line.addStretch()
        self._rows.addWidget(row)


class UnitsView(View):
    """What moves one unit: samples, and a picture made for it."""

    title = "Units"
    tip = "The samples that move a filter or unit most and least, and a picture made to move it"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.layer = layer_chooser("Layer")
        self.unit = number_box("Unit", 0)
        self.dream = button("Make a picture for it", self._ascend, tip="Gradient ascent from noise; takes a moment")
        self.told = label("", "secondary")
        self.layer.currentIndexChanged.connect(self._choose)
        self.unit.valueChanged.connect(self.ask)
        self.controls.add(self.layer, named("unit", self.unit), self.unit, self.dream, self.told)
        self.sheet, self.made = SheetView("Samples that move it most, then least"), SheetView("A picture made for it")
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(scrolled(self.sheet), 3)
        row.addWidget(scrolled(self.made), 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["takes_pictures"]) and any(layer["units"] for layer in about["layers"])

    def prepare(self) -> None:
        self._units = {layer["path"]: layer["units"] for layer in self.about["layers"] if layer["units"]}
        fill(self.layer, list(self._units))
        self.unit.setMaximum(max(0, self._units.get(self.layer.currentText(), 1) - 1))

    def ask(self) -> None:
        self.made.show_sheet(None)
        path, unit = self.layer.currentText(), self.unit.value()
        self.question(insight.Extremes, self._show, path=path, unit=unit)

    def _choose(self) -> None:
        self.unit.setMaximum(max(0, self._units.get(self.layer.currentText(), 1) - 1))
        self.ask()

    def _show(self, told: dict[str, Any]) -> None:
        self.told.setText(f"of {grouped(told['searched'])} samples: first row most, second row least")
        self.sheet.across = told["columns"]
        self.sheet.show_sheet(told, [figure(strength) for strength in told["strengths"]])
        self.sheet.boxes = [[place] for place in told["places"]]

    def _ascend(self) -> None:
        self.told.setText("Making a picture…")
        path, unit = self.layer.currentText(), self.unit.value()
        self.asker.ask(self.made, insight.Ascend, self._show_made, self.complain, path=path, unit=unit)

    def _show_made(self, told: dict[str, Any]) -> None:
        self.told.setText(f"moved from {figure(told['strengths'][0])} to {figure(told['strengths'][-1])}")
        self.made.show_sheet(told)
        self.made.enlarge(3.0)


class WeightsView(View):
    """How the numbers of each weight are spread."""

    title = "Weights"
    tip = "Histograms of all weights"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.controls.add(label("How the numbers of each weight are spread", "secondary"))
        self._grid_holder = QWidget()
        self._grid = WrappingRow(12)
        self._grid_holder.setLayout(self._grid)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self._grid_holder))

    def ask(self) -> None:
        self.question(insight.WeightHistograms, self._show)

    def _show(self, told: dict[str, Any]) -> None:
        empty(self._grid)
        for weight in told["weights"]:
            cell = QWidget()
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addWidget(label(weight["weight"]))
            column.addWidget(label(f"mean {figure(weight['mean'])}, spread {figure(weight['std'])}", "secondary"))
            bars = Bars(f"Histogram of {weight['weight']}")
            bars.show_values(weight["counts"], (weight["low"], weight["high"]))
            bars.setFixedHeight(64)
            column.addWidget(bars)
            cell.setFixedWidth(CELL)
            self._grid.add(cell)
