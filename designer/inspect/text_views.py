"""Views of networks that read or write sequences: what they write, and what a unit follows."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QLineEdit, QVBoxLayout

from designer.figures import grouped, share
from designer.inspect.asker import Asker
from designer.inspect.choosers import fill, layer_chooser, named, number_box
from designer.inspect.view import View
from designer.strip import Strip, shown
from designer.widgets import button, label, scrolled
from runtime.questions import insight
from runtime.questions.sequences import CaptionPicture, SampleText, TranslateText

PICTURES = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff)"
LENGTHS = (50, 5_000)


class WritingView(View):
    """Goes on with a text, translates a sentence, or describes a picture; the colour says how sure it was."""

    title = "Writes"
    tip = "What it writes, with how sure it was of each piece"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.start = QLineEdit()
        self.start.setMinimumWidth(220)
        self.start.returnPressed.connect(self.ask)
        self.picture = ""
        self.choose = button("Choose a picture…", self._choose)
        self.temperature = QDoubleSpinBox()
        self.temperature.setAccessibleName("Temperature")
        self.temperature.setToolTip("Below 1 likely, above 1 daring; 0 takes the likeliest each time")
        self.temperature.setRange(0.0, 5.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(0.8)
        self.length, self.seed = number_box("Length in characters", LENGTHS[1]), number_box("Seed", 2**31 - 1)
        self.length.setRange(*LENGTHS)
        self.length.setSingleStep(50)
        self.length.setValue(400)
        self.go = button("Write", self.ask, tip="Asks the network, with what is set here")
        self._length_word = named("length", self.length)
        chance = (named("temperature", self.temperature), self.temperature)
        seed = (named("seed", self.seed), self.seed)
        self.controls.add(self.start, self.choose, *chance, self._length_word, self.length, *seed, self.go)
        self.told = label("", "secondary")
        self.strip = Strip("What it wrote")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.told)
        column.addWidget(scrolled(self.strip), 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["writes"])

    def prepare(self) -> None:
        kind = self.about["writes"]
        words = {"text": "Text that it goes on from", "translation": "Sentence to translate"}.get(kind, "")
        self.start.setPlaceholderText(words)
        self.start.setAccessibleName(words)
        self.start.setVisible(kind != "caption")
        self.choose.setVisible(kind == "caption")
        for one in (self._length_word, self.length):
            one.setVisible(kind == "text")
        if kind != "text":
            self.temperature.setValue(0.0)

    def ask(self) -> None:
        kind = self.about["writes"]
        chance = {"temperature": self.temperature.value(), "seed": self.seed.value()}
        if kind == "text":
            settings = {"start": self.start.text(), "length": self.length.value(), **chance}
            self.sequence_question(SampleText, self._show_text, on_part=self._show_text, **settings)
        elif kind == "translation" and self.start.text().strip():
            self.sequence_question(TranslateText, self._show_words, text=self.start.text(), **chance)
        elif kind == "caption" and self.picture:
            self.sequence_question(CaptionPicture, self._show_words, input=self.picture, **chance)
        else:
            self.say("Write a sentence, and press Enter." if kind == "translation" else "Choose a picture.")

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a Picture", "", PICTURES)
        if chosen:
            self.picture = chosen
            self.ask()

    def _show_text(self, told: dict[str, Any]) -> None:
        self._show(list(told["text"]), told["probabilities"], "characters")

    def _show_words(self, told: dict[str, Any]) -> None:
        self._show(told["words"], told["probabilities"], "words")

    def _show(self, pieces: list[str], chances: list[float], kind: str) -> None:
        mean = sum(chances) / max(1, len(chances))
        self.told.setText(
            f"{grouped(len(pieces))} {kind}, on the mean {share(mean, 0)} sure. Blue where it was sure."
        )
        likely = [
            f"“{shown(piece)}” was thought {share(chance)} likely"
            for piece, chance in zip(pieces, chances, strict=False)
        ]
        self.strip.show_tokens(pieces, chances, likely.__getitem__)


class HiddenView(View):
    """One unit of a recurrent layer over a text: blue above zero, amber below."""

    title = "Hidden units"
    tip = "What a unit of a recurrent layer follows through a text"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.layer, self.unit = layer_chooser("Recurrent layer"), number_box("Unit", 0)
        self.unit.setMinimum(-1)
        self.unit.setSpecialValueText("liveliest")
        self.unit.setValue(-1)
        self.text = QLineEdit()
        self.text.setPlaceholderText("A text of your own; empty: a sample of the data")
        self.text.setAccessibleName("Text that it reads")
        self.text.setMinimumWidth(260)
        self.text.returnPressed.connect(self.ask)
        self.layer.currentIndexChanged.connect(self._choose_layer)
        self.unit.valueChanged.connect(self.ask)
        self.told = label("", "secondary")
        self.controls.add(self.layer, named("unit", self.unit), self.unit, self.text, self.told)
        self.strip = Strip("Text with the values of a unit")
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self.strip), 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["recurrent"] and about["reads_text"])

    def prepare(self) -> None:
        fill(self.layer, [layer["path"] for layer in self.about["recurrent"]])
        self._limit()

    def ask(self) -> None:
        settings = {"path": self.layer.currentText(), "unit": self.unit.value(), "text": self.text.text()}
        self.question(insight.HiddenUnits, self._show, **settings)

    def _choose_layer(self) -> None:
        self._limit()
        self.ask()

    def _limit(self) -> None:
        units = {layer["path"]: layer["units"] for layer in self.about["recurrent"]}
        self.unit.setMaximum(units.get(self.layer.currentText(), 1) - 1)

    def _show(self, told: dict[str, Any]) -> None:
        values, chances = told["values"], told["probabilities"]
        most = max((abs(value) for value in values), default=0.0) or 1.0

        def words(number: int) -> str:
            said = f"after “{shown(told['tokens'][number])}”: {values[number]:.3f}"
            return f"{said}; it was thought {share(chances[number])} likely" if number and chances else said

        lively = ", ".join(map(str, told["liveliest"]))
        self.told.setText(f"unit {told['unit']} of {grouped(told['units'])}; the liveliest are {lively}")
        self.strip.show_tokens(told["tokens"], [value / most for value in values], words)
