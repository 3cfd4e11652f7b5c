"""What a network that reads makes of a text, while it is typed: its class and why, or what comes next."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from designer.figures import grouped, share
from designer.inspect.asker import Asker
from designer.inspect.bars import Bars
from designer.inspect.choosers import named, number_box
from designer.inspect.sample_picker import SamplePicker
from designer.inspect.view import View
from designer.strip import Strip, shown
from designer.widgets import label, scrolled
from runtime.questions import insight

AFTER_KEY = 150  # ms of rest before a text is looked at
LISTED, HEIGHT = 5, 84
LIKELIEST = "the likeliest"


class TypedView(View):
    """For a text of one's own, or a sample of the data."""

    title = "Try it"
    tip = "Type or paste a text: what it is taken for and which words speak for it, or what comes next"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.row = number_box("Sample", 0)
        self.row.valueChanged.connect(self._choose_row)
        self.target = QComboBox()
        self.target.setAccessibleName("Class that is explained")
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.target.currentIndexChanged.connect(self.ask)
        self._why = named("what speaks for", self.target)
        self.told = label("", "secondary")
        self.picker = SamplePicker(asker, self.row)
        self.controls.add(named("Sample", self.row), self.row, self.picker, self._why, self.target, self.told)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Text that it reads")
        self.text.setPlaceholderText("Type or paste a text; empty: the sample of the data")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(HEIGHT)
        self._rest = QTimer(self, singleShot=True, interval=AFTER_KEY)
        self._rest.timeout.connect(self.ask)
        self.text.textChanged.connect(self._rest.start)
        self.strip = Strip("What it read")
        self.best, self.words = label("", "title"), label("", "secondary", wrap=True)
        self.bars = Bars("Probabilities")
        self.bars.setFixedHeight(104)
        self.layout().insertWidget(1, self.text)  # type: ignore[attr-defined]  # it stays where an answer is refused
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        for one in (self.best, self.words, self.bars):
            column.addWidget(one)
        column.addStretch()
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(scrolled(self.strip), 2)
        row.addWidget(side, 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["reads_text"] and (about["classes"] or about["writes"] == "text"))

    def prepare(self) -> None:
        self.picker.show_run(self.about)
        self.row.setMaximum(max(0, sum(self.about["parts"].values()) - 1))
        classes = self.about["classes"]
        self.target.blockSignals(True)
        self.target.clear()
        self.target.addItems([LIKELIEST, *classes])
        self.target.blockSignals(False)
        for one in (self._why, self.target):
            one.setVisible(bool(classes))

    def ask(self) -> None:
        given = {"text": self.text.toPlainText(), "row": self.row.value(), "target": self.target.currentIndex() - 1}
        self.question(insight.JudgeText, self._show, **given)

    def show_row(self, row: int) -> None:
        """A sample of the data."""
        self.text.clear()
        self.row.setValue(row)
        self._rest.stop()
        self.ask()

    def paste(self) -> None:
        """The text on the clipboard, in the place of what is marked."""
        self.text.paste()
        self.text.setFocus()

    def _choose_row(self) -> None:
        self.text.clear()
        self._rest.start()

    def _show(self, told: dict[str, Any]) -> None:
        if told["kind"] == "classes":
            self._show_classes(told)
        else:
            self._show_next(told)

    def _show_classes(self, told: dict[str, Any]) -> None:
        predicted, tokens, saliency = told["predicted"], told["tokens"], told["saliency"]
        by_class = sorted(predicted, key=lambda each: int(each["index"]))
        name = by_class[told["target"]]["name"]
        unknown = set(told["unknown"])

        def words(number: int) -> str:
            said = f"“{shown(tokens[number])}” speaks {'for' if saliency[number] >= 0 else 'against'} {name}"
            said += f", {share(abs(saliency[number]), 0)} as much as the strongest"
            return f"{said}; no training text has it" if number in unknown else said

        self.strip.show_tokens(tokens, saliency, words if saliency else lambda _: "")
        self.best.setText(predicted[0]["name"])
        self.words.setText(", ".join(f"{p['name']}: {share(p['probability'])}" for p in predicted[:LISTED]))
        self.bars.show_values([p["probability"] for p in by_class], names=[p["name"] for p in by_class])
        missing = f", {len(unknown)} of them unknown" if unknown else ""
        self.told.setText(f"{grouped(len(tokens))} words{missing}. Blue speaks for {name}, amber against it.")

    def _show_next(self, told: dict[str, Any]) -> None:
        tokens, chances, coming = told["tokens"], told["probabilities"], told["next"]

        def words(number: int) -> str:
            said = f"“{shown(tokens[number])}”"
            return f"{said} was thought {share(chances[number])} likely" if number and chances else said

        self.strip.show_tokens(tokens, chances, words)
        self.best.setText(f"next: {shown(coming[0]['name'])}")
        likely = ", ".join(f"{shown(c['name'])} {share(c['probability'])}" for c in coming[:LISTED])
        self.words.setText(likely)
        self.bars.show_values([c["probability"] for c in coming], names=[shown(c["name"]) for c in coming])
        self.told.setText(f"{grouped(len(tokens))} characters. Blue where it was sure.")
